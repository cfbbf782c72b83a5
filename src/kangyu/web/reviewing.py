"""One item of a plan document as the review page shows it: what was read, what was put right, what was decided and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kangyu.apps.planning.models import PlanItem, PlanItemChange
from kangyu.apps.planning.queries import LABELS
from kangyu.web import wording

Kind, State = PlanItem.Kind, PlanItem.State

COLUMNS: dict[str, tuple[str, ...]] = {
    Kind.INDICATOR: (
        "name", "category", "unit", "baseline_year", "baseline_value", "target_year", "target_comparator", "target_value", "nature",
    ),
    Kind.COMMITMENT: ("subject", "comparator", "value", "unit", "deadline_year"),
    Kind.TASK: ("title", "lead_departments", "participating_departments", "deadline_year"),
    Kind.PROJECT: ("name", "place_level", "floor_area_m2", "beds", "investment", "planned_completion", "status"),
}  # fmt: skip
TITLES = {Kind.INDICATOR: "name", Kind.COMMITMENT: "subject", Kind.TASK: "title", Kind.PROJECT: "name"}
CHOICES = {
    "target_comparator": wording.COMPARATORS,
    "comparator": wording.COMPARATORS,
    "nature": {"binding": "约束性", "expected": "预期性"},
}
ACTIONS = {"accept": "采纳", "correct": "更正", "discard": "弃用", "undo": "撤回上一步"}
STATES = {
    State.PENDING: ("warn", "待审"),
    State.ACCEPTED: ("ok", "已采纳"),
    State.CORRECTED: ("ok", "已更正"),
    State.DISCARDED: ("none", "已弃用"),
}
REVIEWED = (Kind.INDICATOR, Kind.COMMITMENT, Kind.TASK, Kind.PROJECT)


@dataclass(frozen=True)
class Field:
    """One column: as it counts (``value``), as it was read (``read``), both also in words; ``choices`` where only some values can be."""

    key: str
    title: str
    value: str
    read: str
    choices: dict[str, str] | None = None

    @property
    def changed(self) -> bool:
        return self.value != self.read

    @property
    def words(self) -> str:
        return (self.choices or {}).get(self.value, self.value)

    @property
    def read_words(self) -> str:
        return (self.choices or {}).get(self.read, self.read) or "（空）"


@dataclass(frozen=True)
class Step:
    """One decision in the item's history."""

    at: Any
    by: str
    words: str
    reason: str


@dataclass(frozen=True)
class Item:
    """Everything a row of the review needs."""

    id: int
    document: int
    kind: str
    kind_title: str
    title: str
    fields: list[Field]
    quote: str
    line: int
    state: str
    status: str
    state_words: str
    doubts: list[str]
    history: list[Step]

    @property
    def says(self) -> str:
        """The item in one line."""
        return "，".join(f"{field.title} {field.words}" for field in self.fields[1:] if field.value)[:160]


def shown(item: PlanItem, history: Sequence[PlanItemChange] = ()) -> Item:
    """The item ready to show."""
    status, words = STATES[State(item.state)]
    name = TITLES.get(Kind(item.kind), "text")
    return Item(
        id=item.pk,
        document=item.document_id,
        kind=item.kind,
        kind_title=Kind(item.kind).label,
        title=str(item.value.get(name) or item.quote[:40]),
        fields=[_field(item, key) for key in COLUMNS.get(item.kind, ()) if key in item.data],
        quote=item.quote,
        line=item.line,
        state=item.state,
        status=status,
        state_words=words,
        doubts=list(item.doubts),
        history=[Step(one.at, one.by, ACTIONS.get(one.action, one.action), one.reason) for one in history],
    )


def _field(item: PlanItem, key: str) -> Field:
    return Field(key, LABELS.get(key, key), str(item.value.get(key) or ""), str(item.data.get(key) or ""), CHOICES.get(key))
