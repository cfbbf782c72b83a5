"""The methods a signal declares, as the engine runs them."""

from kangyu.engines.content.kinds.base import Span
from kangyu.engines.content.kinds.signal import Detector

from .methods import Method

DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


def method_of(detector: Detector) -> Method:
    """A fixed threshold given as ``at_least`` is exceeded by one less than that."""
    over = detector.over if detector.over is not None else float(detector.at_least - 1)
    return Method(
        name=detector.method,
        over=over,
        weekly=detector.scale == "week",
        days=detector.days,
        years=detector.years,
        around=detector.around,
        baseline=detector.baseline,
        least=detector.min_sd,
        k=detector.k,
        at_least=0 if detector.over is None else detector.at_least,
        of_cases=detector.over is None,
    )


def days_of(text: str) -> int:
    """A written span in days: ``2 weeks`` is 14."""
    span = Span.parse(text)
    return span.count * DAYS[span.unit] if span.unit in DAYS else 1


def hours_of(text: str) -> float:
    """A written span in hours."""
    span = Span.parse(text)
    return {"minute": 1 / 60, "hour": 1.0}.get(span.unit, 24.0 * DAYS.get(span.unit, 0)) * span.count
