"""The tables that figures are computed from, and the indicators in force: both follow the declared content."""

import hashlib
from collections.abc import Callable, Collection, Mapping

from kangyu.engines.content import Content
from kangyu.engines.content.tables import Tables
from kangyu.engines.fhir.views import TableView
from kangyu.engines.indicators import contributions
from kangyu.engines.indicators.contributions import Measures
from kangyu.engines.indicators.explain import Explanation
from kangyu.gateways import content
from kangyu.gateways.warehouse.sources import PERSON, Source

MARK = "tables.sha256"
"""The file in an export that says how its tables were declared."""
SUBJECTS = ("residents", "institutions")
OWN = ("institution", "area")
"""Subjects that have a column of their own; what is written about a thing counts where the thing's institution is."""
OTHERS: list[Callable[[Content, str, Collection[str]], Source | None]] = []
"""Filled by wiring: (content, table, columns) → a table that is no view of the record (a ledger's), or None where it is not theirs."""


class _Held:
    """What was worked out for one state of the content."""

    def __init__(self, of: Content):
        self.content = of
        self.measures = contributions.measures(of)
        self.sources = _sources(of, self.measures)
        self.explanations: dict[str, Explanation] = {}


_current = content.kept(_Held)


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
    views = content.tables() if of is content.current() else Tables(of)
    whole = [_source(view, set(view.columns)) for view in map(views.view, SUBJECTS)]
    return whole + [_other(of, name, used[name]) or _source(views.view(name), used[name]) for name in sorted(used) if name not in SUBJECTS]


def _other(of: Content, name: str, used: set[str]) -> Source | None:
    return next((source for ask in OTHERS if (source := ask(of, name, used)) is not None), None)


def _source(view: TableView, used: set[str]) -> Source:
    columns = {name: kind for name, kind in view.columns.items() if name in used or name in ("id", "on", "to", view.subject)}
    if view.subject == "person":
        return Source(view.key, PERSON, {PERSON: "integer", **columns}, view.sql(keys=(PERSON,)))
    if view.subject not in OWN:
        sql = f"SELECT t.*, t.org AS institution FROM ({view.sql(keys=(PERSON,))}) t"
        return Source(view.key, "institution", {"institution": "text", **columns}, sql, from_people=True)
    return Source(view.key, view.subject, columns, view.sql(keys=(PERSON,)), from_people=True)
