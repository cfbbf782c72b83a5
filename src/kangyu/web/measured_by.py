"""Whose records a plan is measured by, in words: a synthetic county stands in for the one a plan speaks of, and must be seen to."""

from django.core.cache import cache

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import deployment
from kangyu.gateways import content
from kangyu.web import frame

KEY = "measured_by.county"
SECONDS = 30


def county_words(title: str = "") -> str:
    """The county that measures the plan called ``title``: "样河县（合成，按汶上县规划校准）". Empty where the title names a real county."""
    name, calibrated_by = _county()
    if not name:
        return ""
    if not frame.is_synthetic():
        return "" if name in title else name
    return f"{name}（合成，按{calibrated_by}规划校准）" if calibrated_by else f"{name}（合成）"


def _county() -> tuple[str, str]:
    """The county's name and the region whose plan its figures of the baseline year were taken from (empty for real records)."""
    held = cache.get(KEY)
    if held is None:
        county = directory.county()
        plan = content.current().plans.get(deployment.fact("plan"))
        held = (county.name if county else "", plan.region if plan else "")
        cache.set(KEY, held, SECONDS)
    return held
