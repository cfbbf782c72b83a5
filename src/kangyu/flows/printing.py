"""Printed sheets: a stored visit with those before it on the official paper, or the paper blank."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kangyu.apps.cases.queries import within_reach
from kangyu.apps.cases.queries.find_cases import number_of
from kangyu.apps.cases.rules import rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.governance.queries import display_names
from kangyu.apps.identity.models import Person
from kangyu.apps.record import queries as record
from kangyu.apps.record.columns import organisation_of
from kangyu.engines import forms
from kangyu.engines.forms import PreparedForm
from kangyu.engines.forms.paper import Filled, lay_out
from kangyu.flows import case_work
from kangyu.gateways import pdf
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission

SEX = {"male": "男", "female": "女"}
SYNTHETIC = "合成数据，不对应真实个人"


@dataclass(frozen=True)
class Printed:
    """A PDF and the name under which it is kept."""

    name: str
    data: bytes


def blank(viewer: Viewer, form: str) -> Printed:
    """The empty paper of a form, to be filled in by hand."""
    viewer.require(Permission.CONTENT_VIEW)
    prepared = _printable(form)
    return Printed(f"{prepared.form.title}（空白）.pdf", pdf.render(lay_out(prepared)))


def visit(viewer: Viewer, pid: int, response: str) -> Printed:
    """The paper with this visit last, and before it as many as the paper holds side by side.

    Raises ``NotWithinReach`` for somebody else's resident, ``UserError`` for what has no paper or is not this person's.
    """
    person = within_reach(viewer, pid)
    found = record.current("QuestionnaireResponse", response)
    body = json.loads(found.text) if found and found.text and found.pid == pid else {}
    prepared = _printable(body.get("questionnaire", "").removeprefix("urn:kangyu:form:"))
    paper = prepared.form.print_
    bodies = _before(pid, body, paper.visits if paper else 1)
    audit.record("record.read", by=viewer, pids=[pid], target=f"QuestionnaireResponse/{response}/print", purpose=prepared.form.title)
    filled = [_filled(prepared, one) for one in bodies]
    sheet = lay_out(prepared, filled, _subject(person))
    mark = SYNTHETIC if person.synthetic else ""
    return Printed(f"{prepared.form.title} {person.name}.pdf", pdf.render(sheet, pictures=_pictures(filled), mark=mark))


def case(viewer: Viewer, id: str, form: str) -> Printed:
    """The paper of a case's form as it was last answered. Raises ``CaseNotWithinReach``, and ``UserError`` for what has no paper."""
    view = case_work.view(viewer, id)
    prepared = _printable(view.prepared.forms[form].name if form in view.prepared.forms else form)
    rows = view.case.rows.get(form, ())
    if not rows or not view.may_read(form):
        raise UserError("这件事里还没有填过这张表单，或不给您看，不能打印。")
    stored = record.current("QuestionnaireResponse", str(rows[-1]["id"]))
    body = json.loads(stored.text) if stored and stored.text else {}
    filled = _filled(prepared, body)
    facts = {**filled.facts, "derived.number": number_of(view.id)}
    facts |= {f"derived.{key}": _said_of(view, key) for key in view.prepared.procedure.derive}
    about = Person.objects.filter(pid=view.subject.pid).first() if view.subject.pid else None
    sheet = lay_out(prepared, [Filled(filled.answers, facts)], _subject(about) if about else {"name": view.subject.title})
    audit.record("record.read", by=viewer, pids=[about.pid] if about else [], target=f"Task/{id}/print", purpose=prepared.form.title)
    mark = SYNTHETIC if view.subject.synthetic else ""
    return Printed(f"{prepared.form.title} {view.subject.title}.pdf", pdf.render(sheet, pictures=_pictures([filled]), mark=mark))


def _said_of(view: case_work.CaseView, key: str) -> str:
    value = view.values.get(key)
    return "" if value is None else view.prepared.words.value(key, value)


def _printable(name: str) -> PreparedForm:
    form = rules().content.forms.get(name)
    if form is None or form.print_ is None:
        raise UserError("这张表单没有纸质表样，不能打印。要打印的话，请在表单里写 print。")
    return rules().form(form)


def _before(pid: int, body: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
    """This visit and those of the same form before it, oldest first."""
    stored = [json.loads(one.text) for one in record.of_person(pid, ["QuestionnaireResponse"]) if one.text]
    same = [one for one in stored if one["questionnaire"] == body["questionnaire"]]
    ordered = sorted(same, key=lambda one: (one["authored"], one["id"]))
    return [one for one in ordered if (one["authored"], one["id"]) <= (body["authored"], body["id"])][-most:]


def _filled(prepared: PreparedForm, body: dict[str, Any]) -> Filled:
    org = organisation_of(body) or ""
    author = record.authors("QuestionnaireResponse", body["id"]).get(int(body.get("meta", {}).get("versionId", 1)), "")
    derived = {item["linkId"]: item["answer"][0] for item in body.get("item", ()) if item["linkId"].startswith("derived.")}
    facts = {
        "on": body["authored"][:10],
        "institution": directory.institution_names([org]).get(org, ""),
        "author": display_names([author]).get(author, "") or directory.institution_names([org]).get(org, ""),
        **{key: _derived(prepared, key.removeprefix("derived."), answer) for key, answer in derived.items()},
    }
    return Filled(forms.answers_of(prepared, body), facts)


def _derived(prepared: PreparedForm, key: str, answer: Mapping[str, Any]) -> str:
    """A derived value in words, as its programme names it."""
    value = next(iter(answer.values()))
    owner = rules().programmes.get(rules().owners.get(prepared.form.name, ""))
    return owner.words.value(key, value) if owner else str(value)


def _subject(person: Person) -> dict[str, str]:
    born = person.birth_date.isoformat() if person.birth_date else ""
    sex, identity = SEX.get(person.sex, ""), person.identity_number or ""
    return {"name": person.name, "sex": sex, "birth_date": born, "number": str(person.pid), "identity": identity}


def _pictures(filled: list[Filled]) -> dict[str, bytes]:
    """The signatures and photos that the sheet shows, by their Binary."""
    ids = {one.binary for sheet in filled for _, one in forms.attached(sheet.answers) if one.content_type.startswith("image/")}
    stored = {id: record.current("Binary", id) for id in ids}
    return {id: base64.b64decode(json.loads(one.text)["data"]) for id, one in stored.items() if one and one.text}
