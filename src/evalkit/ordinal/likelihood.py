"""The log-likelihood of a cumulative link model on patterns, with its first and second derivatives.

For pattern p and category j, P(Y = j) = F(h_j) - F(h_{j-1}) with h_j = (u_j - v) / exp(t): u_j the threshold and
its nominal effects, v = x'beta, t = z'zeta the log of the scale; h_0 = -inf, h_J = inf. A cell depends on its two
bounds alone, so the work is done category by category, on the cells that somebody is in: where predictors are numbers,
and every respondent a pattern, that is one cell a respondent and not J. Cells are taken in chunks that stay in the
processor's cache, so that memory does not grow with them. Source: McCullagh (1980), Journal of the Royal Statistical
Society B 42, 109-142; Christensen, the R package ordinal's vignette, for nominal and scale effects.

Order of the parameters: for each threshold row (a constant, then the nominal columns) its effect on each threshold;
then the location; then the scale. R's `clm` has the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .arrays import FloatArray, IntArray
from .formula import Design
from .links import Link

CHUNK = 8192
"""Cells that are worked on at once: more of them would leave the processor's cache."""


@dataclass(frozen=True, repr=False)
class Bound:
    """A finite bound h of some cells of one category, and how log P changes with it.

    Parameters
    ----------
    at
        (c,): the parameters that it depends on.
    rows
        (cells, c): its derivatives in these.
    first, second
        (cells,): derivatives of log P in it.
    """

    at: IntArray
    rows: FloatArray
    first: FloatArray
    second: FloatArray


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

    def inner_bounds(self, theta: FloatArray) -> FloatArray:
        """(patterns, J - 1): h at parameters (K,), of each threshold."""
        *thresholds, location, scale = (theta[block] for block in self.blocks)
        inner = self.rows @ np.array(thresholds).T - (self.design.location @ location)[:, None]
        return np.asarray(inner * np.exp(-self.design.scale @ scale)[:, None])

    def bounds(self, theta: FloatArray) -> FloatArray:
        """(patterns, J + 1): h with its infinite outer bounds."""
        outer = np.full((len(self.rows), 1), np.inf)
        return np.hstack([-outer, self.inner_bounds(theta), outer])

    def probabilities(self, theta: FloatArray) -> FloatArray:
        """(patterns, J): probabilities of the categories."""
        bounds = self.bounds(theta)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.exp(self.link.log_interval(bounds[:, :-1], bounds[:, 1:]))

    def value(self, theta: FloatArray) -> float:
        """Log-likelihood; -inf where an observed category has no probability."""
        return self.derivatives(theta)[0]

    def derivatives(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Log-likelihood, gradient (K,) and Hessian (K, K)."""
        value, gradient, hessian = 0.0, np.zeros(len(theta)), np.zeros((len(theta),) * 2)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            for category, pattern, w in self._cells(self.weights):
                log_p, bounds = self._category(theta, category, pattern)
                value += float(w @ log_p)
                _add_products(hessian, bounds, [w * bound.second for bound in bounds], -w)
                for bound in bounds:
                    gradient[bound.at] += (w * bound.first) @ bound.rows
                    self._add_scale_curvature(hessian, bound, w, pattern)
        return value if np.isfinite(value) else -np.inf, gradient, hessian

    def outer_product(self, theta: FloatArray, weights: FloatArray) -> FloatArray:
        """(K, K): sum over cells of a weight times the outer product of the cell's score.

        With squared weights it is the middle of the robust covariance; with pattern weights times probabilities, the
        expected information.
        """
        result = np.zeros((len(theta),) * 2)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            for category, pattern, w in self._cells(weights):
                _, bounds = self._category(theta, category, pattern)
                _add_products(result, bounds, [w * bound.first**2 for bound in bounds], w)
        return result

    def expected_information(self, theta: FloatArray) -> FloatArray:
        """(K, K): Fisher information."""
        totals = self.weights.sum(axis=1, keepdims=True)
        return self.outer_product(theta, totals * self.probabilities(theta))

    def scores(self, theta: FloatArray, pattern: IntArray, category: IntArray) -> FloatArray:
        """(cells, K): score of one respondent of each cell."""
        result = np.zeros((len(pattern), self.n_parameters))
        for j in range(self.n_thresholds + 1):
            cells = np.flatnonzero(category == j)
            for bound in self._category(theta, j, pattern[cells])[1]:
                result[cells[:, None], bound.at] += bound.first[:, None] * bound.rows
        return result

    def _cells(self, weights: FloatArray) -> Iterator[tuple[int, IntArray, FloatArray]]:
        """Go through the cells that have weight: a category, patterns and their weights."""
        for category in range(weights.shape[1]):
            patterns = np.flatnonzero(weights[:, category] > 0)
            for start in range(0, len(patterns), CHUNK):
                chunk = patterns[start : start + CHUNK]
                yield category, chunk, weights[chunk, category]

    def _category(self, theta: FloatArray, category: int, pattern: IntArray) -> tuple[FloatArray, list[Bound]]:
        """Return log P of a category in some patterns, and its finite bounds, the upper one first."""
        location, scale = self.blocks[-2:]
        rows, x, z = self.rows[pattern], self.design.location[pattern], self.design.scale[pattern]
        shrink, shift = np.exp(-z @ theta[scale])[:, None], x @ theta[location]

        def at(threshold: int) -> FloatArray:
            """h, infinite outside the thresholds."""
            if not 0 <= threshold < self.n_thresholds:
                return np.full(len(pattern), np.inf if threshold > 0 else -np.inf)
            return np.asarray((rows @ theta[self.blocks[threshold]] - shift) * shrink[:, 0])

        ends = {category: at(category), category - 1: at(category - 1)}
        log_p = self.link.log_interval(ends[category - 1], ends[category])
        bounds = []
        for threshold, sign in ((category, 1.0), (category - 1, -1.0)):
            if 0 <= threshold < self.n_thresholds:
                h = ends[threshold]
                first = sign * np.exp(self.link.log_density(h) - log_p)
                second = first * (self.link.density_slope(h) - first)
                parameters = np.concatenate([self.blocks[threshold], location, scale])
                # h = (rows'alpha - x'beta) exp(-z'zeta)
                derivative = np.hstack([rows * shrink, -x * shrink, -z * h[:, None]])
                bounds.append(Bound(parameters, derivative, first, second))
        return log_p, bounds

    def _add_scale_curvature(self, hessian: FloatArray, bound: Bound, w: FloatArray, pattern: IntArray) -> None:
        """Add what comes of h being no linear function of the scale's parameters: its own second derivatives."""
        scale = self.blocks[-1]
        if len(scale):
            piece = -(bound.rows * (w * bound.first)[:, None]).T @ self.design.scale[pattern]
            others = len(bound.at) - len(scale)
            hessian[bound.at[:, None], scale] += piece
            hessian[scale[:, None], bound.at[:others]] += piece[:others].T


def _add_products(total: FloatArray, bounds: list[Bound], weights: list[FloatArray], mixed: FloatArray) -> None:
    """Add sums of products of the bounds' rows: of each with itself, and of both, weighted by `mixed` times the slopes."""
    for bound, weight in zip(bounds, weights, strict=True):
        total[bound.at[:, None], bound.at] += (bound.rows * weight[:, None]).T @ bound.rows
    if len(bounds) == 2:
        upper, lower = bounds
        piece = (upper.rows * (mixed * upper.first * lower.first)[:, None]).T @ lower.rows
        total[upper.at[:, None], lower.at] += piece
        total[lower.at[:, None], upper.at] += piece.T
