"""A form about a thing, and what follows by the register's rules: a case opened, somebody told. One transaction that holds or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from kangyu.apps.cases.actions import notices
from kangyu.apps.cases.models import CaseFile
from kangyu.apps.governance.access import Viewer
from kangyu.apps.registers.actions import forms
from kangyu.apps.registers.actions.forms import Judged, Saved
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.content.kinds.action import Actor, Opening
from kangyu.engines.language.actions import Firing
from kangyu.flows.case_happen import begin, look_again
from kangyu.kernel.errors import UserError


@dataclass(frozen=True)
class Followed:
    """A stored form and the cases that it opened."""

    saved: Saved
    cases: tuple[str, ...]


def save_form(
    viewer: Viewer, thing: str, form: str, answers: Mapping[str, Any], *, key: str, on: date | None = None,
    reasons: Mapping[str, str] | None = None,
) -> Followed:  # fmt: skip
    """Store a form about a thing and do what its register's rules ask for. The same ``key`` stores and opens once.

    Raises what ``forms.save`` raises; ``UserError`` for a verb that rules on things cannot carry out.
    """
    with transaction.atomic():
        saved = forms.save(viewer, thing, form, answers, key=key, on=on, reasons=reasons)
        if saved.judged is None:
            return Followed(saved, ())
        opened = follow(saved.judged, saved.response, by=viewer)
        for case in CaseFile.objects.filter(subject_id=thing, ended=False).values_list("id", flat=True):
            look_again(case)
    return Followed(saved, opened)


def follow(judged: Judged, response: str, *, by: Viewer) -> tuple[str, ...]:
    """Carry out what follows from a judged form: each firing once for each response. Returns the cases opened."""
    opened = []
    for firing in judged.judgement.firings if judged.judgement else ():
        verb = firing.action.verb
        if verb == "open":
            opened.append(_open(judged, firing, response, by))
        elif verb == "tell":
            _tell(judged, firing, response)
        elif verb not in ("advise", "revisit"):
            title = judged.opened.ready.register.title
            raise UserError(f"登记册“{title}”的规则里还不能用 {verb}，请改用 open、tell、advise 或 revisit。")
    return tuple(opened)


def _open(judged: Judged, firing: Firing, response: str, by: Viewer) -> str:
    target = firing.action.target
    wanted = Opening.model_validate(target) if isinstance(target, Mapping) else Opening(procedure=str(target))
    thing, mark = judged.opened.thing, f"carry.{wanted.procedure}."
    carry = {key.removeprefix(mark): value for key, value in judged.carried.items() if key.startswith(mark)}
    return begin(
        wanted.procedure,
        SubjectRef(thing.register, thing.id),
        key=f"{response}/{'/'.join(firing.rules)}",
        by=by,
        org=thing.org,
        carry=carry,
    )


def _tell(judged: Judged, firing: Firing, response: str) -> None:
    thing = judged.opened.thing
    rules = judged.opened.ready.register.act
    says = next((action.says for key in firing.rules if key in rules for action in rules[key].do if action.tell and action.says), "")
    for actor in Actor.read(str(firing.action.target)):
        notices.tell(
            role=actor.role, org=thing.org if actor.party else "", area=thing.area, says=f"{thing.name}：{says}" if says else thing.name,
            source=f"{response}/{actor.role}",
        )  # fmt: skip
