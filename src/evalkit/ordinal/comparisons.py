"""Average probabilities of a cumulative link model by group, and what a predictor changes in them.

R equivalents: `marginaleffects::avg_predictions` and `avg_comparisons`; with `step=None`, `avg_slopes`. Shares can also be of a
binary model of having given some answers or others, fitted on the same data: `smoothing_test` says how far the ordinal
model's smoothing moves adjusted differences away from what that one shows.

A unit's deviation is from the units' average: one statement a unit, never a league of pairs. The unit is a predictor of the
model, so its effects are unpooled; the (weighted) average treats all units alike, none being the reference, and p-values are
adjusted over the family of statements made.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from ..errors import EstimationError, UsageError, one_of
from .arrays import FloatArray
from .clm import CLMResult, fit_patterns, fixed_effects
from .covariance import sandwich
from .effects import (
    Categories,
    Effects,
    Estimated,
    Scenario,
    as_categories,
    by_answer,
    category_places,
    designs,
    difference_columns,
    everyone,
    exceedances,
    group_label,
    levels_of,
    modelled,
    observed_groups,
    probability_frame,
    with_values,
)
from .inference import jointly
from .results import Fitted

Averaging = Literal["observed", "counterfactual"]
Method = Literal["model", "binary"]
Keys = dict[Any, Any]
"""Column to its rows: what each of some differences is."""

# Of the predictor's range, for the numerical derivative.
SMALL_STEP: Final = 1e-4


def avg_predictions(
    result: Fitted,
    variables: str | Sequence[str] | None = None,
    *,
    by: str | Sequence[str] | None = None,
    categories: Categories = None,
    method: Averaging = "observed",
    level: float = 0.95,
) -> pd.DataFrame:
    """Average the predicted probabilities of answers by group.

    Parameters
    ----------
    result
        A fitted model. With a random intercept, probabilities are averaged over its distribution.
    variables
        One or several predictors, each in turn; None for everybody together.
    by
        In their place, one or several predictors that are crossed.
    categories
        Answers to count together, a code or a list of codes; each answer by itself when left out.
    method
        'observed': over the respondents of each group, with their own predictors, as
        `marginaleffects::avg_predictions(by=)`. 'counterfactual': over all respondents, as if all were in that group and
        else as they are (g-computation), so that groups differ by nothing but the predictor; the differences of these
        are `avg_comparisons`.
    level
        Coverage of the intervals, which are by the delta method on the logit.

    Returns
    -------
    DataFrame
        `term, group, category, estimate, std_error, conf_low, conf_high, n`; `term` is the predictor, n counts the
        group's respondents. Averages are weighted with the model's weights.

    Raises
    ------
    UsageError
        The method is unknown, the model has no such predictor or category, or an option would be ignored.

    Examples
    --------
    >>> model = fit_clm("belonging ~ role + unit", responses)
    >>> avg_predictions(model, "role", method="counterfactual")
    """
    one_of(method, ("observed", "counterfactual"), "method", "method")
    if variables is not None and by is not None:
        raise UsageError("variables are taken in turn and by is crossed: give one of them", where="by", got=by)
    left_out = result.provenance.left_out
    crossings = [[name] for name in modelled(variables or (), left_out)] or [modelled(by or (), left_out)]
    model = result.latent()
    frames = [_averages(model, names, categories, method, level) for names in crossings]
    asked = {"variables": variables, "by": by, "categories": categories, "method": method}
    return result.provenance.estimates(pd.concat(frames, ignore_index=True), "avg_predictions", model=result, **asked)


def _averages(
    model: Estimated, names: list[str], categories: Categories, method: Averaging, level: float
) -> pd.DataFrame:
    groups = observed_groups(model, names)
    scenarios = [scenario for scenario, _ in groups.values()]
    if method == "counterfactual":
        scenarios = [with_values(model, dict(zip(names, values, strict=True))) for values in groups]
    labels = [group_label(group) for group in groups]
    frame = probability_frame(model, exceedances(model, scenarios), labels, level, categories)
    columns = len(frame) // len(groups)
    frame.insert(0, "term", ", ".join(names) or "all")
    return frame.assign(n=[n for _, n in groups.values() for _ in range(columns)])


def avg_comparisons(
    result: Fitted,
    variables: str | Sequence[str],
    *,
    categories: Categories = None,
    by: str | Sequence[str] | None = None,
    between: bool = False,
    method: Method = "model",
    reference: Hashable = None,
    step: float | None = 1.0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Average the change of the probability of answers when a predictor changes and nothing else does.

    Parameters
    ----------
    result
        A fitted model. With a random intercept, probabilities are averaged over its distribution.
    variables
        One or several predictors, each in turn. A categorical one is set to each level and to the reference, for all
        respondents; a number is raised by `step`.
    categories
        Answers to count together, a code or a list of codes; each answer by itself when left out.
    by
        One or several predictors, crossed: averages within each of their groups.
    between
        Whether the average in each group less that in the first follows, as a row whose `group` is 'group - first'.
        R: `marginaleffects::avg_comparisons(by = , hypothesis = difference ~ reference)`.
    method
        'model': by the fitted model, whose one effect for all thresholds smooths what the answers show. 'binary': by a
        binary model, of the same link and predictors, of having given one of `categories` or not; penalised (Jeffreys)
        where that is separated. The two differ where proportional odds does: see `smoothing_test`.
    reference
        Level to compare with; the first by default.
    step
        How much a number is raised; None for the average derivative.
    level
        Coverage of the intervals, by the delta method.

    Returns
    -------
    DataFrame
        `term, contrast, category, estimate, std_error, statistic, p_value, conf_low, conf_high`, with `group` before the
        contrast where `by` is given. Averages are weighted with the model's weights. Estimates are differences of
        probabilities: 0.1 is ten percentage points.

    Raises
    ------
    UsageError
        The model has no such predictor, level or category, or an option would be ignored.

    Examples
    --------
    >>> model = fit_clm("belonging ~ role + unit", responses)
    >>> avg_comparisons(model, "role", categories=["some", "great"])
    >>> avg_comparisons(model, "role", by="unit", between=True)
    """
    fitted, answers = by_method(result, categories, method)
    if between and by is None:
        raise UsageError("there are no groups to compare", where="between", expected="`by`")
    keys, effects = contrast_effects(fitted, variables, answers, by, reference, step)
    keys, effects = _with_differences(keys, effects) if between else (keys, effects)
    model = fitted.latent()
    frame = pd.DataFrame({**keys, **difference_columns(effects, model.covariance, model.df_resid, level)})
    asked = {"variables": variables, "categories": categories, "by": by, "between": between, "method": method}
    return result.provenance.estimates(frame, "avg_comparisons", model=result, **asked, reference=reference)


def _with_differences(labels: Keys, effects: Effects) -> tuple[Keys, Effects]:
    """Return the effects in groups, and after them those in each but the first group less those in the first."""
    keys, rows = pd.DataFrame(labels), pd.Series(range(len(effects.estimate)))
    first = rows.groupby([keys[name] for name in keys if name != "group"], sort=False).transform("first")
    rows, first = rows[rows != first], first[rows != first]
    groups = [f"{group} - {base}" for group, base in zip(keys["group"][rows], keys["group"][first], strict=True)]
    each = np.eye(len(keys))
    matrix = np.vstack([each, each[rows] - each[first]])
    return dict(pd.concat([keys, keys.loc[rows].assign(group=groups)], ignore_index=True)), effects.combine(matrix)


def contrast_effects(
    result: Fitted,
    variables: str | Sequence[str],
    categories: Categories = None,
    by: str | Sequence[str] | None = None,
    reference: Hashable = None,
    step: float | None = 1.0,
) -> tuple[Keys, Effects]:
    """Return the differences of `avg_comparisons` (rows, 1) with their Jacobian, and the columns that say what each is."""
    model, left_out = result.latent(), result.provenance.left_out
    groups: dict[Hashable, Scenario] = {"all": everyone(model)}
    if by is not None:
        found = observed_groups(model, modelled(by, left_out))
        groups = {group_label(values): scenario for values, (scenario, _) in found.items()}
    rows: list[tuple[Hashable, ...]] = []
    parts: list[Effects] = []
    for variable in modelled(variables, left_out):
        for group, within in groups.items():
            scenarios, matrix, contrasts = _contrasts(model, variable, within, reference, step)
            effects = exceedances(model, scenarios)
            shares, labels = by_answer(effects, model.patterns, categories)
            parts.append(shares.combine(matrix))
            rows += [(variable, group, contrast, label) for contrast in contrasts for label in labels]
    keys: Keys = dict(zip(("term", "group", "contrast", "category"), map(list, zip(*rows, strict=True)), strict=True))
    if by is None:
        del keys["group"]
    estimate = np.concatenate([part.estimate.ravel() for part in parts])[:, None]
    jacobian = np.concatenate([part.jacobian.reshape(-1, 1, len(model.theta)) for part in parts])
    return keys, Effects(estimate, jacobian)


def _contrasts(
    model: Estimated, variable: str, within: Scenario, reference: Hashable, step: float | None
) -> tuple[list[Scenario], FloatArray, list[str]]:
    """Return what is compared, the contrasts of these (contrasts, scenarios), and the contrasts' names."""
    levels = levels_of(model, variable)
    if not hasattr(model.patterns.predictors[variable], "cat"):
        if reference is not None:
            raise UsageError("a reference is for categories, and would be ignored", where="reference", got=variable)
        return _raised(model, variable, within, step)
    if step != 1.0:
        raise UsageError("a step is for numbers, and would be ignored", where="step", got=variable)
    base = levels[0] if reference is None else reference
    one_of(base, levels, "level", variable)
    place = levels.index(base)
    others = [i for i in range(len(levels)) if i != place]
    matrix = np.eye(len(levels))[others]
    matrix[:, place] = -1.0
    scenarios = [with_values(model, {variable: value}, within) for value in levels]
    return scenarios, matrix, [f"{levels[i]} - {base}" for i in others]


def _raised(
    model: Estimated, variable: str, within: Scenario, step: float | None
) -> tuple[list[Scenario], FloatArray, list[str]]:
    every = model.patterns.predictors[variable].to_numpy(dtype=np.float64)
    if step is None:
        size = SMALL_STEP * float(np.ptp(every))
        low, high, scale, contrast = -size / 2, size / 2, 1 / size, "dY/dX"
    elif np.isfinite(step) and step != 0:
        low, high, scale, contrast = 0.0, float(step), 1.0, f"{step:+g}"
    else:
        raise UsageError("not a step", where="step", got=step, expected="a number other than zero, or None")
    ends = [replace(within, changed={variable: every[within.rows] + shift}) for shift in (low, high)]
    return ends, np.array([[-scale, scale]]), [contrast]


def by_method(result: Fitted, categories: Categories, method: Method) -> tuple[Fitted, Categories]:
    """Return the model that shares are of, a fitted one or its binary model of some answers, and what it calls these.

    Raises
    ------
    UsageError
        There is no such method, or no answers are named for a binary model.
    """
    one_of(method, ("model", "binary"), "method", "method")
    if method == "model":
        return result, categories
    if categories is None:
        raise UsageError("a binary model is of some answers or others", where="categories", expected="codes")
    fitted = binary_fit(fixed_effects(result, "the binary method"), as_categories(categories))
    return fitted, [fitted.categories[1]]


def binary_fit(result: CLMResult, categories: Sequence[Hashable], *, penalised: bool = True) -> CLMResult:
    """Fit a binary model, of the same link, predictors and covariance, of having given one of some answers.

    Parameters
    ----------
    result
        A fitted model; its nominal and scale effects have no counterpart with two answers.
    categories
        The answers counted together.
    penalised
        Penalise (Jeffreys' prior; with the logit link Firth's fit) where the two answers are separated.

    Returns
    -------
    CLMResult
        Its categories are '' and the answers' common name.

    Raises
    ------
    EstimationError
        All or none gave one of the answers; or the two are separated, and the fit is not to be penalised.
    """
    places = category_places(result.patterns, categories)
    if len(places) in (0, len(result.patterns.categories)):
        raise EstimationError("all or none gave these answers", where="categories", got=group_label(tuple(categories)))
    key = (*places, penalised)
    if key not in result.binary_fits:
        patterns, name = result.patterns, group_label(tuple(categories))
        given = np.isin(patterns.category, places).astype(np.int64)
        two = replace(patterns, categories=("", name), category=given)
        formula = replace(result.formula, nominal=(), scale=None, text=f"binary model of {name}")
        penalty = result.penalty or ("where_separated" if penalised else None)
        fitted = fit_patterns(formula, two, result.link, result.cov_type, penalty, result.provenance)
        result.binary_fits[key] = fitted
    return result.binary_fits[key]


def smoothing_test(
    result: Fitted, variables: str | Sequence[str], *, categories: Categories, level: float = 0.95
) -> pd.DataFrame:
    """Compare the adjusted differences of a model with those of a binary model of the same answers.

    One effect for all thresholds lets every answer speak to a difference, also where it does not fit: an adjusted
    difference of the model then differs from that of a binary model for no other reason. Both are averages over the same
    respondents; the standard error of what lies between them is from the sandwich of both models' scores taken
    together (Hausman 1978, Econometrica 46, 1251-1271, with White's 1982 covariance).

    Parameters
    ----------
    result
        A fitted model without random intercept.
    variables
        One or several predictors, each in turn, as in `avg_comparisons`.
    categories
        Answers to count together.
    level
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        `term, contrast, category, smoothed, adjusted, estimate, std_error, statistic, p_value, conf_low, conf_high`: the
        model's difference, the binary model's, and the first less the second with its standard error.

    Raises
    ------
    EstimationError
        The model has a random intercept.

    Examples
    --------
    >>> smoothing_test(fit_clm("belonging ~ role", responses), "role", categories=["some", "great"])
    """
    result = fixed_effects(result, "the smoothing test")
    chosen = as_categories(categories)
    binary = binary_fit(result, chosen)
    keys, ordinal_effects = contrast_effects(result, variables, categories=chosen)
    _, binary_effects = contrast_effects(binary, variables, categories=[binary.categories[1]])
    covariance = _joint_covariance(result, binary)
    both = Effects(
        ordinal_effects.estimate - binary_effects.estimate,
        np.concatenate([ordinal_effects.jacobian, -binary_effects.jacobian], axis=2),
    )
    sides = {"smoothed": ordinal_effects.estimate.ravel(), "adjusted": binary_effects.estimate.ravel()}
    frame = pd.DataFrame({**keys, **sides, **difference_columns(both, covariance, result.df_resid, level)})
    return result.provenance.estimates(
        frame, "smoothing_test", model=result, variables=variables, categories=categories
    )


def _joint_covariance(result: CLMResult, binary: CLMResult) -> FloatArray:
    """(K + L, K + L): of both models' parameters, by the sandwich of their stacked scores."""
    from scipy.linalg import block_diag

    fits = result, binary
    scores = [fit.likelihood.scores(fit.theta, fit.patterns.pattern, fit.patterns.category) for fit in fits]
    kind = "robust" if result.cov_type == "model" else result.cov_type
    return sandwich(block_diag(*(fit.bread for fit in fits)), np.hstack(scores), result.patterns, kind)


def unit_deviations(
    result: Fitted,
    unit: str,
    *,
    categories: Categories = None,
    weights: Mapping[Hashable, float] | None = None,
    method: Method = "model",
    level: float = 0.95,
) -> pd.DataFrame:
    """Compare each unit with the average of the units, all else as it is.

    Parameters
    ----------
    result
        A fitted model with the unit among its predictors.
    unit
        That predictor.
    categories
        Answers to count together, a code or a list of codes: the deviations are of their share, averaged over all
        respondents as if all were in the unit (g-computation). Left out, they are on the latent scale, log-odds under
        the logit; positive is towards the higher categories.
    weights
        Unit to its weight in the average, say its employees; each the same by default.
    method
        'binary': by a binary model of having given one of `categories`, as in `avg_comparisons`; so that a unit whose answers
        lie elsewhere on the scale than its one effect has them is not smoothed.
    level
        Coverage of the intervals, joint for all units.

    Returns
    -------
    DataFrame
        `term, group, category, estimate, std_error, statistic, p_value, conf_low, conf_high, p_adjusted, family`.
        `p_value` is each unit's own; `p_adjusted` and the interval are adjusted in a single step over the family, which are the
        rows returned and which `family` describes (multcomp's glht): where the one shows a difference, the other leaves out 0.

    Raises
    ------
    UsageError
        The model has no such predictor, or weights do not name exactly its levels.
    EstimationError
        The unit has nominal effects, or the model scale effects, so that its effect is no one number on the link.

    Examples
    --------
    >>> unit_deviations(fit_clm("belonging ~ role + unit", release), "unit", categories=["some", "great"])
    """
    fitted, answers = by_method(result, categories, method)
    model = fitted.latent()
    levels = levels_of(model, unit)
    if not hasattr(model.patterns.predictors[unit], "cat"):
        raise UsageError("units are levels of a categorical", where="unit", got=unit)
    category: Hashable = "all"
    if categories is None:
        effects = _unit_effects(result, unit)
    else:
        scenarios = [with_values(model, {unit: value}) for value in levels]
        effects, (category,) = by_answer(exceedances(model, scenarios), model.patterns, answers)
    share = _shares(levels, weights)
    deviations = effects.combine(np.eye(len(levels)) - share)
    columns = difference_columns(deviations, model.covariance, model.df_resid, level)
    columns |= _joint(deviations, columns, model, level)
    average = "each unit the same" if weights is None else "units by their weights"
    family = f"{len(levels)} units against their average, {average}"
    frame = pd.DataFrame({"term": unit, "group": levels, "category": category, **columns, "family": family})
    return result.provenance.estimates(frame, "unit_deviations", model=result, unit=unit, categories=categories)


def _joint(
    deviations: Effects, columns: Mapping[str, FloatArray], model: Estimated, level: float
) -> dict[str, FloatArray]:
    """Return joint intervals, and p values adjusted in a single step."""
    estimate, error = columns["estimate"], columns["std_error"]
    changes = deviations.jacobian[:, 0]
    known = error > 0  # a unit that is the average by itself deviates by nothing
    p, reach = np.full(len(error), np.nan), np.zeros(len(error))
    correlation = (changes @ model.covariance @ changes.T)[np.ix_(known, known)] / np.outer(error[known], error[known])
    p[known], reach[known] = jointly(columns["statistic"][known], model.df_resid, correlation, level)
    return {"conf_low": estimate - reach * error, "conf_high": estimate + reach * error, "p_adjusted": p}


def _unit_effects(result: Fitted, unit: str) -> Effects:
    """Return each unit's effect on the link, averaged over the patterns, up to a constant for all.

    Raises
    ------
    EstimationError
        The unit has nominal effects, or the model scale effects.
    """
    model = result.latent()
    by_threshold = any(unit in model.formula.term_variables[term] for term in model.spec.nominal_terms)
    if model.spec.scale_names or by_threshold:
        what = "nominal or scale effects make a unit's effect on the link more than one number"
        raise EstimationError(what, where=unit, hint="name the categories whose share is compared")
    scenarios = [with_values(model, {unit: value}) for value in levels_of(model, unit)]
    rows = np.zeros((len(scenarios), len(model.spec.location_names)))
    for at, design, share in designs(model, scenarios):
        rows[at] += share @ design.location
    jacobian = np.zeros((len(scenarios), 1, len(model.theta)))
    location = len(model.theta) - int(model.mixed)
    jacobian[:, 0, location - rows.shape[1] : location] = rows
    return Effects(jacobian @ model.theta, jacobian)


def _shares(levels: list[Hashable], weights: Mapping[Hashable, float] | None) -> FloatArray:
    """Return each unit's share in the average; zero weights leave a unit out of the average, not out of the table."""
    if weights is None:
        return np.full(len(levels), 1 / len(levels))
    wrong = [str(label) for label in {*levels} ^ {*weights}]
    values = np.array([weights.get(label, np.nan) for label in levels], dtype=np.float64)
    if wrong:
        raise UsageError("weights do not name exactly the units", where="weights", got=", ".join(sorted(wrong)))
    if not np.all(values >= 0) or not np.isfinite(values).all() or values.sum() == 0:
        raise UsageError("weights are numbers of zero or above", where="weights")
    return np.asarray(values / values.sum())
