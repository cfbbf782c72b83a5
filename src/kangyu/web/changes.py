"""What turned on the board since a year ago, by the same judgement on the series as it stood then."""

from kangyu.engines.indicators.evaluate import noise_of
from kangyu.engines.indicators.progress import Commitment, Progress, assess
from kangyu.flows.plan_progress import GlanceRow

AGO = 0.75
"""How many years back a value must lie to count as the year before (twelve months may end anywhere in a year)."""


def a_year_before(row: GlanceRow) -> Progress | None:
    """The row as it was judged a year earlier; None where there was nothing to judge."""
    standing, now, said = row.standing, row.progress.now, row.target
    if standing is None or now is None:
        return None
    earlier = [point for point in standing.points if point.at <= now.at - AGO]
    if not earlier:
        return None
    indicator = standing.indicator
    plan = Commitment(
        said.baseline_year, said.baseline, said.target_year, said.target, said.comparator, indicator.better, said.relative
    )  # fmt: skip
    return assess(
        plan, earlier, noise=noise_of(indicator), per=indicator.per, unit=said.unit, decimals=indicator.decimals, missing=standing.missing
    )
