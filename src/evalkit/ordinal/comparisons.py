"""Average effects of a predictor on the probabilities of a cumulative link model.

R equivalent: `marginaleffects::avg_comparisons`; with `step=None`, `avg_slopes`.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Final

import numpy as np

from evalkit.errors import UsageError, nearest
from evalkit.ordinal.clm import CLMResult
from evalkit.ordinal.clmm import CLMMResult
from evalkit.ordinal.effects import (
    Latent,
    Scenario,
    category_labels,
    difference_columns,
    exceedances,
    latent,
    levels_of,
    with_values,
)
from evalkit.ordinal.links import FloatArray

if TYPE_CHECKING:
    import pandas as pd

# Of the predictor's range, for the numerical derivative.
SMALL_STEP: Final = 1e-4


def avg_comparisons(
    result: CLMResult | CLMMResult,
    variable: str,
    *,
    reference: Hashable = None,
    step: float | None = 1.0,
    cumulative: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """Average the change of each category's probability when a predictor changes and nothing else does.

    Parameters
    ----------
    result
        A fitted model. With a random intercept, probabilities are averaged over its distribution.
    variable
        A predictor. A categorical one is set to each level and to the reference, for all respondents; a number is
        raised by `step`.
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
        `term, contrast, category, estimate, std_error, statistic, p_value, conf_low, conf_high`. Averages are weighted
        with the model's weights. Estimates are differences of probabilities: 0.1 is ten percentage points.

    Raises
    ------
    UsageError
        The model has no such predictor or level, or an option would be ignored.
    """
    import pandas as pd

    model = latent(result)
    levels = levels_of(model, variable)
    if hasattr(model.patterns.predictors[variable], "cat"):
        if step != 1.0:
            raise UsageError("a step is for numbers, and would be ignored", where="step", got=variable)
        scenarios, matrix, contrasts = _against_reference(model, variable, levels, reference)
    else:
        if reference is not None:
            raise UsageError("a reference is for categories, and would be ignored", where="reference", got=variable)
        scenarios, matrix, contrasts = _raised(model, variable, step)
    effects = exceedances(model, scenarios)
    labels = category_labels(model.patterns, cumulative=cumulative)
    columns = difference_columns((effects if cumulative else effects.by_category()).combine(matrix), model, level)
    keys = {
        "term": variable,
        "contrast": [contrast for contrast in contrasts for _ in labels],
        "category": labels * len(contrasts),
    }
    return pd.DataFrame({**keys, **columns})


def _against_reference(
    model: Latent, variable: str, levels: list[Hashable], reference: Hashable
) -> tuple[list[Scenario], FloatArray, list[str]]:
    base = levels[0] if reference is None else reference
    if base not in levels:
        expected = ", ".join(str(level) for level in levels)
        raise UsageError("no such level", where=variable, got=base, expected=expected, hint=nearest(base, levels))
    place = levels.index(base)
    others = [i for i in range(len(levels)) if i != place]
    matrix = np.eye(len(levels))[others]
    matrix[:, place] = -1.0
    scenarios = [with_values(model, {variable: value}) for value in levels]
    return scenarios, matrix, [f"{levels[i]} - {base}" for i in others]


def _raised(model: Latent, variable: str, step: float | None) -> tuple[list[Scenario], FloatArray, list[str]]:
    patterns = model.patterns
    values = patterns.predictors[variable].to_numpy(dtype=np.float64)
    if step is None:
        size = SMALL_STEP * float(np.ptp(values))
        low, high, scale, contrast = -size / 2, size / 2, 1 / size, "dY/dX"
    elif np.isfinite(step) and step != 0:
        low, high, scale, contrast = 0.0, float(step), 1.0, f"{step:+g}"
    else:
        raise UsageError("not a step", where="step", got=step, expected="a number other than zero, or None")
    ends = [
        Scenario(patterns.predictors.assign(**{variable: values + shift}), patterns.pattern_weights)
        for shift in (low, high)
    ]
    return ends, np.array([[-scale, scale]]), [contrast]
