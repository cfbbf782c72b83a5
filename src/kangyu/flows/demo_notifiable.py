"""A year of report cards for the demo county: played by the engine on a simulated clock from the diagnoses there are, at every stage."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction

from kangyu.apps.cases.actions import missing
from kangyu.apps.cases.rules import Rules, missing_rules, rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.directory.models import Institution
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer, viewer_of
from kangyu.apps.governance.models import Account
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines.cases.case import Case, SubjectRef
from kangyu.engines.cases.procedure import values
from kangyu.engines.content.kinds.definition import Lookup
from kangyu.flows import demo_cases
from kangyu.flows.case_happen import case_id
from kangyu.flows.case_load import SYNTHETIC_TAG, WARRANT, wall_now
from kangyu.flows.case_subjects import SubjectFacts
from kangyu.flows.demo_cases import BATCH, Played

PROCEDURE = "notifiable_case"
CITY = "cdc-city"
SEED = 11
MOST = 80
DIAGNOSED = """
SELECT r.pid, p.patient_id, p.name, p.sex, p.birth_date, p.area,
       coalesce(nullif(r.org, ''), (SELECT e.org FROM resource e WHERE e.pid = r.pid AND e.rtype = 'Encounter' AND e.org <> ''
                AND e.d_lo = (r.body ->> 'recordedDate')::date LIMIT 1), p.org),
       p.phone, p.synthetic, r.code, (r.body ->> 'recordedDate')::date,
       coalesce((r.body ->> 'onsetDateTime')::date, (r.body ->> 'recordedDate')::date)
FROM resource r JOIN person p ON p.pid = r.pid
WHERE r.rtype = 'Condition' AND r.code LIKE ANY(%s) AND (r.body ->> 'recordedDate')::date BETWEEN %s AND %s AND p.deceased_on IS NULL
ORDER BY (r.body ->> 'recordedDate')::date DESC, r.id LIMIT %s
"""
OTHERS = """
SELECT p.pid, p.patient_id, p.name, p.sex, p.birth_date, p.area, p.org, p.phone, p.synthetic FROM person p
WHERE p.deceased_on IS NULL AND p.birth_date < %s AND p.org <> '' AND p.synthetic ORDER BY md5(p.pid::text || 'cards') LIMIT %s
"""
USUAL: tuple[tuple[str, dict[str, Any]], ...] = (
    ("influenza", {"case_class": "confirmed"}),
    ("viral_hepatitis", {
        "hepatitis_kind": "hepatitis_b", "course": "chronic", "hbsag_since": "over_6_months", "anti_hbc_igm": "negative",
        "liver_biopsy": "not_tested", "hbsag_cleared": "not_tested", "alt": 86,
    }),
    ("syphilis", {
        "syphilis_kind": "syphilis_latent", "marital": "married", "education": "junior", "std_contacts": ["unknown"],
        "std_history": "no", "std_route": "unknown", "std_sample": "preoperative",
    }),
    ("brucellosis", {"population_group": "herder"}),
    ("dysentery", {"dysentery_kind": "dysentery_bacillary"}),
    ("infectious_diarrhoea", {}),
    ("scarlet_fever", {}),
    ("mumps", {}),
    ("pertussis", {}),
    ("hfrs", {}),
)  # fmt: skip


@dataclass(frozen=True)
class Patient:
    """Somebody with a diagnosis to be reported: where it was made, when, and since when they were ill."""

    pid: int
    reference: str
    name: str
    sex: str
    born: date
    area: str
    org: str
    phone: str
    synthetic: bool
    disease: str
    on: date
    onset: date
    more: Mapping[str, Any]
    story: str = ""
    village: str = ""


def accounts(clinic: str) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """The infection desks of the county hospital and of the hospital above the demo doctor's clinic, the reviewers of county and city."""
    county = directory.county()
    _city(county.code, county.name)
    within = {one.kind: one.id for one in reversed(directory.institutions_within(county.code))}
    yield "infection_desk", "infection", "祝样防", {"area": county.code, "org": within.get("general_hospital", "")}
    above = Institution.objects.filter(id=clinic).values_list("parent", flat=True).first()
    if above:
        yield "infection_desk", "prevention", "苏样防", {"area": county.code, "org": above}
    yield "county_reviewer", "reviewer", "梁样核", {"area": county.code, "org": within.get("cdc", "")}
    yield "city_reviewer", "city", "潘样审", {"area": county.code[:4], "org": CITY}


def _city(county: str, name: str) -> None:
    """The centre for disease control of the city above the county, which the county's own records do not hold."""
    organisation = {
        "resourceType": "Organization", "id": CITY, "active": True, "name": "示范市疾病预防控制中心", "meta": {"tag": [SYNTHETIC_TAG]},
        "type": [{"coding": [{"system": "urn:kangyu:cs:institution-kind", "code": "cdc"}]}],
        "extension": [{"url": "urn:kangyu:ext:area", "valueCode": county[:4]}],
        "identifier": [{"system": "urn:kangyu:cs:institution", "value": f"{county[:4]}00001"}],
    }  # fmt: skip
    write([Draft("update", "Organization", CITY, organisation)], by=SYSTEM, purpose="演示")


def seed(residents: int) -> int:
    """Cards from the diagnoses of a year and some of other diseases; returns how many. Some new ones are left for the desk to find."""
    declared = rules()
    if PROCEDURE not in declared.content.procedures:
        return 0
    patients = [*_diagnosed(declared), *_others(max(30, min(residents // 250, 60)))]
    villages = {area.code: area.name for area in directory.areas_within(directory.county().code, "village")}
    patients = [replace(one, village=villages.get(one.area, "")) for one in patients]
    random, parties = np.random.default_rng(SEED), _parties()
    begun = (one for place, patient in enumerate(patients) for one in _play(declared, patient, place, parties, random))
    played = [one for one in begun if one.facts is not None]
    drafts = [draft for one in played for draft in one.stored()]
    with transaction.atomic():
        for start in range(0, len(drafts), BATCH):
            write(drafts[start : start + BATCH], by=SYSTEM, purpose="演示", warrant=WARRANT)
    missing.rebuild()
    demo_cases.looked_at(wall_now() - timedelta(days=2))
    return len(played)


def _table(declared: Rules) -> Lookup:
    return next(one.lookup for one in missing_rules(declared) if one.procedure == PROCEDURE)


def _diagnosed(declared: Rules) -> list[Patient]:
    """People with a notifiable diagnosis of the last year, newest first; most of the newest stay unreported (see ``_story``)."""
    table, today = _table(declared), clock.today()
    known = [row["icd10"] for row in table.rows.values() if isinstance(row.get("icd10"), tuple)]
    codes = [str(code).replace("*", "%") for cells in known for code in cells]  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(DIAGNOSED, [codes, today - timedelta(days=365), today, MOST])
        rows = cursor.fetchall()
    found = [(row, table.found_by("icd10", row[9])) for row in rows]
    return [Patient(*row[:9], disease, row[10], min(row[11], row[10]), {}) for row, disease in found if disease]


def _others(count: int) -> list[Patient]:
    """Some people with the diseases every county reports, spread over the year."""
    today, random = clock.today(), np.random.default_rng(SEED + 1)
    with connection.cursor() as cursor:
        cursor.execute(OTHERS, [today - timedelta(days=366), count])
        rows = cursor.fetchall()
    found = []
    for place, row in enumerate(rows):
        disease, more = USUAL[place % len(USUAL)]
        story = LATEST[place] if place < len(LATEST) else ""
        on = today - timedelta(days=2 + place % 5 if story else int(random.integers(2, 350)))
        found.append(Patient(*row, disease, on, on - timedelta(days=int(random.integers(0, 4))), more, story))
    return found


def _parties() -> dict[str, str]:
    county = directory.county()
    centre = next((one.id for one in directory.institutions_within(county.code) if one.kind == "cdc"), "")
    return {"county": centre, "city": CITY}


# stories: how far a card comes, counted from the newest diagnosis

LATEST = (
    "sent", "checked", "late_review", "returned", "draft", "doubled", "county_ok", "corrected", "ruled_out", "sent", "merged", "county_ok",
    "deleted", "returned_final", "corrected",
)  # fmt: skip
NEW = 28
"""Of the diagnoses of so many days every other one is left unreported."""


def _story(patient: Patient, place: int) -> str:
    if patient.story:
        return patient.story
    if (clock.today() - patient.on).days <= NEW:
        return "unreported" if place % 2 == 0 else "final"
    return "late" if place % 17 == 3 else "corrected" if place % 23 == 5 else "final"


def _play(declared: Rules, patient: Patient, place: int, parties: Mapping[str, str], random: np.random.Generator) -> Iterator[Played]:
    story = _story(patient, place)
    if story == "unreported":
        return
    first = _begun(declared, patient, f"card-{place}", patient.org, parties)
    first.now = _diagnosed_at(story, patient, random)
    _tell(first, story, patient, random)
    if story in ("doubled", "merged"):
        second = _begun(declared, patient, f"card-{place}-again", _hospital(), parties)
        second.now = min(first.case.opened or first.now, wall_now()) + timedelta(minutes=90)
        _tell(second, "sent" if story == "doubled" else "final", patient, random)
        if story == "merged" and first.facts is not None:
            second.merged_into = first.case.id
            second.facts = second.facts_now(values(second.prepared, second.case, second.now))
        yield second
    yield first


def _hospital() -> str:
    return Account.objects.filter(username="infection").values_list("org", flat=True).first() or ""


def _begun(declared: Rules, patient: Patient, key: str, org: str, parties: Mapping[str, str]) -> Played:
    subject = SubjectRef("person", str(patient.pid))
    fields = {
        "birth_date": patient.born, "sex": patient.sex or None, "org": org, "area": patient.area, "township": patient.area[:9],
        "county": patient.area[:6], "name": patient.name, "phone": patient.phone or None, "death_date": None,
    }  # fmt: skip
    reference = {"reference": f"Patient/{patient.reference}"}
    facts = SubjectFacts(subject, patient.name, reference, fields, {}, patient.pid, patient.area, org, patient.synthetic)
    case = Case(case_id(PROCEDURE, subject, key), subject, opener=org, parties=dict(parties))
    return Played(declared, declared.procedure(PROCEDURE), case, facts, SYSTEM, wall_now()).with_subject()


def _diagnosed_at(story: str, patient: Patient, random: np.random.Generator) -> datetime:
    """When the diagnosis was made, so that the card stands where its story leaves it now."""
    back = {"sent": 1.5, "checked": 4, "late_review": 31, "draft": 30, "returned": 20, "county_ok": 9, "doubled": 3.2}
    if story in back:
        return wall_now() - timedelta(hours=back[story], minutes=int(random.integers(0, 40)))
    return datetime.combine(patient.on, datetime.min.time()) + timedelta(hours=8 + 9 * float(random.random()))


Line = tuple[float, str, str, dict[str, Any] | None, str]


def _tell(played: Played, story: str, patient: Patient, random: np.random.Generator) -> None:
    """Play the story; each line so many hours after the one before, nothing beyond the present."""
    now = wall_now()
    for wait, role, move, answers, reason in _script(played.now, story, patient, random):
        moment = played.now + timedelta(hours=wait)
        if moment > now or (move not in played.prepared.moves) or played.case.state not in played.prepared.moves[move].from_:
            break
        played.wait_until(moment)
        played.do(_actor(role, played), move, answers, reason)
    played.wait_until(now)


def _script(diagnosed: datetime, story: str, patient: Patient, random: np.random.Generator) -> Iterator[Line]:
    card = {**_card(patient, random), "diagnosed_at": diagnosed.replace(second=0, microsecond=0)}
    if story == "ruled_out":
        yield 5, "infection_desk", "rule_out", {"disease": patient.disease, "why": "reported_elsewhere"}, ""
        return
    delay = {"late": 26 + 20 * float(random.random()), "draft": 1.0, "sent": 0.6, "doubled": 0.5}.get(
        story, 0.3 + 6 * float(random.random())
    )
    if patient.disease in ("cholera", "plague"):
        delay = min(delay, 1.2)
    yield delay, "doctor", "save" if story == "draft" else "report", card, ""
    if story in ("draft", "sent", "doubled", "late_review"):
        return
    if story == "deleted":
        yield 3, "infection_desk", "drop", None, "检查后排除，诊断已改"
        return
    yield 0.4 + 1.2 * float(random.random()), "infection_desk", "pass_1", None, ""
    if story == "checked":
        return
    if story in ("returned", "returned_final"):
        yield 0.5, "county_reviewer", "return_2", None, "现住址没有写到村组，学校班级与上次不同"
        if story == "returned":
            return
        yield 2, "doctor", "resend", {**card, "remark": "已核对地址"}, ""
        yield 1, "infection_desk", "pass_1", None, ""
    yield 0.3 + 1.2 * float(random.random()), "county_reviewer", "pass_2", None, ""
    if story == "county_ok":
        return
    yield 2 + 12 * float(random.random()), "city_reviewer", "pass_3", None, ""
    if story == "corrected":
        yield 30, "doctor", "amend", {**card, "case_class": "confirmed", **_typed(patient.disease)}, ""
        yield 2, "infection_desk", "pass_1", None, ""
        yield 3, "county_reviewer", "pass_2", None, ""
        yield 9, "city_reviewer", "pass_3", None, ""


def _typed(disease: str) -> dict[str, Any]:
    return {"hfmd_pathogen": "ev71"} if disease == "hand_foot_mouth" else {}


NAMED = {"doctor": "接诊医师", "infection_desk": "防保科", "county_reviewer": "县审核员", "city_reviewer": "市审核员"}
PARTY = {"doctor": "reporter", "infection_desk": "desk", "county_reviewer": "county", "city_reviewer": "city"}


def _actor(role: str, played: Played) -> Viewer:
    """Who does it: the demo account of that job at that institution, else somebody by the name of the job."""
    org = played.case.parties.get(PARTY[role]) or played.case.opener
    account = Account.objects.filter(role=role, org=org, synthetic=True, is_active=True).first()
    if account is not None:
        return viewer_of(account)
    return replace(SYSTEM, username=NAMED[role], display_name=NAMED[role], role=role, org=org)


def _card(patient: Patient, random: np.random.Generator) -> dict[str, Any]:
    """A card as its doctor fills it in."""
    age = (patient.on - patient.born).days // 365
    group = "scattered_child" if age < 3 else "kindergarten" if age < 7 else "student" if age < 19 else "farmer" if age < 62 else "retired"
    card: dict[str, Any] = {
        "disease": patient.disease, "case_class": "clinical", "onset": max(patient.onset, patient.born), "origin": "county",
        "phone": patient.phone or None, "address": f"{patient.village}{int(random.integers(1, 6))} 组 {int(random.integers(1, 60))} 号",
        "population_group": group,
    }  # fmt: skip
    if age <= 14:
        card["guardian"] = f"{patient.name[0]}样家"
    if group in ("kindergarten", "student"):
        card |= {"workplace": "镇中心幼儿园" if group == "kindergarten" else "镇中心小学" if age < 13 else "镇初级中学"}
        card |= {
            "school_class": f"{'小中大'[min(max(age - 3, 0), 2)]}班"
            if group == "kindergarten"
            else f"{max(age - 6, 1)} 年级 {1 + age % 3} 班"
        }
    if patient.disease == "hand_foot_mouth":
        card |= {"hfmd_pathogen": "not_tested", "hfmd_severe": False}
    if patient.disease == "pulmonary_tb":
        card |= {"tb_kind": "tb_positive" if random.random() < 0.5 else "tb_negative", "case_class": "confirmed"}
    if patient.disease == "cholera":
        card |= {"case_class": "confirmed", "origin": "county", "population_group": "farmer"}
    return {key: value for key, value in {**card, **patient.more}.items() if value is not None}
