"""The likelihood of a cumulative link model with a random intercept, by adaptive Gauss-Hermite quadrature.

Everything here works on plain arrays of cells: a cell is a covariate pattern within a group and one category, with its
count. The cost therefore follows the number of distinct cells, never the number of respondents.

With v ~ N(0, 1) the likelihood of a group is the integral of exp(sum_i n_i log p_i(v)) over v, where
p_i(v) = F(upper_i - sd v) - F(lower_i - sd v). It is approximated around the mode of the integrand, with nodes spread by
the curvature there (Liu and Pierce 1994, Biometrika 81; Pinheiro and Bates 1995). One node is Laplace's approximation.
The gradient is that of the approximation itself: it follows mode and curvature as the parameters move.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr

Array = npt.NDArray[np.float64]
Link = Literal["logit", "probit", "cloglog", "loglog", "cauchit"]

MODE_STEPS: Final = 200
MODE_TOLERANCE: Final = 1e-10


@dataclass(frozen=True)
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
        Name of the link function.
    """

    upper: Array
    lower: Array
    has_upper: npt.NDArray[np.bool_]
    has_lower: npt.NDArray[np.bool_]
    count: Array
    group: npt.NDArray[np.intp]
    link: Link

    @property
    def starts(self) -> npt.NDArray[np.intp]:
        """Where each group begins among the cells (G,)."""
        return np.flatnonzero(np.diff(self.group, prepend=-1))


@dataclass(frozen=True)
class Integral:
    """The approximated integral of every group at one set of parameters.

    Parameters
    ----------
    log_likelihood
        Of each group (G,).
    score
        Its derivative in the parameters and, last, in sd (G, p + 1).
    mode, scale
        Where the integrand of each group is highest, and its spread there, in units of sd (G,).
    """

    log_likelihood: Array
    score: Array
    mode: Array
    scale: Array


def integrate(cells: Cells, parameters: Array, sd: float, n_agq: int, mode: Array | None = None) -> Integral | None:
    """Approximate the log-likelihood of each group and its gradient; None where the parameters are not possible.

    Parameters
    ----------
    cells
        The counts.
    parameters
        Thresholds and coefficients (p,).
    sd
        Standard deviation of the random intercept on the scale of the link; may be zero.
    n_agq
        Number of quadrature nodes; 1 is Laplace's approximation.
    mode
        Where to start the search for the modes (G,); zero when left out.
    """
    starts = cells.starts
    upper, lower = cells.upper @ parameters, cells.lower @ parameters
    if np.any((upper <= lower) & cells.has_upper & cells.has_lower):
        return None
    peak = _peak(cells, upper, lower, sd, np.zeros(len(starts)) if mode is None else mode, starts)
    if peak is None:
        return None
    z, log_weight = _rule(n_agq)
    v = peak.mode[:, None] + np.sqrt(2) * peak.scale[:, None] * z
    at = _Bounded(cells, upper, lower, sd * v[cells.group])
    with np.errstate(divide="ignore"):
        height = np.add.reduceat(cells.count[:, None] * np.log(at.p), starts) - v**2 / 2 + log_weight
    top = height.max(axis=1, keepdims=True)
    total = np.exp(height - top).sum(axis=1, keepdims=True)
    log_likelihood = (top + np.log(total))[:, 0] + np.log(peak.scale) - np.log(np.pi) / 2
    if not np.all(np.isfinite(log_likelihood)):
        return None
    score = _score(cells, at, peak, v, np.exp(height - top) / total, sd, starts)
    return Integral(log_likelihood, score, peak.mode, peak.scale)


@cache
def _rule(n_agq: int) -> tuple[Array, Array]:
    z, weight = np.polynomial.hermite.hermgauss(n_agq)
    return z, np.log(weight) + z**2


class _Bounded:
    """Probabilities between two bounds shifted by the random effect, and their derivatives in the bounds."""

    def __init__(self, cells: Cells, upper: Array, lower: Array, shift: Array) -> None:
        has_upper, has_lower = cells.has_upper[:, None], cells.has_lower[:, None]
        self.link = LINKS[cells.link]
        self.b = np.where(has_upper, upper[:, None] - shift, np.inf)
        self.a = np.where(has_lower, lower[:, None] - shift, -np.inf)
        self.p = self.link.between(self.a, self.b)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            self.f_b, self.f_a = self.link.density(self.b), self.link.density(self.a)
            self.l_b, self.l_a = self.f_b / self.p, -self.f_a / self.p

    def second(self) -> tuple[Array, Array, Array]:
        """Second derivatives of log p: in the upper bound twice, in both, in the lower bound twice."""
        self.df_b, self.df_a = self.link.slope(self.b, self.f_b) / self.p, self.link.slope(self.a, self.f_a) / self.p
        return self.df_b - self.l_b**2, -self.l_a * self.l_b, -self.df_a - self.l_a**2

    def curvature(self) -> Array:
        """Second derivative of log p in the random effect."""
        bb, ab, aa = self.second()
        return bb + 2 * ab + aa

    def third(self) -> tuple[Array, Array]:
        """How the curvature changes with the upper and with the lower bound."""
        bb, ab, aa = self.second()
        bend_b = self.link.bend(self.b, self.f_b) / self.p
        bend_a = self.link.bend(self.a, self.f_a) / self.p
        bbb = bend_b - self.df_b * self.l_b - 2 * self.l_b * bb
        aaa = -bend_a + self.df_a * self.l_a - 2 * self.l_a * aa
        abb = -(ab * self.l_b + self.l_a * bb)
        aab = -(aa * self.l_b + self.l_a * ab)
        return bbb + 2 * abb + aab, aaa + 2 * aab + abb


@dataclass(frozen=True)
class _Peak:
    mode: Array
    scale: Array
    at: _Bounded


def _peak(
    cells: Cells, upper: Array, lower: Array, sd: float, mode: Array, starts: npt.NDArray[np.intp]
) -> _Peak | None:
    """Find each group's mode by Newton's method, halving the steps that do not climb."""
    n = cells.count[:, None]

    def height(v: Array) -> tuple[Array, _Bounded]:
        at = _Bounded(cells, upper, lower, sd * v[cells.group][:, None])
        with np.errstate(divide="ignore"):
            return np.add.reduceat(n * np.log(at.p), starts)[:, 0] - v**2 / 2, at

    h, at = height(mode)
    if not np.all(np.isfinite(h)):
        mode = np.zeros(len(starts))
        h, at = height(mode)
    for _ in range(MODE_STEPS):
        if not np.all(np.isfinite(h)):
            return None
        gradient = -sd * np.add.reduceat(n * (at.l_b + at.l_a), starts)[:, 0] - mode
        curvature = sd**2 * np.add.reduceat(n * at.curvature(), starts)[:, 0] - 1
        # Where the integrand is not concave (cauchit), the prior's curvature alone gives an uphill step.
        step = gradient / -np.where(curvature < 0, curvature, -1.0)
        if np.abs(step).max() < MODE_TOLERANCE:
            return _Peak(mode, 1 / np.sqrt(-curvature), at) if np.all(curvature < 0) else None
        new_h, new_at = height(mode + step)
        while np.any(worse := ~(new_h >= h - 1e-9 * (1 + np.abs(h)))):
            step = np.where(worse, step / 2, step)
            new_h, new_at = height(mode + step)
        mode, h, at = mode + step, new_h, new_at
    return None


def _score(
    cells: Cells, at: _Bounded, peak: _Peak, v: Array, share: Array, sd: float, starts: npt.NDArray[np.intp]
) -> Array:
    """Differentiate each group's log integral (G, p + 1) in the parameters and in sd.

    `share` (G, Q) are the nodes' parts of the integral. To the derivative at fixed nodes come two terms, for the mode m
    and the scale s, whose own derivatives follow from H'(m) = 0 and s^-2 = -H''(m) by implicit differentiation.
    """
    n, group = cells.count[:, None], cells.group
    weight = n * share[group]
    up, low = (weight * at.l_b).sum(axis=1), (weight * at.l_a).sum(axis=1)
    slope = -n * (at.l_b + at.l_a)
    in_sd = np.add.reduceat((share[group] * slope * v[group]).sum(axis=1), starts)

    bb, ab, aa = (term[:, 0] for term in peak.at.second())
    third_b, third_a = (term[:, 0] for term in peak.at.third())
    first = -(peak.at.l_b + peak.at.l_a)[:, 0]
    second, third = bb + 2 * ab + aa, -(third_b + third_a)
    s = peak.scale
    node_slope = sd * np.add.reduceat(slope, starts) - v
    by_scale = 1 / s + (share * node_slope * (v - peak.mode[:, None])).sum(axis=1) / s
    h_vvv = sd**3 * np.add.reduceat(cells.count * third, starts)
    to_mode = (share * node_slope).sum(axis=1) * s**2 + by_scale * s**5 * h_vvv / 2
    to_curvature = by_scale * s**3 / 2

    c_mode, c_curvature = (sd * to_mode[group] * cells.count), (sd**2 * to_curvature[group] * cells.count)
    up = up - c_mode * (bb + ab) + c_curvature * third_b
    low = low - c_mode * (aa + ab) + c_curvature * third_a
    m = peak.mode[group]
    in_sd = in_sd + np.add.reduceat(
        cells.count
        * (to_mode[group] * (first + sd * second * m) + to_curvature[group] * (2 * sd * second + sd**2 * third * m)),
        starts,
    )
    in_parameters = np.add.reduceat(up[:, None] * cells.upper + low[:, None] * cells.lower, starts)
    return np.column_stack([in_parameters, in_sd])


@dataclass(frozen=True)
class _LinkShape:
    """A link's distribution F: the probability between two bounds, the density, and its first two derivatives.

    Bounds may be infinite; densities and derivatives are zero there. `slope` and `bend` take the density along.
    """

    between: Callable[[Array, Array], Array]
    density: Callable[[Array], Array]
    slope: Callable[[Array, Array], Array]
    bend: Callable[[Array, Array], Array]


def _in_lower_tail(distribution: Callable[[Array], Array]) -> Callable[[Array, Array], Array]:
    """Difference of a symmetric distribution, taken in the tail where it is exact."""

    def between(a: Array, b: Array) -> Array:
        flip = a + b > 0
        return distribution(np.where(flip, -a, b)) - distribution(np.where(flip, -b, a))

    return between


def _finite(x: Array) -> Array:
    return np.where(np.isfinite(x), x, 0.0)


def _gumbel_between(a: Array, b: Array) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        exp_a = np.exp(a)
        return np.exp(-exp_a) * -np.expm1(exp_a - np.exp(b))


def _gumbel_density(x: Array) -> Array:
    x = np.minimum(x, 700.0)
    return np.exp(x - np.exp(x))


def _gumbel_slope(x: Array, f: Array) -> Array:
    return f * (1 - np.exp(np.minimum(x, 700.0)))


def _gumbel_bend(x: Array, f: Array) -> Array:
    hazard = np.exp(np.minimum(x, 700.0))
    return f * (1 - hazard) * (1 - hazard) - f * hazard


LINKS: Final[dict[Link, _LinkShape]] = {
    "logit": _LinkShape(
        between=lambda a, b: expit(b) * expit(-a) * -np.expm1(a - b),
        density=lambda x: expit(x) * expit(-x),
        slope=lambda x, f: -f * np.tanh(x / 2),
        bend=lambda x, f: f * (1 - 6 * f),
    ),
    "probit": _LinkShape(
        between=_in_lower_tail(ndtr),
        density=lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi),
        slope=lambda x, f: -_finite(x) * f,
        bend=lambda x, f: (_finite(x) ** 2 - 1) * f,
    ),
    "cloglog": _LinkShape(_gumbel_between, _gumbel_density, _gumbel_slope, _gumbel_bend),
    "loglog": _LinkShape(
        between=lambda a, b: _gumbel_between(-b, -a),
        density=lambda x: _gumbel_density(-x),
        slope=lambda x, f: -_gumbel_slope(-x, f),
        bend=lambda x, f: _gumbel_bend(-x, f),
    ),
    "cauchit": _LinkShape(
        between=_in_lower_tail(lambda x: np.arctan2(1.0, -x) / np.pi),
        density=lambda x: 1 / (np.pi * (1 + x**2)),
        slope=lambda x, f: -2 * np.pi * _finite(x) * f**2,
        bend=lambda x, f: np.pi**2 * f**3 * (6 * _finite(x) ** 2 - 2),
    ),
}
