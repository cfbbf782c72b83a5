"""Signals as cards on a board: where each stands, whose turn it is, its clock; those that a series raised and those reported by hand."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.cases.queries import files
from kangyu.apps.cases.queries.files import CaseRow
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.surveillance import queries
from kangyu.apps.surveillance.declared import watched
from kangyu.apps.surveillance.models import Alarm
from kangyu.apps.surveillance.queries import Group
from kangyu.engines.content.kinds import Procedure
from kangyu.flows.case_load import local, wall_now
from kangyu.gateways import content
from kangyu.kernel.permission import Permission
from kangyu.web import signal_words
from kangyu.web.views.cases import case_row

LANES = (
    ("new", "待核实", ("new",)),
    ("verifying", "核实中", ("verifying",)),
    ("assessing", "评估中", ("assessing", "to_report")),
    ("responding", "处置中", ("responding", "over")),
)
ENDED = ("closed", "sporadic", "excluded")
CARDS = 6


def card_of(group: Group, viewer: Viewer) -> dict[str, Any]:
    """A group as its card shows it: the grade, where, how much against what, the clock and whose turn."""
    root, last, one, now = group.root, group.last, watched().get(group.root.signal), wall_now()
    row = files.by_id(viewer, root.case) if root.case else None
    case = case_row(row, {}, now) if row else None
    state, over = (row.state, row.ended) if row else _elsewhere(root.case)
    figures = signal_words.shown(last, one)
    return {
        "id": root.pk, "href": reverse("signal", args=[root.pk]),
        "signal": root.signal, "title": one.signal.title if one else root.signal, "place": root.place_name,
        "level": signal_words.LEVEL_WORDS.get(root.level, ""), "grade": group.grade, "code": root.place,
        "grade_title": signal_words.grade_title(one, group.grade), "grade_class": signal_words.GRADE_CLASS.get(group.grade, "g4"),
        "value": figures.value, "expected": figures.expected if last.expected is not None else "", "upper": figures.upper,
        "window": signal_words.window_words(last), "day": last.day, "case": root.case if row else "",
        "state": state, "state_title": case["state"] if case else "县疾控在办" if root.case else "没有立案", "ended": over,
        "clock": case["clock"]["words"] if case else "", "tone": case["clock"]["tone"] if case else "",
        "due": row.due if row else None, "mine": bool(row and not row.ended and _may_act(viewer, row.state)),
        "stands": group.stands,
    }  # fmt: skip


def _elsewhere(case: str) -> tuple[str, bool]:
    """How far others are with the case of an alarm that the viewer may see, though not its case."""
    found = CaseFile.objects.filter(pk=case).values_list("state", "ended").first() if case else None
    return found or ("new", False)


def by_hand(viewer: Viewer, but: Sequence[str]) -> list[dict[str, Any]]:
    """Cards of what people reported where no series said anything; they lead to the case itself."""
    procedure, now = answering(), wall_now()
    if procedure is None or not viewer.may(Permission.CASE_VIEW):
        return []
    columns = files.board(viewer, procedure.key, list(procedure.states), since=clock.now() - timedelta(days=queries.SHOWN_DAYS))
    rows = [row for column in columns for row in column.rows if row.id not in but]
    raised = set(Alarm.objects.filter(case__in=[row.id for row in rows]).values_list("case", flat=True))
    rows = [row for row in rows if row.id not in raised]
    return [_hand_card(row, case_row(row, {}, now), viewer) for row in rows]


def _hand_card(row: CaseRow, case: Mapping[str, Any], viewer: Viewer) -> dict[str, Any]:
    area = directory.area(row.subject_id) if row.subject_kind == "area" else None
    return {
        "href": reverse("case", args=[row.id]), "signal": "by_hand", "title": row.heading, "kind": "手工报告",
        "place": area.name if area else "",
        "grade": "", "grade_title": "", "grade_class": "g4", "code": row.subject_id, "value": "", "expected": "", "upper": "",
        "window": f"{case['opened']} 报", "case": row.id, "state": row.state, "state_title": case["state"], "ended": row.ended,
        "clock": case["clock"]["words"], "tone": case["clock"]["tone"], "due": row.due,
        "mine": not row.ended and _may_act(viewer, row.state), "stands": True,
    }  # fmt: skip


def _may_act(viewer: Viewer, state: str) -> bool:
    """Whether some move out of a state is this role's."""
    procedure = answering()
    if procedure is None or not viewer.may(Permission.CASE_WORK):
        return False
    moves = [move for move in procedure.all_moves().values() if state in move.from_ and not move.aside]
    return any(actor.split(" at ")[0] == viewer.role for move in moves for by in move.by for actor in by.split(" or "))


def answering() -> Procedure | None:
    """The procedure that signals open."""
    opened = next((one.signal.opens for one in watched().values() if one.signal.opens), None)
    return content.current().procedures.get(opened) if opened else None


def lanes(cards: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Four columns; in each, what runs out first stands on top, then the heavier grade."""
    order = list(signal_words.GRADE_CLASS)
    shown = []
    for key, title, states in LANES:
        held = [card for card in cards if card["state"] in states]
        far = datetime.max.replace(tzinfo=None)
        held.sort(key=lambda one: (local(one["due"]) if one["due"] else far, order.index(one["grade"]) if one["grade"] in order else 9))
        shown.append({"key": key, "title": title, "count": len(held), "cards": held[:CARDS], "more": max(len(held) - CARDS, 0)})
    return shown


def ended(cards: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What was closed in the last thirty days, by how it ended."""
    held = [card for card in cards if card["ended"]]
    procedure = answering()
    titles = procedure.states if procedure else {}
    rows = [{"title": titles.get(state, state), "cards": [card for card in held if card["state"] == state]} for state in ENDED]
    return {"count": len(held), "rows": [row for row in rows if row["cards"]]}


def chips(cards: Sequence[Mapping[str, Any]], chosen: str) -> list[dict[str, Any]]:
    """Filters with their counts: grades, signals, mine."""
    open_ = [card for card in cards if not card["ended"]]
    made = [{"key": "", "title": "全部", "count": len(open_), "grade": ""}]
    for grade in signal_words.grade_order([card["grade"] for card in open_]):
        held = [card for card in open_ if card["grade"] == grade]
        made.append({"key": grade, "title": held[0]["grade_title"], "count": len(held), "grade": held[0]["grade_class"]})
    for key in sorted({card["signal"] for card in open_}):
        held = [card for card in open_ if card["signal"] == key]
        made.append({"key": key, "title": held[0].get("kind") or held[0]["title"], "count": len(held), "grade": ""})
    mine = sum(card["mine"] for card in open_)
    made += [{"key": "mine", "title": "我的", "count": mine, "grade": ""}] if mine else []
    return [{**chip, "on": chip["key"] == chosen} for chip in made]
