"""The business date: today, or the fixed day a demo county lives on, so that its work lists make sense whenever it is opened."""

from datetime import date

from django.core.cache import cache
from django.utils import timezone

from kangyu.apps.governance import deployment

KEY = "business-date"


def today() -> date:
    """The day on which work is due. A generated county stands still on its ``as_of``; a real one follows the clock."""
    fixed = cache.get(KEY)
    if fixed is None:
        fixed = deployment.fact("as_of") or ""
        cache.set(KEY, fixed, 5)
    return date.fromisoformat(fixed) if fixed else timezone.localdate()
