"""What the sections of a declaration's page are written with."""

from dataclasses import dataclass

from kangyu.engines.content import Content
from kangyu.engines.content.kinds.work import Work

from .page import Inline, Ref, Tag, lines
from .speaking import Speeches


@dataclass(frozen=True)
class Writer:
    """What the sections of one declaration are written with; ``lines`` gives the line of a part of the file."""

    content: Content
    speeches: Speeches
    work: Work
    key: str
    source: str

    def line(self, *path: str) -> str:
        document = self.content.document(self.work)
        return f"第 {document.line(path)} 行"

    def origin(self, source: str | None, *path: str) -> Inline:
        """Where a rule comes from: its own source, else the declaration's, and its line in the file."""
        return lines([source or ("同全文" if self.source else "没有写出处"), Tag(self.line(*path), "dim")])

    def form(self, key: str) -> Inline:
        found = self.content.form_of(self.key, key)
        return Ref("form", found.name, found.title) if found else key
