"""Does a predictor go with the answers at all? Each term left out in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.errors import UsageError
from evalkit.ordinal.clm import CLMResult, fit_clm
from evalkit.ordinal.inference import chi_square_p

if TYPE_CHECKING:
    import pandas as pd


def term_tests(result: CLMResult) -> pd.DataFrame:
    """Test each term by the likelihood ratio of the model without it.

    Parameters
    ----------
    result
        A fitted model of location effects alone, with a model-based covariance.

    Returns
    -------
    DataFrame
        `term, statistic, df, p_value`. R: `drop1(clm(...), test = "Chisq")`.

    Raises
    ------
    UsageError
        The model has no likelihood, or has nominal or scale effects.
    """
    import pandas as pd

    if result.cov_type != "model" or result.penalty is not None or result.formula.nominal or result.formula.scale:
        raise UsageError("a term is tested in a model of location effects with a likelihood", where=result.formula.text)
    rows = []
    terms = result.spec.location_terms
    for term, columns in terms.items():
        others = [name for name in terms if name != term]
        smaller = _without(result, others) if others else result.llnull
        statistic = max(2.0 * (result.llf - smaller), 0.0)
        rows.append((term, statistic, len(columns), chi_square_p(statistic, len(columns), float("inf"))))
    return pd.DataFrame(rows, columns=["term", "statistic", "df", "p_value"])


def _without(result: CLMResult, terms: list[str]) -> float:
    """Return the log-likelihood of the model of some of the terms."""
    return fit_clm(f"{result.patterns.outcome} ~ {' + '.join(terms)}", result.patterns, link=result.link).llf
