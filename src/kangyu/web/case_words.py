"""How cases are said: clocks in words, whose turn it is, the steps drawn, everything that happened, the answers given."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kangyu.engines.cases.case import PERSON, Case, Step
from kangyu.engines.cases.clocks import BY_CASE, ClockState, left_words, limit_words, span_words
from kangyu.engines.cases.moves import Turn
from kangyu.engines.cases.procedure import PreparedProcedure
from kangyu.engines.cases.vocabulary import AMEND
from kangyu.engines.content.kinds.field import ATTACHED, Field
from kangyu.engines.content.kinds.work import START
from kangyu.engines.forms import said_of, said_rows
from kangyu.flows.case_view import CaseView
from kangyu.gateways import content
from kangyu.web.wording import DASH

WIDE = 260

OF_A_CASE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The id of another case as an answer: people know it by the number on its page."""


@dataclass(frozen=True)
class Names:
    """Institutions by id, people by account name, and which institution is the viewer's own."""

    institutions: Mapping[str, str]
    people: Mapping[str, str]
    own: str = ""

    def org(self, id: str) -> str:
        return self.institutions.get(id, "") or id

    def person(self, username: str) -> str:
        return "系统" if username == "system" else self.people.get(username, username)


def moment(at: datetime, now: datetime) -> str:
    """``11:08`` today, ``11-20 16:00`` this year, else with its year."""
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at:%m-%d %H:%M}" if at.year == now.year else f"{at:%Y-%m-%d %H:%M}"


def tone(state: ClockState, now: datetime) -> str:
    """The class of a clock: late, soon (half used up of a day or less, four fifths of more), or calm."""
    if state.due is None or state.begun is None or state.standing != "running":
        return ""
    if now > state.due:
        return "late"
    whole = state.due - state.begun
    left = state.due - now
    return "soon" if left <= (whole / 2 if whole <= timedelta(days=1) else whole / 5) else ""


@dataclass(frozen=True)
class ClockLine:
    """One clock as the page shows it. ``used`` is the share of its time that has passed, 0 to 1."""

    key: str
    title: str
    limit: str
    words: str
    tone: str
    begun: str = ""
    due: str = ""
    used: float = 0
    surely: bool = True
    running: bool = False

    @property
    def width(self) -> int:
        """The length of the used part, of ``WIDE``."""
        return round(WIDE * self.used)


def clock_line(prepared: PreparedProcedure, state: ClockState, now: datetime) -> ClockLine:
    """A clock in words: ``还剩 1 小时 52 分``, ``按时，用了 40 分``, ``等接收后开始``."""
    clock = prepared.clocks[state.key]
    limit = limit_words(clock)
    if state.begun is not None and state.due is None:
        return ClockLine(state.key, clock.title, limit, "这件不用", "mute")
    if state.begun is None or state.due is None:
        after = f"“{prepared.state(clock.from_)}”后开始" if clock.from_ in prepared.procedure.states else "还没有开始"
        return ClockLine(state.key, clock.title, limit, after, "mute")
    whole, passed = state.due - state.begun, (state.stopped or now) - state.begun
    limit = f"本次 {span_words(whole)}" if limit == BY_CASE else limit
    used = min(1.0, passed / whole) if whole > timedelta() else 1.0
    words = {
        "kept": f"按时，用了 {span_words(passed)}",
        "missed": f"超时 {span_words(passed - whole)}",
    }.get(state.standing) or left_words(state, now, prepared)
    shown = "late" if state.standing == "missed" else tone(state, now)
    begun, due, running = moment(state.begun, now), moment(state.due, now), state.standing == "running"
    return ClockLine(state.key, clock.title, limit, words, shown, begun, due, used, state.surely, running)


def due_words(prepared: PreparedProcedure | None, clock: str, due: datetime | None, since: datetime, now: datetime) -> dict[str, str]:
    """The clock of a list's row: words, class, and the moment for the title."""
    if due is None:
        return {"words": "", "tone": "", "title": "没有时限"}
    working = False
    if prepared is not None and clock in prepared.clocks:
        working = "working" in prepared.clocks[clock].limit
    state = ClockState(clock, "", "running", min(since, due), due, None, working)
    held = prepared if prepared is not None and clock in prepared.clocks else None
    return {"words": left_words(state, now, held), "tone": tone(state, now), "title": f"{due:%Y-%m-%d %H:%M} 前"}


def turn_words(prepared: PreparedProcedure, turns: Sequence[Turn], names: Names, role: str) -> str:
    """``轮到你：县人民医院转诊台``, ``等县人民医院的转诊台``."""
    if not turns:
        return ""
    mine = [turn for turn in turns if turn.role == role and turn.org in ("", names.own)]
    if mine:
        return f"轮到你：{names.org(names.own) if names.own else ''}{prepared.role(role)}"
    said = [f"{names.org(turn.org) if turn.org else ''}{'的' if turn.org else ''}{prepared.role(turn.role)}" for turn in turns]
    return f"等{'、'.join(dict.fromkeys(said))}"


@dataclass(frozen=True)
class Stop:
    """One state on the line of the case: ``done``, ``now`` or to come."""

    title: str
    small: str
    tone: str


def line(view: CaseView, names: Names) -> list[Stop]:
    """The states the case came through, where it stands, and those that come next if all goes well."""
    prepared, case = view.prepared, view.case
    passed = [step for step in case.steps if step.changes and step.to != step.from_]
    stops = [Stop(prepared.state(step.to), f"{moment(step.at, view.now)} {names.person(step.by)}", "done") for step in passed[:-1]][-4:]
    if passed:
        last = passed[-1]
        small = f"{moment(last.at, view.now)}" if view.ended else f"{moment(last.at, view.now)} 起"
        stops.append(Stop(prepared.state(case.state), small, "done" if view.ended else "now"))
    return stops + [Stop(prepared.state(state), limit, "") for state, limit in ahead(prepared, case)]


def ahead(prepared: PreparedProcedure, case: Case) -> list[tuple[str, str]]:
    """The states to come by the first plain move out of each, with the time allowed."""
    found: list[tuple[str, str]] = []
    state, seen = case.state, {case.state}
    while (following := _next(prepared, state)) and following not in seen:
        seen.add(following)
        found.append((following, _allowed(prepared, state, following)))
        state = following
    return found


def _next(prepared: PreparedProcedure, state: str) -> str | None:
    way_back = [move for move in prepared.moves.values() if state in move.from_ and (move.aside or move.needs_reason or move.reopens)]
    plain = [move for move in prepared.moves.values() if state in move.from_ and move not in way_back and move.to != state]
    ends = prepared.procedure.ends
    plain.sort(key=lambda move: 0 if move.by else 1 if move.to in ends else 2)  # what people do; else what ends it by itself
    return plain[0].to if plain else None


def _allowed(prepared: PreparedProcedure, state: str, following: str) -> str:
    clocks = [clock for clock in prepared.procedure.clocks.values() if clock.from_ == state and following in clock.until]
    return f"{limit_words(clocks[0])}内" if clocks and limit_words(clocks[0]) != BY_CASE else ""


@dataclass(frozen=True)
class Happened:
    """One line of what happened. ``tone`` is ``key``, ``alert`` or empty."""

    when: str
    title: str
    says: str
    by: str
    tone: str
    told: str = ""
    answers: list[tuple[str, str]] = field(default_factory=list)


def happened(view: CaseView, names: Names) -> list[Happened]:
    """Everything, newest first."""
    return [_happened(view, step, names) for step in reversed(view.case.steps)]


def _happened(view: CaseView, step: Step, names: Names) -> Happened:
    prepared = view.prepared
    title, says, shade = _told(prepared, step, names)
    by = names.person(step.by) if step.by == "system" else f"{names.org(step.org)} {names.person(step.by)}".strip()
    told = "、".join(dict.fromkeys(f"{names.org(one.org) if one.org else ''}{prepared.role(one.role)}" for one in step.told))
    return Happened(moment(step.at, view.now), title, says, by, shade, told, _given(view, step))


def _told(prepared: PreparedProcedure, step: Step, names: Names) -> tuple[str, str, str]:
    if step.kind in ("warn", "late"):
        clock = prepared.clocks.get(step.move)
        title = clock.title if clock else step.move
        if step.kind == "warn":
            return f"提醒：{title}快到时限", "", ""
        return f"{title}超时", f"转为“{prepared.state(step.to)}”" if step.to != step.from_ else "", "alert"
    if step.handed:
        return *_handed(prepared, step, names), "key" if step.kind == "hand_over" else ""
    if step.kind == "same":
        kind, _, _other = step.move.partition(":")
        return ("并入另一件" if kind == "merged" else "确认不是同一件"), step.reason, ""
    move = prepared.moves.get(step.move)
    title = move.title if move else step.move
    if step.kind == "sign":
        return f"{title}：签字", step.reason, ""
    return title, step.reason, "key" if step.to != step.from_ or step.from_ == START else ""


def _handed(prepared: PreparedProcedure, step: Step, names: Names) -> tuple[str, str]:
    """A hand-over, the offer of one or its refusal: what is handed, and from whom to whom with the reason."""
    what = {"hand_over": "交接", "offer": "请接手", "decline": "不接手"}[step.kind]
    titles, changes = [], []
    for key, (before, after) in step.handed.items():
        name = names.person if key == PERSON else names.org
        titles.append("经办人" if key == PERSON else prepared.party(key))
        changes.append(" → ".join(name(one) for one in (before, after) if one))
    return f"{what}：{'、'.join(titles)}", "；".join(one for one in (*changes, step.reason) if one)


def _given(view: CaseView, step: Step) -> list[tuple[str, str]]:
    move = view.prepared.moves.get(step.move)
    if not step.response or move is None or move.form is None or step.move == AMEND:
        return []
    row = next((row for row in view.case.rows.get(move.form, ()) if row["id"] == step.response), None)
    return answered(view, move.form, row) if row else []


def answered(view: CaseView, form: str, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The questions of a form that were answered and that the viewer may read, with the answers in words."""
    asked = view.prepared.forms[form]
    fields = [(key, one) for key, one in asked.fields.items() if row.get(key) not in (None, "", []) and view.may_read(form, key)]
    return [(one.title, said(one, row[key])) for key, one in fields]


def files(view: CaseView, form: str, row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The signatures, photos and files among the answers that the viewer may read: what was asked, and the field's path."""
    found = []
    for key, asked in view.prepared.forms[form].fields.items():
        if not view.may_read(form, key):
            continue
        if asked.type in ATTACHED and row.get(key):
            found.append((asked.title, key))
        columns = [(name, of) for name, of in asked.fields.items() if of.type in ATTACHED] if asked.type == "table" else []
        for place, one in enumerate(row.get(key) or (), 1) if columns else ():
            number = one.get("id", place)
            found += [(f"{of.title}（第 {place} 行）", f"{key}.{number}.{name}") for name, of in columns if one.get(name)]
    return found


def carried(view: CaseView) -> list[tuple[str, str]]:
    """What the case was opened with, as far as the viewer may read it and no form has said it since."""
    takes = view.prepared.procedure.takes
    again = {key for form in view.case.answers.values() for key, value in form.items() if value is not None}
    held = [(key, takes[key], value) for key, value in view.case.carried.items() if key in takes and key not in again]
    return [(asked.title, said(asked, value)) for key, asked, value in held if value is not None and view.may_read(key)]


def said(asked: Field, value: Any) -> str:
    """An answer as people write it, its tables in full."""
    title_of = content.current().title_of
    if asked.type == "text" and OF_A_CASE.fullmatch(str(value)):
        return f"编号 {str(value)[:8].upper()}"
    return said_rows(asked, value, title_of) if asked.type == "table" else said_of(asked, value, title_of)


def party_lines(view: CaseView, names: Names) -> list[dict[str, Any]]:
    """Who takes part: party, institution, whether it is the viewer's own."""
    found = []
    for key, party in view.prepared.procedure.parties.items():
        org = view.case.parties.get(key, "")
        if org or not party.optional:
            found.append({"key": key, "title": party.title, "org": names.org(org) if org else DASH, "own": bool(org) and org == names.own})
    return found
