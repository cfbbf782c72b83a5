"""A region's own folder over the standard one: local settings, declarations of its own, and versions of what may be replaced.

``overlay.yaml`` says whose it is and from when it holds. Anything it may not do refuses the whole of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from kangyu.kernel.errors import Problem

from .kinds.base import Declaration, Key, Model, Title, Validity
from .kinds.form import Form
from .kinds.settings import Settings
from .kinds.view import View
from .wording import problems_of, suggestion
from .yaml_text import Document, read_documents

HEAD = "overlay.yaml"
LOCAL = "本地/"
"""How files of the overlay are called in messages and on pages."""


class Overlay(Model):
    """The head of an overlay."""

    key: Key
    kind: Literal["overlay"]
    title: Title
    region: Title
    valid: Validity
    note: str | None = None


@dataclass(frozen=True)
class Difference:
    """One thing the overlay does: sets a setting, adds a declaration, or replaces one from a day on."""

    what: Literal["setting", "added", "replaced"]
    kind: str
    name: str
    title: str
    before: str
    after: str
    place: str


def read_head(root: Path) -> tuple[Overlay | None, list[Problem]]:
    """What ``overlay.yaml`` says, and what is wrong with it."""
    if not (root / HEAD).is_file():
        return None, [Problem(LOCAL + HEAD, "", "没有 overlay.yaml", "请写明 key、kind: overlay、title、region 和 valid: {from: 日期}。")]
    documents, problems = read_documents(root / HEAD, LOCAL + HEAD)
    if problems or len(documents) != 1:
        return None, problems or [Problem(f"{LOCAL}{HEAD}:1", "", "overlay.yaml 只写一份", "请把别的声明放进各自的文件。")]
    try:
        return Overlay.model_validate(documents[0].value), []
    except ValidationError as error:
        return None, problems_of(error, documents[0], Overlay)


Found = tuple[str, Declaration]


def merged(
    standard: Iterable[Found], local: Iterable[Found], documents: dict[int, Document], overlay: Overlay
) -> tuple[list[Found], list[Difference], list[Problem]]:
    """What holds with the overlay, what it changes, and what it may not. ``documents`` is given those of the merged settings."""
    known: dict[tuple[str, str], Declaration] = {}
    for kind, one in sorted(standard, key=lambda item: _starts(item[1])):
        known[(kind, _name(one))] = one
    found: list[Found] = []
    differences: list[Difference] = []
    problems: list[Problem] = []
    for kind, one in local:
        document, before = documents[id(one)], known.get((kind, _name(one)))
        if isinstance(one, View):
            problems.append(Problem(document.place(("kind",)), "kind", "数据表不能由地区改", "它们与存储的记录一一对应，请删去这个文件。"))
        elif before is None:
            added = one if one.valid else one.model_copy(update={"valid": overlay.valid})
            documents[id(added)] = document
            found.append((kind, added))
            differences.append(Difference("added", kind, _name(one), one.title, "", "", document.place(("key",))))
        elif isinstance(one, Settings) and isinstance(before, Settings):
            problems += _not_local(one, before, document)
            settings = _set(one, before, overlay)
            documents[id(settings)] = document
            found.append((kind, settings))
            differences += _settings_changed(one, before, document)
        else:
            wrong = _may_not_replace(one, before, document, overlay)
            problems += wrong
            if not wrong:
                found.append((kind, one))
                span = f"{one.valid.from_} 起" if one.valid else ""
                differences.append(Difference("replaced", kind, _name(one), one.title, before.title, span, document.place(("key",))))
    return found, differences, problems


def _name(one: Declaration) -> str:
    return one.name if isinstance(one, Form) else one.key


def _starts(one: Declaration) -> str:
    return one.valid.from_.isoformat() if one.valid else ""


def _not_local(one: Settings, before: Settings, document: Document) -> list[Problem]:
    """A setting that nobody declared, or that is the same everywhere."""
    problems = []
    for key in one.values:
        place = document.place(("values", key))
        if key not in before.values:
            problems.append(Problem(place, key, f"标准里没有参数 {key}", suggestion(key, before.values, "可改的参数")))
        elif not before.values[key].local:
            allowed = [name for name, setting in before.values.items() if setting.local]
            remedy = f"这里可改：{'、'.join(allowed)}。" if allowed else "这份参数里没有地区可改的。"
            problems.append(Problem(place, key, f"“{before.values[key].title}”全国统一，地区不能改", remedy))
    return problems


def _set(one: Settings, before: Settings, overlay: Overlay) -> Settings:
    values = {
        key: setting.model_copy(update={"value": one.values[key].value, "source": one.values[key].source or one.source})
        if key in one.values
        else setting
        for key, setting in before.values.items()
    }
    return before.model_copy(update={"values": values, "valid": one.valid or overlay.valid, "source": one.source or before.source})


def _settings_changed(one: Settings, before: Settings, document: Document) -> list[Difference]:
    return [
        Difference(
            "setting",
            "settings",
            f"{one.key}.{key}",
            before.values[key].title,
            _said(before.values[key].value),
            _said(setting.value),
            document.place(("values", key)),
        )
        for key, setting in one.values.items()
        if key in before.values and before.values[key].value != setting.value
    ]


def _said(value: float | str) -> str:
    return f"{value:g}" if isinstance(value, int | float) else value


def _may_not_replace(one: Declaration, before: Declaration, document: Document, overlay: Overlay) -> list[Problem]:
    """Only what says ``local: true`` may be replaced, and only from the overlay's day on."""
    if not before.local:
        remedy = "请给本地的另起一个 key，或只改标为 local: true 的参数。"
        return [Problem(document.place(("key",)), _name(one), f"“{before.title}”不许地区整份替换", remedy)]
    if one.valid is None or one.valid.from_ < overlay.valid.from_:
        message = f"替换“{before.title}”的版本要写 valid，且不早于 {overlay.valid.from_}"
        return [Problem(document.place(("valid",)), "valid", message, f"如 valid: {{from: {overlay.valid.from_}}}。")]
    return []
