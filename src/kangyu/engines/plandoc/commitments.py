"""Every dated or quantified promise in the body of a plan."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kangyu.engines.plandoc.clauses import Clause, clauses, sentences
from kangyu.engines.plandoc.deadlines import PURE, Deadlines, chapeau_year, years_in
from kangyu.engines.plandoc.figures import circle, promises, within_reach
from kangyu.engines.plandoc.headings import STRUCTURAL, Located, Outline
from kangyu.engines.plandoc.milestones import read_milestone
from kangyu.engines.plandoc.model import Commitment, Source
from kangyu.engines.plandoc.quantities import Quantity
from kangyu.engines.plandoc.subjects import LIST, counted_subject, rate_subject, split_subjects, strip_lead
from kangyu.engines.plandoc.tasks import RESPONSIBILITY
from kangyu.engines.plandoc.vocabulary import COUNT_UNITS, GOALS, RATE_UNITS

FUTURE = re.compile(r"计划|预计|拟|将于")
LOOKING_BACK = re.compile(r"^(?:截至|截止)|(?:“?十[二三]五”?)期间[^，]{0,10}(?:完成|建成)")
ALSO_ALL = re.compile(r"所有[^，]{2,24}(?:、|和)\s*\d+(?:\.\d+)?%的?")
WORK_LEAD = re.compile(
    r"^(?:着力|积极|不断|持续|努力|分别|重点|并|共)?(?:培训|培养|引进|建成|建设|新建|打造|打通|设置|设立|配备|推广|提升|提高|加强|推进|完善|增加|开展|实施|达到|完成|落实|新增|改造|争创|建立|发展)(?:一批|约)?"
)
LEFT_NOUN = re.compile(r"(?:医师|医生|护士|人员|骨干|人才|毕业生|床位|名医|机构|患者)(?:不少于|不低于|不超过|达到?)$")
RELATIVE = re.compile(r"(?P<way>高于|低于)(?P<whom>全[国省市县区][^\d，]{0,6}(?:水平)?|全省水平|国家平均水平)\s*$")


@dataclass(frozen=True)
class Draft:
    """A promise before it gets its section and place."""

    clause: Clause
    comparator: str
    value: str
    unit: str
    subject: str


def read_commitments(source: Source, outline: Outline, period: tuple[int, int]) -> list[Commitment]:
    """Walk the body paragraph by paragraph. Chapters that look back give only what they announce for the years of the plan."""
    result: list[Commitment] = []
    chapeau: tuple[tuple[int, ...], int] | None = None
    for located in outline.located:
        if not located.path and outline.nodes:
            continue
        key = tuple(id(node) for node in located.path if node.kind in STRUCTURAL)
        if chapeau and chapeau[0] != key:
            chapeau = None
        result.extend(paragraph(source, located, period, chapeau[1] if chapeau else None))
        year = chapeau_year(located.passage.text, period) or goals_year(located, period)
        if year:
            chapeau = (key, year)
    return result


def goals_year(located: Located, period: tuple[int, int]) -> int | None:
    """In a section of goals the year the first paragraph opens with (到2030年，…) holds for the paragraphs after it."""
    opening = located.passage.text[located.body : located.body + 12]
    years = years_in(opening, period)
    inner = located.path[-1] if located.path else None
    return years[0][1] if years and inner is not None and inner.kind in STRUCTURAL and GOALS.search(inner.text) else None


def paragraph(source: Source, located: Located, period: tuple[int, int], chapeau: int | None) -> Iterator[Commitment]:
    text = RESPONSIBILITY.sub(lambda match: " " * len(match[0]), located.passage.text)
    deadlines = Deadlines(period, chapeau)
    for number, (start, end) in enumerate(sentences(text, located.body)):
        parts = clauses(text, start, end, number)
        deadlines.begin_sentence(parts)
        if not readable(located, text[start:end], deadlines):
            continue
        for draft in sentence_drafts(parts, deadlines, located.item):
            year, basis = deadlines.of(draft.clause)
            if year is None and located.background:
                year, basis = deadlines.seen[0][1], "same_sentence"
            first = quote_start(parts, draft.clause)
            place = located.passage.place(source, first, draft.clause.end)
            yield Commitment(located.heading, draft.subject, year, draft.comparator, draft.value, draft.unit, basis, place)


def readable(located: Located, sentence: str, deadlines: Deadlines) -> bool:
    if LOOKING_BACK.search(sentence.strip()):
        return False
    if located.background or located.principles:
        return bool(FUTURE.search(sentence)) and bool(deadlines.seen) and located.background
    return not re.match(r"\s*展望", sentence) or bool(re.search(r"\d(?!\d*年)", sentence))


def quote_start(parts: list[Clause], clause: Clause) -> int:
    """A clause is quoted with the bare 到2025年， before it."""
    at = next(at for at, part in enumerate(parts) if part is clause)
    return parts[at - 1].start if at and PURE.match(parts[at - 1].text.strip()) else clause.start


def sentence_drafts(parts: list[Clause], deadlines: Deadlines, topic: str) -> Iterator[Draft]:
    """The promises of a sentence; one without a subject of its own is about the one before it, or about ``topic``."""
    follows = False
    subject = topic
    for at, clause in enumerate(parts):
        if PURE.match(clause.text.strip()):
            continue
        found = promises(clause, follows)
        drafts = list(figure_drafts(clause, found, subject))
        if not drafts:
            year, basis = deadlines.of(clause)
            own = any(clause.start <= seen < clause.end for seen, _ in deadlines.seen) or follows_year(parts, at)
            milestone = read_milestone(clause, year is not None, own, basis)
            if milestone:
                about = milestone_subject(clause.text[: milestone.upto], milestone.suffix)
                about = about if len(about) > 3 else subject
                drafts = [Draft(clause, milestone.comparator, milestone.value, milestone.unit, about)]
        elif ALSO_ALL.search(clause.plain):
            drafts.insert(0, Draft(clause, "all", "100", "%", strip_lead(clause.text)))
        follows = any(quantity.unit not in RATE_UNITS for quantity in found)
        subject = drafts[-1].subject if drafts else topic or WORK_LEAD.sub("", rate_subject(clause.text))
        yield from drafts


def follows_year(parts: list[Clause], at: int) -> bool:
    """Whether a bare 到2025年， stands right before the clause, or one clause further off when the clause tells what gets built."""
    if at and PURE.match(parts[at - 1].text.strip()):
        return True
    return at > 1 and bool(PURE.match(parts[at - 2].text.strip())) and parts[at].text.strip().startswith(("建成", "创成"))


def milestone_subject(text: str, suffix: str) -> str:
    text = re.sub(r"^(?:努力|基本|成功)?(?:建成|建设完成|创成)|^(?:推动|推进|执行|实施|持续保持)|[“”]", "", strip_lead(text))
    return re.sub(r"(?:实现|基本实现|达到)?全覆盖$", "覆盖率", text) + suffix


def figure_drafts(clause: Clause, found: list[Quantity], inherited: str) -> Iterator[Draft]:
    """One draft per figure, or per name when one figure holds for several names (A率、B率均达95%) or several figures for one list."""
    for at, quantity in enumerate(found):
        before, after = clause.text[: quantity.start], clause.text[quantity.end :]
        names = subjects(clause, found, at) or [inherited]
        comparator, unit = quantity.comparator, quantity.unit
        relative = RELATIVE.search(before)
        if relative and quantity.unit in RATE_UNITS:
            comparator, unit = "eq", f"{unit}（相对{relative['whom'].strip()}）"
        if (quantity.unit == "分钟" and circle(after)) or within_reach(quantity, after):
            comparator = "le"
        unit = per(clause.text[: quantity.start], "个" if unit == "大" else unit)
        for name in names:
            full = f"{inherited}{name}" if name in {"总量", "总数"} else name or inherited
            yield Draft(clause, comparator, quantity.value, unit, full)


def subjects(clause: Clause, found: list[Quantity], at: int) -> list[str]:
    quantity = found[at]
    before = clause.text[: quantity.start]
    after = clause.text[quantity.reach :]
    if quantity.unit == "分钟" and circle(after):
        return [f"{re.split('圈', after)[0]}圈时间"]
    listed = len(found) > 1 and "分别" in clause.text[: found[0].start] and not counted_subject(after)
    if not listed and quantity.unit not in RATE_UNITS and quantity.unit not in {"岁", "公里", "分钟", "小时", "天"}:
        thing = counted_subject(clause.text[quantity.end :])
        made = re.search(r"(?:打造|建设|转型|发展|升级)(?:成为|成|为)(?P<what>[^，。；]{3,20})$", after)
        does = re.search(r"(?:达到|通过|建成|完成|符合|创成|获得)[^，。；]{2,40}$", after)
        if made:
            return [f"{made['what']}数"]
        if does and thing:
            return [f"{does[0]}的{thing}数"]
        left = WORK_LEAD.sub("", rate_subject(before[found[at - 1].reach if at else 0 :]))
        if quantity.comparator in {"ge", "le"} and LEFT_NOUN.search(before) and len(left) > 1:
            return [f"{left}数"]
        named = not re.match(r"^[、，和与及（(]|^\s*$", after) and thing
        return [f"{thing}数" if named else WORK_LEAD.sub("", rate_subject(before[found[at - 1].reach if at else 0 :]).strip("、和及与"))]
    first = next((index for index in range(at, -1, -1) if index == 0 or not joined(clause, found[index - 1], found[index])), 0)
    last = next(
        (index for index in range(at, len(found)) if index == len(found) - 1 or not joined(clause, found[index], found[index + 1])), at
    )
    subject = rate_subject(clause.text[found[first - 1].reach if first else 0 : found[first].start])
    if last > first:
        return [split_subjects(subject, last - first + 1)[at - first]]
    if not subject and after:
        return [re.sub(r"^的", "", after).strip()]
    each = re.search(r"各\s*$", before)
    if (re.search(r"均[^，]{0,6}$", before) and subject.endswith("率")) or each:
        count = len(LIST.split(subject))
        return split_subjects(subject, count) if 1 < count <= 4 else [subject]
    return [subject]


def per(before: str, unit: str) -> str:
    """The unit with what it is counted per (每3万人口 …, 每年 …)."""
    people = re.search(r"每\s*(?P<base>[\d—–-]*万?(?:服务|常住)?人口?)(?![^，]*个)", before)
    if people and unit in COUNT_UNITS and not re.search(r"(?:每千|每万)", before):
        return f"{unit}/{people['base']}"
    span = re.search(r"每(?P<span>[年月周天日])", before)
    return f"{unit}/{span['span']}" if span and unit in {"次", "小时", "场", "期"} else unit


def joined(clause: Clause, left: Quantity, right: Quantity) -> bool:
    return bool(re.fullmatch(r"\s*(?:[、和与及]|以及)\s*", clause.text[left.reach : right.start]))
