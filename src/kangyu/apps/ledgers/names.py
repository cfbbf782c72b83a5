"""The words people know account values by: an institution's name, a thing's name, a code's title."""

from collections.abc import Callable, Iterable, Mapping

from django.db import connection

from kangyu.apps.directory import queries as directory
from kangyu.gateways import content

THINGS = """
SELECT id, coalesce(body ->> 'name', body #>> '{deviceName,0,name}', body #>> '{code,text}', body ->> 'description', id)
FROM resource WHERE rtype = ANY(%s) AND id = ANY(%s)
"""
Names = Callable[[str, str], str]


def of(ledger: str, accounts: Iterable[Mapping[str, str]]) -> Names:
    """A function (dimension, value) → words for the values in these accounts, read in two queries at most."""
    declared, now = content.current().ledgers[ledger], content.current()
    values: dict[str, set[str]] = {}
    for account in accounts:
        for dimension, value in account.items():
            values.setdefault(dimension, set()).add(value)
    found: dict[tuple[str, str], str] = {}
    institutions = {d: values.get(d, set()) for d, one in declared.accounts.items() if one.of == "institution"}
    named = directory.institution_names(sorted(set().union(*institutions.values()))) if institutions else {}
    found |= {(d, value): named.get(value, value) for d, members in institutions.items() for value in members}
    things = {d: values.get(d, set()) for d, one in declared.accounts.items() if one.of in now.registers}
    if any(things.values()):
        named = _things({now.registers[declared.accounts[d].of].is_ for d in things}, set().union(*things.values()))
        found |= {(d, value): named.get(value, value) for d, members in things.items() for value in members}
    for dimension, one in declared.accounts.items():
        if one.of in now.value_sets:
            found |= {(dimension, value): now.title_of(one.of, value) for value in values.get(dimension, ())}
    return lambda dimension, value: found.get((dimension, value), value)


def _things(kinds: set[str], ids: set[str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(THINGS, [sorted(kinds), sorted(ids)])
        return dict(cursor.fetchall())
