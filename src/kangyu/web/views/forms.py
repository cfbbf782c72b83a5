"""What every form page needs behind it: names sought while typing, drafts kept and discarded, files opened by who may see the record."""

import base64
import json
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from kangyu.apps.cases.queries import NotWithinReach, within_reach
from kangyu.apps.directory import queries as directory
from kangyu.apps.forms.actions import drafts
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.record import queries as record
from kangyu.apps.record.columns import organisation_of
from kangyu.engines.forms import split_path
from kangyu.flows import case_files, printing
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web.decorators import allow
from kangyu.web.errors import page as error_page
from kangyu.web.forms import lookups

KINDS = ("code", "person", "institution", "area", "thing")


@allow()
def suggest(request: HttpRequest, kind: str) -> HttpResponse:
    """The names that may be meant by what was typed."""
    if kind not in KINDS:
        raise UserError("没有这一类可找的东西。")
    given = request.GET
    narrowed = {"value_set": given.get("set", ""), "register": given.get("register", ""), "kinds": given.get("kinds", "")}
    words = given.get("q", "")[:60]
    found = lookups.suggestions(request.viewer, kind, words, **narrowed)
    return render(request, "components/form/suggestions.html", {"found": found, "words": words})


@require_POST
@allow()
def keep_draft(request: HttpRequest) -> HttpResponse:
    """What was typed so far; answers with the time of day for the page to show."""
    try:
        pairs = [(str(key), str(value)) for key, value in json.loads(request.POST.get("pairs", ""))]
    except (ValueError, TypeError) as error:
        raise UserError("草稿的内容看不懂，请刷新页面后再填。") from error
    kept = drafts.keep(request.POST.get("place", ""), pairs, by=request.viewer)
    return HttpResponse(timezone.localtime(kept).strftime("%H:%M") if kept else "", status=200 if kept else 204)


@require_POST
@allow()
def discard_draft(request: HttpRequest) -> HttpResponse:
    """The draft is not wanted; back to the form."""
    drafts.discard(request.POST.get("place", ""), by=request.viewer)
    back = request.POST.get("back", "")
    allowed = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if allowed else reverse("home"))


@allow()
def enclosed(request: HttpRequest, response: str, path: str) -> HttpResponse:
    """A signature, photo or file of stored answers, for whoever may see those answers."""
    found = record.current("QuestionnaireResponse", response)
    body = json.loads(found.text) if found and found.text else {}
    attachment = _attachment(body, path)
    if found is None or attachment is None or not _may_see(request.viewer, found.pid, body, path):
        return error_page(request, 404, title="打不开这个文件", says="没有这个文件，或它不在您能看的范围内。")
    stored = record.current("Binary", attachment["url"].rpartition("/")[2])
    if stored is None or stored.text is None:
        return error_page(request, 404, title="打不开这个文件", says="这个文件已经删除，旧版本里还有记录。")
    pids = [found.pid] if found.pid is not None else []
    audit.record("record.read", by=request.viewer, pids=pids, target=f"QuestionnaireResponse/{response}/{path}")
    binary = json.loads(stored.text)
    answer = HttpResponse(base64.b64decode(binary["data"]), content_type=binary["contentType"])
    answer["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(attachment.get('title') or path)}"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
    return answer


@allow(Permission.CONTENT_VIEW)
def blank(request: HttpRequest, name: str) -> HttpResponse:
    """The empty paper of a form as PDF."""
    return pdf_answer(printing.blank(request.viewer, name))


@allow(Permission.PERSON_VIEW)
def printed_visit(request: HttpRequest, pid: int, response: str) -> HttpResponse:
    """A visit on the official paper as PDF, with those before it beside it."""
    try:
        return pdf_answer(printing.visit(request.viewer, pid, response))
    except NotWithinReach as error:
        return error_page(request, 404, title="不能打开这位居民", says=str(error))


def pdf_answer(printed: printing.Printed) -> HttpResponse:
    """A PDF to be looked at in the browser, kept by nobody on the way."""
    answer = HttpResponse(printed.data, content_type="application/pdf")
    answer["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(printed.name)}"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _attachment(body: dict, path: str) -> dict | None:
    """The attachment at a field's path, in a table's row too."""
    key, row, column = split_path(path)
    for item in body.get("item", ()):
        if item["linkId"] != key:
            continue
        if not row:
            return next((one["valueAttachment"] for one in item.get("answer", ()) if "valueAttachment" in one), None)
        if str(item.get("id", "")).rpartition("-")[2] == row:
            cells = [cell for cell in item.get("item", ()) if cell["linkId"] == f"{key}.{column}"]
            return next((one["valueAttachment"] for cell in cells for one in cell.get("answer", ()) if "valueAttachment" in one), None)
    return None


def _may_see(viewer: Viewer, pid: int | None, body: dict, path: str) -> bool:
    """A file of a case: who may read that answer there. A person's: whoever may see the person. A thing's: whose institution wrote it, or
    who oversees that institution."""
    of_case = case_files.may_open(viewer, body, path)
    if of_case or (case_files.case_of(body) and pid is None):
        return of_case
    if pid is not None:
        if not viewer.may(Permission.PERSON_VIEW):
            return False
        try:
            within_reach(viewer, pid)
        except NotWithinReach:
            return False
        return True
    org = organisation_of(body) or ""
    if org and viewer.org == org:
        return True
    written_by = directory.institution(org)
    return viewer.within in ("county", "township") and written_by is not None and written_by.area.startswith(viewer.area)
