"""Whatever is answered comes back from the QuestionnaireResponse as it went in, also after JSON, and is valid R4."""

import base64
import json
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kangyu.engines.fhir import validate
from kangyu.engines.forms import Attached, Measured, Named, answers_of, attached, check_answers, differences, response, take_out
from kangyu.engines.language.subject import Subject
from world import every_field

TODAY = date(2025, 11, 21)
PNG = b"\x89PNG\r\n\x1a\n"
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf")), min_size=1, max_size=12)
days = st.dates(date(2000, 1, 1), TODAY)
codes = st.lists(st.sampled_from(["fever", "cough", "rash"]), unique=True)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2025, 11, 21)).map(lambda one: one.replace(microsecond=0))
numbers = st.decimals(30, 45, places=1).map(float)


def named(rtype: str):
    return st.builds(Named, st.from_regex(r"\A[a-z0-9]{1,20}\Z"), st.just(rtype), words)


def signed(kind: str, begins: bytes):
    return st.builds(Attached, st.just(kind), words, st.none() | moments, st.binary(max_size=40).map(lambda rest: begins + rest))


rows = st.fixed_dictionaries(
    {"who": words},
    optional={
        "days": st.integers(0, 60) | st.integers(0, 60).map(str),
        "hours": st.integers(0, 240).map(lambda n: n / 10),
        "signs": codes,
        "last_on": days | days.map(str),
        "why": words,
    },
)
answers = st.fixed_dictionaries(
    {},
    optional={
        "temperature": numbers | numbers.map(str),
        "count": st.integers(0, 500),
        "glucose": st.fixed_dictionaries({"value": st.integers(20, 900).map(str), "unit": st.just("mg/dL")})
        | st.decimals(1, 50, places=1).map(float),
        "abroad": st.booleans(),
        "fell_ill_on": days,
        "seen_at": moments | moments.map(lambda one: one.isoformat(" ", "minutes")),
        "bedtime": st.times().map(lambda one: one.strftime("%H:%M")),
        "level": st.sampled_from(["light", "heavy"]),
        "signs": codes,
        "name": words,
        "story": words,
        "severe_story": words,
        "patient": named("Patient"),
        "hospital": named("Organization"),
        "place": named("Location"),
        "signed": signed("image/png", PNG),
        "picture": signed("image/jpeg", b"\xff\xd8\xff"),
        "paper": signed("application/pdf", b"%PDF-"),
        "contacts": st.lists(rows, max_size=5),
    },
)


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    return every_field.prepared(tmp_path_factory.mktemp("content"))


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given_answers=answers)
def test_answers_come_back_from_the_response_as_they_went_in(form, given_answers):
    result = check_answers(form, given_answers, subject=Subject({}, {}, TODAY))
    assert [finding.message for finding in result.hard] == []
    kept, binaries = take_out(form, result.cleaned, id="r1", subject="Patient/p1")
    body = response(
        form, kept, id="r1", subject="Patient/p1", author="PractitionerRole/d", institution="Organization/o", on=TODAY, case="c1"
    )
    for resource in (body, *binaries):
        assert [issue.message for issue in validate(resource) if issue.severity == "error"] == []
    again = answers_of(form, json.loads(json.dumps(body)))
    assert again == kept
    assert differences(form, kept, again) == []
    for key, value in kept.items():
        assert type(again[key]) is type(value), key
    if isinstance(kept["glucose"], Measured):
        assert (again["glucose"].entered, again["glucose"].unit) == (kept["glucose"].entered, kept["glucose"].unit)
    if isinstance(kept["patient"], Named):
        assert (again["patient"].rtype, again["patient"].display) == (kept["patient"].rtype, kept["patient"].display)
    stored = {one["id"]: base64.b64decode(one["data"]) for one in binaries}
    for (_, was), (_, now) in zip(attached(result.cleaned), attached(again), strict=True):
        assert stored[now.binary] == was.data and now.title == was.title and now.at == was.at


@settings(max_examples=60, deadline=None)
@given(given_answers=answers)
def test_checking_what_was_kept_changes_nothing(form, given_answers):
    once = check_answers(form, given_answers, subject=Subject({}, {}, TODAY))
    twice = check_answers(form, once.cleaned, subject=Subject({}, {}, TODAY))
    assert twice.cleaned == once.cleaned and twice.shown == once.shown
