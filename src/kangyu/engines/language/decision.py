"""Decision tables (rule 11): rows that are true, false or unknown, and what may be concluded from them.

A table becomes one expression, so that it runs wherever expressions run. For one subject there is also an ``Assessment``: the
value with the fields that were missing, for the nurse to fill in.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kangyu.kernel.errors import Problem, ProblemsError, UserError

from . import nodes as n
from .errors import ExpressionError
from .expression import Typed, check
from .nodes import Scope, Type
from .python_target import compile_python
from .schema import Schema
from .subject import Subject

Hit = Literal["first", "highest", "sum", "all"]
Given = str | float | int

_UNKNOWN = {"first": ("skip",), "sum": ("zero",), "highest": (), "all": ("skip",)}
_FALSE = n.Literal(False, Type.BOOLEAN)
_TRUE = n.Literal(True, Type.BOOLEAN)


@dataclass(frozen=True)
class Row:
    """One line of a table: when it holds, and what it gives."""

    key: str
    when: Typed
    gives: Given


@dataclass(frozen=True)
class Assessment:
    """What a table says of one subject. ``value`` null means not assessed; ``missing`` are the null fields that unknown rows read."""

    value: Any
    hits: tuple[str, ...]
    incomplete: bool
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """A checked table. ``order`` lists what rows give from lowest to highest, for ``hit='highest'``."""

    rows: tuple[Row, ...]
    otherwise: Given | None
    hit: Hit
    lenient: bool
    order: tuple[Given, ...] = ()

    @property
    def value(self) -> Typed:
        """What the table gives, as an expression: text, number (``sum``) or list (``all``)."""
        tree = {"first": self._first, "highest": self._highest, "sum": self._sum, "all": self._all}[self.hit]()
        kind = {"sum": Type.NUMBER, "all": Type.LIST}.get(self.hit) or _type_of([row.gives for row in self.rows])
        return Typed(self._text, kind, tree)

    @property
    def incomplete(self) -> Typed:
        """Whether an unknown row might have changed the value."""
        if self.hit in ("sum", "all"):
            return Typed(self._text, Type.BOOLEAN, n.Or((_FALSE, *(n.IsNull(row.when.tree) for row in self.rows))))
        branches: list[tuple[n.Node, n.Node]] = []
        for group in self._groups():
            some = n.Or(tuple(row.when.tree for row in group))
            branches += [(some, _FALSE), (n.IsNull(some), _TRUE)]
        return Typed(self._text, Type.BOOLEAN, n.Case(tuple(branches), _FALSE))

    def assessor(self, derived: Mapping[str, Typed] | None = None) -> Callable[[Subject], Assessment]:
        """A function that assesses one subject. ``derived`` are expressions the rows use by name; they are computed too."""
        derived = derived or {}
        leaves = {row.key: list(dict.fromkeys(_leaves(row.when.tree, derived))) for row in self.rows}
        every = dict.fromkeys(leaf for found in leaves.values() for leaf in found)
        probes = {f"leaf {index}": leaf for index, leaf in enumerate(every)}
        names = {leaf: name for name, leaf in probes.items()}
        program = compile_python(
            {
                **derived,
                **{f"row {row.key}": row.when for row in self.rows},
                **{name: Typed(_label(leaf), Type.NULL, leaf) for name, leaf in probes.items()},
                "the value": self.value,
                "is incomplete": self.incomplete,
            }
        )

        def assess(subject: Subject) -> Assessment:
            values = program(subject)
            unknown = [row.key for row in self.rows if values[f"row {row.key}"] is None]
            missing = dict.fromkeys(_label(leaf) for key in unknown for leaf in leaves[key] if values[names[leaf]] is None)
            hits = tuple(row.key for row in self.rows if values[f"row {row.key}"] is True)
            return Assessment(values["the value"], hits, values["is incomplete"], tuple(missing))

        return assess

    # the four ways to hit

    @property
    def _text(self) -> str:
        return "; ".join(f"{row.key}: {row.when.text}" for row in self.rows)

    @property
    def _some_unknown(self) -> n.Node:
        return n.Or(tuple(n.IsNull(row.when.tree) for row in self.rows))

    def _groups(self) -> list[list[Row]]:
        """Rows by rank, the strongest first; rows that give the same stand together."""
        if self.hit == "first":
            return [[row] for row in self.rows]
        rank = {value: index for index, value in enumerate(self.order)}
        ranks = sorted({rank[row.gives] for row in self.rows}, reverse=True)
        return [[row for row in self.rows if rank[row.gives] == wanted] for wanted in ranks]

    def _first(self) -> n.Node:
        branches: list[tuple[n.Node, n.Node]] = []
        for row in self.rows:
            branches.append((row.when.tree, _constant(row.gives)))
            if not self.lenient:
                branches.append((n.IsNull(row.when.tree), n.Literal(None, Type.NULL)))
        return self._or_else(branches)

    def _highest(self) -> n.Node:
        return self._or_else([(n.Or(tuple(row.when.tree for row in group)), _constant(group[0].gives)) for group in self._groups()])

    def _or_else(self, branches: list[tuple[n.Node, n.Node]]) -> n.Node:
        """``else`` needs every other row false."""
        if self.otherwise is None:
            return n.Case(tuple(branches), None)
        return n.Case((*branches, (self._some_unknown, n.Literal(None, Type.NULL))), _constant(self.otherwise))

    def _sum(self) -> n.Node:
        total: n.Node = _constant(0)
        for row in self.rows:
            total = n.Arithmetic("+", total, self._points(row))
        return total

    def _points(self, row: Row) -> n.Node:
        nothing = _constant(0)
        if row.when.type is Type.NUMBER:
            return n.Call("coalesce", (row.when.tree, nothing)) if self.lenient else row.when.tree
        points = (row.when.tree, _constant(row.gives))
        return n.Case((points,), nothing) if self.lenient else n.Case((points, (n.Not(row.when.tree), nothing)), None)

    def _all(self) -> n.Node:
        conditions = tuple(row.when.tree for row in self.rows)
        held = n.Chosen(tuple(str(row.gives) for row in self.rows), conditions)
        none = n.Chosen((str(self.otherwise),), (_TRUE,)) if self.otherwise is not None else held
        unknown = () if self.lenient else ((self._some_unknown, n.Literal(None, Type.NULL)),)
        return n.Case(((n.Or(conditions), held), *unknown), none)


def read_table(
    table: Mapping[str, str],
    schema: Schema,
    *,
    hit: Hit = "first",
    unknown: str | None = None,
    order: Sequence[Given] = (),
    gives: Mapping[str, Given] | None = None,
) -> Decision:
    """The decision that ``table`` declares: key → condition, a last row ``else`` optional.

    ``gives`` says what a row yields (its key if not told): a level for ``highest``, points for ``sum``. With ``sum`` a row may be a
    number instead of a condition. Raises ``ProblemsError`` with every row that is wrong.
    """
    gives = gives or {}
    problems: list[Problem] = []
    rows: list[Row] = []
    otherwise: Given | None = None
    for index, (key, text) in enumerate(table.items()):
        if text.strip() == "else":
            otherwise = gives.get(key, key)
            if index != len(table) - 1:
                problems.append(Problem("", key, "else 只能是最后一行。", "把它移到表的末尾。"))
            continue
        try:
            rows.append(Row(key, _row_condition(text, schema, hit), gives.get(key, 1 if hit == "sum" else key)))
        except ExpressionError as error:
            problems.append(error.problem("", key))
    if not problems:
        problems = list(_table_problems(rows, otherwise, hit, unknown, order))
    if problems:
        raise ProblemsError(problems)
    ranks = tuple(order) or tuple(sorted({row.gives for row in rows if not isinstance(row.gives, str)}))
    return Decision(tuple(rows), otherwise, hit, unknown is not None, ranks)


def _row_condition(text: str, schema: Schema, hit: Hit) -> Typed:
    typed = check(text, schema)
    if typed.type is Type.BOOLEAN or (hit == "sum" and typed.type is Type.NUMBER):
        return typed
    return check(text, schema, expect=Type.BOOLEAN)


def _table_problems(
    rows: Sequence[Row], otherwise: Given | None, hit: Hit, unknown: str | None, order: Sequence[Given]
) -> Iterator[Problem]:
    if not rows:
        yield Problem("", "table", "决策表没有一行条件。", "至少写一行。")
    if hit not in _UNKNOWN:
        yield Problem("", "hit", f"hit 不能是 {hit}。", "写 first、highest、sum 或 all。")
    elif unknown is not None and unknown not in _UNKNOWN[hit]:
        yield Problem("", "unknown", f"hit: {hit} 不能配 unknown: {unknown}。", "first 和 all 可配 skip，sum 可配 zero，其余不写。")
    given = [row.gives for row in rows] + ([otherwise] if otherwise is not None and hit != "all" else [])
    if hit == "sum" and (otherwise is not None or any(isinstance(value, str) for value in given)):
        yield Problem("", "table", "hit: sum 的每一行给出分数，没有 else。", "为每行写数字分值。")
    elif hit in ("first", "highest") and len({isinstance(value, str) for value in given}) > 1:
        yield Problem("", "table", "有的行给出文字，有的行给出数字。", "让每行给出同一类结果。")
    if hit == "highest":
        strange = [value for value in given if (order or isinstance(value, str)) and value not in order]
        if strange:
            yield Problem("", "order", f"order 里没有 {strange[0]}。", "order 从低到高列出表里每一种结果。")


def _constant(value: Given) -> n.Literal:
    return n.Literal(value, Type.TEXT if isinstance(value, str) else Type.NUMBER)


def _type_of(values: Sequence[Given]) -> Type:
    return Type.TEXT if any(isinstance(value, str) for value in values) else Type.NUMBER


def _leaves(node: n.Node, derived: Mapping[str, Typed], path: tuple[str, ...] = ()) -> Iterator[n.Node]:
    """What a condition reads and may find null: fields, and results of record functions. Derived values give way to what they read."""
    if isinstance(node, n.Record):
        if node.function not in ("exists", "count", "sum"):
            yield node
        return
    if isinstance(node, n.Ref):
        if node.scope is Scope.FORM and node.name in derived:
            if node.name in path:
                raise UserError(f"{node.name} 引用了自己，成了圈。请去掉这一引用。")
            yield from _leaves(derived[node.name].tree, derived, (*path, node.name))
        elif node.scope is not Scope.CLOCK:
            yield node
        return
    for child in n.children(node):
        yield from _leaves(child, derived, path)


def _label(leaf: n.Node) -> str:
    if isinstance(leaf, n.Record):
        column = f".{leaf.column.name}" if isinstance(leaf.column, n.Ref) else ""
        return f"{leaf.function}({leaf.table}{column})"
    assert isinstance(leaf, n.Ref)
    return leaf.name if leaf.scope is Scope.FORM else f"{leaf.scope}.{leaf.name}"
