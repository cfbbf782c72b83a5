"""Record functions and their windows in Chinese: ``近 1 年内有血压（收缩压 ≥ 140 mmHg）的天数``."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from . import nodes as n
from .nodes import Scope

if TYPE_CHECKING:
    from .words import Speaker

SPANS = {"period": "本期", "year": "本年", "quarter": "本季度", "month": "本月"}
LENGTHS = {"minute": "分钟", "hour": "小时", "day": "天", "week": "周", "month": "个月", "year": "年"}
PICKED = {"first": "最早一次", "last": "最近一次", "min": "最小的", "max": "最大的"}


def exists(s: "Speaker", node: n.Record, verb: str) -> str:
    """``有在诊的原发性高血压``; ``verb`` is 有 or 没有. What is open at a moment says so after the verb, a stretch of time before it."""
    before, after, noun, rest = _phrase(s, node)
    return f"{before}{verb}{after}{noun}{rest}"


def counted(s: "Speaker", node: n.Record, days: bool, stock: bool) -> str:
    """How many rows, rows with a value, different values, days, or what stands at a moment."""
    before, after, noun, rest = _phrase(s, node)
    what = f"{before}{after}{noun}{rest}"
    if days:
        return f"{before}有{after}{noun}{rest}的天数"
    if isinstance(node.column, n.Ref):
        title = s.names.title(Scope.ROW, node.column.name, node.table)
        return f"{what}里不同{title}的个数" if node.distinct else f"{what}里有{title}的次数"
    if stock:
        return f"{what}{'的数目' if rest else '数'}"
    known = s.names.tables.get(node.table)
    return f"{what}的{known.number if known else '次数'}"


def picked(s: "Speaker", node: n.Record) -> str:
    """One row's value (first, last), or one of all (lowest, highest, sum)."""
    before, after, noun, rest = _phrase(s, node)
    title = s.within(node.table).say(node.column) if node.column is not None else ""
    if node.function == "sum":
        return f"{before}{after}{noun}{rest}的{title}合计"
    if node.function in ("first", "last"):
        noun = "" if title.startswith(noun) else f"{noun}{rest}的"
        return f"{before}{after}{PICKED[node.function]}{noun}{title}" if noun else f"{before}{after}{PICKED[node.function]}{title}{rest}"
    return f"{before}{after}{noun}{rest}里{PICKED[node.function]}{title}"


def _phrase(s: "Speaker", node: n.Record) -> tuple[str, str, str, str]:
    """Windows of time, what is said of rows still open, what a row is called, its conditions in brackets."""
    words = s.words_of(node.table)
    before = "".join(WINDOWS[type(one)](s, one) for one in node.windows)
    after = f"{words.active}的" if any(isinstance(one, n.ActiveAt | n.ActiveDuring) for one in node.windows) else ""
    own = s.within(node.table)
    items = list(node.where.items) if isinstance(node.where, n.And) else [node.where] if node.where is not None else []
    noun = words.row
    for item in items:
        named = _name(own, item, words.named_by)
        if named:
            noun = named
            items.remove(item)
            break
    rest = own.condition(items[0]) if len(items) == 1 else own.say(n.And(tuple(items))) if items else ""
    return before, after, noun, f"（{rest}）" if rest else ""


def _name(s: "Speaker", item: n.Node, named_by: str) -> str:
    """A row by its code instead of by its table, where one condition fixes the column that names rows."""
    if not named_by:
        return ""
    ref = item.value if isinstance(item, n.In) else item.left if isinstance(item, n.Compare) and item.op == "=" else None
    if not isinstance(ref, n.Ref) or ref.name != named_by or ref.scope is not Scope.ROW:
        return ""
    if isinstance(item, n.In):
        return s.members(item.members, s.key(ref)).replace("“", "").replace("”", "")
    named = item.right if isinstance(item, n.Compare) else None
    return s.constant(named.value, s.key(ref)).strip("“”") if isinstance(named, n.Literal) else ""


def _is_now(window: n.Node) -> bool:
    bound = window.bound if isinstance(window, n.ActiveAt) else None
    return isinstance(bound, n.Ref) and bound.scope is Scope.CLOCK and bound.name == "today"


def _within(s: "Speaker", window: n.Within) -> str:
    length = f"{window.duration.count} {LENGTHS[window.duration.unit]}"
    return f"近 {length}内" if window.of is None else f"到{s.operand(window.of)}为止的 {length}内"


WINDOWS: Mapping[type, Callable[["Speaker", Any], str]] = {
    n.During: lambda s, window: f"{SPANS[window.span]}内",
    n.Within: _within,
    n.Since: lambda s, window: f"自{s.operand(window.bound)}起",
    n.Before: lambda s, window: f"{s.operand(window.bound)}之前",
    n.ActiveDuring: lambda s, window: f"{SPANS[window.span]}内",
    n.ActiveAt: lambda s, window: "" if _is_now(window) else s.say(window.bound),
}
