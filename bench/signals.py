"""Signals: series times days judged a second by each method; the alarms of a county of 1,000 series over three years."""

import time
from datetime import date

import numpy as np

from bench import machine

SERIES, DAYS, HISTORY = 1_000, 1_096, 3 * 366


def measure() -> None:
    """Each method over a made-up county: three years judged, with as many before them as the method looks back on."""
    from kangyu.engines.detection import Method, detect
    from kangyu.engines.detection.alarms import openings
    from kangyu.engines.detection.windows import weekly

    random = np.random.default_rng(7)
    season = 1.5 + np.cos(2 * np.pi * np.arange(HISTORY + DAYS) / 365.25)
    counts = random.poisson(random.gamma(1.0, 1.0, (SERIES, 1)) * season).astype(float)
    weeks = weekly(counts, date(2020, 1, 6))[0]
    raised = 0
    for title, method, values in (
        ("fixed, 7 days", Method("fixed", 12, days=7), counts),
        ("EARS C1", Method("ears_c1", 3, least=0.5), counts),
        ("EARS C2", Method("ears_c2", 3, least=0.5), counts),
        ("EARS C3", Method("ears_c3", 2, least=0.5), counts),
        ("CUSUM", Method("cusum", 4), counts),
        ("moving percentile, 3 years x 5 blocks", Method("moving_percentile", 80, years=3, around=2, at_least=2), counts),
        ("same week percentile (weeks)", Method("same_week_percentile", 80, weekly=True, around=2, at_least=2), weeks),
    ):
        took, alarms = _judged(lambda method=method, values=values: detect(values, method), DAYS)
        judged = SERIES * (DAYS if values is counts else DAYS // 7)
        machine.rate(f"detect {title}", judged, took, "series-days" if values is counts else "series-weeks")
        raised += int(openings(alarms, 7).sum())
    print(f"{'alarms opened, all methods, 3 years':<44} {raised:>8,}", flush=True)
    _farrington(weeks)


def _judged(run, days: int) -> tuple[float, np.ndarray]:
    start = time.perf_counter()
    found = run()
    return time.perf_counter() - start, found.alarm[:, -days:]


def _farrington(weeks: np.ndarray) -> None:
    """Eight weeks of all series with five years of history; R's `farringtonFlexible` takes some 15 ms for each series and week."""
    from kangyu.engines.detection.farrington import Settings, judge_week

    settings, last = Settings(years=5), weeks.shape[1]
    start = time.perf_counter()
    for week in range(last - 8, last):
        judge_week(weeks, week, settings)
    machine.rate("detect Farrington flexible (series x weeks)", 8 * SERIES, time.perf_counter() - start, "series-weeks")
