"""Word documents: paragraphs with their heading styles, real tables row by row, one-column tables as boxes."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from kangyu.engines.plandoc.formats.rows import row_line
from kangyu.engines.plandoc.model import Line, Source
from kangyu.kernel.errors import UserError

STYLE_LEVEL = re.compile(r"(?:heading|标题)\s*(\d)", re.I)


def read_docx(data: bytes) -> Source:
    """Read a .docx file."""
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(io.BytesIO(data))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, AttributeError) as error:
        raise UserError("Word 文件已损坏或不是 docx 格式，无法打开。请用 Word 打开后另存为 .docx 再上传。") from error
    lines: list[Line] = []
    for index, block in enumerate(document.iter_inner_content()):
        if hasattr(block, "rows"):
            lines.extend(table_lines(block, index))
        else:
            lines.extend(paragraph_lines(block))
    return Source(tuple(lines), "docx", (document.core_properties.title or "").strip())


def paragraph_lines(paragraph: Any, boxed: bool = False) -> Iterator[Line]:
    style = STYLE_LEVEL.match(paragraph.style.name or "") if paragraph.style is not None else None
    for part in (paragraph.text or "").split("\n"):
        yield Line(part, int(style[1]) if style and part.strip() else None, boxed)


def table_lines(table: Any, index: int) -> Iterator[Line]:
    """A table of one column is a frame around prose (专栏); any other gives one line a row, merged cells once."""
    grid = [list(row.cells) for row in table.rows]
    if not grid:
        return
    if max(len({id(cell._tc) for cell in row}) for row in grid) == 1:
        for row in grid:
            for paragraph in row[0].paragraphs:
                yield from paragraph_lines(paragraph, boxed=True)
        return
    seen: set[Any] = set()
    for row in grid:
        texts = []
        for cell in row:
            texts.append("" if cell._tc in seen else "\n".join(p.text for p in cell.paragraphs))
            seen.add(cell._tc)
        yield row_line(texts, index)
    yield Line("")
