"""Jeffreys' prior as a penalty: a fit that stays finite where answers are separated.

The penalised log-likelihood is l(theta) + log det I(theta) / 2 with I the expected information. The prior is
invariant: the estimate does not depend on which level is the reference or how a predictor is scaled. With two
categories and the logit link it is Firth's (1993, Biometrika 80, 27-38) bias-reduced logistic regression, R's
`logistf`; that it is finite for binary outcomes is shown by Kosmidis and Firth (2021, Biometrika 108, 71-82).
Standard errors are from I at the estimate; profile intervals of the penalised likelihood are to be preferred, as for
separated levels the likelihood is far from symmetric.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import EstimationError, UsageError, one_of
from .arrays import FloatArray
from .formula import Terms
from .likelihood import Likelihood
from .maximise import Optimum, maximise, solve_positive, starting_values

DIFFERENCE = 1e-5
LEFT_TO_GAIN_PENALISED = 1e-12


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


def check_penalty(penalty: str | None, *, cov_type: str, scale: Terms) -> None:
    """Refuse a penalty that is unknown, or with options it is not defined for.

    Raises
    ------
    UsageError
        Naming the option.
    """
    one_of(penalty or "none", ("jeffreys", "where_separated", "none"), "penalty", "penalty")
    if penalty in (None, "none"):
        return
    if cov_type != "model":
        raise UsageError("a penalised fit has a model-based covariance only", where="cov_type", got=cov_type)
    if scale:
        raise UsageError("a penalised fit has no scale effects", where="scale", got=scale)
