"""Cumulative link models on a table of patterns with counts, by plain maximum likelihood in numpy.

    link(P(Y <= j)) = (theta_j + z'gamma_j - x'beta) / exp(s'zeta),   j = 1 ... J - 1

The data are a table: a column a predictor and the outcome (codes) and `count`, which need be no whole number. Nothing else is looked at, so
that the counts may be those of the raw answers, weighted ones, or a completion of published tables.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import chi2, norm

Array = NDArray[np.float64]
Levels = Mapping[str, Sequence[str]]  # predictor -> its levels, the reference first


def _loglog(x: Array) -> Array:
    return np.exp(-np.exp(-x))


LINKS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "logit": (expit, lambda x: np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))) ** 2),
    "probit": (norm.cdf, norm.pdf),
    "cloglog": (lambda x: -np.expm1(-np.exp(x)), lambda x: np.exp(x - np.exp(x))),
    "loglog": (_loglog, lambda x: np.exp(-x - np.exp(-x))),
}


def columns_of(levels: Levels) -> list[tuple[str, str]]:
    """Return the treatment contrasts: a predictor and a level other than its first."""
    return [(name, level) for name, known in levels.items() for level in known[1:]]


def contrasts(data: pd.DataFrame, levels: Levels) -> Array:
    """Return a matrix of 0 and 1, a column a contrast."""
    columns = [(data[name] == level).to_numpy(float) for name, level in columns_of(levels)]
    return np.column_stack(columns) if columns else np.zeros((len(data), 0))


@dataclass
class Fit:
    """A fitted model: thresholds, nominal effects (threshold by threshold), effects, effects on the scale."""

    data: pd.DataFrame
    outcome: str
    categories: list[str]
    levels: Levels
    nominal: tuple[str, ...]
    scale: tuple[str, ...]
    link: str
    params: Array = field(default_factory=lambda: np.zeros(0))
    cov: Array = field(default_factory=lambda: np.zeros((0, 0)))
    llf: float = float("nan")
    patterns: pd.DataFrame = field(default_factory=pd.DataFrame)  # the predictors' patterns, with counts
    scenarios: dict[tuple[tuple[str, str], ...], tuple[Array, Array, Array]] = field(default_factory=dict)

    @property
    def cuts(self) -> int:
        """How many thresholds."""
        return len(self.categories) - 1

    @property
    def location(self) -> Levels:
        """The predictors with one effect for all thresholds."""
        return {name: known for name, known in self.levels.items() if name not in self.nominal}

    def _some(self, names: Sequence[str]) -> Levels:
        return {name: self.levels[name] for name in names}

    def matrices(self, data: pd.DataFrame) -> tuple[Array, Array, Array]:
        """Return the columns with nominal effects, with one effect, with an effect on the scale."""
        return (
            contrasts(data, self._some(self.nominal)),
            contrasts(data, self.location),
            contrasts(data, self._some(self.scale)),
        )

    def _parts(self, params: Array, z: Array, x: Array) -> tuple[Array, Array, Array, Array]:
        q, width = self.cuts, z.shape[1]
        theta, rest = params[:q], params[q:]
        gamma, rest = rest[: q * width].reshape(width, q), rest[q * width :]
        return theta, gamma, rest[: x.shape[1]], rest[x.shape[1] :]

    def cumulative(self, params: Array, z: Array, x: Array, s: Array) -> Array:
        """Return the linear predictors, a row a pattern and a column a threshold."""
        theta, gamma, beta, zeta = self._parts(params, z, x)
        return (theta + z @ gamma - (x @ beta)[:, None]) / np.exp(s @ zeta)[:, None]

    def probabilities(self, params: Array, data: pd.DataFrame) -> Array:
        """Return the probability of each category for each row of some data."""
        return self._given(params, self.matrices(data))

    def _given(self, params: Array, matrices: tuple[Array, Array, Array]) -> Array:
        below = LINKS[self.link][0](self.cumulative(params, *matrices))
        padded = np.hstack([np.zeros((len(below), 1)), below, np.ones((len(below), 1))])
        return np.diff(padded, axis=1)

    def named(self) -> dict[tuple[str, str], int]:
        """Return the place of each effect among the parameters (models without nominal effects)."""
        return {pair: self.cuts + i for i, pair in enumerate(columns_of(self.location))}

    def se(self) -> Array:
        """Return the standard errors."""
        return np.sqrt(np.diag(self.cov))

    def average(self, params: Array, change: Mapping[str, str] | None = None) -> Array:
        """Return each category's probability averaged over the respondents, all of them with the values of `change`."""
        key = tuple(sorted((change or {}).items()))
        if key not in self.scenarios:
            self.scenarios[key] = self.matrices(self.patterns.assign(**dict(key)))
        weights = self.patterns["count"].to_numpy(float)
        return weights @ self._given(params, self.scenarios[key]) / weights.sum()

    def delta(self, function: Callable[[Array], Array]) -> tuple[Array, Array]:
        """Return a function of the parameters at the estimates, and its covariance by the delta method."""
        jacobian = derivative(function, self.params)
        return function(self.params), jacobian @ self.cov @ jacobian.T


def derivative(function: Callable[[Array], Array], at: Array, step: float = 1e-5) -> Array:
    """Return central differences of a function of several values, a column a parameter."""
    columns = []
    for place in range(len(at)):
        move = np.zeros(len(at))
        move[place] = step
        columns.append((function(at + move) - function(at - move)) / (2 * step))
    return np.column_stack(columns)


def _likelihood(fit: Fit) -> Callable[[Array], tuple[float, Array]]:
    """Return a function that gives the log-likelihood and its gradient."""
    data = fit.data
    place = data[fit.outcome].map({code: i for i, code in enumerate(fit.categories)}).to_numpy(int)
    weights = data["count"].to_numpy(float)
    z, x, s = fit.matrices(data)
    distribution, density = LINKS[fit.link]
    rows, q = np.arange(len(data)), fit.cuts
    upper, lower = place < q, place > 0

    def value(params: Array) -> tuple[float, Array]:
        eta = fit.cumulative(params, z, x, s)
        spread = np.exp(s @ fit._parts(params, z, x)[3])
        high, low = np.ones(len(data)), np.zeros(len(data))
        high[upper] = distribution(eta[rows[upper], place[upper]])
        low[lower] = distribution(eta[rows[lower], place[lower] - 1])
        p = high - low
        if (p <= 0).any():
            return -np.inf, np.zeros(len(params))
        # d log p / d eta_j, for the threshold above the answer and the one below.
        slope = np.zeros((len(data), q))
        slope[rows[upper], place[upper]] = density(eta[rows[upper], place[upper]]) / p[upper]
        slope[rows[lower], place[lower] - 1] -= density(eta[rows[lower], place[lower] - 1]) / p[lower]
        slope *= weights[:, None]
        scaled = slope / spread[:, None]
        gradient = [
            scaled.sum(axis=0),
            (z.T @ scaled).ravel(),
            -(x.T @ scaled.sum(axis=1)),
            -(s.T @ (slope * eta).sum(axis=1)),
        ]
        return float(weights @ np.log(p)), np.concatenate(gradient)

    return value


def _start(fit: Fit, width: int) -> Array:
    counts = fit.data.groupby(fit.outcome)["count"].sum().reindex(fit.categories).to_numpy(float)
    below = np.cumsum(counts)[:-1] / counts.sum()
    thresholds = {
        "logit": np.log(below / (1 - below)),
        "probit": norm.ppf(below),
        "cloglog": np.log(-np.log1p(-below)),
        "loglog": -np.log(-np.log(below)),
    }
    return np.concatenate([thresholds[fit.link], np.zeros(width)])


def _maximum(
    value: Callable[[Array], tuple[float, Array]], start: Array, tolerance: float = 1e-9
) -> tuple[Array, Array, float]:
    """Return the maximum by Newton's method with a numerical second derivative, that derivative, and the log-likelihood."""
    params, (best, gradient) = start, value(start)
    for _ in range(200):
        hessian = derivative(lambda at: value(at)[1], params)
        hessian = (hessian + hessian.T) / 2
        step = -np.linalg.solve(hessian - 1e-10 * np.eye(len(params)), gradient)
        if gradient @ step <= 0:  # not a direction of ascent: follow the gradient instead
            step = gradient / max(1.0, np.abs(gradient).max())
        size = 1.0
        while size > 1e-10:
            tried, slope = value(params + size * step)
            if tried >= best - 1e-12 * abs(best):
                break
            size /= 2
        params, gain, best, gradient = params + size * step, tried - best, tried, slope
        if abs(gain) < 1e-11 and np.abs(step).max() < tolerance**0.5:
            break
    hessian = derivative(lambda at: value(at)[1], params)
    return params, (hessian + hessian.T) / 2, best


def fit_model(
    data: pd.DataFrame,
    outcome: str,
    categories: Sequence[str],
    levels: Levels,
    *,
    link: str = "logit",
    nominal: Sequence[str] = (),
    scale: Sequence[str] = (),
) -> Fit:
    """Fit a model to a table of counts: categories low to high, levels with the reference first."""
    used = data[data["count"] > 0]
    for name, known in levels.items():
        used = used[used[name].isin(list(known))]
    used = used[used[outcome].isin(list(categories))]
    table = used.groupby([*levels, outcome], observed=True, as_index=False)["count"].sum()
    fit = Fit(table, outcome, list(categories), dict(levels), tuple(nominal), tuple(scale), link)
    fit.patterns = table.groupby([*levels], observed=True, as_index=False)["count"].sum() if levels else table.head(0)
    z, x, s = fit.matrices(table)
    fit.params, hessian, fit.llf = _maximum(
        _likelihood(fit), _start(fit, z.shape[1] * fit.cuts + x.shape[1] + s.shape[1])
    )
    fit.cov = np.linalg.pinv(-hessian)
    return fit


def likelihood_ratio(small: Fit, large: Fit) -> tuple[float, int, float]:
    """Return twice the gain in log-likelihood, its degrees of freedom and p."""
    statistic, df = 2 * (large.llf - small.llf), len(large.params) - len(small.params)
    return statistic, df, float(chi2.sf(statistic, df))


def merged(data: pd.DataFrame, outcome: str, codes: Mapping[str, str]) -> pd.DataFrame:
    """Return the data with some answers merged into others."""
    return data.assign(**{outcome: data[outcome].replace(dict(codes))})


def brant(
    data: pd.DataFrame, outcome: str, categories: Sequence[str], levels: Levels
) -> dict[str, tuple[float, int, float]]:
    """Return Brant's (1990) tests: all predictors together ('Omnibus') and each: Wald tests that the binary logits agree.

    A binary logit of Y > j at each threshold; the covariance of two of them is (X'W_jj X)^-1 X'W_jm X (X'W_mm X)^-1 with
    w_jm = P(Y > m) (1 - P(Y > j)) for j <= m.
    """
    fits = binary_logits(data, outcome, categories, levels)
    patterns = fits[0].data.groupby([*levels], observed=True, as_index=False)["count"].sum()
    counts = patterns["count"].to_numpy(float)
    design = np.column_stack([np.ones(len(patterns)), contrasts(patterns, levels)])
    above = [fit.probabilities(fit.params, patterns)[:, 1] for fit in fits]
    inverse = [np.linalg.inv(design.T @ (design * (counts * p * (1 - p))[:, None])) for p in above]
    size, q = design.shape[1] - 1, len(fits)
    coefficients = np.concatenate([fit.params[1:] for fit in fits])
    covariance = np.zeros((size * q, size * q))
    for j in range(q):
        for m in range(j, q):
            middle = design.T @ (design * (counts * above[m] * (1 - above[j]))[:, None])
            block = (inverse[j] @ middle @ inverse[m])[1:, 1:]
            covariance[j * size : (j + 1) * size, m * size : (m + 1) * size] = block
            covariance[m * size : (m + 1) * size, j * size : (j + 1) * size] = block.T
    found = {}
    for term, places in _terms(levels).items():
        rows = []
        for j in range(1, q):
            for place in places:
                row = np.zeros(size * q)
                row[place], row[j * size + place] = 1, -1
                rows.append(row)
        difference = np.array(rows)
        moved = difference @ coefficients
        statistic = float(moved @ np.linalg.solve(difference @ covariance @ difference.T, moved))
        found[term] = (statistic, len(rows), float(chi2.sf(statistic, len(rows))))
    return found


def _terms(levels: Levels) -> dict[str, list[int]]:
    """Return which contrasts are tested: all together, those of each predictor, and each by itself."""
    columns = columns_of(levels)
    found = {"Omnibus": list(range(len(columns)))}
    for name in levels:
        found[name] = [place for place, (predictor, _) in enumerate(columns) if predictor == name]
        found |= {
            f"{name}[T.{level}]": [place] for place, (predictor, level) in enumerate(columns) if predictor == name
        }
    return found


def binary_logits(data: pd.DataFrame, outcome: str, categories: Sequence[str], levels: Levels) -> list[Fit]:
    """Return the binary logit of an answer above each category but the highest, in the data's order of categories."""
    fits = []
    for place in range(1, len(categories)):
        above = {code: ("low" if i < place else "high") for i, code in enumerate(categories)}
        fits.append(
            fit_model(
                merged(data[data[outcome].isin(list(categories))], outcome, above), outcome, ["low", "high"], levels
            )
        )
    return fits
