"""A form: what is asked, in which unit, what is possible, what is usual, and what each answer becomes."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field as Described
from pydantic import model_validator

from .base import Declaration, Expression, Key, Model, Title
from .field import SHOWN_UNITS, Check, Field, FieldType
from .paper import Paper, PaperRow

__all__ = [
    "SHOWN_UNITS",
    "Check",
    "Field",
    "FieldType",
    "Form",
    "Makes",
    "MakesCondition",
    "MakesEpisode",
    "MakesImmunization",
    "MakesRelation",
    "MakesReport",
    "MakesTake",
    "Section",
]


class MakesCondition(Model):
    """A diagnosis the form establishes; ``onset`` names a date field."""

    code: str
    title: Title
    onset: Key | None = None
    when: Expression | None = None


class MakesEpisode(Model):
    """Membership of a programme, from the form's date; ``anchor`` is the date field from which its weeks count."""

    programme: Key
    anchor: Key | None = None
    when: Expression | None = None


class MakesReport(Model):
    """A reported figure: which fields hold indicator, value, period and source."""

    indicator: Key
    value: Key
    period_start: Key
    period_end: Key
    source: Key | None = None
    area: Key | None = None


class MakesImmunization(Model):
    """A vaccination for each row of a repeating table; the others name its columns."""

    rows: Key
    vaccine: Key = "vaccine"
    dose: Key = "dose"
    lot: Key | None = None
    site: Key | None = None
    route: Key | None = None


class MakesTake(Model):
    """One unit taken from a ledger for each row of a repeating table.

    Columns called like a dimension of the ledger name the account; ``where`` is the dimension that is the institution of the visit.
    """

    ledger: Key
    rows: Key
    where: Key


class MakesRelation(Model):
    """A dated link from the form's subject to the person named in a field: ``mother`` makes the subject the mother of ``to``.

    With ``rows`` there is one for each row of that repeating table, ``to`` being a column of it.
    """

    type: Key
    to: Key
    rows: Key | None = None


class Makes(Model):
    """One thing a form makes besides its answers."""

    condition: MakesCondition | None = None
    episode: MakesEpisode | None = None
    report: MakesReport | None = None
    immunization: MakesImmunization | None = None
    take: MakesTake | None = None
    relation: MakesRelation | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("makes 的每一条只写一样：condition、episode、report、immunization、take 或 relation")
        return self


class Section(Model):
    """A heading over some of the fields; with ``show_when`` the whole of it is asked only then."""

    title: Title
    fields: tuple[Key, ...]
    show_when: Expression | None = None


class Form(Declaration):
    """Key within its programme's folder; the table its answers fill is ``table``."""

    kind: Literal["form"]
    about: Key = "person"
    fields: Mapping[Key, Field]
    sections: tuple[Section, ...] = ()
    checks: Mapping[Key, Check] = Described(default_factory=dict)
    makes: tuple[Makes, ...] = ()
    day: Title = Described("随访日期", description="填表那天叫什么：分娩日期、接种日期")
    table: Key | None = Described(None, description="答案所成的表；项目里的表单默认是 <项目>_<表单>")
    counts_as_visit: Expression | None = Described(None, description="什么时候算一次有效随访")
    print_: Paper | None = Described(None, alias="print", description="官方纸质表的样子：行和格，不写像素")

    @model_validator(mode="after")
    def _names_its_own_fields(self) -> Self:
        named = [key for section in self.sections for key in section.fields]
        named += [key for check in self.checks.values() for key in check.fields]
        for key in named:
            if key not in self.fields:
                raise ValueError(f"没有字段 {key}")
        if self.sections and len({key for s in self.sections for key in s.fields}) < len(self.fields):
            missing = sorted(set(self.fields) - {key for s in self.sections for key in s.fields})
            raise ValueError(f"sections 漏了字段：{'、'.join(missing)}")
        for made in self.makes:
            of_rows = made.immunization or made.take or made.relation
            rows = of_rows.rows if of_rows else None
            if rows and rows not in self.tables:
                raise ValueError(f"makes：{rows} 不是这张表单里的表格")
        self._prints_its_own_tables()
        return self

    def _prints_its_own_tables(self) -> None:
        for row in self.print_.rows if self.print_ else ():
            self._prints(row)

    def _prints(self, row: PaperRow) -> None:
        if row.table is None:
            return
        table = self.fields.get(row.table)
        if table is None or table.type != "table":
            raise ValueError(f"print：{row.table} 不是这张表单里的表格")
        unknown = [key for key in row.columns if key not in table.fields]
        if unknown:
            raise ValueError(f"print：表格 {row.table} 没有列 {'、'.join(unknown)}")

    @property
    def tables(self) -> Mapping[str, Field]:
        """Its repeating tables."""
        return {key: field for key, field in self.fields.items() if field.type == "table"}

    def shown_when(self, key: str) -> Expression | None:
        """The condition under which a field is asked: its own and its section's."""
        own = [self.fields[key].show_when, *(section.show_when for section in self.sections if key in section.fields)]
        conditions = [text for text in own if text]
        return " and ".join(f"({text})" for text in conditions) if len(conditions) > 1 else next(iter(conditions), None)

    @property
    def name(self) -> str:
        """The table's name, by which forms are known outside their folder."""
        return self.table or self.key
