"""The pages of a survey: what the cells of the first two notebooks show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..captions import item_label, titled
from ..distributions import Answers
from ..response import DAY, response_title
from ..sentences import reading
from ..shown import Shown
from .comparisons import comparison_view
from .headlines import arrival_view, intervals_view, sensitivity_view
from .missing import missing_view
from .parts import folded, said
from .readings import disputed, readings_view, side_by_side
from .representation import balance, frame_variables, indicator
from .response import arrivals, crossed_response_view, rates, response_said

if TYPE_CHECKING:
    from markupsafe import Markup

    from ...data import Responses
    from ..page import Page
    from ..views import TableView


class SurveyPage:
    """Shows who answered and what they answered; what a study lacks is left out with a sentence.

    Parameters
    ----------
    page
        The page it stands on.
    """

    def __init__(self, page: Page) -> None:
        self.page, self.release, self.study, self.locale = page, page.release, page.study, page.locale

    def rates(self, responses: Responses) -> tuple[Shown, ...]:
        """Show response rates on each base of the study."""
        return self._with_reading("rates", None if self.study.base is None else rates(responses, self.locale))

    def response(self) -> tuple[Shown, ...]:
        """Show response by unit, and by unit and the frame's other groups where they are published."""
        names, unit = frame_variables(self.study), self.study.unit
        if unit is None or unit not in names:
            return self._lacking()
        pairs = [(unit, name) for name in names if f"response_by_{unit}_{name}" in self.release.tables]
        words = response_said(self.release.response(unit), self.study, self.locale)
        table = self.page.response(unit)
        title = self.locale.text("Table: {title}", title=response_title(unit, self.study, self.locale))
        shown = [said("response", words), self.page.response_bars(unit), folded(title, [table])]
        for pair in pairs:
            view = crossed_response_view(self.release.response(pair), self.study, self.locale)
            shown.append(folded(view.title, [self.page.show(view)]))
        return tuple(shown)

    def arrival(self) -> tuple[Shown, ...]:
        """Show the share that had answered by the end of each day, with the reminders."""
        figure = self.page.arrival()
        if self.study.base is None or self.study.fieldwork is None or self.study.export.submitted is None:
            return (figure,)
        view, words = arrivals(self.release.response(DAY), self.study, self.locale)
        folded_table = folded(self.locale.text("Table: {title}", title=view.title), [self.page.show(view)])
        return said("arrivals", words), figure, folded_table

    def cleaning(self, responses: Responses) -> tuple[Shown, ...]:
        """Show how many rows were read, set aside for each reason, and kept."""
        return (self.page.cleaning(responses.log),)

    def balance(self) -> tuple[Shown, ...]:
        """Show whether the units' shares of the answers match their shares of the frame."""
        unit = self.study.unit
        if unit not in frame_variables(self.study):
            return self._lacking()
        return self._with_reading("balance", balance(self.release.response(str(unit)), self.study, self.locale))

    def evenness(self) -> tuple[Shown, ...]:
        """Show the R-indicator, and what weights would cost."""
        found = indicator(self.release, self.locale) if frame_variables(self.study) else None
        return self._with_reading("evenness", found)

    def headlines(self) -> tuple[Shown, ...]:
        """Show the headline figures with both of their intervals."""
        view = intervals_view(self.release, self.locale)
        if view is None:
            return (self._sentence(self.locale.text("This study declares no headline figures.")),)
        return self.page.headline(), self.page.show(view)

    @property
    def themes(self) -> tuple[str, ...]:
        """The study's themes in their order, then the questions of no theme, then the groups; those that have questions."""
        return tuple(name for name in (*self.study.plan.themes, "questions", "groups") if self._items(name))

    def _items(self, theme: str) -> list[str]:
        items = {name: item.theme for name, item in self.study.codebook.items.items() if name in self.release.tables}
        if theme == "groups":
            return [name for name in items if name in self.study.groups]
        wanted = None if theme == "questions" else theme
        return [name for name, found in items.items() if found == wanted and name not in self.study.groups]

    def theme(self, name: str) -> tuple[Shown, ...]:
        """Show a theme: its questions in all, then by each group and crossing that is published."""
        shown = [self._heading(name)]
        for item in self._items(name):
            shown += self.page.question(item)
            for publication in self.study.publications:
                if publication.item == item and publication.by:
                    shown += self._by_group(item, publication.by)
        return tuple(shown)

    def _heading(self, name: str) -> Shown:
        from markupsafe import Markup

        own = {"questions": self.locale.text("The questions"), "groups": self.locale.text("Those who answered")}
        text = self.study.plan.themes[name][self.locale.language] if name in self.study.plan.themes else own[name]
        return Shown(f"heading {name}", str(Markup("<h2>{}</h2>").format(text)))

    def _by_group(self, item: str, by: Sequence[str]) -> list[Shown]:
        """Return a question by groups: charts and reading in the open, tables behind a line."""
        heading, *charts, _, table = self.page.question(item, by, level=4)
        compared = comparison_view(self.release, item, by[0], self.locale) if len(by) == 1 else None
        tables = [table, *([self.page.show(compared[0])] if compared else [])]
        summary = self.locale.text("Tables: {title}", title=titled(self._label(item), by, self.study, self.locale))
        told = self._reading_by_group(item, by, compared[1] if compared else {})
        return [heading, *charts, *told, folded(summary, tables)]

    def _reading_by_group(self, item: str, by: Sequence[str], compared: Mapping[str, Markup | str]) -> list[Shown]:
        """Say, question by question, how far the groups are apart and which of them differ from the others."""
        from markupsafe import Markup

        table = self.release.table(item, by)
        name, sentences = f"reading of {table.id}", reading(Answers(table, self.study, self.locale))
        differing = {s.stated[0].variable: compared.get(s.stated[0].variable, "") for s in sentences if s.stated}
        texts = [Markup("{} {}").format(s.html, differing[s.stated[0].variable] if s.stated else "") for s in sentences]
        shown = said(name, texts)
        return [self.page.said(name, shown.html, [claim for s in sentences for claim in s.claims])] if texts else []

    def _label(self, item: str) -> str:
        codebook, language = self.study.codebook, self.locale.language
        return (
            item_label(codebook.items[item], language)
            if item in codebook.items
            else codebook.variable(item).label(language)
        )

    def missing(self) -> tuple[Shown, ...]:
        """Show who gave no opinion, by question and group."""
        found = missing_view(self.release, self.locale)
        if found is None:
            return (self._sentence(self.locale.text("No question of this study lets one say that one does not know.")),)
        return self._with_reading("missing", found)

    def readings(self) -> tuple[Shown, ...]:
        """Show each disputed scale under each of its readings."""
        shown: list[Shown] = []
        for variable in disputed(self.release):
            shown += self._with_reading(variable.name, side_by_side(self.release, variable, self.locale))
            view = readings_view(self.release, variable, self.locale)
            title = self.locale.text("Table: {title}", title=view.title)
            shown.append(folded(title, [self.page.show(view)]))
        if not shown:
            return (self._sentence(self.locale.text("No scale of this study can be read in more than one way.")),)
        return tuple(shown)

    def sensitivity(self) -> tuple[Shown, ...]:
        """Show how each conclusion stands up to those who did not answer."""
        found = sensitivity_view(self.release, self.locale)
        if found is None:
            return (
                self._sentence(
                    self.locale.text("This study declares no conclusion that those who did not answer could turn.")
                ),
            )
        late = arrival_view(self.release, self.locale)
        return (*self._with_reading("sensitivity", found), *(self._with_reading("arrival", late) if late else ()))

    def claims(self) -> Shown:
        """Show every number that a sentence of the page states."""
        shown = self.page.claims()
        return folded(self.locale.text("The numbers that this page states in sentences"), [shown])

    def _with_reading(self, name: str, found: tuple[TableView, Iterable[Markup | str]] | None) -> tuple[Shown, ...]:
        if found is None:
            return self._lacking()
        view, sentences = found
        return said(name, sentences), self.page.show(view)

    def _sentence(self, text: str) -> Shown:
        from markupsafe import Markup

        return Shown("nothing to show", str(Markup("<p>{}</p>").format(text)))

    def _lacking(self) -> tuple[Shown, ...]:
        text = self.locale.text(
            "This study lacks what this would be worked out from, such as the number asked, or groups."
        )
        return (self._sentence(text),)

    def __repr__(self) -> str:
        """Return the study."""
        return f"<SurveyPage {self.study.name}>"
