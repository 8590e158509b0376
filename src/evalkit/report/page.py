"""The presentation context of a notebook: protected results in, tables, figures and sentences out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..i18n import Locale
from .artifacts import append_line, artifacts_folder, write_cells, write_figure, write_view
from .claims import claims_html, claims_record
from .distributions import Answers, distribution_view
from .headlines import headlines_html
from .markup import figure_html, table_html
from .sentences import Claim, Sentence, reading
from .shown import Shown
from .views import FigureView, TableView

if TYPE_CHECKING:
    from ..data import CleaningLog
    from ..protect import SafeTable
    from ..release import Release, SafeEstimates
    from ..study import Study
    from .forest import Scale
    from .models import EffectsView


class Page:
    """Shows protected results in one language.

    Parameters
    ----------
    release
        The protected tables of a study.
    language
        One of the study's languages; its default when left out or empty.
    """

    def __init__(self, release: Release, language: str | None = None) -> None:
        self.release = release
        self.study: Study = release.study
        self.locale = Locale(self.study.language(language))
        self._numbers: dict[str, dict[str, int]] = {"table": {}, "figure": {}}
        self._claims: dict[str, list[Claim]] = {}

    def heading(self, item: str, by: str | Sequence[str] = (), *, level: int = 3) -> Shown:
        """Show an item's short name, by groups where there are any, as a heading.

        Parameters
        ----------
        item
            An item, a variable, or a theme of the study.
        by
            Groups.
        level
            From 2, below the page's own heading.
        """
        from markupsafe import escape

        from .captions import item_label, titled

        study, language = self.study, self.locale.language
        groups = (by,) if isinstance(by, str) else tuple(by)
        if item in study.plan.themes and item not in study.codebook.items:
            text = study.plan.themes[item][language]
        elif item in study.codebook.items:
            text = titled(item_label(study.codebook.items[item], language), groups, study, self.locale)
        else:
            text = titled(study.codebook.variable(item).label(language), groups, study, self.locale)
        return Shown(f"heading {item}", f"<h{level}>{escape(text)}</h{level}>")

    def distribution(self, item: str | SafeTable, by: str | Sequence[str] = ()) -> Shown:
        """Show the distribution of the answers to an item, in all or by groups, as a table in per cent.

        Parameters
        ----------
        item
            An item, a variable, or a protected table of one's own.
        by
            Groups.
        """
        answers = self._answers(item, by)
        self._record_cells(answers.table)
        return self._table(distribution_view(answers))

    def question(self, item: str, by: str | Sequence[str] = (), *, level: int = 3) -> tuple[Shown, ...]:
        """Show all there is to one published table: heading, chart, reading, table.

        Ordinal answers are drawn as diverging bars (a battery by groups: one chart a row), others as bars with intervals; by a
        group, unordered answers have the table alone, since no one of them stands for the rest.
        """
        answers = self._answers(item, by)
        ordinal = self.study.codebook.variable(answers.questions[0]).scale.ordered
        if ordinal:
            charts = [self.likert(name, by) for name in (answers.questions if answers.table.groups else [item])]
        else:
            charts = [] if answers.table.groups else [self.bars(item)]
        return (self.heading(item, by, level=level), *charts, self.reading(item, by), self.distribution(item, by))

    def likert(self, item: str | SafeTable, by: str | Sequence[str] = ()) -> Shown:
        """Show the answers to an ordinal item as diverging bars, in all or by a group."""
        from .likert import likert_view

        return self._figure(likert_view(self._answers(item, by)))

    def bars(
        self, item: str | SafeTable, by: str | Sequence[str] = (), *, categories: Sequence[str] | None = None
    ) -> Shown:
        """Show shares as bars with intervals: of each answer or tick, or by a group of those who gave some answers."""
        from .bars import bars_view

        return self._figure(bars_view(self._answers(item, by), categories))

    def response(self, by: str | Sequence[str] | None = ()) -> Shown:
        """Show how many answered, of how many, and the rate, in all or by a group of the frame."""
        from .response import response_table

        if by is None or self.study.base is None or (by and self.study.frame is None):
            return self._lacking()
        table = self.release.response(by)
        self._record_cells(table)
        return self._table(response_table(table, self.study, self.locale))

    def response_bars(self, by: str | Sequence[str] | None) -> Shown:
        """Show response rates by a group of the frame as bars."""
        from .response import response_figure

        if not by or self.study.frame is None:
            return self._lacking()
        return self._figure(response_figure(self.release.response(by), self.study, self.locale))

    def arrival(self) -> Shown:
        """Show the share that had answered by the end of each day, with the reminders."""
        from .response import DAY, arrival_figure

        if self.study.fieldwork is None or self.study.export.submitted is None:
            return self._lacking()
        table = self.release.response(DAY)
        self._record_cells(table)
        return self._figure(arrival_figure(table, self.study, self.locale))

    def cleaning(self, log: CleaningLog) -> Shown:
        """Show how many rows were read, set aside for each reason, and kept."""
        from .cleaning import cleaning_view

        return self._table(cleaning_view(log, self.study, self.locale))

    def effects(self, estimates: SafeEstimates, *, outcome: str, scale: Scale = "ratio") -> Shown:
        """Show effects as points with intervals.

        Parameters
        ----------
        estimates
            Protected: the coefficients of a cumulative link model (`tidy()`), shown as odds ratios, or average comparisons.
        outcome
            The variable that is modelled.
        scale
            'ratio' for coefficients, 'difference' for comparisons.

        Raises
        ------
        DisclosureError
            When the estimates have not been through protection.
        """
        from .models import effects_figure

        return self._figure(effects_figure(self._effects(estimates, outcome, scale), self.study, self.locale))

    def effects_table(self, estimates: SafeEstimates, *, outcome: str, scale: Scale = "ratio") -> Shown:
        """Show effects as a table; parameters as in `effects`."""
        from .models import effects_table

        return self._table(effects_table(self._effects(estimates, outcome, scale), self.study, self.locale))

    def predicted(self, estimates: SafeEstimates, *, outcome: str, by: str) -> Shown:
        """Show predicted shares by group, a panel an answer, each with its interval.

        Parameters
        ----------
        estimates
            Protected average predictions.
        outcome, by
            The variable that is modelled, and the predictor whose levels are compared.
        """
        from .captions import titled
        from .models import Labels, predicted_figure

        labels = Labels(self.study, self.locale, outcome)
        title = titled(labels.variable(outcome), (by,), self.study, self.locale)
        return self._figure(predicted_figure(estimates, title, labels, by))

    def table(
        self,
        estimates: SafeEstimates,
        title: str,
        *,
        outcome: str | None = None,
        columns: Sequence[str] | None = None,
        notes: Sequence[str] = (),
    ) -> Shown:
        """Show protected estimates (tests, coefficients, comparisons) as a table with the decimals of their kind.

        Parameters
        ----------
        estimates
            Protected; tidy. Their id is the table's.
        title
            The table's title, in the page's language.
        outcome
            The variable whose answers `category` names.
        columns
            The columns of numbers to show, in order.
        notes
            Sentences under the table, in the page's language.
        """
        from .models import Labels, tidy_table

        return self._table(tidy_table(estimates, title, Labels(self.study, self.locale, outcome), columns, notes))

    def show(self, view: TableView | FigureView) -> Shown:
        """Show a table or figure that the report's own functions made, such as those of the appendices."""
        return self._table(view) if isinstance(view, TableView) else self._figure(view)

    def appendix(self, section: str) -> Shown:
        """Show a section of the study's appendices; nothing where the study has none of it.

        Parameters
        ----------
        section
            Such as 'guides', 'questionnaire' or 'literature'; see `evalkit.report.appendix.SECTIONS`.
        """
        from .appendix import appendix_blocks, appendix_html

        html = appendix_html(appendix_blocks(section, self.release, self.locale), self.show)
        return Shown(f"appendix {section}", html)

    def appendix_summary(self) -> Shown:
        """Say what the appendices show; nothing where the study has none."""
        from markupsafe import Markup, escape

        from .appendix import appendix_summary

        said = Markup(" ").join(escape(text) for text in appendix_summary(self.release, self.locale))
        html = Markup('<div class="reading"><p>{}</p></div>').format(said) if said else ""
        return Shown("summary of the appendices", str(html))

    def reading(self, item: str | SafeTable, by: str | Sequence[str] = ()) -> Shown:
        """Say what the table of an item shows, in sentences; each number links to its row and is entered in the register.

        The table itself has to be shown on the same page.
        """
        answers = self._answers(item, by)
        return self._sentences(f"reading of {answers.table.id}", reading(answers))

    def headline(self) -> Shown:
        """Show the study's headline figures with their intervals, and what is concluded from them."""
        html, claims = headlines_html(self._of_everyone, self.study, self.locale)
        return self.said("headlines", str(html), claims)

    def claims(self) -> Shown:
        """Show the register of the numbers that the page has stated.

        Raises
        ------
        UsageError
            When a number stands in a table that the page has not shown.
        """
        every = [claim for claims in self._claims.values() for claim in claims]
        lacking = sorted({claim.table for claim in every} - self._numbers["table"].keys())
        if lacking:
            raise UsageError(
                "a sentence states a number of a table that is not on the page",
                got=", ".join(lacking),
                hint="show it with page.distribution()",
            )
        folder = artifacts_folder()
        for claim in every if folder else ():
            append_line(folder, "claims.jsonl", claims_record(claim, self.study))  # type: ignore[arg-type]
        html = claims_html(every, self._of_everyone, self.release, self._numbers["table"], self.locale)
        return Shown("claims", str(html))

    def _lacking(self) -> Shown:
        """Return the sentence that stands where a study has nothing to show."""
        return self._instead(
            self.locale.text(
                "This study lacks what this would be worked out from: how many were asked, or when they answered."
            )
        )

    def _instead(self, said: str) -> Shown:
        from markupsafe import escape

        return Shown("nothing to show", f"<p>{escape(said)}</p>")

    def _answers(self, item: str | SafeTable, by: str | Sequence[str] = ()) -> Answers:
        table = self.release.table(item, by) if isinstance(item, str) else item
        return Answers(table, self.study, self.locale)

    def _of_everyone(self, variable: str) -> Answers:
        """Return the answers in all of the item that a variable belongs to, as they stand in its table."""
        return self._answers(self.study.codebook.variable(variable).item_id)

    def _effects(self, estimates: SafeEstimates, outcome: str, scale: Scale) -> EffectsView:
        from .models import Labels, effects_of

        return effects_of(estimates, Labels(self.study, self.locale, outcome), scale)

    def _sentences(self, name: str, sentences: Iterable[Sentence]) -> Shown:
        from markupsafe import Markup

        found = list(sentences)
        html = Markup('<div class="reading"><p>{}</p></div>').format(Markup(" ").join(s.html for s in found))
        return self.said(name, str(html), [claim for sentence in found for claim in sentence.claims])

    def said(self, name: str, html: str, claims: list[Claim]) -> Shown:
        """Show sentences, and enter the numbers in them in the register.

        Parameters
        ----------
        name
            Theirs; what was entered under it before is forgotten, as when a cell is run again.
        html
            The sentences, safe.
        claims
            The numbers in them.
        """
        self._claims[name] = claims
        return Shown(name, html)

    def _number(self, kind: str, name: str) -> int:
        """Return a table's or figure's number: by first showing, the same when a cell is run again."""
        return self._numbers[kind].setdefault(name, len(self._numbers[kind]) + 1)

    def _table(self, view: TableView) -> Shown:
        folder = artifacts_folder()
        if folder and view.id not in self.release.tables:
            write_view(folder, view)
        return Shown(f"table {view.id}", str(table_html(view.numbered(self._number("table", view.id)), self.locale)))

    def _figure(self, view: FigureView) -> Shown:
        if not view.alt:
            return self._instead(self.locale.text("There is nothing to draw here: every number is hidden."))
        folder = artifacts_folder()
        if folder:
            write_figure(folder, view)
        return Shown(f"figure {view.id}", str(figure_html(view.numbered(self._number("figure", view.id)), self.locale)))

    def _record_cells(self, table: SafeTable) -> None:
        folder = artifacts_folder()
        if folder:
            write_cells(folder, table, self.study, self.locale)

    def __repr__(self) -> str:
        """Return the study and language."""
        return f"<Page {self.study.name}, {self.locale.language}>"
