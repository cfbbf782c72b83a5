"""``make`` and ``relate``: what a case enters in the record (a diagnosis, a thing of a register), and the links it makes."""

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.record import queries as record
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.apps.registers.actions import things
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.content.kinds.action import MadeThing
from kangyu.flows import relation_work
from kangyu.flows.case_load import SYNTHETIC_TAG, WARRANT
from kangyu.flows.effects import IDS, Effect
from kangyu.gateways import content
from kangyu.kernel.errors import UserError

ICD10 = "http://hl7.org/fhir/sid/icd-10"


def make(effect: Effect) -> None:
    """What the declaration says: a diagnosis of the person, or a thing of a register; made once however often it is carried out."""
    making = effect.todo.action.make
    assert making is not None
    if making.thing:
        _thing(effect, making.thing)
    else:
        _condition(effect)


def _condition(effect: Effect) -> None:
    """A Condition with the code, the day of falling ill and the day of diagnosis that the case says; none where it says no code.

    A case has one: made again (a corrected card) it is the next version, and what it said before stays in the history.
    """
    said = {key.removeprefix("make.condition."): value for key, value in effect.values.items() if key.startswith("make.condition.")}
    id = str(uuid.uuid5(IDS, f"{effect.case.id}/condition"))
    if not said.get("code") or effect.subject.pid is None:
        return
    body: dict[str, Any] = {
        "resourceType": "Condition",
        "clinicalStatus": _coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        "verificationStatus": _coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"),
        "code": {"coding": [{"system": ICD10, "code": str(said["code"]).rstrip("*").rstrip(".")}], "text": effect.heading},
        "subject": dict(effect.subject.reference),
        "recordedDate": _day(said.get("recorded")) or effect.now.date().isoformat(),
        "extension": [{"url": "urn:kangyu:ext:case", "valueReference": {"reference": f"Task/{effect.case.id}"}}],
    }
    if said.get("onset"):
        body["onsetDateTime"] = _day(said["onset"])
    if effect.by.org:
        body["extension"].append({"url": "urn:kangyu:ext:institution", "valueReference": {"reference": f"Organization/{effect.by.org}"}})
    if effect.subject.synthetic:
        body["meta"] = {"tag": [SYNTHETIC_TAG]}
    write([Draft("update", "Condition", id, body)], by=effect.by, purpose=effect.prepared.procedure.title, warrant=WARRANT)


def _thing(effect: Effect, made: MadeThing) -> None:
    mark = "make.thing.values."
    number = effect.values.get("make.thing.number")
    if not number:
        raise UserError("登记一个物要有编号，编号还没有填。")
    register = content.current().registers[made.register_]
    answers: dict[str, Any] = {key.removeprefix(mark): one for key, one in effect.values.items() if key.startswith(mark)}
    answers[register.number] = str(number)
    if effect.values.get("make.thing.name"):
        answers[register.name] = effect.values["make.thing.name"]
    card = things.Card(answers, org=effect.by.org or effect.subject.org, area=effect.subject.area)
    things.register(made.register_, card, by=effect.by, id=str(uuid.uuid5(IDS, effect.key)))


def relate(effect: Effect) -> None:
    """A link of a declared type between what the declaration names; an end that is not known is refused."""
    wanted = effect.todo.action.relate
    assert wanted is not None
    kind = relation_work.declared(wanted.type)
    since = effect.values.get("relate.since")
    ends = [_end(effect, wanted.from_, "from", kind.from_), _end(effect, wanted.to, "to", kind.to)]
    day = since.date() if isinstance(since, datetime) else since
    relation_work.relate(wanted.type, *ends, by=effect.by, since=day, case=effect.case.id, synthetic=effect.subject.synthetic)


def _end(effect: Effect, named: str, side: str, kind: str) -> SubjectRef:
    if named == "it":
        return effect.case.subject
    if named in ("this", "parent"):
        id = effect.case.id if named == "this" else effect.case.parent
        if not id:
            raise UserError("这件事不是由别的事项开出的，没有上级事项可以相连。")
        return _subject_or_case(id, kind)
    id = str(effect.values.get(f"relate.{side}") or "")
    if not id:
        raise UserError("要相连的一方还不知道，请先登记。")
    if kind == "person":
        found = record.current("Patient", id)
        return SubjectRef("person", str(found.pid)) if found and found.pid else SubjectRef("person", id)
    return SubjectRef(kind, id)


def _subject_or_case(id: str, kind: str) -> SubjectRef:
    """The case itself, or whom it is about where the type links people."""
    if kind == "case":
        return SubjectRef("case", id)
    row = CaseFile.objects.get(id=id)
    return SubjectRef(row.subject_kind, row.subject_id)


def _coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _day(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else None


RECORDS: dict[str, Callable[[Effect], None]] = {"make": make, "relate": relate}
