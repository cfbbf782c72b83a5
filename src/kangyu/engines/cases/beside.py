"""What stands beside a name while somebody is under care: how the last visit judged them."""

from collections.abc import Mapping
from typing import Any

from kangyu.engines.language.subject import Subject
from kangyu.engines.schedules import Membership

from .prepared import PreparedProgramme


def tagged(prepared: PreparedProgramme, subject: Subject, membership: Membership) -> dict[str, str]:
    """The values of the programme's tags as the last visit of this stretch of care left them; only those that have a colour."""
    if prepared.form is None or not prepared.programme.tags:
        return {}
    rows = [row for row in subject.tables.get(prepared.form.name, ()) if membership.since <= row["on"] <= subject.today]
    last: Mapping[str, Any] = max(rows, key=lambda row: (row["on"], str(row.get("id"))), default={})
    known = {key: _word(last.get(key)) for key in prepared.programme.tags}
    return {key: value for key, value in known.items() if value in prepared.programme.tags[key].tones}


def _word(value: Any) -> str:
    return "yes" if value is True else str(value or "")
