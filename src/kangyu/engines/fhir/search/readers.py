"""From a value to its tokens. A reader is made once for each place a parameter reads, and then only reads.

Tokens: ``status|final`` (a value whatever its system), ``identifier|<system>|<value>``, ``performer|Organization/x``, ``name~张``
(a name begins so) and ``name*小样`` (a name holds these neighbours).
"""

from collections.abc import Callable
from typing import Any

from kangyu.engines.fhir.search.names import name_tokens

Read = Callable[[Any, list[str]], None]
PEOPLE = frozenset({"Patient", "Practitioner", "RelatedPerson", "Person"})
_PLAIN = frozenset({"code", "string", "boolean", "uri", "id", "canonical"})


def descend(inner: list[tuple[str, Read]]) -> Read:
    """Read properties of an object."""

    def read(value: Any, tokens: list[str]) -> None:
        for name, one in inner:
            child = value.get(name)
            if child is not None:
                one(child, tokens)

    return read


def each(one: Read) -> Read:
    """Read every item of a list."""

    def read(value: Any, tokens: list[str]) -> None:
        for item in value:
            if item is not None:
                one(item, tokens)

    return read


def leaf_reader(fhir_type: str, code: str, kind: str, condition: tuple[str, str] | None, *, owner: str, by_column: bool) -> Read | None:
    """The reader of one value of a FHIR type for a parameter named ``code``; None where that kind does not read that type.

    ``condition`` is a property and the value it must have (``system`` = ``phone``). ``by_column`` says that the store keeps a reference
    to a Patient in this place as the person column, so that it needs no token.
    """
    if kind == "string":
        return _string_reader(fhir_type, code, person=owner in PEOPLE)
    if kind == "reference":
        return _reference_reader(fhir_type, code, by_column=by_column)
    return _token_reader(fhir_type, code, condition)


def _token_reader(fhir_type: str, code: str, condition: tuple[str, str] | None) -> Read | None:
    def add(system: str | None, value: str | None, tokens: list[str]) -> None:
        if value is not None:
            tokens.append(f"{code}|{value}")
            if system is not None:
                tokens.append(f"{code}|{system}|{value}")

    def coding(value: Any, tokens: list[str]) -> None:
        add(value.get("system"), value.get("code"), tokens)

    def concept(value: Any, tokens: list[str]) -> None:
        for one in value.get("coding", ()):
            add(one.get("system"), one.get("code"), tokens)

    def identifier(value: Any, tokens: list[str]) -> None:
        add(value.get("system"), value.get("value"), tokens)

    def contact(value: Any, tokens: list[str]) -> None:
        if condition is None or value.get(condition[0]) == condition[1]:
            add(None, value.get("value"), tokens)

    def plain(value: Any, tokens: list[str]) -> None:
        tokens.append(f"{code}|{str(value).lower() if type(value) is bool else value}")

    by_type: dict[str, Read] = {"Coding": coding, "CodeableConcept": concept, "Identifier": identifier, "ContactPoint": contact}
    return by_type.get(fhir_type) or (plain if fhir_type in _PLAIN else None)


def _reference_reader(fhir_type: str, code: str, *, by_column: bool) -> Read | None:
    def reference(value: Any, tokens: list[str]) -> None:
        target = value.get("reference")
        if target is not None and not (by_column and target.startswith("Patient/")):
            tokens.append(f"{code}|{target}")

    def canonical(value: Any, tokens: list[str]) -> None:
        tokens.append(f"{code}|{value.partition('|')[0]}")

    return reference if fhir_type == "Reference" else canonical if fhir_type in ("canonical", "uri") else None


def _string_reader(fhir_type: str, code: str, *, person: bool) -> Read | None:
    def text(value: Any, tokens: list[str]) -> None:
        tokens.extend([code + token for token in name_tokens(value, person)])

    def human(value: Any, tokens: list[str]) -> None:
        for part in (value.get("text"), value.get("family"), *value.get("given", ())):
            if part:
                text(part, tokens)

    return human if fhir_type == "HumanName" else text if fhir_type in ("string", "markdown") else None
