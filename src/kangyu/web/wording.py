"""Numbers, days and statuses as people read them. Nothing here knows of pages."""

from datetime import date, timedelta

from kangyu.kernel.permission import TITLES

THIN = "\u00a0"
MINUS = "−"
DASH = "—"

STATUS_WORDS = {"ok": "按期", "warn": "有风险", "bad": "偏离", "none": "无数据"}


def figure(value: float | int | None, decimals: int | str = 0) -> str:
    """A number with its decimals, thousands apart: ``41 286``, ``67.80``; unknown is a dash."""
    if value is None or value == "":
        return DASH
    return f"{float(value):,.{int(decimals)}f}".replace(",", THIN).replace("-", MINUS)


def compact(value: float | int | None) -> str:
    """A number as short as it is exact: ``70``, ``7.7``; for targets, as plans print them."""
    if value is None or value == "":
        return DASH
    return f"{float(value):,.10g}".replace(",", THIN).replace("-", MINUS)


def signed(value: float | None, decimals: int | str = 1) -> str:
    """A difference with its sign: ``+1.2``, ``−0.4``, ``0.0``."""
    if value is None:
        return DASH
    shown = figure(abs(value), decimals)
    zero = not any(letter in "123456789" for letter in shown)
    return shown if zero else ("+" if value > 0 else MINUS) + shown


def clock(due: date | None, today: date) -> str:
    """How long until (or since) a day, in words: ``还剩 3 天``, ``今天到期``, ``逾期 2 天``."""
    if due is None:
        return DASH
    days = (due - today) // timedelta(days=1)
    if days == 0:
        return "今天到期"
    return f"还剩 {days} 天" if days > 0 else f"逾期 {-days} 天"


COMPARATORS = {
    "eq": "等于",
    "le": "不高于",
    "lt": "低于",
    "ge": "不低于",
    "gt": "高于",
    "approx": "左右",
    "increase_by": "提高",
    "decrease_by_per_year": "每年降低",
    "proportional": "同步提高",
    "improve": "持续改善",
    "range": "范围",
    "none": "没有数值",
}
COMPARATOR_SIGNS = {"lt": "< ", "le": "≤ ", "gt": "> ", "ge": "≥ "}
COMPARATOR_WORDS = {"improve": "持续改善", "proportional": "同步提高", "none": DASH}


def target(comparator: str, value: float | None, *, relative: bool = False, unit: str = "") -> str:
    """A plan's target as short as a table cell allows: ``≤ 7.7``, ``27 左右``, ``年降 1 点``, ``提高 10%``."""
    if comparator in COMPARATOR_WORDS:
        return COMPARATOR_WORDS[comparator]
    number = compact(value)
    if value is None:
        return DASH
    if comparator == "approx":
        return f"{number} 左右"
    if comparator == "increase_by":
        return f"提高 {number}{'%' if relative else ''}"
    if comparator == "decrease_by_per_year":
        return f"年降 {number}{' 点' if unit == '%' else ''}"
    return COMPARATOR_SIGNS.get(comparator, "") + number


FIELD_TYPES = {
    "decimal": "小数",
    "integer": "整数",
    "boolean": "是或否",
    "date": "日期",
    "code": "单选",
    "codes": "多选",
    "text": "文字",
}

PERMISSIONS = {one.value: title for one, title in TITLES.items()}
