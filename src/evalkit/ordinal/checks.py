"""Does a model fit where it was not told to: its pairs of predictors, its shares against those observed, another program's fit."""

from __future__ import annotations

from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd

from ..errors import EstimationError, UsageError
from .arrays import FloatArray
from .assumptions import as_tests
from .clm import CLMResult, fit_patterns, fixed_effects
from .comparisons import avg_comparisons
from .effects import Categories, probabilities
from .inference import chi_square_p, critical_value
from .results import Fitted

FIGURES: Final = ("contrast", "group", "estimate", "std_error", "conf_low", "conf_high")
FEW = 60
"""Effects of which statsmodels takes all slopes by small steps; of more that takes minutes."""


def interaction_check(result: Fitted, *, categories: Categories, level: float = 0.95) -> pd.DataFrame:
    """Test of each pair of predictors whether the effect of one depends on the other, and how much that is in points.

    Parameters
    ----------
    result
        A fitted model; pairs that are in its formula already are left out.
    categories
        Answers to count together.
    level
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        A row a pair: `term` ('role:unit'); `statistic, df, p_value` of the model with the pair against the one without, by
        the likelihood ratio, or by Wald's test where there is none (R: `anova(clm(...), clm(...))`,
        `survey::regTermTest`); and where the pair makes the largest difference in the share of `categories`: `contrast`
        of the first predictor, `group` ('south - north') of the second, and `estimate, std_error, conf_low, conf_high`, the
        difference between two differences (0.1 is ten percentage points), see `avg_comparisons(by=, between=True)`.
        The interval is of that one difference, chosen as the largest: it tells the size, the test tells whether there is
        any. A pair that cannot be fitted has a row of NaN, and `attrs["notes"]` say why. `terms(below=0.05)` names the pairs
        that matter, by Bonferroni over all of them.

    Raises
    ------
    EstimationError
        The model has a random intercept, is penalised, or has one predictor.
    DisclosureError
        The model is of a release that does not tell of the pairs.

    Examples
    --------
    >>> interaction_check(fit_clm("belonging ~ role + unit", responses), categories=["some", "great"])
    """
    result = fixed_effects(result, "the interaction check")
    result.needs_no_penalty()
    terms = result.formula.term_variables
    known = {frozenset(names) for names in terms.values()}
    alone = {names[0]: term for term, names in reversed(terms.items()) if len(names) == 1}
    pairs = [pair for pair in combinations(result.formula.variables, 2) if frozenset(pair) not in known]
    pairs = [pair for pair in pairs if {*pair} <= {*alone}]
    if not pairs:
        raise EstimationError("the model has no pair of predictors to check", where=result.formula.text)
    rows, notes = [], []
    for pair in pairs:
        formula = result.formula.with_pair(*(alone[name] for name in pair))
        term = next(reversed(formula.term_variables))
        try:
            larger = fit_patterns(formula, result.patterns, result.link, result.cov_type)
            rows.append({"term": term, **_tested(result, larger, term), **_largest(larger, pair, categories, level)})
        except EstimationError as error:
            rows.append({"term": term})
            notes.append(f"{term}: {error.what}")
    return as_tests(result, rows, "interaction_check", notes, FIGURES, categories=categories)


def _tested(result: CLMResult, larger: CLMResult, term: str) -> dict[str, float]:
    """Test a term of the larger model: by the likelihood ratio, or by Wald's test where there is none."""
    df, denominator = len(larger.columns_of(term)), np.inf
    statistic = max(2.0 * (larger.llf - result.llf), 0.0)
    if result.cov_type != "model":
        statistic, denominator = larger.wald_of(term), larger.df_resid
    return {"statistic": statistic, "df": df, "p_value": chi_square_p(statistic, df, denominator)}


def _largest(larger: CLMResult, pair: tuple[str, str], categories: Categories, level: float) -> dict[str, Any]:
    """Return the largest difference between groups in a difference; nothing of two numbers, which make no groups."""
    numbers = [name for name in pair if not hasattr(larger.patterns.predictors[name], "cat")]
    if len(numbers) == 2:
        return {}
    one, by = pair if pair[1] not in numbers else pair[::-1]
    found = avg_comparisons(larger, one, categories=categories, by=by, between=True, level=level)
    contrasts = found["contrast"].nunique()
    between = found.iloc[contrasts * ((len(found) // contrasts + 1) // 2) :]  # after the groups themselves
    row = between.iloc[int(np.argmax(between["estimate"].abs()))]
    return {name: row[name] for name in FIGURES}


def calibration(result: Fitted, groups: int = 10, *, level: float = 0.95) -> pd.DataFrame:
    """Set the shares that a model gives beside those observed, in groups of respondents whom it gives about the same.

    Parameters
    ----------
    result
        A fitted model. With a random intercept, probabilities are averaged over its distribution.
    groups
        How many groups of about the same size, low to high by the fitted share; respondents who are given the same stay
        together, so that there may be fewer.
    level
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        A row a category but the lowest and a group: `category, group, fitted, estimate, conf_low, conf_high, n`. `fitted` is
        the average probability of that answer or a higher one, `estimate` the share that gave it, with Wilson's interval (of
        the effective number, with weights). In a model that fits the points lie on the diagonal.

    Raises
    ------
    UsageError
        There are fewer than two groups.
    DisclosureError
        The model is of a release that does not tell of all predictors together.

    Examples
    --------
    >>> table = calibration(fit_clm("belonging ~ role + unit", responses))
    >>> table.plot.scatter(x="fitted", y="estimate")
    """
    if groups < 2:
        raise UsageError("one group is compared with nothing", where="groups", got=groups, expected="2 or more")
    model, patterns = result.latent(), result.patterns
    above = 1 - np.cumsum(probabilities(model, model.likelihood.design), axis=1)[:, :-1]
    z = critical_value(level, np.inf)
    frames = []
    for cut, category in enumerate(patterns.categories[1:]):
        place = _alike(above[:, cut], patterns.pattern_weights, groups)[patterns.pattern]
        parts = (patterns.n, patterns.w, patterns.w2, patterns.w * above[patterns.pattern, cut])
        n, w, squares, fitted = (np.bincount(place, part) for part in parts)
        given = np.bincount(place, patterns.w * (patterns.category > cut))
        p, size = given / w, w**2 / squares
        middle, half = p + z**2 / size / 2, z * np.sqrt(p * (1 - p) / size + (z / size) ** 2 / 4)
        low, high = (middle - half) / (1 + z**2 / size), (middle + half) / (1 + z**2 / size)
        columns = {"fitted": fitted / w, "estimate": p, "conf_low": low, "conf_high": high, "n": n}
        frames.append(pd.DataFrame({"category": [category] * len(n), "group": 1 + np.arange(len(n)), **columns}))
    return result.provenance.estimates(pd.concat(frames, ignore_index=True), "calibration", model=result)


def _alike(values: FloatArray, weights: FloatArray, groups: int) -> Any:
    """Return each value's group of about the same weight, low to high, by the middle of those with the same value."""
    _, place = np.unique(np.round(values, 12), return_inverse=True)
    size = np.bincount(place, weights)
    middle = (np.cumsum(size) - size / 2) / size.sum()
    found = np.minimum((middle * groups).astype(int), groups - 1)
    return np.unique(found, return_inverse=True)[1][place]


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
    own = {"estimate": [*result.theta, result.llf], "std_error": [*result.bse, np.nan]}
    errors = [*np.full(len(cuts), np.nan), *fitted.bse[:k], np.nan]
    peer = {"peer_estimate": [*cuts, *fitted.params[:k], fitted.llf], "peer_std_error": errors}
    frame = pd.DataFrame({"term": [*result.names, "log-likelihood"], **own, **peer})
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
            steps = params[k + 1 :]  # logs of how far each threshold lies above the one before
            widths = np.exp(np.r_[0.0, steps])
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
