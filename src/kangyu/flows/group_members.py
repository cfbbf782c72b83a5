"""The cases gathered under one: read as the declaration says, many at a time; those that may belong, found by what they say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import orjson
from django.db import connection

from kangyu.apps.governance import clock
from kangyu.apps.identity.models import Person
from kangyu.apps.relations import queries as relations
from kangyu.engines.cases.case import Case, SubjectRef
from kangyu.engines.cases.members import PreparedMembers, row_of
from kangyu.engines.cases.procedure import PreparedProcedure, seen, values
from kangyu.engines.cases.task import Stored, read_task
from kangyu.engines.content.kinds import Form
from kangyu.flows import case_subjects
from kangyu.flows.case_load import answered_by, carried_of, in_force, wall_now

TASKS = "SELECT id, pid, body::text FROM resource WHERE rtype = 'Task' AND id = ANY(%s)"
RESPONSES = "SELECT id, body::text FROM resource WHERE rtype = 'QuestionnaireResponse' AND id = ANY(%s)"
ANSWERED = """
SELECT DISTINCT c.id FROM resource r
CROSS JOIN LATERAL (
    SELECT split_part(x -> 'valueReference' ->> 'reference', '/', 2) AS id FROM jsonb_array_elements(r.body -> 'extension') x
    WHERE x ->> 'url' = 'urn:kangyu:ext:case' LIMIT 1
) k JOIN case_file c ON c.id = k.id
WHERE r.rtype = 'QuestionnaireResponse' AND r.code = %s AND r.d_lo >= %s AND r.body @> %s::jsonb
    AND c.procedure = %s AND c.merged_into = '' AND c.area LIKE %s AND NOT c.id = ANY(%s)
ORDER BY c.id LIMIT %s
"""
MOST = 600
_OR_AREA = re.compile(r"coalesce\(\s*([\w.]+)\s*,\s*it\.area\s*\)")


@dataclass(frozen=True)
class Member:
    """One member: its case, what the group's declaration reads of it, and whom it is about (``pid`` None: nobody on file)."""

    id: str
    state: str
    row: Mapping[str, Any]
    pid: int | None
    name: str
    sex: str
    birth_date: date | None
    area: str
    ended: bool


def read_members(prepared: PreparedMembers, ids: Sequence[str], now: datetime) -> list[Member]:
    """These cases as members, in the order asked for; three queries however many they are. Names are for who may see them."""
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(TASKS, [list(ids)])
        found = {id: read_task(orjson.loads(text), pid) for id, pid, text in cursor.fetchall()}
        responses = [step.response for one in found.values() for step in one.case.steps if step.response]
        cursor.execute(RESPONSES, [responses])
        bodies = {id: orjson.loads(text) for id, text in cursor.fetchall()}
    numbers = [int(one.case.subject.id) for one in found.values() if one.case.subject.kind == "person"]
    people = {person.pid: person for person in Person.objects.filter(pid__in=numbers)}
    return [_member(prepared, found[id], bodies, people, now) for id in ids if id in found]


def _member(
    prepared: PreparedMembers, stored: Stored, bodies: Mapping[str, Any], people: Mapping[int, Person], now: datetime
) -> Member:  # fmt: skip
    declared = in_force(stored.procedure, stored.case.opened)
    known = declared.procedure(stored.procedure)
    person = people.get(int(stored.case.subject.id)) if stored.case.subject.kind == "person" else None
    case = replace(stored.case, carried=carried_of(known, stored.case.carried), fields=_fields(person))
    case = answered_by(declared, known, case, bodies)
    row = row_of(prepared, _said(known, case, now), case.id, case.state)
    place = person.area if person else stored.facts.area
    about = (person.pid, person.name, person.sex, person.birth_date) if person else (None, "", "", None)
    return Member(case.id, case.state, row, *about, place, stored.facts.ended)


def _said(known: PreparedProcedure, case: Case, now: datetime) -> Any:
    """The member's own case as its expressions see it, with what they derive."""
    subject = seen(known, case, now)
    said = values(known, case, now)
    return replace(subject, form={**subject.form, **{key: said.get(key) for key in known.procedure.derive}})


def _fields(person: Person | None) -> dict[str, Any]:
    if person is None:
        return {}
    return {
        "birth_date": person.birth_date, "sex": person.sex or None, "death_date": person.deceased_on, "org": person.org or None,
        "area": person.area or None, "township": person.area[:9] or None, "county": person.area[:6] or None,
        "name": person.name or None, "phone": person.phone or None,
    }  # fmt: skip


def rows_of_group(prepared: PreparedProcedure, group: SubjectRef) -> list[Mapping[str, Any]]:
    """The table ``members`` of a group."""
    if prepared.members is None:
        return []
    found = [one.row for one in read_members(prepared.members, relations.members(group.id, clock.today()), wall_now())]
    return sorted(found, key=lambda row: (row["on"] or date.max, row["id"]))


def alike(
    of: PreparedProcedure, prepared: PreparedMembers, wanted: Mapping[str, Any], since: date, area: str, but: Sequence[str] = ()
) -> list[str]:  # fmt: skip
    """Cases that may belong together with what is ``wanted``: equal in every column that is an answer as it stands, answered ``since``.

    A column ``coalesce(<answer>, it.area)`` is looked up by the answer, or by the area where what is wanted is the code of one.
    """
    items, form = [], None
    for column in prepared.declared.same:
        text, value = prepared.declared.texts[column], wanted.get(column)
        either = _OR_AREA.fullmatch(text.strip())
        if either and str(value).isdigit():
            area = str(value)
            continue
        found = _asked(of, either[1] if either else text)
        if found is not None and value is not None and form in (None, found[0]):
            form = found[0]
            items.append({"linkId": found[1], "answer": [_answer(form, found[1], value)]})
    if form is None:
        return []
    with connection.cursor() as cursor:
        body = orjson.dumps({"item": items}).decode()
        code = f"urn:kangyu:form:{form.name}"
        cursor.execute(ANSWERED, [code, since, body, of.procedure.key, f"{area}%", list(but), MOST])
        return [row[0] for row in cursor.fetchall()]


def _asked(of: PreparedProcedure, text: str) -> tuple[Form, str] | None:
    """The form and the field that a column shows as they stand; none where it is worked out."""
    key, _, name = text.strip().rpartition(".")
    for form_key, form in of.forms.items():
        if key in ("", form_key) and name in form.fields:
            return form, name
    return None


def _answer(form: Form, field: str, value: Any) -> dict[str, Any]:
    return {"valueCoding": {"code": value}} if form.fields[field].type == "code" else {"valueString": value}


case_subjects.GROUPS.append(rows_of_group)
