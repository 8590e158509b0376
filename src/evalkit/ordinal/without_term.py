"""Does a predictor go with the answers at all? Each term left out in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import EstimationError, UsageError
from .clm import CLMResult, fit_clm, fixed_effects
from .clmm import CLMMResult, fit_clmm
from .estimates import Fitted
from .inference import chi_square_p, wald_statistic

if TYPE_CHECKING:
    import pandas as pd


def term_tests(result: Fitted) -> pd.DataFrame:
    """Test each term: by the likelihood ratio of the model without it, or by Wald where there is no likelihood.

    Parameters
    ----------
    result
        A fitted model. With a robust, cluster or design covariance, and with nominal or scale effects, all effects of
        a term on the location and the thresholds are tested at once by Wald's test.

    Returns
    -------
    DataFrame
        `term, statistic, df, p_value`. R: `drop1(clm(...), test = "Chisq")`; of Wald's test `survey::regTermTest`, on
        the degrees of freedom of the covariance.

    Raises
    ------
    UsageError
        The fit is penalised.
    """
    import pandas as pd

    rows = _likelihood_ratios(result) if _nested(result) else _wald(fixed_effects(result, "Wald's test of a term"))
    frame = pd.DataFrame(rows, columns=["term", "statistic", "df", "p_value"])
    return result.provenance.estimates(frame, "term_tests", model=result)


def _nested(result: Fitted) -> bool:
    """Whether the model without a term is a smaller one of the same likelihood."""
    if not isinstance(result, CLMResult):
        result.needs_likelihood("a test of a term")
        if result.formula.nominal:
            raise EstimationError("a mixed model with nominal effects has no such test", where=result.formula.text)
        return True
    if result.penalty is not None:
        raise UsageError("a penalised fit has no such test", where=result.formula.text, got=result.penalty)
    return result.cov_type == "model" and not result.formula.nominal and result.formula.scale is None


def _likelihood_ratios(result: Fitted) -> list[tuple[str, float, int, float]]:
    rows, terms = [], result.latent().spec.location_terms
    for term, columns in terms.items():
        others = [name for name in terms if name != term]
        statistic = max(2.0 * (result.llf - _without(result, others).llf), 0.0)
        rows.append((term, statistic, len(columns), chi_square_p(statistic, len(columns))))
    return rows


def _without(result: Fitted, terms: list[str]) -> Fitted:
    """Fit the model of some of the terms."""
    formula = f"{result.patterns.outcome} ~ {' + '.join(terms) or '1'}"
    if isinstance(result, CLMMResult):
        return fit_clmm(formula, result.patterns, group=result.group, n_agq=result.n_agq, link=result.link)
    return fit_clm(formula, result.patterns, link=result.link)


def _wald(result: CLMResult) -> list[tuple[str, float, int, float]]:
    rows = []
    for term in result.spec.location_terms | result.spec.nominal_terms:
        columns = list(result.spec.columns_of(term, result.likelihood.n_thresholds))
        statistic = wald_statistic(result.theta[columns], result.covariance[np.ix_(columns, columns)], term)
        rows.append((term, statistic, len(columns), chi_square_p(statistic, len(columns), result.df_resid)))
    return rows
