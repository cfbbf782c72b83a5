"""One sheet of an .xlsx workbook, in and out. Formulas are read by their stored value; text that looks like a formula stays text."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from kangyu.kernel.errors import UserError

LARGEST_BYTES = 8 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 120
HEAD = PatternFill("solid", fgColor="EEF2F6")
MARKED = PatternFill("solid", fgColor="FDECEA")


@dataclass(frozen=True)
class Table:
    """The first sheet: its header, and each row that holds anything with its number as the reader sees it."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Any, ...]], ...]


def read_sheet(data: bytes) -> Table:
    """The first sheet of a workbook. Raises ``UserError`` for what is no .xlsx file, is too large, or is empty."""
    if len(data) > LARGEST_BYTES:
        raise UserError(f"文件有 {len(data) // 1024 // 1024} MB，最大 {LARGEST_BYTES // 1024 // 1024} MB。请拆成几个文件。")
    _unpacks_small(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = [
            (number, tuple(_cell(value) for value in values[:MOST_COLUMNS]))
            for number, values in enumerate(sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 2), 1)
        ]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, IndexError) as error:
        raise UserError("打不开这个文件。请用 Excel 或 WPS 另存为 .xlsx 后再上传。") from error
    held = [(number, values) for number, values in rows if any(value not in (None, "") for value in values)]
    if len(held) > MOST_ROWS + 1:
        raise UserError(f"表里超过 {MOST_ROWS:,} 行，请拆成几个文件。")
    if len(held) < 2:
        raise UserError("表里没有数据：第一行写列名，从第二行起一件一行。")
    header = tuple(str(value or "").strip() for value in held[0][1])
    return Table(header, tuple(held[1:]))


def _unpacks_small(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile as error:
        raise UserError("这不是 .xlsx 文件。请用 Excel 或 WPS 另存为 .xlsx 后再上传。") from error
    if size > LARGEST_UNPACKED:
        raise UserError("文件展开后太大，不能读。请只留要导入的那张表。")


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else value
    return value


def write_sheet(title: str, header: Sequence[str], rows: Sequence[Sequence[Any]], *, marked: int | None = None) -> bytes:
    """A workbook of one sheet. ``marked`` is the number of a column to point out (what to mend), counted from 0."""
    book = Workbook()
    sheet = book.active
    sheet.title = title[:31]
    sheet.append(list(header))
    for row in rows:
        sheet.append([_written(value) for value in row])
    for line in sheet.iter_rows():
        for cell in line:
            if isinstance(cell.value, str) and cell.value[:1] in "=+-@":
                cell.data_type = "s"
            cell.alignment = Alignment(vertical="top", wrap_text=marked is not None and cell.column == marked + 1)
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True), HEAD
    if marked is not None:
        for line in sheet.iter_rows(min_row=2, min_col=marked + 1, max_col=marked + 1):
            line[0].fill = MARKED
    for at, name in enumerate(header, 1):
        widest = max([len(str(name)), *(len(str(row[at - 1] or "")) for row in rows[:200])], default=8)
        sheet.column_dimensions[get_column_letter(at)].width = min(60, max(10, widest * 1.8))
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _written(value: Any) -> Any:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(map(str, value))
    return value if isinstance(value, int | float | date | datetime) or value is None else str(value)
