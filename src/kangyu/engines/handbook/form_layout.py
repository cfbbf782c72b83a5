"""A form's layout as a drawing: sections, two columns of fields, what stands in each box. The official paper is printed elsewhere."""

from html import escape

from kangyu.engines.content.kinds import Form
from kangyu.engines.content.kinds.field import Field
from kangyu.engines.flowchart.graph import Line, wrapped
from kangyu.engines.flowchart.svg import ACCENT, DIM, FONT, GROUND, INK, WASH, number

WIDTH, GAP, MARGIN = 640.0, 16.0, 8.0
ROW, HEAD = 52.0, 30.0
EDGE = "#87939c"
ASKS = {
    "boolean": "□ 是　□ 否", "date": "年 － 月 － 日", "datetime": "年 － 月 － 日　时:分", "time": "时:分", "code": "○ 单选",
    "codes": "□ 多选", "signature": "签名", "photo": "照片", "file": "文件", "person": "选居民", "institution": "选机构",
    "area": "选地区", "thing": "从登记簿选",
}  # fmt: skip
WIDE = ("table", "long_text")


def layout(form: Form) -> str:
    """The form as an SVG that prints and needs no style sheet."""
    parts: list[str] = []
    y = MARGIN
    sections = [(section.title, section.fields, bool(section.show_when)) for section in form.sections] or [("", tuple(form.fields), False)]
    for title, keys, asked_sometimes in sections:
        if title:
            more = "（按情况才问）" if asked_sometimes else ""
            parts.append(_text(MARGIN, y + 18, title + more, 13, INK, bold=True))
            y += HEAD
        y = _fields(form, keys, y, parts)
    size = f'width="{number(WIDTH)}" height="{number(y + MARGIN)}" viewBox="0 0 {number(WIDTH)} {number(y + MARGIN)}"'
    named = f'role="img" aria-label="{escape(form.title)}的版面"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="layout" {named} font-family="{FONT}" {size}>'
    return f"{head}{''.join(parts)}</svg>"


def _fields(form: Form, keys: tuple[str, ...], y: float, parts: list[str]) -> float:
    """Two to a row; a table or a long text takes a row by itself."""
    half = (WIDTH - 2 * MARGIN - GAP) / 2
    column = 0
    for key in keys:
        field = form.fields[key]
        wide = field.type in WIDE
        if wide and column:
            y, column = y + ROW, 0
        x = MARGIN + column * (half + GAP)
        parts.append(_field(field, x, y, 2 * half + GAP if wide else half))
        y, column = (y + ROW, 0) if wide or column else (y, 1)
    return y + ROW if column else y


def _field(field: Field, x: float, y: float, width: float) -> str:
    mark = "＊" if field.required is True else ""
    sometimes = "　按情况" if field.show_when or isinstance(field.required, str) else ""
    label = wrapped(Line(f"{field.title}{mark}{sometimes}"), width - 4)[0]
    fill = WASH if field.gives else GROUND
    dash = ' stroke-dasharray="4 3"' if field.show_when else ""
    box = f'<rect x="{number(x)}" y="{number(y + 18)}" width="{number(width)}" height="24" rx="3" fill="{fill}" stroke="{EDGE}"{dash}/>'
    inside = "自动算出" if field.gives else "｜".join(column.title for column in field.fields.values()) or ASKS.get(field.type, "")
    unit = field.shown_unit if field.unit else ""
    shown = _text(x + 8, y + 34, wrapped(Line(inside, "dim"), width - 60)[0], 11, DIM) if inside else ""
    right = _text(x + width - 8, y + 34, unit, 11, ACCENT, anchor="end") if unit else ""
    return _text(x, y + 13, label, 12, INK) + box + shown + right


def _text(x: float, y: float, text: str, size: int, colour: str, *, bold: bool = False, anchor: str = "") -> str:
    weight = ' font-weight="600"' if bold else ""
    weight += f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{number(x)}" y="{number(y)}" font-size="{size}" fill="{colour}"{weight}>{escape(text)}</text>'
