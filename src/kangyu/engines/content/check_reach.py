"""What is declared and can never come about, as far as that can be known without running it; and what nobody uses."""

from collections.abc import Iterator, Mapping

from kangyu.engines.language import ExpressionError, Schema, Type, Typed, check
from kangyu.engines.language.covering import Bounds, covers, never
from kangyu.kernel.errors import Problem

from .kinds import Form, Programme, Register
from .kinds.definition import DecisionTable
from .loader import Content
from .references import references
from .texts import Text
from .vocabulary import EventTable, schema_for, visit_form
from .yaml_text import Document, Path_


def shadowed_rows(document: Document, path: Path_, table: DecisionTable, schema: Schema) -> Iterator[Problem]:
    """Rows of a table ``hit: first`` that a row above always takes first."""
    if table.hit != "first":
        return
    above: list[tuple[str, Typed]] = []
    for key, condition in table.table.items():
        typed = _typed(condition, schema) if condition != "else" else None
        if typed is None:
            continue
        taken = next((name for name, one in above if covers(one.tree, typed.tree)), None)
        if taken is not None:
            message = f"这一行永远轮不到：它成立时，上面的“{taken}”已经成立"
            yield Problem(document.place((*path, "table", key)), key, message, f"请把它移到“{taken}”上面，或改条件。")
        above.append((key, typed))


def impossible(text: Text, bounds: Bounds, what: str) -> Iterator[Problem]:
    """A condition that never holds."""
    typed = _typed(text.text, text.schema) if text.expect is Type.BOOLEAN else None
    if typed is not None and never(typed.tree, bounds):
        key = str(text.path[-1])
        yield Problem(
            text.document.place(text.path), key, f"{what}：这个条件永远不会成立", "请看各部分是不是互相矛盾，或超出了字段可能的范围。"
        )


def _typed(text: str, schema: Schema) -> Typed | None:
    """The checked expression; one that does not read is somebody else's problem."""
    try:
        return check(text, schema)
    except ExpressionError:
        return None


def bounds_of(form: Form | None) -> Bounds:
    """The possible values of a form's numbers."""
    fields = form.fields.items() if form else ()
    return {key: (field.possible_range.low, field.possible_range.high) for key, field in fields if field.possible_range}


def form_reach(content: Content, form: Form, tables: Mapping[str, EventTable]) -> Iterator[Problem]:
    """Fields that are never shown."""
    document, bounds = content.document(form), bounds_of(form)
    schema = schema_for(content, form.about, tables, form=form)
    for key in form.fields:
        condition = form.shown_when(key)
        if condition:
            path: Path_ = ("fields", key, "show_when") if form.fields[key].show_when else ("fields", key)
            yield from impossible(Text(document, path, condition, schema, Type.BOOLEAN), bounds, f"“{form.fields[key].title}”从不显示")


def work_reach(
    content: Content, work: Programme | Register, tables: Mapping[str, EventTable], derived: Mapping[str, Type]
) -> Iterator[Problem]:
    """Shadowed rows of its tables, and rules that never fire."""
    document, form = content.document(work), visit_form(content, work)
    about = work.key if isinstance(work, Register) else work.about
    schema = schema_for(content, about, tables, form=form, derived=derived)
    for key, item in work.derive.items():
        if isinstance(item, DecisionTable):
            yield from shadowed_rows(document, ("derive", key), item, schema)
    for key, rule in work.act.items():
        title = rule.title or key
        yield from impossible(
            Text(document, ("act", key, "when"), rule.when, schema, Type.BOOLEAN), bounds_of(form), f"规则“{title}”从不触发"
        )


def unused(content: Content) -> list[Problem]:
    """Value sets, forms and definitions that nobody names: reminders, for they may be meant for others to use."""
    return sorted(_unused_of(content), key=lambda problem: problem.place)


def _unused_of(content: Content) -> Iterator[Problem]:
    used = references(content).used_by
    for document in content.documents.values():
        for key in document.value.get("value_sets") or ():
            if ("terminology", key) not in used:
                yield _unused(document, ("value_sets", key), key, f"值集“{content.value_sets[key].title}”")
    for name, form in content.forms.items():
        if ("form", name) not in used:
            yield _unused(content.document(form), ("key",), name, f"表单“{form.title}”")
    for key, one in content.definitions.items():
        meant = one.gives is not None or one.decides is not None or one.conversion is not None
        if meant and ("definition", key) not in used:
            yield _unused(content.document(one), ("key",), key, f"定义“{one.title}”")


def _unused(document: Document, path: Path_, key: str, what: str) -> Problem:
    return Problem(document.place(path), key, f"{what}没有谁在用", "用不到就删去；将要用的可以留着。", "warning")
