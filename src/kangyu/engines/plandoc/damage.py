"""What a copy of a plan has lost on its way: tables, digits, its end; and what it has picked up: comments, page furniture."""

import re
from collections.abc import Iterator

from kangyu.engines.plandoc.layout import Passage
from kangyu.engines.plandoc.model import Indicator, Place, Source, Warning

UNITS_ALONE = r"(?:‰|%|％|岁|/10万|万(?=以[下上内]|下降|上升|提高|降|升|[，,。；]))"
LOST_DIGITS = re.compile(
    rf"[\u4e00-\u9fff]{{1,12}}?(?:由|从|下降到|下降至|降至|降到|提高到|提升到|提高至|上升到|控制在|达到|增加到|(?<=年)的)\s*{UNITS_ALONE}(?:以[下上内]|左右)?"
)
LOST_NAME = re.compile(r"(?:加强|推进|强化)和[^，。；,]{2,6}协同[^，。；,]{0,6}")
YEAR_WITHOUT_WORD = re.compile(r"(?<!\d)20[2-4]\d(?=[\u4e00-\u9fff])(?!年|版)[^，。；]{0,24}")
SEVERALLY = re.compile(
    r"[^，。；、和及与]{2,30}分别(?:不低于|不少于|不超过|达到?|为|控制在|提高到|下降到)[^，。；、和及与]{1,14}(?=[，。；])"
)
PAGE_FURNITURE = re.compile(r"^(?:当前位置[:：].*|标签[:：]?.*|.*(?:上一篇|下一篇|扫一扫|分享到).*)$")
CLOSED = re.compile(r"[。！？!?…）)”’；;]$")


def find_damage(source: Source, texts: list[Passage], lost_captions: list[Passage], indicators: list[Indicator]) -> list[Warning]:
    """All signs of damage, in the order a person would mend them."""
    return [
        *lost_tables(source, lost_captions, indicators),
        *lost_digits(source, texts),
        *truncated(source, texts),
        *single_values(source, texts),
        *foreign_matter(source),
    ]


def lost_tables(source: Source, lost_captions: list[Passage], indicators: list[Indicator]) -> Iterator[Warning]:
    for caption in lost_captions:
        message = (
            f"第 {caption.line} 行“{re.sub('[“”]', '', caption.text)[:30]}”之下没有表格：这份文本丢失了指标表。请找原件补录，系统不作推测。"
        )
        yield Warning("table_lost", message, (caption.place(source),))
    if not lost_captions and not indicators:
        yield Warning("no_indicator_table", "全文没有读到指标表。如原件附有指标表，请补充后重新导入。")


def lost_digits(source: Source, texts: list[Passage]) -> Iterator[Warning]:
    for text in texts:
        found = [match for pattern in (LOST_DIGITS, LOST_NAME) for match in pattern.finditer(text.text)]
        found.sort(key=lambda match: match.start())
        if found:
            quotes = "、".join(f"“{match[0].strip()}”" for match in found)
            message = f"第 {text.line} 行有 {len(found)} 处缺少数字或字词：{quotes}。这份文本有内容丢失，请对照原件补上，系统不作推测。"
            yield Warning("digits_lost", message, tuple(text.place(source, match.start(), match.end()) for match in found))
        for match in YEAR_WITHOUT_WORD.finditer(text.text):
            if re.match(r"20\d\d(?:规划|远景|行动|纲要|年)", match[0]):
                continue
            message = f"第 {text.line} 行“{match[0][:16]}”的年份后缺“年”字。请核对是否有漏字。"
            yield Warning("word_missing", message, (text.place(source, match.start(), match.end()),))


def truncated(source: Source, texts: list[Passage]) -> Iterator[Warning]:
    """The last long paragraph of a whole document is closed; a heading is followed by something."""
    prose = [text for text in texts if len(text.text) >= 30]
    if prose and not CLOSED.search(prose[-1].text):
        last = prose[-1]
        message = f"文本在第 {last.line} 行的句子中间断开（“…{last.text[-16:]}”）：后面的内容可能没有复制完整。请重新取得全文。"
        yield Warning("truncated", message, (last.place(source, max(0, len(last.text) - 40)),))


def single_values(source: Source, texts: list[Passage]) -> Iterator[Warning]:
    for text in texts:
        for match in SEVERALLY.finditer(text.text):
            if len(re.findall(r"\d+(?:\.\d+)?", re.sub(r"20\d\d年", "", match[0]))) == 1:
                message = f"第 {text.line} 行“{match[0]}”用了“分别”却只有一个数值，可能漏了另一个。请核对原件。"
                yield Warning("value_missing", message, (text.place(source, match.start(), match.end()),))


def foreign_matter(source: Source) -> Iterator[Warning]:
    remarked = [(index, line) for index, line in enumerate(source.lines) if line.remark]
    if remarked:
        places = tuple(source.place(source.starts[index], source.starts[index] + len(line.text)) for index, line in remarked)
        remarks = "；".join(f"第 {index + 1} 行（{line.remark}）" for index, line in remarked)
        yield Warning("draft_remarks", f"文本里留有审稿批注 {len(remarked)} 处：{remarks}。请确认这是不是定稿。", places)
    furniture = tuple(line_place(source, index) for index, line in enumerate(source.lines) if PAGE_FURNITURE.match(line.text.strip()))
    if furniture:
        yield Warning("page_furniture", "文本像是从第三方网页转载的（含导航、标签等网页内容）。请尽量改用发文机关公布的原件。", furniture)


def line_place(source: Source, index: int) -> Place:
    start = source.starts[index]
    return source.place(start, start + len(source.lines[index].text))
