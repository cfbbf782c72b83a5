"""One visit for several programmes: shared questions asked once, one save that holds or does not, advice brought together (rule 12)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.db import transaction

from kangyu.apps.cases.queries import within_reach
from kangyu.apps.cases.rules import rules
from kangyu.apps.governance.access import Viewer
from kangyu.apps.governance.actions import audit
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.errors import ConflictError
from kangyu.apps.record.pipeline import Draft
from kangyu.engines import forms
from kangyu.engines.cases.assessment import Advice, Revisit, advice_of, revisit_of
from kangyu.engines.forms import Finding, PreparedForm
from kangyu.engines.forms.sharing import Shared, shared_questions
from kangyu.engines.language.actions import Firing, together
from kangyu.flows.visit_form import Judged, Visit, judge, open_form
from kangyu.flows.visits import (
    IDS,
    PURPOSE,
    TOGETHER,
    drafts_of,
    one_at_a_time,
    response_of,
    stored_before,
    submission,
    together_with,
)
from kangyu.kernel.errors import Problem, ProblemsError, UserError

Asked = tuple[str, str]
"""A programme and the key of its form."""


@dataclass(frozen=True)
class Combined:
    """Several forms opened for one person on one day; ``shared`` are the questions asked once."""

    visits: tuple[Visit, ...]
    shared: tuple[Shared, ...]

    @property
    def first(self) -> Visit:
        return self.visits[0]

    @cached_property
    def once(self) -> Mapping[Asked, Asked]:
        """For each question that is asked elsewhere, where it is asked: (form, field) → (form, field)."""
        return {other: shared.asked for shared in self.shared for other in shared.others}

    def own(self, visit: Visit) -> list[str]:
        """The questions of a form that no other form asks."""
        name = visit.form.name
        asked = {shared.asked for shared in self.shared}
        return [key for key in visit.form.fields if (name, key) not in self.once and (name, key) not in asked]


@dataclass(frozen=True)
class Wishes:
    """What several programmes ask for together; rules are named ``<programme>.<rule>``."""

    advice: tuple[Advice, ...]
    revisit: Revisit | None

    @staticmethod
    def programmes(rules: Sequence[str]) -> list[str]:
        """Which programmes the rules belong to."""
        return list(dict.fromkeys(rule.partition(".")[0] for rule in rules))


@dataclass(frozen=True)
class Together:
    """What stands beside the combined form: each form judged, and what they ask for brought together."""

    combined: Combined
    judged: tuple[Judged, ...]
    wishes: Wishes

    @property
    def ok(self) -> bool:
        return all(one.ok for one in self.judged)

    def findings(self, name: str) -> list[Finding]:
        """The findings of other forms about questions that the form called ``name`` asks for all, under its own field names."""
        found = []
        for one in self.judged:
            other = one.visit.form.name
            moved = {key: asked[1] for (form, key), asked in self.combined.once.items() if form == other and asked[0] == name}
            found += [_moved(finding, moved) for finding in one.result.findings if finding.fields[0] in moved]
        return found


class NotAcceptable(ProblemsError):
    """The answers cannot be stored as they are; nothing of any form was."""

    def __init__(self, together: Together):
        self.together = together
        pending = [(one, finding) for one in together.judged for finding in (*one.result.hard, *one.result.unexplained)]
        super().__init__([Problem(one.visit.form.title, finding.key, finding.message) for one, finding in pending])


@dataclass(frozen=True)
class Saved:
    """The stored responses by form; ``again`` when the same key had stored them before."""

    responses: Mapping[str, str]
    again: bool = False


def open_together(
    viewer: Viewer, pid: int, asked: Sequence[Asked], *, on: date | None = None, corrects: Mapping[Asked, str] | None = None
) -> Combined:
    """The forms of several programmes as one. ``corrects`` opens the stored responses of one combined visit instead, each by its form.

    Raises ``UserError`` for fewer than two, ``NotWithinReach`` for somebody else's resident.
    """
    wanted, stored = list(dict.fromkeys(asked)), corrects or {}
    if len(wanted) < 2:
        raise UserError("合并随访要有两张以上的表单；只有一张时请直接打开那一张。")
    visits = tuple(open_form(viewer, pid, programme, form, on=on, corrects=stored.get((programme, form), "")) for programme, form in wanted)
    shared = shared_questions([visit.prepared for visit in visits])
    if stored:
        return Combined(visits, shared)
    return Combined(tuple(_remembering(visit, visits, shared) for visit in visits), shared)


def stored_together(pid: int, response: str) -> dict[Asked, str]:
    """The forms of the combined visit to which a stored response belongs, with their responses; empty for one that stands alone."""
    owners, found = rules().owners, together_with(pid, response)
    named = {id: (owners[name], name.removeprefix(f"{owners[name]}_")) for id, name in found.items() if name in owners}
    return {asked: id for id, asked in named.items()} if len(named) > 1 else {}


def _remembering(visit: Visit, visits: Sequence[Visit], shared: Sequence[Shared]) -> Visit:
    """A form that asks a question for others also shows what was last answered there, and carries over what they carry over."""
    named, last, values = {one.form.name: one for one in visits}, dict(visit.last), dict(visit.values)
    for one in shared:
        if one.asked[0] != visit.form.name:
            continue
        key = one.asked[1]
        known = [named[form].last[other] for form, other in (one.asked, *one.others) if other in named[form].last]
        carried = [named[form].values[other] for form, other in (one.asked, *one.others) if other in named[form].values]
        if known:
            last[key] = max(known, key=lambda found: found.on)
        if carried:
            values.setdefault(key, carried[0])
    return replace(visit, last=last, values=values)


def spread(combined: Combined, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The answers by form with those of shared questions in every form that shares them."""
    found = {visit.form.name: dict(answers.get(visit.form.name, {})) for visit in combined.visits}
    for (form, key), (asked_form, asked_key) in combined.once.items():
        found[form].pop(key, None)
        if asked_key in found[asked_form]:
            found[form][key] = found[asked_form][asked_key]
    return found


def judge_together(
    combined: Combined, answers: Mapping[str, Mapping[str, Any]], reasons: Mapping[str, Mapping[str, str]] | None = None
) -> Together:
    """What the rules of every programme say of the answers, and what remains when their wishes are brought together."""
    given, told = spread(combined, answers), _spread_reasons(combined, reasons or {})
    judged = tuple(judge(visit, given[visit.form.name], told[visit.form.name]) for visit in combined.visits)
    return Together(combined, judged, wishes(judged))


def wishes(judged: Sequence[Judged]) -> Wishes:
    """What the programmes of several judged forms ask for, settled by language rule 12: the most urgent advice, the earliest return."""
    firings: list[Firing] = []
    for one in judged:
        said = one.assessment.judgement if one.assessment else None
        for firing in said.firings if said else ():
            firings.append(replace(firing, rules=tuple(f"{one.visit.programme_key}.{rule}" for rule in firing.rules)))
    settled = together(firings)
    programme = next((one.visit.programme for one in judged if one.visit.programme), None)
    return Wishes(advice_of(programme, settled) if programme else (), revisit_of(settled))


def _spread_reasons(combined: Combined, reasons: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """A reason given at a shared question holds for the check of every form that asks it; a check's reason for checks of its name."""
    found = {visit.form.name: dict(reasons.get(visit.form.name, {})) for visit in combined.visits}
    for (form, key), (asked_form, asked_key) in combined.once.items():
        if asked_key in found[asked_form]:
            found[form].setdefault(key, found[asked_form][asked_key])
    everywhere = {key: value for given in found.values() for key, value in given.items()}
    for visit in combined.visits:
        for check in visit.form.checks:
            if check in everywhere:
                found[visit.form.name].setdefault(check, everywhere[check])
    return found


def _moved(finding: Finding, names: Mapping[str, str]) -> Finding:
    """A finding as the form that asks the question shows it."""
    fix = {names.get(path, path): value for path, value in finding.fix.items()} if finding.fix else None
    key = names.get(finding.key, finding.key)
    return replace(finding, key=key, fields=tuple(names.get(path, path) for path in finding.fields), fix=fix)


def save_together(
    viewer: Viewer, pid: int, asked: Sequence[Asked], answers: Mapping[str, Mapping[str, Any]], *, key: str, on: date | None = None,
    reasons: Mapping[str, Mapping[str, str]] | None = None, corrects: Mapping[Asked, str] | None = None,
    versions: Mapping[str, int] | None = None,
) -> Saved:  # fmt: skip
    """Store every form of one visit in one transaction, or none: responses, what they yield, projections, audit.

    ``key`` makes it idempotent. ``corrects`` makes new versions of the responses of a stored visit, all of them as one act; ``versions``
    are those the writer saw. Raises ``NotAcceptable`` with everything to mend, ``ConflictError``, ``NotWithinReach``, ``DeniedError``.
    """
    within_reach(viewer, pid)
    stored = corrects or {}
    with transaction.atomic():
        one_at_a_time(f"{pid}/{key}")
        ids = {name: stored.get(name) or _id(pid, name, key) for name in dict.fromkeys(asked)}
        if all(stored_before(id, key, stored.get(name, "")) is not None for name, id in ids.items()):
            return Saved({f"{programme}/{form}": id for (programme, form), id in ids.items()}, again=True)
        combined = open_together(viewer, pid, asked, on=on, corrects=stored)
        if any((versions or {}).get(visit.corrects, visit.version) != visit.version for visit in combined.visits):
            raise ConflictError("这次随访在您打开之后被别人更正过。请重新打开，核对后再改。")
        judged = judge_together(combined, answers, reasons)
        if not judged.ok:
            raise NotAcceptable(judged)
        write(_drafts(viewer, judged, list(ids.values()), key), by=viewer, purpose=PURPOSE)
        for id, visit in zip(ids.values(), combined.visits, strict=True):
            action = "visit.correct" if visit.corrects else "visit.record"
            audit.record(action, by=viewer, pids=[pid], target=f"QuestionnaireResponse/{id}", purpose=visit.form.title)
    return Saved({f"{programme}/{form}": id for (programme, form), id in ids.items()})


def _id(pid: int, asked: Asked, key: str) -> str:
    return str(uuid.uuid5(IDS, f"{pid}/{asked[0]}/{asked[1]}/{key}"))


def _drafts(viewer: Viewer, judged: Together, ids: Sequence[str], key: str) -> list[Draft]:
    """What is stored. An observation that several forms share is made once, by the form that asks it, and names them all."""
    made: dict[str, dict[str, Any]] = {}

    def yields(prepared: PreparedForm, body: dict[str, Any]) -> list[dict[str, Any]]:
        found = []
        for one in forms.extract(prepared, body):
            name = one["id"].removeprefix(f"{body['id']}-") if one["resourceType"] == "Observation" else ""
            if name and name in made:
                made[name]["derivedFrom"] += one["derivedFrom"]
                continue
            if name:
                made[name] = one
            found.append(one)
        return found

    drafts: list[Draft] = []
    for id, one in zip(ids, judged.judged, strict=True):
        body, enclosed = response_of(viewer, one.visit, one, id, submission(key, one.visit.corrects))
        if not one.visit.corrects:
            body.setdefault("extension", []).append({"url": TOGETHER, "valueString": key[:64]})
        drafts += drafts_of(one.visit, body, enclosed, yields=yields)
    kept = {(one.rtype, one.id) for one in drafts if one.method != "delete"}
    return [one for one in drafts if one.method != "delete" or (one.rtype, one.id) not in kept]
