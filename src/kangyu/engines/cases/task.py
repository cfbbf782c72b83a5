"""A case as a FHIR Task and back: the record holds steps, parties, clocks and timers, so that every table can be rebuilt from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from .case import Case, Step, SubjectRef, Timer, Told
from .clocks import ClockState, Standing
from .moves import Turn
from .procedure import PreparedProcedure

Resource = dict[str, Any]
PROCEDURE = "urn:kangyu:cs:procedure"
STATE = "urn:kangyu:cs:case-state"
EXT = "urn:kangyu:ext:"
OFFSET = "+08:00"
SUBJECT_TYPES: Mapping[str, str] = {"institution": "Organization", "group": "Group", "case": "Task"}
VALUES: Sequence[tuple[type, str]] = ((bool, "valueBoolean"), (int, "valueInteger"), (float, "valueDecimal"), (str, "valueString"))


@dataclass(frozen=True)
class Facts:
    """What a Task says beside the case's own steps: how it stands for lists, so that no list needs the declarations.

    ``reference`` is the FHIR reference of the subject (for what is no resource, an identifier system and value stand in its place).
    """

    heading: str
    ended: bool
    cancelled: bool
    owner: str
    area: str
    turns: tuple[Turn, ...] = ()
    clocks: tuple[ClockState, ...] = ()
    same: tuple[str, ...] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)
    merged_into: str = ""
    part: str = ""
    part_number: int = 0
    synthetic: bool = False
    title: str = ""
    state_title: str = ""
    reference: Mapping[str, Any] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    """The parties that the case has not come to yet."""

    @property
    def due(self) -> datetime | None:
        """When the first running clock runs out."""
        return min((state.due for state in self.clocks if state.standing == "running" and state.due), default=None)

    @property
    def due_clock(self) -> str:
        return next((state.key for state in self.clocks if state.standing == "running" and state.due == self.due), "") if self.due else ""


@dataclass(frozen=True)
class Stored:
    """A case read back from its Task: ``case`` without answers, parts and subject, which stand elsewhere."""

    procedure: str
    case: Case
    facts: Facts


def task(prepared: PreparedProcedure, case: Case, facts: Facts) -> Resource:
    """The Task of a case."""
    procedure = prepared.procedure
    made: Resource = {
        "resourceType": "Task",
        "id": case.id,
        "status": _status(case, facts),
        "intent": "order",
        "code": {"coding": [{"system": PROCEDURE, "code": procedure.key, "display": procedure.title}], "text": procedure.title},
        "businessStatus": {"coding": [{"system": STATE, "code": case.state, "display": prepared.state(case.state)}]},
        "description": facts.heading,
        "for": dict(facts.reference),
    }
    if facts.synthetic:
        made["meta"] = {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
    if case.opened:
        made["authoredOn"] = instant(case.opened)
        made["lastModified"] = instant(case.steps[-1].at)
    if case.opener:
        made["requester"] = {"reference": f"Organization/{case.opener}"}
    if facts.owner:
        made["owner"] = {"reference": f"Organization/{facts.owner}"}
    if case.parent:
        made["partOf"] = [{"reference": f"Task/{case.parent}"}]
    if facts.due:
        made["restriction"] = {"period": {"end": instant(facts.due)}}
    if case.carried:
        made["input"] = [{"type": {"text": key}, **_plain(value)} for key, value in case.carried.items() if value is not None]
    made["extension"] = list(_extensions(case, facts))
    return made


def _status(case: Case, facts: Facts) -> str:
    if facts.ended:
        return "cancelled" if facts.cancelled else "completed"
    if any(step.org == facts.owner and step.kind == "move" for step in case.steps):
        return "in-progress"
    return "requested"


def _extensions(case: Case, facts: Facts) -> Iterable[Resource]:
    yield {"url": f"{EXT}about", "valueCode": case.subject.kind}
    for name, value in (
        ("area", facts.area),
        *(("same", one) for one in facts.same),
        ("merged_into", facts.merged_into),
        ("part", facts.part),
    ):
        if value:
            yield {"url": f"{EXT}{name}", "valueString": value}
    if facts.part_number:
        yield {"url": f"{EXT}part_number", "valueInteger": facts.part_number}
    if case.since:
        yield {"url": f"{EXT}since", "valueDateTime": instant(case.since)}
    for key, org in case.parties.items():
        yield _group("party", key=key, org=org, hidden=True if key in facts.hidden else None)
    if any(value is not None for value in facts.columns.values()):
        yield _group("columns", **facts.columns)
    for turn in facts.turns:
        yield _group("turn", role=turn.role, org=turn.org, party=turn.party)
    for state in facts.clocks:
        if state.begun and state.due:
            kept = None if state.standing == "running" else state.standing == "kept"
            yield _group("clock", key=state.key, begun=state.begun, due=state.due, stopped=state.stopped, kept=kept, working=state.working)
    for timer in case.timers:
        yield _group("timer", clock=timer.clock, kind=timer.kind, entry=timer.entry, at=timer.at, begun=timer.begun)
    for step in case.steps:
        yield _step(step)


def _step(step: Step) -> Resource:
    given = {
        "number": step.number, "kind": step.kind, "move": step.move, "from": step.from_, "to": step.to, "at": step.at, "by": step.by,
        "role": step.role, "org": step.org, "reason": step.reason, "response": step.response, "begun": step.begun, "key": step.key,
        **({"entry": step.entry} if step.entry >= 0 else {}),
    }  # fmt: skip
    made = _group("step", **given)
    made["extension"] += [_group("told", role=told.role, org=told.org, says=told.says) for told in step.told]
    return made


def _group(name: str, **parts: Any) -> Resource:
    """An extension with parts; what is empty is left out."""
    found = [{"url": key, **_plain(value)} for key, value in parts.items() if value is not None and value != ""]
    return {"url": f"{EXT}{name}", "extension": found}


def _plain(value: Any) -> Resource:
    if isinstance(value, datetime):
        return {"valueDateTime": instant(value)}
    if isinstance(value, date):
        return {"valueDate": value.isoformat()}
    if isinstance(value, list | tuple):
        return {"valueString": ",".join(map(str, value))}
    kind = next((name for python, name in VALUES if isinstance(value, python)), "valueString")
    return {kind: value if kind != "valueString" else str(value)}


def instant(moment: datetime) -> str:
    """A moment as the record writes it."""
    return f"{moment.isoformat(timespec='seconds')}{OFFSET}"


def wall(text: str) -> datetime:
    """A moment as the record writes it, back on the wall clock."""
    return datetime.fromisoformat(text[:19])


# reading back


def read_task(resource: Mapping[str, Any], pid: int | None = None) -> Stored:
    """The case a Task holds; ``pid`` is the person it is about, whom the store knows by number."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for extension in resource.get("extension", ()):
        groups.setdefault(extension["url"].removeprefix(EXT), []).append(_parts(extension))
    single = {name: found[0].get("", "") for name, found in groups.items()}
    kind = single.get("about", "person")
    state = resource["businessStatus"]["coding"][0]
    steps = tuple(_read_step(one) for one in groups.get("step", ()))
    case = Case(
        id=resource["id"],
        subject=SubjectRef(kind, str(pid) if kind == "person" else _subject_id(resource.get("for", {}))),
        state=state["code"],
        opened=wall(resource["authoredOn"]) if "authoredOn" in resource else None,
        since=single.get("since") or None,
        opener=_id(resource.get("requester")),
        parties={one["key"]: one.get("org", "") for one in groups.get("party", ())},
        steps=steps,
        carried={one["type"]["text"]: _value(one) for one in resource.get("input", ())},
        timers=tuple(_read_timer(one) for one in groups.get("timer", ())),
        parent=_id((resource.get("partOf") or [None])[0]),
    )
    coding = resource["code"]["coding"][0]
    facts = Facts(
        heading=resource.get("description", ""),
        ended=resource["status"] in ("completed", "cancelled"),
        cancelled=resource["status"] == "cancelled",
        owner=_id(resource.get("owner")),
        area=single.get("area", ""),
        turns=tuple(Turn(one["role"], one.get("org", ""), one.get("party", "")) for one in groups.get("turn", ())),
        clocks=tuple(_read_clock(one) for one in groups.get("clock", ())),
        same=tuple(one[""] for one in groups.get("same", ())),
        columns=groups["columns"][0] if "columns" in groups else {},
        merged_into=single.get("merged_into", ""),
        part=single.get("part", ""),
        part_number=single.get("part_number") or 0,
        synthetic=any(tag.get("code") == "HTEST" for tag in resource.get("meta", {}).get("tag", ())),
        title=coding.get("display", ""),
        state_title=state.get("display", ""),
        reference=resource.get("for", {}),
        hidden=frozenset(one["key"] for one in groups.get("party", ()) if one.get("hidden")),
    )
    return Stored(coding["code"], case, facts)


def _parts(extension: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of an extension by name, ``told`` as a list; a simple one under the empty name."""
    if "extension" not in extension:
        return {"": _value(extension)}
    found: dict[str, Any] = {}
    for part in extension["extension"]:
        if "extension" in part:
            found.setdefault(part["url"].removeprefix(EXT), []).append(_parts(part))
        else:
            found[part["url"]] = _value(part)
    return found


def _value(element: Mapping[str, Any]) -> Any:
    for key, value in element.items():
        if key == "valueDateTime":
            return wall(value)
        if key == "valueDate":
            return date.fromisoformat(value)
        if key.startswith("value"):
            return value
    return None


def _read_step(one: Mapping[str, Any]) -> Step:
    words = {key: one.get(key, "") for key in ("move", "by", "role", "org", "reason", "response", "key")}
    told = tuple(Told(told["role"], told.get("org", ""), told.get("says", "")) for told in one.get("told", ()))
    place = {"number": one["number"], "kind": one["kind"], "from_": one["from"], "to": one["to"], "at": one["at"]}
    return Step(**place, **words, entry=one.get("entry", -1), begun=one.get("begun"), told=told)


def _read_timer(one: Mapping[str, Any]) -> Timer:
    return Timer(one.get("clock", ""), one["kind"], one["entry"], one["at"], one["begun"])


def _read_clock(one: Mapping[str, Any]) -> ClockState:
    standing: Standing = {None: "running", True: "kept", False: "missed"}[one.get("kept")]  # type: ignore[assignment]
    return ClockState(one["key"], "", standing, one["begun"], one["due"], one.get("stopped"), bool(one.get("working")))


def _id(reference: Mapping[str, Any] | None) -> str:
    return str((reference or {}).get("reference", "")).rpartition("/")[2]


def _subject_id(reference: Mapping[str, Any]) -> str:
    """What has a code of its own (an area, a statement's row) goes by it, everything else by the id of its resource."""
    return str(reference.get("identifier", {}).get("value", "")) or _id(reference)
