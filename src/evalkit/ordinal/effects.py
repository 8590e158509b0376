"""Average probabilities under a cumulative link model, and how they change with its parameters.

A scenario is a set of predictor patterns with weights. Its average exceedance is
P(Y > j) = sum_p w_p (1 - F(h_pj)) / sum_p w_p, h_pj the bounds of `likelihood`. Probabilities of categories are
differences of exceedances, and effects are differences of scenarios: both are linear, so their Jacobian J follows, and
by the delta method their covariance is J V J', V being whatever covariance the model was fitted with. With a random
intercept the probabilities are averaged over its normal distribution, by Gauss-Hermite quadrature.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from ..errors import EstimationError, UsageError, nearest
from .estimates import Fitted, Latent
from .formula import Design
from .inference import critical_value, p_values
from .links import FloatArray
from .patterns import Patterns

if TYPE_CHECKING:
    import pandas as pd

INTEGRATION_NODES: Final = 40


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
    """Patterns to average over.

    Parameters
    ----------
    predictors
        One row a pattern.
    weights
        (patterns,).
    """

    predictors: pd.DataFrame
    weights: FloatArray


def exceedances(model: Latent, scenarios: Sequence[Scenario]) -> Effects:
    """Average P(Y > j) over each scenario, with the derivatives in all parameters."""
    parts = [
        _average(model, part, scenario.weights / scenario.weights.sum())
        for part, scenario in zip(designs(model, scenarios), scenarios, strict=True)
    ]
    return Effects(np.array([e for e, _ in parts]), np.array([j for _, j in parts]))


def designs(model: Latent, scenarios: Sequence[Scenario]) -> Iterator[Design]:
    """Build each scenario's design, all in one go."""
    import pandas as pd

    design = model.spec.build(pd.concat([s.predictors for s in scenarios], ignore_index=True))
    ends = np.cumsum([len(scenario.weights) for scenario in scenarios])
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        yield Design(design.location[start:end], design.nominal[start:end], design.scale[start:end])


def probabilities(model: Latent, design: Design) -> FloatArray:
    """(patterns, J): probabilities of the categories."""
    below, _, _ = _integrated(model, _bounds(model, design)[0])
    return np.diff(below, axis=1, prepend=0.0, append=1.0)


def _bounds(model: Latent, design: Design) -> tuple[FloatArray, FloatArray, tuple[int, int, int]]:
    """Return h (patterns, J - 1), exp(-t) (patterns, 1), and where thresholds, location and scale end in theta."""
    n_alpha = design.threshold_rows.shape[1] * (len(model.patterns.categories) - 1)
    n_beta = n_alpha + design.location.shape[1]
    last = n_beta + design.scale.shape[1]
    shrink = np.exp(-design.scale @ model.theta[n_beta:last])[:, None]
    alpha = model.theta[:n_alpha].reshape(design.threshold_rows.shape[1], -1)
    location = design.location @ model.theta[n_alpha:n_beta]
    return (design.threshold_rows @ alpha - location[:, None]) * shrink, shrink, (n_alpha, n_beta, last)


def _average(model: Latent, design: Design, share: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Average one scenario's exceedances (J - 1,) and differentiate them (J - 1, K)."""
    h, shrink, (n_alpha, n_beta, last) = _bounds(model, design)
    below, density, by_sd = _integrated(model, h)
    steep = share[:, None] * density
    by_threshold = -design.threshold_rows.T @ (steep * shrink)
    cuts = h.shape[1]
    jacobian = np.zeros((cuts, len(model.theta)))
    for j in range(cuts):
        jacobian[j, j:n_alpha:cuts] = by_threshold[:, j]
    jacobian[:, n_alpha:n_beta] = (steep * shrink).T @ design.location
    jacobian[:, n_beta:last] = (steep * h).T @ design.scale
    if model.mixed:
        jacobian[:, -1] = -share @ by_sd
    return share @ (1.0 - below), jacobian


def _integrated(model: Latent, h: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """F and f at the bounds, averaged over the random intercept, and the derivative of the former in its sd."""
    if not model.mixed:
        return model.link.cdf(h), np.exp(model.link.log_density(h)), np.zeros_like(h)
    nodes, weights = np.polynomial.hermite_e.hermegauss(INTEGRATION_NODES)
    below, density, by_sd = np.zeros_like(h), np.zeros_like(h), np.zeros_like(h)
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        shifted = h - model.theta[-1] * node
        f = weight * np.exp(model.link.log_density(shifted))
        below += weight * model.link.cdf(shifted)
        density += f
        by_sd -= node * f
    return below, density, by_sd


def levels_of(model: Latent, variable: str) -> list[Hashable]:
    """Return a predictor's levels in order: a categorical's categories, a number's values.

    Raises
    ------
    UsageError
        The model has no such predictor.
    """
    if variable not in model.variables:
        known = ", ".join(model.variables)
        hint = nearest(variable, model.variables)
        raise UsageError("the model has no such predictor", where="effects", got=variable, expected=known, hint=hint)
    column = model.patterns.predictors[variable]
    return list(column.cat.categories) if hasattr(column, "cat") else sorted(column.unique())


def with_values(model: Latent, values: Mapping[str, Hashable], within: Scenario | None = None) -> Scenario:
    """Return all patterns with their weights, or some of them, some predictors set to one value for everyone.

    Raises
    ------
    UsageError
        A predictor does not exist, or the value is none of its levels, or not a number.
    """
    import pandas as pd

    within = everyone(model) if within is None else within
    changed = within.predictors.copy()
    for variable, value in values.items():
        levels, dtype = levels_of(model, variable), changed[variable].dtype
        if isinstance(dtype, pd.CategoricalDtype):
            if value not in levels:
                known = ", ".join(str(level) for level in levels)
                hint = nearest(value, levels)
                raise UsageError("no such level", where=variable, got=value, expected=known, hint=hint)
            codes = np.full(len(changed), levels.index(value))
            changed[variable] = pd.Categorical.from_codes(codes, dtype=dtype)
        elif isinstance(value, (int, float, np.number)) and np.isfinite(value):
            changed[variable] = np.full(len(changed), value, dtype=np.float64)
        else:
            raise UsageError("not a number", where=variable, got=value, expected="a number")
    return Scenario(changed, within.weights)


def everyone(model: Latent) -> Scenario:
    """Return all patterns as they are."""
    return Scenario(model.patterns.predictors, model.patterns.pattern_weights)


def observed_groups(model: Latent, names: Sequence[str]) -> dict[tuple[Hashable, ...], tuple[Scenario, int]]:
    """Return the patterns and the respondents of each group that has any, in the levels' order."""
    predictors, weights = model.patterns.predictors, model.patterns.pattern_weights
    counts = model.patterns.counts.sum(axis=1)
    found = {}
    for values in product(*(levels_of(model, name) for name in names)):
        inside = weights > 0
        for name, value in zip(names, values, strict=True):
            inside &= (predictors[name] == value).to_numpy()
        if inside.any():
            found[values] = Scenario(predictors[inside], weights[inside]), round(float(counts[inside].sum()))
    return found


def group_label(values: tuple[Hashable, ...]) -> Hashable:
    """Name a group by its values; 'all' where it has none."""
    if not values:
        return "all"
    return values[0] if len(values) == 1 else ", ".join(str(value) for value in values)


def as_names(names: str | Sequence[str] | None) -> list[str]:
    """Return one name, several or none as a list."""
    return [] if names is None else [names] if isinstance(names, str) else list(names)


def modelled(result: Fitted, variables: str | Sequence[str]) -> list[str]:
    """Return the variables that are in the model, without those of the formula that its source withheld as a whole.

    Raises
    ------
    EstimationError
        None is left.
    """
    names = as_names(variables)
    left = [name for name in names if name not in result.provenance.left_out]
    if names and not left:
        raise EstimationError("withheld as a whole", where=result.formula.text, got=", ".join(names))
    return left


def by_answer(
    effects: Effects, patterns: Patterns, categories: Hashable | Sequence[Hashable] = None, *, cumulative: bool = False
) -> tuple[Effects, list[Hashable]]:
    """Turn exceedances into shares of answers, and name these.

    Parameters
    ----------
    effects
        P(Y > j) of each row.
    patterns
        Whose categories they are.
    categories
        Answers to count together; each answer by itself when left out.
    cumulative
        P(Y >= category) of all categories but the lowest.

    Raises
    ------
    UsageError
        There is no such category, or two options choose.
    """
    if categories is None:
        return effects if cumulative else effects.by_category(), category_labels(patterns, cumulative=cumulative)
    if cumulative:
        raise UsageError("categories and cumulative both choose", where="categories", got=categories)
    chosen = list(categories) if isinstance(categories, (list, tuple)) else [categories]
    places = category_places(patterns, chosen)
    return effects.by_category().summed(places), [group_label(tuple(chosen))]


def category_places(patterns: Patterns, chosen: Sequence[Hashable]) -> list[int]:
    """Return the places of categories; those that nobody chose have none.

    Raises
    ------
    UsageError
        There is no such category.
    """
    known = [*patterns.categories, *patterns.unused.get(patterns.outcome, ())]
    for category in chosen:
        if category not in known:
            expected, hint = ", ".join(str(one) for one in known), nearest(category, known)
            raise UsageError("no such category", where="categories", got=category, expected=expected, hint=hint)
    if not chosen:
        raise UsageError("no category is named", where="categories", expected=", ".join(str(one) for one in known))
    return [place for place, category in enumerate(patterns.categories) if category in chosen]


def category_labels(patterns: Patterns, *, cumulative: bool) -> list[Hashable]:
    """Return the categories, or '>=category' of all but the lowest."""
    if cumulative:
        return [f">={category}" for category in patterns.categories[1:]]
    return list(patterns.categories)


def probability_columns(effects: Effects, model: Latent, level: float) -> dict[str, FloatArray]:
    """Lay out probabilities, row by row, with intervals that are symmetric on the logit and stay between 0 and 1."""
    from scipy.special import expit, logit

    p, se = effects.estimate.ravel(), effects.std_error(model.covariance).ravel()
    inner = np.maximum(p * (1 - p), np.finfo(float).tiny)
    reach = critical_value(level, model.df) * se / inner
    return {
        "estimate": p,
        "std_error": se,
        "conf_low": np.where(se > 0, expit(logit(p) - reach), p),
        "conf_high": np.where(se > 0, expit(logit(p) + reach), p),
    }


def difference_columns(effects: Effects, model: Latent, level: float) -> dict[str, FloatArray]:
    """Lay out differences, row by row, with their tests and symmetric intervals."""
    estimate, se = effects.estimate.ravel(), effects.std_error(model.covariance).ravel()
    reach = critical_value(level, model.df) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / se
    return {
        "estimate": estimate,
        "std_error": se,
        "statistic": statistic,
        "p_value": p_values(statistic, model.df),
        "conf_low": estimate - reach,
        "conf_high": estimate + reach,
    }
