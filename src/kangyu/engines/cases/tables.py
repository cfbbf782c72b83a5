"""A decision table as one expression (language rule 11): the answer is unknown wherever an unknown row could change it."""

from kangyu.engines.content.kinds.definition import DecisionTable


def table_text(table: DecisionTable) -> str:
    """The expression that gives the table's result: a row's key (``first``, ``highest``) or the sum of points (``sum``)."""
    rows = {key: condition for key, condition in table.table.items() if condition != "else"}
    otherwise = next((key for key, condition in table.table.items() if condition == "else"), None)
    if table.hit == "sum":
        return _sum(rows, table)
    if table.hit == "highest":
        rows = {key: rows[key] for key in reversed(table.order) if key in rows}
    branches = []
    for key, condition in rows.items():
        branches.append(f"when ({condition}) then '{key}'")
        if table.unknown != "skip":
            branches.append(f"when ({condition}) is null then null")
    if otherwise is None:
        return f"case {' '.join(branches)} end"
    if table.unknown == "skip":
        unknown = " or ".join(f"({condition}) is null" for condition in rows.values())
        branches.append(f"when {unknown} then null")
    return f"case {' '.join(branches)} else '{otherwise}' end"


def _sum(rows: dict[str, str], table: DecisionTable) -> str:
    unknown = "0" if table.unknown == "zero" else "null"
    terms = [
        f"case when ({condition}) then {table.points[key]:g} when not ({condition}) then 0 else {unknown} end"
        for key, condition in rows.items()
    ]
    return " + ".join(terms)
