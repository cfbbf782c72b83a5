"""Web pages: the article without scripts and navigation, headings with their level, tables row by row with spans resolved."""

import re
from collections.abc import Iterator
from typing import Any

from kangyu.engines.plandoc.formats.rows import row_line
from kangyu.engines.plandoc.formats.text import ENCODINGS, decode
from kangyu.engines.plandoc.model import Line, Source
from kangyu.kernel.errors import UserError

SILENT = {"script", "style", "nav", "noscript", "template", "head", "select", "button", "form", "iframe", "svg"}
BLOCK = {"p", "div", "section", "article", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "blockquote", "header", "footer"}
CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w-]+)", re.I)


def read_html(data: bytes) -> Source:
    """Read an .html page in the encoding it declares, else UTF-8 or GB 18030."""
    import lxml.html

    markup = page_text(data)
    markup = re.sub(r"^\s*<\?xml[^>]*\?>", "", markup)
    try:
        root = lxml.html.document_fromstring(markup)
    except (lxml.etree.ParserError, ValueError) as error:
        raise UserError("网页文件是空的或无法解析。请在浏览器中打开原网页，另存为完整的 .html 后重新上传。") from error
    lines: list[Line] = []
    body = root.find("body")
    for line in block_lines(root if body is None else body):
        if line.text.strip() or (lines and lines[-1].text.strip()):
            lines.append(line)
    title = root.findtext(".//title") or ""
    return Source(tuple(lines), "html", " ".join(title.split()))


def page_text(data: bytes) -> str:
    declared = CHARSET.search(data[:2048])
    if declared:
        name = declared[1].decode("ascii").lower()
        try:
            return data.decode("gb18030" if name in {"gb2312", "gbk"} else name)
        except (LookupError, UnicodeDecodeError):
            pass
    for name in ENCODINGS:
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    return decode(data)


def block_lines(root: Any) -> Iterator[Line]:
    """Walk the page in reading order; every block element and <br> begins a new line."""
    pending: list[str] = []
    tables = 0

    def flush(level: int | None = None) -> Iterator[Line]:
        text = re.sub(r"[ \t\r\n\u00a0\u3000]+", " ", "".join(pending)).strip()
        pending.clear()
        if text:
            yield Line(text, level)

    def walk(node: Any, level: int | None) -> Iterator[Line]:
        nonlocal tables
        tag = node.tag if isinstance(node.tag, str) else "comment"
        if tag in SILENT or tag == "comment":
            pass
        elif tag == "table" and (rows := data_rows(node)):
            yield from flush(level)
            tables += 1
            for row in rows:
                yield row_line(row, tables)
            yield Line("")
        else:
            if tag in BLOCK or tag == "br":
                yield from flush(level)
            inner = int(tag[1]) if re.fullmatch(r"h[1-6]", tag) else level
            pending.append(node.text or "")
            for child in node:
                yield from walk(child, inner)
            if tag in BLOCK:
                yield from flush(inner)
        pending.append(node.tail or "")

    yield from walk(root, None)
    yield from flush()


def data_rows(table: Any) -> list[list[str]]:
    """The rows of a table of data; none when the table only frames the page (one column, other tables or long prose inside)."""
    rows = grid(table)
    framing = not rows or table.findall(".//table") or max(len(cell) for row in rows for cell in row or [""]) > 400
    return [] if framing or max(len(set(filter(None, row))) for row in rows) <= 1 else rows


def grid(table: Any) -> list[list[str]]:
    """The cells of a table; a cell that spans rows or columns is printed once, the places it covers are empty."""
    rows: list[list[str]] = []
    covered: dict[tuple[int, int], bool] = {}
    for y, tr in enumerate(table.iter("tr")):
        row: list[str] = []
        for cell in tr:
            if cell.tag not in ("td", "th"):
                continue
            while covered.get((y, len(row))):
                row.append("")
            width, height = span(cell, "colspan"), span(cell, "rowspan")
            for dy in range(height):
                for dx in range(width):
                    covered[(y + dy, len(row) + dx)] = True
            row.append("\n".join(part.strip() for part in cell.itertext() if part.strip()))
            row.extend([""] * (width - 1))
        while covered.get((y, len(row))):
            row.append("")
        rows.append(row)
    return rows


def span(cell: Any, name: str) -> int:
    value = str(cell.get(name) or "1").strip()
    return min(int(value), 200) if value.isdigit() and int(value) > 0 else 1
