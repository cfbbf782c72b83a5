"""What a page says of cases gathered under one: what is known of each, when a group is proposed, who else may belong."""

from kangyu.engines.content.kinds import Procedure

from .page import Code, Draft, Facts, Inline, Ref, lines
from .page import Table as Sheet
from .wording import actors_words
from .writer import Writer


def gathered(draft: Draft, writer: Writer, one: Procedure) -> None:
    """The sections of a procedure that is about a group of cases; nothing for others."""
    members = one.members
    if members is None:
        return
    own, each = writer.speeches.member(one), writer.speeches.members(one)
    title = {key: own.names.titles.get(f"members.{key}", key) for key in members.columns}
    of = writer.content.procedures[members.of]
    facts: list[tuple[str, Inline]] = [
        ("成员是", Ref("procedure", of.key, of.title)),
        ("哪几样都相同才算一起", "、".join(title[key] for key in members.same)),
        ("按哪天排", title[members.on]),
        ("处在哪些状态才数", "、".join(of.states[key] for key in members.counted) or "没有作废的都数"),
        ("谁确认成员", actors_words(writer.content, [members.by], one.parties)),
    ]
    if members.suggest:
        facts.append(("还有谁可能也是", each.say(members.suggest)))
    columns = [(title[key], Code(f"members.{key}"), own.say(text)) for key, text in members.texts.items()]
    draft.add("members", "成员", Facts(tuple(facts)), Sheet(("知道每个成员的什么", "表达式里写", "从哪里来"), tuple(columns)))
    rows = [
        (
            item.title,
            lines([each.say(item.when), lines(["只数：", each.say(item.count)]) if item.count else ""]),
            f"{item.days} 天内满 {item.at_least} 例",
            writer.origin(item.source, "members", "thresholds", key),
        )
        for key, item in members.thresholds.items()
    ]
    draft.add("thresholds", "什么时候自动提出", Sheet(("阈值", "哪些病例", "多少", "出处"), tuple(rows)))
