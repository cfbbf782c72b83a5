"""From what arrives (text of a web form, JSON values) to the value a field holds, or a sentence that says why it cannot be one."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from kangyu.engines.content.kinds.form import Field

from .prepared import Coding

YES = ("true", "yes", "on", "1", "是", "有")
NO = ("false", "no", "off", "0", "否", "无")


class UnreadableError(Exception):
    """Why a value cannot be read; the message is a Chinese sentence."""


def read_value(field: Field, given: Any, codes: Mapping[str, Coding]) -> Any:
    """The typed value; ``None`` where nothing was answered. An empty list is an answer of a multi-choice: nothing applies."""
    if field.type == "codes":
        return _codes(field, given, codes)
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    if field.type in ("decimal", "integer"):
        return _number(field, given)
    if field.type == "boolean":
        return _boolean(field, given)
    if field.type == "date":
        return _date(field, given)
    if field.type == "code":
        return _code(field, str(given), codes)
    return str(given).strip()


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


def _boolean(field: Field, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    word = str(given).strip().lower()
    if word in YES or word in NO:
        return word in YES
    raise UnreadableError(f"{field.title}请选有或无，“{given}”看不懂。")


def _date(field: Field, given: Any) -> date:
    if isinstance(given, date):
        return given
    text = unicodedata.normalize("NFKC", str(given)).strip().replace("/", "-").replace(".", "-")
    try:
        year, month, day = (int(part) for part in text.split("-"))
        return date(year, month, day)
    except ValueError:
        raise UnreadableError(f"“{given}”不是日期。{field.title}请写成 2025-11-21 这样。") from None


def _code(field: Field, given: str, codes: Mapping[str, Coding]) -> str:
    if given in codes:
        return given
    shown = "、".join(coding.title for coding in codes.values())
    raise UnreadableError(f"{field.title}没有“{given}”这一项，可选：{shown}。")


def _codes(field: Field, given: Any, codes: Mapping[str, Coding]) -> list[str] | None:
    if given is None:
        return None
    items = [given] if isinstance(given, str) else list(given)
    return [_code(field, str(item), codes) for item in dict.fromkeys(items) if str(item).strip()]
