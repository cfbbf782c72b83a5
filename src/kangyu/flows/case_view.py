"""A case as pages and the FHIR face show it, for one viewer."""

from dataclasses import dataclass
from datetime import datetime

from kangyu.apps.cases import case_access
from kangyu.engines.cases.case import Case, Who
from kangyu.engines.cases.clocks import ClockState
from kangyu.engines.cases.moves import Choice, choices
from kangyu.engines.cases.procedure import PreparedProcedure, Values, values
from kangyu.engines.cases.task import Facts
from kangyu.flows.case_load import Work
from kangyu.flows.case_subjects import SubjectFacts


@dataclass(frozen=True)
class CaseView:
    """``choices`` are the moves out of the case's state, whether this viewer may make them or not; ``seen_forms`` what they may read."""

    id: str
    prepared: PreparedProcedure
    case: Case
    subject: SubjectFacts
    values: Values
    who: Who
    choices: tuple[Choice, ...]
    clocks: tuple[ClockState, ...]
    facts: Facts
    now: datetime
    vid: int
    seen_forms: frozenset[str] | None

    @property
    def heading(self) -> str:
        return self.facts.heading

    @property
    def ended(self) -> bool:
        return self.facts.ended

    def may_read(self, form: str, field: str = "") -> bool:
        """Whether the viewer's parties may read a form, or one field of it."""
        allowed = self.seen_forms
        return (
            allowed is None
            or form in allowed
            or (f"{form}.{field}" in allowed if field else any(one.startswith(f"{form}.") for one in allowed))
        )


def view_of(work: Work) -> CaseView:
    """What a case in hand looks like to who holds it."""
    said = values(work.prepared, work.case, work.now)
    facts = work.facts_now(said)
    return CaseView(
        id=work.case.id,
        prepared=work.prepared,
        case=work.case,
        subject=work.subject,
        values=said,
        who=work.who,
        choices=() if facts.merged_into else tuple(choices(work.prepared, work.case, work.who, said)),
        clocks=facts.clocks,
        facts=facts,
        now=work.now,
        vid=work.vid,
        seen_forms=case_access.seen_forms(work.prepared.procedure, work.viewer, work.case),
    )
