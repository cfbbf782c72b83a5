"""Pages of forms, definitions and indicators."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Definition, Form, Indicator
from kangyu.engines.content.kinds.definition import DecisionTable
from kangyu.engines.content.kinds.field import Check, Field, shown_unit
from kangyu.engines.content.kinds.form import Makes

from .form_layout import layout
from .page import Code, Draft, Drawing, Facts, Inline, Ref, Tag, Text, lines
from .page import Table as Sheet
from .schedules import schedule
from .speaking import Speech, Speeches
from .wording import HITS, range_words, subject_words

TYPES = {
    "decimal": "小数", "integer": "整数", "quantity": "带单位的数", "boolean": "是或否", "date": "日期", "datetime": "日期和时刻",
    "time": "时刻", "code": "单选", "codes": "多选", "text": "一行文字", "long_text": "多行文字", "table": "表格", "signature": "签名",
    "photo": "照片", "file": "文件", "person": "居民", "institution": "机构", "area": "地区", "thing": "登记簿里的一件",
}  # fmt: skip
FROM_LAST = {"show": "显示上次", "fill": "带出上次", "no": "不看上次"}
SHAPES = {
    "share": "按人计算的比例",
    "ratio": "两数之比",
    "count": "计数",
    "life_expectancy": "简略寿命表",
    "probability_of_dying": "死亡概率",
    "reported": "上报",
}
MADE = {"immunization": "成为接种记录", "take": "从台账领用", "relation": "记下关系", "person": "建立居民档案", "delivery": "成为分娩记录"}
BETTER = {"higher": "越高越好", "lower": "越低越好", "neutral": "不分高低"}
PERIODS = {"year": "按年", "twelve_months": "近 12 个月"}
SIDES = {
    "among": "数谁（分母）",
    "true_when": "怎样算达到（分子）",
    "top": "分子",
    "bottom": "分母",
    "top_age": "分子一侧的年龄",
    "bottom_age": "分母一侧的年龄",
}


def form(content: Content, speeches: Speeches, one: Form) -> Draft:
    """How it looks, what is asked, what must fit together, what the answers become."""
    draft, speech = Draft(), speeches.form(one)
    words = f"{one.title}的版面：{len(one.fields)} 项"
    draft.add("layout", "版面", Drawing(layout(one), words), note=f"关于{subject_words(content, one.about)}；答案成为表 {one.name}")
    draft.add("fields", "问什么", field_table(content, one.fields, speech, speech), note=f"{len(one.fields)} 项")
    for key, table in one.tables.items():
        inside = speeches.row(one, key)
        checks = _checks(table.checks, inside, table.fields)
        draft.add(f"rows.{key}", f"表格：{table.title}", field_table(content, table.fields, inside, inside), checks)
    draft.add("sections", "按情况才问的段落", _sections(one, speech))
    draft.add("checks", "各项之间", _checks(one.checks, speech, one.fields))
    draft.add("makes", "填了以后", Facts(tuple(_consequences(content, one, speech))))
    return draft


def field_table(content: Content, fields: Mapping[str, Field], speech: Speech, names: Speech) -> Sheet:
    """Every field: what kind of answer, which values, when asked, what becomes of it."""
    rows = []
    for key, field in fields.items():
        title = lines([field.title, Tag(key, "dim"), Tag(field.help, "dim") if field.help else ""])
        rows.append((title, lines(_kind(content, field)), lines(_values(field)), lines(_asked(field, speech)), _becomes(content, field)))
    return Sheet(("项目", "怎么答", "可以是多少", "什么时候问", "成为"), tuple(rows))


def _kind(content: Content, field: Field) -> Iterator[Inline]:
    yield TYPES[field.type] + (f"，{field.shown_unit}" if field.unit else "")
    if field.set:
        known = content.value_sets.get(field.set)
        yield Ref("terminology", field.set, known.title if known else field.set)
    if field.register_:
        register = content.registers.get(field.register_)
        yield Ref("register", field.register_, register.title if register else field.register_)
    if field.units:
        found = content.definitions.get(field.units)
        yield Ref("definition", field.units, f"也可用别的单位：{found.title if found else field.units}")


def _values(field: Field) -> Iterator[Inline]:
    if field.possible:
        yield f"只能 {range_words(field.possible)}"
    if field.usual:
        yield f"少见：{range_words(field.usual)} 之外，要说明"
    if field.type == "table":
        yield f"{field.min_rows} 到 {field.max_rows} 行"


def _asked(field: Field, speech: Speech) -> Iterator[Inline]:
    if field.gives:
        yield lines(["算出来：", speech.say(field.gives)])
    if field.show_when:
        yield lines(["只在：", speech.say(field.show_when)])
    if field.required is True:
        yield "必填"
    elif field.required:
        yield lines(["必填，当：", speech.say(str(field.required))])
    if field.from_last == "fill":
        yield FROM_LAST["fill"]


def _becomes(content: Content, field: Field) -> Inline:
    if not field.becomes:
        return "—"
    name = field.becomes.partition(".")[0]
    found = content.definitions.get(name)
    return Ref("definition", name, found.title) if found else field.becomes


def _sections(one: Form, speech: Speech) -> Sheet:
    shown = [(section.title, speech.say(section.show_when)) for section in one.sections if section.show_when]
    return Sheet(("段落", "只在"), tuple(shown))


def _checks(checks: Mapping[str, Check], speech: Speech, fields: Mapping[str, Field]) -> Sheet:
    rows = []
    for check in checks.values():
        force = "不满足不能提交" if check.severity == "hard" else "不满足要说明原因"
        rows.append((check.says, speech.say(check.true_when), force, "、".join(fields[key].title for key in check.fields)))
    return Sheet(("要求", "怎样算满足", "不满足时", "标在哪些项"), tuple(rows))


def _consequences(content: Content, one: Form, speech: Speech) -> Iterator[tuple[str, Inline]]:
    if one.counts_as_visit:
        yield "算一次有效随访", speech.say(one.counts_as_visit)
    for made in one.makes:
        yield _made(content, one, made, speech)


def _made(content: Content, one: Form, made: Makes, speech: Speech) -> tuple[str, Inline]:
    if made.condition:
        when: list[Inline] = [speech.say(made.condition.when)] if made.condition.when else []
        return "建立诊断", lines([f"{made.condition.code} {made.condition.title}", *when])
    if made.episode:
        found = content.programmes.get(made.episode.programme)
        when = [speech.say(made.episode.when)] if made.episode.when else []
        return "纳入管理", lines([Ref("programme", made.episode.programme, found.title if found else made.episode.programme), *when])
    report = made.report
    if report is None:
        return _other(one, made)
    return "成为上报数", "，".join(
        one.fields[key].title for key in (report.indicator, report.value, report.period_start, report.period_end)
    )


def _other(one: Form, made: Makes) -> tuple[str, Inline]:
    """Whatever else a form makes: its name, and the fields it is made of by their titles."""
    kind = next(iter(made.model_fields_set))
    value = getattr(made, kind)
    written = value.model_dump(by_alias=True, exclude_none=True, exclude_defaults=True) if isinstance(value, BaseModel) else {kind: value}
    said = [f"{key}：{one.fields[text].title if isinstance(text, str) and text in one.fields else text}" for key, text in written.items()]
    return MADE.get(kind, kind), lines(said)


def definition(content: Content, speeches: Speeches, one: Definition) -> Draft:
    """A named value, a decision table, an observation or a conversion."""
    draft, speech = Draft(), speeches.subject(one.about or "person")
    if one.gives:
        draft.add("gives", "是什么", Text(speech.say(one.gives)))
    if one.decides:
        draft.add("decides", "怎么判", _decides(content, one.decides, speech), note=HITS[one.decides.hit])
    if one.observation:
        seen = one.observation
        facts: list[tuple[str, Inline]] = [("代码", Code(seen.code)), ("代码系统", seen.system)]
        facts += [("单位", shown_unit(seen.unit))] if seen.unit else []
        facts += [("任何活人都不可能超出", range_words(seen.possible))] if seen.possible else []
        parts = [
            (part.title, Code(part.code), shown_unit(part.unit or "") or "—", range_words(part.possible) if part.possible else "—")
            for part in seen.parts.values()
        ]
        draft.add("observation", "怎么编码", Facts(tuple(facts)), Sheet(("部分", "代码", "单位", "不可能超出"), tuple(parts)))
    if one.conversion:
        rows = [
            (other.title, Code(code), f"× {other.factor:g}{f' + {other.offset:g}' if other.offset else ''}", f"{other.decimals} 位小数")
            for code, other in one.conversion.others.items()
        ]
        into = shown_unit(one.conversion.unit)
        draft.add("conversion", f"换成 {into}", Sheet(("可录入的单位", "代码", f"乘以多少得 {into}", "录入"), tuple(rows)))
    if one.schedule:
        schedule(content, draft, one)
    return draft


def _decides(content: Content, table: DecisionTable, speech: Speech) -> Sheet:
    from .works import decision_sheet

    return decision_sheet(content, table, speech, [""] * len(table.table))


def indicator(content: Content, speeches: Speeches, one: Indicator) -> Draft:
    """What is divided by what: in the words of its writer, in the words of the expressions, and as expressions."""
    draft = Draft()
    facts: list[tuple[str, Inline]] = [
        ("怎么算", SHAPES[one.shape]),
        ("单位", one.unit),
        ("多久一算", PERIODS[one.period]),
        ("好坏", BETTER[one.better]),
    ]
    facts += [("主管", one.department)] if one.department else []
    facts += [("又叫", "；".join(one.aliases))] if one.aliases else []
    draft.add(
        "words",
        "说给人听",
        Facts((("分母", one.words.denominator), ("分子", one.words.numerator), ("缺的", one.words.missing))),
        Facts(tuple(facts)),
    )
    rows = [(SIDES[name], speeches.side(one, name).say(getattr(one, name))) for name in SIDES if getattr(one, name)]
    draft.add("expressions", "机器照着算的", Sheet(("哪一边", "怎么算"), tuple(rows)), Facts(tuple(_ways(content, one))))
    return draft


def _ways(content: Content, one: Indicator) -> Iterator[tuple[str, Inline]]:
    if one.per != 1:
        yield "乘以", f"{one.per:g}"
    if one.strata:
        yield "年龄组的起点", "、".join(map(str, one.strata))
    if one.ages:
        yield "哪些年龄", f"{range_words(one.ages)} 岁"
    if one.causes:
        found = content.value_sets.get(one.causes)
        yield "哪些死因", Ref("terminology", one.causes, found.title if found else one.causes)
    if one.form:
        found_form = content.forms.get(one.form)
        yield "怎么上报", Ref("form", one.form, found_form.title if found_form else one.form)
