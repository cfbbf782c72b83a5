"""Qinghe with report cards: the village clinic under its township hospital, the county hospital, the CDC of county and city."""

from dataclasses import dataclass

from kangyu.apps.governance.access import SYSTEM, Viewer, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.flows import case_work
from kangyu.flows.case_work import CaseView, SubjectRef
from world import care, qinghe
from world.qinghe import COUNTY, XILI, extension

PROCEDURE = "notifiable_case"


@dataclass(frozen=True)
class Cards:
    """Who works on report cards. ``stranger`` is the infection desk of a hospital that is no party."""

    shen: Viewer
    wang: Viewer
    physician: Viewer
    desk: Viewer
    town_desk: Viewer
    reviewer: Viewer
    second_reviewer: Viewer
    city: Viewer
    epi: Viewer
    stranger: Viewer
    li: int
    zhao: int


def build(city: bool = True) -> Cards:
    """The institutions and accounts; Zhao of Xili was seen at the county hospital this week."""
    county = qinghe.build()
    care.stand_on()
    clinic = qinghe.institution("clinic-dongli", "东里村卫生室", "village_clinic", qinghe.DONGLI)
    care.store(
        qinghe.institution("dongli-hospital", "东里镇卫生院", "township_hospital", f"{COUNTY}101"),
        {**clinic, "partOf": {"reference": "Organization/dongli-hospital"}},
        qinghe.institution("county-hospital", "清河县人民医院", "general_hospital", f"{COUNTY}101"),
        qinghe.institution("tcm-hospital", "清河县中医院", "tcm_hospital", f"{COUNTY}102"),
        qinghe.institution("cdc", "清河县疾病预防控制中心", "cdc", f"{COUNTY}101"),
        *([qinghe.institution("cdc-city", "示范市疾病预防控制中心", "cdc", COUNTY[:4])] if city else []),
        diagnosed("seen", "zhao", "A09.0", "2025-11-20", "county-hospital"),
    )

    def at(org: str, username: str, name: str, role: str, area: str = COUNTY) -> Viewer:
        return viewer_of(accounts.open_account(
            username=username, password=qinghe.PASSWORD, display_name=name, role=role, by=SYSTEM, synthetic=True, area=area, org=org,
        ))  # fmt: skip

    return Cards(
        shen=viewer_of(county.shen),
        wang=viewer_of(county.wang),
        physician=at("county-hospital", "physician", "段样清", "doctor"),
        desk=at("county-hospital", "infection", "祝样防", "infection_desk"),
        town_desk=at("dongli-hospital", "prevention", "苏样防", "infection_desk"),
        reviewer=at("cdc", "reviewer", "梁样核", "county_reviewer"),
        second_reviewer=at("cdc", "reviewer2", "鲁样核", "county_reviewer"),
        city=at("cdc-city" if city else "", "city", "潘样审", "city_reviewer", COUNTY[:4]),
        epi=at("cdc", "epi", "白样青", "epidemiologist"),
        stranger=at("tcm-hospital", "outsider", "外样人", "infection_desk"),
        li=care.pid_of("li"),
        zhao=care.pid_of("zhao"),
    )


def diagnosed(id: str, patient_id: str, code: str, on: str, org: str) -> dict:
    """A diagnosis recorded at an institution."""
    condition = care.condition(id, patient_id, code, on, "诊断")
    return {**condition, "extension": [extension("institution", valueReference={"reference": f"Organization/{org}"})]}


def card(**changes) -> dict:
    """A card of Li Fang with dysentery, as it comes from the form."""
    return {
        "disease": "dysentery", "dysentery_kind": "dysentery_bacillary", "case_class": "confirmed", "onset": "2025-11-19",
        "diagnosed_at": "2025-11-21T09:30", "phone": "19900000001", "origin": "county", "address": "东里村 12 号",
        "population_group": "retired", "workplace": "无", **changes,
    }  # fmt: skip


def reported(world: Cards, key: str = "one", *, by: Viewer | None = None, pid: int = 0, **changes) -> str:
    """A card has been reported; its id."""
    subject = SubjectRef("person", str(pid or world.li))
    return case_work.open_case(by or world.shen, PROCEDURE, subject, move="report", answers=card(**changes), key=key)


def passed(world: Cards, id: str, *, by: tuple[Viewer, ...] | None = None) -> CaseView:
    """Every reviewer in turn has passed it."""
    for number, viewer in enumerate(by or (world.town_desk, world.reviewer, world.city), 1):
        view = case_work.make_move(viewer, id, f"pass_{number}", key=f"{id}-pass-{number}-{len(case_work.view(viewer, id).case.steps)}")
    return view


__all__ = ["COUNTY", "PROCEDURE", "XILI", "Cards", "build", "card", "diagnosed", "passed", "reported"]
