"""Checking an expression against a schema: every name known, every type right, every set pinned, before anything runs."""

from . import check_conditions, check_records, check_values
from . import nodes as n
from .checker import Checker, Result, Rules
from .schema import Schema

RULES: Rules = {**check_values.RULES, **check_conditions.RULES, **check_records.RULES}


def resolve(text: str, tree: n.Node, schema: Schema) -> Result:
    """The parsed tree with names resolved, and its type. Raises ``ExpressionError`` at what does not fit."""
    return Checker(text, schema, RULES).check(tree)
