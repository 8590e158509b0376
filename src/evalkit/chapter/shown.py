"""What the chapter shows of the report by name: tables, figures and readings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, TypeVar

from ..errors import BuildError
from ..i18n import Locale
from ..release import Release
from ..report.appendix.sections import appendix_tables
from ..report.bars import bars_view
from ..report.distributions import Answers, Measure, distribution_view
from ..report.likert import likert_view
from ..report.present import presenter_of, result_of
from ..report.result import views_of
from ..report.sentences import reading
from ..report.views import FigureView, TableView
from .fields.models import fitted_model

View = TypeVar("View", TableView, FigureView)


class Shown:
    """Tables, figures and readings of a release by their names.

    Parameters
    ----------
    release
        The protected tables of a study.
    locale
        The language.
    """

    def __init__(self, release: Release, locale: Locale) -> None:
        self.release, self.locale = release, locale
        self._models: dict[str, list[TableView | FigureView]] = {}

    def reading(self, table: str) -> tuple[str, tuple[dict[str, Any], ...]]:
        """Return what a table shows, in sentences: their text, and its numbers as plain values."""
        sentences = reading(self._answers(table))
        text = " ".join(str(sentence.html.striptags()) for sentence in sentences)
        return text, tuple(_record(one) for sentence in sentences for one in sentence.stated)

    def table_view(self, name: str) -> TableView:
        """Return a table."""
        if name in self.release.tables:
            return distribution_view(self._answers(name))
        return self._other(name, TableView)

    def figure_view(self, name: str) -> FigureView:
        """Return a figure."""
        for ending, view in (("_likert", likert_view), ("_bars", bars_view)):
            if (table := name.removesuffix(ending)) in self.release.tables:
                return view(self._answers(table))
        return self._other(name, FigureView)

    def _answers(self, table: str) -> Answers:
        return Answers(self.release.tables[table], self.release.study, self.locale)

    def _other(self, name: str, kind: type[View]) -> View:
        """Return a table or figure that is not of answers alone: of a model, of headlines, or one that the appendices have."""
        outcome, _, part = name.partition("_model_")
        for view in self._of_model(outcome) if part else self._others:
            if isinstance(view, kind) and view.id == name:
                return view
        raise BuildError("this cannot be shown", where=self.release.study.name, got=name)

    def _of_model(self, outcome: str) -> list[TableView | FigureView]:
        from ..ordinal import avg_comparisons, tidy

        model, study = fitted_model(self.release, outcome), self.release.study
        if outcome not in self._models and model is not None:
            differences = avg_comparisons(model, study.compared, categories=study.high(outcome))
            self._models[outcome] = [*self._views(tidy(model, exponentiate=True)), *self._views(differences)]
        return self._models.get(outcome, [])

    @cached_property
    def _others(self) -> list[TableView | FigureView]:
        from ..estimate import proportions

        headlines = self._views(proportions(self.release, list(self.release.study.headlines)))
        return [*appendix_tables(self.release, self.locale), *headlines]

    def _views(self, what: Any) -> Iterator[TableView | FigureView]:
        """Go through the tables and figures that show what was worked out."""
        result = result_of(what, self.release.study, self.locale)
        views = (view for part in presenter_of(result.kind).parts(result) for view in views_of(part))
        return (view for view in views if isinstance(view, TableView | FigureView))


def _record(one: Measure) -> dict[str, Any]:
    about = {"table": one.table, "row": one.row, "variable": one.question, "answers": list(one.codes)}
    return about | {"value": one.share, "conf_low": one.low, "conf_high": one.high, "n": one.base}
