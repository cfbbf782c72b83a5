"""Word documents: paragraphs with their styles and numbers, text boxes, real tables row by row, one-column tables as boxes."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from kangyu.engines.plandoc.formats.rows import row_line
from kangyu.engines.plandoc.model import Line, Source
from kangyu.kernel.errors import UserError

STYLE_LEVEL = re.compile(r"(?:heading|标题)\s*(\d)", re.I)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def read_docx(data: bytes) -> Source:
    """Read a .docx file."""
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml.etree import XMLSyntaxError

    from kangyu.engines.plandoc.formats.word_numbering import Numbering

    try:
        document = docx.Document(io.BytesIO(data))
        lines = list(block_lines(document, document.element.body, Numbering(document)))
    except (PackageNotFoundError, zipfile.BadZipFile, XMLSyntaxError, KeyError, ValueError, AttributeError) as error:
        raise UserError("Word 文件已损坏或不是 docx 格式，无法打开。请用 Word 打开后另存为 .docx 再上传。") from error
    return Source(tuple(lines), "docx", (document.core_properties.title or "").strip())


def block_lines(document: Any, container: Any, numbering: Any) -> Iterator[Line]:
    """Paragraphs and tables in reading order, those inside content controls too."""
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    for index, element in enumerate(container):
        if element.tag == f"{W}p":
            yield from paragraph_lines(Paragraph(element, document._body), numbering)
        elif element.tag == f"{W}tbl":
            yield from table_lines(Table(element, document._body), id(element) + index, numbering)
        elif element.tag == f"{W}sdt":
            content = element.find(f"{W}sdtContent")
            yield from block_lines(document, content if content is not None else [], numbering)


def paragraph_lines(paragraph: Any, numbering: Any, boxed: bool = False) -> Iterator[Line]:
    """The lines of a paragraph with its printed number, then those of the text boxes anchored in it."""
    style = STYLE_LEVEL.match(paragraph.style.name or "") if paragraph.style is not None else None
    text = visible_text(paragraph._p)
    label = numbering.label(paragraph) if text.strip() else ""
    for at, part in enumerate(text.split("\n")):
        yield Line(label + part if at == 0 else part, int(style[1]) if style and part.strip() else None, boxed)
    for box in paragraph._p.iter(f"{W}txbxContent"):
        if not any(parent.tag == FALLBACK for parent in box.iterancestors()):
            for inner in box.iter(f"{W}p"):
                yield Line(visible_text(inner), boxed=True)


def visible_text(element: Any) -> str:
    """The text a reader sees: insertions count, deletions and the text boxes inside do not."""
    parts = []
    for node in element.iter(f"{W}t", f"{W}tab", f"{W}br", f"{W}cr"):
        inside = next(
            (parent for parent in node.iterancestors(f"{W}txbxContent", f"{W}p") if parent is element or parent.tag != f"{W}p"), None
        )
        if inside is not element or (node.tag == f"{W}tab" and node.getparent().tag == f"{W}tabs"):
            continue
        parts.append(node.text or "" if node.tag == f"{W}t" else "\t" if node.tag == f"{W}tab" else "\n")
    return "".join(parts)


def table_lines(table: Any, index: int, numbering: Any) -> Iterator[Line]:
    """A table of one column is a frame around prose (专栏); any other gives one line a row, merged cells once."""
    grid = [list(row.cells) for row in table.rows]
    if not grid:
        return
    if max(len({id(cell._tc) for cell in row}) for row in grid) == 1:
        for row in grid:
            for paragraph in row[0].paragraphs:
                yield from paragraph_lines(paragraph, numbering, boxed=True)
        return
    seen: set[Any] = set()
    for row in grid:
        texts = []
        for cell in row:
            texts.append("" if cell._tc in seen else "\n".join(visible_text(p._p) for p in cell.paragraphs))
            seen.add(cell._tc)
        yield row_line(texts, index)
    yield Line("")
