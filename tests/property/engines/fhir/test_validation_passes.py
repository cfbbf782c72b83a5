"""The quick look and the explanation are two passes over one rule set: they never disagree, and never raise."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kangyu.engines.fhir.validation import _compiler

PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "contained": [{"resourceType": "Organization", "id": "o", "name": "卫生院"}],
    "name": [{"text": "张样", "given": ["样", None], "_given": [None, {"id": "x"}], "period": {"start": "2020", "end": "2021-02-03"}}],
    "gender": "female",
    "birthDate": "1950-02-28",
    "deceasedDateTime": "2024-05-06T08:30:00+08:00",
    "managingOrganization": {"reference": "#o"},
    "extension": [{"url": "urn:x", "valueQuantity": {"value": 1.5, "system": "urn:u", "code": "kg"}}],
}
odd = st.sampled_from([None, True, 0, 1.5, "", "x", "1950-02-30", [], {}, [None], [[]], ["x"], {"x": 1}, {"reference": "#n"}, "\x00"])


def places(value, at=()):
    yield at
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from places(part, (*at, key))


PLACES = [place for place in places(PATIENT) if place]


def replaced(value, place, new):
    if not place:
        return new
    if isinstance(value, list):
        return [replaced(part, place[1:], new) if index == place[0] else part for index, part in enumerate(value)]
    return {key: replaced(part, place[1:], new) if key == place[0] else part for key, part in value.items()}


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PLACES), odd, st.sampled_from(PLACES), odd)
def test_looking_and_explaining_agree(first, one, second, other):
    broken = replaced(PATIENT, first, one)
    if second in set(places(broken)):
        broken = replaced(broken, second, other)
    check = _compiler().resource
    assert (check.look(broken) is None) == (check.explain(broken) is None)
