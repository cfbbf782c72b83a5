"""Qinghe: two townships, two village clinics. Dr Shen treats Dongli village; Dr Wang works next door and must see nothing of it."""

from dataclasses import dataclass

from kangyu.apps.governance.access import SYSTEM, Viewer, viewer_of
from kangyu.apps.governance.actions import accounts
from kangyu.apps.governance.models import Account
from kangyu.apps.record.actions.write import write
from kangyu.apps.record.pipeline import Draft
from kangyu.kernel import identity_number

COUNTY, DONGLI, XILI = "370899", "370899101201", "370899102201"
SYNTHETIC = {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}


def coding(system: str, code: str) -> dict:
    return {"coding": [{"system": system, "code": code}]}


def extension(name: str, **value) -> dict:
    return {"url": f"urn:kangyu:ext:{name}", **value}


def area(code: str, name: str, level: str) -> dict:
    return {
        "resourceType": "Location", "id": f"area-{code}", "meta": dict(SYNTHETIC), "name": name,
        "identifier": [{"system": "urn:kangyu:cs:area", "value": code}], "physicalType": coding("urn:kangyu:cs:area-level", level),
    }  # fmt: skip


def institution(id: str, name: str, kind: str, area_code: str) -> dict:
    return {
        "resourceType": "Organization", "id": id, "meta": dict(SYNTHETIC), "name": name,
        "type": [coding("urn:kangyu:cs:institution-kind", kind)],
        "extension": [extension("area", valueCode=area_code), extension("level", valueInteger=0),
                      extension("period", valuePeriod={"start": "2010-01-01"})],
    }  # fmt: skip


def number(birth_date: str, sex: str, order: int = 1, area_code: str = COUNTY) -> str:
    """A right identity number: the 17th digit's parity is the sex."""
    sequence = order * 2 + (1 if sex == "male" else 0)
    first17 = f"{area_code}{birth_date.replace('-', '')}{sequence:03d}"
    return first17 + identity_number.check_character(first17)


def patient(
    id: str,
    name: str,
    birth_date: str,
    sex: str,
    clinic: str,
    village: str,
    *,
    identity: str | None = "",
    phone: str = "",
    since="2010-01-01",
) -> dict:
    """A resident; ``identity`` is a number, "" for a right one, None for none."""
    if identity == "":
        identity = number(birth_date, sex, abs(hash(id)) % 400 + 1)
    return {
        "resourceType": "Patient", "id": id, "meta": dict(SYNTHETIC), "name": [{"text": name, "family": name[:1], "given": [name[1:]]}],
        "gender": sex, "birthDate": birth_date, "managingOrganization": {"reference": f"Organization/{clinic}"},
        "address": [{"use": "home", "text": village, "period": {"start": since}, "extension": [extension("area", valueCode=village)]}],
        **({"identifier": [{"system": identity_number.SYSTEM, "value": identity}]} if identity else {}),
        **({"telecom": [{"system": "phone", "value": phone}]} if phone else {}),
    }  # fmt: skip


def blood_pressure(id: str, patient_id: str, on: str, systolic: float, diastolic: float, clinic: str = "clinic-dongli") -> dict:
    def part(code: str, value: float) -> dict:
        quantity = {"value": value, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
        return {"code": coding("http://loinc.org", code), "valueQuantity": quantity}

    return {
        "resourceType": "Observation", "id": id, "meta": dict(SYNTHETIC), "status": "final", "code": coding("http://loinc.org", "85354-9"),
        "subject": {"reference": f"Patient/{patient_id}"}, "effectiveDateTime": on, "performer": [{"reference": f"Organization/{clinic}"}],
        "component": [part("8480-6", systolic), part("8462-4", diastolic)],
    }  # fmt: skip


@dataclass(frozen=True)
class World:
    """The accounts of Qinghe."""

    shen: Account
    wang: Account
    planner: Account
    admin: Account

    @staticmethod
    def viewer(account: Account) -> Viewer:
        return viewer_of(account)


PASSWORD = "correct-horse-7"


def build() -> World:
    """Store the directory, one resident in each village, and open the accounts."""
    resources = [
        area(COUNTY, "清河县", "county"), area("370899101", "东里镇", "township"), area("370899102", "西里镇", "township"),
        area(DONGLI, "东里村", "village"), area(XILI, "西里村", "village"),
        institution("bureau", "清河县卫生健康局", "health_bureau", COUNTY),
        institution("clinic-dongli", "东里村卫生室", "village_clinic", DONGLI),
        institution("clinic-xili", "西里村卫生室", "village_clinic", XILI),
        patient("li", "李样芳", "1958-03-02", "female", "clinic-dongli", DONGLI, phone="19900000001"),
        patient("zhao", "赵样强", "1970-06-15", "male", "clinic-xili", XILI, phone="19900000002"),
    ]  # fmt: skip
    write([Draft("update", one["resourceType"], one["id"], one) for one in resources], by=SYSTEM)

    def account(username: str, name: str, role: str, **place: str) -> Account:
        return accounts.open_account(username=username, password=PASSWORD, display_name=name, role=role, by=SYSTEM, synthetic=True, **place)

    return World(
        shen=account("shen", "沈样舟", "family_doctor", area=DONGLI, org="clinic-dongli"),
        wang=account("wang", "王样军", "family_doctor", area=XILI, org="clinic-xili"),
        planner=account("planner", "路样宁", "planner", area=COUNTY),
        admin=account("admin", "管样安", "administrator", area=COUNTY),
    )
