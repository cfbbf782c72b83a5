"""The rules of the grammar for functions: records and their windows, age, elapsed time, enrolment, and the plain ones."""

from abc import abstractmethod

from . import nodes as n
from .errors import nearest
from .token_reader import RESERVED, TokenReader

UNITS = {name: unit for unit in ("minute", "hour", "day", "week", "month", "year") for name in (unit, unit + "s")}
SPANS = ("period", "year", "quarter", "month")
AGGREGATES = ("exists", "count", "first", "last", "min", "max", "sum")
FUNCTIONS = ("coalesce", "ceil", "floor", "abs", "round", "ln", "power", "least", "greatest", "date_of")


class FunctionParser(TokenReader):
    """Reads ``name(…)``; what stands between the brackets is read by the rules for conditions and values."""

    @abstractmethod
    def or_(self) -> n.Node:
        """A condition or value."""

    @abstractmethod
    def sum_(self) -> n.Node:
        """A value without comparison."""

    @abstractmethod
    def duration(self) -> n.Duration:
        """A count of calendar units."""

    @abstractmethod
    def name_part(self, reserved: frozenset[str] = RESERVED) -> str:
        """One word of a name."""

    def call(self) -> n.Node:
        token = self.token
        if token.text in AGGREGATES:
            return self.record()
        if token.text == "age":
            return self.age()
        if token.text in UNITS:
            return self.elapsed()
        if token.text == "enrolled":
            return self.enrolled()
        if token.text not in FUNCTIONS:
            raise self.error(f"没有叫 {token.text} 的函数。", nearest(token.text, (*FUNCTIONS, *AGGREGATES, "age", "enrolled", *UNITS)))
        self.index += 2
        if self.at_sign(")"):
            raise self.error(f"{token.text}() 的括号里缺少值。")
        arguments = [self.or_()]
        while self.take_sign(","):
            arguments.append(self.or_())
        self.need_sign(")")
        return n.Call(token.text, tuple(arguments), at=token.at)

    def record(self) -> n.Node:
        token = self.advance()
        self.index += 1
        distinct = self.at_word("distinct") and self.following().kind == "name" and self.advance().text == "distinct"
        table = self.name_part()
        column_at = self.token.at + 1
        column = n.Name((self.name_part(),), at=column_at) if self.take_sign(".") else None
        where = self.or_() if self.take_word("where") else None
        windows = self.windows()
        if not self.at_sign(")") and windows and self.at_word("where"):
            raise self.error("where 要写在时间窗前面。", "写成 count(表 where 条件 during period)。")
        self.need_sign(")")
        return n.Record(token.text, table, column, distinct, where, windows, at=token.at)

    def windows(self) -> tuple[n.Node, ...]:
        found = []
        while self.at_word("during", "within", "since", "before", "active"):
            found.append(self.window())
        return tuple(found)

    def window(self) -> n.Node:
        token = self.advance()
        if token.text == "during":
            return n.During(self.span(), at=token.at)
        if token.text == "since":
            return n.Since(self.sum_(), at=token.at)
        if token.text == "before":
            return n.Before(self.sum_(), at=token.at)
        if token.text == "within":
            duration = self.duration()
            return n.Within(duration, self.sum_() if self.take_word("of") else None, at=token.at)
        if self.take_word("during"):
            return n.ActiveDuring(self.span(), at=token.at)
        self.need_word("at", "写成 active at 日期，或 active during period。")
        return n.ActiveAt(self.sum_(), at=token.at)

    def span(self) -> str:
        if not self.at_word(*SPANS):
            raise self.error(f"{self.here()}应当是 period、year、quarter 或 month。", "例如 during year。")
        return self.advance().text

    def age(self) -> n.Node:
        at = self.advance().at
        self.index += 1
        unit = UNITS[self.advance().text] if self.at_word(*UNITS) else "year"
        when = self.sum_() if self.take_word("at") else None
        self.need_sign(")")
        return n.Age(unit, when, at=at)

    def elapsed(self) -> n.Node:
        token = self.advance()
        self.index += 1
        unit = UNITS[token.text]
        remedy = f"写成 {token.text}(since 日期) 或 {token.text}(from 日期 to 日期)。"
        if self.take_word("since"):
            start, end = self.sum_(), None
        else:
            self.need_word("from", remedy)
            start = self.sum_()
            self.need_word("to", remedy)
            end = self.sum_()
        self.need_sign(")")
        return n.Elapsed(unit, start, end, at=token.at)

    def enrolled(self) -> n.Node:
        at = self.advance().at
        self.index += 1
        if self.token.kind != "string":
            raise self.error(f"{self.here()}应当是项目的名称。", "写成 enrolled('hypertension' active at today)。")
        programme = self.advance().text
        windows = self.windows()
        if not windows:
            raise self.error("enrolled 要说明时间。", "加上 active at today、active during period 或 during period。")
        self.need_sign(")")
        return n.Enrolled(programme, windows, at=at)
