"""The tables of the warehouse that signals read, with only the columns they need."""

from kangyu.apps.surveillance.declared import RESIDENTS, current
from kangyu.engines.fhir.views import TableView
from kangyu.gateways import content
from kangyu.gateways.warehouse.sources import PERSON, Source

ALWAYS = ("id", "on", "to", "org")


def sources() -> list[Source]:
    """The people's tables, ``residents`` whole."""
    views = content.tables()
    used: dict[str, set[str]] = {RESIDENTS: set(views.view(RESIDENTS).columns)}
    for one in current().watched.values():
        for side in one.sides:
            used.setdefault(side.table, set()).update(side.columns)
            for table, columns in (side.where.columns if side.where else {}).items():
                used.setdefault(table, set()).update(columns)
    return [_source(views.view(name), used[name]) for name in sorted(used)]


def _source(view: TableView, used: set[str]) -> Source:
    columns = {name: kind for name, kind in view.columns.items() if name in used or name in ALWAYS}
    return Source(view.key, PERSON, {PERSON: "integer", **columns}, view.sql(keys=(PERSON,)))
