"""Binary models of having given some answers or others, fitted on an ordinal model's own data."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from ..errors import EstimationError
from .clm import CLMResult, fit_patterns
from .effects import category_places, group_label
from .separation import SeparationError


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
