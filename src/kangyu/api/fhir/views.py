"""The FHIR interactions, each: who calls, what is asked, the one door, the answer."""

from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from kangyu import __version__
from kangyu.api.fhir import bundles
from kangyu.api.fhir.answers import BadRequestError, body_of, fhir, json_answer, stored_answer
from kangyu.api.fhir.caller import caller
from kangyu.apps.governance.access import Viewer
from kangyu.apps.record import queries, reading
from kangyu.apps.record.actions import write
from kangyu.engines.fhir import capability_statement, is_resource_type, operation_outcome, parse_search


def _known(rtype: str) -> None:
    if not is_resource_type(rtype):
        raise BadRequestError(f"{rtype} 不是 FHIR R4 的资源类型。")


@csrf_exempt
@fhir
def metadata(request: HttpRequest) -> HttpResponse:
    """The CapabilityStatement; open to all, as the standard has it."""
    return json_answer(capability_statement(version=__version__, base=request.build_absolute_uri("/fhir")))


@csrf_exempt
@fhir
def whole_system(request: HttpRequest) -> HttpResponse:
    """Batch and transaction Bundles."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    by, bundle = caller(request), body_of(request)
    if bundle["resourceType"] != "Bundle" or bundle.get("type") not in ("batch", "transaction"):
        raise BadRequestError("这里只接受 type 为 batch 或 transaction 的 Bundle。")
    if bundle["type"] == "transaction":
        return json_answer(bundles.transaction(bundle, by=by))
    return json_answer(bundles.batch(bundle, by=by, find=lambda rtype, query, viewer: _found(rtype, query, viewer, strict=False)))


@csrf_exempt
@fhir
def resource_type(request: HttpRequest, rtype: str) -> HttpResponse:
    """Search (GET) and create (POST)."""
    _known(rtype)
    by = caller(request)
    if request.method == "GET":
        return json_answer(_found(rtype, list(_pairs(request.GET)), by, strict=_strict(request)))
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "POST"])
    resource = body_of(request)
    if resource["resourceType"] != rtype:
        raise BadRequestError(f"资源是 {resource['resourceType']}，地址却是 {rtype}。")
    draft = write.create(resource, by=by)
    return stored_answer(queries.current(rtype, draft.id), 201)


@csrf_exempt
@fhir
def search_by_post(request: HttpRequest, rtype: str) -> HttpResponse:
    """Search with the parameters in a form body, so that identity numbers stay out of addresses and logs."""
    _known(rtype)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    return json_answer(_found(rtype, [*_pairs(request.GET), *_pairs(request.POST)], caller(request), strict=_strict(request)))


@csrf_exempt
@fhir
def instance(request: HttpRequest, rtype: str, id: str) -> HttpResponse:
    """Read, update, delete."""
    _known(rtype)
    by = caller(request)
    expected = bundles.version_in(request.headers.get("If-Match"))
    if request.method in ("GET", "HEAD"):
        return stored_answer(reading.read(rtype, id, viewer=by))
    if request.method == "DELETE":
        write.delete(rtype, id, by=by, expected=expected)
        return HttpResponse(status=204)
    if request.method != "PUT":
        return HttpResponseNotAllowed(["GET", "PUT", "DELETE"])
    resource = body_of(request)
    if resource["resourceType"] != rtype or resource.get("id") != id:
        raise BadRequestError("资源的类型和 id 应与地址相同。")
    draft = write.update(resource, by=by, expected=expected)
    return stored_answer(queries.current(rtype, id), 201 if draft.vid == 1 else 200)


@csrf_exempt
@fhir
def instance_history(request: HttpRequest, rtype: str, id: str) -> HttpResponse:
    """All versions of one resource."""
    _known(rtype)
    versions = reading.history(rtype, id, viewer=caller(request))
    entries = [
        {
            "fullUrl": f"{rtype}/{id}",
            **({"resource": orjson.loads(one.text)} if one.text else {}),
            "request": {"method": "PUT" if one.text else "DELETE", "url": f"{rtype}/{id}"},
            "response": {"status": "200" if one.text else "204", "etag": f'W/"{one.vid}"', "lastModified": one.updated.isoformat()},
        }
        for one in versions
    ]
    return json_answer({"resourceType": "Bundle", "type": "history", "total": len(entries), "entry": entries})


@csrf_exempt
@fhir
def instance_version(request: HttpRequest, rtype: str, id: str, vid: int) -> HttpResponse:
    """One version of one resource."""
    _known(rtype)
    return stored_answer(reading.read(rtype, id, viewer=caller(request), vid=vid))


def _pairs(query):
    return ((key, value) for key, values in query.lists() for value in values)


def _strict(request: HttpRequest) -> bool:
    return "handling=strict" in request.headers.get("Prefer", "")


def _found(rtype: str, asked: list[tuple[str, str]], by: Viewer, *, strict: bool) -> dict[str, Any]:
    """The searchset for a query. Unknown parameters are refused under strict handling, and named in a warning otherwise."""
    _known(rtype)
    query = parse_search(rtype, asked)
    ignored = "；".join(query.unknown)
    if ignored and strict:
        raise BadRequestError(f"查询没有执行。{ignored}")
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    if query.count_only:
        return {**bundle, "total": reading.count(query, viewer=by)}
    rows = reading.search(query, viewer=by)
    page, more = rows[: query.count], rows[query.count :]
    entries = [
        {"fullUrl": f"{one.rtype}/{one.id}", "resource": query.shown(orjson.loads(one.text)), "search": {"mode": "match"}} for one in page
    ]
    if ignored:
        warning = operation_outcome([("warning", "not-supported", f"没有起作用：{ignored}", "")])
        entries.append({"resource": warning, "search": {"mode": "outcome"}})
    links = [{"relation": "self", "url": f"{rtype}?{urlencode(asked)}"}]
    if more:
        rest = [(key, value) for key, value in asked if key != "_page"]
        links.append({"relation": "next", "url": f"{rtype}?{urlencode([*rest, ('_page', query.cursor((page[-1].sort, page[-1].id)))])}"})
    return {**bundle, "link": links, "entry": entries}
