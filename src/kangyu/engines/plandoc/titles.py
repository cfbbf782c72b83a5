"""The title of the plan and the years it covers."""

import re

from kangyu.engines.plandoc.layout import mark_of
from kangyu.engines.plandoc.model import Issue, Source

PERIODS = {"十二五": (2011, 2015), "十三五": (2016, 2020), "十四五": (2021, 2025), "十五五": (2026, 2030), "十六五": (2031, 2035)}
PLAN_WORD = re.compile(r"规划|纲要|计划|方案|实施意见")
NOT_TITLE = re.compile(r"通知|印发|[。：:>＞]|^根据|^《|制定本|请认真|目\s*录|现将|当前位置")
STATUS = re.compile(r"^[（(](?:[^）)]{0,12}(?:稿|本)|20\d\d\s*年?\s*[—–\-~～至]+\s*20\d\d\s*年?)[）)]$")
NUMBERED = {"十二": "十二五", "十三": "十三五", "十四": "十四五", "十五": "十五五", "十六": "十六五"}
ISSUED = re.compile(r"(20\d\d)\s*年\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?")
SPAN = re.compile(r"(20[1-4]\d)\s*年?\s*[—–\-~～至]+\s*(20[1-4]\d)\s*年?")


def find_title(source: Source) -> tuple[str, int]:
    """The title and the line (from 1) it ends on; (…稿) on the next line belongs to it. Without one, the first line."""
    lines = [(index, line.text.strip()) for index, line in enumerate(source.lines) if line.text.strip() and line.table is None][:60]
    for at, (index, text) in enumerate(lines):
        if mark_of(text):
            break
        if len(text) > 60 or not PLAN_WORD.search(text) or NOT_TITLE.search(text):
            continue
        title, end = squeeze(text), index
        if at and not re.search(r"[省市县区州旗盟镇]", title) and short_head(lines[at - 1][1]):
            title = squeeze(lines[at - 1][1]) + title
        if at + 1 < len(lines) and STATUS.match(lines[at + 1][1]):
            title += squeeze(lines[at + 1][1])
            end = lines[at + 1][0]
        return title, end + 1
    if source.title and PLAN_WORD.search(source.title):
        return squeeze(source.title), 0
    quoted = re.search(r"《([^》]{4,40}(?:规划|纲要))》(?:已经|印发|予以)", "".join(text for _, text in lines))
    return (quoted[1], 0) if quoted else (squeeze(lines[0][1])[:60] if lines else "", 0)


def find_issue(source: Source, title: str) -> Issue:
    """Number, authority and date of issue from lines of their own near the beginning or the end, and the state in the title."""
    texts = [line.text.strip() for line in source.lines]
    near = [*texts[:60], *texts[-15:]]
    number = next((text for text in near if re.fullmatch(r"[\u4e00-\u9fff]{2,10}[〔\[（(]20\d\d[〕\]）)]\s*\d+\s*号", text)), "")
    date = next(((at, match) for at, text in enumerate(near) if (match := ISSUED.fullmatch(text))), None)
    status = re.search(r"[（(]([^（）()]{0,8}(?:稿|本))[）)]$", title)
    if date is None:
        return Issue(number, status=status[1] if status else "")
    at, match = date
    before = [text for text in near[max(0, at - 4) : at] if text]
    issuer = before[-1] if before and re.fullmatch(r"[\u4e00-\u9fff]{4,24}", before[-1]) else ""
    day = f"-{int(match[3]):02d}" if match[3] else ""
    return Issue(number, issuer, f"{match[1]}-{int(match[2]):02d}{day}", status[1] if status else "")


def short_head(text: str) -> bool:
    return len(text) <= 25 and bool(re.search(r"[省市县区州旗盟镇]", text)) and not re.search(r"[，。：:；]|人民政府|号$", text)


def plan_period(title: str, text: str) -> tuple[int, int]:
    """First and last year of the plan: from a span or a five-year plan in the title, else the one named most in the text."""
    span = SPAN.search(title)
    if span and 0 < int(span[2]) - int(span[1]) <= 20:
        return int(span[1]), int(span[2])
    numbered = re.search(r"第(十[二三四五六])个五年", title)
    for name, years in PERIODS.items():
        if name in title or (numbered and NUMBERED[numbered[1]] == name):
            return years
    counts = {name: text.count(name) for name in PERIODS}
    name = max(counts, key=lambda key: (counts[key], key == "十四五"))
    return PERIODS[name] if counts[name] else PERIODS["十四五"]


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)
