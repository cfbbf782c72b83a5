"""The rows of some people in the tables that rules and indicators read, straight from the live record."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from django.db import connection

Row = dict[str, Any]
SOURCES = {
    "conditions": "Condition",
    "encounters": "Encounter",
    "blood_pressure": "Observation",
    "glucose": "Observation",
    "immunizations": "Immunization",
    "episodes": "EpisodeOfCare",
    "residents": "Patient",
    "deaths": "Observation",
}


def _d(text):
    return date.fromisoformat(text[:10]) if text else None


def _code(c):
    return ((c or {}).get("coding") or [{}])[0].get("code")


def _ans(a):
    (v,) = [x for k, x in a.items() if k.startswith("value")]
    return v.get("code") if isinstance(v, dict) else v


def read(pids: Sequence[int], tables: Iterable[str]) -> Mapping[int, Mapping[str, list[Row]]]:
    """``{pid: {table: rows}}``; rows carry ``id``, ``org``, ``on`` and the columns of their table. Flattened here until the compiled views land."""
    from kangyu.gateways import content as gc

    forms = gc.current().forms
    rtypes = {SOURCES.get(t, "QuestionnaireResponse") for t in tables}
    found: dict[int, dict[str, list[Row]]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid, rtype, id, org, body FROM resource WHERE pid = ANY(%s) AND rtype = ANY(%s)", [list(pids), list(rtypes)])
        for pid, rtype, id, org, b in cursor.fetchall():
            b = orjson.loads(b)
            t, row = None, {"id": id, "org": org}
            if rtype == "Condition":
                t, row = (
                    "conditions",
                    {
                        **row,
                        "on": _d(b.get("onsetDateTime") or b.get("recordedDate")),
                        "to": _d(b.get("abatementDateTime")),
                        "code": _code(b.get("code")),
                    },
                )
            elif rtype == "EpisodeOfCare":
                t, row = (
                    "episodes",
                    {**row, "on": _d(b["period"].get("start")), "to": _d(b["period"].get("end")), "programme": _code(b["type"][0])},
                )
            elif rtype == "Encounter":
                t, row = (
                    "encounters",
                    {
                        **row,
                        "on": _d(b["period"].get("start")),
                        "to": _d(b["period"].get("end")),
                        "kind": _code(b["type"][0]),
                        "class": b["class"].get("code"),
                    },
                )
            elif rtype == "Patient":
                a = (b.get("address") or [{}])[0].get("period", {})
                t, row = "residents", {**row, "on": _d(a.get("start")), "to": _d(a.get("end")) or _d(b.get("deceasedDateTime"))}
            elif rtype == "Observation":
                code, on = _code(b["code"]), _d(b.get("effectiveDateTime"))
                if code == "85354-9":
                    v = {_code(c["code"]): c.get("valueQuantity", {}).get("value") for c in b.get("component", ())}
                    t, row = "blood_pressure", {**row, "on": on, "systolic": v.get("8480-6"), "diastolic": v.get("8462-4")}
                elif code == "14771-0":
                    t, row = "glucose", {**row, "on": on, "value": b["valueQuantity"]["value"]}
            elif rtype == "QuestionnaireResponse":
                t = b["questionnaire"].removeprefix("urn:kangyu:form:")
                form = forms.get(t)
                row = {**row, "on": _d(b["authored"])}
                for item in b.get("item", ()):
                    key = item["linkId"].removeprefix("derived.")
                    vals = [_ans(a) for a in item.get("answer", ())]
                    f = form.fields.get(key) if form else None
                    if f and f.type == "codes":
                        row[key] = vals
                    elif vals:
                        row[key] = _d(vals[0]) if f and f.type == "date" else vals[0]
            if t and t in tables and row["on"]:
                found.setdefault(pid, {}).setdefault(t, []).append(row)
    return found
