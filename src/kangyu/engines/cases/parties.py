"""Which parties a case has not come to yet: named in it, as a draft names its receiver, but nothing was sent to them."""

from collections.abc import Iterator

from kangyu.engines.content.kinds import Procedure

from .case import SYSTEM, Case


def hidden(procedure: Procedure, case: Case) -> frozenset[str]:
    """The parties that may not see the case: it stands in one of their ``hidden_in`` and was nowhere else since they are named.

    An end reached straight from such a state (a draft thrown away) brings nothing to them either.
    """
    return frozenset(key for key, party in procedure.parties.items() if party.hidden_in and not _came(procedure, case, key))


def _came(procedure: Procedure, case: Case, key: str) -> bool:
    before = {*procedure.parties[key].hidden_in, *procedure.ends}
    return any(state not in before for state in _states(case, key))


def _states(case: Case, key: str) -> Iterator[str]:
    """The states of a case while the present institution was the party; taken over from another by a person, as it then stood too.

    A receiver that the answers changed takes over in the state that the very move leaves, so that one does not count.
    """
    yield case.state
    for step in reversed(case.steps):
        if step.kind == "hand_over" and key in step.handed:
            if step.by != SYSTEM:
                yield step.to
            return
        if step.changes:
            yield step.to
