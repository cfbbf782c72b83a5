"""The plan's figures computed from NDJSON in plain Python, by the definitions of content/indicators and nothing of the twin's own."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FAR = date(9999, 12, 31)
CHRONIC = ("C", "I", *(f"E1{n}" for n in range(5)), *(f"J{n}" for n in range(30, 99)))


def resources(folder: Path, kind: str) -> Iterator[dict[str, Any]]:
    """All resources of a type."""
    for path in sorted(folder.glob(f"{kind}*.ndjson")):
        if path.name.split(".")[0] == kind:
            with path.open(encoding="utf-8") as file:
                yield from map(json.loads, file)


def day(text: str | None) -> date:
    """A date, FAR where there is none."""
    return date.fromisoformat(text[:10]) if text else FAR


def coding(concept: dict[str, Any]) -> str:
    """The first code of a concept."""
    return str(concept["coding"][0]["code"])


def extension(resource: dict[str, Any], name: str) -> Any:
    """The value of one of our extensions, or None."""
    for entry in resource.get("extension", ()):
        if entry["url"] == f"urn:kangyu:ext:{name}":
            return next(value for key, value in entry.items() if key.startswith("value"))
    return None


def age(birth: date, on: date) -> int:
    """Completed years."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def months_between(first: date, last: date) -> int:
    """Completed months."""
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def answers(response: dict[str, Any]) -> dict[str, Any]:
    """The answers of a form by field."""
    found = {}
    for item in response["item"]:
        values = [next(value for key, value in answer.items() if key.startswith("value")) for answer in item.get("answer", ())]
        found[item["linkId"]] = values[0] if values else None
    return found


class County:
    """A generated county read back."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.manifest = json.loads((folder / "manifest.json").read_text())
        self.people = {one["id"]: self._person(one) for one in resources(folder, "Patient")}
        self.causes = {
            one["subject"]["reference"][8:]: coding(one["valueCodeableConcept"])
            for one in resources(folder, "Observation")
            if coding(one["code"]) == "69453-9"
        }
        self.forms: dict[str, dict[str, list[tuple[date, dict[str, Any]]]]] = defaultdict(lambda: defaultdict(list))
        for one in resources(folder, "QuestionnaireResponse"):
            person = one["subject"]["reference"][8:]
            self.forms[one["questionnaire"].rsplit(":", 1)[1]][person].append((day(one["authored"]), answers(one)))
        self.episodes: dict[str, dict[str, list[tuple[date, date]]]] = defaultdict(lambda: defaultdict(list))
        for one in resources(folder, "EpisodeOfCare"):
            span = day(one["period"]["start"]), day(one["period"].get("end"))
            self.episodes[coding(one["type"][0])][one["patient"]["reference"][8:]].append(span)

    @staticmethod
    def _person(one: dict[str, Any]) -> dict[str, Any]:
        period = one["address"][0]["period"]
        death = day(one.get("deceasedDateTime"))
        born_here = any(entry["url"].endswith("patient-birthPlace") for entry in one["extension"])
        return {
            "birth": day(one["birthDate"]),
            "death": death,
            "since": day(period["start"]),
            "until": min(day(period.get("end")), death),
            "born_here": born_here,
        }

    def residents(self, on: date) -> list[str]:
        """Who lives in the county on a day."""
        return [key for key, one in self.people.items() if one["since"] <= on <= one["until"]]

    def deaths(self, first: date, last: date) -> list[tuple[int, str]]:
        """Age at death and cause."""
        return [
            (age(one["birth"], one["death"]), self.causes[key])
            for key, one in self.people.items()
            if first <= one["death"] <= last and one["until"] == one["death"]
        ]

    def births(self, first: date, last: date) -> int:
        """Live births to residents."""
        return sum(one["born_here"] and first <= one["birth"] <= last for one in self.people.values())

    def enrolled(self, programme: str, person: str, on: date) -> date | None:
        """Since when a person has been in a programme on a day."""
        return max((start for start, end in self.episodes[programme][person] if start <= on <= end), default=None)

    def seen(self, form: str, person: str, first: date, last: date, which: Callable[[dict[str, Any]], bool]) -> int:
        """How many forms of a person in a period satisfy a condition."""
        return sum(first <= on <= last and which(given) for on, given in self.forms[form][person])


def _group(years: int) -> int:
    return 0 if years < 1 else 1 if years < 5 else min(1 + years // 5, 18)


def life_expectancy(county: County, first: date, last: date) -> float:
    """Abridged life table: deaths of the year over the mid-year residents."""
    middle = first + timedelta(days=182)
    persons, deaths = [0] * 19, [0] * 19
    for key in county.residents(middle):
        persons[_group(age(county.people[key]["birth"], middle))] += 1
    for years, _ in county.deaths(first, last):
        deaths[_group(years)] += 1
    alive, total = 1.0, 0.0
    for number in range(19):
        width = 1 if number == 0 else 4 if number == 1 else 5
        lived = 0.15 if number == 0 else 0.4 if number == 1 else 0.5
        rate = deaths[number] / persons[number]
        if number == 18:
            return total + alive / rate
        dying = width * rate / (1 + (1 - lived) * width * rate)
        total += width * alive * (1 - dying) + lived * width * alive * dying
        alive *= 1 - dying
    return total


def premature_mortality(county: County, first: date, last: date) -> float:
    """30q70 from the four chronic diseases, per cent."""
    middle = first + timedelta(days=182)
    persons, deaths = [0] * 8, [0] * 8
    for key in county.residents(middle):
        number = (age(county.people[key]["birth"], middle) - 30) // 5
        if 0 <= number < 8:
            persons[number] += 1
    for years, cause in county.deaths(first, last):
        number = (years - 30) // 5
        if 0 <= number < 8 and cause.startswith(CHRONIC):
            deaths[number] += 1
    alive = 1.0
    for number in range(8):
        rate = deaths[number] / persons[number]
        alive *= 1 - 5 * rate / (1 + 2.5 * rate)
    return 100 * (1 - alive)


def _needed(since: date, first: date, last: date) -> int:
    return 4 if since <= first else max(1, months_between(since, last + timedelta(days=1)) // 3)


def chronic_management(county: County, first: date, last: date) -> tuple[int, int]:
    """Managed to the standard, and all enrolled."""

    def face_to_face(given: dict[str, Any], *keys: str) -> bool:
        return given["visit_kind"]["code"] in ("clinic", "home") and all(given.get(key) is not None for key in keys)

    good = every = 0
    for person in county.residents(last):
        hypertension, diabetes = county.enrolled("hypertension", person, last), county.enrolled("diabetes", person, last)
        if hypertension is None and diabetes is None:
            continue
        every += 1
        fine = True
        if hypertension is not None:
            pressure = county.seen(
                "hypertension_follow_up", person, first, last, lambda given: face_to_face(given, "systolic", "diastolic")
            )
            fine = fine and pressure >= _needed(hypertension, first, last)
        if diabetes is not None:
            glucose = county.seen("diabetes_follow_up", person, first, last, lambda given: face_to_face(given, "fasting_glucose"))
            fine = fine and glucose >= _needed(diabetes, first, last)
        good += fine
    return good, every


def severe_mental_management(county: County, first: date, last: date) -> tuple[int, int]:
    """Managed to the standard, and all enrolled."""
    enrolled = [(person, county.enrolled("severe_mental", person, last)) for person in county.residents(last)]
    registered = [(person, since) for person, since in enrolled if since is not None]
    good = sum(
        county.seen("severe_mental_follow_up", person, first, last, lambda given: given["danger_level"] is not None)
        >= _needed(since, first, last)
        for person, since in registered
    )
    return good, len(registered)


def elderly_check(county: County, first: date, last: date) -> tuple[int, int]:
    """Checked completely and advised, among those of 65 and over."""
    old = [person for person in county.residents(last) if age(county.people[person]["birth"], last) >= 65]
    return sum(
        county.seen("elderly_health_check", one, first, last, lambda given: given["complete"] and given["guidance"]) > 0 for one in old
    ), len(old)


def child_management(county: County, first: date, last: date) -> tuple[int, int]:
    """Under three with the checks of their age."""
    young = [person for person in county.residents(last) if age(county.people[person]["birth"], last) < 3]

    def needed(months: int) -> int:
        return (
            1 if months >= 24 else 2 if months >= 12 else 4 if months >= 9 else 3 if months >= 7 else 2 if months >= 4 else int(months >= 2)
        )

    return sum(
        county.seen("child_check", one, first, last, lambda given: True) >= needed(months_between(county.people[one]["birth"], last))
        for one in young
    ), len(young)


def full_immunisation(county: County, last: date) -> tuple[int, int]:
    """Of the two-year-olds, those with all doses due at two."""
    given: dict[str, list[str]] = defaultdict(list)
    for one in resources(county.folder, "Immunization"):
        if day(one["occurrenceDateTime"]) <= last:
            given[one["patient"]["reference"][8:]].append(coding(one["vaccineCode"]))
    least = {"hepb": 3, "bcg": 1, "dtap": 4, "mmr": 2, "je_live": 1, "mena": 2, "hepa_live": 1}
    two = [person for person in county.residents(last) if age(county.people[person]["birth"], last) == 2]
    good = sum(
        all(given[one].count(vaccine) >= doses for vaccine, doses in least.items())
        and given[one].count("ipv") + given[one].count("opv") >= 3
        for one in two
    )
    return good, len(two)


def deliveries(county: County, first: date, last: date) -> list[dict[str, Any]]:
    """Delivery records of a period."""
    return [given for forms in county.forms["maternal_delivery_record"].values() for on, given in forms if first <= on <= last]


HOSPITALS = ("general_hospital", "tcm_hospital", "specialised_hospital")


def hospitals(county: County) -> set[str]:
    """The institutions that the statistics count as hospitals."""
    return {one["id"] for one in resources(county.folder, "Organization") if coding(one["type"][0]) in HOSPITALS}


def bed_use(county: County, first: date, last: date) -> float:
    """Days in hospital of stays begun in the period over the days of the hospitals' beds open at its end, per cent."""
    ours = hospitals(county)
    days = 0
    for one in resources(county.folder, "Encounter"):
        start = day(one["period"]["start"])
        if coding(one["type"][0]) == "inpatient" and first <= start <= last and one["serviceProvider"]["reference"][13:] in ours:
            days += max((day(one["period"]["end"]) - start).days, 1)
    return 100 * days / (beds(county, last, ours) * ((last - first).days + 1))


def beds(county: County, on: date, within: set[str] | None = None) -> int:
    """Beds open on a day, of all institutions or of some."""
    return sum(
        coding(one["physicalType"]) == "bd"
        and day(extension(one, "period")["start"]) <= on
        and (within is None or one["managingOrganization"]["reference"][13:] in within)
        for one in resources(county.folder, "Location")
    )


def cause_codes(county: County) -> set[str]:
    """The ICD-10 categories of every condition and cause of death."""
    found = {coding(one["code"]) for one in resources(county.folder, "Condition")}
    for one in resources(county.folder, "Observation"):
        if coding(one["code"]) == "69453-9":
            found.add(coding(one["valueCodeableConcept"]))
    return {code[:3] for code in found}


def staff(county: County, on: date) -> list[tuple[str, list[str]]]:
    """Licence and specialties of everybody at work on a day."""
    return [
        (coding(one["code"][0]), [coding(specialty) for specialty in one.get("specialty", ())])
        for one in resources(county.folder, "PractitionerRole")
        if day(one["period"]["start"]) <= on <= day(one["period"].get("end"))
    ]


def conditions(county: County, codes: tuple[str, ...], first: date, last: date) -> int:
    """Conditions with onset in a period."""
    return sum(
        coding(one["code"]).startswith(codes) and first <= day(one["onsetDateTime"]) <= last
        for one in resources(county.folder, "Condition")
    )
