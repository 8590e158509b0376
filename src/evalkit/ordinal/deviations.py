"""How far each unit lies from the units' average: one statement a unit, never a league of pairs.

The unit is a predictor of the model, so its effects are unpooled. A deviation from the (weighted) average treats all
units alike, none being the reference; p-values are adjusted over the family of statements made.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np

from evalkit.errors import EstimationError, UsageError
from evalkit.ordinal.clm import CLMResult
from evalkit.ordinal.effects import (
    Effects,
    Latent,
    category_labels,
    designs,
    difference_columns,
    exceedances,
    latent,
    levels_of,
    with_values,
)
from evalkit.ordinal.links import FloatArray

if TYPE_CHECKING:
    import pandas as pd

Scale = Literal["link", "probability"]


def unit_deviations(
    result: CLMResult,
    unit: str,
    *,
    scale: Scale = "link",
    at_least: Hashable = None,
    weights: Mapping[Hashable, float] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Compare each unit with the average of the units, all else as it is.

    Parameters
    ----------
    result
        A fitted model with the unit among its predictors.
    unit
        That predictor.
    scale
        'link': on the latent scale, log-odds under the logit; positive is towards the higher categories.
        'probability': P(Y >= category), averaged over all respondents as if all were in the unit (g-computation).
    at_least
        The category of 'probability'; all but the lowest by default.
    weights
        Unit to its weight in the average, say its employees; each the same by default.
    level
        Coverage of the intervals, each for itself.

    Returns
    -------
    DataFrame
        `term, group, category, estimate, std_error, statistic, p_value, conf_low, conf_high, p_adjusted, family`.
        `p_adjusted` is Benjamini and Hochberg's (1995, Journal of the Royal Statistical Society B 57, 289-300) over the
        family, which are the rows returned and which `family` describes.

    Raises
    ------
    UsageError
        The model has no such predictor, or weights do not name exactly its levels.
    EstimationError
        The unit has nominal effects, or the model scale effects, so that its effect is no one number on the link.
    """
    import pandas as pd
    from scipy.stats import false_discovery_control

    model = latent(result)
    levels = levels_of(model, unit)
    if not hasattr(model.patterns.predictors[unit], "cat"):
        raise UsageError("units are levels of a categorical", where="unit", got=unit)
    effects, categories = _unit_effects(model, result, unit, levels, scale, at_least)
    share = _shares(levels, weights)
    columns = difference_columns(effects.combine(np.eye(len(levels)) - share), model, level)
    average = "each unit the same" if weights is None else "units by their weights"
    statements = f"{len(levels)} units" + (f" x {len(categories)} categories" if len(categories) > 1 else "")
    return pd.DataFrame(
        {
            "term": unit,
            "group": [label for label in levels for _ in categories],
            "category": categories * len(levels),
            **columns,
            "p_adjusted": false_discovery_control(columns["p_value"], method="bh"),
            "family": f"{statements} against their average, {average}",
        }
    )


def unit_effects(result: CLMResult, unit: str) -> Effects:
    """Return each unit's effect on the link, averaged over the patterns, up to a constant for all.

    Raises
    ------
    EstimationError
        The unit has nominal effects, or the model scale effects.
    """
    model = latent(result)
    scenarios = [with_values(model, {unit: value}) for value in levels_of(model, unit)]
    parts = list(designs(model, scenarios))
    if result.spec.scale_names or any(np.any(part.nominal != parts[0].nominal) for part in parts):
        raise EstimationError(
            "nominal or scale effects make a unit's effect on the link more than one number",
            where=unit,
            hint="use scale='probability'",
        )
    share = model.patterns.pattern_weights / model.patterns.pattern_weights.sum()
    rows = np.array([share @ part.location for part in parts])
    jacobian = np.zeros((len(parts), 1, len(model.theta)))
    jacobian[:, 0, len(model.theta) - rows.shape[1] :] = rows
    return Effects(jacobian @ model.theta, jacobian)


def _unit_effects(
    model: Latent, result: CLMResult, unit: str, levels: list[Hashable], scale: Scale, at_least: Hashable
) -> tuple[Effects, list[Hashable]]:
    if scale == "link":
        if at_least is not None:
            raise UsageError("a category is for probabilities, and would be ignored", where="at_least", got=at_least)
        return unit_effects(result, unit), ["all"]
    if scale != "probability":
        raise UsageError("no such scale", where="scale", got=scale, expected="link, probability")
    effects = exceedances(model, [with_values(model, {unit: value}) for value in levels])
    labels = category_labels(model.patterns, cumulative=True)
    if at_least is None:
        return effects, labels
    known = list(model.patterns.categories[1:])
    if at_least not in known:
        expected = ", ".join(str(category) for category in known)
        raise UsageError("no such category above the lowest", where="at_least", got=at_least, expected=expected)
    place = known.index(at_least)
    return Effects(effects.estimate[:, [place]], effects.jacobian[:, [place]]), [labels[place]]


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
