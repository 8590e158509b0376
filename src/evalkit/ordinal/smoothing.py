"""How far an ordinal model's smoothing moves adjusted differences away from what the answers alone show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..errors import EstimationError
from .arrays import FloatArray
from .binary import binary_fit
from .clm import CLMResult, fixed_effects
from .comparisons import contrast_effects
from .covariance import sandwich
from .effects import Categories, Effects, as_categories, difference_columns
from .maximise import inverse_positive
from .results import Fitted


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
    breads, scores = [], []
    for fit in (result, binary):
        bread = inverse_positive(fit.information)
        if bread is None:
            raise EstimationError("the information is not positive definite", where=fit.formula.text)
        breads.append(bread)
        scores.append(fit.likelihood.scores(fit.theta, fit.patterns.pattern, fit.patterns.category))
    size = len(result.theta)
    joint = np.zeros((size + len(binary.theta),) * 2)
    joint[:size, :size], joint[size:, size:] = breads
    kind = "robust" if result.cov_type == "model" else result.cov_type
    return sandwich(joint, np.hstack(scores), result.patterns, kind)
