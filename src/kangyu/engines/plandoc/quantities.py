"""Numbers with their unit and comparator: in a target cell of a table and in running text. Positions count in the given string."""

import re
from dataclasses import dataclass
from decimal import Decimal

from kangyu.engines.plandoc.vocabulary import (
    AFTER,
    BEFORE,
    CJK_DIGITS,
    CJK_NUMBER,
    FALL,
    IMPROVE,
    KEEP,
    NO_VALUE,
    PROPORTIONAL,
    RISE,
    UNITS,
    YEARLY,
)

NUMBER = r"\d+(?:\.\d+)?"
UNIT = "|".join(map(re.escape, sorted(UNITS, key=len, reverse=True)))
RANGE = re.compile(
    rf"(?P<low>{NUMBER})\s*(?P<first>%|‰|％)?\s*(?:[—–\-~～－]{{1,2}}|至)\s*(?P<high>{NUMBER})\s*(?P<unit>万?(?:{UNIT})|(?=[^，。、\d]{{0,8}}人口))?"
)
SINGLE = re.compile(rf"(?P<value>{NUMBER})\s*(?P<unit>万?(?:{UNIT}))?")
WORDED = re.compile(rf"(?P<value>{CJK_NUMBER})(?P<unit>个|所|家|名|张|辆|处|支|次|种|大)(?!方面|层面|人|一)")
FULL_WIDTH = str.maketrans("０１２３４５６７８９％／．＞＜", "0123456789%/.><")


@dataclass(frozen=True)
class Quantity:
    """A number in running text: ``text[start:end]`` is number and unit, ``reach`` the end with its comparator (以上 …)."""

    start: int
    end: int
    reach: int
    value: str
    unit: str
    comparator: str
    worded: bool = False


@dataclass(frozen=True)
class Target:
    """What a target cell asks for."""

    comparator: str
    value: Decimal | None


def number_of(word: str) -> int:
    """The number a Chinese numeral below a thousand writes."""
    if word.isdigit():
        return int(word)
    if not any(mark in word for mark in "十百"):
        return int("".join(str(CJK_DIGITS[mark]) for mark in word))
    total, digit = 0, 0
    for mark in word:
        value = CJK_DIGITS[mark]
        if value >= 10:
            total += (digit or 1) * value
            digit = 0
        else:
            digit = value
    return total + digit


def canonical(number: str | Decimal) -> str:
    """Digits as the reference data print them: no trailing zeros, no exponent."""
    text = format(Decimal(number), "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


def parse_value(cell: str) -> Decimal | None:
    """The number in a baseline cell, without its comparator; none when the cell says there is none."""
    found = re.search(rf"-?{NUMBER}", cell.translate(FULL_WIDTH)) if not NO_VALUE.match(cell) else None
    return Decimal(found[0].lstrip("-")) if found else None


def parse_target(cell: str) -> Target:
    """Read a target cell: ``≥90``, ``14以下``, ``27左右``, ``提高1岁``, ``年均下降1个百分点``, ``持续提升``, bare numbers."""
    text = re.sub(r"\s", "", cell).translate(FULL_WIDTH)
    if NO_VALUE.match(text):
        return Target("none", None)
    text = re.sub(r"(?:在|比|较|与)?[“\"]?(?:十[二三四五]五|20\d\d年)[”\"]?(?:期?末|时期|期间)?(?:基础上|相比)?", "", text)
    found = re.search(NUMBER, text)
    if found is None:
        return Target(wordy_comparator(text), None)
    value = Decimal(found[0])
    before, after = text[: found.start()], text[found.end() :]
    comparator = compare(before, re.sub(rf"^(?:{UNIT})", "", after))
    return Target(comparator, value)


def wordy_comparator(text: str) -> str:
    if PROPORTIONAL.search(text):
        return "proportional"
    if "全覆盖" in text or "全部" in text:
        return "all"
    if IMPROVE.search(text) or re.search(rf"{RISE}|{FALL}|改善|优化|好转", text):
        return "improve"
    return "keep" if KEEP.search(text) else "none"


def compare(before: str, after: str) -> str:
    """The comparator around a number, from the text on both sides of it (the unit taken out)."""
    change = re.search(rf"(?P<verb>{RISE}|{FALL})(?P<to>[到至]|了)?[^，。；、\d]{{0,2}}$", before)
    for pattern, comparator in BEFORE:
        if re.search(pattern, before):
            return comparator
    if change and not change["to"] and not re.match(r"^(?:以下|以内)", after):
        direction = "increase_by" if re.match(RISE, change["verb"]) else "decrease_by"
        return f"{direction}_per_year" if re.search(YEARLY, before) else direction
    for pattern, comparator in AFTER:
        if re.search(pattern, after):
            return comparator
    return "eq"


def find_quantities(text: str) -> list[Quantity]:
    """All numbers with a unit in a clause, left to right; a list (7.7/10万、3.1‰、3.8‰以下) shares the comparator at its ends."""
    text = text.translate(FULL_WIDTH)
    found: list[Quantity] = []
    taken = [False] * len(text)
    for pattern in (RANGE, SINGLE, WORDED):
        for match in pattern.finditer(text):
            if any(taken[match.start() : match.end()]):
                continue
            quantity = make_quantity(text, match)
            if quantity is None:
                continue
            found.append(quantity)
            taken[match.start() : match.end()] = [True] * (match.end() - match.start())
    return share_comparators(text, sorted(found, key=lambda quantity: quantity.start))


def make_quantity(text: str, match: re.Match[str]) -> Quantity | None:
    groups = match.groupdict()
    unit = (groups.get("unit") or groups.get("first") or "").replace("／", "/")
    if "low" in groups:
        unit = unit or ("人" if groups["unit"] is not None else "")
        low, high = canonical(groups["low"]), canonical(groups["high"])
        if not unit or float(low) >= float(high):
            return None
        after = text[match.end() :]
        return Quantity(match.start(), match.end(), match.end(), f"{low}-{high}", unit, "range" if not re.match("以下", after) else "le")
    worded = not groups["value"][0].isdigit()
    if not unit:
        return None
    value = str(number_of(groups["value"])) if worded else canonical(groups["value"])
    before, after = text[: match.start()], text[match.end() :]
    comparator = compare(before, after)
    suffix = next((hit for pattern, _ in AFTER if (hit := re.search(pattern, after))), None)
    return Quantity(match.start(), match.end(), match.end() + (suffix.end() if suffix else 0), value, unit, comparator, worded)


def share_comparators(text: str, quantities: list[Quantity]) -> list[Quantity]:
    """Numbers joined only by 、 和 与 及 are one list: an open comparator of the first or last member holds for all."""
    result = list(quantities)
    start = 0
    for index in range(1, len(result) + 1):
        joined = index < len(result) and re.fullmatch(r"\s*(?:[、和与及,，]|以及)\s*", text[result[index - 1].reach : result[index].start])
        if joined and same_family(result[start].unit, result[index].unit):
            continue
        group = result[start:index]
        marked = next((q.comparator for q in (group[-1], group[0]) if q.comparator != "eq"), "eq")
        for position in range(start, index):
            if result[position].comparator == "eq" and len(group) > 1:
                q = result[position]
                result[position] = Quantity(q.start, q.end, q.reach, q.value, q.unit, marked, q.worded)
        start = index
    return result


def same_family(first: str, second: str) -> bool:
    rates = {"%", "‰", "/10万", "/万"}
    return first == second or {first, second} <= rates
