"""Pages of what is counted and balanced: ledgers, signals, standards."""

from collections.abc import Iterator

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Ledger, Signal, Standard
from kangyu.engines.content.kinds.signal import Count, Detector
from kangyu.engines.flowchart import place, svg

from . import flows
from .page import Draft, Drawing, Facts, Inline, Ref, Tag, lines
from .page import Table as Sheet
from .speaking import Said, Speeches
from .wording import LEVELS, actors_words, span_words, subject_words
from .works import decision_sheet

DIMENSIONS = {"institution": "机构", "date": "日期", "text": "文字"}


def ledger(content: Content, speeches: Speeches, one: Ledger) -> Draft:
    """What an account is, what may never happen, what is watched."""
    draft = Draft()
    rows = [(dimension.title, _dimension(content, dimension.of), Tag(key, "dim")) for key, dimension in one.accounts.items()]
    draft.add("accounts", "一个账户由什么定", Sheet(("维度", "是什么", "键"), tuple(rows)), note=f"单位 {one.unit}")
    draft.add("rules", "规矩", Facts(tuple(_ledger_rules(content, one))))
    return draft


def _dimension(content: Content, of: str) -> Inline:
    if of in content.registers:
        return Ref("register", of, content.registers[of].title)
    if of in content.value_sets:
        return Ref("terminology", of, content.value_sets[of].title)
    return DIMENSIONS.get(of, of)


def _ledger_rules(content: Content, one: Ledger) -> Iterator[tuple[str, Inline]]:
    if one.never_below is not None:
        yield "不许低于", f"{one.never_below:g} {one.unit}：会低于它的不给过账"
    if one.expires:
        yield "效期", f"{one.accounts[one.expires].title}；过期的不能用"
    if one.pick == "earliest_expiry":
        yield "先用哪一批", "先到期的先用"
    if one.hold_for:
        yield "占用", f"默认 {span_words(one.hold_for)}后自动放开"
    if one.warn_before:
        yield "轮换", f"到期前 {span_words(one.warn_before)}提醒"
    if one.low:
        titles = "、".join(one.accounts[key].title for key in one.low.by)
        standard = content.standards.get(one.low.standard or "")
        yield (
            "太少",
            lines(
                [f"按{titles}看", Ref("standard", standard.key, standard.title) if standard else f"少于 {one.low.below or 0:g} {one.unit}"]
            ),
        )
    for key, value in one.scrap.items():
        yield "报废", f"移到{one.accounts[key].title}“{content.title_of(one.accounts[key].of, value)}”；过期的只能移到这里"


def signal(content: Content, speeches: Speeches, one: Signal) -> Draft:
    """What is counted, how an alarm is found, how it is graded, what opens."""
    draft = Draft()
    ways = [(detector.title or detector.method, detector_words(detector)) for detector in one.detect]
    words = f"{one.title}：数什么、怎样报警、开什么事项"
    draft.add("flow", "一图看懂", Drawing(svg(place(flows.of_signal(content, one, ways)), words), words))
    counted = [_count(content, speeches, count) for count in one.counts]
    facts: list[tuple[str, Inline]] = [("数" if number == 0 else "也数", words) for number, words in enumerate(counted)]
    facts += [("同一个人", f"{span_words(one.once)}内只数一次")] if one.once else []
    facts += [("除以", _count(content, speeches, one.out_of))] if one.out_of else []
    facts += [
        ("分到", "、".join(LEVELS.get(level, level) for level in one.by)),
        ("地区按", {"residence": "居住地", "institution": "就诊机构"}[one.where_of]),
    ]
    draft.add("counts", "数什么", Facts(tuple(facts)))
    rows = [
        (title, said, "、".join(LEVELS[level] for level in (one.detect[number].by or one.by))) for number, (title, said) in enumerate(ways)
    ]
    draft.add(
        "detect", "怎样报警", Sheet(("规则", "怎样算超过", "用在"), tuple(rows)), note=f"同一地方 {span_words(one.quiet)}内不再开新的"
    )
    if one.grade:
        document = content.document(one)
        where = [f"第 {document.line(('grade', 'table', key))} 行" for key in one.grade.table]
        sheet = decision_sheet(content, one.grade, speeches.grade(), where)
        named = tuple(
            (lines([one.grades.get(key, key), Tag(key, "dim")]), *row[1:]) for key, row in zip(one.grade.table, sheet.rows, strict=True)
        )
        draft.add("grade", "初判级别", Sheet(sheet.head, named))
    draft.add("opens", "然后", Facts(tuple(_signal_end(content, one))))
    return draft


def _signal_end(content: Content, one: Signal) -> Iterator[tuple[str, Inline]]:
    if one.opens:
        found = content.procedures.get(one.opens)
        yield "立案", Ref("procedure", one.opens, found.title if found else one.opens)
    yield "核实", f"{span_words(one.verify)}内"
    if one.tell:
        yield "通知", actors_words(content, [one.tell])
    if one.silent:
        yield "停报", f"超过 {span_words(one.silent.after)}没有数据，提醒{actors_words(content, [one.silent.tell])}"
    if one.incubation:
        yield "最长潜伏期", span_words(one.incubation)


def _count(content: Content, speeches: Speeches, count: Count) -> Inline:
    table = speeches.names.tables.get(count.table)
    what = (table.row if table else count.table) + ("，每人只数一次" if count.distinct else "")
    return lines([what, speeches.counted(count.table).say(count.where)]) if count.where and count.table in speeches.tables else what


def detector_words(one: Detector) -> str:
    """How one method finds an alarm, with its parameters."""
    least = f"，且至少 {one.at_least} 例" if one.at_least else ""
    over = f"{one.over:g}" if one.over is not None else ""
    scale = "每周" if one.scale == "week" else "每天"
    around = f"，前后各 {one.around} 周" if one.around else ""
    said = {
        "fixed": f"{one.days} 天合计{f'超过 {over}' if over else f'达到 {one.at_least} 例'}",
        "same_week_percentile": f"{scale}高于往年（{one.years} 年{around}）同周的第 {over} 百分位",
        "moving_percentile": f"{scale}高于往年（{one.years} 年）移动的第 {over} 百分位",
        "ears_c1": f"高于前 {one.baseline} 天均数 {over} 个标准差",
        "ears_c2": f"高于隔 2 天的前 {one.baseline} 天均数 {over} 个标准差",
        "ears_c3": f"近 3 天累计高出 {over}（EARS C3）",
        "cusum": f"累积和超过 {over}（k = {one.k:g}）",
        "farrington_flexible": f"每周高于往年（{one.years} 年）拟合的上限 {over}",
    }[one.method]
    return said if one.method == "fixed" and not over else said + least


def standard(content: Content, speeches: Speeches, one: Standard) -> Draft:
    """What each place or thing needs, what it has, and what else is promised."""
    draft, speech = Draft(), speeches.each(one.each)
    facts: list[tuple[str, Inline]] = [("每一个", LEVELS.get(one.each) or subject_words(content, one.each))]
    facts += [("只看", speech.say(one.among))] if one.among else []
    facts += [("应有", speech.say(one.need)), ("实有", speech.say(one.have))] if one.need and one.have else []
    facts += [("单位", one.unit)] if one.unit else []
    draft.add("need", "应有多少，实有多少", Facts(tuple(facts)))
    also = []
    for promise in one.also.values():
        bound = f"不低于 {promise.at_least:.0%}" if promise.at_least is not None else f"不高于 {promise.at_most or 0:.0%}"
        of: Inline = "实有数" if promise.of == "have" else speech.say(promise.of)
        also.append((promise.title, speech.say(promise.share), of, bound))
    draft.add("also", "还要", Sheet(("要求", "其中", "占", "多少"), tuple(also)))
    reach = []
    for far in one.reach.values():
        found = content.registers.get(far.things)
        which: list[Inline] = [Ref("register", far.things, found.title if found else far.things)]
        which += [speeches.subject(far.things).say(far.where)] if far.where else []
        distance = (
            speech.say(far.kilometres) if isinstance(far.kilometres, str) else Said(f"{far.kilometres:g}", f"{far.kilometres:g} 公里", ())
        )
        reach.append((far.title, lines(which), distance, f"{far.share:.0%} 的人口"))
    draft.add("reach", "多远之内", Sheet(("要求", "到哪里", "不超过（公里）", "多少人"), tuple(reach)))
    return draft
