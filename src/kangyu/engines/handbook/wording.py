"""What is not an expression, in words: who, how long, how often, and the nine verbs of what follows."""

import re
from collections.abc import Mapping, Sequence

from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Procedure
from kangyu.engines.content.kinds.action import Action, Actor, Late, Limit, Making, Posting, Relating
from kangyu.engines.content.kinds.base import Span
from kangyu.engines.content.kinds.procedure import Party
from kangyu.engines.content.kinds.work import Due

from .speaking import Speech

URGENCY = {"routine": "一般", "urgent": "紧急"}
HITS = {"first": "从上往下，第一行成立的算", "highest": "成立的各行里取最高", "sum": "成立的各行加总", "all": "成立的各行都算"}
UNKNOWN = {"skip": "不清楚的行跳过", "zero": "不清楚的行算零"}
LEDGER_VERBS = {"put": "入", "take": "出", "move": "移", "hold": "占用", "free": "放开", "count": "盘点为"}
UNITS = {"second": "秒", "minute": "分钟", "hour": "小时", "day": "天", "week": "周", "month": "个月"}
SUBJECTS = {
    "person": "居民",
    "contact": "接触者（居民，或不在册的人）",
    "episode": "一段管理",
    "institution": "机构",
    "area": "地区",
    "group": "一组人",
    "case": "另一件事",
    "staff": "人员",
}
LEVELS = {"county": "县", "township": "乡镇", "village": "村居", "institution": "机构"}


def span_words(text: str) -> str:
    """``3 months`` as ``3 个月``."""
    return Span.parse(text).words()


def time_words(text: str, speech: Speech | None = None) -> str:
    """``4 working hours`` as ``4 个工作小时``; an expression gives hours."""
    limit = Limit.read(text)
    if limit is None:
        return f"{speech.say(text).words if speech else text}（小时）"
    unit = {"hour": "个工作小时", "day": "个工作日"}.get(limit.unit, f"个工作{UNITS[limit.unit]}") if limit.working else UNITS[limit.unit]
    return f"{limit.count} {unit}"


def window_words(text: str) -> str:
    """``6..13+6 weeks`` as ``6 周到 13 周+6 天``."""
    bounds, _, unit = text.partition(" ")
    word = {"days": "天", "weeks": "周", "months": "个月"}[unit]
    low, high = (
        f"{part.partition('+')[0]} {word}{f'+{part.partition(chr(43))[2]} 天' if '+' in part else ''}" for part in bounds.split("..")
    )
    return f"{low}到 {high}"


def subject_words(content: Content, about: str) -> str:
    """What a declaration is about."""
    register = content.registers.get(about)
    return register.singular if register else SUBJECTS.get(about, LEVELS.get(about, about))


def role_words(content: Content, key: str) -> str:
    """A role by its title."""
    return content.roles[key].title if key in content.roles else key


def actors_words(content: Content, texts: Sequence[str], parties: Mapping[str, Party] | None = None) -> str:
    """``转出方的家庭医生或医师``; several entries are several people."""
    return "，另由".join(_actor(content, text, parties or {}) for text in texts)


def _actor(content: Content, text: str, parties: Mapping[str, Party]) -> str:
    by_party: dict[str, list[str]] = {}
    for actor in Actor.read(text):
        by_party.setdefault(actor.party, []).append(role_words(content, actor.role))
    said = []
    for party, roles in by_party.items():
        where = parties[party].title if party in parties else party
        said.append(f"{where}的{'或'.join(roles)}" if where else "或".join(roles))
    return "，或".join(said)


def parties_of(work: object) -> Mapping[str, Party]:
    """The parties of a procedure; other works have none."""
    return work.parties if isinstance(work, Procedure) else {}


def due_words(due: Due, speech: Speech | None = None, since: str = "") -> str:
    """How often and when, in one sentence; ``since`` says in words what a window counts from."""
    said = []
    if due.every:
        said.append(f"每 {span_words(due.every)}一次")
    if due.quota:
        said.append(f"每年至少 {due.quota} 次")
    if due.at_months:
        said.append(f"{'、'.join(map(str, due.at_months))} 月龄各一次")
    if due.window:
        said.append(f"{f'从{since or due.from_}起 ' if due.from_ else ''}{window_words(due.window)}之间")
    if due.by_:
        said.append(f"最晚{speech.say(due.by_).words if speech else due.by_}")
    if due.schedule:
        said.append("按剂次表")
    if due.minimum:
        said.append(f"与上次至少隔 {span_words(due.minimum)}")
    if due.early:
        said.append(f"可提前 {span_words(due.early)}")
    if due.late:
        said.append(f"过期 {span_words(due.late)}内仍算")
    return "，".join(said)


def action_words(content: Content, action: Action, speech: Speech, parties: Mapping[str, Party] | None = None) -> str:
    """One of the nine verbs in words."""
    if action.advise:
        urgency = f"（{URGENCY[action.urgency]}）" if action.urgency else ""
        return f"建议：{content.title_of('advice', action.advise)}{urgency}"
    if action.revisit:
        words = span_words(action.revisit)
        return f"{words}内回访" if action.revisit.startswith("within") else f"{words}后随访"
    if action.tell:
        return f"通知{actors_words(content, [action.tell], parties)}" + (f"：{action.says}" if action.says else "")
    if action.open:
        return _opened(content, action)
    if action.post:
        return _posted(content, action.post, speech)
    if action.relate:
        return _related(content, action.relate)
    if action.make:
        return _made(content, action.make, speech)
    if action.draw:
        return f"公开抽取（{action.draw}）"
    return f"交给对方查看：{action.publish}"


def _opened(content: Content, action: Action) -> str:
    opening = action.open
    key = opening if isinstance(opening, str) else opening.procedure if opening else ""
    title = content.procedures[key].title if key in content.procedures else key
    return f"立案：{title}"


def _posted(content: Content, post: Posting, speech: Speech) -> str:
    if post.statement:
        sheet = content.statements.get(post.statement)
        return f"{sheet.title if sheet else post.statement}：在这一行记更正 {speech.say(str(post.put)).words}"
    ledger = content.ledgers.get(post.ledger)
    how_many = f"表单里的“{post.rows}”各行" if post.rows else speech.say(getattr(post, post.verb)).words
    unit = f" {ledger.unit}" if ledger else ""
    said = f"{ledger.title if ledger else post.ledger}：{LEDGER_VERBS[post.verb]} {how_many}{unit if not post.rows else ''}"
    if post.at:
        said += f"（{_account(content, post.ledger, post.at, speech)}）"
    if post.to:
        said += f"，到（{_account(content, post.ledger, post.to, speech)}）"
    if post.for_:
        said += f"，{span_words(post.for_)}后自动放开"
    return said + (f"；只在{speech.say(post.when).words}时" if post.when else "")


def _account(content: Content, ledger: str, at: Mapping[str, str], speech: Speech) -> str:
    titles = content.ledgers[ledger].accounts if ledger in content.ledgers else {}
    return "，".join(
        f"{titles[key].title if key in titles else key}：{speech.say(text, f'{ledger}.{key}').words}" for key, text in at.items()
    )


def _made(content: Content, make: Making, speech: Speech) -> str:
    when = f"；只在{speech.say(make.when).words}时" if make.when else ""
    if make.condition:
        return f"记一条诊断：{speech.say(make.condition.code).words}{when}"
    assert make.thing is not None
    register = content.registers.get(make.thing.register_)
    return f"登记{register.singular if register else make.thing.register_}：编号 {speech.say(make.thing.number).words}{when}"


ENDS = {"it": "对象", "this": "这一件", "parent": "上级事项"}


def _related(content: Content, relating: Relating) -> str:
    kinds = {key: one for group in content.relations.values() for key, one in group.types.items()}
    title = kinds[relating.type].title if relating.type in kinds else relating.type
    one, other = (ENDS.get(end, "算出的一方") for end in (relating.from_, relating.to))
    return f"记下关系：{one}——{title}——{other}"


def actions_words(content: Content, actions: Sequence[Action], speech: Speech, parties: Mapping[str, Party] | None = None) -> list[str]:
    """Each action in words."""
    return [action_words(content, action, speech, parties) for action in actions]


def late_words(content: Content, late: Late, speech: Speech, states: Mapping[str, str], parties: Mapping[str, Party]) -> str:
    """What happens when a clock has run out."""
    after = f"再过 {span_words(late.after)}，" if late.after else "到时，"
    if late.to:
        return f"{after}自动转到“{states.get(late.to, late.to)}”"
    return after + action_words(content, late, speech, parties)


def form_words(content: Content, work: str, form: str) -> str:
    """What a work's form is called."""
    found = content.form_of(work, form)
    return found.title if found else form


def range_words(text: str) -> str:
    """``60..300`` as ``60 到 300``."""
    return re.sub(r"\.\.", " 到 ", text)
