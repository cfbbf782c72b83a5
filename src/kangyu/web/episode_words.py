"""A stretch of care (a pregnancy) as the resident's page shows it: where it stands, each visit with week and colour, mother and child."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from kangyu.apps.cases.timeline import answers, figures
from kangyu.apps.governance.access import Viewer
from kangyu.apps.identity.models import Person
from kangyu.apps.record import queries as record
from kangyu.apps.relations import queries as relations
from kangyu.engines.cases.case import SubjectRef
from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Form
from kangyu.engines.content.kinds.base import Span
from kangyu.engines.content.kinds.programme import Episode, Programme
from kangyu.engines.language.calendar import shift
from kangyu.web import care_tags, care_words

Body = dict[str, Any]


def episodes_of(pid: int, declared: Content, on: date) -> list[dict[str, Any]]:
    """Every stretch of care of a resident in the programmes that count one, the newest first, with its visits in order of time."""
    bodies = [json.loads(one.text) for one in record.of_person(pid, ["EpisodeOfCare", "QuestionnaireResponse"]) if one.text]
    found = []
    for programme in declared.programmes.values():
        if programme.episode is None:
            continue
        own = [body for body in bodies if body["resourceType"] == "EpisodeOfCare" and programme.membership in _codes(body)]
        starts = sorted(own, key=lambda body: body["period"]["start"])
        for place, body in enumerate(starts):
            until = date.fromisoformat(starts[place + 1]["period"]["start"]) if place + 1 < len(starts) else date.max
            found.append(_episode(programme, programme.episode, body, bodies, until, declared, on))
    return sorted(found, key=lambda one: one["since"], reverse=True)


def _codes(body: Body) -> set[str]:
    return {coding.get("code") for kind in body.get("type", ()) for coding in kind.get("coding", ())}


def _episode(
    programme: Programme, episode: Episode, body: Body, bodies: list[Body], until: date, declared: Content, on: date
) -> dict[str, Any]:
    since = date.fromisoformat(body["period"]["start"])
    end = body["period"].get("end")
    dates = {one["url"].rpartition(":")[2]: one["valueDate"] for one in body.get("extension", ()) if "valueDate" in one}
    anchor = date.fromisoformat(dates[episode.anchor]) if episode.anchor in dates else None
    visits = [one for one in bodies if _form(one, programme, declared) and since <= _on(one) < until]
    opening = f"urn:kangyu:form:{programme.key}_{episode.opens}"
    visits.sort(key=lambda one: (_on(one), one["questionnaire"] != opening, one["id"]))
    counted = _counted(programme, episode, visits, anchor)
    expected = shift(anchor, Span.parse(episode.lasts).count, Span.parse(episode.lasts).unit) if anchor and episode.lasts else None
    return {
        "title": episode.title,
        "since": since,
        "ended": end,
        "anchor": anchor,
        "stage": "" if end else care_tags.stage(programme, {"counted": {key: day.isoformat() for key, day in counted.items()}}, on),
        "expected_title": episode.expected,
        "expected": expected if not end and all(day == anchor for day in counted.values()) else None,
        "visits": [_visit(one, programme, episode, anchor, counted, declared) for one in visits],
    }


def _form(body: Body, programme: Programme, declared: Content) -> bool:
    name = body.get("questionnaire", "").removeprefix("urn:kangyu:form:")
    return body["resourceType"] == "QuestionnaireResponse" and name.startswith(f"{programme.key}_") and name in declared.forms


def _on(body: Body) -> date:
    return date.fromisoformat(body["authored"][:10])


def _counted(programme: Programme, episode: Episode, visits: list[Body], anchor: date | None) -> dict[str, date]:
    """The dates by which the episode is counted: its anchor, and the days or answers of the forms that are named."""
    found: dict[str, date] = {}
    for key, one in episode.counted.items():
        form, _, field = one.from_.rpartition(".")
        if not form:
            day = anchor
        else:
            named = [body for body in visits if body["questionnaire"].endswith(f":{programme.key}_{form}")]
            written = (_on(named[-1]).isoformat() if field == "on" else answers(named[-1]).get(field)) if named else None
            day = date.fromisoformat(str(written)) if written else None
        if day is not None:
            found[key] = day
    return found


def _visit(
    body: Body, programme: Programme, episode: Episode, anchor: date | None, counted: dict[str, date], declared: Content
) -> dict[str, Any]:
    form = declared.forms[body["questionnaire"].removeprefix("urn:kangyu:form:")]
    values, on = answers(body), _on(body)
    derived = {key.removeprefix("derived."): value for key, value in values.items() if key.startswith("derived.")}
    told = {key: "yes" if derived.get(key) in (True, "true", "True") else str(derived.get(key, "")) for key in programme.tags}
    known = {key: day.isoformat() for key, day in counted.items() if day < on or day == anchor}
    return {
        "on": on,
        "title": form.title,
        "stage": care_tags.stage(programme, {"counted": known}, on),
        "figures": figures(form, values),
        "tags": care_tags.tags(declared, programme, told),
        "found": _found(form, values, declared),
        "response": body["id"],
    }


def _found(form: Form, values: Mapping[str, Any], declared: Content) -> str:
    """What was ticked of lists of findings (risk factors, symptoms), in words: what the judgement of the visit rests on."""
    ticked = []
    for key, field in form.fields.items():
        if field.type == "codes" and field.set and field.required:
            answered = values.get(key) or ()
            codes = [answered] if isinstance(answered, str) else answered
            ticked += [declared.title_of(field.set, code) for code in codes if code in declared.value_sets[field.set].codes]
    return "、".join(ticked)


def family_of(viewer: Viewer, pid: int, declared: Content, on: date) -> list[dict[str, Any]]:
    """The people linked to a resident, in words from the resident's side; a way to the page of those within the viewer's reach."""
    titles = {key: one for found in declared.relations.values() for key, one in found.types.items() if {one.from_, one.to} == {"person"}}
    links = [one for one in relations.of(SubjectRef("person", str(pid))) if one.type in titles and (one.until is None or one.until >= on)]
    others = {(one.to_pid if one.from_pid == pid else one.from_pid): one for one in links}
    people = {one.pid: one for one in Person.objects.filter(pid__in=[other for other in others if other])}
    condition, parameters = viewer.people("person")
    reachable = set(Person.objects.extra(where=[condition], params=parameters).filter(pid__in=people).values_list("pid", flat=True))
    found = []
    for other, link in others.items():
        person = people.get(other or 0)
        if person is None:
            continue
        title = titles[link.type].inverse if link.from_pid == pid else titles[link.type].title
        who = care_words.who(person.sex, person.birth_date, on)
        found.append({"title": title, "pid": person.pid, "name": person.name if person.pid in reachable else "", "who": who})
    return sorted(found, key=lambda one: (one["title"], one["pid"]))


def stages_by_visit(episodes: list[dict[str, Any]]) -> dict[str, str]:
    """What the panel says of each visit (``孕 24 周``), by the id of its answers."""
    return {one["response"]: one["stage"] for each in episodes for one in each["visits"] if one["stage"]}
