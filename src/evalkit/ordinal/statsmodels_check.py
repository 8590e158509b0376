"""The same model in another program: an independent check of a fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ..errors import EstimationError, UsageError
from .clm import CLMResult, fixed_effects

FEW = 60
"""Effects of which statsmodels takes all slopes by small steps; of more that takes minutes."""


def agreement(result: CLMResult) -> pd.DataFrame:
    """Fit a model with `statsmodels.miscmodels.ordinal_model.OrderedModel` and put its estimates beside ours.

    Parameters
    ----------
    result
        A model with the logit or probit link, of location effects alone, with frequency weights or none. statsmodels has
        no counts: its log-likelihood of each cell is multiplied by them.

    Returns
    -------
    DataFrame
        `term, estimate, std_error, peer_estimate, peer_std_error`: thresholds (without standard errors of the peer, which
        reports log-increments), location effects, and the log-likelihood as the term `log-likelihood`.

    Raises
    ------
    UsageError
        statsmodels has no such model.
    EstimationError
        It did not converge.

    Examples
    --------
    >>> agreement(fit_clm("belonging ~ role", release))
    """
    fitted = _fitted(fixed_effects(result, "agreement"))
    k = len(result.spec.location_names)
    cuts = fitted.model.transform_threshold_params(fitted.params[k:])[1:-1]
    nothing = np.full(len(cuts), np.nan)
    frame = pd.DataFrame(
        {
            "term": [*result.names, "log-likelihood"],
            "estimate": [*result.theta, result.llf],
            "std_error": [*result.bse, np.nan],
            "peer_estimate": [*cuts, *fitted.params[:k], fitted.llf],
            "peer_std_error": [*nothing, *fitted.bse[:k], np.nan],
        }
    )
    return result.provenance.estimates(frame, "agreement", model=result)


def _fitted(result: CLMResult) -> Any:
    import warnings

    from statsmodels.miscmodels.ordinal_model import OrderedModel
    from statsmodels.tools.numdiff import approx_fprime

    _refuse_what_it_lacks(result)
    patterns, k = result.patterns, len(result.spec.location_names)

    class CountedModel(OrderedModel):  # type: ignore[misc]  # statsmodels has no types
        """The same model of a table of counts."""

        def loglikeobs(self, params: Any) -> Any:
            return patterns.w * super().loglikeobs(params)

        def score(self, params: Any) -> Any:
            """Return its slopes: by small steps, as it takes them, or by its own densities where effects are many."""
            if k <= FEW:
                return super().score(params)
            low, high = self._bounds(params)
            below, above = (patterns.w * self.pdf(end) / self.prob(low, high) for end in (low, high))
            size = len(params) - k + 1
            cuts = np.bincount(self.endog, above, size)[:-1] - np.bincount(self.endog, below, size)[1:]
            widths = np.exp(
                np.r_[0.0, params[k + 1 :]]
            )  # it has the first threshold, then logs of the steps to the next
            return np.r_[(below - above) @ self.exog, widths * cuts[::-1].cumsum()[::-1]]

        def hessian(self, params: Any) -> Any:
            """Return how its slopes change by small steps: of many effects one a parameter, and not one a pair of them."""
            if k <= FEW:
                return super().hessian(params)
            found = approx_fprime(params, self.score, centered=True)
            return (found + found.T) / 2

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of constants in the design, and of steps on its way
        rows = result.likelihood.design.location[patterns.pattern]
        model = CountedModel(patterns.category, rows, distr=result.link)
        fitted = model.fit(method="bfgs", maxiter=2000, gtol=1e-7, disp=False)
    if not fitted.mle_retvals["converged"] and np.abs(model.score(fitted.params)).max() > 1e-3:
        raise EstimationError("statsmodels did not converge", where=result.formula.text)
    return fitted


def _refuse_what_it_lacks(result: CLMResult) -> None:
    result.needs_no_penalty()
    if result.link not in ("logit", "probit") or result.formula.nominal or result.formula.scale:
        raise UsageError("statsmodels has no such model", where=result.formula.text)
    if result.patterns.weight_kind != "frequency":
        raise UsageError("statsmodels takes no sampling weights", where=result.formula.text)
