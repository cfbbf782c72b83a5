"""A running case keeps the states, clocks and parts of the day it was opened, when the procedure changes under it without a restart."""

import re
import shutil
from datetime import date

import pytest

from declarations import FOLDER
from kangyu.apps.cases.models import CaseFile, CaseTimer
from kangyu.engines.forms import Named
from kangyu.flows import case_work
from kangyu.gateways import content as gateway
from world import care, transfers

pytestmark = pytest.mark.django_db
ONWARD = {
    "upper": Named("tcm-hospital", "Organization", "清河县中医院"),
    "urgency": "routine",
    "impression": "心衰待查",
    "why": "需要上级检查",
}


@pytest.fixture
def live(tmp_path, monkeypatch):
    root = tmp_path / "content"
    shutil.copytree(FOLDER, root)
    monkeypatch.setenv("KANGYU_CONTENT", str(root))
    monkeypatch.setattr(gateway, "RECHECK_SECONDS", 0.0)
    return root


def change(root) -> None:
    """From December on: an appointment instead of an acceptance, two working hours to answer, nothing passed on upwards."""
    now = root / "procedures" / "referral" / "procedure.yaml"
    text = now.read_text(encoding="utf-8")
    later = re.sub(r"\baccepted\b", "booked", text).replace("limit: 4 working hours", "limit: 2 working hours")
    later = re.sub(r"  come_back:\n.*?(?=  give_back:)", "", later, flags=re.DOTALL)
    later = re.sub(r"parts:\n.*?(?=act:)", "", later, flags=re.DOTALL).replace(
        "about: person", "valid: {from: 2025-12-01}\nabout: person", 1
    )
    now.with_name("procedure_from_december.yaml").write_text(later, encoding="utf-8")
    now.write_text(text.replace("about: person", "valid: {from: 2017-01-01}\nabout: person", 1), encoding="utf-8")


def lines(id: str) -> set[tuple[str, str]]:
    return set(CaseTimer.objects.filter(case_id=id).values_list("clock", "kind"))


def test_a_case_goes_on_by_the_rules_it_was_opened_with_and_a_new_one_by_the_new(live, db, monkeypatch):
    transfers.at_time(monkeypatch, "2025-11-28 16:00")
    world = transfers.build(beds=5)
    care.stand_on(date(2025, 11, 28))
    old = transfers.sent(world)
    due = CaseFile.objects.get(id=old).due

    change(live)
    care.stand_on(date(2025, 12, 1))
    transfers.at_time(monkeypatch, "2025-12-01 09:00")
    new = transfers.sent(world, key="new", impression="胸闷待查")

    assert CaseFile.objects.get(id=old).due == due
    spent = [clock.due for id in (old, new) for clock in case_work.view(world.desk, id).clocks if clock.key == "answer"]
    assert [one.strftime("%m-%d %H:%M") for one in spent] == ["12-01 10:30", "12-01 11:00"], "four working hours, and two"
    states = [
        case_work.make_move(world.desk, id, "accept", answers=transfers.ACCEPTANCE | {"come_by": "2025-12-02"}, key="a")
        for id in (old, new)
    ]
    assert [view.case.state for view in states] == ["accepted", "booked"]
    assert [view.prepared.state(view.case.state) for view in states] == ["等到诊", "等到诊"]
    assert lines(old) == lines(new) >= {("bed", "late"), ("arrival", "late")}

    for id in (old, new):
        case_work.make_move(world.reception, id, "arrive", key="b")
        case_work.make_move(world.doctor, id, "pass_on", answers=ONWARD, key="c")
    assert CaseFile.objects.filter(parent=old, part="onward").count() == 1, "its part is still opened"
    assert CaseFile.objects.filter(parent=new).count() == 0
    assert not CaseFile.objects.get(id=old).ended and CaseFile.objects.get(id=new).ended
