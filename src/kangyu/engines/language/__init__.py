"""The expression language: one text, checked once, run for one subject in Python or for a population through Ibis.

Reading and checking (errors carry the character, a Chinese message and a remedy)::

    parse(text) -> Expression                                raises ExpressionError
    Schema(subject, tables, value_sets, fields, previous, settings, choices, own);  Table(name, columns, interval)
    check(expression_or_text, schema, expect=None) -> Typed  .type .fields .subject_fields .previous .columns

One subject (microseconds; compile once for each version of a rule, call often)::

    program = compile_python({"goal": typed, "outcome": typed})
    program(Subject(fields, tables, today, period, form, previous, row_id)) -> {"goal": 140, "outcome": "controlled"}

An expression of the batch may use another one by its bare name (or ``this.name``) when the schema's ``fields`` holds that name;
both targets put them in order and refuse circles.

A population (imports Ibis, hence in its own module)::

    from kangyu.engines.language.population import population
    population({"rate": typed}, tables, spine, today=…, period=…, key="pid", row=None, keep=()) -> ibis.Table

The spine has the subject's fields under their own names, the form's as ``this.x``, the previous form's as ``prev.x``, and ``today``
and ``row_id`` where they differ from row to row. Every table has the ``key`` column besides ``id``, ``on`` and, with an end, ``to``.

Decision tables (rule 11) and actions (rule 12)::

    decision.read_table({"high": "systolic >= goal", "fine": "else"}, schema, hit=…, unknown=…, order=…, gives=…) -> Decision
    Decision.value, .incomplete -> Typed (run them like any expression);  .assessor(derived)(subject) -> Assessment
    actions.read_actions(do) -> (Action, …);  actions.firings(rules, values, today=…, otherwise=…) -> [Firing];  actions.together(firings)

The slow, obvious evaluator that tests compare both targets with: ``oracle``. Where the draft left a choice,
``docs/decisions/0003-expression-language.md`` says what was chosen.
"""

from kangyu.kernel.period import Period

from .errors import ExpressionError
from .expression import Expression, Typed, check, parse
from .nodes import Type
from .python_target import Program, compile_python
from .schema import Schema, Table
from .subject import Subject

__all__ = [
    "Expression",
    "ExpressionError",
    "Period",
    "Program",
    "Schema",
    "Subject",
    "Table",
    "Type",
    "Typed",
    "check",
    "compile_python",
    "parse",
]
