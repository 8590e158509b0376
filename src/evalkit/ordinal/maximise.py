"""Newton's method for a cumulative link model's log-likelihood.

The observed information is used; where it is not positive definite (cauchit, scale effects, a poor start) the
expected information takes its place. A step that lowers the log-likelihood is halved.

Jeffreys' prior as a penalty gives a fit that stays finite where answers are separated. The penalised log-likelihood is l(theta) + log det I(theta) / 2 with I the expected information. The prior is
invariant: the estimate does not depend on which level is the reference or how a predictor is scaled. With two
categories and the logit link it is Firth's (1993, Biometrika 80, 27-38) bias-reduced logistic regression, R's
`logistf`; that it is finite for binary outcomes is shown by Kosmidis and Firth (2021, Biometrika 108, 71-82).
Standard errors are from I at the estimate; profile intervals of the penalised likelihood are to be preferred, as for
separated levels the likelihood is far from symmetric.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from ..errors import EstimationError
from .arrays import BoolArray, FloatArray
from .likelihood import Likelihood

MAX_STEPS = 100
MAX_HALVINGS = 40
LEFT_TO_GAIN = 1e-14
SMALL_STEP = 1e-6
NO_SLOPE = 1e-7
NEARLY_SINGULAR = 1e-9
DIFFERENCE = 1e-5
LEFT_TO_GAIN_PENALISED = 1e-12
MANY, ONE_IN = 50_000, 16
"""So many patterns are many, and one in so many stands for them at first."""


class Objective(Protocol):
    """What can be maximised."""

    def derivatives(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Value, gradient and Hessian."""

    def expected_information(self, theta: FloatArray) -> FloatArray:
        """Fisher information."""


@dataclass(frozen=True)
class Optimum:
    """Where Newton's method stopped.

    Parameters
    ----------
    theta
        Parameters (K,).
    value
        The log-likelihood there.
    hessian
        Its second derivatives (K, K).
    status
        'converged'; 'flat' where nothing is left to gain although the parameters still move (a maximum at infinity);
        'stuck' where neither a step helps nor the gradient vanishes.
    steps
        Newton steps taken.
    """

    theta: FloatArray
    value: float
    hessian: FloatArray
    status: Literal["converged", "flat", "stuck"]
    steps: int


def starting_values(likelihood: Likelihood) -> FloatArray:
    """Return thresholds at the quantiles of the marginal shares, the maximum of the model without predictors.

    Where patterns are many, one in so many of them is fitted from there first: most of the way costs little then. With nominal
    effects that fit's thresholds might cross in a pattern that is not among them.
    """
    shares = likelihood.weights.sum(axis=0) / likelihood.weights.sum()
    theta = np.zeros(likelihood.n_parameters)
    theta[: likelihood.n_thresholds] = likelihood.link.quantile(np.cumsum(shares)[:-1])
    if len(likelihood.weights) < MANY or likelihood.rows.shape[1] > 1:
        return theta
    rows = np.arange(0, len(likelihood.weights), ONE_IN)
    found = maximise(Likelihood(likelihood.design.take(rows), likelihood.link, likelihood.weights[rows]), theta)
    return found.theta if found.status == "converged" else theta


@np.errstate(invalid="ignore", over="ignore", divide="ignore")
def maximise(objective: Objective, start: FloatArray, *, free: BoolArray | None = None) -> Optimum:
    """Climb from a start to the maximum.

    Parameters
    ----------
    objective
        A log-likelihood.
    start
        Parameters (K,) where it is finite.
    free
        (K,) which parameters move; all by default.

    Notes
    -----
    Convergence is judged in units that do not depend on the predictors' scale: the Newton decrement g'H^-1 g, twice
    what a step still gains, is below 1e-14, and no parameter moves by more than a millionth of itself. The last step
    is taken, so the error left is of second order. Steps tried on the way may overflow; they are halved.
    """
    moving = np.ones(len(start), dtype=bool) if free is None else free
    theta, (value, gradient, hessian) = start, objective.derivatives(start)
    for step_number in range(MAX_STEPS):
        step = np.zeros_like(theta)
        newton = _newton_step(objective, theta, gradient, hessian, moving)
        if newton is None and float(np.abs(gradient[moving]).max()) < NO_SLOPE:
            return Optimum(theta, value, hessian, "flat", step_number)
        uphill = gradient[moving] / np.abs(np.diag(hessian)[moving]).max()
        step[moving] = uphill if newton is None else newton
        decrement = float(step @ gradient)
        small = newton is not None and bool(np.all(np.abs(step) <= SMALL_STEP * (1.0 + np.abs(theta))))
        if newton is not None and abs(decrement) <= LEFT_TO_GAIN and not small:
            return Optimum(theta, value, hessian, "flat", step_number)
        moved = _halved(objective.derivatives, theta, value, step)
        if moved is None:
            return Optimum(theta, value, hessian, "converged" if small else "stuck", step_number)
        theta, value, gradient, hessian = moved
        if small:
            return Optimum(theta, value, hessian, "converged", step_number + 1)
    return Optimum(theta, value, hessian, "stuck", MAX_STEPS)


def _halved(
    derivatives: Callable[[FloatArray], tuple[float, FloatArray, FloatArray]],
    theta: FloatArray,
    value: float,
    step: FloatArray,
) -> tuple[FloatArray, float, FloatArray, FloatArray] | None:
    """Take the longest of step, step/2, step/4 ... that does not lower the value beyond rounding."""
    floor = value - 1e-11 * (1.0 + abs(value))
    for halving in range(MAX_HALVINGS):
        there = theta + step * 0.5**halving
        new, gradient, hessian = derivatives(there)
        if new >= floor and np.all(np.isfinite(gradient)) and np.all(np.isfinite(hessian)):
            return there, new, gradient, hessian
    return None


def _newton_step(
    objective: Objective, theta: FloatArray, gradient: FloatArray, hessian: FloatArray, moving: BoolArray
) -> FloatArray | None:
    place = np.ix_(moving, moving)
    step = solve_positive(-hessian[place], gradient[moving])
    if step is None:
        step = solve_positive(objective.expected_information(theta)[place], gradient[moving])
    return step


def solve_positive(matrix: FloatArray, right: FloatArray) -> FloatArray | None:
    """Solve a positive definite system, rows scaled to a unit diagonal; None where it is not positive definite."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    diagonal = np.diag(matrix)
    if not np.all(diagonal > 0):
        return None
    scale = 1.0 / np.sqrt(diagonal)
    try:
        factor = cho_factor(matrix * scale[:, None] * scale, lower=True, check_finite=False)
    except LinAlgError:
        return None
    scaled = right * scale if right.ndim == 1 else right * scale[:, None]
    solution = cho_solve(factor, scaled, check_finite=False)
    return solution * scale if right.ndim == 1 else solution * scale[:, None]


def nearly_singular(matrix: FloatArray) -> bool:
    """Say whether a symmetric matrix, scaled to a unit diagonal, has an eigenvalue near zero."""
    diagonal = np.diag(matrix)
    if not np.all(diagonal > 0):
        return True
    scale = 1.0 / np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(matrix * scale[:, None] * scale)[0] < NEARLY_SINGULAR)


def inverse_positive(matrix: FloatArray) -> FloatArray | None:
    """Invert a positive definite matrix, symmetrically; None where it is not positive definite."""
    inverse = solve_positive(matrix, np.eye(len(matrix)))
    return None if inverse is None else (inverse + inverse.T) / 2.0


@dataclass(frozen=True)
class JeffreysPenalised:
    """A log-likelihood with Jeffreys' prior.

    Parameters
    ----------
    likelihood
        The log-likelihood, without scale effects.
    """

    likelihood: Likelihood

    def derivatives(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Value, gradient, and the negative expected information in the Hessian's place."""
        value, gradient, _ = self.likelihood.derivatives(theta)
        penalty = self._log_determinant(theta) / 2.0
        slope = np.zeros_like(theta)
        for k, step in enumerate(np.eye(len(theta)) * DIFFERENCE * (1.0 + np.abs(theta))):
            rise = self._log_determinant(theta + step) - self._log_determinant(theta - step)
            slope[k] = rise / (4.0 * step[k])
        return value + penalty, gradient + slope, -self.expected_information(theta)

    def expected_information(self, theta: FloatArray) -> FloatArray:
        """(K, K): Fisher information of the log-likelihood."""
        return self.likelihood.expected_information(theta)

    def _log_determinant(self, theta: FloatArray) -> float:
        information = self.expected_information(theta)
        diagonal = np.diag(information)
        if not np.all(diagonal > 0):
            return -np.inf
        scale = 1.0 / np.sqrt(diagonal)
        sign, value = np.linalg.slogdet(information * scale[:, None] * scale)
        return float(value + np.log(diagonal).sum()) if sign > 0 else -np.inf


def maximise_penalised(likelihood: Likelihood, where: str) -> Optimum:
    """Climb by scoring, and by BFGS where scoring is slow.

    Raises
    ------
    EstimationError
        The maximum was not reached.
    """
    from scipy.optimize import minimize

    objective = JeffreysPenalised(likelihood)
    found = maximise(objective, starting_values(likelihood))
    if found.status == "converged":
        return found

    def falling(theta: FloatArray) -> tuple[float, FloatArray]:
        value, gradient, _ = objective.derivatives(theta)
        return -value, -gradient

    climbed = minimize(falling, found.theta, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 500})
    value, gradient, hessian = objective.derivatives(climbed.x)
    step = solve_positive(-hessian, gradient)
    if step is None or float(step @ gradient) > LEFT_TO_GAIN_PENALISED:
        hint = "merge levels with few respondents"
        raise EstimationError("the penalised fit did not converge", where=where, hint=hint)
    return Optimum(climbed.x, value, hessian, "converged", found.steps + int(climbed.nit))
