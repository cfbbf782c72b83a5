"""Whether registers, ledgers and standards hold together: what they name exists, and their expressions read."""

from collections.abc import Iterable, Iterator, Mapping

from kangyu.engines.fhir.views import read_table
from kangyu.engines.language import ExpressionError, Type, check
from kangyu.engines.language.units import check_units
from kangyu.kernel.errors import Problem, ProblemsError

from .kinds import Ledger, Register, Standard
from .kinds.action import Action, Actor, Opening
from .kinds.definition import DecisionTable
from .loader import Content
from .texts import Text
from .things import days_table, table_document
from .vocabulary import EventTable, schema_for, visit_form
from .wording import suggestion
from .yaml_text import Document, Path_

BOOLEAN, NUMBER, DATE = Type.BOOLEAN, Type.NUMBER, Type.DATE
AREAS = ("county", "township", "village")
PLAIN = ("institution", "date", "text")


def about_of(each: str) -> str:
    """The subject of a standard's expressions: a county, township or village is an area."""
    return "area" if each in AREAS else each


def unknown(content: Content, document: Document, path: Path_, word: str, known: Iterable[str], what: str) -> list[Problem]:
    """One problem when ``word`` is not among the known, none when it is, nor when its own file could not be read."""
    known = list(known)
    if word in known or word in content.unread:
        return []
    return [Problem(document.place(path), str(path[-1]), f"没有{what} {word}", suggestion(word, known, f"已有的{what}"))]


def register_problems(content: Content, register: Register) -> list[Problem]:
    """Names that a register uses and nobody declared, and a table that cannot be read."""
    document = content.document(register)
    problems = _table(content, register, document)
    for key, field in register.fields.items():
        if field.set:
            problems += unknown(content, document, ("fields", key, "set"), field.set, content.value_sets, "值集")
    own = [name.removeprefix(f"{register.key}_") for name in content.forms if name.startswith(f"{register.key}_")]
    for key, due in register.due.items():
        if content.form_of(register.key, due.form) is None:
            problems += unknown(content, document, ("due", key, "form"), due.form, [*own, *content.forms], "表单")
        for state in due.while_:
            problems += unknown(content, document, ("due", key, "while"), state, register.states, "状态")
    for key, move in register.moves.items():
        problems += _actors(content, document, ("moves", key, "by"), move.by)
        problems += _actions(content, document, ("moves", key, "do"), move.do)
        if move.form and content.form_of(register.key, move.form) is None:
            problems += unknown(content, document, ("moves", key, "form"), move.form, [*own, *content.forms], "表单")
    for name in ("kept_by", "filled_by", "seen_by"):
        problems += _actors(content, document, (name,), getattr(register, name))
    return problems + _judging(content, register, document, own)


def _judging(content: Content, register: Register, document: Document, own: list[str]) -> list[Problem]:
    problems = []
    if (register.derive or register.act) and visit_form(content, register) is None:
        wanted, path = register.derive_on or "follow_up", ("derive_on",) if register.derive_on else ("derive",)
        problems += unknown(content, document, path, wanted, [*own, *content.forms], "表单")
    for key, item in register.derive.items():
        if isinstance(item, DecisionTable) and item.set:
            problems += unknown(content, document, ("derive", key, "set"), item.set, content.value_sets, "值集")
            for row in item.table if item.set in content.value_sets else ():
                codes = content.value_sets[item.set].codes
                problems += unknown(content, document, ("derive", key, "table", row), row, codes, f"代码（值集 {item.set}）")
    for key, rule in register.act.items():
        problems += _actions(content, document, ("act", key, "do"), rule.do)
    return problems + _actions(content, document, ("act", "else"), register.otherwise)


def _table(content: Content, register: Register, document: Document) -> list[Problem]:
    name = register.name_of_table
    if name in content.forms or name in content.tables:
        message = f"表 {name} 已经是一张表单或视图的名字"
        return [Problem(document.place(("key",)), "key", message, "请用 table 给登记册的表另起一个名字，或去掉那个视图。")]
    try:
        read_table(table_document(register), document.file)
    except ProblemsError as error:
        return [Problem(document.place(("fields",)), "fields", one.message, one.remedy) for one in error.problems]
    return []


def _actors(content: Content, document: Document, path: Path_, actors: Iterable[str]) -> list[Problem]:
    return [
        problem
        for text in actors
        for actor in Actor.read(text)
        for problem in unknown(content, document, path, actor.role, content.roles, "角色")
    ]


def _actions(content: Content, document: Document, path: Path_, actions: Iterable[Action]) -> list[Problem]:
    advice = content.value_sets["advice"].codes if "advice" in content.value_sets else ()
    problems: list[Problem] = []
    for place, action in enumerate(actions):
        at = (*path, place)
        if action.advise:
            problems += unknown(content, document, (*at, "advise"), action.advise, advice, "建议（值集 advice）")
        if action.open:
            key = action.open if isinstance(action.open, str) else action.open.procedure
            problems += unknown(content, document, (*at, "open"), key, content.procedures, "流程")
        if action.post and action.post.ledger:
            problems += unknown(content, document, (*at, "post", "ledger"), action.post.ledger, content.ledgers, "台账")
    return problems


def register_texts(content: Content, register: Register, tables: Mapping[str, EventTable], derived: Mapping[str, Type]) -> Iterator[Text]:
    """Every expression of a register. Derived values are yielded by ``derived_texts``, in their order."""
    document = content.document(register)
    of_thing = schema_for(content, register.key, tables)
    for key, flag in register.find.items():
        yield Text(document, ("find", key, "when"), flag.when, of_thing, BOOLEAN)
        if flag.among:
            yield Text(document, ("find", key, "among"), flag.among, of_thing, BOOLEAN)
    for key, due in register.due.items():
        for name in ("when", "pause", "met_by"):
            if getattr(due, name):
                yield Text(document, ("due", key, name), getattr(due, name), of_thing, BOOLEAN)
        for name, text in (("by", due.by_), ("until", due.until)):
            if text:
                yield Text(document, ("due", key, name), text, of_thing, DATE)
    for key, move in register.moves.items():
        if move.needs and not move.needs_reason:
            yield Text(document, ("moves", key, "needs"), move.needs, of_thing, BOOLEAN)
    on_form = schema_for(content, register.key, tables, form=visit_form(content, register), derived=derived)
    for key, rule in register.act.items():
        yield Text(document, ("act", key, "when"), rule.when, on_form, BOOLEAN)
        for place, action in enumerate(rule.do):
            if isinstance(action.open, Opening):
                for name, text in action.open.carry.items():
                    yield Text(document, ("act", key, "do", place, "open", "carry", name), text, on_form)


def ledger_problems(content: Content, ledger: Ledger) -> list[Problem]:
    """Dimensions of nothing, a standard nobody declared, codes that do not exist."""
    document, problems = content.document(ledger), []
    known = [*PLAIN, *content.registers, *content.value_sets]
    for key, dimension in ledger.accounts.items():
        problems += unknown(content, document, ("accounts", key, "of"), dimension.of, known, "登记册或值集")
    if ledger.expires and ledger.accounts[ledger.expires].of != "date":
        problems.append(Problem(document.place(("expires",)), "expires", f"{ledger.expires} 不是日期", "请在 accounts 里写 of: date。"))
    if ledger.low and ledger.low.standard:
        problems += unknown(content, document, ("low", "standard"), ledger.low.standard, content.standards, "标准")
    for key, value in ledger.scrap.items():
        value_set = content.value_sets.get(ledger.accounts[key].of)
        if value_set:
            problems += unknown(content, document, ("scrap", key), value, value_set.codes, "代码")
    return problems


def standard_problems(content: Content, standard: Standard, tables: Mapping[str, EventTable]) -> list[Problem]:
    """A standard for what nobody keeps, about the way to things that have no place, reading what does not lie there, or in two units."""
    document = content.document(standard)
    problems = unknown(content, document, ("each",), standard.each, [*AREAS, "institution", *content.registers], "地区级别或登记册")
    for key, reach in standard.reach.items():
        path: Path_ = ("reach", key, "things")
        problems += unknown(content, document, path, reach.things, content.registers, "登记册")
        register = content.registers.get(reach.things)
        if register and not register.position:
            problems.append(Problem(document.place(path), "things", f"{register.title}没有经纬度", "请在登记册里写 position: true。"))
    if problems:
        return problems
    units: dict[str, str] = {}
    for text in standard_texts(content, standard, tables):
        try:
            typed = check(text.text, text.schema, text.expect)
        except ExpressionError:  # said where expressions are checked
            continue
        at_things = str(text.path[0]) == "reach" and text.path[-1] == "where"
        about = standard.reach[str(text.path[1])].things if at_things else standard.each
        problems += [_unread(content, text, table, about) for table in sorted(typed.columns) if not _lies_with(content, table, about)]
        if unit := check_units(text.text, typed.tree, text.schema):
            units[".".join(map(str, text.path))] = unit
    return problems + _two_units(standard, document, units)


def _lies_with(content: Content, table: str, about: str) -> bool:
    """Whether a table can be read for each subject of a standard: what lies in a place, or what is about the thing itself."""
    form = content.forms.get(table)
    ledger = next((one for one in content.ledgers.values() if table in (one.key, days_table(one))), None)
    register = next((one for one in content.registers.values() if one.name_of_table == table), None)
    if about in (*AREAS, "institution"):
        located = ledger is not None and any(one.of in content.registers or one.of == "institution" for one in ledger.accounts.values())
        return register is not None or located or (form is not None and form.about in content.registers)
    if ledger is not None:
        return any(one.of == about for one in ledger.accounts.values())
    return form is not None and form.about == about


def _unread(content: Content, text: Text, table: str, about: str) -> Problem:
    whom = "地区或机构" if about in (*AREAS, "institution") else content.registers[about].title
    message = f"表 {table} 不能按{whom}来数，标准核对时读不到它"
    remedy = "地区和机构的标准读登记册、登记册的表单和按库或机构记的台账；一件东西的标准读它自己的表单和以它为维度的台账。"
    return Problem(text.document.place_within(text.path, text.text, text.text.find(table)), str(text.path[-1]), message, remedy)


def _two_units(standard: Standard, document: Document, units: Mapping[str, str]) -> list[Problem]:
    """What is held against each other has one unit; a distance is in kilometres."""
    pairs = {f"also.{key}.share": "have" if one.of == "have" else f"also.{key}.of" for key, one in standard.also.items()}
    found = []
    for left, right in {"need": "have", **pairs}.items():
        if left in units and right in units and units[left] != units[right]:
            message = f"{left} 的单位是 {units[left]}，{right} 的单位是 {units[right]}，不能相比"
            found.append(Problem(document.place(tuple(left.split("."))), left.split(".")[-1], message, "请换算成同一个单位。"))
    for key in standard.reach:
        unit = units.get(f"reach.{key}.kilometres", "km")
        if unit != "km":
            path: Path_ = ("reach", key, "kilometres")
            found.append(Problem(document.place(path), "kilometres", f"这里的单位是 {unit}，要的是公里", "请换算成公里（km）。"))
    return found


def standard_texts(content: Content, standard: Standard, tables: Mapping[str, EventTable]) -> Iterator[Text]:
    """Every expression of a standard, about the place or thing it is for; ``where`` of a reach is about the thing reached."""
    document = content.document(standard)
    schema = schema_for(content, about_of(standard.each), tables)
    if standard.among:
        yield Text(document, ("among",), standard.among, schema, BOOLEAN)
    for name in ("need", "have"):
        if text := getattr(standard, name):
            yield Text(document, (name,), text, schema, NUMBER)
    for key, also in standard.also.items():
        yield Text(document, ("also", key, "share"), also.share, schema, NUMBER)
        if also.of != "have":
            yield Text(document, ("also", key, "of"), also.of, schema, NUMBER)
    for key, reach in standard.reach.items():
        if isinstance(reach.kilometres, str):
            yield Text(document, ("reach", key, "kilometres"), reach.kilometres, schema, NUMBER)
        if reach.where:
            of_thing = schema_for(content, reach.things, tables)
            yield Text(document, ("reach", key, "where"), reach.where, of_thing, BOOLEAN)
