"""Which figures of a clause are promises."""

import re

from kangyu.engines.plandoc.clauses import BLANK, Clause
from kangyu.engines.plandoc.quantities import Quantity, find_quantities
from kangyu.engines.plandoc.vocabulary import ACHIEVE, COUNT_UNITS, MEASURE_UNITS, RATE_UNITS, WHOLE

ACHIEVE_BEFORE = re.compile(ACHIEVE)
RESULT_AFTER = re.compile(r"全部|均|都|完成|达到|建成|通过|符合|创建|投入使用|建设|开展|设置|成为")
MEANS = re.compile(r"^(?:其中)?(?:依托|围绕|结合|根据|针对|通过(?!.{0,20}(?:评审|测评|验收|认证))|由|经)")
PAST = re.compile(r"(?:现有|已有|已建成?|已经|累计已|原有|截至目前|目前|共有)[^，]{0,10}$")
DESCRIBED = re.compile(
    r"^(?:以上|及以上)?(?:专项行动|行动|核心制度|制度|方面|环节|原则|疾病|重点人群|基本公共卫生服务|政策|要求|措施|维度|结合|层面|阶段|关键|主要|重大|体系)"
)
ABLE = re.compile(r"(?:能够?提供|具有|涵盖|包括|对|等)[^，\d]{0,3}$|(?:提供|具备)$")
GROUPED = re.compile(r"^[个家所处名项支种类](?:方面|环节|阶段|层面|维度|体系|重点|核心|领域|关键|人|基本|突出|统一|允许|不)")
WORDED_NEAR = re.compile(rf"{ACHIEVE}[^，、]{{0,6}}$")
DATABASES = re.compile(r"^(?:基础|核心)?(?:数据库|信息库|中心|资源库)")


def promises(clause: Clause, follows: bool) -> list[Quantity]:
    """The figures of a clause that are promised; ``follows`` says that the clause before it promised a count (3个…，20个…)."""
    return [quantity for quantity in find_quantities(clause.plain) if promised(clause, quantity, follows)]


def promised(clause: Clause, quantity: Quantity, follows: bool) -> bool:
    before, after = clause.plain[: quantity.start], clause.plain[quantity.end :]
    if re.search(r"每\s*$", before) or PAST.search(before) or (quantity.start and clause.plain[quantity.start - 1] in ".—-~/A"):
        return False
    unit = quantity.unit.removeprefix("万")
    if unit in RATE_UNITS:
        return not re.search(r"(?:按照?|根据)[^，]{0,12}$", before) or quantity.comparator != "eq"
    if unit in COUNT_UNITS or quantity.worded:
        return promised_count(clause, quantity, before, after, follows)
    if unit in MEASURE_UNITS:
        return promised_measure(clause, quantity, before, after)
    return False


def promised_count(clause: Clause, quantity: Quantity, before: str, after: str, follows: bool) -> bool:
    if quantity.worded:
        return promised_word(quantity, before, after, clause)
    if (
        (clause.aside and clause.text.startswith("即"))
        or DESCRIBED.match(after)
        or ABLE.search(before)
        or clause.plain[quantity.start : quantity.end].endswith("大")
    ):
        return False
    if quantity.comparator != "eq" and quantity.comparator != "range":
        return True
    if MEANS.match(clause.text.strip()) and not re.search(r"(?:设立|建成|设置|建立|打造|建设|组建|成立|培养|开展|配备)[^，]{0,4}$", before):
        return False
    if ACHIEVE_BEFORE.search(before) or RESULT_AFTER.search(after) or clause.aside:
        return True
    return (not before.strip("、和及与 ") and follows) or (bool(re.search(r"各\s*$", before))) or not after.strip("。 ")


def promised_word(quantity: Quantity, before: str, after: str, clause: Clause) -> bool:
    if quantity.unit == "大":
        return bool(DATABASES.match(after)) and quantity.start > 0
    unit_on = clause.plain[quantity.end - 1 :]
    if GROUPED.match(unit_on) or "“" in before[-1:] or quantity.value == "0":
        return False
    if quantity.unit == "次":
        return bool(re.search(r"每[年月季周][^，]{0,8}$", before))
    if quantity.value == "1":
        return bool(
            re.search(r"(?:至少|不少于|各|每[^，]{1,14}?)(?:建好|建成|设立|配置|配备|建设|有|设置|打造)?$", before)
        ) and not after.startswith(("批", "定"))
    return bool(WORDED_NEAR.search(before)) and not re.search(r"[级类]$", before)


def promised_measure(clause: Clause, quantity: Quantity, before: str, after: str) -> bool:
    if quantity.unit == "岁":
        return "寿命" in before
    if within_reach(quantity, after):
        return True
    if quantity.unit == "分钟" and circle(after):
        return not WHOLE.search(clause.plain)
    if quantity.comparator not in {"eq", "range"}:
        return True
    return bool(re.search(r"半径|距离|时间|时长|平均|每[天日周年]|浓度|天数", clause.plain)) and BLANK not in before[-1:]


def within_reach(quantity: Quantity, after: str) -> bool:
    """Whether 15分钟可以到达 …, 5公里范围内 … follows: an upper bound without a word for it."""
    return quantity.unit in {"分钟", "公里", "小时"} and bool(
        re.match(r"(?:之?内)?(?:可以|可|就?能)?(?:到达|抵达|可达)|范围内|半径内", after)
    )


def circle(after: str) -> bool:
    """Whether 15分钟 … 圈 follows."""
    return bool(re.match(r"[^，。；]{0,12}圈", after))
