"""A sheet of rows and cells drawn on A4 with reportlab; what runs over continues on the next page, title row and page number with it."""

import io
from collections.abc import Mapping, Sequence
from html import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Image, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from kangyu.engines.forms.paper import Box, Line, Sheet

from . import fonts

MARGIN, SIZE, LEADING = 14 * mm, 9, 13
INK, GREY = colors.Color(0.1, 0.1, 0.1), colors.Color(0.4, 0.4, 0.4)


def render(sheet: Sheet, *, pictures: Mapping[str, bytes] | None = None, mark: str = "") -> bytes:
    """The sheet as a PDF. ``pictures`` are images by the id their boxes name; ``mark`` stands on every page (synthetic data)."""
    regular, bold = fonts.ready()
    style = ParagraphStyle("cell", fontName=regular, fontSize=SIZE, leading=LEADING, textColor=INK, wordWrap="CJK")
    strong = ParagraphStyle("title", parent=style, fontName=bold)
    page = landscape(A4) if sheet.landscape else A4
    out = io.BytesIO()
    frame = {"leftMargin": MARGIN, "rightMargin": MARGIN, "topMargin": MARGIN, "bottomMargin": MARGIN + 4 * mm}
    document = SimpleDocTemplate(out, pagesize=page, title=sheet.title, author="康域", invariant=1, **frame)
    wide = page[0] - 2 * MARGIN
    story: list[Flowable] = [
        Paragraph(escape(sheet.title), ParagraphStyle("h", parent=strong, fontSize=15, leading=22, alignment=TA_CENTER))
    ]
    if sheet.subtitle:
        story.append(Paragraph(escape(sheet.subtitle), ParagraphStyle("s", parent=style, alignment=TA_CENTER, textColor=GREY)))
    story.append(Spacer(1, 3 * mm))
    if sheet.head:
        story += [_head(sheet.head, wide, style), Spacer(1, 1.5 * mm)]
    story.append(_body(sheet, wide, style, strong, pictures or {}))
    if sheet.foot:
        story += [
            Spacer(1, 2 * mm),
            Paragraph(escape(sheet.foot), ParagraphStyle("f", parent=style, fontSize=8, leading=11, textColor=GREY)),
        ]

    def edge(canvas, _document) -> None:  # type: ignore[no-untyped-def]
        canvas.setFont(regular, 8)
        canvas.setFillColor(GREY)
        canvas.drawString(MARGIN, 8 * mm, mark)
        canvas.drawRightString(page[0] - MARGIN, 8 * mm, f"第 {canvas.getPageNumber()} 页")

    document.build(story, onFirstPage=edge, onLaterPages=edge)
    return out.getvalue()


def _head(words: Sequence[str], wide: float, style: ParagraphStyle) -> Table:
    cells = [Paragraph(escape(one), style) for one in words]
    table = Table([cells], colWidths=[wide / len(cells)] * len(cells))
    table.setStyle(TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 1)]))
    return table


def _body(sheet: Sheet, wide: float, style: ParagraphStyle, strong: ParagraphStyle, pictures: Mapping[str, bytes]) -> Table:
    """All rows as one table whose columns are as fine as the finest row; cells span what they need."""
    columns = max(sheet.columns, *(sum(box.width for box in line.boxes) for line in sheet.lines))
    widths = _widths(sheet, columns, wide)
    rows, spans = [], []
    for place, line in enumerate(sheet.lines):
        cells: list[Flowable | str] = [""] * columns
        at = 0
        for nth, box in enumerate(line.boxes):
            end = columns - 1 if nth == len(line.boxes) - 1 else min(columns, at + box.width) - 1
            cells[at] = _cell(box, strong if box.title else style, pictures, sum(widths[at : end + 1]), line)
            if end > at:
                spans.append(("SPAN", (at, place), (end, place)))
            at = end + 1
        rows.append(cells)
    table = Table(rows, colWidths=widths)
    shaded = [("BACKGROUND", (0, n), (-1, n), colors.Color(0.94, 0.95, 0.96)) for n, line in enumerate(sheet.lines) if line.heading]
    grid = [("GRID", (0, 0), (-1, -1), 0.5, INK), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    padding = [(f"{side}PADDING", (0, 0), (-1, -1), 2.5) for side in ("TOP", "BOTTOM")]
    table.setStyle(TableStyle([*grid, *padding, *shaded, *spans]))
    return table


def _widths(sheet: Sheet, columns: int, wide: float) -> list[float]:
    """Where each row names its line first, that column is narrower than those of the visits."""
    named = all(line.heading or line.boxes[0].title for line in sheet.lines) and columns > 1
    if not named:
        return [wide / columns] * columns
    longest = max(len(line.boxes[0].text) for line in sheet.lines if not line.heading)
    first = min((46 if longest > 14 else 30) * mm, wide / 3)
    return [first] + [(wide - first) / (columns - 1)] * (columns - 1)


def _cell(box: Box, style: ParagraphStyle, pictures: Mapping[str, bytes], wide: float, line: Line) -> Flowable:
    if box.picture in pictures:
        image = Image(io.BytesIO(pictures[box.picture]))
        scale = min((wide - 8) / image.imageWidth, 14 * mm / image.imageHeight)
        image.drawWidth, image.drawHeight = image.imageWidth * scale, image.imageHeight * scale
        return image
    text = escape(box.text).replace("\n", "<br/>") + "<br/>&nbsp;" * (line.lines - 1)
    return Paragraph(text or "&nbsp;", style)
