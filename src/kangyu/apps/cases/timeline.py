"""One person's resources as a story: what happened when, in words; what the forms yielded is told once, with the visit it came from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from kangyu.apps.record.columns import organisation_of
from kangyu.engines.content import Content
from kangyu.engines.forms import said_of, said_rows

Resource = Mapping[str, Any]
KINDS = {"visit": "随访体检", "encounter": "就诊", "test": "检查检验", "immunization": "接种", "problem": "诊断与建档"}


@dataclass(frozen=True)
class Stored:
    """A resource with what the store knows of it."""

    rtype: str
    vid: int
    updated: datetime
    author: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Event:
    """One line of the timeline. ``answers`` are (question, answer) of a form; ``tone`` is ``alert``, ``key`` or empty."""

    on: date
    kind: str
    title: str
    figures: str = ""
    by: str = ""
    tone: str = ""
    answers: list[tuple[str, str]] = field(default_factory=list)
    versions: int = 1
    reference: str = ""
    form: str = ""
    recorded: datetime | None = None

    @property
    def response(self) -> str:
        """The id of the resource behind it."""
        return self.reference.rpartition("/")[2]

    @property
    def year(self) -> int:
        return self.on.year


def organisation(body: Resource) -> str:
    """The institution a resource comes from, or an empty text."""
    return organisation_of(dict(body)) or ""


def when(body: Resource) -> date | None:
    """The day of a resource: when it happened, not when it was typed."""
    period = body.get("period") or {}
    for value in (
        body.get("authored"), body.get("effectiveDateTime"), body.get("occurrenceDateTime"), period.get("start"),
        body.get("onsetDateTime"), body.get("recordedDate"),
    ):  # fmt: skip
        if value:
            return date.fromisoformat(value[:10]) if len(value) >= 10 else date(int(value[:4]), int(value[5:7] or 1), 1)
    return None


def _coded(concept: Resource | None) -> tuple[str, str]:
    """Code and Chinese words of a CodeableConcept."""
    coding = ((concept or {}).get("coding") or [{}])[0]
    return coding.get("code", ""), (concept or {}).get("text") or coding.get("display") or coding.get("code", "")


def disease(concept: Resource | None, content: Content) -> str:
    """A diagnosis in words: as written in the record, else by its ICD-10 category, else the bare code."""
    code, words = _coded(concept)
    category = code.partition(".")[0]
    known = content.title_of("icd10_category", category)
    return known if words == code and known != category else words


def events(stored: Iterable[Stored], institutions: Mapping[str, str], names: Mapping[str, str], content: Content) -> list[Event]:
    """Everything that has a day, newest first."""
    found = []
    for one in stored:
        tell = TELLERS.get(one.rtype)
        on = when(one.body)
        if tell is None or on is None or one.body.get("derivedFrom"):
            continue
        told = tell(one.body, content)
        if told:
            place = institutions.get(organisation(one.body), "")
            author = names.get(one.author, "")
            by = f"{place} {author}".strip()
            found.append(Event(on=on, by=by, versions=one.vid, reference=f"{one.rtype}/{one.body['id']}", recorded=one.updated, **told))
    return sorted(found, key=lambda event: (event.on, event.reference), reverse=True)


def _answered(body: Resource, content: Content) -> dict[str, Any] | None:
    """A form: its title, what was derived, and every answer for who opens it."""
    name = body.get("questionnaire", "").removeprefix("urn:kangyu:form:")
    form = content.forms.get(name)
    if form is None:
        return {"kind": "visit", "title": name or "问卷"}
    values = answers(body)
    programme = next((one for key, one in content.programmes.items() if name.startswith(f"{key}_")), None)
    derived = {key.removeprefix("derived."): value for key, value in values.items() if key.startswith("derived.")}
    outcome = _outcome(programme, derived, content)
    shown = [(field.title, said_of(field, values[key], content.title_of)) for key, field in form.fields.items() if key in values]
    shown += [(field.title, _rows(body, key, field, content)) for key, field in form.tables.items()]
    tone = "alert" if derived.get("outcome") in ("uncontrolled", "reaction", "complication") else "key"
    title = form.title.replace("患者", "") + (f"：{outcome}" if outcome else "")
    return {"kind": "visit", "title": title, "figures": figures(form, values), "answers": shown, "tone": tone, "form": name}


def _outcome(programme: Any, derived: Mapping[str, Any], content: Content) -> str:
    rule = programme.derive.get("outcome") if programme else None
    return content.title_of(getattr(rule, "set", None), derived["outcome"]) if derived.get("outcome") and rule is not None else ""


def answers(body: Resource) -> dict[str, Any]:
    """The answers of a QuestionnaireResponse by linkId; several answers to one question as a list. Rows of tables are left out."""
    found: dict[str, Any] = {}
    for item in body.get("item", ()):
        values = [_value(answer) for answer in item.get("answer", ())]
        if values:
            found[item["linkId"]] = values[0] if len(values) == 1 else values
    return found


def _value(answer: Resource) -> Any:
    key = next((key for key in answer if key.startswith("value")), None)
    value = answer.get(key) if key else None
    if not isinstance(value, dict):
        return value
    if key == "valueQuantity":
        return value.get("value")
    if key in ("valueReference", "valueAttachment"):
        return value.get("display") or value.get("title") or "有"
    return value.get("code", value)


def _rows(body: Resource, key: str, table: Any, content: Content) -> str:
    """The rows of a repeating table in one line: cells with commas, rows with semicolons."""
    rows = (
        answers({"item": [{**cell, "linkId": cell["linkId"].rpartition(".")[2]} for cell in item["item"]]})
        for item in body.get("item", ())
        if item["linkId"] == key and item.get("item")
    )
    return said_rows(table, rows, content.title_of)


COUNTED = ("mo", "wk", "{times}", "{births}")


def key_figures(form: Any) -> list[str]:
    """The numbers a form is filled in for: required measurements, the counts of weeks and visits aside."""
    return [
        key
        for key, field in form.fields.items()
        if field.type in ("decimal", "integer", "quantity") and field.required is not False and field.unit not in COUNTED
    ]


def figures(form: Any, values: Mapping[str, Any]) -> str:
    """The figures of one visit, short: ``168/98``, ``9.4 mmol/L``; without any, an empty text."""
    keys = [key for key in key_figures(form) if isinstance(values.get(key), int | float)]
    if {"systolic", "diastolic"} <= set(keys):
        return f"{values['systolic']:g}/{values['diastolic']:g}"
    if not keys:
        return ""
    first = form.fields[keys[0]]
    return f"{values[keys[0]]:g} {first.shown_unit}".strip()


def _encounter(body: Resource, content: Content) -> dict[str, Any]:
    code, words = _coded((body.get("type") or [None])[0])
    title = content.title_of("encounter_kind", code) if code else words or "就诊"
    reason = "、".join(disease(one, content) for one in body.get("reasonCode", ()))
    period = body.get("period", {})
    days = ""
    if body.get("class", {}).get("code") == "IMP" and period.get("start") and period.get("end"):
        nights = (date.fromisoformat(period["end"][:10]) - date.fromisoformat(period["start"][:10])).days
        days = f" {max(1, nights)} 天"
    return {"kind": "encounter", "title": f"{title}{days}", "figures": reason, "tone": "key" if days else ""}


MEASURED = {"85354-9": "血压", "14771-0": "空腹血糖", "29463-7": "体重", "8867-4": "心率"}


def _observation(body: Resource, content: Content) -> dict[str, Any] | None:
    code, words = _coded(body.get("code"))
    if code == "69453-9":
        return {"kind": "problem", "title": "死亡", "figures": disease(body.get("valueCodeableConcept"), content), "tone": "alert"}
    pressure = _pressure(body)
    if pressure:
        return {"kind": "test", "title": "量血压", "figures": f"{pressure[0]:g}/{pressure[1]:g}"}
    quantity = body.get("valueQuantity")
    if not quantity:
        return None
    unit = {"mm[Hg]": "mmHg", "/min": "次/分"}.get(quantity.get("code") or quantity.get("unit", ""), quantity.get("unit", ""))
    return {"kind": "test", "title": MEASURED.get(code, words), "figures": f"{quantity['value']:g} {unit}".strip()}


def _immunization(body: Resource, content: Content) -> dict[str, Any]:
    code, words = _coded(body.get("vaccineCode"))
    dose = ((body.get("protocolApplied") or [{}])[0]).get("doseNumberPositiveInt")
    return {
        "kind": "immunization",
        "title": f"接种：{content.title_of('vaccine', code) if code else words}",
        "figures": f"第 {dose} 剂" if dose else "",
    }


def _condition(body: Resource, content: Content) -> dict[str, Any]:
    return {"kind": "problem", "title": f"诊断：{disease(body.get('code'), content)}", "tone": "key"}


def _episode(body: Resource, content: Content) -> dict[str, Any]:
    code, words = _coded((body.get("type") or [None])[0])
    return {"kind": "problem", "title": f"纳入管理：{content.title_of('programme', code) if code else words}"}


TELLERS: dict[str, Callable[[Resource, Content], dict[str, Any] | None]] = {
    "QuestionnaireResponse": _answered,
    "Encounter": _encounter,
    "Observation": _observation,
    "Immunization": _immunization,
    "Condition": _condition,
    "EpisodeOfCare": _episode,
}


def _pressure(body: Resource) -> tuple[float, float] | None:
    """Systolic and diastolic of a blood pressure observation."""
    parts = {_coded(one.get("code"))[0]: one.get("valueQuantity", {}).get("value") for one in body.get("component", ())}
    systolic, diastolic = parts.get("8480-6"), parts.get("8462-4")
    return (systolic, diastolic) if systolic is not None and diastolic is not None else None


def pressures(stored: Iterable[Stored]) -> list[tuple[date, float, float]]:
    """Every blood pressure in order of time, however it came in."""
    found = []
    for one in stored:
        pressure = _pressure(one.body) if one.rtype == "Observation" else None
        on = when(one.body)
        if pressure and on:
            found.append((on, *pressure))
    return sorted(found)


def problems(stored: Iterable[Stored], content: Content) -> list[dict[str, Any]]:
    """The conditions, open ones first: title, code, since, until."""
    found = []
    for one in stored:
        if one.rtype == "Condition":
            code, title = _coded(one.body.get("code"))[0], disease(one.body.get("code"), content)
            found.append({"title": title, "code": code, "since": when(one.body), "until": (one.body.get("abatementDateTime") or "")[:10]})
    return sorted(found, key=lambda row: (bool(row["until"]), -(row["since"] or date.min).toordinal()))
