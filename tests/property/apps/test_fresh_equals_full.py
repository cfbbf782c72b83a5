"""Whatever is written, in whatever order, late, corrected, moved or taken back: fresh figures are the full ones.

Fresh figures come from the Python target on rows of the live record, full ones from the Ibis target on Parquet, so this also holds the two
scales of every shipped indicator against each other.
"""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.indicators import periods, queries
from kangyu.apps.indicators.actions import recompute, restate
from kangyu.apps.indicators.models import Figure, MeasureRun, RestatedPerson, Restatement
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from world import care, qinghe, tables
from world.qinghe import DONGLI, XILI

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_record")]
AS_OF = date(2025, 11, 21)
CLINICS = {"clinic-dongli": DONGLI, "clinic-xili": XILI}
PEOPLE = {
    "li": ("李样芳", "1958-03-02", "female"),
    "zhao": ("赵样强", "1970-06-15", "male"),
    "qian": ("钱样童", "2023-02-28", "male"),
    "sun": ("孙样梅", "1990-11-21", "female"),
}
CAUSES = ("I21.9", "C34.9", "X59", "O72.1")
days = st.sampled_from([0, 1, 90, 91, 182, 364, 365, 366, 400]).map(lambda ago: AS_OF - timedelta(days=ago)) | st.dates(
    date(2024, 10, 1), date(2026, 1, 15)
)
who = st.sampled_from(sorted(PEOPLE))
clinic = st.sampled_from(sorted(CLINICS))
slot = st.integers(0, 2)
steps = st.one_of(
    st.tuples(st.just("follow_up"), who, slot, days, st.integers(110, 170), st.integers(70, 100), st.sampled_from(["home", "phone"])),
    st.tuples(st.just("follow_up_gone"), who, slot),
    st.tuples(st.just("enrol"), who, st.sampled_from(["hypertension", "diabetes", "severe_mental", "elderly"]), days, st.none() | days),
    st.tuples(st.just("move"), who, clinic, st.none() | days),
    st.tuples(st.just("die"), who, days, st.sampled_from(CAUSES)),
    st.tuples(st.just("tuberculosis"), who, days),
    st.tuples(st.just("child_check"), who, slot, days),
    st.tuples(st.just("second_record"), who, clinic),
    st.tuples(st.just("restate")),
)  # fmt: skip


def patient(id: str, name: str, at: str, **more) -> dict:
    text, born, sex = PEOPLE[name]
    number = qinghe.number(born, sex, sorted(PEOPLE).index(name) + 1)
    return {**qinghe.patient(id, text, born, sex, at, CLINICS[at], identity=number, since=max(born, "2015-01-01")), **more}


def death(name: str, on: date, cause: str) -> dict:
    return {
        "resourceType": "Observation", "id": f"{name}-death", "status": "final", "code": qinghe.coding("http://loinc.org", "69453-9"),
        "subject": {"reference": f"Patient/{name}"}, "effectiveDateTime": on.isoformat(),
        "valueCodeableConcept": qinghe.coding(care.ICD10, cause),
    }  # fmt: skip


class County:
    """Applies steps through the one door and remembers what makes the next one possible."""

    def __init__(self):
        self.at = dict.fromkeys(PEOPLE, "clinic-dongli")
        self.dead: dict[str, str] = {}
        self.visits: set[str] = set()
        care.store(*(qinghe.institution(id, "卫生室", "village_clinic", area) for id, area in CLINICS.items()))
        care.store(*(patient(name, name, self.at[name]) for name in PEOPLE))

    def do(self, step: tuple) -> None:
        getattr(self, step[0])(*step[1:])

    def follow_up(self, name, place, on, systolic, diastolic, kind):
        id = f"{name}-{place}"
        self.visits.add(id)
        care.store(*care.follow_up(id, name, on.isoformat(), systolic, diastolic, visit_kind=("visit_kind", kind)))

    def follow_up_gone(self, name, place):
        id = f"{name}-{place}"
        if id in self.visits:
            self.visits.remove(id)
            write([Draft("delete", "QuestionnaireResponse", id, {})], by=SYSTEM)

    def enrol(self, name, programme, since, until):
        until = until.isoformat() if until and until >= since else None
        care.store(care.episode(f"{name}-{programme}".replace("_", "-"), name, programme, since.isoformat(), until))

    def move(self, name, clinic, left):
        self.at[name] = clinic
        moved = patient(name, name, clinic, **({"deceasedDateTime": self.dead[name]} if name in self.dead else {}))
        if left:
            moved["address"][0]["period"]["end"] = left.isoformat()
        care.store(moved)

    def die(self, name, on, cause):
        self.dead[name] = on.isoformat()
        care.store(patient(name, name, self.at[name], deceasedDateTime=on.isoformat()), death(name, on, cause))

    def tuberculosis(self, name, on):
        care.store(care.condition(f"{name}-tb", name, "A15.0", on.isoformat(), "肺结核"))

    def child_check(self, name, place, on):
        care.store(care.visit(f"{name}-check-{place}", name, on.isoformat(), form="child_check", weight=12.5))

    def second_record(self, name, clinic):
        care.store(patient(f"{name}-other", name, clinic))

    def restate(self):
        restate.restate_published()


def figures() -> dict:
    run = queries.published()
    found: dict = {}
    for row in [*Figure.objects.filter(run=run, level="base"), *Restatement.objects.filter(run=run)]:
        cell = (row.indicator, row.period, row.area, row.org, row.stratum)
        top, bottom = found.get(cell, (0.0, 0.0))
        found[cell] = (top + row.top, bottom + row.bottom)
    return {cell: sums for cell, sums in found.items() if any(abs(part) > 1e-9 for part in sums)}


def start_again() -> None:
    tables.empty(tables.RECORD, restart=True)
    for model in (Restatement, RestatedPerson, Figure, MeasureRun):
        model.objects.all().delete()


@given(before=st.lists(steps, max_size=6), after=st.lists(steps, min_size=1, max_size=8))
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_fresh_figures_are_the_full_ones(before, after):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(periods, "FIRST_YEAR", 2025)
        patch.setattr(recompute, "WHOLE_AGAIN", 0.5)
        start_again()
        county = County()
        for step in before:
            county.do(step)
        recompute.recompute(as_of=AS_OF, by=SYSTEM)
        for step in after:
            county.do(step)
        restate.restate_published()
        fresh = figures()
        run = recompute.recompute(as_of=AS_OF, by=SYSTEM)
        assert not Restatement.objects.filter(run=run).exists()
        assert fresh == figures()
