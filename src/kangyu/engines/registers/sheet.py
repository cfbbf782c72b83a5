"""A spreadsheet of things: which column is which field, what a row says, how a thing is written as a row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kangyu.engines.content.kinds import Register
from kangyu.engines.content.kinds.field import ATTACHED, REFERRING, Field
from kangyu.engines.forms.prepared import PreparedForm
from kangyu.kernel.errors import Problem, ProblemsError

MEND = "要改的地方"
STATE, ORG, LONGITUDE, LATITUDE, SINCE = "状态", "责任机构", "经度", "纬度", "启用日期"
Find = Callable[[Field, str], Any]
"""What a name in a cell refers to, as a form takes it; None when nothing is found."""


@dataclass(frozen=True)
class Row:
    """What one row says: the answers by field, and beside them what every thing has. ``problems`` are those of its cells."""

    line: int
    cells: tuple[Any, ...]
    answers: Mapping[str, Any] = field(default_factory=dict)
    org: str = ""
    state: str = ""
    longitude: Any = None
    latitude: Any = None
    since: Any = None
    problems: tuple[str, ...] = ()


def columns(register: Register) -> list[str]:
    """The header of a register's sheet: number and name first, then its fields, then what every thing has."""
    keys = [register.number, register.name, *(key for key in _kept(register) if key not in (register.number, register.name))]
    return [register.fields[key].title for key in keys] + _common(register)


def _kept(register: Register) -> list[str]:
    return [key for key, asked in register.fields.items() if asked.type not in (*ATTACHED, "table")]


def _common(register: Register) -> list[str]:
    place = [LONGITUDE, LATITUDE] if register.position else []
    return [*([STATE] if register.states else []), ORG, *place, SINCE]


def read_rows(
    register: Register, header: Sequence[str], rows: Sequence[tuple[int, Sequence[Any]]], *, find: Find, find_org: Callable[[str], str]
) -> list[Row]:
    """Every row as a card to be checked. Raises ``ProblemsError`` when the header lacks a required column or has one nobody knows."""
    places = _places(register, header)
    return [_row(register, places, line, tuple(cells), find, find_org) for line, cells in rows]


def _places(register: Register, header: Sequence[str]) -> dict[str, int]:
    by_title = {register.fields[key].title: key for key in _kept(register)}
    known = {**by_title, **{title: title for title in _common(register)}}
    problems, places = [], {}
    for at, title in enumerate(header):
        if title in known:
            if known[title] in places:
                problems.append(Problem("表头", title, "这一列出现了两次", "请删去一列。"))
            places[known[title]] = at
        elif title and title != MEND:
            problems.append(Problem("表头", title, "不认识这一列", f"可用的列：{'、'.join(columns(register))}。"))
    for key in {register.number, register.name} | {k for k, asked in register.fields.items() if asked.required is True}:
        if key not in places and key in _kept(register):
            problems.append(Problem("表头", register.fields[key].title, "缺少这一列", "请从本页导出一份表，照它的列名填写。"))
    if problems:
        raise ProblemsError(problems)
    return places


def _row(
    register: Register, places: Mapping[str, int], line: int, cells: tuple[Any, ...], find: Find, find_org: Callable[[str], str]
) -> Row:
    def cell(key: str) -> Any:
        at = places.get(key)
        return cells[at] if at is not None and at < len(cells) else None

    problems: list[str] = []
    answers = {key: _answer(asked, cell(key), find, problems) for key, asked in register.fields.items() if key in places}
    org = str(cell(ORG) or "")
    found = find_org(org) if org else ""
    if org and not found:
        problems.append(f"{ORG}：没有找到“{org}”，请写机构全称")
    titles = {title: key for key, title in register.states.items()}
    state = str(cell(STATE) or "")
    if state and state not in titles and state not in register.states:
        problems.append(f"{STATE}：没有“{state}”，可填 {'、'.join(titles)}")
    return Row(
        line=line,
        cells=cells,
        answers=answers,
        org=found,
        state=titles.get(state, state),
        longitude=_degrees(LONGITUDE, cell(LONGITUDE), problems),
        latitude=_degrees(LATITUDE, cell(LATITUDE), problems),
        since=_day(cell(SINCE), problems),
        problems=tuple(problems),
    )


def _answer(asked: Field, value: Any, find: Find, problems: list[str]) -> Any:
    if value in (None, ""):
        return None
    if asked.type in REFERRING:
        found = find(asked, str(value))
        if found is None:
            problems.append(f"{asked.title}：没有找到“{value}”，请写全称或编号")
        return found
    if asked.type == "codes":
        return [one.strip() for one in str(value).replace(",", "、").replace("，", "、").split("、") if one.strip()]
    if isinstance(value, float) and value.is_integer() and asked.type in ("text", "long_text", "integer"):
        return str(int(value))
    return value if isinstance(value, date) else str(value)


def _degrees(title: str, value: Any, problems: list[str]) -> float | None:
    if value in (None, ""):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        problems.append(f"{title}：“{value}”不是数字，请写成 116.4012 这样")
        return None


def _day(value: Any, problems: list[str]) -> date | None:
    if value in (None, ""):
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).replace("/", "-"))
    except ValueError:
        problems.append(f"{SINCE}：“{value}”不是日期，请写成 2025-11-21 这样")
        return None


def written_row(register: Register, card: PreparedForm, values: Mapping[str, Any], place: Mapping[str, Any]) -> list[Any]:
    """A thing as a row under ``columns``: codes by their names. ``place`` gives what every thing has, by its title."""
    keys = [register.number, register.name, *(key for key in _kept(register) if key not in (register.number, register.name))]
    return [_shown(card, key, register.fields[key], values.get(key)) for key in keys] + [place.get(title) for title in _common(register)]


def _shown(card: PreparedForm, key: str, asked: Field, value: Any) -> Any:
    codes = card.codes.get(asked.set or "", {})
    if isinstance(value, list | tuple):
        return "、".join(codes[one].title if one in codes else str(one) for one in value)
    if asked.type == "code":
        return codes[value].title if value in codes else value
    return getattr(value, "display", "") or value
