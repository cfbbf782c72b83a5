"""Qinghe with hospitals: Dr Shen refers to the county hospital; the desk of the tcm hospital is no party and must see nothing."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from kangyu.apps.governance.access import SYSTEM, Viewer, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.engines.forms import Named
from kangyu.flows import case_work
from kangyu.flows.case_work import SubjectRef
from world import care, qinghe
from world.qinghe import COUNTY


@dataclass(frozen=True)
class Transfers:
    """Who works on referrals, and Li Fang whom they are about."""

    shen: Viewer
    wang: Viewer
    desk: Viewer
    second_desk: Viewer
    reception: Viewer
    doctor: Viewer
    office: Viewer
    stranger: Viewer
    li: int


def build(beds: int = 1) -> Transfers:
    """The accounts, and ``beds`` free beds of the county hospital's internal medicine."""
    county = qinghe.build()
    care.stand_on()
    care.store(
        qinghe.institution("county-hospital", "清河县人民医院", "general_hospital", f"{COUNTY}101"),
        qinghe.institution("tcm-hospital", "清河县中医院", "tcm_hospital", f"{COUNTY}102"),
    )

    def at(org: str, username: str, name: str, role: str) -> Viewer:
        return viewer_of(accounts.open_account(
            username=username, password=qinghe.PASSWORD, display_name=name, role=role, by=SYSTEM, synthetic=True, area=COUNTY, org=org,
        ))  # fmt: skip

    if beds:
        where = {"hospital": "county-hospital", "department": "internal"}
        post("referral_beds", [Entry("put", Decimal(beds), where)], key="beds", by=SYSTEM, source="test")
    return Transfers(
        shen=viewer_of(county.shen),
        wang=viewer_of(county.wang),
        desk=at("county-hospital", "desk", "贺样成", "referral_desk"),
        second_desk=at("county-hospital", "desk2", "何样平", "referral_desk"),
        reception=at("county-hospital", "reception", "迟样来", "reception"),
        doctor=at("county-hospital", "physician", "段样清", "doctor"),
        office=at("county-hospital", "office", "金样管", "medical_office"),
        stranger=at("tcm-hospital", "tcmdesk", "外样人", "referral_desk"),
        li=care.pid_of("li"),
    )


def sheet(**changes) -> dict:
    """A referral sheet to the county hospital, as it comes from the form."""
    target = Named("county-hospital", "Organization", "清河县人民医院")
    return {
        "direction": "up", "target": target, "department": "internal", "urgency": "routine", "impression": "高血压急症待排",
        "why": "上门随访收缩压 182，头晕", "consent": "agreed", "systolic": 182, "diastolic": 104, **changes,
    }  # fmt: skip


ACCEPTANCE = {"department": "internal", "keeps_bed": True, "come_by": "2025-11-22"}
PLAN = {
    "diagnosis": "高血压 3 级", "findings": "心电图窦性", "treatment": "静滴后平稳", "medicines": "氨氯地平", "advice": "每周测压",
    "see_again": "2025-11-28",
}  # fmt: skip


def sent(world: Transfers, key: str = "one", **changes) -> str:
    """Li Fang has been referred; the case's id."""
    return case_work.open_case(
        world.shen, "referral", SubjectRef("person", str(world.li)), move="send_at_once", answers=sheet(**changes), key=key
    )


def at_time(monkeypatch, text: str) -> None:
    """Let cases live at a moment of the wall clock."""
    moment = datetime.fromisoformat(text)
    for module in ("kangyu.flows.case_load", "kangyu.flows.case_happen", "kangyu.flows.case_timers", "kangyu.flows.case_postings"):
        monkeypatch.setattr(f"{module}.wall_now", lambda: moment, raising=False)
    monkeypatch.setattr("kangyu.apps.governance.clock.now", lambda: timezone.make_aware(moment))
