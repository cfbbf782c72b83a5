"""What an expression may speak of: the subject's fields, the form's fields, event tables, value sets, settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kangyu.kernel.errors import UserError

from .nodes import Codes, Constant, Type

CLOCK_NAMES = ("today", "period.start", "period.end")
QUALIFIERS = ("it", "this", "prev", "period")


@dataclass(frozen=True)
class Table:
    """An event table. Every row also has ``id`` and ``on`` (date), with ``interval`` also ``to`` (last day, null = open)."""

    name: str
    columns: Mapping[str, Type]
    interval: bool = False
    id_type: Type = Type.TEXT

    @property
    def all_columns(self) -> dict[str, Type]:
        """Every column a ``where`` may name."""
        built_in = {"id": self.id_type, "on": Type.DATE}
        return {**self.columns, **built_in, **({"to": Type.DATE} if self.interval else {})}


@dataclass(frozen=True)
class Schema:
    """Everything with a name.

    ``subject``     fields of ``it``; ``birth_date`` among them makes ``age()`` possible. A key may hold dots (``residence.township``).
    ``tables``      event tables by name.
    ``value_sets``  key → codes; a code that ends in ``*`` stands for every code with that beginning.
    ``fields``      bare names and ``this.x``: the form's fields and the values derived so far.
    ``previous``    ``prev.x``: the row before this one of the same form.
    ``settings``    named constants, pinned when the expression is checked.
    ``choices``     the only texts a coded field can hold, keyed ``field``, ``it.field`` or ``table.column``;
                    comparing with any other text is an error.
    ``units``       UCUM units of numbers, keyed as ``choices``; what is added or compared must have one unit.
    ``own``         the table of the form being written, seen strictly before the row (rule 8).
    """

    subject: Mapping[str, Type] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    value_sets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    fields: Mapping[str, Type] = field(default_factory=dict)
    previous: Mapping[str, Type] = field(default_factory=dict)
    settings: Mapping[str, Constant] = field(default_factory=dict)
    choices: Mapping[str, frozenset[str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    own: str | None = None

    def __post_init__(self) -> None:
        both = sorted((self.fields.keys() & self.settings.keys()) | ((self.fields.keys() | self.settings.keys()) & {"today", *QUALIFIERS}))
        if both:
            raise UserError(f"名称 {both[0]} 有两个意思：它既是字段，又是设置或语言自带的名称。请给字段换一个名称。")


def split_codes(codes: frozenset[str], at: int = 0) -> Codes:
    """A value set as exact codes and prefixes. A prefix makes the exact codes and longer prefixes under it superfluous."""
    starts = sorted((code[:-1] for code in codes if code.endswith("*")), key=len)
    prefixes: list[str] = []
    for start in starts:
        if not start.startswith(tuple(prefixes)):
            prefixes.append(start)
    exact = frozenset(code for code in codes if not code.endswith("*") and not code.startswith(tuple(prefixes)))
    return Codes(exact, tuple(sorted(prefixes)), at=at)
