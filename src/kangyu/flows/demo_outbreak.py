"""An outbreak for the demo county: hand, foot and mouth disease in a kindergarten, three generations, contacts at every stage; and one
that its threshold has only just proposed. Played by the engine on a simulated clock up to now, written in batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.db import connection, transaction

from kangyu.apps.cases.rules import Rules, rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.governance.models import Account
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.engines.cases.advance import Made, Noted
from kangyu.engines.cases.case import Case, SubjectRef, Who
from kangyu.engines.cases.links import End, Link, link_resource
from kangyu.flows import contacts, gatherings
from kangyu.flows.case_happen import case_id
from kangyu.flows.case_load import WARRANT, wall_now
from kangyu.flows.case_subjects import SubjectFacts
from kangyu.flows.demo_cases import BATCH, Played
from kangyu.flows.group_members import rows_of_group
from kangyu.flows.outbreak_work import member_entry

NEEDED = ("notifiable_case", "case_investigation", "contact_watch", "outbreak")
DISEASE = "hand_foot_mouth"
ILLNESS: tuple[tuple[int, int | None, str, str], ...] = (
    (17, None, "confirmed", "小一班"), (14, 0, "confirmed", "小一班"), (13, 0, "clinical", "小一班"), (13, 0, "clinical", "小一班"),
    (12, 0, "confirmed", "小一班"), (11, 0, "clinical", "小二班"), (10, 1, "clinical", "小一班"), (9, 1, "confirmed", "小一班"),
    (9, 2, "clinical", "小二班"), (8, 4, "clinical", "小一班"), (8, 4, "confirmed", "中一班"), (7, 5, "clinical", "小二班"),
    (7, 5, "clinical", "小二班"), (6, 5, "suspected", "小二班"), (6, 10, "clinical", "中一班"), (5, 10, "clinical", "中一班"),
    (4, None, "suspected", "大一班"), (3, 14, "clinical", "中一班"),
)  # fmt: skip
"""Days before today of the onset, whose case it came from, how certain, which class: eighteen children, four generations."""
INVESTIGATED = 8
CHILDREN = """
WITH kids AS (
    SELECT pid, patient_id, name, sex, birth_date, area, org, phone, synthetic, identity_number, left(area, 9) AS town FROM person
    WHERE birth_date BETWEEN %s AND %s AND deceased_on IS NULL AND org <> '' AND synthetic AND resident_to IS NULL
), town AS (SELECT town FROM kids GROUP BY town ORDER BY count(*) DESC, town LIMIT 1)
SELECT pid, patient_id, name, sex, birth_date, area, org, phone, synthetic, identity_number FROM kids
ORDER BY (town = (SELECT town FROM town)) DESC, md5(pid::text || 'outbreak') LIMIT %s
"""


@dataclass(frozen=True)
class Child:
    """A child, as the person index has it."""

    pid: int
    patient: str
    name: str
    sex: str
    born: date
    area: str
    org: str
    phone: str
    synthetic: bool
    identity: str | None


@dataclass(frozen=True)
class Stage:
    """What the story needs: the rules, the county's disease control and the one of the city, the name of the kindergarten."""

    declared: Rules
    cdc: str
    city: str
    kindergarten: str


def seed() -> int:
    """The outbreak and the proposed one; how many cases of every kind were made. Nothing where too few children live."""
    declared = rules()
    today = clock.today()
    _worker.cache_clear()
    with connection.cursor() as cursor:
        cursor.execute(CHILDREN, [today - timedelta(days=365 * 6), today - timedelta(days=365 * 3 + 60), 48])
        children = [Child(*row) for row in cursor.fetchall()]
    if any(key not in declared.content.procedures for key in NEEDED) or len(children) < len(ILLNESS) + 4:
        return 0
    stage = _stage(declared, children[0])
    ill, others = children[: len(ILLNESS)], children[len(ILLNESS) :]
    cards = [_card(stage, child, place) for place, child in enumerate(ill)]
    inquiries = [_investigation(stage, cards, place, ill, others) for place in range(len(cards))]
    watches = [watch for place in range(INVESTIGATED) for watch in _watches(stage, cards, inquiries[place], place, ill, others)]
    played = [*cards, *inquiries, *watches]
    links = [*_links(cards, ill), *_contact_links(inquiries, watches)]
    _store([draft for one in played for draft in one.stored()])
    _store([Draft("update", body["resourceType"], body["id"], body) for body in links])
    _outbreak(stage, cards, ill)
    return len(played) + 1 + _proposed(stage, others)


def _stage(declared: Rules, child: Child) -> Stage:
    county = directory.county()
    within = directory.institutions_within(county.code)
    centre = next((one.id for one in within if one.kind == "cdc"), "")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM institution WHERE kind = 'cdc' AND area = %s ORDER BY id LIMIT 1", [county.code[:4]])
        found = cursor.fetchone()
    town = next((area.name for area in directory.trail(child.area) if area.level == "township"), county.name)
    return Stage(
        declared, centre, found[0] if found else "", f"{town.removesuffix('街道').removesuffix('镇').removesuffix('乡')}中心幼儿园"
    )


def _store(drafts: Sequence[Draft]) -> None:
    with transaction.atomic():
        for start in range(0, len(drafts), BATCH):
            write(list(drafts[start : start + BATCH]), by=SYSTEM, purpose="演示", warrant=WARRANT)


@cache
def _worker(role: str, org: str) -> Viewer:
    account = Account.objects.filter(role=role, org=org, synthetic=True).order_by("id").first()
    return replace(SYSTEM, username=account.username if account else f"demo-{role}", role=role, org=org)


def _facts(child: Child) -> SubjectFacts:
    fields = {
        "birth_date": child.born, "sex": child.sex or None, "org": child.org, "area": child.area, "township": child.area[:9],
        "county": child.area[:6], "name": child.name, "phone": child.phone or None, "death_date": None,
    }  # fmt: skip
    reference = {"reference": f"Patient/{child.patient}"}
    return SubjectFacts(
        SubjectRef("person", str(child.pid)), child.name, reference, fields, {}, child.pid, child.area, child.org, child.synthetic
    )


def _begun(
    stage: Stage, procedure: str, facts: SubjectFacts, key: str, parties: Mapping[str, str], opener: str, now: datetime, *,
    carry: Mapping[str, Any] | None = None, parent: str = "", part: str = "", number: int = 0,
) -> Played:  # fmt: skip
    case = Case(
        case_id(procedure, facts.ref, key), facts.ref, opener=opener, parties=dict(parties), carried=dict(carry or {}), parent=parent
    )
    played = Played(stage.declared, stage.declared.procedure(procedure), case, facts, SYSTEM, now).with_subject()
    played.part, played.number = part, number
    return played


def _by_itself(played: Played, move: str) -> None:
    """A case that another one opens."""
    played.viewer = SYSTEM
    played.advance(Made(move, Who("system", "", played.case.opener), key="demo-begin", by_itself=True))


def _at(days: float, hour: int, minute: int = 0) -> datetime:
    """So many days ago at an hour, but not after now."""
    moment = datetime.combine(clock.today() - timedelta(days=int(days)), time(hour, minute))
    return min(moment, wall_now() - timedelta(minutes=3))


# report cards


def _card(stage: Stage, child: Child, place: int) -> Played:
    """One child's report card: diagnosed the day after onset, checked by the county the same day, the last ones still on their way."""
    back, _, certainty, school_class = ILLNESS[place]
    seen = _at(max(back - 1, 0), 9, place * 2)
    answers = _answers(child, clock.today() - timedelta(days=back), seen, certainty, stage.kindergarten, school_class)
    parties = {"county": stage.cdc, "city": stage.city} if stage.city else {"county": stage.cdc}
    played = _begun(stage, "notifiable_case", _facts(child), f"outbreak-{place}", parties, child.org, seen + timedelta(minutes=2))
    played.do(_worker("family_doctor", child.org), "report", answers)
    if back > 3:
        played.wait_until(min(seen + timedelta(hours=3), wall_now()))
        played.do(_worker("county_reviewer", stage.cdc), "county_at_once")
        if stage.city and back > 5:
            played.wait_until(min(seen + timedelta(hours=7), wall_now()))
            played.do(_worker("city_reviewer", stage.city), "pass_3")
    played.wait_until(wall_now())
    return played


def _answers(child: Child, onset: date, seen: datetime, certainty: str, place: str, school_class: str) -> dict[str, Any]:
    group = {"population_group": "kindergarten", "workplace": place, "school_class": school_class} if place else {}
    return {
        "disease": DISEASE, "case_class": certainty, "onset": onset, "diagnosed_at": seen, "guardian": f"{child.name[0]}样亲",
        "phone": child.phone or "13900000000", "origin": "county", "address": "家庭住址同档案", "population_group": "scattered_child",
        "hfmd_pathogen": "ev71" if certainty == "confirmed" else "not_tested", "hfmd_severe": False, **group,
    }  # fmt: skip


# investigations and contacts


def _investigation(stage: Stage, cards: Sequence[Played], place: int, ill: Sequence[Child], others: Sequence[Child]) -> Played:
    """The first cases investigated with their contacts, the next waiting for it."""
    card, child, back = cards[place], ill[place], ILLNESS[place][0]
    carry = {"disease": DISEASE, "incubation": 10, "hours": 24.0}
    begun = _at(max(back - 1, 0), 13, place)
    played = _begun(
        stage, "case_investigation", _facts(child), f"{card.case.id}/investigation/0", {"cdc": stage.cdc}, stage.cdc, begun, carry=carry,
        parent=card.case.id, part="investigation",
    )  # fmt: skip
    _by_itself(played, "begin")
    if place < INVESTIGATED:
        played.wait_until(min(begun + timedelta(hours=5), wall_now()))
        answers = {
            "interviewed_on": played.now.date(), "way": "visit", "likely_source": "unit" if place else "household", "sampled": True,
            "exposure_story": "发病前一周每天在园，午睡床位相邻" if place else "发病前一周有出疹的亲戚来家中住过",
            "contacts": [row for row, _ in _rows(place, ill, others)],
        }  # fmt: skip
        played.do(_worker("epidemiologist", stage.cdc), "investigate", answers)
    played.wait_until(wall_now())
    return played


def _rows(place: int, ill: Sequence[Child], others: Sequence[Child]) -> list[tuple[dict[str, Any], Child | None]]:
    """The contacts of one case: children who fell ill after it, one who did not, and somebody who is not on file."""
    exposed = clock.today() - timedelta(days=ILLNESS[place][0] - 1)
    sick = [ill[other] for other, (_, source, _, _) in enumerate(ILLNESS) if source == place][:2]
    named = [*sick, others[place % len(others)]]
    rows: list[tuple[dict[str, Any], Child | None]] = [
        (_row(child.name, "same_class", exposed, {"identity": child.identity, "birth_date": child.born, "sex": child.sex}), child)
        for child in named
    ]
    return [*rows, (_row(f"{ill[place].name[0]}样姨", "household", exposed, {"sex": "female"}), None)]


def _row(name: str, exposure: str, on: date, more: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "exposure": exposure, "last_exposure": on, **{key: value for key, value in more.items() if value}}


def _watches(
    stage: Stage, cards: Sequence[Played], inquiry: Played, place: int, ill: Sequence[Child], others: Sequence[Child]
) -> Iterator[Played]:  # fmt: skip
    """Every contact of a case watched: daily until cleared, ill, or still under watch; now and then a day is missed."""
    for number, (row, child) in enumerate(_rows(place, ill, others), 1):
        facts = _facts(child) if child else _not_on_file(inquiry, row, number)
        own = next((cards[at] for at, one in enumerate(ill) if child and one.pid == child.pid), None)
        if own is not None and own.facts:
            rows = [{"id": own.case.id, "on": row["last_exposure"], "disease": DISEASE, "of_case": own.case.id, **_said(own)}]
            facts = replace(facts, tables={"notifiable_case_report_card": rows})
        carry = {
            "disease": DISEASE, "incubation": 10, "last_exposure": row["last_exposure"], "exposure": row["exposure"],
            "source_case": inquiry.case.parent,
        }  # fmt: skip
        key, begun = f"{inquiry.case.id}/contacts/{number}", inquiry.case.entered("tracing") or inquiry.now
        watch = _begun(
            stage, "contact_watch", facts, key, {"cdc": stage.cdc, "watcher": facts.org or stage.cdc}, stage.cdc, begun, carry=carry,
            parent=inquiry.case.id, part="contacts", number=number,
        )  # fmt: skip
        yield _watched(stage, watch, place + number)


def _said(card: Played) -> dict[str, Any]:
    answers = card.case.answers["report_card"]
    return {"onset": answers["onset"], "on": max(answers["onset"], answers["diagnosed_at"].date())}


def _watched(stage: Stage, watch: Played, luck: int) -> Played:
    _by_itself(watch, "begin")
    worker = _worker("family_doctor" if watch.subject.org else "epidemiologist", watch.case.parties["watcher"])
    for days in range(12):
        moment = datetime.combine(watch.case.steps[0].at.date() + timedelta(days=days), time(17, 10 + luck % 40))
        if moment > wall_now() or watch.case.state != "watching":
            break
        watch.wait_until(moment)
        if watch.case.state == "watching" and (days + luck) % 9 != 4:
            watch.do(worker, "observe", {"way": "school" if luck % 2 else "phone", "temperature": 36.4 + luck % 5 / 10, "symptoms": []})
    watch.wait_until(wall_now())
    return watch


def _not_on_file(inquiry: Played, row: Mapping[str, Any], number: int) -> SubjectFacts:
    """Somebody who is no resident: a contact of the child, written with the case."""
    id = f"contact-{inquiry.case.id[:30]}-{number}"
    body = contacts.contact(id, row, dict(inquiry.subject.reference), synthetic=True)
    inquiry.drafts.append(Draft("update", "RelatedPerson", id, body))
    reference = {"reference": f"RelatedPerson/{id}", "display": str(row["name"])}
    fields = {"sex": row.get("sex"), "area": inquiry.subject.area, "name": row["name"]}
    return SubjectFacts(SubjectRef("contact", id), str(row["name"]), reference, fields, area=inquiry.subject.area, synthetic=True)


def _links(cards: Sequence[Played], ill: Sequence[Child]) -> Iterator[dict[str, Any]]:
    """Who infected whom."""
    for place, (back, source, _, _) in enumerate(ILLNESS):
        if source is not None:
            ends = [_case_end(cards[at], ill[at].patient) for at in (source, place)]
            since = clock.today() - timedelta(days=max(back - 2, 0))
            link = Link("infector", ends[0].reference, ends[1].reference, since, None, cards[place].case.id, True)
            yield link_resource(link, ends[0], ends[1], "传染来源")


def _contact_links(inquiries: Sequence[Played], watches: Sequence[Played]) -> Iterator[dict[str, Any]]:
    known = {one.case.id: one for one in inquiries}
    for watch in watches:
        of = known[watch.case.parent]
        patient = str(watch.subject.reference["reference"]).partition("Patient/")[2]
        one = End(watch.case.subject, str(watch.subject.reference["reference"]), patient)
        other = _case_end(of, str(of.subject.reference["reference"]).rpartition("/")[2])
        since = watch.case.steps[0].at.date()
        yield link_resource(
            Link("close_contact", one.reference, other.reference, since, None, watch.case.id, True), one, other, "密切接触者"
        )


def _case_end(played: Played, patient: str) -> End:
    return End(SubjectRef("case", played.case.id), f"Task/{played.case.id}", patient)


# the outbreaks


def _outbreak(stage: Stage, cards: Sequence[Played], ill: Sequence[Child]) -> None:
    """The event: proposed when the fifth card came, confirmed, reported, a progress report each day; the last two wait to be confirmed."""
    prepared = stage.declared.procedure("outbreak")
    row = {"disease": DISEASE, "place": stage.kindergarten}
    group = SubjectRef("group", f"outbreak-{cards[0].case.id[:40]}")
    name = f"{stage.kindergarten}，手足口病"
    area = gatherings.around([child.area for child in ill])
    body = gatherings.group_resource(group.id, name, gatherings.mark_of(prepared, row), area, synthetic=True)
    entries = [
        member_entry(card.case.id, child.patient, clock.today() - timedelta(days=max(ILLNESS[at][0] - 2, 0)))
        for at, (card, child) in enumerate(zip(cards[:-2], ill[:-2], strict=True))
    ]
    _store([Draft("update", "Group", group.id, {**body, "member": entries, "quantity": len(entries)})])
    facts = SubjectFacts(group, name, {"reference": f"Group/{group.id}"}, {"id": group.id, "area": area}, area=area, synthetic=True)
    facts = replace(facts, tables={"members": rows_of_group(prepared, group)})
    carry = {"name": name, **row, "reached": "学校托幼机构手足口病 7 天 5 例（聚集）"}
    played = _begun(stage, "outbreak", facts, "demo", {"cdc": stage.cdc}, stage.cdc, _at(ILLNESS[4][0] - 1, 12), carry=carry)
    _by_itself(played, "propose")
    worker = _worker("epidemiologist", stage.cdc)
    for moment, move, answers in _reports(stage):
        if moment > wall_now():
            break
        played.wait_until(moment)
        if move == "members":
            who = Who(worker.username, worker.role, worker.org, True)
            played.viewer = worker
            played.advance(Noted("note", "确认 5 例为成员", who))
        else:
            played.do(worker, move, answers)
    played.wait_until(wall_now())
    _store(played.stored())


def _reports(stage: Stage) -> Iterator[tuple[datetime, str, dict[str, Any] | None]]:
    begun = ILLNESS[4][0] - 1
    yield _at(begun, 14), "members", None
    definition = f"{stage.kindergarten}手、足、口、臀部出疹的儿童和教师"
    yield _at(begun, 15), "confirm", {"way": "visit", "setting": "childcare", "case_definition": definition}
    first = {"event": f"{stage.kindergarten}手足口病聚集性疫情", "exposed": 126, "reported_to": "县卫生健康局、市疾控"}
    yield _at(begun, 16, 20), "report", {**first, "measures": ["isolation", "contacts", "sampling", "disinfection"]}
    for number, back in enumerate(range(begun - 1, -1, -1)):
        new = sum(onset == back + 1 for onset, *_ in ILLNESS)
        measures = ["contacts", "disinfection", "class_closed"] if new else ["contacts", "education"]
        yield _at(back, 15, 50 - 2 * number), "progress", {"new_cases": new, "sampled": new, "positive": min(new, 1), "measures": measures}


def _proposed(stage: Stage, others: Sequence[Child]) -> int:
    """Three children of one village who go to no kindergarten: the threshold is reached today and somebody must look."""
    by_village: dict[str, list[Child]] = {}
    for child in others[INVESTIGATED:]:
        by_village.setdefault(child.area, []).append(child)
    village = max(by_village.values(), key=lambda some: (len(some), some[0].area), default=[])[:3]
    if len(village) < 3:
        return 0
    cards = []
    for place, child in enumerate(village):
        seen = _at(2 - place if place < 2 else 0, 8, 10 + place)
        answers = _answers(child, clock.today() - timedelta(days=4 - place), seen, "clinical", "", "")
        parties = {"county": stage.cdc, "city": stage.city} if stage.city else {"county": stage.cdc}
        card = _begun(stage, "notifiable_case", _facts(child), f"village-{place}", parties, child.org, seen + timedelta(minutes=2))
        card.do(_worker("family_doctor", child.org), "report", answers)
        card.wait_until(wall_now())
        cards.append(card)
    _store([draft for card in cards for draft in card.stored()])
    _begin_proposed(stage, village[0].area, cards[-1])
    return len(cards) + 1


def _begin_proposed(stage: Stage, area: str, newest: Played) -> None:
    prepared = stage.declared.procedure("outbreak")
    row = {"disease": DISEASE, "place": area}
    group = SubjectRef("group", f"outbreak-{newest.case.id[:40]}")
    name = f"{gatherings.place_name(prepared, row)}，手足口病"
    body = gatherings.group_resource(group.id, name, gatherings.mark_of(prepared, row), area, synthetic=True)
    facts = SubjectFacts(group, name, {"reference": f"Group/{group.id}"}, {"id": group.id, "area": area}, area=area, synthetic=True)
    carry = {"name": name, **row, "reached": "同一村居手足口病 7 天 3 例（聚集）"}
    moment = min(newest.case.opened or wall_now(), wall_now())
    played = _begun(stage, "outbreak", facts, "demo-proposed", {"cdc": stage.cdc}, stage.cdc, moment, carry=carry)
    _by_itself(played, "propose")
    played.wait_until(wall_now())
    _store([Draft("update", "Group", group.id, body), *played.stored()])
