"""The tokens of one text, one after another; what is expected next; errors that point at the character."""

from .errors import ExpressionError
from .tokens import Token, tokenize

RESERVED = frozenset(
    ("and", "or", "not", "between", "is", "in", "has", "case", "when", "then", "else", "end", "true", "false", "null", "where")
)
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


class TokenReader:
    """Takes tokens from the front. The rules of the grammar are in the classes that build on it."""

    def __init__(self, text: str):
        self.text = text
        self.tokens = tokenize(text)
        self.index = 0
        self.nesting = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def following(self) -> Token:
        return self.tokens[min(self.index + 1, len(self.tokens) - 1)]

    def advance(self) -> Token:
        token = self.token
        self.index += 1
        return token

    def at_word(self, *words: str) -> bool:
        return self.token.kind == "name" and self.token.text in words

    def at_sign(self, *signs: str) -> bool:
        return self.token.kind == "sign" and self.token.text in signs

    def take_word(self, *words: str) -> bool:
        if self.at_word(*words):
            self.index += 1
            return True
        return False

    def take_sign(self, sign: str) -> bool:
        if self.at_sign(sign):
            self.index += 1
            return True
        return False

    def need_sign(self, sign: str) -> None:
        if not self.take_sign(sign):
            raise self.error(f"{self.here()}应当是“{sign}”。", "检查括号是否成对。" if sign in "()" else "")

    def need_word(self, word: str, remedy: str) -> None:
        if not self.take_word(word):
            raise self.error(f"{self.here()}应当是 {word}。", remedy)

    def here(self) -> str:
        return "这里" if self.token.kind == "end" else f"“{self.token.text}”处"

    def error(self, message: str, remedy: str = "", *, at: int | None = None) -> ExpressionError:
        return ExpressionError(message, text=self.text, position=self.token.at if at is None else at, remedy=remedy)

    def unexpected(self) -> ExpressionError:
        token = self.token
        if token.kind == "end":
            return self.error("表达式到这里就断了，缺少一个值。", "补上名称、数字或条件。")
        if token.kind == "name" and token.text.lower() in RESERVED and token.text != token.text.lower():
            return self.error(f"关键字要用小写：{token.text.lower()}。")
        if self.at_sign(*COMPARISONS):
            return self.error("一个条件里不能连着比较两次。", "用 and 连接，或写 x between a and b。")
        if self.at_word("during", "within", "since", "before", "active"):
            return self.error(
                f"时间窗（{token.text} …）不能单独用。", "时间窗写在 exists()、count()、last() 等的括号里，表名和 where 之后。"
            )
        if self.at_word("not"):
            return self.error("not 的位置不对。", "not 写在条件前面：not (x between 1 and 3)。")
        return self.error(f"这里没有料到“{token.text}”。", "检查前面是否漏了 and、or 或运算符。")
