"""What follows a move, a rule or a clock: one verb each, by whom, to whom and what it writes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from .base import Expression, Key, Model, RevisitText, SpanText

_ACTOR = r"[a-z][a-z0-9_]*(?: at [a-z][a-z0-9_.]*)?"
ActorText = Annotated[
    str,
    StringConstraints(pattern=rf"^{_ACTOR}(?: or {_ACTOR})*$"),
    Field(description="谁：角色，或“角色 at 参与方”，几种人都可以时用 or"),
]
LimitText = Annotated[
    str,
    StringConstraints(min_length=1),
    Field(description="如 24 hours、4 working hours、7 working days，或得出小时数的表达式"),
]
Rows = Mapping[Key, Expression | int | float]
CARRIED_OUT = ("tell", "advise", "revisit", "open", "make", "relate", "post", "publish")
"""The verbs of ``do`` that something carries out in a case. ``draw`` is a word of the language that no engine stands behind yet."""


@dataclass(frozen=True)
class Actor:
    """A role, at one of the case's parties or anywhere it reaches (``party`` empty)."""

    role: str
    party: str = ""

    @classmethod
    def read(cls, text: str) -> "tuple[Actor, ...]":
        """``doctor at giver or nurse`` as the actors who may; the text was checked when it was loaded."""
        return tuple(cls(role, party) for role, _, party in (part.partition(" at ") for part in text.split(" or ")))


@dataclass(frozen=True)
class Limit:
    """A constant time allowed; ``working`` counts working hours or days of the calendar."""

    count: int
    unit: str
    working: bool

    @classmethod
    def read(cls, text: str) -> "Limit | None":
        """``None`` when the text is an expression."""
        found = re.fullmatch(r"(\d+) (working )?(second|minute|hour|day|week|month)s?", text.strip())
        return cls(int(found[1]), found[3], bool(found[2])) if found else None


class Posting(Model):
    """What a move does to a ledger: one of ``put take move hold free count``, how many or the rows of a form, and which account.

    ``at`` names the account (``move``: ``at`` is where from, ``to`` where to) dimension by dimension; ``rows`` is a repeating field
    whose columns name the remaining dimensions and the ``quantity``. Instead of a ledger a ``statement`` may be named, of whose row the
    case is: what is ``put`` is a signed line in the sheet's corrected column.
    """

    ledger: Key = ""
    statement: Key = Field("", description="或一张结算表：在这一行的更正列里记一笔（put）")
    put: Expression | int | None = None
    take: Expression | int | None = None
    move: Expression | int | None = None
    hold: Expression | int | None = None
    free: Expression | int | None = None
    count: Expression | int | None = None
    rows: str | None = Field(None, description="表单里的重复表，如 lines 或 receipt.lines；数量列叫 quantity")
    at: Mapping[Key, Expression] = Field(default_factory=dict)
    to: Mapping[Key, Expression] = Field(default_factory=dict)
    for_: SpanText | None = Field(None, alias="for", description="占用多久后自动放开")
    when: Expression | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        if len(self.verbs) != 1:
            raise ValueError("post 里写一个动词：put、take、move、hold、free 或 count")
        if bool(self.to) != (self.verb == "move"):
            raise ValueError("to 只跟着 move，move 要写 to")
        if bool(self.ledger) == bool(self.statement):
            raise ValueError("post 写 ledger 或 statement，二者其一")
        if self.statement and (self.verb != "put" or self.rows or self.at):
            raise ValueError("记到结算表的只写 put（更正多少钱）")
        return self

    @property
    def verbs(self) -> list[str]:
        return [name for name in ("put", "take", "move", "hold", "free", "count") if getattr(self, name) is not None]

    @property
    def verb(self) -> str:
        return self.verbs[0]


class Relating(Model):
    """A typed, dated link between two ends: ``it`` (the subject), ``this`` (the case), ``parent``, or an expression that gives an id."""

    type: Key
    from_: str = Field("it", alias="from")
    to: str
    since: Expression | None = Field(None, description="从哪天起；默认当天")


class MadeCondition(Model):
    """A diagnosis of the person the case is about. Where ``code`` gives nothing, nothing is made; ``onset`` is the day of falling ill."""

    code: Expression
    onset: Expression | None = None
    recorded: Expression | None = Field(None, description="诊断日期；默认当天")


class MadeThing(Model):
    """A thing entered into a register under a number, with the values of its fields."""

    register_: Key = Field(alias="register")
    number: Expression
    name: Expression | None = None
    values: Mapping[Key, Expression] = Field(default_factory=dict)


class Making(Model):
    """What ``make`` enters in the record: a diagnosis (``condition``), or a thing of a register (``thing``)."""

    condition: MadeCondition | None = None
    thing: MadeThing | None = None
    when: Expression | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if bool(self.condition) == bool(self.thing):
            raise ValueError("make 写 condition（一条诊断）或 thing（登记一个物），二者其一")
        return self


class Opening(Model):
    """A case opened by another: about whom, at which party, and which answers it takes along."""

    procedure: Key
    about: str = "it"
    at: Key | None = None
    carry: Mapping[Key, Expression] = Field(default_factory=dict)


class Action(Model):
    """One verb of what follows. ``advise`` is a code of the value set ``advice``."""

    advise: Key | None = None
    urgency: Literal["routine", "urgent"] | None = None
    revisit: RevisitText | None = None
    tell: ActorText | None = None
    says: str | None = None
    open: Key | Opening | None = None
    make: Making | None = None
    relate: Relating | None = None
    post: Posting | None = None
    draw: Key | None = None
    publish: Key | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        if len(self.model_fields_set - {"urgency", "says"}) != 1:
            raise ValueError("每个动作写一个动词：tell、advise、revisit、open、make、relate、post、draw 或 publish")
        if self.urgency and not self.advise:
            raise ValueError("urgency 只跟在 advise 后面")
        if self.says and not self.tell:
            raise ValueError("says 只跟在 tell 后面")
        return self


class Late(Action):
    """What happens when a clock runs out: an action, or a move to another state; ``after`` the limit if not at once."""

    after: SpanText | None = None
    to: Key | None = None

    @model_validator(mode="after")
    def _one_verb(self) -> Self:
        if len(self.model_fields_set - {"urgency", "says", "after"}) != 1:
            raise ValueError("late 的每一条写一样：一个动作，或 to（转到哪个状态）")
        return self
