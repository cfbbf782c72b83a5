"""What a twin is made from, and what is said about it afterwards."""

from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kangyu.kernel.errors import Problem, ProblemsError

from .calibration import FIRST_YEAR

DEFAULT_AS_OF = date(2025, 11, 21)
DEFAULT_PLAN = "wenshang"
FEWEST, MOST = 500, 20_000_000


@dataclass(frozen=True)
class TwinParameters:
    """``residents`` living on 2020-01-01; the same four values always give the same county, byte for byte.

    ``plan_file`` names a plan of ``content/plans`` whose figures replace the declared ones.
    """

    residents: int
    seed: int = 1
    as_of: date = DEFAULT_AS_OF
    plan: str = DEFAULT_PLAN
    plan_file: Path | None = None

    def __post_init__(self) -> None:
        problems = []
        if not FEWEST <= self.residents <= MOST:
            problems.append(
                Problem("参数", "residents", f"居民数应在 {FEWEST} 到 {MOST} 之间，现为 {self.residents}。", "请改一个居民数。")
            )
        if self.seed < 0:
            problems.append(Problem("参数", "seed", "随机种子应为不小于 0 的整数。", "请改一个种子。"))
        if not date(FIRST_YEAR, 12, 31) <= self.as_of <= date(2039, 12, 31):
            problems.append(Problem("参数", "as-of", f"截止日期应在 2020-12-31 到 2039-12-31 之间，现为 {self.as_of}。", "请改一个日期。"))
        if problems:
            raise ProblemsError(problems)


@dataclass(frozen=True)
class Manifest:
    """What was written: ``files`` in an order that can be imported, ``counts`` of resources by type."""

    as_of: str
    seed: int
    residents: int
    residents_at_as_of: int
    plan: str
    counts: dict[str, int]
    files: list[str]
    synthetic: bool = True
    period: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The manifest as it stands in ``manifest.json``."""
        return asdict(self)
