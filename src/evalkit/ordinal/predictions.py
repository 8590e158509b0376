"""Predicted probabilities of a cumulative link model, averaged by group.

R equivalent: `marginaleffects::avg_predictions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from ..errors import UsageError, one_of
from .effects import (
    Categories,
    Latent,
    exceedances,
    group_label,
    modelled,
    observed_groups,
    probability_frame,
    with_values,
)
from .results import Fitted

Averaging = Literal["observed", "counterfactual"]


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


def _averages(model: Latent, names: list[str], categories: Categories, method: Averaging, level: float) -> pd.DataFrame:
    groups = observed_groups(model, names)
    scenarios = [scenario for scenario, _ in groups.values()]
    if method == "counterfactual":
        scenarios = [with_values(model, dict(zip(names, values, strict=True))) for values in groups]
    labels = [group_label(group) for group in groups]
    frame = probability_frame(model, exceedances(model, scenarios), labels, level, categories)
    columns = len(frame) // len(groups)
    frame.insert(0, "term", ", ".join(names) or "all")
    return frame.assign(n=[n for _, n in groups.values() for _ in range(columns)])
