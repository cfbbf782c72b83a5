"""One village while its records are written: its people, who cares for them, and the lines written so far."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .days import Days, text
from .lives import live
from .people import People, Whole
from .plan import CountyPlan
from .records import BLOOD_PRESSURE, CONDITION, DERIVED_FROM, ENCOUNTER, EPISODE, INSTITUTION
from .shapes import fill

Texts = NDArray[Any]


class Place:
    """A village, its people and its documents by resource type."""

    def __init__(self, plan: CountyPlan, village: int):
        self.plan, self.village = plan, village
        self.people: People = live(plan, village)
        self.ids: Texts = np.array(self.people.ids(), dtype=object)
        self.clinic = plan.clinics[village].id
        self.hospital = plan.hospital_of(village).id
        self.doctor = plan.doctor_of(village).id
        self._lines: dict[str, list[str]] = {}
        self._numbers: dict[str, int] = {}

    def random(self, purpose: str) -> np.random.Generator:
        """The random numbers of one purpose."""
        return self.plan.generator(purpose, self.village)

    def share(self, key: str, year: int) -> float:
        """A percentage of the plan as it stands here."""
        return self.plan.share(key, year, self.village)

    def offset(self, key: str, year: int) -> float:
        """Where the rounding of that share starts here."""
        return self.plan.offset(f"{key} {year}", self.village)

    def new_ids(self, prefix: str, count: int) -> list[str]:
        """The next ids of a kind of record."""
        start = self._numbers.get(prefix, 0)
        self._numbers[prefix] = start + count
        return [f"{prefix}{self.village:04d}-{number:06d}" for number in range(start, start + count)]

    def write(self, kind: str, lines: str) -> None:
        """Keep finished lines of a resource type."""
        self._lines.setdefault(kind, []).append(lines)

    def documents(self) -> dict[str, str]:
        """Everything written, by resource type."""
        return {kind: "".join(parts) for kind, parts in self._lines.items()}

    def patients(self, rows: Whole) -> list[str]:
        """Patient ids of some people."""
        chosen: list[str] = self.ids[rows].tolist()
        return chosen

    def conditions(
        self, rows: Whole, codes: Texts, onset: Days, recorded: Days, abated: Days | None = None, *, told_by: Sequence[str] | None = None
    ) -> None:
        """Conditions; ``abated`` holds the day of recovery, 0 for none; ``told_by`` are the institutions that recorded them, if known."""
        over = np.zeros(len(rows), dtype=np.int64) if abated is None else abated
        ends = [f',"abatementDateTime":"{day}"' if known else "" for day, known in zip(text(over), over.tolist(), strict=True)]
        status = np.where(over > 0, "resolved", "active").tolist()
        ids = self.new_ids("cond-", len(rows))
        institutions = [INSTITUTION % one for one in told_by] if told_by else [""] * len(rows)
        lines = fill(CONDITION, ids, institutions, status, list(codes), self.patients(rows), text(onset), ends, text(recorded))
        self.write("Condition", lines)

    def episodes(self, programme: str, rows: Whole, start: Days, end: Days, extension: Sequence[str] | None = None) -> None:
        """Membership in a programme; it has ended where ``end`` is not after the as-of date."""
        ended = end <= self.plan.as_of
        days = text(np.where(ended, end, 0))
        lines = fill(
            EPISODE,
            self.new_ids("epi-", len(rows)),
            extension or [""] * len(rows),
            np.where(ended, "finished", "active").tolist(),
            [programme] * len(rows),
            self.patients(rows),
            [self.clinic] * len(rows),
            text(start),
            [f',"end":"{day}"' if over else "" for day, over in zip(days, ended.tolist(), strict=True)],
        )
        self.write("EpisodeOfCare", lines)

    def encounters(
        self, kind: str, act: str, rows: Whole, start: Days, end: Days, organizations: Sequence[str], details: Sequence[str] | None = None
    ) -> None:
        """Contacts with an institution; ``details`` are fragments of what was found."""
        many = len(rows)
        lines = fill(
            ENCOUNTER,
            self.new_ids("enc-", many),
            [act] * many,
            [kind] * many,
            self.patients(rows),
            text(start),
            text(end),
            organizations,
            details if details is not None else [""] * many,
        )
        self.write("Encounter", lines)

    def blood_pressures(
        self,
        rows: Whole,
        days: Days,
        systolic: Whole,
        diastolic: Whole,
        organizations: Sequence[str],
        responses: Sequence[str] | None = None,
    ) -> None:
        """Blood pressures; with ``responses`` they are what those forms yielded."""
        many = len(rows)
        ids = [f"{one}-blood-pressure" for one in responses] if responses is not None else self.new_ids("bp-", many)
        origin = [DERIVED_FROM % one for one in responses] if responses is not None else [""] * many
        values = (systolic.tolist(), diastolic.tolist())
        self.write("Observation", fill(BLOOD_PRESSURE, ids, self.patients(rows), text(days), organizations, origin, *values))

    def measured(
        self, line: str, suffix: str, rows: Whole, days: Days, values: Sequence[Any], organization: str, responses: Sequence[str]
    ) -> None:
        """Single quantities that forms yielded."""
        ids = [f"{one}-{suffix}" for one in responses]
        origin = [DERIVED_FROM % one for one in responses]
        self.write("Observation", fill(line, ids, self.patients(rows), text(days), [organization] * len(rows), origin, values))
