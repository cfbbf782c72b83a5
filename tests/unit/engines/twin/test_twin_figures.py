"""The figures of 2020, computed from the records, come out at the plan's within sampling error (two-sided 99 per cent)."""

from collections.abc import Callable
from datetime import date
from math import sqrt

import pytest
from scipy.stats import poisson

from declarations import shipped
from kangyu.engines.twin import calibration, causes
from unit.engines.twin import figures
from unit.engines.twin.figures import County

FIRST, LAST = date(2020, 1, 1), date(2020, 12, 31)
AIMS = calibration.load()
PLAN = {"life_expectancy": 79.17, "premature_mortality": 19.76, "beds": 5.19, "bed_use": 73.8}


def near_share(found: tuple[int, int], per_cent: float, rounding: float = 1.0) -> bool:
    """Within the binomial 99 per cent bounds, widened by ``rounding`` persons."""
    count, total = found
    share = per_cent / 100
    return abs(count - total * share) <= 2.576 * sqrt(total * share * (1 - share)) + rounding


@pytest.mark.parametrize(
    ("measure", "per_cent", "least"),
    [
        (figures.chronic_management, 61.07, 300),
        (figures.severe_mental_management, 90.0, 5),
        (figures.elderly_check, 61.0, 500),
        (figures.child_management, 93.95, 100),
    ],
)
def test_management_rates_are_those_of_the_plan(
    county: County, measure: Callable[..., tuple[int, int]], per_cent: float, least: int
) -> None:
    found = measure(county, FIRST, LAST)
    assert found[1] >= least
    assert near_share(found, per_cent), found


def test_two_year_olds_are_vaccinated_above_ninety_per_cent(county: County) -> None:
    found = figures.full_immunisation(county, LAST)
    assert found[1] >= 30
    assert near_share(found, AIMS.value("full_immunisation", 2020)), found


def test_mothers_are_looked_after_as_the_plan_says(county: County) -> None:
    records = figures.deliveries(county, FIRST, LAST)
    births = county.births(FIRST, LAST)
    assert abs(len(records) - births) <= 1
    managed = sum(one["first_antenatal_week"] < 13 and one["antenatal_visits"] >= 5 and one["postnatal_visits"] >= 1 for one in records)
    assert abs(managed - births * 0.9297) <= 1.5
    assert abs(sum(one["prenatal_screening"] for one in records) - births * 0.892) <= 1.5


def test_life_expectancy_is_that_of_the_plan(county: County) -> None:
    """Deaths are apportioned, so what remains is rounding: far below the standard error of 5,000 people (about 1.8 years)."""
    assert figures.life_expectancy(county, FIRST, LAST) == pytest.approx(PLAN["life_expectancy"], abs=1.3)


def test_premature_mortality_is_that_of_the_plan(county: County) -> None:
    assert figures.premature_mortality(county, FIRST, LAST) == pytest.approx(PLAN["premature_mortality"], abs=2.5)


def test_infant_and_child_deaths_are_as_rare_as_the_plan_says(county: County) -> None:
    births = county.births(FIRST, LAST)
    ages = [years for years, _ in county.deaths(FIRST, LAST)]
    for most, rate in ((1, 2.9), (5, 3.39)):
        assert sum(years < most for years in ages) <= poisson.ppf(0.995, births * rate / 1000)


def test_beds_and_their_use_are_those_of_the_plan(county: County) -> None:
    residents = len(county.residents(LAST))
    assert abs(figures.beds(county, LAST) - PLAN["beds"] * residents / 1000) <= 1
    assert figures.bed_use(county, FIRST, LAST) == pytest.approx(PLAN["bed_use"], abs=0.6)


def test_every_disease_of_the_county_has_a_name(county: County) -> None:
    named = set(shipped().code_systems["icd10_category"].codes)
    assert figures.cause_codes(county) - named == set()
    drawn = {code[:3] for table in (*causes._CHRONIC.values(), *causes._OTHER.values()) for code, _ in table}
    assert drawn - named == set()


@pytest.mark.parametrize(
    ("licences", "specialty", "per_1000"),
    [
        (("physician", "assistant_physician"), None, 2.45),
        (("physician",), "tcm", 0.44),
        (("physician",), "general_practice", 0.256),
        (("nurse",), None, 2.12),
        (("pharmacist",), None, 0.46),
        (("public_health",), None, 0.83),
    ],
)
def test_staff_per_head_is_that_of_the_plan(county: County, licences: tuple[str, ...], specialty: str | None, per_1000: float) -> None:
    working = sum(licence in licences and (specialty is None or specialty in known) for licence, known in figures.staff(county, LAST))
    assert abs(working - per_1000 * len(county.residents(LAST)) / 1000) <= 1.6


def test_tuberculosis_is_as_frequent_as_the_plan_says(county: County) -> None:
    cases = figures.conditions(county, ("A15", "A16"), FIRST, LAST)
    assert abs(cases - 25.06 * len(county.residents(LAST)) / 100_000) <= 1


def test_village_clinics_offer_four_therapies_as_often_as_the_plan_says(county: County) -> None:
    offered: dict[str, set[str]] = {}
    for one in figures.resources(county.folder, "HealthcareService"):
        if figures.day(figures.extension(one, "period")["start"]) <= LAST:
            offered.setdefault(one["providedBy"]["reference"][13:], set()).add(figures.coding(one["specialty"][0]))
    clinics = [one["id"] for one in figures.resources(county.folder, "Organization") if figures.coding(one["type"][0]) == "village_clinic"]
    enough = sum(sum(name.startswith("tcm_") for name in offered.get(clinic, ())) >= 4 for clinic in clinics)
    assert abs(enough - 0.666 * len(clinics)) <= 0.5


def test_later_years_follow_the_declared_path(county: County) -> None:
    """By 2024 the old are checked more often than in 2020, by what the path says."""
    first, last = date(2024, 1, 1), date(2024, 12, 31)
    assert AIMS.value("elderly_check", 2024) > 67
    assert near_share(figures.elderly_check(county, first, last), AIMS.value("elderly_check", 2024))
    assert near_share(figures.chronic_management(county, first, last), AIMS.value("chronic_management", 2024))
