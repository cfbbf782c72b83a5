"""Random typed expressions and random subjects for them, drawn where mistakes hide: on the edges of windows, on ties, on month ends.

Everything draws from a ``random.Random``, so that Hypothesis can shrink it and a frozen corpus can be drawn from a seed.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pyarrow as pa

from kangyu.engines.language import ExpressionError, Period, Schema, Subject, Table, Type, Typed, check

N, T, B, D, L = Type.NUMBER, Type.TEXT, Type.BOOLEAN, Type.DATE, Type.LIST

CODES = ["I10", "I11", "E1", "E11", "E11.9", "J45", "X007"]
PICKS = ["good", "fair", "poor"]
DURATIONS = ["1 day", "2 weeks", "1 month", "3 months", "1 year"]
EDGE_DAYS = [
    date(2024, 2, 29),
    date(2024, 3, 31),
    date(2025, 2, 28),
    date(2025, 3, 1),
    date(2024, 12, 31),
    date(2025, 1, 1),
    date(2025, 4, 30),
    date(2025, 11, 21),
]
FIELDS = {"a": N, "b": N, "flag": B, "day": D, "pick": T, "many": L}
SCHEMA = Schema(
    subject={"birth_date": D, "death_date": D, "sex": T},
    tables={
        "bp": Table("bp", {"systolic": N, "diastolic": N, "code": T, "good": B}),
        "episodes": Table("episodes", {"programme": T, "level": N}, interval=True),
        "visits": Table("visits", {"systolic": N, "seen": B, "many": L, "until": D}),
    },
    value_sets={
        "few": frozenset({"I10", "E11*"}),
        "nothing": frozenset(),
        "chapters": frozenset({"I*", "J4*", "X00*", "Q99"}),
        "long": frozenset({f"X{number:03}" for number in range(150)} | {"E1"}),
    },
    fields=FIELDS,
    previous=FIELDS,
    settings={"limit": 140, "share": 0.5},
    own="visits",
)


class Writer:
    """Writes random expressions that the checker accepts (nearly always)."""

    def __init__(self, random: Random, fields: dict[str, Type]):
        self.random = random
        self.fields = fields
        self.table: Table | None = None
        self.in_record = False

    def pick(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def text(self, kind: Type, depth: int) -> str:
        """An expression of type ``kind``, at most ``depth`` levels deep."""
        writers = {N: self.number, T: self.word, B: self.condition, D: self.day, L: self.many}
        return writers[kind](depth)

    def name(self, kind: Type) -> str:
        """A name of type ``kind`` that is visible here."""
        names = [f"prev.{name}" for name, own in FIELDS.items() if own is kind]
        names += [f"it.{name}" for name, own in SCHEMA.subject.items() if own is kind]
        names += [f"this.{name}" for name, own in self.fields.items() if own is kind]
        if self.table is None:
            names += [name for name, own in self.fields.items() if own is kind] * 2
        else:
            names += [name for name, own in self.table.all_columns.items() if own is kind and name != "id"] * 4
        names += {N: ["limit", "share"], D: ["today", "period.start", "period.end"]}.get(kind, [])
        return self.random.choice(names)

    def case(self, kind: Type, depth: int) -> str:
        otherwise = self.pick("", f" else {self.text(kind, depth - 1)}", " else null")
        return f"case when {self.condition(depth - 1)} then {self.text(kind, depth - 1)}{otherwise} end"

    def number(self, depth: int) -> str:
        if depth <= 0:
            return self.pick(self.name(N), self.name(N), str(self.random.randint(-3, 3)), "130", "0.5", "null")
        below = depth - 1
        forms = [
            lambda: f"({self.number(below)} {self.pick('+', '-', '*', '/')} {self.number(below)})",
            lambda: f"-({self.number(below)})",
            lambda: f"{self.pick('abs', 'ceil', 'floor', 'round', 'ln')}({self.number(below)})",
            lambda: f"round({self.number(below)}, {self.pick(0, 1, 2)})",
            lambda: f"power({self.number(0)}, {self.pick(2, -1, 0.5)})",
            lambda: f"{self.pick('least', 'greatest', 'coalesce')}({self.number(below)}, {self.number(below)})",
            lambda: self.case(N, depth),
            lambda: f"age({self.pick('', 'months', 'weeks')}{self.pick('', ' at ' + self.day(0))})",
            self.elapsed,
        ]
        if not self.in_record:
            forms += [lambda: self.record(N, depth)] * 6
        return self.random.choice(forms)()

    def elapsed(self) -> str:
        stretch = self.pick(f"since {self.day(0)}", f"from {self.day(0)} to {self.day(0)}")
        return f"{self.pick('days', 'weeks', 'months', 'years')}({stretch})"

    def word(self, depth: int) -> str:
        if depth <= 0:
            return self.pick(self.name(T), self.name(T), f"'{self.random.choice(CODES + PICKS)}'")
        forms = [lambda: self.case(T, depth), lambda: f"coalesce({self.word(depth - 1)}, {self.word(depth - 1)})"]
        if not self.in_record:
            forms += [lambda: self.record(T, depth)] * 3
        return self.random.choice(forms)()

    def day(self, depth: int) -> str:
        if depth <= 0:
            return self.pick(self.name(D), self.name(D), f"date '{self.random.choice(EDGE_DAYS)}'")
        forms = [
            lambda: f"({self.day(depth - 1)} {self.pick('+', '-')} {self.random.choice(DURATIONS)})",
            lambda: self.case(D, depth),
            lambda: f"{self.pick('least', 'greatest', 'coalesce')}({self.day(depth - 1)}, {self.day(depth - 1)})",
        ]
        if not self.in_record:
            forms += [lambda: self.record(D, depth)] * 3
        return self.random.choice(forms)()

    def many(self, depth: int) -> str:
        if depth > 0 and not self.in_record:
            return self.record(L, depth)
        return self.name(L)

    def condition(self, depth: int) -> str:
        if depth <= 0:
            dates = f"{self.name(D)} {self.comparison()} {self.name(D)}"
            return self.pick(self.name(B), f"{self.name(N)} {self.comparison()} 130", dates)
        below = depth - 1
        kind = self.pick(N, D)
        forms = [
            lambda: f"({self.condition(below)} {self.pick('and', 'or')} {self.condition(below)})",
            lambda: f"not ({self.condition(below)})",
            lambda: f"not ({self.condition(below)})",
            lambda: f"({self.text(kind, below)}) {self.comparison()} {self.text(kind, below)}",
            lambda: f"{self.word(below)} {self.pick('=', '<>')} {self.word(0)}",
            lambda: f"({self.text(kind, below)}) between {self.text(kind, 0)} and {self.text(kind, 0)}",
            lambda: f"(not {self.condition(0)}) {self.pick('=', '<>')} ({self.condition(0)})",
            lambda: f"({self.text(self.pick(N, T, B, D, L), below)}) is {self.pick('', 'not ')}null",
            lambda: f"{self.word(below)} {self.pick('', 'not ')}in {self.members()}",
            lambda: f"{self.many(below)} has {self.pick('any', 'all')} {self.members()}",
            lambda: f"{self.many(below)} is {self.pick('', 'not ')}empty",
            lambda: f"({self.case(B, depth)})",
        ]
        if not self.in_record:
            forms += [lambda: self.record(B, depth)] * 6
        return self.random.choice(forms)()

    def comparison(self) -> str:
        return self.pick("<", "<=", ">", ">=")

    def members(self) -> str:
        return self.pick("'few'", "'nothing'", "'chapters'", "'long'", "('good', 'I10')", "('E11.9')")

    def record(self, kind: Type, depth: int) -> str:
        """A record function, the more window and ties the better."""
        table = self.random.choice(list(SCHEMA.tables.values()))
        columns = [name for name, own in table.all_columns.items() if own is kind and name != "id"]
        any_column = self.random.choice([name for name, own in table.all_columns.items() if own is not L and name != "id"])
        heads = {B: [f"exists({table.name}", f"exists({table.name}.{any_column}"]}.get(kind, [])
        if kind is N:
            heads = [f"count({table.name}", f"count({table.name}.{any_column}", f"count(distinct {table.name}.{any_column}"]
            heads += [f"{self.pick('sum', 'min', 'max')}({table.name}.{column}" for column in columns]
        heads += [f"{self.pick('first', 'last')}({table.name}.{column}" for column in columns] * 2
        heads += [f"{self.pick('min', 'max')}({table.name}.{column}" for column in columns if kind is D]
        if not heads:
            return self.name(kind)
        head = self.random.choice(heads)
        windows = "".join(self.window(table, depth) for _ in range(self.pick(0, 1, 1, 2)))
        self.table, self.in_record = table, True
        where = f" where {self.condition(min(depth - 1, 1))}" if self.pick(True, False) else ""
        self.table, self.in_record = None, False
        if head.startswith("exists(episodes") and self.pick(True, False):
            return f"enrolled('good'{windows or ' active at today'})"
        return f"{head}{where}{windows})"

    def window(self, table: Table, depth: int) -> str:
        self.in_record = True
        bound = self.day(self.pick(0, 0, min(depth - 1, 1)))
        self.in_record = False
        span = self.pick("period", "period", "year", "quarter", "month")
        duration = self.random.choice(DURATIONS)
        forms = [f"during {span}", f"within {duration}", f"within {duration} of {bound}", f"since {bound}", f"before {bound}"]
        if table.interval:
            forms += [f"active during {span}", f"active at {bound}", f"active at {self.pick('today', 'period.end', 'period.start')}"]
        return " " + self.random.choice(forms)


class World:
    """Draws subjects whose dates stand on the edges that expressions ask about."""

    def __init__(self, random: Random, today: date, period: Period | None):
        self.random = random
        self.today = today
        self.period = period
        edges = {self.today, *EDGE_DAYS}
        if period:
            edges |= {period.start, period.end}
        for day in list(edges):
            edges |= {day - timedelta(days=days) for days in (1, 14, 28, 29, 30, 31, 90, 92, 365, 366)} | {day + timedelta(days=1)}
        self.edges = sorted(edges)
        self.starts = [today.replace(day=1), today.replace(month=1, day=1), *([period.start] if period else [])]
        self.near = [self.today + timedelta(days=days) for days in (-31, -30, -28, -14, -1, 0, 0, 1)]

    def or_null(self, value: Any) -> Any:
        return None if self.random.random() < 0.15 else value

    def any_day(self) -> date:
        return self.random.choice(self.near if self.random.random() < 0.4 else self.edges)

    def column(self, kind: Type) -> Any:
        if kind is N:
            return self.or_null(self.random.choice([-2.5, -1, 0, 0.5, 1, 2, 129.5, 130, 131, 140]))
        if kind is B:
            return self.or_null(self.random.random() < 0.5)
        if kind is D:
            return self.or_null(self.any_day())
        if kind is L:
            return self.or_null(self.random.sample(CODES + PICKS, self.random.choice([0, 0, 1, 2])))
        return self.or_null(self.random.choice(CODES + PICKS))

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Up to six rows, often several on one day, in any order."""
        days = [self.any_day() for _ in range(3)]
        count = self.random.randint(0, 6)
        found = []
        for identity in self.random.sample([f"r{number}" for number in range(2, 14)], count):
            row = {name: self.column(kind) for name, kind in table.columns.items()}
            row |= {"id": identity, "on": self.random.choice(days) if self.random.random() < 0.97 else None}
            if table.interval:
                row["to"] = self.random.choice([None, self.any_day(), row["on"], self.random.choice(self.starts)])
            found.append(row)
        return found

    def subject(self) -> Subject:
        form = {name: self.column(kind) for name, kind in FIELDS.items()}
        previous = {name: self.column(kind) for name, kind in FIELDS.items()} if self.random.random() < 0.7 else None
        return Subject(
            fields={
                "birth_date": self.or_null(self.birth_date()),
                "death_date": self.column(D),
                "sex": self.or_null(self.random.choice(PICKS)),
            },
            tables={table.name: self.rows(table) for table in SCHEMA.tables.values()},
            today=self.today,
            period=self.period,
            form=form,
            previous=previous,
            row_id=self.random.choice([None, "r1", "r5", "r7"]),
        )

    def birth_date(self) -> date:
        return self.random.choice([date(1960, 2, 29), date(2020, 2, 29), date(2023, 1, 31), date(2024, 3, 31), self.today, *self.near])


def draw_texts(random: Random, count: int, depth: int) -> dict[str, tuple[str, Type]]:
    """``count`` named expressions; later ones may use earlier ones as fields."""
    fields = dict(FIELDS)
    texts = {}
    for index in range(count):
        kind = random.choice([N, N, B, B, D, T, L])
        texts[f"v{index}"] = (Writer(random, fields).text(kind, random.randint(1, depth)), kind)
        fields[f"v{index}"] = kind
    return texts


def draw_records(random: Random, count: int) -> dict[str, tuple[str, Type]]:
    """``count`` bare record functions: nothing around them hides a window's end or a tie."""
    kinds = [random.choice([N, B, D, T]) for _ in range(count)]
    return {f"v{index}": (Writer(random, FIELDS).record(kind, 1), kind) for index, kind in enumerate(kinds)}


def draw_period(random: Random) -> Period | None:
    """A quarter, a year, a single day or none."""
    return random.choice(
        [
            Period.of_year(2024),
            Period.of_year(2025),
            Period(date(2025, 1, 1), date(2025, 3, 31)),
            Period(date(2024, 2, 29), date(2024, 2, 29)),
            None,
        ]
    )


ARROW = {
    Type.NUMBER: pa.float64(),
    Type.TEXT: pa.string(),
    Type.BOOLEAN: pa.bool_(),
    Type.DATE: pa.date32(),
    Type.LIST: pa.list_(pa.string()),
}


def checked(texts: Mapping[str, tuple[str, Type]]) -> dict[str, Typed]:
    """Those of ``texts`` that the checker accepts, each allowed to use those before it."""
    typed: dict[str, Typed] = {}
    fields = dict(FIELDS)
    for name, (text, kind) in texts.items():
        try:
            typed[name] = check(text, dataclasses.replace(SCHEMA, fields=fields), kind)
            fields[name] = kind
        except ExpressionError:
            continue
    return typed


def same(one: Any, other: Any) -> bool:
    """Equal values; numbers may differ in the last digits, and lists in nothing."""
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    return [f"{name}: expected {expected[name]!r}, found {found[name]!r}" for name in expected if not same(expected[name], found[name])]


def event_rows(name: str, subjects: Sequence[Subject]) -> pa.Table:
    """All subjects' rows of one event table, with the subject's number ``pid``."""
    columns = SCHEMA.tables[name].all_columns
    rows = [{"pid": pid, **row} for pid, subject in enumerate(subjects) for row in subject.tables[name]]
    return pa.Table.from_pylist(rows, pa.schema([("pid", pa.int64()), *((column, ARROW[kind]) for column, kind in columns.items())]))


def spine_rows(subjects: Sequence[Subject], own_today: bool) -> pa.Table:
    fields = [("pid", pa.int64()), ("row_id", pa.string()), *((name, ARROW[kind]) for name, kind in SCHEMA.subject.items())]
    fields += [(f"{scope}.{name}", ARROW[kind]) for scope in ("this", "prev") for name, kind in FIELDS.items()]
    fields += [("today", pa.date32())] if own_today else []
    rows = []
    for pid, subject in enumerate(subjects):
        row = {"pid": pid, "row_id": subject.row_id, "today": subject.today, **subject.fields}
        row |= {f"this.{name}": value for name, value in subject.form.items()}
        row |= {f"prev.{name}": value for name, value in (subject.previous or {}).items()}
        rows.append(row)
    return pa.Table.from_pylist(rows, pa.schema(fields))


DAYS = [
    date(year, month, 1) + timedelta(days=days)
    for year, months in ((2023, (2, 3, 12)), (2024, (1, 2, 3, 4, 12)), (2025, (1, 2, 3)), (2028, (2, 3)))
    for month in months
    for days in (-4, -3, -2, -1, 0, 1)
]
PAIRS = [(start, end) for start in DAYS for end in DAYS]
DATE_TEXTS = {
    "days": "days(from it.a to it.b)",
    "weeks": "weeks(from it.a to it.b)",
    "months": "months(from it.a to it.b)",
    "years": "years(from it.a to it.b)",
    "next_month": "it.a + 1 month",
    "month_before": "it.a - 1 month",
    "next_year": "it.a + 1 year",
    "four_years_before": "it.a - 4 years",
    "week": "it.a + 1 week",
    "within": "it.a > it.b - 3 months",
}
DATE_SCHEMA = Schema(subject={"a": Type.DATE, "b": Type.DATE})
