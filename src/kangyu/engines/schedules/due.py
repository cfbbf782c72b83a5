"""The next date of one due item (language rule 16): every so often after the last one done, so many times a year, or at given ages.

A year's quota is prorated: whole months under care in the year × quota ÷ 12, rounded down, at least one. A visit that could wait
by ``every`` is still due by 31 December while the year's quota is not met. An earlier revisit asked for by the last visit wins.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from kangyu.engines.content.kinds.base import Span
from kangyu.engines.content.kinds.programme import Due
from kangyu.engines.language.calendar import elapsed, shift

from .doses import DosePlan

State = Literal["done", "later", "open", "today", "overdue"]


@dataclass(frozen=True)
class Membership:
    """From when to when (last day; ``None`` is open) a person is under care; ``birth_date`` serves schedules by age."""

    since: date
    until: date | None = None
    birth_date: date | None = None


@dataclass(frozen=True)
class DueItem:
    """``opens_on`` to ``due_on`` is the window; ``overdue_days`` counts from the day after ``late_on``, which is ``due_on`` unless
    the item allows a delay. ``why_date`` says in words where the date comes from."""

    key: str
    title: str
    form: str
    state: State
    due_on: date | None
    opens_on: date | None
    late_on: date | None
    overdue_days: int
    done_this_year: int
    needed_this_year: int
    last_on: date | None
    words: str
    why_date: str
    plan: DosePlan | None = None


def due_item(
    key: str, title: str, due: Due, *, done: Sequence[date], membership: Membership, today: date, revisit: date | None = None
) -> DueItem:
    """Where one item stands. ``done`` are the dates it was done on, in any order; those after ``today`` are not seen."""
    done = sorted(on for on in done if on <= today)
    needed = needed_in_year(due.quota, membership, today.year) if due.quota else 0
    done_now = sum(on.year == today.year for on in done)
    if due.at_months:
        due_on, why = _by_age(due, done, membership, today)
    else:
        due_on, why = _by_interval(due, done, membership, today, needed, done_now)
    satisfied = bool(due.quota) and not due.every and done_now >= needed
    if revisit is not None and (due_on is None or revisit < due_on):
        due_on, why, satisfied = revisit, "上次随访要求回访", False
    opens_on = _opens(due, due_on)
    late_on = _moved(due_on, due.late, 1)
    state, words = _state(due_on, opens_on, late_on, today, satisfied=satisfied)
    overdue = max(0, (today - late_on).days) if late_on else 0
    return DueItem(
        key=key,
        title=title,
        form=due.form,
        state=state,
        due_on=due_on,
        opens_on=opens_on,
        late_on=late_on,
        overdue_days=overdue,
        done_this_year=done_now,
        needed_this_year=needed,
        last_on=done[-1] if done else None,
        words=words,
        why_date=why,
    )


WINDOW = re.compile(r"(\d+)(?:\+(\d))?\.\.(\d+)(?:\+(\d))? (days|weeks|months)")


def window_of(text: str, anchor: date) -> tuple[date, date]:
    """First and last day of ``6..13+6 weeks`` from an anchor: completed units to the end of the last one (rule 4); days as they are."""
    found = WINDOW.fullmatch(text)
    assert found is not None
    low, extra, high, more, unit = int(found[1]), int(found[2] or 0), int(found[3]), found[4], found[5]
    if unit == "days":
        return anchor + timedelta(days=low), anchor + timedelta(days=high)
    if unit == "weeks":
        return anchor + timedelta(days=7 * low + extra), anchor + timedelta(days=7 * high + (6 if more is None else int(more)))
    opens, end = _shifted(anchor, Span(low, "month"), 1), _shifted(anchor, Span(high if more else high + 1, "month"), 1)
    return opens + timedelta(days=extra), end + timedelta(days=int(more) if more else -1)


def window_item(
    key: str, title: str, due: Due, anchor: date, *, done: Sequence[date], today: date, met: bool = False, revisit: date | None = None
) -> DueItem:
    """One visit in a window from an anchor. ``minimum`` keeps it apart from the visit before; an earlier revisit asked for wins."""
    assert due.window is not None
    opens_on, due_on = window_of(due.window, anchor)
    seen = sorted(on for on in done if on <= today)
    inside = [on for on in seen if opens_on <= on <= due_on]
    why = f"{opens_on} 至 {due_on}"
    if due.minimum and seen and not inside:
        opens_on = min(max(opens_on, _shifted(seen[-1], Span.parse(due.minimum), 1)), due_on)
    if revisit is not None and not inside and seen and seen[-1] < revisit < due_on:
        due_on, opens_on, why = revisit, min(opens_on, revisit), "上次检查要求复诊"
    late_on = _moved(due_on, due.late, 1) or due_on
    state, words = _state(due_on, _moved(opens_on, due.early, -1), late_on, today, satisfied=met or bool(inside))
    finished = state == "done"
    return DueItem(
        key=key,
        title=title,
        form=due.form,
        state=state,
        due_on=None if finished else due_on,
        opens_on=None if finished else opens_on,
        late_on=None if finished else late_on,
        overdue_days=0 if finished else max(0, (today - late_on).days),
        done_this_year=sum(on.year == today.year for on in inside),
        needed_this_year=0,
        last_on=seen[-1] if seen else None,
        words="做过了" if finished else words,
        why_date=why,
    )


def dose_item(key: str, due: Due, plan: DosePlan, *, titles: Mapping[str, str], today: date) -> DueItem:
    """The next visit of a plan of doses as one due item: due on the first day any of its doses may be given, late from the next."""
    done = [one.on for one in plan.doses if one.state == "given" and one.on]
    visit = plan.visit
    opens_on = min((one.starts for one in visit.doses if one.starts), default=None) if visit else None
    state, words = _state(opens_on, opens_on, opens_on, today, satisfied=False)
    missed = sum(one.state == "overdue" for one in plan.doses)
    doses = "、".join(f"{titles[one.series]}第 {one.number} 剂" for one in visit.doses) if visit else ""
    return DueItem(
        key=key,
        title=doses or due.title or "预防接种",
        form=due.form,
        state=state,
        due_on=opens_on,
        opens_on=opens_on,
        late_on=opens_on,
        overdue_days=max(0, (today - opens_on).days) if opens_on else 0,
        done_this_year=sum(on.year == today.year for on in done),
        needed_this_year=0,
        last_on=max(done, default=None),
        words=words,
        why_date=f"漏种 {missed} 剂，已种 {len(done)} 剂" if missed else f"已种 {len(done)} 剂",
        plan=plan,
    )


def needed_in_year(quota: int, membership: Membership, year: int) -> int:
    """How many are owed in a calendar year by one under care for all or part of it; 0 when not under care in it at all."""
    start = max(membership.since, date(year, 1, 1))
    end = min(membership.until or date(year, 12, 31), date(year, 12, 31))
    if start > end:
        return 0
    return max(1, quota * elapsed("month", start, end + timedelta(days=1)) // 12)


def _by_interval(
    due: Due, done: Sequence[date], membership: Membership, today: date, needed: int, done_now: int
) -> tuple[date | None, str]:
    year_end = date(today.year, 12, 31)
    if due.every is None:
        if done_now >= needed:
            return date(today.year + 1, 12, 31), "今年已做够，明年再做"
        return year_end, f"一年 {due.quota} 次，今年还差 {needed - done_now} 次"
    every = Span.parse(due.every)
    start = done[-1] if done and done[-1] >= membership.since else membership.since
    due_on = _shifted(start, every, 1)
    why = f"上次之后 {every.words()}" if done and start == done[-1] else f"建档之后 {every.words()}"
    if done_now < needed and due_on > year_end:
        return year_end, f"今年还差 {needed - done_now} 次"
    return due_on, why


def _by_age(due: Due, done: Sequence[date], membership: Membership, today: date) -> tuple[date | None, str]:
    """The visit of the latest age whose window is open and which was not done, else the next one to come.

    A visit belongs to an age from its window's opening to the opening of the next age's.
    """
    if membership.birth_date is None:
        return None, "没有出生日期"
    points = [(months, _shifted(membership.birth_date, Span(months, "month"), 1)) for months in due.at_months]
    opened = [(months, on, _moved(on, due.early, -1) or on) for months, on in points]
    current = [item for item in opened if item[2] <= today]
    if current and not any(on >= current[-1][2] for on in done):
        return current[-1][1], f"满 {current[-1][0]} 月龄"
    coming = opened[len(current) :]
    return (coming[0][1], f"满 {coming[0][0]} 月龄") if coming else (None, "到龄的都做完了")


def _opens(due: Due, due_on: date | None) -> date | None:
    """From when it may be done: ``early`` before it is due; a yearly quota without an interval all year."""
    if due_on is not None and due.every is None and not due.at_months:
        return date(due_on.year, 1, 1)
    return _moved(due_on, due.early, -1)


def _moved(on: date | None, span: str | None, direction: int) -> date | None:
    if on is None or span is None:
        return on
    return _shifted(on, Span.parse(span), direction)


def _shifted(on: date, span: Span, direction: int) -> date:
    """A day moved by a span; beyond the calendar's last year it stays on the last day there is."""
    moved = shift(on, direction * span.count, span.unit)
    return moved if moved is not None else date.max


def _state(due_on: date | None, opens_on: date | None, late_on: date | None, today: date, *, satisfied: bool) -> tuple[State, str]:
    if due_on is None or opens_on is None or late_on is None:
        return "done", "都做完了"
    if satisfied:
        return "done", "今年已做"
    if today > late_on:
        return "overdue", f"逾期 {(today - late_on).days} 天"
    if today > due_on:
        return "open", f"已到期，还可晚 {(late_on - today).days} 天"
    if today == due_on:
        return "today", "今天"
    return ("open" if today >= opens_on else "later"), f"还剩 {(due_on - today).days} 天"
