"""The follow-up forms of hypertension and type 2 diabetes as lines, and the measurements they yield."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .days import age_years, text
from .followups import Visits
from .place import Place, Texts
from .readings import Bodies
from .records import BOOLEAN, DATE, DECIMAL, GLUCOSE, HEART_RATE, TEXT, WEIGHT, choice, item, response
from .shapes import fill, fragment

_QUARTER_DAYS = 91
_GOAL_DIASTOLIC = 90
_GOAL_GLUCOSE = 7.0
_EVENTS = [
    item("medication_adherence", choice("medication_adherence")),
    item("adverse_reaction", BOOLEAN),
    item("new_complication", BOOLEAN),
    item("next_visit", DATE),
]
_GOALS = [item("derived.goal_systolic", DECIMAL), item("derived.goal_diastolic", DECIMAL)]
_HYPERTENSION = response(
    "hypertension_follow_up",
    [
        item("visit_kind", choice("visit_kind")),
        item("systolic", DECIMAL),
        item("diastolic", DECIMAL),
        "@qbody",
        "@r",
        item("smoking_per_day", DECIMAL),
        item("alcohol_per_day", DECIMAL),
        item("exercise_per_week", DECIMAL),
        item("exercise_minutes", DECIMAL),
        item("salt", choice("salt")),
        item("psychology", choice("rating")),
        item("adherence_to_advice", choice("rating")),
        *_EVENTS,
        *_GOALS,
        item("derived.outcome", TEXT),
    ],
)
_BY_PHONE = response("hypertension_follow_up", [item("visit_kind", choice("visit_kind")), "@r", *_EVENTS, *_GOALS])
_DIABETES = response(
    "diabetes_follow_up",
    [
        item("visit_kind", choice("visit_kind")),
        item("fasting_glucose", DECIMAL),
        "@qpressure",
        "@qhba",
        item("foot_pulse", choice("foot_pulse")),
        "@r",
        item("hypoglycaemia", choice("hypoglycaemia")),
        *_EVENTS,
        item("derived.outcome", TEXT),
    ],
)
_BODY = "," + ",".join(fragment(item(key, DECIMAL)) for key in ("heart_rate", "weight", "target_weight"))
_PRESSURE = "," + ",".join(fragment(item(key, DECIMAL)) for key in ("systolic", "diastolic"))
_HBA1C = "," + fragment(item("hba1c", DECIMAL))
_SYMPTOMS = {
    "hypertension_symptom": ("headache_dizziness", "dazzle_tinnitus", "limb_numbness", "leg_oedema"),
    "diabetes_symptom": ("thirst", "polyuria", "limb_numbness", "hunger"),
}


@dataclass
class Seen:
    """Visits with what was read and told."""

    visits: Visits
    systolic: np.ndarray
    diastolic: np.ndarray
    taking: Texts
    kinds: Texts

    def __len__(self) -> int:
        return len(self.visits)

    def where(self, mask: np.ndarray) -> "Seen":
        """Some of the visits."""
        return Seen(self.visits.where(mask), self.systolic[mask], self.diastolic[mask], self.taking[mask], self.kinds[mask])


def hypertension(place: Place, bodies: Bodies, seen: Seen, random: np.random.Generator) -> None:
    """Face-to-face follow-ups of hypertension with their blood pressures; once a year weight and heart rate too."""
    visits, many = seen.visits, len(seen)
    goal = goal_systolic(place, visits)
    raised = (seen.systolic >= goal) | (seen.diastolic >= _GOAL_DIASTOLIC)
    reaction, complication = random.random(many) < 0.015, random.random(many) < 0.006
    outcome = _outcome(complication, reaction, raised)
    ids = place.new_ids("htn-", many)
    lines = fill(
        _HYPERTENSION,
        *_head(place, visits, ids),
        seen.kinds.tolist(),
        seen.systolic.tolist(),
        seen.diastolic.tolist(),
        _bodies(place, bodies, visits, ids, random),
        _symptoms("hypertension_symptom", raised, random),
        *_habits(place, visits, random),
        *_events(seen.taking, reaction, complication, visits, outcome, random),
        goal.tolist(),
        [_GOAL_DIASTOLIC] * many,
        outcome.tolist(),
    )
    place.write("QuestionnaireResponse", lines)
    place.blood_pressures(visits.row, visits.day, seen.systolic, seen.diastolic, [place.clinic] * many, ids)


def diabetes(place: Place, bodies: Bodies, seen: Seen, own: np.ndarray, random: np.random.Generator) -> None:
    """Follow-ups of diabetes with their glucose; ``own`` marks those whose blood pressure stands in no hypertension form of that day."""
    visits, many = seen.visits, len(seen)
    glucose = bodies.fasting_glucose(visits.row, visits.day, random)
    reaction, complication = random.random(many) < 0.012, random.random(many) < 0.006
    outcome = _outcome(complication, reaction, glucose >= _GOAL_GLUCOSE)
    ids = place.new_ids("dm-", many)
    pressures = zip(seen.systolic.tolist(), seen.diastolic.tolist(), strict=True)
    yearly = zip(glucose.tolist(), (visits.slot == 0).tolist(), strict=True)
    lines = fill(
        _DIABETES,
        *_head(place, visits, ids),
        seen.kinds.tolist(),
        glucose.tolist(),
        [_PRESSURE % pair if known else "" for pair, known in zip(pressures, own.tolist(), strict=True)],
        [_HBA1C % round(3.1 + 0.52 * value, 1) if known else "" for value, known in yearly],
        random.choice(["normal", "weak", "absent"], size=many, p=[0.93, 0.06, 0.01]).tolist(),
        _symptoms("diabetes_symptom", glucose >= 9, random),
        random.choice(["none", "occasional"], size=many, p=[0.95, 0.05]).tolist(),
        *_events(seen.taking, reaction, complication, visits, outcome, random),
        outcome.tolist(),
    )
    place.write("QuestionnaireResponse", lines)
    place.measured(GLUCOSE, "glucose", visits.row, visits.day, glucose.tolist(), place.clinic, ids)
    read, chosen = seen.where(own), np.array(ids, dtype=object)[own].tolist()
    place.blood_pressures(read.visits.row, read.visits.day, read.systolic, read.diastolic, [place.clinic] * len(chosen), chosen)


def calls(place: Place, called: Visits, random: np.random.Generator) -> None:
    """Calls by phone: no reading, so no outcome."""
    many = len(called)
    none = np.zeros(many, dtype=bool)
    taking = random.choice(np.array(["regular", "irregular"], dtype=object), size=many, p=[0.7, 0.3])
    lines = fill(
        _BY_PHONE,
        *_head(place, called, place.new_ids("htn-", many)),
        ["phone"] * many,
        _symptoms("hypertension_symptom", none, random),
        *_events(taking, none, none, called, np.full(many, "controlled"), random),
        goal_systolic(place, called).tolist(),
        [_GOAL_DIASTOLIC] * many,
    )
    place.write("QuestionnaireResponse", lines)


def goal_systolic(place: Place, visits: Visits) -> np.ndarray:
    """The systolic goal in mmHg at each visit: 150 from the 65th birthday on."""
    return np.where(age_years(place.people.birth[visits.row], visits.day) >= 65, 150, 140)


def _head(place: Place, visits: Visits, ids: list[str]) -> tuple[list[str], ...]:
    many = len(visits)
    return ids, [place.clinic] * many, place.patients(visits.row), text(visits.day), [place.doctor] * many


def _outcome(complication: np.ndarray, reaction: np.ndarray, raised: np.ndarray) -> np.ndarray:
    return np.select([complication, reaction, raised], ["complication", "reaction", "uncontrolled"], "controlled")


def _events(
    taking: Texts, reaction: np.ndarray, complication: np.ndarray, visits: Visits, outcome: np.ndarray, random: np.random.Generator
) -> tuple[list[str], ...]:
    """Medicines, reactions, complications, and the date agreed for the next visit."""
    days = np.where(outcome != "controlled", 14, _QUARTER_DAYS - random.integers(0, 5, len(visits)))
    return taking.tolist(), _flags(reaction), _flags(complication), text(visits.day + days)


def _flags(values: np.ndarray) -> list[str]:
    flags: list[str] = np.where(values, "true", "false").tolist()
    return flags


def _bodies(place: Place, bodies: Bodies, visits: Visits, ids: list[str], random: np.random.Generator) -> list[str]:
    """Heart rate, weight and target weight at the first visit of a year and now and then; writes their Observations."""
    many = len(visits)
    full = (visits.slot == 0) | (random.random(many) < 0.1)
    weight, rate = bodies.weight(visits.row, random), random.normal(75, 8, many).round().astype(int)
    target = np.round(23.9 * (bodies.height[visits.row] / 100) ** 2, 1)
    chosen = np.array(ids, dtype=object)[full].tolist()
    place.measured(WEIGHT, "weight", visits.row[full], visits.day[full], weight[full].tolist(), place.clinic, chosen)
    place.measured(HEART_RATE, "heart-rate", visits.row[full], visits.day[full], rate[full].tolist(), place.clinic, chosen)
    rows = zip(rate.tolist(), weight.tolist(), target.tolist(), strict=True)
    return [_BODY % row if known else "" for row, known in zip(rows, full.tolist(), strict=True)]


def _habits(place: Place, visits: Visits, random: np.random.Generator) -> tuple[list[Any], ...]:
    """Smoking, drinking, exercise, salt and the doctor's ratings; a person's habits keep from visit to visit."""
    count, many = len(place.people), len(visits)
    own = place.random("habits")
    smokes = (own.random(count) < np.where(place.people.female, 0.02, 0.42)) * own.integers(3, 25, count)
    drinks = np.round((own.random(count) < np.where(place.people.female, 0.03, 0.4)) * own.exponential(1.6, count), 1)
    exercise, minutes = own.integers(0, 8, count), own.integers(2, 9, count) * 10
    salt = own.choice(["light", "medium", "heavy"], size=count, p=[0.3, 0.5, 0.2])
    ratings = random.choice(["good", "fair", "poor"], size=(2, many), p=[0.62, 0.32, 0.06])
    of_person = (smokes, np.minimum(drinks, 9.5), exercise, minutes * (exercise > 0), salt)
    return (*(values[visits.row].tolist() for values in of_person), ratings[0].tolist(), ratings[1].tolist())


def _symptoms(system: str, likely: np.ndarray, random: np.random.Generator) -> list[str]:
    """The question about symptoms: mostly none, which is an item without an answer."""
    names = _SYMPTOMS[system]
    told = random.random(len(likely)) < np.where(likely, 0.22, 0.05)
    which = random.integers(0, len(names), len(likely))
    none = fragment({"linkId": "symptoms"})
    some = [fragment(item("symptoms", {"valueCoding": {"system": f"urn:kangyu:cs:{system}", "code": name}})) for name in names]
    return [some[name] if any_ else none for any_, name in zip(told.tolist(), which.tolist(), strict=True)]
