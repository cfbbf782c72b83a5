"""The outbreak of the demo county: children of a kindergarten in three generations and more, contacts at every stage, one only proposed."""

import time
from datetime import datetime

import pytest
from django.db import connection

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.relations.models import Relation
from kangyu.flows import demo_outbreak, outbreak_work
from world import care, epidemic, qinghe, transfers

pytestmark = pytest.mark.django_db
CLINIC = "clinic-dongli"
UNMARKED = """
SELECT count(*) FROM resource WHERE rtype IN ('Group', 'Basic') AND NOT body -> 'meta' @> '{"tag": [{"code": "HTEST"}]}'
"""


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    for module in ("demo_outbreak", "group_members"):
        monkeypatch.setattr(f"kangyu.flows.{module}.wall_now", lambda: datetime(2025, 11, 21, 11, 8))
    built = epidemic.build(1)
    care.store(*(
        qinghe.patient(f"kid-{number}", f"园样{number}", f"2021-0{1 + number % 9}-{10 + number % 18}", "male", CLINIC, qinghe.DONGLI)
        for number in range(36)
    ))  # fmt: skip
    return built


def test_the_demo_county_has_an_outbreak_with_its_curve_tree_and_contacts_and_one_to_look_at(world):
    began = time.process_time()
    assert demo_outbreak.seed() > 50
    assert time.process_time() - began < 20
    told = CaseFile.objects.get(procedure="outbreak", state="responding")
    picture = outbreak_work.picture(world.epi, told.id)
    assert (len(picture.members), len(picture.proposed), picture.sick) == (16, 2, 16)
    assert picture.tree.generations == (1, 5, 8, 2) and picture.tree.serial_interval is not None and picture.exposed == 126
    assert picture.over is not None and not picture.over.over and picture.curve.total == 16
    assert {"watching", "became_case", "cleared"} <= set(picture.watched)
    assert CaseFile.objects.filter(procedure="contact_watch", subject_kind="contact").exists()
    waiting = CaseFile.objects.get(procedure="outbreak", state="suspected")
    fresh = outbreak_work.picture(world.epi, waiting.id)
    assert fresh.members == [] and len(fresh.proposed) == 3
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM resource WHERE rtype IN ('Group', 'Basic') AND NOT body -> 'meta' @> '{\"tag\": [{\"code\": \"HTEST\"}]}'"
        )
        assert cursor.fetchone()[0] == 0
    assert Relation.objects.filter(type="infector").count() == 16
