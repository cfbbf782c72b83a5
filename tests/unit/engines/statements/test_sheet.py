"""The two-card sheet by hand: points, quality, truth, share, lines; frozen, thawed, asked what if."""

import json
from datetime import date
from decimal import Decimal

import pytest

from declarations import shipped
from kangyu.engines.statements import (
    Figured,
    RowFacts,
    compute,
    declared_in,
    digest_of,
    frozen,
    period_before,
    period_of,
    period_words,
    prepare,
    rows_among,
    thaw,
)
from kangyu.kernel.errors import ProblemsError
from kangyu.kernel.period import Period

HALF = Period(date(2025, 1, 1), date(2025, 6, 30))
HOSPITAL = {"kind": "township_hospital", "level": 1, "public": True}


def facts(id, counts, figures=None, checked=(0, 0), advance=0.0, **more):
    named = {f"public_health.{key}": count for key, count in counts.items() if key not in ("outpatient", "home_visit")}
    named |= {f"family_doctor.{key}": count for key, count in counts.items() if key in ("outpatient", "home_visit")}
    named |= {"checked": checked[0], "found_true": checked[1]}
    values = {f"quality.{key}": Figured(*value) for key, value in (figures or {}).items()}
    lines = [{"id": "1", "on": date(2025, 1, 26), "purpose": "advance", "put": advance}] if advance else []
    return RowFacts(id, id.upper(), HOSPITAL, named, values, {"subsidy_money": lines}, **more)


@pytest.fixture(scope="module")
def prepared():
    return prepare(shipped(), shipped().statements["two_card_appraisal"])


@pytest.fixture(scope="module")
def two():
    north = facts("north", {"hypertension": 100, "elderly": 10, "outpatient": 30}, {"hypertension": (35.0, 35, 100)}, (10, 9), 1000.5)
    south = facts("south", {"diabetes": 50, "home_visit": 20}, {"hypertension": (80.0, 8, 10), "elderly": (36.0, 36, 100)}, (4, 0))
    return [north, south]


def test_points_are_counts_times_equivalents_and_the_column_is_their_sum(prepared, two):
    north, south = compute(prepared, two, HALF).rows
    assert north.points["public_health"]["hypertension"].points == Decimal("120.00")
    assert north.values["public_health"] == Decimal("170.00") == sum(one.points for one in north.points["public_health"].values())
    assert north.values["family_doctor"] == Decimal("30.00")
    assert (south.values["public_health"], south.values["family_doctor"]) == (Decimal("70.00"), Decimal("60.00"))


def test_untrue_checks_cut_the_workload_and_few_checks_do_not(prepared, two):
    north, south = compute(prepared, two, HALF).rows
    assert (north.values["truth"], north.values["workload"]) == (Decimal("0.9000"), Decimal("180.00"))
    assert (south.values["truth"], south.values["workload"]) == (Decimal("1.0000"), Decimal("130.00"))


def test_quality_leaves_out_what_concerns_nobody_and_scales_the_rest(prepared, two):
    north, south = compute(prepared, two, HALF).rows
    assert north.points["quality"]["hypertension"].score == Decimal("0.5000")
    assert north.points["quality"]["child"].points is None
    assert north.values["quality"] == Decimal("50.00")  # 17.5 of 35
    assert south.values["quality"] == Decimal("79.17")  # (35 + 12.5) of 60


def test_the_pool_is_shared_exactly_by_the_score_and_the_advance_is_taken_off(prepared, two):
    sheet = compute(prepared, two, HALF)
    north, south = sheet.rows
    assert (north.values["score"], south.values["score"]) == (Decimal("90.00"), Decimal("102.92"))
    assert north.share == Decimal("279908.77") and north.share + south.share == Decimal(600000)
    assert north.values["pay"] == north.share - Decimal("1000.50")
    assert sheet.totals["share"] == Decimal(600000) and sheet.totals["pay"] == Decimal("598999.50")


def test_a_row_whose_weight_cannot_be_computed_stops_the_sheet(prepared, two):
    nothing = facts("west", {"hypertension": 5})
    with pytest.raises(ProblemsError, match="WEST"):
        compute(prepared, [*two, nothing], HALF)


def test_only_the_institutions_named_are_rows(prepared):
    candidates = [RowFacts("a", "甲", HOSPITAL), RowFacts("b", "乙", {**HOSPITAL, "kind": "village_clinic"})]
    assert [one.id for one in rows_among(prepared, candidates, HALF)] == ["a"]


def test_a_frozen_sheet_is_one_text_and_thaws_to_the_same_sheet(prepared, two):
    text = frozen(prepared, compute(prepared, two, HALF), HALF, {"label": "2025 年上半年"})
    assert text == frozen(prepared, compute(prepared, two, HALF), HALF, {"label": "2025 年上半年"})
    assert list(declared_in(json.loads(text)).columns) == list(prepared.statement.columns)
    statement, period, again = thaw(text, prepared.reads)
    assert (statement, period) == (prepared.statement, HALF)
    assert frozen(prepared, compute(prepared, again, period), period, {"label": "2025 年上半年"}) == text
    assert digest_of(text) != digest_of(text.replace("279908.77", "279908.78"))


def test_other_settings_move_the_money_and_nothing_else(prepared, two):
    dearer = prepare(shipped(), prepared.statement, changed={"unit_diabetes": 2.8, "two_card_pool": 500000})
    north, south = compute(dearer, two, HALF).rows
    assert south.values["public_health"] == Decimal("140.00") and north.values["public_health"] == Decimal("170.00")
    assert north.share + south.share == Decimal(500000) and dearer.settings["unit_diabetes"].value == 2.8
    assert prepared.settings["unit_diabetes"].value == 1.4


def test_periods_are_those_of_the_calendar():
    assert period_of("half_year", date(2025, 8, 1)) == Period(date(2025, 7, 1), date(2025, 12, 31))
    assert period_before("half_year", HALF) == Period(date(2024, 7, 1), date(2024, 12, 31))
    assert period_of("quarter", date(2025, 5, 9)) == Period(date(2025, 4, 1), date(2025, 6, 30))
    assert [period_words(kind, HALF) for kind in ("half_year", "year")] == ["2025 年上半年", "2025 年"]
