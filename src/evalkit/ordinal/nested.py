"""Nested models compared: each term left out in turn, and one model against another."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from ..errors import EstimationError, UsageError
from .arrays import FloatArray
from .clm import CLMResult, fit_patterns, fixed_effects
from .clmm import CLMMResult, fit_groups
from .formula import parse_formula
from .inference import chi_square_p
from .results import Fitted

T = TypeVar("T")


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
        the degrees of freedom of the covariance. Terms that are part of an interaction have no test of their own.

    Raises
    ------
    EstimationError
        The fit is penalised.

    Examples
    --------
    >>> term_tests(fit_clm("belonging ~ role + unit", responses))
    """
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
    result.needs_no_penalty()
    return result.cov_type == "model" and not result.formula.nominal and result.formula.scale is None


def _likelihood_ratios(result: Fitted) -> list[tuple[str, float, int, float]]:
    rows, terms = [], result.spec.location_terms
    for term, columns in _outermost(result, terms).items():
        others = [name for name in terms if name != term]
        statistic = max(2.0 * (result.llf - _without(result, others).llf), 0.0)
        rows.append((term, statistic, len(columns), chi_square_p(statistic, len(columns))))
    return rows


def _outermost(result: Fitted, terms: Mapping[str, T]) -> dict[str, T]:
    """Return the terms that are part of no interaction: without its parts, an interaction would only be written otherwise."""
    names = {term: set(result.formula.term_variables[term]) for term in terms}
    return {term: terms[term] for term in terms if not any(names[term] < others for others in names.values())}


def _without(result: Fitted, terms: list[str]) -> Fitted:
    """Fit the model of some of the terms."""
    patterns = result.patterns
    columns = [patterns.outcome, *patterns.predictors.columns]
    formula = parse_formula(f"{patterns.outcome} ~ {' + '.join(terms) or '1'}", columns)
    if isinstance(result, CLMMResult):
        return fit_groups(formula, patterns, result.link, result.group, result.n_agq)
    return fit_patterns(formula, patterns, result.link, "model")


def _wald(result: CLMResult) -> list[tuple[str, float, int, float]]:
    rows = []
    for term in _outermost(result, result.spec.location_terms | result.spec.nominal_terms):
        statistic, df = result.wald_of(term), len(result.columns_of(term))
        rows.append((term, statistic, df, chi_square_p(statistic, df, result.df_resid)))
    return rows


def anova(*results: Fitted) -> pd.DataFrame:
    """Test nested models of the same answers by the likelihood ratio, each against the next larger one.

    Parameters
    ----------
    results
        Two or more fitted models, in any order. A mixed model is larger than its fixed part.

    Returns
    -------
    DataFrame
        `term, statistic, df, p_value, llf, n_parameters`, a row a larger model, named by its formula. Where a standard
        deviation is tested, which lies on the edge of its range under the null, the p value is that of the mixture of
        chi-squares with one degree of freedom less and with all (Self and Liang 1987, JASA 82, 605-610); R's
        `anova(clm, clmm)` takes the latter alone. R: `ordinal:::anova.clm`.

    Raises
    ------
    UsageError
        There is one model only, or they are not nested, or of different answers or links.
    EstimationError
        One of them has no likelihood.

    Examples
    --------
    >>> anova(fit_clm("belonging ~ role", responses), fit_clm("belonging ~ role + unit", responses))
    """
    if len(results) < 2:
        raise UsageError("one model is compared with nothing", where="anova", expected="two models or more")
    for result in results:
        result.needs_likelihood("a likelihood-ratio test")
    ordered = sorted(results, key=lambda result: result.n_parameters)
    frame = pd.DataFrame([_compared(smaller, larger) for smaller, larger in pairwise(ordered)])
    return ordered[-1].provenance.estimates(frame, "anova", model=ordered[-1])


def _compared(smaller: Fitted, larger: Fitted) -> dict[str, Any]:
    _refuse_other_data(smaller, larger)
    df = larger.n_parameters - smaller.n_parameters
    if df < 1 or not _is_part(smaller, larger):
        raise UsageError("the models are not nested", where=larger.formula.text, got=smaller.formula.text)
    statistic = max(2.0 * (larger.llf - smaller.llf), 0.0)
    p_value = chi_square_p(statistic, df)
    if isinstance(larger, CLMMResult) and not isinstance(smaller, CLMMResult):
        below = chi_square_p(statistic, df - 1) if df > 1 else float(statistic == 0.0)
        p_value = (below + p_value) / 2
    text = larger.formula.text + (f" + (1 | {larger.group})" if isinstance(larger, CLMMResult) else "")
    test = {"term": text, "statistic": statistic, "df": df, "p_value": p_value}
    return {**test, "llf": larger.llf, "n_parameters": larger.n_parameters}


def _refuse_other_data(smaller: Fitted, larger: Fitted) -> None:
    """Refuse models of different answers, links or quadrature: their likelihoods cannot be compared."""
    names = list(smaller.patterns.predictors.columns)
    if set(names) - set(larger.patterns.predictors.columns):
        raise UsageError("the models are not nested", where=larger.formula.text, got=smaller.formula.text)
    if not _cells(smaller, names).equals(_cells(larger, names)):
        got = f"{larger.nobs} and {smaller.nobs} respondents"
        hint = "fit both on the respondents that have answered all of it"
        raise UsageError("the models are of different answers", where=larger.formula.text, got=got, hint=hint)
    one, other = (getattr(result, "n_agq", None) for result in (smaller, larger))
    if smaller.link != larger.link or (one is not None and one != other):
        raise UsageError("the models differ in link or quadrature", where=larger.formula.text, got=smaller.link)


def _cells(result: Fitted, names: list[str]) -> pd.Series[float]:
    """Count the answers by some predictors."""
    patterns = result.patterns
    keys = [patterns.predictors[name].to_numpy()[patterns.pattern] for name in names]
    labels = np.array([str(category) for category in patterns.categories])[patterns.category]
    return pd.Series(patterns.n).groupby([*keys, labels]).sum().sort_index()


def _is_part(smaller: Fitted, larger: Fitted) -> bool:
    """Whether each linear predictor of the smaller model is one of the larger, on the larger one's patterns."""
    if isinstance(smaller, CLMMResult) and (not isinstance(larger, CLMMResult) or smaller.group != larger.group):
        return False
    one, other = smaller.design(larger.patterns.predictors), larger.likelihood.design
    ones = np.ones((len(other.location), 1))
    thresholds = np.hstack([ones, other.nominal])
    return (
        _spans(thresholds, one.nominal)
        and _spans(np.hstack([thresholds, other.location]), one.location)
        and _spans(other.scale, one.scale)
    )


def _spans(basis: FloatArray, columns: FloatArray) -> bool:
    if not columns.shape[1]:
        return True
    weights, *_ = np.linalg.lstsq(basis, columns)
    return bool(np.abs(basis @ weights - columns).max() <= 1e-8 * max(np.abs(columns).max(), 1.0))
