"""Compiles FHIRPath trees to SQL values. The R4 definitions say which properties repeat and of which type they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count

from kangyu.engines.fhir.definitions import Element, definitions
from kangyu.engines.fhir.fhirpath import Binary, Call, Index, Literal, Member, Node, PathError, Sign, This, Variable, parse
from kangyu.engines.fhir.views import operators
from kangyu.engines.fhir.views.values import Many, One, Value, kind_of, native, quoted, scalar, truth

_OPEN_TYPES = frozenset({"Resource", "DomainResource"})


@dataclass
class KeyedList:
    """The name of the join that looks items up, and the keys wanted, each with the number of its column."""

    name: str
    wanted: dict[str, int] = field(default_factory=dict)


@dataclass
class Scope:
    """What an expression may use besides its focus: constants, fresh names, and joins shared by the whole statement.

    ``unique`` names lists whose items are told apart by a key, as ``item.linkId``: such a list is turned into one object for each row.
    """

    constants: Mapping[str, One] = field(default_factory=dict)
    root: One = field(default_factory=lambda: One("r.body"))
    unique: frozenset[str] = frozenset()
    row_index: str = "0"
    lists: dict[tuple[str, str], "KeyedList"] = field(default_factory=dict)
    names: "count[int]" = field(default_factory=count)

    def name(self, prefix: str) -> str:
        """A name not used before in the statement."""
        return f"{prefix}{next(self.names)}"

    def keyed(self, array: str, key: str, wanted: str) -> str:
        """The item of ``array`` whose ``key`` is ``wanted``, looked up once for each row of the statement however often it is used."""
        listed = self.lists.get((array, key))
        if listed is None:
            listed = self.lists[(array, key)] = KeyedList(self.name("k"))
        return f"{listed.name}.c{listed.wanted.setdefault(wanted, len(listed.wanted))}"

    def under(self, row_index: str) -> "Scope":
        """The same scope with another ``%rowIndex``."""
        return replace(self, row_index=row_index)


def compile_path(text: str, focus: One, scope: Scope) -> Value:
    """The SQL value of an expression on a focus. Raises PathError."""
    return compile_node(parse(text), focus, scope)


def compile_node(node: Node, focus: One, scope: Scope) -> Value:
    """The SQL value of a tree on a focus."""
    match node:
        case Literal():
            return literal(node)
        case This():
            return focus
        case Variable():
            return _variable(node.name, focus, scope)
        case Member(base, name):
            if base is None and name[:1].isupper() and name in (focus.type, "Resource"):
                return focus
            return step(focus if base is None else compile_node(base, focus, scope), name, scope)
        case Call():
            return _call(node, focus, scope)
        case Index(base, at):
            return _indexed(compile_node(base, focus, scope), compile_node(at, focus, scope))
        case Sign(operator, operand):
            return native(f"({operator} {scalar(compile_node(operand, focus, scope), 'numeric')})", "numeric", "decimal")
        case Binary("is" | "as" as operator, left, Member(None, wanted)):
            chosen = of_type(compile_node(left, focus, scope), wanted)
            return chosen if operator == "as" else truth(f"({scalar(chosen, 'jsonb')} IS NOT NULL)")
        case Binary(operator, left, right):
            return operators.apply(operator, compile_node(left, focus, scope), compile_node(right, focus, scope))
    raise PathError("FHIRPath 表达式含有不支持的内容。请改用视图支持的写法。")


def literal(node: Literal) -> One:
    """A constant as SQL."""
    if node.value is None:
        return One("NULL::jsonb")
    if isinstance(node.value, bool):
        return truth("true" if node.value else "false")
    if isinstance(node.value, int | Decimal):
        return native(str(node.value), "numeric", node.type)
    if "\x00" in node.value:
        raise PathError("FHIRPath 文本不能含空字符（U+0000）。请删除它。")
    return native(f"{quoted(node.value)}::text", "text", node.type)


def _variable(name: str, focus: One, scope: Scope) -> One:
    if name in scope.constants:
        return scope.constants[name]
    if name == "rowIndex":
        return native(scope.row_index, "numeric", "integer")
    if name in ("resource", "rootResource"):
        return scope.root
    if name == "context":
        return focus
    raise PathError(f"FHIRPath 常量 %{name[:64]} 没有定义。请在视图的 constant 中声明，或改正名称。")


def _call(node: Call, focus: One, scope: Scope) -> Value:
    from kangyu.engines.fhir.views.functions import FUNCTIONS

    function = FUNCTIONS.get(node.name)
    if function is None:
        raise PathError(f"视图不支持 FHIRPath 函数 {node.name[:64]}()。可用的函数：{'、'.join(sorted(FUNCTIONS))}。")
    base = focus if node.base is None else compile_node(node.base, focus, scope)
    return function(base, node.arguments, focus, scope)


def step(value: Value, name: str, scope: Scope) -> Value:
    """The property ``name`` of a value."""
    if isinstance(value, One):
        return _step_of_one(value, name, scope)
    inner = _step_of_one(value.item, name, scope)
    if isinstance(inner, One):
        heads = [_step_of_one(head, name, scope) for head in value.heads]
        return Many(value.sources, inner, value.conditions, heads=tuple(head for head in heads if isinstance(head, One)))
    return Many(value.sources + inner.sources, inner.item, value.conditions + inner.conditions)


def _step_of_one(one: One, name: str, scope: Scope) -> Value:
    if one.native:
        raise PathError(f"FHIRPath 中计算得到的值没有属性 {name[:64]}。请核对路径。")
    if one.choice:
        raise PathError(f"FHIRPath 中 {name[:64]} 之前的元素可能是多种类型。请先用 ofType(类型) 选定一种。")
    known = definitions()
    if one.type in known.primitive_types and name in ("extension", "id"):
        # In the statement itself a primitive's extensions stand beside it, under the same name with an underscore.
        return _children(one.twin, name, Element(name, 0, 0, name == "extension", False, (), ""), scope) if one.twin else One("NULL::jsonb")
    if name == "resourceType":
        return One(f"{one.sql}->'resourceType'", "code")
    if not one.type or one.type in _OPEN_TYPES:
        return _unknown_child(one, name, scope)
    element = next((each for each in known.elements(one.type) if each.name == name), None) if known.has_type(one.type) else None
    if element is None:
        raise PathError(f"{one.type} 没有属性 {name[:64]}。请核对拼写；多类型元素请写成 value.ofType(类型)。")
    if element.choice:
        options = tuple((ref.code, f"{one.sql}->'{name}{ref.code[0].upper()}{ref.code[1:]}'") for ref in element.types)
        return One(f"coalesce({', '.join(sql for _, sql in options)})", choice=options)
    return _children(one.sql, name, element, scope)


def _children(sql: str, name: str, element: Element, scope: Scope) -> Value:
    fhir_type = "Extension" if name == "extension" else element.types[0].code if element.types else "string"
    child = f"{sql}->{quoted(name)}"
    if not element.repeats:
        return One(child, fhir_type, twin=f"{sql}->{quoted('_' + name)}")
    alias = scope.name("e")
    return Many((f"jsonb_array_elements({child}) AS {alias}(v)",), One(f"{alias}.v", fhir_type), array=child)


def _unknown_child(one: One, name: str, scope: Scope) -> Many:
    """A property of something whose type the definitions do not tell: one value or a list, as it comes."""
    alias, child = scope.name("e"), f"{one.sql}->{quoted(name)}"
    listed = f"CASE WHEN jsonb_typeof({child}) = 'array' THEN {child} WHEN {child} IS NOT NULL THEN jsonb_build_array({child}) END"
    return Many((f"jsonb_array_elements({listed}) AS {alias}(v)",), One(f"{alias}.v", "Extension" if name == "extension" else ""))


def _indexed(value: Value, at: Value) -> One:
    position = scalar(at, "numeric")
    if isinstance(value, One):
        return replace(value, sql=f"CASE WHEN {position} = 0 THEN {value.sql} END", choice=())
    if value.array:
        return One(f"{value.array}->{position}" if position.isdigit() else f"{value.array}->({position})::int", value.item.type)
    return One(f"(SELECT {value.item.sql} {value.rows} LIMIT 1 OFFSET {position})", value.item.type, value.item.native)


def of_type(value: Value, wanted: str) -> Value:
    """The values of one FHIR type."""
    if isinstance(value, Many):
        return replace(
            value, item=_one_of_type(value.item, wanted), heads=tuple(_one_of_type(head, wanted) for head in value.heads), array=""
        )
    return _one_of_type(value, wanted)


def _one_of_type(value: One, wanted: str) -> One:
    if value.choice:
        found = next((sql for fhir_type, sql in value.choice if fhir_type == wanted), None)
        if found is None:
            names = "、".join(fhir_type for fhir_type, _ in value.choice)
            raise PathError(f"FHIRPath 中 ofType({wanted[:64]}) 不是此处允许的类型。可用的类型：{names}。")
        return One(found, wanted)
    if value.type in _OPEN_TYPES or (not value.type and wanted in definitions().resource_types):
        return One(f"CASE WHEN {value.sql}->>'resourceType' = {quoted(wanted)} THEN {value.sql} END", wanted)
    if not value.type:
        return replace(value, type=wanted)
    return value if value.type == wanted else One("NULL::jsonb", wanted)


def condition(text_or_node: str | Node, focus: One, scope: Scope) -> str:
    """SQL truth of a criterion; an expression that is not a yes or no is refused."""
    node = parse(text_or_node) if isinstance(text_or_node, str) else text_or_node
    value = compile_node(node, focus, scope)
    one = value.item if isinstance(value, Many) else value
    if kind_of(one) not in ("boolean", ""):
        raise PathError("FHIRPath 条件的结果应为是或否。请写成比较或 exists()。")
    return scalar(value, "boolean")
