"""Whether a procedure holds together: every name it uses exists, every expression reads, every state is reached and every move can be made.

Each fault comes with its place and a remedy in plain words. Called by the checker of contents.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Form, Procedure
from kangyu.engines.content.kinds.action import CARRIED_OUT, Action, Actor, Limit, Making, Opening, Posting, Relating
from kangyu.engines.content.kinds.definition import DecisionTable
from kangyu.engines.content.kinds.work import START, Finding, Move
from kangyu.engines.content.texts import derived_texts
from kangyu.engines.content.wording import suggestion
from kangyu.engines.content.yaml_text import Document, Path_
from kangyu.engines.language import ExpressionError, Schema, Type, check
from kangyu.engines.language.actions import VERBS
from kangyu.kernel.errors import Problem

from .members import member_texts
from .missing import missing_problems
from .procedure import HERE, texts
from .vocabulary import CASE_FIELDS, CASE_TABLES, CONTACT, Names, form_keys, member_names, moves_of, names_of, part_schema

SUBJECTS = ("person", "contact", "institution", "area", "group", "case", "statement_row")
DATED = ("date", "datetime")


def procedure_problems(content: Content, procedure: Procedure) -> list[Problem]:
    """Everything wrong with one procedure."""
    return list(_Check(content, procedure).run())


class _Check:
    def __init__(self, content: Content, procedure: Procedure):
        self.content, self.procedure = content, procedure
        self.document: Document = content.document(procedure)
        self.moves: Mapping[str, Move] = moves_of(procedure)

    def run(self) -> Iterator[Problem]:
        if self.procedure.about not in SUBJECTS:
            yield from self.unknown(("about",), self.procedure.about, (*SUBJECTS, *self.content.registers), "对象")
        yield from self.parties()
        yield from self.forms()
        for key, move in self.procedure.moves.items():
            for line in move.by:
                yield from self.actors(("moves", key, "by"), line)
            yield from self.actions(("moves", key, "do"), move.do)
        for place, stage in enumerate(self.procedure.reviews.chain if self.procedure.reviews else ()):
            yield from self.actors(("reviews", "chain", place, "by"), stage.by)
        for line in self.procedure.amend.by if self.procedure.amend else ():
            yield from self.actors(("amend", "by"), line)
        for line in self.procedure.hand_over.by if self.procedure.hand_over else ():
            yield from self.actors(("hand_over", "by"), line)
        yield from self.clocks()
        yield from self.parts()
        yield from self.members()
        for key, due in self.procedure.due.items():
            yield from self.actions(("due", key, "missed"), due.missed)
        for key, rule in self.procedure.act.items():
            yield from self.actions(("act", key, "do"), rule.do)
        yield from self.actions(("act", "else"), self.procedure.otherwise)
        yield from self.sees()
        yield from self.known()
        yield from self.reach()
        yield from self.expressions()

    # faults

    def unknown(self, path: Path_, word: str, known: Iterable[str], what: str) -> Iterator[Problem]:
        known = list(known)
        if word not in known and word not in self.content.unread:
            remedy = suggestion(word, known, f"已有的{what}")
            yield Problem(self.document.place(path), str(path[-1]), f"没有{what} {word}", remedy)

    def fault(self, path: Path_, message: str, remedy: str, severity: str = "error") -> Problem:
        return Problem(self.document.place(path), str(path[-1]), message, remedy, severity)

    def known(self) -> Iterator[Problem]:
        """Columns, what makes cases alike, and what ought to be a case."""
        procedure, same = self.procedure, self.procedure.same
        for key, column in procedure.columns.items():
            if column.set:
                yield from self.unknown(("columns", key, "set"), column.set, self.content.value_sets, "值集")
        if same and same.at:
            yield from self.unknown(("same", "at"), same.at, procedure.columns, "栏")
        for state in same.not_in if same else ():
            yield from self.unknown(("same", "not_in"), state, procedure.states, "状态")
        for key, missing in procedure.missing.items():
            yield from missing_problems(self.content, procedure, key, missing, self.document)

    # names

    def parties(self) -> Iterator[Problem]:
        kinds = self.content.code_systems.get("institution_kind")
        for key, party in self.procedure.parties.items():
            for kind in party.kinds if kinds else ():
                yield from self.unknown(("parties", key, "kinds"), kind, kinds.codes if kinds else (), "机构类别")
            if key in CASE_FIELDS:
                yield self.fault(("parties", key), f"{key} 是每件事都有的名称，不能作参与方", "请换一个名称。")
        if self.procedure.owner:
            yield from self.unknown(("owner",), self.procedure.owner, self.procedure.parties, "参与方")

    def forms(self) -> Iterator[Problem]:
        own = [name.removeprefix(f"{self.procedure.key}_") for name in self.content.forms if name.startswith(f"{self.procedure.key}_")]
        known = [*own, *self.content.forms]
        for key, move in self.procedure.moves.items():
            if move.form:
                yield from self.unknown(("moves", key, "form"), move.form, known, "表单")
        if self.procedure.amend:
            yield from self.unknown(("amend", "form"), self.procedure.amend.form, known, "表单")
        names = names_of(self.content, self.procedure)
        for name in names.clashing:
            yield self.fault(
                ("moves",),
                f"几张表单里都有 {name}，类型却不同",
                f"表达式里要写明是哪一张，如 {next(iter(names.forms))}.{name}。",
                "warning",
            )
        for key, form in names.forms.items():
            if key in CASE_TABLES:
                yield self.fault(("moves",), f"表单不能叫 {key}：这是每件事自己的表", "请换一个名称。")
            for name in sorted(set(form.fields) & (set(CASE_FIELDS) | set(self.procedure.parties))):
                yield self.fault(
                    ("moves",), f"表单 {key} 的字段 {name} 与这件事自己的名称相同", f"表达式里写 {key}.{name}，或给字段换名。", "warning"
                )

    def actors(self, path: Path_, text: str) -> Iterator[Problem]:
        for actor in Actor.read(text):
            yield from self.unknown(path, actor.role, self.content.roles, "角色")
            if actor.party:
                yield from self.unknown(path, actor.party, self.procedure.parties, "参与方")

    def actions(self, path: Path_, actions: Iterable[Action]) -> Iterator[Problem]:
        for place, action in enumerate(actions):
            here = (*path, place)
            if action.tell:
                yield from self.actors((*here, "tell"), action.tell)
            if action.advise:
                advice = self.content.value_sets.get("advice")
                yield from self.unknown((*here, "advise"), action.advise, advice.codes if advice else (), "建议（值集 advice）")
            if action.publish:
                yield from self.unknown((*here, "publish"), action.publish, form_keys(self.procedure), "表单")
            if action.post:
                yield from self.posting((*here, "post"), action.post)
            if action.open:
                yield from self.opening((*here, "open"), action.open)
            if action.make:
                yield from self.making((*here, "make"), action.make)
            if action.relate:
                yield from self.relating((*here, "relate"), action.relate)
            verb = next((one for one in VERBS if getattr(action, one)), "")
            if verb and verb not in CARRIED_OUT:
                known = "、".join(CARRIED_OUT)
                yield self.fault((*here, verb), f"动作 {verb} 还没有谁能办，写了也不会发生", f"现在能办的动作：{known}。")

    def making(self, path: Path_, make: Making) -> Iterator[Problem]:
        if make.condition and self.procedure.about not in ("person", CONTACT):
            yield self.fault((*path, "condition"), "诊断只能记在居民身上，这个事项不是关于人的", "about 要是 person。")
        if make.thing is None:
            return
        yield from self.unknown((*path, "thing", "register"), make.thing.register_, self.content.registers, "登记簿")
        register = self.content.registers.get(make.thing.register_)
        for name in make.thing.values if register else ():
            yield from self.unknown((*path, "thing", "values", name), name, register.fields if register else (), "字段（登记簿）")

    def relating(self, path: Path_, relating: Relating) -> Iterator[Problem]:
        types = {key for group in self.content.relations.values() for key in group.types}
        yield from self.unknown((*path, "type"), relating.type, sorted(types), "关系（relations）")

    def posting(self, path: Path_, post: Posting) -> Iterator[Problem]:
        if post.statement:
            yield from self.unknown((*path, "statement"), post.statement, self.content.statements, "结算表")
            return
        yield from self.unknown((*path, "ledger"), post.ledger, self.content.ledgers, "台账")
        ledger = self.content.ledgers.get(post.ledger)
        if ledger is None:
            return
        for side in ("at", "to"):
            for key in getattr(post, side):
                yield from self.unknown((*path, side, key), key, ledger.accounts, f"这一项（台账 {post.ledger}）")
        if post.rows and self.table(post.rows) is None:
            yield self.fault((*path, "rows"), f"没有这张重复表 {post.rows}", "写成“表单.字段”，字段的 type 要是 table。")

    def opening(self, path: Path_, opening: str | Opening) -> Iterator[Problem]:
        key = opening if isinstance(opening, str) else opening.procedure
        yield from self.unknown(path, key, self.content.procedures, "流程")
        if isinstance(opening, Opening):
            if opening.at:
                yield from self.unknown((*path, "at"), opening.at, self.procedure.parties, "参与方")
            yield from self.carried((*path, "carry"), key, opening.carry)

    def carried(self, path: Path_, procedure: str, carry: Iterable[str]) -> Iterator[Problem]:
        """What is taken along must be something the other procedure knows."""
        target = self.content.procedures.get(procedure)
        if target is None:
            return
        forms = [form for key in form_keys(target) if (form := self.content.form_of(target.key, key))]
        known = [*target.takes, *(name for form in forms for name in form.fields)]
        for name in carry:
            if name not in known:
                yield self.fault((*path, name), f"“{target.title}”不认识带去的 {name}", f"请在它的 takes 里写上 {name}。")

    def table(self, named: str) -> Form | None:
        """The form that has the repeating field ``form.field`` (or a bare field)."""
        form, _, field = named.rpartition(".")
        forms = names_of(self.content, self.procedure).forms
        candidates = [forms[form]] if form in forms else list(forms.values()) if not form else []
        return next((one for one in candidates if field in one.fields and one.fields[field].type == "table"), None)

    # clocks, parts, who sees

    def clocks(self) -> Iterator[Problem]:
        for key, clock in self.procedure.clocks.items():
            path: Path_ = ("clocks", key)
            if clock.from_ not in self.procedure.states:
                yield from self.started_by_answer((*path, "from"), clock.from_)
            if clock.calendar:
                yield from self.unknown((*path, "calendar"), clock.calendar, self.content.calendars, "日历")
            limit = Limit.read(clock.limit)
            if limit and limit.working and limit.unit == "month":
                yield self.fault((*path, "limit"), "工作时间不能按月计", "写成 working hours 或 working days。")
            yield from self.actions((*path, "late"), clock.late)

    def started_by_answer(self, path: Path_, named: str) -> Iterator[Problem]:
        form_key, _, field = named.partition(".")
        forms = names_of(self.content, self.procedure).forms
        if form_key not in forms:
            known = [*self.procedure.states, *forms]
            yield from self.unknown(path, form_key, known, "状态或表单")
        elif field not in forms[form_key].fields:
            yield from self.unknown(path, field, forms[form_key].fields, f"字段（表单 {form_key}）")
        elif forms[form_key].fields[field].type not in DATED:
            yield self.fault(path, f"{named} 不是日期或时刻，不能起算", "请改用 date 或 datetime 类型的字段。")

    def parts(self) -> Iterator[Problem]:
        for key, part in self.procedure.parts.items():
            path: Path_ = ("parts", key)
            yield from self.unknown((*path, "of"), part.of, self.content.procedures, "流程")
            if part.each and self.table(part.each) is None:
                yield self.fault((*path, "each"), f"没有这张重复表 {part.each}", "写成“表单.字段”，字段的 type 要是 table。")
            if part.to:
                yield from self.actors((*path, "to"), part.to)
            child = self.content.procedures.get(part.of)
            if child and (child.about == CONTACT) != isinstance(part.about, Finding):
                message = (
                    f"“{child.title}”是关于接触者的，要写怎么找到这个人" if child.about == CONTACT else f"“{child.title}”不是关于接触者的"
                )
                yield self.fault(
                    (*path, "about"), message, "about 写 {name: …, identity: …, birth_date: …, phone: …}，对方的 about 写 contact。"
                )
            yield from self.carried((*path, "carry"), part.of, part.carry)

    def members(self) -> Iterator[Problem]:
        members = self.procedure.members
        if members is None:
            return
        yield from self.unknown(("members", "of"), members.of, self.content.procedures, "流程")
        if members.of not in self.content.procedures:
            return
        schema = member_names(self.content, members.of).schema
        for key, text in members.texts.items():
            yield from self.read(("members", "columns", key), text, schema, None)[1]
        for path, _, text, about in member_texts(self.content, self.procedure, names_of(self.content, self.procedure)):
            if path[-1] != "suggest":
                yield from self.read(path, text, about, Type.BOOLEAN)[1]
        if members.link:
            types = {key for group in self.content.relations.values() for key in group.types}
            yield from self.unknown(("members", "link"), members.link, sorted(types), "关系（relations）")
        for state in members.counted:
            yield from self.unknown(("members", "counted"), state, self.content.procedures[members.of].states, "状态")

    def sees(self) -> Iterator[Problem]:
        forms = names_of(self.content, self.procedure).forms
        for party, shown in self.procedure.sees.items():
            yield from self.unknown(("sees", party), party, self.procedure.parties, "参与方")
            for named in () if shown == "all" else shown:
                form, _, field = named.partition(".")
                yield from self.unknown(("sees", party), form, [*forms, *self.procedure.takes, *self.procedure.derive], "表单或内容")
                if field and form in forms:
                    yield from self.unknown(("sees", party), field, forms[form].fields, f"字段（表单 {form}）")

    # what can be reached

    def reach(self) -> Iterator[Problem]:
        """States that no move and no clock leads to, and with them moves and clocks that can never begin; a procedure without an end."""
        procedure, reached = self.procedure, {START}
        while True:
            further = {move.to for move in self.moves.values() if reached & set(move.from_)}
            run = [clock for clock in procedure.clocks.values() if clock.from_ in reached or clock.from_ not in procedure.states]
            further |= {late.to for clock in run for late in clock.late if late.to}
            if further <= reached:
                break
            reached |= further
        for state in procedure.states:
            if state not in reached:
                yield self.fault(("states", state), f"到不了状态“{procedure.states[state]}”", "请加一个到它的 move，或删去这个状态。")
        for key, move in procedure.moves.items():
            if not reached & set(move.from_):
                yield self.fault(("moves", key), f"“{move.title}”永远办不了：到不了它的起点", f"请检查 from：{'、'.join(move.from_)}。")
        for key, clock in procedure.clocks.items():
            if clock.from_ in procedure.states and clock.from_ not in reached:
                yield self.fault(("clocks", key), f"时钟“{clock.title}”永远不会开始", f"到不了状态 {clock.from_}。")
        if not procedure.ends & reached:
            yield self.fault(("states",), "没有一个能到的终点：每个状态都还有去路", "请留一个不再有 move 离开的状态作为结束。")

    # expressions

    def expressions(self) -> Iterator[Problem]:
        derived: dict[str, Type] = {}
        for key, item in self.procedure.derive.items():
            schema = names_of(self.content, self.procedure, derived).schema
            kinds = []
            for path, text, expect in derived_texts(item, ("derive", key)):
                kind, problem = self.read(path, text, schema, expect)
                kinds.append(kind)
                yield from problem
            hit = {"all": Type.LIST, "sum": Type.NUMBER}.get(item.hit, Type.TEXT) if isinstance(item, DecisionTable) else None
            derived[key] = hit or kinds[0] or Type.NUMBER
        names = names_of(self.content, self.procedure, derived)
        for path, _, text, expect in texts(self.procedure):
            yield from self.read(path, text, names.schema, expect)[1]
        for path, _, text, about in member_texts(self.content, self.procedure, names):
            if path[-1] == "suggest":
                yield from self.read(path, text, about, Type.BOOLEAN)[1]
        yield from self.of_parts(names)

    def of_parts(self, names: Names) -> Iterator[Problem]:
        for key, part in self.procedure.parts.items():
            schema, path = part_schema(names, part.each), ("parts", key)
            if part.when:
                yield from self.read((*path, "when"), part.when, schema, Type.BOOLEAN)[1]
            if isinstance(part.about, Finding):
                for name, text in part.about.model_dump(exclude_none=True).items():
                    yield from self.read((*path, "about", name), str(text), schema, None)[1]
            elif part.about not in HERE:
                yield from self.read((*path, "about"), part.about, schema, Type.TEXT)[1]
            for name, text in part.carry.items():
                yield from self.read((*path, "carry", name), str(text), schema, None)[1]

    def read(self, path: Path_, text: str, schema: Schema, expect: Type | None) -> tuple[Type | None, list[Problem]]:
        """The type of an expression, or its fault; nothing is said of one that speaks of what could not be read."""
        try:
            return check(text, schema, expect).type, []
        except ExpressionError as error:
            if self.content.unread & set(re.findall(r"\w+", text)):
                return None, []
            key = ".".join(str(part) for part in path)
            return None, [error.problem(self.document.place_within(path, error.text, error.position), key)]
