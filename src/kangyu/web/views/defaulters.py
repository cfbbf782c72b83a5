"""Children who miss doses and are reminded; the children of each nursery, what they lack, and the certificate of what was given."""

import uuid
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from kangyu.apps.cases import queries
from kangyu.apps.cases.queries import NotWithinReach
from kangyu.apps.cases.queries import defaulters as missing
from kangyu.apps.cases.rules import rules
from kangyu.apps.directory import queries as directory
from kangyu.apps.governance import clock
from kangyu.apps.governance.actions import audit
from kangyu.apps.relations.models import Relation
from kangyu.apps.relations.queries import holding
from kangyu.flows import visits
from kangyu.kernel.errors import UserError
from kangyu.kernel.permission import Permission
from kangyu.web import care_words as words
from kangyu.web.decorators import allow
from kangyu.web.dose_words import doses_of_person
from kangyu.web.errors import page as error_page
from kangyu.web.views.doctor import visit_address

FORM = "reminder"
ATTENDS = "attends"
MOST = 100


def _programme() -> str:
    """The programme that gives doses by a schedule."""
    found = next((key for key, one in rules().programmes.items() if one.schedules), None)
    if found is None:
        raise UserError("还没有按免疫程序接种的项目，请在 content/programmes 里写上。")
    return found


@allow(Permission.WORKLIST_VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Who misses doses, village by village; posting it records one reminder for everybody ticked."""
    programme = _programme()
    if request.method == "POST":
        return _remind(request, programme)
    village = request.GET.get("village", "")
    found, villages = missing.defaulters(request.viewer, programme, village)
    audit.record("person.list", by=request.viewer, pids=[one.pid for one in found], target="defaulters")
    areas = {one.code: one.name for one in directory.areas_within(request.viewer.area[:6], "village")}
    form = rules().content.form_of(programme, FORM)
    shown = {
        "on": clock.today(),
        "rows": [_row(one, programme, areas) for one in found],
        "villages": [{"code": code, "name": areas.get(code, code), "count": count} for code, count in villages],
        "village": village,
        "total": sum(count for _, count in villages),
        "ways": _ways(form.fields["way"].set if form else None),
        "may_record": request.viewer.may(Permission.VISIT_RECORD),
        "key": str(uuid.uuid4()),
    }
    return render(request, "doses/defaulters.html", shown)


def _ways(value_set: str | None) -> dict[str, str]:
    """The ways of reminding, in words."""
    declared = rules().content
    codes = declared.value_sets[value_set].codes if value_set in declared.value_sets else ()
    return {code: declared.title_of(value_set, code) for code in codes}


def _remind(request: HttpRequest, programme: str) -> HttpResponse:
    """The same reminder for each of those ticked; the same key reminds once."""
    pids = [int(one) for one in request.POST.getlist("pid") if one.isdigit()][:MOST]
    if not pids:
        raise UserError("还没有勾选要提醒的儿童，请先在名单左边勾选。")
    answers = {"way": request.POST.get("way", ""), "answer": "told"}
    key = request.POST.get("key") or str(uuid.uuid4())
    for pid in pids:
        visits.save(request.viewer, pid, programme, FORM, answers, key=f"{key}/{pid}"[-64:])
    messages.success(request, f"已给 {len(pids)} 名儿童记下提醒。")
    return redirect("defaulters")


def _row(one: missing.Child, programme: str, areas: dict[str, str]) -> dict[str, Any]:
    on, title = clock.today(), rules().content.title_of
    told = one.reminded
    reminder = ""
    if told:
        promised = f"，{told['promised_on'][5:]} 来" if told.get("promised_on") else ""
        said = f"{title('reminder_way', told.get('way', ''))}，{title('reminder_answer', told.get('answer', ''))}"
        reminder = f"{words.short_day(told['on'], on)} {said}{promised}"
    return {
        "child": one,
        "who": words.who(one.sex, one.birth_date, on),
        "place": areas.get(one.area, ""),
        "phone": words.phone(one.phone),
        "days": (on - one.since).days if one.since and one.since < on else 0,
        "reminder": reminder,
        "give": visit_address(one.pid, programme, "vaccination"),
        "remind": visit_address(one.pid, programme, FORM),
    }


@allow(Permission.WORKLIST_VIEW)
def schools(request: HttpRequest) -> HttpResponse:
    """The nurseries and schools of the area with how far their children are checked."""
    programme, on = _programme(), clock.today()
    counted = missing.schools(ATTENDS, on)
    shown = []
    for one in directory.institutions_within(request.viewer.area[:6]):
        if one.id in counted and one.area.startswith(request.viewer.area):
            found = missing.pupils(request.viewer, programme, _pids(one.id, on))
            lacking = sum(not child.complete for child in found)
            owed, complete = sum(child.owed for child in found), len(found) - lacking
            known = {"known": len(found), "lacking": lacking, "complete": complete, "doses": owed}
            shown.append({"school": one, "children": counted[one.id], **known})
    return render(request, "doses/schools.html", {"on": on, "rows": sorted(shown, key=lambda row: -row["lacking"])})


def _pids(school: str, on: date) -> list[int]:
    links = Relation.objects.filter(holding(on), type=ATTENDS, to_kind="institution", to_id=school, from_pid__isnull=False)
    return list(links.values_list("from_pid", flat=True))


@allow(Permission.WORKLIST_VIEW)
def school(request: HttpRequest, org: str) -> HttpResponse:
    """One nursery or school: each child, complete or what is lacking; printed it is the list handed back to the school."""
    programme, on = _programme(), clock.today()
    institution = directory.institution(org)
    if institution is None or not institution.area.startswith(request.viewer.area):
        return error_page(request, 404, title="没有这所托育机构或学校", says="它不在您的管理范围里，或者名称有误。请从查验名单打开。")
    found = missing.pupils(request.viewer, programme, _pids(org, on))
    audit.record("person.list", by=request.viewer, pids=[one.pid for one in found], target=f"school/{org}")
    areas = {one.code: one.name for one in directory.areas_within(request.viewer.area[:6], "village")}
    rows = [_row(one, programme, areas) for one in found]
    lacking = sum(not one.complete for one in found)
    return render(request, "doses/school.html", {"on": on, "school": institution, "rows": rows, "lacking": lacking, "total": len(found)})


@allow(Permission.PERSON_VIEW)
def certificate(request: HttpRequest, pid: int) -> HttpResponse:
    """The certificate of vaccinations for entering a nursery or school: what was given when, and whether anything is lacking."""
    try:
        person = queries.within_reach(request.viewer, pid)
    except NotWithinReach as error:
        return error_page(request, 404, title="不能打开这位居民", says=str(error))
    on = clock.today()
    doses = doses_of_person(pid, on)
    if not doses:
        return error_page(request, 404, title="没有接种程序", says="这位居民不在免疫程序的年龄里，没有可以查验的剂次。")
    audit.record("person.view", by=request.viewer, pids=[pid], target="certificate", purpose="入托入学查验")
    links = Relation.objects.filter(holding(on), type=ATTENDS, from_kind="person", from_id=str(pid)).values_list("to_id", flat=True)
    clinic = directory.institution(request.viewer.org or person.org)
    shown = {
        "on": on,
        "person": person,
        "who": words.who(person.sex, person.birth_date, on),
        "number": person.identity_number or "还没有身份证号",
        "doses": doses,
        "complete": doses["due"] == 0,
        "school": next((found.name for org in links if (found := directory.institution(org))), ""),
        "clinic": clinic.name if clinic else "",
        "back": reverse("person", args=[pid]),
    }
    return render(request, "doses/certificate.html", shown)
