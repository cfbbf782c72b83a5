"""Need against have at the boundary, shares, reach, and what cannot be known."""

from datetime import date

import pytest

from declarations import shipped
from kangyu.engines.geography import Place
from kangyu.engines.language.subject import Subject
from kangyu.engines.standards import judge, prepare, within

TODAY = date(2025, 11, 21)
CONTENT = shipped()


def standard(key: str):
    return prepare(CONTENT, CONTENT.standards[key])


def county(people: int, kind: str = "county", cars: tuple[tuple[str, bool], ...] = ()) -> Subject:
    rows = [{"id": str(n), "on": TODAY, "to": None, "state": state, "negative_pressure": low} for n, (state, low) in enumerate(cars)]
    return Subject({"code": "370899", "level": "county", "kind": kind, "population": people}, {"ambulances": rows}, TODAY)


@pytest.mark.parametrize(
    ("people", "kind", "need"),
    [
        (30_000, "district", 1),
        (30_001, "district", 2),
        (30_000, "county", 3),
        (500_000, "county", 50),
        (10_000, "county", 1),
        (0, "county", 0),
    ],
)
def test_ambulances_needed_by_population(people, kind, need):
    assert judge(standard("ambulances"), county(people, kind)).need == need


def test_only_cars_in_service_count_and_forty_per_cent_is_enough():
    two_of_five = (("in_service", True),) * 2 + (("in_service", False),) * 3
    found = judge(standard("ambulances"), county(50_000, cars=(*two_of_five, ("in_repair", True))))
    assert (found.need, found.have, found.gap, found.status) == (5, 5, 0, "met")
    found = judge(standard("ambulances"), county(50_000, cars=(*two_of_five[1:], ("in_service", False))))
    assert (found.also["negative_pressure"].share, found.status) == (0.2, "short")


def test_without_cars_the_share_is_unknown_and_the_place_is_short():
    found = judge(standard("ambulances"), county(30_000))
    assert (found.gap, found.also["negative_pressure"].status, found.status) == (3, "unknown", "short")


@pytest.mark.parametrize(("kind", "kilometres", "status"), [("street", 5, "short"), ("town", 20, "met")])
def test_reach_is_five_kilometres_in_town_and_twenty_in_the_country(kind, kilometres, status):
    ready = standard("emergency_reach")
    subject = Subject({"code": "370899001", "level": "township", "kind": kind, "population": 400}, {}, TODAY)
    homes = [Place("v1", 116.0, 36.0, 300), Place("v2", 116.1, 36.0, 100)]
    found = judge(ready, subject, places=homes, things={"near": [Place("s", 116.0, 36.0)]})
    assert (found.reach["near"].kilometres, found.status) == (kilometres, status)


def test_a_closed_station_does_not_count():
    ready = standard("emergency_reach")
    assert within(ready, "near", Subject({"state": "open"}, {}, TODAY))
    assert not within(ready, "near", Subject({"state": "closed"}, {}, TODAY))


def stock(
    *changes: tuple[float, str, str | None], taken: tuple[tuple[str, float], ...] = (), limit: float | None = 10, state: str = "listed"
):
    lines = [
        {"id": str(n), "on": date(2025, 1, 1), "change": change, "state": kind, "expiry": date.fromisoformat(expiry) if expiry else None}
        for n, (change, kind, expiry) in enumerate(changes)
    ]
    days = [{"id": day, "on": date.fromisoformat(day), "put": 0.0, "taken": used} for day, used in taken]
    fields = {"id": "i", "state": state, "daily_limit": limit}
    return Subject(fields, {"emergency_stock": lines, "emergency_stock_days": days}, TODAY)


def test_three_months_of_the_highest_day_within_a_year():
    ready = standard("three_months")
    found = judge(ready, stock((500, "usable", None), taken=(("2025-10-01", 6), ("2025-03-01", 4), ("2024-11-21", 99))))
    assert (found.need, found.have, found.gap) == (540, 500, 40)


def test_expired_stock_and_stock_on_its_way_do_not_count_and_the_last_day_does():
    ready = standard("three_months")
    found = judge(ready, stock((10, "usable", "2025-11-20"), (20, "usable", "2025-11-21"), (40, "in_transit", None), (80, "usable", None)))
    assert found.have == 100


def test_without_use_the_drill_limit_stands_in_and_what_is_no_longer_held_is_not_asked():
    ready = standard("three_months")
    assert judge(ready, stock()).need == 900
    assert judge(ready, stock(limit=None)).status == "unknown", "what nobody has worked out is not kept"
    assert judge(ready, stock(state="retired")) is None
