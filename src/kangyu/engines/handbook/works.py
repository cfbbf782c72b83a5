"""Pages of work: programmes, procedures and registers, which share one grammar."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Procedure, Programme, Register
from kangyu.engines.content.kinds.base import Span
from kangyu.engines.content.kinds.definition import DecisionTable, Definition, Taken, Value
from kangyu.engines.content.kinds.procedure import Party
from kangyu.engines.content.kinds.programme import Flag
from kangyu.engines.content.kinds.work import START, Clock, Move, Part
from kangyu.engines.flowchart import place, svg
from kangyu.engines.language.words import spaced

from . import flows
from .fields import field_table
from .gathered import gathered
from .page import Code, Draft, Drawing, Facts, Inline, Ref, Tag, Text, lines
from .page import Table as Sheet
from .speaking import Speech, Speeches
from .wording import (
    HITS,
    UNKNOWN,
    actions_words,
    actors_words,
    due_words,
    form_words,
    late_words,
    parties_of,
    span_words,
    subject_words,
    time_words,
)
from .writer import Writer

SEES_ALL = "全部"
NEEDED = {"all": "全部办结，本事项才能结案", "any": "办结其中一件，本事项才能结案", "none": "不等它"}


def programme(content: Content, speeches: Speeches, one: Programme) -> Draft:
    """Whom, whom else, what is due, what is judged, what follows, whom first."""
    draft, writer = Draft(), Writer(content, speeches, one, one.key, one.source or "")
    subject, visit = speeches.subject(one.subject), speeches.visit(one)
    draft.add(
        "flow", "一图看懂", _drawing(flows.of_programme(content, one, subject, visit), f"{one.title}：管谁、做什么、怎么判、然后怎么办")
    )
    draft.add("belongs", "管谁", Text(subject.say(one.belongs)), note=f"{writer.line('belongs')}；{one.source or '没有写出处'}")
    draft.add("find", "还要去找谁", _flags(writer, "find", one.find, subject))
    draft.add("episode", "从哪天到哪天", _episode(writer, one))
    _work(draft, writer, subject, visit)
    draft.add("parts", "随之开出的专案", _parts(writer, lambda part: visit, {}))
    draft.add("high_risk", "先看谁", _flags(writer, "high_risk", one.high_risk, subject), note="高危")
    return draft


def register(content: Content, speeches: Speeches, one: Register) -> Draft:
    """What is kept of each thing, its states, what is due, what is judged."""
    draft, writer = Draft(), Writer(content, speeches, one, one.key, one.source or "")
    subject, visit = speeches.subject(one.key), speeches.visit(one)
    if one.states and one.moves:
        draft.add("flow", "一图看懂", _drawing(flows.of_states(content, one, subject), f"{one.title}的状态和变化"))
    draft.add("what", "记什么", Facts(tuple(_register_facts(content, one))), field_table(content, one.fields, subject, subject))
    _moves(draft, writer, subject, {})
    _work(draft, writer, subject, visit)
    draft.add("find", "要留意的情形", _flags(writer, "find", one.find, subject))
    return draft


def _register_facts(content: Content, one: Register) -> Iterator[tuple[str, Inline]]:
    yield "一件叫", one.singular
    yield "编号", one.fields[one.number].title
    yield "名称", one.fields[one.name].title
    yield "表达式里的表名", Code(one.name_of_table)
    if one.kept_by:
        yield "谁登记、谁修改", actors_words(content, one.kept_by)
    if one.position:
        yield "上地图", "有经纬度"


def procedure(content: Content, speeches: Speeches, one: Procedure) -> Draft:
    """The flow drawn, then its parties, states, moves, clocks, parts, rules and who sees what."""
    draft, writer = Draft(), Writer(content, speeches, one, one.key, one.source or "")
    speech = speeches.case(one)
    draft.add("flow", "一图看懂", _drawing(flows.of_states(content, one, speech), f"{one.title}的状态、动作、时限和子事项"))
    draft.add("parties", "谁参加", Facts((("关于", subject_words(content, one.about)),)), _parties(content, one, speech))
    draft.add("takes", "立案时带来的内容", field_table(content, one.takes, speech, speech))
    _moves(draft, writer, speech, one.parties)
    draft.add("clocks", "时限", _clocks(writer, one.clocks, speech, one))
    draft.add("parts", "子事项", _parts(writer, lambda part: speeches.part(one, part.each), parties_of(one)))
    gathered(draft, writer, one)
    _work(draft, writer, speech, speech)
    draft.add("amend", "订正和重复", Facts(tuple(_mending(writer, one))))
    draft.add("sees", "谁看得到什么", Facts(tuple(_sees(content, one))))
    return draft


def _drawing(graph: flows.Graph, words: str) -> Drawing:
    return Drawing(svg(place(graph), words), words)


def _work(draft: Draft, writer: Writer, subject: Speech, visit: Speech) -> None:
    """What all kinds of work share: dues, derived values, rules."""
    work = writer.work
    draft.add("due", "要按期做什么", _dues(writer, subject))
    for key, item in work.derive.items():
        title = item.title if isinstance(item, DecisionTable | Value) and item.title else key
        draft.add(f"derive.{key}", f"怎么判：{title}", *_derived(writer, key, item, visit), note=_hit(item))
    draft.add("act", "然后怎么办", _rules(writer, visit), note="成立的都执行；同一种建议取重的，回访取早的")


def _flags(writer: Writer, group: str, flags: Mapping[str, Flag], speech: Speech) -> Sheet:
    rows = [
        (
            lines([flag.title, Tag(flag.note, "dim") if flag.note else ""]),
            lines([*([speech.say(flag.among)] if flag.among else []), speech.say(flag.when)]),
            writer.origin(flag.source, group, key),
        )
        for key, flag in flags.items()
    ]
    return Sheet(("情形", "怎样算", "出处"), tuple(rows))


def _episode(writer: Writer, one: Programme) -> Facts | None:
    if one.episode is None:
        return None
    closes = lines([writer.form(key) for key in one.episode.closes])
    counted = [f"{each.title}：按{'天' if each.in_ == 'days' else '周'}数" for each in one.episode.counted.values()]
    facts: list[tuple[str, Inline]] = [("叫", one.episode.title), ("从", writer.form(one.episode.opens))]
    facts += [("谁可以开始", writer.speeches.subject(one.subject).say(one.episode.among))] if one.episode.among else []
    facts += [("从哪天起算", _since(writer, one.episode.anchor) or Code(one.episode.anchor)), ("到", closes)]
    facts += [("姓名旁写", lines(counted))] if counted else []
    if one.episode.expected and one.episode.lasts:
        facts.append((one.episode.expected, f"起算日满 {Span.parse(one.episode.lasts).words()}的那天"))
    return Facts(tuple(facts))


def _stage(writer: Writer, key: str) -> str:
    """A state, or the part of an episode that is counted under this key."""
    episode = writer.work.episode if isinstance(writer.work, Programme) else None
    return episode.counted[key].title if episode and key in episode.counted else writer.work.states.get(key, key)


def _dues(writer: Writer, speech: Speech) -> Sheet:
    rows = []
    for key, due in writer.work.due.items():
        only = [f"只在：{'、'.join(_stage(writer, state) for state in due.while_)}"] if due.while_ else []
        conditions: list[Inline] = [*only, *([speech.say(due.when)] if due.when else [])]
        conditions += [lines(["暂停：", speech.say(due.pause)])] if due.pause else []
        conditions += [lines(["这样也算做过：", speech.say(due.met_by)])] if due.met_by else []
        conditions += [lines(["直到：", speech.say(due.until)])] if due.until else []
        title = due.title or form_words(writer.content, writer.key, due.form)
        rows.append(
            (
                title,
                due_words(due, speech, _since(writer, due.from_ or "")),
                writer.form(due.form),
                lines(conditions),
                writer.origin(due.source, "due", key),
            )
        )
    return Sheet(("做什么", "多久一次", "填哪张表", "什么时候要做", "出处"), tuple(rows))


def _since(writer: Writer, text: str) -> str:
    """What a window counts from: a date of the episode, or a form and one of its dates."""
    key, _, field = text.rpartition(".")
    episode = writer.work.episode if isinstance(writer.work, Programme) else None
    form = writer.content.form_of(writer.key, key or (episode.opens if episode else ""))
    if form is None:
        return ""
    if key and field == "on":
        return f"“{form.title}”那天"
    asked = form.fields.get(field)
    return (f"“{form.title}”的{asked.title}" if key else asked.title) if asked else ""


def _hit(item: DecisionTable | Value | str) -> str:
    if not isinstance(item, DecisionTable):
        return item.unit or "" if isinstance(item, Value) else ""
    return HITS[item.hit] + (f"；{UNKNOWN[item.unknown]}" if item.unknown else "")


def _derived(writer: Writer, key: str, item: DecisionTable | Value | str, speech: Speech) -> Sequence[Text | Sheet]:
    if isinstance(item, Taken):
        table = writer.content.definitions[item.lookup]
        told = f"照“{table.title}”查，按{speech.say(item.at).words}取“{column_title(table, item.take)}”"
        return (Text(lines([told, writer.origin(item.source, "derive", key)])),)
    if not isinstance(item, DecisionTable):
        text = item.gives if isinstance(item, Value) else item
        return (Text(lines([speech.say(text), writer.origin(item.source if isinstance(item, Value) else None, "derive", key)])),)
    return (
        decision_sheet(writer.content, item, speech, [writer.line("derive", key, "table", row) for row in item.table]),
        _source(writer, key, item),
    )


def column_title(table: Definition, column: str) -> str:
    """What a column of a look-up is called; ``title`` is what the code itself is called."""
    known = table.lookup.columns if table.lookup else {}
    return known[column].title if column in known else "名称"


def _source(writer: Writer, key: str, item: DecisionTable) -> Text:
    return Text(lines([f"出处：{item.source or ('同全文' if writer.source else '没有写')}，{writer.line('derive', key)}"]))


def decision_sheet(content: Content, item: DecisionTable, speech: Speech, where: Sequence[str]) -> Sheet:
    """A decision table as one: in which order the rows are looked at, when each holds, what comes out."""
    points = item.hit == "sum"
    rows = []
    for number, ((row, condition), line) in enumerate(zip(item.table.items(), where, strict=True), 1):
        when: Inline = "以上各行都不成立" if condition == "else" else speech.say(condition)
        result = f"{item.points[row]:g} 分" if points else content.title_of(item.set, row)
        origin = lines([item.sources.get(row) or ("同这张表" if item.source else "同全文"), Tag(line, "dim")])
        rows.append((lines([result, Tag(row, "dim")]), str(number), when, origin))
    return Sheet(("结果", "行", "当", "出处"), tuple(rows))


def _rules(writer: Writer, speech: Speech) -> Sheet:
    parties = writer.work.parties if isinstance(writer.work, Procedure) else {}
    rows: list[tuple[Inline, ...]] = []
    for key, rule in writer.work.act.items():
        follows = lines(actions_words(writer.content, rule.do, speech, parties))
        rows.append((rule.title or key, speech.say(rule.when), follows, writer.origin(rule.source, "act", key)))
    if writer.work.otherwise:
        follows = lines(actions_words(writer.content, writer.work.otherwise, speech, parties))
        rows.append(("都不成立", "以上规则一条也不成立", follows, writer.origin(None, "act", "else")))
    return Sheet(("规则", "当", "就", "出处"), tuple(rows))


def _moves(draft: Draft, writer: Writer, speech: Speech, parties: Mapping[str, Party]) -> None:
    states = writer.work.states
    ends = writer.work.ends
    draft.add(
        "states", "状态", Text("，".join(f"{title}{'（终）' if key in ends else ''}" for key, title in states.items())) if states else None
    )
    rows = [(move.title, *_move(writer, key, move, speech, parties)) for key, move in writer.work.all_moves().items()]
    draft.add("moves", "动作", Sheet(("动作", "从", "到", "谁来办", "要什么", "同时", "出处"), tuple(rows)))


def _move(writer: Writer, key: str, move: Move, speech: Speech, parties: Mapping[str, Party]) -> tuple[Inline, ...]:
    states = {**writer.work.states, START: "立案" if isinstance(writer.work, Procedure) else "登记"}
    who: Inline = actors_words(writer.content, move.by, parties) if move.by else lines(["自动，当", speech.say(move.when or "true")])
    needs: list[Inline] = [writer.form(move.form)] if move.form else []
    if move.needs:
        needs.append("写明原因" if move.needs_reason else speech.say(move.needs))
    origin = writer.origin(move.source, "moves", key) if key in writer.work.moves else Tag(writer.line("reviews"), "dim")
    did = lines(actions_words(writer.content, move.do, speech, parties))
    return ("、".join(states[one] for one in move.from_), states[move.to], who, lines(needs), did, origin)


def _clocks(writer: Writer, clocks: Mapping[str, Clock], speech: Speech, one: Procedure) -> Sheet:
    rows = []
    for key, clock in clocks.items():
        start = f"进入“{one.states[clock.from_]}”起" if clock.from_ in one.states else spaced(f"从{speech.say(clock.from_).words}起")
        late = [late_words(writer.content, entry, speech, one.states, one.parties) for entry in clock.late]
        until = "、".join(one.states[state] for state in clock.until)
        limit = lines([time_words(clock.limit, speech), f"提前 {span_words(clock.warn)}提醒" if clock.warn else ""])
        rows.append((clock.title, start, limit, until, lines(late), writer.origin(clock.source, "clocks", key)))
    return Sheet(("时限", "从", "多久", "到哪些状态为止", "超过时", "出处"), tuple(rows))


def _parts(writer: Writer, speech_of: Callable[[Part], Speech], parties: Mapping[str, Party]) -> Sheet:
    rows = []
    for key, part in writer.work.parts.items():
        of = writer.content.procedures.get(part.of)
        own = speech_of(part)
        opens = [f"进入“{writer.work.states[part.after]}”后" if part.after else "", f"“{part.each}”的每一行一件" if part.each else ""]
        when: list[Inline] = [*filter(None, opens), *([own.say(part.when)] if part.when else [])]
        carry = lines([spaced(f"{name}：{own.say(text).words}") for name, text in part.carry.items()])
        to = actors_words(writer.content, [part.to], parties) if part.to else "—"
        rows.append(
            (
                part.title,
                Ref("procedure", part.of, of.title) if of else part.of,
                lines(when),
                to,
                carry,
                NEEDED[part.needed],
                writer.origin(part.source, "parts", key),
            )
        )
    return Sheet(("子事项", "哪种事项", "什么时候开", "交给谁", "带去什么", "等不等", "出处"), tuple(rows))


def _parties(content: Content, one: Procedure, speech: Speech) -> Sheet:
    kinds = content.code_systems.get("institution_kind")
    rows = []
    for key, party in one.parties.items():
        named = "、".join(kinds.codes[kind].title if kinds and kind in kinds.codes else kind for kind in party.kinds)
        found: Inline = "立案时选定" + (f"：{named}" if named else "")
        if party.is_:
            found = speech.say(party.is_)
        elif party.covers:
            found = f"管对象所在{ {'city': '市', 'county': '县', 'township': '乡镇', 'village': '村'}[party.covers] }的那一家：{named}"
        if party.hidden_in:
            before = "、".join(f"“{one.states[state]}”" for state in party.hidden_in)
            found = lines([found, Tag(f"{before}时还没有交给它，看不到", "dim")])
        rows.append((party.title, found, "可以没有" if party.optional else "必有", "负责" if key == one.responsible else "—"))
    return Sheet(("参与方", "怎么定", "有无", "谁负责"), tuple(rows))


def _mending(writer: Writer, one: Procedure) -> Iterator[tuple[str, Inline]]:
    if one.amend:
        who = actors_words(writer.content, one.amend.by, one.parties)
        yield (
            one.amend.title,
            lines(
                [
                    f"{who}，在“{'、'.join(one.states[state] for state in one.amend.from_)}”时",
                    f"之后转到“{one.states[one.amend.then]}”",
                    writer.form(one.amend.form),
                ]
            ),
        )
    if one.hand_over:
        parties = "、".join(one.parties[key].title for key in one.hand_over.parties)
        who = actors_words(writer.content, one.hand_over.by, one.parties) if one.hand_over.by else "负责的一方"
        agreed = "接手的机构同意后生效" if one.hand_over.accept else "交出即生效"
        yield "交接", f"{parties}可以交给别的机构：由{who}或上级主管交出，要写原因，{agreed}"
    if one.same:
        speech = writer.speeches.case(one)
        ways = ["、".join("同一对象" if name == "it" else speech.say(name).words for name in way) for way in one.same.ways]
        apart = one.columns[one.same.at].title if one.same.at else "立案"
        yield "疑似重复", f"{'都相同，或'.join(ways)}都相同，且{apart}相隔不超过 {time_words(one.same.within, speech)}：提示给人判断"
    for missing in one.missing.values():
        told = f"近 {Span.parse(missing.back).words()}记到的诊断，{Span.parse(missing.around).words()}内没有立案的，列给经办机构"
        yield missing.title, told
    if one.heading:
        yield "看板上的一句话", writer.speeches.case(one).say(one.heading)


def _sees(content: Content, one: Procedure) -> Iterator[tuple[str, Inline]]:
    for key, what in one.sees.items():
        title = one.parties[key].title if key in one.parties else key
        yield title, SEES_ALL if what == "all" else "、".join(_seen(content, one, name) for name in what)


def _seen(content: Content, one: Procedure, name: str) -> str:
    if name in one.takes:
        return one.takes[name].title
    form = content.form_of(one.key, name.partition(".")[0])
    if form is None:
        return name
    field = form.fields.get(name.partition(".")[2])
    return field.title if field else f"《{form.title}》"
