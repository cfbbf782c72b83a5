"""The life table on worked vectors and on published tables."""

import csv
from pathlib import Path

import numpy as np
import pytest

from kangyu.engines.epidemiology.errors import NotComputableError
from kangyu.engines.epidemiology.life_table import (
    BANDS,
    cause_deleted,
    healthy_expectancy,
    life_table,
    life_table_from_rates,
    separation_greville,
)

PUBLISHED = Path(__file__).resolve().parents[4] / "../shared/data/lifetables"
needs_published = pytest.mark.skipif(not PUBLISHED.exists(), reason="the published tables (../shared/data/lifetables) are not here")

PEOPLE = [4000, 18000, 27000, 26000, 24000, 23000, 28000, 36000, 33000, 30000, 38000, 42000, 38000, 30000, 28000, 20000, 13000, 8000, 4000]
DEATHS = [12, 7, 5, 5, 8, 9, 14, 24, 33, 48, 98, 170, 245, 310, 470, 590, 680, 730, 640]


@pytest.fixture(scope="module")
def table():
    return life_table(BANDS, PEOPLE, DEATHS)


@pytest.mark.parametrize(
    ("age", "m", "q", "survivors", "lived", "expectancy"),
    [
        (0, 0.003000, 0.002992, 100000, 99745.6, 78.2316),
        (1, 0.000389, 0.001554, 99700.8, 398431.2, 77.4660),
        (5, 0.000185, 0.000925, 99545.8, 497498.8, 73.5841),
        (20, 0.000391, 0.001955, 99192.6, 495478.5, 58.8157),
        (30, 0.000667, 0.003328, 98751.6, 492936.3, 49.0547),
        (40, 0.001600, 0.007968, 97932.1, 487709.5, 39.4192),
        (60, 0.010333, 0.050366, 91003.7, 443560.1, 21.4589),
        (65, 0.016786, 0.080548, 86420.3, 414698.9, 17.4644),
        (70, 0.029500, 0.137369, 79459.3, 370008.2, 13.7754),
        (80, 0.091250, 0.371501, 52690.3, 214515.2, 7.9994),
        (85, 0.160000, 1.0, 33115.8, 206973.7, 6.2500),
    ],
)
def test_worked_rows_come_out(table, age, m, q, survivors, lived, expectancy):
    i = table.row(age)
    assert table.m[i] == pytest.approx(m, abs=5e-7)
    assert table.q[i] == pytest.approx(q, abs=5e-7)
    assert table.l[i] == pytest.approx(survivors, abs=0.06)
    assert table.L[i] == pytest.approx(lived, abs=0.06)
    assert table.e[i] == pytest.approx(expectancy, abs=5e-5)


def test_standard_error_and_interval_of_life_expectancy(table):
    assert table.standard_error() == pytest.approx(0.1872, abs=5e-5)
    assert table.interval() == pytest.approx((77.865, 78.599), abs=1e-3)


def test_healthy_life_expectancy_by_sullivan(table):
    unhealthy = [0.02] * 4 + [0.03] * 2 + [0.04, 0.05, 0.06, 0.08, 0.10, 0.13, 0.17, 0.22, 0.28, 0.35, 0.45, 0.55, 0.65]
    assert healthy_expectancy(table, unhealthy) == pytest.approx(67.2995, abs=1e-3)
    assert healthy_expectancy(table, unhealthy, 65) == pytest.approx(10.1221, abs=1e-3)


def test_a_band_without_deaths_is_survived_by_all():
    deaths = [0 if age == 10 else died for age, died in zip(BANDS, DEATHS, strict=True)]
    table = life_table(BANDS, PEOPLE, deaths)
    i = table.row(10)
    assert table.q[i] == 0
    assert table.l[i] == table.l[i + 1]
    assert np.isfinite(table.standard_error())


def test_a_band_without_people_is_an_error():
    people = [0 if age == 70 else count for age, count in zip(BANDS, PEOPLE, strict=True)]
    with pytest.raises(NotComputableError, match="70 岁"):
        life_table(BANDS, people, DEATHS)


def test_an_open_band_without_deaths_is_an_error():
    with pytest.raises(NotComputableError, match="最高年龄组"):
        life_table(BANDS, PEOPLE, [*DEATHS[:-1], 0])


def test_infant_mortality_may_stand_for_the_first_band():
    assert life_table(BANDS, PEOPLE, DEATHS, infant_q=0.0036).l[1] == pytest.approx(99640)


def test_deleting_a_cause_adds_years_and_deleting_none_adds_nothing(table):
    none = cause_deleted(table, [0] * 19)
    assert none.expectancy() == pytest.approx(table.expectancy())
    some = cause_deleted(table, [died * 0.3 for died in DEATHS])
    i = table.row(65)
    assert some.q[i] == pytest.approx(1 - (1 - table.q[i]) ** 0.7)
    assert some.expectancy() > table.expectancy() + 2


def test_deleting_more_deaths_than_there_were_is_an_error(table):
    with pytest.raises(NotComputableError):
        cause_deleted(table, [died + 1 for died in DEATHS])


@needs_published
def test_published_english_table_with_silcocks_intervals():
    rows = list(csv.DictReader((PUBLISHED / "phe_chiang_silcocks_20band.csv").open()))
    starts = [int(row["startage"]) for row in rows]
    shares = [0.1] + [0.5] * (len(rows) - 1)
    people, deaths = ([float(row[name]) for row in rows] for name in ("pops", "deaths"))
    table = life_table(starts, people, deaths, shares=shares, open_variance=True)
    for row in rows:
        age = int(row["startage"])
        assert table.expectancy(age) == pytest.approx(float(row["ex_expected"]), abs=1e-6)
        assert table.interval(age) == pytest.approx((float(row["lower95"]), float(row["upper95"])), abs=1e-5)


@needs_published
def test_published_united_nations_table_from_rates():
    rows = list(csv.DictReader((PUBLISHED / "un1982_p34_male.csv").open()))
    starts, rates = [int(row["age"]) for row in rows], [float(row["nMx"]) for row in rows]
    shares = separation_greville(starts, rates, infant=0.33, child=1.352 / 4)
    table = life_table_from_rates(starts, rates, shares=shares)
    for row in rows:
        assert table.expectancy(int(row["age"])) == pytest.approx(float(row["ex_expected"]), abs=0.02)
