"""Cases handed over: to another institution in a party's place, to somebody within it; one, or every open one of a person or a party.

Where the procedure declares it the receiver is asked first. Each hand-over is a step of its case, with who, when and why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from kangyu.apps.cases import case_access
from kangyu.apps.cases.queries import hand_overs
from kangyu.apps.directory import queries as directory
from kangyu.apps.directory.models import Institution
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.governance.models import Account
from kangyu.engines.cases.advance import Answered, HandedOver
from kangyu.engines.cases.case import Who
from kangyu.engines.cases.moves import handable, may_hand_over, turns
from kangyu.flows.case_happen import happen
from kangyu.flows.case_load import Work, load
from kangyu.flows.case_view import CaseView, view_of
from kangyu.kernel.errors import DeniedError, UserError
from kangyu.kernel.permission import Permission


@dataclass(frozen=True)
class Choices:
    """What a viewer may hand over of a case: parties with the institutions that could have them, and people of its own institution."""

    parties: Mapping[str, list[Institution]]
    people: Sequence[Account]
    asks: bool
    why_not: str = ""


@dataclass(frozen=True)
class Handed:
    """What became of several: how many were handed over, how many offered, and why the others were not, each reason with its number."""

    over: int
    offered: int
    refused: Mapping[str, int]


def hand_over(viewer: Viewer, case: str, parties: Mapping[str, str], *, reason: str, key: str, person: str = "") -> CaseView:
    """Another institution takes the place of a party, or (with ``person``, an account) somebody takes the case within its own.

    Where the procedure says so the receiver is asked first. The same ``key`` hands over once. Raises ``CaseNotWithinReach``,
    ``DeniedError`` for who is not responsible, ``UserError`` for a party that is not handed over so.
    """
    viewer.require(Permission.CASE_WORK)
    case_access.require(viewer, case)
    if not reason.strip():
        raise UserError("交接要写明原因。")
    with transaction.atomic():
        work = load(viewer, case, lock=True)
        if not any(step.key == key for step in work.case.steps if key):
            _handed(work, parties, person, reason, key)
    return view_of(work)


def _handed(work: Work, parties: Mapping[str, str], person: str, reason: str, key: str) -> None:
    viewer = work.viewer
    if why := _why_not(work) if parties else _why_not_within(work):
        raise DeniedError(why)
    _right_parties(work, parties)
    if person:
        _right_person(work, person)
    declared = work.prepared.procedure.hand_over
    ask = bool(parties and declared and declared.accept and viewer.org not in parties.values())
    before = work.case.number
    happen(work, HandedOver(parties, reason, viewer.username, viewer.role, viewer.org, key=key, person=person, ask=ask))
    if work.case.number == before:
        raise UserError("接手的和现在的是同一家，没有可交接的。请另选机构或人。")
    audit.record("case.hand_over", by=viewer, pids=work.pids, target=f"Task/{work.case.id}", purpose=reason[:200])


def answer(viewer: Viewer, case: str, *, yes: bool, key: str, reason: str = "") -> CaseView:
    """The receiver takes on the case it was asked to, or does not (with a reason). Raises ``RefusedError`` for anybody else."""
    viewer.require(Permission.CASE_WORK)
    case_access.require(viewer, case)
    with transaction.atomic():
        work = load(viewer, case, lock=True)
        if not any(step.key == key for step in work.case.steps if key):
            happen(work, Answered(yes, work.who, reason, key))
            said = reason[:200] or ("接手" if yes else "不接手")
            audit.record("case.hand_over", by=viewer, pids=work.pids, target=f"Task/{case}", purpose=said)
    return view_of(work)


def choices(viewer: Viewer, case: str) -> Choices:
    """What the viewer may hand over of a case now, and to whom. Raises ``CaseNotWithinReach``."""
    case_access.require(viewer, case)
    work = load(viewer, case)
    viewer.require(Permission.CASE_WORK)
    why, why_within = _why_not(work), _why_not_within(work)
    declared, held = work.prepared.procedure.hand_over, work.case.parties
    found = {key: _candidates(work, key) for key in (handable(work.prepared) if not why else ()) if held.get(key)}
    return Choices(found, [] if why_within else _people(work), bool(declared and declared.accept), why if why_within else "")


def hand_over_many(viewer: Viewer, cases: Sequence[tuple[str, str]], to: str, *, reason: str, key: str) -> Handed:
    """Hand over several cases, each with the party it is about; one that cannot be leaves the others alone. Found by ``open_of``."""
    over, offered, refused = 0, 0, dict[str, int]()
    for case, party in cases:
        try:
            view = hand_over(viewer, case, {party: to}, reason=reason, key=f"{key}/{case}")
        except UserError as error:
            refused[str(error)] = refused.get(str(error), 0) + 1
            continue
        offered, over = offered + bool(view.case.offer), over + (not view.case.offer)
    return Handed(over, offered, refused)


def open_of(viewer: Viewer, org: str, *, pid: int | None = None) -> list[hand_overs.Held]:
    """The open cases in which an institution holds a party that people hand over, as far as the viewer reaches them."""
    return hand_overs.held_by(viewer, org, pid=pid)


def may(viewer: Viewer, view: CaseView) -> bool:
    """Whether the viewer may hand over a case that they have before them."""
    within = any(turn.org == viewer.org for turn in turns(view.prepared, view.case)) and bool(viewer.org)
    return within or not may_hand_over(view.prepared, view.case, view.who, oversees=_oversees(viewer, view.who))


def _why_not(work: Work) -> str:
    return may_hand_over(work.prepared, work.case, work.who, oversees=_oversees(work.viewer, work.who))


def _why_not_within(work: Work) -> str:
    """Why somebody may not give the case to a colleague; empty where it waits for their institution, or is its responsibility."""
    org = work.viewer.org
    if org and (org == work.owner or any(turn.org == org for turn in turns(work.prepared, work.case))):
        return ""
    return "这件事不在贵机构手里，不能交给同事。"


def _oversees(viewer: Viewer, who: Who) -> bool:
    """Whether somebody answers for the place rather than for one of its institutions."""
    return viewer is SYSTEM or (viewer.within in ("county", "township") and who.reaches and not viewer.org)


def _right_parties(work: Work, parties: Mapping[str, str]) -> None:
    allowed = handable(work.prepared)
    for key, org in parties.items():
        if key not in allowed:
            raise UserError(f"“{work.prepared.party(key)}”是按内容定的，改了内容会自动跟着变，不能另行交接。")
        if not any(one.id == org for one in _candidates(work, key)):
            raise UserError(f"“{work.prepared.party(key)}”不能交给这家机构：类别不合，或已经关闭。请另选。")


def _candidates(work: Work, party: str) -> list[Institution]:
    """The open institutions that could take a party: of the declared kinds, else of the kind of the present one."""
    held = work.case.parties.get(party, "")
    kinds = work.prepared.procedure.parties[party].kinds
    present = directory.institution(held) if held and not kinds else None
    found = directory.institutions_of(kinds or ((present.kind,) if present else ()))
    return [one for one in found if one.id != held]


def _right_person(work: Work, person: str) -> None:
    if not any(one.username == person for one in _people(work)):
        raise UserError("这件事只能交给本机构里能办下一步的人。请另选。")


def _people(work: Work) -> list[Account]:
    """The people of the viewer's institution whose role the case waits for."""
    org = work.viewer.org
    roles = {turn.role for turn in turns(work.prepared, work.case) if turn.org in ("", org)}
    if not org:
        return []
    return list(
        Account.objects.filter(org=org, role__in=roles, is_active=True).exclude(username=work.case.handler).order_by("username")[:100]
    )
