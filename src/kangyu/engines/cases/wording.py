"""Why a rule holds, in the words of the form and with the figures of the person: ``收缩压 182 ≥ 180``."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kangyu.engines.language import Type, Typed, nodes
from kangyu.engines.language.nodes import Scope
from kangyu.engines.language.oracle import evaluate
from kangyu.engines.language.subject import Subject

SIGNS = {"=": "是", "<>": "不是", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
AGGREGATES = {"first": "第一次", "last": "最近一次", "min": "最低", "max": "最高", "sum": "合计"}
SUBJECT_TITLES = {"sex": "性别", "birth_date": "出生日期", "death_date": "死亡日期"}
YES_NO: Mapping[str, str] = {"True": "是", "False": "否"}
UNIT_TITLES = {"year": "周岁", "month": "月龄", "week": "周", "day": "天"}


@dataclass(frozen=True)
class Words:
    """Chinese names of fields and of the codes they hold; of a yes or no (``True``, ``False``) where the question has words of its own."""

    titles: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]

    def value(self, name: str, value: Any) -> str:
        """A value as people write it, a code by its name."""
        if isinstance(value, bool):
            return self.codes.get(name, YES_NO)[str(value)]
        if isinstance(value, float):
            return f"{value:g}"
        if isinstance(value, list | tuple):
            return "、".join(self.value(name, item) for item in value)
        if isinstance(value, date):
            return value.isoformat()
        return self.codes.get(name, {}).get(str(value), str(value))


def because(typed: Typed, subject: Subject, words: Words) -> tuple[str, ...]:
    """What makes a condition true for this subject: one phrase for each part that does. Empty when only records decide."""
    return tuple(dict.fromkeys(_Phrases(subject, words).of(typed.tree, True)))


@dataclass(frozen=True)
class _Phrases:
    subject: Subject
    words: Words

    def truth(self, node: nodes.Node) -> Any:
        return evaluate(Typed("", Type.BOOLEAN, node), self.subject)

    def of(self, node: nodes.Node, wanted: bool) -> list[str]:
        """Phrases for a condition that is ``wanted`` (true, or false under ``not``)."""
        if isinstance(node, nodes.And | nodes.Or):
            deciding = [item for item in node.items if self.truth(item) is wanted]
            return [phrase for item in deciding for phrase in self.of(item, wanted)]
        if isinstance(node, nodes.Not):
            return self.of(node.operand, not wanted)
        if isinstance(node, nodes.Compare | nodes.Between) and _counts_rows(node):
            return []
        if isinstance(node, nodes.Compare):
            return [self.comparison(node, wanted)]
        if isinstance(node, nodes.Between):
            inside = "在" if wanted else "不在"
            return [f"{self.named(node.value)} {inside} {self.plain(node.low)}–{self.plain(node.high)} 之间"]
        if isinstance(node, nodes.In):
            return [f"{self.title(node.value)}是{self.plain(node.value)}"]
        if isinstance(node, nodes.Has):
            return [f"{self.title(node.value)}：{self.held(node)}"] if wanted else [f"{self.title(node.value)}里没有这些"]
        if isinstance(node, nodes.IsNull):
            return [f"{self.title(node.operand)}没有填"] if wanted else []
        if isinstance(node, nodes.Ref) and node.type is Type.BOOLEAN:
            return [self.title(node) if wanted else f"没有{self.title(node)}"]
        return []

    def comparison(self, node: nodes.Compare, wanted: bool) -> str:
        op = node.op if wanted else OPPOSITE[node.op]
        if op in ("=", "<>") and self.is_coded(node.left):
            return f"{self.title(node.left)}{SIGNS[op]}{self.plain(node.right, self.name(node.left))}"
        sign = {"=": "=", "<>": "≠"}.get(op, SIGNS[op])
        return f"{self.named(node.left)} {sign} {self.plain(node.right)}"

    def is_coded(self, node: nodes.Node) -> bool:
        return isinstance(node, nodes.Ref) and node.type is Type.TEXT

    def held(self, node: nodes.Has) -> str:
        values = evaluate(Typed("", Type.LIST, node.value), self.subject) or []
        members = node.members
        if isinstance(members, nodes.Codes):
            values = [value for value in values if value in members.exact or value.startswith(members.prefixes or ("\0",))]
        return self.words.value(self.name(node.value), values)

    def name(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Record):
            return self.name(node.column) if node.column is not None else ""
        return node.name if isinstance(node, nodes.Ref) else ""

    def title(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Age):
            return "年龄"
        if isinstance(node, nodes.Record):
            column = self.words.titles.get(self.name(node), "")
            return f"{AGGREGATES.get(node.function, '')}{column}"
        if isinstance(node, nodes.Ref):
            known = SUBJECT_TITLES if node.scope is Scope.SUBJECT else self.words.titles
            return ("上次" if node.scope is Scope.PREVIOUS else "") + known.get(node.name, node.name)
        return ""

    def named(self, node: nodes.Node) -> str:
        return f"{self.title(node)} {self.plain(node)}".strip()

    def plain(self, node: nodes.Node, name: str = "") -> str:
        value = evaluate(Typed("", Type.NUMBER, node), self.subject)
        if value is None:
            return "未知"
        text = self.words.value(name or self.name(node), value)
        return f"{text} {UNIT_TITLES[node.unit]}" if isinstance(node, nodes.Age) else text


def _counts_rows(node: nodes.Compare | nodes.Between) -> bool:
    """Whether a bare count is compared: its number means nothing without the rule's title, which says it better."""
    value = node.left if isinstance(node, nodes.Compare) else node.value
    return isinstance(value, nodes.Record) and value.function in ("count", "sum")


def with_values(subject: Subject, derived: Mapping[str, Any]) -> Subject:
    """The subject with derived values beside the form's answers, as rules see it."""
    return replace(subject, form={**subject.form, **derived})
