"""Reads of areas and institutions."""

from collections.abc import Sequence
from datetime import date

from django.db import connection

from kangyu.apps.directory.models import Area, Institution


def county() -> Area | None:
    """The region this deployment serves."""
    return Area.objects.filter(level="county").order_by("code").first()


def area(code: str) -> Area | None:
    """One area by its code."""
    return Area.objects.filter(code=code).first()


def areas_within(code: str, level: str) -> list[Area]:
    """The areas of one level inside an area, by code."""
    return list(Area.objects.filter(level=level, code__startswith=code).order_by("code"))


def trail(code: str) -> list[Area]:
    """The areas from the county down to ``code``, for breadcrumbs."""
    codes = [code[:length] for length in (6, 9, 12) if len(code) >= length]
    found = {one.code: one for one in Area.objects.filter(code__in=codes)}
    return [found[one] for one in codes if one in found]


def institution(id: str) -> Institution | None:
    """One institution by its Organization id."""
    return Institution.objects.filter(id=id).first()


def institution_names(ids: list[str]) -> dict[str, str]:
    """Names by id, for the ids that exist."""
    return dict(Institution.objects.filter(id__in=ids).values_list("id", "name"))


def institutions_within(code: str) -> list[Institution]:
    """Institutions in an area that are open, the larger ones first."""
    found = Institution.objects.filter(area__startswith=code, closed_on__isnull=True)
    return list(found.order_by("-level", "kind", "name")[:500])


POSTS = """
SELECT r.id, coalesce(p.body->'name'->0->>'text', ''), r.org FROM resource r
JOIN resource p ON p.rtype = 'Practitioner' AND p.id = split_part(r.body->'practitioner'->>'reference', '/', 2)
WHERE r.rtype = 'PractitionerRole' AND {which} AND (r.body->'period'->>'end' IS NULL OR r.body->'period'->>'end' >= %s) ORDER BY 2, 1
"""


def doctors_of(org: str, on: date) -> list[tuple[str, str]]:
    """The posts (PractitionerRole) of an institution's physicians and village doctors on a day, with the names of those who hold them."""
    which = "r.org = %s AND r.code IN ('physician', 'assistant_physician', 'village_doctor')"
    with connection.cursor() as cursor:
        cursor.execute(POSTS.format(which=which), [org, on.isoformat()])
        return [(id, name) for id, name, _ in cursor.fetchall()]


def post_names(ids: Sequence[str]) -> dict[str, str]:
    """The names of people by their posts, past ones too."""
    with connection.cursor() as cursor:
        cursor.execute(POSTS.format(which="r.id = ANY(%s)"), [list(ids), ""])
        return {id: name for id, name, _ in cursor.fetchall()}


def health_bureau(area: str) -> str:
    """The id of the health bureau that answers for an area, empty when none is registered."""
    found = Institution.objects.filter(kind="health_bureau", area__startswith=area[:6]).order_by("id")
    return found.values_list("id", flat=True).first() or ""


def institutions_of(kinds: Sequence[str], limit: int = 200) -> list[Institution]:
    """Open institutions of some kinds (all, when none is named), the larger ones first."""
    found = Institution.objects.filter(closed_on__isnull=True)
    if kinds:
        found = found.filter(kind__in=kinds)
    return list(found.order_by("-level", "name")[:limit])
