"""Numbers of a plan that do not agree with each other. Each finding quotes both places; none is resolved here."""

import itertools
import re
from collections.abc import Iterator
from decimal import Decimal

from kangyu.engines.plandoc.headings import Node, repeated_numbers
from kangyu.engines.plandoc.layout import Passage
from kangyu.engines.plandoc.matching import level, lower_is_better, same_indicator
from kangyu.engines.plandoc.model import Commitment, Fact, Heading, Indicator, Place, Source, Task, Warning
from kangyu.engines.plandoc.quantities import NUMBER, canonical

PLAIN = {"eq", "ge", "gt", "le", "lt", "approx"}
WORDS = {"eq": "", "ge": "不低于 ", "gt": "高于 ", "le": "不超过 ", "lt": "低于 ", "approx": "约 "}
TOO_GENERAL = re.compile(r"^(?:服务半径|储备量|总量|覆盖率|总体水平|培训覆盖率)")
WHOLE_AND_PARTS = re.compile(
    rf"(?P<whole>{NUMBER})\s*(?P<unit>[家个所人处名张辆])[^，。；（）()\d]{{0,16}}[（(](?P<parts>[^（）()]*\d[^（）()]*)[）)]"
)


def check_indicators(indicators: list[Indicator]) -> Iterator[Warning]:
    """Rows against themselves: nothing to measure by, targets looser than the baseline or equal to it, binding but 力争."""
    for row in indicators:
        where = f"指标表第 {row.seq} 行“{row.name}”"
        if row.baseline_value is None and row.target_value is None and row.target_comparator == "none":
            binding = "约束性指标" if row.nature == "binding" else "指标"
            yield Warning("value_missing", f"{where}是{binding}，但基期值和目标值都是空的。请补录。", (row.place,))
        elif row.target_comparator == "none":
            yield Warning("target_missing", f"{where}没有目标值。请补录。", (row.place,))
        if row.baseline_value is not None and row.target_value is not None and row.target_comparator in PLAIN:
            yield from check_progress(row, where)
        if row.nature == "binding" and "力争" in row.target_raw:
            yield Warning("binding_but_soft", f"{where}是约束性指标，目标却写作“{row.target_raw}”。请明确是否必须达到。", (row.place,))
    missing = [row for row in indicators if row.baseline_value is None and row.target_comparator != "none"]
    if missing:
        labels = list(dict.fromkeys(f"{row.seq} {row.name}" for row in missing))
        names = "、".join(labels)
        yield Warning("baseline_missing", f"{len(labels)} 项指标没有基期值，无法计算进展：{names}。", tuple(row.place for row in missing))


def check_progress(row: Indicator, where: str) -> Iterator[Warning]:
    assert row.baseline_value is not None and row.target_value is not None
    worse = row.target_value > row.baseline_value if lower_is_better(row.name) else row.target_value < row.baseline_value
    figures = f"{row.baseline_year} 年 {row.baseline_raw}，{row.target_year} 年目标 {row.target_raw}"
    if worse:
        yield Warning("target_worse_than_baseline", f"{where}的目标比基期值还宽：{figures}。请核实数字或说明理由。", (row.place,))
    elif row.target_value == row.baseline_value:
        yield Warning("no_progress_target", f"{where}的目标与基期值相同：{figures}。", (row.place,))


def check_numbering(source: Source, indicators: list[Indicator], tasks: list[Task], nodes: tuple[Node, ...]) -> Iterator[Warning]:
    """Gaps and repeats in the numbers of table rows, tasks, chapters, sections and boxes."""
    rows: dict[str, Indicator] = {}
    for row in indicators:
        rows.setdefault(row.seq, row)
    numbers = [(int(seq), row.place) for seq, row in rows.items() if seq.isdigit()]
    yield from gaps(numbers, "指标表", "行")
    yield from gaps([(int(task.no), task.place) for task in tasks if task.no.isdigit() and task.kind == "task"], "任务", "项")
    boxes = []
    for node in nodes:
        match = re.match(r"专\s*栏\s*(\d+)(?![\d—–-])", node.text) if node.kind == "box" else None
        if match and not re.match(r"专\s*栏\s*\d+\s*[—–-]", node.text):
            boxes.append((int(match[1]), node.place))
    yield from gaps(boxes, "专栏", "个")
    for first, second in repeated_numbers(list(nodes)):
        message = f"编号重复：第 {first.place.line} 行“{first.text[:24]}”与第 {second.place.line} 行“{second.text[:24]}”。请核对。"
        yield Warning("numbering_repeated", message, (first.place, second.place))
    for node in nodes:
        for child in node.children:
            if child.kind == "section_missing":
                yield missing_heading(child.text, child.place)


def missing_heading(text: str, place: Place) -> Warning:
    message = f"编号不连续：第 {place.line} 行之前缺少“{text}”的标题，这份文本可能丢了标题或一段内容。请对照原件。"
    return Warning("numbering_gap", message, (place,))


def gaps(numbers: list[tuple[int, Place]], what: str, unit: str) -> Iterator[Warning]:
    for (before, first), (after, second) in itertools.pairwise(numbers):
        if after > before + 1:
            lost = "、".join(str(number) for number in range(before + 1, after))
            yield Warning(
                "numbering_gap", f"{what}编号从 {before} 跳到 {after}，缺第 {lost} {unit}。请对照原件是否有遗漏。", (first, second)
            )
        elif after == before:
            yield Warning("numbering_repeated", f"{what}编号 {after} 出现了两次。请核对。", (first, second))


def missing_chapters(roots: tuple[Heading, ...]) -> Iterator[Warning]:
    for root in roots:
        if root.kind == "section_missing":
            yield missing_heading(root.text, root.place)


def check_text_against_table(indicators: list[Indicator], commitments: list[Commitment], facts: list[Fact]) -> Iterator[Warning]:
    """The same indicator in the table and in the body, with different figures for the same year."""
    for row in indicators:
        for item in commitments:
            if comparable(row, item) and Decimal(item.value) != row.target_value:
                message = (
                    f"同一指标两个目标：指标表“{row.name}”{row.target_year} 年目标 {row.target_raw}，"
                    f"正文第 {item.place.line} 行写 {WORDS[item.comparator]}{item.value}{item.unit}。请确定以哪个为准。"
                )
                yield Warning("text_vs_table", message, (row.place, item.place))
            if worse_than_baseline(row, item):
                message = (
                    f"正文第 {item.place.line} 行“{item.subject}”的目标 {item.value}{item.unit} 比基期值 {row.baseline_raw} 还宽。请核实。"
                )
                yield Warning("target_worse_than_baseline", message, (row.place, item.place))
        for fact in facts:
            if fact_differs(row, fact):
                message = (
                    f"同一指标两个基期值：指标表“{row.name}”{row.baseline_year} 年 {row.baseline_raw}，"
                    f"正文第 {fact.place.line} 行写 {fact.value}{fact.unit}。请核实。"
                )
                yield Warning("text_vs_table", message, (row.place, fact.place))


def comparable(row: Indicator, item: Commitment) -> bool:
    if row.target_value is None or row.target_comparator not in PLAIN or item.comparator not in PLAIN or not item.value:
        return False
    if not same_unit(row.unit, item.unit) or item.deadline_year not in (None, row.target_year) or "（" in item.unit:
        return False
    return same_indicator(row.name, item.subject)


def worse_than_baseline(row: Indicator, item: Commitment) -> bool:
    if row.baseline_value is None or not comparable(row, item):
        return False
    value = Decimal(item.value)
    if value == row.target_value:
        return False
    return value > row.baseline_value if lower_is_better(row.name) else value < row.baseline_value


def fact_differs(row: Indicator, fact: Fact) -> bool:
    if row.baseline_value is None or not same_unit(row.unit, fact.unit) or not same_indicator(row.name, fact.subject):
        return False
    return fact.year in ("", str(row.baseline_year)) and fact.value != row.baseline_value


def same_unit(left: str, right: str) -> bool:
    return (
        left.replace("％", "%").removeprefix("1") == right.replace("％", "%").removeprefix("1")
        or {left, right} <= {"人", "名"}
        or {left, right} <= {"个", "家", "所", "处"}
    )


def check_text_against_text(commitments: list[Commitment]) -> Iterator[Warning]:
    """The same thing promised twice for the same year with different figures."""
    numbered = [
        item
        for item in commitments
        if item.comparator in PLAIN | {"range"} and item.value and item.unit not in {"级", "", "平方米", "万元", "亿元"}
    ]
    for at, item in enumerate(numbered):
        if len(level(item.subject)) < 4 or TOO_GENERAL.search(item.subject):
            continue
        other = next((other for other in numbered[:at] if differ(other, item)), None)
        if other is not None:
            message = (
                f"同一事项两个数：第 {other.place.line} 行“{other.subject}”为 {other.value}{other.unit}，"
                f"第 {item.place.line} 行为 {item.value}{item.unit}。请确定以哪个为准。"
            )
            yield Warning("text_vs_text", message, (other.place, item.place))


def differ(left: Commitment, right: Commitment) -> bool:
    if not same_unit(left.unit, right.unit) or left.value == right.value or left.place.quote == right.place.quote:
        return False
    if left.deadline_year and right.deadline_year and left.deadline_year != right.deadline_year:
        return False
    return same_indicator(left.subject, right.subject)


def check_logic(indicators: list[Indicator], facts: list[Fact]) -> Iterator[Warning]:
    """Deaths under five include deaths under one: their rate cannot be the lower one in the same sentence or table."""
    for infant in facts:
        for child in facts:
            if infant.place == child.place and "婴儿死亡率" in infant.subject and "5岁以下" in child.subject and child.value < infant.value:
                message = (
                    f"第 {infant.place.line} 行5岁以下儿童死亡率（{child.value}{child.unit}）"
                    f"低于婴儿死亡率（{infant.value}{infant.unit}），不可能成立。请核实。"
                )
                yield Warning("impossible_value", message, (infant.place,))
    rows = {key: row for row in indicators for key in ("婴儿死亡率", "5岁以下儿童死亡率") if row.name == key}
    if len(rows) == 2:
        infant_row, child_row = rows["婴儿死亡率"], rows["5岁以下儿童死亡率"]
        for name, left, right in (
            ("基期值", infant_row.baseline_value, child_row.baseline_value),
            ("目标值", infant_row.target_value, child_row.target_value),
        ):
            if left is not None and right is not None and right < left:
                message = f"指标表里5岁以下儿童死亡率的{name}（{right}）低于婴儿死亡率（{left}），不可能成立。请核实。"
                yield Warning("impossible_value", message, (infant_row.place, child_row.place))


def check_sums(source: Source, texts: list[Passage]) -> Iterator[Warning]:
    """769家 …（117家 …、60家 …）: the parts in the bracket should add up to the whole before it."""
    for text in texts:
        for match in WHOLE_AND_PARTS.finditer(text.text):
            parts = [Decimal(part) for part in re.findall(rf"({NUMBER})\s*{match['unit']}", match["parts"])]
            items = [part for part in re.split(r"[、，,；]", match["parts"]) if part.strip()]
            if len(parts) < 3 or len(parts) != len(items) or sum(parts) == Decimal(match["whole"]):
                continue
            total, unit = canonical(sum(parts, Decimal())), match["unit"]
            message = f"第 {text.line} 行分项合计 {total}{unit}，与总数 {match['whole']}{unit} 不符。请核对。"
            yield Warning("arithmetic", message, (text.place(source, match.start(), match.end()),))


def check_deadlines(source: Source, commitments: list[Commitment], issued: tuple[int, int] | None) -> Iterator[Warning]:
    """Deadlines that had passed, or were a month away, when the plan was issued (year and month)."""
    if issued is None:
        return
    late = [
        item
        for item in commitments
        if item.deadline_year and (item.deadline_year < issued[0] or (item.deadline_year == issued[0] and issued[1] >= 12))
    ]
    if late:
        lines = "、".join(sorted({str(item.place.line) for item in late}, key=int))
        message = f"印发时间为 {issued[0]} 年 {issued[1]} 月，但有 {len(late)} 项承诺的期限当时已到或将到（第 {lines} 行）。请核实期限。"
        yield Warning("stale_deadline", message, tuple(item.place for item in late))
