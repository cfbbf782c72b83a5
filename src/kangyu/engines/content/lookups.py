"""Derived values that are looked up: the table of a definition written out as one expression, so that both targets run it as any other."""

from collections.abc import Iterator, Mapping

from kangyu.kernel.errors import Problem

from .kinds import Declaration, Definition
from .kinds.definition import Lookup, Taken
from .kinds.terminology import CodeSystem, ValueSet
from .kinds.work import Work
from .wording import suggestion
from .yaml_text import Document, Path_

TITLE = "title"
"""The column every look-up has: what its codes are called."""


def write_out(
    found: list[tuple[str, Declaration]], documents: dict[int, Document], systems: Mapping[str, CodeSystem], sets: Mapping[str, ValueSet]
) -> list[Problem]:
    """Gives every ``lookup`` under ``derive`` its expression, in place; what names no table or column is a problem."""
    tables = {item.key: item.lookup for _, item in found if isinstance(item, Definition) and item.lookup}
    declared_tables = [(documents[id(item)], item.lookup) for _, item in found if isinstance(item, Definition) and item.lookup]
    problems = [fault for document, table in declared_tables for fault in _strangers(document, table, sets)]
    for place, (kind, declared) in enumerate(found):
        if not isinstance(declared, Work) or not any(isinstance(item, Taken) for item in declared.derive.values()):
            continue
        document, derive = documents[id(declared)], dict(declared.derive)
        for key, item in declared.derive.items():
            if isinstance(item, Taken):
                faults = list(_faults(document, key, item, tables))
                problems += faults
                if not faults:
                    text = expression(tables[item.lookup], item, titles_of(tables[item.lookup], systems, sets))
                    derive[key] = item.model_copy(update={"gives": text})
        fresh = declared.model_copy(update={"derive": derive})
        documents[id(fresh)] = document
        found[place] = (kind, fresh)
    return problems


def _strangers(document: Document, table: Lookup, sets: Mapping[str, ValueSet]) -> Iterator[Problem]:
    """Rows whose code the value set does not hold, and value sets that are not there."""
    named: list[tuple[Path_, str]] = [(("lookup", "of"), table.of)]
    named += [(("lookup", "columns", name, "set"), column.set) for name, column in table.columns.items() if column.set]
    for path, key in named:
        if key not in sets:
            yield Problem(document.place(path), key, f"没有值集 {key}", suggestion(key, sets, "已有的值集"))
    known = sets[table.of].codes if table.of in sets else tuple(table.rows)
    for key in table.rows:
        if key not in known:
            remedy = suggestion(key, known, "可写的代码")
            yield Problem(document.place(("lookup", "rows", key)), key, f"值集 {table.of} 里没有 {key}", remedy)


def _faults(document: Document, key: str, item: Taken, tables: Mapping[str, Lookup]) -> Iterator[Problem]:
    if item.lookup not in tables:
        remedy = suggestion(item.lookup, tables, "已有的查找表")
        yield Problem(document.place(("derive", key, "lookup")), "lookup", f"没有查找表 {item.lookup}", remedy)
    elif item.take != TITLE and item.take not in tables[item.lookup].columns:
        remedy = suggestion(item.take, (TITLE, *tables[item.lookup].columns), "这张表的列")
        yield Problem(document.place(("derive", key, "take")), "take", f"查找表 {item.lookup} 没有 {item.take} 这一列", remedy)


def titles_of(table: Lookup, systems: Mapping[str, CodeSystem], sets: Mapping[str, ValueSet]) -> dict[str, str]:
    """What the codes of a look-up are called."""
    of = sets[table.of].of if table.of in sets else None
    system = systems.get(of or table.of)
    return {key: system.codes[key].title if system and key in system.codes else key for key in table.rows}


def expression(table: Lookup, item: Taken, titles: Mapping[str, str]) -> str:
    """``case when at in ('a', 'b') then 2 when … end``: codes with the same cell share a branch."""
    shared: dict[str, list[str]] = {}
    for key, row in table.rows.items():
        cell = titles[key] if item.take == TITLE else row.get(item.take)
        if cell is not None:
            shared.setdefault(_literal(cell), []).append(key)
    if not shared:
        return "null"
    branches = " ".join(f"when {item.at} in ({', '.join(map(_literal, keys))}) then {value}" for value, keys in shared.items())
    return f"case {branches} end"


def _literal(cell: float | str | tuple[str, ...]) -> str:
    if isinstance(cell, str):
        quoted = cell.replace("'", "’")
        return f"'{quoted}'"
    return f"{cell:g}" if isinstance(cell, float) else _literal(",".join(cell))
