"""The likelihood of a cumulative link model with a random intercept, by adaptive Gauss-Hermite quadrature.

Everything here works on plain arrays of cells: a cell is a covariate pattern within a group and one category, with its
count. The cost therefore follows the number of distinct cells, never the number of respondents.

With v ~ N(0, 1) the likelihood of a group is the integral of exp(sum_i n_i log p_i(v)) over v, where
p_i(v) = F(upper_i - sd v) - F(lower_i - sd v). It is approximated around the mode of the integrand, with nodes spread by
the curvature there (Liu and Pierce 1994, Biometrika 81; Pinheiro and Bates 1995). One node is Laplace's approximation.
The gradient is that of the approximation itself: it follows mode and curvature as the parameters move.

The maximum, and its profiles: parameters are taken in units in which their covariance is about one, so that steps and tolerances are in standard
errors whatever the predictors' scales. The standard deviation itself, not its logarithm, is the last parameter: the
likelihood is even in it, so zero is an inner point, and an estimate there is reached and recognised.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ..errors import EstimationError
from .arrays import FloatArray
from .links import Link
from .maximise import inverse_positive

GRADIENT_TOLERANCE = 1e-4
DIFFERENCE = 1e-3
# In residual standard deviations: beyond it, 96 % of the variance is between groups and quadrature is not to be trusted.
LARGEST_SD = 5.0
LAST_STEPS = 20
LEFT_TO_GAIN = 1e-9
MODE_STEPS: Final = 200
# Newton's method squares the error: a step of this size leaves about 1e-10.
MODE_TOLERANCE: Final = 1e-5

BATCH: Final = 200_000
"""Cells times sets of parameters times nodes, or parameters where these are more, that are worked on at once."""


@dataclass(frozen=True, repr=False)
class Cells:
    """Counts by group, covariate pattern and category, sorted by group; empty cells are left out.

    Parameters
    ----------
    upper, lower
        Coefficients (M, p) that give the bounds of each cell's category from the p parameters: upper @ parameters.
    has_upper, has_lower
        Whether the bound is finite (M,): the highest category has no upper bound, the lowest no lower.
    count
        Respondents or summed weights in each cell (M,).
    group
        Number of the group of each cell (M,), from 0, sorted.
    link
        The link.
    """

    upper: FloatArray
    lower: FloatArray
    has_upper: npt.NDArray[np.bool_]
    has_lower: npt.NDArray[np.bool_]
    count: FloatArray
    group: npt.NDArray[np.intp]
    link: Link

    @cached_property
    def starts(self) -> npt.NDArray[np.intp]:
        """Where each group begins among the cells (G,)."""
        return np.flatnonzero(np.diff(self.group, prepend=-1))

    @property
    def widest(self) -> int:
        """Cells of the largest group."""
        return int(np.diff(self.starts, append=len(self.group)).max())

    def batches(self, size: int) -> Iterator[tuple[Cells, slice]]:
        """Go through the groups, as many at a time as have so many cells, or one."""
        first, ends = 0, np.append(self.starts[1:], len(self.group))
        while first < len(ends):
            start = self.starts[first]
            last = max(int(np.searchsorted(ends, start + size, side="right")), first + 1)
            inside = slice(start, ends[last - 1])
            names = ("upper", "lower", "has_upper", "has_lower", "count")
            own: dict[str, Any] = {name: getattr(self, name)[inside] for name in names}
            yield replace(self, **own, group=self.group[inside] - first), slice(first, last)
            first = last


@dataclass(frozen=True, repr=False)
class Integral:
    """The approximated integral of every group at some sets of parameters.

    Parameters
    ----------
    log_likelihood
        Of each group (G, B).
    score
        Its derivative in the parameters and, last, in sd (G, B, p + 1).
    mode, scale
        Where the integrand of each group is highest, and its spread there, in units of sd (G, B).
    """

    log_likelihood: FloatArray
    score: FloatArray
    mode: FloatArray
    scale: FloatArray


def integrate(cells: Cells, theta: FloatArray, n_agq: int, mode: FloatArray | None = None) -> Integral | None:
    """Approximate the log-likelihood of each group and its gradient; None where the parameters are not possible.

    Parameters
    ----------
    cells
        The counts.
    theta
        Sets of parameters (B, p + 1): thresholds and coefficients, then the standard deviation of the random intercept
        on the scale of the link, which may be zero. Several at once cost little more than one.
    n_agq
        Number of quadrature nodes; 1 is Laplace's approximation.
    mode
        Where to start the search for the modes (G, B or 1); zero when left out.
    """
    start = np.zeros((len(cells.starts), len(theta))) if mode is None else mode + np.zeros(len(theta))
    sets: list[Integral] = []
    # Groups do not depend on each other, nor do sets: a few at a time keep memory, and the processor's cache, small.
    each = max(n_agq, theta.shape[1])
    for columns in np.array_split(
        np.arange(len(theta)), min(len(theta), 1 + cells.widest * len(theta) * each // BATCH)
    ):
        groups: list[Integral] = []
        for part, inside in cells.batches(BATCH // (len(columns) * each)):
            found = _integrate(part, theta[columns], n_agq, start[inside][:, columns])
            if found is None:
                return None
            groups.append(found)
        sets.append(_joined(groups, axis=0))
    return _joined(sets, axis=1)


def _joined(parts: list[Integral], axis: int) -> Integral:
    """Put integrals of groups (axis 0) or of sets of parameters (axis 1) together."""
    if len(parts) == 1:
        return parts[0]
    names = ("log_likelihood", "score", "mode", "scale")
    return Integral(*(np.concatenate([getattr(part, name) for part in parts], axis=axis) for name in names))


def _integrate(cells: Cells, theta: FloatArray, n_agq: int, start: FloatArray) -> Integral | None:
    starts, sd = cells.starts, theta[:, -1]
    upper, lower = cells.upper @ theta[:, :-1].T, cells.lower @ theta[:, :-1].T
    if np.any((upper <= lower) & (cells.has_upper & cells.has_lower)[:, None]):
        return None
    peak = _peak(cells, upper, lower, sd, start)
    if peak is None:
        return None
    z, log_weight = _rule(n_agq)
    v = peak.mode[..., None] + np.sqrt(2) * peak.scale[..., None] * z
    at = peak.at if n_agq == 1 else _Bounded(cells, upper, lower, (sd[:, None] * v)[cells.group])
    height = np.add.reduceat(cells.count[:, None, None] * at.log_p, starts) - v**2 / 2 + log_weight
    top = height.max(axis=2, keepdims=True)
    total = np.exp(height - top).sum(axis=2, keepdims=True)
    log_likelihood = (top + np.log(total))[..., 0] + np.log(peak.scale) - np.log(np.pi) / 2
    if not np.all(np.isfinite(log_likelihood)):
        return None
    score = _score(cells, at, peak, v, np.exp(height - top) / total, sd)
    return Integral(log_likelihood, score, peak.mode, peak.scale)


def shift_derivatives(cells: Cells, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Differentiate each group's log-likelihood, once and twice (G,), in a shift of the group, at no shift."""
    slopes, curvatures = [], []
    for part, _ in cells.batches(BATCH // len(parameters)):
        upper, lower = part.upper @ parameters[:, None], part.lower @ parameters[:, None]
        at = _Bounded(part, upper, lower, np.zeros((len(part.count), 1, 1)))
        in_upper, in_lower = at.second()
        slopes.append(np.add.reduceat(part.count * at.slope[:, 0, 0], part.starts))
        curvatures.append(np.add.reduceat(part.count * -(in_upper + in_lower)[:, 0, 0], part.starts))
    return np.concatenate(slopes), np.concatenate(curvatures)


@cache
def _rule(n_agq: int) -> tuple[FloatArray, FloatArray]:
    z, weight = np.polynomial.hermite.hermgauss(n_agq)
    return z, np.log(weight) + z**2


class _Bounded:
    """Log-probabilities (M, B, Q) between bounds shifted by the random effect, and their derivatives in the bounds."""

    def __init__(self, cells: Cells, upper: FloatArray, lower: FloatArray, shift: FloatArray) -> None:
        has_upper, has_lower = cells.has_upper[:, None, None], cells.has_lower[:, None, None]
        self.link = cells.link
        b, a = upper[..., None] - shift, lower[..., None] - shift
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            self.log_p = self.link.log_interval(np.where(has_lower, a, -np.inf), np.where(has_upper, b, np.inf))
            self.l_b = np.where(has_upper, np.exp(self.link.log_density(b) - self.log_p), 0.0)
            self.l_a = np.where(has_lower, -np.exp(self.link.log_density(a) - self.log_p), 0.0)
        self.b, self.a = b, a

    @property
    def slope(self) -> FloatArray:
        """The derivative of log p in the random effect."""
        return -(self.l_b + self.l_a)

    def second(self) -> tuple[FloatArray, FloatArray]:
        """Differentiate the slope in the upper and in the lower bound."""
        self.s_b, self.s_a = self.link.density_slope(self.b), self.link.density_slope(self.a)
        self.bb, self.aa = self.s_b * self.l_b - self.l_b**2, self.s_a * self.l_a - self.l_a**2
        self.ab = -self.l_a * self.l_b
        return -(self.bb + self.ab), -(self.aa + self.ab)

    def third(self) -> tuple[FloatArray, FloatArray]:
        """Differentiate the curvature in the random effect in the upper and in the lower bound."""
        change = self.link.slope_change
        bbb = (change(self.b, self.s_b) + self.s_b**2 - self.s_b * self.l_b) * self.l_b - 2 * self.l_b * self.bb
        aaa = (change(self.a, self.s_a) + self.s_a**2 - self.s_a * self.l_a) * self.l_a - 2 * self.l_a * self.aa
        abb = -(self.ab * self.l_b + self.l_a * self.bb)
        aab = -(self.aa * self.l_b + self.l_a * self.ab)
        return bbb + 2 * abb + aab, aaa + 2 * aab + abb


@dataclass(frozen=True)
class _Peak:
    mode: FloatArray
    scale: FloatArray
    at: _Bounded


def _peak(cells: Cells, upper: FloatArray, lower: FloatArray, sd: FloatArray, mode: FloatArray) -> _Peak | None:
    """Find the modes (G, B) by Newton's method, halving the steps that do not climb."""
    n, starts = cells.count[:, None, None], cells.starts

    def height(v: FloatArray) -> tuple[FloatArray, _Bounded]:
        at = _Bounded(cells, upper, lower, (sd * v)[cells.group][..., None])
        return np.add.reduceat(n * at.log_p, starts)[..., 0] - v**2 / 2, at

    def curvature(at: _Bounded) -> FloatArray:
        in_b, in_a = at.second()
        return -(sd**2) * np.add.reduceat(n * (in_b + in_a), starts)[..., 0] - 1

    h, at = height(mode)
    if not np.all(np.isfinite(h)):
        mode = np.zeros_like(mode)
        h, at = height(mode)
    for _ in range(MODE_STEPS):
        if not np.all(np.isfinite(h)):
            return None
        gradient = sd * np.add.reduceat(n * at.slope, starts)[..., 0] - mode
        # Where the integrand is not concave (cauchit), the prior's curvature alone still gives an uphill step.
        step = gradient / np.maximum(-curvature(at), 1.0)
        new_h, new_at = height(mode + step)
        while np.any(worse := ~(new_h >= h - 1e-9 * (1 + np.abs(h)))):
            step = np.where(worse, step / 2, step)
            new_h, new_at = height(mode + step)
        mode, h, at = mode + step, new_h, new_at
        if np.abs(step).max() < MODE_TOLERANCE:
            bend = curvature(at)
            return _Peak(mode, 1 / np.sqrt(-bend), at) if np.all(bend < 0) else None
    return None


def _score(cells: Cells, at: _Bounded, peak: _Peak, v: FloatArray, share: FloatArray, sd: FloatArray) -> FloatArray:
    """Differentiate each group's log integral (G, B, p + 1) in the parameters and in sd.

    `share` (G, B, Q) are the nodes' parts of the integral. To the derivative at fixed nodes come two terms, for the
    mode m and the scale s, whose own derivatives follow from H'(m) = 0 and s^-2 = -H''(m) by implicit differentiation.
    """
    n, group, starts = cells.count[:, None, None], cells.group, cells.starts
    weight = n * share[group]
    up, low = (weight * at.l_b).sum(axis=2), (weight * at.l_a).sum(axis=2)
    in_sd = np.add.reduceat((weight * at.slope * v[group]).sum(axis=2), starts)

    second_b, second_a = (term[..., 0] for term in peak.at.second())
    third_b, third_a = (term[..., 0] for term in peak.at.third())
    first, second, third = peak.at.slope[..., 0], -(second_b + second_a), -(third_b + third_a)
    s, m, count = peak.scale, peak.mode[group], cells.count[:, None]
    node_slope = sd[:, None] * np.add.reduceat(n * at.slope, starts) - v
    by_scale = 1 / s + (share * node_slope * (v - peak.mode[..., None])).sum(axis=2) / s
    skew = sd**3 * np.add.reduceat(count * third, starts)
    by_mode = ((share * node_slope).sum(axis=2) * s**2 + by_scale * s**5 * skew / 2)[group] * count
    by_curvature = (by_scale * s**3 / 2)[group] * count

    up = up + sd * by_mode * second_b + sd**2 * by_curvature * third_b
    low = low + sd * by_mode * second_a + sd**2 * by_curvature * third_a
    moving = by_mode * (first + sd * second * m) + by_curvature * (2 * sd * second + sd**2 * third * m)
    in_cells = up[..., None] * cells.upper[:, None] + low[..., None] * cells.lower[:, None]
    in_sd = in_sd + np.add.reduceat(moving, starts)
    return np.concatenate([np.add.reduceat(in_cells, starts), in_sd[..., None]], axis=2)


@dataclass
class Marginal:
    """The marginal log-likelihood in standardised parameters.

    Parameters
    ----------
    cells
        The counts.
    n_agq
        Quadrature nodes.
    origin
        Thresholds, coefficients and sd (K + 1,) at which the standardised parameters are zero.
    root
        (K + 1, free): parameters = origin + root @ standardised.
    """

    cells: Cells
    n_agq: int
    origin: FloatArray
    root: FloatArray
    _mode: FloatArray | None = field(default=None, init=False, repr=False)

    def parameters(self, z: FloatArray) -> FloatArray:
        """Return thresholds, coefficients and sd (K + 1,), or a row for each row of z."""
        return self.origin + z @ self.root.T

    def integral(self, z: FloatArray) -> Integral | None:
        """Integrate each group; the search for the modes begins where the last one ended."""
        found = integrate(self.cells, np.atleast_2d(self.parameters(z)), self.n_agq, self._mode)
        if found is not None:
            self._mode = found.mode[:, :1]
        return found

    def loss(self, z: FloatArray) -> tuple[float, FloatArray]:
        """Minus the log-likelihood and its gradient; infinite where thresholds cross."""
        found = self.integral(z)
        if found is None:
            return np.inf, np.zeros_like(z)
        return -float(found.log_likelihood.sum()), -found.score.sum(axis=0)[0] @ self.root

    def minimise_loss(self) -> FloatArray:
        """Return the standardised parameters (free,) at the least loss, by BFGS from zero."""
        from scipy.optimize import minimize

        start = np.zeros(self.root.shape[1])
        found = minimize(self.loss, start, jac=True, method="BFGS", options={"gtol": GRADIENT_TOLERANCE})
        return np.asarray(found.x, dtype=np.float64)

    def information(self, z: FloatArray) -> FloatArray | None:
        """Return the observed information, by central differences of the exact gradient; None at an edge."""
        steps = DIFFERENCE * np.eye(len(z))
        found = self.integral(np.vstack([z, z + steps, z - steps]))
        if found is None:
            return None
        gradient = found.score.sum(axis=0)[1:] @ self.root
        rows: FloatArray = (gradient[len(z) :] - gradient[: len(z)]) / (2 * DIFFERENCE)
        return (rows + rows.T) / 2


@dataclass(frozen=True, repr=False)
class MarginalOptimum:
    """Where the marginal likelihood is highest.

    Parameters
    ----------
    theta
        Thresholds, coefficients and sd (K + 1,); sd is zero or above.
    value
        The log-likelihood.
    covariance
        Inverse of the observed information (K + 1, K + 1); the row and column of an sd of zero are NaN.
    scores
        Score of each group (G, K + 1).
    mode, scale
        Conditional mode and spread of each group, in units of sd (G,).
    """

    theta: FloatArray
    value: float
    covariance: FloatArray
    scores: FloatArray
    mode: FloatArray
    scale: FloatArray

    @property
    def boundary(self) -> bool:
        """Whether the sd is estimated as zero."""
        return bool(self.theta[-1] == 0)


def maximise_marginal(
    cells: Cells, n_agq: int, fixed: FloatArray, fixed_covariance: FloatArray, residual_sd: float, where: str
) -> MarginalOptimum:
    """Find the maximum, from that of the model without random intercept.

    Parameters
    ----------
    cells, n_agq
        The counts and the number of quadrature nodes.
    fixed, fixed_covariance
        Estimates (K,) of the model without random intercept, and their covariance (K, K).
    residual_sd
        Standard deviation of the link's latent distribution, for scale.
    where
        The model's name in errors.

    Raises
    ------
    EstimationError
        The maximum was not reached, or lies at infinity.
    """
    slope, curvature = shift_derivatives(cells, fixed)
    spread = float(np.sum(slope**2 / np.maximum(-curvature, 1e-12)) - len(slope)) / max(-float(curvature.sum()), 1e-12)
    sd = min(max(np.sqrt(max(spread, 0.0)), 0.2 * residual_sd), 3 * residual_sd)
    root = np.zeros((len(fixed) + 1, len(fixed) + 1))
    root[:-1, :-1] = np.linalg.cholesky(fixed_covariance)
    root[-1, -1] = sd / np.sqrt(2 * len(slope))
    objective = Marginal(cells, n_agq, np.append(fixed, sd), root)
    z = objective.minimise_loss()
    zero = integrate(cells, np.append(fixed, 0.0)[None], 1)
    if zero is None:
        raise EstimationError("the model without random intercept has no likelihood", where=where)
    # At zero the likelihood rises with the variance where the squared slopes exceed the information.
    if float(np.sum(slope**2 + curvature)) <= 0 and objective.loss(z)[0] >= -float(zero.log_likelihood.sum()) - 1e-7:
        return _at_zero(fixed, fixed_covariance, zero)
    if abs(objective.parameters(z)[-1]) > LARGEST_SD * residual_sd:
        what = "answers hardly vary within groups, and the groups' standard deviation grows without bound"
        raise EstimationError(what, where=where, hint="compare the groups with fit_clm, or describe them")
    return _polished(objective, z, where)


def _polished(objective: Marginal, z: FloatArray, where: str) -> MarginalOptimum:
    """Take the last Newton steps, most often one, and the covariance."""
    for _ in range(LAST_STEPS):
        information = objective.information(z)
        inverse = None if information is None else inverse_positive(information)
        if inverse is None:
            break
        z = z - inverse @ objective.loss(z)[1]
        found = objective.integral(z)
        if found is None:
            break
        left = found.score.sum(axis=0)[0] @ objective.root
        if left @ inverse @ left < LEFT_TO_GAIN:
            return _optimum(objective, z, inverse, found)
    hint = "simplify it, or use more quadrature nodes"
    raise EstimationError("the mixed model did not converge", where=where, hint=hint)


def _optimum(objective: Marginal, z: FloatArray, inverse: FloatArray, found: Integral) -> MarginalOptimum:
    """Lay out the maximum, with a positive sd."""
    theta, sign = objective.parameters(z), np.ones(len(z))
    sign[-1] = np.sign(theta[-1])
    root = sign[:, None] * objective.root
    value = float(found.log_likelihood.sum())
    mode, scale = found.mode[:, 0] * sign[-1], found.scale[:, 0]
    return MarginalOptimum(theta * sign, value, root @ inverse @ root.T, found.score[:, 0] * sign, mode, scale)


def _at_zero(fixed: FloatArray, fixed_covariance: FloatArray, zero: Integral) -> MarginalOptimum:
    covariance = np.full((len(fixed) + 1, len(fixed) + 1), np.nan)
    covariance[:-1, :-1] = fixed_covariance
    value, groups = float(zero.log_likelihood.sum()), len(zero.mode)
    spread = np.zeros(groups), np.ones(groups)
    return MarginalOptimum(np.append(fixed, 0.0), value, covariance, zero.score[:, 0], *spread)


def profiled_value(cells: Cells, n_agq: int, optimum: MarginalOptimum, index: int, value: float) -> float:
    """Maximise the log-likelihood with one parameter held."""
    covariance = np.where(np.isnan(optimum.covariance), 0.0, optimum.covariance)
    if np.isnan(optimum.covariance[-1, -1]):
        covariance[-1, -1] = 1.0
    others = np.arange(len(optimum.theta)) != index
    along = covariance[:, index] / covariance[index, index]
    origin = optimum.theta + along * (value - optimum.theta[index])
    rest = covariance - np.outer(along, covariance[index])
    root = np.zeros((len(origin), len(origin) - 1))
    root[others] = np.linalg.cholesky(rest[np.ix_(others, others)])
    objective = Marginal(cells, n_agq, origin, root)
    return -objective.loss(objective.minimise_loss())[0]
