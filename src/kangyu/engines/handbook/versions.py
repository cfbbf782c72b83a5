"""What changed between versions of a declaration: key by key, as the files say it."""

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]
HEAD = ("key", "kind", "valid")


def changes(before: Any, after: Any) -> list[tuple[str, str, str]]:
    """(where, before, after) for every value that differs; a dash where there is none. Order is that of the newer file."""
    old, new = dict(_flat(before, ())), dict(_flat(after, ()))
    paths = [*new, *(path for path in old if path not in new)]
    return [
        (" › ".join(path), _said(old.get(path)), _said(new.get(path)))
        for path in paths
        if path[0] not in HEAD and old.get(path) != new.get(path)
    ]


def _flat(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, (*path, str(key)))
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for place, inner in enumerate(value, 1):
            yield from _flat(inner, (*path, str(place)))
    else:
        yield path, value


def _said(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value).strip()
