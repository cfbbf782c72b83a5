"""The demo county's things: stores and stock with a year of use, emergency stations and ambulances, water points with a year of samples."""

import contextlib
import json
import shutil
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection

from kangyu.apps.directory import queries as directory
from kangyu.apps.directory.models import Area, Institution
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer, viewer_of
from kangyu.apps.governance.models import Account
from kangyu.apps.ledgers import queries as ledger_queries
from kangyu.apps.ledgers.actions.postings import Entry, post
from kangyu.apps.record import queries as record
from kangyu.apps.record.actions import bulk_import
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.apps.registers import declared, queries, rows
from kangyu.apps.registers.actions import restate
from kangyu.apps.registers.models import Thing
from kangyu.engines import forms
from kangyu.engines.cases import judge
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.forms import Named
from kangyu.engines.language.subject import Subject
from kangyu.engines.registers import Facts, resource_of, subject_of
from kangyu.engines.twin import things as twin
from kangyu.flows import case_work
from kangyu.flows.case_happen import begin
from kangyu.gateways import content
from kangyu.kernel.errors import UserError

SEED = 20
STOCK = "emergency_stock"
ACCOUNTS = (
    ("supplies_keeper", "supplies", "仓样宁", "cdc"),
    ("store_keeper", "store", "库样平", "general_hospital"),
    ("env_health_officer", "water", "水样清", "cdc"),
    ("water_inspector", "inspector", "巡样晨", "township_hospital"),
    ("ems_manager", "ems", "急样驰", "emergency_centre"),
)
"""Role, account, name, and the kind of institution they work at."""


def accounts() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """One account for each role that keeps things: role, account, name and place."""
    for role, username, name, kind in ACCOUNTS:
        house = Institution.objects.filter(kind=kind, closed_on__isnull=True).order_by("id").first()
        county = Area.objects.filter(level="county").order_by("code").values_list("code", flat=True).first() or ""
        within = content.current().roles[role].within
        area = house.area[:9] if house and within == "township" else house.area if house and within == "institution" else county
        yield role, username, name, {"area": area, "org": house.id if house else ""}


def seed(data: Path) -> None:
    """Make the things, import them, rebuild the registers, post the stock and begin some cases. Done again it changes nothing."""
    if not Thing.objects.filter(register="store").exists():
        folder = data / "things"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _write(folder)
        bulk_import.run([folder], by=SYSTEM, processes=1)
        shutil.rmtree(folder, ignore_errors=True)
    restate.rebuild()
    _assign_ambulances()
    _stock()
    _cases()


def _sites() -> list[twin.Site]:
    people = dict(_living())
    return [
        twin.Site(one.code, one.name, one.level, one.longitude or 0, one.latitude or 0, people.get(one.code, 0))
        for one in Area.objects.order_by("code")
    ]


def _living() -> Iterator[tuple[str, int]]:
    """How many live in each village."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT area, count(*) FROM person WHERE deceased_on IS NULL GROUP BY area")
        yield from cursor.fetchall()


def _write(folder: Path) -> None:
    sites = _sites()
    by_code = {one.code: one for one in sites}
    county = directory.county()
    own = Institution.objects.filter(closed_on__isnull=True, area__startswith=county.code if county else "").order_by("id")
    houses = [twin.House(one.id, one.name, one.kind, one.area) for one in own]
    points = list(twin.water_points(houses, sites, SEED))
    stores = list(twin.stores(houses, by_code))
    made = [*twin.items(), *stores, *twin.stations(houses, by_code), *points]
    lines: dict[str, list[str]] = {}
    for one in made:
        body = _resource(one)
        lines.setdefault(body["resourceType"], []).append(json.dumps(body, ensure_ascii=False))
    today = clock.today()
    answered = [
        *_answered("water_point", "sample", twin.samples(points, SEED, today)),
        *_answered("store", "spot_check", twin.spot_checks(stores, SEED, today)),
    ]
    lines["QuestionnaireResponse"] = [json.dumps(body, ensure_ascii=False) for body in answered]
    for rtype, some in lines.items():
        (folder / f"{rtype}.ndjson").write_text("\n".join(some) + "\n", encoding="utf-8")


def _resource(one: twin.Made) -> dict[str, Any]:
    register = declared.registers()[one.register]
    return resource_of(register, one.id, _facts(one), like={"meta": twin.SYNTHETIC})


def _facts(one: twin.Made) -> Facts:
    register = declared.registers()[one.register]
    values = {key: value for key, value in one.values.items() if key != register.area}
    return Facts(one.number, one.name, register.first_state, one.org, one.area, one.longitude, one.latitude, one.since, None, values)


def _answered(register: str, key: str, filled: Iterable[tuple[twin.Made, date, dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Each filled form as its answers, judged by the register's own rules where they judge this form."""
    ready = declared.prepared(register)
    form = forms.prepare(content.current(), content.current().forms[f"{register}_{key}"])
    judges = ready.rules.form is not None and ready.rules.form.name == form.form.name
    for number, (one, day, answers) in enumerate(filled):
        subject: Subject = subject_of(ready, _facts(one), {}, day)
        result = forms.check_answers(form, answers, subject=subject)
        derived = judge(ready.rules, Subject(subject.fields, {}, day, form=result.cleaned)).derived if judges else {}
        body = forms.response(
            form, result.cleaned, id=f"{register.replace('_', '-')}-form-{number:05d}", subject=f"{ready.register.is_}/{one.id}", author="",
            institution=f"Organization/{one.org}", on=day, derived={key: one.value for key, one in derived.items()},
        )  # fmt: skip
        yield {**body, "meta": twin.SYNTHETIC}


def _assign_ambulances() -> None:
    """The twin's ambulances take turns at the stations; they were inspected each half-year."""
    register, drafts, assigned = declared.registers()["ambulance"], [], []
    stations = queries.every(SYSTEM, "emergency_station")
    for at, one in enumerate(one for one in queries.every(SYSTEM, "ambulance") if not one.values.get("station")):
        if not stations:
            return
        station = stations[at % len(stations)]
        values = {**one.values, "station": Named(station.id, "Location", station.name), "type": "rescue" if at % 3 else "ordinary"}
        facts = Facts(one.number, one.name, one.state, one.org, "", None, None, one.since, one.until, values)
        drafts.append(Draft("update", register.is_, one.id, resource_of(register, one.id, facts, like=_body(register.is_, one.id))))
        assigned.append(twin.Made(one.register, one.id, one.number, one.name, one.org, one.values))
    inspected = _answered("ambulance", "inspection", twin.inspections(assigned, SEED, clock.today()))
    drafts += [Draft("update", "QuestionnaireResponse", body["id"], body) for body in inspected]
    if drafts:
        write(drafts, by=SYSTEM, purpose="合成数据")


def _body(rtype: str, id: str) -> dict[str, Any]:
    found = record.current(rtype, id)
    return json.loads(found.text) if found and found.text else {}


def _stock() -> None:
    """The opening balances a year ago, and what was used up since, each on its day."""
    stock = [twin.Made(one.register, one.id, one.number, one.name, one.org, one.values) for one in queries.every(SYSTEM, "store")]
    if not stock:
        return
    today = clock.today()
    opening = [
        Entry("put", Decimal(lot["quantity"]), {key: lot[key] for key in ("store", "item", "lot", "expiry")} | {"state": "usable"})
        for lot in twin.lots(stock, SEED, today)
    ]
    begun = today - timedelta(days=340)
    post(STOCK, opening, key="demo-opening", by=SYSTEM, reason="期初建账（合成数据）", on=begun)
    cdc = next((one.id for one in stock if one.values.get("level") == "cdc"), stock[0].id)
    for day, used in twin.uses(SEED, today):
        for item, quantity in used:
            entry = Entry("take", Decimal(quantity), {"store": cdc, "item": item, "state": "usable"})
            _use(entry, day, f"demo-use-{day}-{item}")
    _count(stock, today)


def _count(stock: list[twin.Made], today: date) -> None:
    """All stores but one were counted this week, after the last use, and what lay there agreed with the ledger."""
    for at, store in enumerate(stock[1:]):
        stand = next(iter(ledger_queries.balances(STOCK, at={"store": store.id, "state": "usable"})), None)
        if stand is not None:
            entry, day = Entry("count", stand.quantity, dict(stand.account)), today - timedelta(days=2 + at % 2)
            post(STOCK, [entry], key=f"demo-count-{store.id}", by=SYSTEM, reason="季度盘点，账实相符", on=day)


def _use(entry: Entry, day: date, key: str) -> None:
    """What a made-up year asks for and the shelves do not hold is left out."""
    with contextlib.suppress(UserError):
        post(STOCK, [entry], key=key, by=SYSTEM, reason="门诊与采样领用（合成数据）", on=day)


def _viewer(username: str) -> Viewer | None:
    account = Account.objects.filter(username=username).first()
    return viewer_of(account) if account else None


def _cases() -> None:
    """Transfers in every state, and a correction for each point whose last sample failed."""
    stores = {str(one.values.get("level")): one for one in reversed(queries.every(SYSTEM, "store"))}
    keeper, asker = _viewer("supplies"), _viewer("store")
    if keeper and asker and {"cdc", "hospital"} <= stores.keys():
        _transfers(stores["cdc"], stores["hospital"], keeper, asker)
    for point in Thing.objects.filter(register="water_point", flags__contains=["failing"]).order_by("id"):
        _correction(point)


def _transfers(giver: Thing, taker: Thing, keeper: Viewer, asker: Viewer) -> None:
    wanted = (
        ("冬季流感门诊备用", (("kn95", 60), ("antigen", 40)), ()),
        ("疫情处置演练", (("gown", 10), ("goggles", 4)), ("approve",)),
        ("发热门诊补充", (("surgical", 200), ("alcohol", 10)), ("approve", "send")),
        ("应急队伍轮换", (("gloves", 120),), ("approve", "send", "receive")),
    )
    giving = {"from_org": Named(giver.org, "Organization", directory.institution_names([giver.org]).get(giver.org, "")),
              "from_store": Named(giver.id, "Location", giver.name)}  # fmt: skip
    names = queries.names([f"item-{key}" for _, lines, _ in wanted for key, _ in lines])
    for number, (purpose, lines, moves) in enumerate(wanted):
        table = [{"item": Named(f"item-{key}", "Substance", names[f"item-{key}"]), "quantity": quantity} for key, quantity in lines]
        sheet = {**giving, "purpose": purpose, "lines": table}
        received = [{**row, "quantity": row["quantity"] - 12} for row in table]
        answers = {"send": {"carrier": "运样达", "plate": "合成0001"}, "receive": {"received": received, "remarks": "短少 12 双，外箱破损"}}
        with contextlib.suppress(UserError):
            _transfer(taker, number, sheet, moves, answers, keeper, asker)


def _transfer(
    taker: Thing, number: int, sheet: dict[str, Any], moves: tuple[str, ...], answers: dict[str, Any], keeper: Viewer, asker: Viewer
) -> None:
    case = case_work.open_case(asker, "supply_transfer", SubjectRef("store", taker.id), answers=sheet, key=f"demo-transfer-{number}")
    for move in moves:
        who = asker if move == "receive" else keeper
        case_work.make_move(who, case, move, answers=answers.get(move), key=f"demo-{move}-{number}")


def _correction(point: Thing) -> None:
    sample = rows.read(point.register, [point.id], ["water_point_sample"])[point.id]["water_point_sample"][-1]
    carry = {"items": list(sample["over"] or ()), "germs": bool(sample["total_coliform"])}
    begin("water_correction", SubjectRef(point.register, point.id), key=f"{sample['id']}/correction", org=point.org, carry=carry)
