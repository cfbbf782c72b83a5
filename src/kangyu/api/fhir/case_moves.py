"""``POST /fhir/Task/{id}/$move``: another system makes a move in a case, by the same rules as the page."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from kangyu.api.fhir.answers import BadRequestError, body_of, fhir, stored_answer
from kangyu.api.fhir.caller import caller
from kangyu.apps.cases import case_access
from kangyu.apps.record import queries
from kangyu.apps.record.errors import GoneError
from kangyu.engines import forms
from kangyu.flows import case_work
from kangyu.flows.case_load import load


@csrf_exempt
@fhir
def move(request: HttpRequest, id: str) -> HttpResponse:
    """Parameters: ``move`` (code), ``key`` (the same key moves once), ``reason``, ``answers`` (a QuestionnaireResponse of the move's form).

    Answers with the Task as it then is; 404 for who is no party, 400 with the reason where the move cannot be made now.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    by, given = caller(request), _parameters(body_of(request))
    key = str(given.get("key") or request.headers.get("Idempotency-Key") or uuid.uuid4())
    if not given.get("move"):
        raise BadRequestError("参数里没有 move：要办哪一步（Task 的 move 代码）。")
    try:
        case_access.require(by, id)
        answers = _answers(given.get("answers"), load(by, id, form_of=str(given["move"])), str(given["move"]))
        case_work.make_move(by, id, str(given["move"]), key=key, answers=answers, reason=str(given.get("reason") or ""))
    except case_access.CaseNotWithinReach as error:
        raise GoneError(str(error)) from error
    stored = queries.current("Task", id)
    assert stored is not None
    return stored_answer(stored)


def _parameters(body: dict[str, Any]) -> dict[str, Any]:
    """The parameters by name, values plain, resources whole."""
    if body["resourceType"] != "Parameters":
        raise BadRequestError("$move 的请求体应是 Parameters。")
    found: dict[str, Any] = {}
    for one in body.get("parameter", ()):
        values = [value for key, value in one.items() if key.startswith("value")]
        found[str(one.get("name"))] = one.get("resource") or (values[0] if values else None)
    return found


def _answers(response: Any, work: Any, move: str) -> dict[str, Any] | None:
    """The answers of the response, which must be of the form that the move asks for."""
    if response is None:
        return None
    declared = work.prepared.moves.get(move)
    if declared is None or declared.form is None:
        raise BadRequestError(f"{move} 这一步没有表单，不要带 answers。")
    asked = work.declared.form(work.prepared.forms[declared.form])
    if not isinstance(response, dict) or response.get("questionnaire") != forms.canonical(asked.form.name):
        raise BadRequestError(f"answers 应是 {forms.canonical(asked.form.name)} 的 QuestionnaireResponse。")
    return forms.answers_of(asked, response)
