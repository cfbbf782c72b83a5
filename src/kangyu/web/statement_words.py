"""Statements as people read them: columns with their numbers, formulas in words, where a sheet stands."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils import timezone

from kangyu.apps.statements.queries import Opened
from kangyu.engines.content.kinds import Statement
from kangyu.engines.content.kinds.statement import Column
from kangyu.engines.handbook.speaking import Speech, Speeches
from kangyu.engines.language import Type
from kangyu.gateways import content
from kangyu.web import wording

SHARE = "share"
SHARE_TITLE = "分得"


@dataclass(frozen=True)
class Head:
    """A column as the sheet shows it."""

    key: str
    title: str
    unit: str
    decimals: int
    money: bool

    def shown(self, value: str | Decimal | None) -> str:
        """A value of the frozen sheet; unknown is a dash."""
        return wording.figure(None if value is None else float(value), 2 if self.money else self.decimals)


def heads(statement: Statement) -> list[Head]:
    """The columns, the share, the lines after it."""
    found = [head_of(key, column) for key, column in statement.columns.items()]
    found += [Head(SHARE, SHARE_TITLE, "元", 2, True)] if statement.pool else []
    return found + [head_of(key, column) for key, column in statement.lines.items()]


def head_of(key: str, column: Column) -> Head:
    return Head(key, column.title, column.unit, column.decimals, column.money)


def value_of(row: Mapping[str, Any], key: str) -> str | None:
    """One value of a frozen row."""
    found: str | None = row["share"] if key == SHARE else row["values"].get(key)
    return found


class Formulas:
    """The expressions of a frozen sheet in Chinese, with the names of its columns and settings."""

    def __init__(self, opened: Opened):
        self.statement = opened.statement
        speech = Speeches(content.current()).subject(self.statement.rows)
        titles = {head.key: head.title for head in heads(self.statement)} | {"value": "指标值", "corrections": "更正"}
        known = dict.fromkeys(titles, Type.NUMBER)
        settings = {key: one["value"] for key, one in opened.body["settings"].items()}
        labels = {key: one["title"] for key, one in opened.body["settings"].items()}
        schema = replace(speech.schema, fields=known, settings={**speech.schema.settings, **settings})
        self.speech = Speech(schema, replace(speech.names.with_(titles=titles), labels={**speech.names.labels, **labels}))

    def say(self, text: str) -> str:
        return self.speech.say(text).words


def where(opened: Opened) -> list[dict[str, str]]:
    """The states in order, with who made the sheet arrive there and when."""
    reached = {step.to_state: step for step in opened.steps}
    keys = list(opened.statement.states)
    at = keys.index(opened.sheet.state)
    found = []
    for place, (key, title) in enumerate(opened.statement.states.items()):
        step = reached.get(key) if place <= at else None
        says = f"{step.name or '系统'} {short_moment(step.at)}" if step else ""
        found.append({"title": title, "look": "done" if place < at else "now" if place == at else "", "says": says})
    return found


def short_moment(moment: Any) -> str:
    """A day and time of day, short."""
    return timezone.localtime(moment).strftime("%m-%d %H:%M")
