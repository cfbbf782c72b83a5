"""Values no living person can have, refused whatever door they come by. The limits are what ``content/definitions`` call ``possible``."""

from kangyu.engines.content.kinds.base import Range
from kangyu.engines.content.kinds.form import SHOWN_UNITS
from kangyu.gateways import content
from kangyu.kernel.errors import Problem

Limit = tuple[float, float, str, str]
_held: tuple[object, dict[str, Limit]] = (None, {})


def _of_content(declared: content.Content) -> dict[str, Limit]:
    limits: dict[str, Limit] = {}
    for definition in declared.definitions.values():
        observation = definition.observation
        if observation is None:
            continue
        parts = observation.parts.values() if observation.parts else [observation]
        for part in parts:
            if part.possible:
                bounds = Range.parse(part.possible)
                title = definition.title if part is observation else part.title
                limits[part.code] = (bounds.low, bounds.high, SHOWN_UNITS.get(part.unit, part.unit), title)
    return limits


def limits() -> dict[str, Limit]:
    """By LOINC code: lowest and highest possible value, unit, Chinese name."""
    global _held
    declared = content.current()
    if _held[0] is not declared:
        _held = (declared, _of_content(declared))
    return _held[1]


def _codes(element: dict) -> list[str]:
    return [coding.get("code", "") for coding in element.get("code", {}).get("coding", ())]


def faults(resource: dict, known: dict[str, Limit] | None = None) -> list[Problem]:
    """What cannot be true in an Observation: a value out of the possible range, or systolic not above diastolic.

    ``known`` are the limits, for a caller that checks very many; read from the content otherwise.
    """
    if resource.get("resourceType") != "Observation":
        return []
    measured: dict[str, float] = {}
    problems: list[Problem] = []
    known = limits() if known is None else known
    for element in (resource, *resource.get("component", ())):
        quantity = element.get("valueQuantity", {}).get("value")
        for code in _codes(element):
            if quantity is None or code not in known:
                continue
            measured[code] = quantity
            low, high, unit, title = known[code]
            if not low <= quantity <= high:
                message = f"{title} {quantity:g} 不可能，应在 {low:g}–{high:g} {unit} 之间"
                problems.append(Problem(f"Observation/{resource.get('id', '')}", title, message, "请核对后改正；没有测可以不填。"))
    if not problems and measured.get("8480-6", 1) <= measured.get("8462-4", 0):
        message = f"收缩压 {measured['8480-6']:g} 应高于舒张压 {measured['8462-4']:g}"
        problems.append(Problem(f"Observation/{resource.get('id', '')}", "血压", message, "请核对两个数是否写反。"))
    return problems
