"""Follow-ups of hypertension and type 2 diabetes: who is seen when, recalled when not at goal, phoned when missed."""

import numpy as np

from . import chronic_forms
from .chronic_forms import Seen
from .followups import Diligence, Visits, visits
from .illness import Illness
from .place import Place
from .readings import Bodies

_KEY = "chronic_management"
_RECALL_DAYS = (9, 15)
_RECALLED = 0.7  # of those managed to the standard and not at goal
_ADJUSTED = (8, 4)  # mmHg by which a change of medicines lowers the reading at the recall
_PHONED = 0.18
_ROUNDING = (11, 3)  # of every 11 villages the doctor of one (the fourth) writes readings down to the nearest 5


def follow_up(place: Place, illness: Illness, bodies: Bodies) -> None:
    """Write every follow-up of hypertension and diabetes; somebody with both is seen for both at once."""
    random = place.random("chronic")
    diligence = Diligence(len(place.people), place.random("diligence"))
    seen = _read(place, bodies, visits(place, _KEY, np.minimum(illness.in_hypertension, illness.in_diabetes), diligence), random)
    row, day = seen.visits.row, seen.visits.day
    home = seen.kinds == "home"
    place.encounters("home_visit", "HH", row[home], day[home], day[home], [place.clinic] * int(home.sum()))
    hypertensive, diabetic = illness.in_hypertension[row] <= day, illness.in_diabetes[row] <= day
    chronic_forms.hypertension(place, bodies, seen.where(hypertensive), random)
    chronic_forms.diabetes(place, bodies, seen.where(diabetic), ~hypertensive[diabetic], random)
    missed = seen.visits.where(hypertensive & ~seen.visits.managed)
    chronic_forms.calls(place, _called(place, missed, random), random)


def _read(place: Place, bodies: Bodies, planned: Visits, random: np.random.Generator) -> Seen:
    """Blood pressures of the planned visits and of the recalls that follow from them."""
    systolic, diastolic = bodies.blood_pressure(planned.row, planned.day, random)
    recalled = _recalls(place, planned, (systolic >= 140) | (diastolic >= 90), random)
    again = bodies.blood_pressure(recalled.row, recalled.day, random)
    order = np.lexsort((np.concatenate([planned.day, recalled.day]), np.concatenate([planned.row, recalled.row])))
    every = planned.with_others(recalled)
    home = random.random(len(every)) < np.where(bodies.age[every.row] >= 75, 0.3, 0.08)
    return Seen(
        every,
        _as_written(place, np.concatenate([systolic, again[0] - _ADJUSTED[0]])[order]),
        _as_written(place, np.concatenate([diastolic, again[1] - _ADJUSTED[1]])[order]),
        bodies.adherence_at(every.row, random),
        np.where(home, "home", "clinic"),
    )


def _as_written(place: Place, readings: np.ndarray) -> np.ndarray:
    """Readings as the doctor writes them down: here and there one rounds them all, which the supervisor's page is to find."""
    every, which = _ROUNDING
    return np.rint(readings / 5).astype(readings.dtype) * 5 if place.village % every == which else readings


def _recalls(place: Place, seen: Visits, raised: np.ndarray, random: np.random.Generator) -> Visits:
    """Most of those not controlled come again within two weeks; only people managed to the standard do."""
    again = seen.where(raised & seen.managed & (random.random(len(seen)) < _RECALLED))
    again.day = again.day + random.integers(*_RECALL_DAYS, len(again))
    return again.where(again.day <= np.minimum(place.people.last[again.row], place.plan.as_of))


def _called(place: Place, seen: Visits, random: np.random.Generator) -> Visits:
    """Now and then somebody who misses visits is phoned some weeks after one; a call without a reading does not count as a visit."""
    called = seen.where(random.random(len(seen)) < _PHONED)
    called.day = called.day + random.integers(25, 70, len(called))
    return called.where(called.day <= np.minimum(place.people.last[called.row], place.plan.as_of))
