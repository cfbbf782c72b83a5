"""Whether declarations hold together: every name they use exists, every expression reads, every plan row is recognised or listed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from kangyu.engines.fhir.views import read_table
from kangyu.engines.language import ExpressionError, Type, check
from kangyu.kernel.errors import Problem, ProblemsError

from .check_reach import form_reach, work_reach
from .check_settings import settings_problems
from .check_statements import statement_problems, statement_texts
from .check_things import ledger_problems, register_problems, register_texts, standard_problems, standard_texts
from .kinds import Form, Indicator, Plan, Programme, Register, View
from .kinds.definition import DecisionTable
from .kinds.examples import Examples
from .kinds.field import Field
from .kinds.paper import PRINTED_FACTS
from .loader import Content
from .matching import match_indicator, normalised
from .signals import signal_faults, signal_texts
from .texts import Text, derived_texts, form_texts, indicator_texts, programme_texts
from .vocabulary import EventTable, event_tables, schema_for, visit_form
from .wording import suggestion
from .yaml_text import Document, Path_


def check_content(content: Content) -> list[Problem]:
    """All problems of a loaded folder: those of loading, then those between files. Warnings are plan rows no indicator is known for."""
    problems = list(content.problems)
    derived, found = derived_types(content)
    problems += found
    tables = event_tables(content, {visit_table(content, key): types for key, types in derived.items()})
    doubled = settings_problems(content, tables)
    problems += doubled
    if doubled:  # a name with two meanings leaves nothing else to be read
        return _in_order(problems)
    for view in every(content.tables):
        problems += _view(content, view)
    for form in every(content.forms):
        problems += _form(content, form)
        problems += _expressions(content, form_texts(content, form, tables))
        problems += form_reach(content, form, tables)
    for programme in every(content.programmes):
        problems += _programme(content, programme)
        problems += _expressions(content, programme_texts(content, programme, tables, derived.get(programme.key, {})))
        problems += work_reach(content, programme, tables, derived.get(programme.key, {}))
    for register in every(content.registers):
        problems += register_problems(content, register)
        problems += _expressions(content, register_texts(content, register, tables, derived.get(register.key, {})))
        problems += work_reach(content, register, tables, derived.get(register.key, {}))
    for ledger in every(content.ledgers):
        problems += ledger_problems(content, ledger)
    for standard in every(content.standards):
        problems += standard_problems(content, standard, tables)
        problems += _expressions(content, standard_texts(content, standard, tables))
    problems += _procedures(content)
    for indicator in every(content.indicators):
        problems += _indicator(content, indicator)
        problems += _expressions(content, indicator_texts(content, indicator, tables))
    for signal in every(content.signals):
        problems += signal_faults(content, signal, tables)
        problems += _expressions(content, signal_texts(content, signal, tables))
    for statement in every(content.statements):
        problems += statement_problems(content, statement, tables)
        problems += _expressions(content, statement_texts(content, statement, tables))
    for plan in every(content.plans):
        problems += _plan(content, plan)
    for group in content.examples:
        problems += _examples(content, group, tables)
    return _in_order(problems)


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.severity, _file_and_line(problem.place)))


def _procedures(content: Content) -> list[Problem]:
    from kangyu.engines.cases.checks import procedure_problems  # cases are built on contents, so they are known here only when asked

    return [problem for procedure in every(content.procedures) for problem in procedure_problems(content, procedure)]


def every(shelf: Mapping[str, object]) -> Iterator:  # type: ignore[type-arg]
    """Every version of every declaration of a kind."""
    for name in shelf:
        yield from shelf.versions(name)  # type: ignore[attr-defined]


def visit_table(content: Content, programme_key: str) -> str:
    """The table in which the derived values of a programme or a register are stored."""
    form = visit_form(content, content.programmes.get(programme_key) or content.registers[programme_key])
    return form.name if form else programme_key


def derived_types(content: Content) -> tuple[dict[str, dict[str, Type]], list[Problem]]:
    """The type of each derived value by programme, found in the order of writing; each may use those before it.

    Worked out once for each content.
    """
    return content.once("derived_types", lambda: _derived_types(content))


def _derived_types(content: Content) -> tuple[dict[str, dict[str, Type]], list[Problem]]:
    types: dict[str, dict[str, Type]] = {}
    problems: list[Problem] = []
    for programme in (*every(content.programmes), *every(content.registers)):
        form, document = visit_form(content, programme), content.document(programme)
        about = programme.key if isinstance(programme, Register) else programme.subject
        known: dict[str, Type] = {}
        for key, item in programme.derive.items():
            tables = event_tables(content, {form.name: known} if form else {})
            schema = schema_for(content, about, tables, form=form, derived=known)
            kinds = []
            for path, text, expect in derived_texts(item, ("derive", key)):
                kind = _checked(content, Text(document, path, text, schema, expect), problems)
                kinds.append(kind)
            known[key] = _type_of(item, kinds)
        types[programme.key] = known
    return types, problems


def _type_of(item: object, kinds: list[Type | None]) -> Type:
    if isinstance(item, DecisionTable):
        return {"all": Type.LIST, "sum": Type.NUMBER}.get(item.hit, Type.TEXT)
    return kinds[0] or Type.NUMBER


def _checked(content: Content, text: Text, problems: list[Problem]) -> Type | None:
    """The type of an expression; a fault is added to ``problems``, unless it speaks of what could not be read."""
    try:
        return check(text.text, text.schema, text.expect).type
    except ExpressionError as error:
        if content.unread & set(re.findall(r"\w+", text.text)):
            return None
        key = ".".join(str(part) for part in text.path)
        problems.append(error.problem(text.document.place_within(text.path, error.text, error.position), key))
        return None


def _expressions(content: Content, texts: Iterable[Text]) -> list[Problem]:
    problems: list[Problem] = []
    for text in texts:
        _checked(content, text, problems)
    return problems


def _unknown(content: Content, document: Document, path: Path_, word: str, known: Iterable[str], what: str) -> list[Problem]:
    """One problem when ``word`` is not among the known, none when it is, nor when its own file could not be read."""
    known = list(known)
    if word in known or word in content.unread:
        return []
    return [Problem(document.place(path), str(path[-1]), f"没有{what} {word}", suggestion(word, known, f"已有的{what}"))]


def _view(content: Content, view: View) -> list[Problem]:
    """Faults of the paths; each is placed at its column where the fault names one."""
    document = content.document(view)
    try:
        read_table(content.views[view.key], document.file)
    except ProblemsError as error:
        paths = [(problem, tuple(problem.key.split("."))) for problem in error.problems]
        return [replace(problem, place=document.place(path)) for problem, path in paths]
    return []


def _form(content: Content, form: Form) -> list[Problem]:
    document = content.document(form)
    problems = check_fields(content, document, form.fields, ("fields",))
    problems += _print(document, form)
    for key in form.tables:
        if key in content.tables or key in content.forms:
            message = f"{key} 已是别的表的名字，表达式里会分不清"
            problems.append(Problem(document.place(("fields", key)), key, message, "请给这个表格字段换个名字。"))
    for key, field in form.fields.items():
        if field.becomes:
            problems += _becomes(content, document, key, field.becomes)
    for key, check_ in form.checks.items():
        if check_.reasons:
            problems += _unknown(content, document, ("checks", key, "reasons"), check_.reasons, content.value_sets, "值集")
    for place, made in enumerate(form.makes):
        if made.episode:
            problems += _unknown(
                content, document, ("makes", place, "episode", "programme"), made.episode.programme, content.programmes, "项目"
            )
        if made.condition and made.condition.onset:
            problems += _unknown(content, document, ("makes", place, "condition", "onset"), made.condition.onset, form.fields, "字段")
        if made.take:
            path = ("makes", place, "take")
            problems += _unknown(content, document, (*path, "ledger"), made.take.ledger, content.ledgers, "台账")
            ledger = content.ledgers.get(made.take.ledger)
            if ledger:
                problems += _unknown(content, document, (*path, "where"), made.take.where, ledger.accounts, "维度")
        if made.report:
            for name in ("indicator", "value", "period_start", "period_end"):
                problems += _unknown(content, document, ("makes", place, "report", name), getattr(made.report, name), form.fields, "字段")
    return problems


def _print(document: Document, form: Form) -> list[Problem]:
    """Whether everything a sheet prints is there to be printed."""
    known = [*form.fields, *PRINTED_FACTS]
    return [
        problem
        for name in (form.print_.names if form.print_ else ())
        if name not in known and not name.startswith(("subject.", "derived."))
        for problem in [Problem(document.place(("print",)), name, f"打印要写的 {name} 不存在", suggestion(name, known, "可写的项"))]
    ]


def check_fields(content: Content, document: Document, fields: Mapping[str, Field], path: Path_) -> list[Problem]:
    """Whether the value sets, units and registers that fields name exist; of a table's columns too."""
    problems: list[Problem] = []
    for key, field in fields.items():
        for name in ("set", "reasons"):
            value_set = getattr(field, name)
            if value_set:
                problems += _unknown(content, document, (*path, key, name), value_set, content.value_sets, "值集")
        for check_key, one in field.checks.items():
            if one.reasons:
                where = (*path, key, "checks", check_key, "reasons")
                problems += _unknown(content, document, where, one.reasons, content.value_sets, "值集")
        if field.units:
            problems += _units(content, document, (*path, key, "units"), field)
        if field.register_:
            problems += _unknown(content, document, (*path, key, "register"), field.register_, content.registers, "登记簿")
        problems += check_fields(content, document, field.fields, (*path, key, "fields"))
    return problems


def _units(content: Content, document: Document, path: Path_, field: Field) -> list[Problem]:
    known = {key: one.conversion for key, one in content.definitions.items() if one.conversion}
    problems = _unknown(content, document, path, str(field.units), known, "换算")
    if not problems and known[str(field.units)].unit != field.unit:
        into = known[str(field.units)].unit
        message = f"换算 {field.units} 换成 {into}，这里的 unit 是 {field.unit}"
        problems = [Problem(document.place(path), "units", message, "请改成同一个单位。")]
    return problems


def _becomes(content: Content, document: Document, key: str, becomes: str) -> list[Problem]:
    path: Path_ = ("fields", key, "becomes")
    name, _, part = becomes.partition(".")
    known = {k: d.observation for k, d in content.definitions.items() if d.observation}
    problems = _unknown(content, document, path, name, known, "观测")
    if not problems and part:
        problems = _unknown(content, document, path, part, known[name].parts, f"这一部分（观测 {name}）")
    elif not problems and known[name].parts:
        problems = [
            Problem(document.place(path), "becomes", f"{name} 有几个部分，要写明哪一个", f"如 {name}.{next(iter(known[name].parts))}。")
        ]
    return problems


def _programme(content: Content, programme: Programme) -> list[Problem]:
    document, problems = content.document(programme), []
    own = [name.removeprefix(f"{programme.key}_") for name in content.forms if name.startswith(f"{programme.key}_")]
    for place, role in enumerate(programme.by):
        problems += _unknown(content, document, ("by", place), role, content.roles, "角色")
    for key, part in programme.parts.items():
        problems += _unknown(content, document, ("parts", key, "of"), part.of, content.procedures, "流程")
    tables = [key for key, one in content.definitions.items() if one.schedule]
    for key, due in programme.due.items():
        if due.schedule:
            problems += _unknown(content, document, ("due", key, "schedule"), due.schedule, tables, "剂次表")
        if content.form_of(programme.key, due.form) is None:
            problems += _unknown(content, document, ("due", key, "form"), due.form, [*own, *content.forms], "表单")
    if programme.derive or programme.act:
        wanted = programme.derive_on or "follow_up"
        if visit_form(content, programme) is None:
            path: Path_ = ("derive_on",) if programme.derive_on else ("derive",)
            problems += _unknown(content, document, path, wanted, [*own, *content.forms], "表单")
    for key, item in programme.derive.items():
        if isinstance(item, DecisionTable) and item.set:
            problems += _unknown(content, document, ("derive", key, "set"), item.set, content.value_sets, "值集")
            if item.set in content.value_sets:
                for row in item.table:
                    problems += _unknown(
                        content,
                        document,
                        ("derive", key, "table", row),
                        row,
                        content.value_sets[item.set].codes,
                        f"代码（值集 {item.set}）",
                    )
    problems += _advice(content, programme, document)
    return problems


def _advice(content: Content, programme: Programme, document: Document) -> list[Problem]:
    problems = []
    known = content.value_sets["advice"].codes if "advice" in content.value_sets else ()
    blocks = [(("act", key, "do"), rule.do) for key, rule in programme.act.items()] + [(("act", "else"), programme.otherwise)]
    for path, actions in blocks:
        for place, action in enumerate(actions):
            if action.advise:
                problems += _unknown(content, document, (*path, place, "advise"), action.advise, known, "建议（值集 advice）")
    return problems


def _indicator(content: Content, indicator: Indicator) -> list[Problem]:
    document, problems = content.document(indicator), []
    if indicator.form:
        problems += _unknown(content, document, ("form",), indicator.form, content.forms, "表单")
    if indicator.causes:
        problems += _unknown(content, document, ("causes",), indicator.causes, content.value_sets, "值集")
    listed = content.value_sets.get("reported_indicator")
    if indicator.reported and listed and indicator.key not in listed.codes:
        problems += _unknown(content, document, ("key",), indicator.key, listed.codes, "上报指标（值集 reported_indicator）")
    return problems


def _plan(content: Content, plan: Plan) -> list[Problem]:
    document, problems = content.document(plan), []
    unread = {normalised(name) for name in content.unread}
    for place, row in enumerate(plan.indicators):
        if row.indicator:
            problems += _unknown(content, document, ("indicators", place, "indicator"), row.indicator, content.indicators, "指标")
        elif match_indicator(row.name, content) is None and normalised(row.name) not in unread:
            remedy = "请在对应指标的 aliases 里加上这个名称，或新写一个指标。"
            problems.append(Problem(document.place(("indicators", place, "name")), "name", f"还没有指标叫“{row.name}”", remedy, "warning"))
    return problems


def _examples(content: Content, group: Examples, tables: Mapping[str, EventTable]) -> list[Problem]:
    """Examples must name what exists: a slip in a table or column would silently read as "no record"."""
    document = content.document(group)
    problems = _unknown(
        content, document, ("of",), group.of, [*content.programmes, *content.procedures, *content.registers], "项目、流程或登记册"
    )
    named: list[tuple[Path_, str | None]] = [(("form",), group.form)]
    named += [(("examples", place, "form"), example.form) for place, example in enumerate(group.examples)]
    for path, form in named if not problems else ():
        if form and content.form_of(group.of, form) is None:
            problems += _unknown(content, document, path, form, content.forms, "表单")
    if group.of in content.unread:
        return []
    for place, example in enumerate(group.examples):
        for name, rows in example.before.items():
            path = ("examples", place, "before", name)
            problems += _unknown(content, document, path, name, tables, "表")
            for row_place, row in enumerate(rows if name in tables else ()):
                known = [*tables[name].columns, "id", "on", *(["to"] if tables[name].interval else [])]
                for column in row:
                    problems += _unknown(content, document, (*path, row_place, column), column, known, f"列（表 {name}）")
                if "on" not in row:
                    problems.append(Problem(document.place((*path, row_place)), name, "这一行没有写日期", "请补上 on: 日期。"))
    return problems


def _file_and_line(place: str) -> tuple[str, int]:
    file, _, line = place.rpartition(":")
    return (file, int(line)) if line.isdigit() else (place, 0)
