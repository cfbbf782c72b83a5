"""The JSON face of a plan: plain objects whose rows carry the column names of the reference data, as text, with quote and position."""

from dataclasses import asdict
from typing import Any

from kangyu.engines.plandoc.indicators import value_text
from kangyu.engines.plandoc.model import Commitment, Fact, Heading, Indicator, Place, PlanDocument, Project, Task, Warning


def to_json(document: PlanDocument) -> dict[str, Any]:
    """A plan as one JSON-ready object. Empty cells are empty strings; ``start`` and ``end`` count in ``"\\n".join(document.lines)``."""
    plan = {"plan": document.filename.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]}
    return {
        "title": document.title,
        "meta": {key: value for key, value in asdict(document.issue).items() if value},
        "outline": [heading_json(heading) for heading in document.outline],
        "indicators": [plan | indicator_json(item) for item in document.indicators],
        "commitments": [plan | commitment_json(item) for item in document.commitments],
        "tasks": [task_json(item) for item in document.tasks],
        "projects": [plan | project_json(item) for item in document.projects],
        "baseline_facts": [plan | fact_json(item) for item in document.facts],
        "warnings": [warning_json(item) for item in document.warnings],
    }


def place_json(place: Place) -> dict[str, Any]:
    return {"quote": place.quote, "line": place.line, "start": place.start, "end": place.end}


def heading_json(heading: Heading) -> dict[str, Any]:
    number = {} if heading.number is None else {"number": heading.number}
    children = [heading_json(child) for child in heading.children]
    return (
        {"level": heading.level, "kind": heading.kind, "text": heading.text} | number | place_json(heading.place) | {"children": children}
    )


def year_text(year: int | None) -> str:
    return "" if year is None else str(year)


def indicator_json(item: Indicator) -> dict[str, Any]:
    return {
        "seq": item.seq, "category": item.category, "name": item.name, "unit": item.unit, "baseline_year": year_text(item.baseline_year),
        "baseline_raw": item.baseline_raw, "baseline_value": value_text(item.baseline_value), "target_year": year_text(item.target_year),
        "target_raw": item.target_raw, "target_comparator": item.target_comparator, "target_value": value_text(item.target_value),
        "nature": item.nature,
    } | place_json(item.place)  # fmt: skip


def commitment_json(item: Commitment) -> dict[str, Any]:
    return {
        "section_heading": item.section_heading, "subject": item.subject, "deadline_year": year_text(item.deadline_year),
        "comparator": item.comparator, "value": item.value, "unit": item.unit, "deadline_basis": item.deadline_basis,
    } | place_json(item.place)  # fmt: skip


def task_json(item: Task) -> dict[str, Any]:
    return {
        "no": item.no, "kind": item.kind, "title": item.title, "section": item.section,
        "lead_departments": ";".join(item.lead_departments), "participating_departments": ";".join(item.participating_departments),
        "deadline_year": year_text(item.deadline_year), "deadline_clauses": "｜".join(item.deadline_clauses),
        "responsibility_text": item.responsibility_text,
    } | place_json(item.place)  # fmt: skip


def project_json(item: Project) -> dict[str, Any]:
    return {
        "source_heading": item.source_heading, "kind": item.kind, "name": item.name, "place_level": item.place_level,
        "floor_area_m2": item.floor_area_m2, "beds": item.beds, "investment": item.investment,
        "planned_completion": item.planned_completion, "status": item.status,
    } | place_json(item.place)  # fmt: skip


def fact_json(item: Fact) -> dict[str, Any]:
    return {"subject": item.subject, "value": value_text(item.value), "unit": item.unit, "year": item.year} | place_json(item.place)


def warning_json(item: Warning) -> dict[str, Any]:
    return {"kind": item.kind, "message": item.message, "places": [place_json(place) for place in item.places]}
