"""What a visit leads to besides its rules: doses given and still to come, the cases that are parts of its programme."""

from typing import Any

from kangyu.apps.cases.queries import files
from kangyu.apps.governance.access import Viewer
from kangyu.flows import dose_rows
from kangyu.flows.case_load import wall_now
from kangyu.flows.visits import Judged, Outcome, Visit
from kangyu.kernel.permission import Permission
from kangyu.web.dose_words import next_doses
from kangyu.web.views import cases

LOOKED_AT = 20


def doses_coming(judged: Judged) -> list[dict[str, Any]]:
    """On a form that gives doses: the next dose of each series by what is answered so far, when it may be given and why; none elsewhere."""
    opened = judged.visit
    schedule = dose_rows.schedule_of(opened)
    plan = dose_rows.plan_at(opened, schedule, judged.result.cleaned) if schedule else None
    return next_doses(plan, schedule, opened.rules.content) if plan and schedule else []


def doses_after(told: Outcome) -> list[dict[str, Any]]:
    """The same once the visit is stored: what it gave is given."""
    schedule = dose_rows.schedule_of(told.visit)
    plan = next((item.plan for item in told.expected.items if item.plan), None) if told.expected else None
    return next_doses(plan, schedule, told.visit.rules.content) if plan and schedule else []


def doses_given(opened: Visit) -> list[str]:
    """What was given on a stored visit: vaccine, which dose, lot."""
    cells = dose_rows.cells_of_lots(opened)
    if cells is None:
        return []
    table, vaccine, lot = cells
    title = opened.rules.content.title_of
    return [
        f"{title('vaccine', row[vaccine])}第 {row.get('dose')} 剂，批号 {row.get(lot) or '没有写'}"
        for row in opened.values.get(table) or ()
    ]


def files_of(viewer: Viewer, opened: Visit) -> list[dict[str, Any]]:
    """The open cases that are parts of the programme: the file of a high risk that this visit opened, or that was open already."""
    programme = opened.rules.content.programmes.get(opened.programme_key)
    wanted = [part.of for part in programme.parts.values()] if programme else []
    if not wanted or not viewer.may(Permission.CASE_VIEW):
        return []
    running = [one for one in files.of_person(viewer, opened.person.pid, LOOKED_AT) if one.procedure in wanted and not one.ended]
    return cases.rows(running, wall_now())
