"""Projects named in running text, found by the patterns of ``project_patterns``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kangyu.engines.plandoc.clauses import Clause
from kangyu.engines.plandoc.project_patterns import ALSO, FINISHED, INDUSTRY, LISTED, LOCAL_QUOTE, NOT_BUILT, PATTERNS, UNWANTED
from kangyu.engines.plandoc.vocabulary import FACILITY


@dataclass(frozen=True)
class Mention:
    """A project named in the text: its name, what kind it is, the verb, and where the clause that names it stands."""

    name: str
    kind: str
    verb: str
    start: int
    end: int
    shared: bool = False


def find_mentions(parts: list[Clause], text: str, background: bool, region: str, safeguard: bool) -> Iterator[Mention]:
    """The projects a sentence names, at most one of each clause except for lists."""
    if safeguard or not parts:
        return
    start, end = parts[0].start, parts[-1].end
    listed = list(lists(text, start, end, background))
    yield from listed
    last = ""
    taken = [(mention.start, mention.end) for mention in listed]
    for clause in parts:
        if clause.aside or any(a < clause.end and clause.start < b for a, b in taken):
            continue
        mention = clause_mention(clause, background, region)
        if mention is None or (last and mention.name[:4] == last[:4]):
            continue
        last = mention.name
        yield mention
        if mention.verb in {"实施", "推进", "加快", "加快推进", "启动"} and mention.kind == "construction":
            for more in ALSO.finditer(clause.text):
                yield Mention(
                    more["name"], mention.kind, mention.verb, clause.start + more.start("name"), clause.start + more.end(), shared=True
                )


def lists(text: str, start: int, end: int, background: bool) -> Iterator[Mention]:
    """加快甲项目、乙新院区等重点项目建设：one project a name; names of products under development."""
    sentence = text[start:end]
    for pattern in (FINISHED,) if background else (LISTED, INDUSTRY):
        for match in pattern.finditer(sentence):
            group = next(name for name in ("made", "names", "name") if match.groupdict().get(name))
            if UNWANTED.search(sentence[: match.start(group)].rsplit("，", 1)[-1]):
                continue
            names = split_names(match[group]) if pattern is not INDUSTRY else products(match[group])
            if pattern is LISTED and not all(re.search(FACILITY, name) for name in names):
                continue
            for name in names:
                kind = "programme" if pattern is INDUSTRY else "construction"
                if pattern is FINISHED and not re.search(rf"{FACILITY}$|楼$", name):
                    continue
                yield Mention(name, kind, match.groupdict().get("verb") or "", start + match.start(), start + match.end(), shared=True)


def split_names(names: str) -> list[str]:
    names = re.sub(r"等?(?:新?一批[^，。；、]{0,10}项目)(?:及)?", "、", names)
    return [name.strip() for name in re.split(r"、|，|以及|及(?=[\u4e00-\u9fff]{2,6}[区县市])", names) if len(name.strip()) >= 4]


def products(name: str) -> list[str]:
    """Each quoted product with its maker; without quotes the whole list is one project."""
    quoted = re.findall(r"[^、“”]{0,14}“[^”]+”", name)
    return [part.strip("、的 ") for part in quoted] if quoted else [name.strip("、的 ")]


@lru_cache(maxsize=256)
def localised(pattern: re.Pattern[str], region: str) -> re.Pattern[str]:
    """The pattern with the name of the plan's own region in it."""
    return re.compile(pattern.pattern.replace("PLACE", re.escape(region) or "〇"))


def clause_mention(clause: Clause, background: bool, region: str) -> Mention | None:
    text = clause.text
    local = LOCAL_QUOTE.search(text)
    stem = region.rstrip("省市县区州盟旗")
    if local and not background and ((stem and stem in local["quoted"]) or re.match(r"一[村乡镇县]一名", local["quoted"])):
        return Mention(
            f"“{local['quoted']}”{local['after'] or ''}".replace("等", ""),
            "programme",
            local["verb"],
            clause.start + local.start(),
            clause.end,
        )
    for entry in PATTERNS:
        if background and entry.future_only:
            continue
        match = localised(entry.pattern, region).search(text)
        if match is None or UNWANTED.search(text[max(0, match.start("name") - 14) : match.start("name")]):
            continue
        if match["name"][0].isdigit() and re.search(r"每个|每家|各[县区]|每所", text):
            continue
        name = match["name"].strip("“” ")
        owner = re.search(r"[^，。；：、□\d]{1,10}(?:中心|医院|卫生院)$", text[: match.start("verb")])
        if len(name) < 4 and owner and match["verb"] in {"新建", "扩建", "改扩建", "迁建"}:
            name = owner[0] + name
        if len(name) < 4 or re.match(r"^(?:或|和|及|一批|若干|相应|各类|更多)", name):
            continue
        kind = entry.kind or ("programme" if NOT_BUILT.search(name) else "construction")
        return Mention(name, kind, match["verb"], clause.start + min(match.start("verb"), match.start("name")), clause.end)
    return None
