"""Cutting an expression into words, numbers, quoted texts and signs."""

import re
from dataclasses import dataclass

from .errors import ExpressionError

LONGEST = 4000

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<string>'(?:[^']|'')*')
      | (?P<sign><>|<=|>=|[=<>+\-*/(),.])""",
    re.VERBOSE,
)

_REMEDIES = {
    "!": "“不等于”写 <>。",
    '"': "文字用单引号：'…'。",
    "“": "文字用英文单引号：'…'。",
    "”": "文字用英文单引号：'…'。",
    "‘": "引号要用英文的 '。",
    "’": "引号要用英文的 '。",
    "（": "括号要用英文的 (。",
    "）": "括号要用英文的 )。",
    "，": "逗号要用英文的 ,。",
    "≥": "“不小于”写 >=。",
    "≤": "“不大于”写 <=。",
    "≠": "“不等于”写 <>。",
    "＝": "等号要用英文的 =。",
    "＞": "大于号要用英文的 >。",
    "＜": "小于号要用英文的 <。",
    "&": "“并且”写 and。",
    "|": "“或者”写 or。",
    "%": "百分比写成小数，例如 0.8。",
}


@dataclass(frozen=True)
class Token:
    """``kind`` is number, name, string, sign or end; ``text`` of a string is what stands between the quotes."""

    kind: str
    text: str
    at: int


def tokenize(text: str) -> list[Token]:
    """The tokens of ``text``, closed by one of kind ``end``. Raises ``ExpressionError`` at a character that cannot start one."""
    if len(text) > LONGEST:
        raise ExpressionError(f"表达式超过 {LONGEST} 个字符。", text=text, position=LONGEST, remedy="请拆成几个有名字的表达式。")
    tokens, position = [], 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text, position)
        kind = str(match.lastgroup)
        if kind != "space":
            tokens.append(_token(kind, match.group(), position, text))
        position = match.end()
    return [*tokens, Token("end", "", len(text))]


def _token(kind: str, lexeme: str, at: int, text: str) -> Token:
    following = text[at + len(lexeme) : at + len(lexeme) + 1]
    if kind == "number" and (following.isalpha() or following == "_"):
        raise ExpressionError(
            f"数字 {lexeme} 后面紧跟着字母。", text=text, position=at + len(lexeme), remedy="名称不能以数字开头；数字与单位之间留一个空格。"
        )
    if kind == "string":
        return Token(kind, lexeme[1:-1].replace("''", "'"), at)
    return Token(kind, lexeme, at)


def _unreadable(text: str, position: int) -> ExpressionError:
    character = text[position]
    if character == "'":
        return ExpressionError("引号没有结束。", text=text, position=position, remedy="在文字末尾补一个 '。")
    remedy = _REMEDIES.get(character, "中文要放在英文单引号里；名称用小写英文、数字和下划线。")
    return ExpressionError(f"这里不能用“{character}”。", text=text, position=position, remedy=remedy)
