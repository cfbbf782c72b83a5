"""Links between subjects as FHIR resources and back.

Between two people a link is a RelatedPerson (as a form that links mother and newborn writes it); between anything else a Basic, whose
ends stand in extensions. The members of a Group are links too: each is the case of a member, in its group.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from .case import SubjectRef

Resource = dict[str, Any]
EXT = "urn:kangyu:ext:"
SYSTEM = "urn:kangyu:cs:relation"
MEMBER = "member"
IDS = uuid.UUID("2f0c9b1e-2f6b-4c7e-9a52-7c1f4d0f6a11")
SYNTHETIC_TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
KINDS: Mapping[str, str] = {
    "Patient": "person", "RelatedPerson": "contact", "Task": "case", "Group": "group", "Organization": "institution",
}  # fmt: skip


@dataclass(frozen=True)
class End:
    """One end of a link: the subject, its FHIR reference, and the Patient it is about, where it is about one."""

    ref: SubjectRef
    reference: str
    patient: str = ""


@dataclass(frozen=True)
class Link:
    """A link as the record holds it; ends are FHIR references (``Task/…``). ``until`` is its last day."""

    type: str
    from_: str
    to: str
    since: date
    until: date | None = None
    case: str = ""
    synthetic: bool = False


def link_id(type: str, from_: str, to: str) -> str:
    """The id under which a link stands: the same two ends are linked once by each type."""
    return str(uuid.uuid5(IDS, f"{type}|{from_}|{to}"))


def link_resource(link: Link, one: End, other: End, title: str = "") -> Resource:
    """The resource of a link between ``one`` (from) and ``other`` (to)."""
    period = {"start": link.since.isoformat(), **({"end": link.until.isoformat()} if link.until else {})}
    coded = {"coding": [{"system": SYSTEM, "code": link.type, **({"display": title} if title else {})}]}
    extensions = [{"url": f"{EXT}case", "valueReference": {"reference": f"Task/{link.case}"}}] if link.case else []
    made: Resource = {"id": link_id(link.type, link.from_, link.to)}
    if link.synthetic:
        made["meta"] = {"tag": [SYNTHETIC_TAG]}
    if one.ref.kind == other.ref.kind == "person":
        person = {"url": f"{EXT}person", "valueReference": {"reference": one.reference}}
        about = {"patient": {"reference": other.reference}, "relationship": [coded], "period": period}
        return {**made, "resourceType": "RelatedPerson", "active": link.until is None, **about, "extension": [person, *extensions]}
    ends = [
        {"url": f"{EXT}from", "valueReference": {"reference": one.reference}},
        {"url": f"{EXT}to", "valueReference": {"reference": other.reference}},
        {"url": f"{EXT}period", "valuePeriod": period},
    ]
    patient = one.patient or other.patient
    about = {"subject": {"reference": f"Patient/{patient}"}} if patient else {}
    return {**made, "resourceType": "Basic", "code": coded, **about, "created": link.since.isoformat(), "extension": [*ends, *extensions]}


def read_links(resource: Mapping[str, Any]) -> Iterator[Link]:
    """The links a resource holds: none for a resource that is no link."""
    kind = resource.get("resourceType")
    synthetic = any(tag.get("code") == "HTEST" for tag in resource.get("meta", {}).get("tag", ()))
    said = {str(one.get("url", "")).removeprefix(EXT): one for one in resource.get("extension", ())}
    case = _reference(said.get("case", {}).get("valueReference")).rpartition("/")[2]
    if kind == "RelatedPerson" and "person" in said:
        since, until = _period(resource.get("period"))
        for code in _codes(resource.get("relationship", ())):
            if since:
                from_, to = _reference(said["person"].get("valueReference")), _reference(resource.get("patient"))
                yield Link(code, from_, to, since, until, case, synthetic)
    elif kind == "Basic" and "from" in said and "to" in said:
        since, until = _period(said.get("period", {}).get("valuePeriod"))
        for code in _codes([resource.get("code", {})]):
            if since:
                from_, to = _reference(said["from"].get("valueReference")), _reference(said["to"].get("valueReference"))
                yield Link(code, from_, to, since, until, case, synthetic)
    elif kind == "Group":
        for member in resource.get("member", ()):
            of: Mapping[str, Any] = next((one for one in member.get("extension", ()) if one.get("url") == f"{EXT}case"), {})
            since, until = _period(member.get("period"))
            if of and since:
                yield Link(MEMBER, _reference(of.get("valueReference")), f"Group/{resource['id']}", since, until, "", synthetic)


def goes_in_circles(edges: Sequence[tuple[str, str]], from_: str, to: str) -> bool:
    """Whether one more link ``from_ → to`` would close a circle among links of its type."""
    onward: dict[str, list[str]] = {}
    for one, other in edges:
        onward.setdefault(one, []).append(other)
    reached, ahead = {to}, [to]
    while ahead:
        fresh = [one for one in onward.get(ahead.pop(), ()) if one not in reached]
        reached.update(fresh)
        ahead += fresh
    return from_ in reached


def _codes(concepts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for concept in concepts:
        yield from (str(one["code"]) for one in concept.get("coding", ()) if one.get("system") == SYSTEM and one.get("code"))


def _reference(reference: Mapping[str, Any] | None) -> str:
    return str((reference or {}).get("reference", ""))


def _period(period: Mapping[str, Any] | None) -> tuple[date | None, date | None]:
    start, end = (period or {}).get("start"), (period or {}).get("end")
    return (date.fromisoformat(start[:10]) if start else None), (date.fromisoformat(end[:10]) if end else None)
