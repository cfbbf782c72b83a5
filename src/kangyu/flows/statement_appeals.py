"""Appeals against a row of a shown sheet: who may object, the case it opens, the signed line an upheld one leaves.

case = appeal(viewer, sheet, org, answers=…, key=…)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from kangyu.apps.governance import clock
from kangyu.apps.governance.access import Viewer
from kangyu.apps.statements import queries
from kangyu.apps.statements.actions import sheets
from kangyu.apps.statements.queries import Opened
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.statements.sheet import rounded
from kangyu.flows import case_subjects, case_work
from kangyu.flows.effects import EFFECTS, Effect
from kangyu.flows.statement_work import roles_of
from kangyu.kernel.errors import DeniedError, UserError
from kangyu.kernel.permission import Permission

OBJECTIONS = """
SELECT id, subject_id, state, ended, opened FROM case_file
WHERE subject_kind = 'statement_row' AND subject_id LIKE %s AND merged_into = '' ORDER BY opened DESC
"""


def may_appeal(viewer: Viewer, opened: Opened, org: str) -> bool:
    """Whether this viewer may object to a row now."""
    appeal, sheet = opened.statement.appeal, opened.sheet
    return (
        appeal is not None
        and sheet.state == appeal.in_
        and sheet.appeal_until is not None
        and clock.now() <= sheet.appeal_until
        and viewer.may(Permission.STATEMENT_APPEAL)
        and viewer.role in roles_of(appeal.by)
        and viewer.org == org
    )


def appeal(viewer: Viewer, id: int, org: str, *, answers: Mapping[str, Any], key: str) -> str:
    """Object to one's own row while the time runs; opens the case and returns its id. Raises ``DeniedError`` for anybody else, or later."""
    opened = queries.opened(viewer, id)
    if opened.statement.appeal is None:
        raise UserError("这张表没有申诉的办法。")
    return case_work.open_case(viewer, opened.statement.appeal.opens, SubjectRef("statement_row", f"{id}:{org}"), key=key, answers=answers)


def require_appeal(viewer: Viewer, subject: SubjectRef) -> None:
    """Only the row's own institution may object, and only while the time for it runs."""
    id, _, org = subject.id.partition(":")
    opened = queries.opened(viewer, int(id) if id.isdigit() else 0)
    opened.row(org)
    if not may_appeal(viewer, opened, org):
        raise DeniedError("只有本机构的考核员能在公示期内申诉；公示期已过的，请向主管部门书面反映。")


@dataclass(frozen=True)
class Objection:
    """An appeal against a row: its case, where it stands."""

    case: str
    org: str
    state: str
    ended: bool
    opened: datetime


def objections(id: int) -> list[Objection]:
    """The appeals against a sheet's rows, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(OBJECTIONS, [f"{id}:%"])
        return [
            Objection(case, subject.partition(":")[2], state, ended, opened) for case, subject, state, ended, opened in cursor.fetchall()
        ]


def post_line(effect: Effect) -> None:
    """What an upheld appeal does: a signed line under the sheet, in the same transaction."""
    posting = effect.todo.action.post
    assert posting is not None
    id, _, org = effect.case.subject.id.partition(":")
    sheet = sheets.lock(int(id))
    statement = queries.read(sheet).statement
    if sheet.key != posting.statement or statement.corrected is None:
        raise UserError("这件申诉不是关于这张结算表的，不能记更正。")
    if statement.appeal is None or sheet.state != statement.appeal.in_:
        raise UserError(f"结算表现在是“{statement.states[sheet.state]}”，不能再记更正。")
    amount = rounded(effect.values.get("post.put"), 2)
    if not amount:
        raise UserError("更正额不能是 0。")
    reason = effect.heading or effect.prepared.procedure.title
    sheets.correct(
        sheet, org=org, column=statement.corrected, amount=amount, reason=reason, key=effect.key, by=effect.by, case=effect.case.id
    )


EFFECTS["post_line"] = post_line
case_subjects.ALLOWED["statement_row"] = require_appeal
