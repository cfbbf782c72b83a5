"""A draft as a page uses it: offered when the form is opened, filled in when it is taken up."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from kangyu.apps.forms import queries
from kangyu.apps.forms.actions import drafts

TAKEN = "draft"


@dataclass(frozen=True)
class Offered:
    """A draft that is there: since when, how many answers it holds, where it is taken up, and the page to come back to."""

    place: str
    at: datetime
    answers: int
    href: str
    back: str


def place_of(subject: str, form: str, corrects: str = "") -> str:
    """By which drafts are told apart: ``visit/12/hypertension_follow_up/``."""
    return f"{subject}/{form}/{corrects}"


def taken_up(request: HttpRequest, place: str) -> QueryDict | None:
    """What the draft holds, as if it had been sent, when the page was opened with it."""
    found = queries.draft(request.viewer, place) if request.GET.get(TAKEN) else None
    if found is None:
        return None
    sent = QueryDict(mutable=True)
    for key, value in found.pairs:
        sent.appendlist(key, value)
    return sent


def offered(request: HttpRequest, place: str) -> Offered | None:
    """The draft to offer on a freshly opened page."""
    found = queries.draft(request.viewer, place)
    if found is None or request.GET.get(TAKEN):
        return None
    given = {key: value for key, value in request.GET.items() if key != TAKEN}
    answered = len({key for key, value in found.pairs if value and key not in ("on", "corrects", "version")})
    back = f"{request.path}?{urlencode(given)}" if given else request.path
    return Offered(place, found.updated, answered, f"{request.path}?{urlencode({**given, TAKEN: 'use'})}", back)


def keep_sent(request: HttpRequest, place: str) -> None:
    """What was sent and refused stays as a draft."""
    drafts.keep(place, [(key, value) for key in request.POST for value in request.POST.getlist(key)], by=request.viewer)


def saved(request: HttpRequest, place: str) -> None:
    """The form is stored: its draft goes."""
    drafts.discard(place, by=request.viewer)
