"""A cumulative link model of released groups: its data without withheld levels, and its results as they may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ..errors import DisclosureError, EstimationError
from .models import ModelData, SafeEstimates, estimates

if TYPE_CHECKING:
    import pandas as pd

    from ..ordinal import CLMResult
    from ..study import Headline, Study
    from .store import Release

DIGITS = 4
"""Decimals of what leaves: enough to check a model by, too few to solve for the counts behind it."""
P_VALUES = ("p_value", "p_adjusted")
"""Columns that keep three significant digits instead."""


@dataclass(frozen=True, eq=False, repr=False)
class ReleasedModel:
    """A fitted cumulative link model whose groups passed the disclosure rule.

    Parameters
    ----------
    release
        The release its data are from.
    data
        What it is fitted on.
    result
        The fit.
    """

    release: Release
    data: ModelData
    result: CLMResult

    @property
    def study(self) -> Study:
        """The study."""
        return self.release.study

    @property
    def outcome(self) -> str:
        """The variable that is modelled."""
        return self.data.outcome

    @property
    def unit(self) -> str | None:
        """The predictor whose levels are the study's units, where it is in the model."""
        return self.study.unit if self.study.unit in self.data.predictors else None

    @property
    def compared(self) -> tuple[str, ...]:
        """The predictors whose levels are compared with a reference: all but the unit, or that alone where it is alone."""
        return tuple(name for name in self.data.predictors if name != self.unit) or self.data.predictors

    @property
    def categories(self) -> tuple[str, ...]:
        """The answers that were given, low to high."""
        return tuple(map(str, self.result.categories))

    @cached_property
    def high(self) -> tuple[str, ...]:
        """The answers counted together as high: those of the item's headline where they are the upper end, else the upper half."""
        count = len(self.headline.categories) if self.headline else len(self.categories) // 2
        return self.categories[-count:]

    @cached_property
    def headline(self) -> Headline | None:
        """The study's first headline of the outcome, where its answers are the upper end of the scale."""
        for headline in self.study.plan.headlines:
            upper = set(self.categories[-len(headline.categories) :])
            if headline.item == self.outcome and set(headline.categories) == upper != set(self.categories):
                return headline
        return None

    @property
    def at_least(self) -> str:
        """The category of P(Y >= j) that stands for the high answers."""
        return f">={self.high[0]}"

    def __repr__(self) -> str:
        """Return what is modelled, never the patterns of answers it was fitted on."""
        return f"<ReleasedModel {self.data.formula}>"

    def name(self, part: str) -> str:
        """Return the id of a table or figure of this model."""
        return f"{self.outcome}_model_{part}"

    def safe(self, part: str, frame: pd.DataFrame) -> SafeEstimates:
        """Return estimates as they may be shown: checked, rounded, without how many of a group are in the model."""
        kept = frame.drop(columns="n", errors="ignore").round({name: DIGITS for name in frame if name not in P_VALUES})
        rounded = kept.assign(**{name: kept[name].map(_three_digits) for name in P_VALUES if name in kept})
        return estimates(self.name(part), rounded, self.data, self.study)


def _three_digits(p: float) -> float:
    return float(f"{p:.3g}")


def fit_released(release: Release, outcome: str) -> ReleasedModel:
    """Fit an outcome on the study's predictors, as far as they may be modelled.

    A predictor of which fewer than two levels may be modelled is left out. Where answers are separated, so that an estimate
    would be infinite, the fit is penalised (Jeffreys' prior).

    Raises
    ------
    DisclosureError, EstimationError
        When there is no model that may be shown.
    """
    from ..ordinal import fit_clm

    data = _released(release, outcome)
    try:
        result = fit_clm(data.formula, data.data, weights="count")
    except EstimationError:
        result = fit_clm(data.formula, data.data, weights="count", penalty="jeffreys")
    return ReleasedModel(release, data, result)


def _released(release: Release, outcome: str) -> ModelData:
    """Return the data of the study's predictors; of those that may be modelled alone where that is refused."""
    predictors = release.study.predictors
    if not predictors:
        raise EstimationError("the study names no predictors", where=outcome)
    try:
        return release.model_data(outcome, predictors)
    except DisclosureError:
        alone = [name for name in predictors if _may_be_modelled(release, outcome, name)]
        return release.model_data(outcome, alone or predictors)


def _may_be_modelled(release: Release, outcome: str, predictor: str) -> bool:
    try:
        release.model_data(outcome, [predictor])
    except DisclosureError:
        return False
    return True
