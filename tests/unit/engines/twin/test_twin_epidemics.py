"""The waves and clusters of infectious illness that signals are meant to find."""

import json
from collections import Counter
from datetime import date, timedelta

import pytest

from unit.engines.twin.figures import County, day, resources

AS_OF = date(2025, 11, 21)
LIKE_INFLUENZA = {"cough", "sore_throat"}


@pytest.fixture(scope="module")
def visits(county: County) -> list[dict]:
    return [one for one in resources(county.folder, "Encounter") if one["type"][0]["coding"][0]["code"] in ("outpatient", "emergency")]


def signs(visit: dict) -> set[str]:
    return {coding["code"] for reason in visit.get("reasonCode", ()) for coding in reason["coding"]}


def heat(visit: dict) -> float:
    return visit["extension"][0]["valueDecimal"] if "extension" in visit else 0.0


def like_influenza(visit: dict) -> bool:
    return heat(visit) >= 38 and bool(LIKE_INFLUENZA & signs(visit))


def test_influenza_like_illness_comes_in_winter_and_mostly_to_children(county: County, visits: list[dict]) -> None:
    ill = [visit for visit in visits if like_influenza(visit)]
    months = Counter(day(visit["period"]["start"]).month for visit in ill)
    winter, summer = sum(months[m] for m in (12, 1, 2)), sum(months[m] for m in (6, 7, 8))
    assert winter > 2.5 * summer
    share = len(ill) / len(visits)
    assert 0.02 < share < 0.10
    children = sum(
        (day(visit["period"]["start"]) - county.people[visit["subject"]["reference"][8:]]["birth"]).days < 15 * 365.25 for visit in ill
    )
    assert children > len(ill) / 2


def test_a_temperature_below_38_is_recorded_too(visits: list[dict]) -> None:
    measured = [heat(visit) for visit in visits if heat(visit)]
    assert sum(value < 38 for value in measured) > len(measured) / 4
    assert min(measured) > 36 and max(measured) < 40


def test_hand_foot_and_mouth_disease_is_diagnosed_soon_after_it_began_and_in_small_children(county: County) -> None:
    found = [one for one in resources(county.folder, "Condition") if one["code"]["coding"][0]["code"] == "B08.4"]
    assert len(found) > 25
    for one in found:
        assert 0 <= (day(one["recordedDate"]) - day(one["onsetDateTime"])).days <= 3
        assert (day(one["onsetDateTime"]) - county.people[one["subject"]["reference"][8:]]["birth"]).days < 16 * 366


def test_each_signal_has_something_to_find_in_the_last_days(county: County, visits: list[dict]) -> None:
    week = [visit for visit in visits if day(visit["period"]["start"]) > AS_OF - timedelta(days=8)]
    village = Counter(visit["subject"]["reference"][8:13] for visit in week if like_influenza(visit))
    assert village.most_common(1)[0][1] >= 5
    recent = [one for one in resources(county.folder, "Condition") if day(one["onsetDateTime"]) > AS_OF - timedelta(days=8)]
    assert (
        Counter(one["subject"]["reference"][8:13] for one in recent if one["code"]["coding"][0]["code"] == "B08.4").most_common(1)[0][1]
        >= 3
    )
    cholera = [one for one in resources(county.folder, "Condition") if one["code"]["coding"][0]["code"].startswith("A00")]
    assert [day(one["recordedDate"]) for one in cholera] == [AS_OF - timedelta(days=1)]
    assert [json.dumps(sorted(signs(visit))) for visit in week if "A00.9" in signs(visit)] == ['["A00.9", "diarrhoea", "vomiting"]']
