"""Alarms that belong together, silence worth asking about, reporting delay, grades."""

from datetime import date

import numpy as np
import pytest

from kangyu.engines.detection import Method, backtest, delay, detect, grading
from kangyu.engines.detection.alarms import Episode, episodes, openings, silence
from kangyu.kernel.errors import ProblemsError


def test_exceedances_within_the_quiet_time_join_the_first() -> None:
    flags = np.zeros(40, dtype=bool)
    flags[[3, 5, 11, 18, 30]] = True
    assert episodes(flags, 7) == [Episode(3, 11, 3), Episode(18, 18, 1), Episode(30, 30, 1)]
    assert np.flatnonzero(openings(flags, 7)).tolist() == [3, 18, 30]


def test_openings_of_many_series_are_those_of_each() -> None:
    flags = np.random.default_rng(1).random((30, 200)) < 0.05
    many = openings(flags, 9)
    for row in range(30):
        assert np.flatnonzero(many[row]).tolist() == [episode.first for episode in episodes(flags[row], 9)]


def test_a_busy_source_that_stops_is_asked_and_a_quiet_one_is_not() -> None:
    days = np.zeros((4, 90))
    days[0, :87] = 12  # reported daily, silent for three days
    days[1, 5::8] = 1  # a clinic with a patient a week
    days[2, :] = 4  # never silent
    assert silence(days, 2).tolist() == [3, 0, 0, 0]


def test_no_report_is_not_a_report_of_none() -> None:
    """A clinic that saw twelve people and none of them ill says zero; one from which nothing came says nothing, and is no low day."""
    reported = backtest.share(np.array([0.0, 3.0, 0.0]), np.array([12.0, 12.0, 0.0]))
    assert reported[:2].tolist() == [0.0, 25.0] and np.isnan(reported[2])
    known = detect(reported, Method("fixed", 20)).known
    assert known.tolist() == [True, True, False]


def test_completeness_of_the_last_days_needs_records() -> None:
    assert delay.completeness({0: 5, 1: 5}) is None
    shares = delay.completeness({0: 50, 1: 30, 3: 20}, longest=4)
    assert shares == [0.5, 0.8, 0.8, 1.0, 1.0]
    assert delay.completeness({99: 30}, longest=3)[-1] == 1.0


def test_an_outbreak_has_its_size_and_begins_with_a_case() -> None:
    random = np.random.default_rng(3)
    for shape in ("point", "growing", "steady"):
        cases = backtest.curve(20, 10, shape, random)
        assert sum(cases) == 20 and len(cases) == 10 and cases[0] >= 1


def test_a_backtest_finds_large_outbreaks_and_counts_false_alarms_on_the_history() -> None:
    history = np.random.default_rng(5).poisson(2, (12, 400)).astype(float)
    large = backtest.outbreaks(series=12, first=100, last=399, count=40, size=60, days=10, shape="point", seed=9)
    small = backtest.outbreaks(series=12, first=100, last=399, count=40, size=3, days=10, shape="steady", seed=9)
    strict, loose = Method("ears_c2", 5, least=0.5), Method("ears_c2", 2, least=0.5)
    scores = {
        (size, m.over): backtest.score(history, o, m, first=100, quiet=7)
        for size, o in (("l", large), ("s", small))
        for m in (strict, loose)
    }
    assert scores["l", 2].sensitivity >= scores["l", 5].sensitivity > 0.9
    assert scores["s", 5].sensitivity < 0.5
    assert scores["l", 2].false_per_year > scores["l", 5].false_per_year
    assert scores["l", 2].median_delay <= scores["l", 5].median_delay
    assert scores["l", 2].years == pytest.approx(12 * 300 / 365.2425)


def test_a_backtest_tells_each_place_apart() -> None:
    """Place 0 is noisy, place 1 silent: the same threshold costs false alarms only at the first, and finds at the second at once."""
    history = np.zeros((2, 300))
    history[0, 110::30] = 5
    injected = [backtest.Outbreak(1, 150, (6, 6)), backtest.Outbreak(1, 200, (1, 6)), backtest.Outbreak(1, 250, (1, 1))]
    found = backtest.score(history, injected, Method("fixed", 4), first=100, quiet=7)
    assert (found.false_by_series, found.where, found.delays) == ((7, 0), (1, 1, 1), (0, 1, None))
    assert found.at_places() == [backtest.AtPlace(0, 0, 7, None), backtest.AtPlace(3, 2, 0, 0.5)]


def test_alarms_are_worth_what_they_find_and_cost_what_must_be_verified() -> None:
    """Of 12 outbreaks a year 9 are found; 20 places give 0.3 false alarms a year each: 15 alarms, 9 of them outbreaks."""
    worth = backtest.cost(0.75, 0.3, 20, 12)
    assert worth.predictive_value == pytest.approx(9 / 15)
    assert worth.per_week == pytest.approx(15 * 7 / 365.2425)
    assert backtest.cost(0.0, 0.0, 20, 12).predictive_value is None
    assert backtest.cost(1.0, 0.3, 20, 0).predictive_value == 0


def test_a_backtest_of_the_same_seed_is_the_same() -> None:
    assert [backtest.outbreaks(series=5, first=0, last=90, count=9, size=8, days=6, shape="growing", seed=2) for _ in range(2)] == [
        backtest.outbreaks(series=5, first=0, last=90, count=9, size=8, days=6, shape="growing", seed=2)
    ] * 2


def test_a_weekly_backtest_counts_days_to_the_end_of_the_week() -> None:
    history = np.zeros((1, 7 * 60))
    injected = [backtest.Outbreak(0, 7 * 50, (9, 0, 0, 0))]
    found = backtest.score(history, injected, Method("fixed", 3, weekly=True), first=70, quiet=7)
    assert found.delays == (6,) and found.false_alarms == 0


def test_a_grade_is_the_first_row_that_holds() -> None:
    grade = grading.grader(grading.read({"major": "cases_7 >= 30", "larger": "cases_7 >= 10", "general": "else"}))
    today = date(2025, 11, 21)
    assert [grade({"cases_7": n}, today) for n in (31, 12, 2)] == ["major", "larger", "general"]


def test_a_grade_that_names_an_unknown_figure_is_refused() -> None:
    with pytest.raises(ProblemsError, match="dead"):
        grading.read({"major": "dead >= 1", "general": "else"})
