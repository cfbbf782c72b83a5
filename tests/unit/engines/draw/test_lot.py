"""The draw is repeatable by hand, fair, and moved by everything it is made from."""

import subprocess
from collections import Counter
from datetime import datetime, timedelta

import pytest

from kangyu.engines.draw import digest_of_list, draw, seed_of

AT = datetime.fromisoformat("2025-07-05T09:00:00+08:00")
UNITS = [f"record-{number}" for number in range(50)]


def test_draw_is_the_same_whatever_the_order_of_the_list_and_holds_no_unit_twice():
    once = draw(UNITS, seed="s", size=8)
    assert once == draw(reversed(UNITS), seed="s", size=8) == draw([*UNITS, *UNITS], seed="s", size=8)
    assert len(set(once)) == 8


def test_a_larger_sample_continues_the_smaller_one_and_a_small_list_is_drawn_whole():
    assert draw(UNITS, seed="s", size=12)[:8] == draw(UNITS, seed="s", size=8)
    assert sorted(draw(UNITS[:3], seed="s", size=8)) == UNITS[:3]
    assert draw([], seed="s", size=8) == []


def test_anybody_can_check_the_first_unit_with_a_plain_tool():
    numbers = {}
    for unit in UNITS[:6]:
        out = subprocess.run(["sha256sum"], input=f"s/{unit}".encode(), capture_output=True, check=True).stdout
        numbers[out.split()[0]] = unit
    assert draw(UNITS[:6], seed="s", size=1) == [numbers[min(numbers)]]


def test_every_unit_is_as_likely_as_any_other():
    counted = Counter(unit for number in range(4000) for unit in draw(UNITS[:10], seed=str(number), size=3))
    assert all(1050 < counted[unit] < 1350 for unit in UNITS[:10]), counted


def test_task_moment_and_list_each_change_the_seed():
    population = digest_of_list(UNITS)
    seeds = {
        seed_of("t", AT, population),
        seed_of("u", AT, population),
        seed_of("t", AT + timedelta(seconds=1), population),
        seed_of("t", AT, digest_of_list(UNITS[1:])),
    }
    assert len(seeds) == 4 and population == digest_of_list(reversed(UNITS))


def test_a_negative_sample_is_refused():
    with pytest.raises(ValueError, match="smaller than nothing"):
        draw(UNITS, seed="s", size=-1)
