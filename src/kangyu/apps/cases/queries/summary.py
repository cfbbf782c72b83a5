"""What travels with a person into a case: problems, and the newest two of what was measured. The case decides who may see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from django.db import connection

from kangyu.apps.cases import timeline
from kangyu.apps.directory import queries as directory
from kangyu.engines.content import Content

NEWEST = 300
RESOURCES = """
SELECT rtype, vid, updated, author, body::text FROM resource
WHERE pid = %s AND rtype IN ('Condition', 'Observation') ORDER BY d_lo DESC NULLS LAST, id LIMIT %s
"""


@dataclass(frozen=True)
class Measured:
    """One kind of measurement: its name, the newest and the one before, where and when."""

    title: str
    unit: str
    value: str
    on: date
    place: str
    before: str = ""
    before_on: date | None = None


@dataclass(frozen=True)
class Summary:
    """``problems`` as the resident's page lists them."""

    problems: list[dict[str, Any]]
    measured: list[Measured]


def summary(pid: int, declared: Content) -> Summary:
    """The short record of one person, in two queries."""
    with connection.cursor() as cursor:
        cursor.execute(RESOURCES, [pid, NEWEST])
        stored = [timeline.Stored(*row[:4], orjson.loads(row[4])) for row in cursor.fetchall()]
    observations = [one.body for one in stored if one.rtype == "Observation" and not _of_death(one.body)]
    names = directory.institution_names([timeline.organisation(body) for body in observations])
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for body in observations:
        kinds.setdefault(_title(body, declared), []).append(body)
    measured = [_measured(title, found, names) for title, found in kinds.items()]
    return Summary(timeline.problems(stored, declared), [one for one in measured if one is not None])


def _of_death(body: Mapping[str, Any]) -> bool:
    return any(coding.get("code") == "69453-9" for coding in body.get("code", {}).get("coding", ()))


def _title(body: Mapping[str, Any], declared: Content) -> str:
    code = (body.get("code", {}).get("coding") or [{}])[0].get("code", "")
    known = next((one.title for one in declared.definitions.values() if one.observation and one.observation.code == code), "")
    return known or body.get("code", {}).get("text") or code


def _measured(title: str, found: list[Mapping[str, Any]], names: Mapping[str, str]) -> Measured | None:
    (first, unit), on = _value(found[0]), timeline.when(found[0])
    if not first or on is None:
        return None
    before = _value(found[1])[0] if len(found) > 1 else ""
    place = names.get(timeline.organisation(found[0]), "")
    return Measured(title, unit, first, on, place, before, timeline.when(found[1]) if before else None)


def _value(body: Mapping[str, Any]) -> tuple[str, str]:
    """The figures and their unit: ``168/96``."""
    quantities = [one.get("valueQuantity") for one in body.get("component", ())] or [body.get("valueQuantity")]
    known = [quantity for quantity in quantities if quantity and quantity.get("value") is not None]
    unit = known[0].get("unit", "") if known else ""
    return "/".join(f"{quantity['value']:g}" for quantity in known), {"mm[Hg]": "mmHg"}.get(unit, unit)
