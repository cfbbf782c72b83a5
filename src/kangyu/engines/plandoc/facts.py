"""Figures that a plan states as already reached, from the chapters that look back."""

import re
from collections.abc import Iterator
from decimal import Decimal

from kangyu.engines.plandoc.clauses import clauses, sentences
from kangyu.engines.plandoc.commitments import FUTURE, subjects
from kangyu.engines.plandoc.headings import Located, Outline
from kangyu.engines.plandoc.model import Fact, Source
from kangyu.engines.plandoc.quantities import find_quantities
from kangyu.engines.plandoc.vocabulary import COUNT_UNITS, RATE_UNITS

YEAR = re.compile(r"(20\d\d)\s*年")
CHANGE = re.compile(r"(?:比|较)[^，。]{0,12}$")


def read_facts(source: Source, outline: Outline) -> list[Fact]:
    """Rates, life expectancy and counts of the background chapters; changes against an earlier year are left out."""
    return [fact for located in outline.located if located.path and located.background for fact in paragraph_facts(source, located)]


def paragraph_facts(source: Source, located: Located) -> Iterator[Fact]:
    text = located.passage.text
    year = ""
    for number, (start, end) in enumerate(sentences(text, located.body)):
        if FUTURE.search(text[start:end]):
            continue
        for clause in clauses(text, start, end, number):
            years = [match[1] for match in YEAR.finditer(clause.text) if not CHANGE.search(clause.text[: match.start()])]
            year = years[-1] if years else year
            found = [quantity for quantity in find_quantities(clause.plain) if not quantity.worded]
            for at, quantity in enumerate(found):
                known = quantity.unit in RATE_UNITS | COUNT_UNITS or (quantity.unit == "岁" and "寿命" in clause.text)
                if not known or "-" in quantity.value or quantity.comparator.startswith(("increase", "decrease")):
                    continue
                for name in subjects(clause, found, at):
                    if len(name) >= 2:
                        yield Fact(
                            name, Decimal(quantity.value), quantity.unit, year, located.passage.place(source, clause.start, clause.end)
                        )
