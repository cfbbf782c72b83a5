"""What is free before somebody promises it: the accounts that a move would hold something of (a hospital's beds), as they stand."""

from typing import Any

from kangyu.apps.ledgers import names, queries
from kangyu.flows.case_view import CaseView
from kangyu.gateways import content


def room_of(view: CaseView, move: str) -> list[dict[str, Any]]:
    """One table for each ledger that a move holds from: the accounts of the party it names, how much of each is free.

    ``asked`` marks the account that an answer of the case already names (the department on the referral sheet).
    """
    declared, ledgers = view.prepared.moves[move], content.current().ledgers
    given = {str(value) for answers in view.case.answers.values() for value in answers.values() if isinstance(value, str)}
    found = []
    for posting in (action.post for action in declared.do if action.post is not None):
        fixed = {dimension: view.case.parties.get(str(text), "") for dimension, text in posting.at.items() if text in view.case.parties}
        if posting.hold is None or posting.ledger not in ledgers or not all(fixed.values()) or not fixed:
            continue
        stands = queries.balances(posting.ledger, at=fixed, empty=True)
        named = names.of(posting.ledger, [one.account for one in stands])
        rows = [
            {"title": "，".join(named(key, value) for key, value in one.account.items() if key not in fixed), "free": one.free,
             "asked": any(value in given for key, value in one.account.items() if key not in fixed)}
            for one in stands
        ]  # fmt: skip
        rows.sort(key=lambda row: (not row["asked"], -row["free"], row["title"]))
        found.append({"title": ledgers[posting.ledger].title, "unit": ledgers[posting.ledger].unit, "rows": rows})
    return found
