"""HL7's own R4 examples are right, but for a few that are known to break a rule."""

import json
from pathlib import Path

import pytest

from kangyu.engines.fhir.validation import validate

EXAMPLES = Path(__file__).resolve().parents[5] / "../shared/data/fhir-r4-examples"
KNOWN_BREACHES = {
    "DeviceMetric-example": {
        "DeviceMetric.parent.reference": "parent may refer to a Device only; the example refers to a DeviceDefinition",
    },
}

if not EXAMPLES.is_dir():
    pytest.skip("HL7's R4 examples are not beside this checkout", allow_module_level=True)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_official_example_is_valid(path):
    issues = validate(json.loads(path.read_bytes()))
    assert {issue.path for issue in issues} == set(KNOWN_BREACHES.get(path.stem, {}))
