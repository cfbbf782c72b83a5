"""Rules between properties that R4 states as invariants: the few that records of a health region really break.

Each function gets a JSON object whose properties are already known to be right and names R4's own key of the rule.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from kangyu.engines.fhir.validation.faults import Faults, fault

Rule = Callable[[dict[str, Any]], Faults | None]


def _extension(value: dict[str, Any]) -> Faults | None:
    """ext-1: an extension has a value or extensions, not both, not neither."""
    has_value = any(key.startswith(("value", "_value")) for key in value)
    if has_value != ("extension" in value):
        return None
    return fault("invariant", "扩展应有一个值或若干子扩展，二者必居其一（ext-1）。", "请只保留 value[x] 或 extension 之一。")


def _period(value: dict[str, Any]) -> Faults | None:
    """per-1: start is not after end."""
    start, end = value.get("start"), value.get("end")
    if start is None or end is None:
        return None
    if "T" in start and "T" in end:
        late = _instant(start) > _instant(end)
    else:
        size = min(len(start), len(end), 10)
        late = start[:size] > end[:size]
    return fault("invariant", "起始时间晚于结束时间（per-1）。", "请核对起止时间。") if late else None


def _instant(text: str) -> datetime:
    # A leap second is a legal FHIR time that Python's clock does not know.
    return datetime.fromisoformat(text.replace(":60", ":59", 1) if text[17:19] == "60" else text)


def _quantity(value: dict[str, Any]) -> Faults | None:
    """qty-3: a unit code needs the system it belongs to."""
    if "code" in value and "system" not in value:
        return fault("invariant", "有单位代码但缺少单位系统（qty-3）。", '请补上 system，例如 "http://unitsofmeasure.org"。')
    return None


def _contact_point(value: dict[str, Any]) -> Faults | None:
    """cpt-2: a contact value needs its system."""
    if "value" in value and "system" not in value:
        return fault("invariant", "联系方式缺少 system（cpt-2）。", "请注明 phone、email 等。")
    return None


def _attachment(value: dict[str, Any]) -> Faults | None:
    """att-1: data needs a content type."""
    if "data" in value and "contentType" not in value:
        return fault("invariant", "附件有内容但缺少 contentType（att-1）。", "请注明内容类型，例如 text/plain。")
    return None


def _observation(value: dict[str, Any]) -> Faults | None:
    """obs-6: a reason for a missing value stands only where the value is missing."""
    if "dataAbsentReason" in value and any(key.startswith("value") for key in value):
        return fault("invariant", "已有结果值时不能再写缺失原因（obs-6）。", "请删除 dataAbsentReason 或结果值。")
    return None


def _codes(concept: dict[str, Any]) -> set[str]:
    return {coding["code"] for coding in concept.get("coding", ()) if "code" in coding}


def _condition(value: dict[str, Any]) -> Faults | None:
    """con-4 and con-5: abated conditions are not active; conditions entered in error have no clinical status."""
    status = value.get("clinicalStatus")
    if status is not None and "entered-in-error" in _codes(value.get("verificationStatus", {})):
        return fault("invariant", "录入错误的诊断不能有临床状态（con-5）。", "请删除 clinicalStatus。")
    abated = any(key.startswith("abatement") for key in value)
    if status is not None and abated and not _codes(status) & {"resolved", "remission", "inactive"}:
        return fault("invariant", "已缓解的诊断临床状态应为 inactive、remission 或 resolved（con-4）。", "请改正 clinicalStatus。")
    return None


def _organization(value: dict[str, Any]) -> Faults | None:
    """org-1: an organisation has a name or an identifier."""
    if "name" in value or "identifier" in value:
        return None
    return fault("invariant", "机构至少要有名称或标识之一（org-1）。", "请补充 name 或 identifier。")


def _patient_contact(value: dict[str, Any]) -> Faults | None:
    """pat-1: a contact has at least one detail or an organisation."""
    if value.keys() & {"name", "telecom", "address", "organization"}:
        return None
    return fault("invariant", "联系人至少要有姓名、联系方式、地址或机构之一（pat-1）。", "请补充联系人信息。")


def _response_item(value: dict[str, Any]) -> Faults | None:
    """qrs-1: an item has answers or items, not both."""
    if "answer" in value and "item" in value:
        return fault("invariant", "同一题目不能同时有 answer 和 item（qrs-1）。", "子题目请放在 answer.item 内。")
    return None


INVARIANTS: dict[str, Rule] = {
    "Extension": _extension,
    "Period": _period,
    "Quantity": _quantity,
    "Age": _quantity,
    "Count": _quantity,
    "Distance": _quantity,
    "Duration": _quantity,
    "ContactPoint": _contact_point,
    "Attachment": _attachment,
    "Observation": _observation,
    "Observation.component": _observation,
    "Condition": _condition,
    "Organization": _organization,
    "Patient.contact": _patient_contact,
    "QuestionnaireResponse.item": _response_item,
}
