"""The tables of the warehouse that signals read, with only the columns they need."""

from kangyu.apps.surveillance.declared import RESIDENTS, current
from kangyu.engines.content import Content
from kangyu.engines.content.vocabulary import answer_kinds, form_tables
from kangyu.engines.fhir.views.tables import TableView, form_table, read_table
from kangyu.gateways import content
from kangyu.gateways.warehouse.sources import PERSON, Source

ALWAYS = ("id", "on", "to", "org")


def sources() -> list[Source]:
    """The people's tables, ``residents`` whole."""
    of = content.current()
    used: dict[str, set[str]] = {RESIDENTS: set(_view(of, RESIDENTS).columns)}
    for one in current().watched.values():
        for side in one.sides:
            used.setdefault(side.table, set()).update(side.columns)
            for table, columns in (side.where.columns if side.where else {}).items():
                used.setdefault(table, set()).update(columns)
    return [_source(_view(of, name), used[name]) for name in sorted(used)]


def _view(of: Content, name: str) -> TableView:
    if name in of.views:
        return read_table(of.views[name], f"content/views/{name}.yaml")
    form, _ = form_tables(of)[name]
    return form_table(name, answer_kinds(form.fields), title=form.title)


def _source(view: TableView, used: set[str]) -> Source:
    columns = {name: kind for name, kind in view.columns.items() if name in used or name in ALWAYS}
    return Source(view.key, PERSON, {PERSON: "integer", **columns}, view.sql(keys=(PERSON,)))
