"""A visit on which vaccines are given: the doses due as rows with their lots, what the schedule says of each row, lots taken from stock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.ledgers import queries as ledgers
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.engines.cases.due import doses_of
from kangyu.engines.content.kinds.form import Form, MakesImmunization, MakesTake
from kangyu.engines.content.kinds.schedule import Dose, DoseSchedule
from kangyu.engines.forms import Finding
from kangyu.engines.language.subject import Subject
from kangyu.engines.schedules import DosePlan, DoseResult

Row = Mapping[str, Any]


def schedule_of(visit: Any) -> DoseSchedule | None:
    """The schedule a visit's form gives doses by, if it does."""
    programme = visit.programme
    if programme is None:
        return None
    due = next((one for key, one in programme.programme.due.items() if one.schedule and programme.forms[key].name == visit.form.name), None)
    return programme.schedules.get(due.schedule) if due else None


def plan_at(visit: Any, schedule: DoseSchedule, answers: Row) -> DosePlan | None:
    """The plan on the day of the visit, without what the visit itself gave, by what is answered in it."""
    subject: Subject = visit.subject()
    tables = dict(subject.tables)
    if schedule.asks:
        now = {"id": "\uffff", "on": visit.on, **answers}
        earlier = [row for row in tables.get(schedule.asks.form, ()) if row.get("id") != visit.corrects]
        tables[schedule.asks.form] = [*earlier, now]
    rows = [row for row in tables.get("immunizations", ()) if not (visit.corrects and str(row["id"]).startswith(f"{visit.corrects}-"))]
    return doses_of(schedule, replace(subject, tables={**tables, "immunizations": rows}))


def filled(visit: Any, schedule: DoseSchedule, org: str) -> list[dict[str, Any]]:
    """The rows of the doses due on the day, each with the lot that expires first."""
    made, taken = _made(visit.form), _taken(visit.form)
    plan = plan_at(visit, schedule, visit.values)
    if made is None or plan is None or plan.visit is None or plan.visit.on > visit.on:
        return []
    rows = []
    for number, one in enumerate(plan.visit.doses, 1):
        row = _declared(schedule, one)
        lot = next(iter(lots(taken, one.vaccine, org, visit.on)), "") if taken else ""
        cells = {made.vaccine: one.vaccine, made.dose: one.number, made.lot: lot, made.site: row.site, made.route: row.route}
        rows.append({"id": str(number), **{key: value for key, value in cells.items() if key}})
    return rows


@dataclass(frozen=True)
class Lot:
    """A lot that may be used at a clinic: how many doses are left, until when."""

    vaccine: str
    lot: str
    expires: date | None
    free: Decimal


def stock(visit: Any, org: str) -> list[Lot]:
    """What a form that takes doses can take at the institution on the day, the first to expire first; empty for other forms."""
    taken = _taken(visit.form)
    if taken is None:
        return []
    found = ledgers.balances(taken.ledger, at={taken.where: org})
    usable = [one for one in found if one.free > 0 and not one.expired(visit.on)]
    return [Lot(one.account["vaccine"], one.account["lot"], one.expires, one.free) for one in usable]


def cells_of_lots(visit: Any) -> tuple[str, str, str] | None:
    """The table, its column of vaccines and its column of lots, of a form that gives vaccines."""
    made = _made(visit.form)
    return (made.rows, made.vaccine, made.lot) if made and made.lot else None


def lots(taken: MakesTake, vaccine: str, org: str, on: date) -> list[str]:
    """The lots in stock that may still be used, the first to expire first."""
    found = ledgers.balances(taken.ledger, at={taken.where: org, "vaccine": vaccine})
    return [one.account["lot"] for one in found if one.free > 0 and not one.expired(on)]


def findings(visit: Any, answers: Row) -> Iterator[Finding]:
    """What the schedule holds against the rows: a dose too early, not needed, or one that this person must not have."""
    schedule, made = schedule_of(visit), _made(visit.form)
    if schedule is None or made is None or not answers.get(made.rows):
        return
    plan = plan_at(visit, schedule, answers)
    for row in answers[made.rows] if plan else ():
        words = _against(schedule, plan, row, made, answers) if plan and row.get(made.vaccine) else ""
        if words:
            path = f"{made.rows}.{row['id']}.{made.vaccine}"
            yield Finding(path, (path,), "check", True, words)


def _against(schedule: DoseSchedule, plan: DosePlan, row: Row, made: MakesImmunization, answers: Row) -> str:
    """Why a row may not stand; empty when it may, and for vaccines outside the schedule."""
    vaccine = row[made.vaccine]
    key = next((name for name, one in schedule.series.items() if vaccine in one.vaccines), "")
    if not key:
        return ""
    coming = [one for one in plan.of(key) if one.state not in ("given", "uncounted")]
    first = next(iter(coming), None)
    title = schedule.series[key].title
    if first is None:
        return f"{title}已经按程序种完，不用再种。"
    if first.state in ("forbidden", "postponed", "past"):
        return f"{title}：{first.says}。"
    kept = [schedule.states[name] for name in _states(schedule, answers) if vaccine in schedule.states[name].forbids]
    if kept:
        return f"{title}：{kept[0].title}，不能用这种疫苗。"
    if not first.open:
        return f"{title}第 {first.number} 剂还不到时候：{first.says}，最早 {first.starts}。"
    if row.get(made.dose) is not None and int(row[made.dose]) != first.number:
        return f"{title}这次应是第 {first.number} 剂，请改剂次。"
    return ""


def _states(schedule: DoseSchedule, answers: Row) -> list[str]:
    """The special states of health answered."""
    answered = answers.get(schedule.asks.states) if schedule.asks else None
    return [name for name in answered or () if name in schedule.states]


def take(viewer: Viewer, visit: Any, answers: Row, response: str, org: str, version: int) -> None:
    """Take a unit of the named lot for each row, and put back what an earlier version of the visit took. Raises ``Refused``."""
    taken = _taken(visit.form)
    if taken is None:
        return
    source = f"QuestionnaireResponse/{response}"
    back: dict[tuple[tuple[str, str], ...], Decimal] = {}
    for ledger, account, step in ledgers.posted_from(source):
        if ledger == taken.ledger:
            key = tuple(sorted(account.items()))
            back[key] = back.get(key, Decimal(0)) - step.quantity
    entries = [Entry("put", amount, dict(account)) for account, amount in back.items() if amount > 0]
    for row in answers.get(taken.rows) or ():
        entries.append(Entry("take", Decimal(1), {taken.where: org, "vaccine": row["vaccine"], "lot": row["lot"]}))
    if entries:
        on = min(visit.on, clock.today())
        key = f"visit/{response}/{version}"
        post(taken.ledger, entries, key=key, by=viewer, reason=visit.form.title, source=source, allowed=True, on=on)


def _made(form: Form) -> MakesImmunization | None:
    return next((made.immunization for made in form.makes if made.immunization), None)


def _taken(form: Form) -> MakesTake | None:
    return next((made.take for made in form.makes if made.take), None)


def _declared(schedule: DoseSchedule, one: DoseResult) -> Dose:
    """The row of the table a dose stands for; where courses differ, that of the usual one."""
    courses = schedule.series[one.series].courses
    course = next((course for course in courses if course.with_ == one.vaccine), courses[-1])
    return course.doses[min(max(one.number, 1), len(course.doses)) - 1]
