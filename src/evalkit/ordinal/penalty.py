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

from ..errors import EstimationError, UsageError
from .arrays import FloatArray
from .formula import Terms
from .likelihood import Likelihood
from .maximise import Optimum, inverse_positive, maximise, solve_positive, starting_values
from .options import one_of

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
        information = self.expected_information(theta)
        inverse = inverse_positive(information)
        if inverse is None:
            return -np.inf, gradient, -information
        penalty = float(np.linalg.slogdet(information)[1]) / 2.0
        return value + penalty, gradient + self._slope(theta, inverse), -information

    def expected_information(self, theta: FloatArray) -> FloatArray:
        """(K, K): Fisher information of the log-likelihood."""
        return self.likelihood.expected_information(theta)

    def _slope(self, theta: FloatArray, inverse: FloatArray) -> FloatArray:
        """(K,): slope of log det I / 2, which is tr(I^-1 dI) / 2.

        I is the sum over patterns of C'M(h)C, with h = C theta the thresholds' bounds and M their tridiagonal information; so the
        trace is a sum of products of M's slopes in h, taken by small steps, with C I^-1 C', the bounds' covariances.
        """
        thresholds, location = self.likelihood.blocks[:-2], self.likelihood.blocks[-2]
        rows = np.hstack([self.likelihood.rows, -self.likelihood.design.location])
        at = [np.concatenate([block, location]) for block in thresholds]
        h = self.likelihood.bounds(theta)
        spread = [
            [((rows @ inverse[np.ix_(a, b)]) * rows).sum(axis=1) for b in at[i : i + 2]] for i, a in enumerate(at)
        ]
        slope = np.zeros_like(theta)
        for j, parameters in enumerate(at, start=1):
            step = DIFFERENCE * (1.0 + np.abs(h[:, j]))
            moved = np.zeros_like(h)
            moved[:, j] = step
            rise = self._traced(h + moved, spread) - self._traced(h - moved, spread)
            slope[parameters] += rows.T @ (rise / (4.0 * step))
        return slope

    def _traced(self, h: FloatArray, spread: list[list[FloatArray]]) -> FloatArray:
        """(patterns,): trace of M at bounds h, with the bounds' (co)variances of each threshold with itself and the next."""
        link, total = self.likelihood.link, self.likelihood.weights.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            density, share = link.log_density(h[:, 1:-1]), link.log_interval(h[:, :-1], h[:, 1:])
            own = np.exp(2 * density - share[:, :-1]) + np.exp(2 * density - share[:, 1:])
            next_one = -np.exp(density[:, :-1] + density[:, 1:] - share[:, 1:-1])
        found = sum(own[:, i] * pair[0] for i, pair in enumerate(spread))
        return np.asarray(total * (found + 2 * sum(next_one[:, i] * pair[1] for i, pair in enumerate(spread[:-1]))))


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
        raise EstimationError(
            "the penalised fit did not converge", where=where, hint="merge levels with few respondents"
        )
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
