"""Checks behind a statement: records drawn by lot for each institution, asked after by telephone or on the doorstep, written down.

id = draw(viewer, "two_card_appraisal", period)     # once for each period; the seed follows from the list and the moment
answer(viewer, id, record, {"way": "phone", "found_true": True})
"""

import json
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from kangyu.apps.directory import queries as directory
from kangyu.apps.directory.models import Institution
from kangyu.apps.governance import clock, deployment
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.apps.statements.models import SampleDraw, Sheet
from kangyu.engines import draw as lots
from kangyu.engines import forms
from kangyu.engines.content.kinds import Statement
from kangyu.engines.content.kinds.statement import Checks
from kangyu.engines.forms import Named
from kangyu.engines.language.subject import Subject
from kangyu.engines.statements import RowFacts, period_words, prepare, rows_among
from kangyu.flows.statement_facts import counting_for
from kangyu.flows.statement_work import roles_of
from kangyu.gateways import content
from kangyu.kernel.errors import DeniedError, Problem, ProblemsError, UserError
from kangyu.kernel.period import Period

IDS = uuid.UUID("0f2f2b5e-9d0e-4a57-8f0b-5f9a1c6a7d13")
WARRANT = "statement check"
HTEST = {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}
POPULATION = """
SELECT r.id, r.code, r.org, r.pid, p.patient_id, r.d_lo::date FROM resource r JOIN person p ON p.pid = r.pid
WHERE r.rtype = 'QuestionnaireResponse' AND r.org = ANY(%s) AND r.code = ANY(%s) AND r.d_lo >= %s AND r.d_lo < %s + 1
"""
ANSWERED = "SELECT id, body FROM resource WHERE rtype = 'QuestionnaireResponse' AND id = ANY(%s)"


@dataclass(frozen=True)
class Answered:
    """What came of asking after one record."""

    on: date
    way: str
    found_true: bool
    remark: str


def declared(key: str) -> tuple[Statement, Checks]:
    """A statement with its checks. Raises ``UserError`` where it has none."""
    statement = content.current().statements.get(key)
    if statement is None or statement.checks is None:
        raise UserError("这张结算表没有规定抽查。")
    return statement, statement.checks


def is_checker(viewer: Viewer) -> bool:
    """Whether checking drawn records is this viewer's work."""
    return any(viewer.role in roles_of(one.checks.by) for one in content.current().statements.values() if one.checks)


def closed(found: SampleDraw) -> bool:
    """Whether the period's sheet is signed, so that nothing may be written down any more."""
    statement = content.current().statements.get(found.key)
    sheet = Sheet.objects.filter(key=found.key, area=found.area, period_start=found.period_start).first()
    return sheet is not None and (sheet.frozen or statement is None or sheet.state != statement.first)


def left_of(viewer: Viewer) -> int:
    """How many drawn records are still to be asked after."""
    found = SampleDraw.objects.filter(area__startswith=viewer.area[:6])
    return sum(len(one.units) - len(answered(one)) for one in found if not closed(one))


def draw(viewer: Viewer, key: str, period: Period, *, at: datetime | None = None) -> int:
    """Draw the records of a period that are to be asked after; returns the draw's id. Drawn once, it is not drawn again.

    Raises ``DeniedError``, or ``UserError`` (nothing to draw from, signed already, not begun).
    """
    statement, checks = declared(key)
    _require(viewer, checks)
    county = directory.county()
    if county is None or period.start > clock.today():
        raise UserError("这一期还没有开始，没有可抽的记录。")
    _require_open(key, county.code, period)
    moment = at or clock.now()
    found = list(_population(statement, checks, county.code, period))
    if not found:
        raise UserError(f"{period_words(statement.period, period)}还没有可抽的记录。有了随访、体检的记录再抽。")
    digest = lots.digest_of_list(unit["record"] for unit in found)
    seed = lots.seed_of(f"{key}/{county.code}/{period.start}", moment, digest)
    units = list(_drawn(found, seed, checks.each))
    counted = dict(sorted(Counter(unit["row"] for unit in found).items()))
    try:
        with transaction.atomic():
            made = SampleDraw.objects.create(
                key=key, area=county.code, period_start=period.start, period_end=period.end, each=checks.each, seed=seed,
                population=counted, digest=digest, units=units, account=viewer.username, name=viewer.display_name, at=moment,
            )  # fmt: skip
            audit.record("statement.draw", by=viewer, target=f"draw/{made.pk}", purpose=f"{checks.title} {seed[:12]}")
    except IntegrityError:
        raise UserError("这一期已经抽过，名单不能重抽。请打开已有的名单。") from None
    return made.pk


def _population(statement: Statement, checks: Checks, area: str, period: Period) -> Iterable[dict[str, Any]]:
    """Every record that may be drawn, with the row it counts for."""
    institutions = list(Institution.objects.filter(area__startswith=area).order_by("area", "id"))
    there = [one for one in institutions if one.closed_on is None or one.closed_on > period.end]
    facts = [RowFacts(one.id, one.name, {"kind": one.kind, "level": one.level, "public": None, "area": one.area}) for one in there]
    rows = {one.id for one in rows_among(prepare(content.current(), statement), facts, period)}
    whose = counting_for(institutions, rows, below=statement.below)
    codes = [forms.canonical(name) for name in checks.of]
    with connection.cursor() as cursor:
        cursor.execute(POPULATION, [list(whose), codes, period.start, period.end])
        for record, code, org, pid, patient, on in cursor.fetchall():
            form = code.rpartition(":")[2]
            yield {"row": whose[org], "record": record, "form": form, "org": org, "pid": pid, "patient": patient, "on": on.isoformat()}


def _drawn(found: list[dict[str, Any]], seed: str, each: int) -> Iterable[dict[str, Any]]:
    """So many of each row, rows in order, units as they came out."""
    by_row: dict[str, dict[str, dict[str, Any]]] = {}
    for unit in found:
        by_row.setdefault(unit["row"], {})[unit["record"]] = unit
    for _, units in sorted(by_row.items()):
        yield from (units[record] for record in lots.draw(units, seed=seed, size=each))


def _require(viewer: Viewer, checks: Checks) -> None:
    if viewer is not SYSTEM and viewer.role not in roles_of(checks.by):
        titles = "、".join(role.title for key in sorted(roles_of(checks.by)) if (role := content.current().roles.get(key)))
        raise DeniedError(f"“{checks.title}”由{titles}来办。")


def _require_open(key: str, area: str, period: Period) -> None:
    """Checks belong before the signatures: what is signed rests on them."""
    signed = Sheet.objects.filter(key=key, area=area, period_start=period.start).first()
    statement = content.current().statements[key]
    if signed is not None and (signed.frozen or signed.state != statement.first):
        raise UserError("这一期的结算表已经签字，抽查结果不能再记或再改。公示前可以先退回。")


def answer(viewer: Viewer, id: int, record: str, answers: Mapping[str, Any], *, on: date | None = None) -> str:
    """Write down what came of asking after one drawn record; written again before the sheet is signed, it is a new version.

    Raises ``ProblemsError`` (what is missing), ``DeniedError``, ``UserError``.
    """
    return answer_all(viewer, id, {record: (answers, on or clock.today())})[0]


def answer_all(viewer: Viewer, id: int, given: Mapping[str, tuple[Mapping[str, Any], date]]) -> list[str]:
    """The same for many records at once, in one transaction."""
    found = SampleDraw.objects.filter(pk=id).first()
    if found is None:
        raise UserError("没有这份抽查名单。")
    _, checks = declared(found.key)
    _require(viewer, checks)
    _require_open(found.key, found.area, Period(found.period_start, found.period_end))
    form = forms.prepare(content.current(), content.current().forms[checks.form])
    units = {unit["record"]: unit for unit in found.units}
    names = directory.institution_names(sorted({unit["org"] for unit in found.units}))
    drafts = []
    for record, (answers, on) in given.items():
        if record not in units:
            raise UserError("这份记录不在抽到的名单里。")
        unit = units[record]
        provider = Named(unit["org"], "Organization", names.get(unit["org"]) or unit["org"])
        drafts.append(_draft(viewer, found.pk, form, checks, unit, {**answers, "provider": provider}, min(on, found.period_end)))
    write(drafts, by=viewer, purpose=checks.title, warrant=WARRANT)
    return [draft.id for draft in drafts]


def _draft(
    viewer: Viewer, draw_id: int, form: forms.PreparedForm, checks: Checks, unit: Mapping[str, Any], answers: Mapping[str, Any], on: date
) -> Draft:
    """The check of one record as its answers. It counts in the period asked about, so it is dated within it."""
    done_on = date.fromisoformat(unit["on"])
    said = {
        **answers, "service": checks.of[unit["form"]], "done_on": done_on,
        "record": unit["record"],
    }  # fmt: skip
    subject = Subject({}, {}, max(on, done_on), form={})
    result = forms.check_answers(form, said, subject=subject)
    if not result.ok:
        raise ProblemsError([Problem(form.form.title, form.title(one.fields[0]), one.message) for one in result.hard])
    body = forms.response(
        form, result.cleaned, id=response_of(draw_id, unit["record"]), subject=f"Patient/{unit['patient']}", author="",
        institution=f"Organization/{viewer.org}" if viewer.org else "", on=subject.today,
    )  # fmt: skip
    if deployment.fact("synthetic"):
        body["meta"] = dict(HTEST)
    return Draft("update", "QuestionnaireResponse", body["id"], body)


def response_of(draw_id: int, record: str) -> str:
    """The id of the answers about one drawn record."""
    return str(uuid.uuid5(IDS, f"{draw_id}/{record}"))


def answered(found: SampleDraw) -> dict[str, Answered]:
    """What has been written down so far, by record."""
    records = {response_of(found.pk, unit["record"]): unit["record"] for unit in found.units}
    _, checks = declared(found.key)
    form = forms.prepare(content.current(), content.current().forms[checks.form])
    with connection.cursor() as cursor:
        cursor.execute(ANSWERED, [list(records)])
        rows = cursor.fetchall()
    told = {}
    for id, text in rows:
        body = text if isinstance(text, dict) else json.loads(text)
        said = forms.answers_of(form, body)
        on = date.fromisoformat(body["authored"][:10])
        told[records[id]] = Answered(on, said.get("way") or "", said.get("found_true") is True, said.get("remark") or "")
    return told
