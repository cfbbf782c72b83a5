"""What the checks hand to each other: faults with a path relative to where they were found, and the issues a person reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong with a resource.

    ``code`` is a FHIR issue type (``structure``, ``required``, ``value``, ``invariant``, ``code-invalid``), ``path`` a FHIRPath such as
    ``Patient.name[0].given[1]``, ``message`` and ``remedy`` Chinese sentences that repeat no value of the record.
    """

    severity: str
    code: str
    path: str
    message: str
    remedy: str


class Fault(NamedTuple):
    """A finding on its way up. ``reference`` is set for findings about a reference's target (``#id`` for a contained one)."""

    path: str
    code: str
    message: str
    remedy: str
    reference: str = ""


Faults = list[Fault]
Find = Callable[[Any], Faults | None]
"""None means right: the common case makes no object at all."""

WRONG: Faults = [Fault("", "structure", "不符合 R4。", "")]
"""Stands for findings nobody has asked to see yet."""


@dataclass(frozen=True, slots=True)
class Check:
    """``look`` is quick and says only None or not; ``explain`` lists every finding.

    They are two passes because explaining while looking would repeat itself at every level of nesting.
    """

    look: Find
    explain: Find


def simple(find: Find) -> Check:
    """The check of a value without parts, where looking and explaining are the same."""
    return Check(find, find)


def fault(code: str, message: str, remedy: str, path: str = "", reference: str = "") -> Faults:
    """A single finding."""
    return [Fault(path, code, message, remedy, reference)]


def under(step: str, faults: Faults) -> Faults:
    """The same findings, seen from the parent: ``step`` is a property name or ``[index]``."""
    return [f._replace(path=step + _joined(f.path)) for f in faults]


def _joined(path: str) -> str:
    return path if not path or path.startswith("[") else f".{path}"


def wrong_kind(value: Any, wanted: str) -> Faults:
    """The finding for a value of another JSON kind than ``wanted`` (a Chinese noun)."""
    if value is None:
        return fault("structure", "不允许出现 null。", "没有值时请删除该属性。")
    return fault("structure", f"应为{wanted}。", f"请改为{wanted}。")
