"""The checks of references by their shape: the type they name exists and is allowed; nothing is looked up."""

import re
from typing import Any

from kangyu.engines.fhir.validation.faults import WRONG, Check, Faults, fault

_LITERAL = re.compile(r"(https?://\S+/)?([A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(/_history/[A-Za-z0-9\-.]{1,64})?").fullmatch


def reference_check(inner: Check, targets: frozenset[str], resource_types: frozenset[str]) -> Check:
    """``inner`` checks the Reference's own properties; ``targets`` are the allowed resource types, all when empty."""
    allowed = targets or resource_types
    names = "、".join(sorted(targets))

    def look(value: Any) -> Faults | None:
        return WRONG if inner.look(value) is not None else target(value)

    def explain(value: Any) -> Faults | None:
        return inner.explain(value) or target(value)

    def target(value: dict[str, Any]) -> Faults | None:
        text = value.get("reference")
        if text is None:
            kind = value.get("type")
            return None if kind is None or kind in allowed or kind not in resource_types else _not_allowed(kind, names, "type")
        if text.partition("/")[0] in allowed and _LITERAL(text):
            return None
        return _odd_reference(text, allowed, resource_types, names)

    return Check(look, explain)


def _odd_reference(text: str, allowed: frozenset[str], resource_types: frozenset[str], names: str) -> Faults | None:
    """Everything but a plain relative reference to an allowed type."""
    if text.startswith("#"):
        return None if text == "#" else _no_contained(text)
    match = _LITERAL(text)
    if match is None:
        if ":" in text or "?" in text:
            return None
        return fault("value", "引用的写法不对。", "应为“资源类型/标识”，或完整的 URL、urn:uuid:、#内含资源标识。", "reference", text)
    absolute, kind = match[1], match[2]
    if kind in allowed:
        return None
    if kind in resource_types:
        return _not_allowed(kind, names, "reference")
    if absolute:
        return None
    return fault("value", f"引用的资源类型 {kind[:64]} 不存在。", "请核对资源类型的拼写和大小写。", "reference", text)


def _not_allowed(kind: str, names: str, path: str) -> Faults:
    return fault("value", f"此处不能引用 {kind}。", f"可引用的资源类型：{names}。", path, kind)


def _no_contained(text: str) -> Faults:
    """Raised for every local reference; the resource that holds ``contained`` withdraws it where the target is there."""
    return fault("value", "引用的内含资源不存在。", "请在 contained 中加入该资源，或改正 # 后的标识。", "reference", text)
