"""What the board of signals shows of every series, kept when it is judged: reading years of counts for a page would take seconds."""

from collections.abc import Iterable, Mapping
from datetime import date

from kangyu.apps.surveillance.models import SeriesStanding
from kangyu.apps.surveillance.series import Judgement, Series, step_of

SHOWN = 30
"""How many values of a series are kept, the present one included."""
_FIGURES = ["value", "expected", "upper", "alarm", "before"]
_ONE = ["signal", "detector", "level", "place"]


def keep(found: Series, judgements: Mapping[int, Judgement], today: date) -> None:
    """Keep how the judged series stand today, by the number of the method."""
    rows = (row for number, judged in judgements.items() for row in _rows(found, number, judged, today))
    SeriesStanding.objects.bulk_create(rows, update_conflicts=True, update_fields=_FIGURES, unique_fields=_ONE, batch_size=1000)


def _rows(found: Series, number: int, judged: Judgement, today: date) -> Iterable[SeriesStanding]:
    ends = judged.ends(today, step_of(found.watched.methods[number]), SHOWN)
    if not ends:  # not one whole week yet
        return
    for row, place in enumerate(found.places):
        at = judged.found.at(row, ends[-1])
        yield SeriesStanding(
            signal=found.watched.signal.key, detector=number, level=found.level, place=place, value=at.value, expected=at.expected,
            upper=at.upper, alarm=at.alarm, before=[judged.value(row, position) for position in ends],
        )  # fmt: skip


def forget() -> None:
    """Forget how every series stands, before all of them are judged anew."""
    SeriesStanding.objects.all().delete()
