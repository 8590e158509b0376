"""How far each unit lies from the units' average: one statement a unit, never a league of pairs.

The unit is a predictor of the model, so its effects are unpooled. A deviation from the (weighted) average treats all
units alike, none being the reference; p-values are adjusted over the family of statements made.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from ..errors import EstimationError, UsageError
from .arrays import FloatArray
from .comparisons import Method, by_method
from .effects import (
    Categories,
    Effects,
    Latent,
    by_answer,
    designs,
    difference_columns,
    exceedances,
    levels_of,
    with_values,
)
from .inference import jointly
from .results import Fitted


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
    columns = difference_columns(deviations, model.covariance, model.df, level)
    columns |= _joint(deviations, columns, model, level)
    average = "each unit the same" if weights is None else "units by their weights"
    frame = pd.DataFrame(
        {
            "term": unit,
            "group": levels,
            "category": category,
            **columns,
            "family": f"{len(levels)} units against their average, {average}",
        }
    )
    return result.provenance.estimates(frame, "unit_deviations", model=result, unit=unit, categories=categories)


def _joint(
    deviations: Effects, columns: Mapping[str, FloatArray], model: Latent, level: float
) -> dict[str, FloatArray]:
    """Return joint intervals, and p values adjusted in a single step."""
    estimate, error = columns["estimate"], columns["std_error"]
    changes = deviations.jacobian[:, 0]
    known = error > 0  # a unit that is the average by itself deviates by nothing
    p, reach = np.full(len(error), np.nan), np.zeros(len(error))
    correlation = (changes @ model.covariance @ changes.T)[np.ix_(known, known)] / np.outer(error[known], error[known])
    p[known], reach[known] = jointly(columns["statistic"][known], model.df, correlation, level)
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
