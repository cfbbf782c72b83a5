"""Value sets written out as lists of codes, from ValueSet and CodeSystem resources. Used once, when the definitions are built."""

from typing import Any

Codes = dict[str, list[str]]


class Expansion:
    """Lists the codes of value sets; a value set with anything that cannot be listed is None as a whole.

    Half a list would reject right codes, so an unknown system or a filter other than is-a gives the whole set up.
    """

    def __init__(self, resources: list[dict[str, Any]]):
        self._systems = {r["url"]: r for r in resources if r["resourceType"] == "CodeSystem" and r.get("url")}
        self._sets = {r["url"]: r for r in resources if r["resourceType"] == "ValueSet" and r.get("url")}

    def codes(self, url: str) -> Codes | None:
        """Codes by system of the value set at ``url`` (a version after ``|`` is ignored), or None."""
        return self._value_set(url.partition("|")[0], frozenset())

    def _value_set(self, url: str, above: frozenset[str]) -> Codes | None:
        compose = self._sets.get(url, {}).get("compose", {})
        if url in above or not compose.get("include"):
            return None
        parts = [self._include(include, above | {url}) for include in compose["include"]]
        barred = [self._include(exclude, above | {url}) for exclude in compose.get("exclude", [])]
        if any(part is None for part in parts + barred):
            return None
        found: dict[str, dict[str, None]] = {}
        for part in parts:
            for system, codes in (part or {}).items():
                found.setdefault(system, {}).update(dict.fromkeys(codes))
        for part in barred:
            for system, codes in (part or {}).items():
                for code in codes:
                    found.get(system, {}).pop(code, None)
        return {system: list(codes) for system, codes in found.items()}

    def _include(self, include: dict[str, Any], above: frozenset[str]) -> Codes | None:
        imported = [self._value_set(url.partition("|")[0], above) for url in include.get("valueSet", [])]
        if any(part is None for part in imported) or len(imported) > 1:
            return None
        if "system" not in include:
            return imported[0] if imported else None
        codes = self._of_system(include)
        if codes is None:
            return None
        if imported:
            within = set((imported[0] or {}).get(include["system"], []))
            codes = [code for code in codes if code in within]
        return {include["system"]: codes}

    def _of_system(self, include: dict[str, Any]) -> list[str] | None:
        if include.get("concept"):
            return [concept["code"] for concept in include["concept"]]
        system = self._systems.get(include["system"])
        if system is None or system.get("content") != "complete":
            return None
        parents = _parents(system)
        codes = list(parents)
        for rule in include.get("filter", []):
            if rule["op"] != "is-a":
                return None
            codes = [code for code in codes if rule["value"] in _ancestry(code, parents)]
        return codes


def _parents(system: dict[str, Any]) -> dict[str, set[str]]:
    """Each code of a code system with its direct parents, from nesting and from ``subsumedBy`` properties."""
    parents: dict[str, set[str]] = {}
    stack: list[tuple[dict[str, Any], str | None]] = [(concept, None) for concept in reversed(system.get("concept", []))]
    while stack:
        concept, parent = stack.pop()
        above = parents.setdefault(concept["code"], set())
        above.update([parent] if parent else [])
        above.update(p["valueCode"] for p in concept.get("property", []) if p["code"] in ("subsumedBy", "parent") and "valueCode" in p)
        stack += [(child, concept["code"]) for child in reversed(concept.get("concept", []))]
    return parents


def _ancestry(code: str, parents: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    stack = [code]
    while stack:
        at = stack.pop()
        if at not in seen:
            seen.add(at)
            stack += parents.get(at, ())
    return seen
