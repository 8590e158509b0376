"""Average effects of a predictor on the probabilities of a cumulative link model.

R equivalent: `marginaleffects::avg_comparisons`; with `step=None`, `avg_slopes`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from ..errors import UsageError, one_of
from .arrays import FloatArray
from .binary import Method, by_method
from .effects import (
    Categories,
    Effects,
    Latent,
    Scenario,
    by_answer,
    difference_columns,
    everyone,
    exceedances,
    group_label,
    levels_of,
    modelled,
    observed_groups,
    with_values,
)
from .results import Fitted

# Of the predictor's range, for the numerical derivative.
SMALL_STEP: Final = 1e-4


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
    frame = pd.DataFrame({**keys, **difference_columns(effects, model.covariance, model.df, level)})
    asked = {
        "variables": variables,
        "categories": categories,
        "by": by,
        "between": between,
        "method": method,
        "reference": reference,
    }
    return result.provenance.estimates(frame, "avg_comparisons", model=result, **asked)


def _with_differences(keys: dict[str, list[Hashable]], effects: Effects) -> tuple[dict[str, list[Hashable]], Effects]:
    """Return the effects in groups, and after them those in each but the first group less those in the first."""
    alike = [name for name in keys if name != "group"]
    first: dict[tuple[Hashable, ...], int] = {}
    pairs = [(row, first.setdefault(tuple(keys[n][row] for n in alike), row)) for row in range(len(keys["group"]))]
    pairs = [(row, base) for row, base in pairs if row != base]
    each = np.eye(len(keys["group"]))
    matrix = np.vstack([each, *(each[[row]] - each[[base]] for row, base in pairs)])
    more = {name: [*keys[name], *(keys[name][row] for row, _ in pairs)] for name in alike}
    groups = [*keys["group"], *(f"{keys['group'][row]} - {keys['group'][base]}" for row, base in pairs)]
    return {name: groups if name == "group" else more[name] for name in keys}, effects.combine(matrix)


def contrast_effects(
    result: Fitted,
    variables: str | Sequence[str],
    categories: Categories = None,
    by: str | Sequence[str] | None = None,
    reference: Hashable = None,
    step: float | None = 1.0,
) -> tuple[dict[str, list[Hashable]], Effects]:
    """Return the differences of `avg_comparisons` with their Jacobian, and the columns that say what each is.

    Returns
    -------
    dict, Effects
        Column to its rows; the differences (rows, 1).
    """
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
    keys = {
        name: list(column)
        for name, column in zip(("term", "group", "contrast", "category"), zip(*rows, strict=True), strict=True)
    }
    if by is None:
        del keys["group"]
    estimate = np.concatenate([part.estimate.ravel() for part in parts])[:, None]
    jacobian = np.concatenate([part.jacobian.reshape(-1, 1, len(model.theta)) for part in parts])
    return keys, Effects(estimate, jacobian)


def _contrasts(
    model: Latent, variable: str, within: Scenario, reference: Hashable, step: float | None
) -> tuple[list[Scenario], FloatArray, list[str]]:
    """Return what is compared, the contrasts of these (contrasts, scenarios), and the contrasts' names."""
    levels = levels_of(model, variable)
    if hasattr(model.patterns.predictors[variable], "cat"):
        if step != 1.0:
            raise UsageError("a step is for numbers, and would be ignored", where="step", got=variable)
        return _against_reference(model, variable, levels, within, reference)
    if reference is not None:
        raise UsageError("a reference is for categories, and would be ignored", where="reference", got=variable)
    return _raised(model, variable, within, step)


def _against_reference(
    model: Latent, variable: str, levels: list[Hashable], within: Scenario, reference: Hashable
) -> tuple[list[Scenario], FloatArray, list[str]]:
    base = levels[0] if reference is None else reference
    one_of(base, levels, "level", variable)
    place = levels.index(base)
    others = [i for i in range(len(levels)) if i != place]
    matrix = np.eye(len(levels))[others]
    matrix[:, place] = -1.0
    scenarios = [with_values(model, {variable: value}, within) for value in levels]
    return scenarios, matrix, [f"{levels[i]} - {base}" for i in others]


def _raised(
    model: Latent, variable: str, within: Scenario, step: float | None
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
