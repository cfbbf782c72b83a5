"""Named projects and programmes: the items of boxes (专栏), lists of building projects, and projects named in running text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kangyu.engines.plandoc.clauses import clauses, sentences
from kangyu.engines.plandoc.deadlines import Deadlines
from kangyu.engines.plandoc.headings import Located, Outline
from kangyu.engines.plandoc.model import Project, Source
from kangyu.engines.plandoc.project_tables import read_project_rows
from kangyu.engines.plandoc.prose_projects import Mention, find_mentions
from kangyu.engines.plandoc.tables import Table
from kangyu.engines.plandoc.tasks import RESPONSIBILITY

PROJECT_END = re.compile(r"(?:项目|工程)(?:[（(][^（）()]*[）)])?$|(?:新院区|东区医院|门诊楼|综合楼|病房楼)$")
LIST_BREAK = re.compile(r"[、，；,;。]")
LEADING = re.compile(r"^(?:\*|※|★|重点|加快|推进|实施|建设|完成|包括|以及|和|及)+")
AREA = re.compile(r"(?:面积|业务用房)[^\d，。；]{0,4}(?P<area>\d+(?:\.\d+)?)\s*(?P<wan>万)?\s*(?:平方米|㎡|m²|m2)")
BEDS = re.compile(
    r"(?:设置|编制|开放|新增|增加)?[^，。；\d]{0,6}床位[^\d，。；]{0,4}(?P<after>\d+)\s*张|(?P<before>\d+)\s*张[^，。；\d]{0,6}床位"
)
MONEY = re.compile(r"(?:总投资|完成投资|投资|投入|概算)[^\d，。；]{0,4}(?P<money>\d+(?:\.\d+)?\s*(?:亿元|万元|亿|万))")
COMPLETION = re.compile(
    r"(?P<year>20\d\d)\s*年(?:(?P<month>\d{1,2})\s*月)?(?:年?底|末)?(?:以前|之前|前)?[^，。；\d]{0,12}?(?:完工|建成|竣工|完成|投入使用|投用)"
)
BUILT = re.compile(r"(?:迁建|扩建|新建)(?:项目|工程)?$|(?:院|楼|中心|所)[^，。；]{0,6}(?:改造|建设)(?:项目|工程)$")
DONE = re.compile(r"已|相继完工|投入使用|创成|建成了")


@dataclass(frozen=True)
class Region:
    """The region a plan is for and its administrative level, told from the title."""

    name: str
    level: str


def read_projects(source: Source, outline: Outline, tables: list[Table], title: str, period: tuple[int, int]) -> list[Project]:
    """Every named project in reading order. The same project in a task and in a box is two rows."""
    region = region_of(title)
    result = [project for table in tables for project in read_project_rows(source, table, region.name)]
    for located in outline.located:
        if not located.path and outline.nodes:
            continue
        if located.box:
            result.extend(box_projects(source, located, region, period))
        elif not located.principles:
            result.extend(prose_projects(source, located, region, period))
    return sorted(result, key=lambda project: project.place.start)


def region_of(title: str) -> Region:
    match = re.match(
        r"(?P<name>[\u4e00-\u9fff]{2,12}?(?P<kind>自治州|自治县|省|市|县|区|州|盟|旗))(?![\u4e00-\u9fff]*?(?<=市)[\u4e00-\u9fff]{2,5}[县区])",
        title,
    )
    nested = re.match(r"[\u4e00-\u9fff]{2,4}(?:省|市|自治区)(?P<name>[\u4e00-\u9fff]{2,6}?(?P<kind>县|区|市|旗))", title)
    match = nested or match
    if match is None:
        return Region("", "")
    level = {"省": "省级", "市": "市级", "自治州": "市级", "州": "市级", "盟": "市级", "区": "区级"}.get(match["kind"], "县级")
    return Region(match["name"], level)


def box_projects(source: Source, located: Located, region: Region, period: tuple[int, int]) -> Iterator[Project]:
    """An item of a box is a programme, unless it lists building projects by name: then each of these is one."""
    text = located.passage.text
    box = located.box
    assert box is not None
    head = re.match(r"专\s*[栏题]\s*[\d一二三四五六七八九十]*(?:\s*[—–－-]+\s*\d+)?", box.text)
    prefix = head[0].strip() if head else "专栏"
    listed = list(listed_projects(text, located.body)) if located.body else []
    for name, start, end in listed:
        yield make(source, located, region, f"{prefix} {name}", "construction", start, end, text[start:end], None)
    if not listed and located.item and located.passage.line == located.path[-1].place.line:
        start = located.passage.origin.index(located.path[-1].place.start) if located.path[-1].place.start in located.passage.origin else 0
        cut = re.search(r"[，。；]", text[located.body + 1 :]) if located.body else None
        end = located.body + 1 + cut.start() if cut else len(text)
        kind = "construction" if BUILT.search(located.item) or AREA.search(text) else "programme"
        yield make(source, located, region, f"{prefix} {located.item}", kind, start, end, text, deadline(text, located, period))


def listed_projects(text: str, body: int) -> Iterator[tuple[str, int, int]]:
    """Name and span of each entry when an item is a list of projects; empty when it is prose."""
    named = re.match(r"\s*(?:实施|建设|推进|加快)(?P<name>[^，。；、]{4,40}?(?:项目|工程))等", text[body:])
    if named:
        yield named["name"], body + named.start("name"), body + named.end("name")
        return
    entries, at = [], body
    for stop in [match.start() for match in LIST_BREAK.finditer(text, body)] + [len(text)]:
        entry = text[at:stop].strip()
        if entry:
            start = at + len(text[at:stop]) - len(text[at:stop].lstrip())
            entries.append((entry, start, start + len(entry)))
        at = stop + 1
    hits = [entry for entry in entries if PROJECT_END.search(entry[0]) and len(entry[0]) <= 40]
    if hits and len(hits) >= len(entries) * 0.6 and not re.match(r"(?:实施|开展|推广|推进)", hits[0][0]):
        for entry, start, end in entries:
            if len(entry) >= 5:
                yield entry.strip("*"), start, end


def prose_projects(source: Source, located: Located, region: Region, period: tuple[int, int]) -> Iterator[Project]:
    text = RESPONSIBILITY.sub(lambda match: " " * len(match[0]), located.passage.text)
    deadlines = Deadlines(period)
    for number, (start, end) in enumerate(sentences(text, located.body)):
        parts = clauses(text, start, end, number)
        deadlines.begin_sentence(parts)
        for mention in find_mentions(parts, text, located.background, region.name, bool(located.heading and "保障" in located.heading)):
            dated = next((part for part in parts if part.start <= mention.start < part.end), None)
            year = deadlines.of(dated)[0] if dated and not located.background else None
            scope = text[mention.start : end if not mention.shared else mention.end]
            yield make(source, located, region, mention.name, mention.kind, mention.start, mention.end, scope, year, mention)


def deadline(text: str, located: Located, period: tuple[int, int]) -> int | None:
    """The last year an item of a box names."""
    deadlines = Deadlines(period)
    years: list[int] = []
    for start, end in sentences(text, located.body):
        deadlines.begin_sentence(clauses(text, start, end))
        years.extend(year for _, year in deadlines.seen)
    return max(years) if years else None


def make(
    source: Source,
    located: Located,
    region: Region,
    name: str,
    kind: str,
    start: int,
    end: int,
    scope: str,
    year: int | None,
    mention: Mention | None = None,
) -> Project:
    """A project with what the text around its name (``scope``) says of size, beds, money, completion and state."""
    area, beds, money, finish = AREA.search(scope), BEDS.search(scope), MONEY.search(scope), COMPLETION.search(scope)
    floor = "" if area is None else str(int(float(area["area"]) * 10000)) if area["wan"] else area["area"]
    completion = f"{finish['year']}-{int(finish['month']):02d}" if finish and finish["month"] else finish["year"] if finish else ""
    done = bool(located.background and DONE.search(scope))
    places = (beds["after"] or beds["before"]) if beds and kind == "construction" else ""
    return Project(
        located.heading, kind, name, place_level(name, region), floor, places,
        money["money"].replace(" ", "") if money else "", "" if done else completion or (str(year) if year else ""),
        status(scope, located, done, mention), located.passage.place(source, start, end),
    )  # fmt: skip


def status(scope: str, located: Located, done: bool, mention: Mention | None) -> str:
    if done:
        return "已完成"
    if located.background:
        return "已启动" if re.search(r"启动|开工|动工|在建", scope) else "已完成"
    if "*" in scope:
        return "拟建设"
    for word in ("争取", "探索", "谋划", "支持", "加快"):
        if word in (mention.verb if mention else scope[:12]):
            return "加快建设" if word == "加快" else f"规划（{word}）"
    return "规划"


def place_level(name: str, region: Region) -> str:
    """Where the project stands: the township, street or village level when its name says so, else the region."""
    town = re.search(r"([\u4e00-\u9fff]{2,4}?(?:镇|乡|街道))(?!卫生院、)", name)
    if town and not town[1].startswith(("乡镇", "各")):
        return f"{town[1]}（{'街道级' if town[1].endswith('街道') else '乡镇级'}）"
    if "村卫生室" in name:
        return f"{region.name}（村级）"
    if re.search(r"乡镇|次中心", name):
        return f"{region.name}（乡镇级）"
    return f"{region.name}（{region.level}）" if region.name else ""
