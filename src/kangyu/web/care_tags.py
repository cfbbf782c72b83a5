"""What stands beside a name, in words and colours: where in a stretch of care somebody is, and how the last visit judged them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from kangyu.apps.cases.models import CareStatus
from kangyu.engines.content import Content
from kangyu.engines.content.kinds.programme import Counted, Programme

MARKS = {"green": "●", "yellow": "▲", "orange": "◆", "red": "■", "purple": "✚"}
"""A shape for each colour, so that nobody needs the colour."""


def counted_words(one: Counted, since: date, on: date) -> str:
    """``孕 24 周+3``, ``产后 12 天``."""
    days = (on - since).days
    if one.in_ == "days":
        return f"{one.title} {days} 天"
    weeks, rest = divmod(days, 7)
    return f"{one.title} {weeks} 周+{rest}" if rest else f"{one.title} {weeks} 周"


def stage(programme: Programme | None, last: Mapping[str, Any], on: date) -> str:
    """Where in the stretch of care somebody is; empty where nothing is counted."""
    known = last.get("counted") or {}
    for key, one in (programme.episode.counted if programme and programme.episode else {}).items():
        since = date.fromisoformat(known[key]) if key in known else None
        if since and since <= on:
            return counted_words(one, since, on)
    return ""


def tags(declared: Content, programme: Programme | None, values: Mapping[str, str]) -> list[dict[str, str]]:
    """The coloured tags of the last visit: words, colour, shape."""
    found = []
    for key, one in (programme.tags if programme else {}).items():
        tone = one.tones.get(str(values.get(key)))
        if tone:
            derived = programme.derive.get(key) if programme else None
            words = one.title or declared.title_of(getattr(derived, "set", None), values[key])
            found.append({"words": words, "tone": tone, "mark": MARKS[tone]})
    return found


def beside(declared: Content, parts: Iterable[tuple[str, Mapping[str, Any]]], on: date) -> dict[str, list[Any]]:
    """Of somebody's programmes (key, what is known of the last visit): the stages in words and the coloured tags."""
    stages, coloured = [], []
    for key, last in parts:
        programme = declared.programmes.get(key)
        stages.append(stage(programme, last, on))
        coloured += tags(declared, programme, last.get("tags") or {})
    return {"stages": [one for one in stages if one], "coloured": coloured}


def beside_names(declared: Content, pids: Iterable[int], on: date) -> dict[int, dict[str, list[Any]]]:
    """The same for the people of a list, in one question; only those who have anything beside their name."""
    wanted = CareStatus.objects.filter(pid__in=list(pids), state__in=("enrolled", "expected"))
    rows: dict[int, list[tuple[str, Mapping[str, Any]]]] = {}
    known = wanted.filter(last__has_any_keys=["tags", "counted"]).order_by("programme")
    for pid, key, last in known.values_list("pid", "programme", "last"):
        if key in declared.programmes and not declared.programmes[key].discreet:  # a list names nobody as a member of those
            rows.setdefault(pid, []).append((key, last))
    return {pid: beside(declared, parts, on) for pid, parts in rows.items()}


def legend(declared: Content) -> list[dict[str, Any]]:
    """What the colours mean, for each programme that has any."""
    found = []
    for programme in declared.programmes.values():
        every = [tag for key, one in programme.tags.items() for value in one.tones for tag in tags(declared, programme, {key: value})]
        if every:
            found.append({"title": programme.title, "tags": every})
    return found
