"""The maximum of the marginal likelihood of a model with a random intercept, and its profiles.

Parameters are taken in units in which their covariance is about one, so that steps and tolerances are in standard
errors whatever the predictors' scales. The standard deviation itself, not its logarithm, is the last parameter: the
likelihood is even in it, so zero is an inner point, and an estimate there is reached and recognised.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..errors import EstimationError
from .arrays import FloatArray
from .inference import profile_ends
from .maximise import inverse_positive
from .quadrature import Cells, Integral, integrate, shift_derivatives

GRADIENT_TOLERANCE = 1e-4
DIFFERENCE = 1e-3
# In residual standard deviations: beyond it, 96 % of the variance is between groups and quadrature is not to be trusted.
LARGEST_SD = 5.0
LAST_STEPS = 20
LEFT_TO_GAIN = 1e-9


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
    groups = len(zero.mode)
    return MarginalOptimum(
        np.append(fixed, 0.0),
        float(zero.log_likelihood.sum()),
        covariance,
        zero.score[:, 0],
        np.zeros(groups),
        np.ones(groups),
    )


def profile_interval(
    cells: Cells, n_agq: int, optimum: MarginalOptimum, index: int, level: float, unit: float
) -> tuple[float, float]:
    """Return the values of one parameter that a likelihood-ratio test at a level does not reject.

    Parameters
    ----------
    cells, n_agq, optimum
        The counts, the number of nodes, and the maximum.
    index
        Which parameter; the last is sd, whose lower end is zero where the test does not reject zero.
    level
        Of the interval.
    unit
        First step outward: a standard error, or a guess of one.

    Raises
    ------
    EstimationError
        No end is found within many steps.
    """
    lowest = 0.0 if index == len(optimum.theta) - 1 else -np.inf

    def profiled(value: float) -> float:
        return _profile(cells, n_agq, optimum, index, value)

    return profile_ends(profiled, float(optimum.theta[index]), unit, level, "conf_int", lowest)


def _profile(cells: Cells, n_agq: int, optimum: MarginalOptimum, index: int, value: float) -> float:
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
