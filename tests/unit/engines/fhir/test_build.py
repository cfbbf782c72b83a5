"""The build step: bundles of the npm package in, one compact file out."""

import json

from kangyu.engines.fhir.build import PACKAGE, main
from kangyu.engines.fhir.definitions import read_definitions
from kangyu.engines.fhir.expansion import Expansion

BASE = "http://hl7.org/fhir/StructureDefinition/"


def profile(name, kind, elements, snapshot_only=()):
    own = [{"path": name, "min": 0, "max": "*"}, *elements]
    return {
        "resourceType": "StructureDefinition", "name": name, "kind": kind, "derivation": "specialization", "fhirVersion": "4.0.1",
        "snapshot": {"element": [*own, *snapshot_only]}, "differential": {"element": own},
    }  # fmt: skip


def package(folder, patient):
    files = {
        "profiles-types.json": [],
        "profiles-resources.json": [patient],
        "valuesets.json": [
            {"resourceType": "CodeSystem", "url": "urn:sex", "content": "complete", "concept": [{"code": "male"}, {"code": "female"}]},
            {"resourceType": "ValueSet", "url": "urn:sexes", "compose": {"include": [{"system": "urn:sex"}]}},
        ],
        "v3-codesystems.json": [],
        "v2-tables.json": [],
        "search-parameters.json": [
            {"resourceType": "SearchParameter", "code": "gender", "type": "token", "base": ["Patient"], "expression": "Patient.gender"}
        ],
    }
    (folder / PACKAGE).mkdir(parents=True)
    for name, resources in files.items():
        (folder / PACKAGE / name).write_text(json.dumps({"entry": [{"resource": r} for r in resources]}))


def test_build_writes_what_the_reader_reads(tmp_path, capsys):
    gender = {
        "path": "Patient.gender", "min": 0, "max": "1", "type": [{"code": "code"}],
        "binding": {"strength": "required", "valueSet": "urn:sexes"},
    }  # fmt: skip
    doctor = {
        "path": "Patient.doctor", "min": 0, "max": "*",
        "type": [{"code": "Reference", "targetProfile": [f"{BASE}Practitioner"]}],
    }  # fmt: skip
    later = {"path": "Patient.mood", "min": 0, "max": "1", "type": [{"code": "code"}]}
    package(tmp_path, profile("Patient", "resource", [gender, doctor], [later]))
    target = tmp_path / "share" / "out.json.gz"

    assert main(["--from", str(tmp_path), "--to", str(target)]) == 0

    built = read_definitions(target)
    assert [(e.name, e.maximum) for e in built.elements("Patient")] == [("gender", 1), ("doctor", 0)]
    assert built.elements("Patient")[1].types[0].targets == {"Practitioner"}
    assert built.value_set("urn:sexes") == {"urn:sex": {"male", "female"}}
    assert [p.code for p in built.search_parameters("Patient")] == ["gender"]
    assert str(target) in capsys.readouterr().out


def test_build_without_the_package_says_what_to_install(tmp_path, capsys):
    assert main(["--from", str(tmp_path), "--to", str(tmp_path / "out")]) == 1
    assert "npm ci --ignore-scripts" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def systems():
    tree = [{"code": "a", "concept": [{"code": "a1", "concept": [{"code": "a11"}]}]}, {"code": "b"}]
    return {"resourceType": "CodeSystem", "url": "urn:tree", "content": "complete", "concept": tree}


def expanded(*includes, exclude=()):
    wanted = {"resourceType": "ValueSet", "url": "urn:wanted", "compose": {"include": list(includes), "exclude": list(exclude)}}
    return Expansion([systems(), wanted]).codes("urn:wanted|4.0.1")


def test_expansion_lists_nested_codes():
    assert expanded({"system": "urn:tree"}) == {"urn:tree": ["a", "a1", "a11", "b"]}


def test_expansion_follows_is_a_filters():
    below = {"system": "urn:tree", "filter": [{"property": "concept", "op": "is-a", "value": "a1"}]}
    assert expanded(below) == {"urn:tree": ["a1", "a11"]}


def test_expansion_leaves_out_what_is_excluded():
    assert expanded({"system": "urn:tree"}, exclude=[{"system": "urn:tree", "concept": [{"code": "b"}]}]) == {
        "urn:tree": ["a", "a1", "a11"]
    }


def test_expansion_gives_up_on_a_system_it_cannot_list():
    assert expanded({"system": "urn:tree"}, {"system": "urn:ietf:bcp:47"}) is None
