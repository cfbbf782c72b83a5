"""The thing a case is about, as its page shows it: the way there, and the forms about it that the case waits for."""

from dataclasses import dataclass

from django.urls import reverse

from kangyu.apps.governance.access import Viewer
from kangyu.apps.registers import access, declared
from kangyu.apps.registers.actions import forms
from kangyu.apps.registers.models import Thing
from kangyu.flows.case_view import CaseView
from kangyu.gateways import content
from kangyu.kernel.permission import Permission


@dataclass(frozen=True)
class CaseThing:
    """``href`` is empty for who may not open the thing; ``waits`` are forms (title, address) whose answers move the case on."""

    kind: str
    title: str
    href: str
    waits: tuple[tuple[str, str], ...] = ()
    says: str = "历次结果、沿革、位置"


def thing_of(viewer: Viewer, view: CaseView) -> CaseThing | None:
    """The thing of a register, or the row of a sheet, that a case is about; None where it is about something else."""
    kind, id = view.case.subject.kind, view.case.subject.id
    if kind == "statement_row":
        sheet, _, org = id.partition(":")
        href = reverse("statement_row", args=[int(sheet), org]) if viewer.may(Permission.STATEMENT_VIEW) else ""
        return CaseThing("机构的得分", view.subject.title, href, says="每一分从哪些记录来，钱怎么分到")
    register = declared.registers().get(kind)
    if register is None:
        return None
    found = Thing.objects.filter(access.reach(viewer), id=id, register=kind).first() if viewer.may(Permission.REGISTER_VIEW) else None
    href = reverse("thing", args=[kind, id]) if found else ""
    waits = _waits(view, kind) if found and not view.ended and forms.may_fill(viewer, kind, found.org) else ()
    return CaseThing(register.singular, view.subject.title, href, waits)


def _waits(view: CaseView, kind: str) -> tuple[tuple[str, str], ...]:
    """The forms about the thing that a condition out of the present state reads."""
    procedure = view.prepared.procedure
    texts = [move.when for move in procedure.all_moves().values() if move.when and view.case.state in move.from_]
    return tuple(
        (form.title, reverse("thing_form", args=[kind, view.case.subject.id, form.key]))
        for name, form in content.current().forms.items()
        if form.about == kind and any(name in text for text in texts)
    )
