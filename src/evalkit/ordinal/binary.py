"""Binary models of having given some answers or others, fitted on an ordinal model's own data."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from ..errors import EstimationError, UsageError, one_of
from .clm import CLMResult, fit_patterns, fixed_effects
from .effects import Categories, as_categories, category_places, group_label
from .results import Fitted
from .separation import SeparationError

Method = Literal["model", "binary"]


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
    patterns = result.patterns
    places = category_places(patterns, categories)
    if len(places) in (0, len(patterns.categories)):
        raise EstimationError("all or none gave these answers", where="categories", got=group_label(tuple(categories)))
    given = np.isin(patterns.category, places).astype(np.int64)
    names = ("", group_label(tuple(categories)))
    two = replace(patterns, categories=names, category=given)
    text = f"binary model of {names[1]}"
    formula = replace(result.formula, nominal=(), scale=None, text=text)
    penalty = result.penalty
    try:
        return fit_patterns(formula, two, result.link, result.cov_type, penalty, result.provenance)
    except SeparationError:
        if not penalised:
            raise
        return fit_patterns(formula, two, result.link, result.cov_type, "jeffreys", result.provenance)
