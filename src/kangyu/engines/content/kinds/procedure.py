"""A procedure: a case that moves between people and institutions to an end."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from .action import ActorText
from .base import Declaration, Expression, Key, Model, SpanText, Title, listed
from .form import Field as Asked
from .work import START, Amend, Move, Reviews, Same, Work


class Party(Model):
    """One institution of a case: worked out (``is``), the one that covers the subject's area (``covers``), or chosen at the opening.

    ``is`` yields the id of an institution; ``opener`` is that of whoever opens the case, ``it.org`` a person's own.
    """

    title: Title
    is_: Expression | None = Field(None, alias="is", description="怎么得出（得出机构编号）；不写则立案时选定")
    kinds: tuple[Key, ...] = Field((), description="可选哪些类型的机构")
    covers: Literal["city", "county", "township", "village"] | None = Field(
        None, description="管对象所在的市、县、乡镇或村的那一家，自动得出"
    )
    optional: bool = Field(False, description="可以没有这一方")
    hidden_in: tuple[Key, ...] = Field((), description="在这些状态里还没有交给这一方：它看不到这件事；交过又退回的，只看得到进度")

    _lists = field_validator("hidden_in", mode="before")(listed)

    @model_validator(mode="after")
    def _found_one_way(self) -> Self:
        if self.covers and (self.is_ or not self.kinds):
            raise ValueError("covers 要写 kinds（哪类机构），不能同时写 is")
        return self


class Threshold(Model):
    """So many cases within so many days: then an event is proposed. ``when`` speaks of the columns of the case that came last."""

    title: Title
    when: Expression
    days: int = Field(ge=1, le=366)
    at_least: int = Field(ge=1)
    count: Expression | None = Field(None, description="只数哪些（用各栏的名称）；默认全部")
    source: str | None = Field(None, description="这一条的出处；不写则同全文的 source")


class MemberColumn(Model):
    """One thing known of each member, with a name of its own where the expression is not an answer as it stands."""

    title: Title
    gives: Expression


class Members(Model):
    """Cases gathered under one about a group: suggested by a condition, decided by a person.

    ``columns`` are what is known of each member, as expressions over the member's own case; they are the table ``members``.
    ``same`` names the columns by which cases belong together, ``on`` the one that dates them. When a case in one of the states
    ``counted`` makes so many of them that a threshold is reached, a group is proposed by the move ``proposed``.
    """

    of: Key
    columns: Mapping[Key, Expression | MemberColumn] = Field(min_length=1)
    on: Key = Field(description="哪一栏是日期（如发病日期）")
    same: tuple[Key, ...] = Field(min_length=1, description="哪几栏都相同才算一起的")
    counted: tuple[Key, ...] = Field((), description="成员处在哪些状态才算数；默认没有作废的都算")
    suggest: Expression | None = Field(None, description="还有谁可能也是：用各栏的名称，group.x 是这一群的内容")
    thresholds: Mapping[Key, Threshold] = Field(default_factory=dict)
    certainty: Key | None = Field(None, description="曲线按哪一栏分色")
    place: Key | None = Field(None, description="哪一栏是场所的名称")
    link: Key | None = Field(None, description="谁传给谁：哪一种关系（relations）")
    by: ActorText = Field(description="谁确认成员和传播关系")
    exposed: str | None = Field(None, description="暴露人数：哪张表单的哪一栏，如 first_report.exposed")

    _lists = field_validator("same", "counted", mode="before")(listed)

    @property
    def texts(self) -> Mapping[str, str]:
        """The expression of each column."""
        return {key: one if isinstance(one, str) else one.gives for key, one in self.columns.items()}

    @model_validator(mode="after")
    def _names_its_columns(self) -> Self:
        for name in (self.on, *self.same, *filter(None, (self.certainty, self.place))):
            if name not in self.columns:
                raise ValueError(f"members：columns 里没有 {name}")
        return self


class Column(Model):
    """One thing known of a case, for lists, counts and signals: worked out whenever the case changes and kept with it."""

    title: Title
    gives: Expression
    set: Key | None = Field(None, description="代码取自哪个值集")
    filter: bool = Field(False, description="清单上可以按它挑选")
    day: bool = Field(False, description="清单上的起止日期是它；没有哪一栏是，就按立案的日子")


class Missing(Model):
    """People who ought to be a case and are not: a row of a table about them for which no case was opened.

    ``answer`` is the answer (and the column) that ``lookup`` finds by the row's ``at`` among the codes of its column ``by``; a case with
    the same value, opened no more than ``around`` before the row's day, meets it. ``hours`` names the column that says how soon.
    """

    title: Title
    of: Key = Field(description="哪张按人记录的表")
    where: Expression
    on: Key = Field("on", description="哪一列是日期")
    back: SpanText = Field("30 days", description="往回看多久")
    around: SpanText = Field("30 days", description="多久以内立过案的算已报")
    not_met_by: tuple[Key, ...] = Field((), description="处在这些状态的不算已报")
    answer: Key
    lookup: Key
    by_: Key = Field(alias="by")
    at: Key
    hours: Key | None = None
    carry: Mapping[Key, Key] = Field(default_factory=dict, description="表单的哪一项从哪一列带来")
    report: Key = Field(description="现在就报，是哪一步")
    dismiss: Key = Field(description="不用报，是哪一步")


class HandOver(Model):
    """Which parties people may hand over to another institution, who may, and whether that institution must agree first.

    A party that is worked out (``is``) stays handed over until the declaration works out something else than it did then.
    """

    parties: tuple[Key, ...] = Field(min_length=1)
    by: tuple[ActorText, ...] = Field((), description="谁可以交出；不写则负责的一方")
    accept: bool = Field(False, description="接手的机构要先同意")

    _lists = field_validator("parties", "by", mode="before")(listed)


class Procedure(Declaration, Work):
    """One kind of case. ``about`` is ``person``, ``institution``, ``area``, ``group``, ``case`` or a register's key."""

    kind: Literal["procedure"]
    about: Key
    parties: Mapping[Key, Party] = Field(default_factory=dict)
    takes: Mapping[Key, Asked] = Field(default_factory=dict, description="由别的事项立案时带来的内容；表达式里直接写名称")
    owner: Key | None = Field(None, description="由哪一方负责；默认第一方")
    reviews: Reviews | None = None
    amend: Amend | None = None
    same: Same | None = None
    columns: Mapping[Key, Column] = Field(default_factory=dict, description="清单、统计和预警用得到的各栏")
    missing: Mapping[Key, Missing] = Field(default_factory=dict, description="该立案而没有立的")
    members: Members | None = None
    hand_over: HandOver | None = Field(None, description="哪一方可以由人交接给别的机构")
    sees: Mapping[Key, Literal["all"] | tuple[str, ...]] = Field(default_factory=dict, description="每一方看得到哪些表单或字段")
    heading: Expression | None = Field(None, description="看板和收件箱里这件事的一句话")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not self.states:
            raise ValueError("procedure 要写 states")
        if (self.members is not None) and self.about != "group":
            raise ValueError("有 members 的事项，about 要写 group")
        self._due_can_be_done()
        moves = self.all_moves()
        if not any(START in move.from_ for move in moves.values()):
            raise ValueError("要有一个 from: start 的 move（立案）")
        named = [(f"moves.{key}", state) for key, move in moves.items() for state in (*move.from_, move.to) if state != START]
        named += [(f"clocks.{key}", state) for key, clock in self.clocks.items() for state in clock.until]
        named += [(f"clocks.{key}.late", late.to) for key, clock in self.clocks.items() for late in clock.late if late.to]
        named += [(f"parts.{key}", part.after) for key, part in self.parts.items() if part.after]
        named += [("amend", state) for state in ((*self.amend.from_, self.amend.then) if self.amend else ())]
        named += [("reviews", state) for state in ((self.reviews.from_, self.reviews.back) if self.reviews else ())]
        named += [(f"parties.{key}.hidden_in", state) for key, party in self.parties.items() for state in party.hidden_in]
        for key in self.hand_over.parties if self.hand_over else ():
            if key not in self.parties:
                raise ValueError(f"hand_over：没有参与方 {key}")
        for place, state in named:
            if state not in self.states:
                raise ValueError(f"{place}：没有状态 {state}")
        return self

    def _due_can_be_done(self) -> None:
        """What is due in a case is done by a move that asks for the form."""
        for key, due in self.due.items():
            if not (due.every or due.by_):
                raise ValueError(f"due.{key}：事项里的 due 写 every 或 by")
            if due.at_least or due.at_months or due.schedule or due.window:
                raise ValueError(f"due.{key}：at_least、at_months、schedule、window 只用在项目里")
            if not any(move.form == due.form for move in self.moves.values()):
                raise ValueError(f"due.{key}：没有哪一步填 {due.form}，请加一个填它的 move")
            unknown = [state for state in due.while_ if state not in self.states]
            if unknown:
                raise ValueError(f"due.{key}：没有状态 {'、'.join(unknown)}")

    def all_moves(self) -> Mapping[str, Move]:
        """The moves as written, and for each stage of the reviews a pass and a return."""
        moves = dict(self.moves)
        if self.reviews:
            at = self.reviews.from_
            for place, stage in enumerate(self.reviews.chain, 1):
                moves[f"pass_{place}"] = Move.model_validate({"title": stage.title, "from": at, "to": stage.to, "by": stage.by})
                back = {"title": self.reviews.back_title, "from": at, "to": self.reviews.back, "by": stage.by, "needs": "reason"}
                moves[f"return_{place}"] = Move.model_validate(back)
                at = stage.to
        return moves

    @property
    def responsible(self) -> str:
        """The party that owns the case; empty when it has no parties."""
        return self.owner or next(iter(self.parties), "")
