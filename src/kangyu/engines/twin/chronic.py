"""Follow-ups of hypertension and type 2 diabetes: the forms village doctors fill in and what they measure."""

from typing import Any

import numpy as np

from .days import age_years, text
from .followups import Diligence, Visits, visits
from .illness import Illness
from .place import Place
from .readings import Bodies
from .records import BOOLEAN, DATE, DECIMAL, GLUCOSE, HEART_RATE, TEXT, WEIGHT, choice, item, response
from .shapes import fill, fragment

_KEY = "chronic_management"
_RECALL_DAYS = (9, 15)
_RECALLED = 0.7  # of those managed to the standard and not at goal
_ADJUSTED = (8, 4)  # mmHg by which a change of medicines lowers the reading at the recall
_QUARTER_DAYS = 91

_HABITS = [
    item("smoking_per_day", DECIMAL),
    item("alcohol_per_day", DECIMAL),
    item("exercise_per_week", DECIMAL),
    item("exercise_minutes", DECIMAL),
    item("salt", choice("salt")),
    item("psychology", choice("rating")),
    item("adherence_to_advice", choice("rating")),
]
_EVENTS = [
    item("medication_adherence", choice("medication_adherence")),
    item("adverse_reaction", BOOLEAN),
    item("new_complication", BOOLEAN),
    item("next_visit", DATE),
]
_HYPERTENSION = response(
    "hypertension_follow_up",
    [
        item("visit_kind", choice("visit_kind")),
        item("systolic", DECIMAL),
        item("diastolic", DECIMAL),
        "@qbody",
        "@r",
        *_HABITS,
        *_EVENTS,
        item("derived.goal_systolic", DECIMAL),
        item("derived.goal_diastolic", DECIMAL),
        item("derived.outcome", TEXT),
    ],
)
_BY_PHONE = response(
    "hypertension_follow_up",
    [
        item("visit_kind", choice("visit_kind")),
        "@r",
        *_EVENTS,
        item("derived.goal_systolic", DECIMAL),
        item("derived.goal_diastolic", DECIMAL),
    ],
)
_DIABETES = response(
    "diabetes_follow_up",
    [
        item("visit_kind", choice("visit_kind")),
        item("fasting_glucose", DECIMAL),
        "@qpressure",
        "@qhba",
        item("foot_pulse", choice("foot_pulse")),
        "@r",
        item("medication_adherence", choice("medication_adherence")),
        item("hypoglycaemia", choice("hypoglycaemia")),
        item("adverse_reaction", BOOLEAN),
        item("new_complication", BOOLEAN),
        item("next_visit", DATE),
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


def follow_up(place: Place, illness: Illness, bodies: Bodies) -> None:
    """Write every follow-up of hypertension and diabetes; somebody with both is seen for both at once."""
    random = place.random("chronic")
    diligence = Diligence(len(place.people), place.random("diligence"))
    since = np.minimum(illness.in_hypertension, illness.in_diabetes)
    seen = visits(place, _KEY, since, diligence)
    systolic, diastolic = bodies.blood_pressure(seen.row, seen.day, random)
    recalled = _recalls(place, seen, (systolic >= 140) | (diastolic >= 90), random)
    if len(recalled):
        extra = (values - drop for values, drop in zip(bodies.blood_pressure(recalled.row, recalled.day, random), _ADJUSTED, strict=True))
        again = tuple(extra)
        order = np.lexsort((np.concatenate([seen.day, recalled.day]), np.concatenate([seen.row, recalled.row])))
        seen = seen.with_others(recalled)
        systolic = np.concatenate([systolic, again[0]])[order]
        diastolic = np.concatenate([diastolic, again[1]])[order]
    hypertensive = illness.in_hypertension[seen.row] <= seen.day
    diabetic = illness.in_diabetes[seen.row] <= seen.day
    taking = bodies.adherence_at(seen.row, random)
    home = random.random(len(seen)) < np.where(bodies.age[seen.row] >= 75, 0.3, 0.08)
    kinds = np.where(home, "home", "clinic")
    clinic = [place.clinic] * int(home.sum())
    place.encounters("home_visit", "HH", seen.row[home], seen.day[home], seen.day[home], clinic)
    _hypertension(
        place,
        bodies,
        seen.where(hypertensive),
        systolic[hypertensive],
        diastolic[hypertensive],
        taking[hypertensive],
        kinds[hypertensive],
        random,
    )
    pressure = np.where(hypertensive, 0, systolic)[diabetic], diastolic[diabetic]
    _diabetes(place, bodies, seen.where(diabetic), pressure, taking[diabetic], kinds[diabetic], random)
    _calls(place, illness, seen, random)


def _recalls(place: Place, seen: Visits, raised: np.ndarray, random: np.random.Generator) -> Visits:
    """Some of those not controlled come again within two weeks; only people managed to the standard do."""
    chosen = raised & seen.managed & (random.random(len(seen)) < _RECALLED)
    again = seen.where(chosen)
    again.day = again.day + random.integers(*_RECALL_DAYS, len(again))
    in_time = again.day <= np.minimum(place.people.last[again.row], place.plan.as_of)
    return again.where(in_time)


def _hypertension(
    place: Place,
    bodies: Bodies,
    seen: Visits,
    systolic: np.ndarray,
    diastolic: np.ndarray,
    taking: np.ndarray,
    kinds: np.ndarray,
    random: np.random.Generator,
) -> None:
    many = len(seen)
    goal = np.where(age_years(place.people.birth[seen.row], seen.day) >= 65, 150, 140)
    reaction, complication = random.random(many) < 0.015, random.random(many) < 0.006
    raised = (systolic >= goal) | (diastolic >= 90)
    outcome = np.select([complication, reaction, raised], ["complication", "reaction", "uncontrolled"], "controlled")
    ids = place.new_ids("htn-", many)
    full = (seen.slot == 0) | (random.random(many) < 0.1)
    weight, rate = bodies.weight(seen.row, random), random.normal(75, 8, many).round().astype(int)
    target = np.round(23.9 * (bodies.height[seen.row] / 100) ** 2, 1)
    body = [
        _BODY % row if known else ""
        for row, known in zip(zip(rate.tolist(), weight.tolist(), target.tolist(), strict=True), full.tolist(), strict=True)
    ]
    lines = fill(
        _HYPERTENSION,
        ids,
        [place.clinic] * many,
        place.patients(seen.row),
        text(seen.day),
        [place.doctor] * many,
        kinds.tolist(),
        systolic.tolist(),
        diastolic.tolist(),
        body,
        _symptoms("hypertension_symptom", raised, random),
        *_habits(place, seen, random),
        taking.tolist(),
        _flags(reaction),
        _flags(complication),
        _next(seen, outcome != "controlled", random),
        goal.tolist(),
        [90] * many,
        outcome.tolist(),
    )
    place.write("QuestionnaireResponse", lines)
    place.blood_pressures(seen.row, seen.day, systolic, diastolic, [place.clinic] * many, ids)
    chosen = [one for one, known in zip(ids, full.tolist(), strict=True) if known]
    place.measured(WEIGHT, "weight", seen.row[full], seen.day[full], weight[full].tolist(), place.clinic, chosen)
    place.measured(HEART_RATE, "heart-rate", seen.row[full], seen.day[full], rate[full].tolist(), place.clinic, chosen)


def _diabetes(
    place: Place,
    bodies: Bodies,
    seen: Visits,
    pressure: tuple[np.ndarray, np.ndarray],
    taking: np.ndarray,
    kinds: np.ndarray,
    random: np.random.Generator,
) -> None:
    """``pressure`` is 0 where the blood pressure stands in the hypertension form of the same day."""
    many = len(seen)
    glucose = bodies.fasting_glucose(seen.row, seen.day, random)
    reaction, complication = random.random(many) < 0.012, random.random(many) < 0.006
    outcome = np.select([complication, reaction, glucose >= 7], ["complication", "reaction", "uncontrolled"], "controlled")
    own = pressure[0] > 0
    ids = place.new_ids("dm-", many)
    yearly = seen.slot == 0
    pulse, low = (
        random.choice(["normal", "weak", "absent"], size=many, p=[0.93, 0.06, 0.01]),
        random.choice(["none", "occasional"], size=many, p=[0.95, 0.05]),
    )
    lines = fill(
        _DIABETES,
        ids,
        [place.clinic] * many,
        place.patients(seen.row),
        text(seen.day),
        [place.doctor] * many,
        kinds.tolist(),
        glucose.tolist(),
        [
            _PRESSURE % pair if known else ""
            for pair, known in zip(zip(pressure[0].tolist(), pressure[1].tolist(), strict=True), own.tolist(), strict=True)
        ],
        [_HBA1C % round(3.1 + 0.52 * value, 1) if known else "" for value, known in zip(glucose.tolist(), yearly.tolist(), strict=True)],
        pulse.tolist(),
        _symptoms("diabetes_symptom", glucose >= 9, random),
        taking.tolist(),
        low.tolist(),
        _flags(reaction),
        _flags(complication),
        _next(seen, outcome != "controlled", random),
        outcome.tolist(),
    )
    place.write("QuestionnaireResponse", lines)
    place.measured(GLUCOSE, "glucose", seen.row, seen.day, glucose.tolist(), place.clinic, ids)
    chosen = [one for one, known in zip(ids, own.tolist(), strict=True) if known]
    place.blood_pressures(seen.row[own], seen.day[own], pressure[0][own], pressure[1][own], [place.clinic] * len(chosen), chosen)


def _calls(place: Place, illness: Illness, seen: Visits, random: np.random.Generator) -> None:
    """Now and then somebody who missed visits is phoned instead; a call without a reading does not count as a visit."""
    chosen = (illness.in_hypertension[seen.row] <= seen.day) & ~seen.managed & (random.random(len(seen)) < 0.18)
    called = seen.where(chosen)
    called.day = called.day + random.integers(25, 70, len(called))
    called = called.where(called.day <= np.minimum(place.people.last[called.row], place.plan.as_of))
    many = len(called)
    goal = np.where(age_years(place.people.birth[called.row], called.day) >= 65, 150, 140)
    no, taking = ["false"] * many, random.choice(["regular", "irregular"], size=many, p=[0.7, 0.3]).tolist()
    ids = place.new_ids("htn-", many)
    lines = fill(
        _BY_PHONE,
        ids,
        [place.clinic] * many,
        place.patients(called.row),
        text(called.day),
        [place.doctor] * many,
        ["phone"] * many,
        _symptoms("hypertension_symptom", np.zeros(many, dtype=bool), random),
        taking,
        no,
        no,
        _next(called, np.zeros(many, dtype=bool), random),
        goal.tolist(),
        [90] * many,
    )
    place.write("QuestionnaireResponse", lines)


def _habits(place: Place, seen: Visits, random: np.random.Generator) -> tuple[list[Any], ...]:
    """Smoking, drinking, exercise, salt and the doctor's ratings; a person's habits keep from visit to visit."""
    count, many = len(place.people), len(seen)
    own = place.random("habits")
    smokes = (own.random(count) < np.where(place.people.female, 0.02, 0.42)) * own.integers(3, 25, count)
    drinks = np.round((own.random(count) < np.where(place.people.female, 0.03, 0.4)) * own.exponential(1.6, count), 1)
    exercise, minutes = own.integers(0, 8, count), own.integers(2, 9, count) * 10
    salt = own.choice(["light", "medium", "heavy"], size=count, p=[0.3, 0.5, 0.2])
    ratings = random.choice(["good", "fair", "poor"], size=(2, many), p=[0.62, 0.32, 0.06])
    of_person = (smokes, np.minimum(drinks, 9.5), exercise, minutes * (exercise > 0), salt)
    return (*(values[seen.row].tolist() for values in of_person), ratings[0].tolist(), ratings[1].tolist())


def _symptoms(system: str, likely: np.ndarray, random: np.random.Generator) -> list[str]:
    """The question about symptoms: mostly none, which is an item without an answer."""
    names = _SYMPTOMS[system]
    told = random.random(len(likely)) < np.where(likely, 0.22, 0.05)
    which = random.integers(0, len(names), len(likely))
    none = fragment({"linkId": "symptoms"})
    some = [fragment(item("symptoms", {"valueCoding": {"system": f"urn:kangyu:cs:{system}", "code": name}})) for name in names]
    return [some[name] if any_ else none for any_, name in zip(told.tolist(), which.tolist(), strict=True)]


def _flags(values: np.ndarray) -> list[str]:
    return np.where(values, "true", "false").tolist()


def _next(seen: Visits, soon: np.ndarray, random: np.random.Generator) -> list[str]:
    """The date agreed for the next visit."""
    days = np.where(soon, 14, _QUARTER_DAYS - random.integers(0, 5, len(seen)))
    return text(seen.day + days)
