"""Which threshold a back-test advises: the one that finds most of those there are people to verify; the chart shows the same limit."""

import re

import pytest

from kangyu.flows.backtests import Spec
from kangyu.web.charts.tradeoff import Choice, Limit, tradeoff
from kangyu.web.views.backtests import _advice, _best, _row

SPEC = Spec("ili", "township", "ears_c2", (2.0, 3.0, 4.0), yearly=4, budget=1)
OUTCOME = {"places": 10, "all_places": 20}


def score(over: float, found: int, false_per_year: float) -> dict:
    years = 30.0
    return {
        "over": over, "found": found, "of": 20, "false_alarms": round(false_per_year * years), "years": years,
        "false_per_year": false_per_year, "median_delay": 2.0, "slowest": 5,
    }  # fmt: skip


def rows(spec: Spec = SPEC) -> list[dict]:
    """Loose, middle, strict: 20 places raise 80, 40 and 2 false alarms a year."""
    given = (score(2.0, 20, 4.0), score(3.0, 16, 2.0), score(4.0, 10, 0.1))
    return [_row(one, OUTCOME, spec, 3.0) for one in given]


def test_of_those_within_the_budget_the_one_that_finds_most_is_advised():
    """52 alarms a year: 80 + 4 are too many, 40 + 3.2 are not."""
    made = rows()
    assert [row["affordable"] for row in made] == [False, True, True] and _best(made)["over"] == 3
    said = _advice(made, _best(made), SPEC)
    assert "3 测到最多：测到 80%" in said and "约 7.4% 是真的" in said and "还不到九成" in said
    assert made[1]["worth"] == pytest.approx(3.2 / 43.2) and made[1]["week"] == "0.83 次" and made[1]["in_use"]


def test_where_none_is_within_the_budget_that_is_said_and_the_cheapest_named():
    spec = Spec("ili", "township", "ears_c2", (2.0, 3.0), yearly=4, budget=0.01)
    made = rows(spec)
    assert _best(made)["over"] == 4
    assert _advice(made, _best(made), spec).startswith("没有一个阈值在每周 0.01 次报警的预算内；报警最少的是 4")


def test_the_chart_draws_the_budget_where_it_cuts_the_thresholds_off():
    choices = [Choice("2", 4.0, 1.0), Choice("4", 0.1, 0.5)]
    path = re.search(
        r'class="thr" d="M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)"', tradeoff(choices, title="t", limit=Limit(2.6, 2.4, "每周 1 次"))
    )
    foot, low, top, high = map(float, path.groups())
    assert (low, high) == (244, 24) and top < foot
    assert "thr" not in tradeoff(choices, title="t", limit=Limit(40, 39, "每周 9 次")), "everything lies within it"
    short = re.search(r"L([\d.]+),([\d.]+)", tradeoff(choices, title="t", limit=Limit(1.0, -1.0, "w")).split("thr")[1])
    assert [float(part) for part in short.groups()] == [52, 134], "half of what is found uses the budget up"
