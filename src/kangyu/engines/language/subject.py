"""What one evaluation is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kangyu.kernel.period import Period


@dataclass(frozen=True)
class Subject:
    """One person, place or thing with its events, seen on ``today``.

    ``fields``    the subject's own fields (``it.x``).
    ``tables``    table name → rows; a row is a mapping with ``id``, ``on`` (date) and, where the table has an end, ``to``; a column
                  that is absent is null; a multi-choice is a list of texts or null. Any order; rows without ``on`` are never seen.
    ``form``      the form being written (``x`` and ``this.x``) and derived values that are not computed in the same call.
    ``previous``  the form before it (``prev.x``), null when there is none.
    ``row_id``    the id of the form's row when it is being corrected; null for a new one, which comes last on its day.
    """

    fields: Mapping[str, Any]
    tables: Mapping[str, Sequence[Mapping[str, Any]]]
    today: date
    period: Period | None = None
    form: Mapping[str, Any] = field(default_factory=dict)
    previous: Mapping[str, Any] | None = None
    row_id: Any = None
