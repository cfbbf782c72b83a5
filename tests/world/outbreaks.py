"""Qinghe in sickness: outpatient visits with what was found, reportable diseases, children of Dongli village."""

from datetime import date, timedelta

from kangyu.apps.governance.access import SYSTEM
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from world.care import TODAY
from world.qinghe import DONGLI, SYNTHETIC, XILI, coding, extension, patient

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def outpatient(
    id: str, patient_id: str, on: date, *, heat: float | None = None, signs: tuple[str, ...] = (), clinic: str = "clinic-dongli"
) -> dict:
    """A visit; ``heat`` is the temperature, ``signs`` are codes of symptoms."""
    return {
        "resourceType": "Encounter", "id": id, "meta": dict(SYNTHETIC), "status": "finished", "class": {"system": ACT, "code": "AMB"},
        "type": [coding("urn:kangyu:cs:encounter-kind", "outpatient")], "subject": {"reference": f"Patient/{patient_id}"},
        "period": {"start": on.isoformat(), "end": on.isoformat()}, "serviceProvider": {"reference": f"Organization/{clinic}"},
        **({"extension": [extension("temperature", valueDecimal=heat)]} if heat is not None else {}),
        **({"reasonCode": [coding("urn:kangyu:cs:symptom", sign) for sign in signs]} if signs else {}),
    }  # fmt: skip


def influenza(id: str, patient_id: str, on: date, clinic: str = "clinic-dongli") -> dict:
    return outpatient(id, patient_id, on, heat=38.6, signs=("fever", "cough"), clinic=clinic)


def children(count: int, village: str = DONGLI, prefix: str = "child") -> list[dict]:
    clinic = "clinic-dongli" if village == DONGLI else "clinic-xili"
    return [
        patient(f"{prefix}-{number}", f"童样{number}", f"2021-0{1 + number % 9}-{10 + number}", "female", clinic, village, identity=None)
        for number in range(count)
    ]


def store(*resources: dict) -> None:
    write([Draft("update", one["resourceType"], one["id"], one) for one in resources], by=SYSTEM)


def weeks_of_visits(days: int = 40) -> list[dict]:
    """Two ordinary visits a day in each village, one in ten of them with fever and cough."""
    found = []
    for back in range(days, 0, -1):
        day = TODAY - timedelta(days=back)
        for place, who, clinic in (("d", "li", "clinic-dongli"), ("x", "zhao", "clinic-xili")):
            found.append(outpatient(f"plain-{place}-{back}", who, day, clinic=clinic))
            found.append(
                influenza(f"ill-{place}-{back}", who, day, clinic)
                if back % 10 == 3
                else outpatient(f"more-{place}-{back}", who, day, clinic=clinic)
            )
    return found


__all__ = ["DONGLI", "TODAY", "XILI", "children", "influenza", "outpatient", "store", "weeks_of_visits"]
