"""What a visit does to a stretch of care: a form that closes it ends it, a part whose condition holds opens its case or, where it is open,
looks again at what it goes by."""

import json
from typing import Any

from kangyu.apps.cases.models import CaseFile
from kangyu.apps.governance.access import SYSTEM, Viewer
from kangyu.apps.record import queries as record
from kangyu.apps.record.pipeline import Draft
from kangyu.engines.cases.case import SubjectRef
from kangyu.flows.case_happen import begin
from kangyu.flows.case_load import load
from kangyu.flows.case_timers import look
from kangyu.flows.visit_form import Judged, Visit


def closing(visit: Visit) -> list[Draft]:
    """The open episode ended on the day of the visit, where its form is one that closes the programme's episodes."""
    prepared = visit.rules.programmes.get(visit.programme_key)
    episode = prepared.programme.episode if prepared else None
    if prepared is None or episode is None or visit.form.name.removeprefix(f"{visit.programme_key}_") not in episode.closes:
        return []
    found = _open_episode(visit, prepared.programme.membership)
    if found is None:
        return []
    body = {**found, "status": "finished", "period": {**found["period"], "end": visit.on.isoformat()}}
    return [Draft("update", "EpisodeOfCare", body["id"], body)]


def _open_episode(visit: Visit, programme: str) -> dict[str, Any] | None:
    for one in record.of_person(visit.person.pid, ["EpisodeOfCare"]):
        body = json.loads(one.text) if one.text else {}
        codes = {coding.get("code") for kind in body.get("type", ()) for coding in kind.get("coding", ())}
        if body.get("status") == "active" and programme in codes and body["period"]["start"] <= visit.on.isoformat():
            return body
    return None


def look_at_parts(visit: Visit) -> None:
    """Have the open cases of the programme's parts look at the visit just stored: a colour that rose, a pregnancy that is over."""
    programme = visit.rules.content.programmes.get(visit.programme_key)
    procedures = [part.of for part in programme.parts.values()] if programme else []
    running = CaseFile.objects.filter(pid=visit.person.pid, procedure__in=procedures, ended=False).order_by("id")
    for id in running.values_list("id", flat=True):
        look(load(SYSTEM, id, lock=True))


def open_parts(viewer: Viewer, judged: Judged) -> list[str]:
    """The cases opened for parts of the programme whose condition holds and of which none is open for this person; their ids."""
    visit = judged.visit
    if visit.programme is None or not visit.programme.programme.parts:
        return []
    values = visit.programme.visit(visit.seen(judged.result.cleaned))
    opened = []
    for key, part in visit.programme.programme.parts.items():
        running = CaseFile.objects.filter(pid=visit.person.pid, procedure=part.of, ended=False).exists()
        if values.get(f"part.{key}") is not True or running:
            continue
        carry = {name: values.get(f"carry.{key}.{name}") for name in part.carry}
        subject = SubjectRef("person", str(visit.person.pid))
        name = f"{visit.programme_key}/{visit.person.pid}/{visit.on}"
        opened.append(begin(part.of, subject, key=name, by=viewer, org=viewer.org or visit.person.org, carry=carry))
    return opened
