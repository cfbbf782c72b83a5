"""How large an outbreak is, and whether it is over."""

from dataclasses import dataclass
from datetime import date, timedelta

from kangyu.engines.epidemiology.rates import Rate, proportion
from kangyu.kernel.errors import UserError


@dataclass(frozen=True)
class Over:
    """``quiet`` days since the last onset; it may be closed from ``on``, the day after one longest incubation without a new case."""

    last_onset: date
    quiet: int
    on: date
    over: bool


def attack_rate(cases: int, exposed: int) -> Rate:
    """The share of the exposed who fell ill, percent, with Wilson's interval. Raises ``UserError`` for more cases than exposed."""
    if cases > exposed:
        raise UserError(f"病例 {cases} 人多于暴露人数 {exposed} 人，算不出罹患率。请核对暴露人数。")
    return proportion(cases, exposed)


def over(last_onset: date, longest_incubation: int, today: date) -> Over:
    """Whether one longest incubation (days) has passed since the last onset without a new case."""
    on = last_onset + timedelta(days=longest_incubation + 1)
    return Over(last_onset, (today - last_onset).days, on, today >= on)
