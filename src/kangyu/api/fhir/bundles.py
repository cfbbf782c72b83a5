"""Bundles: a transaction stands or falls as one, a batch entry by entry; ``urn:uuid:`` references are resolved to the ids given here."""

import re
import uuid
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from kangyu.api.fhir.answers import BadRequestError, outcome_of, status_of
from kangyu.apps.governance.access import Viewer
from kangyu.apps.record import reading
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.kernel.errors import UserError

METHODS = {"POST": "create", "PUT": "update", "DELETE": "delete"}
ORDER = ("DELETE", "POST", "PUT", "PATCH", "GET", "HEAD")


def version_in(tag: str | None) -> int | None:
    """The version in an If-Match value such as ``W/"3"``."""
    found = re.fullmatch(r'(?:W/)?"(\d+)"', (tag or "").strip())
    if tag and not found:
        raise BadRequestError('If-Match 应写成 W/"版本号"。')
    return int(found.group(1)) if found else None


def draft_of(entry: dict[str, Any], place: str) -> Draft:
    """The change one Bundle entry asks for."""
    asked = entry.get("request", {})
    method, url = asked.get("method", ""), asked.get("url", "")
    path = [part for part in urlsplit(url).path.split("/") if part]
    if method not in METHODS or not path:
        raise BadRequestError(f"{place}：不支持的请求 {method} {url}。可用 POST、PUT、DELETE。")
    resource = entry.get("resource", {})
    if method != "DELETE" and resource.get("resourceType") != path[0]:
        raise BadRequestError(f"{place}：资源类型与地址 {url} 不一致。")
    if method == "POST":
        return Draft("create", path[0], str(uuid.uuid4()), resource)
    if len(path) != 2 or (method == "PUT" and resource.get("id", path[1]) != path[1]):
        raise BadRequestError(f"{place}：{method} 的地址应为 类型/id，且与资源里的 id 相同。")
    return Draft(METHODS[method], path[0], path[1], resource, version_in(asked.get("ifMatch")))


def resolve(value: Any, given: dict[str, str]) -> Any:
    """A copy of a resource in which every reference to a ``fullUrl`` of the Bundle names the id it was given."""
    if isinstance(value, dict):
        return {
            key: given.get(one, one) if key == "reference" and isinstance(one, str) else resolve(one, given) for key, one in value.items()
        }
    if isinstance(value, list):
        return [resolve(one, given) for one in value]
    return value


def _response(draft: Draft) -> dict[str, Any]:
    if draft.method == "delete":
        return {"response": {"status": "204 No Content"}}
    status = "201 Created" if draft.vid == 1 else "200 OK"
    return {"response": {"status": status, "location": f"{draft.rtype}/{draft.id}/_history/{draft.vid}", "etag": f'W/"{draft.vid}"'}}


def transaction(bundle: dict[str, Any], *, by: Viewer) -> dict[str, Any]:
    """Carry out a transaction Bundle in one transaction; the answer's entries stand in the order asked."""
    entries = bundle.get("entry", [])
    drafts = [draft_of(entry, f"第 {number} 条") for number, entry in enumerate(entries, 1)]
    given = {entry["fullUrl"]: f"{draft.rtype}/{draft.id}" for entry, draft in zip(entries, drafts, strict=True) if "fullUrl" in entry}
    for draft in drafts:
        draft.resource = resolve(draft.resource, given)
    seen = [(draft.rtype, draft.id) for draft in drafts]
    if len(set(seen)) < len(seen):
        raise BadRequestError("同一个事务里，一条资源只能出现一次。")
    write(sorted(drafts, key=lambda draft: draft.method != "delete"), by=by)
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": [_response(draft) for draft in drafts]}


def batch(bundle: dict[str, Any], *, by: Viewer, find) -> dict[str, Any]:
    """Carry out a batch Bundle entry by entry; one that fails does not stop the others. ``find(rtype, query, by)`` answers searches."""
    return {
        "resourceType": "Bundle",
        "type": "batch-response",
        "entry": [_one(entry, number, by, find) for number, entry in enumerate(bundle.get("entry", []), 1)],
    }


def _one(entry: dict[str, Any], number: int, by: Viewer, find) -> dict[str, Any]:
    try:
        if entry.get("request", {}).get("method") == "GET":
            return _read(entry["request"].get("url", ""), by, find)
        return _response(write([draft_of(entry, f"第 {number} 条")], by=by)[0])
    except UserError as error:
        return {"response": {"status": str(status_of(error)[0]), "outcome": outcome_of(error)}}


def _read(url: str, by: Viewer, find) -> dict[str, Any]:
    import orjson

    split = urlsplit(url)
    path = [part for part in split.path.split("/") if part]
    if len(path) == 2:
        stored = reading.read(path[0], path[1], viewer=by)
        if stored.text is None:
            return {"response": {"status": "410"}}
        return {"resource": orjson.loads(stored.text), "response": {"status": "200", "etag": f'W/"{stored.vid}"'}}
    if len(path) != 1:
        raise BadRequestError(f"不支持的地址 {url}。")
    return {"resource": find(path[0], parse_qsl(split.query, keep_blank_values=True), by), "response": {"status": "200"}}
