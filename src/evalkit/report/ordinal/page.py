"""The page of an ordinal model: what the notebook's cells show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from ...errors import DisclosureError, EstimationError
from ..shown import Shown
from . import agreement, assumptions, description, differences, found, sensitivity, units
from .model import OrdinalModel
from .parts import Part, Reading

if TYPE_CHECKING:
    from ..page import Page


class ModelPage:
    """Shows the ordinal model of an outcome: each method one question, as figures, tables and their reading.

    Parameters
    ----------
    page
        The page it stands on.
    outcome
        The variable that is modelled on the study's predictors; the study's first outcome when empty.
    """

    def __init__(self, page: Page, outcome: str = "") -> None:
        self.page = page
        self.outcome = outcome or page.study.outcomes[0]
        self.problems: dict[str, str] = {}

    @cached_property
    def model(self) -> OrdinalModel:
        """The model.

        Raises
        ------
        DisclosureError, EstimationError
            When there is none that may be shown.
        """
        return OrdinalModel.of(self.page.release, self.page.locale, self.outcome)

    @property
    def predictors(self) -> tuple[str, ...]:
        """The predictors in the model; none where there is no model."""
        try:
            return self.model.data.predictors
        except (DisclosureError, EstimationError):
            return ()

    def question(self) -> tuple[Shown, ...]:
        """Say what is modelled on what."""
        return self._shown("question", description.question)

    def found(self) -> tuple[Shown, ...]:
        """Say what was found, before how."""
        return self._shown("found", found.found)

    def differences(self) -> tuple[Shown, ...]:
        """Show raw and adjusted differences side by side."""
        return self._shown("differences", differences.differences)

    def equation(self) -> tuple[Shown, ...]:
        """Write the model as one equation."""
        return self._shown("equation", description.equation)

    def coefficients(self) -> tuple[Shown, ...]:
        """Show the fit, the coefficients and the thresholds."""
        return self._shown("coefficients", lambda m: [*description.fit_facts(m), *description.coefficients(m)])

    def odds_ratios(self) -> tuple[Shown, ...]:
        """Show the effects as odds ratios."""
        return self._shown("odds ratios", description.odds_ratios)

    def terms(self) -> tuple[Shown, ...]:
        """Show whether each predictor goes with the answers at all."""
        return self._shown("terms", description.term_tests_part)

    def comparisons(self) -> tuple[Shown, ...]:
        """Show average differences, answer by answer."""
        return self._shown("comparisons", differences.comparisons)

    def predicted(self, predictor: str) -> tuple[Shown, ...]:
        """Show the predicted distribution by a predictor."""
        return self._shown(f"predicted {predictor}", lambda m: differences.predicted(m, predictor))

    def assumptions(self) -> tuple[Shown, ...]:
        """Test proportional odds, and say whether it holds."""
        return self._shown("assumptions", assumptions.tests)

    def departure(self) -> tuple[Shown, ...]:
        """Show where, and by how much, proportional odds fails."""
        return self._shown("departure", assumptions.departure)

    def by_threshold(self) -> tuple[Shown, ...]:
        """Show the effects at each threshold."""
        return self._shown("by threshold", assumptions.by_threshold)

    def partial(self) -> tuple[Shown, ...]:
        """Show the partial model beside the first where proportional odds fails."""
        return self._shown("partial model", assumptions.partial)

    def mixed(self) -> tuple[Shown, ...]:
        """Show how much of the differences lies between units."""
        return self._shown("mixed model", units.mixed)

    def units(self) -> tuple[Shown, ...]:
        """Show each unit against the units' average, and with and without pooling."""
        return (*self._shown("units", units.deviations), *self._shown("modes", units.conditional_modes))

    def unit_predictor(self) -> tuple[Shown, ...]:
        """Test the study's predictor of units."""
        return self._shown("unit predictor", units.predictor_of_units)

    def sensitivity(self) -> tuple[Shown, ...]:
        """Show the effects under other choices."""
        return self._shown("sensitivity", sensitivity.sensitivity)

    def agreement(self) -> tuple[Shown, ...]:
        """Hold the fit against another program's."""
        return self._shown("agreement", agreement.agreement)

    def _shown(self, name: str, make: Callable[[OrdinalModel], Iterable[Part]]) -> tuple[Shown, ...]:
        """Show parts, or say that they cannot be shown; `problems` tells an analyst why."""
        try:
            return tuple(self._part(part) for part in make(self.model))
        except (DisclosureError, EstimationError) as error:
            self.problems[name] = str(error)
            text = self.page.locale.text(
                "This part of the analysis cannot be shown with these answers, and is left out."
            )
            return (self._part(Reading(name, (text,))),)

    def _part(self, part: Part) -> Shown:
        from markupsafe import Markup, escape

        if not isinstance(part, Reading):
            return self.page.show(part)
        body = Markup("").join(
            sentence if str(sentence).startswith("<div") else Markup("<p>{}</p>").format(escape(sentence))
            for sentence in part.sentences
        )
        return Shown(f"reading: {part.name}", str(Markup('<div class="reading">{}</div>').format(body)))

    def __repr__(self) -> str:
        """Return the outcome."""
        return f"<ModelPage {self.outcome}>"
