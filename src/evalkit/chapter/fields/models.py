"""Fields of ordinal models: odds ratios, adjusted differences and p-values of released levels against their reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import exp
from typing import TYPE_CHECKING, Any

from ...errors import DisclosureError, EstimationError
from ...release.fitted import ReleasedModel, fit_released
from .values import Kind, Number

if TYPE_CHECKING:
    from ...release.store import Release

_BOUNDS = ("estimate", "conf_low", "conf_high")


@dataclass(frozen=True, eq=False)
class Modelled:
    """The model of an outcome, fitted when a number of it is first asked for."""

    release: Release
    outcome: str

    @cached_property
    def model(self) -> ReleasedModel | None:
        """The fit; None where there is no model that may be shown."""
        try:
            return fit_released(self.release, self.outcome)
        except (DisclosureError, EstimationError):
            return None

    @cached_property
    def coefficients(self) -> dict[str, Mapping[Any, Any]]:
        """The protected coefficients by term."""
        if self.model is None:
            return {}
        safe = self.model.safe("odds_ratios", self.model.result.tidy())
        return {str(row["term"]): row for row in safe.frame.to_dict("records") if row["group"] == "location"}

    def difference(self, predictor: str, level: str) -> Mapping[Any, Any] | None:
        """Return the average difference in the share of high answers between a level and its predictor's reference."""
        return self._differences(predictor).get(level)

    def _differences(self, predictor: str) -> dict[str, Mapping[Any, Any]]:
        from ...ordinal import avg_comparisons

        model = self.model
        if model is None or predictor not in model.data.predictors:
            return {}
        if predictor not in self._found:
            frame = avg_comparisons(model.result, predictor, cumulative=True)
            safe = model.safe("differences", frame[frame["category"] == model.at_least])
            rows = safe.frame.to_dict("records")
            self._found[predictor] = {str(row["contrast"]).partition(" - ")[0]: row for row in rows}
        return self._found[predictor]

    @cached_property
    def _found(self) -> dict[str, dict[str, Mapping[Any, Any]]]:
        return {}


@dataclass(frozen=True)
class ModelField:
    """A number of a model, not worked out yet."""

    name: str
    modelled: Modelled
    predictor: str
    level: str
    measure: str

    def number(self) -> Number:
        """Work the number out; None where the level is withheld."""
        if self.measure == "difference":
            return self._of("points", self.modelled.difference(self.predictor, self.level), "differences")
        row = self.modelled.coefficients.get(f"{self.predictor}[T.{self.level}]")
        if self.measure == "odds_ratio":
            found = None if row is None else {name: exp(row[name]) for name in _BOUNDS}
            return self._of("ratio", found, "odds_ratios")
        return self._of("p", None if row is None else {"estimate": row["p_value"]}, "odds_ratios")

    def _of(self, kind: Kind, row: Mapping[Any, Any] | None, part: str) -> Number:
        value, low, high = (None if row is None or name not in row else float(row[name]) for name in _BOUNDS)
        table, where = f"{self.modelled.outcome}_model_{part}", {self.predictor: self.level}
        return Number(self.name, kind, value, table, where, self.modelled.outcome, (), low, high)


def model_fields(release: Release) -> Iterator[ModelField]:
    """Go through the numbers of the models of a study's outcomes: each level of a predictor but the first, its reference."""
    study = release.study
    for outcome in study.outcomes:
        modelled = Modelled(release, outcome)
        for predictor in study.predictors:
            for level in study.codebook.variable(predictor).scale.codes[1:]:
                for measure in ("odds_ratio", "difference", "p"):
                    name = f"model.{outcome}.{predictor}.{level}.{measure}"
                    yield ModelField(name, modelled, predictor, level, measure)
