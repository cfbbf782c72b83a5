"""A stretch of whole days."""

from dataclasses import dataclass
from datetime import date

from .errors import UserError


@dataclass(frozen=True)
class Period:
    """From ``start`` to ``end``, both days included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise UserError(f"时间段的开始 {self.start} 晚于结束 {self.end}。请对调或改正。")

    @classmethod
    def of_year(cls, year: int) -> "Period":
        """The calendar year."""
        return cls(date(year, 1, 1), date(year, 12, 31))
