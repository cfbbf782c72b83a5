"""What can be done in a stretch of care on the resident's page: begun, recorded in it, ended; only by those whose work it is."""

from collections.abc import Iterator
from datetime import date

from kangyu.apps.cases.queries import Resident
from kangyu.apps.cases.rules import Rules
from kangyu.apps.cases.subject_rows import held
from kangyu.apps.governance.access import Viewer
from kangyu.engines.cases.prepared import PreparedProgramme
from kangyu.engines.content.kinds import Form
from kangyu.kernel.permission import Permission
from kangyu.web.views.doctor import visit_address

Link = dict[str, str]


def episode_actions(viewer: Viewer, resident: Resident, declared: Rules, on: date) -> dict[str, list[Link]]:
    """``begin``: the forms that open a stretch of care this person is not in; ``within``: the forms that belong where they are in it."""
    found: dict[str, list[Link]] = {"begin": [], "within": []}
    if not viewer.may(Permission.VISIT_RECORD) or resident.person.deceased_on:
        return found
    under_care = {one.programme: one for one in resident.care if one.state == "enrolled"}
    for key in declared.worked_by(viewer.role):
        prepared = declared.programmes[key]
        episode = prepared.programme.episode
        if episode is None:
            continue
        if key in under_care:
            counted = (under_care[key].last or {}).get("counted") or {}
            found["within"] += [_link(resident.person.pid, key, form) for form in _forms_of_the_stage(key, prepared, declared, counted, on)]
        elif _may_begin(prepared, declared, resident.person.pid, on) and (form := declared.content.form_of(key, episode.opens)):
            found["begin"].append(_link(resident.person.pid, key, form))
    return found


def _may_begin(prepared: PreparedProgramme, declared: Rules, pid: int, on: date) -> bool:
    person = next(iter(held(declared, [pid])), None)
    return person is not None and prepared.person(person.subject(on))["episode.among"] is True


def _link(pid: int, programme: str, form: Form) -> Link:
    return {"title": form.title, "href": visit_address(pid, programme, form.name.removeprefix(f"{programme}_"))}


def _forms_of_the_stage(key: str, prepared: PreparedProgramme, declared: Rules, counted: dict[str, str], on: date) -> Iterator[Form]:
    """The forms of the programme that fit the part of the episode somebody is in: those due there, and those that lead on or end it."""
    episode = prepared.programme.episode
    assert episode is not None
    order = list(episode.counted)
    stage = next((one for one in order if counted.get(one) and counted[one] <= on.isoformat()), "")
    begun = order[order.index(stage) :] if stage in order else []
    led_by = {one.from_.partition(".")[0]: name for name, one in episode.counted.items() if "." in one.from_}
    for name, form in declared.content.forms.items():
        short = name.removeprefix(f"{key}_")
        if not name.startswith(f"{key}_") or short == episode.opens or form.about != "person":
            continue
        dues = [due for due in prepared.programme.due.values() if due.form == short]
        fits = any(not due.while_ or stage in due.while_ for due in dues) if dues else led_by.get(short) not in begun
        if fits:
            yield form
