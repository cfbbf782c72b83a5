"""Things of a made-up county: stores and kinds of goods, emergency stations, water points with a year of samples. Pure and seeded."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

SYNTHETIC = {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}


@dataclass(frozen=True)
class Site:
    """A place of the county: its code, name, level and where it is."""

    code: str
    name: str
    level: str
    longitude: float
    latitude: float
    people: int = 0


@dataclass(frozen=True)
class House:
    """An institution: its id, name, kind and area."""

    id: str
    name: str
    kind: str
    area: str


@dataclass(frozen=True)
class Made:
    """One thing: the register it belongs to, its id, and what is known of it."""

    register: str
    id: str
    number: str
    name: str
    org: str
    values: Mapping[str, Any] = field(default_factory=dict)
    area: str = ""
    longitude: float | None = None
    latitude: float | None = None
    since: date = date(2023, 1, 1)


ITEMS: tuple[tuple[str, str, str, str, int, int], ...] = (
    ("kn95", "医用防护口罩（KN95）", "protection", "只", 36, 120),
    ("surgical", "医用外科口罩", "protection", "只", 24, 400),
    ("gown", "医用防护服", "protection", "件", 36, 20),
    ("gloves", "一次性医用手套", "protection", "双", 36, 300),
    ("goggles", "护目镜", "protection", "副", 60, 10),
    ("disinfectant", "含氯消毒片（500 片）", "disinfection", "瓶", 24, 8),
    ("alcohol", "75% 酒精（500 mL）", "disinfection", "瓶", 24, 30),
    ("swab", "一次性采样拭子", "testing", "支", 24, 200),
    ("antigen", "呼吸道抗原检测试剂", "testing", "人份", 12, 80),
    ("oseltamivir", "磷酸奥司他韦胶囊（10 粒）", "medicine", "盒", 24, 12),
    ("oxygen", "便携式制氧机", "equipment", "台", 0, 0),
    ("tent", "单帐篷（12 m²）", "camp", "顶", 0, 0),
)
"""Key, name, kind, what one piece is, months it keeps (0: no expiry), the daily limit of the last drill (0: none was set)."""


def items() -> Iterator[Made]:
    """The kinds of goods held in reserve."""
    for at, (key, name, kind, piece, months, limit) in enumerate(ITEMS, 1):
        values = {
            "category": kind,
            "spec": piece,
            **({"shelf_life": months} if months else {}),
            **({"daily_limit": limit} if limit else {}),
        }
        yield Made("supply_item", f"item-{key}", f"WZ-{at:02d}", name, "", values)


def stores(houses: Sequence[House], sites: Mapping[str, Site]) -> Iterator[Made]:
    """Stores at four levels, and one that a firm keeps for the bureau."""
    chosen: list[tuple[str, House, str]] = []
    for level, kinds, most in (
        ("bureau", ("health_bureau",), 1), ("cdc", ("cdc",), 1), ("hospital", ("general_hospital", "tcm_hospital"), 2),
        ("grassroots", ("township_hospital", "community_centre"), 4),
    ):  # fmt: skip
        found = [one for kind in kinds for one in houses if one.kind == kind]
        chosen += [(level, one, f"{one.name}应急物资库") for one in found[:most]]
    bureau = next((one for one in houses if one.kind == "health_bureau"), houses[0])
    chosen.append(("firm", bureau, "样康医药配送中心（代储）"))
    sizes = {"bureau": 420, "cdc": 560, "hospital": 180, "grassroots": 60, "firm": 900}
    for at, (level, house, name) in enumerate(chosen, 1):
        site = sites.get(house.area)
        values = {
            "level": level,
            "floor_area": sizes[level],
            "keeper": f"库样{'安宁平顺康和泰祥'[at % 8]}",
            "cold": level in ("cdc", "firm"),
        }
        place = _beside(site, at) if site else (None, None)
        yield Made("store", f"store-{at:02d}", f"CK-{at:02d}", name, house.id, values, house.area, *place)


def _beside(site: Site, at: int) -> tuple[float, float]:
    """A spot within some hundred metres of a place, so that things of one town do not lie on one point."""
    return round(site.longitude + (at % 5 - 2) * 0.004, 5), round(site.latitude + (at % 3 - 1) * 0.004, 5)


def lots(stock: Sequence[Made], seed: int, as_of: date) -> Iterator[dict[str, Any]]:
    """What lies in the stores at the beginning: store, item, lot, expiry, quantity. Some lots end soon, one has ended."""
    dice = random.Random(f"{seed}/lots")
    share = {"bureau": 0.2, "cdc": 0.35, "hospital": 0.12, "grassroots": 0.03, "firm": 0.3}
    for store in stock:
        for key, _, _, _, months, limit in ITEMS:
            level = str(store.values["level"])
            if level == "grassroots" and not limit:
                continue
            whole = 90 * limit * (0.7 if key in ("gown", "antigen") else 1.25) if limit else 6
            pieces = max(1, round(whole * share[level]))
            for number in range(1 if not months else 2 if level == "grassroots" else 3):
                left = dice.randrange(25, 640) if months else 0
                ends = as_of + timedelta(days=left) if months else None
                made = ends - timedelta(days=months * 30) if ends else None
                yield {
                    "store": store.id, "item": f"item-{key}", "lot": f"{made or as_of:%y%m%d}{number + 1:02d}",
                    "expiry": ends.isoformat() if ends else "",
                    "quantity": max(1, round(pieces / (3 if months else 1) * dice.uniform(0.7, 1.2))),
                }  # fmt: skip
    yield {
        "store": stock[2].id, "item": "item-alcohol", "lot": f"{as_of - timedelta(days=760):%y%m%d}01",
        "expiry": (as_of - timedelta(days=30)).isoformat(), "quantity": 24,
    }  # fmt: skip


def uses(seed: int, as_of: date) -> Iterator[tuple[date, list[tuple[str, int]]]]:
    """What was used up over the year before: on some days of each month, more in winter."""
    dice = random.Random(f"{seed}/uses")
    daily = {key: limit for key, _, _, _, _, limit in ITEMS if limit}
    for back in range(330, 3, -9):
        day = as_of - timedelta(days=back)
        busy = 1.0 if day.month in (11, 12, 1, 2) else 0.45
        chosen = dice.sample(sorted(daily), 4)
        found = [(f"item-{key}", max(1, round(daily[key] * busy * dice.uniform(0.3, 0.95)))) for key in chosen]
        yield day, found


def stations(houses: Sequence[House], sites: Mapping[str, Site]) -> Iterator[Made]:
    """Emergency stations: at the centre, the county hospital, and every third township hospital, so that somebody is left out of reach."""
    wanted = [one for one in houses if one.kind in ("emergency_centre", "general_hospital")]
    rural = [one for one in houses if one.kind in ("township_hospital", "community_centre")]
    for at, house in enumerate([*wanted[:2], *rural[::3]], 1):
        site = sites.get(house.area)
        setting = "town" if house in wanted or (site is not None and site.name.endswith("街道")) else "country"
        place = _beside(site, at) if site else (None, None)
        values = {"setting": setting, "bays": 4 if setting == "town" else 2}
        yield Made("emergency_station", f"station-{at:02d}", f"JZ-{at:02d}", f"{house.name}急救站", house.id, values, house.area, *place)


def water_points(houses: Sequence[House], sites: Sequence[Site], seed: int) -> Iterator[Made]:
    """Points of the drinking-water network: the works, its taps, and in each township some villages with works of their own."""
    dice = random.Random(f"{seed}/water")
    watched = {one.area[:9]: one for one in houses if one.kind in ("township_hospital", "community_centre")}
    number = 0
    for township in (one for one in sites if one.level == "township"):
        keeper = watched.get(township.code)
        villages = [one for one in sites if one.level == "village" and one.code.startswith(township.code)]
        if keeper is None or not villages:
            continue
        town = township.name.endswith("街道")
        for place, village in enumerate(villages[: 3 if town else 4]):
            number += 1
            small = not town and place > 0
            kind = "plant_outlet" if place == 0 else ("spread" if small and place == 3 else "secondary" if town and place == 2 else "tap")
            clean = "none" if kind == "spread" else "chlorine_dioxide" if small and place == 2 else "free_chlorine"
            words = {"plant_outlet": "水厂出厂水", "tap": "末梢水", "secondary": "二次供水", "spread": "机井"}[kind]
            lon, lat = _beside(village, number)
            values = {
                "village": village.code, "kind": kind, "scale": "small" if small else "large", "disinfection": clean,
                "served": max(120, village.people * (1 if small else 6)), "supplier": f"{township.name}供水站" if small else "样清水务公司",
            }  # fmt: skip
            name = f"{village.name}{words}"
            since = date(2023, 4, 1) + timedelta(days=dice.randrange(200))
            yield Made("water_point", f"water-{number:03d}", f"SZ-{number:03d}", name, keeper.id, values, village.code, lon, lat, since)


def spot_checks(stock: Sequence[Made], seed: int, as_of: date) -> Iterator[tuple[Made, date, dict[str, Any]]]:
    """A spot check of every store in each quarter; one store missed the last, one has to mend something."""
    for at, store in enumerate(stock):
        dice = random.Random(f"{seed}/check/{store.id}")
        for quarter in range(4):
            if at == 4 and quarter == 0:
                continue
            sampled = dice.randrange(8, 21)
            short = 2 if at == 3 and quarter == 0 else 0
            answers: dict[str, Any] = {"sampled": sampled, "matched": sampled - short, "near_expiry_moved": not short, "clean": True}
            if short:
                answers["remarks"] = "两批账实不符，临期未安排轮换"
            yield store, as_of - timedelta(days=70 + quarter * 91 - dice.randrange(50)), answers


def inspections(vehicles: Sequence[Made], seed: int, as_of: date) -> Iterator[tuple[Made, date, dict[str, Any]]]:
    """Four half-yearly inspections of every ambulance: some are due now, one in six is late, one in seven had something out of order."""
    for at, vehicle in enumerate(vehicles):
        dice = random.Random(f"{seed}/inspection/{vehicle.id}")
        last = 196 + dice.randrange(20) if at % 6 == 0 else 158 + dice.randrange(20) if at % 6 == 3 else 20 + dice.randrange(110)
        for number in range(4):
            worn = at % 7 == 4 and number == 0
            answers: dict[str, Any] = {"runs": True, "defibrillator": True, "ventilator": not worn, "oxygen": True}
            if vehicle.values.get("negative_pressure"):
                answers["pressure"] = -dice.randrange(12, 29)
            if worn:
                answers["remarks"] = "呼吸机报警，已送修，备用机随车"
            yield vehicle, as_of - timedelta(days=last + number * 178), answers


def samples(points: Sequence[Made], seed: int, as_of: date) -> Iterator[tuple[Made, date, dict[str, Any]]]:
    """A year of monthly samples: mostly good, small works worse in summer, one point with too much fluoride throughout."""
    for at, point in enumerate(points):
        dice = random.Random(f"{seed}/{point.id}")
        small, treated = point.values["scale"] == "small", point.values["disinfection"] != "none"
        for month in range(12):
            day = as_of - timedelta(days=11 + month * 30 + dice.randrange(8))
            if at % 17 == 5 and month == 0:
                continue
            warm = day.month in (6, 7, 8, 9)
            bad = dice.random() < (0.035 + 0.05 * small + 0.05 * warm)
            yield point, day, _sample(dice, small, treated, bad, fluoride_high=small and at % 13 == 2, kind=str(point.values["kind"]))


def _sample(dice: random.Random, small: bool, treated: bool, bad: bool, *, fluoride_high: bool, kind: str) -> dict[str, Any]:
    low, high = (0.32, 0.7) if kind == "plant_outlet" else (0.06, 0.3)
    germs = 0 if not bad or dice.random() < 0.5 else dice.randrange(1, 9)
    answers: dict[str, Any] = {
        "purpose": "routine", "total_coliform": germs, "colony_count": dice.randrange(2, 60), "odour": False,
        "colour": dice.randrange(0, 9),
        "turbidity": round(dice.uniform(0.2, 0.8 if not small else 1.8), 2), "ph": round(dice.uniform(7.0, 8.2), 1),
        "permanganate": round(dice.uniform(0.6, 1.9), 2), "ammonia": round(dice.uniform(0.02, 0.2), 2),
        "nitrate": round(dice.uniform(2, 8 if not small else 16), 1),
        "fluoride": round(dice.uniform(1.25, 1.5) if fluoride_high else dice.uniform(0.3, 0.9), 2),
        "hardness": dice.randrange(180, 420), "solids": dice.randrange(300, 900), "iron": round(dice.uniform(0.02, 0.2), 2),
    }  # fmt: skip
    if treated:
        answers["residual"] = round(dice.uniform(low, high), 2)
    if germs:
        answers["e_coli"] = max(0, germs - 2)
    if bad and not germs:
        wrong = dice.choice(("turbidity", "colony_count", "residual") if treated else ("turbidity", "colony_count"))
        answers[wrong] = {"turbidity": 3.6, "colony_count": 640, "residual": 0.01}[wrong]
    return answers
