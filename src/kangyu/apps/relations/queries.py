"""Reads of links. Who may see an end is asked by the caller, who knows what lies there; see ``flows.relation_work``."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from kangyu.apps.relations.models import Relation
from kangyu.engines.cases.case import SubjectRef


def holding(on: date) -> Q:
    """The links that hold on a day."""
    return Q(since__lte=on) & (Q(until__isnull=True) | Q(until__gte=on))


def of(ref: SubjectRef) -> QuerySet[Relation]:
    """Every link of a subject, to either side, the newest first."""
    one = Q(from_kind=ref.kind, from_id=ref.id) | Q(to_kind=ref.kind, to_id=ref.id)
    return Relation.objects.filter(one).order_by("-since", "id")


def between(type: str, ids: Iterable[str], on: date) -> list[tuple[str, str]]:
    """The links of a type that hold on a day and have both ends among some subjects, as pairs of ids."""
    named = list(ids)
    found = Relation.objects.filter(holding(on), type=type, from_id__in=named, to_id__in=named).order_by("id")
    return list(found.values_list("from_id", "to_id"))


def edges(type: str, on: date) -> list[tuple[str, str]]:
    """Every link of a type that holds on a day, as pairs ``kind/id``."""
    found = Relation.objects.filter(holding(on), type=type).order_by("id")
    return [(f"{one.from_kind}/{one.from_id}", f"{one.to_kind}/{one.to_id}") for one in found]


def members(group: str, on: date) -> list[str]:
    """The ids of the cases that are members of a group on a day, in the order in which they came in."""
    found = Relation.objects.filter(holding(on), type="member", to_kind="group", to_id=group).order_by("since", "id")
    return list(found.values_list("from_id", flat=True))


def groups_of(case: str, on: date) -> list[str]:
    """The groups a case is a member of on a day."""
    found = Relation.objects.filter(holding(on), type="member", from_kind="case", from_id=case).order_by("id")
    return list(found.values_list("to_id", flat=True))
