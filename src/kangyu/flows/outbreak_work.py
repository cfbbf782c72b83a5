"""An outbreak at work: who may belong, members confirmed or taken out, who infected whom, and the picture of it all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import orjson
from django.db import connection, transaction

from kangyu.apps.cases import case_access
from kangyu.apps.cases.models import CaseFile
from kangyu.apps.cases.rules import rules
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.identity.models import Person
from kangyu.apps.record import queries as record
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.apps.relations import queries as relations
from kangyu.apps.relations.models import Relation
from kangyu.engines import outbreaks
from kangyu.engines.cases.advance import Noted
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.cases.members import PreparedMembers, suggested
from kangyu.engines.cases.moves import fits
from kangyu.engines.epidemiology.rates import Rate
from kangyu.flows import case_work, relation_work
from kangyu.flows.case_happen import happen
from kangyu.flows.case_load import WARRANT, Work, load
from kangyu.flows.case_view import CaseView
from kangyu.flows.gatherings import place_name
from kangyu.flows.group_members import Member, alike, read_members
from kangyu.kernel.errors import DeniedError, UserError
from kangyu.kernel.permission import Permission

LOOK_BACK = timedelta(days=90)
QUIET_SHOWN = timedelta(days=30)
"""How long after the last onset the curve goes on, to show that nobody fell ill."""
GONE = ("deleted", "ruled_out")


@dataclass(frozen=True)
class Shown:
    """A member as one viewer may see it: ``seen`` is false for who does not reach the person, who then goes by number only."""

    member: Member
    number: int
    seen: bool
    place: str
    source: str = ""
    generation: int = 0
    infected: int = 0
    counts: bool = True


@dataclass(frozen=True)
class Picture:
    """Everything the page of an outbreak shows."""

    view: CaseView
    members: list[Shown]
    proposed: list[Shown]
    curve: outbreaks.Curve
    tree: outbreaks.Tree
    rate: Rate | None
    exposed: int | None
    over: outbreaks.Over | None
    incubation: int | None
    sick: int
    deaths: int
    watched: Mapping[str, int] = field(default_factory=dict)
    may_decide: bool = False


def picture(viewer: Viewer, case: str) -> Picture:
    """One outbreak. Raises ``CaseNotWithinReach`` for an outsider; the read is audited with everybody whose name it shows."""
    view = case_work.view(viewer, case)
    members = _prepared(view)
    held = read_members(members, relations.members(view.case.subject.id, clock.today()), view.now)
    counted = [one for one in held if one.state not in GONE]
    onsets = {one.id: one.row["on"] for one in counted}
    edges = relations.between(members.declared.link, onsets, clock.today()) if members.declared.link else []
    tree = outbreaks.transmission_tree(onsets, edges)
    proposed = [one for one in candidates(view, members) if one.id not in {each.id for each in held}]
    seen = _seen(viewer, [*held, *proposed])
    shown = _shown(view, held, tree, seen)
    audit.record("outbreak.view", by=viewer, pids=sorted(one.pid for one in [*held, *proposed] if one.pid in seen), target=f"Task/{case}")
    layer = members.declared.certainty or ""
    last = max((day for day in onsets.values() if day), default=None)
    until = min(view.now.date(), last + QUIET_SHOWN) if last else None
    dated = [(one.row["on"], str(one.row.get(layer) or "unknown")) for one in counted]
    curve = outbreaks.onset_curve(dated, _layers(view, layer), until)
    incubation = view.values.get("incubation")
    sick = view.values.get("sick")
    exposed = _exposed(view, members)
    return Picture(
        view=view,
        members=shown,
        proposed=_shown(view, proposed, None, seen),
        curve=curve,
        tree=tree,
        rate=outbreaks.attack_rate(int(sick), exposed) if exposed and sick is not None and sick <= exposed else None,
        exposed=exposed,
        over=outbreaks.over(last, int(incubation), view.now.date()) if last and incubation else None,
        incubation=int(incubation) if incubation else None,
        sick=int(sick or 0),
        deaths=int(view.values.get("deaths") or 0),
        watched=watched([one.id for one in counted]),
        may_decide=_may_decide(viewer, view, members),
    )


def _prepared(view: CaseView) -> PreparedMembers:
    if view.prepared.members is None:
        raise UserError(f"“{view.prepared.procedure.title}”不是聚集病例的事项，没有疫情页。")
    return view.prepared.members


def _layers(view: CaseView, column: str) -> tuple[str, ...]:
    """The codes of the column that colours the curve, the surest first."""
    codes = list(view.prepared.names.schema.choices.get(f"members.{column}", ()))
    order = ("confirmed", "clinical", "suspected", "positive_test", "carrier")
    return tuple(sorted(codes, key=lambda code: (order.index(code) if code in order else len(order), code)))


def _exposed(view: CaseView, members: PreparedMembers) -> int | None:
    form, _, name = (members.declared.exposed or "").partition(".")
    value = view.case.answers.get(form, {}).get(name)
    return int(value) if value else None


def _seen(viewer: Viewer, members: Sequence[Member]) -> set[int]:
    """The people among the members whom the viewer reaches."""
    condition, parameters = viewer.people("person")
    pids = [one.pid for one in members if one.pid is not None]
    return set(Person.objects.extra(where=[condition], params=parameters).filter(pid__in=pids).values_list("pid", flat=True))


def _shown(view: CaseView, members: Sequence[Member], tree: outbreaks.Tree | None, seen: set[int]) -> list[Shown]:
    ordered = sorted(members, key=lambda one: (one.row["on"] or date.max, one.id))
    found = []
    for number, one in enumerate(ordered, 1):
        node = tree.nodes.get(one.id) if tree else None
        place = place_name(view.prepared, one.row)
        linked = (node.source, node.generation, len(node.infected)) if node else ("", 0, 0)
        found.append(Shown(one, number, one.pid in seen, place, *linked, counts=one.state not in GONE))
    return found


WATCHED = """
SELECT w.state, count(*) FROM case_file i JOIN case_file w ON w.parent = i.id AND w.part <> '' AND w.procedure = 'contact_watch'
WHERE i.parent = ANY(%s) GROUP BY w.state ORDER BY w.state
"""


def watched(cases: Sequence[str]) -> dict[str, int]:
    """How many contacts of these cases stand in each state of their watch."""
    with connection.cursor() as cursor:
        cursor.execute(WATCHED, [list(cases)])
        return dict(cursor.fetchall())


def candidates(view: CaseView, members: PreparedMembers) -> list[Member]:
    """Cases that the declaration suggests and that nobody has decided on: of the same kind, in no group yet."""
    if view.ended:
        return []
    of = _of(view)
    group = {**view.case.carried, **view.values}
    since = ((view.case.opened or view.now) - LOOK_BACK).date()
    ids = alike(of, members, group, since, view.facts.area[:6])
    taken = set(_taken(ids))
    found = read_members(members, [one for one in ids if one not in taken], view.now)
    counted = members.declared.counted
    fresh = [one for one in found if not counted or one.state in counted]
    return [one for one in fresh if suggested(members, {**one.row, "state": one.state}, group, view.now.date())]


def _of(view: CaseView) -> Any:
    assert view.prepared.members is not None
    return rules().procedure(view.prepared.members.declared.of)


def _taken(ids: Sequence[str]) -> list[str]:
    held = Relation.objects.filter(type="member", from_kind="case", from_id__in=list(ids), until=None)
    return list(held.order_by("from_id").values_list("from_id", flat=True))


# decisions


def admit(viewer: Viewer, case: str, ids: Sequence[str], *, key: str) -> CaseView:
    """Confirm cases as members of an outbreak, by who decides on that; each of them must be within reach."""
    if not ids:
        raise UserError("还没有选病例。请在名单上勾选后再确认。")
    for id in ids:
        case_access.require(viewer, id)
    return _decide(viewer, case, key, f"确认 {len(ids)} 例为成员", "", lambda body, on: _with_members(body, ids, on))


def take_out(viewer: Viewer, case: str, id: str, *, reason: str, key: str) -> CaseView:
    """Take a case out of an outbreak, with the reason; it may be confirmed again."""
    if not reason.strip():
        raise UserError("移出成员要写明原因。")
    case_access.require(viewer, id)
    return _decide(viewer, case, key, "移出 1 例", reason, lambda body, on: _without_member(body, id))


def trace(viewer: Viewer, case: str, id: str, source: str, *, key: str) -> CaseView:
    """Say which member infected another (``source`` empty: it is not known any more). Raises ``UserError`` for a circle."""
    view = case_work.view(viewer, case)
    members, named = _prepared(view), [one for one in (id, source) if one]
    held = set(relations.members(view.case.subject.id, clock.today()))
    if members.declared.link is None or not set(named) <= held or id not in held:
        raise UserError("只能在已确认的成员之间记传播关系。请先确认成员。")
    for one in named:
        case_access.require(viewer, one)
    link, other = members.declared.link, SubjectRef("case", id)

    def write_link(body: dict[str, Any], on: date) -> dict[str, Any] | None:
        if source:
            relation_work.relate(link, SubjectRef("case", source), other, by=viewer, case=case, synthetic=view.subject.synthetic)
        else:
            for before, after in relations.between(link, held, on):
                if after == id:
                    relation_work.unrelate(link, SubjectRef("case", before), other, by=viewer)
        return None

    return _decide(viewer, case, key, "记传播关系" if source else "撤销传播关系", "", write_link)


def _decide(viewer: Viewer, case: str, key: str, what: str, reason: str, change: Any) -> CaseView:
    """A decision on an outbreak: its group changed, a line among what happened; once for each key."""
    viewer.require(Permission.CASE_WORK)
    case_access.require(viewer, case)
    with transaction.atomic():
        work = load(viewer, case, lock=True)
        if not any(step.key == key for step in work.case.steps if key):
            _require_decision(viewer, work)
            _change_group(viewer, work, change)
            work = load(viewer, case, lock=True)
            happen(work, Noted("note", what, work.who, reason, key))
    return case_work.view(viewer, case)


def _require_decision(viewer: Viewer, work: Work) -> None:
    members = work.prepared.members
    if members is None:
        raise UserError(f"“{work.prepared.procedure.title}”没有成员。")
    if work.facts is not None and work.facts.ended:
        raise UserError("已经结束，成员和传播关系不能再改。")
    if not fits(members.declared.by, work.who, work.case):
        raise DeniedError("成员和传播关系由流行病学人员确认。")


def _may_decide(viewer: Viewer, view: CaseView, members: PreparedMembers) -> bool:
    return viewer.may(Permission.CASE_WORK) and not view.ended and fits(members.declared.by, view.who, view.case)


def _change_group(viewer: Viewer, work: Work, change: Any) -> None:
    id = work.case.subject.id
    stored = record.current("Group", id)
    if stored is None or not stored.text:
        raise UserError("没有找到这一群人，可能已经删去。")
    body = change(orjson.loads(stored.text), clock.today())
    if body is not None:
        write([Draft("update", "Group", id, body)], by=viewer, purpose=work.prepared.procedure.title, warrant=WARRANT)


def _with_members(body: dict[str, Any], ids: Sequence[str], on: date) -> dict[str, Any]:
    there = {_case_of(one) for one in body.get("member", ())}
    rows = {row.id: row for row in CaseFile.objects.filter(id__in=list(ids), merged_into="")}
    people = dict(Person.objects.filter(pid__in=[row.pid for row in rows.values() if row.pid]).values_list("pid", "patient_id"))
    fresh = [member_entry(id, people[rows[id].pid], on) for id in ids if id in rows and id not in there and rows[id].pid in people]
    return {**body, "member": [*body.get("member", ()), *fresh], "quantity": len(there) + len(fresh)}


def member_entry(case: str, patient: str, on: date) -> dict[str, Any]:
    """A member of a group: the person, since when, by which case."""
    return {
        "extension": [{"url": "urn:kangyu:ext:case", "valueReference": {"reference": f"Task/{case}"}}],
        "entity": {"reference": f"Patient/{patient}"},
        "period": {"start": on.isoformat()},
    }


def _without_member(body: dict[str, Any], id: str) -> dict[str, Any]:
    left = [one for one in body.get("member", ()) if _case_of(one) != id]
    if len(left) == len(body.get("member", ())):
        raise UserError("这一例不是成员。请刷新后再看。")
    fresh = {key: value for key, value in body.items() if key != "member"}
    return {**fresh, **({"member": left} if left else {}), "quantity": len(left)}


def _case_of(entry: Mapping[str, Any]) -> str:
    found = next((one for one in entry.get("extension", ()) if one.get("url") == "urn:kangyu:ext:case"), {})
    return str(found.get("valueReference", {}).get("reference", "")).rpartition("/")[2]
