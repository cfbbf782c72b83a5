"""Worked examples and timelines on a page: what was there, what was done, what had to come out, and whether it did."""

from collections.abc import Iterator, Mapping

from kangyu.engines.cases.examples import ExampleRun, Outcome, run_examples
from kangyu.engines.content import Content
from kangyu.engines.content.kinds import Procedure, Programme, Register
from kangyu.engines.content.kinds.timeline import Left, Timeline, Turn
from kangyu.engines.content.vocabulary import visit_form

from . import worked
from .page import Draft, Inline, Tag, Text, lines
from .page import Table as Sheet
from .wording import actors_words, span_words


def add(content: Content, draft: Draft, one: Programme | Procedure | Register, run: ExampleRun | None = None) -> int:
    """Adds the section of examples; returns how many did not come out as written."""
    run = run or run_examples(content, [one.key])
    outcomes = {outcome.place: outcome for outcome in run.outcomes if outcome.programme == one.key}
    failed = sum(bool(outcome.differences) for outcome in outcomes.values())
    missed = run.untouched.get(one.key, [])
    note = f"{len(outcomes)} 个，刚运行过，{f'{failed} 个不一致' if failed else '都和写的一致'}；"
    note += f"没有例子走到：{'、'.join(missed)}" if missed else "每个分支都有例子走到"
    sheets = [_visits(content, one, outcomes) if isinstance(one, Programme | Register) else None, *_timelines(content, one, outcomes)]
    draft.add("examples", "例子", *sheets, note=note)
    return failed


def _came_out(outcome: Outcome | None) -> Inline:
    if outcome is None:
        return Tag("没有运行", "dim")
    return lines([Tag("不一致", "bad"), *outcome.differences]) if outcome.differences else Tag("一致", "ok")


def _visits(content: Content, one: Programme | Register, outcomes: Mapping[str, Outcome]) -> Sheet:
    rows = []
    for group in content.examples:
        if group.of != one.key:
            continue
        for number, example in enumerate(group.examples):
            name = example.form or group.form
            form = content.form_of(one.key, name) if name else visit_form(content, one)
            outcome = outcomes.get(content.document(group).place(("examples", number)))
            told = worked.told(content, one, form, example, outcome or Outcome(one.key, example.title, "", ()))
            who = lines([told.title, Tag(f"{told.who}，{told.on}", "dim")])
            nothing = "没有填表，只看怎么样" if isinstance(one, Register) else "没有就诊，只看名单"
            rows.append((who, lines(told.before), told.answers or nothing, lines(told.expected), _came_out(outcome)))
    return Sheet(("例子", "以前", "这次", "应得", "实得"), tuple(rows))


def _timelines(content: Content, one: Programme | Procedure | Register, outcomes: Mapping[str, Outcome]) -> Iterator[Sheet | Text]:
    if not isinstance(one, Procedure):
        return
    rows = []
    for group in content.examples:
        if group.of != one.key:
            continue
        for number, timeline in enumerate(group.timelines):
            outcome = outcomes.get(content.document(group).place(("timelines", number)))
            steps = [f"{place}. {_step(content, one, turn)}" for place, turn in enumerate(timeline.steps, 1)]
            rows.append((lines([timeline.title, Tag(_begins(timeline), "dim")]), lines(steps), _came_out(outcome)))
    yield Sheet(("经过", "一步一步", "实得"), tuple(rows))


def _begins(timeline: Timeline) -> str:
    parties = "，".join(timeline.parties.values())
    return f"从 {timeline.at:%Y-%m-%d %H:%M} 起" + (f"；{parties}" if parties else "")


def _step(content: Content, one: Procedure, turn: Turn) -> str:
    who = actors_words(content, [turn.as_], one.parties) if turn.as_ else ""
    moves = {key: move.title for key, move in one.all_moves().items()}
    if turn.do:
        reason = f"，原因：{turn.reason}" if turn.reason else ""
        return f"{who}“{moves.get(turn.do, one.amend.title if one.amend else turn.do)}”{_answers(content, one, turn)}{reason}"
    if turn.begin:
        return f"由别的事项立案：“{moves.get(turn.begin, turn.begin)}”"
    if turn.cannot:
        return f"{who}不能“{moves.get(turn.cannot, turn.cannot)}”" + (f"：{turn.because}" if turn.because else "")
    if turn.wait:
        return f"过了 {span_words(turn.wait)}"
    if turn.until:
        return f"到了 {turn.until:%Y-%m-%d %H:%M}"
    if turn.part:
        part = one.parts.get(turn.part)
        procedure = content.procedures.get(part.of) if part else None
        state = procedure.states.get(turn.state or "", turn.state or "") if procedure else turn.state
        return f"子事项“{part.title if part else turn.part}”到“{state}”"
    if turn.hand_over:
        return "交接：" + "，".join(
            f"{one.parties[key].title if key in one.parties else key}换成{org}" for key, org in turn.hand_over.items()
        )
    return f"这时：{'；'.join(_left(content, one, turn.expect))}" if turn.expect else "—"


def _answers(content: Content, one: Procedure, turn: Turn) -> str:
    move = one.all_moves().get(turn.do or "")
    form = content.form_of(one.key, move.form) if move and move.form else None
    if not turn.answers or form is None:
        return ""
    said = [
        f"{form.fields[key].title} {worked.said_value(content, form.fields[key].set, value)}"
        for key, value in turn.answers.items()
        if key in form.fields
    ]
    return f"（{'；'.join(said)}）"


def _left(content: Content, one: Procedure, left: Left) -> Iterator[str]:
    if left.state:
        yield f"状态是“{one.states.get(left.state, left.state)}”"
    if left.ended is not None:
        yield "已办结" if left.ended else "没有办结"
    if left.turn is not None:
        yield "轮到" + ("、".join(actors_words(content, [actor], one.parties) for actor in left.turn) or "没有人")
    for key, due in left.due.items():
        title = one.clocks[key].title if key in one.clocks else key
        yield f"{title}不在计时" if isinstance(due, str) else f"{title}到 {due:%m-%d %H:%M} 期满"
    for key, value in left.values.items():
        yield f"{key} = {value}"
    if left.told is not None:
        yield "通知过" + ("、".join(actors_words(content, [actor], one.parties) for actor in left.told) or "没有人")
    if left.verbs is not None:
        yield "要办的动作：" + ("、".join(left.verbs) or "没有")
    for key, count in left.parts.items():
        yield f"“{one.parts[key].title if key in one.parts else key}”开了 {count} 件"
