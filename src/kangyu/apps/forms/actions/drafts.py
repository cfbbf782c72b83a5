"""Keeping and discarding drafts. A draft belongs to its account: nobody else can read it, and a month later it is gone."""

import json
from datetime import datetime, timedelta

from django.utils import timezone

from kangyu.apps.forms.models import FormDraft
from kangyu.apps.governance.access import Viewer
from kangyu.kernel.errors import UserError

KEEPS = timedelta(days=30)
LARGEST = 400 * 1024
LONGEST_PLACE = 200
LEFT_OUT = frozenset({"csrfmiddlewaretoken", "key"})
Pairs = list[tuple[str, str]]


def keep(place: str, pairs: Pairs, *, by: Viewer) -> datetime | None:
    """Keep what was typed so far, in place of what was kept before; an empty form or one too large is not kept.

    Raises ``UserError`` for a place that cannot be one.
    """
    if not place or len(place) > LONGEST_PLACE:
        raise UserError("草稿没有写明是哪张表单，请刷新页面后再填。")
    told = [(key, value) for key, value in pairs if key not in LEFT_OUT]
    if not any(value for _, value in told) or len(json.dumps(told)) > LARGEST:
        return None
    now = timezone.now()
    FormDraft.objects.update_or_create(account=by.username, place=place, defaults={"pairs": told, "updated": now})
    FormDraft.objects.filter(account=by.username, updated__lt=now - KEEPS).delete()
    return now


def discard(place: str, *, by: Viewer) -> None:
    """The draft is saved, or not wanted any more."""
    FormDraft.objects.filter(account=by.username, place=place).delete()
