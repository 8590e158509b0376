"""Intervals of shares: one figure's uncertainty from a share, its base and the part of the population that answered."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit, ndtri
from scipy.stats import beta, norm, t

from ..errors import EstimationError, UsageError, one_of

Floats = npt.NDArray[np.float64]
Method = Literal["wilson", "logit", "beta", "asin", "mean"]


def sampling_fraction(respondents: npt.ArrayLike, population: npt.ArrayLike) -> Floats:
    """Return the part of each population that answered, NaN where its size is unknown.

    Raises
    ------
    EstimationError
        When more people answered than there are.
    """
    respondents, population = np.broadcast_arrays(numbers_of(respondents), numbers_of(population))
    over = respondents > population
    if over.any():
        got, expected = f"{respondents[over][0]:.0f} respondents", f"at most {population[over][0]:.0f}"
        hint = "correct the frame, or leave it out"
        raise EstimationError("more people answered than the frame has", got=got, expected=expected, hint=hint)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(population > 0, respondents / population, np.where(population == 0, 0.0, np.nan)))


def wilson(share: npt.ArrayLike, effective: npt.ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return the Wilson score interval of a share.

    Parameters
    ----------
    share
        Shares, 0 to 1.
    effective
        Effective numbers of answers: n, or n / (deff (1 - f)). Infinite gives the share itself, 0 gives no interval.
    level
        Confidence level.

    Notes
    -----
    (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n); Wilson (1927). Effective numbers as in Franco, Little,
    Louis & Slud (2019). R: `prop.test(correct = FALSE)`, `survey::svyciprop(method = "wilson")`.
    """
    p, n = np.broadcast_arrays(numbers_of(share), numbers_of(effective))
    z2 = float(ndtri(0.5 + checked_level(level) / 2)) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        a = np.where(n > 0, z2 / n, np.nan)
        half = np.sqrt(a * p * (1 - p) + a**2 / 4)
        low = np.where(p == 0, p * a, (p + a / 2 - half) / (1 + a))
        high = np.where(p == 1, p + 0 * a, (p + a / 2 + half) / (1 + a))
    return np.asarray(np.maximum(low, 0)), np.asarray(np.minimum(high, 1))


def share_interval(
    share: Floats,
    std_error: Floats,
    effective: Floats,
    df: Floats,
    method: Method,
    level: float,
    rows: Floats,
    clustered: bool = False,
) -> tuple[Floats, Floats]:
    """Return the interval of a share by one of R's methods (`survey::svyciprop`) or Wilson's.

    Parameters
    ----------
    share, std_error
        Shares and their standard errors.
    effective
        Effective numbers of answers, for 'wilson' and for 'beta' where the standard error is 0.
    df
        Degrees of freedom: respondents less strata (not used by 'wilson'), or clusters less strata.
    method
        'wilson', 'logit' (Wald on the log odds), 'beta' (Korn & Graubard 1998), 'asin', or 'mean' (Wald).
    level
        Confidence level.
    rows
        Rows the share is of, for 'beta'; as in R, those with a weight of 0 too.
    clustered
        Whether clusters were drawn: their number is small, so that 'wilson' takes the quantile of t for the normal one's.

    Raises
    ------
    UsageError
        When the method is not known.
    """
    one_of(method, get_args(Method), "interval")
    if method == "wilson":
        return wilson(share, effective / widened(df, level) if clustered else effective, level)
    with np.errstate(invalid="ignore", divide="ignore"):
        if method == "beta":
            return _beta(share, std_error, effective, df, level, rows)
        return _transformed(share, std_error, df, method, level)


def widened(df: Any, level: float = 0.95) -> Any:
    """Return by how much the square of the quantile of t is that of the normal distribution."""
    half = 0.5 + checked_level(level) / 2
    return (t.ppf(half, np.maximum(df, 1)) / norm.ppf(half)) ** 2


def _transformed(p: Floats, se: Floats, df: Floats, method: Method, level: float) -> tuple[Floats, Floats]:
    """Return a Wald interval on the scale of the share, its log odds, or the arcsine of its root."""
    q = t.ppf(0.5 + checked_level(level) / 2, df)
    if method == "mean":
        return p - q * se, p + q * se
    if method == "logit":
        centre, width = logit(p), q * se / (p * (1 - p))
        return np.asarray(expit(centre - width)), np.asarray(expit(centre + width))
    centre, width = np.arcsin(np.sqrt(p)), q * se / (2 * np.sqrt(p * (1 - p)))
    return np.sin(centre - width) ** 2, np.sin(centre + width) ** 2


def _beta(p: Floats, se: Floats, effective: Floats, df: Floats, level: float, rows: Floats) -> tuple[Floats, Floats]:
    """Return Korn & Graubard's interval: Clopper-Pearson on the effective number of answers."""
    tail = (1 - checked_level(level)) / 2
    known = np.where(se > 0, p * (1 - p) / se**2, effective)
    size = known * (t.ppf(tail, rows - 1) / t.ppf(tail, df)) ** 2
    low = np.where(p == 0, 0.0, beta.ppf(tail, size * p, size * (1 - p) + 1))
    high = np.where(p == 1, 1.0, beta.ppf(1 - tail, size * p + 1, size * (1 - p)))
    return np.asarray(low), np.asarray(high)


def numbers_of(values: Any) -> Floats:
    """Return numbers as floats, missing ones as NaN."""
    if isinstance(values, np.ndarray) and values.dtype != object:
        return values.astype(float)
    array = np.asarray(values, dtype=object)
    flat = pd.to_numeric(pd.Series(array.ravel()).astype("Float64" if pd.isna(array).any() else float))
    return flat.to_numpy(dtype=float, na_value=np.nan).reshape(array.shape)


def checked_level(level: float) -> float:
    """Return a confidence level; refuse what is none."""
    if not 0 < level < 1:
        raise UsageError("a confidence level is between 0 and 1", got=level)
    return level
