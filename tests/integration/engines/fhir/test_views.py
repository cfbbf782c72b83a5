"""Views on PostgreSQL beyond the official cases: what our own tables need, and what goes wrong in words."""

import datetime

import psycopg
import pytest

from kangyu.engines.fhir.views import compile_view
from kangyu.kernel.errors import UserError

PATIENTS = [
    {
        "resourceType": "Patient",
        "id": "p1",
        "birthDate": "1950-02",
        "_birthDate": {"extension": [{"url": "urn:sure", "valueBoolean": False}]},
        "name": [{"family": "张%'s", "given": ["小", "样"]}, {"family": "李"}],
        "managingOrganization": {"reference": "Organization/o1/_history/2"},
        "generalPractitioner": [{"reference": "http://x.example/fhir/PractitionerRole/r1"}],
        "address": [{"extension": [{"url": "urn:area", "valueCode": "370830101"}], "period": {"start": "2024-05-06"}}],
        "multipleBirthInteger": 2,
    },
    {"resourceType": "Patient", "id": "p2", "managingOrganization": {"reference": "urn:uuid:1"}},
]
RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "id": "q1",
    "item": [
        {"linkId": "a", "item": [{"linkId": "a.1", "answer": [{"valueInteger": 1, "item": [{"linkId": "a.1.x"}]}]}]},
        {"linkId": "b"},
    ],
}


def view(resource, *columns, **rest):
    return {"resource": resource, "select": [{"column": [{"name": name, "path": path} for name, path in columns]}], **rest}


def column(resources, path, **rest):
    """One column over both patients, in order."""
    made = {"name": "x", "path": path, **rest}
    sql = compile_view({"resource": "Patient", "select": [{"column": [made]}]}, table="resources")
    return [row["x"] for row in resources.rows(f"{sql} ORDER BY r.id")]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("name.family = '李'", [False, None]),
        ("name[1].family = '李'", [True, None]),
        ("name.where(family.startsWith('张%')).given.join('')", ["小样", ""]),
        ("name.given.count()", [2, 0]),
        ("name.all(family.exists())", [True, True]),
        ("name.exists(family = '李')", [True, False]),
        ("today()", None),
        ("iif(name.exists(), 1, 2)", [1, 2]),
        ("iif(name.exists(), name[0].family, {})", ["张%'s", None]),
        ("coalesce(address[0].period.end, address[0].period.start, birthDate)", ["2024-05-06", None]),
        ("id.substring(1)", ["1", "2"]),
        ("id.substring(5)", [None, None]),
        ("address[0].period.start.daysTo(@2024-06-01)", [26, None]),
        (r"'a\\b%c'", [r"a\b%c"] * 2),
        ("birthDate < @1950-03", [True, None]),
        ("birthDate < @1950-02-15", [None, None]),
        ("birthDate.extension('urn:sure').value.ofType(boolean)", [False, None]),
        ("multipleBirth.ofType(integer) + 1 = 3", [True, None]),
        ("multipleBirth.exists()", [True, False]),
        ("multipleBirth as integer", [2, None]),
        ("multipleBirth is boolean", [False, False]),
        ("managingOrganization.getReferenceKey(Organization)", ["o1", None]),
        ("managingOrganization.getReferenceKey(Patient)", [None, None]),
        ("generalPractitioner.getReferenceKey(PractitionerRole)", ["r1", None]),
        ("generalPractitioner.getReferenceKey()", ["r1", None]),
        ("Patient.address.extension('urn:area').value.ofType(code)", ["370830101", None]),
        ("(active or name.exists()).not()", [False, None]),
        ("name.exists() xor address.exists()", [False, False]),
        ("name.exists() implies address.exists()", [True, True]),
        ("'it' & name[0].family & 'x'", ["it张%'sx", "itx"]),
        ("7 div 2 + 7 mod 2", [4, 4]),
        ("1 / 0", [None, None]),
        ("name.first().given.first().length()", [1, None]),
        ("%resource.id", ["p1", "p2"]),
    ],
)
def test_path_gives(resources, path, expected):
    resources.hold(PATIENTS)
    if expected is None:
        with pytest.raises(UserError, match="不支持"):
            column(resources, path)
    else:
        assert column(resources, path) == expected


def test_column_types_are_those_asked_for(resources):
    resources.hold(PATIENTS)
    dated = {"tag": [{"name": "ansi/type", "value": "DATE"}]}
    assert column(resources, "birthDate", **dated) == [datetime.date(1950, 2, 1), None]
    assert column(resources, "address.period.start", **dated) == [datetime.date(2024, 5, 6), None]
    assert column(resources, "name.given", collection=True) == [["小", "样"], []]
    assert column(resources, "multipleBirth.ofType(integer)", collection=True) == [[2], []]
    assert column(resources, "name[0]") == [PATIENTS[0]["name"][0], None]


def test_several_values_in_a_single_column_fail_when_run(resources):
    resources.hold(PATIENTS)
    with pytest.raises(psycopg.errors.CardinalityViolation):
        column(resources, "name.family")


def test_keys_of_the_table_pass_through(resources):
    resources.hold(PATIENTS)
    sql = compile_view(view("Patient", ("family", "name[1].family")), table="resources", keys=("id", "pid"))
    assert resources.rows(f"{sql} ORDER BY r.id")[0] == {"id": "p1", "pid": None, "family": "李"}


@pytest.mark.parametrize(
    ("kind", "value", "path", "expected"),
    [
        ("valueCode", "male", "gender = %c", [True, False]),
        ("valueDate", "1950-02", "birthDate = %c", [True, None]),
        ("valueDate", "1951-02", "birthDate = %c", [False, False]),
        ("valueDateTime", "2025-01-01", "deceased.ofType(dateTime) > %c", [True, None]),
        ("valueInstant", "2026-01-01T00:00:00Z", "meta.lastUpdated = %c", [True, None]),
        ("valueId", "p1", "id = %c", [True, False]),
        ("valueUri", "urn:s", "identifier.exists(system = %c)", [True, False]),
        ("valuePositiveInt", 1, "telecom.rank = %c", [True, None]),
        ("valueDecimal", 2.5, "multipleBirth.ofType(integer) > %c", [True, None]),
        ("valueBoolean", False, "active = %c", [True, None]),
        ("valueBase64Binary", "QUI=", "photo.data = %c", [True, None]),
    ],
)
def test_constants_are_compared_as_their_type(resources, kind, value, path, expected):
    first = {
        "resourceType": "Patient", "id": "p1", "gender": "male", "birthDate": "1950-02", "deceasedDateTime": "2025-03-01",
        "meta": {"lastUpdated": "2026-01-01T00:00:00Z"}, "identifier": [{"system": "urn:s", "value": "1"}], "active": False,
        "telecom": [{"system": "phone", "rank": 1}], "multipleBirthInteger": 3, "photo": [{"data": "QUI="}],
    }  # fmt: skip
    resources.hold([first, {"resourceType": "Patient", "id": "p2", "gender": "female", "birthDate": "1950"}])
    sql = compile_view(view("Patient", ("x", path), constant=[{"name": "c", kind: value}]), table="resources")
    assert [row["x"] for row in resources.rows(f"{sql} ORDER BY r.id")] == expected


def test_unions_nest(resources):
    resources.hold(PATIENTS[:1])
    family = {"forEach": "name", "column": [{"name": "x", "path": "family"}]}
    given = {"forEach": "name", "select": [{"forEach": "given", "column": [{"name": "x", "path": "$this"}]}]}
    key = {"column": [{"name": "x", "path": "id"}]}
    both = {"resource": "Patient", "select": [{"unionAll": [family, {"unionAll": [given, key]}]}]}
    assert [row["x"] for row in resources.rows(compile_view(both, table="resources"))] == ["张%'s", "李", "小", "样", "p1"]


def test_names_in_paths_never_become_sql(resources):
    resources.hold([RESPONSE])
    path = "item.where(`x' || version() || '` = 'a').linkId"
    hint = {"url": "urn:kangyu:ext:unique-item-key", "valueString": "item.x' || version() || '"}
    with pytest.raises(UserError, match="没有属性"):
        compile_view(view("QuestionnaireResponse", ("x", "item.`y' || '`")))
    sql = compile_view(view("QuestionnaireResponse", ("x", path), extension=[hint]), table="resources")
    assert resources.rows(sql) == [{"x": None}]


def test_repeat_reaches_every_depth(resources):
    resources.hold([RESPONSE])
    select = {"repeat": ["item", "answer.item"], "column": [{"name": "link", "path": "linkId"}]}
    rows = resources.rows(compile_view({"resource": "QuestionnaireResponse", "select": [select]}, table="resources"))
    assert sorted(row["link"] for row in rows) == ["a", "a.1", "a.1.x", "b"]


def test_row_index_counts_the_items_of_a_row(resources):
    resources.hold(PATIENTS)
    select = {"forEach": "name", "column": [{"name": "n", "path": "%rowIndex"}, {"name": "family", "path": "family"}]}
    rows = resources.rows(compile_view({"resource": "Patient", "select": [select]}, table="resources"))
    assert rows == [{"n": 0, "family": "张%'s"}, {"n": 1, "family": "李"}]


def test_nothing_gives_one_row_of_nulls_however_deep(resources):
    resources.hold(PATIENTS)
    inner = {"forEach": "given", "column": [{"name": "given", "path": "$this"}, {"name": "fixed", "path": "'x'"}]}
    both = [{"column": [{"name": "id", "path": "id"}]}, {"forEachOrNull": "name", "select": [inner]}]
    rows = resources.rows(compile_view({"resource": "Patient", "select": both}, table="resources"))
    assert rows == [
        {"id": "p1", "given": "小", "fixed": "x"},
        {"id": "p1", "given": "样", "fixed": "x"},
        {"id": "p2", "given": None, "fixed": None},
    ]


def test_unique_items_are_looked_up_not_searched(resources):
    resources.hold([RESPONSE])
    hint = {"url": "urn:kangyu:ext:unique-item-key", "valueString": "item.linkId"}
    plain = view("QuestionnaireResponse", ("a", "item.where(linkId = 'a').item.linkId"), ("b", "item.where(linkId = 'b').exists()"))
    expected = [{"a": "a.1", "b": True}]
    assert resources.rows(compile_view(plain, table="resources")) == expected
    hinted = compile_view({**plain, "extension": [hint]}, table="resources")
    assert hinted.count("array_agg(e.v)") == 1
    assert resources.rows(hinted) == expected


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (view("Patient", ("x", "nmae")), "列 x：Patient 没有属性 nmae"),
        (view("Patient", ("x", "name.where(family)")), "是或否"),
        (view("Patient", ("x", "multipleBirth.ofType(Quantity)")), "可用的类型：boolean、integer"),
        (view("Patient", ("x; DROP TABLE y", "id")), "列名"),
        (view("Patient", ("x", "id"), ("x", "id")), "重复：x"),
        (view("Patient", ("x", "name.where(family = 'a'")), r"第 \d+ 个字符处缺少 \)"),
        (view("Patient", ("x", "%none")), "没有定义"),
        (view("Patient", ("x", "name.first(1)")), "参数个数"),
        (view("Patient"), "没有任何列"),
        ({"resource": "Patient", "select": {"column": []}}, "应为列表"),
        ({"resource": "Patient", "select": [{"column": [{"name": "x"}]}]}, "缺少 path"),
        ({"resource": "Patient", "select": [{"forEach": "name", "repeat": ["name"], "column": []}]}, "不能同时有"),
    ],
)
def test_wrong_view_is_refused_in_words(wrong, told):
    with pytest.raises(UserError, match=told):
        compile_view(wrong)


def test_union_of_unlike_columns_is_refused():
    branches = [{"column": [{"name": name, "path": "id"}]} for name in ("a", "b")]
    with pytest.raises(UserError, match="各分支的列应相同"):
        compile_view({"resource": "Patient", "select": [{"unionAll": branches}]})
