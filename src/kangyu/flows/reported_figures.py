"""A figure reported by hand: the answers of the reporting form are checked, stored with what they become, and audited, in one step."""

import uuid
from collections.abc import Mapping

from django.db import transaction

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock, deployment
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines import forms
from kangyu.engines.forms import PreparedForm, Result
from kangyu.engines.language.subject import Subject
from kangyu.gateways import content
from kangyu.kernel.errors import Problem, ProblemsError, UserError
from kangyu.kernel.permission import Permission

AREA = "urn:kangyu:cs:area"
IDS = uuid.UUID("0f6f2c53-6d2f-4a7e-93c5-1f4d8f6f7a20")
SYNTHETIC = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}


class NotAcceptable(ProblemsError):
    """The answers cannot be stored; ``faults`` says why, by field."""

    def __init__(self, prepared: PreparedForm, result: Result):
        pending = (*result.hard, *result.unexplained)
        self.faults = {key: one.message for one in reversed(pending) for key in one.fields[:1]}
        super().__init__([Problem(prepared.form.title, prepared.title(one.fields[0]), one.message) for one in pending])


def form_of(indicator: str) -> PreparedForm:
    """The form by which an indicator is reported. ``UserError`` when it is not reported by hand."""
    loaded = content.current()
    found = loaded.indicators.get(indicator)
    if found is None or not found.reported or found.form not in loaded.forms:
        raise UserError("这个指标从记录算出，不用填报。")
    return forms.prepare(loaded, loaded.forms[found.form])


def report(indicator: str, answers: Mapping[str, str], *, area: str, by: Viewer) -> str:
    """Store one reported figure for an area; reporting the same period again makes a new version. Returns the response's id.

    Raises ``DeniedError``, ``UserError`` or ``NotAcceptable``.
    """
    by.require(Permission.INDICATOR_REPORT)
    if not area.startswith(by.area) and by.area:
        raise UserError("只能填报自己管辖区域的数。")
    prepared = form_of(indicator)
    subject = Subject(fields={}, tables={}, today=clock.today())
    result = forms.check_answers(prepared, {**answers, "indicator": indicator}, subject=subject)
    if not result.ok:
        raise NotAcceptable(prepared, result)
    period = f"{result.cleaned['period_start']}/{result.cleaned['period_end']}"
    id = str(uuid.uuid5(IDS, f"{indicator}/{area}/{period}"))
    body = _response(prepared, result, id, area, by)
    drafts = [Draft("update", made["resourceType"], made["id"], made) for made in (body, *forms.extract(prepared, body))]
    with transaction.atomic():
        write(drafts, by=by, purpose="填报指标")
        audit.record("indicator.report", by=by, target=f"indicator/{indicator}/{period}")
    return id


def _response(prepared: PreparedForm, result: Result, id: str, area: str, by: Viewer) -> dict:
    institution = by.org or directory.health_bureau(area)
    body = forms.response(
        prepared,
        result.cleaned,
        id=id,
        subject={"identifier": {"system": AREA, "value": area}},
        author=f"PractitionerRole/{by.practitioner_role}" if by.practitioner_role else "",
        institution=f"Organization/{institution}" if institution else "",
        on=clock.today(),
    )
    if not by.practitioner_role:
        body.pop("author", None)
    if not institution:
        body.pop("extension", None)
    if deployment.fact("synthetic"):
        body["meta"] = {**body.get("meta", {}), "tag": [SYNTHETIC]}
    return body
