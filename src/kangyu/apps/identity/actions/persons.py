"""Finds or makes the person behind a Patient resource, and keeps the person row true to it."""

from collections.abc import Sequence

from django.db import connection

from kangyu.apps.identity.particulars import Particulars, read
from kangyu.kernel import identity_number
from kangyu.kernel.errors import Problem, ProblemsError

COLUMNS = (
    "patient_id", "name", "sex", "birth_date", "deceased_on", "identity_number", "phone", "area", "org", "practitioner",
    "household", "resident_from", "resident_to", "synthetic", "demographic_key", "search",
)  # fmt: skip


def values(particulars: Particulars) -> list:
    """The column values of one person row, in the order of ``COLUMNS``."""
    return [getattr(particulars, column) for column in COLUMNS]


def faults(patient: dict) -> list[Problem]:
    """What is wrong with the identity of a Patient beyond R4: the number's check character, birth date and sex must agree."""
    number = read(patient).identity_number
    if number is None:
        return []
    place = f"Patient/{patient.get('id', '')}"
    if fault := identity_number.fault(number):
        return [Problem(place, "Patient.identifier", fault, "请对照身份证改正后重新提交；没有证件时可以不填。")]
    problems = []
    if patient.get("birthDate") and patient["birthDate"] != identity_number.birth_date(number).isoformat():
        problems.append(Problem(place, "Patient.birthDate", "出生日期与身份证号码不一致", "请核对两者哪一个录错了。"))
    if patient.get("gender") in ("male", "female") and patient["gender"] != identity_number.sex(number):
        problems.append(Problem(place, "Patient.gender", "性别与身份证号码不一致", "请核对两者哪一个录错了。"))
    return problems


def identify(patient: dict, known_pid: int | None) -> int:
    """The pid for a Patient: the one it already has, else by identity number, else by name, sex, birth date and phone, else a new one.

    The caller holds a transaction. An advisory lock on the key makes two simultaneous first visits of one person meet in one row.
    """
    person = read(patient)
    with connection.cursor() as cursor:
        key = person.identity_number or person.demographic_key
        if key:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [key])
        if known_pid is not None:
            _refuse_foreign_number(cursor, person, known_pid)
            return known_pid
        return _match(cursor, person) or _new(cursor, person)


def _match(cursor, person: Particulars) -> int | None:
    if person.identity_number:
        cursor.execute("SELECT pid FROM person WHERE identity_number = %s", [person.identity_number])
        if found := cursor.fetchone():
            return found[0]
    if not person.demographic_key:
        return None
    cursor.execute(
        "SELECT pid FROM person WHERE demographic_key = %s AND (%s::text IS NULL OR identity_number IS NULL) ORDER BY pid LIMIT 2",
        [person.demographic_key, person.identity_number],
    )
    found = cursor.fetchall()
    return found[0][0] if len(found) == 1 else None


def _new(cursor, person: Particulars) -> int:
    marks = ", ".join(["%s"] * len(COLUMNS))
    cursor.execute(f"INSERT INTO person ({', '.join(COLUMNS)}) VALUES ({marks}) RETURNING pid", values(person))
    return cursor.fetchone()[0]


def _refuse_foreign_number(cursor, person: Particulars, pid: int) -> None:
    if not person.identity_number:
        return
    cursor.execute("SELECT 1 FROM person WHERE identity_number = %s AND pid <> %s", [person.identity_number, pid])
    if cursor.fetchone():
        place = f"Patient/{person.patient_id}"
        message = "这个身份证号码已经属于另一个人的档案"
        raise ProblemsError([Problem(place, "Patient.identifier", message, "请核对号码；如确为同一人，请申请合并两份档案。")])


def restate(patient: dict, pid: int) -> None:
    """Bring the person row into line with a Patient just stored; one without a number does not erase a known number."""
    restate_all([(patient, pid)])


def restate_all(stored: Sequence[tuple[dict, int]]) -> None:
    """The same for many Patients at once, each with its pid."""
    settings = ", ".join(f"{column} = %s" for column in COLUMNS if column != "identity_number")
    rows = []
    for patient, pid in stored:
        person = read(patient)
        kept = [value for column, value in zip(COLUMNS, values(person), strict=True) if column != "identity_number"]
        rows.append([*kept, person.identity_number, pid])
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE person SET {settings}, identity_number = coalesce(%s, identity_number) WHERE pid = %s", rows)
