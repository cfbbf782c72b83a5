"""Whatever happened to people, and in whatever order: the status kept write by write is the status worked out for everybody anew."""

from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kangyu.apps.cases.actions import status
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.record import queries
from kangyu.apps.record.actions import write
from world import care

pytestmark = pytest.mark.django_db

PEOPLE = ("li", "zhao")
DAYS = st.dates(date(2024, 6, 1), care.TODAY + timedelta(days=3))
SEVERAL = st.integers(0, 2)

visits = st.tuples(st.just("visit"), st.sampled_from(PEOPLE), SEVERAL, DAYS, st.integers(100, 200), st.integers(60, 99))
checks = st.tuples(st.just("check"), st.sampled_from(PEOPLE), SEVERAL, DAYS)
episodes = st.tuples(st.just("episode"), st.sampled_from(PEOPLE), SEVERAL, DAYS, st.booleans())
conditions = st.tuples(st.just("condition"), st.sampled_from(PEOPLE), st.sampled_from(["I10", "E11.9", "I63.9", "F20.9"]), DAYS)
removals = st.tuples(st.just("remove"), st.sampled_from(PEOPLE), st.sampled_from(["visit", "check", "episode"]), SEVERAL)


def happen(what: str, who: str, *details) -> None:
    """One thing that comes in by the door: a late visit, a correction (the same id again), an enrolment, a removal."""
    if what == "visit":
        which, on, systolic, diastolic = details
        care.store(*care.follow_up(f"{who}-visit-{which}", who, on.isoformat(), systolic, diastolic))
    elif what == "check":
        which, on = details
        answers = {"systolic": 130, "diastolic": 80, "height": 160.0, "weight": 60.0, "complete": True, "guidance": True}
        care.store(care.visit(f"{who}-check-{which}", who, on.isoformat(), form="elderly_health_check", **answers))
    elif what == "episode":
        which, since, ended = details
        until = (since + timedelta(days=90)).isoformat() if ended else None
        care.store(
            care.episode(f"{who}-episode-{which}", who, ("hypertension", "diabetes", "severe_mental")[which], since.isoformat(), until)
        )
    elif what == "condition":
        code, onset = details
        care.store(care.condition(f"{who}-{code.replace('.', '-')}", who, code, onset.isoformat(), code))
    else:
        kind, which = details
        rtype = "EpisodeOfCare" if kind == "episode" else "QuestionnaireResponse"
        if queries.current(rtype, f"{who}-{kind}-{which}"):
            write.delete(rtype, f"{who}-{kind}-{which}", by=SYSTEM)


def kept() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(one for one in status.COLUMNS if one != 'updated')} FROM care_status ORDER BY pid, programme")
        return cursor.fetchall()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.one_of(visits, checks, episodes, conditions, removals), min_size=1, max_size=8))
def test_status_kept_by_writes_equals_status_rebuilt(qinghe, happenings):
    care.stand_on()
    with transaction.atomic():
        status.rebuild()  # the world was built on another day
        for happening in happenings:
            happen(*happening)
        before = kept()
        status.rebuild()
        assert kept() == before
        people = [care.pid_of(one) for one in PEOPLE]
        status.restate(people + [10**9 + number for number in range(status.FEW)])
        assert kept() == before, "the two-pass reading of a batch leaves nobody out"
        transaction.set_rollback(True)
