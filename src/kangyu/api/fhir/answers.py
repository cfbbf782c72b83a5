"""FHIR answers over HTTP: bodies pass through as stored text, errors become OperationOutcomes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

from kangyu.api.fhir.caller import UnknownCallerError
from kangyu.apps.record.errors import ConflictError, GoneError
from kangyu.apps.record.queries import Stored
from kangyu.engines.fhir import operation_outcome
from kangyu.kernel.errors import DeniedError, Problem, ProblemsError, UserError

TYPE = "application/fhir+json; charset=utf-8"


class BadRequestError(UserError):
    """The call itself cannot be understood."""


STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (UnknownCallerError, 401, "login"),
    (DeniedError, 403, "forbidden"),
    (GoneError, 404, "not-found"),
    (ConflictError, 412, "conflict"),
    (ProblemsError, 422, "invalid"),
    (BadRequestError, 400, "invalid"),
    (UserError, 400, "processing"),
)


def status_of(error: UserError) -> tuple[int, str]:
    """HTTP status and issue code for an error of ours."""
    return next((status, code) for kind, status, code in STATUS if isinstance(error, kind))


def outcome_of(error: UserError) -> dict[str, Any]:
    """The OperationOutcome that tells an error, one issue for each problem."""
    code = status_of(error)[1]
    problems = error.problems if isinstance(error, ProblemsError) else [Problem("", "", str(error))]
    return operation_outcome([("error", code, f"{one.message} {one.remedy}".strip(), one.key) for one in problems])


def json_answer(body: dict[str, Any], status: int = 200) -> HttpResponse:
    """A resource made here, as an answer."""
    return HttpResponse(orjson.dumps(body), status=status, content_type=TYPE)


def stored_answer(stored: Stored, status: int = 200) -> HttpResponse:
    """A stored resource, its text untouched, with version and time in the headers; a tombstone is 410."""
    if stored.text is None:
        return json_answer(operation_outcome([("error", "deleted", f"{stored.rtype}/{stored.id} 已删除。", "")]), 410)
    answer = HttpResponse(stored.text, status=status, content_type=TYPE)
    answer["ETag"] = f'W/"{stored.vid}"'
    answer["Last-Modified"] = stored.updated.strftime("%a, %d %b %Y %H:%M:%S GMT")
    if status == 201:
        answer["Location"] = f"/fhir/{stored.rtype}/{stored.id}/_history/{stored.vid}"
    return answer


def fhir(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Turn our errors into OperationOutcomes with the right status."""

    @wraps(view)
    def answered(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            answer = view(request, *args, **kwargs)
        except UserError as error:
            answer = json_answer(outcome_of(error), status_of(error)[0])
            if answer.status_code == 401:
                answer["WWW-Authenticate"] = 'Bearer realm="kangyu"'
        answer["Cache-Control"] = "no-store"
        return answer

    return answered


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object a call carries, or ``BadRequestError`` saying where it breaks."""
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise BadRequestError(f"请求体不是完整的 JSON（第 {error.lineno} 行第 {error.colno} 个字符处）。") from error
    if not isinstance(body, dict) or "resourceType" not in body:
        raise BadRequestError("请求体不是 FHIR 资源：没有 resourceType。")
    return body
