"""The business date: today, or the fixed day a demo county lives on, so that its work lists make sense whenever it is opened."""

from datetime import date, datetime

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


def shown(moment: datetime) -> datetime:
    """A moment of the real clock as this deployment counts days: where the date stands still, what is written falls on that day."""
    local = timezone.localtime(moment)
    fixed = today()
    return local if fixed == timezone.localdate() else local.replace(year=fixed.year, month=fixed.month, day=fixed.day)


def now() -> datetime:
    """The moment on the business date: its day with the clock's time of day, in the deployment's time zone."""
    local = timezone.localtime()
    day = today()
    return local if day == local.date() else local.replace(year=day.year, month=day.month, day=day.day)
