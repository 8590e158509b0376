"""The log-likelihood of a cumulative link model on patterns, with its first and second derivatives.

For pattern p and category j, P(Y = j) = F(h_j) - F(h_{j-1}) with h_j = (u_j - v) / exp(t): u_j the threshold and
its nominal effects, v = x'beta, t = z'zeta the log of the scale; h_0 = -inf, h_J = inf. Each pattern's contribution
is a function of its J + 1 linear predictors u_1..u_{J-1}, v, t. Derivatives are taken in these (the matrices are
small and tridiagonal in u) and carried to the parameters by the rows of the design. Source: McCullagh (1980),
Journal of the Royal Statistical Society B 42, 109-142; Christensen, the R package ordinal's vignette, for nominal
and scale effects.

Order of the parameters: for each threshold row (a constant, then the nominal columns) its effect on each threshold;
then the location; then the scale. R's `clm` has the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .formula import Design
from .links import Link

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class Predictors:
    """The linear predictors of each pattern at some parameters.

    Parameters
    ----------
    thresholds
        (patterns, J - 1): u.
    location
        (patterns,): v.
    log_scale
        (patterns,): t.
    """

    thresholds: FloatArray
    location: FloatArray
    log_scale: FloatArray

    @property
    def bounds(self) -> FloatArray:
        """(patterns, J + 1): h with its infinite outer bounds."""
        inner = (self.thresholds - self.location[:, None]) * np.exp(-self.log_scale)[:, None]
        outer = np.full((len(inner), 1), np.inf)
        return np.hstack([-outer, inner, outer])


@dataclass(frozen=True, repr=False)
class CellDerivatives:
    """Log-probabilities of every pattern and category, and their derivatives in the two bounds.

    Parameters
    ----------
    log_probability
        (patterns, J).
    upper, lower
        (patterns, J): first derivatives in h_j and in h_{j-1}; zero at infinite bounds.
    upper2, lower2
        (patterns, J): second derivatives; the mixed one is -upper * lower.
    """

    log_probability: FloatArray
    upper: FloatArray
    lower: FloatArray
    upper2: FloatArray
    lower2: FloatArray


def cell_derivatives(link: Link, bounds: FloatArray) -> CellDerivatives:
    """Differentiate log(F(h_j) - F(h_{j-1})) in its bounds.

    Parameters
    ----------
    link
        The link.
    bounds
        (..., J + 1): h, from -inf to inf.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        log_p = link.log_interval(bounds[..., :-1], bounds[..., 1:])
        finite = bounds[..., 1:-1]
        density, slope = link.log_density(finite), link.density_slope(finite)
        upper, lower = np.zeros_like(log_p), np.zeros_like(log_p)
        upper[..., :-1] = np.exp(density - log_p[..., :-1])
        lower[..., 1:] = -np.exp(density - log_p[..., 1:])
        upper2, lower2 = -upper * upper, -lower * lower
        upper2[..., :-1] += upper[..., :-1] * slope
        lower2[..., 1:] += lower[..., 1:] * slope
    return CellDerivatives(log_p, upper, lower, upper2, lower2)


@dataclass(frozen=True, repr=False)
class Likelihood:
    """The log-likelihood of a design and a table of (sums of) weights.

    Parameters
    ----------
    design
        Rows of the linear predictors.
    link
        The link.
    weights
        (patterns, J): sums of weights.
    """

    design: Design
    link: Link
    weights: FloatArray

    @cached_property
    def rows(self) -> FloatArray:
        """(patterns, 1 + q): rows of the thresholds."""
        return self.design.threshold_rows

    @property
    def n_thresholds(self) -> int:
        """J - 1."""
        return int(self.weights.shape[1]) - 1

    @cached_property
    def blocks(self) -> list[IntArray]:
        """Parameters of each linear predictor: the thresholds, the location, the scale (the last two may be empty)."""
        j, width = self.n_thresholds, self.rows.shape[1]
        k, s = self.design.location.shape[1], self.design.scale.shape[1]
        first = j * width
        thresholds = [np.arange(i, first, j) for i in range(j)]
        return [*thresholds, np.arange(first, first + k), np.arange(first + k, first + k + s)]

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return sum(len(block) for block in self.blocks)

    def predictors(self, theta: FloatArray) -> Predictors:
        """Return the linear predictors at parameters (K,)."""
        j, design = self.n_thresholds, self.design
        first = j * self.rows.shape[1]
        last = first + design.location.shape[1]
        return Predictors(
            self.rows @ theta[:first].reshape(-1, j), design.location @ theta[first:last], design.scale @ theta[last:]
        )

    def probabilities(self, theta: FloatArray) -> FloatArray:
        """(patterns, J): probabilities of the categories."""
        bounds = self.predictors(theta).bounds
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.exp(self.link.log_interval(bounds[:, :-1], bounds[:, 1:]))

    def value(self, theta: FloatArray) -> float:
        """Log-likelihood; -inf where an observed category has no probability."""
        bounds = self.predictors(theta).bounds
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            log_p = self.link.log_interval(bounds[:, :-1], bounds[:, 1:])
        return _weighted_sum(self.weights, log_p)

    def derivatives(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Log-likelihood, gradient (K,) and Hessian (K, K)."""
        predictors = self.predictors(theta)
        bounds = predictors.bounds
        cells = _where_observed(cell_derivatives(self.link, bounds), self.weights)
        w = self.weights
        slope = w[:, :-1] * cells.upper[:, :-1] + w[:, 1:] * cells.lower[:, 1:]
        diagonal = w[:, :-1] * cells.upper2[:, :-1] + w[:, 1:] * cells.lower2[:, 1:]
        mixed = -w[:, 1:-1] * cells.upper[:, 1:-1] * cells.lower[:, 1:-1]
        gradient = self._gradient(slope, bounds, predictors.log_scale)
        hessian = self._crossproduct(diagonal, mixed, slope, bounds, predictors.log_scale)
        return _weighted_sum(w, cells.log_probability), gradient, hessian

    def outer_product(self, theta: FloatArray, weights: FloatArray) -> FloatArray:
        """(K, K): sum over cells of a weight times the outer product of the cell's score.

        With squared weights it is the middle of the robust covariance; with pattern weights times probabilities, the
        expected information.
        """
        predictors = self.predictors(theta)
        cells = _where_observed(cell_derivatives(self.link, predictors.bounds), weights)
        diagonal = weights[:, :-1] * cells.upper[:, :-1] ** 2 + weights[:, 1:] * cells.lower[:, 1:] ** 2
        mixed = weights[:, 1:-1] * cells.upper[:, 1:-1] * cells.lower[:, 1:-1]
        nothing = np.zeros_like(diagonal)
        return self._crossproduct(diagonal, mixed, nothing, predictors.bounds, predictors.log_scale)

    def expected_information(self, theta: FloatArray) -> FloatArray:
        """(K, K): Fisher information."""
        totals = self.weights.sum(axis=1, keepdims=True)
        return self.outer_product(theta, totals * self.probabilities(theta))

    def scores(self, theta: FloatArray, pattern: IntArray, category: IntArray) -> FloatArray:
        """(cells, K): score of one respondent of each cell."""
        predictors = self.predictors(theta)
        bounds = predictors.bounds
        cells = cell_derivatives(self.link, bounds)
        upper, lower = cells.upper[pattern, category], cells.lower[pattern, category]
        shrink = np.exp(-predictors.log_scale[pattern])
        rows, result = self.rows[pattern], np.zeros((len(pattern), self.n_parameters))
        for j, block in enumerate(self.blocks[:-2]):
            share = upper * (category == j) + lower * (category == j + 1)
            result[:, block] = rows * (share * shrink)[:, None]
        result[:, self.blocks[-2]] = -self.design.location[pattern] * ((upper + lower) * shrink)[:, None]
        high = np.where(category < self.n_thresholds, bounds[pattern, category + 1], 0.0)
        low = np.where(category > 0, bounds[pattern, category], 0.0)
        result[:, self.blocks[-1]] = -self.design.scale[pattern] * (upper * high + lower * low)[:, None]
        return result

    def _gradient(self, slope: FloatArray, bounds: FloatArray, log_scale: FloatArray) -> FloatArray:
        shrunk = slope * np.exp(-log_scale)[:, None]
        inner = bounds[:, 1:-1]
        return np.concatenate(
            [
                (self.rows.T @ shrunk).ravel(),
                -self.design.location.T @ shrunk.sum(axis=1),
                -self.design.scale.T @ (slope * inner).sum(axis=1),
            ]
        )

    def _crossproduct(
        self, diagonal: FloatArray, mixed: FloatArray, slope: FloatArray, bounds: FloatArray, log_scale: FloatArray
    ) -> FloatArray:
        """Carry second derivatives in the bounds (tridiagonal) to the parameters."""
        curvature = _predictor_hessian(diagonal, mixed, slope, bounds[:, 1:-1], np.exp(-log_scale))
        blocks = self.blocks
        rows = [*[self.rows] * self.n_thresholds, self.design.location, self.design.scale]
        result = np.zeros((self.n_parameters, self.n_parameters))
        for (a, b), values in curvature.items():
            if len(blocks[a]) and len(blocks[b]):
                piece = (values[:, None] * rows[a]).T @ rows[b]
                result[blocks[a][:, None], blocks[b]] = piece
                if a != b:
                    result[blocks[b][:, None], blocks[a]] = piece.T
        return result


def _predictor_hessian(
    diagonal: FloatArray, mixed: FloatArray, slope: FloatArray, inner: FloatArray, shrink: FloatArray
) -> dict[tuple[int, int], FloatArray]:
    """Second derivatives of each pattern in its linear predictors; a pair (a, b) with a <= b to (patterns,)."""
    j = diagonal.shape[1]
    location, scale = j, j + 1
    along = diagonal.copy()
    along[:, :-1] += mixed
    along[:, 1:] += mixed
    times = diagonal * inner
    times[:, :-1] += mixed * inner[:, 1:]
    times[:, 1:] += mixed * inner[:, :-1]
    square = shrink * shrink
    result = {(i, i): diagonal[:, i] * square for i in range(j)}
    result |= {(i, i + 1): mixed[:, i] * square for i in range(j - 1)}
    result |= {(i, location): -along[:, i] * square for i in range(j)}
    result[location, location] = along.sum(axis=1) * square
    result |= {(i, scale): -(times[:, i] + slope[:, i]) * shrink for i in range(j)}
    result[location, scale] = (times + slope).sum(axis=1) * shrink
    result[scale, scale] = (inner * times).sum(axis=1) + (slope * inner).sum(axis=1)
    return result


def _where_observed(cells: CellDerivatives, weights: FloatArray) -> CellDerivatives:
    """Set cells that nobody is in to zero, whose derivatives need not exist."""
    if np.all(weights > 0):
        return cells
    seen = weights > 0
    parts = (cells.log_probability, cells.upper, cells.lower, cells.upper2, cells.lower2)
    return CellDerivatives(*(np.where(seen, part, 0.0) for part in parts))


def _weighted_sum(weights: FloatArray, log_p: FloatArray) -> float:
    total = float(np.where(weights > 0, weights * log_p, 0.0).sum())
    return total if np.isfinite(total) else -np.inf
