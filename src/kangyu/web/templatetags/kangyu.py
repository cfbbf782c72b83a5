"""What every template may use: figures, dates and clocks in words, statuses, small charts."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kangyu.apps.governance import clock as clock_of_day
from kangyu.gateways import content
from kangyu.web import care_tags as care_tags_of
from kangyu.web import declared, measured_by, wording, wording_of_audit
from kangyu.web.charts import share

register = template.Library()

register.filter("figure", wording.figure)
register.filter("signed", wording.signed)
register.filter("clock", wording.clock)
register.filter("compact", wording.compact)
register.filter("expression", declared.coloured)
register.filter("audit_target", wording_of_audit.target_words)
register.simple_tag(measured_by.county_words, name="measured_by")


@register.filter
def day(value: date | datetime | None) -> str:
    """``2026-11-21``; an unknown day is a dash."""
    if isinstance(value, datetime):
        value = timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value.isoformat() if value else "—"


@register.filter
def moment(value: datetime | None) -> str:
    """``2026-11-21 08:12`` in local time."""
    if value is None:
        return "—"
    return (timezone.localtime(value) if timezone.is_aware(value) else value).strftime("%Y-%m-%d %H:%M")


@register.inclusion_tag("components/care_tags.html")
def care_tags(pid: int | None) -> dict[str, Any]:
    """What stands beside the name of one person: weeks of a pregnancy, coloured risk."""
    found = care_tags_of.beside_names(content.current(), [pid], clock_of_day.today()) if pid else {}
    return {"beside": found.get(pid or 0, {})}


@register.simple_tag
def status(kind: str, words: str = "") -> SafeString:
    """A status by shape, colour and word; ``kind`` is ``ok``, ``warn``, ``bad`` or ``none``."""
    return format_html('<span class="st {}">{}</span>', kind, words or wording.STATUS_WORDS.get(kind, kind))


@register.simple_tag
def share_bar(title: str, **counts: float) -> SafeString:
    """A bar of counts by status, in the order given."""
    return share.share_bar([(kind, count or 0) for kind, count in counts.items()], title=title)


@register.simple_tag
def count_bar(count: float, most: float) -> SafeString:
    """The bar of one row in a list of reasons."""
    return share.count_bar(count or 0, most or 0)


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: object) -> str:
    """This page's address with some of its query changed; ``None`` or empty takes one out."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = str(value)
    return "?" + query.urlencode() if query else context["request"].path


@register.filter
def entry(mapping: Mapping, key: object) -> object:
    """What a mapping holds under a key that the template keeps in a variable."""
    return mapping.get(key)


@register.filter
def permission(value: str) -> str:
    """A permission in words."""
    return wording.PERMISSIONS.get(value, value)
