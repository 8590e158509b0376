"""A model that may be shown, and what its terms are called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ...i18n import Locale
from ...release import ReleasedModel, fit_released
from ...release.models import MERGED
from ..models import Labels

if TYPE_CHECKING:
    from ...release import Release


class ModelLabels(Labels):
    """The codebook's labels, and one for levels that were merged."""

    def level(self, name: str, code: str) -> str:
        """Return a category's label."""
        if code != MERGED:
            return super().level(name, code)
        label = self.study.plan.models.other_label
        return label[self.locale.language] if label else self.locale.text("Other, merged")


@dataclass(frozen=True, eq=False)
class OrdinalModel(ReleasedModel):
    """A released model in one language.

    Parameters
    ----------
    release, data, result
        As of a `ReleasedModel`.
    locale
        The language.
    """

    locale: Locale

    @classmethod
    def of(cls, release: Release, locale: Locale, outcome: str) -> OrdinalModel:
        """Fit an outcome; see `fit_released`."""
        model = fit_released(release, outcome)
        return cls(release, model.data, model.result, locale)

    @cached_property
    def labels(self) -> ModelLabels:
        """What terms, levels and answers are called."""
        return ModelLabels(self.study, self.locale, self.outcome)

    @property
    def high_said(self) -> str:
        """What those who gave a high answer say: the headline's words, or 'answer' and the answers joined by 'or'."""
        if self.headline:
            return self.headline.label[self.locale.language]
        quoted = [self.locale.quoted(self.labels.category(code)) for code in self.high]
        either = self.locale.text("{first} or {last}", first=", ".join(quoted[:-1]), last=quoted[-1])
        return self.locale.text("answer {answers}", answers=either if len(quoted) > 1 else quoted[0])

    @property
    def title(self) -> str:
        """The outcome's short name."""
        return self.labels.variable(self.outcome)
