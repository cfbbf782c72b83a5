"""Who or what a reference means: found by id or by the words typed, only as far as the viewer's own reach."""

from dataclasses import dataclass
from itertools import islice

from kangyu.apps.cases import queries as care
from kangyu.apps.directory import queries as directory
from kangyu.apps.directory.models import Institution
from kangyu.apps.governance.access import Viewer
from kangyu.apps.identity.models import Person
from kangyu.apps.registers import queries as registers
from kangyu.engines.content.kinds.field import Field
from kangyu.engines.forms import Named
from kangyu.gateways import content
from kangyu.kernel.permission import Permission
from kangyu.web.matching import matches

from .reading import LookUp

MOST = 12


@dataclass(frozen=True)
class Suggestion:
    """One thing that may be meant: its id, its name, a grey remark."""

    id: str
    title: str
    remark: str = ""


def look_up(viewer: Viewer) -> LookUp:
    """What ``read`` finds references with."""

    def look(field: Field, id: str, typed: str) -> Named | None:
        if field.type == "institution":
            return _institution(id, typed, field)
        if field.type == "person":
            return _person(viewer, id)
        if field.type == "area":
            found = directory.area(id)
            return Named(found.code, "Location", found.name) if found else None
        return _thing(viewer, field.register_ or "", id)

    return look


def _institution(id: str, typed: str, field: Field) -> Named | None:
    found = directory.institution(id) if id else Institution.objects.filter(name=typed).first()
    if found is None or (field.kinds and found.kind not in field.kinds):
        return None
    return Named(found.id, "Organization", found.name)


def _thing(viewer: Viewer, register: str, id: str) -> Named | None:
    declared = content.current().registers.get(register)
    found = next((one for one in registers.findable(viewer, register) if one.id == id), None)
    return Named(found.id, declared.is_, found.name) if found and declared else None


def _person(viewer: Viewer, id: str) -> Named | None:
    condition, parameters = viewer.people("person")
    found = Person.objects.filter(patient_id=id).extra(where=[condition], params=parameters).first()
    return Named(found.patient_id, "Patient", found.name) if found else None


def suggestions(viewer: Viewer, kind: str, words: str, *, value_set: str = "", register: str = "", kinds: str = "") -> list[Suggestion]:
    """At most a dozen things that may be meant by the words, the likeliest first; without words the first there are, but never people."""
    words = words.strip().lower()
    if kind == "code":
        return _codes(value_set, words)
    if not words and kind in ("person", "area"):
        return []
    if kind == "institution":
        return _institutions(viewer, words, frozenset(filter(None, kinds.split(","))))
    if kind == "person":
        return _people(viewer, words)
    if kind == "area":
        return _areas(viewer, words)
    named = (one for one in registers.findable(viewer, register) if words in one.number.lower() or matches(words, one.name))
    return [Suggestion(one.id, one.name, one.number) for one in islice(named, MOST)]


def _codes(value_set: str, words: str) -> list[Suggestion]:
    declared = content.current()
    codes = declared.value_sets[value_set].codes if value_set in declared.value_sets else ()
    titled = [(code, declared.title_of(value_set, code)) for code in codes]
    found = [
        Suggestion(code, title, code) for code, title in titled if not words or code.lower().startswith(words) or matches(words, title)
    ]
    return sorted(found, key=lambda one: (not one.title.lower().startswith(words), not one.id.lower().startswith(words)))[:MOST]


def _institutions(viewer: Viewer, words: str, kinds: frozenset[str]) -> list[Suggestion]:
    """Of the whole county: one refers patients to a hospital beyond one's own township."""
    found = directory.institutions_within(viewer.area[:6])
    named = (one for one in found if (not kinds or one.kind in kinds) and matches(words, one.name))
    return [Suggestion(one.id, one.name, content.current().title_of("institution_kind", one.kind)) for one in islice(named, MOST)]


def _people(viewer: Viewer, words: str) -> list[Suggestion]:
    if not viewer.may(Permission.PERSON_VIEW):
        return []
    rows = care.find(viewer, words)[:MOST]
    patients = dict(Person.objects.filter(pid__in=[row.pid for row in rows]).values_list("pid", "patient_id"))
    return [Suggestion(patients[row.pid], row.name, f"{row.birth_date or ''}") for row in rows if row.pid in patients]


def _areas(viewer: Viewer, words: str) -> list[Suggestion]:
    county = viewer.area[:6]
    named = (one for level in ("township", "village") for one in directory.areas_within(county, level) if matches(words, one.name))
    return [Suggestion(one.code, one.name, one.code) for one in islice(named, MOST)]
