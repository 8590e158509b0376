"""Intervals of shares: one figure's uncertainty from a share, its base and the part of the population that answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import EstimationError, UsageError

Floats = npt.NDArray[np.float64]
Method = Literal["wilson", "logit", "beta", "asin", "mean"]


def sampling_fraction(respondents: npt.ArrayLike, population: npt.ArrayLike) -> Floats:
    """Return the part of each population that answered, NaN where its size is unknown.

    Raises
    ------
    EstimationError
        When more people answered than there are.
    """
    respondents, population = np.broadcast_arrays(_numbers(respondents), _numbers(population))
    over = respondents > population
    if over.any():
        raise EstimationError(
            "more people answered than the frame has",
            got=f"{respondents[over][0]:.0f} respondents",
            expected=f"at most {population[over][0]:.0f}",
            hint="correct the frame, or leave it out",
        )
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
    from scipy.special import ndtri

    p, n = np.broadcast_arrays(_numbers(share), _numbers(effective))
    z2 = float(ndtri(0.5 + _checked(level) / 2)) ** 2
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
) -> tuple[Floats, Floats]:
    """Return the interval of a share by one of R's methods (`survey::svyciprop`) or Wilson's.

    Parameters
    ----------
    share, std_error
        Shares and their standard errors.
    effective
        Effective numbers of answers, for 'wilson' and for 'beta' where the standard error is 0.
    df
        Degrees of freedom (respondents less strata); not used by 'wilson'.
    method
        'wilson', 'logit' (Wald on the log odds), 'beta' (Korn & Graubard 1998), 'asin', or 'mean' (Wald).
    level
        Confidence level.
    rows
        Rows the share is of, for 'beta'; as in R, those with a weight of 0 too.

    Raises
    ------
    UsageError
        When the method is not known.
    """
    if method not in get_args(Method):
        raise UsageError("there is no such interval", got=method, expected=", ".join(get_args(Method)))
    if method == "wilson":
        return wilson(share, effective, level)
    with np.errstate(invalid="ignore", divide="ignore"):
        if method == "beta":
            return _beta(share, std_error, effective, df, level, rows)
        return _transformed(share, std_error, df, method, level)


def _transformed(p: Floats, se: Floats, df: Floats, method: Method, level: float) -> tuple[Floats, Floats]:
    """Return a Wald interval on the scale of the share, its log odds, or the arcsine of its root."""
    from scipy.special import expit, logit
    from scipy.stats import t

    q = t.ppf(0.5 + _checked(level) / 2, df)
    if method == "mean":
        return p - q * se, p + q * se
    if method == "logit":
        centre, width = logit(p), q * se / (p * (1 - p))
        return np.asarray(expit(centre - width)), np.asarray(expit(centre + width))
    centre, width = np.arcsin(np.sqrt(p)), q * se / (2 * np.sqrt(p * (1 - p)))
    return np.sin(centre - width) ** 2, np.sin(centre + width) ** 2


def _beta(p: Floats, se: Floats, effective: Floats, df: Floats, level: float, rows: Floats) -> tuple[Floats, Floats]:
    """Return Korn & Graubard's interval: Clopper-Pearson on the effective number of answers."""
    from scipy.stats import beta, t

    tail = (1 - _checked(level)) / 2
    known = np.where(se > 0, p * (1 - p) / se**2, effective)
    size = known * (t.ppf(tail, rows - 1) / t.ppf(tail, df)) ** 2
    low = np.where(p == 0, 0.0, beta.ppf(tail, size * p, size * (1 - p) + 1))
    high = np.where(p == 1, 1.0, beta.ppf(1 - tail, size * p + 1, size * (1 - p)))
    return np.asarray(low), np.asarray(high)


def proportions_from_counts(
    counts: Any,
    base: Any,
    population: Any = None,
    *,
    respondents: Any = None,
    sample: Any = None,
    method: Method = "wilson",
    level: float = 0.95,
) -> pd.DataFrame:
    """Return shares with intervals from counts alone, such as those of a protected table.

    Parameters
    ----------
    counts
        How many gave the answer; any length, missing (hidden) counts give missing figures.
    base
        How many the share is of; one for all, or one each.
    population
        How many there are in the group, by the frame; missing where unknown.
    respondents
        How many in the group answered the survey, when that is more than `base` (some did not answer the question).
    sample
        How many answered in all, when the group is part of a larger sample; for the standard error only.
    method
        The interval, as in `share_interval`.
    level
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        `estimate, std_error, conf_low, conf_high, n, count, sampling_fraction, deff, std_error_without_fpc,
        conf_low_without_fpc, conf_high_without_fpc`, a row a count. `conf_low` and `conf_high` hold 'if those who did
        not answer are like those who did'. Where the population is unknown there is no correction, and
        `sampling_fraction` is missing. A base of 0 gives missing figures, a sample of one no standard error.

    Raises
    ------
    EstimationError
        When a count is above its base, or more answered than there are.

    Notes
    -----
    Wilson's interval with n / (1 - f), f = respondents / population; std_error = sqrt((1 - f) p(1-p)/n * m/(m-1)) with
    m the sample. R: `survey::svymean` of simple random sampling with `fpc`.
    """
    count, size = np.broadcast_arrays(np.atleast_1d(_numbers(counts)), np.atleast_1d(_numbers(base)))
    if (count > size).any() or (count < 0).any():
        raise EstimationError("a count is above its base, or below 0", expected="counts from 0 to their base")
    fraction = sampling_fraction(
        size if respondents is None else respondents, np.nan if population is None else population
    )
    drawn = size if sample is None else _numbers(sample)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(size > 0, count / size, np.nan)
        variance = np.where(drawn > 1, share * (1 - share) / size * drawn / (drawn - 1), np.nan)
        left = 1 - np.nan_to_num(fraction, nan=0.0)
        corrected = np.where(left == 0, 0 * share, variance * left)
        shares = Shares(
            share, variance, corrected, size, size, size / left, count, np.broadcast_to(fraction, size.shape)
        )
    return pd.DataFrame(shares.columns(level, method))


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares and what their intervals need, one array each of the same shape.

    Parameters
    ----------
    share, variance, variance_fpc
        Estimates, and their variances without and with the finite population correction.
    n, effective, effective_fpc
        Answers that the share is of; their effective number n / deff, and n / (deff (1 - f)).
    count, fraction
        Answers in the category; the sampling fraction, NaN where unknown.
    df, rows
        Degrees of freedom (answers less one by default), and respondents with those whose weight is 0 (`n` by default), for
        other methods than Wilson's.
    """

    share: Floats
    variance: Floats
    variance_fpc: Floats
    n: Floats
    effective: Floats
    effective_fpc: Floats
    count: Floats
    fraction: Floats
    df: Floats | None = None
    rows: Floats | None = None

    @property
    def deff(self) -> Floats:
        """The variance over that of simple random sampling without replacement (with it where the fraction is unknown)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            simple = self.share * (1 - self.share) / (self.n - 1)
            left = 1 - np.nan_to_num(self.fraction, nan=0.0)
            return np.where((simple > 0) & (left > 0), self.variance_fpc / (simple * left), np.nan)

    def columns(self, level: float, method: Method = "wilson") -> dict[str, Floats]:
        """Return the shares with both of their intervals, flat arrays by name."""
        df = self.n - 1 if self.df is None else self.df
        rows = self.n if self.rows is None else self.rows
        se, se_fpc = np.sqrt(self.variance), np.sqrt(self.variance_fpc)
        low, high = share_interval(self.share, se_fpc, self.effective_fpc, df, method, level, rows)
        low_without, high_without = share_interval(self.share, se, self.effective, df, method, level, rows)
        columns = {
            "estimate": self.share,
            "std_error": se_fpc,
            "conf_low": low,
            "conf_high": high,
            "n": self.n,
            "count": self.count,
            "sampling_fraction": self.fraction,
            "deff": self.deff,
            "std_error_without_fpc": se,
            "conf_low_without_fpc": low_without,
            "conf_high_without_fpc": high_without,
        }
        return {name: np.ravel(values) for name, values in columns.items()}


def _numbers(values: Any) -> Floats:
    """Return numbers as floats, missing ones as NaN."""
    if isinstance(values, np.ndarray) and values.dtype != object:
        return values.astype(float)
    array = np.asarray(values, dtype=object)
    flat = pd.to_numeric(pd.Series(array.ravel()).astype("Float64" if pd.isna(array).any() else float))
    return flat.to_numpy(dtype=float, na_value=np.nan).reshape(array.shape)


def _checked(level: float) -> float:
    if not 0 < level < 1:
        raise UsageError("a confidence level is between 0 and 1", got=level)
    return level
