"""What the person index keeps of a Patient resource, and the keys by which two Patients are the same person."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from kangyu.kernel import identity_number

AREA = "urn:kangyu:ext:area"
HOUSEHOLD = "urn:kangyu:ext:household"
SYNTHETIC = "HTEST"


@dataclass(frozen=True)
class Particulars:
    """The identifying and locating facts of one Patient resource, in the columns of the ``person`` table."""

    patient_id: str
    name: str
    sex: str
    birth_date: date | None
    deceased_on: date | None
    identity_number: str | None
    phone: str
    area: str
    org: str
    practitioner: str
    household: str
    resident_from: date | None
    resident_to: date | None
    synthetic: bool

    @property
    def demographic_key(self) -> str:
        """Name, sex, birth date and phone together; empty when one of them is missing, so that a gap never matches a gap."""
        parts = (self.name, self.sex, self.birth_date.isoformat() if self.birth_date else "", self.phone)
        return "|".join(parts) if all(parts) else ""

    @property
    def search(self) -> list[str]:
        """What a person can be found by: pieces of the name, its pinyin and initials, numbers, phone."""
        return search_terms(self.name, self.identity_number, self.phone)


@lru_cache(maxsize=1 << 16)
def _syllables(name: str) -> tuple[str, ...]:
    """The pinyin of a name. Names recur: finding the readings takes half of the time of taking a Patient in."""
    return tuple(lazy_pinyin(name, style=Style.NORMAL))


def search_terms(name: str, number: str | None, phone: str) -> list[str]:
    """Terms stored for one person: the name and every two characters of it, full pinyin, initials, number, last four and phone."""
    terms = {name, *(name[at : at + 2] for at in range(len(name) - 1))} if name else set()
    syllables = _syllables(name) if name else ()
    if syllables:
        terms |= {"".join(syllables).lower(), "".join(syllable[0] for syllable in syllables).lower()}
    if number:
        terms |= {number, number[-4:]}
    if phone:
        terms |= {phone, phone[-4:]}
    return sorted(terms)


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value[:10]) if value and len(value) >= 10 else None


def _extension(element: dict, url: str) -> dict:
    return next((one for one in element.get("extension", ()) if one.get("url") == url), {})


def _target(reference: dict | None) -> str:
    return (reference or {}).get("reference", "").rpartition("/")[2]


def national_number(patient: dict) -> str | None:
    """The identity number a Patient carries, if any."""
    return next((one.get("value") for one in patient.get("identifier", ()) if one.get("system") == identity_number.SYSTEM), None)


def read(patient: dict) -> Particulars:
    """The particulars of a Patient resource (already known to be valid R4)."""
    name = (patient.get("name") or [{}])[0]
    home = next((one for one in patient.get("address", ()) if one.get("use") == "home"), (patient.get("address") or [{}])[0])
    period = home.get("period", {})
    phones = [one.get("value", "") for one in patient.get("telecom", ()) if one.get("system", "phone") == "phone"]
    return Particulars(
        patient_id=patient["id"],
        name=name.get("text") or f"{name.get('family', '')}{''.join(name.get('given', ()))}",
        sex=patient.get("gender", ""),
        birth_date=_date(patient.get("birthDate")),
        deceased_on=_date(patient.get("deceasedDateTime")),
        identity_number=national_number(patient),
        phone=phones[0] if phones else "",
        area=_extension(home, AREA).get("valueCode", ""),
        org=_target(patient.get("managingOrganization")),
        practitioner=_target((patient.get("generalPractitioner") or [None])[0]),
        household=_extension(patient, HOUSEHOLD).get("valueString", ""),
        resident_from=_date(period.get("start")),
        resident_to=_date(period.get("end")),
        synthetic=any(tag.get("code") == SYNTHETIC for tag in patient.get("meta", {}).get("tag", ())),
    )
