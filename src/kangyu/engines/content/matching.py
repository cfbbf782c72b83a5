"""Which indicator a row of a plan means: by title or alias, after taking out what plans write differently for the same thing."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from .loader import Content

PREFIXES = ("其中", "全县", "全市", "全区", "县域", "我县", "我市", "我区", "居民")
SAME = (
    ("常住人口", "人口"),
    ("及以上", ""),
    ("以上", ""),
    ("医师", "医生"),
    ("期望寿命", "预期寿命"),
    ("比重", "比例"),
    ("占比", "比例"),
    ("五岁", "5岁"),
    ("三岁", "3岁"),
    ("平均预期", "人均预期"),
)
UNIT_AT_END = re.compile(r"\((?:%|‰|岁|人|张|个|/10万|1/10万|十万分之一|万人|所|家)\)$")


def normalised(name: str) -> str:
    """A name with width, spaces, punctuation and habitual differences taken out; for comparison only.

    Brackets that only hold a unit go with their content; other brackets go, their content stays.
    """
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(r"\s+", "", text)
    text = UNIT_AT_END.sub("", text)
    text = re.sub(r"[()\[\]〔〕【】“”\"'、,，.。:：;；·/—-]", "", text)
    text = text.replace("全市城市", "城市")
    for written, meant in SAME:
        text = text.replace(written, meant)
    for prefix in PREFIXES:
        if text.startswith(prefix) and len(text) > len(prefix) + 3:
            text = text.removeprefix(prefix)
    return text


@lru_cache(maxsize=8)
def _names(pairs: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, key in pairs:
        found.setdefault(normalised(name), key)
    return MappingProxyType(found)


def match_indicator(name: str, content: Content) -> str | None:
    """The key of the indicator a plan calls ``name``, or None when no title or alias says so. Nothing is guessed."""
    pairs = tuple((said, key) for key, indicator in content.indicators.items() for said in (indicator.title, *indicator.aliases))
    return _names(pairs).get(normalised(name))


def unmatched(names: Iterable[str], content: Content) -> list[str]:
    """The names no indicator answers to, in their order."""
    return [name for name in names if match_indicator(name, content) is None]
