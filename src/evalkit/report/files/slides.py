"""A study's results as slides for PowerPoint: title, findings, and one chart a slide that can be edited there, with notes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_MARK
from pptx.oxml.ns import qn
from pptx.util import Pt

from ...i18n import Locale
from ...release import Release
from ...study import BLANK
from ..captions import IF_ALIKE, source_notes
from ..distributions import Answers, distribution_view, high_codes, share_title
from ..drawing import shares_text
from ..palette import BLANKS, HIGHER, MISSING, OUTLINE, PALE, PAPER, diverging, text_on
from ..sentences import state
from ..views import Row, TableView
from . import MADE, named
from .word import FONT, INK, LANGUAGES, content, described, same_bytes

TEMPLATE = str(Path(__file__).with_name("slides.pptx"))
"""No slides, and the layouts of two kinds, `Text` and `Chart`: to change how slides look, open it in PowerPoint."""
CONTENT, CHART, FOOT = 1, 12, 13
"""The numbers of what is to be filled in there."""


def write_slides(
    release: Release, path: str | Path, language: str | None = None, numbers: Mapping[str, str] | None = None
) -> Path:
    """Write a study's results as slides for PowerPoint.

    Parameters
    ----------
    release
        The protected tables of a study.
    path
        Where to; ends in `.pptx`. An existing file is replaced.
    language
        One of the study's languages; its default when left out.
    numbers
        The pages' numbers of tables by address: notes name the table that a chart is of.

    Returns
    -------
    pathlib.Path
        The file: the same bytes for the same release and language. Every chart is PowerPoint's own, with its numbers in it; its
        notes give question, base and source, and what is hidden is left out of it.

    Raises
    ------
    UsageError
        When the path does not end in `.pptx`.
    """
    path = named(path, ".pptx", "the name of slides ends in .pptx")
    made = _Slides(release, Locale(release.study.language(language)), numbers or {}).made()
    path.write_bytes(same_bytes(content(made), _undated))
    return path


@dataclass(frozen=True)
class Series:
    """Bars of one colour: what they stand for, a share in per cent a row (None where it is hidden), and their colour."""

    label: str
    shares: tuple[float | None, ...]
    colour: str


def charted(release: Release) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Go through what the slides show: every published item in all, and each outcome by each group."""
    study = release.study
    outcomes = {study.codebook.variable(name).item_id for name in study.outcomes}
    for publication in study.publications:
        by_group = len(publication.by) == 1 and publication.by[0] in study.groups
        if not publication.by or (publication.item in outcomes and by_group):
            yield publication.item, publication.by


def series_of(answers: Answers, view: TableView) -> list[Series]:
    """Return a table's shares as the series of a chart: an answer a series, low to high, or one where there is one share a row."""
    columns = {column.key: n for n, column in enumerate(view.columns) if column.kind == "percent"}
    scale = answers.study.codebook.variable(answers.questions[0]).scale
    known = [code for code in scale.codes if code in answers.codes]
    others = [code for code in answers.codes if code not in known]
    keys = [key for key in (*known, *others, *answers.questions) if key in columns]
    colours = _colours(known, others, answers) if len(keys) > 1 else {}
    found = []
    for key in keys if len(keys) > 1 else [*columns][:1]:
        values = (row.values[columns[key]] for row in _charted_rows(answers, view))
        percents = tuple(100 * value if isinstance(value, float) else None for value in values)
        found.append(Series(view.columns[columns[key]].label.removesuffix(" (%)"), percents, colours.get(key, HIGHER)))
    return found


def _colours(known: Sequence[str], others: Sequence[str], answers: Answers) -> dict[str, str]:
    """Return a colour an answer: low to high for those of a scale, greys for those that are missing."""
    neutral = known[len(known) // 2] not in high_codes(answers)
    greys = {code: BLANKS if code == BLANK else MISSING for code in others}
    return dict(zip(known, diverging(len(known), neutral=neutral), strict=True)) | greys


def _charted_rows(answers: Answers, view: TableView) -> list[Row]:
    return [row for row in view.rows if not row.sum and (answers.table.groups or not row.total)]


class _Slides:
    """Writes the slides of one study."""

    def __init__(self, release: Release, locale: Locale, numbers: Mapping[str, str]) -> None:
        self.release, self.locale, self.study, self.numbers = release, locale, release.study, numbers
        self.deck, self.language = Presentation(TEMPLATE), LANGUAGES[locale.language]
        self.mark = locale.text("Synthetic data.") if self.study.synthetic else ""

    def made(self) -> Any:
        """Return the presentation."""
        title = self.study.title(self.locale.language)
        about = described(self.deck, f"{self.mark} {title}".strip())
        about.last_modified_by, about.comments, about.language = "evalkit", self.mark, self.language
        subtitle = self.study.plan.subtitle
        lines = [subtitle[self.locale.language]] if subtitle else []
        self._text(title, [*lines, *source_notes(self.study, self.locale)])
        self._findings()
        for item, by in charted(self.release):
            answers = Answers(self.release.table(item, by), self.study, self.locale)
            view = distribution_view(answers)
            series = series_of(answers, view)
            if any(share is not None for each in series for share in each.shares):
                self._chart(share_title(answers), answers, view, series)
        for run in (run for slide in self.deck.slides for run in slide._element.iter(qn("a:r"))):
            run.get_or_add_rPr().set("lang", self.language)
        return self.deck

    def _answers(self, variable: str) -> Answers:
        item = self.study.codebook.variable(variable).item_id
        return Answers(self.release.table(item), self.study, self.locale)

    def _findings(self) -> None:
        locale, said = self.locale, []
        published = {question.item for question in self.study.questions}
        for headline in self.study.plan.headlines:
            if self.study.codebook.variable(headline.item).item_id not in published:
                continue  # by groups alone: there is no figure of everyone
            found = state(self._answers(headline.item), headline.item, headline.categories)
            if found is not None:
                interval = locale.percent_interval(found.low, found.high)
                said.append(f"{locale.percent(found.share)} {headline.label[locale.language]} ({interval})")
        if said:
            slide = self._text(locale.text("Main findings"), said)
            self._notes(slide, [locale.text(IF_ALIKE), *source_notes(self.study, locale)])

    def _slide(self, layout: str, title: str, unit: str = "") -> Any:
        """Add a slide with a title, and at its foot the unit of its numbers and what marks a synthetic study."""
        slide = self.deck.slides.add_slide(self.deck.slide_layouts.get_by_name(layout))
        slide.shapes.title.text, foot = title, slide.placeholders[FOOT]
        foot.text = f"{unit} {self.mark}".strip()
        if not foot.text:
            foot._element.getparent().remove(foot._element)
        return slide

    def _text(self, title: str, lines: Sequence[str]) -> Any:
        slide = self._slide("Text", title)
        slide.placeholders[CONTENT].text = "\n".join(lines)
        return slide

    def _chart(self, title: str, answers: Answers, view: TableView, series: Sequence[Series]) -> None:
        rows = _charted_rows(answers, view)
        data = CategoryChartData(number_format="0")
        data.categories = [row.label for row in rows]
        for each in series:
            data.add_series(each.label, each.shares)
        kind = XL_CHART_TYPE.BAR_STACKED if len(series) > 1 else XL_CHART_TYPE.BAR_CLUSTERED
        slide = self._slide("Chart", title, f"{self.locale.text('Per cent')}.")
        frame = slide.placeholders[CHART].insert_chart(kind, data)
        about = frame._element.nvGraphicFramePr.cNvPr
        about.set("descr", self._alt(title, [row.label for row in rows], series))
        about.set("title", title)
        self._look(frame.chart, series)
        number = self.numbers.get(view.anchor)
        table = [f"{self.locale.text('Table {number}', number=number)}. {view.title}."] if number else []
        self._notes(slide, [*table, *view.notes])

    def _look(self, chart: Any, series: Sequence[Series]) -> None:
        """Give a chart its fonts and colours: shares written in the bars, no axis of numbers, the first row on top."""
        chart.font.size, chart.font.name = Pt(13 if len(series) == 1 else 11), FONT
        chart.font.color.rgb = _colour(INK)
        chart.has_title, chart.has_legend = False, len(series) > 1
        if chart.has_legend:
            chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
        chart.category_axis.reverse_order = True
        chart.category_axis.major_tick_mark = XL_TICK_MARK.NONE
        chart.value_axis.visible = chart.value_axis.has_major_gridlines = False
        chart.value_axis.minimum_scale = 0
        if len(series) > 1:
            chart.value_axis.maximum_scale = 100
        plot = chart.plots[0]
        plot.gap_width, plot.overlap = 45, 100 if len(series) > 1 else 0
        for drawn, each in zip(plot.series, series, strict=True):
            drawn.format.fill.solid()
            drawn.format.fill.fore_color.rgb = _colour(each.colour)
            drawn.format.line.color.rgb = _colour(OUTLINE if each.colour in PALE else PAPER)
            drawn.format.line.width = Pt(0.75)
            labels = drawn.data_labels
            labels.show_value, labels.number_format, labels.number_format_is_linked = True, "0;;", False
            if len(series) > 1:
                labels.font.color.rgb = _colour(text_on(each.colour))

    def _alt(self, title: str, labels: Sequence[str], series: Sequence[Series]) -> str:
        """Return a chart in words: each row with its shares."""
        said = [title]
        for n, label in enumerate(labels):
            names = [each.label if len(series) > 1 else "" for each in series]
            shares = [None if (share := each.shares[n]) is None else share / 100 for each in series]
            text = shares_text(names, shares, self.locale).strip()
            said += [f"{label}: {text}"] if text else []
        return f"{'. '.join(said)}."

    def _notes(self, slide: Any, notes: Sequence[str]) -> None:
        slide.notes_slide.notes_text_frame.text = "\n".join(notes)


def _colour(colour: str) -> RGBColor:
    return RGBColor.from_string(colour.removeprefix("#"))


def _undated(name: str, part: bytes) -> bytes:
    """Return a part of slides that says the suite's date in place of today's, as do the workbooks of its charts."""
    if name.endswith(".xlsx"):
        return same_bytes(part, _undated)
    if name == "docProps/core.xml":
        return re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*", rb"\g<1>" + f"{MADE:%Y-%m-%dT%H:%M:%SZ}".encode(), part)
    return part
