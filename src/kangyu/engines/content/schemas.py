"""The JSON Schema of each kind, generated from its model: ``python -m kangyu.engines.content.schemas [FOLDER]``."""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from .kinds import KINDS
from .kinds.examples import Examples
from .kinds.programme import Action
from .kinds.work import Work

ONE_OR_MANY = {"from", "by", "until", "while", "parties", "same", "counted", "counts", "hidden_in", "not_in"}
"""Keys of lists where one entry may stand without brackets."""


def schemas() -> dict[str, dict[str, Any]]:
    """Schema by kind, as an editor should check it: with the keys people write."""
    found = {}
    models: dict[str, type[BaseModel]] = {**KINDS, "examples": Examples}
    for kind, model in models.items():
        schema = model.model_json_schema(by_alias=True)
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        found[kind] = schema
        for part in (schema, *schema.get("$defs", {}).values()):
            _let_one_stand_for_a_list(part.get("properties", {}))
        if issubclass(model, Work):
            _let_else_stand_in_act(schema)
            _let_numbers_be_derived(schema)
    _let_titles_stand_alone(found["terminology"])
    return found


def _let_one_stand_for_a_list(properties: dict[str, Any]) -> None:
    """``from: sent`` is short for ``from: [sent]``."""
    for name in ONE_OR_MANY & properties.keys():
        declared = properties[name]
        if declared.get("type") == "array":
            properties[name] = {"anyOf": [declared, declared["items"]]}


def _let_numbers_be_derived(schema: dict[str, Any]) -> None:
    """``goal: 140`` is short for ``goal: '140'``."""
    patterns = schema["properties"]["derive"]["patternProperties"]
    for pattern, declared in patterns.items():
        patterns[pattern] = {"anyOf": [*declared["anyOf"], {"type": "number"}]}


def _let_else_stand_in_act(schema: dict[str, Any]) -> None:
    """People write ``act: {…, else: […]}``; the model keeps the list apart, the schema must follow the writer."""
    schema["properties"].pop("otherwise")
    rules = schema["properties"]["act"]
    (pattern,) = rules["patternProperties"]
    rules["patternProperties"] = {pattern.replace("^", "^(?!else$)", 1): rules["patternProperties"][pattern]}
    rules["properties"] = {"else": {"type": "array", "items": {"$ref": f"#/$defs/{Action.__name__}"}}}


def _let_titles_stand_alone(schema: dict[str, Any]) -> None:
    """``codes: {clinic: 门诊}`` is short for ``{clinic: {title: 门诊}}``."""
    codes = schema["$defs"]["CodeSystem"]["properties"]["codes"]
    codes["additionalProperties"] = {"anyOf": [{"type": "string"}, codes["additionalProperties"]]}


def text(schema: dict[str, Any]) -> str:
    """As stored: readable, keys in the model's order, one newline at the end."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def write(folder: Path) -> list[Path]:
    """Writes one file per kind and returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind, schema in schemas().items():
        path = folder / f"{kind}.json"
        path.write_text(text(schema), encoding="utf-8")
        paths.append(path)
    return paths


if __name__ == "__main__":
    for written in write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("content/schemas")):
        print(written)
