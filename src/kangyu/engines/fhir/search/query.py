"""FHIR search requests as conditions over the search columns; what cannot be answered is listed, never left out silently."""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson

from kangyu.engines.fhir.search.dates import days_of
from kangyu.engines.fhir.search.names import LONGEST, normalised, pairs
from kangyu.engines.fhir.search.parameters import Parameters, parameters_of
from kangyu.engines.fhir.validation.primitives import ID, PRIMITIVES

DEFAULT_COUNT = 50
LARGEST_COUNT = 1000
PREFIXES = frozenset({"eq", "ne", "gt", "ge", "lt", "le", "sa", "eb"})
# Parameters whose values are all but unique; the store may look these up first, whatever the order asked for.
SELECTIVE = frozenset({"identifier", "phone", "email", "name"})
_ANSWERED_ELSEWHERE = frozenset({"_format", "_pretty"})
_PREFIXED = re.compile(r"([a-z]{2})?([0-9].*)").fullmatch
_SPLIT = re.compile(r"(?<!\\),").split


@dataclass(frozen=True)
class Condition:
    """One condition; all conditions of a query hold together, each by any one of its ``values``.

    ``kind`` says what the values are: ``id`` (resource ids), ``person`` (ids of Patients; ``parameter`` is the property that names
    them), ``date`` and ``updated`` (triples of prefix, first day, last day), ``token`` and ``reference`` (tokens that find few
    resources), ``code`` (tokens that may find many). ``codes`` are the bare codes asked for where the parameter is the one of the main
    code: then the resource's code is one of them, unless it carries the token ``more_codes`` of the parameter.
    """

    kind: str
    values: tuple[Any, ...]
    parameter: str = ""
    negated: bool = False
    codes: tuple[str, ...] = ()


@dataclass
class SearchQuery:
    """One search of one resource type. ``sort`` is ``_lastUpdated`` or ``date``, with ``-`` before it for newest first.

    ``unknown`` names, in Chinese where a reason helps, what is not answered: a strict caller refuses the request, a lenient one warns.
    ``after`` is where the page starts: the sort value and the id of the last resource shown before.
    """

    resource_type: str
    conditions: list[Condition] = field(default_factory=list)
    sort: str = "-_lastUpdated"
    count: int = DEFAULT_COUNT
    count_only: bool = False
    elements: tuple[str, ...] = ()
    after: tuple[str, str] | None = None
    unknown: list[str] = field(default_factory=list)

    def cursor(self, last: Sequence[str]) -> str:
        """The ``_page`` value that continues after a resource, from its sort value and its id."""
        return base64.urlsafe_b64encode(orjson.dumps([self.sort, *last])).decode().rstrip("=")

    def shown(self, resource: dict[str, Any]) -> dict[str, Any]:
        """The part of a resource that ``_elements`` asks for, marked as a part; the whole when nothing was asked."""
        if not self.elements:
            return resource
        wanted = {"resourceType", "id", "meta", *self.elements}
        part = {key: value for key, value in resource.items() if key in wanted or key.removeprefix("_") in wanted}
        subsetted = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
        meta = resource.get("meta", {})
        return {**part, "meta": {**meta, "tag": [*meta.get("tag", ()), subsetted]}}


def parse_search(resource_type: str, query: Iterable[tuple[str, str]]) -> SearchQuery:
    """Read the parameters of a search; names and values come decoded, in the order they were given."""
    found = SearchQuery(resource_type)
    parameters = parameters_of(resource_type)
    page = ""
    for name, value in query:
        if name == "_page":
            page = value
            continue
        if name in _ANSWERED_ELSEWHERE:
            continue
        reason = _control(found, parameters, name, value) if name in _CONTROLS else _filter(found, parameters, name, value)
        if reason:
            found.unknown.append(f"{name}（{reason}）")
    if page and not _resume(found, page):
        found.unknown.append("_page（翻页标记无效，请从第一页重新查询）")
    return found


_CONTROLS = frozenset({"_count", "_summary", "_elements", "_sort", "_total"})


def _control(found: SearchQuery, parameters: Parameters, name: str, value: str) -> str | None:
    """Take in a parameter that shapes the answer; the reason where it cannot be followed."""
    if name == "_count":
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            return "应为非负整数"
        found.count, found.count_only = min(int(value), LARGEST_COUNT), found.count_only or int(value) == 0
    elif name == "_summary":
        if value not in ("count", "false"):
            return "只支持 count 和 false"
        found.count_only = value == "count"
    elif name == "_elements":
        found.elements = tuple(part.strip() for part in value.split(",") if part.strip())
    elif name == "_total":
        return None if value == "none" else "结果中不给出总数，请用 _summary=count 查询"
    elif value.removeprefix("-") == "_lastUpdated":
        found.sort = value
    elif parameters.dates and value.removeprefix("-") in ("date", parameters.date):
        found.sort = "-date" if value.startswith("-") else "date"
    else:
        return "只支持按 _lastUpdated 或日期排序"
    return None


def _filter(found: SearchQuery, parameters: Parameters, name: str, value: str) -> str | None:
    """Add the conditions of one parameter; the reason where it cannot be answered."""
    base, _, modifier = name.partition(":")
    values = [part.replace("\\,", ",").replace("\\|", "|") for part in _SPLIT(value)]
    if not all(values) or "\x00" in value:
        return "参数值不能为空"
    conditions: list[Condition] | str
    if base == "_id" and not modifier:
        conditions = [Condition("id", tuple(values))]
    elif base == "_lastUpdated" and not modifier:
        conditions = _dates(values, "updated")
    elif base == parameters.date and base and not modifier:
        conditions = _dates(values, "date")
        if len(parameters.dates) > 1 and not isinstance(conditions, str):
            conditions.append(Condition("code", (f"{base}:missing",), base, negated=True))
    elif base in parameters.kinds:
        conditions = _BY_KIND[parameters.kinds[base]](parameters, base, modifier, values)
    else:
        return "不支持"
    if isinstance(conditions, str):
        return conditions
    found.conditions += conditions
    return None


def _tokens(parameters: Parameters, name: str, modifier: str, values: list[str]) -> list[Condition] | str:
    if modifier not in ("", "not"):
        return f"不支持修饰符 :{modifier[:32]}"
    if any(value.endswith("|") for value in values):
        return "不支持只按系统查询，请在 | 后给出值"
    wanted = tuple(f"{name}|{value.removeprefix('|')}" for value in values)
    if name in SELECTIVE and not modifier:
        return [Condition("token", wanted, name)]
    codes = tuple(value.rpartition("|")[2] for value in values) if name == parameters.main_code and not modifier else ()
    return [Condition("code", wanted, name, negated=bool(modifier), codes=codes)]


def _names(parameters: Parameters, name: str, modifier: str, values: list[str]) -> list[Condition] | str:
    plain = [normalised(value) for value in values]
    if modifier == "" and all(plain):
        return [Condition("token", tuple(f"{name}~{text[:LONGEST]}" for text in plain), name)]
    if modifier == "contains" and len(plain) == 1 and len(plain[0]) > 1 and min(plain[0]) > "\u3400":
        return [Condition("token", (f"{name}*{pair}",), name) for pair in pairs(plain[0])]
    return "名称只支持开头匹配，或用 :contains 给出一个至少两个汉字的词"


def _references(parameters: Parameters, name: str, modifier: str, values: list[str]) -> list[Condition] | str:
    token, narrowed = parameters.aliases.get(name, (name, ""))
    if modifier and not modifier[0].isupper():
        return f"不支持修饰符 :{modifier[:32]}"
    only = modifier or narrowed
    full = [value if "/" in value or ":" in value else f"{only}/{value}" if only else value for value in values]
    if narrowed and any(not value.startswith((f"{narrowed}/", "http", "urn:")) for value in full):
        return f"只能引用 {narrowed}"
    targets = parameters.targets.get(token, ())
    people = [value.removeprefix("Patient/") for value in full if value.startswith("Patient/")]
    if token in parameters.people and (people or "Patient" in targets):
        bare = [value for value in full if "/" not in value and ":" not in value]
        if len(people) + len(bare) == len(full):
            return [Condition("person", (*people, *bare), parameters.people[token])]
        if people:
            return "不能同时查询居民和其他对象，请分开查询"
    wanted = [one for value in full for one in ([value] if "/" in value or ":" in value else [f"{target}/{value}" for target in targets])]
    return [Condition("reference", tuple(f"{token}|{one}" for one in wanted), name)]


_BY_KIND = {"token": _tokens, "string": _names, "reference": _references}


def _dates(values: list[str], kind: str) -> list[Condition] | str:
    asked: list[tuple[str, date, date]] = []
    for value in values:
        match = _PREFIXED(value)
        prefix, day = (match[1] or "eq", match[2]) if match else ("", "")
        if prefix not in PREFIXES or PRIMITIVES["date"].look(day) is not None:
            return "日期应写到日、月或年（如 ge2025-01-01），前缀限 eq ne gt ge lt le sa eb，按天比较"
        days = days_of(day)
        if days.lo is not None and days.hi is not None:
            asked.append((prefix, days.lo, days.hi))
    return [Condition(kind, tuple(asked), kind)]


def _resume(found: SearchQuery, page: str) -> bool:
    """Continue after a cursor made by `SearchQuery.cursor` for the same order; False where it is not one."""
    try:
        sort, value, key = orjson.loads(base64.urlsafe_b64decode(page + "=" * (-len(page) % 4)))
        if sort != found.sort or not ID(key):
            return False
        if sort.removeprefix("-") == "date":
            date.fromisoformat(value)
        else:
            datetime.fromisoformat(value)
    except (binascii.Error, ValueError, TypeError):
        return False
    found.after = (value, key)
    return True
