"""What is drawn: a form as parts, groups and questions; each question with its control, its answer, what was answered last, its notes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

CHECKLIST = 24
"""More choices than this are not all shown at once: one is sought by typing, several are filtered."""
SUGGESTED = 12
ABREAST = 2
"""In a row of a table so many choices stand beside each other; more fold into one box, so that the row stays one line."""


@dataclass(frozen=True)
class Option:
    """One choice: its code, its name, whether it is chosen."""

    code: str
    title: str
    chosen: bool


@dataclass(frozen=True)
class Note:
    """One finding as it is shown: the tone, the words, what would mend it (input name → value), the reasons that let it pass."""

    key: str
    name: str
    hard: bool
    message: str
    fix: dict[str, str]
    fix_title: str
    reasons: list[Option]


@dataclass(frozen=True)
class Enclosed:
    """A file as it stands beside its input: its name, how it travels back (``kept`` or its own bytes), where it opens, when it was made
    (``at`` in words)."""

    title: str
    sent: str
    href: str = ""
    at: str = ""
    moment: str = ""


@dataclass(frozen=True)
class Question:
    """One question as it is drawn. ``name`` is that of its input, ``id`` the same fit for an address; ``path`` finds it in the form."""

    path: str
    name: str
    title: str
    type: str
    unit: str = ""
    help: str = ""
    required: bool = False
    computed: bool = False
    value: str = ""
    options: list[Option] = field(default_factory=list)
    offers: list[Option] = field(default_factory=list)
    units: list[Option] = field(default_factory=list)
    converted: str = ""
    low: str = ""
    high: str = ""
    usual_low: str = ""
    usual_high: str = ""
    decimals: int = 0
    wrong: bool = False
    suggest: str = ""
    shown_value: str = ""
    enclosed: Enclosed | None = None
    accepts: str = ""
    largest_kb: int = 0
    rows: list["Row"] = field(default_factory=list)
    blank: "Row | None" = None
    columns: list["Question"] = field(default_factory=list)
    max_rows: int = 0
    row_title: str = ""

    @property
    def id(self) -> str:
        return self.name.replace(".", "-")

    @property
    def choice(self) -> bool:
        """Whether it is answered by picking among what is shown."""
        return self.control in ("choice", "filtered")

    @property
    def grouped(self) -> bool:
        """Whether it has several inputs, so that its label names a group."""
        return self.choice or self.control in ("signature", "photo", "file", "table", "quantity")

    @property
    def multiple(self) -> bool:
        return self.type == "codes"

    @property
    def control(self) -> str:
        """Which template draws its input."""
        if self.computed:
            return "computed"
        if self.type in ("code", "codes", "boolean"):
            if self.type == "code" and self.suggest:
                return "suggest"
            if self.type == "code" and "." in self.path and len(self.options) > ABREAST:
                return "select"
            return "filtered" if self.multiple and len(self.options) > CHECKLIST else "choice"
        if self.suggest:
            return "suggest"
        return {"decimal": "number", "integer": "number"}.get(self.type, self.type)

    @property
    def template(self) -> str:
        return f"components/form/{self.control}.html"


@dataclass(frozen=True)
class Row:
    """One row of a repeating table: its id and a group for each column, whose notes stand in the cell."""

    id: str
    cells: list["Group"]


@dataclass(frozen=True)
class Group:
    """One question, or two that are answered side by side; with its notes and what was answered last."""

    key: str
    title: str
    fields: list[Question]
    last: str = ""
    wide: bool = False
    shown: bool = True
    notes: list[Note] = field(default_factory=list)

    @property
    def tone(self) -> str:
        return "hard" if any(note.hard for note in self.notes) else "soft" if self.notes else ""

    @property
    def single(self) -> Question:
        return self.fields[0]

    @property
    def wrong(self) -> str:
        """The names of the inputs that are wrong."""
        return " ".join(one.name for one in self.fields if one.wrong)


@dataclass(frozen=True)
class Part:
    """A heading with its questions."""

    title: str
    groups: list[Group]

    @property
    def shown(self) -> bool:
        return any(group.shown for group in self.groups)


@dataclass(frozen=True)
class Drawn:
    """A whole form."""

    parts: list[Part]

    def groups(self) -> Iterator[Group]:
        """Every group, those in the rows of tables too."""
        for part in self.parts:
            for group in part.groups:
                yield group
                for row in group.single.rows:
                    yield from row.cells
