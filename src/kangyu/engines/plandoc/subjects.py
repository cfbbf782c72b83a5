"""What a figure is about: the name left of it (率 …, 水平 …) or the thing counted right of it."""

import re

LEAD_IN = re.compile(
    r"^(?:[^，]{0,4}?(?:到|至|截至|力争到)?\s*20\d\d\s*年?(?:\d{1,2}月)?(?:底|末)?(?:前|以前)?|[“\"]?十[三四五六]五[”\"]?(?:期间|时期|末)|预计|计划|其中|力争|确保|切实|保证|保障|逐步|使|实现|推动|并|要|应|全县|全市|全区|全省|全州|在(?=全|辖|区|县|市)|将)+(?:内)?[，,\s]*"
)
TAIL = re.compile(
    r"(?:力争|确保|分别|均|都|应|要|须|持续|稳定|继续|进一步|基本|预计)?(?:控制|保持|维持|稳定|提高|提升|增加|增长|上升|下降|降低|降|减少|达|达到|不低于|不少于|不超过|不高于|低于|高于|超过|小于|大于|至少|为|在|到|至|约|(?<!占)比|较|发展|较低水平|以|少于|≥|≤|>|<|＞|＜)+(?:到|至|在|了)?\s*(?:不低于|不少于|不超过|至少|较低水平)?$"
)
ENDING = (
    r"(?:患者)?(?:基层)?(?:治疗控制率|规范化?管理率|健康管理率|系统管理率|管理率|控制率|死亡率|覆盖率|患病率|发病率|知晓率|筛查率"
    r"|接种率|开设率|达标率|签约率|率|水平|比例|占比|人员数|数量|数)$"
)
COUNT_END = re.compile(r"达到|打造|通过|建成|完成|符合|开展|成为|进入|支持|在20|全部|融入|为辖区|建设建设|[（(](?=包括)")
COMPARED = re.compile(r"(?:比|较|与)(?:20\d\d\s*年?|[“\"]?十[二三四五]五[”\"]?期?末)(?:相比)?$")
LIST = re.compile(r"、|和|与|以及|及(?!以|时)")


def rate_subject(before: str) -> str:
    """The name of an indicator from the text before its figure."""
    text = strip_lead(re.sub(r"[（(][^（）()]*[）)]?$", "", before))
    text = re.sub(r"(?:不低于|不少于|不超过|达到|达|占)[^，、]{1,16}的$", "", text)
    text = COMPARED.sub("", TAIL.sub("", text))
    for _ in range(3):
        shorter = TAIL.sub("", text.rstrip(" ，、"))
        if shorter == text:
            break
        text = shorter
    text = re.sub(r"(?:比|较)[“\"]?十[二三四五]五[”\"]?期?末$|在?20\d\d年?的?基础上$", "", text)
    return re.sub(r"(?:力争|分别|均|都|应|逐步|持续降低|各|每年|年均|年)+$", "", text.strip(" ，、：（(）)"))


def strip_lead(text: str) -> str:
    """A clause without the words that only lead to its subject (到2025年，全县，力争 …)."""
    for _ in range(3):
        text = LEAD_IN.sub("", text.strip(" ，,"))
    return re.sub(r"^(?:按照|根据)|(?:力争|均)$", "", text)


def counted_subject(after: str) -> str:
    """The thing counted, from the text after number and unit: up to the verb, after the last 的."""
    text = re.sub(r"^(?:及?以上|及?以下|左右|以内|的|、|，|和|与)+", "", after.strip())
    text = re.split(r"[，。；]|\d|为(?=核心|重点|基础|主)|的标准", text)[0]
    text = text.rsplit("的", 1)[-1] or text
    verb = COUNT_END.search(text, 2)
    text = text[: verb.start()] if verb else text
    parts = text.split("、")
    text = parts[0] if len(parts[0]) > 3 else text
    return re.sub(r"(?:左右|以上)$", "", text).strip(" （(“”")


def split_subjects(subject: str, count: int) -> list[str]:
    """Divide a joint subject (A、B及C…率) in as many names as there are values; the common end is given back to each."""
    parts = [part for part in LIST.split(subject) if part]
    if len(parts) < count:
        return [subject] * count
    if len(parts) > count:
        parts = [*parts[: count - 1], "、".join(parts[count - 1 :])]
    ending = re.search(ENDING, parts[-1])
    head = re.match(r"^(?P<head>.{2,}?(?:患者|儿童|人群|机构|居民))", parts[0])
    per = re.match(r"每[千万](?:常住|服务)?人(?:口)?", parts[0])
    parts = [part if not per or at == 0 or part.startswith("每") else per[0] + part for at, part in enumerate(parts)]
    named = []
    for at, part in enumerate(parts):
        if re.search(r"(?:率|水平|比例|占比|数)$", part):
            named.append(f"{head['head']}{part}" if at and head and len(part) <= 4 else part)
        else:
            named.append(part + (ending[0] if ending and at < len(parts) - 1 else ""))
    return named
