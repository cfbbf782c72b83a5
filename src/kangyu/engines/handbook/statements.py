"""The page of a statement: each column with how it is worked out, the pool, who signs, who may object."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kangyu.engines.content import Content
from kangyu.engines.content.check_statements import statement_expressions
from kangyu.engines.content.kinds import Statement
from kangyu.engines.content.kinds.statement import Checks, Column, Counted
from kangyu.engines.flowchart import place, svg

from . import flows, names
from .page import Draft, Drawing, Facts, Inline, Ref, Tag, lines
from .page import Table as Sheet
from .speaking import Said, Speech, Speeches
from .wording import actors_words, subject_words, time_words

PERIODS = {"month": "每月", "quarter": "每季度", "half_year": "每半年", "year": "每年"}
ONCE = {"day": "同一人同一天只计一次", "period": "同一人一期只计一次"}
SETTLING = {"appeal_over": "申诉期已满", "appeals_open": "未决申诉数", "corrections": "更正数", "value": "指标值", "share": "分得额"}


@dataclass(frozen=True)
class _Writer:
    """Each expression of a statement is said with what it may name, which differs from place to place."""

    content: Content
    speeches: Speeches
    one: Statement
    said: Mapping[tuple[object, ...], Said]

    def words(self, *path: object) -> Inline:
        return self.said.get(path, "—")

    def line(self, *path: str) -> Tag:
        return Tag(f"第 {self.content.document(self.one).line(path)} 行", "dim")


def _checks(content: Content, checks: Checks) -> Iterator[tuple[str, Inline]]:
    form = content.forms.get(checks.form)
    yield "谁来抽、谁来核", actors_words(content, [checks.by])
    yield "每一行抽几份", f"{checks.each} 份，一期一次，按签抽，不能重抽"
    yield "从哪些记录里抽", lines([Ref("form", name, content.forms[name].title if name in content.forms else name) for name in checks.of])
    yield "结果填", Ref("form", checks.form, form.title if form else checks.form)
    if checks.source:
        yield "出处", checks.source


def statement(content: Content, speeches: Speeches, one: Statement) -> Draft:
    """Rows, columns in their order, the pool, the lines after it, signatures, appeal."""
    draft, writer = Draft(), _Writer(content, speeches, one, _all_said(content, speeches, one))
    words = f"{one.title}：哪一列由哪几列算出"
    draft.add("flow", "一图看懂", Drawing(svg(place(flows.of_columns(content, one)), words), words))
    facts: list[tuple[str, Inline]] = [("每一行是", subject_words(content, one.rows)), ("多久一张", PERIODS[one.period])]
    facts += [("只列", writer.words("among"))] if one.among else []
    facts += [("下级机构", "它们的记录归入本行")] if one.below else []
    facts += [("谁来算", actors_words(content, [one.computed_by]))]
    draft.add("rows", "列谁", Facts(tuple(facts)))
    if one.checks:
        draft.add("checks", one.checks.title, Facts(tuple(_checks(content, one.checks))))
    draft.add("columns", "各列", _columns(writer, "columns", one.columns))
    if one.pool:
        pool: list[tuple[str, Inline]] = [
            ("分什么", one.pool.title),
            ("总额", writer.words("pool", "amount")),
            ("按什么分", writer.words("pool", "by")),
        ]
        pool += [("至少", f"平均额的 {one.pool.floor:.0%}")] if one.pool.floor is not None else []
        pool += [("至多", f"平均额的 {one.pool.cap:g} 倍")] if one.pool.cap is not None else []
        pool += [("出处", one.pool.source)] if one.pool.source else []
        draft.add("pool", "怎么分", Facts((*pool, ("分到", f"{one.pool.round:g}，各行加起来正好是总额"))))
    draft.add("lines", "分配之后的列", _columns(writer, "lines", one.lines))
    signing = f"{one.title}：谁签字、公示、支付"
    signed = Drawing(svg(place(flows.of_signatures(content, one, speeches.subject(one.rows))), signing), signing)
    draft.add("signatures", "谁签字", signed, _moves(writer))
    if one.appeal:
        found = content.procedures.get(one.appeal.opens)
        opened: Inline = Ref("procedure", one.appeal.opens, found.title if found else one.appeal.opens)
        when = f"“{one.states[one.appeal.in_]}”时，{time_words(one.appeal.within)}内"
        draft.add("appeal", "申诉", Facts((("谁", actors_words(content, [one.appeal.by])), ("什么时候", when), ("立案", opened))))
    return draft


def _all_said(content: Content, speeches: Speeches, one: Statement) -> Mapping[tuple[object, ...], Said]:
    columns = {key: column.title for key, column in {**one.columns, **one.lines}.items()}
    of_row = names.about(content, speeches.names, one.rows).with_({**SETTLING, **columns})
    counted = {path: names.counted_rows(content, speeches.names, found.table) for path, found in _counts(one)}
    said: dict[tuple[object, ...], Said] = {}
    for found in statement_expressions(content, one, speeches.tables):
        known = counted.get(found.path[:-1]) if found.path[-1] == "where" else None
        said[tuple(found.path)] = Speech(found.schema, known or of_row).say(found.text)
    return said


def _counts(one: Statement) -> list[tuple[tuple[object, ...], Counted]]:
    found: list[tuple[tuple[object, ...], Counted]] = []
    for key, column in one.columns.items():
        found += [(("columns", key, "counts"), column.counts)] if column.counts else []
        found += [(("columns", key, "items", name, "counts"), item.counts) for name, item in column.items.items() if item.counts]
    return found


def _columns(writer: _Writer, group: str, columns: Mapping[str, Column]) -> Sheet:
    """Each column, and under it the items it is the sum of."""
    rows: list[tuple[Inline, ...]] = []
    for key, column in columns.items():
        how = _how(writer, group, key, column)
        unit = lines([column.unit, f"满分 {column.full:g}" if column.full else ""])
        rows.append((column.title, how, unit, lines([column.source or "同全文", writer.line(group, key)])))
        for name, item in column.items.items():
            here = (group, key, "items", name)
            value = _counted(writer, (*here, "counts"), item.counts) if item.counts else _scored(writer, here, item.indicator or "")
            rows.append(
                (
                    f"　{item.title}",
                    value,
                    lines(["每件" if item.counts else "满分", writer.words(*here, "weight")]),
                    lines([item.source or "同本列", writer.line(*here)]),
                )
            )
    return Sheet(("列", "怎么算", "单位或权重", "出处"), tuple(rows))


def _how(writer: _Writer, group: str, key: str, column: Column) -> Inline:
    if column.gives:
        return writer.words(group, key, "gives")
    if column.counts:
        return _counted(writer, (group, key, "counts"), column.counts)
    return "下列各项的得分相加，不涉及的项不计入，其余按比例折算" if column.full else "下列各项相加：件数乘以每件的当量"


def _counted(writer: _Writer, path: tuple[object, ...], counted: Counted) -> Inline:
    table = writer.speeches.names.tables.get(counted.table)
    what = f"数{table.row if table else counted.table}" + (f"，{ONCE[counted.once]}" if counted.once else "")
    return lines([what, *([writer.words(*path, "where")] if counted.where else [])])


def _scored(writer: _Writer, path: tuple[object, ...], indicator: str) -> Inline:
    found = writer.content.indicators.get(indicator)
    return lines([Ref("indicator", indicator, found.title if found else indicator), writer.words(*path, "gives")])


def _moves(writer: _Writer) -> Sheet:
    one, content = writer.one, writer.content
    rows: list[tuple[Inline, ...]] = []
    at = one.signatures.from_
    for stage in one.signatures.chain:
        rows.append(
            (
                stage.title,
                one.states[at],
                one.states[stage.to],
                actors_words(content, [stage.by]),
                f"可{one.signatures.back_title}，写明原因",
            )
        )
        at = stage.to
    for key, move in one.moves.items():
        who: Inline = actors_words(content, [move.by]) if move.by else lines(["自动，当", writer.words("moves", key, "when")])
        posted = lines(_posted(writer, key)) if move.post else "—"
        rows.append((move.title, one.states[move.from_], one.states[move.to], who, posted))
    return Sheet(("动作", "从", "到", "谁来办", "同时"), tuple(rows))


def _posted(writer: _Writer, key: str) -> list[Inline]:
    post = writer.one.moves[key].post
    assert post is not None
    ledger = writer.content.ledgers.get(post.ledger)
    said: list[Inline] = [
        Ref("ledger", post.ledger, ledger.title if ledger else post.ledger),
        writer.words("moves", key, "post", post.verb),
    ]
    return [*said, *(["只在", writer.words("moves", key, "post", "when")] if post.when else [])]
