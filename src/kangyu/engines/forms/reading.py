"""From what arrives (text of a web form, JSON values) to the value a field holds, or a sentence that says why it cannot be one."""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from kangyu.engines.content.kinds.definition import Conversion
from kangyu.engines.content.kinds.field import ATTACHED, REFERRING, Field, shown_unit

from .prepared import Coding
from .values import Attached, Measured, Named

YES = ("true", "yes", "on", "1", "是", "有")
NO = ("false", "no", "off", "0", "否", "无")
DATA = re.compile(r"data:(?P<type>[\w.+/-]+)(?:;name=(?P<name>[^;,]*))?;base64,(?P<data>.*)", re.DOTALL)
BEGINS: Mapping[str, bytes] = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "application/pdf": b"%PDF-"}
TYPE_WORDS: Mapping[str, str] = {"image/png": "PNG", "image/jpeg": "JPEG", "application/pdf": "PDF"}


class UnreadableError(Exception):
    """Why a value cannot be read; the message is a Chinese sentence."""


def read_value(field: Field, given: Any, codes: Mapping[str, Coding], conversion: Conversion | None = None) -> Any:
    """The typed value; ``None`` where nothing was answered. An empty list is an answer of a multi-choice: nothing applies."""
    if field.type == "codes":
        return _codes(field, given, codes)
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    if field.type == "code":
        return _code(field, str(given), codes)
    if field.type == "quantity":
        return _quantity(field, given, conversion)
    return READERS[field.type](field, given)


def _number(field: Field, given: Any) -> float | int:
    if isinstance(given, bool):
        raise UnreadableError(f"{field.title}要填数字。")
    text = unicodedata.normalize("NFKC", str(given)).strip().replace("。", ".")
    try:
        number = float(text)
    except ValueError:
        raise UnreadableError(f"“{given}”不是数字。{field.title}只填数字，不写单位。") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise UnreadableError(f"“{given}”不是数字。{field.title}只填数字，不写单位。")
    if field.type == "integer":
        if not number.is_integer():
            raise UnreadableError(f"{field.title}要填整数，“{given}”有小数。")
        return int(number)
    return number


def _quantity(field: Field, given: Any, conversion: Conversion | None) -> Measured | float | None:
    """``{"value": "126", "unit": "mg/dL"}`` or a plain number in the field's unit; the number as entered is kept beside the converted."""
    if isinstance(given, Measured):
        return given
    number, unit = (given.get("value"), given.get("unit") or field.unit) if isinstance(given, Mapping) else (given, field.unit)
    if number is None or not str(number).strip():
        return None
    entered = float(_number(field, number))
    if unit == field.unit:
        return Measured(entered, entered, str(unit))
    other = conversion.others.get(str(unit)) if conversion else None
    if conversion is None or other is None:
        raise UnreadableError(f"{field.title}不能用 {shown_unit(str(unit))} 录，请改用 {field.shown_unit}。")
    return Measured(round(entered * other.factor + other.offset, conversion.decimals), entered, str(unit))


def _boolean(field: Field, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    word = str(given).strip().lower()
    if word in (field.yes, *YES) or word in (field.no, *NO):
        return word in (field.yes, *YES)
    raise UnreadableError(f"{field.title}请选{field.yes}或{field.no}，“{given}”看不懂。")


def _date(field: Field, given: Any) -> date:
    if isinstance(given, date):
        return given
    text = unicodedata.normalize("NFKC", str(given)).strip().replace("/", "-").replace(".", "-")
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return date(year, month, day)
    except ValueError:
        raise UnreadableError(f"“{given}”不是日期。{field.title}请写成 2025-11-21 这样。") from None


def _datetime(field: Field, given: Any) -> datetime:
    """A local date and time, without a zone and without seconds' fractions."""
    if isinstance(given, datetime):
        return given.replace(tzinfo=None, microsecond=0)
    text = unicodedata.normalize("NFKC", str(given)).strip().replace("/", "-").replace(" ", "T")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None, microsecond=0)
    except ValueError:
        raise UnreadableError(f"“{given}”不是日期和时间。{field.title}请写成 2025-11-21 08:30 这样。") from None


def _time(field: Field, given: Any) -> str:
    """The time of day as ``08:30``, which sorts as text."""
    text = unicodedata.normalize("NFKC", str(given)).strip()
    try:
        return time.fromisoformat(text if len(text) > 4 else f"0{text}").strftime("%H:%M")
    except ValueError:
        raise UnreadableError(f"“{given}”不是时间。{field.title}请写成 08:30 这样。") from None


def _text(field: Field, given: Any) -> str:
    return str(given).strip()


def _code(field: Field, given: str, codes: Mapping[str, Coding]) -> str:
    if given in codes:
        return given
    titled = [code for code, coding in codes.items() if coding.title == given.strip()]
    if len(titled) == 1:
        return titled[0]
    shown = "、".join([coding.title for coding in codes.values()][:12])
    raise UnreadableError(f"{field.title}没有“{given}”这一项，可选：{shown}{'等' if len(codes) > 12 else ''}。")


def _codes(field: Field, given: Any, codes: Mapping[str, Coding]) -> list[str] | None:
    if given is None:
        return None
    items = [given] if isinstance(given, str) else list(given)
    return [_code(field, str(item), codes) for item in dict.fromkeys(items) if str(item).strip()]


def _named(field: Field, given: Any) -> Named:
    """A reference is found before it gets here: a bare text names nobody."""
    if isinstance(given, Named) and given.display:
        return given
    raise UnreadableError(f"{field.title}没有找到“{getattr(given, 'typed', given)}”，请输入几个字再从列表里选。")


def _attached(field: Field, given: Any) -> Attached:
    """A file as ``Attached``, or as the data address a page sends; ``name`` in it is the file's or the signer's name."""
    found = given if isinstance(given, Attached) else _from_address(field, str(given))
    if found.binary:
        return found
    if found.content_type not in field.content_types:
        taken = "、".join(TYPE_WORDS.get(one, one) for one in field.content_types)
        raise UnreadableError(f"{field.title}只收 {taken}，“{found.title or found.content_type}”不是。")
    if len(found.data or b"") > field.largest:
        raise UnreadableError(f"{field.title}太大（{len(found.data or b'') // 1024} KB），最大 {field.largest // 1024} KB。")
    begins = BEGINS.get(found.content_type)
    if begins and not (found.data or b"").startswith(begins):
        raise UnreadableError(f"{field.title}的内容不是 {TYPE_WORDS[found.content_type]}，请重新选文件。")
    return found


def _from_address(field: Field, given: str) -> Attached:
    match = DATA.fullmatch(given.strip())
    try:
        data = base64.b64decode(match["data"], validate=True) if match else b""
    except binascii.Error:
        match, data = None, b""
    if match is None:
        raise UnreadableError(f"{field.title}没有收到内容，请重新{'签' if field.type == 'signature' else '选'}一次。")
    return Attached(match["type"], match["name"] or "", data=data)


READERS: Mapping[str, Callable[[Field, Any], Any]] = {
    "decimal": _number,
    "integer": _number,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "text": _text,
    "long_text": _text,
    **dict.fromkeys(REFERRING, _named),
    **dict.fromkeys(ATTACHED, _attached),
}
