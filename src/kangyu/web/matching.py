"""Whether words name something: as written, in pinyin, or by initials."""

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

HELD = 20_000


def matches(words: str, name: str) -> bool:
    """Whether ``words`` (lower case) stand in the name, in its pinyin or in its initials."""
    if words in name.lower():
        return True
    return words.isascii() and any(words in spelled for spelled in _spelled(name))


@lru_cache(maxsize=HELD)
def _spelled(name: str) -> tuple[str, str]:
    """A name in pinyin, and its initials."""
    return "".join(lazy_pinyin(name)), "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
