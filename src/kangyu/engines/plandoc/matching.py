"""Whether two names mean the same indicator: word variants are levelled, then the names are compared."""

import re
from difflib import SequenceMatcher
from functools import lru_cache

VARIANTS: tuple[tuple[str, str], ...] = (
    (r"[（(][^（）()]*[）)]|[“”\"\s]", ""),
    (r"期望寿命|平均期望寿命", "预期寿命"),
    (r"慢性病|慢病", "慢病"),
    (r"成人|15岁以上人群|15岁及以上人群", "成人"),
    (r"每千(?:常住)?人口|千人口|每千人", "每千"),
    (r"每万(?:常住)?人口|万人口", "每万"),
    (r"及以上", "以上"),
    (r"全科医师", "全科医生"),
    (r"患者|拥有|其中[：:]?|全[国省市县区]|城乡社区|居民|人均|重大", ""),
    (r"规范化?(?=健康管理)|服务率$", ""),
    (r"健康管理$", "健康管理率"),
    (r"(?<=[率数])$|水平$|的?比例$|占比$", ""),
)
LOWER_IS_BETTER = re.compile(r"死亡|吸烟|发病|近视|肥胖|超重|个人.{0,4}支出|患病|感染率|空编|浓度|缺陷|伤亡|迟缓|自付|半径|反应时间|住院日")


@lru_cache(maxsize=8192)
def level(name: str) -> str:
    """A name without the variants that mean nothing."""
    for pattern, plain in VARIANTS:
        name = re.sub(pattern, plain, name)
    return name


def same_indicator(left: str, right: str) -> bool:
    """Conservative: equal when levelled, or nearly so and with no different age, disease or institution in them."""
    a, b = level(left), level(right)
    if (
        any((word in a) != (word in b) for word in ("每千", "每万", "总量", "总数"))
        or len(a) < 3
        or len(b) < 3
        or re.findall(r"\d+", a) != re.findall(r"\d+", b)
    ):
        return False
    if a == b:
        return True
    shorter, longer = sorted((a, b), key=len)
    if len(shorter) >= 6 and longer.endswith(shorter) and len(longer) - len(shorter) <= 3:
        return True
    if left.endswith("数") and right.endswith("数") and len(shorter) >= 6 and len(longer) - len(shorter) <= 2:
        return shorter[:2] == longer[:2] and within(shorter, longer)
    return min(len(a), len(b)) >= 7 and SequenceMatcher(None, a, b).ratio() >= 0.9


def within(shorter: str, longer: str) -> bool:
    """Whether one name is the other with a word left out."""
    rest = iter(longer)
    return all(mark in rest for mark in shorter)


def lower_is_better(name: str) -> bool:
    return bool(LOWER_IS_BETTER.search(name))
