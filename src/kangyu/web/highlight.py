"""A document's text with what was found in it marked in place: each mark leads to its entry in the list, and back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from kangyu.apps.planning.queries import Mark, MarkedLine


@dataclass(frozen=True)
class Paragraph:
    """One line of the document with its number (from 1) and its marked text; ``level`` 1 … for headings, 0 for plain lines."""

    number: int
    html: SafeString
    level: int = 0


def paragraphs(lines: Iterable[MarkedLine], titles: Mapping[int, str], levels: Mapping[int, int]) -> list[Paragraph]:
    """The lines with their marks, which may overlap. ``titles`` names items by id, ``levels`` gives the heading level of a line."""
    seen: set[int] = set()
    return [Paragraph(line.number, _marked(line, titles, seen), levels.get(line.number, 0)) for line in lines]


def _marked(line: MarkedLine, titles: Mapping[int, str], seen: set[int]) -> SafeString:
    """One line cut at every mark's edge."""
    edges = {0, len(line.text)} | {edge for mark in line.marks for edge in (mark.start, mark.end)}
    pieces = []
    for start, end in pairwise(sorted(edges)):
        inside = [mark for mark in line.marks if mark.start <= start and end <= mark.end]
        pieces.append(_piece(line.text[start:end], inside, titles, seen))
    return mark_safe("".join(pieces))


def _piece(text: str, inside: Sequence[Mark], titles: Mapping[int, str], seen: set[int]) -> SafeString:
    """A piece inside marks links to the shortest of them; each item is named once, where it begins, so that links can jump to it.

    A lone character between two marks is too small to hit: it keeps its colour and is no link.
    """
    if not inside:
        return format_html("{}", text)
    inner = min(inside, key=lambda mark: (mark.end - mark.start, mark.item))
    fresh = [mark.item for mark in inside if mark.item not in seen]
    seen.update(fresh)
    anchors = format_html_join("", '<span id="hit-{}"></span>', ((item,) for item in fresh))
    if len(text.strip()) < 2:
        return format_html('{}<span class="hit h-{}">{}</span>', anchors, inner.kind, text)
    named = titles.get(inner.item, "")
    return format_html('{}<a class="hit h-{}" href="#item-{}" title="{}">{}</a>', anchors, inner.kind, inner.item, named, text)
