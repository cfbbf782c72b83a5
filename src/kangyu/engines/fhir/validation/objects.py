"""The check of one JSON object or list: known properties, cardinality, one of each choice, nothing empty, nothing null."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson

from kangyu.engines.fhir.validation.faults import WRONG, Check, Faults, Find, fault, simple, under, wrong_kind

Rule = Callable[[dict[str, Any]], Faults | None]
Right = Callable[[Iterable[Any]], bool]
REMEMBERED = 1024
RIGHT = 8192
_NULL_ITEM = "列表中不允许出现 null。"


@dataclass
class Plan:
    """What an object of one type may hold. ``checks`` is filled after the check is made, so that types may refer to each other."""

    checks: dict[str, Check] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    choices: list[tuple[str, frozenset[str], bool]] = field(default_factory=list)
    rule: Rule | None = None


def object_check(plan: Plan) -> Check:
    """The check of objects of one type.

    Records repeat a few shapes (the same properties in the same order), and what a shape allows depends on names alone: it is judged
    once and remembered, so a faultless object costs one lookup and the checks of its values.
    """
    shapes: dict[tuple[str, ...], Right] = {}
    rule = plan.rule

    def look(value: Any) -> Faults | None:
        if type(value) is not dict:
            return WRONG
        shape = tuple(value)
        right = shapes.get(shape)
        if right is None:
            finds = _shape_finds(plan, shape) if value else None
            if finds is None:
                return WRONG
            right = _unrolled(len(finds))(*finds)
            if len(shapes) < REMEMBERED:
                shapes[shape] = right
        if not right(value.values()):
            return WRONG
        return None if rule is None else rule(value)

    def explain(value: Any) -> Faults | None:
        if type(value) is not dict:
            return wrong_kind(value, "JSON 对象")
        if not value:
            return fault("structure", "对象不能为空。", "没有内容时请删除该属性。")
        return _explained(plan, value)

    return Check(look, explain)


def recurring(one: Check) -> Check:
    """The same check for objects of which records hold the same few again and again: what was found right is known by its JSON text.

    Writing a small object as text costs a tenth of checking it.
    """
    right: set[bytes] = set()
    look_at = one.look

    def look(value: Any) -> Faults | None:
        try:
            text = orjson.dumps(value)
        except TypeError:
            return look_at(value)
        if text in right:
            return None
        found = look_at(value)
        # Values JSON cannot tell from null (NaN) are wrong wherever they stand, but null is not.
        if found is None and len(right) < RIGHT and b"null" not in text:
            right.add(text)
        return found

    return Check(look, one.explain)


@cache
def _unrolled(count: int) -> Callable[..., Right]:
    """Binds ``count`` checks into one function that says whether as many values all pass.

    A loop over pairs costs more than the checks themselves. The text made here depends on the number alone, never on names or data.
    """
    checks = ", ".join(f"check{i}" for i in range(count))
    values = "".join(f"value{i}, " for i in range(count))
    calls = " and ".join(f"check{i}(value{i}) is None" for i in range(count))
    source = f"def bind({checks}):\n def right(values):\n  {values}= values\n  return {calls}\n return right"
    scope: dict[str, Any] = {}
    exec(source, scope)
    return scope["bind"]  # type: ignore[no-any-return]


def _shape_finds(plan: Plan, shape: tuple[str, ...]) -> tuple[Find, ...] | None:
    """How to look at the properties, in order; None where the names alone are already wrong."""
    names = frozenset(shape)
    if not names <= plan.checks.keys() or any(name not in names and f"_{name}" not in names for name in plan.required):
        return None
    for _, options, needed in plan.choices:
        present = {name.removeprefix("_") for name in names & options}
        if len(present) > 1 or (needed and not present):
            return None
    return tuple(plan.checks[name].look for name in shape)


def _explained(plan: Plan, value: dict[str, Any]) -> Faults | None:
    """All findings; None when it is right after all, as a null beside its extension is."""
    found: Faults = []
    for key, child in value.items():
        one = plan.checks.get(key)
        if one is None:
            found += fault("structure", f"未知属性 {key[:64]}。", "请核对属性名称；R4 没有的内容请用 extension。", key)
        else:
            found += under(key, _without_paired_nulls(one.explain(child) or [], value.get(f"_{key}")))
    for name in plan.required:
        if name not in value and f"_{name}" not in value:
            found += fault("required", f"缺少必填属性 {name}。", "请补充。", name)
    for name, names, needed in plan.choices:
        found += _choice_faults(name, {key.removeprefix("_") for key in value.keys() & names}, needed)
    if not found and plan.rule is not None:
        found += plan.rule(value) or []
    return found or None


def _choice_faults(name: str, present: set[str], needed: bool) -> Faults:
    if len(present) > 1:
        return fault("structure", f"{name}[x] 只能出现一种类型，现有 {'、'.join(sorted(present))}。", "请只保留一个。", name)
    if needed and not present:
        return fault("required", f"缺少必填属性 {name}[x]。", "请按允许的类型之一补充。", name)
    return []


def _without_paired_nulls(faults: Faults, twins: Any) -> Faults:
    """A null in a list of primitives is right where the list of the same name with ``_`` holds an extension in that place."""
    if not faults or type(twins) is not list:
        return faults
    paired = {f"[{index}]" for index, twin in enumerate(twins) if type(twin) is dict and twin}
    return [f for f in faults if not (f.message == _NULL_ITEM and f.path in paired)]


def list_check(one: Check, maximum: int) -> Check:
    """The check of a repeating property; ``maximum`` 0 is no limit."""
    look_at = one.look

    def look(value: Any) -> Faults | None:
        if type(value) is not list or not value or 0 < maximum < len(value):
            return WRONG
        for item in value:
            if look_at(item) is not None:
                return WRONG
        return None

    def explain(value: Any) -> Faults | None:
        if type(value) is not list:
            return wrong_kind(value, "列表（方括号）")
        if not value:
            return fault("structure", "列表不能为空。", "没有内容时请删除该属性。")
        found = [f for index, item in enumerate(value) for f in under(f"[{index}]", _item(one, item))]
        if 0 < maximum < len(value):
            found += fault("structure", f"至多允许 {maximum} 项。", "请删去多余的项。")
        return found or None

    return Check(look, explain)


def _item(one: Check, item: Any) -> Faults:
    if item is None:
        return fault("structure", _NULL_ITEM, "请删除该项。")
    return one.explain(item) or []


def twin_list_check(one: Check) -> Check:
    """The check of ``_name`` for a repeating primitive: extensions, null in the places that need none, not null everywhere."""

    def explain(value: Any) -> Faults | None:
        if type(value) is not list:
            return wrong_kind(value, "列表（方括号）")
        if not any(item is not None for item in value):
            return fault("structure", "列表不能为空，也不能全是 null。", "没有扩展时请删除该属性。")
        return [f for index, item in enumerate(value) if item is not None for f in under(f"[{index}]", one.explain(item) or [])] or None

    return simple(explain)
