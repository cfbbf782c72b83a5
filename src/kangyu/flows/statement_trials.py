"""What would change if: a sheet reckoned again with other equivalents, weights or money; nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kangyu.apps.statements.queries import Opened
from kangyu.engines.statements import Sheet, SheetRow, compute, prepare, thaw
from kangyu.gateways import content
from kangyu.kernel.errors import UserError


@dataclass(frozen=True)
class Moved:
    """One institution before and after."""

    before: SheetRow
    after: SheetRow

    @property
    def difference(self) -> Decimal:
        return (self.after.share or Decimal(0)) - (self.before.share or Decimal(0))


@dataclass(frozen=True)
class Trial:
    """Everybody's money under the changed settings; ``changed`` are those that differ: setting → (as it was, as tried)."""

    before: Sheet
    after: Sheet
    changed: Mapping[str, tuple[float, float]]
    rows: tuple[Moved, ...]


def trial(opened: Opened, wanted: Mapping[str, float]) -> Trial:
    """Reckon the sheet again from what it was computed from. Raises ``UserError`` for a setting it does not use."""
    settings = {key: one["value"] for key, one in opened.body["settings"].items()}
    unknown = [key for key in wanted if not isinstance(settings.get(key), int | float)]
    if unknown:
        raise UserError(f"这张表没有用到 {'、'.join(unknown)}。")
    changed = {key: (float(settings[key]), value) for key, value in wanted.items() if float(settings[key]) != value}
    own = prepare(content.current(), opened.statement, changed=settings)
    statement, period, facts = thaw(opened.sheet.text, own.reads)
    before = compute(own, facts, period)
    after = compute(prepare(content.current(), statement, changed={**settings, **wanted}), facts, period)
    rows = [Moved(one, other) for one, other in zip(before.rows, after.rows, strict=True)]
    return Trial(before, after, changed, tuple(sorted(rows, key=lambda one: (one.difference, one.before.id))))
