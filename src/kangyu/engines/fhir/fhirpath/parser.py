"""A parser for the part of FHIRPath that views use: paths, calls, indexes, literals, and operators with the standard's precedence."""

import re
from decimal import Decimal

from kangyu.engines.fhir.fhirpath.nodes import Binary, Call, Index, Literal, Member, Node, Sign, This, Variable
from kangyu.kernel.errors import UserError

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<time>@T\d\d(:\d\d(:\d\d(\.\d+)?)?)?)
      | (?P<date>@\d{4}(-\d\d(-\d\d)?)?(T(\d\d(:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?)?)?)
      | (?P<number>\d+(\.\d+)?)
      | (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<variable>%(?:[A-Za-z_]\w*|`[^`]+`|'[^']+'))
      | (?P<this>\$\w+)
      | (?P<name>[A-Za-z_]\w*|`[^`]+`)
      | (?P<symbol><=|>=|!=|!~|[-+*/&|=<>~.,()\[\]{}])
    )""",
    re.VERBOSE | re.DOTALL,
)
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("implies",),
    ("or", "xor"),
    ("and",),
    ("in", "contains"),
    ("=", "!=", "~", "!~"),
    ("<", ">", "<=", ">="),
    ("|",),
    ("is", "as"),
    ("+", "-", "&"),
    ("*", "/", "div", "mod"),
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}
DEEPEST = 40


class PathError(UserError):
    """An expression that cannot be read or that a view cannot use."""


def parse(text: str) -> Node:
    """The tree of an expression. Raises PathError with the place, counted from 1, where it stops making sense."""
    if not isinstance(text, str) or not text.strip():
        raise PathError("FHIRPath 表达式不能为空，且应为文本。请写一个路径，例如 name.family。")
    parser = _Parser(text)
    node = parser.expression(0)
    if parser.kind != "end":
        raise parser.error("多余的内容")
    return node


class _Parser:
    def __init__(self, text: str):
        self._text, self._at, self._depth = text, 0, 0
        self.kind, self.word, self._start = "", "", 0
        self._advance()

    def error(self, what: str) -> PathError:
        return PathError(f"FHIRPath 表达式第 {self._start + 1} 个字符处{what}：{self._text}。请核对写法。")

    def _advance(self) -> None:
        while True:
            match = _TOKEN.match(self._text, self._at)
            if match is None:
                rest = self._text[self._at :]
                self._start = self._at + len(rest) - len(rest.lstrip())
                if rest.strip():
                    raise self.error("无法识别")
                self.kind, self.word = "end", ""
                return
            self.kind = match.lastgroup or ""
            self._at = match.end()
            if self.kind == "comment":
                continue
            # Groups inside a token also count as last: ask by name.
            self.kind = next(name for name, value in match.groupdict().items() if value is not None)
            self.word = match[self.kind]
            self._start = match.start(self.kind)
            return

    def _accept(self, symbol: str) -> bool:
        if self.kind in ("symbol", "name") and self.word == symbol:
            self._advance()
            return True
        return False

    def _expect(self, symbol: str) -> None:
        if not self._accept(symbol):
            raise self.error(f"缺少 {symbol}")

    def expression(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        left = self.expression(level + 1)
        while self.kind in ("symbol", "name") and self.word in _LEVELS[level]:
            operator = self.word
            self._advance()
            left = Binary(operator, left, self.expression(level + 1))
        return left

    def _unary(self) -> Node:
        if self.kind == "symbol" and self.word in "+-":
            operator = self.word
            self._advance()
            return Sign(operator, self._unary())
        return self._postfix(self._term())

    def _postfix(self, node: Node) -> Node:
        while True:
            if self._accept("."):
                node = self._invocation(node)
            elif self._accept("["):
                node = Index(node, self._nested())
                self._expect("]")
            else:
                return node

    def _nested(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.error("嵌套过深")
        node = self.expression(0)
        self._depth -= 1
        return node

    def _term(self) -> Node:
        kind, word = self.kind, self.word
        if kind in ("number", "string", "date", "time"):
            self._advance()
            return _literal(kind, word)
        if kind == "variable":
            self._advance()
            return Variable(word[1:].strip("`'"))
        if kind == "this":
            if word != "$this":
                raise self.error(f"不支持 {word}")
            self._advance()
            return This()
        if self._accept("("):
            node = self._nested()
            self._expect(")")
            return node
        if self._accept("{"):
            self._expect("}")
            return Literal(None, "empty")
        if kind == "name" and word in ("true", "false"):
            self._advance()
            return Literal(word == "true", "boolean")
        return self._invocation(None)

    def _invocation(self, base: Node | None) -> Node:
        if self.kind == "this" and self.word == "$this" and base is None:
            self._advance()
            return This()
        if self.kind != "name":
            raise self.error("应为属性名或函数")
        name = self.word.strip("`")
        self._advance()
        if not self._accept("("):
            return Member(base, name)
        arguments: list[Node] = []
        if not self._accept(")"):
            arguments.append(self._nested())
            while self._accept(","):
                arguments.append(self._nested())
            self._expect(")")
        return Call(base, name, tuple(arguments))


def _literal(kind: str, word: str) -> Literal:
    if kind == "number":
        return Literal(Decimal(word), "decimal") if "." in word else Literal(int(word), "integer")
    if kind == "string":
        return Literal(re.sub(r"\\(u[0-9A-Fa-f]{4}|.)", _unescaped, word[1:-1], flags=re.DOTALL), "string")
    if kind == "time":
        return Literal(word[2:], "time")
    return Literal(word[1:].rstrip("T"), "dateTime" if "T" in word else "date")


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) == 5 else _ESCAPES.get(code, code)
