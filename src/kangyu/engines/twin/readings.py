"""Blood pressure and glucose of a person over time: own level, what treatment does, season, chance, the reader's round numbers."""

import numpy as np

from .days import NEVER, Days
from .illness import Illness
from .people import Whole
from .place import Place

_ADHERENCE = ("regular", "irregular", "none")
_ADHERENCE_SHARES = (0.72, 0.20, 0.08)
_EFFECT_BY_ADHERENCE = np.array([1.0, 0.55, 0.05])
_MONTHS_TO_EFFECT = 120.0


class Bodies:
    """What each person of a village brings to the reading."""

    def __init__(self, place: Place, illness: Illness):
        people, random = place.people, place.random("bodies")
        count = len(people)
        age = place.plan.parameters.as_of.year - people.cohort
        healthy = 112 + 0.28 * np.clip(age - 30, 0, 50) + random.normal(0, 7.5, count)
        raised = 155.5 + random.normal(0, 10, count) + 12 * random.standard_exponential(count) * (random.random(count) < 0.25)
        self.hypertensive = (illness.hypertension != NEVER) | illness.unknown_hypertension
        self.systolic = np.where(self.hypertensive, raised, np.minimum(healthy, 133))
        self.treated_since = illness.hypertension
        self.adherence = random.choice(3, size=count, p=_ADHERENCE_SHARES)
        self.effect = np.clip(random.normal(26, 6, count), 8, 45) * _EFFECT_BY_ADHERENCE[self.adherence]
        self.pulse_pressure = random.normal(0, 4.5, count)
        self.age = age
        self.height = np.where(people.female, random.normal(157, 6, count), random.normal(168, 6.5, count))
        self.mass_index = np.clip(random.normal(24.4, 3.1, count) + 1.2 * self.hypertensive, 16.5, 38)
        self.glucose = np.clip(7.1 + random.gamma(1.7, 1.25, count), 6.4, 19)
        self.glucose_effect = np.clip(random.normal(2.4, 0.7, count), 0.3, 4.5) * _EFFECT_BY_ADHERENCE[self.adherence]
        self.diabetic_since = illness.diabetes

    def adherence_at(self, rows: Whole, random: np.random.Generator) -> np.ndarray:
        """How the medicines are taken as told at a visit: mostly as always."""
        told = np.where(random.random(len(rows)) < 0.9, self.adherence[rows], random.choice(3, size=len(rows), p=_ADHERENCE_SHARES))
        return np.array(_ADHERENCE, dtype=object)[told]

    def blood_pressure(self, rows: Whole, days: Days, random: np.random.Generator) -> tuple[Whole, Whole]:
        """Systolic and diastolic pressure in mmHg as read."""
        treated = np.clip(days - self.treated_since[rows], 0, None)
        lowered = np.where(self.treated_since[rows] <= days, 1 - np.exp(-treated / _MONTHS_TO_EFFECT), 0.0)
        season = 3.5 * np.cos(2 * np.pi * ((days % 365.25) - 15) / 365.25)
        systolic = self.systolic[rows] - self.effect[rows] * lowered + season + random.normal(0, 6.5, len(rows))
        slope = 0.46 * systolic + 20 - 0.16 * np.clip(self.age[rows] - 55, 0, 40)
        diastolic = slope + self.pulse_pressure[rows] + random.normal(0, 4.0, len(rows))
        systolic, diastolic = np.clip(systolic, 84, 236), np.clip(diastolic, 46, 128)
        read = _rounded(systolic, random), _rounded(np.minimum(diastolic, systolic - 18), random)
        return read[0], np.minimum(read[1], read[0] - 10)

    def fasting_glucose(self, rows: Whole, days: Days, random: np.random.Generator) -> np.ndarray:
        """Fasting glucose in mmol/L, one decimal."""
        treated = np.clip(days - self.diabetic_since[rows], 0, None)
        level = self.glucose[rows] - self.glucose_effect[rows] * (1 - np.exp(-treated / _MONTHS_TO_EFFECT))
        return np.round(np.clip(np.maximum(level, 5.4) + random.normal(0, 0.6, len(rows)), 3.4, 24), 1)

    def weight(self, rows: Whole, random: np.random.Generator) -> np.ndarray:
        """Body weight in kg, one decimal."""
        return np.round(self.mass_index[rows] * (self.height[rows] / 100) ** 2 + random.normal(0, 0.8, len(rows)), 1)


def _rounded(values: np.ndarray, random: np.random.Generator) -> Whole:
    """Whole mmHg; some readers like a final 0 or an even digit."""
    habit = random.random(len(values))
    whole = np.select([habit < 0.05, habit < 0.20], [np.round(values / 10) * 10, np.round(values / 2) * 2], np.round(values))
    return whole.astype(np.int64)
