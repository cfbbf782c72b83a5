"""Every expression of the declarations beside its words: what each kind's expressions may name, and what those names are called."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from kangyu.engines.cases.members import member_texts
from kangyu.engines.cases.vocabulary import derived_in as derived_of_case
from kangyu.engines.cases.vocabulary import names_of as names_in_case
from kangyu.engines.cases.vocabulary import part_schema
from kangyu.engines.content import Content
from kangyu.engines.content.check_things import about_of
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.kinds import Form, Indicator, Procedure, Programme, Register
from kangyu.engines.content.signals import row_schema as signal_row
from kangyu.engines.content.vocabulary import EventTable, event_tables, row_schema, schema_for, visit_form
from kangyu.engines.detection import grading
from kangyu.engines.language import ExpressionError, Schema, Type, check
from kangyu.engines.language.names import Names
from kangyu.engines.language.nodes import Literal
from kangyu.engines.language.words import in_words, parts_in_words

from . import names as named


@dataclass(frozen=True)
class Said:
    """One expression as written, and in words; ``parts`` are the conditions that must hold together. An unreadable one has no words."""

    text: str
    words: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Speech:
    """What some expressions may name, and what it is called."""

    schema: Schema
    names: Names

    def say(self, text: str | int | float, key: str = "") -> Said:
        """The expression in words. ``key`` names what the value is for (``ledger.dimension``), so that a code alone is said by its name."""
        written = str(text).strip()
        try:
            typed = check(written, self.schema)
        except ExpressionError as error:
            return Said(written, f"读不懂：{error}", ())
        if isinstance(typed.tree, Literal) and (known := self.names.code(key, typed.tree.value)):
            return Said(written, f"“{known}”", ())
        parts = parts_in_words(typed, self.names)
        return Said(written, in_words(typed, self.names), parts if len(parts) > 1 else ())


class Speeches:
    """The speech of each declaration of one content."""

    def __init__(self, content: Content):
        self.content = content
        self._cases: dict[str, Speech] = {}

    @cached_property
    def derived(self) -> Mapping[str, Mapping[str, Type]]:
        return derived_types(self.content)[0]

    @cached_property
    def tables(self) -> Mapping[str, EventTable]:
        return event_tables(self.content, {visit_table(self.content, key): found for key, found in self.derived.items()})

    @cached_property
    def names(self) -> Names:
        return named.names_of(self.content)

    def subject(self, about: str) -> Speech:
        """Expressions about a person, an institution, an area or a thing."""
        return Speech(schema_for(self.content, about, self.tables), named.about(self.content, self.names, about))

    def each(self, level: str) -> Speech:
        """Expressions of a standard: a county, township or village is an area."""
        return self.subject(about_of(level))

    def form(self, form: Form) -> Speech:
        """Conditions and computed fields of a form."""
        schema = schema_for(self.content, form.about, self.tables, form=form)
        return Speech(schema, named.on_form(self.content, named.about(self.content, self.names, form.about), form))

    def row(self, form: Form, table: str) -> Speech:
        """The same inside a row of a repeating table."""
        whole = self.form(form)
        return Speech(row_schema(self.content, whole.schema, form, table), named.of_row(self.content, whole.names, form, table))

    def visit(self, work: Programme | Register) -> Speech:
        """Rules and derived values on the form of a visit."""
        about = work.key if isinstance(work, Register) else work.subject
        form = visit_form(self.content, work)
        schema = schema_for(self.content, about, self.tables, form=form, derived=self.derived.get(work.key, {}))
        return Speech(schema, named.on_form(self.content, named.about(self.content, self.names, about), form, work))

    def case(self, procedure: Procedure) -> Speech:
        """Everything in a procedure."""
        if procedure.key not in self._cases:
            known = names_in_case(self.content, procedure, derived_of_case(self.content, procedure))
            names = named.in_case(self.content, self.names, procedure, known.forms)
            if procedure.members and procedure.members.of in self.content.procedures:
                member = self.content.procedures[procedure.members.of]
                names = named.with_members(names, procedure.members, member, self.case(member).names)
            self._cases[procedure.key] = Speech(known.schema, names)
        return self._cases[procedure.key]

    def member(self, procedure: Procedure) -> Speech:
        """What is known of each case gathered under this one, said of that case itself."""
        assert procedure.members is not None
        each = self.case(self.content.procedures[procedure.members.of])
        return Speech(each.schema, each.names.with_(self.case(procedure).names.titles))

    def members(self, procedure: Procedure) -> Speech:
        """Conditions on the cases gathered under this one: their columns, and ``group.x`` of the group."""
        known = names_in_case(self.content, procedure, derived_of_case(self.content, procedure))
        *_, (_, _, _, schema) = member_texts(self.content, procedure, known)
        return Speech(schema, named.among_members(self.case(procedure).names))

    def part(self, procedure: Procedure, each: str | None) -> Speech:
        """What a part takes along, with the row it was opened for."""
        known = names_in_case(self.content, procedure, derived_of_case(self.content, procedure))
        return Speech(part_schema(known, each), self.case(procedure).names)

    def side(self, indicator: Indicator, name: str) -> Speech:
        """One expression of an indicator; the two sides of a ratio may be about different subjects."""
        side = {"top": indicator.top_about, "bottom": indicator.bottom_about}.get(name.split("_")[0])
        return self.subject(side or indicator.about)

    def counted(self, table: str) -> Speech:
        """What decides whether a row of a table counts in a signal."""
        return Speech(signal_row(self.content, table, self.tables), named.counted_rows(self.content, self.names, table))

    def grade(self) -> Speech:
        """The table of a signal's grade."""
        return Speech(grading.schema(), named.of_figures(self.names))

    def after(self, speech: Speech, more: Mapping[str, str], types: Mapping[str, Type]) -> Speech:
        """A speech that also knows values worked out before, by title and type."""
        schema = replace(speech.schema, fields={**speech.schema.fields, **types})
        return Speech(schema, speech.names.with_(more))
