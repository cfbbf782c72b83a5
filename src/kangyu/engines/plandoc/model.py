"""What is read out of a plan document. Immutable; every item carries its verbatim quote and where it stands in the text."""

from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import accumulate


@dataclass(frozen=True)
class Place:
    """Where an item stands: ``line`` counts from 1; ``document.text[start:end]`` is exactly ``quote``."""

    line: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class Line:
    """One line of the extracted text.

    ``level`` is the heading level the file itself declares (Word style, h1–h6), ``boxed`` that the line stands in a frame (a one-column
    table), ``cells`` the spans of the cells when the line is a row of a real table (numbered by ``table``), ``remark`` a reviewer's comment
    that was taken out of the line.
    """

    text: str
    level: int | None = None
    boxed: bool = False
    table: int | None = None
    cells: tuple[tuple[int, int], ...] = ()
    remark: str = ""


@dataclass(frozen=True)
class Source:
    """The extracted text of a file, whatever its format was."""

    lines: tuple[Line, ...]
    format: str
    title: str = ""

    @cached_property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Offset of each line in ``text``."""
        return tuple(accumulate((len(line.text) + 1 for line in self.lines), initial=0))

    def place(self, start: int, end: int) -> Place:
        """The place of ``text[start:end]``, without the white space around it."""
        quote = self.text[start:end]
        start += len(quote) - len(quote.lstrip())
        quote = quote.strip()
        return Place(max(1, bisect_right(self.starts, start)), start, start + len(quote), quote)


@dataclass(frozen=True)
class Heading:
    """A node of the heading tree; ``level`` 1 is a chapter, ``kind`` as in the reference outlines (chapter, section, task, box …)."""

    level: int
    kind: str
    text: str
    place: Place
    number: int | None = None
    children: tuple["Heading", ...] = ()


@dataclass(frozen=True)
class Indicator:
    """One value of one row of an indicator table. ``*_raw`` is the text of the cell, the values are in ``unit``."""

    seq: str
    category: str
    name: str
    unit: str
    baseline_year: int | None
    baseline_raw: str
    baseline_value: Decimal | None
    target_year: int | None
    target_raw: str
    target_comparator: str
    target_value: Decimal | None
    nature: str
    place: Place


@dataclass(frozen=True)
class Commitment:
    """A dated or quantified promise of the body. ``value`` is a number, ``a-b`` for a range, empty for a milestone."""

    section_heading: str
    subject: str
    deadline_year: int | None
    comparator: str
    value: str
    unit: str
    deadline_basis: str
    place: Place


@dataclass(frozen=True)
class Task:
    """A numbered task (or safeguard, ``S1`` …) with the departments that answer for it."""

    no: str
    kind: str
    title: str
    section: str
    lead_departments: tuple[str, ...]
    participating_departments: tuple[str, ...]
    deadline_year: int | None
    deadline_clauses: tuple[str, ...]
    responsibility_text: str
    place: Place


@dataclass(frozen=True)
class Project:
    """A named building project (``construction``) or programme; area in m², money as printed."""

    source_heading: str
    kind: str
    name: str
    place_level: str
    floor_area_m2: str
    beds: str
    investment: str
    planned_completion: str
    status: str
    place: Place


@dataclass(frozen=True)
class Fact:
    """A figure the plan states as already reached."""

    subject: str
    value: Decimal
    unit: str
    year: str
    place: Place


@dataclass(frozen=True)
class Warning:
    """Something about the document a person should look at. ``kind`` is a stable key, ``message`` a Chinese sentence."""

    kind: str
    message: str
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Issue:
    """How the plan was issued, as far as the copy says: number, authority, date (ISO), state (征求意见稿 …)."""

    document_number: str = ""
    issuer: str = ""
    issue_date: str = ""
    status: str = ""


@dataclass(frozen=True)
class PlanDocument:
    """A plan as read: the text it was read from and everything found in it."""

    filename: str
    source: Source
    title: str
    outline: tuple[Heading, ...]
    indicators: tuple[Indicator, ...]
    commitments: tuple[Commitment, ...]
    tasks: tuple[Task, ...]
    projects: tuple[Project, ...]
    facts: tuple[Fact, ...] = ()
    issue: Issue = Issue()
    warnings: tuple[Warning, ...] = field(default=())

    @property
    def lines(self) -> tuple[str, ...]:
        """The extracted text, line by line; ``Place.line`` counts in it from 1."""
        return tuple(line.text for line in self.source.lines)

    @property
    def text(self) -> str:
        """The extracted text; ``Place.start`` and ``Place.end`` count in it."""
        return self.source.text
