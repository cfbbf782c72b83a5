from datetime import date, datetime

import pytest

from declarations import shipped
from kangyu.engines.fhir import validate
from kangyu.engines.fhir.views import form_table, rows_table
from kangyu.engines.forms import Attached, Named, check_answers, differences, questionnaire
from kangyu.engines.language.subject import Subject
from world import every_field

TODAY = date(2025, 11, 21)
PNG = b"\x89PNG\r\n\x1a\n1"


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    return every_field.prepared(tmp_path_factory.mktemp("content"))


def check(form, reasons=None, **answers):
    return check_answers(form, answers, subject=Subject({}, {}, TODAY), reasons=reasons)


def only(result):
    (finding,) = result.findings
    return finding


def test_a_quantity_is_stored_in_its_unit_and_remembers_what_was_entered(form):
    glucose = check(form, glucose={"value": "126", "unit": "mg/dL"}).cleaned["glucose"]
    assert glucose == 6.99 and (glucose.entered, glucose.unit) == (126, "mg/dL")
    assert check(form, glucose="7.0").cleaned["glucose"].unit == "mmol/L"


def test_the_range_of_a_quantity_holds_in_the_unit_it_is_kept_in(form):
    assert "应在 0.5–60" in only(check(form, glucose={"value": "1200", "unit": "mg/dL"})).message
    assert "不能用 g/L 录" in only(check(form, glucose={"value": "1.2", "unit": "g/L"})).message


@pytest.mark.parametrize(
    ("name", "entered", "unit", "kept"),
    [("body_weight_units", 130, "{jin}", 65), ("body_weight_units", 3250, "g", 3.25), ("temperature_units", 98.6, "[degF]", 37.0),
     ("glucose_units", 126, "mg/dL", 6.99), ("cholesterol_units", 200, "mg/dL", 5.17)],
)  # fmt: skip
def test_the_shipped_conversions_are_those_of_the_handbooks(name, entered, unit, kept):
    conversion = shipped().definitions[name].conversion
    other = conversion.others[unit]
    assert round(entered * other.factor + other.offset, conversion.decimals) == kept


def test_rows_are_computed_one_by_one_and_summed_beside_the_table(form):
    rows = [{"who": "甲", "days": "3", "hours": "2"}, {"who": "乙", "days": "8", "hours": "1.5", "why": "同住"}]
    cleaned = check(form, contacts=rows).cleaned
    assert [row["total"] for row in cleaned["contacts"]] == [6, 12]
    assert [row["why"] for row in cleaned["contacts"]] == [None, "同住"]
    assert (cleaned["contact_count"], cleaned["contact_hours"], cleaned["twice"]) == (2, 18, 36)


def test_a_computed_field_is_computed_whatever_was_sent(form):
    assert check(form, contact_count="99", contacts=[]).cleaned["contact_count"] == 0


def test_a_finding_in_a_row_names_the_row(form):
    finding = only(check(form, contacts=[{"id": "1", "who": "甲"}, {"id": "4", "who": "乙", "days": "600"}]))
    assert finding.fields == ("contacts.4.days",) and form.title("contacts.4.days") == "接触者 4 接触天数"
    assert finding.fix == {"contacts.4.days": 60}
    assert only(check(form, contacts=[{"days": 2}])).fields == ("contacts.1.who",)


def test_an_empty_row_is_no_row_and_too_many_are_too_many(form):
    assert check(form, contacts=[{"id": "1", "who": " "}, {"id": "2", "who": "乙"}]).cleaned["contacts"][0]["id"] == "2"
    assert "最多 5 行" in only(check(form, contacts=[{"who": str(n)} for n in range(6)])).message


def test_a_soft_check_of_a_row_passes_with_a_reason(form):
    rows = [{"id": "1", "who": "甲", "last_on": "2025-11-01"}]
    finding = only(check(form, fell_ill_on="2025-11-10", contacts=rows))
    assert not finding.hard and finding.key == "contacts.1.after_onset"
    assert check(form, {finding.key: "confirmed"}, fell_ill_on="2025-11-10", contacts=rows).ok


def test_times_are_read_as_people_write_them(form):
    cleaned = check(form, seen_at="2025/11/20 8:30".replace(" 8", " 08"), bedtime="8:05").cleaned
    assert cleaned["seen_at"] == datetime(2025, 11, 20, 8, 30) and cleaned["bedtime"] == "08:05"
    assert "不是时间" in only(check(form, bedtime="25:00")).message
    assert "2025-11-21 08:30" in only(check(form, seen_at="昨天")).message


def test_a_file_is_taken_by_kind_size_and_content(form):
    big = Attached("image/png", "x", data=PNG + b"0" * 300_000)
    assert "最大 200 KB" in only(check(form, signed=big)).message
    assert "只收 PDF、JPEG、PNG" in only(check(form, paper=Attached("text/html", "x.html", data=b"<p>"))).message
    assert "不是 PDF" in only(check(form, paper=Attached("application/pdf", "x.pdf", data=b"<html>"))).message
    assert check(form, signed="data:image/png;name=张三;base64,iVBORw0KGgo=").cleaned["signed"].title == "张三"
    assert "重新签" in only(check(form, signed="data:image/png;base64,???")).message


def test_a_reference_that_was_not_found_is_not_taken(form):
    assert "没有找到" in only(check(form, hospital="某医院")).message
    assert check(form, hospital=Named("h1", "Organization", "县医院")).cleaned["hospital"] == "h1"


def test_the_questionnaire_nests_its_tables_and_says_when_a_question_is_asked(form):
    made = questionnaire(form)
    assert [issue.message for issue in validate(made) if issue.severity == "error"] == []
    items = {item["linkId"]: item for item in made["item"]}
    assert items["contacts"]["type"] == "group" and items["contacts"]["repeats"]
    assert [item["linkId"] for item in items["contacts"]["item"]][:2] == ["contacts.who", "contacts.days"]
    assert items["story"]["enableWhen"] == [{"question": "abroad", "operator": "=", "answerBoolean": True}]
    asked = items["severe_story"]
    assert asked["enableBehavior"] == "all" and asked["enableWhen"][0]["answerCoding"]["code"] == "heavy"
    assert items["contact_count"]["readOnly"]


def test_differences_say_what_changed_in_words(form):
    before = check(form, level="light", contacts=[{"id": "1", "who": "甲", "days": 2}, {"id": "2", "who": "乙"}]).cleaned
    after = check(form, level="heavy", glucose={"value": 126, "unit": "mg/dL"}, contacts=[{"id": "1", "who": "甲", "days": 3}]).cleaned
    found = {change.path: (change.title, change.before, change.after) for change in differences(form, before, after)}
    assert found["level"] == ("程度", "轻", "重")
    assert found["glucose"] == ("血糖", "没有填", "7.0 mmol/L（录入 126 mg/dL）") or found["glucose"][2].startswith("6.99 mmol/L（录入 126")
    assert found["contacts.1.days"] == ("接触者 1 接触天数", "2", "3")
    assert found["contacts.2"][2] == "删去"


def test_the_rows_of_a_table_are_a_table_of_their_own(form):
    from kangyu.engines.content.vocabulary import answer_kinds

    table = form.form.fields["contacts"]
    view = rows_table(form.form.name, "contacts", answer_kinds(table.fields))
    assert view.key == "all_fields_contacts" and view.columns["days"] == "number" and view.columns["signs"] == "list"
    own = form_table(form.form.name, answer_kinds(form.form.fields))
    assert "contacts" not in own.columns and own.columns["seen_at"] == "datetime" and own.columns["glucose"] == "number"
