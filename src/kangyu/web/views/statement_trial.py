"""If this rule or figure were different, whose money changes: a sheet reckoned again beside what it is; nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kangyu.apps.governance.actions import audit
from kangyu.apps.statements import queries
from kangyu.apps.statements.queries import Opened, SheetNotWithinReach
from kangyu.engines.statements import prepare
from kangyu.flows import statement_trials
from kangyu.flows.statement_trials import Trial
from kangyu.gateways import content
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import wording
from kangyu.web.decorators import allow
from kangyu.web.errors import page as error_page
from kangyu.web.statement_words import Formulas
from kangyu.web.views.statements import about

RULE = "rule."


@dataclass
class Wanted:
    """What somebody wants to try, as sent; ``wrong`` says what is no number."""

    settings: dict[str, float] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    figures: dict[tuple[str, str], float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@allow(Permission.STATEMENT_VIEW)
def trial(request: HttpRequest, id: int) -> HttpResponse:
    """The form of what may be tried otherwise and everybody's money under it."""
    viewer = request.viewer
    try:
        opened = queries.opened(viewer, id)
    except SheetNotWithinReach as error:
        return error_page(request, 404, title="不能打开这张表", says=str(error))
    sent = request.POST if request.method == "POST" else request.GET
    wanted = _wanted(sent, opened)
    refused = "；".join(wanted.wrong)
    try:
        found = statement_trials.trial(opened, wanted.settings, rules=wanted.rules, figures=wanted.figures)
    except UserError as error:
        found, refused = statement_trials.trial(opened, {}), str(error)
    audit.record("statement.view", by=viewer, target=f"statement/{id}/trial", purpose=opened.sheet.title)
    shown = {**about(opened), **_moved(found), "changed": _changed(opened, found), "refused": refused}
    if request.htmx:
        return render(request, "statements/trial_rows.html", shown)
    shown |= {
        "settings": [_setting(key, one, wanted, found) for key, one in _in_order(opened)],
        "rules": _rules(opened, wanted, found),
        "institutions": [(row["id"], row["name"]) for row in opened.body["rows"]],
        "items": _items(opened),
        "org": sent.get("org", ""), "item": sent.get("item", ""), "number": sent.get("number", ""),
    }  # fmt: skip
    return render(request, "statements/trial.html", shown)


def _wanted(sent: Mapping[str, str], opened: Opened) -> Wanted:
    found = Wanted()
    for key, one in opened.body["settings"].items():
        text = str(sent.get(key, "")).strip()
        if text and (number := _number(text)) is not None:
            found.settings[key] = number
        elif text:
            found.wrong.append(f"“{one['title']}”要填数字")
    found.rules = {name.removeprefix(RULE): str(sent[name]).strip() for name in sent if name.startswith(RULE)}
    org, item, text = (str(sent.get(key, "")).strip() for key in ("org", "item", "number"))
    if text:
        number = _number(text)
        if number is None or not org or not item:
            found.wrong.append("改一家的数：要选机构和项目，再填一个数字")
        else:
            found.figures[org, item] = number
    return found


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < 1e12 else None


def _in_order(opened: Opened) -> list[tuple[str, dict[str, Any]]]:
    """The numbers a sheet goes by, as their files have them."""
    written = [key for file in content.current().settings.values() for key in file.values]
    place = {key: at for at, key in enumerate(written)}
    numbers = [(key, one) for key, one in opened.body["settings"].items() if isinstance(one["value"], int | float)]
    return sorted(numbers, key=lambda found: (place.get(found[0], len(place)), found[0]))


def _setting(key: str, one: dict[str, Any], wanted: Wanted, found: Trial) -> dict[str, Any]:
    tried = wording.compact(wanted.settings.get(key, one["value"])).replace(wording.THIN, "")
    return {"key": key, **one, "tried": tried, "changed": key in found.changed}


def _rules(opened: Opened, wanted: Wanted, found: Trial) -> list[dict[str, Any]]:
    formulas = Formulas(opened)
    own = prepare(content.current(), opened.statement, changed={key: one["value"] for key, one in opened.body["settings"].items()})
    return [
        {
            "name": f"{RULE}{one.place}", "title": one.title, "text": wanted.rules.get(one.place, one.text), "number": one.number,
            "words": "" if one.number else formulas.say(one.text), "changed": one.place in found.rules,
        }
        for one in statement_trials.rules_of(opened.statement, own)
    ]  # fmt: skip


def _items(opened: Opened) -> list[tuple[str, str]]:
    """The counts and indicator values that may be tried otherwise: key, title with its unit."""
    found = []
    for key, column in opened.statement.columns.items():
        if column.counts:
            found.append((key, f"{column.title}（{column.unit or '件'}）"))
        for name, item in column.items.items():
            found.append((f"{key}.{name}", f"{item.title}（{'指标值 %' if item.indicator else item.unit}）"))
    return found


def _changed(opened: Opened, found: Trial) -> list[str]:
    """What was changed, in words."""
    settings = opened.body["settings"]
    said = [f"{settings[key]['title']} {wording.compact(old)} → {wording.compact(new)}" for key, (old, new) in found.changed.items()]
    titles = {one.place: one.title for one in statement_trials.rules_of(opened.statement, prepare(content.current(), opened.statement))}
    said += [f"{titles.get(place, place)}：{old or '没有'} → {new or '没有'}" for place, (old, new) in found.rules.items()]
    names, items = {row["id"]: row["name"] for row in opened.body["rows"]}, dict(_items(opened))
    for (org, item), (old, new) in found.figures.items():
        before = "不涉及" if old is None else wording.compact(round(old, 2))
        said.append(f"{names.get(org, org)}{items.get(item, item)} {before} → {wording.compact(new)}")
    return said


def _moved(found: Trial) -> dict[str, Any]:
    """Everybody's money before and after, the largest loss first, and the sums, which are the pool exactly."""
    widest = max((abs(one.difference) for one in found.rows), default=Decimal(0))
    rows = [
        {
            "id": one.before.id, "name": one.before.name, "up": one.difference > 0, "down": one.difference < 0,
            "before": wording.figure(float(one.before.share or 0), 2), "after": wording.figure(float(one.after.share or 0), 2),
            "difference": wording.signed(float(one.difference), 2),
            "width": float(abs(one.difference) / widest * 100) if widest else 0,
            "bound": {"floor": "保底", "cap": "封顶"}.get(one.after.bound, ""),
        }
        for one in found.rows
    ]  # fmt: skip
    sums = [sum((row.share or Decimal(0) for row in sheet.rows), Decimal(0)) for sheet in (found.before, found.after)]
    return {
        "rows": rows, "sums": [wording.figure(float(one), 2) for one in sums], "more": sum(row["up"] for row in rows),
        "less": sum(row["down"] for row in rows), "same": sum(not row["up"] and not row["down"] for row in rows),
    }  # fmt: skip
