"""The tree of a FHIRPath expression: plain immutable nodes. ``None`` as a base means the focus the expression is evaluated on."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant. ``type`` is ``string``, ``integer``, ``decimal``, ``boolean``, ``date``, ``dateTime``, ``time`` or ``empty``."""

    value: str | int | Decimal | bool | None
    type: str


@dataclass(frozen=True, slots=True)
class Variable:
    """``%name``: a constant of the view, or one of the environment's own."""

    name: str


@dataclass(frozen=True, slots=True)
class This:
    """``$this``: the item at hand."""


@dataclass(frozen=True, slots=True)
class Member:
    """``base.name``."""

    base: "Node | None"
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """``base.name(arguments)``."""

    base: "Node | None"
    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Index:
    """``base[at]``."""

    base: "Node"
    at: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """``left operator right``."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Sign:
    """``-operand`` or ``+operand``."""

    operator: str
    operand: "Node"


Node = Literal | Variable | This | Member | Call | Index | Binary | Sign
