"""Predicted probabilities of a cumulative link model: averages by group, and at given values.

R equivalents: `marginaleffects::avg_predictions` and `predictions`; `predict.clm(interval = TRUE)` where all predictors
are given.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

from evalkit.errors import UsageError
from evalkit.ordinal.clm import CLMResult
from evalkit.ordinal.clmm import CLMMResult
from evalkit.ordinal.effects import (
    Latent,
    Scenario,
    category_labels,
    exceedances,
    latent,
    levels_of,
    probability_columns,
    with_values,
)

if TYPE_CHECKING:
    import pandas as pd

Averaging = Literal["observed", "counterfactual"]


def avg_predictions(
    result: CLMResult | CLMMResult,
    by: str | Sequence[str] | None = None,
    *,
    method: Averaging = "observed",
    cumulative: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """Average the predicted probabilities of each category by group.

    Parameters
    ----------
    result
        A fitted model. With a random intercept, probabilities are averaged over its distribution.
    by
        One or several predictors of the model; None for everybody together.
    method
        'observed': over the respondents of each group, with their own predictors, as
        `marginaleffects::avg_predictions(by=)`. 'counterfactual': over all respondents, as if all were in that group and
        else as they are (g-computation), so that groups differ by nothing but the predictor; the differences of these
        are `avg_comparisons`.
    cumulative
        Return P(Y >= category) for all categories but the lowest.
    level
        Coverage of the intervals, which are by the delta method on the logit.

    Returns
    -------
    DataFrame
        `group, category, estimate, std_error, conf_low, conf_high, n`; n counts the group's respondents. Averages are
        weighted with the model's weights.

    Raises
    ------
    UsageError
        The method is unknown, or the model has no such predictor.
    """
    if method not in ("observed", "counterfactual"):
        raise UsageError("no such method", where="method", got=method, expected="observed, counterfactual")
    model, names = latent(result), _names(by)
    groups = _observed(model, names)
    scenarios = [scenario for scenario, _ in groups.values()]
    if method == "counterfactual":
        scenarios = [with_values(model, dict(zip(names, values, strict=True))) for values in groups]
    frame = _frame(model, scenarios, list(groups), cumulative, level)
    columns = len(frame) // len(groups)
    return frame.assign(n=[n for _, n in groups.values() for _ in range(columns)])


def predictions(
    result: CLMResult | CLMMResult,
    at: Mapping[str, Any],
    *,
    cumulative: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """Predict probabilities at given values of the predictors.

    Parameters
    ----------
    result
        A fitted model.
    at
        Predictor to a value, or to a list of values; all combinations are predicted. Predictors that are left out stay
        as they are, and the prediction is the average over all respondents.
    cumulative, level
        As in `avg_predictions`.

    Returns
    -------
    DataFrame
        `group, category, estimate, std_error, conf_low, conf_high`; `group` is the value, or the values in order.

    Raises
    ------
    UsageError
        The model has no such predictor, or the predictor no such level.
    """
    model = latent(result)
    values = [list(v) if isinstance(v, (list, tuple)) else [v] for v in at.values()]
    groups = list(product(*values))
    scenarios = [with_values(model, dict(zip(at, group, strict=True))) for group in groups]
    if set(at) >= set(model.variables):
        scenarios = [Scenario(s.predictors.iloc[:1], s.weights[:1]) for s in scenarios]
    return _frame(model, scenarios, groups, cumulative, level)


def _names(by: str | Sequence[str] | None) -> list[str]:
    return [] if by is None else [by] if isinstance(by, str) else list(by)


def _observed(model: Latent, names: list[str]) -> dict[tuple[Hashable, ...], tuple[Scenario, int]]:
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


def _frame(
    model: Latent, scenarios: list[Scenario], groups: list[tuple[Hashable, ...]], cumulative: bool, level: float
) -> pd.DataFrame:
    import pandas as pd

    effects = exceedances(model, scenarios)
    labels = category_labels(model.patterns, cumulative=cumulative)
    columns = probability_columns(effects if cumulative else effects.by_category(), model, level)
    keys = {"group": [_label(group) for group in groups for _ in labels], "category": labels * len(groups)}
    return pd.DataFrame({**keys, **columns})


def _label(values: tuple[Hashable, ...]) -> Hashable:
    if not values:
        return "all"
    return values[0] if len(values) == 1 else ", ".join(str(value) for value in values)
