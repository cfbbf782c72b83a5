"""What must hold of every record: valid FHIR, known references, right identity numbers, nothing after death, marked synthetic."""

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kangyu.engines.fhir import validate
from kangyu.kernel import identity_number
from unit.engines.twin import figures
from unit.engines.twin.figures import County, day, resources

REFERENCE = re.compile(r'"reference":"(\w+)/([^"]+)"')
AS_OF = date(2025, 11, 21)


def every_line(folder: Path) -> list[tuple[str, str]]:
    return [(path.name.split(".")[0], line) for path in sorted(folder.glob("*.ndjson")) for line in path.read_text().splitlines()]


def subject_of(resource: dict[str, Any]) -> str | None:
    reference = (resource.get("subject") or resource.get("patient") or {}).get("reference", "")
    return reference[8:] if reference.startswith("Patient/") else None


def happened(resource: dict[str, Any]) -> list[date]:
    """The days on which a resource says that something happened."""
    keys = ("effectiveDateTime", "authored", "occurrenceDateTime", "onsetDateTime", "recordedDate", "abatementDateTime")
    days = [day(resource[key]) for key in keys if key in resource]
    return days + [day(resource["period"][end]) for end in ("start", "end") if end in resource.get("period", {})]


def test_every_resource_is_valid_fhir_and_marked_synthetic(hamlet: Path) -> None:
    checked: Counter[str] = Counter()
    for kind, line in every_line(hamlet):
        resource = json.loads(line)
        assert resource["resourceType"] == kind
        assert resource["meta"]["tag"][0]["code"] == "HTEST", line
        if checked[kind] < 120:
            assert list(validate(resource)) == [], line
        checked[kind] += 1
    assert len(checked) == 14


def test_manifest_counts_what_was_written(hamlet: Path) -> None:
    manifest = json.loads((hamlet / "manifest.json").read_text())
    written = Counter(kind for kind, _ in every_line(hamlet))
    assert manifest["counts"] == dict(written)
    assert {name.split(".")[0] for name in manifest["files"]} == set(written)
    assert manifest["synthetic"] is True
    assert manifest["as_of"] == "2025-11-21"


def test_references_resolve_to_resources_of_files_that_come_no_later(hamlet: Path) -> None:
    known: set[tuple[str, str]] = set()
    for name in json.loads((hamlet / "manifest.json").read_text())["files"]:
        lines = (hamlet / name).read_text().splitlines()
        ids = [(name.split(".")[0], json.loads(line)["id"]) for line in lines]
        assert len(set(ids)) == len(ids)
        known.update(ids)
        missing = {found for line in lines for found in REFERENCE.findall(line)} - known
        assert missing == set()


def test_identity_numbers_are_right_and_unique(county: County) -> None:
    seen: set[str] = set()
    without = 0
    for patient in resources(county.folder, "Patient"):
        if "identifier" not in patient:
            without += 1
            assert day(patient["birthDate"]) >= date(2020, 1, 1)
            continue
        number = patient["identifier"][0]["value"]
        assert identity_number.fault(number) is None, number
        assert number.startswith("370899")
        assert identity_number.birth_date(number).isoformat() == patient["birthDate"]
        assert identity_number.sex(number) == patient["gender"]
        assert number not in seen
        seen.add(number)
    assert 0 < without < 50


def test_names_and_phones_cannot_be_taken_for_real_ones(county: County) -> None:
    for patient in resources(county.folder, "Patient"):
        assert "样" in patient["name"][0]["given"][0]
        assert patient["telecom"][0]["value"].startswith("100")
        assert len(patient["telecom"][0]["value"]) == 11


@pytest.mark.parametrize("kind", ["Condition", "Encounter", "EpisodeOfCare", "Immunization", "Observation", "QuestionnaireResponse"])
def test_nothing_happens_after_death_departure_or_the_last_day(county: County, kind: str) -> None:
    for resource in resources(county.folder, kind):
        person = county.people[subject_of(resource) or ""]
        for when in happened(resource):
            assert person["birth"] <= when <= min(person["until"], AS_OF), resource


def test_the_dead_have_one_cause_each(county: County) -> None:
    dead = {key for key, one in county.people.items() if one["death"] != figures.FAR}
    assert dead == set(county.causes)
    assert not any(cause.startswith("O") for key, cause in county.causes.items() if (AS_OF - county.people[key]["birth"]).days < 15 * 365)


def test_measurements_agree_with_the_forms_they_come_from(hamlet: Path) -> None:
    forms = {one["id"]: figures.answers(one) for one in resources(hamlet, "QuestionnaireResponse")}
    checked = 0
    for one in resources(hamlet, "Observation"):
        if figures.coding(one["code"]) != "85354-9" or "derivedFrom" not in one:
            continue
        form = forms[one["derivedFrom"][0]["reference"].split("/")[1]]
        assert [part["valueQuantity"]["value"] for part in one["component"]] == [form["systolic"], form["diastolic"]]
        checked += 1
    assert checked > 200


def test_outcomes_of_follow_ups_follow_from_the_readings(county: County) -> None:
    for person, forms in county.forms["hypertension_follow_up"].items():
        for on, given in forms:
            if given["visit_kind"]["code"] == "phone":
                assert "systolic" not in given and "derived.outcome" not in given
                continue
            goal = 150 if figures.age(county.people[person]["birth"], on) >= 65 else 140
            raised = given["systolic"] >= goal or given["diastolic"] >= 90
            expected = (
                "complication"
                if given["new_complication"]
                else "reaction"
                if given["adverse_reaction"]
                else "uncontrolled"
                if raised
                else "controlled"
            )
            assert given["derived.outcome"] == expected


def test_households_are_of_usual_size_and_some_of_the_old_live_alone(county: County) -> None:
    members: Counter[str] = Counter()
    alone_and_old = 0
    households = {}
    for patient in resources(county.folder, "Patient"):
        if county.people[patient["id"]]["until"] >= AS_OF:
            households[patient["id"]] = figures.extension(patient, "household")
            members[households[patient["id"]]] += 1
    for key, household in households.items():
        age = figures.age(county.people[key]["birth"], AS_OF)
        alone_and_old += age >= 65 and members[household] == 1
    assert 2.2 < len(households) / len(members) < 3.3
    assert alone_and_old > 50


def test_work_lists_on_the_as_of_date_hold_people_of_every_kind(county: County) -> None:
    kinds: Counter[str] = Counter()
    for person in county.residents(AS_OF):
        if county.enrolled("hypertension", person, AS_OF) is None:
            continue
        forms = [(on, given) for on, given in county.forms["hypertension_follow_up"][person] if "systolic" in given]
        visits = sorted((on, given["systolic"], given["diastolic"], given["derived.outcome"]) for on, given in forms)
        if not visits:
            continue
        gap = (AS_OF - visits[-1][0]).days
        kinds["due this week"] += 84 <= gap <= 91
        kinds["overdue"] += gap > 92
        kinds["very high"] += visits[-1][1] >= 180 or visits[-1][2] >= 110
        kinds["twice"] += len(visits) > 1 and all(visit[3] == "uncontrolled" for visit in visits[-2:])
        kinds["one short"] += sum((AS_OF - visit[0]).days < 365 for visit in visits) == 3
    assert min(kinds[kind] for kind in ("due this week", "overdue", "very high", "twice", "one short")) >= 2, kinds
