"""The tables that figures are computed from, and the indicators in force: both follow the declared content."""

import hashlib
import threading
from collections.abc import Mapping

from kangyu.engines.content import Content
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.vocabulary import answer_kinds, form_tables
from kangyu.engines.fhir.views.tables import TableView, form_table, read_table, rows_table
from kangyu.engines.indicators import contributions
from kangyu.engines.indicators.contributions import Measures
from kangyu.engines.indicators.explain import Explanation
from kangyu.gateways import content
from kangyu.gateways.warehouse.sources import PERSON, Source

MARK = "tables.sha256"
"""The file in an export that says how its tables were declared."""
SUBJECTS = ("residents", "institutions")
_lock = threading.Lock()


class _Held:
    """What was worked out for one state of the content."""

    def __init__(self, of: Content):
        self.content = of
        self.measures = contributions.measures(of)
        self.sources = _sources(of, self.measures)
        self.explanations: dict[str, Explanation] = {}


_held: _Held | None = None


def _current() -> _Held:
    global _held
    now = content.current()
    with _lock:
        if _held is None or _held.content is not now:
            _held = _Held(now)
        return _held


def measures() -> Measures:
    """Every computed indicator in force."""
    return _current().measures


def sources() -> list[Source]:
    """The tables that some indicator reads, the subjects' own tables among them."""
    return _current().sources


def explanation(key: str) -> Explanation | None:
    """How to say why somebody is not counted; None for indicators that are no share."""
    held = _current()
    indicator = held.measures.indicators.get(key)
    if indicator is None or indicator.shape != "share":
        return None
    if key not in held.explanations:
        condition = held.measures.expressions[indicator.about][f"{key}__true_when"]
        held.explanations[key] = Explanation(indicator, condition, held.content)
    return held.explanations[key]


def mark() -> str:
    """A digest of the tables as declared: an export with another one does not serve."""
    return hashlib.sha256("\n".join(f"{source.name}\t{source.copy()}" for source in sources()).encode()).hexdigest()


def _sources(of: Content, found: Measures) -> list[Source]:
    """Only the columns that some indicator reads: PostgreSQL leaves the others of a view uncomputed."""
    return sources_of(of, {**found.columns("person"), **found.columns("institution")})


def sources_of(of: Content, used: Mapping[str, set[str]]) -> list[Source]:
    """The named tables with the named columns, and the subjects' own tables whole."""
    views = {view.key: view for view in (read_table(document, f"content/views/{name}") for name, document in of.views.items())}
    whole = [_source(views[name], set(views[name].columns)) for name in SUBJECTS]
    return whole + [_source(views.get(name) or _of_form(of, name), used[name]) for name in sorted(used) if name not in SUBJECTS]


def _of_form(of: Content, name: str) -> TableView:
    derived, _ = derived_types(of)
    own = {visit_table(of, key): types for key, types in derived.items()}.get(name, {})
    form, rows = form_tables(of)[name]
    if rows:
        table = form.fields[rows]
        return rows_table(form.name, rows, answer_kinds(table.fields), title=table.title, about=form.about)
    kinds = {k: str(v.value) for k, v in own.items()}
    return form_table(name, answer_kinds(form.fields), title=form.title, derived=kinds, about=form.about)


def _source(view: TableView, used: set[str]) -> Source:
    columns = {name: kind for name, kind in view.columns.items() if name in used or name in ("id", "on", "to", view.subject)}
    if view.subject == "person":
        return Source(view.key, PERSON, {PERSON: "integer", **columns}, view.sql(keys=(PERSON,)))
    return Source(view.key, view.subject, columns, view.sql())
