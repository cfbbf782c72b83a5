"""FHIR search requests: what is understood, and that nothing is left out silently."""

from datetime import date

import pytest

from kangyu.engines.fhir import Condition, parse_search


def conditions(rtype, *query):
    found = parse_search(rtype, query)
    assert found.unknown == []
    return found.conditions


def unknown(rtype, *query):
    return parse_search(rtype, query).unknown


@pytest.mark.parametrize(
    ("rtype", "query", "expected"),
    [
        ("Patient", ("_id", "a,b"), [Condition("id", ("a", "b"))]),
        ("Patient", ("identifier", "urn:s|1"), [Condition("token", ("identifier|urn:s|1",), "identifier")]),
        ("Patient", ("identifier", "1"), [Condition("token", ("identifier|1",), "identifier")]),
        ("Patient", ("identifier", r"a\,b"), [Condition("token", ("identifier|a,b",), "identifier")]),
        ("Patient", ("name", "张 样"), [Condition("token", ("name~张样",), "name")]),
        ("Patient", ("name", "ZhangYang"), [Condition("token", ("name~zhangyang",), "name")]),
        ("Organization", ("name:contains", "中医院"), [Condition("token", (f"name*{p}",), "name") for p in ("中医", "医院")]),
        ("Observation", ("code", "85354-9"), [Condition("code", ("code|85354-9",), "code", codes=("85354-9",))]),
        ("Encounter", ("type", "urn:s|home,|x"), [Condition("code", ("type|urn:s|home", "type|x"), "type", codes=("home", "x"))]),
        ("Observation", ("code:not", "1"), [Condition("code", ("code|1",), "code", negated=True)]),
        ("Observation", ("category", "vital-signs"), [Condition("code", ("category|vital-signs",), "category")]),
        ("Patient", ("gender", "male,female"), [Condition("code", ("gender|male", "gender|female"), "gender")]),
        ("Patient", ("gender:not", "male"), [Condition("code", ("gender|male",), "gender", negated=True)]),
        ("Patient", ("organization", "o1"), [Condition("reference", ("organization|Organization/o1",), "organization")]),
        ("Observation", ("patient", "p1"), [Condition("person", ("p1",), "subject")]),
        ("Observation", ("subject", "Patient/p1,Patient/p2"), [Condition("person", ("p1", "p2"), "subject")]),
        ("Observation", ("subject:Patient", "p1"), [Condition("person", ("p1",), "subject")]),
        ("Observation", ("subject", "Location/l"), [Condition("reference", ("subject|Location/l",), "subject")]),
        ("Immunization", ("patient", "Patient/p1"), [Condition("person", ("p1",), "patient")]),
        ("Task", ("patient", "p1"), [Condition("person", ("p1",), "for")]),
        ("Encounter", ("practitioner", "d1"), [Condition("reference", ("participant|Practitioner/d1",), "practitioner")]),
        ("Patient", ("birthdate", "1950-02"), [Condition("date", (("eq", date(1950, 2, 1), date(1950, 2, 28)),), "date")]),
        ("Encounter", ("date", "ge2024,lt2020"), [
            Condition("date", (("ge", date(2024, 1, 1), date(2024, 12, 31)), ("lt", date(2020, 1, 1), date(2020, 12, 31))), "date"),
        ]),
        ("Patient", ("_lastUpdated", "gt2024-05-06"), [Condition("updated", (("gt", date(2024, 5, 6), date(2024, 5, 6)),), "updated")]),
        ("Condition", ("onset-date", "2024"), [
            Condition("date", (("eq", date(2024, 1, 1), date(2024, 12, 31)),), "date"),
            Condition("code", ("onset-date:missing",), "onset-date", negated=True),
        ]),
    ],
)  # fmt: skip
def test_parameter_becomes_conditions(rtype, query, expected):
    assert conditions(rtype, query) == expected


@pytest.mark.parametrize(
    ("rtype", "query"),
    [
        ("Patient", ("shoe-size", "44")),
        ("Patient", ("birthdate", "ap1950")),
        ("Patient", ("birthdate", "1950-02-30")),
        ("Patient", ("birthdate", "")),
        ("Patient", ("gender:text", "x")),
        ("Patient", ("identifier", "urn:s|")),
        ("Patient", ("name:exact", "张")),
        ("Patient", ("_count", "many")),
        ("Patient", ("_summary", "text")),
        ("Patient", ("_sort", "name")),
        ("Patient", ("_total", "accurate")),
        ("Patient", ("_include", "Patient:organization")),
        ("Patient", ("_has:Observation:patient:code", "x")),
        ("Patient", ("organization.name", "x")),
        ("Patient", ("_page", "nonsense")),
        ("Observation", ("value-quantity", "gt5")),
        ("Observation", ("date", "2024-05-06T10:00:00")),
        ("Observation", ("patient", "Group/g")),
        ("Observation", ("subject", "Patient/p1,Location/l")),
    ],
)
def test_what_cannot_be_answered_is_named(rtype, query):
    (told,) = unknown(rtype, query)
    assert told.startswith(query[0])


def test_controls_shape_the_answer():
    found = parse_search("Observation", [("_count", "5000"), ("_sort", "-date"), ("_elements", "code, status"), ("_format", "json")])
    assert (found.count, found.sort, found.elements, found.unknown) == (1000, "-date", ("code", "status"), [])
    assert parse_search("Observation", [("_summary", "count")]).count_only
    assert parse_search("Observation", [("_count", "0")]).count_only


def test_elements_keep_the_frame_and_mark_the_part():
    found = parse_search("Patient", [("_elements", "gender")])
    shown = found.shown({"resourceType": "Patient", "id": "p", "gender": "male", "_gender": {"id": "g"}, "birthDate": "1950"})
    assert shown == {
        "resourceType": "Patient", "id": "p", "gender": "male", "_gender": {"id": "g"},
        "meta": {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]},
    }  # fmt: skip


def test_cursor_continues_the_same_order_only():
    first = parse_search("Observation", [("_sort", "date")])
    page = first.cursor(("2024-05-06", "o1"))
    assert parse_search("Observation", [("_sort", "date"), ("_page", page)]).after == ("2024-05-06", "o1")
    assert parse_search("Observation", [("_page", page)]).after is None
    assert unknown("Observation", ("_page", page))


def test_cursor_of_the_last_update_keeps_its_fraction():
    page = parse_search("Patient", []).cursor(("2026-11-21 20:39:40.62+08", "p1"))
    assert parse_search("Patient", [("_page", page)]).after == ("2026-11-21 20:39:40.62+08", "p1")
