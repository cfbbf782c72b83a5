"""Promises without a figure of their own: full coverage, grades of institutions, ranks, dated milestones, things that are to improve."""

import re
from dataclasses import dataclass

from kangyu.engines.plandoc.clauses import Clause
from kangyu.engines.plandoc.quantities import number_of
from kangyu.engines.plandoc.vocabulary import IMPROVE, RANK, VAGUE

GRADE = re.compile(
    r"(?P<verb>达到|达|创成|建成|通过|升级为|晋升为?|创建为?|建设成为?)(?P<between>[^，；。]{0,45}?)(?P<grade>[一二三四五])级(?P<class>[甲乙]等)?"
    r"(?P<more>[（(]含[）)]以上|及?以上)?(?=[^，；。]{0,12}(?:水平|标准|医院|机构|评审|测评|体系|等次)|[^，；。]{0,2}$)"
)
HELPED = re.compile(r"(?:支持|鼓励|帮助|引导)其?")
WHOLE_STRICT = re.compile(
    r"全覆盖|百分之?百|全部(?:建成|达到|设[置立]|完成|实现|通过|接受|纳入|接入|开展|具备|标准化|推行|成为|配备|取得|符合|建立|落实到位|执行|达标|转型|实行|开设|建设|为|[^，。]{0,6}接入)"
    r"|均(?:达到?|实现|建成|设[置立]|开展|符合|应|要|须|能|可|覆盖|有|开通|通过|建立|配备|取得|具备|按|实行|完成|为)"
    r"|所有[^，。；]{2,40}(?:都|均|能够?|接受|提供|达到|设[置立]|覆盖|开展|完成|建成|配备)|每[个家所][^，。；]{2,30}(?:能够?|均|都|建成|设立|建立)|覆盖全体|覆盖所有"
)
NOT_WHOLE = re.compile(r"全覆盖(?:的|、|动员|监管)|人口全覆盖、|(?:全方位|全过程|高效)、全覆盖|全覆盖(?:服务)?(?:体系|网络)")
NOUN_END = re.compile(r"(?:率|寿命|人数|数量|素养水平|指数|面积|患病率|浓度)(?:[^，]{0,4})?$")
FINISH = re.compile(r"(?:建成(?!果)|创成|建设完成|努力建成|成功创建)")
DISTINCTION = re.compile(
    r"(?:国家|全国|省|市)级?[^，。]{0,16}(?:示范[县市区]|促进[县市区]|先进[县市区单位]+|示范单位|卫生[县市城]+)|平台$|国家[^，。]{0,14}标准$"
)
DATED_VERB = re.compile(
    r"建成(?!果)|创成|完成|实现|设立|成立|开展|达到|推行|组建|形成|启动|通过|保持|建立(?!健全)|创建|投入使用|全面(?:建成|实现|推行)|获批|消除|打造|禁止|全部|配备|上线|运行|接受|开通|初步建成|互联互通"
)
CONCRETE_END = re.compile(r"开展[^，]{2,20}服务$|网络$|达到[^，]{2,20}(?:标准|水平)$|平台$|全面推行[^，]{2,20}制度$|创建目标$")
VAGUE_END = re.compile(
    r"(?:健全|完善|建立健全|提升|增强|提高|改善|优化|加强|深化|发展|明显|显著|均衡|缩小|减轻|扩大|巩固|稳固|牢固|形成|确立|定型|满足|突破|进展|成效|合理|协调|紧密|更加[^，]{1,6}|新[^，]{1,6}|[^，]{0,3}(?:机制|格局|氛围|模式|局面|转变))$"
)


@dataclass(frozen=True)
class Milestone:
    """A promise without a figure: comparator, implied value and unit; its subject is the clause up to ``upto``, with ``suffix``."""

    comparator: str
    value: str
    unit: str
    upto: int
    suffix: str = ""


def read_milestone(clause: Clause, dated: bool, own_year: bool, basis: str) -> Milestone | None:
    """The promise a clause makes without a figure. ``dated``: it has a deadline; ``own_year``: in the clause or right before it."""
    text = clause.plain
    if HELPED.match(text.strip()) or clause.aside:
        return None
    return special(text) or grade(text) or whole(text) or rank(text) or improve(text, basis) or milestone(text, dated, own_year)


def special(text: str) -> Milestone | None:
    zero = re.search(r"(?:持续)?(?:实现)?动态清零|实现清零|保持[“\"]?零[”\"]?", text)
    if zero:
        return Milestone("eq", "0", "个", zero.start())
    lost = re.search(
        r"(?:率|寿命|水平|比例|浓度)(?P<change>[^，\d□]{0,6}(?:到|至|在))(?:/10万|万|‰|%|岁)(?P<bound>以[下内上])?$", text.rstrip()
    )
    if lost:
        return Milestone({"以上": "ge"}.get(lost["bound"], "le" if lost["bound"] else "eq"), "", "", lost.start("change"))
    village = re.search(r"[“\"]?一(?P<place>[村县乡])一名[^”，]*", text)
    if village:
        return Milestone("eq", "1", f"名/{village['place']}", village.end(), "数")
    if re.search(r"百分之?百", text) and not re.search(r"\d", text):
        return Milestone("eq", "100", "%", len(text))
    return None


def whole(text: str) -> Milestone | None:
    if not WHOLE_STRICT.search(text) or NOT_WHOLE.search(text):
        return None
    return Milestone("all", "100", "%", len(text))


def grade(text: str) -> Milestone | None:
    aim = re.search(r"实现(?P<who>[^，。；]{2,20}?)[“\"]?(?P<grade>[一二三])级[^，。；]{0,8}创建目标$", text.rstrip())
    if aim:
        return Milestone("eq", str(number_of(aim["grade"])), "级", aim.end("who"), "等级")
    match = GRADE.search(text)
    if (
        match is None
        or re.search(r"所|家|个|\d|^与|^省|^市(?!、)", match["between"])
        or (match["more"] and re.match(r"公立|综合|医|及", text[match.end() :]))
    ):
        return None
    if "全部" in text[: match.start()] and not match["more"]:
        return Milestone("all", "100", "%", len(text))
    unit = f"级（{match['grade']}级{match['class']}）" if match["class"] else "级"
    return Milestone("ge" if match["more"] else "eq", str(number_of(match["grade"])), unit, match.start(), "等级")


def rank(text: str) -> Milestone | None:
    match = RANK.search(text)
    verb = re.search(r"进入|走在|保持|位于|位居|居于|达到|迈入|跨入|居(?!民)|高于|优于", text)
    if match is None or verb is None:
        return None
    place = re.search(r"(?:全国|全省|全市|全县|省内|市内|国内|全区)[^，。]{0,6}$|(?:全国|全省|全市|全县|省内|国内)", text[: match.start()])
    unit = ((place[0] if place else "") + match[0]).replace("“", "")
    comparator = "keep" if "保持" in text else "ge" if re.search(r"达到或超过|不低于|优于|高于", text) else "none"
    return Milestone(comparator, "", unit, verb.start())


def improve(text: str, basis: str) -> Milestone | None:
    match = IMPROVE.search(text)
    if match is None:
        return None
    firm = re.search(r"逐年|同比", match[0]) is not None or basis == "same_sentence"
    if not firm or not NOUN_END.search(text[: match.start()]) or len(text.rstrip()) - match.end() > 3:
        return None
    return Milestone("improve", "", "", match.start())


def milestone(text: str, dated: bool, own_year: bool) -> Milestone | None:
    """A dated step (到2025年，建成 …), or an undated one when it is a named distinction or platform."""
    stem = text.strip("“”。 ")
    if len(stem) < 6:
        return None
    firm = dated and own_year
    if firm and "全面实现" in stem and not VAGUE_END.search(stem):
        return Milestone("all", "100", "%", len(text))
    if firm and re.search(r"持续保持|继续保持|保持.{4,}(?:成果|称号)$", stem):
        return Milestone("keep", "", "", len(text))
    if (FINISH.search(stem) and DISTINCTION.search(stem)) or re.search(r"达到国家[^，]*标准$", stem):
        return Milestone("none", "", "", len(text))
    if not firm or VAGUE_END.search(stem) or not DATED_VERB.search(stem):
        return None
    if VAGUE.search(stem[-8:]) and not CONCRETE_END.search(stem):
        return None
    return Milestone("none", "", "", len(text))
