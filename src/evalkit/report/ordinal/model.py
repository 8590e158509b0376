"""A model that may be shown: data without withheld levels, the fit, and what its terms are called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...errors import DisclosureError, EstimationError
from ...i18n import Locale
from ...release.models import MERGED
from ..models import Labels

if TYPE_CHECKING:
    import pandas as pd

    from ...estimate.ordinal import CLMResult
    from ...release import ModelData, Release, SafeEstimates
    from ...study import Headline, Study

DIGITS = 4
"""Decimals of what leaves: enough to check a model by, too few to solve for the counts behind it."""


P_VALUES = ("p_value", "p_adjusted")
"""Columns that keep three significant digits instead."""


class ModelLabels(Labels):
    """The codebook's labels, and one for levels that were merged."""

    def level(self, name: str, code: str) -> str:
        """Return a category's label."""
        if code != MERGED:
            return super().level(name, code)
        label = self.study.plan.models.other_label
        return label[self.locale.language] if label else self.locale.text("Other, merged")


@dataclass(frozen=True, eq=False)
class OrdinalModel:
    """A fitted cumulative link model, and what is needed to show it.

    Parameters
    ----------
    release
        The release its data are from.
    locale
        The language.
    data
        What it is fitted on.
    result
        The fit.
    """

    release: Release
    locale: Locale
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

    @cached_property
    def labels(self) -> ModelLabels:
        """What terms, levels and answers are called."""
        return ModelLabels(self.study, self.locale, self.outcome)

    @property
    def categories(self) -> tuple[str, ...]:
        """The answers that were given, low to high."""
        return tuple(map(str, self.result.categories))

    @cached_property
    def high(self) -> tuple[str, ...]:
        """The answers counted together as high: those of the item's headline where they are the upper end, else the upper half."""
        headline = self._headline
        count = len(headline.categories) if headline else len(self.categories) // 2
        return self.categories[-count:]

    @cached_property
    def _headline(self) -> Headline | None:
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

    @property
    def high_said(self) -> str:
        """What those who gave a high answer say: the headline's words, or 'answer' and the answers joined by 'or'."""
        if self._headline:
            return self._headline.label[self.locale.language]
        quoted = [self.locale.quoted(self.labels.category(code)) for code in self.high]
        either = self.locale.text("{first} or {last}", first=", ".join(quoted[:-1]), last=quoted[-1])
        return self.locale.text("answer {answers}", answers=either if len(quoted) > 1 else quoted[0])

    @property
    def title(self) -> str:
        """The outcome's short name."""
        return self.labels.variable(self.outcome)

    def name(self, part: str) -> str:
        """Return the id of a table or figure of this model."""
        return f"{self.outcome}_model_{part}"

    def safe(self, part: str, frame: pd.DataFrame) -> SafeEstimates:
        """Return estimates as they may be shown: checked, rounded, without how many of a group are in the model."""
        kept = frame.drop(columns="n", errors="ignore").round({name: DIGITS for name in frame if name not in P_VALUES})
        rounded = kept.assign(**{name: kept[name].map(_three_digits) for name in P_VALUES if name in kept})
        return self.release.estimates(self.name(part), rounded, self.data)


def _three_digits(p: float) -> float:
    return float(f"{p:.3g}")


def fit_released(release: Release, locale: Locale, outcome: str) -> OrdinalModel:
    """Fit an outcome on the study's predictors, as far as they may be modelled.

    A predictor of which fewer than two levels may be modelled is left out. Where answers are separated, so that an estimate
    would be infinite, the fit is penalised (Jeffreys' prior).

    Raises
    ------
    DisclosureError, EstimationError
        When there is no model that may be shown.
    """
    from ...estimate import fit_clm

    data = _released(release, outcome)
    try:
        result = fit_clm(data.formula, data.data, weights="count")
    except EstimationError:
        result = fit_clm(data.formula, data.data, weights="count", penalty="jeffreys")
    return OrdinalModel(release, locale, data, result)


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
