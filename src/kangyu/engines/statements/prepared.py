"""A statement made ready: its expressions checked and compiled, the settings it goes by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from kangyu.engines.content import Content
from kangyu.engines.content.check_statements import statement_expressions
from kangyu.engines.content.checker import derived_types, visit_table
from kangyu.engines.content.kinds import Statement
from kangyu.engines.content.kinds.settings import Setting
from kangyu.engines.content.vocabulary import event_tables
from kangyu.engines.language import Program, Typed, check, compile_python
from kangyu.engines.language.subject import Subject

RESULT = "the.result"
"""The name of a program's only value; no column can have it."""


@dataclass(frozen=True)
class PreparedStatement:
    """``programs`` hold one expression each by its place in the file, dotted; ``conditions`` the checked ``where`` of what is
    counted, to be run over the warehouse; ``settings`` the named numbers any of them reads; ``reads`` the tables of the row itself."""

    statement: Statement
    programs: Mapping[str, Program]
    conditions: Mapping[str, Typed]
    settings: Mapping[str, Setting]
    reads: Mapping[str, frozenset[str]]

    def value(self, place: str, subject: Subject) -> Any:
        """What the expression at a place in the file gives."""
        return self.programs[place](subject)[RESULT]


def prepare(content: Content, statement: Statement, *, changed: Mapping[str, float] | None = None) -> PreparedStatement:
    """Compile a statement against the content; ``changed`` are other values for settings (what if). Raises ``ExpressionError``."""
    types, _ = derived_types(content)
    tables = event_tables(content, {visit_table(content, key): found for key, found in types.items()})
    programs, conditions, reads, named = dict[str, Program](), dict[str, Typed](), dict[str, frozenset[str]](), set[str]()
    for said in statement_expressions(content, statement, tables):
        place = ".".join(map(str, said.path))
        own = {key: value for key, value in (changed or {}).items() if key in said.schema.settings}
        schema = replace(said.schema, settings={**said.schema.settings, **own})
        typed = check(said.text, schema, said.expect)
        named |= set(re.findall(r"\w+", said.text)) & set(schema.settings)
        if place.endswith("counts.where"):
            conditions[place] = typed
        else:
            programs[place] = compile_python({RESULT: typed})
            reads[place] = frozenset(typed.columns)
    every = {key: one for file in content.settings.values() for key, one in file.values.items()}
    settings = {key: every[key].model_copy(update={"value": (changed or {}).get(key, every[key].value)}) for key in sorted(named)}
    return PreparedStatement(
        statement, MappingProxyType(programs), MappingProxyType(conditions), MappingProxyType(settings), MappingProxyType(reads)
    )
