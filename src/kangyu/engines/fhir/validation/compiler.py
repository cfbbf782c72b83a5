"""Turns the official definitions into checks, one type at a time, on first use."""

from typing import Any

from kangyu.engines.fhir.definitions import Definitions, Element, TypeRef
from kangyu.engines.fhir.validation.faults import WRONG, Check, Faults, fault, under, wrong_kind
from kangyu.engines.fhir.validation.invariants import INVARIANTS
from kangyu.engines.fhir.validation.objects import Plan, list_check, object_check, recurring, twin_list_check
from kangyu.engines.fhir.validation.primitives import PRIMITIVES, one_of
from kangyu.engines.fhir.validation.references import reference_check

# Of these a region's records hold the same few thousand; of names, addresses and periods they do not.
RECURRING = frozenset({"CodeableConcept", "Coding", "Extension", "Meta", "Observation.component", "Quantity", "QuestionnaireResponse.item"})


class Compiler:
    """Makes and keeps the checks. A check, once made, reads no definitions any more."""

    def __init__(self, definitions: Definitions):
        self._definitions = definitions
        self._made: dict[str, Check] = {}
        self.resource = Check(self._look, self._explain)
        self._contained = Check(self._look_contained, self._explain_contained)

    def _look(self, value: Any) -> Faults | None:
        check = self._check_of(value)
        if check is None:
            return WRONG
        # A reference to a contained resource fails the quick look: only explaining knows what is contained.
        return check.look(value) and self._explain(value)

    def _explain(self, value: Any) -> Faults | None:
        faults = self._explain_any(value)
        if faults is None:
            return None
        contained = value.get("contained") if type(value) is dict else None
        present = {f"#{inner.get('id')}" for inner in contained if type(inner) is dict} if type(contained) is list else set()
        return [f for f in faults if f.reference not in present] or None

    def _explain_any(self, value: Any) -> Faults | None:
        if type(value) is not dict:
            return wrong_kind(value, "JSON 对象")
        check = self._check_of(value)
        if check is None:
            return fault("structure", "缺少 resourceType，或不是 R4 的资源类型。", "请填写正确的资源类型，例如 Patient。", "resourceType")
        return check.explain(value)

    def _check_of(self, value: Any) -> Check | None:
        name = value.get("resourceType") if type(value) is dict else None
        return self.type(name) if type(name) is str and name in self._definitions.resource_types else None

    def _look_contained(self, value: Any) -> Faults | None:
        check = self._check_of(value)
        return WRONG if check is None or "contained" in value or "id" not in value else check.look(value)

    def _explain_contained(self, value: Any) -> Faults | None:
        faults = self._explain_any(value) or []
        if type(value) is dict and "contained" in value:
            faults += fault("invariant", "内含资源不能再内含资源（dom-2）。", "请把它们都放在最外层的 contained。", "contained")
        if type(value) is dict and "id" not in value:
            faults += fault("required", "内含资源缺少 id，无法被引用（dom-3）。", "请补充 id，并以 #id 引用。", "id")
        return faults or None

    def type(self, name: str) -> Check:
        """The check of a complex type, of a resource type or of an inner element given by its path."""
        made = self._made.get(name)
        if made is None:
            plan = Plan(rule=INVARIANTS.get(name))
            made = object_check(plan)
            if name in RECURRING:
                made = recurring(made)
            self._made[name] = made
            if name in self._definitions.resource_types:
                plan.checks["resourceType"] = one_of(frozenset({name}))
            for element in self._definitions.elements(name):
                self._add(plan, name, element)
        return made

    def _add(self, plan: Plan, owner: str, element: Element) -> None:
        names: set[str] = set()
        for ref in element.types:
            name = element.name + ref.code[0].upper() + ref.code[1:] if element.choice else element.name
            names.add(name)
            one = self._contained if (element.name, ref.code) == ("contained", "Resource") else self._value(ref, element.value_set)
            plan.checks[name] = list_check(one, element.maximum) if element.repeats else one
            if ref.code in PRIMITIVES and element.name != "id" and (owner, element.name) != ("Extension", "url"):
                twin = self.type("Element")
                plan.checks[f"_{name}"] = twin_list_check(twin) if element.repeats else twin
                names.add(f"_{name}")
        if element.choice:
            plan.choices.append((element.name, frozenset(names), element.minimum > 0))
        elif element.minimum:
            plan.required.append(element.name)

    def _value(self, ref: TypeRef, value_set: str) -> Check:
        bound = self._definitions.value_set(value_set) if value_set else None
        if ref.code in PRIMITIVES:
            if bound is not None and ref.code == "code":
                return one_of(frozenset().union(*bound.values()))
            return PRIMITIVES[ref.code]
        if ref.code == "Resource":
            return self.resource
        inner = self.type(ref.code)
        if ref.code == "Reference":
            return reference_check(inner, ref.targets, self._definitions.resource_types)
        if bound is not None and ref.code == "CodeableConcept":
            return _bound_concept(inner, bound)
        return inner


def _bound_concept(inner: Check, bound: dict[str, frozenset[str]]) -> Check:
    some = "、".join(sorted(code for codes in bound.values() for code in codes)[:12])

    def binding(value: dict[str, Any]) -> Faults | None:
        for coding in value.get("coding", ()):
            if coding.get("code") in bound.get(coding.get("system", ""), ()):
                return None
        return under("coding", fault("code-invalid", "没有一个编码属于规定的值集。", f"可用的代码：{some}。"))

    def look(value: Any) -> Faults | None:
        return WRONG if inner.look(value) is not None else binding(value)

    def explain(value: Any) -> Faults | None:
        return inner.explain(value) or binding(value)

    return Check(look, explain)
