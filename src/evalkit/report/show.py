"""`show`: the one way from a result to a reader. What may not be shown is refused here, with the reason and the way out."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup, escape

from ..errors import DisclosureError, EstimationError, UsageError
from ..i18n import Locale
from ..release import Release
from ..study import Study
from .captions import Labels, source_notes
from .drawing import drawn_figure
from .markup import figure_html, folded_html, reading_html, register_html, table_html
from .present import presenter_of, result_of, side_by_side
from .prose import Heading
from .result import Folded, Part, Reading, Result, Words, arranged, views_of
from .room import few, shortened
from .shown import Handle, artifacts_folder, emit, write_cells, write_figure, write_view
from .views import FigureView, Numbers, TableView

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
        self._began: dict[str, str | None] = {}
        self._parts: list[FigureView | str] = []
        self._named: set[str] = set()
        say_instead(self._left_out)

    def __call__(self, *results: Any, kind: str | None = None) -> Handle:
        """Show a result as charts and tables, its type chooses which; several as one: their charts, then all tables behind one line.

        Parameters
        ----------
        *results
            Estimates from a release, a model fitted on one, a protected table, or a cleaning log. Tables stand open where there
            is no chart.
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
        return self._together(results, kind, folded=False)

    def folded(self, *results: Any, kind: str | None = None) -> Handle:
        """Show results as `show` does, charts and tables alike behind one line that opens them."""
        return self._together(results, kind, folded=True)

    def say(self, *results: Any, kind: str | None = None) -> Handle:
        """Say what results show in sentences; each number links to the row of the table in which it stands."""
        found = [self._result(one) for one in results]
        made = [self._possible(r, presenter_of(kind or r.kind).sentences) or () for r in found]
        sentences = [said for sentences in made for said in few(sentences, self.locale)]
        name = " ".join(f"{r.kind} {r.asked.get('item', '')}" for r in found)
        return self._emitted([Reading(sentences, name)], found[0] if found else None)

    def document(self, name: str, title: str) -> None:
        """Write the sentences and figures that were shown so far as a document for Word beside the page; only a build does."""
        from .files.document import document

        if (folder := artifacts_folder()) is not None:
            (folder / f"{name}.docx").write_bytes(document(self._parts, self.study, self.locale, title))

    def side_by_side(self, **results: Any) -> Handle:
        """Show the same comparisons from several models, or raw and adjusted, in one table; their names are its columns."""
        found = {name: self._result(what) for name, what in results.items()}
        table, changes = side_by_side(found)
        reading = Reading(few(changes, self.locale), "side by side")
        return self._emitted([*arranged([table], self.locale, folded=True), reading], next(iter(found.values())))

    def heading(self, theme: str, item: str | None = None) -> Handle:
        """Show a theme as a heading where it begins, and the short name of an item under it."""
        begins = self._began.setdefault(theme, item) == item  # also when its cell is run again
        texts = {"questions": self.locale.text("The questions"), "groups": self.locale.text("Those who answered")}
        texts |= {name: label[self.locale.language] for name, label in self.study.plan.themes.items()}
        headings = [Heading(2, texts.get(theme, theme))] if begins else []
        headings += [Heading(3, Labels(self.study, self.locale).variable(item))] if item else []
        return self._emitted(headings)

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
        if not alt.strip():
            what = "a figure needs words for those who cannot see it"
            raise UsageError(what, where="show.figure", expected="alt='...'")
        title = title or alt.partition(".")[0]
        drawn = drawn_figure(figure, name or re.sub(r"\W+", "_", title.casefold()).strip("_"), title, alt)
        return self._emitted([drawn.captioned(source_notes(self.study, self.locale))])

    def text(self, text: str) -> Handle:
        """Show a text in which `{{ awareness.know.percent }}` and other names of `release.fields` are filled in.

        Raises
        ------
        UsageError
            When a name is not known; names the nearest.
        """

        def written(field: re.Match[str]) -> str:
            number, form = self.release.fields.read(field[1])
            return escape(number.written(self.locale, form))

        return self._emitted([Reading([Markup(re.sub(r"\{\{\s*(.+?)\s*\}\}", written, escape(text)))], "text")])

    def appendix(self, section: str) -> Handle:
        """Show a section of the study's appendices, or say that the study has none of it.

        Parameters
        ----------
        section
            Such as 'guides', 'questionnaire' or 'literature'; see `evalkit.report.appendix.sections.SECTIONS`.
        """
        from .appendix.blocks import appendix_html
        from .appendix.sections import appendix_blocks

        views: list[TableView | FigureView] = []

        def shown(view: TableView | FigureView) -> Any:
            views.append(view)
            return self._html(view)

        html = appendix_html(appendix_blocks(section, self.release, self.locale), shown)
        if (folder := artifacts_folder()) is not None:
            self._numbers.write(folder)
        emit(f"appendix {section}", str(html))
        return Handle(f"appendix {section}", tuple(views), self.study, self.locale)

    def appendix_summary(self) -> Handle:
        """Say what the appendices show; nothing where the study has none."""
        from .appendix.sections import appendix_summary

        return self._emitted([Reading(list(appendix_summary(self.release, self.locale)), "summary")])

    def register(self) -> Handle:
        """Show every number that sentences have stated so far, with the row in which it stands; and the headlines by other choices."""
        from .present.headlines import other_choices

        if (choices := other_choices(self.release, self.locale)) is not None:
            self._emitted(arranged([choices], self.locale, folded=True))
        emit("register", str(register_html(list(self._shown.values()), self.locale)))
        return Handle("register", (), self.study, self.locale)

    def _together(self, things: Sequence[Any], kind: str | None, *, folded: bool) -> Handle:
        """Emit the parts of results: what stands on the page, then what stands behind a line."""
        parts: list[Part] = []
        first: Result | None = None
        possible = True
        for thing in things:
            result = self._result(thing)
            first = first or result
            made = self._possible(result, presenter_of(kind or result.kind).parts)
            possible = possible and made is not None
            parts += made or ()
        if possible and not parts:
            nothing = self.locale.text("This study has nothing to show here.")
            emit("nothing", "", lab=nothing)  # a page leaves the section out
        return self._emitted(arranged(parts, self.locale, folded=folded), first)

    def _result(self, what: Any) -> Result:
        result = result_of(what, self.study, self.locale)
        if not (result.source.released or _of_everyone(result)):
            call = "fit_clm(formula, release)" if "model" in result.asked else f"{result.kind}(release, ...)"
            hint = f"put `release` in the place of `responses`: {call}"
            if result.kind == "reliability":
                hint = "of a whole question of the codebook, and of everyone, it may be shown"
            raise DisclosureError(
                "this was worked out from the answers, and is not for release",
                where=f"show({result.kind}(...))",
                got=type(result.source).__name__,
                expected="what was worked out from a release",
                hint=hint,
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
        text = self.locale.text(
            "This part of the analysis cannot be shown with the answers and figures that the study has, and is left out."
        )
        self._emitted([text])

    def _possible(self, result: Result, make: Callable[[Result], Iterable[Any]]) -> list[Any] | None:
        """Return parts or sentences; None where they cannot be had, and a sentence stands in their place."""
        if result.frame is not None and result.frame.empty and result.kind != "unread":
            return []
        try:
            return list(make(result))
        except EstimationError as error:
            self._left_out(str(error))
            return None

    def _emitted(self, parts: Sequence[Part], result: Result | None = None) -> Handle:
        """Show parts, one after the other, and return a handle of their tables and figures."""
        sentences = [sentence for part in parts if isinstance(part, Reading) for sentence in part.sentences]
        # a page has room, in any table, for the rows that sentences lead to
        self._named.update(address for said in sentences for address in re.findall(r'href="#([^"]+)"', said))
        said: set[str] = set()
        for part in parts:
            self._shown[_name(part)] = html = str(self._html(part, said))
            self._record(part)
            if isinstance(part, Reading):
                self._parts += [Markup(escape(sentence)).striptags() for sentence in part.sentences]
            elif isinstance(part, FigureView):
                self._parts.append(part)
            figures = tuple(view for view in views_of(part) if isinstance(view, FigureView) and view.alt)
            tables = [view for view in views_of(part) if isinstance(view, TableView)] if figures else ()
            emit(_name(part), html, figures, "".join(str(self._html(table)) for table in tables))
        kept = tuple(view for part in parts for view in views_of(part) if isinstance(view, TableView | FigureView))
        name, frame = (result.kind, result.frame) if result else (_name(parts[0]) if parts else "nothing", None)
        return Handle(name, kept, self.study, self.locale, frame)

    def _html(self, part: Part, said: set[str] | None = None) -> Any:
        """Return a part as markup; notes of figures that are among what is `said` already are left out, and put there."""
        if isinstance(part, Heading):
            return Markup("<h{0}>{1}</h{0}>").format(part.level, part.text)
        if isinstance(part, Words):
            return part.html
        if isinstance(part, Reading):
            return reading_html(part.sentences)
        if isinstance(part, Folded):
            return folded_html(part.summary, [self._html(view, said) for view in part.views])
        if isinstance(part, TableView):
            return table_html(self._printed(part.numbered(self._numbers.of(part))), self.locale)
        if isinstance(part, FigureView) and part.alt:
            said = set() if said is None else said
            caption = tuple(note for note in part.caption if note not in said)
            said |= set(caption)
            return figure_html(replace(part, caption=caption, number=self._numbers.of(part)), self.locale)
        nothing = self.locale.text("There is nothing to draw here: every number is hidden.")
        return Markup("<p>{}</p>").format(escape(part if isinstance(part, str) else nothing))

    def _printed(self, view: TableView) -> TableView:
        """Return what is printed of a table: all of it but on a page of a report, with which the files lie that have the rest."""
        if not self._numbers.page:
            return view
        printed = shortened(view, self._named, self.locale, workbook=view.id in self.release.tables)
        if printed is not view:
            self._record(view)
        return printed

    def _record(self, part: Part) -> None:
        """Write what the build keeps of a part: a table as CSV, a figure as PNG and SVG."""
        folder = artifacts_folder()
        if folder is None:
            return
        self._numbers.write(folder)
        for view in views_of(part):
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
    return f"{type(part).__name__} {getattr(part, 'id', getattr(part, 'about', ''))}".strip()


def say_instead(said: Callable[[str, bool], object]) -> None:
    """Have IPython call `said(reason, follows)` for a cell in which an estimate cannot be had, and for those that follow from it.

    A study may lack what a step needs, and few answers may bear no model. That is no fault of the notebook, so that it is said where
    the result would have stood, and the rest goes on. Every other error stops the notebook. Does nothing outside IPython.
    """
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if shell is None:
        return
    names: set[str] = set()  # that the cells which were left out would have made

    def expects(error: BaseException | None) -> bool:
        """Return whether an error is one that leaves a section out, or follows from one."""
        return isinstance(error, EstimationError) or (isinstance(error, NameError) and error.name in names)

    def handle(shell: Any, kind: type[BaseException], error: BaseException, trace: Any, **_: Any) -> None:
        """Say what stands instead of a result; show any other error as it is."""
        if expects(error):
            said(str(error), isinstance(error, NameError))
        else:
            shell.showtraceback((kind, error, trace))

    def forgive(result: Any) -> None:
        """Let the notebook go on after such a cell."""
        if expects(result.error_in_exec):
            names.update(_assigned(result.info.raw_cell))
            result.error_in_exec = None

    shell.set_custom_exc((EstimationError, NameError), handle)
    shell.events.register("post_run_cell", forgive)


def _assigned(source: str) -> set[str]:
    """Return the names that a cell would have given a value."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    return {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
