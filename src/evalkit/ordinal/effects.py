"""Average probabilities under a cumulative link model, and how they change with its parameters.

A scenario is a set of predictor patterns with weights. Its average exceedance is
P(Y > j) = sum_p w_p (1 - F(h_pj)) / sum_p w_p, h_pj the bounds of `likelihood`. Probabilities of categories are
differences of exceedances, and effects are differences of scenarios: both are linear, so their Jacobian J follows, and
by the delta method their covariance is J V J', V being whatever covariance the model was fitted with. With a random
intercept the probabilities are averaged over its normal distribution, by Gauss-Hermite quadrature.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, ClassVar, Final, cast

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from ..errors import EstimationError, UsageError, one_of
from .arrays import FloatArray, IntArray
from .formula import Design, DesignSpec, ModelFormula
from .inference import critical_value, p_values
from .likelihood import CHUNK, Likelihood
from .patterns import Patterns

INTEGRATION_NODES: Final = 40
MOST_GROUPS: Final = 1000
Categories = Hashable | Sequence[Hashable]


@dataclass(frozen=True, repr=False)
class Estimated:
    """A model with its estimates: what effects need of it.

    Parameters
    ----------
    formula, patterns, spec
        The formulas, the cells that it was fitted on, and how its design is made.
    likelihood
        The log-likelihood of these; of a model with a random intercept that of its fixed part.
    theta
        Parameters (K,): thresholds with their nominal effects, location, scale; then the standard deviation of the
        random intercept, if there is one.
    covariance
        Theirs (K, K).
    df_resid
        Degrees of freedom of a t statistic; infinite for a normal one.
    """

    formula: ModelFormula
    patterns: Patterns
    spec: DesignSpec
    likelihood: Likelihood
    theta: FloatArray
    covariance: FloatArray
    df_resid: float

    mixed: ClassVar[bool] = False
    """Whether the last parameter is such a standard deviation."""


@dataclass(frozen=True, repr=False)
class Effects:
    """Some quantities, and how they change with the parameters.

    Parameters
    ----------
    estimate
        (rows, columns): a scenario or contrast by a category.
    jacobian
        (rows, columns, K).
    """

    estimate: FloatArray
    jacobian: FloatArray

    def combine(self, matrix: FloatArray) -> Effects:
        """Take linear combinations (new rows, rows) of the rows."""
        return Effects(matrix @ self.estimate, np.einsum("rs,sck->rck", matrix, self.jacobian))

    def summed(self, places: Sequence[int]) -> Effects:
        """Sum some of the columns to one."""
        columns = list(places)
        return Effects(
            self.estimate[:, columns].sum(axis=1, keepdims=True), self.jacobian[:, columns].sum(axis=1, keepdims=True)
        )

    def by_category(self) -> Effects:
        """Turn the exceedances P(Y > 1), ..., P(Y > J - 1) into probabilities of the J categories."""
        estimate = -np.diff(self.estimate, axis=1, prepend=1.0, append=0.0)
        return Effects(estimate, -np.diff(self.jacobian, axis=1, prepend=0.0, append=0.0))

    def std_error(self, covariance: FloatArray) -> FloatArray:
        """(rows, columns): standard errors by the delta method."""
        variance = np.einsum("rck,rck->rc", self.jacobian @ covariance, self.jacobian)
        return cast("FloatArray", np.sqrt(np.maximum(variance, 0.0)))


@dataclass(frozen=True, repr=False)
class Scenario:
    """Patterns to average over, with predictors changed.

    Parameters
    ----------
    rows
        (rows,): places of the patterns.
    weights
        (rows,).
    changed
        Predictor to the value that it has instead: one for all rows, or an array of one a row.
    """

    rows: IntArray
    weights: FloatArray
    changed: Mapping[str, Any] = field(default_factory=dict)

    def frame(self, model: Estimated, chosen: slice | int) -> pd.DataFrame:
        """Return the predictors of some of the rows."""
        frame = model.patterns.predictors.iloc[np.atleast_1d(self.rows[chosen])].reset_index(drop=True)
        for variable, value in self.changed.items():
            dtype = frame[variable].dtype
            if isinstance(dtype, pd.CategoricalDtype):
                code = dtype.categories.get_loc(value)
                frame[variable] = pd.Categorical.from_codes(np.full(len(frame), code), dtype=dtype)
            else:
                frame[variable] = value[chosen] if isinstance(value, np.ndarray) else float(value)
        return frame


def exceedances(model: Estimated, scenarios: Sequence[Scenario]) -> Effects:
    """Average P(Y > j) over each scenario, with the derivatives in all parameters."""
    cuts = len(model.patterns.categories) - 1
    estimate, jacobian = np.zeros((len(scenarios), cuts)), np.zeros((len(scenarios), cuts, len(model.theta)))
    for at, design, share in designs(model, scenarios):
        values, slopes = _average(model, design, share)
        estimate[at] += values
        jacobian[at] += slopes
    return Effects(estimate, jacobian)


def designs(model: Estimated, scenarios: Sequence[Scenario]) -> Iterator[tuple[int, Design, FloatArray]]:
    """Go through the designs of scenarios in chunks of rows: which scenario, the design, and the rows' shares in it.

    Setting a predictor to one value changes only its own columns, and mostly to constants: the other columns are those
    the model was fitted on, and need not be made again.
    """
    columns_of = [list(model.spec.changed_by(model.formula, scenario.changed.keys())) for scenario in scenarios]
    constant = all(alone for columns in columns_of for _, _, alone in columns) and not any(
        isinstance(value, np.ndarray) for scenario in scenarios for value in scenario.changed.values()
    )
    if constant:
        rows = model.spec.build(pd.concat([s.frame(model, 0) for s in scenarios], ignore_index=True))
    for at, scenario in enumerate(scenarios):
        share = scenario.weights / scenario.weights.sum()
        for start in range(0, len(share), CHUNK):
            chosen = slice(start, start + CHUNK)
            if constant:
                design = model.likelihood.design.take(scenario.rows[chosen])
                for part, columns, _ in columns_of[at]:
                    getattr(design, part)[:, columns] = getattr(rows, part)[at, columns]
            else:
                design = model.spec.build(scenario.frame(model, chosen))
            yield at, design, share[chosen]


def probabilities(model: Estimated, design: Design) -> FloatArray:
    """(patterns, J): probabilities of the categories."""
    likelihood = replace(model.likelihood, design=design)
    if not model.mixed:
        return likelihood.probabilities(model.theta)
    return np.diff(_integrated(model, likelihood.inner_bounds(model.theta))[0], axis=1, prepend=0.0, append=1.0)


def tidy_predictions(
    model: Estimated, rows: Mapping[str, Any] | Design, labels: Sequence[Hashable] | None, level: float
) -> pd.DataFrame:
    """Predict at combinations of values, or at rows of a design: `group, category, estimate, ...`.

    Raises
    ------
    UsageError
        The model has no such predictor, or the predictor no such level.
    """
    if isinstance(rows, Design):
        single = [_average(model, rows.take(np.array([i])), np.ones(1)) for i in range(len(rows.location))]
        effects = Effects(np.array([e for e, _ in single]), np.array([j for _, j in single]))
        return probability_frame(model, effects, labels or range(len(single)), level)
    values = [list(v) if isinstance(v, (list, tuple)) else [v] for v in rows.values()]
    groups = list(product(*values))
    scenarios = [with_values(model, dict(zip(rows, group, strict=True))) for group in groups]
    if set(rows) >= set(model.formula.variables):
        scenarios = [replace(scenario, rows=scenario.rows[:1], weights=np.ones(1)) for scenario in scenarios]
    return probability_frame(model, exceedances(model, scenarios), [group_label(group) for group in groups], level)


def probability_frame(
    model: Estimated, effects: Effects, groups: Sequence[Hashable], level: float, categories: Categories = None
) -> pd.DataFrame:
    """Lay out probabilities: `group, category, estimate, std_error, conf_low, conf_high`."""
    shares, labels = by_answer(effects, model.patterns, categories)
    keys = {"group": [group for group in groups for _ in labels], "category": labels * len(groups)}
    return pd.DataFrame({**keys, **probability_columns(shares, model, level)})


def _average(model: Estimated, design: Design, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Average one scenario's exceedances (J - 1,) and differentiate them (J - 1, K)."""
    likelihood = replace(model.likelihood, design=design)
    *thresholds, location, scale = likelihood.blocks
    h = likelihood.inner_bounds(model.theta)
    below, density, by_sd = _integrated(model, h)
    steep = share[:, None] * density
    shrunk = steep * np.exp(-design.scale @ model.theta[scale])[:, None]
    by_threshold = -likelihood.rows.T @ shrunk
    jacobian = np.zeros((len(thresholds), len(model.theta)))
    for j, block in enumerate(thresholds):
        jacobian[j, block] = by_threshold[:, j]
    jacobian[:, location] = shrunk.T @ design.location
    jacobian[:, scale] = (steep * h).T @ design.scale
    if model.mixed:
        jacobian[:, -1] = -share @ by_sd
    return share @ (1.0 - below), jacobian


def _integrated(model: Estimated, h: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """F and f at the bounds, averaged over the random intercept, and the derivative of the former in its sd."""
    link = model.likelihood.link
    if not model.mixed:
        return link.cdf(h), np.exp(link.log_density(h)), np.zeros_like(h)
    nodes, weights = np.polynomial.hermite_e.hermegauss(INTEGRATION_NODES)
    below, density, by_sd = np.zeros_like(h), np.zeros_like(h), np.zeros_like(h)
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        shifted = h - model.theta[-1] * node
        f = weight * np.exp(link.log_density(shifted))
        below += weight * link.cdf(shifted)
        density += f
        by_sd -= node * f
    return below, density, by_sd


def levels_of(model: Estimated, variable: str) -> list[Hashable]:
    """Return a predictor's levels in order: a categorical's categories, a number's values.

    Raises
    ------
    UsageError
        The model has no such predictor.
    """
    one_of(variable, model.formula.variables, "predictor in the model", "variables")
    column = model.patterns.predictors[variable]
    return list(column.cat.categories) if hasattr(column, "cat") else sorted(column.unique())


def with_values(model: Estimated, values: Mapping[str, Hashable], within: Scenario | None = None) -> Scenario:
    """Return all patterns with their weights, or some of them, some predictors set to one value for everyone.

    Raises
    ------
    UsageError
        A predictor does not exist, or the value is none of its levels, or not a number.
    """
    for variable, value in values.items():
        levels = levels_of(model, variable)
        if hasattr(model.patterns.predictors[variable], "cat"):
            one_of(value, levels, "level", variable)
        elif not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
            raise UsageError("not a number", where=variable, got=value, expected="a number")
    return replace(everyone(model) if within is None else within, changed=values)


def everyone(model: Estimated) -> Scenario:
    """Return all patterns as they are."""
    weights = model.patterns.pattern_weights
    return Scenario(np.arange(len(weights)), weights)


def observed_groups(model: Estimated, names: Sequence[str]) -> dict[tuple[Hashable, ...], tuple[Scenario, int]]:
    """Return the patterns and the respondents of each group that has any, in the levels' order.

    Raises
    ------
    UsageError
        The model has no such predictor, or it is a number of too many values to be groups.
    """
    predictors, weights = model.patterns.predictors, model.patterns.pattern_weights
    counts = model.patterns.counts.sum(axis=1)
    levels = [levels_of(model, name) for name in names]
    for name, known in zip(names, levels, strict=True):
        if len(known) > MOST_GROUPS:
            what, expected = "a number with so many values makes no groups", f"at most {MOST_GROUPS}"
            hint = "name some values: result.predict({...}, interval=True)"
            raise UsageError(what, where=name, got=len(known), expected=expected, hint=hint)
    if not names:
        return {(): (everyone(model), model.patterns.nobs)}
    found = {}
    for values, part in predictors[weights > 0].groupby(list(names), observed=True):
        rows = part.index.to_numpy()
        found[values] = Scenario(rows, weights[rows]), round(float(counts[rows].sum()))
    return found


def group_label(values: tuple[Hashable, ...]) -> Hashable:
    """Name a group by its values; 'all' where it has none."""
    if not values:
        return "all"
    return values[0] if len(values) == 1 else ", ".join(str(value) for value in values)


def modelled(variables: str | Sequence[str], left_out: Sequence[str]) -> list[str]:
    """Return the variables without those of the formula that its source withheld as a whole.

    Raises
    ------
    EstimationError
        None is left.
    """
    names = [variables] if isinstance(variables, str) else list(variables)
    left = [name for name in names if name not in left_out]
    if names and not left:
        raise EstimationError("withheld as a whole", where="variables", got=", ".join(names))
    return left


def by_answer(effects: Effects, patterns: Patterns, categories: Categories = None) -> tuple[Effects, list[Hashable]]:
    """Turn exceedances into shares of answers, and name these.

    Parameters
    ----------
    effects
        P(Y > j) of each row.
    patterns
        Whose categories they are.
    categories
        Answers to count together; each answer by itself when left out.

    Raises
    ------
    UsageError
        There is no such category.
    """
    shares = effects.by_category()
    if categories is None:
        return shares, list(patterns.categories)
    chosen = as_categories(categories)
    return shares.summed(category_places(patterns, chosen)), [group_label(tuple(chosen))]


def as_categories(categories: Categories) -> list[Hashable]:
    """Return one category or several as a list."""
    return list(categories) if isinstance(categories, (list, tuple)) else [categories]


def category_places(patterns: Patterns, chosen: Sequence[Hashable]) -> list[int]:
    """Return the places of categories; those that nobody chose have none.

    Raises
    ------
    UsageError
        There is no such category.
    EstimationError
        Nobody chose one of them.
    """
    known = [*patterns.categories, *patterns.unused.get(patterns.outcome, ())]
    for category in chosen:
        one_of(category, known, "category", "categories")
    if not chosen:
        raise UsageError("no category is named", where="categories", expected=", ".join(str(one) for one in known))
    places = [place for place, category in enumerate(patterns.categories) if category in chosen]
    if not places:
        raise EstimationError("nobody in the model gave one of these answers", got=", ".join(map(str, chosen)))
    return places


def probability_columns(effects: Effects, model: Estimated, level: float) -> dict[str, FloatArray]:
    """Lay out probabilities, row by row, with intervals that are symmetric on the logit and stay between 0 and 1."""
    p, se = effects.estimate.ravel(), effects.std_error(model.covariance).ravel()
    inner = np.maximum(p * (1 - p), np.finfo(float).tiny)
    reach = critical_value(level, model.df_resid) * se / inner
    low, high = (np.where(se > 0, expit(logit(p) + sign * reach), p) for sign in (-1, 1))
    return {"estimate": p, "std_error": se, "conf_low": low, "conf_high": high}


def difference_columns(effects: Effects, covariance: FloatArray, df: float, level: float) -> dict[str, FloatArray]:
    """Lay out differences, row by row, with their tests and symmetric intervals."""
    estimate, se = effects.estimate.ravel(), effects.std_error(covariance).ravel()
    reach = critical_value(level, df) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / se
    tests = {"statistic": statistic, "p_value": p_values(statistic, df)}
    return {"estimate": estimate, "std_error": se, **tests, "conf_low": estimate - reach, "conf_high": estimate + reach}
