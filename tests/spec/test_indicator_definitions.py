"""What the shipped indicators say of single persons and institutions, at the edges where definitions are argued about."""

from datetime import date
from functools import lru_cache

import pytest

from declarations import shipped
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.texts import indicator_texts
from kangyu.engines.content.vocabulary import event_tables
from kangyu.engines.language import check
from kangyu.engines.language.python_target import compile_python
from kangyu.engines.language.subject import Subject
from kangyu.kernel.period import Period

YEAR = Period(date(2025, 1, 1), date(2025, 12, 31))
HOME = [{"on": date(1950, 1, 1), "birth_date": None}]


@lru_cache
def programs(key):
    """One program for each expression of an indicator, by its name."""
    types, _ = derived_types(shipped())
    tables = event_tables(shipped(), {visit_table(shipped(), name): found for name, found in types.items()})
    texts = indicator_texts(shipped(), shipped().indicators[key], tables)
    return {text.path[0]: compile_python({"x": check(text.text, text.schema, text.expect)}) for text in texts}


def value(key, part, *, birth=date(1960, 1, 1), period=YEAR, **tables):
    rows = {name: [{"id": f"{name}{place}", **row} for place, row in enumerate(found)] for name, found in tables.items()}
    subject = Subject({"birth_date": birth, "sex": "female"}, rows, period.end, period=period)
    return programs(key)[part](subject)["x"]


def visits(*days, **answers):
    return [{"on": day, "visit_kind": "clinic", "systolic": 136, "diastolic": 84, **answers} for day in days]


def quarterly(count, year=2025):
    return [date(year, 2 + 2 * place, 10) for place in range(count)]


def member(programme, since=date(2020, 1, 1), to=None):
    return [{"on": since, "to": to, "programme": programme}]


def test_every_indicator_computes_or_is_reported():
    shapes = {indicator.shape for indicator in shipped().indicators.values()}
    assert shapes == {"share", "ratio", "life_expectancy", "probability_of_dying", "reported"}
    listed = set(shipped().value_sets["reported_indicator"].codes)
    assert {key for key, indicator in shipped().indicators.items() if indicator.reported} == listed


def managed(**tables):
    return value("hypertension_diabetes_management", "true_when", residents=HOME, **tables) is True


def test_four_measured_visits_face_to_face_make_managed():
    episodes = member("hypertension")
    assert managed(episodes=episodes, hypertension_follow_up=visits(*quarterly(4)))
    assert not managed(episodes=episodes, hypertension_follow_up=visits(*quarterly(3)))
    assert not managed(episodes=episodes, hypertension_follow_up=visits(*quarterly(3)) + visits(date(2025, 12, 1), visit_kind="phone"))
    assert not managed(episodes=episodes, hypertension_follow_up=visits(*quarterly(3)) + visits(date(2025, 12, 1), systolic=None))
    assert not managed(episodes=episodes, hypertension_follow_up=visits(*quarterly(3), date(2024, 12, 31)))


@pytest.mark.parametrize(
    ("since", "needed"),
    [
        (date(2025, 1, 1), 4),
        (date(2025, 1, 2), 3),
        (date(2025, 4, 1), 3),
        (date(2025, 7, 1), 2),
        (date(2025, 10, 1), 1),
        (date(2025, 12, 30), 1),
    ],
)
def test_who_was_enrolled_in_the_year_owes_his_share(since, needed):
    episodes = member("hypertension", since)
    days = [date(2025, 12, 31)] * needed
    assert managed(episodes=episodes, hypertension_follow_up=visits(*days))
    assert not managed(episodes=episodes, hypertension_follow_up=visits(*days[1:]))


def test_both_diseases_must_be_managed():
    episodes = [*member("hypertension"), *member("diabetes")]
    pressure, sugar = visits(*quarterly(4)), visits(*quarterly(4), fasting_glucose=6.5)
    assert managed(episodes=episodes, hypertension_follow_up=pressure, diabetes_follow_up=sugar)
    assert not managed(episodes=episodes, hypertension_follow_up=pressure, diabetes_follow_up=sugar[:3])
    assert not managed(episodes=episodes, hypertension_follow_up=pressure[:3], diabetes_follow_up=sugar)
    assert managed(episodes=member("diabetes"), diabetes_follow_up=sugar)


def test_who_left_or_moved_away_is_not_in_the_denominator():
    among = ("hypertension_diabetes_management", "among")
    assert value(*among, residents=HOME, episodes=member("hypertension")) is True
    assert value(*among, residents=HOME, episodes=member("hypertension", to=date(2025, 12, 30))) is False
    assert value(*among, residents=[{**HOME[0], "to": date(2025, 12, 30)}], episodes=member("hypertension")) is False


def controlled(*rows, birth=date(1980, 1, 1)):
    return value("hypertension_control", "true_when", birth=birth, hypertension_follow_up=rows) is True


def test_control_takes_the_last_visit_and_the_goal_of_the_age():
    high, low = visits(date(2025, 3, 1), systolic=150), visits(date(2025, 9, 1), systolic=139)
    assert controlled(*high, *low)
    assert not controlled(*visits(date(2025, 3, 1)), *visits(date(2025, 9, 1), systolic=140))
    assert controlled(*visits(date(2025, 9, 1), systolic=149), birth=date(1960, 12, 31))
    assert not controlled(*visits(date(2025, 9, 1), systolic=149), birth=date(1961, 1, 1))
    assert not controlled(*visits(date(2025, 9, 1), diastolic=90))
    assert not controlled()
    assert not controlled(*visits(date(2024, 12, 31)))


@pytest.mark.parametrize(("birth", "counted"), [(date(1960, 12, 31), True), (date(1961, 1, 1), False)])
def test_the_elderly_are_sixty_five_by_the_end_of_the_period(birth, counted):
    assert value("elderly_health_management", "among", birth=birth, residents=HOME) is counted


def test_a_check_counts_when_complete_and_explained():
    whole = {"on": date(2025, 5, 14), "complete": True, "guidance": True}
    key = ("elderly_health_management", "true_when")
    assert value(*key, elderly_health_check=[whole]) is True
    assert value(*key, elderly_health_check=[{**whole, "guidance": False}]) is False
    assert value(*key, elderly_health_check=[{**whole, "on": date(2024, 12, 31)}]) is False


@pytest.mark.parametrize(
    ("birth", "needed"),
    [
        (date(2025, 12, 1), 0),
        (date(2025, 11, 1), 0),
        (date(2025, 10, 31), 1),
        (date(2025, 8, 31), 2),
        (date(2025, 5, 31), 3),
        (date(2025, 3, 31), 4),
        (date(2025, 1, 1), 4),
        (date(2024, 12, 31), 2),
        (date(2023, 12, 31), 1),
    ],
)
def test_children_owe_checks_by_age(birth, needed):
    checks = [{"on": date(2025, 12, 15)}] * needed
    assert value("child_system_management", "true_when", birth=birth, child_check=checks) is True
    if needed:
        assert value("child_system_management", "true_when", birth=birth, child_check=checks[1:]) is False


DOSES = {"hepb": 3, "bcg": 1, "ipv": 2, "opv": 1, "dtap": 4, "mmr": 2, "je_live": 1, "mena": 2, "hepa_live": 1}


def test_every_vaccine_of_the_second_birthday_is_needed():
    rows = [{"on": date(2024, 6, 1), "vaccine": vaccine, "dose": dose} for vaccine, doses in DOSES.items() for dose in range(doses)]
    key = ("full_immunisation", "true_when")
    assert value(*key, birth=date(2023, 6, 1), immunizations=rows) is True
    for vaccine in DOSES:
        without = list(rows)
        without.remove(next(row for row in rows if row["vaccine"] == vaccine))
        assert value(*key, birth=date(2023, 6, 1), immunizations=without) is False, vaccine


@pytest.mark.parametrize(
    ("instead", "vaccine", "doses", "counted"),
    [("je_live", "je_inactivated", 2, True), ("je_live", "je_inactivated", 1, False), ("hepa_live", "hepa_inactivated", 1, True)],
)
def test_a_course_of_inactivated_vaccine_counts_as_well(instead, vaccine, doses, counted):
    given = {**{key: number for key, number in DOSES.items() if key != instead}, vaccine: doses}
    rows = [{"on": date(2024, 6, 1), "vaccine": key, "dose": dose} for key, number in given.items() for dose in range(number)]
    assert value("full_immunisation", "true_when", birth=date(2023, 6, 1), immunizations=rows) is counted


@pytest.mark.parametrize(("birth", "counted"), [(date(2023, 12, 31), True), (date(2024, 1, 1), False), (date(2022, 12, 31), False)])
def test_only_two_year_olds_are_asked_for_their_vaccines(birth, counted):
    assert value("full_immunisation", "among", birth=birth, residents=HOME) is counted


@pytest.mark.parametrize(
    ("birth", "infant", "under5"),
    [(date(2025, 6, 2), 1, 1), (date(2024, 6, 2), 1, 1), (date(2024, 6, 1), 0, 1), (date(2020, 6, 2), 0, 1), (date(2020, 6, 1), 0, 0)],
)
def test_deaths_are_counted_by_the_age_at_death(birth, infant, under5):
    deaths = [{"on": date(2025, 6, 1), "cause": "Q24.9"}] if birth <= date(2025, 6, 1) else [{"on": date(2025, 6, 9), "cause": "P07.3"}]
    assert value("infant_mortality", "top", birth=birth, deaths=deaths) == infant
    assert value("under5_mortality", "top", birth=birth, deaths=deaths) == under5


@pytest.mark.parametrize(("cause", "counted"), [("O72.1", 1), ("O99.4", 1), ("O96", 0), ("O97.0", 0), ("V89.2", 0), ("A34", 1)])
def test_maternal_deaths_leave_out_late_ones_and_accidents(cause, counted):
    assert value("maternal_mortality", "top", deaths=[{"on": date(2025, 6, 1), "cause": cause}]) == counted


def test_life_table_takes_age_at_death_and_age_at_mid_year():
    parts = {"deaths": [{"on": date(2025, 3, 1), "cause": "C34"}], "residents": HOME}
    key = "life_expectancy"
    assert value(key, "top", **parts) == 1
    assert value(key, "top_age", birth=date(1960, 3, 2), **parts) == 64
    assert value(key, "bottom", residents=HOME) == 1
    assert value(key, "bottom_age", birth=date(1960, 7, 1)) == 65
    assert value(key, "bottom_age", birth=date(1960, 7, 2)) == 64
    assert value(key, "bottom", residents=[{**HOME[0], "to": date(2025, 6, 30)}]) == 0


@pytest.mark.parametrize(("cause", "counted"), [("C97", 1), ("I10", 1), ("E14.9", 1), ("J44.9", 1), ("J18.9", 0), ("K70.3", 0), ("D46", 0)])
def test_premature_deaths_are_of_the_four_groups(cause, counted):
    assert value("premature_mortality", "top", deaths=[{"on": date(2025, 6, 1), "cause": cause}]) == counted


def test_mothers_are_managed_from_before_the_thirteenth_week_to_after_birth():
    record = {"on": date(2025, 4, 1), "live_births": 1, "first_antenatal_week": 12, "antenatal_visits": 5, "postnatal_visits": 1}
    key = ("maternal_system_management", "top")
    assert value(*key, maternal_delivery_record=[record]) == 1
    for short in ({"first_antenatal_week": 13}, {"antenatal_visits": 4}, {"postnatal_visits": 0}, {"first_antenatal_week": None}):
        assert value(*key, maternal_delivery_record=[{**record, **short}]) == 0
    assert value("maternal_system_management", "bottom", maternal_delivery_record=[{**record, "live_births": 2}]) == 2


def test_a_village_clinic_needs_four_kinds_in_service():
    kinds = ["tcm_acupuncture", "tcm_moxibustion", "tcm_cupping", "tcm_massage"]
    services = [{"on": date(2021, 1, 1), "specialty": kind} for kind in kinds]
    key = ("tcm_village_clinics", "true_when")
    assert value(*key, services=services) is True
    assert value(*key, services=[*services[:3], {**services[3], "specialty": "tcm_cupping"}]) is False
    assert value(*key, services=[*services[:3], {**services[3], "to": date(2025, 12, 30)}]) is False
    assert value(*key, services=[*services[:3], {**services[3], "specialty": "internal"}]) is False


@pytest.mark.parametrize(
    ("kind", "level", "public", "geriatrics", "tcm"),
    [
        ("general_hospital", 2, True, True, True),
        ("general_hospital", 3, False, True, False),
        ("general_hospital", 1, True, False, False),
        ("maternal_child_hospital", 2, True, False, True),
        ("tcm_hospital", 2, True, False, False),
    ],
)
def test_hospitals_that_must_have_a_department(kind, level, public, geriatrics, tcm):
    rows = [{"on": date(2000, 1, 1), "kind": kind, "level": level, "public": public}]
    assert value("geriatrics_departments", "among", institutions=rows) is geriatrics
    assert value("tcm_departments", "among", institutions=rows) is tcm


def test_staff_are_counted_by_licence_and_specialty_while_in_post():
    staff = [
        {"on": date(2010, 1, 1), "licence": "physician", "specialties": ["tcm"]},
        {"on": date(2010, 1, 1), "licence": "assistant_physician", "specialties": ["general_practice"]},
        {"on": date(2010, 1, 1), "to": date(2025, 12, 30), "licence": "physician", "specialties": []},
        {"on": date(2010, 1, 1), "licence": "nurse", "specialties": []},
        {"on": date(2010, 1, 1), "licence": "pharmacist"},
        {"on": date(2026, 1, 1), "licence": "public_health", "specialties": ["public_health"]},
    ]
    counts = {
        "physicians_per_1000": 2,
        "tcm_physicians_per_1000": 1,
        "general_practitioners_per_10000": 1,
        "nurses_per_1000": 1,
        "pharmacists_per_1000": 1,
        "public_health_staff_per_1000": 0,
    }
    assert {key: value(key, "top", staff=staff) for key in counts} == counts


def institution(kind="general_hospital", to=None):
    return [{"on": date(2010, 1, 1), "to": to, "kind": kind}]


BEDS = [
    {"on": date(2015, 1, 1), "kind": "general"},
    {"on": date(2015, 1, 1), "kind": "icu"},
    {"on": date(2015, 1, 1), "to": date(2025, 6, 1)},
]
STAYS = [
    {"on": date(2025, 3, 1), "kind": "inpatient", "days": 7},
    {"on": date(2025, 12, 31), "kind": "inpatient", "days": 1},
    {"on": date(2024, 12, 31), "kind": "inpatient", "days": 9},
    {"on": date(2025, 3, 1), "kind": "delivery", "days": 3},
]


def bed_use(*, institutions, period=YEAR):
    """Bed days used and bed days open of one institution."""
    rows = {"institutions": institutions, "beds": BEDS, "stays": STAYS}
    return value("bed_use", "top", period=period, **rows), value("bed_use", "bottom", period=period, **rows)


def test_bed_use_of_a_hospital_is_days_of_stays_over_beds_times_days():
    assert bed_use(institutions=institution()) == (7 + 1, 2 * 365)
    leap = Period(date(2024, 1, 1), date(2024, 12, 31))
    assert bed_use(institutions=institution(), period=leap) == (9, 3 * 366)


@pytest.mark.parametrize("kind", ["tcm_hospital", "specialised_hospital"])
def test_bed_use_counts_every_kind_of_hospital(kind):
    assert bed_use(institutions=institution(kind)) == (8, 730)


@pytest.mark.parametrize("kind", ["township_hospital", "community_centre", "maternal_child_hospital", "village_clinic"])
def test_bed_use_leaves_out_who_is_no_hospital(kind):
    assert bed_use(institutions=institution(kind)) == (0, 0)


def test_bed_use_leaves_out_a_hospital_closed_before_the_end():
    assert bed_use(institutions=institution(to=date(2025, 6, 1))) == (0, 0)


def test_a_figure_of_twelve_months_needs_no_calendar_year():
    rolling = Period(date(2024, 11, 22), date(2025, 11, 21))
    rows = visits(date(2024, 12, 1), date(2025, 3, 1), date(2025, 6, 1), date(2025, 9, 1))
    key = ("hypertension_diabetes_management", "true_when")
    assert value(*key, period=rolling, residents=HOME, episodes=member("hypertension"), hypertension_follow_up=rows) is True
    assert value(*key, period=YEAR, residents=HOME, episodes=member("hypertension"), hypertension_follow_up=rows) is False


def test_only_a_card_reported_within_its_hours_counts_as_in_time():
    card = {"reported_in_time": True, "reviewed_in_time": True, "complete": True, "merged": False}
    cards = [
        {**card, "on": date(2025, 3, 1)},
        {**card, "on": date(2025, 3, 2), "reported_in_time": False, "reviewed_in_time": None, "complete": None},
        {**card, "on": date(2025, 3, 3), "merged": True},
        {**card, "on": date(2024, 3, 3)},
    ]
    counted = {key: (value(key, "top", notifiable_cards=cards), value(key, "bottom", notifiable_cards=cards)) for key in CARDS}
    assert counted == {
        "notifiable_reported_in_time": (1, 2), "notifiable_reviewed_in_time": (1, 1), "notifiable_complete": (1, 2),
        "notifiable_duplicates": (1, 3),
    }  # fmt: skip


CARDS = ("notifiable_reported_in_time", "notifiable_reviewed_in_time", "notifiable_complete", "notifiable_duplicates")


def line(on, change, expiry=None, state="usable"):
    """A line of the ledger of emergency stock."""
    return {"on": on, "change": change, "expiry": expiry, "state": state, "store": "s", "item": "mask", "lot": "a"}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([line(date(2025, 1, 5), 30, YEAR.end), line(date(2025, 1, 5), 10, date(2025, 12, 30))], (30, 40)),
        ([line(date(2025, 1, 5), 60), line(date(2025, 3, 5), -20)], (40, 40)),
        ([line(date(2025, 1, 5), 8), line(date(2025, 1, 6), 5, state="in_transit"), line(date(2026, 1, 1), 90)], (8, 8)),
        ([line(date(2025, 1, 5), 7, date(2025, 6, 1)), line(date(2025, 7, 1), -7, date(2025, 6, 1))], (0, 0)),
    ],
    ids=["good on its last day", "without an end, less what was used", "neither on its way nor afterwards", "scrapped in time"],
)
def test_emergency_stock_counts_what_lies_there_at_the_end_of_the_period(lines, expected):
    found = tuple(value("supplies_in_date", part, emergency_stock=lines) for part in ("top", "bottom"))
    assert found == expected
