"""The residents a team answers for, as a list that can be searched by name, pinyin, number and phone."""

import re
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from kangyu.apps.cases.rules import rules
from kangyu.apps.directory.models import Area
from kangyu.apps.governance.access import Viewer, reached
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission

PAGE = 50
STATES = {"high": "risk > 0", "late": "next_due < %(today)s", "missing": "state = 'missing'"}


@dataclass(frozen=True)
class RollRow:
    """One resident: the particulars a list shows and the programmes they are in (programme, next due, risk, state)."""

    pid: int
    name: str
    sex: str
    birth_date: date | None
    identity_number: str
    phone: str
    area_name: str
    household: str
    programmes: list[tuple[str, date | None, int, str]]
    last_on: date | None


@dataclass(frozen=True)
class Roll:
    """One page; ``total`` residents within reach, ``counts`` by programme and by state, ``after`` opens the next page."""

    rows: list[RollRow]
    total: int
    counts: dict[str, int] = field(default_factory=dict)
    after: str = ""


def terms(words: str) -> list[str]:
    """What to look for in ``person.search``: a word as it is, a name of three or more characters by its overlapping pairs."""
    wanted: list[str] = []
    for word in words.split():
        if re.search(r"[\u3400-\u9fff]", word) and len(word) > 2:
            wanted += [word[at : at + 2] for at in range(len(word) - 1)]
        elif len(word) == 18:
            wanted.append(word.upper())
        else:
            wanted.append(word.lower())
    return wanted


def _wanted(viewer: Viewer, words: str) -> tuple[str, dict]:
    """The condition that a search adds. One character is a family name; letters may also begin a pinyin where the reach is a team's."""
    words = words.strip()
    if not words:
        return "true", {}
    if len(words) == 1:
        return "person.name LIKE %(name)s", {"name": f"{words}%"}
    exact = "person.pid IN (SELECT hit.pid FROM hit)"
    if words.isascii() and words.isalpha() and viewer.within == "institution":
        return f"({exact} OR EXISTS (SELECT 1 FROM unnest(person.search) AS term WHERE term LIKE %(name)s))", {"name": f"{words.lower()}%"}
    return exact, {}


SELECT = """
WITH hit AS MATERIALIZED (SELECT pid FROM person WHERE search @> %(terms)s::text[])
SELECT person.pid, name, sex, birth_date, identity_number, phone, person.area, household FROM person
WHERE ({scope}) AND deceased_on IS NULL AND ({wanted}) AND ({care}) AND person.pid > %(after)s
ORDER BY person.pid LIMIT %(limit)s
"""
COUNTS = """
SELECT '', count(*) FROM person WHERE ({scope}) AND deceased_on IS NULL
UNION ALL SELECT programme, count(*) FROM care_status c WHERE ({care_scope}) AND state IN ('enrolled', 'expected') GROUP BY programme
UNION ALL SELECT '#high', count(DISTINCT pid) FROM care_status c WHERE ({care_scope}) AND state IN ('enrolled', 'expected') AND risk > 0
UNION ALL SELECT '#late', count(DISTINCT pid) FROM care_status c
    WHERE ({care_scope}) AND state IN ('enrolled', 'expected') AND next_due < %(today)s
UNION ALL SELECT '#missing', count(DISTINCT pid) FROM care_status c WHERE ({care_scope}) AND state = 'missing'
"""
CARE = """
SELECT pid, programme, next_due, risk, state, last_on FROM care_status
WHERE pid = ANY(%s) AND state <> 'ended' ORDER BY pid, next_due, programme
"""


def _named(condition: str, values: list, prefix: str) -> tuple[str, dict]:
    for number in range(len(values)):
        condition = condition.replace("%s", f"%({prefix}{number})s", 1)
    return condition, {f"{prefix}{number}": value for number, value in enumerate(values)}


def roll(viewer: Viewer, on: date, *, words: str = "", programme: str = "", state: str = "", after: int = 0, limit: int = PAGE) -> Roll:
    """One page of residents in the order of their registration; four queries. ``DeniedError`` without the right to see people."""
    viewer.require(Permission.PERSON_VIEW)
    if state and state not in STATES:
        raise UserError(f"没有“{state}”这个筛选，请从页面上的筛选里选。")
    scope, given = _named(*viewer.people("person"), "person")
    care_scope, care_given = _named(*viewer.people("c"), "care")
    wanted, wanted_given = _wanted(viewer, words)
    parameters = {
        **given, **care_given, **wanted_given, "terms": terms(words), "after": after, "limit": limit + 1, "today": on,
        "programme": programme,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(SELECT.format(scope=scope, wanted=wanted, care=_care(programme, state)), parameters)
        people = cursor.fetchall()
        cursor.execute(COUNTS.format(scope=scope, care_scope=care_scope), parameters)
        counts = dict(cursor.fetchall())
        more, people = len(people) > limit, people[:limit]
        cursor.execute(CARE, [[person[0] for person in people]])
        care: dict[int, list] = {}
        for row in cursor.fetchall():
            care.setdefault(row[0], []).append(row[1:])
    names = dict(Area.objects.filter(code__in={person[6] for person in people}).values_list("code", "name"))
    rows = [_row(person, care.get(person[0], []), names) for person in people]
    return Roll(rows, counts.pop(""), counts, str(people[-1][0]) if more else "")


def _care(programme: str, state: str) -> str:
    """The condition that keeps only people in a programme, or in a state of any programme."""
    if not programme and not state:
        return "true"
    kept = ["c.pid = person.pid", STATES[state] if state else "true", "programme = %(programme)s" if programme else "true"]
    if state != "missing":
        kept.append("state IN ('enrolled', 'expected')")
    return f"EXISTS (SELECT 1 FROM care_status c WHERE {' AND '.join(kept)})"


def _row(person: tuple, care: list[tuple], names: dict[str, str]) -> RollRow:
    """A list names nobody as a member of a discreet programme; the record does."""
    pid, name, sex, birth_date, number, phone, area, household = person
    hidden = rules().discreet
    shown = [(programme, due, risk, state) for programme, due, risk, state, _ in care if programme not in hidden]
    last = max((row[4] for row in care if row[4]), default=None)
    return RollRow(pid, name, sex, birth_date, number or "", phone, names.get(area, ""), household, shown, last)


FIND = """
WITH hit AS MATERIALIZED (SELECT pid FROM person WHERE search @> %(terms)s::text[] LIMIT 2000)
SELECT person.pid, name, sex, birth_date, identity_number, phone, person.area, household FROM person
WHERE ({scope}) AND ({wanted}) ORDER BY person.pid LIMIT 8
"""


def find(viewer: Viewer, words: str) -> list[RollRow]:
    """The first eight people within reach that a search box means, without their programmes."""
    scope, given = _named(*reached(viewer, "person"), "person")
    wanted, wanted_given = _wanted(viewer, words)
    with connection.cursor() as cursor:
        cursor.execute(FIND.format(scope=scope, wanted=wanted), {**given, **wanted_given, "terms": terms(words)})
        people = cursor.fetchall()
    names = dict(Area.objects.filter(code__in={person[6] for person in people}).values_list("code", "name"))
    return [_row(person, [], names) for person in people]
