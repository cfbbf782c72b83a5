"""Pages of the handbook as HTML. Everything is escaped; only drawings, which are ours, pass as they are. No script, no style attribute."""

import re
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path

from .page import Block, Code, Drawing, Facts, Inline, Lines, Page, Ref, Section, Table, Tag, Text
from .speaking import Said

Linker = Callable[[str, str], str]
"""(kind, name) to an address; an empty one leaves the title without a link."""
_TOKENS = re.compile(
    r"(?P<text>'[^']*')|(?P<number>\b\d+(?:\.\d+)?\b)|(?P<word>\b(?:and|or|not|case|when|then|else|end|where|within|during|since|before|of|at|"
    r"active|in|has|any|all|between|is|null|empty|from|to|true|false|distinct|date|today|period|this|prev|it)\b)|"
    r"(?P<call>\b[a-z_]+(?=\())"
)


def coloured(expression: str) -> str:
    """An expression with its words, names of functions and constants told apart; the text itself is unchanged."""
    parts, at, text = [], 0, expression.strip()
    for found in _TOKENS.finditer(text):
        parts += [_span("plain", text[at : found.start()])] if found.start() > at else []
        parts.append(_span(found.lastgroup or "plain", found[0]))
        at = found.end()
    parts.append(_span("plain", text[at:]))
    return f'<code class="expr">{"".join(parts)}</code>'


def _span(kind: str, text: str) -> str:
    return f'<span class="x-{kind}">{escape(text)}</span>'


def body(page: Page, link: Linker) -> str:
    """The sections of a page, without its heading."""
    return "".join(_section(section, link) for section in page.sections)


def _section(section: Section, link: Linker) -> str:
    note = f" <small>{escape(section.note)}</small>" if section.note else ""
    inner = "".join(_block(block, link) for block in section.blocks)
    return f'<section class="doc" id="{escape(section.key)}"><h2 class="sect">{escape(section.title)}{note}</h2>{inner}</section>'


def _block(block: Block, link: Linker) -> str:
    if isinstance(block, Text):
        return f'<div class="doc-p">{_inline(block.item, link)}</div>'
    if isinstance(block, Facts):
        rows = "".join(f"<dt>{escape(title)}</dt><dd>{_inline(item, link)}</dd>" for title, item in block.rows)
        return f'<dl class="doc-facts">{rows}</dl>'
    if isinstance(block, Drawing):
        return f'<div class="doc-flow" tabindex="0" role="region" aria-label="{escape(block.words)}">{block.svg}</div>'
    return _table(block, link)


def _table(table: Table, link: Linker) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in table.head)
    anchors = table.anchors or ("",) * len(table.rows)
    rows = "".join(_row(table, row, anchor, link) for row, anchor in zip(table.rows, anchors, strict=True))
    return f'<table class="t stacks doc-t"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row(table: Table, row: tuple[Inline, ...], anchor: str, link: Linker) -> str:
    cells = [f'<td class="lead">{_inline(row[0], link)}</td>']
    cells += [f'<td data-th="{escape(title)}">{_inline(item, link)}</td>' for title, item in zip(table.head[1:], row[1:], strict=True)]
    named = f' id="{escape(anchor)}"' if anchor else ""
    return f"<tr{named}>{''.join(cells)}</tr>"


def _inline(item: Inline, link: Linker) -> str:
    if isinstance(item, str):
        return escape(item)
    if isinstance(item, Said):
        return _said(item)
    if isinstance(item, Code):
        return f"<code>{escape(item.text)}</code>"
    if isinstance(item, Tag):
        return f'<span class="doc-tag {item.look}">{escape(item.text)}</span>'
    if isinstance(item, Lines):
        return "".join(f'<div class="doc-line">{_inline(one, link)}</div>' for one in item.items)
    address = link(item.kind, item.name)
    return f'<a href="{escape(address)}">{escape(item.title)}</a>' if address else escape(item.title)


def _said(said: Said) -> str:
    """The words first, the expression under them."""
    if said.words == said.text:
        return f'<div class="doc-said">{coloured(said.text)}</div>'
    words = "".join(f"<li>{escape(part)}</li>" for part in said.parts)
    spoken = f"<p>都要成立：</p><ul>{words}</ul>" if words else f"<p>{escape(said.words)}</p>"
    return f'<div class="doc-said">{spoken}{coloured(said.text)}</div>'


@cache
def style() -> str:
    """The style sheet of a handbook that stands by itself; its classes are those of the pages of the platform."""
    return (Path(__file__).parent / "handbook.css").read_text(encoding="utf-8")


def document(page: Page, link: Linker, index: str) -> str:
    """A page by itself, for reading and printing without the platform. ``index`` is the address of the list of all pages."""
    written = "".join(f"<li>{escape(line) or '&nbsp;'}</li>" for line in page.lines)
    heading = f'<h2 class="sect">原文 <small>{escape(page.file)}</small></h2>'
    origin = f'<section class="doc" id="source">{heading}<ol class="doc-file">{written}</ol></section>'
    note = f'<p class="doc-note">{escape(page.note)}</p>' if page.note else ""
    head = f'<p class="doc-back"><a href="{escape(index)}">规则手册</a> › {escape(page.kind_title)}</p><h1>{escape(page.title)}</h1>'
    lede = f'<p class="doc-lede">{escape(page.lede)}</p>'
    return whole(page.title, f"{head}{lede}{note}{body(page, link)}{origin if page.lines else ''}")


def whole(title: str, inner: str) -> str:
    """A complete HTML file."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
    main = f'<main class="doc-page">{inner}</main>'
    return f'<!doctype html><html lang="zh-CN"><head>{head}<style>{style()}</style></head><body>{main}</body></html>\n'


def listing(title: str, groups: list[tuple[str, list[tuple[Ref, str]]]], link: Linker) -> str:
    """The list of all pages by kind; each entry has a sentence beside its title."""
    parts = [f"<h1>{escape(title)}</h1>"]
    for kind, entries in groups:
        rows = "".join(f'<tr><td class="lead">{_inline(ref, link)}</td><td>{escape(words)}</td></tr>' for ref, words in entries)
        small = f"<small>{len(entries)} 份</small>"
        table = f'<table class="t doc-t"><tbody>{rows}</tbody></table>'
        parts.append(f'<section class="doc"><h2 class="sect">{escape(kind)} {small}</h2>{table}</section>')
    return whole(title, "".join(parts))
