"""Full figures, fresh figures, reported figures and the people behind them, on a real PostgreSQL."""

import shutil
from dataclasses import replace
from datetime import date

import pytest
from django.conf import settings
from django.db import connection

from kangyu.apps.governance.access import SYSTEM, viewer_of
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.indicators import people, periods, queries
from kangyu.apps.indicators.actions import recompute, restate
from kangyu.apps.indicators.models import Figure, MeasureRun, RestatedPerson, Restatement
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.flows import measure
from kangyu.gateways.warehouse import runs
from kangyu.kernel.errors import DeniedError, UserError
from kangyu.kernel.permission import Permission
from world import care, qinghe
from world.qinghe import COUNTY, DONGLI, XILI

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_record")]
TODAY = date(2025, 11, 21)
KEY = "hypertension_diabetes_management"


@pytest.fixture(autouse=True)
def few_periods(monkeypatch):
    """Three periods are enough here, and quicker than seven."""
    monkeypatch.setattr(periods, "FIRST_YEAR", 2024)


@pytest.fixture
def world():
    found = qinghe.build()
    care.li_is_treated()
    return found


@pytest.fixture
def other():
    """Another connection to the same database, closed whatever happens."""
    found = recompute.connect()
    yield found
    found.close()


def full() -> MeasureRun:
    return recompute.recompute(as_of=TODAY, by=SYSTEM)


def now(key: str = KEY, area: str = COUNTY):
    return queries.overview([key], area).items[key].now


def delete(rtype: str, id: str) -> None:
    write([Draft("delete", rtype, id, {})], by=SYSTEM)


def everything() -> dict:
    """Every figure as pages would sum it, restatements included, at the finest grain."""
    run = queries.published()
    found: dict = {}
    for row in [*Figure.objects.filter(run=run, level="base"), *Restatement.objects.filter(run=run)]:
        cell = (row.indicator, row.period, row.area, row.org, row.stratum)
        top, bottom = found.get(cell, (0.0, 0.0))
        found[cell] = (top + row.top, bottom + row.bottom)
    return {cell: sums for cell, sums in found.items() if any(abs(part) > 1e-9 for part in sums)}


def test_full_recompute_counts_who_is_managed_and_who_is_not(world):
    run = full()
    assert (run.state, run.people) == ("published", 2)
    figure = now()
    assert (figure.top, figure.bottom, figure.value) == (0, 1, 0)
    assert now("hypertension_control").bottom == 1


def test_a_saved_follow_up_is_in_the_figure_without_a_full_recompute(world):
    full()
    care.store(*care.follow_up("li-v4", "li", "2025-11-20", 132, 80))
    assert now().top == 0
    assert restate.restate_published() == 1
    figure = now()
    assert (figure.top, figure.bottom) == (1, 1)
    assert queries.freshness().restated == 1
    assert [now(area=area).top for area in (DONGLI[:9], DONGLI, XILI)] == [1, 1, 0]


def test_restating_again_or_after_nothing_changes_nothing(world):
    full()
    care.store(*care.follow_up("li-v4", "li", "2025-11-20", 132, 80))
    assert restate.restate_published() == 1
    before = everything()
    assert restate.restate_published() == 0
    assert everything() == before


def test_a_restatement_cut_short_is_done_again(world, monkeypatch):
    full()
    care.store(*care.follow_up("li-v4", "li", "2025-11-20", 132, 80))
    monkeypatch.setattr(restate, "_write", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        restate.restate_published()
    monkeypatch.undo()
    assert RestatedPerson.objects.count() == 0
    assert restate.restate_published() == 1
    assert now().top == 1


def test_a_change_committed_late_is_not_missed(world, other):
    """The change begins before the run's snapshot and commits after it: the outbox names its transaction, not its time."""
    with other.cursor() as cursor:
        cursor.execute("DELETE FROM resource WHERE rtype = 'EpisodeOfCare' RETURNING pid")
        pid = cursor.fetchone()[0]
        cursor.execute("INSERT INTO outbox (rtype, id, vid, pid) VALUES ('EpisodeOfCare', 'li-episode', 2, %s)", [pid])
    full()
    assert now().bottom == 1
    other.commit()
    assert restate.restate_published() == 1
    assert now().bottom == 0


def test_moving_to_the_next_village_moves_the_figure(world):
    full()
    patient = qinghe.patient("li", "李样芳", "1958-03-02", "female", "clinic-xili", XILI, phone="19900000001")
    care.store(patient)
    restate.restate_published()
    assert [now(area=area).bottom for area in (DONGLI, XILI, COUNTY)] == [0, 1, 1]


def test_a_deleted_visit_takes_its_effect_back(world):
    care.store(*care.follow_up("li-v4", "li", "2025-11-20", 132, 80))
    full()
    assert now().top == 1
    delete("QuestionnaireResponse", "li-v4")
    restate.restate_published()
    assert now().top == 0


def test_the_next_full_recompute_finds_what_the_fresh_figures_said(world):
    full()
    care.store(*care.follow_up("li-v4", "li", "2025-11-20", 132, 80), care.condition("zhao-i10", "zhao"), care.episode("zhao-e", "zhao"))
    delete("QuestionnaireResponse", "li-v1")
    restate.restate_published()
    fresh = everything()
    run = full()
    assert Restatement.objects.filter(run=run).count() == 0
    assert everything() == fresh


def test_a_later_export_takes_only_the_persons_changed(world, monkeypatch):
    monkeypatch.setattr(recompute, "WHOLE_AGAIN", 0.9)
    whole = full()
    care.store(*care.follow_up("li-v4", "li", "2025-11-20", 132, 80))
    later = full()
    assert later.whole == whole.name
    assert (runs.home(settings.DATA) / later.name / "table=residents" / "changed.parquet").exists()
    assert now().top == 1
    latest = full()
    assert latest.whole == whole.name
    assert not (runs.home(settings.DATA) / f"{latest.name}{runs.PARTIAL}").exists()
    monkeypatch.setattr(recompute, "WHOLE_AGAIN", 0.0)
    afresh = full()
    assert afresh.whole == afresh.name
    assert now().top == 1


def test_old_runs_leave_the_disk_and_the_database(world):
    first, _, third, fourth = (full() for _ in range(4))
    left = {folder.name for folder in runs.home(settings.DATA).iterdir()}
    assert first.name in left or third.whole != first.name
    assert left <= {third.name, fourth.name, third.whole, fourth.whole}
    assert MeasureRun.objects.filter(state="published").get() == fourth
    assert not Figure.objects.exclude(run__name__in=left).exists()


def test_a_recompute_that_fails_leaves_the_published_one(world, monkeypatch):
    published = full()
    monkeypatch.setattr(recompute, "evaluate", lambda *a, **k: (_ for _ in ()).throw(MemoryError()))
    with pytest.raises(MemoryError):
        full()
    assert queries.published() == published
    assert now().bottom == 1
    assert MeasureRun.objects.filter(state="failed").count() == 1


def test_two_full_recomputes_at_once_are_refused(world, other):
    other.execute("SELECT pg_advisory_lock(%s)", [recompute.LOCK])
    with pytest.raises(UserError, match="正在进行"):
        full()


def test_full_is_due_for_the_directory_and_for_a_new_day_but_not_for_a_visit(world):
    assert measure.due() == "first"
    care.stand_on(TODAY)
    run = full()
    assert measure.due() == ""
    MeasureRun.objects.filter(pk=run.pk).update(computed_at="2025-01-01T00:00:00Z")
    care.store(*care.follow_up("li-v4", "li", "2025-11-20", 132, 80))
    assert measure.due() == ""
    care.store(qinghe.institution("clinic-new", "新村卫生室", "village_clinic", XILI))
    assert measure.due() == "directory"
    MeasureRun.objects.filter(pk=run.pk).update(digest="another")
    assert measure.due() == "definitions"
    assert restate.restate_published() == 0


def test_reported_value_stands_beside_the_computed_one(world):
    full()
    care.store(report("one", KEY, 2024, 88.0), report("two", "health_literacy", 2024, 27.5))
    overview = queries.overview([KEY, "health_literacy"], COUNTY).items
    assert [(value.value, value.source) for value in overview[KEY].reported] == [(88.0, "基本公卫年报")]
    assert overview["health_literacy"].current.value == 27.5
    assert [(point.at, point.value) for point in overview["health_literacy"].points] == [(2024.0, 27.5)]
    assert [found.year for found in queries.disagreements(overview[KEY])] == [2024]
    assert measure.due() != "directory"


def report(id: str, key: str, year: int, value: float) -> dict:
    return {
        "resourceType": "MeasureReport", "id": id, "status": "complete", "type": "summary", "measure": f"urn:kangyu:indicator:{key}",
        "period": {"start": f"{year}-01-01", "end": f"{year}-12-31"}, "reporter": {"reference": "Organization/bureau"},
        "subject": {"identifier": {"system": "urn:kangyu:cs:area", "value": COUNTY}}, "group": [{"measureScore": {"value": value}}],
        "extension": [{"url": "urn:kangyu:ext:source", "valueString": "基本公卫年报"}],
    }  # fmt: skip


def test_a_township_supervisor_opens_the_number_to_people_and_is_audited(world):
    full()
    viewer = replace(SYSTEM, username="inspector", area=DONGLI[:9], within="township")
    page = people.people(KEY, viewer=viewer, area=COUNTY)
    assert [(row.patient_id, row.why) for row in page.rows] == [("li", ("高血压患者随访 3 次，应不少于 4 次",))]
    assert AuditEvent.objects.filter(account="inspector", action="figure.people").get().pids == [page.rows[0].pid]
    elsewhere = replace(viewer, area=XILI[:9])
    assert people.people(KEY, viewer=elsewhere, area=COUNTY).rows == []


def test_people_behind_a_number_are_fresh(world):
    full()
    care.store(*care.follow_up("li-v4", "li", "2025-11-20", 132, 80))
    restate.restate_published()
    viewer = replace(SYSTEM, area=COUNTY)
    assert people.people(KEY, viewer=viewer, area=COUNTY).rows == []
    assert [row.patient_id for row in people.people(KEY, viewer=viewer, area=COUNTY, which="counted").rows] == ["li"]


def test_the_planner_sees_figures_but_no_people_and_no_small_counts(world):
    full()
    planner = viewer_of(world.planner)
    assert not planner.may(Permission.INDICATOR_PERSONS)
    with pytest.raises(DeniedError):
        people.people(KEY, viewer=planner, area=COUNTY)
    rows = queries.by_area(KEY, COUNTY, "township", viewer=planner)
    assert [(row.place, row.withheld, row.figure) for row in rows] == [(DONGLI[:9], True, None)]
    seen = queries.by_institution(KEY, COUNTY, viewer=replace(SYSTEM, area=COUNTY))
    assert [(row.place, row.figure.bottom) for row in seen] == [("clinic-dongli", 1)]


def test_staff_and_residents_make_one_ratio(world):
    care.store(physician("li-ming", "clinic-dongli"))
    full()
    assert now("physicians_per_1000").value == pytest.approx(500)
    assert queries.by_institution("physicians_per_1000", COUNTY, viewer=SYSTEM) == []


def physician(id: str, clinic: str) -> dict:
    return {
        "resourceType": "PractitionerRole", "id": id, "organization": {"reference": f"Organization/{clinic}"},
        "code": [qinghe.coding("urn:kangyu:cs:licence", "physician")], "period": {"start": "2015-01-01"},
        "specialty": [qinghe.coding("urn:kangyu:cs:staff-specialty", "general_practice")],
    }  # fmt: skip


def test_pages_of_figures_take_a_fixed_number_of_queries(world, django_assert_num_queries):
    full()
    keys = [KEY, "hypertension_control", "infant_mortality", "life_expectancy", "physicians_per_1000", "health_literacy"]
    with django_assert_num_queries(4):
        queries.overview(keys[:1], COUNTY)
    with django_assert_num_queries(4):
        queries.overview(keys, COUNTY)
    with django_assert_num_queries(2):
        queries.by_area(KEY, COUNTY, "township", viewer=SYSTEM)


def test_a_warehouse_that_was_thrown_away_is_rebuilt(world):
    care.stand_on(TODAY)
    run = full()
    shutil.rmtree(runs.home(settings.DATA))
    care.store(*care.follow_up("li-v4", "li", "2025-11-20", 132, 80))
    assert restate.restate_published() == 0
    assert (measure.due(), now().top) == ("warehouse", 0)
    assert full().whole != run.whole
    assert (measure.due(), now().top) == ("", 1)


def test_half_written_run_is_never_read(world):
    folder = runs.begin(settings.DATA, "cut-short")
    folder.mkdir(parents=True)
    full()
    assert not folder.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM measure_run WHERE state = 'published'")
        assert cursor.fetchone()[0] == 1
