"""By when: the year of a sentence, and how the sentences after it inherit it."""

import re
from dataclasses import dataclass, field

from kangyu.engines.plandoc.clauses import Clause
from kangyu.engines.plandoc.titles import PERIODS
from kangyu.engines.plandoc.vocabulary import WORK_VERB

YEAR = re.compile(r"(?<![\d《])(?P<year>20[1-4]\d)(?:\s*年(?!\s*[—–\-~]|[到至]20)|(?![\d年—–\-~》.]|\s*年))(?!.{0,3}(?:基础上|相比|相较))")
FIVE_YEARS = re.compile(r"[“\"]?(?P<name>十[二三四五六]五)[”\"]?(?:时期)?(?:期间|时期|末|期末|规划期内|具体目标|目标)")
COMPARED = re.compile(r"(?:比|较|与|于)$")
PURE = re.compile(
    r"^[^。，]{0,6}(?:到|至|截至|力争到|预计到)?\s*[“\"]?(?:20\d\d\s*年?(?:\d{1,2}月)?(?:底|末|年底)?(?:前|以前|之前)?|十[二三四五六]五[”\"]?(?:期间|时期|末|期末))(?:一个[^，]{0,6}周期内?)?$"
)


@dataclass
class Deadlines:
    """Follows a paragraph sentence by sentence. ``chapeau`` is the year of the introduction of the list the paragraph belongs to."""

    period: tuple[int, int]
    chapeau: int | None = None
    carried: int | None = None
    seen: list[tuple[int, int]] = field(default_factory=list)
    opening: str = ""

    def begin_sentence(self, clauses: list[Clause]) -> None:
        """Note the years of a sentence; one that has none keeps the year before it only while it goes on stating results."""
        years = [(clause.start + at, year) for clause in clauses for at, year in years_in(clause.text, self.period)]
        self.opening = clauses[0].text.strip() if clauses else ""
        if self.seen:
            self.carried = self.seen[-1][1]
        if WORK_VERB.match(self.opening):
            self.carried = None
        self.seen = years
        if years:
            self.carried = None

    def of(self, clause: Clause) -> tuple[int | None, str]:
        """Year and basis of a clause: its own year, the last one before it in the sentence, the paragraph's, the introduction's."""
        own = [year for at, year in self.seen if clause.start <= at < clause.end]
        before = [year for at, year in self.seen if at < clause.start]
        if own or before:
            return (own[-1] if own else before[-1]), "same_sentence"
        if self.carried and not WORK_VERB.match(self.opening):
            return self.carried, "paragraph"
        return (self.chapeau, "chapeau") if self.chapeau else (None, "")


def years_in(text: str, period: tuple[int, int]) -> list[tuple[int, int]]:
    """Position and year of every deadline in a text; years before the plan and years compared with are none."""
    found = []
    for match in YEAR.finditer(text):
        year = int(match["year"])
        if year >= period[0] and not COMPARED.search(text[: match.start()].rstrip()):
            found.append((match.start(), year))
    for match in FIVE_YEARS.finditer(text):
        year = PERIODS[match["name"]][1]
        if year >= period[1] and not re.search(r"(?:比|较|与|根据|把|将)[“\"]?$", text[: match.start()]):
            found.append((match.start(), year))
    return sorted(found)


def chapeau_year(text: str, period: tuple[int, int]) -> int | None:
    """The year an introduction gives to the list after it (…的具体目标是：)."""
    if not text.rstrip().endswith(("：", ":")) or "目标" not in text:
        return None
    years = years_in(text, period)
    return years[-1][1] if years else None
