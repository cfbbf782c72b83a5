"""Several records of one illness count once."""

from datetime import date, timedelta
from random import Random

from kangyu.engines.detection.counting import once

FIRST = date(2025, 11, 1)


def on(person: int, day: int, record: str) -> tuple[int, date, str]:
    return person, FIRST + timedelta(days=day), record


def test_a_person_counts_again_only_after_the_time_is_over() -> None:
    """Diagnosed on day 0, reported by card on day 1 and ill anew on day 30; another person on day 1 is another case."""
    rows = [on(7, 1, "card"), on(7, 0, "diagnosis"), on(7, 30, "again"), on(8, 1, "other"), on(7, 29, "check-up")]
    assert once(rows, 30, by=tuple) == [on(7, 0, "diagnosis"), on(7, 30, "again"), on(8, 1, "other")]


def test_the_order_of_records_does_not_matter() -> None:
    rows = [on(person, day, f"{person}-{day}-{part}") for person in range(3) for day in range(0, 90, 11) for part in "ab"]
    kept = once(rows, 30, by=tuple)
    for seed in range(5):
        Random(seed).shuffle(rows)
        assert once(rows, 30, by=tuple) == kept
    assert len(kept) == 3 * 3
