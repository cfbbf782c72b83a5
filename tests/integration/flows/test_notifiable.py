"""Report cards on PostgreSQL: reported, reviewed by desk, county and city, returned, corrected, doubled, missing."""

import json
from datetime import date, datetime

import pytest

from kangyu.apps.cases.actions import missing as missing_rows
from kangyu.apps.cases.case_access import CaseNotWithinReach
from kangyu.apps.cases.models import CaseFile, CaseStep, Notice
from kangyu.apps.cases.queries import NotWithinReach, files, within_reach
from kangyu.apps.cases.queries.listing import Picked, listing
from kangyu.apps.cases.queries.missing import owing, owing_of
from kangyu.apps.cases.rules import rules
from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.record import person_rows
from kangyu.apps.record import queries as record
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines.cases.moves import RefusedError
from kangyu.flows import case_work, printing
from kangyu.flows.case_load import AnswersRefused
from kangyu.flows.case_work import SubjectRef
from kangyu.web.views.case_page import alike
from world import cards, care, outbreaks, transfers

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2025-11-21T11:08:00")
END_OF_DAY = datetime.fromisoformat("2025-11-21T23:59:59")


@pytest.fixture
def world(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    return cards.build()


def columns(id: str) -> dict:
    return CaseFile.objects.get(id=id).columns


def test_a_card_from_the_village_goes_through_three_reviews(world):
    id = cards.reported(world)
    stored = CaseFile.objects.get(id=id)
    assert stored.state == "sent" and stored.heading == "细菌性和阿米巴性痢疾"
    assert [row.id for row in files.inbox(world.town_desk, NOW).rows] == [id]
    for other in (world.desk, world.stranger, world.reviewer, world.city):
        assert files.inbox(other, NOW).rows == []
    view = cards.passed(world, id)
    assert view.case.state == "final" and view.ended
    assert [step.by for step in CaseStep.objects.filter(case_id=id).order_by("number")] == ["shen", "prevention", "reviewer", "city"]
    assert columns(id)["disease"] == "dysentery" and columns(id)["class"] == "b" and columns(id)["diagnosed"] == "2025-11-21"


def test_an_outsider_sees_nothing(world):
    id = cards.reported(world)
    for outsider in (world.stranger, world.wang, world.physician):
        with pytest.raises(CaseNotWithinReach):
            case_work.view(outsider, id)
        with pytest.raises(CaseNotWithinReach):
            case_work.make_move(outsider, id, "pass_1", key="x")
        assert listing(outsider, rules().content.procedures[cards.PROCEDURE], Picked()).total == 0
        with pytest.raises(CaseNotWithinReach):
            printing.case(outsider, id, "report_card")


def test_only_who_was_treated_here_is_within_reach_of_the_hospital(world):
    assert within_reach(world.physician, world.zhao).name == "赵样强"
    for viewer, pid in ((world.physician, world.li), (world.stranger, world.zhao), (world.shen, world.zhao)):
        with pytest.raises(NotWithinReach):
            within_reach(viewer, pid)
    with pytest.raises(NotWithinReach):
        cards.reported(world, by=world.physician, pid=world.li)


def test_the_subtype_decides_the_clock(world):
    anthrax = {"disease": "anthrax", "dysentery_kind": None, "case_class": "suspected", "population_group": "herder"}
    pulmonary = cards.reported(world, "p", anthrax_kind="anthrax_pulmonary", **anthrax)
    cutaneous = cards.reported(world, "c", anthrax_kind="anthrax_cutaneous", **anthrax)
    dues = {}
    for id in (pulmonary, cutaneous):
        view = case_work.view(world.reviewer, id)
        dues[id] = {clock.key: clock.due for clock in view.clocks if clock.due}
        assert next(clock for clock in view.clocks if clock.key == "report").standing == "kept"
    assert dues[pulmonary]["review"] == datetime(2025, 11, 21, 13, 8) and dues[cutaneous]["review"] == datetime(2025, 11, 22, 11, 8)
    assert dues[pulmonary]["report"] == datetime(2025, 11, 21, 11, 30) and dues[cutaneous]["report"] == datetime(2025, 11, 22, 9, 30)
    assert {one.role for one in Notice.objects.filter(case_id=pulmonary)} == {"county_reviewer", "epidemiologist"}
    assert not Notice.objects.filter(case_id=cutaneous).exists()


def test_a_card_that_contradicts_itself_is_refused_with_every_fault(world):
    wrong = {"onset": "2025-11-22", "population_group": "student", "dysentery_kind": None}
    with pytest.raises(AnswersRefused) as refused:
        cards.reported(world, **wrong)
    said = str(refused.value)
    for part in ("发病日期不能晚于诊断时间", "分型", "年级和班级"):
        assert part in said


def test_who_reported_cannot_review_and_a_return_needs_a_reason(world):
    id = cards.reported(world)
    with pytest.raises(RefusedError, match="审核单位"):
        case_work.make_move(world.shen, id, "pass_1", key="a")
    case_work.make_move(world.town_desk, id, "pass_1", key="b")
    with pytest.raises(RefusedError, match="原因"):
        case_work.make_move(world.reviewer, id, "return_2", key="c")
    view = case_work.make_move(world.reviewer, id, "return_2", reason="住址没有写到门牌", key="d")
    assert view.case.state == "returned" and [row.id for row in files.inbox(world.shen, NOW).rows] == [id]
    view = case_work.make_move(world.shen, id, "resend", answers=cards.card(address="东里村二组 12 号"), key="e")
    assert view.case.state == "sent" and columns(id)["returned"] == 1


def test_a_correction_keeps_the_old_version_and_is_reviewed_again(world):
    id = cards.reported(world)
    cards.passed(world, id)
    view = case_work.make_move(world.shen, id, "amend", answers=cards.card(dysentery_kind="dysentery_amoebic"), key="amend")
    assert view.case.state == "sent" and not view.ended and view.values["card_kind"] == "订正报告"
    (first, *_), response = [step.response for step in view.case.steps], view.case.steps[-1].response
    assert first == response, "the same answers, a new version of them"
    answers = json.loads(record.current("QuestionnaireResponse", response).text)
    assert answers["status"] == "amended" and '"dysentery_amoebic"' in json.dumps(answers)
    before = json.loads(record.version("QuestionnaireResponse", response, 1).text)
    assert '"dysentery_bacillary"' in json.dumps(before)
    assert cards.passed(world, id).case.state == "final" and columns(id)["subtype"] == "dysentery_amoebic"
    assert columns(id)["corrected"] == 1


def test_a_final_card_is_deleted_by_the_county_only_and_with_a_reason(world):
    id = cards.reported(world)
    cards.passed(world, id)
    with pytest.raises(RefusedError, match="县疾控"):
        case_work.make_move(world.town_desk, id, "drop_final", reason="错报", key="a")
    view = case_work.make_move(world.reviewer, id, "drop_final", reason="培养阴性", key="b")
    assert view.case.state == "deleted" and json.loads(record.current("Task", id).text)["status"] == "cancelled"


def test_without_a_city_reviewer_the_county_is_the_last(db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-21 11:08")
    world = cards.build(city=False)
    id = cards.reported(world)
    assert cards.passed(world, id, by=(world.town_desk, world.reviewer)).case.state == "final"


def test_two_cards_of_one_illness_are_proposed_and_a_person_decides(world):
    first = cards.reported(world)
    cards.passed(world, first)
    second = cards.reported(world, "again", onset="2025-11-20")
    other = cards.reported(world, "flu", disease="influenza", dysentery_kind=None)
    found = case_work.view(world.reviewer, second)

    def proposed():
        return [row.id for row in alike(world.reviewer, case_work.view(world.reviewer, second))]

    assert proposed() == [first] and found.facts.same and other not in proposed()
    declared = rules().content.procedures[cards.PROCEDURE]
    assert {row.id for row in listing(world.reviewer, declared, Picked(alike=True)).rows} == {first, second}
    case_work.decide_same(world.reviewer, second, first, same=False, reason="两次发病", key="apart")
    assert proposed() == [] and listing(world.reviewer, declared, Picked(alike=True)).total == 0
    case_work.decide_same(world.reviewer, second, first, same=True, reason="核对为同一次", key="one")
    assert listing(world.reviewer, declared, Picked()).total == 2 and CaseFile.objects.get(id=second).merged_into == first


def test_the_same_illness_a_year_apart_is_not_proposed(world):
    cards.reported(world, "old", onset="2024-11-01", diagnosed_at="2024-11-02T10:00")
    id = cards.reported(world)
    assert alike(world.reviewer, case_work.view(world.reviewer, id)) == []


def test_people_who_ought_to_have_a_card_are_found_and_a_card_or_a_reason_meets_it(world):
    care.store(
        cards.diagnosed("tb", "li", "A15.0", "2025-11-20", "clinic-dongli"),
        cards.diagnosed("cold", "li", "J06.9", "2025-11-20", "clinic-dongli"),
        cards.diagnosed("old", "li", "B26.9", "2025-09-01", "clinic-dongli"),
    )
    assert [(one.value, one.code, one.late) for one in owing_of(world.li, NOW)] == [("pulmonary_tb", "A15.0", False)]
    assert [one.pid for one in owing(world.town_desk, NOW)] == [world.li], "the hospital answers for its village clinics"
    assert [one.pid for one in owing(world.desk, NOW)] == [world.zhao] and owing(world.stranger, NOW) == []
    assert {one.pid for one in owing(world.reviewer, NOW)} == {world.li, world.zhao}
    subject = SubjectRef("person", str(world.zhao))
    answers = {"disease": "infectious_diarrhoea", "why": "ruled_out"}
    id = case_work.open_case(world.desk, cards.PROCEDURE, subject, move="rule_out", answers=answers, key="no")
    assert owing(world.desk, NOW) == [] and CaseFile.objects.get(id=id).state == "ruled_out"
    tb = {"disease": "pulmonary_tb", "tb_kind": "tb_positive", "dysentery_kind": None}
    cards.reported(world, **tb)
    assert owing(world.reviewer, NOW) == []


def test_a_diagnosis_that_does_not_say_where_it_was_made_lies_where_the_person_was_seen(world):
    care.store(care.condition("nowhere", "li", "B26.9", "2025-11-20", "流行性腮腺炎"))
    assert [one.org for one in owing_of(world.li, NOW)] == ["clinic-dongli"], "nowhere seen: the resident's own"
    care.store(outbreaks.outpatient("there", "li", date(2025, 11, 20), clinic="tcm-hospital"))
    care.store(care.condition("nowhere", "li", "B26.9", "2025-11-20", "流行性腮腺炎 "))
    assert [one.org for one in owing_of(world.li, NOW)] == ["tcm-hospital"]
    assert [one.pid for one in owing(world.stranger, NOW)] == [world.li]


def test_a_diagnosis_taken_back_is_no_longer_missed(world):
    wrong = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
    care.store(cards.diagnosed("tb", "li", "A15.0", "2025-11-20", "clinic-dongli"))
    refuted = {**cards.diagnosed("tb", "li", "A15.0", "2025-11-20", "clinic-dongli")}
    refuted["verificationStatus"] = {"coding": [{"system": wrong, "code": "refuted"}]}
    assert owing_of(world.li, NOW)
    care.store(refuted)
    assert owing_of(world.li, NOW) == []


def test_what_is_missing_is_the_same_worked_out_anew(world):
    care.store(cards.diagnosed("tb", "li", "A15.0", "2025-11-20", "clinic-dongli"))
    before = [one.row for one in owing(world.reviewer, NOW)]
    missing_rows.rebuild()
    assert [one.row for one in owing(world.reviewer, NOW)] == before != []


def test_the_list_is_picked_by_disease_place_and_day_with_counts(world):
    one = cards.reported(world)
    two = cards.reported(world, "two", by=world.physician, pid=world.zhao, disease="influenza", dysentery_kind=None)
    declared = rules().content.procedures[cards.PROCEDURE]
    every = listing(world.epi, declared, Picked())
    assert every.total == 2 and every.counts["disease"] == {"dysentery": 1, "influenza": 1}
    assert every.counts["area"] == {"370899101": 1, "370899102": 1}
    picked = Picked(values={"disease": "influenza"}, area="370899102", since=date(2025, 11, 1), until=date(2025, 11, 30))
    assert [row.id for row in listing(world.epi, declared, picked).rows] == [two]
    assert listing(world.epi, declared, Picked(since=date(2025, 11, 22))).total == 0
    assert [row.id for row in listing(world.shen, declared, Picked()).rows] == [one]


def test_cards_are_rows_that_indicators_and_signals_read(world):
    id = cards.reported(world)
    cards.passed(world, id)
    (row,) = person_rows.read([world.li], {"notifiable_cards": None})[world.li]["notifiable_cards"]
    assert (row["disease"], row["class"], row["on"], row["onset"]) == ("dysentery", "b", date(2025, 11, 21), date(2025, 11, 19))
    assert row["reported_in_time"] is True and row["reviewed_in_time"] is True and row["complete"] is True and row["merged"] is False
    case_work.make_move(world.reviewer, id, "drop_final", reason="错报", key="gone")
    assert person_rows.read([world.li], {"notifiable_cards": None})[world.li].get("notifiable_cards", []) == []


def test_a_death_reopens_a_final_card_without_the_day_of_death(world):
    id = cards.reported(world)
    cards.passed(world, id)
    patient = json.loads(record.current("Patient", "li").text)
    write([Draft("update", "Patient", "li", {**patient, "deceasedDateTime": "2025-11-21"})], by=SYSTEM)
    assert case_work.fire_due(END_OF_DAY) == 1
    stored = CaseFile.objects.get(id=id)
    assert (stored.state, stored.ended) == ("returned", False)
    assert {one.org for one in Notice.objects.filter(case_id=id, says__contains="死亡日期")} == {"clinic-dongli", "dongli-hospital"}
    case_work.make_move(world.shen, id, "resend", answers=cards.card(died_on="2025-11-21", died_of_it=False), key="a")
    assert columns(id)["died"] == "2025-11-21" and cards.passed(world, id).case.state == "final"
    assert case_work.fire_due(END_OF_DAY) == 0


def test_the_card_is_printed_on_the_official_paper(world):
    id = cards.reported(world)
    printed = printing.case(world.town_desk, id, "report_card")
    assert printed.data.startswith(b"%PDF") and printed.name == "传染病报告卡 李样芳.pdf"
