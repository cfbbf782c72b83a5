"""Numbers that Word prints but does not keep in the text: 第一章, 一、, （一） and 1． made by automatic numbering."""

from collections import defaultdict
from typing import Any

from docx.oxml.ns import qn

CJK = "零一二三四五六七八九"
CHINESE_FORMATS = {"chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographDigital", "taiwaneseCountingThousand"}


class Numbering:
    """Counts the numbered paragraphs of a document in reading order and gives the label Word prints before each."""

    def __init__(self, document: Any):
        self.document = document
        self.levels = read_levels(document)
        self.counts: dict[str, dict[int, int]] = defaultdict(dict)

    def label(self, paragraph: Any) -> str:
        """The printed number of a paragraph, empty when it has none (or only a bullet)."""
        number, depth = reference(paragraph)
        levels = self.levels.get(number or "")
        if levels is None or depth not in levels:
            return ""
        counts = self.counts[levels[depth]["list"]]
        counts[depth] = counts.get(depth, levels[depth]["start"] - 1) + 1
        for deeper in [level for level in counts if level > depth]:
            del counts[deeper]
        text = levels[depth]["text"]
        if levels[depth]["format"] in {"bullet", "none"} or "%" not in text:
            return ""
        for level in range(depth + 1):
            if level in levels:
                value = counts.get(level, levels[level]["start"])
                text = text.replace(f"%{level + 1}", written(value, levels[level]["format"]))
        return text


def reference(paragraph: Any) -> tuple[str | None, int]:
    """List and depth of a paragraph, its own or those of its style."""
    sources = [paragraph._p.pPr]
    style = paragraph.style
    while style is not None:
        sources.append(style.element.find(qn("w:pPr")))
        style = style.base_style
    for properties in sources:
        found = None if properties is None else properties.find(qn("w:numPr"))
        if found is not None:
            number, depth = found.find(qn("w:numId")), found.find(qn("w:ilvl"))
            if number is not None:
                return number.get(qn("w:val")), int(depth.get(qn("w:val"))) if depth is not None else 0
    return None, 0


def read_levels(document: Any) -> dict[str, dict[int, dict[str, Any]]]:
    """For each list of the document its levels: format, text, first number, and the abstract list it counts in."""
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError, AttributeError):
        return {}
    abstract = {}
    for element in root.findall(qn("w:abstractNum")):
        key = element.get(qn("w:abstractNumId"))
        abstract[key] = {int(level.get(qn("w:ilvl"))): read_level(level, key) for level in element.findall(qn("w:lvl"))}
    lists = {}
    for element in root.findall(qn("w:num")):
        target = element.find(qn("w:abstractNumId"))
        if target is not None:
            lists[element.get(qn("w:numId"))] = abstract.get(target.get(qn("w:val")), {})
    return lists


def read_level(level: Any, key: str) -> dict[str, Any]:
    def value(name: str, default: str) -> str:
        found = level.find(qn(name))
        return default if found is None else found.get(qn("w:val"), default)

    return {"list": key, "format": value("w:numFmt", "decimal"), "text": value("w:lvlText", ""), "start": int(value("w:start", "1"))}


def written(value: int, format: str) -> str:
    """A number as a list prints it: 12, 十二, L."""
    if format in CHINESE_FORMATS and 0 < value < 100:
        tens, ones = divmod(value, 10)
        return ("" if tens == 0 else "十" if tens == 1 else CJK[tens] + "十") + (CJK[ones] if ones else "")
    if format in {"decimalEnclosedCircle", "decimalEnclosedCircleChinese"} and 0 < value <= 20:
        return chr(0x2460 + value - 1)
    return str(value)
