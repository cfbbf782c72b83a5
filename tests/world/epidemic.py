"""Qinghe with an outbreak: children of Dongli's kindergarten, the village doctor who reports them, the county's disease control."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kangyu.apps.governance.access import SYSTEM, Viewer, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.flows import case_work
from kangyu.flows.case_work import SubjectRef
from world import care, outbreaks, qinghe
from world.qinghe import COUNTY

KINDERGARTEN = "东里幼儿园"


@dataclass(frozen=True)
class Epidemic:
    """Who works on it, and the children by number."""

    shen: Viewer
    wang: Viewer
    reviewer: Viewer
    epi: Viewer
    outsider: Viewer
    children: list[int]


def build(count: int = 7) -> Epidemic:
    """The people and accounts; nobody is ill yet."""
    county = qinghe.build()
    care.stand_on()
    care.store(
        qinghe.institution("cdc", "清河县疾病预防控制中心", "cdc", COUNTY),
        qinghe.institution("tcm-hospital", "清河县中医院", "tcm_hospital", f"{COUNTY}102"),
        *outbreaks.children(count),
    )

    def at(org: str, username: str, name: str, role: str) -> Viewer:
        return viewer_of(accounts.open_account(
            username=username, password=qinghe.PASSWORD, display_name=name, role=role, by=SYSTEM, synthetic=True, area=COUNTY, org=org,
        ))  # fmt: skip

    return Epidemic(
        shen=viewer_of(county.shen),
        wang=viewer_of(county.wang),
        reviewer=at("cdc", "reviewer", "审样红", "county_reviewer"),
        epi=at("cdc", "epi", "白样青", "epidemiologist"),
        outsider=at("tcm-hospital", "tcmdesk", "外样人", "referral_desk"),
        children=[care.pid_of(f"child-{number}") for number in range(count)],
    )


def card(onset: date, at: str, **changes) -> dict:
    """A report card of hand, foot and mouth disease at the kindergarten."""
    return {
        "disease": "hand_foot_mouth", "case_class": "clinical", "onset": onset, "diagnosed_at": datetime.fromisoformat(at),
        "guardian": "童样家", "phone": "19900000009", "origin": "county", "address": "东里村 1 号", "population_group": "kindergarten",
        "workplace": KINDERGARTEN, "school_class": "小一班", "hfmd_pathogen": "not_tested", "hfmd_severe": False, **changes,
    }  # fmt: skip


def reported(world: Epidemic, child: int, onset: date, at: str, **changes) -> str:
    """A child has been reported by the village doctor; the case's id."""
    return case_work.open_case(
        world.shen, "notifiable_case", SubjectRef("person", str(world.children[child])), move="report", answers=card(onset, at, **changes),
        key=f"card-{child}",
    )  # fmt: skip


def passed(world: Epidemic, child: int, onset: date, at: str, **changes) -> str:
    """A child has been reported, and the county has checked the card."""
    id = reported(world, child, onset, at, **changes)
    case_work.make_move(world.reviewer, id, "county_at_once", key=f"check-{child}")
    return id


def five_ill(world: Epidemic) -> list[str]:
    """Five children of the kindergarten within five days: the threshold of a cluster."""
    first = date(2025, 11, 16)
    return [reported(world, child, first + timedelta(days=child), "2025-11-21 09:30") for child in range(5)]
