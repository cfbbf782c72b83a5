"""Our tables: the readable YAML of `content/views/` and the forms, each as a ViewDefinition with typed columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kangyu.engines.fhir.fhirpath import PathError
from kangyu.engines.fhir.search.parameters import MAIN_CODES
from kangyu.engines.fhir.views.compiler import UNIQUE_KEY, compile_view
from kangyu.engines.fhir.views.values import quoted
from kangyu.kernel.errors import Problem, ProblemsError

SUBJECTS = ("person", "institution", "area")
# Column types of our tables, and what a ViewDefinition calls them.
TYPES: Mapping[str, Mapping[str, Any]] = {
    "number": {"type": "decimal", "tag": [{"name": "ansi/type", "value": "DOUBLE PRECISION"}]},
    "text": {"type": "string", "tag": [{"name": "ansi/type", "value": "TEXT"}]},
    "boolean": {"type": "boolean", "tag": [{"name": "ansi/type", "value": "BOOLEAN"}]},
    "date": {"type": "date", "tag": [{"name": "ansi/type", "value": "DATE"}]},
    "datetime": {"type": "string", "tag": [{"name": "ansi/type", "value": "TIMESTAMP"}]},
    "list": {"type": "string", "collection": True},
}
FORM = "urn:kangyu:form:"
_INSTITUTION = "extension('urn:kangyu:ext:institution').value.ofType(Reference).first().getReferenceKey(Organization)"
_CASE = "extension('urn:kangyu:ext:case').value.ofType(Reference).first().getReferenceKey(Task)"
_ANSWERS: Mapping[str, tuple[str, str]] = {
    "decimal": ("number", "coalesce({0}.value.ofType(decimal), {0}.value.ofType(integer))"),
    "number": ("number", "coalesce({0}.value.ofType(decimal), {0}.value.ofType(integer))"),
    "integer": ("number", "coalesce({0}.value.ofType(integer), {0}.value.ofType(decimal))"),
    "boolean": ("boolean", "{0}.value.ofType(boolean)"),
    "date": ("date", "coalesce({0}.value.ofType(date), {0}.value.ofType(dateTime))"),
    "code": ("text", "coalesce({0}.value.ofType(Coding).code, {0}.value.ofType(string))"),
    "text": ("text", "coalesce({0}.value.ofType(string), {0}.value.ofType(Coding).code)"),
    "long_text": ("text", "{0}.value.ofType(string)"),
    "quantity": ("number", "coalesce({0}.value.ofType(Quantity).value, {0}.value.ofType(decimal))"),
    "datetime": ("datetime", "{0}.value.ofType(dateTime)"),
    "time": ("text", "{0}.value.ofType(time)"),
    "person": ("text", "{0}.value.ofType(Reference).getReferenceKey(Patient)"),
    "institution": ("text", "{0}.value.ofType(Reference).getReferenceKey(Organization)"),
    "area": ("text", "{0}.value.ofType(Reference).identifier.value"),
    "thing": ("text", "{0}.value.ofType(Reference).getReferenceKey()"),
    "signature": ("text", "{0}.value.ofType(Attachment).url"),
    "photo": ("text", "{0}.value.ofType(Attachment).url"),
    "file": ("text", "{0}.value.ofType(Attachment).url"),
}
_SUBJECTS: Mapping[str, str] = {
    "institution": "subject.getReferenceKey(Organization)",
    "area": "subject.identifier.value",
    "case": "subject.getReferenceKey(Task)",
}
"""Where the subject of a form that is about no person stands; a thing's is its id."""
_NAMED_COLUMN = re.compile(r"视图的列 (\w+)：")
_KEYS = frozenset({"key", "kind", "title", "source", "subject", "interval", "resource", "code", "where", "for_each", "columns"}) | {
    "row",
    "active",
    "named_by",
}


@dataclass(frozen=True)
class TableView:
    """One table of the warehouse, as a ViewDefinition.

    ``columns`` gives the type (``number``, ``text``, ``boolean``, ``date``, ``list``) of every column that the view yields, ``id`` and
    ``on`` (with ``interval`` also ``to``) among them. People's rows get their ``pid`` from the store, so the view has no such column;
    other subjects have a column named like the subject. ``code`` is the main code that all rows share, where they do.
    """

    key: str
    title: str
    subject: str
    interval: bool
    columns: Mapping[str, str]
    definition: Mapping[str, Any] = field(repr=False)
    code: str | None = None

    def sql(self, *, table: str = "resource", body: str = "body", keys: Sequence[str] = (), code_column: str | None = "code") -> str:
        """The SELECT of the table. The main code is looked up in ``code_column``, which is indexed; None reads it from the body."""
        if self.code is None:
            return compile_view(self.definition, table=table, body=body, keys=keys)
        if code_column is None:
            return compile_view(self.standard(), table=table, body=body, keys=keys)
        return f"{compile_view(self.definition, table=table, body=body, keys=keys)} AND r.{code_column} = {quoted(self.code)}"

    def standard(self) -> dict[str, Any]:
        """The ViewDefinition that says the same without our columns, for export."""
        if self.code is None:
            return dict(self.definition)
        name = MAIN_CODES.get(self.definition["resource"], "code")
        text = _path_text(self.code)
        path = f"{name} = {text}" if name in ("questionnaire", "measure") else f"{name}.coding.exists(code = {text})"
        return {**self.definition, "where": [*self.definition.get("where", []), {"path": path}]}


def read_table(document: Mapping[str, Any], place: str) -> TableView:
    """A table from its YAML. ``place`` is the file, for the reader. Raises ProblemsError with everything wrong with it."""
    problems = [Problem(place, key, "不认识的键", f"可用的键：{'、'.join(sorted(_KEYS))}。") for key in document if key not in _KEYS]
    problems += [
        Problem(place, key, "缺少必填的键", "请补充。") for key in ("key", "title", "resource", "columns") if not document.get(key)
    ]
    columns = document.get("columns")
    if document.get("subject") not in SUBJECTS:
        problems.append(Problem(place, "subject", "subject 应说明每一行属于谁", f"可写：{'、'.join(SUBJECTS)}。"))
    elif isinstance(columns, Mapping):
        needed = {"on"} | ({"to"} if document.get("interval") else set()) | ({document["subject"]} - {"person"})
        problems += [Problem(place, "columns", f"缺少列 {name}", "请补充。") for name in sorted(needed - columns.keys())]
    for name, column in columns.items() if isinstance(columns, Mapping) else ():
        if not isinstance(column, Mapping) or column.get("type") not in TYPES or not isinstance(column.get("path"), str):
            problems.append(Problem(place, f"columns.{name}", "列应写 type 和 path", f"type 可写：{'、'.join(TYPES)}。"))
    if problems:
        raise ProblemsError(problems)
    table = _table(document)
    try:
        table.sql()
    except PathError as error:
        column = _NAMED_COLUMN.search(str(error))
        raise ProblemsError([Problem(place, f"columns.{column[1]}" if column else "where", str(error))]) from None
    return table


def _table(document: Mapping[str, Any]) -> TableView:
    declared = {str(name): (column["type"], column["path"]) for name, column in document["columns"].items()}
    columns = {"id": ("text", "%resource.id"), **declared}
    select: dict[str, Any] = {"column": [_column(name, kind, path) for name, (kind, path) in columns.items()]}
    if document.get("for_each"):
        select = {"forEach": document["for_each"], **select}
    definition = _definition(document["key"], document["title"], document["resource"], select, document.get("where", ()))
    return TableView(
        key=document["key"],
        title=document["title"],
        subject=document["subject"],
        interval=bool(document.get("interval")),
        columns={name: kind for name, (kind, _) in columns.items()},
        definition=definition,
        code=document.get("code"),
    )


def _column(name: str, kind: str, path: str) -> dict[str, Any]:
    return {"name": name, "path": path, **TYPES[kind]}


def _definition(key: str, title: str, resource: str, select: dict[str, Any], where: Sequence[str]) -> dict[str, Any]:
    return {
        "resourceType": "ViewDefinition",
        "name": key,
        "title": title,
        "status": "active",
        "resource": resource,
        "select": [select],
        **({"where": [{"path": path} for path in where]} if where else {}),
    }


def form_table(
    form_key: str,
    fields: Mapping[str, str],
    *,
    title: str = "",
    derived: Mapping[str, str] | None = None,
    about: str = "person",
    of_case: bool = False,
) -> TableView:
    """The table of a form's answers.

    ``form_key`` is the form's full name (``hypertension_follow_up``). ``fields`` gives each field's type: those of forms (``decimal``,
    ``code``, ``quantity`` …; repeating tables have a table of their own, ``rows_table``) or of tables (``number``, ``list``).
    ``derived`` does the same for values derived by the programme. Where both name a column, the field stands. A form that is ``about``
    no person has a column of that name; with ``of_case`` one says in which case the answers were given.
    """
    columns = {**_head("", about), **({"of_case": ("text", _CASE)} if of_case else {})}
    for prefix, some in (("derived.", derived or {}), ("", fields)):
        for name, kind in some.items():
            columns[name] = _answer(prefix + name, kind)
    select = {"column": [_column(name, kind, path) for name, (kind, path) in columns.items()]}
    definition = _definition(form_key, title or form_key, "QuestionnaireResponse", select, (_DONE,))
    # Link ids outside tables are unique in our answers, so all of them are reached by one pass over the items.
    definition["extension"] = [{"url": UNIQUE_KEY, "valueString": "item.linkId"}]
    types = {name: kind for name, (kind, _) in columns.items()}
    return TableView(form_key, title or form_key, about, False, types, definition, f"{FORM}{form_key}")


def rows_table(form_key: str, table: str, fields: Mapping[str, str], *, title: str = "", about: str = "person") -> TableView:
    """The rows of a repeating table of a form, ``<form>_<table>``: one row for each of its group items, on the day of the form."""
    columns = _head("%resource.", about)
    columns["id"] = ("text", "id")
    for name, kind in fields.items():
        columns[name] = _answer(f"{table}.{name}", kind)
    cells = {"column": [_column(name, kind, path) for name, (kind, path) in columns.items()]}
    select = {"forEach": f"item.where(linkId = {_path_text(table)} and item.exists())", **cells}
    name = f"{form_key}_{table}"
    definition = _definition(name, title or name, "QuestionnaireResponse", select, (_DONE,))
    types = {key: kind for key, (kind, _) in columns.items()}
    return TableView(name, title or name, about, False, types, definition, f"{FORM}{form_key}")


_DONE = "status = 'completed' or status = 'amended'"


def _head(root: str, about: str) -> dict[str, tuple[str, str]]:
    """The columns that every row of answers has."""
    head = {"id": ("text", "%resource.id"), "on": ("date", f"{root}authored"), "org": ("text", f"{root}{_INSTITUTION}")}
    if about != "person":
        head[about] = ("text", f"{root}{_SUBJECTS.get(about, 'subject.getReferenceKey()')}")
    return head


def _answer(link_id: str, kind: str) -> tuple[str, str]:
    """The column type and the path of one item's answer."""
    item = f"item.where(linkId = {_path_text(link_id)}).answer"
    if kind in ("codes", "list"):
        return "list", f"{item}.value.ofType(Coding).code"
    if kind not in _ANSWERS:
        raise PathError(f"表单字段 {link_id[:64]} 的类型 {kind[:32]} 没有对应的列。可用：{'、'.join([*_ANSWERS, 'codes', 'list'])}。")
    column, path = _ANSWERS[kind]
    return column, path.format(f"{item}[0]")


def _path_text(text: str) -> str:
    """A FHIRPath string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def form_view(form_key: str, fields: Mapping[str, str], *, derived: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The standard ViewDefinition of a form's table; see `form_table`."""
    return form_table(form_key, fields, derived=derived).standard()
