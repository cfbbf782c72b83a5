"""What would change if: a sheet reckoned again with other settings, other rules or another figure of one institution; nothing is stored.

trial(opened, {"two_card_pool": 700000})                              # a setting
trial(opened, {}, rules={"columns.truth.gives": "1", "pool.cap": "3"})  # a rule of the sheet
trial(opened, {}, figures={("hospital", "public_health.hypertension"): 120})
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from kangyu.apps.statements.queries import Opened
from kangyu.engines.content.kinds import Statement
from kangyu.engines.language import ExpressionError
from kangyu.engines.statements import Figured, PreparedStatement, RowFacts, Sheet, SheetRow, compute, prepare, thaw
from kangyu.gateways import content
from kangyu.kernel.errors import UserError

NUMBERS = {"pool.floor": "保底（平均额的几成）", "pool.cap": "封顶（平均额的几倍）"}


@dataclass(frozen=True)
class Moved:
    """One institution before and after."""

    before: SheetRow
    after: SheetRow

    @property
    def difference(self) -> Decimal:
        return (self.after.share or Decimal(0)) - (self.before.share or Decimal(0))


@dataclass(frozen=True)
class Rule:
    """One rule of a sheet that may be tried otherwise: where it stands in the file, what it is called, how it is written."""

    place: str
    title: str
    text: str
    number: bool = False


@dataclass(frozen=True)
class Trial:
    """Everybody's money under what was changed; ``changed``, ``rules`` and ``figures`` are what differs: (as it was, as tried)."""

    before: Sheet
    after: Sheet
    changed: Mapping[str, tuple[float, float]]
    rows: tuple[Moved, ...]
    rules: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    figures: Mapping[tuple[str, str], tuple[float | None, float]] = field(default_factory=dict)


def trial(
    opened: Opened,
    wanted: Mapping[str, float],
    *,
    rules: Mapping[str, str] | None = None,
    figures: Mapping[tuple[str, str], float] | None = None,
) -> Trial:
    """Reckon the sheet again from what it was computed from.

    ``rules`` gives other texts by their place (``rules_of``), ``figures`` other counts or indicator values by institution and item.
    Raises ``UserError`` for what the sheet does not use or a rule that does not hold.
    """
    settings = {key: one["value"] for key, one in opened.body["settings"].items()}
    unknown = [key for key in wanted if not isinstance(settings.get(key), int | float)]
    if unknown:
        raise UserError(f"这张表没有用到 {'、'.join(unknown)}。")
    changed = {key: (float(settings[key]), value) for key, value in wanted.items() if float(settings[key]) != value}
    own = prepare(content.current(), opened.statement, changed=settings)
    statement, period, facts = thaw(opened.sheet.text, own.reads)
    before = compute(own, facts, period)
    known = {one.place: one for one in rules_of(statement, own)}
    tried = {place: (known[place].text, text) for place, text in (rules or {}).items() if place in known and text != known[place].text}
    other, moved = _with_figures(statement, facts, figures or {})
    after = compute(
        _prepared(_with_rules(statement, {place: text for place, (_, text) in tried.items()}), {**settings, **wanted}), other, period
    )
    rows = [Moved(one, another) for one, another in zip(before.rows, after.rows, strict=True)]
    ordered = tuple(sorted(rows, key=lambda one: (one.difference, one.before.id)))
    return Trial(before, after, changed, ordered, tried, moved)


def _prepared(statement: Statement, settings: Mapping[str, Any]) -> PreparedStatement:
    try:
        return prepare(content.current(), statement, changed=settings)
    except ExpressionError as error:
        raise UserError(f"改的规则读不懂：{error}") from None


def rules_of(statement: Statement, prepared: PreparedStatement) -> list[Rule]:
    """The rules that can be tried on a frozen sheet: all but which records count, and what reads the institution's own ledgers."""
    found = []
    for key, column in statement.columns.items():
        if column.gives:
            found.append(Rule(f"columns.{key}.gives", column.title, column.gives.strip()))
        for name, item in column.items.items():
            if item.gives:
                found.append(Rule(f"columns.{key}.items.{name}.gives", f"{column.title}·{item.title}得几成", item.gives.strip()))
    if statement.pool:
        found.append(Rule("pool.by", "按什么分", statement.pool.by.strip()))
        bounds = (("pool.floor", statement.pool.floor), ("pool.cap", statement.pool.cap))
        found += [Rule(place, NUMBERS[place], "" if value is None else f"{value:g}", True) for place, value in bounds]
    found += [Rule(f"lines.{key}.gives", line.title, line.gives.strip()) for key, line in statement.lines.items() if line.gives]
    return [one for one in found if not prepared.reads.get(one.place)]


def _with_rules(statement: Statement, texts: Mapping[str, str]) -> Statement:
    """The declaration with other texts in some places."""
    if not texts:
        return statement
    body = json.loads(statement.model_dump_json(by_alias=True, exclude_defaults=True))
    for place, text in texts.items():
        *way, last = place.split(".")
        held = body
        for step in way:
            held = held[step]
        held[last] = _bound(place, text) if place in NUMBERS else text
    try:
        return Statement.model_validate(body)
    except ValidationError as error:
        raise UserError(f"改的规则不成立：{error.errors()[0]['msg']}") from None


def _bound(place: str, text: str) -> float | None:
    """A bound of the pool; empty is none."""
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise UserError(f"“{NUMBERS[place]}”要填数字，或不填。") from None


def _with_figures(
    statement: Statement, facts: list[RowFacts], wanted: Mapping[tuple[str, str], float]
) -> tuple[list[RowFacts], dict[tuple[str, str], tuple[float | None, float]]]:
    """The facts with other figures for some institutions, and what those were before."""
    found, moved = {one.id: one for one in facts}, {}
    for (org, item), value in wanted.items():
        one = found.get(org)
        if one is None or (item not in one.counts and item not in one.figures):
            raise UserError("这张表里没有这家机构的这一项，请从列表里选。")
        if item in one.counts:
            if value != int(value) or value < 0:
                raise UserError("记录条数要填不小于 0 的整数。")
            before: float | None = float(one.counts[item])
            found[org] = replace(one, counts={**one.counts, item: int(value)})
        else:
            before = one.figures[item].value
            found[org] = replace(one, figures={**one.figures, item: Figured(value, one.figures[item].top, one.figures[item].bottom)})
        if before != value:
            moved[org, item] = (before, value)
    return [found[one.id] for one in facts], moved
