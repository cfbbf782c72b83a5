"""Registers a thing, changes what is known of it, moves it to another state: each through the one door, each audited."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import connection, transaction

from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock, deployment
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.record import queries as record
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.errors import ConflictError
from kangyu.apps.record.pipeline import Draft
from kangyu.apps.registers import access, declared, rows
from kangyu.apps.registers.models import Thing
from kangyu.engines import forms
from kangyu.engines.forms import Result
from kangyu.engines.registers import Facts, PreparedRegister, ended, facts_of, resource_of, subject_of
from kangyu.kernel.errors import Problem, ProblemsError, UserError

IDS = uuid.UUID("8f4f2a0e-6f0a-4b5c-9d0b-6f6e21b1a7c3")
SYNTHETIC_TAG = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
WARRANT = "register"
"""What entitles a keeper to write things, which are about nobody: who keeps which register is settled here, not at the door."""


@dataclass(frozen=True)
class Card:
    """What is written down about a thing: the fields' answers, who is responsible, where it lies."""

    answers: Mapping[str, Any]
    org: str = ""
    area: str = ""
    longitude: float | None = None
    latitude: float | None = None
    since: date | None = None
    state: str = ""


class NotAcceptable(ProblemsError):
    """The card cannot be stored; ``result`` holds what stands beside each field."""

    def __init__(self, title: str, result: Result, problems: list[Problem]):
        self.result = result
        super().__init__(problems)


def judge(ready: PreparedRegister, card: Card) -> tuple[Result, list[Problem]]:
    """The answers as they would be kept, and everything that stands in the way of storing the card."""
    result = forms.check_answers(ready.card, card.answers, subject=subject_of(ready, Facts("", ""), {}, clock.today()))
    title = ready.register.singular
    problems = [Problem(title, ready.card.title(one.fields[0]), one.message) for one in (*result.hard, *result.unexplained)]
    if (card.longitude is None) != (card.latitude is None):
        problems.append(Problem(title, "位置", "经度和纬度要一起填", "请补上另一个，或都不填。"))
    elif card.longitude is not None and not (73 <= card.longitude <= 136 and 3 <= float(card.latitude or 0) <= 54):
        problems.append(Problem(title, "位置", f"{card.longitude}，{card.latitude} 不在中国境内", "请核对经度（73—136）和纬度（3—54）。"))
    if ready.register.states and card.state and card.state not in ready.register.states:
        problems.append(Problem(title, "状态", f"没有“{card.state}”这个状态", f"可填：{'、'.join(ready.register.states.values())}。"))
    if ready.register.kinds and card.org and (found := directory.institution(card.org)) and found.kind not in ready.register.kinds:
        problems.append(Problem(title, "责任机构", f"{found.name}不能负责{title}", "请换一个机构。"))
    return result, problems


def register(key: str, card: Card, *, by: Viewer, id: str = "") -> Thing:
    """Put a new thing into a register. ``id`` makes it idempotent: the same id registers once.

    Raises ``NotAcceptable`` with everything to mend, ``DeniedError``, ``UserError`` for a number somebody else has.
    """
    ready = declared.prepared(key)
    id = id or str(uuid.uuid4())
    with transaction.atomic():
        _one_at_a_time(key)
        if (stored := Thing.objects.filter(id=id, register=key).first()) is not None:
            return stored
        facts = _facts(ready, card)
        access.require_keeper(by, ready.register, org=facts.org, area=facts.area or _area(facts.org))
        _free_number(ready, facts.number, but="")
        body = resource_of(ready.register, id, facts, like=_tag())
        write([Draft("create", body["resourceType"], id, body)], by=by, warrant=WARRANT, purpose=ready.register.title)
        audit.record("thing.register", by=by, target=f"{key}/{id}")
    return Thing.objects.get(id=id)


def change(id: str, card: Card, *, by: Viewer, expected: int | None = None) -> Thing:
    """Write down what is known of a thing now. ``expected`` is the version the writer saw. Its state is changed by moves only."""
    thing = access.find(by, id)
    ready = declared.prepared(thing.register)
    with transaction.atomic():
        _one_at_a_time(thing.register)
        body, before = _current(ready, thing)
        facts = _facts(ready, replace(card, state=before.state, since=card.since or before.since))
        facts = replace(facts, until=before.until)
        access.require_keeper(by, ready.register, org=thing.org, area=thing.area)
        access.require_keeper(by, ready.register, org=facts.org, area=facts.area or _area(facts.org))
        _free_number(ready, facts.number, but=id)
        made = resource_of(ready.register, id, facts, like=body)
        write([Draft("update", made["resourceType"], id, made, expected)], by=by, warrant=WARRANT, purpose=ready.register.title)
        audit.record("thing.change", by=by, target=f"{thing.register}/{id}")
    return Thing.objects.get(id=id)


def move(id: str, key: str, *, by: Viewer, reason: str = "", expected: int | None = None) -> Thing:
    """Move a thing to another state, as declared: by whom, from which states, under which condition."""
    thing = access.find(by, id)
    ready = declared.prepared(thing.register)
    found = ready.register.moves.get(key)
    if found is None:
        raise UserError(f"{ready.register.title}没有“{key}”这一步，请从页面上的按钮选。")
    if not access.is_one_of(by, found.by, thing.org):
        raise UserError(f"“{found.title}”不由您的角色办理。")
    if found.needs_reason and not reason.strip():
        raise UserError(f"“{found.title}”要写明原因。请填写后再提交。")
    with transaction.atomic():
        _one_at_a_time(thing.register)
        body, before = _current(ready, thing)
        if before.state not in found.from_:
            now = ready.register.states.get(before.state, before.state)
            raise ConflictError(f"这一件现在是“{now}”，不能“{found.title}”。请刷新后再看。")
        subject = subject_of(ready, before, rows.read(thing.register, [id], ready.tables)[id], clock.today())
        if f"needs.{key}" in ready.typed and ready.thing(subject)[f"needs.{key}"] is not True:
            raise UserError(found.unless or f"还不能“{found.title}”：条件不满足。")
        over = clock.today() if ended(ready.register, found.to) else None
        made = resource_of(ready.register, id, replace(before, state=found.to, until=over, why=reason.strip()), like=body)
        write(
            [Draft("update", made["resourceType"], id, made, expected)],
            by=by,
            warrant=WARRANT,
            purpose=f"{found.title}：{reason}" if reason else found.title,
        )
        audit.record("thing.move", by=by, target=f"{thing.register}/{id}", purpose=f"{found.title} {reason}".strip()[:200])
    return Thing.objects.get(id=id)


def card_of(thing: Thing) -> Card:
    """A thing as the card it was written down on."""
    ready = declared.prepared(thing.register)
    _, facts = _current(ready, thing)
    return Card(facts.all_values(ready.register), facts.org, facts.area, facts.longitude, facts.latitude, facts.since, facts.state)


def _facts(ready: PreparedRegister, card: Card) -> Facts:
    result, problems = judge(ready, card)
    if problems:
        raise NotAcceptable(ready.register.singular, result, problems)
    of = ready.register
    values = {key: value for key, value in result.cleaned.items() if value is not None and key not in (of.number, of.name, of.area)}
    return Facts(
        number=str(result.cleaned[of.number]),
        name=str(result.cleaned[of.name]),
        state=card.state or of.first_state,
        org=card.org,
        area=str(result.cleaned.get(of.area) or "") if of.area else card.area,
        longitude=card.longitude,
        latitude=card.latitude,
        since=card.since or clock.today(),
        values=values,
    )


def _current(ready: PreparedRegister, thing: Thing) -> tuple[dict[str, Any], Facts]:
    stored = record.current(ready.register.is_, thing.id)
    if stored is None or stored.text is None:
        raise UserError("这一件的记录已经删除，请回到登记册列表。")
    body = json.loads(stored.text)
    return body, facts_of(ready.register, body)


def _free_number(ready: PreparedRegister, number: str, *, but: str) -> None:
    taken = Thing.objects.filter(register=ready.register.key, number=number).exclude(id=but).values_list("name", flat=True).first()
    if taken is not None:
        title = ready.register.fields[ready.register.number].title
        raise UserError(f"{title} {number} 已经是“{taken}”的了，请核对后换一个。")


def _area(org: str) -> str:
    found = directory.institution(org) if org else None
    return found.area if found else ""


def _one_at_a_time(register: str) -> None:
    """Two writers of one register wait for each other, so that a number is given once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"register/{register}"])


def _tag() -> dict[str, Any]:
    return {"meta": {"tag": [SYNTHETIC_TAG]}} if deployment.fact("synthetic") == "yes" else {}
