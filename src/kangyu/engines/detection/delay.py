"""Reporting delay: how complete the last days are, learnt from how late records arrived before."""

from collections.abc import Mapping

LONGEST = 60
ENOUGH = 30


def completeness(late: Mapping[int, int], longest: int = LONGEST) -> list[float] | None:
    """The share of records that have arrived 0, 1, … ``longest`` days after their event, from counts by days of delay.

    None below 30 records: then nothing is claimed. Records later than ``longest`` count as arriving on that day.
    """
    total = sum(late.values())
    if total < ENOUGH:
        return None
    shares, running = [], 0
    for days in range(longest + 1):
        running += sum(count for delay, count in late.items() if delay == days or (days == longest and delay > days))
        shares.append(running / total)
    return shares
