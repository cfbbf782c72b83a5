"""From text to tree: recursive descent over the grammar of the language, one method for each rule.

Words such as ``to``, ``first`` or ``during`` are special only where the grammar expects them, so that tables may have columns of
those names; ``RESERVED`` lists the few that can never be names.
"""

from collections.abc import Callable
from datetime import date

from . import nodes as n
from .function_parser import UNITS, FunctionParser
from .token_reader import COMPARISONS, RESERVED

DEEPEST_NESTING = 30
DEEPEST_TREE = 80


class Parser(FunctionParser):
    """Reads one expression. Use ``read``; everything else is one grammar rule each."""

    def read(self) -> n.Node:
        """The whole text as one tree."""
        if self.token.kind == "end":
            raise self.error("表达式是空的。", "写一个条件或算式，例如 age() >= 65。")
        tree = self.or_()
        if self.token.kind != "end":
            raise self.unexpected()
        if _depth(tree) > DEEPEST_TREE:
            raise self.error("表达式嵌套太深。", "请拆成几个有名字的表达式。", at=0)
        return tree

    # conditions

    def or_(self) -> n.Node:
        self.nesting += 1
        if self.nesting > DEEPEST_NESTING:
            raise self.error("括号嵌套太深。", "请拆成几个有名字的表达式。")
        tree = self.joined("or", n.Or, lambda: self.joined("and", n.And, self.not_))
        self.nesting -= 1
        return tree

    def joined(self, word: str, node: Callable[..., n.Node], part: Callable[[], n.Node]) -> n.Node:
        at = self.token.at
        items = [part()]
        while self.take_word(word):
            items.append(part())
        return items[0] if len(items) == 1 else node(tuple(items), at=at)

    def not_(self) -> n.Node:
        at = self.token.at
        count = 0
        while self.take_word("not"):
            count += 1
        if count > 2:
            raise self.error("连着写了几个 not。", "留一个就够。", at=at)
        tree = self.test()
        for _ in range(count):
            tree = n.Not(tree, at=at)
        return tree

    def test(self) -> n.Node:
        at = self.token.at
        left = self.sum_()
        if self.at_sign(*COMPARISONS):
            op = self.advance().text
            if self.at_sign("=", "<", ">"):
                raise self.error(
                    f"没有“{op}{self.token.text}”这个运算符。", "相等写 =，不等写 <>，不小于写 >=，不大于写 <=。", at=self.token.at - 1
                )
            return n.Compare(op, left, self.sum_(), at=at)
        if self.take_word("between"):
            low = self.sum_()
            self.need_word("and", "写成 x between 下限 and 上限。")
            return n.Between(left, low, self.sum_(), at=at)
        if self.take_word("is"):
            return self.is_(left, at)
        if self.at_word("not") and self.following().text == "in":
            self.index += 2
            return n.Not(n.In(left, self.set_(), at=at), at=at)
        if self.take_word("in"):
            return n.In(left, self.set_(), at=at)
        if self.take_word("has"):
            if not self.at_word("any", "all"):
                raise self.error(f"{self.here()}应当是 any 或 all。", "写成 symptoms has any ('a', 'b')。")
            mode = self.advance().text
            return n.Has(left, mode, self.set_(), at=at)
        return left

    def is_(self, left: n.Node, at: int) -> n.Node:
        negated = self.take_word("not")
        if self.take_word("null"):
            tree: n.Node = n.IsNull(left, at=at)
        elif self.take_word("empty"):
            tree = n.IsEmpty(left, at=at)
        else:
            raise self.error(f"{self.here()}应当是 null 或 empty。", "写成 x is null、x is not null 或 x is empty。")
        return n.Not(tree, at=at) if negated else tree

    def set_(self) -> n.Node:
        at = self.token.at
        if self.token.kind == "string":
            return n.ValueSet(self.advance().text, at=at)
        if not self.at_sign("("):
            raise self.error(f"{self.here()}应当是值集的名称或一列常量。", "写成 in 'value_set' 或 in ('a', 'b')。")
        self.index += 1
        items = [self.constant()]
        while self.take_sign(","):
            items.append(self.constant())
        self.need_sign(")")
        return n.Constants(tuple(items), at=at)

    def constant(self) -> n.Literal:
        at = self.token.at
        negative = self.take_sign("-")
        if self.token.kind == "number":
            return self.number(at, negative)
        if not negative and self.token.kind == "string":
            return n.Literal(self.advance().text, n.Type.TEXT, at=at)
        if not negative and self.at_word("true", "false"):
            return n.Literal(self.advance().text == "true", n.Type.BOOLEAN, at=at)
        if not negative and self.at_word("date"):
            self.index += 1
            return self.date_(at)
        raise self.error(f"{self.here()}应当是常量。", "括号里只能列出数字、文字或日期；要找 null，请另写 x is null。")

    # values

    def sum_(self) -> n.Node:
        return self.chain(("+", "-"), self.product)

    def product(self) -> n.Node:
        return self.chain(("*", "/"), self.unary)

    def chain(self, signs: tuple[str, ...], part: Callable[[], n.Node]) -> n.Node:
        at = self.token.at
        tree = part()
        while self.at_sign(*signs):
            op = self.advance().text
            tree = n.Arithmetic(op, tree, part(), at=at)
        return tree

    def unary(self) -> n.Node:
        at = self.token.at
        if not self.take_sign("-"):
            return self.atom()
        if self.at_sign("-"):
            raise self.error("连着写了两个负号。", "去掉一个。")
        if self.token.kind == "number" and self.following().text not in UNITS:
            return self.number(at, True)
        return n.Negate(self.atom(), at=at)

    def atom(self) -> n.Node:
        token = self.token
        if token.kind == "number":
            return self.number_or_duration()
        if token.kind == "string":
            self.index += 1
            return n.Literal(token.text, n.Type.TEXT, at=token.at)
        if self.take_sign("("):
            tree = self.or_()
            self.need_sign(")")
            return tree
        if token.kind == "name":
            return self.word()
        raise self.unexpected()

    def number(self, at: int, negative: bool) -> n.Literal:
        text = self.advance().text
        value = float(text) if "." in text else int(text)
        return n.Literal(-value if negative else value, n.Type.NUMBER, at=at)

    def number_or_duration(self) -> n.Node:
        at = self.token.at
        if self.following().kind == "name" and self.following().text in UNITS:
            return self.duration()
        return self.number(at, False)

    def duration(self) -> n.Duration:
        at = self.token.at
        if self.token.kind != "number" or self.following().text not in UNITS:
            raise self.error(f"{self.here()}应当是一段时间。", "写成 3 months、2 weeks 或 10 days。")
        count, unit = self.advance().text, UNITS[self.advance().text]
        if "." in count or int(count) > 100_000:
            raise self.error("一段时间要用不太大的整数。", "例如 6 months，不写 0.5 year。", at=at)
        return n.Duration(int(count), unit, at=at)

    def date_(self, at: int) -> n.Literal:
        token = self.token
        if token.kind != "string":
            raise self.error(f"{self.here()}应当是日期。", "写成 date '2025-01-31'。")
        try:
            value = date.fromisoformat(token.text)
            if len(token.text) != len("2025-01-31"):
                raise ValueError
        except ValueError:
            raise self.error(f"“{token.text}”不是日期。", "写成 date '2025-01-31'，并检查该月有没有这一天。") from None
        self.index += 1
        return n.Literal(value, n.Type.DATE, at=at)

    def word(self) -> n.Node:
        token, following = self.token, self.following()
        if token.text in ("true", "false"):
            return n.Literal(self.advance().text == "true", n.Type.BOOLEAN, at=token.at)
        if token.text == "null":
            self.index += 1
            return n.Literal(None, n.Type.NULL, at=token.at)
        if token.text == "case":
            return self.case()
        if token.text == "date" and following.kind == "string":
            self.index += 1
            return self.date_(token.at)
        if following.kind == "sign" and following.text == "(" and token.text not in RESERVED:
            return self.call()
        return self.name()

    def name(self) -> n.Name:
        at = self.token.at
        parts = [self.name_part()]
        while self.take_sign("."):
            parts.append(self.name_part(reserved=frozenset()))  # after a dot no word is special: period.end
        if len(parts) > 4:
            raise self.error("名称里的点太多。", "最多三个点，例如 it.residence.county.name。", at=at)
        return n.Name(tuple(parts), at=at)

    def name_part(self, reserved: frozenset[str] = RESERVED) -> str:
        token = self.token
        if token.kind != "name" or token.text in reserved:
            raise self.unexpected()
        if token.text != token.text.lower():
            if token.text.lower() in reserved:
                raise self.error(f"关键字要用小写：{token.text.lower()}。")
            raise self.error(f"名称“{token.text}”里有大写字母。", f"名称用小写：{token.text.lower()}。")
        return self.advance().text

    def case(self) -> n.Node:
        at = self.advance().at
        branches = []
        while self.take_word("when"):
            condition = self.or_()
            self.need_word("then", "写成 case when 条件 then 结果 else 其他 end。")
            branches.append((condition, self.or_()))
        if not branches:
            raise self.error(f"{self.here()}应当是 when。", "写成 case when 条件 then 结果 else 其他 end。")
        otherwise = self.or_() if self.take_word("else") else None
        self.need_word("end", "case 要以 end 结束。")
        return n.Case(tuple(branches), otherwise, at=at)


def _depth(tree: n.Node) -> int:
    """Levels of the tree, counted without recursion so that a hostile text cannot exhaust the stack."""
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in n.children(node))
    return deepest
