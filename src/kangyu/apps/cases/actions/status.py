"""Keeps the care status of people in line with their records: at once after a write, in batches after an import."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from kangyu.apps.cases.rules import Rules, rules
from kangyu.apps.cases.subject_rows import Held, concerned, held
from kangyu.apps.cases.timeline import figures
from kangyu.apps.governance import clock
from kangyu.apps.record.pipeline import Draft, Passage
from kangyu.engines.cases import Expected, PreparedProgramme, due_items
from kangyu.engines.cases.beside import tagged
from kangyu.engines.cases.due import counted_from
from kangyu.engines.language.subject import Subject
from kangyu.engines.schedules import DosePlan, DueItem, Membership

BESIDE = ("Task", "Communication", "Binary", "RelatedPerson", "Basic")
"""Resources about a person that no programme reads."""
BATCH = 500
FEW = 20
Progress = Callable[[str, int], None]
COLUMNS = (
    "pid", "programme", "state", "org", "area", "enrolled_on", "ended_on", "last_on", "last", "due_item", "next_due_from", "next_due",
    "done", "needed", "risk", "reasons", "items", "assessed_on", "updated",
)  # fmt: skip
MOST_RISK = 3
CONNECTIONS = min(4, os.cpu_count() or 1)


def after_write(passage: Passage) -> None:
    """The record's projector: whoever was touched is restated in the writer's own transaction."""
    touching = [draft for draft in passage.drafts if draft.rtype not in BESIDE and not _answers_of_others(draft)]
    pids = {pid for draft in touching for pid in (draft.pid, draft.previous_pid) if pid is not None}
    if pids:
        restate(sorted(pids))


def _answers_of_others(draft: Draft) -> bool:
    """Whether a draft is the answers of a form that no programme reads, as the forms of cases are."""
    name = str(draft.resource.get("questionnaire", "")).removeprefix("urn:kangyu:form:")
    declared = rules()
    return draft.rtype == "QuestionnaireResponse" and name in declared.content.forms and name not in declared.columns


@transaction.atomic(savepoint=False)
def restate(pids: Sequence[int], on: date | None = None) -> int:
    """Work out the status of these people anew from their rows and replace what stood there. Returns how many were worked out."""
    today, declared = on or clock.today(), rules()
    people = held(declared, pids, lock=True) if len(pids) < FEW else concerned(declared, pids)
    lines = [line for person in people for line in statuses(person, declared, today)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM care_status WHERE pid = ANY(%s)", [list(pids)])
        if lines:
            at = timezone.now()
            with cursor.copy(f"COPY care_status ({', '.join(COLUMNS)}) FROM STDIN") as copy:
                for line in lines:
                    copy.write_row([*(line[column] for column in COLUMNS[:-2]), today, at])
    return len(people)


def rebuild(progress: Progress = lambda what, done: None, *, since: datetime | None = None) -> int:
    """Restate everybody, a batch of people to a transaction; what a kill leaves behind is right as far as it got. Returns how many.

    With ``since`` only those of whose record something was written from that moment on.

    Most of the work is the database's, so batches go over several connections, unless the caller's own transaction must see it all.
    """
    done = 0
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        chosen = batches() if since is None else _written_since(since)
        for number in map(restate_batch, chosen) if connection.in_atomic_block else pool.map(_restate_apart, chosen):
            done += number
            progress("整理管理名单", done)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM care_status c WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.pid = c.pid)")
        cursor.execute("ANALYZE care_status")
    return done


def restate_batch(pids: Sequence[int]) -> int:
    """Restate one batch; returns how many people it held."""
    restate(pids)
    return len(pids)


def _restate_apart(pids: Sequence[int]) -> int:
    """One batch on the calling thread's own connection, given back afterwards."""
    try:
        return restate_batch(pids)
    finally:
        connection.close()


def renew(stopping: Callable[[], bool] = lambda: False, limit: int = 20_000) -> int:
    """Restate people whose status was worked out on an earlier day: windows and quotas move with the calendar. Returns how many."""
    done, today = 0, clock.today()
    while done < limit and not stopping():
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT pid FROM care_status WHERE assessed_on <> %s LIMIT %s", [today, BATCH])
            pids = [row[0] for row in cursor.fetchall()]
        if not pids:
            break
        restate(pids, today)
        done += len(pids)
    return done


def batches() -> Iterator[list[int]]:
    """Everybody's number, a batch at a time."""
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM person WHERE pid > %s ORDER BY pid LIMIT %s", [after, BATCH])
            pids = [row[0] for row in cursor.fetchall()]
        if not pids:
            return
        yield pids
        after = pids[-1]


def _written_since(moment: datetime) -> Iterator[list[int]]:
    """A bulk import stamps its records to the millisecond, so the moment is taken to the millisecond too."""
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT pid FROM resource WHERE updated >= %s AND pid IS NOT NULL ORDER BY pid", [moment])
        pids = [row[0] for row in cursor.fetchall()]
    for start in range(0, len(pids), BATCH):
        yield pids[start : start + BATCH]


def statuses(person: Held, declared: Rules, today: date) -> Iterator[dict[str, Any]]:
    """One person's rows of ``care_status``: a programme that neither holds them, nor held them, nor expects them leaves none."""
    subject = person.subject(today)
    for key, prepared in declared.programmes.items():
        line = status(person, subject, key, prepared, declared)
        if line is not None:
            yield line


def status(person: Held, subject: Subject, key: str, prepared: PreparedProgramme, declared: Rules) -> dict[str, Any] | None:
    """Where one person stands in one programme, or None when it has nothing to do with them."""
    today = subject.today
    episodes = [
        row for row in subject.tables.get("episodes", ()) if row["programme"] == prepared.programme.membership and row["on"] <= today
    ]
    gone = person.deceased_on is not None or not _lives_here(subject)
    truths = prepared.person(subject)
    if not episodes and (gone or truths["belongs"] is not True):
        return None
    expected = Expected(None, ()) if gone else due_items(prepared, subject)
    items = [_item(item, prepared, declared) for item in expected.items]
    first = min((item for item in items if item["due"]), key=lambda item: (item["due"], item["key"]), default=None)
    reasons = [flag.title for name, flag in prepared.programme.high_risk.items() if truths[f"high_risk.{name}"] is True]
    under_care = expected.membership is not None
    last_on, last = _last(prepared, subject, declared)
    plan = next((item.plan for item in expected.items if item.plan), None)
    if plan is not None:
        last_on, last = _doses(plan)
    if expected.membership is not None:
        last |= _beside(prepared, subject, expected.membership)
    return {
        "pid": person.pid, "programme": key, "org": person.org, "area": person.area,
        "state": _state(under_care, bool(episodes), gone or truths["belongs"] is not True, episodes, today),
        "enrolled_on": episodes[-1]["on"] if episodes else None,
        "ended_on": episodes[-1].get("to") if episodes and not under_care else None,
        "last_on": last_on, "last": Jsonb(last),
        "due_item": first["key"] if first else "",
        "next_due_from": date.fromisoformat(first["from"]) if first else None,
        "next_due": date.fromisoformat(first["due"]) if first else None,
        "done": sum(min(item["done"], item["needed"]) for item in items), "needed": sum(item["needed"] for item in items),
        "risk": min(len(reasons), MOST_RISK) if under_care else 0,
        "reasons": Jsonb(reasons if under_care else []), "items": Jsonb(items),
    }  # fmt: skip


def _beside(prepared: PreparedProgramme, subject: Subject, membership: Membership) -> dict[str, Any]:
    """What stands beside the name: ``counted`` (dates by key) and ``tags`` (values by key); nothing where nothing is known."""
    counted = {key: on.isoformat() for key, on in counted_from(prepared, subject, membership).items()}
    found = {"counted": counted, "tags": tagged(prepared, subject, membership)}
    return {key: value for key, value in found.items() if value}


def _lives_here(subject: Subject) -> bool:
    """Whether a home in the region is open today; somebody without any recorded home is taken to live here."""
    homes = subject.tables.get("residents", ())
    return not homes or any(row["on"] <= subject.today and (row.get("to") is None or row["to"] >= subject.today) for row in homes)


def _state(under_care: bool, enrolled: bool, out: bool, episodes: Sequence[Any], today: date) -> str:
    if under_care:
        return "enrolled" if enrolled else "expected"
    return "ended" if out or episodes else "missing"


def _item(item: DueItem, prepared: PreparedProgramme, declared: Rules) -> dict[str, Any]:
    """A due item as the list keeps it. A yearly one may be done from New Year on."""
    form = prepared.forms[item.key]
    owner = declared.owners[form.name]
    due = prepared.programme.due[item.key]
    opens = item.opens_on
    if item.due_on and not (due.every or due.at_months or due.early or due.window) and item.plan is None:
        opens = date(item.due_on.year, 1, 1)
    until = item.late_on or item.due_on
    return {
        "key": item.key,
        "title": item.title if item.plan else due.title or ("随访" if item.key == "follow_up" else form.title),
        "form": form.name.removeprefix(f"{owner}_"),
        "programme": owner,
        "from": opens.isoformat() if opens else None,
        "due": until.isoformat() if until else None,
        "done": item.done_this_year,
        "needed": item.needed_this_year,
        "last_on": item.last_on.isoformat() if item.last_on else None,
        "why": item.why_date,
        "met": item.state == "done",
    }


def _doses(plan: DosePlan) -> tuple[date | None, dict[str, Any]]:
    """The last dose, and by series how many were given, how many are owed, how many were given in time."""
    series: dict[str, list[int]] = {}
    for one in plan.doses:
        counts = series.setdefault(one.series, [0, 0, 0])
        counts[0] += one.state == "given"
        counts[1] += one.open
        counts[2] += one.timely is True
    last_on = max((one.on for one in plan.doses if one.on), default=None)
    return last_on, {"figures": "", "outcome": None, "doses": series, "missed": sum(one.state == "overdue" for one in plan.doses)}


def _last(prepared: PreparedProgramme, subject: Subject, declared: Rules) -> tuple[date | None, dict[str, Any]]:
    """The programme's last visit: its day, its figures, its outcome."""
    if prepared.form is None:
        return None, {}
    rows = [row for row in subject.tables.get(prepared.form.name, ()) if row["on"] <= subject.today]
    if not rows:
        return None, {}
    row = max(rows, key=lambda one: (one["on"], str(one["id"])))
    last = {"figures": figures(prepared.form, row), "outcome": row.get("outcome")}
    if row.get("outcome"):
        last["outcome_title"] = prepared.words.value("outcome", row["outcome"])
    return row["on"], last
