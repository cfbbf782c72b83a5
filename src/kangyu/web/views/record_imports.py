"""Imports of records: hand in files, watch them being taken in, read what was wrong by file and line."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kangyu.apps.record import import_history
from kangyu.flows import record_imports
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web.decorators import allow


@allow(Permission.RECORDS_IMPORT)
def imports(request: HttpRequest) -> HttpResponse:
    """The form, what was asked for from here, and every import there was."""
    if request.method == "POST":
        try:
            asked = record_imports.ask([(file.name, file) for file in request.FILES.getlist("files")], by=request.viewer)
        except UserError as error:
            messages.error(request, str(error), extra_tags="bad")
            return redirect("record_imports")
        return redirect("record_import", asked.id)
    asked_here = record_imports.requests()
    shown = {"requests": asked_here, "asked_by_id": {one.id: one for one in asked_here}, "jobs": import_history.jobs(limit=30)}
    return render(request, "record_imports.html", shown)


@allow(Permission.RECORDS_IMPORT)
def one_import(request: HttpRequest, id: str) -> HttpResponse:
    """One import: how far it is (asked again every second by htmx), then its outcome."""
    asked = record_imports.request(id)
    if asked is None:
        raise Http404
    template = "components/import_progress.html" if request.htmx else "record_import.html"
    return render(request, template, {"asked": asked})
