"""Signatures, photos and files: their bytes become Binary resources beside the answers, and the answers keep the way to them."""

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .fhir import Resource
from .prepared import PreparedForm
from .values import Attached


def take_out(prepared: PreparedForm, answers: Mapping[str, Any], *, id: str, subject: str = "") -> tuple[dict[str, Any], list[Resource]]:
    """The answers with each new file stored under a Binary's id, and those Binaries.

    ``id`` is the response's; the Binary's holds a digest of the bytes, so that a correction with another photo makes another one and the
    old version keeps its own. ``subject`` (``Patient/…``) says who may see it: whoever may see that record.
    """
    made: list[Resource] = []

    def keep(path: str, value: Attached) -> Attached:
        if value.data is None:
            return value
        binary = f"{id[:36]}-{value.digest()}"
        resource: Resource = {"resourceType": "Binary", "id": binary, "contentType": value.content_type}
        if subject:
            resource["securityContext"] = {"reference": subject}
        resource["data"] = base64.b64encode(value.data).decode()
        made.append(resource)
        return value.stored_as(binary)

    return _each(answers, keep), made


def attached(answers: Mapping[str, Any]) -> Iterator[tuple[str, Attached]]:
    """Every attachment of the answers with its path."""
    found: list[tuple[str, Attached]] = []
    _each(answers, lambda path, value: (found.append((path, value)), value)[1])  # type: ignore[func-returns-value]
    return iter(found)


def _each(answers: Mapping[str, Any], change: Callable[[str, Attached], Attached]) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for key, value in answers.items():
        if isinstance(value, Attached):
            changed[key] = change(key, value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            changed[key] = [
                {name: change(f"{key}.{row['id']}.{name}", cell) if isinstance(cell, Attached) else cell for name, cell in row.items()}
                for row in value
            ]
        else:
            changed[key] = value
    return changed
