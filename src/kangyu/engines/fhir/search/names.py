"""Names as search tokens: what a person types when looking for 张小样 or 县中医院."""

from collections.abc import Iterator
from functools import lru_cache

LONGEST = 16
_SURNAME_READINGS = {
    "单": "shan", "解": "xie", "曾": "zeng", "仇": "qiu", "查": "zha", "尉": "yu", "区": "ou", "盖": "ge", "乐": "yue", "任": "ren",
    "朴": "piao", "缪": "miao", "覃": "qin", "华": "hua", "纪": "ji", "召": "shao", "员": "yun", "冼": "xian", "折": "she", "种": "chong",
}  # fmt: skip


def normalised(text: str) -> str:
    """Lower case, without blanks and the dots inside transcribed names."""
    return "".join(character for character in text.lower() if not character.isspace() and character not in "·•・.")


def pairs(plain: str) -> list[str]:
    """Neighbouring characters, two by two."""
    return [plain[at : at + 2] for at in range(len(plain) - 1)]


@lru_cache(maxsize=65_536)
def name_tokens(text: str, person: bool) -> tuple[str, ...]:
    """Every beginning (``~``) of a name, its pairs of neighbouring characters (``*``) and, for a person, its pinyin and initials.

    ``~`` answers FHIR's ordinary string search (the value starts with …), ``*`` answers ``:contains``.
    """
    plain = normalised(text)
    tokens = [f"~{plain[:size]}" for size in range(1, min(len(plain), LONGEST) + 1)]
    tokens += [f"*{pair}" for pair in pairs(plain) if pair > "\u3400"]
    if person and plain[:1] >= "\u3400":
        syllables = list(_syllables(plain))
        tokens += ["~" + "".join(syllables[:size]) for size in range(1, len(syllables) + 1)]
        tokens.append("~" + "".join(syllable[0] for syllable in syllables))
    return tuple(dict.fromkeys(tokens))


def _syllables(plain: str) -> Iterator[str]:
    for at, character in enumerate(plain[:LONGEST]):
        yield (_SURNAME_READINGS.get(character) if at == 0 else None) or _reading(character)


@lru_cache(maxsize=16_384)
def _reading(character: str) -> str:
    # Imported here: the dictionary takes a quarter of a second to load, and only names need it.
    from pypinyin import lazy_pinyin

    return lazy_pinyin(character)[0]
