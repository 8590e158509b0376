"""Average effects of a predictor on the probabilities of a cumulative link model.

R equivalent: `marginaleffects::avg_comparisons`; with `step=None`, `avg_slopes`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import UsageError, nearest
from .effects import (
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
from .estimates import Fitted, Latent
from .links import FloatArray

if TYPE_CHECKING:
    import pandas as pd

# Of the predictor's range, for the numerical derivative.
SMALL_STEP: Final = 1e-4


def avg_comparisons(
    result: Fitted,
    variables: str | Sequence[str],
    *,
    categories: Hashable | Sequence[Hashable] = None,
    by: str | Sequence[str] | None = None,
    reference: Hashable = None,
    step: float | None = 1.0,
    cumulative: bool = False,
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
    reference
        Level to compare with; the first by default.
    step
        How much a number is raised; None for the average derivative.
    cumulative
        Return the change of P(Y >= category) for all categories but the lowest.
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
    """
    import pandas as pd

    model, frames = result.latent(), []
    groups: dict[Hashable, Scenario] = {"all": everyone(model)}
    if by is not None:
        found = observed_groups(model, modelled(result, by))
        groups = {group_label(values): scenario for values, (scenario, _) in found.items()}
    for variable in modelled(result, variables):
        for group, within in groups.items():
            scenarios, matrix, contrasts = _contrasts(model, variable, within, reference, step)
            effects = exceedances(model, scenarios)
            shares, labels = by_answer(effects, model.patterns, categories, cumulative=cumulative)
            keys = {
                "term": variable,
                **({} if by is None else {"group": group}),
                "contrast": [contrast for contrast in contrasts for _ in labels],
                "category": labels * len(contrasts),
            }
            frames.append(pd.DataFrame({**keys, **difference_columns(shares.combine(matrix), model, level)}))
    asked = {"variables": variables, "categories": categories, "by": by, "reference": reference}
    return result.provenance.estimates(pd.concat(frames, ignore_index=True), "avg_comparisons", model=result, **asked)


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
    if base not in levels:
        expected = ", ".join(str(level) for level in levels)
        raise UsageError("no such level", where=variable, got=base, expected=expected, hint=nearest(base, levels))
    place = levels.index(base)
    others = [i for i in range(len(levels)) if i != place]
    matrix = np.eye(len(levels))[others]
    matrix[:, place] = -1.0
    scenarios = [with_values(model, {variable: value}, within) for value in levels]
    return scenarios, matrix, [f"{levels[i]} - {base}" for i in others]


def _raised(
    model: Latent, variable: str, within: Scenario, step: float | None
) -> tuple[list[Scenario], FloatArray, list[str]]:
    values = within.predictors[variable].to_numpy(dtype=np.float64)
    if step is None:
        size = SMALL_STEP * float(np.ptp(model.patterns.predictors[variable].to_numpy(dtype=np.float64)))
        low, high, scale, contrast = -size / 2, size / 2, 1 / size, "dY/dX"
    elif np.isfinite(step) and step != 0:
        low, high, scale, contrast = 0.0, float(step), 1.0, f"{step:+g}"
    else:
        raise UsageError("not a step", where="step", got=step, expected="a number other than zero, or None")
    ends = [Scenario(within.predictors.assign(**{variable: values + shift}), within.weights) for shift in (low, high)]
    return ends, np.array([[-scale, scale]]), [contrast]
