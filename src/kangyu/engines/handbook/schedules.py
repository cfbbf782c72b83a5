"""The page of a schedule of doses: every dose with all that decides about it, for whom each course is, and where it is written."""

from collections.abc import Iterable, Iterator

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Definition
from kangyu.engines.content.kinds.schedule import Course, Dose, DoseSchedule, Series

from .page import Draft, Facts, Inline, Tag, Text, lines
from .page import Table as Sheet
from .wording import span_words

SEX = {"female": "女孩", "male": "男孩"}
HEAD = ("剂次", "疫苗和接种", "什么时候", "间隔", "另外", "出处")


def schedule(content: Content, draft: Draft, definition: Definition) -> None:
    """What holds for all, then each series with its courses, then who must not have which."""
    assert definition.schedule is not None
    one = definition.schedule
    draft.add("schedule", "共同的规矩", Facts(tuple(_common(content, one))))
    for key, series in one.series.items():
        blocks: list[Text | Sheet | Facts] = [Facts(tuple(_about(content, one, series)))]
        for place, course in enumerate(series.courses):
            if len(series.courses) > 1:
                blocks.append(Text(f"第 {place + 1} 种程序：{_for_whom(content, one, course, place, len(series.courses))}"))
            blocks.append(Sheet(HEAD, tuple(_doses(content, definition, key, place))))
        draft.add(f"series.{key}", series.title, *blocks, note="从上往下，第一种合用的程序就是这个人的" if len(series.courses) > 1 else "")
    states = [
        (
            lines([state.title, Tag(name, "dim")]),
            _named(content, one, state.forbids),
            _named(content, one, state.postpones),
            _named(content, one, state.assess),
            lines([f"{_named(content, one, [old])}改用{_named(content, one, [new])}" for old, new in state.instead.items()]),
            _origin(content, definition, state.source, "schedule", "states", name),
        )
        for name, state in one.states.items()
    ]
    draft.add("states", "特殊健康状态", Sheet(("状态", "不能种", "暂缓", "由医生评估", "改用", "出处"), tuple(states)))


def _named(content: Content, one: DoseSchedule, vaccines: Iterable[str]) -> str:
    return "、".join(content.title_of(one.vaccines, vaccine) for vaccine in vaccines) or "—"


def _origin(content: Content, definition: Definition, source: str | None, *path: str | int) -> Inline:
    return lines([source or "同全文", Tag(f"第 {content.document(definition).line(path)} 行", "dim")])


def _common(content: Content, one: DoseSchedule) -> Iterator[tuple[str, Inline]]:
    yield "补种到", f"满 {span_words(one.until)}"
    yield "注射的减毒活疫苗", f"{_named(content, one, one.live_injected)}：不同一天种的，至少隔 {span_words(one.live_apart)}"
    apart: dict[str, list[str]] = {}
    for vaccine, span in one.after_immunoglobulin.items():
        apart.setdefault(span, []).append(vaccine)
    yield "用过免疫球蛋白或血制品", lines([f"{_named(content, one, named)}至少隔 {span_words(span)}" for span, named in apart.items()])
    yield "算漏种", f"应种后满 {span_words(one.late_after)}还没有种，或过了推荐的最后一天"
    yield "早种的", "不到最小年龄、间隔不够的不计入；从已计入的接着种，不重新开始"


def _about(content: Content, one: DoseSchedule, series: Series) -> Iterator[tuple[str, Inline]]:
    yield "哪些疫苗算数", _named(content, one, series.vaccines)
    if series.until:
        yield "补种到", f"满 {span_words(series.until)}"
    if series.first:
        yield "先后", "不能同一天种时，先种它"


def _for_whom(content: Content, one: DoseSchedule, course: Course, place: int, of: int) -> str:
    """Whose course it is, and what a complete one must hold."""
    said = []
    if course.state:
        said.append(one.states[course.state].title)
    if course.with_:
        said.append(f"第 1 剂用{_named(content, one, [course.with_])}，或因健康状态改用它的")
    if course.born:
        said.append(
            "".join([f"{course.born.from_} 起" if course.born.from_ else "", f"{course.born.to} 以前" if course.born.to else ""]) + "出生"
        )
    if course.sex:
        said.append(SEX[course.sex])
    if course.on:
        until = f"到 {course.on.to} " if course.on.to else ""
        said.append(f"{course.on.from_} 起{until}接种的那一剂按它")
    words = "，".join(said) or ("其余的人" if place + 1 == of and of > 1 else "所有人")
    if course.first_uncounted:
        words += "；出生时那一剂不计入"
    return words


def _holding(content: Content, one: DoseSchedule, course: Course) -> list[str]:
    return [
        f"全程{each.title}至少 {each.least} 剂（{_named(content, one, each.of)}），不够的补{_named(content, one, [each.give])}"
        for each in course.holds
    ]


def _doses(content: Content, definition: Definition, key: str, place: int) -> Iterator[tuple[Inline, ...]]:
    assert definition.schedule is not None
    one = definition.schedule
    series, course = one.series[key], one.series[key].courses[place]
    for number, dose in enumerate(course.doses):
        path = ("schedule", "series", key, "courses", place, "doses", number)
        origin = _origin(content, definition, dose.source or course.source, *path)
        also = [*_also(content, one, dose), *(_holding(content, one, course) if number + 1 == len(course.doses) else [])]
        vaccine = lines(_vaccine(content, one, series, course, dose))
        yield f"第 {number + 1} 剂", vaccine, lines(_when(one, dose)), lines(_apart(one, dose)), lines(also), origin


def _vaccine(content: Content, one: DoseSchedule, series: Series, course: Course, dose: Dose) -> Iterator[str]:
    yield _named(content, one, [dose.vaccine or course.with_ or series.vaccines[0]])
    for age, vaccine in dose.older.items():
        yield f"满 {span_words(age)}改用{_named(content, one, [vaccine])}"
    how = [
        content.title_of("vaccination_route", dose.route) if dose.route else "",
        content.title_of("vaccination_site", dose.site) if dose.site and dose.site != dose.route else "",
        dose.amount or "",
    ]
    if any(how):
        yield "，".join(filter(None, how))


def _when(one: DoseSchedule, dose: Dose) -> Iterator[str]:
    yield "出生后尽早" if dose.at.startswith("0 ") else f"满 {span_words(dose.at)}起"
    if dose.sooner:
        other = one.series[dose.sooner.series].title
        yield f"{other}不足 {dose.sooner.fewer_than} 剂的，满 {span_words(dose.sooner.at)}起"
    if dose.by:
        yield f"推荐在满 {span_words(dose.by)}之前"
    if dose.not_from:
        yield f"满 {span_words(dose.not_from)}不再种"


def _apart(one: DoseSchedule, dose: Dose) -> Iterator[str]:
    if dose.gap:
        yield f"与前一剂至少隔 {span_words(dose.gap)}"
    if dose.within:
        yield f"与前一剂最好不超过 {span_words(dose.within)}"
    if dose.since_first:
        yield f"与第 1 剂至少隔 {span_words(dose.since_first)}"
    if dose.after:
        other, last = one.series[dose.after.series].title, len(dose.after.gaps) - 1
        for number, gap in enumerate(dose.after.gaps):
            if gap and number:
                yield f"{other}种过 {number} 剂{'以上' if number == last else ''}的，与它的末剂至少隔 {span_words(gap)}"


def _also(content: Content, one: DoseSchedule, dose: Dose) -> Iterator[str]:
    if dose.ask_from:
        yield f"满 {span_words(dose.ask_from)}后：{dose.ask}"
    if dose.early:
        more = f"，且这一系列已有 {dose.early.least} 剂是它" if dose.early.least > 1 else ""
        yield f"程序要求之前按说明书种的{_named(content, one, dose.early.of)}也算{more}"
