"""The methods under the county: systematic rounding, the life table, dates in arrays, plans laid over the calibration, file parts."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kangyu.engines.twin import apportion, calibration, days, mortality, people, plan, terrain
from kangyu.engines.twin.parameters import TwinParameters
from kangyu.engines.twin.shapes import fill, template
from kangyu.engines.twin.writing import Files
from kangyu.kernel.errors import ProblemsError

DATES = st.dates(date(1905, 1, 1), date(2040, 12, 31))


@given(st.lists(st.floats(0, 50), min_size=1, max_size=60), st.floats(0, 0.999))
def test_apportioned_running_totals_stay_within_one(expected: list[float], offset: float) -> None:
    whole = apportion.apportion(np.array(expected), offset)
    assert (whole >= 0).all()
    assert np.abs(np.cumsum(whole) - np.cumsum(expected)).max() <= 1 + 1e-6


@given(st.floats(0.02, 0.98), st.lists(st.floats(-3, 3), min_size=2, max_size=20))
def test_village_shares_average_to_the_county(overall: float, leanings: list[float]) -> None:
    shares = apportion.village_shares(overall, np.array(leanings), np.ones(len(leanings)), 0.5)
    assert shares.mean() == pytest.approx(overall, abs=1e-6)
    assert ((shares > 0) & (shares < 1)).all()


def test_chosen_per_cell_takes_the_quota_of_each_cell() -> None:
    cells = np.array([0, 0, 0, 1, 1, 2])
    mask = apportion.chosen_per_cell(cells, np.array([1.0, 0, 1, 1, 1, 1]), np.array([2, 1, 5]), np.random.default_rng(1))
    assert np.bincount(cells[mask]).tolist() == [2, 1, 1]
    assert not mask[1]


def test_life_expectancy_matches_the_published_table() -> None:
    """Reference table T1 of the epidemiology formulas: e0 = 78.2316, 30q70 of table T3 = 13.988 per cent."""
    persons = np.array([4, 18, 27, 26, 24, 23, 28, 36, 33, 30, 38, 42, 38, 30, 28, 20, 13, 8, 4]) * 1000.0
    deaths = np.array([12, 7, 5, 5, 8, 9, 14, 24, 33, 48, 98, 170, 245, 310, 470, 590, 680, 730, 640], dtype=float)
    assert mortality.life_expectancy(deaths, persons) == pytest.approx(78.2316, abs=1e-3)
    chronic = np.zeros(19)
    chronic[7:15] = [8, 14, 26, 58, 110, 170, 225, 350]
    grouped = np.ones(19)
    grouped[7:15] = [36000, 33000, 30000, 38000, 42000, 38000, 30000, 28000]
    assert mortality.premature_mortality(chronic, grouped) == pytest.approx(13.988, abs=1e-3)


@given(DATES, st.integers(0, 120))
def test_months_are_added_and_ages_counted_as_calendars_do(start: date, months: int) -> None:
    number = np.array([days.day(start)])
    moved = days.add_months(number, months)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    found = date.fromisoformat(days.text(moved)[0])
    assert (found.year, found.month + 0) == (year, month + 1)
    assert found.day <= start.day
    on = date(2045, 6, 30)
    expected = on.year - start.year - ((on.month, on.day) < (start.month, start.day))
    assert days.age_years(number, np.array([days.day(on)]))[0] == expected


def test_birth_dates_and_serials_are_never_given_twice() -> None:
    """A cohort of 60,000 of one sex: more people than days, fewer than numbers."""
    small = plan.make(TwinParameters(residents=600))
    female, cohort = np.ones(60_000, dtype=np.int64), np.full(60_000, 1988)
    birth, serial = people._births_and_serials(small, female, cohort, np.arange(60_000))
    assert len(set(zip(birth.tolist(), serial.tolist(), strict=True))) == 60_000
    assert (serial % 2 == 0).all() and serial.max() < 1000
    assert birth.min() == days.year_start(1988) and birth.max() == days.year_start(1989) - 1


def test_a_plan_replaces_baselines_and_targets(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "indicators:\n"
        "  - {seq: 1, name: 人均预期寿命, baseline: {year: 2020, value: 77}, target: {year: 2025, comparator: eq, value: 78.8}}\n"
        "  - {seq: 2, name: 青少年总体近视率, baseline: {value: 50}, target: {comparator: decrease_by_per_year, value: 1}}\n"
        "  - {seq: 3, name: 医院床位使用率, baseline: {year: 2020}, target: {}}\n",
        encoding="utf-8",
    )
    aims, own = calibration.load(path), calibration.load()
    assert aims.value("life_expectancy", 2020) == 77
    assert aims.figures["life_expectancy"].target == 78.8
    assert aims.reported["adolescent_myopia"].target == 45
    assert aims.figures["bed_use"] == own.figures["bed_use"]
    assert aims.value("life_expectancy", 2031) == aims.value("life_expectancy", 2025)


def test_a_broken_plan_is_named(tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_text("indicators: [a, b", encoding="utf-8")
    with pytest.raises(ProblemsError, match=r"b\.yaml"):
        calibration.load(path)


def test_townships_tile_the_county() -> None:
    ground = terrain.survey(30_000, 1)
    area = sum(township.outline.area for township in ground.townships)
    assert 8 <= len(ground.townships) <= 16
    assert area == pytest.approx(ground.outline.area, rel=0.03)
    for village in ground.villages:
        assert village.code.startswith(ground.townships[village.township].code)
    assert len({village.name for village in ground.villages}) == len(ground.villages)


def test_templates_fill_texts_numbers_and_members_that_may_be_missing() -> None:
    line = template({"resourceType": "Basic", "@onote": 0, "share": "5%", "value": "@r", "list": ["@s", "@qmore"]})
    filled = fill(line, ["a", "b"], ["", ',"note":"x"'], [1, 2.5], ["p", "q"], ["", ',"r"'])
    assert filled.splitlines()[0].endswith('"share":"5%","value":1,"list":["p"]}')
    assert filled.splitlines()[1].endswith('"note":"x","share":"5%","value":2.5,"list":["q","r"]}')


def test_large_types_go_on_in_numbered_parts(tmp_path: Path) -> None:
    files = Files(tmp_path, part_bytes=20)
    for number in range(3):
        files.append("Observation", f'{{"id":"{number}"}}\n' * 2)
    files.append("Patient", '{"id":"p"}\n')
    assert files.close() == ["Patient.ndjson", "Observation.000.ndjson", "Observation.001.ndjson", "Observation.002.ndjson"]
    assert files.counts == {"Observation": 6, "Patient": 1}
