"""Standards checked against registers, ledgers, population and map: each place or thing, what it needs, what it has, what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db import connection

from kangyu.apps.directory.models import Area, Institution
from kangyu.apps.governance import clock
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.ledgers import event_rows
from kangyu.apps.registers import declared, queries, rows
from kangyu.apps.registers.models import Thing
from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Register
from kangyu.engines.geography import Place
from kangyu.engines.language.subject import Subject
from kangyu.engines.standards import Judged, PreparedStandard, judge, prepare, within
from kangyu.gateways import content
from kangyu.kernel.errors import UserError

LENGTHS = {"county": 6, "township": 9, "village": 12}
PEOPLE = """
SELECT area, count(*) FROM person
WHERE deceased_on IS NULL AND (resident_to IS NULL OR resident_to >= %s) AND area LIKE %s GROUP BY area
"""


@dataclass
class _Ready:
    """The standards made ready so far for one state of the content."""

    content: Content
    standards: dict[str, PreparedStandard] = field(default_factory=dict)


_ready = content.kept(_Ready)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """How one place or thing stands with a standard. ``kind`` is ``area``, ``institution`` or a register's key; ``people`` is how many
    live in an area."""

    kind: str
    id: str
    name: str
    judged: Judged
    longitude: float | None = None
    latitude: float | None = None
    people: int | None = None


@dataclass(frozen=True)
class Mark:
    """A spot on a standard's map: a thing where it stands (``register``, ``id``), or a place out of reach (no ``register``)."""

    name: str
    longitude: float
    latitude: float
    says: str
    register: str = ""
    id: str = ""


@dataclass(frozen=True)
class Overview:
    """A standard for everything it is for, within a viewer's reach; what is short comes first."""

    prepared: PreparedStandard
    standings: tuple[Standing, ...]

    def count(self, status: str) -> int:
        return sum(one.judged.status == status for one in self.standings)


def prepared_standard(key: str) -> PreparedStandard:
    """A standard made ready. Raises ``UserError`` for a name nobody declared."""
    ready = _ready()
    if key not in ready.content.standards:
        raise UserError(f"没有名为 {key} 的标准，请从标准列表里选。")
    if key not in ready.standards:
        ready.standards[key] = prepare(ready.content, ready.content.standards[key])
    return ready.standards[key]


def overview(key: str, *, viewer: Viewer) -> Overview:
    """The standard for each place or thing within the viewer's area."""
    ready = prepared_standard(key)
    world = _World(viewer.area[:6] if viewer is not SYSTEM else "", ready)
    found = [one for one in world.standings() if viewer is SYSTEM or _concerns(viewer, one)]
    order = {"short": 0, "unknown": 1, "met": 2}
    found.sort(key=lambda one: (order[one.judged.status], -(one.judged.gap or 0), one.id))
    return Overview(ready, tuple(found))


def _concerns(viewer: Viewer, one: Standing) -> bool:
    return one.kind != "area" or one.id.startswith(viewer.area) or viewer.area.startswith(one.id)


@dataclass
class _World:
    """What standards are checked against, read once: the things, the ledgers' lines and the people of a county."""

    county: str
    ready: PreparedStandard

    def __post_init__(self) -> None:
        self.today = clock.today()
        self.content: Content = content.current()

    def standings(self) -> Iterable[Standing]:
        each = self.ready.standard.each
        if each in LENGTHS:
            return self.of_areas(each)
        if each == "institution":
            return self.of_institutions()
        return self.of_things(each)

    def of_areas(self, level: str) -> Iterable[Standing]:
        for area in self.areas:
            if area.level != level:
                continue
            fields = {"code": area.code, "level": area.level, "kind": kind_of(area), "population": self.people_in(area.code)}
            tables = {table: self.lying_in(table, area.code) for table in self.ready.reads}
            judged = judge(self.ready, Subject(fields, tables, self.today), places=self.homes(area.code), things=self.reached)
            if judged is not None:
                yield Standing("area", area.code, area.name, judged, area.longitude, area.latitude, fields["population"])

    def of_institutions(self) -> Iterable[Standing]:
        for one in Institution.objects.filter(area__startswith=self.county, closed_on__isnull=True).order_by("id"):
            fields = {"kind": one.kind, "level": one.level, "public": None}
            tables = {table: [row for row in self.table(table) if row["org"] == one.id] for table in self.ready.reads}
            judged = judge(self.ready, Subject(fields, tables, self.today))
            if judged is not None:
                yield Standing("institution", one.id, one.name, judged)

    def of_things(self, register: str) -> Iterable[Standing]:
        things = [one for one in self.things(register) if one.until is None]
        ids = [one.id for one in things]
        tables = rows.read(register, ids, self.ready.reads)
        for one in things:
            judged = judge(self.ready, Subject(fields_of(one), tables[one.id], self.today))
            if judged is not None:
                yield Standing(register, one.id, one.name, judged, one.longitude, one.latitude)

    @cached_property
    def areas(self) -> list[Area]:
        return list(Area.objects.filter(code__startswith=self.county).order_by("code"))

    @cached_property
    def people(self) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(PEOPLE, [self.today, f"{self.county}%"])
            return dict(cursor.fetchall())

    def people_in(self, code: str) -> int:
        return sum(number for area, number in self.people.items() if area.startswith(code))

    def homes(self, code: str) -> list[Place]:
        """The villages of an area with the people who live in them."""
        found = [one for one in self.areas if one.level == "village" and one.code.startswith(code) and one.longitude is not None]
        return [Place(one.code, float(one.longitude or 0), float(one.latitude or 0), self.people.get(one.code, 0)) for one in found]

    @cached_property
    def reached(self) -> dict[str, list[Place]]:
        """The things that count for each reach, where they stand."""
        found = {}
        for key, reach in self.ready.standard.reach.items():
            things = [one for one in self.things(reach.things) if one.longitude is not None and one.latitude is not None]
            tables = rows.read(reach.things, [one.id for one in things], self.ready.reads_of_things.get(key, ()))
            counted = [one for one in things if within(self.ready, key, Subject(fields_of(one), tables[one.id], self.today))]
            found[key] = [Place(one.id, float(one.longitude or 0), float(one.latitude or 0)) for one in counted]
        return found

    def things(self, register: str) -> list[Thing]:
        return [one for one in queries.every(SYSTEM, register) if not one.area or one.area.startswith(self.county)]

    def table(self, name: str) -> list[Row]:
        """A table's rows of the whole county with the area and institution each lies in, read once."""
        kept: dict[str, list[Row]] = self.__dict__.setdefault("kept", {})
        if name not in kept:
            kept[name] = list(self._table(name))
        return kept[name]

    def lying_in(self, name: str, code: str) -> list[Row]:
        return [row for row in self.table(name) if str(row["area"] or "").startswith(code)]

    def _table(self, name: str) -> Iterable[Row]:
        register = next((one for one in self.content.registers.values() if one.name_of_table == name), None)
        if register is not None:
            return [as_row(one) for one in self.things(register.key)]
        form = self.content.forms.get(name)
        if form is not None and form.about in self.content.registers:
            return self._answers(name, form.about)
        if event_rows.ledger_of(name) is not None:
            return self._lines(name)
        raise UserError(f"标准“{self.ready.standard.title}”用到的表 {name} 不是登记册、登记册的表单或台账，还不能按地区核对。")

    def _answers(self, name: str, register: str) -> Iterable[Row]:
        things = {one.id: one for one in self.things(register)}
        for id, tables in rows.read(register, list(things), [name]).items():
            for row in tables.get(name, ()):
                yield {**row, "area": things[id].area, "org": row.get("org") or things[id].org}

    def _lines(self, name: str) -> Iterable[Row]:
        """A ledger's table with the place of each line: where the thing lies that its account names."""
        ledger = event_rows.ledger_of(name)
        assert ledger is not None
        kinds = {one.of for one in ledger.accounts.values() if one.of in self.content.registers}
        things = {one.id: one for kind in kinds for one in self.things(kind) if one.area}
        for id, found in event_rows.by_place(name, {key: key for key in things}).items():
            for row in found:
                yield {**row, "area": things[id].area, "org": things[id].org}


def fields_of(thing: Thing) -> dict[str, Any]:
    """A thing as expressions see it (``it.<field>``)."""
    register = declared.registers()[thing.register]
    known = {**thing.values, register.number: thing.number, register.name: thing.name}
    if register.area:
        known[register.area] = thing.area
    for key, asked in register.fields.items():
        if asked.type == "date" and known.get(key):
            known[key] = date.fromisoformat(str(known[key])[:10])
    return {**{key: known.get(key) for key in register.fields}, "id": thing.id, "state": thing.state, "org": thing.org, "area": thing.area}


def as_row(thing: Thing) -> dict[str, Any]:
    """A thing as a row of its register's table."""
    return {**fields_of(thing), "on": thing.since or thing.updated.date(), "to": thing.until}


def kind_of(area: Area) -> str:
    """What kind of place an area is: of counties ``district`` or ``county`` (county-level cities too), of townships ``street`` or ``town``.

    By the codes of administrative divisions (GB/T 2260): a county's last two digits are 01–20 for a district of a city.
    """
    if area.level == "county":
        return "district" if area.code[4:6] <= "20" else "county"
    if area.level == "township":
        return "street" if area.name.endswith("街道") else "town"
    return "community" if area.name.endswith(("社区", "居委会")) else "village"


def marks(found: Overview, *, viewer: Viewer) -> list[Mark]:
    """What belongs on the map of a standard: the things it is about, those without a place of their own where the thing stands that they
    refer to (an ambulance at its station), and the villages out of reach."""
    known, county = declared.registers(), viewer.area[:6]
    standard = found.prepared.standard
    kinds = {reach.things for reach in standard.reach.values()}
    kinds |= {one.key for one in known.values() if one.name_of_table in found.prepared.reads}
    things = [one for kind in sorted(kinds) for one in queries.every(SYSTEM, kind) if one.until is None and one.area.startswith(county)]
    return [*_standing_marks(things, known), *_out_of_reach(found)]


def _standing_marks(things: Sequence[Thing], known: Mapping[str, Register]) -> Iterable[Mark]:
    """One mark for each spot, naming everything that stands on it."""
    named = {str(one.values[key]) for one in things for key, asked in known[one.register].fields.items()
             if asked.type == "thing" and one.values.get(key)}  # fmt: skip
    hosts = {one.id: one for one in Thing.objects.filter(id__in=named)}
    spots: dict[str, tuple[Thing, list[Thing]]] = {}
    for one in things:
        host = one if one.longitude is not None else next((hosts[str(value)] for value in one.values.values() if str(value) in hosts), None)
        if host is not None and host.longitude is not None:
            spots.setdefault(host.id, (host, []))[1].append(one)
    for host, standing in spots.values():
        guests = [
            f"{known[one.register].singular} {one.name}（{_state(known[one.register], one)}）" for one in standing if one.id != host.id
        ]
        yield Mark(host.name, float(host.longitude or 0), float(host.latitude or 0), "、".join(guests), host.register, host.id)


def _state(register: Register, one: Thing) -> str:
    return register.states.get(one.state, one.state)


def _out_of_reach(found: Overview) -> Iterable[Mark]:
    far = {code: (nearest, way) for one in found.standings for part in one.judged.reach.values() if part.covered
           for code, nearest, way in part.covered.beyond}  # fmt: skip
    names = queries.names([nearest for nearest, _ in far.values()])
    for area in Area.objects.filter(code__in=far, longitude__isnull=False).order_by("code"):
        nearest, way = far[area.code]
        says = f"离最近的{names.get(nearest, nearest)} {way:.1f} km" if way is not None else "没有能到的"
        yield Mark(area.name, float(area.longitude or 0), float(area.latitude or 0), says)
