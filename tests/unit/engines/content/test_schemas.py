import json

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from declarations import FOLDER
from kangyu.engines.content.schemas import schemas, text

KINDS = sorted(schemas())


@pytest.mark.parametrize("kind", KINDS)
def test_the_stored_schema_is_the_models_own(kind):
    stored = (FOLDER / "schemas" / f"{kind}.json").read_text(encoding="utf-8")
    assert stored == text(schemas()[kind]), "run: python -m kangyu.engines.content.schemas"


def documents():
    for path in sorted(FOLDER.rglob("*.yaml")):
        for document in YAML(typ="safe", pure=True).load_all(path.read_text(encoding="utf-8")):
            yield path.relative_to(FOLDER).as_posix(), json.loads(json.dumps(document, default=str))


def test_every_shipped_file_fits_the_schema_an_editor_would_use():
    validators = {kind: jsonschema_rs.validator_for(schema) for kind, schema in schemas().items()}
    faults = [(file, str(error)) for file, document in documents() for error in validators[document["kind"]].iter_errors(document)]
    assert faults == []


def test_the_schema_refuses_an_unknown_key():
    validator = jsonschema_rs.validator_for(schemas()["role"])
    role = {"key": "a", "kind": "role", "title": "甲", "may": [], "within": "county", "home": "planner", "why": "乙"}
    assert validator.is_valid(role)
    assert not validator.is_valid({**role, "mya": []})
