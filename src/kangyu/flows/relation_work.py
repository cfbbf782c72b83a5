"""Links between subjects, written through the one door and read within reach: an end that is out of reach is named by its kind only."""

from dataclasses import dataclass
from datetime import date, timedelta

import orjson
from django.db import transaction

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.cases.queries import files
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.identity.models import Person
from kangyu.apps.record import queries as record
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.apps.relations import queries
from kangyu.apps.relations.models import Relation
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.cases.links import KINDS, End, Link, goes_in_circles, link_id, link_resource
from kangyu.engines.content.kinds.relations import Relation as Declared
from kangyu.gateways import content
from kangyu.kernel.errors import UserError

WARRANT = "relation"
"""What entitles the writer: whoever may work on the case in which the link is made; the caller has settled that."""
RESOURCES = {kind: rtype for rtype, kind in KINDS.items()}
NOT_FITTING = "这两个对象之间不能有这种关系，请检查流程声明里的 relate。"


@dataclass(frozen=True)
class Seen:
    """One link as somebody may see it: what the other end is to the subject, its name (empty out of reach), since when."""

    type: str
    title: str
    other: SubjectRef
    name: str
    href_kind: str
    since: date
    until: date | None


def declared(type: str) -> Declared:
    """A type of relation. Raises ``UserError`` for one that is not declared."""
    for group in content.current().relations.values():
        if type in group.types:
            return group.types[type]
    raise UserError(f"没有名为“{type}”的关系，请在 content/relations 里写上。")


def end_of(ref: SubjectRef) -> End:
    """A subject as the end of a link. Raises ``UserError`` if there is no such one."""
    if ref.kind == "person":
        person = Person.objects.filter(pid=int(ref.id)).first()
        if person is None:
            raise UserError("关系的一方不是登记在册的居民。")
        return End(ref, f"Patient/{person.patient_id}", person.patient_id)
    rtype = RESOURCES.get(ref.kind) or _of_register(ref.kind)
    found = record.current(rtype, ref.id)
    if found is None:
        raise UserError("关系的一方没有找到，可能已经改名或删去。")
    patient = Person.objects.filter(pid=found.pid).values_list("patient_id", flat=True).first() if found.pid else None
    return End(ref, f"{rtype}/{ref.id}", patient or "")


def _of_register(kind: str) -> str:
    register = content.current().registers.get(kind)
    if register is None:
        raise UserError(NOT_FITTING)
    return register.is_


def relate(
    type: str, from_: SubjectRef, to: SubjectRef, *, by: Viewer, since: date | None = None, case: str = "", synthetic: bool = False
) -> str:
    """Link two subjects from a day on; returns the id of the resource. The same two are linked once by a type.

    Of a type of which ``to`` has only one, the one before ends. Raises ``UserError`` for a circle where the type knows none.
    """
    kind, day = declared(type), since or clock.today()
    one, other = end_of(from_), end_of(to)
    if not (_fits(kind.from_, from_.kind) and _fits(kind.to, to.kind)):
        raise UserError(NOT_FITTING)
    if one.reference == other.reference:
        raise UserError(f"不能把一方记成它自己的{kind.title}。")
    with transaction.atomic():
        apart = [edge for edge in queries.edges(type, day) if not (kind.one and edge[1] == f"{to.kind}/{to.id}")]
        if kind.acyclic and goes_in_circles(apart, f"{from_.kind}/{from_.id}", f"{to.kind}/{to.id}"):
            raise UserError(f"这样记会绕成一圈：对方（直接或间接）已经是由这一方来的，不能再是它的{kind.title}。")
        link = Link(type, one.reference, other.reference, day, None, case, synthetic)
        before = queries.of(to).filter(type=type, to_kind=to.kind, to_id=to.id) if kind.one else Relation.objects.none()
        drafts = [draft for held in before if (draft := _ended(held, link, day)) is not None]
        body = link_resource(link, one, other, kind.title)
        write([*drafts, Draft("update", body["resourceType"], body["id"], body)], by=by, purpose=kind.title, warrant=WARRANT)
        pids = [int(ref.id) for ref in (from_, to) if ref.kind == "person"]
        audit.record("relation.write", by=by, pids=pids, target=f"{type} {one.reference} {other.reference}")
    return str(body["id"])


def unrelate(type: str, from_: SubjectRef, to: SubjectRef, *, by: Viewer) -> bool:
    """Take back a link that was an error; its versions stay in the record. Whether there was one."""
    one, other = end_of(from_), end_of(to)
    rtype = "RelatedPerson" if from_.kind == to.kind == "person" else "Basic"
    id = link_id(type, one.reference, other.reference)
    if record.current(rtype, id) is None:
        return False
    write([Draft("delete", rtype, id, {})], by=by, purpose=f"撤销{declared(type).title}", warrant=WARRANT)
    return True


def _fits(wanted: str, kind: str) -> bool:
    """A contact may turn out to be a resident."""
    return wanted == kind or (wanted == "contact" and kind == "person")


def _ended(held: Relation, link: Link, day: date) -> Draft | None:
    """What happens to the link before: it ends the day before the new one begins; of the same day it was an error."""
    rtype, _, id = held.resource.partition("/")
    found = record.current(rtype, id)
    if held.until is not None or found is None or not found.text or id == link_id(link.type, link.from_, link.to):
        return None
    if held.since >= day:
        return Draft("delete", rtype, id, {})
    body = orjson.loads(found.text)
    last = (day - timedelta(days=1)).isoformat()
    if rtype == "RelatedPerson":
        body["period"] = {**body.get("period", {}), "end": last}
        body["active"] = False
    for one in body.get("extension", ()):
        if one["url"].endswith(":period"):
            one["valuePeriod"] = {**one["valuePeriod"], "end": last}
    return Draft("update", rtype, id, body)


def links_of(viewer: Viewer, ref: SubjectRef, types: tuple[str, ...] = ()) -> list[Seen]:
    """The links of a subject that the caller may see (that is asked before), the other ends named as far as the viewer reaches."""
    found = list(queries.of(ref))
    rows = [one for one in found if not types or one.type in types]
    pids = sorted({pid for one in rows for pid in (one.from_pid, one.to_pid) if pid is not None})
    if pids:
        audit.record("relation.view", by=viewer, pids=pids, target=f"{ref.kind}/{ref.id}")
    return [_seen(viewer, ref, one) for one in rows]


def _seen(viewer: Viewer, ref: SubjectRef, one: Relation) -> Seen:
    kind = declared(one.type)
    from_here = (one.from_kind, one.from_id) == (ref.kind, ref.id)
    other = SubjectRef(one.to_kind, one.to_id) if from_here else SubjectRef(one.from_kind, one.from_id)
    title = kind.inverse if from_here else kind.title
    return Seen(one.type, title, other, name_of(viewer, other), other.kind, one.since, one.until)


def name_of(viewer: Viewer, ref: SubjectRef) -> str:
    """What a subject is called, for who reaches it; empty for who does not."""
    if ref.kind == "person":
        condition, parameters = ("true", []) if viewer is SYSTEM else viewer.people("person")
        people = Person.objects.extra(where=[condition], params=parameters)
        return people.filter(pid=int(ref.id)).values_list("name", flat=True).first() or ""
    if ref.kind == "case":
        row = files.by_id(viewer, ref.id)
        return (row.name or row.heading) if row else ""
    if ref.kind in ("group", "contact"):
        row = CaseFile.objects.filter(subject_kind=ref.kind, subject_id=ref.id).order_by("-opened", "id").first()
        seen = files.by_id(viewer, row.id) if row else None
        return seen.heading if seen else ""
    return ""
