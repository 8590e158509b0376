"""`show`: the one way from a result to a reader. What may not be shown is refused here, with the reason and the way out."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DisclosureError, EstimationError, UsageError
from ..i18n import Locale
from .artifacts import artifacts_folder, write_cells, write_figure, write_view
from .labels import Labels
from .left_out import say_instead
from .markup import figure_html, table_html
from .numbers import Numbers
from .result import Folded, Heading, Part, Result, Words
from .shown import Handle, emit
from .views import FigureView, TableView

if TYPE_CHECKING:
    from markupsafe import Markup

    from ..release import Release
    from ..study import Study
    from .present import Presenter

WHOLE_SAMPLE = {"reliability", "response_rates", "unread", "cleaning"}
"""What is shown although it is worked out from the answers: it is about the whole sample, and says nothing of any group."""


class Show:
    """Shows what was worked out from a release: `show(x)` as charts and tables, `show.say(x)` in sentences.

    Parameters
    ----------
    release
        What may be published of a study.
    language
        One of the study's languages; its default when left out or empty.

    Examples
    --------
    >>> show = Show(release, "en")
    >>> shares = proportions(release, "belonging", by="role", categories="high")
    >>> show.say(shares)
    >>> show(shares).save(folder / "belonging.png", width=5).name
    'belonging.png'
    """

    def __init__(self, release: Release, language: str | None = None) -> None:
        self.release = release
        self.study: Study = release.study
        self.locale = Locale(self.study.language(language))
        self._numbers = Numbers()
        self._shown: dict[str, str] = {}
        self._theme: str | None = None
        self._parts: list[FigureView | str] = []
        say_instead(self._left_out)

    def __call__(self, what: Any, *, kind: str | None = None) -> Handle:
        """Show a result as charts and tables; its type chooses which.

        Parameters
        ----------
        what
            Estimates from a release, a model fitted on one, a protected table, a cleaning log, or a figure or table of the
            report's own.
        kind
            Another way to draw it: 'heatmap'; or 'unit', of the rows of one unit.

        Returns
        -------
        Handle
            With `.frame` and `.save(path)`; it does not display itself again.

        Raises
        ------
        DisclosureError
            When it was worked out from answers instead of from a release, or changed since.
        """
        if isinstance(what, TableView | FigureView):
            return self._emitted([what], None)
        result, presenter = self._presented(what, kind)
        parts = self._possible(result, presenter.parts)
        if parts is not None and not parts:
            nothing = self.locale.text("This study has nothing to show here.")
            emit(Handle("nothing", "", said_in_the_lab=nothing))  # a page leaves the section out
        return self._emitted(parts or [], result)

    def say(self, what: Any, *, kind: str | None = None) -> Handle:
        """Say what a result shows in sentences; each number links to the row of the table in which it stands."""
        result, presenter = self._presented(what, kind)
        sentences = self._possible(result, presenter.sentences)
        return self._reading(f"{result.kind} {result.asked.get('item', '')}", sentences or [], result)

    def document(self, name: str, title: str) -> None:
        """Write the sentences and figures that were shown so far as a document for Word beside the page; only a build does."""
        from .saving import document

        if (folder := artifacts_folder()) is not None:
            (folder / f"{name}.docx").write_bytes(document(self._parts, self.study, self.locale, title))

    def side_by_side(self, **results: Any) -> Handle:
        """Show the same comparisons from several models, or raw and adjusted, in one table; their names are its columns."""
        from .present import side_by_side

        found = {name: self._result(what) for name, what in results.items()}
        parts, sentences = side_by_side(found)
        handle = self._emitted(parts, next(iter(found.values()), None))
        self._reading("side by side", sentences, None)
        return handle

    def heading(self, theme: str, item: str | None = None) -> Handle:
        """Show a theme as a heading where it begins, and the short name of an item under it."""
        from .present import theme_label

        headings = [] if theme == self._theme else [Heading(2, theme_label(self.study, theme, self.locale))]
        self._theme = theme
        headings += [Heading(3, Labels(self.study, self.locale).variable(item))] if item else []
        return self._emitted(headings, None)

    def figure(self, figure: Any, *, alt: str, title: str = "", name: str = "") -> Handle:
        """Show a matplotlib figure (or axes, or a seaborn grid) of one's own.

        Parameters
        ----------
        figure
            Drawn from released estimates: what it is made of is the author's own affair.
        alt
            What a reader would see, in words. A figure without it is refused.
        title
            What it shows; the alternative text's first sentence when left out.
        name
            The name of its files; made of its title when left out.
        """
        from .present import own_figure

        if not alt.strip():
            raise UsageError(
                "a figure needs words for those who cannot see it", where="show.figure", expected="alt='...'"
            )
        named = name or re.sub(r"\W+", "_", (title or alt.partition(".")[0]).casefold()).strip("_")
        return self._emitted([own_figure(figure, alt, title, named, self.study, self.locale)], None)

    def text(self, text: str) -> Handle:
        """Show a text in which `{{ awareness.know.percent }}` and other names of `release.fields` are filled in.

        Raises
        ------
        UsageError
            When a name is not known; names the nearest.
        """
        from .present import filled

        return self._reading("text", [filled(text, self.release, self.locale)], None)

    def appendix(self, section: str) -> Handle:
        """Show a section of the study's appendices, or say that the study has none of it.

        Parameters
        ----------
        section
            Such as 'guides', 'questionnaire' or 'literature'; see `evalkit.report.appendix.SECTIONS`.
        """
        from .appendix import appendix_blocks, appendix_html

        views: list[TableView | FigureView] = []

        def shown(view: TableView | FigureView) -> Any:
            views.append(view)
            return self._html(view)

        html = appendix_html(appendix_blocks(section, self.release, self.locale), shown)
        if (folder := artifacts_folder()) is not None:
            self._numbers.write(folder)
        return emit(self._handle(f"appendix {section}", str(html), tuple(views), None))

    def appendix_summary(self) -> Handle:
        """Say what the appendices show; nothing where the study has none."""
        from .appendix import appendix_summary

        return self._reading("summary", list(appendix_summary(self.release, self.locale)), None)

    def register(self) -> Handle:
        """Show every number that sentences have stated so far, with the row in which it stands; and the headlines by other choices."""
        from .present.choices import other_choices
        from .register import register_html

        choices = other_choices(self.release, self.locale)
        if choices is not None:
            self._emitted([choices], None)
        return emit(Handle("register", str(register_html(list(self._shown.values()), self.locale))))

    def _presented(self, what: Any, kind: str | None) -> tuple[Result, Presenter]:
        from .present import presenter_of

        result = self._result(what)
        return result, presenter_of(kind or result.kind)

    def _result(self, what: Any) -> Result:
        from .present import result_of

        result = result_of(what, self.study, self.locale)
        if not (result.source.released or _of_everyone(result)):
            raise DisclosureError(
                "this was worked out from the answers, and is not for release",
                where=f"show({result.kind}(...))",
                got=type(result.source).__name__,
                expected="what was worked out from a release",
                hint=f"put `release` in the place of `responses`: {result.kind}(release, ...)",
            )
        return result

    def _left_out(self, reason: str, follows: bool = False) -> None:
        """Show the sentence that stands in the place of what cannot be had; an analyst is told why, a reader is not.

        What only follows from it is left out of a page without a word: that it cannot be had has been said.
        """
        if artifacts_folder() is None:
            print(reason, file=sys.stderr)
        elif follows:
            return
        text = self.locale.text("This part of the analysis cannot be shown with these answers, and is left out.")
        self._emitted([text], None)

    def _possible(self, result: Result, make: Callable[[Result], Iterable[Any]]) -> list[Any] | None:
        """Return parts or sentences; None where they cannot be had, and a sentence stands in their place."""
        if result.frame is not None and result.frame.empty and result.kind != "unread":
            return []
        try:
            return list(make(result))
        except EstimationError as error:
            self._left_out(str(error))
            return None

    def _emitted(self, parts: Sequence[Part], result: Result | None) -> Handle:
        views = [view for part in parts for view in (part.views if isinstance(part, Folded) else (part,))]
        self._parts += [part for part in parts if isinstance(part, FigureView)]
        for part in parts:
            self._shown[_name(part)] = html = str(self._html(part))
            self._record(part)
            figure = part if isinstance(part, FigureView) and part.alt else None
            emit(Handle(_name(part), html, (figure,) if figure else ()))
        kept = tuple(view for view in views if isinstance(view, TableView | FigureView))
        return self._handle(result.kind if result else "shown", "", kept, result)

    def _reading(self, name: str, sentences: Sequence[Markup | str], result: Result | None) -> Handle:
        from markupsafe import Markup, escape

        from .markup import reading_html

        html = str(reading_html(sentences))
        self._parts += [Markup(escape(sentence)).striptags() for sentence in sentences]
        self._shown[f"reading: {name}"] = html
        return emit(self._handle(f"reading: {name}", html, (), result))

    def _handle(self, name: str, html: str, views: tuple[TableView | FigureView, ...], result: Result | None) -> Handle:
        return Handle(name, html, (), views, self.study, self.locale, None if result is None else result.frame)

    def _html(self, part: Part) -> Any:
        from markupsafe import Markup, escape

        if isinstance(part, Heading):
            return Markup("<h{0}>{1}</h{0}>").format(part.level, part.text)
        if isinstance(part, Words):
            return part.html
        if isinstance(part, Folded):
            inside = Markup("").join(self._html(view) for view in part.views)
            return Markup('<details class="more"><summary>{}</summary>{}</details>').format(part.summary, inside)
        if isinstance(part, TableView):
            return table_html(part.numbered(self._numbers.of(part)), self.locale)
        if isinstance(part, FigureView) and part.alt:
            return figure_html(part.numbered(self._numbers.of(part)), self.locale)
        nothing = self.locale.text("There is nothing to draw here: every number is hidden.")
        return Markup("<p>{}</p>").format(escape(part if isinstance(part, str) else nothing))

    def _record(self, part: Part) -> None:
        """Write what the build keeps of a part: a table as CSV, a figure as PNG and SVG."""
        folder = artifacts_folder()
        if folder is None:
            return
        self._numbers.write(folder)
        for view in part.views if isinstance(part, Folded) else (part,):
            if isinstance(view, FigureView) and view.alt:
                write_figure(folder, view)
            elif isinstance(view, TableView) and view.id in self.release.tables:
                write_cells(folder, self.release.tables[view.id], self.study, self.locale)
            elif isinstance(view, TableView):
                write_view(folder, view)

    def __repr__(self) -> str:
        """Return the study and language."""
        return f"<Show {self.study.name}, {self.locale.language}>"


def _of_everyone(result: Result) -> bool:
    """Return whether a result from the answers is about the whole sample and about nothing that an analyst made."""
    by, item = result.asked.get("by"), result.asked.get("item", "")
    return result.kind in WHOLE_SAMPLE and not by and isinstance(item, str) and getattr(result.source, "whole", True)


def _name(part: object) -> str:
    if isinstance(part, Folded):  # it has no id of its own: of two folded tables, neither replaces the other
        return f"Folded {' '.join(_name(view) for view in part.views)}"
    return f"{type(part).__name__} {getattr(part, 'id', '')}".strip()
