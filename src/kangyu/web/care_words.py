"""How the care work is said: who somebody is, what is due and why, what was measured last."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from kangyu.apps.cases.queries import WorkRow
from kangyu.engines.content import Content
from kangyu.engines.content.kinds.base import Span
from kangyu.web.wording import DASH, clock

SEX = {"male": "男", "female": "女"}
WEEKDAYS = "一二三四五六日"
SECTION_WORDS = {"first": "先看这几位", "late": "已逾期", "week": "一周内到期", "later": "可以提前做"}


def age(born: date | None, on: date) -> str:
    """Years from three on (``67``), months before (``8 个月``), days in the first month (``6 天``)."""
    if born is None:
        return ""
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if months >= 36:
        return str(months // 12)
    return f"{months} 个月" if months >= 1 else f"{max(0, (on - born).days)} 天"


def who(sex: str, born: date | None, on: date) -> str:
    """``女 67``."""
    return f"{SEX.get(sex, '')} {age(born, on)}".strip()


def day_words(on: date) -> str:
    """``11 月 21 日，星期五``."""
    return f"{on.month} 月 {on.day} 日，星期{WEEKDAYS[on.weekday()]}"


def short_day(on: date | str | None, today: date) -> str:
    """``11-05``, with its year when it is another one."""
    if not on:
        return DASH
    on = date.fromisoformat(on) if isinstance(on, str) else on
    return f"{on:%m-%d}" if on.year == today.year else on.isoformat()


def ago(on: date, today: date) -> str:
    """``16 天前``, ``3 个月前``, ``2 年前``; the same day is ``今天``."""
    days = (today - on).days
    if days <= 0:
        return "今天"
    if days < 60:
        return f"{days} 天前"
    return f"{days // 30} 个月前" if days < 700 else f"{days // 365} 年前"


def phone(number: str) -> str:
    """The number with its middle hidden."""
    return f"{number[:3]} **** {number[-4:]}" if len(number) >= 8 else number


def number(identity: str | None) -> str:
    """The identity number with birth date and order hidden."""
    return f"{identity[:4]} **** {identity[-4:]}" if identity else DASH


def programme_title(content: Content, key: str) -> str:
    """The short name of a programme, as its tag shows it; of one that has none its title."""
    short, declared = content.title_of("programme", key), content.programmes.get(key)
    return declared.title if short == key and declared else short


def item_title(item: Mapping[str, Any]) -> str:
    """What is to be done, in a word or two."""
    return item.get("title") or "随访"


def what(row: WorkRow) -> str:
    """The work on this person: ``随访``, ``合并随访``, ``年度健康体检 + 随访``."""
    titles = list(dict.fromkeys(item_title(_item(part)) for part in row.parts))
    if len(titles) == 1:
        return f"合并{titles[0]}" if len(row.parts) > 1 and titles[0] == "随访" else titles[0]
    return " + ".join(titles)


def _item(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """The due item that comes first."""
    return next((item for item in part["items"] if item["key"] == part["due_item"]), {})


def why(row: WorkRow, content: Content, today: date) -> str:
    """The reason in one line: what is dangerous, else the rhythm and when it was last done."""
    reasons = [title for part in row.parts for title in part["reasons"]]
    if reasons:
        return "；".join(dict.fromkeys(reasons))
    if len(row.parts) > 1:
        return f"{len(row.parts)} 项一次做完；" + _rhythm(row.parts[0], content, today)
    return _rhythm(row.parts[0], content, today)


def _rhythm(part: Mapping[str, Any], content: Content, today: date) -> str:
    item = _item(part)
    words = []
    programme = content.programmes.get(part["programme"])
    due = programme.due.get(part["due_item"]) if programme else None
    if due and due.every:
        words.append(f"{Span.parse(due.every).words()}一次")
    if item.get("needed"):
        left = item["needed"] - item["done"]
        words.append(f"今年已做 {item['done']} 次，应做 {item['needed']} 次" if left > 0 else f"今年已做够 {item['needed']} 次")
    if not words and item.get("why"):
        words.append(item["why"])
    if item.get("last_on"):
        words.append(f"上次 {short_day(item['last_on'], today)}")
    else:
        words.append("还没有做过")
    return "，".join(words)


def last_figure(parts: Sequence[Mapping[str, Any]], today: date) -> tuple[str, str]:
    """The newest figure and a grey line under it: ``168/98`` and ``11-05``; several programmes name theirs."""
    known = [part for part in parts if part["last"].get("figures")]
    if not known and any("doses" in part["last"] for part in parts):  # vaccinations are not measured
        return "", ""
    if not known:
        seen = max((part["last_on"] for part in parts if part["last_on"]), default=None)
        return DASH, f"{short_day(seen, today)}，没有量" if seen else "还没有记录"
    first, *others = known
    small = short_day(first["last_on"], today)
    for other in others[:1]:
        if other["last"].get("figures") != first["last"]["figures"]:
            small += f"，{other['last']['figures']}"
    return first["last"]["figures"], small


def next_words(due: date, today: date) -> dict[str, str]:
    """A date to come as a list shows it: a clock when it is near or past, the plain day when it is far."""
    if (due - today).days > 60:
        return {"words": f"{short_day(due, today)} 前", "tone": "mute"}
    return clock_of(due, today)


def clock_tone(due: date, today: date) -> str:
    """The class of a clock: late, soon (today and tomorrow), or calm."""
    days = (due - today).days
    return "late" if days < 0 else "soon" if days <= 1 else ""


def clock_of(due: date | None, today: date) -> dict[str, str]:
    """A clock's words and class."""
    return {"words": clock(due, today), "tone": clock_tone(due, today) if due else ""}
