"""Values no living person can have, refused whatever door they come by. The limits are those the forms declare as ``possible``."""

from functools import lru_cache

from kangyu.gateways import content
from kangyu.kernel.errors import Problem


@lru_cache(maxsize=4)
def _limits(settings_key: int) -> dict[str, tuple[float, float, str, str]]:
    rows = content.current().settings["plausible_values"].values
    return {code: (row["low"], row["high"], row["unit"], row["title"]) for code, row in rows.items()}


def limits() -> dict[str, tuple[float, float, str, str]]:
    """By LOINC code: lowest and highest possible value, unit, Chinese name."""
    return _limits(id(content.current()))


def _codes(element: dict) -> list[str]:
    return [coding.get("code", "") for coding in element.get("code", {}).get("coding", ())]


def faults(resource: dict) -> list[Problem]:
    """What cannot be true in an Observation: a value out of the possible range, or systolic not above diastolic."""
    if resource.get("resourceType") != "Observation":
        return []
    known, measured, problems = limits(), {}, []
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
