"""The presentation context of a notebook: protected results in, tables, figures and sentences out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..i18n import Locale
from .artifacts import artifacts_folder, write_figure
from .distributions import Answers, distribution_view
from .markup import figure_html, table_html
from .shown import Shown
from .views import FigureView, TableView

if TYPE_CHECKING:
    from ..study import Study


class Page:
    """Shows protected results in one language.

    Parameters
    ----------
    release
        The protected tables of a study.
    language
        One of the study's languages; its default when left out.
    """

    def __init__(self, release: Any, language: str | None = None) -> None:
        self.release = release
        self.study: Study = release.study
        self.locale = Locale(self.study.language(language))
        self._numbers: dict[str, dict[str, int]] = {"table": {}, "figure": {}}

    def distribution(self, item: str, by: str | Sequence[str] = ()) -> Shown:
        """Show the distribution of the answers to an item, in all or by groups, as a table in per cent."""
        answers = self._answers(item, by)
        return self._table(distribution_view(answers, self._number("table", answers.table.id)))

    def likert(self, item: str, by: str | Sequence[str] = ()) -> Shown:
        """Show the answers to an ordinal item as diverging bars, in all or by a group."""
        from .likert import likert_view

        answers = self._answers(item, by)
        return self._figure(likert_view(answers, self._number("figure", answers.table.id)))

    def _answers(self, item: str, by: str | Sequence[str]) -> Answers:
        by = (by,) if isinstance(by, str) else tuple(by or ())
        return Answers(self.release.table(item, by), self.study, self.locale)

    def _number(self, kind: str, name: str) -> int:
        """Return a table's or figure's number: by first showing, the same when a cell is run again."""
        return self._numbers[kind].setdefault(name, len(self._numbers[kind]) + 1)

    def _table(self, view: TableView) -> Shown:
        return Shown(f"table {view.id}", str(table_html(view, self.locale)))

    def _figure(self, view: FigureView) -> Shown:
        folder = artifacts_folder()
        if folder:
            write_figure(folder, view)
        return Shown(f"figure {view.id}", str(figure_html(view, self.locale)))

    def __repr__(self) -> str:
        """Return the study and language."""
        return f"<Page {self.study.name}, {self.locale.language}>"
