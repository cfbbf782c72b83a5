"""What a person sees when an expression cannot be read: which character, what is wrong there, what to write instead."""

import difflib
import unicodedata
from collections.abc import Iterable

from kangyu.kernel.errors import Problem, UserError


class ExpressionError(UserError):
    """An expression that cannot be used. ``position`` counts characters of ``text`` from 0; ``message`` and ``remedy`` are Chinese."""

    def __init__(self, message: str, *, text: str, position: int, remedy: str = ""):
        self.message = message
        self.remedy = remedy
        self.text = text
        self.position = min(max(position, 0), len(text))
        super().__init__(f"{self.where}：{message}" + (f" {remedy}" if remedy else "") + f"\n{self.pointer}")

    @property
    def where(self) -> str:
        """The place in words a person can follow."""
        before = self.text[: self.position]
        column = self.position - (before.rfind("\n") + 1) + 1
        lines = before.count("\n") + 1
        return f"第 {lines} 行第 {column} 个字符" if "\n" in self.text.strip() else f"第 {column} 个字符"

    @property
    def pointer(self) -> str:
        """The line concerned with a caret under the character; full-width characters take a full-width space."""
        start = self.text.rfind("\n", 0, self.position) + 1
        end = self.text.find("\n", self.position)
        line = self.text[start : end if end >= 0 else len(self.text)]
        padding = "".join("\u3000" if unicodedata.east_asian_width(c) in "WF" else " " for c in line[: self.position - start])
        return f"{line}\n{padding}^"

    def problem(self, place: str, key: str) -> Problem:
        """The same error as one of several found in a file."""
        return Problem(place=place, key=key, message=f"{self.where}：{self.message}", remedy=self.remedy)


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy that names the closest known words, or lists the first few when none is close."""
    words = sorted(set(known))
    close = difflib.get_close_matches(word, words, n=2, cutoff=0.6)
    if close:
        return "你是不是要写 " + " 或 ".join(close) + "？"
    if not words:
        return ""
    return "可用的有：" + "、".join(words[:8]) + ("……" if len(words) > 8 else "") + "。"
