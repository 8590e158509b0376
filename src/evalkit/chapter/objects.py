"""The tables, figures and readings that a chapter may hold, by the names that the release gives them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from ..errors import BuildError
from ..report.appendix import appendix_tables
from ..report.bars import bars_view
from ..report.distributions import Answers, distribution_view
from ..report.likert import likert_view
from ..report.ordinal.description import odds_ratios
from ..report.ordinal.differences import differences
from ..report.ordinal.model import OrdinalModel
from ..report.sentences import Sentence, reading
from ..report.survey.headlines import intervals_view
from ..report.views import FigureView, TableView

if TYPE_CHECKING:
    from ..chapter.fields import Named
    from ..i18n import Locale
    from ..release import Release

View = TypeVar("View", TableView, FigureView)
_FIGURES: dict[str, Callable[[Answers], FigureView]] = {"_likert": likert_view, "_bars": bars_view}


class Objects:
    """Makes what `Named` fields stand for.

    Parameters
    ----------
    release
        The protected tables of a study.
    locale
        The language.
    """

    def __init__(self, release: Release, locale: Locale) -> None:
        self.release, self.locale = release, locale
        self._models: dict[str, OrdinalModel] = {}

    def sentences(self, named: Named) -> list[Sentence]:
        """Return what a table shows, in sentences."""
        return reading(self._answers(named.target))

    def table(self, named: Named) -> TableView:
        """Return a table."""
        if named.target in self.release.tables:
            return distribution_view(self._answers(named.target))
        return self._other(named, TableView)

    def figure(self, named: Named) -> FigureView:
        """Return a figure."""
        for ending, view in _FIGURES.items():
            if (table := named.target.removesuffix(ending)) in self.release.tables:
                return view(self._answers(table))
        return self._other(named, FigureView)

    def _answers(self, table: str) -> Answers:
        return Answers(self.release.tables[table], self.release.study, self.locale)

    def _other(self, named: Named, kind: type[View]) -> View:
        """Return a table or figure that is not of answers alone."""
        for view in (*self._appended, *self._headlines, *self._of_model(named.target)):
            if isinstance(view, kind) and view.id == named.target:
                return view
        raise BuildError("this cannot be shown", where=named.name, expected=f"a {named.kind}")

    @cached_property
    def _appended(self) -> list[TableView]:
        return appendix_tables(self.release, self.locale)

    @cached_property
    def _headlines(self) -> list[TableView]:
        view = intervals_view(self.release, self.locale)
        return [view] if view else []

    def _of_model(self, target: str) -> list[object]:
        """Return the tables and figures of the model that an id begins with."""
        outcome, _, part = target.partition("_model_")
        if not part:
            return []
        if outcome not in self._models:
            self._models[outcome] = OrdinalModel.of(self.release, self.locale, outcome)
        model = self._models[outcome]
        return [*odds_ratios(model), *differences(model)]
