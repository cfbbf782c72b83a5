"""Things in words: their fields, their standing, the map they lie on."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from kangyu.apps.directory.models import Area
from kangyu.apps.governance.access import Viewer
from kangyu.apps.registers import queries
from kangyu.apps.registers.models import Thing
from kangyu.engines.content.kinds import Register
from kangyu.engines.content.kinds.field import Field
from kangyu.engines.forms import said_of
from kangyu.gateways import content
from kangyu.web.charts.choropleth import MapArea
from kangyu.web.charts.dots import Dot, dots
from kangyu.web.wording import DASH

STANDS = {"overdue": "bad", "today": "warn", "open": "warn", "later": "ok", "done": "ok"}


def value_words(asked: Field, value: Any) -> str:
    """One value as people write it; a dash where there is none."""
    return DASH if value in (None, "", []) else said_of(asked, value, content.current().title_of)


def status_of(register: Register, thing: Thing) -> str:
    """How a thing stands, for its mark: ``bad`` with a flag or overdue, ``warn`` with something to do now, ``none`` when it is gone."""
    if thing.until or (register.states and thing.state != register.first_state):
        return "none"
    if thing.flags:
        return "bad"
    states = {item["state"] for item in thing.items}
    return "bad" if "overdue" in states else "warn" if states & {"open", "today"} else "ok"


def standing_words(register: Register, thing: Thing) -> str:
    """What is to be known of a thing at once: its flags, else what is due."""
    flags = [register.find[key].title for key in thing.flags if key in register.find]
    due = [f"{item['title']} {item['words']}" for item in thing.items if item["state"] in ("overdue", "open", "today")]
    return "，".join(flags + due) or "无待办"


def outlines(county: str, hrefs: Mapping[str, str] | None = None, says: Mapping[str, str] | None = None) -> list[MapArea]:
    """The townships of a county as outlines for a map; empty where no boundaries are recorded."""
    found = Area.objects.filter(level="township", code__startswith=county[:6]).exclude(boundary="").order_by("code")
    return [
        MapArea(one.code, one.name, json.loads(one.boundary), None, (says or {}).get(one.code, ""), (hrefs or {}).get(one.code, ""))
        for one in found
    ]


def map_of(register: Register, things: Sequence[Thing], viewer: Viewer) -> Any:
    """The things of a register on the map, each where it is or where the thing it names stands; empty without boundaries or positions."""
    spots = queries.spots(things)
    placed = [one for one in things if one.id in spots]
    areas = outlines(viewer.area or (placed[0].area if placed else ""))
    if not areas or not placed:
        return ""
    marks = [
        Dot(
            *spots[one.id],
            status_of(register, one),
            f"{one.name}：{standing_words(register, one)}",
            href(one),
        )
        for one in placed
    ]
    return dots(areas, marks, title=f"{register.title}的位置，{len(placed)} 处")


def href(thing: Thing) -> str:
    return reverse("thing", args=[thing.register, thing.id])
