"""Links of the cumulative link model, careful in the tails and at infinite bounds.

A link is known by its latent distribution F: P(Y <= j) = F(h). Probabilities of categories are differences
F(upper) - F(lower); their logarithm is computed without forming the difference, so that neither a rare category
nor an infinite outer bound costs digits. `loglog` is `cloglog` mirrored: F(h) = 1 - G(-h).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_ndtr, logit, ndtr, ndtri

from ..errors import one_of
from .arrays import FloatArray

LOG_ROOT_TWO_PI = 0.5 * np.log(2.0 * np.pi)
HIGHEST_EXPONENT = 500.0
NARROW = 1e-4


@dataclass(frozen=True)
class Link:
    """A latent distribution.

    Parameters
    ----------
    name
        As in `fit_clm(link=)`.
    cdf
        F(h).
    quantile
        F^-1(p).
    log_interval
        log(F(upper) - F(lower)) of (lower, upper); NaN or -inf where upper <= lower.
    log_density
        log f(h), for finite h.
    density_slope
        f'(h) / f(h), for finite h.
    slope_change
        How that changes with h: of h and itself.
    """

    name: str
    cdf: Callable[[FloatArray], FloatArray]
    quantile: Callable[[FloatArray], FloatArray]
    log_interval: Callable[[FloatArray, FloatArray], FloatArray]
    log_density: Callable[[FloatArray], FloatArray]
    density_slope: Callable[[FloatArray], FloatArray]
    slope_change: Callable[[FloatArray, FloatArray], FloatArray]


def find_link(name: str) -> Link:
    """Return the link of a name.

    Raises
    ------
    UsageError
        No such link.
    """
    one_of(name, LINKS, "link", "link")
    return LINKS[name]


def _softplus(h: FloatArray) -> FloatArray:
    return np.maximum(h, 0.0) + np.log1p(np.exp(-np.abs(h)))


def _logit_interval(lower: FloatArray, upper: FloatArray) -> FloatArray:
    return -_softplus(-upper) - _softplus(lower) + np.log(-np.expm1(lower - upper))


def _logit_log_density(h: FloatArray) -> FloatArray:
    size = np.abs(h)
    return -size - 2.0 * np.log1p(np.exp(-size))


def _probit_interval(lower: FloatArray, upper: FloatArray) -> FloatArray:
    mirrored = lower + upper > 0
    low, high = np.where(mirrored, -upper, lower), np.where(mirrored, -lower, upper)
    log_high = log_ndtr(high)
    value = np.asarray(log_high + np.log(-np.expm1(log_ndtr(low) - log_high)))
    width, middle = upper - lower, (lower + upper) / 2.0
    narrow = (width > 0) & (width * (1.0 + np.abs(middle)) < NARROW)
    if narrow.any():
        # The two logarithms are nearly equal there: the density at the middle, with the next term of its series.
        curved = np.log1p((middle[narrow] ** 2 - 1.0) * width[narrow] ** 2 / 24.0)
        value[narrow] = (-0.5 * middle[narrow] ** 2 - LOG_ROOT_TWO_PI) + np.log(width[narrow]) + curved
    return value


def _exponential(h: FloatArray) -> FloatArray:
    return np.exp(np.minimum(h, HIGHEST_EXPONENT))


def _cloglog_interval(lower: FloatArray, upper: FloatArray) -> FloatArray:
    low = _exponential(lower)
    distance = np.where(np.isneginf(lower), _exponential(upper), low * np.expm1(np.minimum(upper - lower, 700.0)))
    return -low + np.log(-np.expm1(-distance))


def _cauchit_interval(lower: FloatArray, upper: FloatArray) -> FloatArray:
    below, above = np.isneginf(lower), np.isposinf(upper)
    low, high = np.where(below, 0.0, lower), np.where(above, 0.0, upper)
    rise = np.where(below | above, 1.0, high - low)
    run = np.where(below, -high, np.where(above, low, 1.0 + low * high))
    angle = np.where(below & above, np.pi, np.arctan2(rise, run))
    return np.log(np.where(upper > lower, angle, 0.0) / np.pi)


_LOGIT = Link(
    name="logit",
    cdf=expit,
    quantile=logit,
    log_interval=_logit_interval,
    log_density=_logit_log_density,
    density_slope=lambda h: -np.tanh(0.5 * h),
    slope_change=lambda h, s: (s * s - 1.0) / 2.0,
)
_PROBIT = Link(
    name="probit",
    cdf=ndtr,
    quantile=ndtri,
    log_interval=_probit_interval,
    log_density=lambda h: -0.5 * h * h - LOG_ROOT_TWO_PI,
    density_slope=lambda h: -h,
    slope_change=lambda h, s: np.full_like(s, -1.0),
)
_CLOGLOG = Link(
    name="cloglog",
    cdf=lambda h: -np.expm1(-_exponential(h)),
    quantile=lambda p: np.log(-np.log1p(-p)),
    log_interval=_cloglog_interval,
    log_density=lambda h: h - _exponential(h),
    density_slope=lambda h: 1.0 - _exponential(h),
    slope_change=lambda h, s: s - 1.0,
)
_LOGLOG = Link(
    name="loglog",
    cdf=lambda h: np.exp(-_exponential(-h)),
    quantile=lambda p: -np.log(-np.log(p)),
    log_interval=lambda lower, upper: _cloglog_interval(-upper, -lower),
    log_density=lambda h: -h - _exponential(-h),
    density_slope=lambda h: _exponential(-h) - 1.0,
    slope_change=lambda h, s: -s - 1.0,
)
_CAUCHIT = Link(
    name="cauchit",
    cdf=lambda h: np.arctan2(1.0, -h) / np.pi,
    quantile=lambda p: np.tan(np.pi * (p - 0.5)),
    log_interval=_cauchit_interval,
    log_density=lambda h: -np.log(np.pi) - np.log1p(h * h),
    density_slope=lambda h: -2.0 * h / (1.0 + h * h),
    slope_change=lambda h, s: 2.0 * (h * h - 1.0) / (1.0 + h * h) ** 2,
)
LINKS = {link.name: link for link in (_LOGIT, _PROBIT, _CLOGLOG, _LOGLOG, _CAUCHIT)}
