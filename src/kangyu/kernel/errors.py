"""The errors Kangyu raises on purpose: each says whose problem it is; none carries personal particulars into a log."""

from dataclasses import dataclass


class KangyuError(Exception):
    """Anything raised on purpose."""


class UserError(KangyuError):
    """Shown, in Chinese, to the person at the screen; never with a traceback."""


class GatewayError(KangyuError):
    """Another system failed; the caller may try again."""


class DeniedError(UserError):
    """The person may not see or do this."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with something a person wrote: where it is, what is wrong, what to do.

    ``place`` is what the reader can find (``file:line``, ``第 3 行``), ``key`` the field or key concerned,
    ``message`` and ``remedy`` are Chinese sentences. ``severity`` is ``error`` or ``warning``.
    """

    place: str
    key: str
    message: str
    remedy: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        where = f"{self.place}（{self.key}）" if self.key else self.place
        return f"{where}：{self.message}" + (f" {self.remedy}" if self.remedy else "")


class ProblemsError(UserError):
    """Several problems found at once, so that all can be mended at once."""

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))
