"""Predicted probabilities of a cumulative link model: averages by group, and at given values.

R equivalents: `marginaleffects::avg_predictions` and `predictions`; `predict.clm(interval = TRUE)` where all predictors
are given.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

from ..errors import UsageError
from .effects import (
    Scenario,
    by_answer,
    exceedances,
    group_label,
    modelled,
    observed_groups,
    probability_columns,
    with_values,
)
from .estimates import Fitted, Latent

if TYPE_CHECKING:
    import pandas as pd

Averaging = Literal["observed", "counterfactual"]


def avg_predictions(
    result: Fitted,
    variables: str | Sequence[str] | None = None,
    *,
    by: str | Sequence[str] | None = None,
    categories: Hashable | Sequence[Hashable] = None,
    method: Averaging = "observed",
    cumulative: bool = False,
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
    cumulative
        Return P(Y >= category) for all categories but the lowest.
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
    """
    import pandas as pd

    if method not in ("observed", "counterfactual"):
        raise UsageError("no such method", where="method", got=method, expected="observed, counterfactual")
    if variables is not None and by is not None:
        raise UsageError("variables are taken in turn and by is crossed: give one of them", where="by", got=by)
    crossings = [[name] for name in modelled(result, variables or ())] or [modelled(result, by or ())]
    model = result.latent()
    frames = [_averages(model, names, categories, method, cumulative, level) for names in crossings]
    asked = {"variables": variables, "by": by, "categories": categories, "method": method}
    return result.provenance.estimates(pd.concat(frames, ignore_index=True), "avg_predictions", model=result, **asked)


def _averages(
    model: Latent,
    names: list[str],
    categories: Hashable | Sequence[Hashable],
    method: Averaging,
    cumulative: bool,
    level: float,
) -> pd.DataFrame:
    groups = observed_groups(model, names)
    scenarios = [scenario for scenario, _ in groups.values()]
    if method == "counterfactual":
        scenarios = [with_values(model, dict(zip(names, values, strict=True))) for values in groups]
    frame = _frame(model, scenarios, list(groups), categories, cumulative, level)
    columns = len(frame) // len(groups)
    frame.insert(0, "term", ", ".join(names) or "all")
    return frame.assign(n=[n for _, n in groups.values() for _ in range(columns)])


def predictions(
    result: Fitted,
    at: Mapping[str, Any],
    *,
    categories: Hashable | Sequence[Hashable] = None,
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
    categories, cumulative, level
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
    model = result.latent()
    values = [list(v) if isinstance(v, (list, tuple)) else [v] for v in at.values()]
    groups = list(product(*values))
    scenarios = [with_values(model, dict(zip(at, group, strict=True))) for group in groups]
    if set(at) >= set(model.variables):
        scenarios = [Scenario(s.predictors.iloc[:1], s.weights[:1]) for s in scenarios]
    frame = _frame(model, scenarios, groups, categories, cumulative, level)
    return result.provenance.estimates(frame, "predictions", model=result, at=at, categories=categories)


def _frame(
    model: Latent,
    scenarios: list[Scenario],
    groups: list[tuple[Hashable, ...]],
    categories: Hashable | Sequence[Hashable],
    cumulative: bool,
    level: float,
) -> pd.DataFrame:
    import pandas as pd

    effects, labels = by_answer(exceedances(model, scenarios), model.patterns, categories, cumulative=cumulative)
    columns = probability_columns(effects, model, level)
    keys = {"group": [group_label(group) for group in groups for _ in labels], "category": labels * len(groups)}
    return pd.DataFrame({**keys, **columns})
