"""Statements at work: computed, signed one after the other, shown, objected to, settled by itself, paid.

id = compute(viewer, "two_card_appraisal", period)
sign(viewer, id)                             # each by whose turn it is; the last signature shows the sheet and closes its text
appeal(viewer, id, org, answers=…, key=…)    # opens a case; upheld, it posts a correcting line
settle_due()                                 # the background process: time for appeals over, none undecided
carry_out(viewer, id, "pay")                 # posts to the ledger, a line for each row, once
"""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock, deployment
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.apps.statements import queries
from kangyu.apps.statements.actions import sheets
from kangyu.apps.statements.models import Sheet
from kangyu.apps.statements.queries import Opened
from kangyu.engines.cases.clocks import moved
from kangyu.engines.content.kinds import Statement
from kangyu.engines.content.kinds.action import Actor, Limit
from kangyu.engines.content.kinds.statement import Signed
from kangyu.engines.language.subject import Subject
from kangyu.engines.schedules.working import prepare_calendar
from kangyu.engines.statements import PreparedStatement, frozen, period_words, prepare
from kangyu.engines.statements import compute as reckon
from kangyu.engines.statements.sheet import rounded
from kangyu.flows import statement_facts
from kangyu.gateways import content
from kangyu.gateways.warehouse import sheet_records
from kangyu.kernel.errors import DeniedError, UserError
from kangyu.kernel.period import Period
from kangyu.kernel.permission import Permission

UNDECIDED = "SELECT count(*) FROM case_file WHERE subject_kind = 'statement_row' AND subject_id LIKE %s AND NOT ended AND merged_into = ''"
CALENDAR = "working_time"


def compute(viewer: Viewer, key: str, period: Period, *, at: datetime | None = None, run: Path | None = None) -> int:
    """Compute a statement for a period that is over, or anew while nobody has signed it; returns the sheet's id. ``run`` is what
    ``statement_facts.exported`` has taken out of the record already.

    Raises ``UserError`` (not over yet, signed already), ``Infeasible`` or ``ProblemsError`` where the sheet cannot be computed.
    """
    viewer.require(Permission.STATEMENT_COMPUTE)
    statement = content.current().statements.get(key)
    if statement is None:
        raise UserError(f"没有名为 {key} 的结算表。")
    _require_role(viewer, statement.computed_by, "计算")
    if period.end >= clock.today():
        raise UserError(f"{period_words(statement.period, period)}还没有结束，{period.end} 之后才能计算。")
    county = directory.county()
    if county is None:
        raise UserError("还没有载入地区和机构，不能计算。")
    if Sheet.objects.filter(key=key, area=county.code, period_start=period.start).exclude(state=statement.first, frozen=False).exists():
        raise UserError("这张表已经签字，不能重算。公示之前可以先退回；公示之后只能记更正。")
    prepared = prepare(content.current(), statement)
    name = f"{key}-{county.code}-{period.start}-{clock.now():%H%M%S%f}.parquet"
    file = home() / name
    gathered = statement_facts.gather(prepared, period, county.code, today=clock.today(), file=file, run=run)
    found = reckon(prepared, gathered.facts, period)
    about = {
        "place": county.name,
        "label": period_words(statement.period, period),
        "as_of": clock.today().isoformat(),
        "computed": (at or clock.now()).isoformat(timespec="seconds"),
        "records": {"file": name, "sha256": gathered.records},
    }
    rows = [(row.id, row.name, row.share, row.of(statement.corrected or "share")) for row in found.rows]
    title = f"{statement.title}（{about['label']}）"
    sheet = sheets.store(
        key=key, title=title, area=county.code, period=period, text=frozen(prepared, found, period, about), rows=rows,
        first=statement.first, by=viewer, synthetic=bool(deployment.fact("synthetic")), at=at,
    )  # fmt: skip
    return sheet.pk


def home() -> Path:
    """Where the records behind sheets are kept."""
    return Path(settings.DATA) / "statements"


def records_behind(opened: Opened, item: str, org: str, *, limit: int, offset: int = 0) -> sheet_records.Behind:
    """The records behind one item of one row, as they stood when the sheet was computed. Raises ``UserError`` if the file was changed."""
    kept = opened.body["about"]["records"]
    file = home() / Path(kept["file"]).name
    if not file.exists() or sheet_records.digest(file) != kept["sha256"]:
        raise UserError("这张表背后的明细文件不在了，或与封存时不符，不能展开。请从备份恢复 statements 文件夹，或联系管理员。")
    return sheet_records.behind(file, item, org, limit=limit, offset=offset)


# signatures and moves


def next_signature(statement: Statement, state: str) -> Signed | None:
    """Who signs next, and what that leads to; None where no signature is due."""
    states = [statement.signatures.from_, *(one.to for one in statement.signatures.chain)]
    at = states.index(state) if state in states else len(states)
    return statement.signatures.chain[at] if at < len(statement.signatures.chain) else None


def may_sign(viewer: Viewer, opened: Opened) -> bool:
    """Whether it is this viewer's turn."""
    wanted = next_signature(opened.statement, opened.sheet.state)
    return (
        wanted is not None
        and viewer.may(Permission.STATEMENT_SIGN)
        and viewer.role in roles_of(wanted.by)
        and all(step.account != viewer.username for step in opened.signed)
    )


@transaction.atomic
def sign(viewer: Viewer, id: int, *, digest: str, at: datetime | None = None) -> None:
    """Put one's name under exactly what was seen: ``digest`` is that of the sheet on the page. The last signature shows and closes it."""
    viewer.require(Permission.STATEMENT_SIGN)
    queries.opened(viewer, id)
    sheet = sheets.lock(id)
    opened = queries.read(sheet)
    wanted = next_signature(opened.statement, sheet.state)
    if wanted is None:
        raise UserError("这张表现在不用签字，可能别人已经签过。请刷新页面。")
    _require_role(viewer, wanted.by, wanted.title)
    if any(step.account == viewer.username for step in opened.signed):
        raise DeniedError("同一个人不能签两处，请由另一人签。")
    if digest != sheet.digest:
        raise UserError("您看到的表已经重算过，请刷新页面看清楚再签。")
    last = wanted is opened.statement.signatures.chain[-1]
    until = _appeal_until(opened.statement, at or clock.now()) if last else None
    sheets.advance(
        sheet, move=f"sign_{wanted.to}", title=wanted.title, to=wanted.to, by=viewer, signed=True, freeze=last, appeal_until=until, at=at
    )


@transaction.atomic
def send_back(viewer: Viewer, id: int, *, reason: str) -> None:
    """Return a sheet that is not shown yet to where it can be computed anew; the signatures so far are void."""
    viewer.require(Permission.STATEMENT_SIGN)
    queries.opened(viewer, id)
    sheet = sheets.lock(id)
    statement = queries.read(sheet).statement
    if sheet.frozen or sheet.state == statement.first:
        raise UserError("已经公示的表不能退回，只能记更正；没有签字的表直接重算。")
    _require_role(viewer, " or ".join(one.by for one in statement.signatures.chain), "退回")
    if not reason.strip():
        raise UserError("退回要写明原因。")
    sheets.advance(sheet, move="return", title=statement.signatures.back_title, to=statement.first, by=viewer, reason=reason.strip())


@transaction.atomic
def carry_out(viewer: Viewer, id: int, move: str, *, at: datetime | None = None) -> None:
    """A move made by a person; what it posts to a ledger is posted with it, row by row, once."""
    viewer.require(Permission.STATEMENT_SIGN)
    queries.opened(viewer, id)
    sheet = sheets.lock(id)
    opened = queries.read(sheet)
    declared = opened.statement.moves.get(move)
    if declared is None or declared.by is None:
        raise UserError("没有这一步。")
    _require_role(viewer, declared.by, declared.title)
    if declared.from_ != sheet.state:
        raise UserError(f"现在是“{opened.statement.states[sheet.state]}”，不能{declared.title}。请刷新页面。")
    if declared.post:
        entries = entries_of(opened, move)
        if entries:
            key, reason = f"statement/{sheet.pk}/{move}", f"{sheet.title}：{declared.title}"
            post(
                declared.post.ledger,
                entries,
                key=key,
                by=viewer,
                reason=reason,
                source=f"statement/{sheet.pk}",
                allowed=True,
                on=at.date() if at else None,
            )
    sheets.advance(sheet, move=move, title=declared.title, to=declared.to, by=viewer, at=at)


def entries_of(opened: Opened, move: str) -> list[Entry]:
    """What a move posts: an entry for each row for which its condition holds."""
    prepared, posting = _prepared(opened), opened.statement.moves[move].post
    assert posting is not None
    place, found = f"moves.{move}.post", []
    for row in opened.body["rows"]:
        values = {key: None if value is None else float(value) for key, value in {**row["values"], "share": row["share"]}.items()}
        values["corrections"] = float(opened.corrections(row["id"]))
        subject = Subject({**row["fields"], "id": row["id"]}, {}, opened.period.end, opened.period, form=values)

        def value(part: str, subject: Subject = subject) -> Any:
            return prepared.value(f"{place}.{part}", subject)

        if posting.when and value("when") is not True:
            continue
        amount = getattr(posting, posting.verb)
        quantity = rounded(value(posting.verb) if isinstance(amount, str) else amount, 2)
        at = {name: str(value(f"at.{name}")) for name in posting.at}
        found.append(Entry(posting.verb, quantity, at, {name: str(value(f"to.{name}")) for name in posting.to}))  # type: ignore[arg-type]
    return found


def settle_due(at: datetime | None = None) -> int:
    """Make the moves that happen by themselves, each sheet in a transaction of its own; returns how many."""
    return sum(_settle(id, at) for id in Sheet.objects.filter(frozen=True).exclude(appeal_until=None).values_list("pk", flat=True))


@transaction.atomic
def _settle(id: int, at: datetime | None) -> bool:
    sheet = sheets.lock(id)
    opened = queries.read(sheet)
    for key, move in opened.statement.moves.items():
        if move.when and move.from_ == sheet.state:
            form = {
                "appeal_over": bool(sheet.appeal_until and (at or clock.now()) > sheet.appeal_until),
                "appeals_open": float(undecided(id)),
            }
            subject = Subject({}, {}, clock.today(), opened.period, form=form)
            if _prepared(opened).value(f"moves.{key}.when", subject) is True:
                sheets.advance(sheet, move=key, title=move.title, to=move.to, by=SYSTEM, at=at)
                return True
    return False


def undecided(id: int) -> int:
    """How many appeals against rows of a sheet are not decided."""
    with connection.cursor() as cursor:
        cursor.execute(UNDECIDED, [f"{id}:%"])
        return int(cursor.fetchone()[0])


def _appeal_until(statement: Statement, begun: datetime) -> datetime | None:
    if statement.appeal is None:
        return None
    limit = Limit.read(statement.appeal.within)
    if limit is None:
        raise UserError("申诉期限要写成“7 working days”这样。")
    if not limit.working:
        return moved(begun, limit.count, limit.unit)
    calendar = prepare_calendar(content.current().calendars[CALENDAR])
    return calendar.add_days(begun, limit.count * (5 if limit.unit == "week" else 1))


def _prepared(opened: Opened) -> PreparedStatement:
    """The sheet's own declaration, with the settings it was computed by."""
    kept = {key: one["value"] for key, one in opened.body["settings"].items()}
    return prepare(content.current(), opened.statement, changed=kept)


def roles_of(actors: str) -> set[str]:
    """The roles an actor's text names."""
    return {actor.role for actor in Actor.read(actors)}


def _require_role(viewer: Viewer, actors: str, what: str) -> None:
    if viewer is not SYSTEM and viewer.role not in roles_of(actors):
        titles = "、".join(role.title for key in sorted(roles_of(actors)) if (role := content.current().roles.get(key)))
        raise DeniedError(f"“{what}”由{titles}来办。")
