"""Reads of drafts, by their own writer only."""

from django.utils import timezone

from kangyu.apps.forms.actions.drafts import KEEPS
from kangyu.apps.forms.models import FormDraft
from kangyu.apps.governance.access import Viewer


def draft(viewer: Viewer, place: str) -> FormDraft | None:
    """What the viewer left unfinished at a place, unless it is a month old."""
    return FormDraft.objects.filter(account=viewer.username, place=place, updated__gte=timezone.now() - KEEPS).first()
