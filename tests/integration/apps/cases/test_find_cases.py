"""Cases are found by number, person, procedure, state, owner and day, page by page, within reach only and with a trace."""

from datetime import date

import pytest
from django.urls import reverse

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.cases.queries.find_cases import Wanted, find_cases, number_of
from kangyu.apps.governance.models import Account, AuditEvent
from kangyu.flows import case_work
from kangyu.kernel.errors import DeniedError, UserError
from world import transfers

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return transfers.build(beds=5)


def found(viewer, **wanted):
    return [row.id for row in find_cases(viewer, Wanted(**wanted)).rows]


def test_each_way_of_looking_finds_it_and_another_does_not(world):
    id = transfers.sent(world)
    other = transfers.sent(world, key="two", impression="胸痛待查")
    case_work.make_move(world.desk, other, "refuse", reason="没有床", key="r")
    assert found(world.shen, words=number_of(id)) == [id] and found(world.shen, words=id) == [id]
    assert sorted(found(world.shen, words="李样芳")) == sorted([id, other]) and found(world.shen, words="赵样强") == []
    assert found(world.shen, words="胸痛") == [other]
    assert found(world.shen, procedure="referral", state="refused") == [other] and found(world.shen, procedure="health_signal") == []
    assert sorted(found(world.shen, owner="county-hospital")) == sorted([id, other]) and found(world.shen, owner="tcm-hospital") == []
    assert (
        found(world.shen, since=date(2025, 11, 22)) == []
        and len(found(world.shen, since=date(2025, 11, 21), until=date(2025, 11, 21))) == 2
    )
    assert found(world.shen, until=date(2025, 11, 20)) == []


def test_pages_follow_one_another_without_gap_or_repeat(world):
    ids = [transfers.sent(world, key=str(n), impression=f"待查 {n}") for n in range(5)]
    seen, after = [], ""
    while True:
        page = find_cases(world.desk, Wanted(), after=after, limit=2)
        seen += [row.id for row in page.rows]
        if not (after := page.after):
            break
    assert seen == sorted(ids, reverse=True), "opened at one moment, so by their ids"
    with pytest.raises(UserError):
        find_cases(world.desk, Wanted(), after="nonsense|x")


def test_an_outsider_finds_nothing_and_who_may_not_see_cases_is_refused(world):
    id = transfers.sent(world)
    for outsider in (world.stranger, world.wang):
        assert found(outsider) == [] and found(outsider, words=number_of(id)) == []
    from kangyu.apps.governance.access import viewer_of

    with pytest.raises(DeniedError):
        found(viewer_of(Account.objects.get(username="planner")))


def test_the_page_and_the_box_find_it_and_leave_a_trace(world, client, settings):
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    id = transfers.sent(world)

    def page(name, address, **given):
        client.force_login(Account.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
        return client.get(reverse(address), given).content.decode()

    case = reverse("case", args=[id])
    assert case in page("desk", "case_find", q="李样芳") and number_of(id) in page("desk", "case_find")
    assert case in page("desk", "search", q=number_of(id)) and case not in page("tcmdesk", "search", q=number_of(id))
    assert "没有找到" in page("tcmdesk", "case_find", q="李样芳")
    assert AuditEvent.objects.filter(action="case.find", account="desk", pids=[world.li]).count() == 3
    CaseFile.objects.filter(id=id).update(handler="desk2")
    assert case not in page("desk", "case_find", mine="yes") and case in page("desk2", "case_find", mine="yes")
