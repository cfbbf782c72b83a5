"""The same plan written as Word, web page and PDF, made on the fly from the lines of a text."""

import html
import io
from collections.abc import Iterator

Block = tuple[str, list[list[str]] | str]


def blocks(text: str) -> Iterator[Block]:
    """Paragraphs and tables (runs of lines with tabs) of a plain text."""
    rows: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if "\t" in line:
            rows.append(line.split("\t"))
            continue
        if rows:
            yield "table", rows
            rows = []
        if line.strip():
            yield "paragraph", line.strip()


def as_docx(text: str) -> bytes:
    import docx

    document = docx.Document()
    for kind, content in blocks(text):
        if kind == "paragraph":
            document.add_paragraph(content)
            continue
        table = document.add_table(rows=0, cols=len(content[0]))
        for row in content:
            cells = table.add_row().cells
            for at, cell in enumerate(row):
                cells[at].text = cell
        merge_categories(table, content)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def merge_categories(table, rows) -> None:
    """Merge the first column down over its empty cells, as plans are set."""
    top = 1
    for at in range(2, len(rows) + 1):
        if at == len(rows) or rows[at][0]:
            if at - 1 > top:
                merged = table.cell(top, 0).merge(table.cell(at - 1, 0))
                merged.text = rows[top][0]
            top = at


def as_html(text: str) -> bytes:
    parts = []
    for kind, content in blocks(text):
        if kind == "paragraph":
            parts.append(f"<p>　　{html.escape(content)}</p>")
        else:
            parts.append("<table>" + "".join(html_row(content, at) for at in range(len(content))) + "</table>")
    furniture = "<nav>首页 &gt; 政务公开</nav><script>var a = 1;</script>"
    page = f'<html><head><meta charset="gb2312"><title>政务公开</title></head><body>{furniture}<div>{"".join(parts)}</div></body></html>'
    return page.encode("gb18030")


def html_row(rows: list[list[str]], at: int) -> str:
    cells = []
    for column, cell in enumerate(rows[at]):
        if column == 0 and at and not cell:
            continue
        height = 1
        if column == 0 and at:
            while at + height < len(rows) and not rows[at + height][0]:
                height += 1
        cells.append(f'<td rowspan="{height}">{html.escape(cell)}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def as_pdf(text: str) -> bytes:
    """Set with a CID font that holds Chinese; lines break at the page width, pages carry numbers."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    style = ParagraphStyle("body", fontName="STSong-Light", fontSize=12, leading=18, firstLineIndent=24, wordWrap="CJK")
    story = []
    for kind, content in blocks(text):
        if kind == "paragraph":
            story.append(Paragraph(html.escape(content), style))
        else:
            story.append(Table(content, style=[("FONTNAME", (0, 0), (-1, -1), "STSong-Light"), ("FONTSIZE", (0, 0), (-1, -1), 8)]))

    def number(canvas, document) -> None:
        canvas.setFont("STSong-Light", 9)
        canvas.drawString(280, 30, f"— {document.page} —")

    stream = io.BytesIO()
    SimpleDocTemplate(stream, pagesize=A4).build(story, onFirstPage=number, onLaterPages=number)
    return stream.getvalue()
