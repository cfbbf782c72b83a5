"""What a programme expects of one person next: each due item, from the records, with its dates and its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kangyu.engines.content.kinds.schedule import DoseSchedule
from kangyu.engines.language.subject import Subject
from kangyu.engines.schedules import DosePlan, DueItem, Given, Membership, Recipient, dose_item, dose_plan, due_item, window_item

from .assessment import follow, revisit_of
from .prepared import PreparedProgramme

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Expected:
    """``membership`` is ``None`` for one who is not under care; then nothing is due."""

    membership: Membership | None
    items: tuple[DueItem, ...]

    @property
    def next(self) -> DueItem | None:
        """The item that comes first and is not done."""
        waiting = [item for item in self.items if item.state != "done" and item.due_on]
        return min(waiting, key=lambda item: item.due_on or date.max, default=None)


def due_items(prepared: PreparedProgramme, subject: Subject) -> Expected:
    """What is due on ``subject.today``. A visit counts when the form's ``counts_as_visit`` is true of its row.

    The revisit asked for by the last visit of the programme's form, by its rules or by the date the doctor wrote
    (``next_visit``), brings the item of that form forward.
    """
    truths = prepared.person(subject)
    membership = member(prepared, subject, truths)
    if membership is None:
        return Expected(None, ())
    items, brought, stage = [], set[str](), stage_of(prepared, subject, membership)
    for key, due in prepared.programme.due.items():
        if not truths.get(f"due.{key}", truths["belongs"]) or (due.while_ and stage not in due.while_):
            continue
        form = prepared.forms[key]
        if due.schedule:
            plan = doses_of(prepared.schedules[due.schedule], subject)
            if plan is not None:
                items.append(dose_item(key, due, plan, titles=prepared.series[due.schedule], today=subject.today))
                items[-1] = replace(items[-1], form=form.name)
            continue
        if truths.get(f"pause.{key}") is True:
            continue
        rows = _rows(subject, form.name)
        done = [row["on"] for row in rows if _counts(prepared, form.name, row, subject)]
        asked = revisit_asked(prepared, subject) if prepared.form and form.name == prepared.form.name else None
        title = due.title or form.title
        if due.window:
            anchor = anchor_of(prepared, due.from_, subject, membership)
            if anchor is not None:
                met = truths.get(f"met.{key}") is True
                item = window_item(key, title, due, anchor, done=done, today=subject.today, met=met)
                if (
                    asked and item.state in ("later", "open", "today") and form.name not in brought
                ):  # only the next visit is brought forward
                    brought.add(form.name)
                    item = window_item(key, title, due, anchor, done=done, today=subject.today, met=met, revisit=asked)
                items.append(replace(item, form=form.name))
            continue
        item = due_item(key, title, due, done=done, membership=membership, today=subject.today, revisit=asked)
        items.append(replace(item, form=form.name))
    return Expected(membership, tuple(_current(prepared, items, membership, subject.today)))


def anchor_of(prepared: PreparedProgramme, named: str | None, subject: Subject, membership: Membership) -> date | None:
    """From which day a window counts: the episode's own date, or the newest ``form.field`` (``form.on``: its day) of this episode."""
    named = named or (prepared.programme.episode.anchor if prepared.programme.episode else "")
    form, _, field = named.rpartition(".")
    if not form:
        rows = [row for row in _rows(subject, "episodes") if row.get("programme") == prepared.programme.membership]
        return _last([row for row in rows if _open(row, subject.today)], field)
    own = [row for row in _rows(subject, prepared.anchors[form]) if row["on"] >= membership.since]
    return _last(own, field)


def counted_from(prepared: PreparedProgramme, subject: Subject, membership: Membership) -> dict[str, date]:
    """The dates known by which the episode is counted, by their keys, in the order of writing."""
    episode = prepared.programme.episode
    if episode is None:
        return {}
    found = {key: anchor_of(prepared, one.from_, subject, membership) for key, one in episode.counted.items()}
    return {key: on for key, on in found.items() if on is not None}


def stage_of(prepared: PreparedProgramme, subject: Subject, membership: Membership) -> str:
    """Where in the stretch of care somebody is: the first way of counting whose date has come; empty where nothing is counted."""
    counted = counted_from(prepared, subject, membership)
    return next((key for key, on in counted.items() if on <= subject.today), "")


def _current(prepared: PreparedProgramme, items: Sequence[DueItem], membership: Membership, today: date) -> list[DueItem]:
    """Without windows that closed before the person was under care, were made up for since, or gave way to a later one of the form."""
    opened = [item for item in items if prepared.programme.due[item.key].window and item.opens_on and item.opens_on <= today]
    kept = []
    for item in items:
        over = item.state == "overdue" and bool(prepared.programme.due[item.key].window)
        closed_before = item.late_on is not None and item.late_on < membership.since
        made_up = item.late_on is not None and item.last_on is not None and item.last_on > item.late_on
        if over and (closed_before or made_up or any(one.form == item.form and _later(one, item) for one in opened)):
            continue
        kept.append(item)
    return kept


def _later(one: DueItem, other: DueItem) -> bool:
    return one.opens_on is not None and other.opens_on is not None and one.opens_on > other.opens_on


def doses_of(schedule: DoseSchedule, subject: Subject) -> DosePlan | None:
    """The person's plan by a schedule: doses from the record, hindrances from the form that asks. No birth date, no plan."""
    birth = subject.fields.get("birth_date")
    if birth is None:
        return None
    given = [Given(row["vaccine"], row["on"]) for row in _rows(subject, "immunizations") if row.get("vaccine")]
    states, allergic, immunoglobulin, deferred = frozenset[str](), frozenset[str](), None, None
    if schedule.asks:
        rows = _rows(subject, schedule.asks.form)
        states = frozenset(_last(rows, schedule.asks.states) or ())
        allergic = frozenset(_last(rows, schedule.asks.allergic_to) or ())
        immunoglobulin = _last(rows, schedule.asks.immunoglobulin_on)
        deferred = rows[-1].get(schedule.asks.deferred_until) if rows and schedule.asks.deferred_until else None
    person = Recipient(birth, subject.fields.get("sex") or "", states, allergic, immunoglobulin, deferred)
    return dose_plan(schedule, given, person, subject.today)


def _last(rows: Sequence[Row], column: str) -> Any:
    """The newest answer to a question, or None."""
    return next((row[column] for row in reversed(rows) if row.get(column) is not None), None)


def member(prepared: PreparedProgramme, subject: Subject, truths: Mapping[str, Any] | None = None) -> Membership | None:
    """Under care since when: by the latest open episode of the programme, else, where it keeps none, since living here."""
    truths = prepared.person(subject) if truths is None else truths
    birth = subject.fields.get("birth_date")
    episodes = [
        row for row in _rows(subject, "episodes") if row.get("programme") == prepared.programme.membership and _open(row, subject.today)
    ]
    if episodes:
        return Membership(episodes[-1]["on"], episodes[-1].get("to"), birth)
    if truths["belongs"] is not True or prepared.needs_enrolment:
        return None
    homes = [row["on"] for row in _rows(subject, "residents") if _open(row, subject.today)]
    since = homes[-1] if homes else birth or date(subject.today.year, 1, 1)
    return Membership(since, None, birth)


def revisit_asked(prepared: PreparedProgramme, subject: Subject) -> date | None:
    """The date the last visit asked the person to be seen by, or ``None``."""
    assert prepared.form is not None
    rows = _rows(subject, prepared.form.name)
    if not rows:
        return None
    last, before = rows[-1], rows[-2] if len(rows) > 1 else None
    at_visit = replace(subject, form=_answers(prepared, last), previous=before, today=last["on"], row_id=last.get("id"))
    revisit = revisit_of(follow(prepared, at_visit)[2])
    dates = [on for on in (revisit.by if revisit else None, last.get("next_visit")) if on is not None]
    return min(dates, default=None)


def _answers(prepared: PreparedProgramme, row: Row) -> dict[str, Any]:
    assert prepared.form is not None
    return {key: row.get(key) for key in prepared.form.fields}


def _rows(subject: Subject, table: str) -> Sequence[Row]:
    """Rows seen today, in their order ``(on, id)``."""
    rows = [row for row in subject.tables.get(table, ()) if row.get("on") is not None and row["on"] <= subject.today]
    return sorted(rows, key=lambda row: (row["on"], str(row.get("id"))))


def _open(row: Row, today: date) -> bool:
    return row.get("to") is None or row["to"] >= today


def _counts(prepared: PreparedProgramme, table: str, row: Row, subject: Subject) -> bool:
    program = prepared.counts.get(table)
    if program is None:
        return True
    return program(Subject(subject.fields, {}, row["on"], form=row))["visit"] is True
