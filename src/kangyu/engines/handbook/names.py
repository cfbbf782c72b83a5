"""The Chinese names of all that expressions speak of, gathered from the declarations themselves."""

from collections.abc import Mapping

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Form, Procedure, Programme, Register
from kangyu.engines.content.kinds.definition import DecisionTable, Value
from kangyu.engines.content.kinds.field import Field, shown_unit
from kangyu.engines.content.kinds.procedure import Members
from kangyu.engines.content.kinds.work import START, Work
from kangyu.engines.content.measured import units
from kangyu.engines.content.things import days_table
from kangyu.engines.content.vocabulary import CODED_COLUMNS, visit_form
from kangyu.engines.language.names import Names, TableWords

SEXES = {"male": "男", "female": "女"}
AREA_LEVELS = {"county": "县", "township": "乡镇", "village": "村居", "institution": "机构"}
AREA_KINDS = {"county": "县", "district": "区", "city": "市", "township": "乡镇", "street": "街道", "village": "村", "community": "社区"}
LEDGER_COLUMNS = {"verb": "收发动作", "change": "变动数", "put": "入库数", "taken": "出库数", "held": "占用数"}
VERBS = {"put": "入库", "take": "出库", "move": "移库", "hold": "占用", "free": "放开", "count": "盘点", "lapse": "到时放开"}
CASE_TITLES = {
    "state": "当前状态",
    "opened": "立案时刻",
    "since": "进入当前状态的时刻",
    "now": "此刻",
    "opened_on": "立案日",
    "since_on": "进入当前状态那天",
    "opener": "立案机构",
    "opener_kind": "立案机构的类别",
    "opener_upper": "立案机构的上级",
    "parent": "上一级事项",
}
ALSO_CODED = {"staff.specialties": "staff_specialty", "stays.kind": "encounter_kind", "reported.measure": "reported_indicator"}
STEP_COLUMNS = {"kind": "步骤类型", "move": "动作", "from_state": "原状态", "state": "状态", "by": "办理人", "role": "角色", "org": "机构"}
PART_COLUMNS = {"part": "子事项", "state": "状态", "ended": "已办结"}
STEP_KINDS = {"move": "动作", "amend": "订正", "warn": "快到期", "late": "到期", "hand_over": "交接"}
MEMBERS = "members"
"""The table of the cases gathered under one."""
FIGURES = {
    "cases": "当天（周）例数",
    "cases_7": "7 天例数",
    "cases_14": "14 天例数",
    "cases_30": "30 天例数",
    "expected": "预期例数",
    "upper": "阈值",
    "times": "预期的倍数",
    "townships_7": "7 天内有病例的乡镇数",
    "place": "信号所在层级",
    "first_in_5_years": "五年来首次出现",
}


def names_of(content: Content) -> Names:
    """The names that hold everywhere: tables, columns, value sets, programmes, and what subjects are called."""
    titles: dict[str, str] = {}
    codes: dict[str, Mapping[str, str]] = {"it.sex": SEXES, "residents.sex": SEXES, "it.level": AREA_LEVELS}
    tables: dict[str, TableWords] = {}
    for key, view in content.tables.items():
        tables[key] = TableWords(view.row or view.title, view.active or "在期", view.named_by or "")
        titles |= {f"{key}.{name}": column.title for name, column in view.columns.items() if column.title}
    for column, system in {**CODED_COLUMNS, **ALSO_CODED}.items():
        codes[column] = _codes(content, system)
    for form in content.forms.values():
        tables[form.name] = TableWords(form.title)
        _fields(content, form.fields, f"{form.name}.", titles, codes)
        for key, table in form.tables.items():
            tables[f"{form.name}_{key}"] = TableWords(table.row or table.title)
            _fields(content, table.fields, f"{form.name}_{key}.", titles, codes)
    judged: list[Programme | Register] = [*content.programmes.values(), *content.registers.values()]
    for work in judged:
        decided_on = visit_form(content, work)
        if decided_on:
            _derived(content, work, f"{decided_on.name}.", titles, codes)
    _things(content, titles, codes, tables)
    return Names(
        titles,
        codes,
        {key: shown for key, unit in units(content).items() if not (shown := shown_unit(unit)).startswith("{")},
        tables,
        {key: one.title for key, one in content.value_sets.items()},
        {one.membership: one.title for one in content.programmes.values()},
        {key: setting.title for one in content.settings.values() for key, setting in one.values.items()},
    )


def _things(content: Content, titles: dict[str, str], codes: dict[str, Mapping[str, str]], tables: dict[str, TableWords]) -> None:
    for register in content.registers.values():
        table = register.name_of_table
        tables[table] = TableWords(register.singular, "在册", number="数量")
        _fields(content, register.fields, f"{table}.", titles, codes)
        titles[f"{table}.state"], codes[f"{table}.state"] = "状态", register.states
    for ledger in content.ledgers.values():
        for table in (ledger.key, days_table(ledger)):
            tables[table] = TableWords(f"{ledger.title}的{'日' if table != ledger.key else ''}收发")
            titles |= {f"{table}.{key}": words for key, words in LEDGER_COLUMNS.items()}
            codes[f"{table}.verb"] = VERBS
        for key, dimension in ledger.accounts.items():
            titles[f"{ledger.key}.{key}"] = dimension.title
            codes[f"{ledger.key}.{key}"] = _codes(content, dimension.of)


def _fields(
    content: Content, fields: Mapping[str, Field], prefix: str, titles: dict[str, str], codes: dict[str, Mapping[str, str]]
) -> None:
    for key, field in fields.items():
        titles[f"{prefix}{key}"] = field.title
        if field.set:
            codes[f"{prefix}{key}"] = _codes(content, field.set)


def _derived(content: Content, work: Work, prefix: str, titles: dict[str, str], codes: dict[str, Mapping[str, str]]) -> None:
    for key, item in work.derive.items():
        if isinstance(item, DecisionTable | Value) and item.title:
            titles[f"{prefix}{key}"] = item.title
        if isinstance(item, DecisionTable) and item.set:
            codes[f"{prefix}{key}"] = _codes(content, item.set)


def _codes(content: Content, value_set: str) -> Mapping[str, str]:
    """Code to name of a value set or a code system."""
    if value_set in content.value_sets:
        return {code: content.title_of(value_set, code) for code in content.value_sets[value_set].codes if not code.endswith("*")}
    system = content.code_systems.get(value_set)
    return {code: concept.title for code, concept in system.codes.items()} if system else {}


def on_form(content: Content, names: Names, form: Form | None, work: Work | None = None) -> Names:
    """The names of a form's answers and of what ``work`` derives from them, without a prefix."""
    titles: dict[str, str] = {}
    codes: dict[str, Mapping[str, str]] = {}
    tables: dict[str, TableWords] = {}
    shown: dict[str, str] = {}
    if form:
        _fields(content, form.fields, "", titles, codes)
        shown |= {key: field.shown_unit for key, field in form.fields.items() if field.unit}
        for key, table in form.tables.items():
            tables[key] = TableWords(table.row or table.title)
            _fields(content, table.fields, f"{key}.", titles, codes)
    if work:
        _derived(content, work, "", titles, codes)
        shown |= {key: shown_unit(item.unit) for key, item in work.derive.items() if isinstance(item, Value) and item.unit}
    return names.with_(titles, codes, shown, tables)


def of_row(content: Content, names: Names, form: Form, table: str) -> Names:
    """The names inside one row of a repeating table: its columns before the answers beside it."""
    titles: dict[str, str] = {}
    codes: dict[str, Mapping[str, str]] = {}
    _fields(content, form.fields[table].fields, "", titles, codes)
    shown = {key: field.shown_unit for key, field in form.fields[table].fields.items() if field.unit}
    return names.with_(titles, codes, shown)


def about(content: Content, names: Names, subject: str) -> Names:
    """The names of ``it``: of a thing its fields and state, of an institution its kind."""
    register = content.registers.get(subject)
    if register:
        titles: dict[str, str] = {}
        codes: dict[str, Mapping[str, str]] = {"it.state": register.states}
        _fields(content, register.fields, "it.", titles, codes)
        return names.with_(titles, codes, {f"it.{key}": field.shown_unit for key, field in register.fields.items() if field.unit})
    kinds = {"institution": _codes(content, "institution_kind"), "area": AREA_KINDS}
    return names.with_(codes={"it.kind": kinds.get(subject, {})})


def in_case(content: Content, names: Names, procedure: Procedure, forms: Mapping[str, Form]) -> Names:
    """The names in a procedure: the case, its parties, what it takes along, and the answers of each of its forms."""
    titles = {**CASE_TITLES, **{key: party.title for key, party in procedure.parties.items()}}
    codes: dict[str, Mapping[str, str]] = {"state": procedure.states, "opener_kind": _codes(content, "institution_kind")}
    tables = {"steps": TableWords("步骤"), "parts": TableWords("子事项", "未办结", "part")}
    shown: dict[str, str] = {}
    for key, form in forms.items():
        tables[key] = TableWords(form.title)
        for prefix in (f"{key}.", ""):
            _fields(content, form.fields, prefix, titles, codes)
            shown |= {f"{prefix}{name}": field.shown_unit for name, field in form.fields.items() if field.unit}
        for name, table in form.tables.items():
            tables[name] = TableWords(table.row or table.title)
            _fields(content, table.fields, f"{name}.", titles, codes)
            _fields(content, table.fields, "row.", titles, codes)
    _fields(content, procedure.takes, "", titles, codes)
    _derived(content, procedure, "", titles, codes)
    titles |= {f"steps.{key}": words for key, words in STEP_COLUMNS.items()} | {
        f"parts.{key}": words for key, words in PART_COLUMNS.items()
    }
    states = {START: "立案", **procedure.states}
    codes |= {"steps.state": states, "steps.from_state": states, "steps.kind": STEP_KINDS}
    codes["steps.move"] = {key: move.title for key, move in procedure.all_moves().items()}
    codes["parts.part"] = {key: part.title for key, part in procedure.parts.items()}
    return about(content, names, procedure.about).with_(titles, codes, shown, tables)


def with_members(names: Names, members: Members, member: Procedure, known: Names) -> Names:
    """The names of a case with those of the cases gathered under it: a column is called as the answer it repeats, or by its own title."""
    titles, codes = {f"{MEMBERS}.state": "状态"}, {f"{MEMBERS}.state": member.states}
    for key, one in members.columns.items():
        text = one if isinstance(one, str) else one.gives
        titles[f"{MEMBERS}.{key}"] = known.titles.get(text, key) if isinstance(one, str) else one.title
        if text in known.codes:
            codes[f"{MEMBERS}.{key}"] = known.codes[text]
    return names.with_(titles, codes, tables={MEMBERS: TableWords("成员")})


def among_members(names: Names) -> Names:
    """The names inside a condition on one member: its columns without a prefix, the group's own after ``group.``."""
    start = f"{MEMBERS}."
    titles = {f"group.{key}": f"本群的{title}" for key, title in names.titles.items() if "." not in key}
    codes = {f"group.{key}": known for key, known in names.codes.items() if "." not in key}
    titles |= {key.removeprefix(start): title for key, title in names.titles.items() if key.startswith(start)}
    codes |= {key.removeprefix(start): known for key, known in names.codes.items() if key.startswith(start)}
    return names.with_(titles, codes)


def of_figures(names: Names) -> Names:
    """The names of what a signal's grade looks at."""
    return names.with_(FIGURES, {"place": AREA_LEVELS})


def counted_rows(content: Content, names: Names, table: str) -> Names:
    """The names of one table's columns without a prefix: what decides whether its rows count in a signal."""
    start = f"{table}."
    titles = {key.removeprefix(start): title for key, title in names.titles.items() if key.startswith(start)}
    codes = {key.removeprefix(start): known for key, known in names.codes.items() if key.startswith(start)}
    shown = {key.removeprefix(start): unit for key, unit in names.units.items() if key.startswith(start)}
    return names.with_({"on": "日期", "to": "截止日期", **titles}, codes, shown)
