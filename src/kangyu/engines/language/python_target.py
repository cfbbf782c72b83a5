"""Compiling checked expressions to one Python function for one subject.

There are no three-valued helpers: a condition is compiled twice, to Python code that says whether it *is true* and to code that
says whether it *is false*; what is neither is unknown. ``not`` swaps the two. Each event table is read in one loop for all
expressions, and what does not depend on the row is computed before the loop.

The generated code comes from the typed tree only: names through ``repr``, constants through ``repr`` or the function's globals.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from . import calendar, runtime
from . import nodes as n
from .batch import Stage, stages
from .expression import Typed
from .nodes import Scope
from .subject import Subject

_GLOBALS = {
    "shift": calendar.shift,
    "elapsed": calendar.elapsed,
    "edge": calendar.edge,
    "in_order": runtime.in_order,
    "rounded": runtime.rounded,
    "logarithm": runtime.logarithm,
    "power": runtime.power,
    "has_any": runtime.has_any,
    "has_all": runtime.has_all,
    "ceil": math.ceil,
    "floor": math.floor,
    "date_of": runtime.date_of,
}


@dataclass(frozen=True)
class Program:
    """Compiled expressions. Calling it with a subject gives a value for each name; ``source`` is what runs, for the curious."""

    names: tuple[str, ...]
    source: str
    function: Callable[[Subject], dict[str, Any]] = field(repr=False)

    def __call__(self, subject: Subject) -> dict[str, Any]:
        return self.function(subject)


def compile_python(expressions: Mapping[str, Typed]) -> Program:
    """One program for all ``expressions``; each may use the others by name. Raises ``UserError`` if they form a circle."""
    writer = _Writer(expressions)
    source = writer.write()
    space = {**_GLOBALS, **writer.constants}
    exec(compile(source, "<expressions>", "exec"), space)
    return Program(tuple(expressions), source, space["program"])


@lru_cache(maxsize=10_000)
def _per_row(node: n.Node) -> bool:
    """Whether the value changes from row to row."""
    if isinstance(node, n.Ref):
        return node.scope is Scope.ROW
    return not isinstance(node, n.Record) and any(_per_row(child) for child in n.children(node))


@dataclass
class _Block:
    """Lines at one depth, with the variables that already hold a node's value."""

    outer: "_Block | None" = None
    lines: list[str] = field(default_factory=list)
    known: dict[n.Node, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Truth:
    """Code for "is true" and "is false"; no ``false`` means the condition is never unknown."""

    true: str
    false: str | None = None

    @property
    def is_false(self) -> str:
        return f"not {self.true}" if self.false is None else self.false


class _Writer:
    def __init__(self, expressions: Mapping[str, Typed]):
        self.expressions = expressions
        self.constants: dict[str, Any] = {}
        self.certain: set[str] = {"today", "on"}
        self.main = _Block()
        self.counter = 0

    def write(self) -> str:
        results = {}
        for stage in stages(self.expressions):
            self.loops(stage)
            for name in stage.names:
                results[name] = self.value(self.expressions[name].core, self.main)
        returned = ", ".join(f"{name!r}: {results[name]}" for name in self.expressions)
        head = [
            "fields, tables, form, today = subject.fields, subject.tables, subject.form, subject.today",
            "previous, period, row_id = subject.previous or {}, subject.period, subject.row_id",
        ]
        body = [*head, *self.main.lines, f"return {{{returned}}}"]
        return "\n".join(["def program(subject):", *("    " + line for line in body)]) + "\n"

    def new(self, letter: str = "v") -> str:
        self.counter += 1
        return f"{letter}{self.counter}"

    def constant(self, value: Any) -> str:
        name = self.new("k")
        self.constants[name] = value
        self.certain.add(name)
        return name

    # loops over tables

    def loops(self, stage: Stage) -> None:
        tables: dict[str, list[n.Record]] = {}
        for record in stage.records:
            if record not in self.main.known:
                tables.setdefault(record.table, []).append(record)
        for table, records in tables.items():
            self.loop(table, records)

    def loop(self, table: str, records: Sequence[n.Record]) -> None:
        """One pass over a table; conditions that all its record functions share are tested once for each row."""
        shared = [item for item in _conditions(records[0]) if all(item in _conditions(other) for other in records)]
        block = _Block(outer=self.main)
        block.lines.append(f"if not {self.truth(n.And(tuple(shared)), block).true}: continue")
        afterwards: list[str] = []
        for record in records:
            rest = n.And(tuple(item for item in _conditions(record) if item not in shared))
            self.aggregate(record, rest, block, afterwards)
        rows = f"tables.get({table!r}, ())"
        ordered = any(record.function in ("first", "last") for record in records)
        reading = ["on = row.get('on')", "if on is None: continue"] if not ordered else ["on = row['on']"]
        self.main.lines.append(f"for row in {f'in_order({rows})' if ordered else rows}:")
        self.main.lines += ["    " + line for line in (*reading, *block.lines)] + afterwards

    def aggregate(self, record: n.Record, condition: n.Node, block: _Block, afterwards: list[str]) -> None:
        result = self.new("r")
        column = self.value(record.column, block) if record.column is not None else None
        tests = [self.truth(condition, block).true] if condition != n.And(()) else []
        if column is not None and column not in self.certain:
            tests.insert(0, f"{column} is not None")
        start, extra, step = self.step(record, result, column)
        tests += [extra] if extra else []
        block.lines.append(f"if {' and '.join(tests) or 'True'}: {step}")
        self.main.lines.append(f"{result} = {start}")
        if record.distinct:
            afterwards.append(f"{result} = len({result})")
        if record.function in ("exists", "count", "sum"):
            self.certain.add(result)
        self.main.known[record] = result

    def step(self, record: n.Record, result: str, column: str | None) -> tuple[str, str, str]:
        """The value before the first row, a further test, and what a row that passes does."""
        if record.distinct:
            return "set()", "", f"{result}.add({column})"
        return {
            "exists": ("False", "", f"{result} = True"),
            "count": ("0", "", f"{result} += 1"),
            "sum": ("0", "", f"{result} += {column}"),
            "first": ("None", f"{result} is None", f"{result} = {column}"),
            "last": ("None", "", f"{result} = {column}"),
            "min": ("None", f"({result} is None or {column} < {result})", f"{result} = {column}"),
            "max": ("None", f"({result} is None or {column} > {result})", f"{result} = {column}"),
        }[record.function]

    # values

    def value(self, node: n.Node, block: _Block) -> str:
        """A variable or constant that holds the node's value; lines that compute it are added to the outermost block possible."""
        if block.outer is not None and not _per_row(node):
            return self.value(node, block.outer)
        if node not in block.known:
            block.known[node] = self.computed(node, block)
        return block.known[node]

    def computed(self, node: n.Node, block: _Block) -> str:
        if isinstance(node, n.Literal):
            return self.literal(node)
        if isinstance(node, n.Ref):
            return self.ref(node, block)
        write = _VALUES.get(type(node))
        if write is not None:
            code, certain = write(self, node, block)
        else:
            truth = self.truth(node, block)
            certain = truth.false is None
            code = truth.true if certain else f"True if {truth.true} else False if {truth.false} else None"
        return self.assign(code, certain, block)

    def assign(self, code: str, certain: bool, block: _Block) -> str:
        variable = self.new()
        block.lines.append(f"{variable} = {code}")
        if certain:
            self.certain.add(variable)
        return variable

    def literal(self, node: n.Literal) -> str:
        if node.value is None:
            return "None"
        if isinstance(node.value, bool | int | float | str):
            text = repr(node.value)
            self.certain.add(text)
            return text
        return self.constant(node.value)

    def ref(self, node: n.Ref, block: _Block) -> str:
        if node.scope is Scope.FORM and node.name in self.expressions:
            return self.value(self.expressions[node.name].core, self.main)
        if node.scope is Scope.CLOCK:
            if not node.name.startswith("period."):
                return node.name
            return self.assign(f"period and {node.name}", False, block)
        if node.scope is Scope.ROW and node.name == "on":
            return "on"
        source = {Scope.FORM: "form", Scope.SUBJECT: "fields", Scope.PREVIOUS: "previous", Scope.ROW: "row"}[node.scope]
        return self.assign(f"{source}.get({node.name!r})", False, block)

    def guarded(self, atoms: Sequence[str], code: str, total: bool = True) -> tuple[str, bool]:
        """``code``, or null when one of ``atoms`` is null; ``total`` says that code itself is never null."""
        doubtful = [atom for atom in dict.fromkeys(atoms) if atom not in self.certain]
        if not doubtful:
            return code, total
        return f"None if {' or '.join(f'{atom} is None' for atom in doubtful)} else {code}", False

    # conditions

    def truth(self, node: n.Node, block: _Block) -> _Truth:
        """Code for the two questions, in parentheses so that it can stand anywhere."""
        write = _TRUTHS.get(type(node))
        if write is not None:
            return write(self, node, block)
        atom = self.value(node, block)
        if atom in self.certain:
            return _Truth(f"({atom})")
        return _Truth(f"({atom} is not None and {atom})", f"({atom} is not None and not {atom})")

    def known_and(self, atoms: Sequence[str], true: str, false: str) -> _Truth:
        doubtful = [atom for atom in dict.fromkeys(atoms) if atom not in self.certain]
        if not doubtful:
            return _Truth(f"({true})")
        known = " and ".join(f"{atom} is not None" for atom in doubtful)
        return _Truth(f"({known} and {true})", f"({known} and {false})")


def _conditions(record: n.Record) -> tuple[n.Node, ...]:
    assert isinstance(record.where, n.And)
    return record.where.items


# how each kind of value is written: (code, whether it is never null)


def _negate(w: _Writer, node: n.Negate, block: _Block) -> tuple[str, bool]:
    atom = w.value(node.operand, block)
    return w.guarded([atom], f"-({atom})")


def _arithmetic(w: _Writer, node: n.Arithmetic, block: _Block) -> tuple[str, bool]:
    left, right = w.value(node.left, block), w.value(node.right, block)
    if node.op != "/":
        return w.guarded([left, right], f"{left} {node.op} {right}")
    nonzero = isinstance(node.right, n.Literal) and bool(node.right.value)
    return w.guarded([left, right], f"{left} / {right}" if nonzero else f"({left} / {right} if {right} else None)", nonzero)


def _shift(w: _Writer, node: n.Shift, block: _Block) -> tuple[str, bool]:
    atom = w.value(node.start, block)
    return w.guarded([atom], f"shift({atom}, {node.duration.count}, {node.duration.unit!r})", False)


def _edge(w: _Writer, node: n.Edge, block: _Block) -> tuple[str, bool]:
    atom = w.value(node.day, block)
    return w.guarded([atom], f"edge({node.span!r}, {node.side!r}, {atom})")


def _elapsed(w: _Writer, node: n.Elapsed, block: _Block) -> tuple[str, bool]:
    assert node.end is not None
    start, end = w.value(node.start, block), w.value(node.end, block)
    return w.guarded([start, end], f"elapsed({node.unit!r}, {start}, {end})")


def _call(w: _Writer, node: n.Call, block: _Block) -> tuple[str, bool]:
    atoms = [w.value(argument, block) for argument in node.arguments]
    if node.function == "coalesce":
        return _coalesce(w, atoms)
    code = {"least": "min", "greatest": "max", "round": "rounded", "ln": "logarithm"}.get(node.function, node.function)
    return w.guarded(atoms, f"{code}({', '.join(atoms)})", node.function not in ("ln", "power"))


def _coalesce(w: _Writer, atoms: Sequence[str]) -> tuple[str, bool]:
    first_certain = next((index for index, atom in enumerate(atoms) if atom in w.certain), None)
    *most, last = [atom for atom in atoms[: None if first_certain is None else first_certain + 1] if atom != "None"] or ["None"]
    return " ".join([*(f"{atom} if {atom} is not None else" for atom in most), last]), first_certain is not None


def _case(w: _Writer, node: n.Case, block: _Block) -> tuple[str, bool]:
    results = [w.value(then, block) for _, then in node.branches]
    conditions = [w.truth(when, block).true for when, _ in node.branches]
    otherwise = w.value(node.otherwise, block) if node.otherwise is not None else "None"
    code = " ".join(f"{then} if {when} else" for when, then in zip(conditions, results, strict=True))
    return f"{code} {otherwise}", all(atom in w.certain for atom in (*results, otherwise))


def _chosen(w: _Writer, node: n.Chosen, block: _Block) -> tuple[str, bool]:
    held = ", ".join(w.truth(condition, block).true for condition in node.conditions)
    return f"[key for key, held in zip({w.constant(node.keys)}, ({held},)) if held]", True


_VALUES: dict[type, Callable[[_Writer, Any, _Block], tuple[str, bool]]] = {
    n.Negate: _negate,
    n.Arithmetic: _arithmetic,
    n.Shift: _shift,
    n.Edge: _edge,
    n.Elapsed: _elapsed,
    n.Call: _call,
    n.Case: _case,
    n.Chosen: _chosen,
}


# how each kind of condition is written

_OPPOSITE = {"=": "!=", "<>": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_PYTHON = {"=": "==", "<>": "!="}


def _and(w: _Writer, node: n.And, block: _Block) -> _Truth:
    parts = [w.truth(item, block) for item in node.items]
    true = "(" + (" and ".join(part.true for part in parts) or "True") + ")"
    certain = all(part.false is None for part in parts)
    return _Truth(true, None if certain else "(" + " or ".join(part.is_false for part in parts) + ")")


def _or(w: _Writer, node: n.Or, block: _Block) -> _Truth:
    parts = [w.truth(item, block) for item in node.items]
    true = "(" + " or ".join(part.true for part in parts) + ")"
    certain = all(part.false is None for part in parts)
    return _Truth(true, None if certain else "(" + " and ".join(part.is_false for part in parts) + ")")


def _not(w: _Writer, node: n.Not, block: _Block) -> _Truth:
    part = w.truth(node.operand, block)
    return _Truth(f"(not {part.true})") if part.false is None else _Truth(part.false, part.true)


def _compare(w: _Writer, node: n.Compare, block: _Block) -> _Truth:
    left, right = w.value(node.left, block), w.value(node.right, block)
    return w.known_and([left, right], f"{left} {_PYTHON.get(node.op, node.op)} {right}", f"{left} {_OPPOSITE[node.op]} {right}")


def _is_null(w: _Writer, node: n.IsNull, block: _Block) -> _Truth:
    if type(node.operand) in _TRUTHS:
        part = w.truth(node.operand, block)
        return _Truth("False") if part.false is None else _Truth(f"(not {part.true} and not {part.false})")
    atom = w.value(node.operand, block)
    return _Truth("False") if atom in w.certain else _Truth(f"({atom} is None)")


def _is_empty(w: _Writer, node: n.IsEmpty, block: _Block) -> _Truth:
    atom = w.value(node.operand, block)
    return w.known_and([atom], f"not {atom}", f"bool({atom})")


def _in(w: _Writer, node: n.In, block: _Block) -> _Truth:
    assert isinstance(node.members, n.Codes)
    atom, exact = w.value(node.value, block), w.constant(node.members.exact)
    if not node.members.prefixes:
        return w.known_and([atom], f"{atom} in {exact}", f"{atom} not in {exact}")
    test = f"({atom} in {exact} or {atom}.startswith({w.constant(node.members.prefixes)}))"
    return w.known_and([atom], test, f"not {test}")


def _has(w: _Writer, node: n.Has, block: _Block) -> _Truth:
    assert isinstance(node.members, n.Codes)
    atom = w.value(node.value, block)
    test = f"has_{node.mode}({atom}, {w.constant(node.members.exact)}, {w.constant(node.members.prefixes)})"
    return w.known_and([atom], test, f"not {test}")


_TRUTHS: dict[type, Callable[[_Writer, Any, _Block], _Truth]] = {
    n.And: _and,
    n.Or: _or,
    n.Not: _not,
    n.Compare: _compare,
    n.IsNull: _is_null,
    n.IsEmpty: _is_empty,
    n.In: _in,
    n.Has: _has,
}
