"""Reads of things: lists by state, area, what is due and what wants looking at; the forms written about one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance.access import Viewer
from kangyu.apps.record import queries as record
from kangyu.apps.record.queries import Stored
from kangyu.apps.registers import access, declared, rows
from kangyu.apps.registers.models import Thing, ThingSheet
from kangyu.engines.content.kinds import Register
from kangyu.engines.content.kinds.field import REFERRING
from kangyu.engines.registers import Facts, facts_of
from kangyu.kernel.permission import Permission

OVERDUE, SOON = "overdue", "soon"
WEEKS = 28


@dataclass(frozen=True)
class Filter:
    """What a list shows: a state, a flag, an area, what is due, words in number or name, coded fields by value."""

    state: str = ""
    flag: str = ""
    area: str = ""
    due: str = ""
    words: str = ""
    values: Mapping[str, str] | None = None

    def condition(self, today: date) -> Q:
        found = Q()
        if self.state:
            found &= Q(state=self.state)
        if self.flag:
            found &= Q(flags__contains=[self.flag])
        if self.area:
            found &= Q(area__startswith=self.area)
        if self.due == OVERDUE:
            found &= Q(next_due__lt=today)
        elif self.due == SOON:
            found &= Q(next_due__range=(today, date.fromordinal(today.toordinal() + WEEKS)))
        if self.words:
            found &= Q(name__icontains=self.words) | Q(number__icontains=self.words)
        for key, value in (self.values or {}).items():
            found &= Q(**{f"values__{key}": value})
        return found


@dataclass(frozen=True)
class Page:
    """Some things in the order of their number, and the number after which the next ones begin (empty at the end)."""

    things: Sequence[Thing]
    after: str


def page(viewer: Viewer, register: str, wanted: Filter, *, today: date, after: str = "", limit: int = 60) -> Page:
    """One page of a register by keyset."""
    found = Thing.objects.filter(access.reach(viewer), wanted.condition(today), register=register).order_by("number")
    if after:
        found = found.filter(number__gt=after)
    things = list(found[: limit + 1])
    return Page(things[:limit], things[limit - 1].number if len(things) > limit else "")


def every(viewer: Viewer, register: str, wanted: Filter | None = None, *, today: date | None = None) -> list[Thing]:
    """All things of a register within reach: for its map and for a spreadsheet."""
    condition = wanted.condition(today) if wanted and today else Q()
    return list(Thing.objects.filter(access.reach(viewer), condition, register=register).order_by("number"))


def findable(viewer: Viewer, register: str) -> list[Thing]:
    """The things that a form may refer to: names are no secret among those who keep things, one asks another's store for goods.

    Those of the viewer's own county that are still there, and what lies nowhere.
    """
    if not viewer.may(Permission.REGISTER_VIEW):
        return []
    within = Q(area__startswith=viewer.area[:6]) | Q(area="")
    return list(Thing.objects.filter(within, register=register, until=None).order_by("number"))


def counts(viewer: Viewer) -> dict[str, int]:
    """How many things of each register are within reach."""
    found = Thing.objects.filter(access.reach(viewer)).values_list("register").annotate(n=Count("id"))
    return dict(found.order_by())


@dataclass(frozen=True)
class Chips:
    """How many things there are by state, by flag, by township, by the values of a coded field, and by what is due."""

    total: int
    states: Mapping[str, int]
    flags: Mapping[str, int]
    areas: Mapping[str, int]
    overdue: int
    soon: int


def chips(viewer: Viewer, register: str, *, today: date) -> Chips:
    """The counts beside the filters of a register."""
    mine = Thing.objects.filter(access.reach(viewer), register=register)
    states = dict(mine.values_list("state").annotate(n=Count("id")).order_by())
    flags: dict[str, int] = {}
    areas: dict[str, int] = {}
    for held, area in mine.values_list("flags", "area"):
        areas[area[:9]] = areas.get(area[:9], 0) + 1
        for flag in held:
            flags[flag] = flags.get(flag, 0) + 1
    overdue = mine.filter(Filter(due=OVERDUE).condition(today)).count()
    return Chips(sum(states.values()), states, flags, areas, overdue, mine.filter(Filter(due=SOON).condition(today)).count())


def of_number(register: str, number: str) -> Thing | None:
    """A thing by its number, whoever asks: for references in spreadsheets."""
    return Thing.objects.filter(register=register, number=number).first()


def names(ids: Sequence[str]) -> dict[str, str]:
    """Names by id."""
    return dict(Thing.objects.filter(id__in=ids).values_list("id", "name"))


def named(register: Register, things: Sequence[Thing]) -> list[dict[str, Any]]:
    """Each thing's fields, number and name among them; what refers to an institution, an area or a thing by its name."""
    referring = {key: asked.type for key, asked in register.fields.items() if asked.type in REFERRING}
    ids = sorted({str(one.values[key]) for one in things for key in referring if one.values.get(key)})
    known = {**directory.institution_names(ids), **names(ids)} if ids else {}
    known |= {code: one.name for code in {one.area for one in things} if register.area and (one := directory.area(code))}
    found = []
    for one in things:
        values = {**one.values, register.number: one.number, register.name: one.name}
        if register.area:
            values[register.area] = one.area
        found.append({key: known.get(str(value), value) if key in referring else value for key, value in values.items()})
    return found


def referring(viewer: Viewer, thing: Thing) -> list[Thing]:
    """The things within reach that name this one: the ambulances of a station."""
    found = Q(pk__in=[])
    for register in declared.registers().values():
        for key, asked in register.fields.items():
            if asked.type == "thing" and asked.register_ == thing.register:
                found |= Q(register=register.key, **{f"values__{key}": thing.id})
    return list(Thing.objects.filter(found, access.reach(viewer), until=None).order_by("register", "number"))


def spots(things: Sequence[Thing]) -> dict[str, tuple[float, float]]:
    """Where each thing is (longitude, latitude): its own place, else that of the thing it names; those without either are left out."""
    known = declared.registers()
    hosts: dict[str, str] = {}
    for one in things:
        for key, asked in known[one.register].fields.items():
            if one.longitude is None and asked.type == "thing" and one.values.get(key):
                hosts[one.id] = str(one.values[key])
    placed = Thing.objects.filter(id__in=set(hosts.values()), longitude__isnull=False, latitude__isnull=False)
    at = {one.id: (float(one.longitude or 0), float(one.latitude or 0)) for one in (*placed, *things) if one.longitude is not None}
    return {one.id: spot for one in things if (spot := at.get(one.id) or at.get(hosts.get(one.id, ""))) is not None}


def history(thing: Thing) -> list[tuple[Stored, Facts]]:
    """All versions of a thing, newest first."""
    register = declared.registers()[thing.register]
    versions = record.history(register.is_, thing.id)
    return [(one, facts_of(register, json.loads(one.text))) for one in versions if one.text]


def authors(thing: Thing) -> dict[int, str]:
    """The account that wrote each version of a thing."""
    return record.authors(declared.registers()[thing.register].is_, thing.id)


def answers(thing: Thing, form: str) -> list[Mapping[str, Any]]:
    """The stored answers of one of its forms, newest first."""
    return list(reversed(rows.read(thing.register, [thing.id], [form])[thing.id].get(form, [])))


def sheets(register: str, *, author: str, limit: int = 10) -> list[ThingSheet]:
    """The spreadsheets that somebody brought in last: others' are not shown, what came back holds their rows."""
    return list(ThingSheet.objects.filter(register=register, author=author).order_by("-id")[:limit])


def sheet(id: int) -> ThingSheet | None:
    """One spreadsheet that was brought in."""
    return ThingSheet.objects.filter(id=id).first()
