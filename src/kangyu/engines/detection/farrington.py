"""Farrington flexible: weekly counts against a quasi-Poisson regression on the same season of earlier years.

References: Farrington et al. 1996; Noufaily et al. 2013; infectious-surveillance facts §6.5. The reading of both is that of R's
`farringtonFlexible`: reference weeks with ``half_window`` weeks on either side in each of ``years``, the rest of the year cut into
``periods`` − 1 blocks (a season factor), a linear trend, past outbreaks weighted down by their Anscombe residuals, and a bound from a
negative binomial at the fitted mean (``plugin``), at its upper quantile (``muan``), or from the 2/3 power (``delta``).

All series of one week share their design, so the many fits of a week are a few matrix products.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from .result import Flags, Found, Judged, Values

YEAR = 52
ROUNDS = 25
CLOSE = 1e-8


@dataclass(frozen=True)
class Settings:
    """``skip`` of the last weeks are left out of the regression, lest an outbreak teach it; ``trend_p`` 1 always keeps a trend."""

    years: int = 5
    half_window: int = 3
    periods: int = 10
    skip: int = 26
    outlier: float = 2.58
    trend: bool = True
    trend_p: float = 1.0
    alpha: float = 0.05
    bound: Literal["plugin", "muan", "delta"] = "plugin"
    enough: tuple[int, int] = (5, 4)

    @property
    def first(self) -> int:
        """The first position that can be judged."""
        return YEAR * self.years + self.half_window


@dataclass(frozen=True)
class _Fit:
    """Fits of many series to one design: predictor for the week judged, its standard error, dispersion, ``trend`` and its p value."""

    eta: Values
    error: Values
    phi: Values
    trend: Values
    trend_p: Values
    converged: NDArray[np.bool_]


def farrington(values: Values, settings: Settings, needed: Flags | None = None) -> Found:
    """Every week of every series, or only those ``needed``. ``upper`` is unknown where fewer cases than ``enough`` were seen."""
    flat = np.asarray(values, dtype=float).reshape(-1, values.shape[-1])
    expected, upper, alarm = np.full(flat.shape, np.nan), np.full(flat.shape, np.nan), np.zeros(flat.shape, dtype=bool)
    wanted = np.ones(flat.shape, dtype=bool) if needed is None else needed.reshape(flat.shape)
    for week in range(settings.first, flat.shape[1]):
        rows = np.flatnonzero(wanted[:, week])
        if len(rows):
            expected[rows, week], upper[rows, week], alarm[rows, week] = judge_week(flat[rows], week, settings)
    shape = values.shape
    return Found(np.asarray(values, dtype=float), expected.reshape(shape), upper.reshape(shape), alarm.reshape(shape))


def farrington_week(values: Sequence[float], position: int, settings: Settings) -> Judged:
    """One week of one series."""
    if position < settings.first:
        return Judged(values[position], None, None, False)
    row = np.asarray(values, dtype=float)[None, :]
    expected, upper, alarm = (part[None] for part in judge_week(row, position, settings))
    return Found(row[:, position], expected[0], upper[0], alarm[0]).at(0)


def judge_week(values: Values, week: int, settings: Settings) -> tuple[Values, Values, NDArray[np.bool_]]:
    """Expected, upper bound and alarm of one week for series (series, weeks)."""
    rows, design, now = _design(values.shape[1], week, settings)
    counts, known = values[:, rows], ~np.isnan(values[:, week])
    fit = _fitted(counts, design, now, week, settings)
    mean = np.exp(fit.eta)
    observed = values[:, week]
    upper = _upper(mean, fit, settings)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (observed - (mean if settings.bound == "delta" else fit.eta)) / (upper - (mean if settings.bound == "delta" else fit.eta))
    cases, weeks = settings.enough
    enough = values[:, week - weeks + 1 : week + 1].sum(axis=1) >= cases
    usable = fit.converged & enough & known
    alarm = usable & (score > 1) & (observed != 0)
    return np.where(usable, mean, np.nan), np.where(usable, upper, np.nan), alarm


def _upper(mean: Values, fit: _Fit, settings: Settings) -> Values:
    z = float(special.ndtri(1 - settings.alpha))
    if settings.bound == "delta":
        tau = fit.phi + (mean * fit.error) ** 2 / mean
        return np.asarray(np.maximum(mean ** (2 / 3) + z * np.sqrt(4 / 9 * mean ** (1 / 3) * tau), 0) ** 1.5)
    at = mean if settings.bound == "plugin" else np.exp(np.minimum(fit.eta + z * fit.error, 700))
    wide = fit.phi > 1
    size = at / np.where(wide, fit.phi - 1, 1)
    return np.where(wide, _negative_binomial(1 - settings.alpha, size, 1 / fit.phi), _poisson(1 - settings.alpha, at))


def _negative_binomial(share: float, size: Values, chance: Values) -> Values:
    """Quantile of the negative binomial: the smallest count whose distribution function reaches ``share``."""
    found = np.ceil(special.nbdtrik(share, size, chance) - 1e-9)
    return np.asarray(np.maximum(found, 0))


def _poisson(share: float, mean: Values) -> Values:
    """Quantile of the Poisson distribution."""
    count = np.ceil(special.pdtrik(share, mean) - 1e-9)
    return np.asarray(np.maximum(count, 0))


def _design(weeks: int, week: int, settings: Settings) -> tuple[NDArray[np.int64], Values, Values]:
    """Which weeks are fitted to, their design matrix (constant, trend, season), and the row of the week that is judged."""
    block = np.full(weeks, -1)
    half, periods = settings.half_window, settings.periods
    block[max(week - half, 0) : week + 1] = 0
    for year in range(1, settings.years + 1):
        reference = week - YEAR * year
        block[reference - half : reference + half + 1] = 0
        if periods > 1:
            _fill_blocks(block, reference + half + 1, YEAR - 2 * half - 1, periods - 1)
    block[max(week - settings.skip, 0) : week + 1] = -1
    block[week + 1 :] = -1
    rows = np.flatnonzero(block >= 0)
    seasons = [(block[rows] == number).astype(float) for number in range(1, periods)]
    time = (rows - week) / YEAR
    parts = [np.ones(len(rows)), *seasons, *([time] if settings.trend else [])]
    now = np.zeros(len(parts))
    now[0] = 1.0
    return rows, np.column_stack(parts), now


def _fill_blocks(block: NDArray[np.int64], start: int, length: int, parts: int) -> None:
    """The weeks between two windows, shared among the blocks; the first ones take what is left over."""
    whole, rest = divmod(length, parts)
    for number in range(1, parts + 1):
        end = start + whole + (1 if number <= rest else 0)
        block[start:end] = number
        start = end


def _fitted(counts: Values, design: Values, now: Values, week: int, settings: Settings) -> _Fit:
    """With a trend where it belongs, without it where it does not (or does not converge)."""
    if not settings.trend:
        return _fit(counts, design, now, settings)
    full = _fit(counts, design, now, settings)
    with np.errstate(over="ignore"):
        keep = full.converged & (full.trend_p < settings.trend_p) & (np.exp(full.eta) <= counts.max(axis=1)) & (settings.years >= 3)
    if keep.all():
        return full
    plain = _fit(counts[~keep], design[:, :-1], now[:-1], settings)
    return _Fit(*(_merged(keep, whole, part) for whole, part in zip(vars(full).values(), vars(plain).values(), strict=True)))


def _merged(keep: NDArray[np.bool_], whole: NDArray, part: NDArray) -> NDArray:
    mixed = whole.copy()
    mixed[~keep] = part
    return mixed


def _fit(counts: Values, design: Values, now: Values, settings: Settings) -> _Fit:
    """Fit, weigh down what stood out, fit again."""
    free = counts.shape[1] - design.shape[1]
    first = _regress(counts, design, np.ones_like(counts))
    weights = _weights(counts, first, design, np.maximum(first.dispersion(counts, free), 1), settings.outlier)
    second = _regress(counts, design, weights)
    phi = np.maximum(second.dispersion(counts, free), 1)
    # R takes the dispersion for standard errors from the outliers' weights alone, not times the mean.
    scale = (weights * ((counts - second.mean) / second.mean) ** 2).sum(axis=1) / free
    error = np.sqrt(scale * np.einsum("i,bij,j->b", now, second.inverse, now))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = second.beta[:, -1] / np.sqrt(scale * second.inverse[:, -1, -1])
    trend_p = 2 * special.stdtr(free, -np.abs(t))
    return _Fit(second.beta @ now, error, phi, second.beta[:, -1], trend_p, first.converged & second.converged)


def _weights(counts: Values, fit: "_Regression", design: Values, phi: Values, outlier: float) -> Values:
    """Anscombe residuals above ``outlier`` weigh as the inverse of their square; the weights add up to the number of weeks."""
    mean = fit.mean
    leverage = fit.working * np.einsum("ni,bij,nj->bn", design, fit.inverse, design, optimize=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = 1.5 * (counts ** (2 / 3) * mean ** (-1 / 6) - np.sqrt(mean)) / np.sqrt(phi[:, None] * np.clip(1 - leverage, 0, None))
        weights = np.where(residual > outlier, residual**-2.0, 1.0)
    return np.asarray(weights * (counts.shape[1] / weights.sum(axis=1, keepdims=True)))


@dataclass(frozen=True)
class _Regression:
    """Coefficients, (XᵀWX)⁻¹, the working weights these came from, means, and whether it converged; one row for each series."""

    beta: Values
    inverse: Values
    working: Values
    mean: Values
    converged: NDArray[np.bool_]

    def dispersion(self, counts: Values, free: int) -> Values:
        """Pearson's statistic by degree of freedom, with the working weights of the last round, as `summary.glm` has it."""
        return np.asarray((self.working * ((counts - self.mean) / self.mean) ** 2).sum(axis=1) / free)


def _regress(counts: Values, design: Values, weights: Values) -> _Regression:
    """Log-linear Poisson regression of many series on one design by iterated least squares; a series rests once it has converged."""
    width = design.shape[1]
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    size = len(counts)
    beta, inverse = np.zeros((size, width)), np.zeros((size, width, width))
    working, mean = np.zeros_like(counts), counts + 0.1
    eta, last, open_ = np.log(mean), np.full(size, np.inf), np.arange(size)
    for _ in range(ROUNDS):
        working[open_] = weights[open_] * mean[open_]
        inverse[open_] = _inverted((working[open_] @ products).reshape(-1, width, width))
        target = working[open_] * (eta[open_] + (counts[open_] - mean[open_]) / mean[open_])
        beta[open_] = np.einsum("bij,bj->bi", inverse[open_], target @ design)
        eta[open_] = np.clip(beta[open_] @ design.T, -30, 30)
        mean[open_] = np.exp(eta[open_])
        deviance = _deviance(counts[open_], mean[open_], weights[open_])
        done = np.abs(deviance - last[open_]) / (np.abs(deviance) + 0.1) < CLOSE
        last[open_] = deviance
        open_ = open_[~done]
        if not len(open_):
            break
    converged = np.ones(size, dtype=bool)
    converged[open_] = False
    return _Regression(beta, inverse, working, mean, converged)


def _inverted(matrices: Values) -> Values:
    """Inverses of symmetric matrices. Where a season never saw a case they are singular; a hair on the diagonal helps."""
    try:
        return np.asarray(np.linalg.inv(matrices))
    except np.linalg.LinAlgError:
        hair = 1e-9 * np.einsum("bii->b", matrices) / matrices.shape[-1] + 1e-12
        return np.asarray(np.linalg.inv(matrices + hair[:, None, None] * np.eye(matrices.shape[-1])))


def _deviance(counts: Values, mean: Values, weights: Values) -> Values:
    return np.asarray(2 * (weights * (special.xlogy(counts, counts / mean) - (counts - mean))).sum(axis=1))
