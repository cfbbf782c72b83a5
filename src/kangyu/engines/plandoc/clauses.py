"""Sentences and clauses of a paragraph, and what must not be mistaken for a figure in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SENTENCE = re.compile(r"[^。！？!?]+[。！？!?]?")
BREAK = re.compile(r"[，；;：]|(?<!\d),|,(?!\d{3}(?!\d))|(?<!\d):")
BRACKET = re.compile(r"[（(](?P<inside>[^（）()]*)[）)]")
BLANK = "□"
FIGURE = re.compile(r"[\d《第]")

# Digits that are part of a name or describe a group of people or things, never a promise.
HIDDEN = (
    re.compile(r"《[^》]*》"),
    re.compile(r"\d{1,3}\s*(?:[—–\-~～至]{1,2}\s*\d{1,3}\s*)?周?岁(?!左右)(?:及?以上|及?以下|以内|以后)?"),
    re.compile(r"(?:19|20)\d\d\s*[—–\-~～至]+\s*(?:19|20)\d\d\s*年?|(?:19|20)\d\d\s*年(?:\d{1,2}\s*月(?:\d{1,2}\s*日)?)?"),
    re.compile(r"\d\s*型|\d\s*类(?=[^，]{0,4}新药)|[A-Za-z]+\d+[A-Za-z]*|\d+[A-Za-z]+(?!\w*立方)|\d+\s*[+＋]\s*[\dA-Za-z]+"),
    re.compile(r"第\s*\d+|第[一二三四五六七八九十]+(?!方阵|批)"),
    re.compile(r"“(?![^”]*分钟)(?![^”]*100%)(?!一[村县])[^”]*\d[^”]*”"),
    re.compile(r"[（(][^（）()]{0,6}〔\d{4}〕\d+号[）)]|〔\d{4}〕\d+号"),
    re.compile(r"\d{5}(?=(?:卫生)?热线)|(?<=热线)\d{3,5}"),
)


@dataclass(frozen=True)
class Clause:
    """A clause of a sentence: ``text`` as printed, ``plain`` of the same length with names, ages, dates and asides blanked out."""

    text: str
    plain: str
    start: int
    end: int
    sentence: int
    aside: bool = False


def sentences(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Spans of the sentences, each with its closing mark."""
    for match in SENTENCE.finditer(text, start):
        if match[0].strip():
            yield match.start(), match.end()


def clauses(text: str, start: int, end: int, number: int = 0) -> list[Clause]:
    """The clauses between ``start`` and ``end``; a bracket with figures is an aside: its clauses come right after the one it stands in."""
    sentence = text[start:end]
    flat = BRACKET.sub(lambda match: match[0] if match["inside"] in {"含"} else BLANK * len(match[0]), sentence)
    result: list[Clause] = []
    at = 0
    for stop in [match.start() for match in BREAK.finditer(flat)] + [len(flat)]:
        if sentence[at:stop].strip(" 。！？!?"):
            body = sentence[at:stop].rstrip("。！？!? ")
            result.append(Clause(body, blank(flat[at : at + len(body)]), start + at, start + at + len(body), number))
            result.extend(asides(sentence, at, stop, start, number))
        at = stop + 1
    return result


def asides(sentence: str, at: int, stop: int, base: int, number: int) -> Iterator[Clause]:
    for match in BRACKET.finditer(sentence, at, stop):
        inside, offset = match["inside"], match.start("inside")
        if match.end() > stop + 1 or not re.search(r"\d", inside):
            continue
        for part in re.finditer(r"[^，；,;]+", inside):
            begin = base + offset + part.start()
            yield Clause(part[0], blank(part[0]), begin, begin + len(part[0]), number, aside=True)


def blank(text: str) -> str:
    """Blank out what only looks like a figure; ages stay where the clause speaks of life expectancy."""
    if not FIGURE.search(text):
        return text
    for at, pattern in enumerate(HIDDEN):
        if at == 1 and "寿命" in text:
            continue
        text = pattern.sub(lambda match: BLANK * len(match[0]), text)
    return text
