"""Tables as grids of cells, whether the file keeps them, prints them with tabs, flattens them to one cell a line, or runs them together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kangyu.engines.plandoc.layout import mark_of
from kangyu.engines.plandoc.model import Source
from kangyu.engines.plandoc.vocabulary import BOX, CAPTION, NATURES

HEADER_WORD = re.compile(
    r"^(?:序号|编号|领域|分类|类别|指标类型|指标|主要指标|具体指标|指标名称|名称|单位|属性|性质|指标性质|指标属性|指标值|基期值|目标值|现状值|一级指标|二级指标|20\d\d年.{0,6}|责任单位|项目名称)$"
)
INDICATOR_WORD = re.compile(r"指标|序号|20\d\d年|属性|性质|单位|目标值|基期")


@dataclass(frozen=True)
class Cell:
    """A cell and where its text stands in the whole text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Table:
    """A grid found on the lines ``first`` to ``last`` (indexes, half open). ``rows`` may be ragged when the source is flattened;
    ``loose`` rows are only words in their order."""

    first: int
    last: int
    rows: tuple[tuple[Cell, ...], ...]
    caption: int | None = None
    loose: bool = False


def find_tables(source: Source) -> list[Table]:
    """All tables of the document in reading order, each with the line index of its caption when it has one."""
    found: list[Table] = []
    index = 0
    while index < len(source.lines):
        table = (
            real_table(source, index) or tabbed_table(source, index) or flattened_table(source, index) or run_together_table(source, index)
        )
        if table is None:
            index += 1
            continue
        found.append(replace(table, caption=caption_of(source, table.first)))
        index = table.last
    return found


def caption_of(source: Source, first: int) -> int | None:
    """The nearest line above that reads like a caption, over at most two lines of other matter (单位：… and the like)."""
    seen = 0
    for index in range(first - 1, max(-1, first - 12), -1):
        text = source.lines[index].text.strip()
        if not text:
            continue
        if CAPTION.match(text) and not text.endswith(("。", "：")):
            return index
        seen += 1
        if seen > 2:
            break
    return None


def real_table(source: Source, index: int) -> Table | None:
    """Rows that the file format itself keeps as a table."""
    number = source.lines[index].table
    if number is None:
        return None
    last = index
    rows = []
    while last < len(source.lines) and source.lines[last].table == number:
        line, base = source.lines[last], source.starts[last]
        rows.append(tuple(Cell(line.text[a:b], base + a, base + b) for a, b in line.cells))
        last += 1
    return Table(index, last, tuple(rows))


def tabbed_table(source: Source, index: int) -> Table | None:
    """At least three lines, each with three or more cells between tabs (or | bars)."""
    rows: list[tuple[Cell, ...]] = []
    last = index
    while last < len(source.lines):
        cells = split_cells(source, last) or group_row(source, last, len(rows[0]) if rows else 0)
        if cells and len(cells) >= 3 and sum(bool(cell.text) for cell in cells) == 1 and rows:
            rows.append(cells)
            last += 1
            continue
        if len(cells) < 3 or sum(bool(cell.text) for cell in cells) < 2:
            break
        rows.append(cells)
        last += 1
    return Table(index, last, tuple(rows)) if len(rows) >= 3 else None


def group_row(source: Source, index: int, width: int) -> tuple[Cell, ...]:
    """A short line alone between two rows names the group of the rows after it."""
    text, base = source.lines[index].text.strip(), source.starts[index]
    following = index + 1 < len(source.lines) and len(split_cells(source, index + 1)) >= 3
    if not width or not following or not 2 <= len(text) <= 16 or re.search(r"[。，：；\d]", text):
        return ()
    return (Cell(text, base, base + len(text)), *(Cell("", base, base) for _ in range(width - 1)))


def split_cells(source: Source, index: int) -> tuple[Cell, ...]:
    text, base = source.lines[index].text, source.starts[index]
    separator = "|" if text.count("|") >= 3 else "\t"
    if separator not in text:
        return ()
    cells, at = [], 0
    for part in text.split(separator):
        inner = part.strip()
        lead = len(part) - len(part.lstrip()) if inner else 0
        cells.append(Cell(inner, base + at + lead, base + at + lead + len(inner)))
        at += len(part) + 1
    if text.strip().startswith("|"):
        cells = cells[1:-1] if not cells[-1].text else cells[1:]
    return tuple(cells)


def flattened_table(source: Source, index: int) -> Table | None:
    """One cell a line: a tab begins a cell, a line without one continues it, an empty line ends the row."""
    lines = source.lines
    if not lines[index].text.startswith("\t") or len(lines[index].text.strip()) > 12 or "专栏" in lines[index].text:
        return None
    rows: list[tuple[Cell, ...]] = []
    row: list[Cell] = []
    last = index
    for position in range(index, len(lines)):
        text, base = lines[position].text, source.starts[position]
        stripped = text.strip()
        if not text:
            if row:
                rows.append(tuple(row))
            row = []
        elif text.startswith("\t"):
            if BOX.match(stripped) or len(stripped) > 80:
                break
            lead = len(text) - len(text.lstrip()) if stripped else 1
            row.append(Cell(stripped, base + lead, base + lead + len(stripped)))
        elif row and stripped and len(stripped) <= 40:
            before = row.pop()
            row.append(Cell(f"{before.text}\n{stripped}" if before.text else stripped, before.start, base + len(text.rstrip())))
        else:
            break
        last = position + 1
    if row:
        rows.append(tuple(row))
    usable = len(rows) >= 2 and len(rows[0]) >= 3
    return Table(index, last, tuple(rows)) if usable else None


def run_together_table(source: Source, index: int) -> Table | None:
    """An indicator table without any mark of cells (as PDF text gives it): rows are told from numbers and 预期性 / 约束性."""
    header = header_run(source, index)
    if header is None:
        return None
    tokens = list(tokens_from(source, header))
    rows: list[tuple[Cell, ...]] = []
    row: list[Cell] = []
    last = header
    for line, cell in tokens:
        row.append(cell)
        if cell.text in NATURES:
            rows.append(tuple(row))
            row, last = [], line + 1
    if len(rows) < 2:
        return None
    head = joined_header([cell for _, cell in tokens_from(source, index, header)])
    return Table(index, last, (head, *rows), loose=True)


def joined_header(cells: list[Cell]) -> tuple[Cell, ...]:
    """Put the words of a title broken over lines together: 2020年 基期值, 指标 性质."""
    result: list[Cell] = []
    for cell in cells:
        before = result[-1] if result else None
        year = (
            before is not None
            and re.search(r"20\d\d年?$", before.text)
            and re.fullmatch(r"基期值?|目标值?|现状值?|实际值?|规划值|基数", cell.text)
        )
        if before is not None and (year or (before.text == "指标" and re.fullmatch(r"性质|属性|名称", cell.text))):
            result[-1] = Cell(before.text + cell.text, before.start, cell.end)
        else:
            result.append(cell)
    dated = any(re.search(r"20\d\d", cell.text) for cell in result)
    return tuple(cell for cell in result if not (dated and cell.text == "指标值"))


def header_run(source: Source, index: int) -> int | None:
    """The line after the header words when at least four of them stand here, close together."""
    if not HEADER_WORD.match((source.lines[index].text.split() or [""])[0]):
        return None
    words, position = 0, index
    while position < len(source.lines) and position < index + 16:
        parts = source.lines[position].text.split()
        if parts and not all(
            INDICATOR_WORD.search(part) or HEADER_WORD.match(part) or (len(part) <= 3 and not part[0].isdigit()) for part in parts
        ):
            break
        if parts and re.fullmatch(r"\d{1,2}", parts[0]):
            break
        words += sum(bool(INDICATOR_WORD.search(part)) for part in parts)
        position += 1
        if any(re.search(r"性质|属性", part) for part in parts):
            break
    return position if words >= 4 else None


def tokens_from(source: Source, first: int, stop: int | None = None) -> Iterator[tuple[int, Cell]]:
    """White-space separated words from a line on, until prose or a heading begins."""
    for index in range(first, len(source.lines) if stop is None else stop):
        text = source.lines[index].text
        stripped = text.strip()
        mark = mark_of(stripped)
        if stop is None and (len(stripped) > 120 or "。" in stripped or (mark and mark[0] < 5)):
            return
        for match in re.finditer(r"\S+", text):
            base = source.starts[index]
            yield index, Cell(match[0], base + match.start(), base + match.end())
