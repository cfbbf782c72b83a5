"""What one person adds, and why somebody is not counted, from the shipped definitions."""

from datetime import date

import pytest

from declarations import shipped
from kangyu.engines.indicators.contributions import evaluate_person, measures, opens_to_people
from kangyu.engines.indicators.evaluate import WHOLE, Sum
from kangyu.engines.indicators.explain import Explanation
from kangyu.kernel.period import Period

YEAR = Period.of_year(2024)
SPANS = {"2024": (YEAR, YEAR.end)}
KEY = "hypertension_diabetes_management"


@pytest.fixture(scope="module")
def found():
    return measures(shipped())


def resident(birth_date: date, since: date = date(2010, 1, 1), to: date | None = None) -> dict:
    row = {"id": "p", "on": since, "to": to, "birth_date": birth_date, "sex": "female", "area": "370899101201", "org": "clinic"}
    return {"residents": [row]}


def visit(day: int, **answers) -> dict:
    return {"id": f"v{day}", "on": date(2024, day, 1), "visit_kind": "clinic", "systolic": 130.0, "diastolic": 80.0, **answers}


def patient(*visits: dict) -> dict:
    episode = {"id": "e", "on": date(2020, 1, 1), "to": None, "programme": "hypertension"}
    return {**resident(date(1960, 5, 5)), "episodes": [episode], "hypertension_follow_up": list(visits)}


def test_a_resident_is_in_the_population_of_their_own_band(found):
    adds = evaluate_person(found, resident(date(1960, 5, 5)), SPANS)["2024"]
    assert adds["life_expectancy", 60] == Sum(0, 1)
    assert adds["premature_mortality", 60] == Sum(0, 1)
    assert adds["physicians_per_1000", WHOLE] == Sum(0, 1)
    assert (KEY, WHOLE) not in adds


def test_beyond_the_last_closed_band_nothing_is_added(found):
    adds = evaluate_person(found, resident(date(1950, 5, 5)), SPANS)["2024"]
    assert ("life_expectancy", 70) in adds
    assert not any(key == "premature_mortality" for key, _ in adds)


def test_a_death_stands_in_the_band_of_the_age_at_death(found):
    rows = {**resident(date(1959, 12, 1), to=date(2024, 11, 20)), "deaths": [{"id": "d", "on": date(2024, 11, 20), "cause": "I21.9"}]}
    adds = evaluate_person(found, rows, SPANS)["2024"]
    assert adds["life_expectancy", 60] == Sum(1, 1)
    assert adds["premature_mortality", 60] == Sum(1, 1)
    later = {**rows, "deaths": [{"id": "d", "on": date(2024, 12, 1), "cause": "X59"}]}
    adds = evaluate_person(found, later, SPANS)["2024"]
    assert (adds["life_expectancy", 60], adds["life_expectancy", 65]) == (Sum(0, 1), Sum(1, 0))
    assert adds["premature_mortality", 60] == Sum(0, 1)


def test_without_a_birth_date_no_band(found):
    rows = resident(date(1960, 5, 5))
    rows["residents"][0]["birth_date"] = None
    assert not any(key == "life_expectancy" for key, _ in evaluate_person(found, rows, SPANS)["2024"])


def test_nobody_adds_anything_without_a_record(found):
    assert evaluate_person(found, {}, SPANS)["2024"] == {}


def test_managed_with_four_visits_is_counted_with_three_is_not(found):
    four = evaluate_person(found, patient(*map(visit, (1, 4, 7, 10))), SPANS)["2024"]
    three = evaluate_person(found, patient(*map(visit, (1, 4, 7))), SPANS)["2024"]
    assert (four[KEY, WHOLE], three[KEY, WHOLE]) == (Sum(1, 1), Sum(0, 1))


def test_why_somebody_is_not_counted_is_said_from_the_definition(found):
    said = Explanation(found.indicators[KEY], found.expressions["person"][f"{KEY}__true_when"], shipped())
    rows = patient(visit(1), visit(4), visit(7, systolic=None))
    assert said.reasons(rows, YEAR, YEAR.end) == ["高血压患者随访 2 次，应不少于 4 次"]
    control = "hypertension_control"
    said = Explanation(found.indicators[control], found.expressions["person"][f"{control}__true_when"], shipped())
    assert said.reasons(patient(visit(1), visit(9, systolic=152.0)), YEAR, YEAR.end) == ["最近一次高血压患者随访的收缩压 152，应低于 140"]
    assert said.reasons(patient(), YEAR, YEAR.end)[0] == "没有高血压患者随访的收缩压"


@pytest.mark.parametrize(
    ("key", "opening"),
    [
        (KEY, "all"),
        ("maternal_system_management", "all"),
        ("infant_mortality", "counted"),
        ("life_expectancy", "counted"),
        ("physicians_per_1000", "none"),
        ("geriatrics_departments", "none"),
    ],
)
def test_what_a_figure_opens_to(found, key, opening):
    assert opens_to_people(found.indicators[key]) == opening


def test_the_digest_changes_with_a_definition_and_with_nothing_else(found):
    assert measures(shipped()).digest == found.digest
