"""A plan at a glance: each official row with its figure, its path, its status and its outlook."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from kangyu.apps.indicators import queries as figures
from kangyu.apps.indicators.queries import Disagreement, Freshness, Standing
from kangyu.apps.planning import queries as plans
from kangyu.apps.planning.models import PlanDocument, Target
from kangyu.engines.indicators.evaluate import noise_of
from kangyu.engines.indicators.progress import Commitment, Progress, Status, assess, goal_words

UNMATCHED = "规划里的这个名称还没有对应的指标，无法计算。请在指标的别名里补上。"


@dataclass(frozen=True)
class GlanceRow:
    """One row: what the plan says (``target``), what the records say (``standing``, None where no indicator is known), and how it goes."""

    target: Target
    standing: Standing | None
    progress: Progress
    goal: str

    @cached_property
    def disagreements(self) -> list[Disagreement]:
        """Years whose reported value is not the computed one."""
        return figures.disagreements(self.standing) if self.standing else []

    @property
    def baseline_gap(self) -> float | None:
        """Computed value of the baseline year less the printed baseline; None where either is missing or chance and rounding explain it."""
        if self.standing is None or self.target.baseline is None:
            return None
        computed = self.standing.years.get(self.target.baseline_year)
        if computed is None or computed.value is None or figures.within_chance(computed, self.target.baseline):
            return None
        gap = computed.value - self.target.baseline
        return gap if abs(gap) >= 0.5 * 10**-self.standing.indicator.decimals else None


@dataclass(frozen=True)
class Glance:
    """A county's plan: its document, rows in the plan's order, how fresh they are, and the names no indicator answers to."""

    document: PlanDocument | None
    rows: list[GlanceRow]
    freshness: Freshness | None
    unmatched: list[str]

    @property
    def counts(self) -> Mapping[Status, int]:
        """Rows by status."""
        found = Counter(row.progress.status for row in self.rows)
        return {status: found.get(status, 0) for status in Status}

    def needing_attention(self) -> list[GlanceRow]:
        """Rows sorted by how much they need somebody: off track, at risk, no data, on track; inside by the chance of being reached."""
        order = {Status.BAD: 0, Status.WARN: 1, Status.NONE: 2, Status.OK: 3}
        return sorted(self.rows, key=lambda row: (order[row.progress.status], _chance(row)))


def _chance(row: GlanceRow) -> float:
    outlook = row.progress.outlook
    return 1.0 if outlook is None or outlook.probability is None else outlook.probability


def glance(area: str) -> Glance:
    """The official plan of an area with all its figures, in a fixed number of queries."""
    rows = plans.targets(area)
    overview = figures.overview(sorted({row.indicator for row in rows if row.indicator}), area)
    found = [_row(row, overview.items.get(row.indicator)) for row in rows]
    unmatched = [row.name for row in rows if not row.indicator]
    return Glance(plans.official(area), found, overview.freshness, unmatched)


def of_indicator(area: str, key: str) -> list[GlanceRow]:
    """The rows of the official plan that an indicator measures, for its own page."""
    rows = plans.targets_of_indicator(area, key)
    standing = figures.overview([key], area).items.get(key)
    return [_row(row, standing) for row in rows]


def _row(target: Target, standing: Standing | None) -> GlanceRow:
    better = standing.indicator.better if standing else "neutral"
    row = Commitment(target.baseline_year, target.baseline, target.target_year, target.target, target.comparator, better, target.relative)
    if standing is None:
        progress = assess(row, [], unit=target.unit, missing=UNMATCHED)
    else:
        progress = assess(
            row,
            standing.points,
            noise=noise_of(standing.indicator),
            per=standing.indicator.per,
            unit=target.unit,
            decimals=standing.indicator.decimals,
            missing=standing.missing,
        )
    decimals = standing.indicator.decimals if standing else 2
    return GlanceRow(target, standing, progress, goal_words(row, progress.goal, target.unit, decimals))
