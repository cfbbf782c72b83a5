"""Quantities that meet must have one unit; literals and products go with any."""

import pytest

from kangyu.engines.language import ExpressionError, Schema, Table, Type, check

N, D = Type.NUMBER, Type.DATE
SCHEMA = Schema(
    subject={"birth_date": D},
    tables={"glucose": Table("glucose", {"value": N}), "weights": Table("weights", {"value": N, "before": N})},
    fields={"systolic": N, "diastolic": N, "weight": N, "height": N, "age_months": N, "plain": N},
    units={
        "systolic": "mm[Hg]",
        "diastolic": "mm[Hg]",
        "weight": "kg",
        "height": "m",
        "age_months": "mo",
        "glucose.value": "mmol/L",
        "weights.value": "kg",
        "weights.before": "g",
    },
)


@pytest.mark.parametrize(
    "text",
    [
        "systolic - diastolic >= 20",
        "weight / (height * height) >= 24",
        "weight * 1000 > height",
        "max(weights.value) > weight",
        "plain > weight",
        "case when systolic > 140 then weight else 0 end > 50",
        "last(glucose.value) >= 7",
        "age() >= 35 and months(since it.birth_date) = age_months",
        "count(glucose where value >= 7) > 2",
    ],
)
def test_what_fits_is_accepted(text: str) -> None:
    check(text, SCHEMA)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("systolic > weight", "weight"),
        ("systolic + weight > 3", "weight"),
        ("systolic between 90 and height", "height"),
        ("last(glucose.value) > systolic", "systolic"),
        ("exists(weights where value > before)", "before"),
        ("least(weight, height) > 1", "height"),
        ("age() >= age_months", "age_months"),
        ("case when true then systolic else weight end > 1", "weight"),
        ("round(weight) > -height", "height"),
    ],
)
def test_two_units_are_refused_where_the_second_stands(text: str, at: str) -> None:
    with pytest.raises(ExpressionError, match="单位") as refused:
        check(text, SCHEMA)
    assert text[refused.value.position :].lstrip("-").startswith(at)
