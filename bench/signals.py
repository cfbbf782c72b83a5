"""Signals: series times days judged a second by each method; the alarms of a county of 1,000 series over three years."""

import shutil
import subprocess
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np

from bench import machine

SERIES, DAYS, HISTORY = 1_000, 1_096, 3 * 366
JUDGED, BESIDE = 8, 100
"""Weeks judged by the regression, and how many of the series are judged by R as well."""
SCRIPT = Path(__file__).with_name("farrington.R")


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
    """Eight weeks of all series with five years of history, and some of them by R's package surveillance; processor time of both."""
    start = time.process_time()
    ours = _bounds(weeks)
    took = time.process_time() - start
    machine.rate("detect Farrington flexible (processor time)", ours.size, took, "series-weeks")
    if shutil.which("Rscript") is None:
        print("  R is not installed (apt-get install r-cran-surveillance): not compared", flush=True)
        return
    seconds, theirs = _by_r(weeks[:BESIDE])
    machine.rate("  R surveillance, farringtonFlexible", theirs.size, seconds, "series-weeks")
    ours_too, known = ours[:BESIDE], ~np.isnan(ours[:BESIDE]) & ~np.isnan(theirs)
    same, one_only = np.isclose(ours_too[known], theirs[known], atol=0.5), np.isnan(ours_too) != np.isnan(theirs)
    times = (seconds / theirs.size) / (took / ours.size)
    print(f"  {times:.0f} times as fast as R; {same.sum():,} of {same.size:,} bounds equal, {one_only.sum()} known to one only", flush=True)


def _bounds(weeks: np.ndarray) -> np.ndarray:
    """The upper bounds of the last weeks of every series."""
    from kangyu.engines.detection.farrington import Settings, judge_week

    settings, last = Settings(years=5), weeks.shape[1]
    return np.column_stack([judge_week(weeks, week, settings)[1] for week in range(last - JUDGED, last)])


def _by_r(weeks: np.ndarray) -> tuple[float, np.ndarray]:
    """Processor seconds inside R, its start and the reading of the file not counted, and its bounds."""
    last = weeks.shape[1]
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as table:
        np.savetxt(table, weeks.T, fmt="%d", delimiter=",")
        table.flush()
        words = ["Rscript", "--vanilla", str(SCRIPT), table.name, str(last - JUDGED + 1), str(last)]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    return float(said[0]), np.array([[np.nan if cell == "NA" else float(cell) for cell in line.split()] for line in said[1:]])
