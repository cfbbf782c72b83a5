"""The checks of FHIR's primitive datatypes, by their R4 definitions, with days that exist."""

import base64
import binascii
import math
import re
from datetime import date
from decimal import Decimal
from typing import Any

from kangyu.engines.fhir.validation.faults import Check, Faults, Find, fault, simple, wrong_kind

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
_CODE = re.compile(r"[^\s]+(\s[^\s]+)*").fullmatch
_URI = re.compile(r"[^\s\x00]+").fullmatch
_OID = re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+").fullmatch
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_YEAR_MONTH = re.compile(r"(?!0000)[0-9]{4}(-(0[1-9]|1[0-2]))?").fullmatch
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_TIME = re.compile(_CLOCK).fullmatch
_AFTER_DAY = re.compile(rf"T{_CLOCK}(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))").fullmatch
_TAG = re.compile(r"<\s*([A-Za-z][\w:.-]*)([^>]*)").findall
_ACTIVE = re.compile(r"\bon\w+\s*=|javascript:", re.IGNORECASE).search
_ALLOWED_TAGS = (
    "a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre q samp "
    "small span strong sub sup table tbody td tfoot th thead tr tt ul var"
)
_NARRATIVE_TAGS = frozenset(_ALLOWED_TAGS.split())
LARGEST_INTEGER = 2**31 - 1
REMEMBERED = 4096


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _full_date(value: str) -> bool:
    return len(value) == 10 and value[4] == "-" == value[7] and value.isascii() and _is_day(value)


def _string(value: Any) -> Faults | None:
    if type(value) is str and value and "\x00" not in value:
        return None
    if type(value) is not str:
        return wrong_kind(value, "字符串")
    return fault("value", "字符串不能为空，也不能含有空字符（U+0000）。", "请填写内容；没有内容时删除该属性。")


def _boolean(value: Any) -> Faults | None:
    return None if value is True or value is False else wrong_kind(value, "布尔值 true 或 false")


def _integer_from(smallest: int) -> Find:
    def check(value: Any) -> Faults | None:
        if type(value) is int and smallest <= value <= LARGEST_INTEGER:
            return None
        if type(value) is not int:
            return wrong_kind(value, "整数")
        return fault("value", "整数超出允许范围。", f"应在 {smallest} 与 {LARGEST_INTEGER} 之间。")

    return check


def _decimal(value: Any) -> Faults | None:
    kind = type(value)
    if kind is int or (kind is float and math.isfinite(value)) or (kind is Decimal and value.is_finite()):
        return None
    return wrong_kind(value, "数字（不加引号）")


def _date(value: Any) -> Faults | None:
    if type(value) is str and (_full_date(value) or _YEAR_MONTH(value)):
        return None
    if type(value) is not str:
        return wrong_kind(value, "日期字符串")
    return fault("value", "不是有效的日期。", "应为 YYYY、YYYY-MM 或 YYYY-MM-DD，并且这一天确实存在。")


def _date_time(value: Any) -> Faults | None:
    if type(value) is str and (_full_date(value) or _YEAR_MONTH(value) or _moment(value)):
        return None
    if type(value) is not str:
        return wrong_kind(value, "日期时间字符串")
    return fault("value", "不是有效的日期时间。", "应为日期，或带秒和时区的时刻，例如 2025-11-21T08:30:00+08:00。")


def _moment(value: str) -> bool:
    return _full_date(value[:10]) and _AFTER_DAY(value, 10) is not None


def _instant(value: Any) -> Faults | None:
    if type(value) is str and _moment(value):
        return None
    if type(value) is not str:
        return wrong_kind(value, "时刻字符串")
    return fault("value", "不是有效的时刻。", "应写到秒并带时区，例如 2025-11-21T08:30:00+08:00。")


def _base64(value: Any) -> Faults | None:
    if type(value) is not str:
        return wrong_kind(value, "Base64 字符串")
    try:
        if value:
            base64.b64decode("".join(value.split()), validate=True)
            return None
    except (binascii.Error, ValueError):
        pass
    return fault("value", "不是有效的 Base64 内容。", "请按 Base64 重新编码。")


def _xhtml(value: Any) -> Faults | None:
    if type(value) is not str:
        return wrong_kind(value, "XHTML 字符串")
    text = value.strip()
    if not (text.startswith("<div") and text.endswith("</div>") and "\x00" not in text):
        return fault("value", "叙述内容应为一个 div 元素。", '请写成 <div xmlns="http://www.w3.org/1999/xhtml">…</div>。')
    if any(tag not in _NARRATIVE_TAGS or (attributes and _ACTIVE(attributes)) for tag, attributes in _TAG(text)):
        return fault("invariant", "叙述内容含有不允许的标签或脚本。", "只能使用基本排版标签，不得含脚本、表单、样式表或事件属性。")
    return None


def _matching(matches: Any, noun: str, remedy: str) -> Find:
    known: set[str] = set()

    def check(value: Any) -> Faults | None:
        if type(value) is not str:
            return wrong_kind(value, "字符串")
        if value in known:
            return None
        if matches(value):
            # The same few systems and codes recur in every record; remembering them spares most of the matching.
            if len(known) < REMEMBERED:
                known.add(value)
            return None
        return fault("value", f"不是有效的{noun}。", remedy)

    return check


_uri = _matching(_URI, "URI", "URI 不能为空，也不能含空白字符。")

_FINDS: dict[str, Find] = {
    "base64Binary": _base64,
    "boolean": _boolean,
    "canonical": _uri,
    "code": _matching(_CODE, "代码", "代码首尾不能有空白，中间至多单个空格。"),
    "date": _date,
    "dateTime": _date_time,
    "decimal": _decimal,
    "id": _matching(ID, "资源标识", "只能用字母、数字、- 和 .，最长 64 个字符。"),
    "instant": _instant,
    "integer": _integer_from(-(2**31)),
    "markdown": _string,
    "oid": _matching(_OID, "OID", "应写成 urn:oid:1.2.3 的形式。"),
    "positiveInt": _integer_from(1),
    "string": _string,
    "time": _matching(_TIME, "时间", "应写成 HH:MM:SS。"),
    "unsignedInt": _integer_from(0),
    "uri": _uri,
    "url": _uri,
    "uuid": _matching(_UUID, "UUID", "应写成 urn:uuid: 加小写的 UUID。"),
    "xhtml": _xhtml,
}
PRIMITIVES: dict[str, Check] = {name: simple(find) for name, find in _FINDS.items()}


def one_of(codes: frozenset[str]) -> Check:
    """The check of a code bound to a value set."""
    some = "、".join(sorted(codes)[:12]) + ("……" if len(codes) > 12 else "")

    def check(value: Any) -> Faults | None:
        if type(value) is str and value in codes:
            return None
        if type(value) is not str:
            return wrong_kind(value, "代码字符串")
        return fault("code-invalid", "代码不在规定的值集内。", f"可用的代码：{some}。")

    return simple(check)
