"""People as the rules see them: their own fields, and their rows of the tables that some rule reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from kangyu.apps.cases.rules import Rules
from kangyu.apps.governance import clock
from kangyu.apps.record import person_rows
from kangyu.engines.language.subject import Subject

Row = Mapping[str, Any]
PEOPLE = """
SELECT pid, name, sex, birth_date, deceased_on, area, org, synthetic FROM person WHERE pid = ANY(%s) ORDER BY pid
"""


@dataclass(frozen=True)
class Held:
    """One person with their rows. ``tables`` hold the rows in the order ``(on, id)``."""

    pid: int
    name: str
    sex: str
    birth_date: date | None
    deceased_on: date | None
    area: str
    org: str
    synthetic: bool
    tables: Mapping[str, list[Row]]

    def subject(self, on: date, **visit: Any) -> Subject:
        """The person on a day; ``visit`` takes ``form``, ``previous`` and ``row_id``."""
        fields = {"birth_date": self.birth_date, "sex": self.sex or None, "death_date": self.deceased_on}
        return Subject(fields=fields, tables=self.tables, today=on, **visit)


def held(rules: Rules, pids: Iterable[int], *, form: str = "", lock: bool = False) -> list[Held]:
    """The people of ``pids`` who exist, with their rows: one query for the people, one for each table.

    ``form`` is the table of a form whose every answer is wanted, and with it the tables its conditions read. With ``lock`` the people
    are held until the transaction ends, so that of two writers the later one sees what the earlier one wrote.
    """
    people = _people(pids, lock)
    return _with_rows(people, {**rules.columns, **rules.columns_of(form)} if form else rules.columns)


def concerned(rules: Rules, pids: Iterable[int]) -> list[Held]:
    """Those of ``pids`` who are, were or ought to be in a programme, locked and with their rows; the many others are read only so far."""
    people = _people(pids, lock=True)
    today = clock.today()
    found = {one.pid for one in _with_rows(people, rules.belonging) if _has_to_do(one, rules, today)}
    return _with_rows([person for person in people if person[0] in found], rules.columns)


def _has_to_do(person: Held, rules: Rules, today: date) -> bool:
    subject = person.subject(today)
    return bool(person.tables.get("episodes")) or any(one.person(subject)["belongs"] is True for one in rules.programmes.values())


def _people(pids: Iterable[int], lock: bool) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE + ("FOR NO KEY UPDATE" if lock else ""), [sorted(set(pids))])
        return cursor.fetchall()


def _with_rows(people: list[tuple], columns: Mapping[str, frozenset[str] | None]) -> list[Held]:
    rows = person_rows.read([person[0] for person in people], columns) if people else {}
    return [Held(*person, tables=rows.get(person[0], {})) for person in people]
