"""The limits of drinking water read a second time, from the shared table of the standard, and held against the register's rules."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from declarations import shipped
from kangyu.engines.cases.assessment import judge
from kangyu.engines.language.subject import Subject
from kangyu.engines.registers import prepare

TABLE = Path(__file__).resolve().parents[2].parent / "shared/reference/care-and-management.md"
READY = prepare(shipped(), shipped().registers["water_point"])
FIELDS = {
    "菌落总数": "colony_count", "浑浊度": "turbidity", "COD_Mn": "permanganate", "砷": "arsenic", "镉": "cadmium", "铅": "lead",
    "汞": "mercury", "铬(六价)": "chromium", "氟化物": "fluoride", "硝酸盐氮": "nitrate", "氨(N)": "ammonia", "总硬度": "hardness",
    "溶解性总固体": "solids", "三氯甲烷": "trichloromethane",
}  # fmt: skip
PAIRS = {
    "铁 / 锰": ("iron", "manganese"), "氯化物/硫酸盐": ("chloride", "sulphate"), "溴酸盐 / 亚氯酸盐": ("bromate", "chlorite"),
}  # fmt: skip
RESIDUALS = {"游离余氯": "free_chlorine", "总氯(氯胺)": "chloramine", "二氧化氯": "chlorine_dioxide"}
ONLY_IN_TEXT = {"colony_count": 500}
"""The relaxed limit of a small supply that the table leaves to the standard's footnote."""


def written() -> dict[str, str]:
    """Item → limit as the table has them."""
    if not TABLE.exists():
        pytest.skip("the shared reference table is not here")
    part = TABLE.read_text(encoding="utf-8").partition("GB 5749-2022")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    return {row[at]: row[at + 1] for row in cells if len(row) == 4 for at in (0, 2)}


def over(answers: dict[str, object], **it: str) -> list[str]:
    fields = {"kind": "tap", "scale": "large", "disinfection": "none", **it}
    subject = Subject(fields, {}, date(2025, 11, 21))
    return judge(READY.rules, replace(subject, form={**dict.fromkeys(READY.rules.form.fields), **answers})).derived["over"].value


def limits() -> list[tuple[str, float, float]]:
    """Field, limit of a large supply, limit of a small one."""
    found = []
    for item, text in written().items():
        if item in FIELDS:
            usual, small = float(re.findall(r"[\d.]+", text)[0]), re.search(r"小型 ([\d.]+)", text)
            found.append((FIELDS[item], usual, float(small[1]) if small else ONLY_IN_TEXT.get(FIELDS[item], usual)))
        elif item in PAIRS:
            numbers = re.findall(r"[\d.]+", text)
            found += [(field, float(one), float(one)) for field, one in zip(PAIRS[item], numbers, strict=True)]
    return found


def test_every_number_of_the_table_is_a_rule_that_holds_at_the_limit_and_not_above():
    read = limits()
    assert len(read) == len(FIELDS) + 2 * len(PAIRS)
    for field, usual, small in read:
        for scale, limit in (("large", usual), ("small", small)):
            assert over({field: limit}, scale=scale) == [], (field, scale)
            assert over({field: limit * 1.001}, scale=scale) == [field], (field, scale)


def test_only_four_limits_are_relaxed_for_small_supplies():
    assert {field for field, usual, small in limits() if usual != small} == {"colony_count", "turbidity", "fluoride", "nitrate"}


def test_residuals_are_bounded_as_the_table_says():
    for item, disinfection in RESIDUALS.items():
        outlet, top, tap = _bounds(written()[item])
        for kind, low in (("plant_outlet", outlet), ("tap", tap)):
            assert over({"residual": low}, kind=kind, disinfection=disinfection) == []
            assert over({"residual": low * 0.99}, kind=kind, disinfection=disinfection) == ["residual_low"]
            if top:
                assert over({"residual": top}, kind=kind, disinfection=disinfection) == []
                assert over({"residual": top * 1.01}, kind=kind, disinfection=disinfection) == ["residual_high"]


def _bounds(text: str) -> tuple[float, float, float]:
    """The least at the plant, the most, the least at the tap."""
    outlet, top = re.search(r"出厂 ≥([\d.]+) ≤([\d.]+)", text).groups()
    return float(outlet), float(top), float(re.search(r"末梢 ≥([\d.]+)", text)[1])


def test_germs_may_not_be_found_and_acidity_lies_between():
    assert written()["总大肠菌群、大肠埃希"] == "不得检出"
    assert (over({"total_coliform": 1}), over({"e_coli": 1}), over({"total_coliform": 0})) == (["total_coliform"], ["e_coli"], [])
    low, high = (float(number) for number in written()["pH"].split("–"))
    assert [over({"ph": value}) for value in (low, high, low - 0.1, high + 0.1)] == [[], [], ["ph"], ["ph"]]
