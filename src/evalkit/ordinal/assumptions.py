"""Does one effect hold for all thresholds, and one scale for all respondents? Tests, sizes, and what to draw.

- `nominal_test`, `scale_test`: each term alone gets effects that differ by threshold, or on the scale. Likelihood
  ratio where there is a likelihood, R's `ordinal::nominal_test` and `scale_test`; else, or by choice, the score test,
  which needs no fit of the larger model and carries the covariance the model was fitted with (Boos 1992, The American
  Statistician 46, 327-333).
- `brant_test`: binary logits at each threshold compared (Brant 1990, Biometrics 46, 1171-1178), with the weights and
  the covariance of the model. R's `brant` leaves the weights out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..errors import EstimationError, UsageError, one_of
from .arrays import FloatArray
from .clm import CLMResult, find_crossing, fixed_effects, refuse_crossing
from .comparisons import binary_fit
from .covariance import sandwich
from .formula import build_design
from .inference import chi_square_p, wald_statistic
from .likelihood import Likelihood
from .links import find_link
from .maximise import inverse_positive, maximise
from .results import Fitted

TestMethod = Literal["lr", "score"]
OMNIBUS = "Omnibus"
MANY = 200
"""Degrees of freedom from which a term's test is the score test: hardly any estimate of so large a model would be finite."""


def nominal_test(
    result: Fitted, terms: Sequence[str] | None = None, *, method: TestMethod | None = None
) -> pd.DataFrame:
    """Test of each term whether its effect is the same at every threshold (proportional odds).

    Parameters
    ----------
    result
        A fitted model.
    terms
        Terms of the location to test; all by default.
    method
        'lr' (default with a model-based covariance, of tests with at most 200 degrees of freedom) or 'score' (default of
        larger ones; the only one with other covariances).

    Returns
    -------
    DataFrame
        `term, statistic, df, p_value`. An interaction is tested with the terms of its categoricals, as in R. A term
        whose larger model was not reached, or whose thresholds cross at infinity, so that its likelihood ratio is not
        defined, has a row of NaN. In `attrs["notes"]`: why a row is NaN; terms whose larger model has effects at
        infinity (its log-likelihood is then the supremum, as in R), or thresholds that cross (it bears the test, and no
        prediction). The frame has a method `terms(below=)`; see `TermTests`.

    Raises
    ------
    EstimationError
        The outcome has two categories, or the model a random intercept.

    Examples
    --------
    >>> nominal_test(fit_clm("belonging ~ role + unit", responses))
    """
    result = fixed_effects(result, "the test of proportional odds")
    if result.likelihood.n_thresholds < 2:
        raise EstimationError("two categories have one threshold: nothing to compare", where=result.formula.text)
    return _tests(result, _chosen(terms, result.spec.location_terms, "location"), method, "nominal")


def scale_test(result: Fitted, terms: Sequence[str] | None = None, *, method: TestMethod | None = None) -> pd.DataFrame:
    """Test of each term whether it changes the latent scale.

    Parameters
    ----------
    result
        A fitted model.
    terms
        Terms of the formula to test; all that have no scale effect by default.
    method
        As in `nominal_test`.

    Returns
    -------
    DataFrame
        `term, statistic, df, p_value`; NaN, notes and `terms` as in `nominal_test`.

    Raises
    ------
    EstimationError
        As in `nominal_test`.

    Examples
    --------
    >>> scale_test(fit_clm("belonging ~ role + unit", responses))
    """
    result = fixed_effects(result, "the test of equal scale")
    if result.likelihood.n_thresholds < 2:
        raise EstimationError("two categories do not identify a scale", where=result.formula.text)
    location = result.spec.location_terms | result.spec.nominal_terms
    known = {term: columns for term, columns in location.items() if term not in result.spec.scale_terms}
    return _tests(result, _chosen(terms, known, "formula"), method, "scale")


def _chosen(terms: Sequence[str] | None, known: dict[str, Any], where: str) -> list[str]:
    terms = [terms] if isinstance(terms, str) else terms
    for term in terms or ():
        one_of(term, known, f"term in the {where}", "terms")
    if not known:
        raise EstimationError("the model has no term to test")
    return list(known) if terms is None else list(terms)


def _tests(
    result: CLMResult, terms: list[str], method: TestMethod | None, kind: Literal["nominal", "scale"]
) -> pd.DataFrame:
    usual = _method(result, method)
    rows, notes = [], []
    for term in terms:
        larger, start, restrictions = _larger_model(result, term, kind)
        df = len(restrictions)
        chosen = "score" if method is None and df > MANY else usual
        try:
            if chosen == "lr":
                statistic, remarks = _likelihood_ratio(result, larger, start, term)
            else:
                statistic, remarks = _score(result, larger, start, restrictions, term), []
        except EstimationError as error:
            statistic, remarks = np.nan, [error.what]
        denominator = np.inf if chosen == "lr" else result.df_resid
        rows.append((term, statistic, df, chi_square_p(statistic, df, denominator)))
        notes += [f"{term}: {remark}" for remark in remarks]
    return as_tests(result, rows, f"{kind}_test", notes)


class TermTests:
    """What a frame of tests can do beside what frames can."""

    def terms(self: Any, below: float) -> list[str]:
        """Return the terms whose p value, times the number of tests (Bonferroni), is below a level.

        A term without a p value is none of them; the omnibus test is no term.
        """
        rows = self[self["term"] != OMNIBUS]
        return list(rows.loc[rows["p_value"] * len(rows) < below, "term"])


def as_tests(
    result: CLMResult, rows: list[Any], kind: str, notes: Sequence[str] = (), more: Sequence[str] = (), **asked: Any
) -> pd.DataFrame:
    """Return tests as a tidy frame, with `more` columns, that can tell which terms fail."""
    frame = pd.DataFrame(rows, columns=["term", "statistic", "df", "p_value", *more])
    frame.attrs["notes"] = tuple(notes)
    found = result.provenance.estimates(frame, kind, model=result, **asked)
    # A source has a class of frames of its own, so the method is added to whatever came back.
    found.__class__ = type("TermTests", (TermTests, type(found)), {})
    return found


def _method(result: CLMResult, method: TestMethod | None) -> TestMethod:
    one_of(method or "lr", ("lr", "score"), "test", "method")
    result.needs_no_penalty()
    if method == "lr" and result.cov_type != "model":
        hint = "use method='score'"
        raise UsageError("a likelihood ratio needs a likelihood", where="cov_type", got=result.cov_type, hint=hint)
    return method or ("lr" if result.cov_type == "model" else "score")


def _likelihood_ratio(result: CLMResult, larger: Likelihood, start: FloatArray, term: str) -> tuple[float, list[str]]:
    """Return twice the gain of the larger model, and what to know of it; a supremum at infinity will do."""
    optimum, remarks = maximise(larger, start), []
    if optimum.status == "stuck":
        hint = "use method='score', or leave the term out"
        raise EstimationError("the larger model was not reached", where=term, hint=hint)
    if optimum.status == "flat":
        # Thresholds that cross without end would raise every observed category at once.
        refuse_crossing(larger, optimum.theta, result.patterns, term)
        remarks.append("its separate effects are infinite; the log-likelihood is the supremum")
    crossed = find_crossing(larger, optimum.theta, result.patterns)
    if crossed is not None:
        remarks.append(f"with separate effects there is {crossed}; they bear the test, and no prediction")
    return max(2.0 * (optimum.value - result.llf), 0.0), remarks


def _score(result: CLMResult, larger: Likelihood, start: FloatArray, restrictions: FloatArray, term: str) -> float:
    """Return the Wald statistic of the restrictions after one step of scoring from the smaller model."""
    patterns, cov_type = result.patterns, result.cov_type
    _, gradient, _ = larger.derivatives(start)
    bread = inverse_positive(larger.expected_information(start))
    if bread is None:
        raise EstimationError("the larger model is not identified", where=term)
    covariance = bread
    if cov_type != "model":
        covariance = sandwich(bread, larger.scores(start, patterns.pattern, patterns.category), patterns, cov_type)
    step = restrictions @ (bread @ gradient)
    return wald_statistic(step, restrictions @ covariance @ restrictions.T, term)


def _larger_model(
    result: CLMResult, term: str, kind: Literal["nominal", "scale"]
) -> tuple[Likelihood, FloatArray, FloatArray]:
    """Return a model in which a term has more effects, the smaller one's estimate in its parameters, and restrictions on these.

    The restrictions (df, K), which the smaller model assumes, are zero times the estimate.
    """
    formula = result.formula
    formula = replace(formula, nominal=(*formula.nominal, term)) if kind == "nominal" else formula.with_scale(term)
    design, spec = build_design(formula, result.patterns.predictors)
    likelihood = Likelihood(design, find_link(result.link), result.patterns.weights)
    names = spec.parameter_names(result.categories)
    values = dict(zip(result.names, result.theta, strict=True))
    cuts = result.names[: likelihood.n_thresholds]
    columns = [name for name in spec.nominal_names if name not in result.spec.nominal_names]
    scales = [f"scale.{spec.scale_names[i]}" for i in spec.scale_terms[term]] if kind == "scale" else []
    values |= {f"{cut}.{name}": -values[name] for name in columns for cut in cuts}
    values |= dict.fromkeys(scales, 0.0)
    place = {name: i for i, name in enumerate(names)}
    rows = []
    for name in columns:
        for low, high in pairwise(cuts):
            row = np.zeros(len(names))
            row[place[f"{low}.{name}"]], row[place[f"{high}.{name}"]] = -1.0, 1.0
            rows.append(row)
    rows += [np.eye(len(names))[place[name]] for name in scales]
    start = np.array([values[name] for name in names])
    return likelihood, start, np.array(rows)


def brant_test(result: Fitted, terms: Sequence[str] | None = None) -> pd.DataFrame:
    """Test proportional odds by comparing the binary logits at each threshold.

    Parameters
    ----------
    result
        A fitted model with the logit link, without nominal or scale effects.
    terms
        Only these terms, without the omnibus, which few clusters do not bear.

    Returns
    -------
    DataFrame
        `term, statistic, df, p_value`; first the term `Omnibus`, then each term and its columns of the design. Weights and
        covariance are those of the model: with a robust, cluster or design covariance the binary logits share its sandwich.

    Raises
    ------
    UsageError
        The model is not a proportional odds model.
    EstimationError
        A binary logit is separated (named), or the covariance of the differences is singular.

    Examples
    --------
    >>> brant_test(fit_clm("belonging ~ role", responses))
    """
    result = fixed_effects(result, "the Brant test")
    compared = partial(_compared, *_binary_logits(result))
    columns = list(range(len(result.spec.location_names)))
    rows = [(OMNIBUS, *compared(columns, OMNIBUS))] if terms is None else []
    for term in _chosen(terms, result.spec.location_terms, "location"):
        own = result.spec.location_terms[term]
        rows.append((term, *compared(list(own), term)))
        names = {i: result.spec.location_names[i] for i in own}
        rows += [(name, *compared([i], name)) for i, name in names.items() if name != term]
    with_p = [(term, s, df, chi_square_p(s, df, result.df_resid)) for term, s, df in rows]
    return as_tests(result, with_p, "brant_test")


def _compared(coefficients: FloatArray, covariance: FloatArray, columns: list[int], where: str) -> tuple[float, int]:
    """Test that some columns' coefficients are the same at all thresholds; return statistic and df."""
    cuts, k = coefficients.shape
    differences = np.kron(np.eye(cuts)[:-1] - np.eye(cuts)[1:], np.eye(k)[columns])
    size = differences @ coefficients.ravel()
    return wald_statistic(size, differences @ covariance @ differences.T, where), len(size)


def _binary_logits(result: CLMResult) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients (J - 1, k) of the binary logits of Y > j, and their covariance ((J - 1) k, (J - 1) k)."""
    from scipy.linalg import block_diag

    _refuse_other_models(result)
    patterns, location = result.patterns, result.likelihood.design.location
    cuts = range(1, len(result.categories))
    fits = [binary_fit(result, result.categories[cut:], penalised=False) for cut in cuts]
    breads = block_diag(*(fit.bread for fit in fits))
    if result.cov_type == "model":
        above = np.column_stack([fit.likelihood.probabilities(fit.theta)[:, 1] for fit in fits])
        covariance = breads @ _joint_information(above, location, patterns.pattern_weights) @ breads
    else:
        pieces = [fit.likelihood.scores(fit.theta, fit.patterns.pattern, fit.patterns.category) for fit in fits]
        covariance = sandwich(breads, np.hstack(pieces), patterns, result.cov_type)
    kept = np.flatnonzero(np.arange(len(covariance)) % (1 + location.shape[1]))
    return np.array([fit.theta[1:] for fit in fits]), covariance[np.ix_(kept, kept)]


def _refuse_other_models(result: CLMResult) -> None:
    if result.link != "logit":
        raise UsageError("the Brant test is of the logit link", where="link", got=result.link, hint="use nominal_test")
    result.needs_no_penalty()
    if result.formula.nominal or result.formula.scale is not None:
        raise UsageError("the Brant test is of the proportional odds model", where=result.formula.text)
    if result.likelihood.n_thresholds < 2:
        raise EstimationError("two categories have one threshold: nothing to compare", where=result.formula.text)
    if not result.spec.location_names:
        raise EstimationError("the model has no term to test", where=result.formula.text)


def _joint_information(above: FloatArray, location: FloatArray, weights: FloatArray) -> FloatArray:
    """Covariance of the stacked binary scores: w (P(Y > max(j, l)) - P(Y > j) P(Y > l)) x x'."""
    rows = np.column_stack([-np.ones(len(location)), location])
    cuts = range(above.shape[1])
    each = [
        [rows.T @ ((weights * (above[:, max(j, k)] - above[:, j] * above[:, k]))[:, None] * rows) for k in cuts]
        for j in cuts
    ]
    return np.block(each)
