"""A form on the official paper: rows and cells with words, filled or blank. Whoever draws it knows nothing of forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kangyu.engines.content.kinds.paper import PLACE, Cell, Paper, PaperRow

from .prepared import PreparedForm
from .saying import said
from .values import Attached

BLANK = "　　　"


@dataclass(frozen=True)
class Filled:
    """One filled form: its answers and what is known besides (``on``, ``institution``, ``author``, ``derived.outcome`` …), in words."""

    answers: Mapping[str, Any]
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Box:
    """One cell as it is drawn. ``picture`` is the id of a Binary to be shown in it."""

    text: str
    width: int = 1
    title: bool = False
    picture: str = ""


@dataclass(frozen=True)
class Line:
    """One row: ``heading`` runs over all columns; ``lines`` is how high it is at least."""

    boxes: tuple[Box, ...]
    heading: bool = False
    lines: int = 1


@dataclass(frozen=True)
class Sheet:
    """A whole sheet. ``columns`` is how many parts wide each full row is."""

    title: str
    subtitle: str
    head: tuple[str, ...]
    lines: tuple[Line, ...]
    columns: int
    foot: str
    landscape: bool


def lay_out(prepared: PreparedForm, filled: Sequence[Filled] = (), subject: Mapping[str, str] | None = None) -> Sheet:
    """The sheet of a form that says how it is printed. ``filled`` are its forms, oldest first, as many as the sheet holds side by side;
    without any it is blank. ``subject`` are the words for ``{subject.…}``. Raises ``ValueError`` for a form without ``print``."""
    paper = prepared.form.print_
    if paper is None:
        raise ValueError(f"{prepared.form.name} has no print")
    about = {f"subject.{key}": value for key, value in (subject or {}).items()}
    sheets = [*filled[-paper.visits :], *[Filled({}, {})] * (paper.visits - min(len(filled), paper.visits))]
    head = tuple(f"{cell.title}　{_words(prepared, cell.says, sheets[0], about)}" if cell.title else cell.says for cell in paper.head)
    if paper.visits > 1:
        lines, columns = _side_by_side(prepared, paper, sheets, about), paper.visits + 1
    else:
        lines, columns = _one_by_one(prepared, paper, sheets[0], about)
    return Sheet(paper.title or prepared.form.title, paper.subtitle or "", head, tuple(lines), columns, paper.foot or "", paper.landscape)


def _side_by_side(prepared: PreparedForm, paper: Paper, sheets: Sequence[Filled], about: Mapping[str, str]) -> list[Line]:
    lines = []
    for row in paper.rows:
        if row.heading:
            lines.append(Line((Box(row.heading, paper.visits + 1, True),), True))
            continue
        (cell,) = row.cells
        boxes = [_box(prepared, cell, sheet, about, 1) for sheet in sheets]
        title = _words(prepared, cell.title or "", Filled({}), about)
        lines.append(Line((Box(title, 1, True), *boxes), lines=row.lines))
    return lines


def _one_by_one(prepared: PreparedForm, paper: Paper, sheet: Filled, about: Mapping[str, str]) -> tuple[list[Line], int]:
    columns = max((sum(cell.width for cell in row.cells) for row in paper.rows if row.cells), default=1)
    lines: list[Line] = []
    for row in paper.rows:
        if row.heading:
            lines.append(Line((Box(row.heading, columns, True),), True))
        elif row.table:
            lines += _table(prepared, row, sheet, columns)
        else:
            lines.append(Line(tuple(_titled(prepared, cell, sheet, about) for cell in row.cells), lines=row.lines))
    return lines, columns


def _titled(prepared: PreparedForm, cell: Cell, sheet: Filled, about: Mapping[str, str]) -> Box:
    box = _box(prepared, cell, sheet, about, cell.width)
    return Box(f"{cell.title}：{box.text}" if cell.title else box.text, cell.width, not cell.says, box.picture)


def _box(prepared: PreparedForm, cell: Cell, sheet: Filled, about: Mapping[str, str], width: int) -> Box:
    return Box(_words(prepared, cell.says, sheet, about), width, False, _picture(cell, sheet))


def _picture(cell: Cell, sheet: Filled) -> str:
    """A signature or photo that stands alone in its cell."""
    match = PLACE.fullmatch(cell.says.strip())
    found = sheet.answers.get(match[1]) if match else None
    return found.binary if isinstance(found, Attached) and found.content_type.startswith("image/") else ""


def _table(prepared: PreparedForm, row: PaperRow, sheet: Filled, columns: int) -> list[Line]:
    """A repeating table: its column titles, its rows, on a blank sheet some empty ones. Widths share the sheet."""
    table = prepared.form.fields[row.table or ""]
    keys = row.columns or tuple(table.fields)
    widths = _shared(columns, len(keys))
    titles = Line(tuple(Box(_unit_title(table.fields[key]), width, True) for key, width in zip(keys, widths, strict=True)))
    rows = sheet.answers.get(row.table or "") or []
    lines = [titles]
    for one in rows:
        cells = [said(prepared, f"{row.table}.{one['id']}.{key}", one[key]) if one.get(key) is not None else "" for key in keys]
        lines.append(Line(tuple(Box(text, width) for text, width in zip(cells, widths, strict=True))))
    empty = 0 if rows else row.blank_rows
    return lines + [Line(tuple(Box("", width) for width in widths))] * empty


def _unit_title(found: Any) -> str:
    return f"{found.title}（{found.shown_unit}）" if found.unit else found.title


def _shared(columns: int, parts: int) -> list[int]:
    """Column spans that share a row of ``columns`` as evenly as whole numbers can; more parts than columns are one wide each."""
    each, rest = divmod(max(columns, parts), parts)
    return [each + (place < rest) for place in range(parts)]


def _words(prepared: PreparedForm, text: str, sheet: Filled, about: Mapping[str, str]) -> str:
    return PLACE.sub(lambda match: _word(prepared, match[1], match[2], sheet, about), text)


def _word(prepared: PreparedForm, name: str, how: str | None, sheet: Filled, about: Mapping[str, str]) -> str:
    if name in about or name in sheet.facts:
        return about.get(name) or sheet.facts.get(name, "")
    asked = prepared.form.fields.get(name)
    if asked is None:
        return BLANK
    value = sheet.answers.get(name)
    if how in ("choices", "list", "numbers"):
        listed, numbers = _choices(prepared, name, value)
        return {"choices": f"{listed}　{numbers}", "list": listed, "numbers": numbers}[how]
    if value is None:
        return BLANK
    if isinstance(value, Attached):
        return value.title or "已附"
    words = said(prepared, name, value)
    return words if how == "unit" or not asked.unit else words.removesuffix(asked.shown_unit).strip()


def _choices(prepared: PreparedForm, name: str, value: Any) -> tuple[str, str]:
    """All choices numbered, and the numbers of those chosen in boxes, as the paper has it; 0 is none of them."""
    asked = prepared.form.fields[name]
    if asked.type == "boolean":
        known = [("no", asked.no), ("yes", asked.yes)]
        value = None if value is None else "yes" if value else "no"
    else:
        known = [(code, one.title) for code, one in prepared.codes[asked.set or ""].items()]
    chosen = [str(place) for place, (code, _) in enumerate(known, 1) if code == value or (isinstance(value, list) and code in value)]
    listed = " ".join(f"{place} {title}" for place, (_, title) in enumerate(known, 1))
    none = ["0"] if isinstance(value, list) and not value else []
    return listed, f"[{'] ['.join(none + chosen) or '　'}]"
