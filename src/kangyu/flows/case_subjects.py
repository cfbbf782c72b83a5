"""What cases are about: a person, an institution, an area, a group, another case, a thing of a register; each as the engine needs it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import orjson
from django.db import connection

from kangyu.apps.directory import queries as directory
from kangyu.apps.directory.models import Institution
from kangyu.apps.governance.access import Viewer
from kangyu.apps.identity.models import Person
from kangyu.apps.record import person_rows
from kangyu.apps.record import queries as record
from kangyu.apps.registers import rows as thing_rows
from kangyu.apps.statements.models import SheetRow
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.cases.procedure import PreparedProcedure
from kangyu.engines.cases.vocabulary import MEMBERS
from kangyu.engines.registers import facts_of
from kangyu.gateways import content
from kangyu.kernel.errors import UserError

EXTENSION = "urn:kangyu:ext:"
LEVELS = {"city": 4, "county": 6, "township": 9, "village": 12}


@dataclass(frozen=True)
class SubjectFacts:
    """A subject as a case sees it. ``reference`` is its FHIR reference; ``org`` the institution responsible for it."""

    ref: SubjectRef
    title: str
    reference: Mapping[str, Any]
    fields: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    pid: int | None = None
    area: str = ""
    org: str = ""
    synthetic: bool = False


ALLOWED: dict[str, Callable[[Viewer, SubjectRef], None]] = {}
"""Who may open a case about a kind of subject, where that is asked besides reach; raises ``DeniedError``."""
Tables = Mapping[str, frozenset[str]]
Reader = Callable[[SubjectRef, Tables], SubjectFacts]
GROUPS: list[Callable[[PreparedProcedure, SubjectRef], list[Mapping[str, Any]]]] = []
"""Who reads the members of a group."""
SUBJECTS: dict[str, Reader] = {}
"""How each kind of subject is read. A register's key that is not here is read as a thing."""


def read(ref: SubjectRef, prepared: PreparedProcedure, more: Tables | None = None) -> SubjectFacts:
    """The subject with the tables the procedure looks at, and ``more`` that a form needs. Raises ``UserError`` if there is no such one."""
    tables = {**prepared.reads, **(more or {})}
    reader = SUBJECTS.get(ref.kind) or (_thing if ref.kind in content.current().registers else None)
    if reader is None:
        raise UserError(f"还不能为“{ref.kind}”立案，请检查流程声明里的 about。")
    found = reader(ref, tables)
    if prepared.members is None:
        return found
    rows = [row for gather in GROUPS for row in gather(prepared, ref)]
    return replace(found, tables={**found.tables, MEMBERS: rows})


def from_record(facts: SubjectFacts) -> dict[str, str]:
    """What a form may bring along of a person besides: the phone, and the address as it was written down."""
    if facts.pid is None:
        return {}
    body = _resource("Patient", str(facts.reference.get("reference", "")).rpartition("/")[2]) or {}
    written = next((one.get("text", "") for one in body.get("address", ()) if "end" not in one.get("period", {})), "")
    found = {"phone": str(facts.fields.get("phone") or ""), "address": written}
    return {key: value for key, value in found.items() if value}


def _missing(what: str) -> UserError:
    return UserError(f"没有找到这件事所关于的{what}，可能已经改名或删去。")


def _person(ref: SubjectRef, tables: Tables) -> SubjectFacts:
    person = Person.objects.filter(pid=int(ref.id)).first()
    if person is None:
        raise _missing("居民")
    wanted = {table: columns if table in content.current().forms else None for table, columns in tables.items()}
    rows = person_rows.read([person.pid], wanted)[person.pid] if wanted else {}
    fields = {
        "birth_date": person.birth_date, "sex": person.sex or None, "death_date": person.deceased_on, "org": person.org or None,
        "area": person.area or None, "township": person.area[:9] or None, "county": person.area[:6] or None,
        "name": person.name or None, "phone": person.phone or None,
    }  # fmt: skip
    reference = {"reference": f"Patient/{person.patient_id}"}
    return SubjectFacts(ref, person.name, reference, fields, rows, person.pid, person.area, person.org, person.synthetic)


def _institution(ref: SubjectRef, tables: Tables) -> SubjectFacts:
    found = directory.institution(ref.id)
    if found is None:
        raise _missing("机构")
    fields = {"id": found.id, "kind": found.kind, "level": found.level, "area": found.area}
    return SubjectFacts(ref, found.name, {"reference": f"Organization/{found.id}"}, fields, area=found.area, org=found.id)


def _area(ref: SubjectRef, tables: Tables) -> SubjectFacts:
    found = directory.area(ref.id)
    if found is None:
        raise _missing("地区")
    reference = {"reference": f"Location/{found.location_id}", "identifier": {"system": "urn:kangyu:cs:area", "value": found.code}}
    return SubjectFacts(ref, found.name, reference, {"code": found.code, "level": found.level}, area=found.code)


def _case(ref: SubjectRef, tables: Tables) -> SubjectFacts:
    body = _resource("Task", ref.id)
    if body is None:
        raise _missing("事项")
    area = next((one.get("valueString", "") for one in body.get("extension", ()) if one["url"] == f"{EXTENSION}area"), "")
    return SubjectFacts(ref, body.get("description", ""), {"reference": f"Task/{ref.id}"}, area=area, synthetic=_synthetic(body))


def _contact(ref: SubjectRef, tables: Tables) -> SubjectFacts:
    """Somebody who is not among the residents: what was written down about them; the area is that of whose contact they are."""
    body = _resource("RelatedPerson", ref.id)
    if body is None:
        raise _missing("接触者")
    stored = record.current("RelatedPerson", ref.id)
    of = Person.objects.filter(pid=stored.pid).first() if stored and stored.pid else None
    born, name = body.get("birthDate"), next((one.get("text", "") for one in body.get("name", ())), "")
    fields = {
        "birth_date": date.fromisoformat(born) if born and len(born) == 10 else None, "sex": body.get("gender"), "death_date": None,
        "name": name, "phone": next((one.get("value") for one in body.get("telecom", ())), None),
        "org": None, "area": of.area if of else None, "township": of.area[:9] if of else None, "county": of.area[:6] if of else None,
    }  # fmt: skip
    reference = {"reference": f"RelatedPerson/{ref.id}", "display": name}
    return SubjectFacts(ref, name, reference, fields, area=of.area if of else "", synthetic=_synthetic(body))


def _group(ref: SubjectRef, tables: Tables) -> SubjectFacts:
    body = _resource("Group", ref.id)
    if body is None:
        raise _missing("群体")
    fields = _extensions(body)
    area = str(fields.get("area") or "")
    return SubjectFacts(ref, body.get("name", ""), {"reference": f"Group/{ref.id}"}, fields, area=area, synthetic=_synthetic(body))


def _statement_row(ref: SubjectRef, tables: Tables) -> SubjectFacts:
    """One institution's row of a sheet, by ``<sheet>:<institution>``."""
    sheet, _, org = ref.id.partition(":")
    row = SheetRow.objects.select_related("sheet").filter(sheet_id=int(sheet) if sheet.isdigit() else 0, org=org).first()
    institution = directory.institution(org)
    if row is None or institution is None:
        raise _missing("结算表里的一行")
    title = f"{row.name}，{row.sheet.title}"
    reference = {"identifier": {"system": "urn:kangyu:statement-row", "value": ref.id}, "display": title}
    return SubjectFacts(ref, title, reference, {}, area=institution.area, org=org, synthetic=row.sheet.synthetic)


def _thing(ref: SubjectRef, tables: Tables) -> SubjectFacts:
    """A thing of a register, by the id of its resource, with its rows of the tables asked for."""
    register = content.current().registers[ref.kind]
    body = _resource(register.is_, ref.id)
    if body is None:
        raise _missing(register.singular)
    facts = facts_of(register, body)
    institution = directory.institution(facts.org) if facts.org else None
    area = facts.area or (institution.area if institution else "")
    fields = {
        **facts.all_values(register), "id": ref.id, "state": facts.state or None, "org": facts.org or None, "area": area or None,
    }  # fmt: skip
    reference = {"reference": f"{register.is_}/{ref.id}", "display": facts.name}
    rows = thing_rows.read(ref.kind, [ref.id], tables)[ref.id]
    return SubjectFacts(ref, facts.name, reference, fields, rows, area=area, org=facts.org, synthetic=_synthetic(body))


def _resource(rtype: str, id: str) -> dict[str, Any] | None:
    found = record.current(rtype, id)
    return orjson.loads(found.text) if found and found.text else None


def _extensions(body: Mapping[str, Any]) -> dict[str, Any]:
    """Our extensions by name; references by their id, dates and moments as such."""
    found: dict[str, Any] = {}
    for one in body.get("extension", ()):
        name = str(one.get("url", "")).removeprefix(EXTENSION)
        for key, value in one.items():
            if key.startswith("value"):
                found[name] = _typed(key, value)
    return found


def _typed(key: str, value: Any) -> Any:
    if key == "valueReference":
        return str(value.get("reference", "")).rpartition("/")[2]
    if key == "valueCoding":
        return value.get("code")
    if key == "valueQuantity":
        return value.get("value")
    if key == "valueDate":
        return date.fromisoformat(value[:10])
    return datetime.fromisoformat(value[:19]) if key == "valueDateTime" and len(value) > 10 else value


def _synthetic(body: Mapping[str, Any]) -> bool:
    return any(tag.get("code") == "HTEST" for tag in body.get("meta", {}).get("tag", ()))


SUBJECTS.update(
    person=_person, institution=_institution, area=_area, case=_case, contact=_contact, group=_group, statement_row=_statement_row
)


def covering(prepared: PreparedProcedure, area: str) -> dict[str, str]:
    """The institutions that stand for parties by covering the subject's area: of the declared kinds, the one nearest to it."""
    found = {}
    for key, party in prepared.procedure.parties.items():
        if party.covers and area:
            within = area[: LEVELS[party.covers]]
            candidates = Institution.objects.filter(kind__in=party.kinds, area__startswith=within, closed_on__isnull=True)
            if party.covers == "city":
                candidates = candidates.filter(area=within)
            ordered = sorted(candidates, key=lambda one: (-_shared(one.area, area), -one.level, one.id))
            if ordered:
                found[key] = ordered[0].id
    return found


def opener_of(org: str) -> tuple[str, str]:
    """The kind of the institution that opened a case, and the one above it."""
    found = Institution.objects.filter(id=org).values_list("kind", "parent").first() if org else None
    return found or ("", "")


def _shared(one: str, other: str) -> int:
    """How many levels two areas have in common."""
    return sum(one[:length] == other[:length] for length in LEVELS.values() if len(one) >= length <= len(other))


def state_of(case: str) -> str:
    """The state in which a case stands, for who only has its id; empty when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM case_file WHERE id = %s", [case])
        row = cursor.fetchone()
    return row[0] if row else ""


def by_resource(kind: str, id: str) -> SubjectRef:
    """A subject named by an answer. Of a person the answer holds the Patient's id, the case goes by the number."""
    if kind != "person":
        return SubjectRef(kind, id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM resource WHERE rtype = 'Patient' AND id = %s", [id])
        found = cursor.fetchone()
    if found is None:
        raise UserError("没有找到这位居民，请先登记，再为其立案。")
    return SubjectRef("person", str(found[0]))
