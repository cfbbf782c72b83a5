"""What the county aims at, year by year: baselines and targets of a plan, and the declared path between them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from kangyu.kernel.errors import Problem, ProblemsError

FIRST_YEAR = 2020
YEARS_TO_TARGET = 5


@dataclass(frozen=True)
class Figure:
    """One figure of the county: its value in 2020, its target for 2025, the share of the way gone at each year's end."""

    key: str
    baseline: float
    target: float
    path: tuple[float, ...]
    decimals: int | None = None
    source: str = ""

    def value(self, year: int) -> float:
        """The value aimed at in a year, in the plan's unit; before 2020 the baseline."""
        step = year - FIRST_YEAR
        share = 0.0 if step <= 0 else self.path[min(step, len(self.path)) - 1]
        exact = self.baseline + share * (self.target - self.baseline)
        return exact if self.decimals is None else round(exact, self.decimals)


@dataclass(frozen=True)
class Calibration:
    """Everything the county aims at."""

    figures: Mapping[str, Figure]
    reported: Mapping[str, Figure]
    yearly: Mapping[str, tuple[float, ...]]

    def value(self, key: str, year: int) -> float:
        """A figure of ``figures`` in the plan's unit (per cent, per 1,000 …)."""
        return self.figures[key].value(year)

    def share(self, key: str, year: int) -> float:
        """A percentage as a share between 0 and 1."""
        return min(max(self.value(key, year) / 100, 0.0), 1.0)

    def each_year(self, key: str, year: int) -> float:
        """A value of ``yearly``."""
        values = self.yearly[key]
        return values[min(max(year - FIRST_YEAR, 0), len(values) - 1)]


def load(plan: Path | None = None) -> Calibration:
    """The calibration that ships with the engine, with the baselines and targets of a plan file laid over it where names agree."""
    text = resources.files(__package__).joinpath("calibration.yaml").read_text(encoding="utf-8")
    declared = YAML(typ="safe", pure=True).load(text)
    rows = {_plain(row["name"]): row for row in _plan_rows(plan)} if plan else {}
    return Calibration(
        figures={key: _figure(key, entry, rows) for key, entry in declared["figures"].items()},
        reported={key: _figure(key, entry, rows) for key, entry in declared["reported"].items()},
        yearly={key: tuple(map(float, values)) for key, values in declared["yearly"].items()},
    )


def _plan_rows(plan: Path) -> Iterable[Mapping[str, Any]]:
    try:
        rows = YAML(typ="safe", pure=True).load(plan.read_text(encoding="utf-8")).get("indicators") or []  # some plans have no table
        return [row for row in rows if row.get("name")]
    except (OSError, YAMLError, AttributeError) as error:
        problem = Problem(str(plan), "indicators", "读不出规划的指标表。", "请检查文件是否存在、indicators 是否是一个列表。")
        raise ProblemsError([problem]) from error


def _plain(name: str) -> str:
    return "".join(str(name).split())


def _figure(key: str, entry: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> Figure:
    """The declared figure; a plan's row of the same name replaces its numbers where the row has any."""
    row = next((rows[_plain(name)] for name in entry["names"] if _plain(name) in rows), {})
    over = float(entry.get("at_least_over", 0))
    baseline = _number(row.get("baseline"), float(entry["baseline"]), over)
    target = _target(row.get("target"), float(entry["target"]), baseline, over)
    return Figure(key, baseline, target, tuple(map(float, entry["path"])), entry.get("decimals"), entry.get("source", ""))


def _number(cell: Any, otherwise: float, over: float) -> float:
    value = cell.get("value") if isinstance(cell, Mapping) else None
    return otherwise if value is None else float(value) + over


def _target(cell: Any, otherwise: float, baseline: float, over: float) -> float:
    """The value meant for 2025; a yearly step counts five times, a figure in words keeps what is declared."""
    value = cell.get("value") if isinstance(cell, Mapping) else None
    if value is None:
        return otherwise
    steps = {"decrease_by_per_year": -YEARS_TO_TARGET, "increase_by_per_year": YEARS_TO_TARGET, "decrease_by": -1, "increase_by": 1}
    comparator = str(cell.get("comparator", "eq"))
    return baseline + steps[comparator] * float(value) if comparator in steps else float(value) + over
