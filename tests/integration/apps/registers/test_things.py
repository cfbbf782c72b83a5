"""Things of registers through the one door: who may keep them, what is refused, what their forms come to, who sees them."""

import json
from datetime import date

import pytest

from kangyu.apps.governance.access import SYSTEM, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.record import queries as record
from kangyu.apps.registers import queries
from kangyu.apps.registers.actions import forms, restate, things
from kangyu.apps.registers.actions.things import Card, NotAcceptable
from kangyu.apps.registers.models import Thing
from kangyu.apps.registers.queries import Filter
from kangyu.kernel.errors import DeniedError, UserError
from world import care
from world.qinghe import COUNTY

STORE = {"number": "CK-01", "name": "县疾控中心物资库", "level": "cdc", "floor_area": "320", "keeper": "库样安"}


@pytest.fixture
def keeper(qinghe):
    care.stand_on()
    account = accounts.open_account(
        username="supplies", password="correct-horse-7", display_name="仓样宁", role="supplies_keeper", by=SYSTEM, area=COUNTY
    )
    return viewer_of(account)


def registered(by, **changes) -> Thing:
    since = changes.pop("since", date(2025, 1, 10))
    place = {"org": "bureau", "longitude": 116.4, "latitude": 35.7, "since": since, **changes.pop("place", {})}
    return things.register("store", Card({**STORE, **changes}, **place), by=by)


def test_thing_is_registered_as_its_resource_and_found_again(keeper):
    thing = registered(keeper)
    assert (thing.number, thing.state, thing.area, thing.values["floor_area"]) == ("CK-01", "in_use", COUNTY, 320)
    body = json.loads(record.current("Location", thing.id).text)
    assert body["identifier"] == [{"system": "urn:kangyu:register:store", "value": "CK-01"}]
    assert body["managingOrganization"] == {"reference": "Organization/bureau"}
    assert things.card_of(thing).answers["keeper"] == "库样安"
    assert AuditEvent.objects.filter(action="thing.register", account="supplies").count() == 1


def test_same_id_registers_once_and_a_number_is_given_once(keeper):
    first = things.register("store", Card(STORE, org="bureau"), by=keeper, id="store-1")
    assert things.register("store", Card(STORE, org="bureau"), by=keeper, id="store-1").vid == first.vid
    with pytest.raises(UserError, match="库号 CK-01 已经是“县疾控中心物资库”的了"):
        registered(keeper)


def test_everything_wrong_with_a_card_is_said_at_once(keeper):
    with pytest.raises(NotAcceptable) as refused:
        registered(keeper, level="castle", floor_area="0.5", name="", place={"longitude": 11.6, "latitude": 35.7})
    said = str(refused.value)
    assert all(words in said for words in ("没有“castle”这一项", "不可能", "名称还没有填", "不在中国境内"))
    assert not Thing.objects.exists()


def test_change_keeps_the_old_version_and_what_the_register_does_not_speak_of(keeper):
    thing = registered(keeper)
    body = json.loads(record.current("Location", thing.id).text)
    from kangyu.apps.record.actions.write import update

    update({**body, "description": "在东门"}, by=SYSTEM)
    things.change(thing.id, Card({**STORE, "floor_area": "410"}, org="bureau", longitude=116.4, latitude=35.7), by=keeper)
    assert json.loads(record.current("Location", thing.id).text)["description"] == "在东门"
    assert [facts.values["floor_area"] for _, facts in queries.history(Thing.objects.get(id=thing.id))] == [410, 320, 320]


def test_moves_follow_the_declaration(keeper):
    thing = registered(keeper)
    with pytest.raises(UserError, match="“停用”要写明原因"):
        things.move(thing.id, "close", by=keeper)
    assert things.move(thing.id, "close", by=keeper, reason="拆迁").state == "closed"
    with pytest.raises(UserError, match="现在是“停用”，不能“停用”"):
        things.move(thing.id, "close", by=keeper, reason="再停一次")
    assert things.move(thing.id, "reopen", by=keeper).state == "in_use"


def test_outsiders_see_nothing_and_change_nothing(keeper, qinghe):
    thing = registered(keeper)
    for outsider in (viewer_of(qinghe.shen), viewer_of(qinghe.planner), viewer_of(qinghe.admin)):
        assert queries.every(outsider, "store") == []
        for attempt in (
            lambda who=outsider: things.change(thing.id, Card(STORE), by=who),
            lambda who=outsider: things.move(thing.id, "close", by=who, reason="x"),
            lambda who=outsider: forms.open_form(who, thing.id, "spot_check"),
        ):
            with pytest.raises(UserError, match="没有找到这一件，或不在您的管辖范围内"):
                attempt()
        with pytest.raises(DeniedError):
            things.register("store", Card({**STORE, "number": "X"}, org="bureau"), by=outsider)


def test_keeper_of_another_county_does_not_reach_it(keeper):
    thing = registered(keeper)
    other = viewer_of(
        accounts.open_account(
            username="next", password="correct-horse-7", display_name="邻样", role="supplies_keeper", by=SYSTEM, area="370830"
        )
    )
    assert queries.page(other, "store", Filter(), today=care.TODAY).things == []
    with pytest.raises(UserError, match="没有找到"):
        things.move(thing.id, "close", by=other, reason="x")
    with pytest.raises(DeniedError, match="不在您的管辖范围"):
        things.register("store", Card({**STORE, "number": "Y"}, org="bureau"), by=other)


class TestFormsAboutAThing:
    GOOD = {"sampled": 20, "matched": 20, "near_expiry_moved": True, "clean": True}

    def test_its_rules_are_derived_and_stored_and_the_next_is_due_in_three_months(self, keeper):
        thing = registered(keeper)
        assert (thing.due_item, thing.next_due) == ("spot_check", date(2025, 4, 10))
        forms.save(keeper, thing.id, "spot_check", self.GOOD, key="k1", on=date(2025, 11, 3))
        thing.refresh_from_db()
        assert (thing.next_due, thing.last["verdict"], thing.flags) == (date(2026, 2, 3), "sound", [])
        assert [row["verdict"] for row in queries.answers(thing, "store_spot_check")] == ["sound"]

    def test_a_bad_one_raises_the_flag(self, keeper):
        thing = registered(keeper)
        saved = forms.save(keeper, thing.id, "spot_check", {**self.GOOD, "matched": 18, "remarks": "少 2 批"}, key="k1")
        assert saved.judged.judgement.derived["verdict"].words == "要整改"
        thing.refresh_from_db()
        assert thing.flags == ["mended"]
        assert queries.chips(keeper, "store", today=care.TODAY).flags == {"mended": 1}

    def test_sent_twice_it_is_stored_once(self, keeper):
        thing = registered(keeper)
        first = forms.save(keeper, thing.id, "spot_check", self.GOOD, key="k1")
        assert forms.save(keeper, thing.id, "spot_check", self.GOOD, key="k1") == forms.Saved(first.response, None, again=True)
        assert len(queries.answers(thing, "store_spot_check")) == 1

    def test_what_does_not_hold_is_refused(self, keeper):
        thing = registered(keeper)
        with pytest.raises(forms.FormRefused, match="相符的批数不能多过抽查的批数"):
            forms.save(keeper, thing.id, "spot_check", {**self.GOOD, "matched": 21}, key="k1")
        with pytest.raises(UserError, match="还没有发生的不能录"):
            forms.save(keeper, thing.id, "spot_check", self.GOOD, key="k1", on=date(2025, 12, 1))


def test_rebuilt_from_resources_the_projection_says_the_same(keeper):
    thing = registered(keeper)
    forms.save(keeper, thing.id, "spot_check", TestFormsAboutAThing.GOOD, key="k1")
    before = Thing.objects.filter(id=thing.id).values().get()
    Thing.objects.all().delete()
    assert restate.rebuild() == 1
    after = Thing.objects.filter(id=thing.id).values().get()
    assert {**after, "updated": 0} == {**before, "updated": 0}


def test_on_a_new_day_what_is_due_is_worked_out_again(keeper):
    thing = registered(keeper, since=date(2025, 9, 1))
    assert thing.items[0]["state"] == "open"
    care.stand_on(date(2025, 12, 20))
    assert restate.renew() == 1
    thing.refresh_from_db()
    assert (thing.items[0]["state"], thing.items[0]["overdue_days"]) == ("overdue", 19)
    assert restate.renew() == 0
