"""The one door: all or nothing, one person, one reach, versions kept."""

import copy

import pytest
from django.db import connection

from kangyu.apps.governance.access import SYSTEM, viewer_of
from kangyu.apps.governance.models import AuditEvent
from kangyu.apps.identity.models import Person
from kangyu.apps.record import queries, reading
from kangyu.apps.record.actions import write
from kangyu.apps.record.errors import ConflictError, GoneError, InvalidError
from kangyu.apps.record.pipeline import Draft
from kangyu.kernel.errors import DeniedError, ProblemsError
from world.qinghe import DONGLI, blood_pressure, number, patient

pytestmark = pytest.mark.django_db


def outbox() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rtype, id, vid FROM outbox ORDER BY seq")
        return cursor.fetchall()


def test_write_stores_versions_audits_and_announces(qinghe):
    before = len(outbox())
    draft = write.create(blood_pressure("", "li", "2025-11-20", 148, 92), by=viewer_of(qinghe.shen))
    assert draft.vid == 1 and draft.pid == Person.objects.get(patient_id="li").pid
    second = blood_pressure(draft.id, "li", "2025-11-20", 138, 92)
    assert write.update(second, by=viewer_of(qinghe.shen), expected=1).vid == 2
    assert [one.vid for one in queries.history("Observation", draft.id)] == [2, 1]
    assert '"value": 148' in queries.version("Observation", draft.id, 1).text
    assert outbox()[before:] == [("Observation", draft.id, 1), ("Observation", draft.id, 2)]
    assert AuditEvent.objects.filter(account="shen", action="record.write", pids=[draft.pid]).count() == 2


def test_delete_leaves_a_tombstone_and_the_versions(qinghe):
    draft = write.create(blood_pressure("", "li", "2025-11-20", 148, 92), by=SYSTEM)
    write.delete("Observation", draft.id, by=SYSTEM)
    assert queries.current("Observation", draft.id) is None
    assert [(one.vid, one.text is None) for one in queries.history("Observation", draft.id)] == [(2, True), (1, False)]
    assert write.update(blood_pressure(draft.id, "li", "2025-11-20", 150, 90), by=SYSTEM).vid == 3


def test_one_bad_draft_keeps_the_good_one_out(qinghe):
    good, bad = blood_pressure("good", "li", "2025-11-20", 148, 92), blood_pressure("bad", "li", "2025-11-20", 92, 148)
    with pytest.raises(InvalidError) as refused:
        write.write([Draft("create", "Observation", one["id"], one) for one in (good, bad)], by=SYSTEM)
    assert "收缩压 92 应高于舒张压 148" in str(refused.value)
    assert queries.current("Observation", "good") is None


@pytest.mark.parametrize(("systolic", "words"), [(870, "收缩压 870 不可能"), (12, "收缩压 12 不可能")])
def test_impossible_blood_pressure_is_refused_with_what_is_possible(qinghe, systolic, words):
    with pytest.raises(InvalidError) as refused:
        write.create(blood_pressure("", "li", "2025-11-20", systolic, 10), by=SYSTEM)
    assert words in str(refused.value) and "40–300 mmHg" in str(refused.value)


def test_wrong_check_character_is_refused(qinghe):
    right = number("1990-01-01", "male")
    wrong = right[:17] + ("0" if right[17] != "0" else "1")
    with pytest.raises(InvalidError, match="校验码不对"):
        write.create(patient("x", "孙样平", "1990-01-01", "male", "clinic-dongli", DONGLI, identity=wrong), by=SYSTEM)


def test_stale_version_is_refused(qinghe):
    draft = write.create(blood_pressure("", "li", "2025-11-20", 148, 92), by=SYSTEM)
    write.update(blood_pressure(draft.id, "li", "2025-11-20", 140, 90), by=SYSTEM, expected=1)
    with pytest.raises(ConflictError, match="第 2 版"):
        write.update(blood_pressure(draft.id, "li", "2025-11-20", 141, 90), by=SYSTEM, expected=1)


def test_doctor_next_door_can_neither_write_nor_read(qinghe):
    wang = viewer_of(qinghe.wang)
    with pytest.raises(DeniedError):
        write.create(blood_pressure("", "li", "2025-11-20", 148, 92), by=wang)
    stored = write.create(blood_pressure("", "li", "2025-11-20", 148, 92), by=SYSTEM)
    with pytest.raises(GoneError):
        reading.read("Observation", stored.id, viewer=wang)
    assert AuditEvent.objects.filter(account="wang", outcome="denied", target=f"Observation/{stored.id}").exists()
    with pytest.raises(GoneError):
        reading.history("Observation", stored.id, viewer=wang)


def test_planner_cannot_write_a_visit(qinghe):
    with pytest.raises(DeniedError):
        write.create(blood_pressure("", "li", "2025-11-20", 148, 92), by=viewer_of(qinghe.planner))


def test_unknown_patient_is_refused(qinghe):
    with pytest.raises(InvalidError, match="Patient/nobody 不存在"):
        write.create(blood_pressure("", "nobody", "2025-11-20", 148, 92), by=SYSTEM)


def test_same_identity_number_is_the_same_person(qinghe):
    known = Person.objects.get(patient_id="li")
    again = patient("li-hospital", "李样芳", "1958-03-02", "female", "clinic-dongli", DONGLI, identity=known.identity_number)
    assert write.create(again, by=SYSTEM, id="li-hospital").pid == known.pid


def test_without_number_name_sex_birth_and_phone_make_the_person(qinghe):
    def child(id: str, phone: str) -> dict:
        return patient(id, "钱样宝", "2024-05-01", "male", "clinic-dongli", DONGLI, identity=None, phone=phone)

    first = write.create(child("c1", "19900000009"), by=SYSTEM, id="c1")
    assert write.create(child("c2", "19900000009"), by=SYSTEM, id="c2").pid == first.pid
    assert write.create(child("c3", "19900000008"), by=SYSTEM, id="c3").pid != first.pid
    numbered = child("c1", "19900000009") | patient("c1", "钱样宝", "2024-05-01", "male", "clinic-dongli", DONGLI, phone="19900000009")
    assert write.update(copy.deepcopy(numbered), by=SYSTEM).pid == first.pid
    assert Person.objects.get(pid=first.pid).identity_number


def test_missing_particulars_never_match_each_other(qinghe):
    first = write.create(patient("n1", "孙样平", "1990-01-01", "male", "clinic-dongli", DONGLI, identity=None), by=SYSTEM)
    second = write.create(patient("n2", "孙样平", "1990-01-01", "male", "clinic-dongli", DONGLI, identity=None), by=SYSTEM)
    assert first.pid != second.pid


def test_number_of_another_person_is_refused(qinghe):
    other = Person.objects.get(patient_id="zhao").identity_number
    taken = patient("li", "李样芳", "1970-06-15", "male", "clinic-dongli", DONGLI, identity=other)
    with pytest.raises(ProblemsError, match="已经属于另一个人"):
        write.update(taken, by=SYSTEM)
