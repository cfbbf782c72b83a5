"""The alarms that R's `surveillance` 1.20.3 raises on its three example series, one file for each method beside the checkout."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from kangyu.engines.detection import cusum, ears, farrington
from kangyu.engines.detection.result import Found

FOLDER = Path(__file__).resolve().parents[4] / "../shared/data/surveillance"
SERIES = {"k1": 3, "m1": 3, "salmonella.agona": 5}
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the reference series are not beside this checkout")

EARS = {
    "earsC1": ("ears_c1", 0.001, {}),
    "earsC2": ("ears_c2", 0.001, {}),
    "earsC3": ("ears_c3", 0.025, {}),
    "earsC2_minSigma05_b14": ("ears_c2", 0.01, {"length": 14, "least": 0.5}),
}
FARRINGTON = {
    "noufaily": {},
    "muan": {"bound": "muan", "alpha": 0.01},
    "delta_original": {"bound": "delta", "periods": 1, "skip": 3, "outlier": 1.0, "trend_p": 0.05},
}


def read(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def number(text: str) -> float:
    return float(text) if text not in ("", "NA") else float("nan")


def observed(series: str) -> np.ndarray:
    return np.array([float(row["observed"]) for row in read(series)])


def assert_same(found: Found, rows: list[dict[str, str]], *, bounds: bool) -> int:
    at = np.array([int(row["t"]) - 1 for row in rows])
    alarms = np.array([number(row["alarm"]) == 1 for row in rows])
    assert found.alarm[at].tolist() == alarms.tolist()
    if bounds:
        np.testing.assert_allclose(found.upper[at], [number(row["upperbound"]) for row in rows], rtol=1e-6, atol=1e-9)
    return int(alarms.sum())


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("config", EARS)
def test_ears_raises_the_alarms_of_r_at_the_same_bounds(series: str, config: str) -> None:
    which, alpha, settings = EARS[config]
    over = float(special.ndtri(1 - alpha))
    found = ears.ears(observed(series), which, over, convention="surveillance", **settings)
    assert_same(found, read(f"{series}__{config}"), bounds=True)


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("transform", ["standard", "rossi"])
def test_cusum_raises_the_alarms_of_r(series: str, transform: str) -> None:
    rows = read(f"{series}__cusum_{transform}")
    found = cusum.cusum(observed(series), 2.26, k=1.04, start=int(rows[0]["t"]) - 1, transform=transform)
    assert_same(found, rows, bounds=False)


@pytest.mark.parametrize("series", SERIES)
@pytest.mark.parametrize("config", FARRINGTON)
def test_farrington_flexible_raises_the_alarms_of_r_at_the_same_bounds(series: str, config: str) -> None:
    settings = farrington.Settings(years=SERIES[series], **FARRINGTON[config])
    found = farrington.farrington(observed(series), settings)
    assert_same(found, read(f"{series}__farringtonFlexible_{config}"), bounds=True)


def test_the_reference_series_do_raise_alarms() -> None:
    """Otherwise agreement would say nothing."""
    rows = [row for series in SERIES for config in EARS for row in read(f"{series}__{config}")]
    assert sum(number(row["alarm"]) == 1 for row in rows) == 177
