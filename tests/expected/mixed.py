"""A cumulative logit with a random intercept, and a predictor of units: plain maximisation, adaptive Gauss-Hermite quadrature with 10 points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from cumulative import Array, Levels, contrasts, derivative, fit_model
from scipy.optimize import brentq, minimize
from scipy.stats import chi2, norm

POINTS = 10


@dataclass
class Mixed:
    """Thresholds and effects, then the standard deviation between units; the covariance is of all of them."""

    params: Array
    cov: Array
    llf: float
    modes: dict[str, float]
    sd_interval: tuple[float, float]
    data: pd.DataFrame
    categories: list[str]
    levels: Levels

    @property
    def sd(self) -> float:
        """The standard deviation between units."""
        return float(self.params[-1])


def _logistic(x: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(x, -500, 500)))


class _Units:
    """The likelihood of each unit's answers given its intercept, and its integral."""

    def __init__(
        self,
        data: pd.DataFrame,
        outcome: str,
        categories: Sequence[str],
        levels: Levels,
        unit: str,
        values: Mapping[str, float] | None,
    ):
        self.place = data[outcome].map({code: i for i, code in enumerate(categories)}).to_numpy(int)
        self.x = contrasts(data, levels)
        if values is not None:  # a number known of each unit
            self.x = np.column_stack([self.x, data[unit].map(values).to_numpy(float)])
        self.weights = data["count"].to_numpy(float)
        self.names, self.unit = np.unique(data[unit].to_numpy(str), return_inverse=True)
        self.cuts = len(categories) - 1
        self.last = np.zeros(len(self.names))

    def given(self, params: Array, u: Array) -> tuple[Array, Array, Array]:
        """Return each unit's log-likelihood given its intercept (one a unit), and its two derivatives in it."""
        theta = np.concatenate([[-np.inf], params[: self.cuts], [np.inf]])
        shift = self.x @ params[self.cuts : -1] + u[self.unit]
        high, low = _logistic(theta[self.place + 1] - shift), _logistic(theta[self.place] - shift)
        high[self.place == self.cuts], low[self.place == 0] = 1, 0
        p = high - low
        # P(Y = j) = F(a) - F(b) has, for the logistic, d log p / du = F(a) + F(b) - 1, whose derivative is -(f(a) + f(b)).
        first = high + low - 1
        second = -(high * (1 - high) + low * (1 - low))
        sums = [np.bincount(self.unit, self.weights * values, len(self.names)) for values in (np.log(p), first, second)]
        return sums[0], sums[1], sums[2]

    def modes(self, params: Array) -> tuple[Array, Array]:
        """Return the most likely intercept of each unit, and the curvature there."""
        u, variance = self.last, params[-1] ** 2  # the modes of the parameters before are near
        for _ in range(100):
            _, first, second = self.given(params, u)
            step = (first - u / variance) / (second - 1 / variance)
            u = u - step
            if np.abs(step).max() < 1e-12:
                break
        self.last = u
        return u, 1 / variance - self.given(params, u)[2]

    def loglikelihood(self, params: Array, points: int = POINTS) -> float:
        """Return the log-likelihood, integrated over each unit's intercept with nodes about its mode."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(points)
        mode, curvature = self.modes(params)
        terms = []
        for node, weight in zip(nodes, weights, strict=True):
            u = mode + node / np.sqrt(curvature)
            prior = norm.logpdf(u, 0, abs(params[-1]))
            terms.append(self.given(params, u)[0] + prior + node**2 / 2 + np.log(weight) - np.log(curvature) / 2)
        return float(np.logaddexp.reduce(np.array(terms), axis=0).sum())


def _maximum(units: _Units, start: Array) -> tuple[Array, Array, float]:
    def negative(params: Array) -> float:
        return -units.loglikelihood(np.append(params[:-1], np.exp(params[-1])))

    params = np.append(start[:-1], np.log(start[-1]))
    params = minimize(negative, params, method="BFGS", options={"gtol": 1e-3}).x
    gradient = lambda at: derivative(lambda p: np.array([negative(p)]), at, 1e-4)[0]  # noqa: E731
    for _ in range(4):  # Newton's steps on numerical derivatives sharpen what BFGS leaves
        hessian = derivative(gradient, params, 1e-3)
        params = params - np.linalg.solve((hessian + hessian.T) / 2, gradient(params))
    hessian = derivative(gradient, params, 1e-3)
    return params, np.linalg.inv((hessian + hessian.T) / 2), -negative(params)


def _profile(units: _Units, best: Array, llf: float) -> tuple[float, float]:
    """Return the standard deviations at which twice the drop of the profile likelihood is the 95 % quantile of chi-squared."""

    def drop(sd: float) -> float:
        found = minimize(
            lambda rest: -units.loglikelihood(np.append(rest, sd)), best[:-1], method="BFGS", options={"gtol": 1e-6}
        )
        return 2 * (llf + found.fun) - chi2.ppf(0.95, 1)

    sd = best[-1]
    low = brentq(drop, 0.02, sd, xtol=1e-6) if drop(0.02) > 0 else 0.0
    return low, brentq(drop, sd, 5 * sd, xtol=1e-6)


def fit_mixed(
    data: pd.DataFrame,
    outcome: str,
    categories: Sequence[str],
    levels: Levels,
    unit: str,
    units: Sequence[str],
    values: Mapping[str, float] | None = None,
) -> Mixed:
    """Fit the model; the covariance is on the scale of the standard deviation itself (delta method from its logarithm).

    With `values` a number known of each unit is a predictor too, the last before the standard deviation.
    """
    used = data[data[outcome].isin(list(categories)) & data[unit].isin(list(units)) & (data["count"] > 0)]
    for name, known in levels.items():
        used = used[used[name].isin(list(known))]
    table = used.groupby([unit, *levels, outcome], observed=True, as_index=False)["count"].sum()
    plain = fit_model(table, outcome, categories, levels)
    parts = _Units(table, outcome, categories, levels, unit, values)
    start = [*plain.params, *([] if values is None else [0.0]), 0.3]
    logged, cov, llf = _maximum(parts, np.array(start))
    params = np.append(logged[:-1], np.exp(logged[-1]))
    scale = np.append(np.ones(len(params) - 1), params[-1])
    modes = dict(zip(parts.names, parts.modes(params)[0], strict=True))
    ends = _profile(parts, params, llf) if values is None else (float("nan"), float("nan"))
    return Mixed(params, cov * np.outer(scale, scale), llf, modes, ends, table, list(categories), levels)
