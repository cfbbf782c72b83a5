"""People named in a case's answers: found among the residents, or kept as contacts of the person the case is about (RelatedPerson)."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from kangyu.apps.governance.actions import audit
from kangyu.apps.identity.models import Person
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.cases.parts import PartOpening
from kangyu.flows.case_load import SYNTHETIC_TAG, WARRANT, Work
from kangyu.kernel import identity_number
from kangyu.kernel.errors import UserError

IDS = uuid.UUID("9b7a1f0d-7a56-4a0e-8d13-0f1f5a0c6f4e")
GENDERS = ("male", "female")


def found_or_kept(work: Work, opening: PartOpening) -> SubjectRef:
    """The resident whom a row names for certain, else the contact it is kept as: the same row is the same contact.

    By identity number; without one, or where nobody has it, by name, birth date and phone together, and only where that is one person.
    """
    said = opening.finding or {}
    if not said.get("name"):
        raise UserError("名单里有一行没有姓名，请补上再提交。")
    person = resident(said)
    if person is not None and person.pid != work.subject.pid:
        audit.record(
            "person.match", by=work.viewer, pids=[person.pid], target=f"Task/{work.case.id}", purpose=work.prepared.procedure.title
        )
        return SubjectRef("person", str(person.pid))
    id = str(uuid.uuid5(IDS, f"{work.case.id}/{opening.part}/{opening.number}"))
    body = contact(id, said, dict(work.subject.reference), synthetic=work.subject.synthetic)
    write([Draft("update", "RelatedPerson", id, body)], by=work.viewer, purpose=work.prepared.procedure.title, warrant=WARRANT)
    return SubjectRef("contact", id)


def resident(said: Mapping[str, Any]) -> Person | None:
    """The one living resident whom these particulars name; ``None`` where nobody or more than one does."""
    number = str(said.get("identity") or "").strip().upper()
    if number:
        return Person.objects.filter(identity_number=number, deceased_on=None).first() if identity_number.fault(number) is None else None
    name, born, phone = str(said.get("name") or "").strip(), said.get("birth_date"), str(said.get("phone") or "").strip()
    if not (name and isinstance(born, date) and phone):
        return None
    found = list(Person.objects.filter(name=name, birth_date=born, phone=phone, deceased_on=None).order_by("pid")[:2])
    return found[0] if len(found) == 1 else None


def contact(id: str, said: Mapping[str, Any], patient: dict[str, Any], *, synthetic: bool) -> dict[str, Any]:
    """Somebody who is not among the residents, as a contact of a patient, with what is known of them and nothing else."""
    name = str(said["name"]).strip()
    body: dict[str, Any] = {
        "resourceType": "RelatedPerson",
        "id": id,
        "active": True,
        "patient": patient,
        "relationship": [{"coding": [{"system": "urn:kangyu:cs:relation", "code": "close_contact"}]}],
        "name": [{"text": name}],
    }
    if said.get("phone"):
        body["telecom"] = [{"system": "phone", "value": str(said["phone"])}]
    if said.get("sex") in GENDERS:
        body["gender"] = said["sex"]
    if isinstance(said.get("birth_date"), date):
        body["birthDate"] = said["birth_date"].isoformat()
    if synthetic:
        body["meta"] = {"tag": [SYNTHETIC_TAG]}
    return body
