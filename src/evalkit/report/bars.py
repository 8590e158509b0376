"""Shares as horizontal bars from zero, with their intervals: ticks, nominal answers, one answer by groups, response."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from matplotlib.axes import Axes

from ..errors import UsageError
from ..i18n import Locale
from ..study import TICKED, Item
from .captions import base_note, question_note, source_notes, titled
from .distributions import SUM, Answers, Measure, high_codes, measures, share_title
from .drawing import Said, Sheet, figure_parts, interval, put, strip, with_base
from .palette import HIGHER, OUTLINE, QUIET
from .views import FigureView

LABELS, VALUES = 2.75, 1.15
"""Inches: the column of labels, and that of values to the right."""


def bars_view(answers: Answers) -> FigureView:
    """Return shares as bars with intervals.

    Parameters
    ----------
    answers
        Ticks: a bar a box. One question in all: a bar an answer. By a group: a bar a group, of
        those who ticked the box, or gave an answer of the upper part of an ordinal scale.

    Raises
    ------
    UsageError
        When groups are asked for and the answers have no order.
    """
    locale, table = answers.locale, answers.table
    title, note = share_title(answers), ""
    if table.groups or table.stack:
        codes = _default(answers)
        bars = measures(answers, [(*place, codes) for place in answers.places()])
    else:
        question, title = answers.questions[0], titled(answers.label, (), answers.study, locale)
        bars = measures(answers, [(c, answers.answer_label(c), question, (), (c,)) for c in answers.codes])
    if table.groups:
        note = locale.text("The share that answered {said}.", said=answers.quoted(codes))
    figure = bars_figure(f"{table.id}-bars", title, bars, locale)
    asked, lines = question_note(answers.item, answers.study, locale), interval_note(locale, answers.item)
    return figure.captioned(asked, note, lines, source_notes(answers.study, locale))


def _default(answers: Answers) -> tuple[str, ...]:
    if TICKED in answers.codes:
        return (TICKED,)
    if not answers.study.codebook.variable(answers.questions[0]).scale.ordered:
        what, hint = "which answers are to be counted together?", "give categories=[...]"
        raise UsageError(what, where=answers.table.id, hint=hint)
    return high_codes(answers)


def interval_note(locale: Locale, item: Item) -> tuple[str, str]:
    """Return whom bars are of, and what the lines on them are."""
    lines = locale.text("Lines: 95% intervals, if those who did not answer are like those who did.")
    return base_note(item, locale), lines


def bars_figure(
    name: str, title: str, bars: Sequence[Measure], locale: Locale, *, intervals: bool = True
) -> FigureView:
    """Return measures as bars from zero, each with its value and interval to the right; without intervals where told so."""
    said = [Said(*_words(bar, locale, intervals), bar.share) for bar in bars]
    return figure_parts(name, title, said, partial(_draw, bars, locale, intervals), locale)


def _words(bar: Measure, locale: Locale, intervals: bool) -> tuple[str, str]:
    """Return what a bar is called, and what it shows, in words."""
    share, span = locale.percent(bar.share), locale.percent_interval(bar.low, bar.high)
    if not intervals:
        return bar.label, share
    return with_base(bar.label, bar.base, locale), locale.text("{share}, interval {span}", share=share, span=span)


def _draw(bars: Sequence[Measure], locale: Locale, intervals: bool, sheet: Sheet) -> Axes:
    rows = sheet.rows([with_base(bar.label, bar.base, locale) for bar in bars], LABELS, 0.34)
    axes = sheet.canvas(rows.bottom + 0.04)
    unit = (sheet.width - rows.left - VALUES) / max([0.1, *(bar.high for bar in bars)])
    rows.line(axes, rows.left, QUIET, zorder=5)
    for number, bar in enumerate(bars):
        middle, value, everyone = rows.middle(number), locale.percent(bar.share), bar.key == SUM
        rows.label(axes, number, bold=everyone)
        strip(axes, rows.left, middle - 0.11, bar.share * unit, 0.22, OUTLINE if everyone else HIGHER)
        if intervals:
            interval(axes, rows.left + bar.low * unit, rows.left + bar.high * unit, middle)
            value = f"{value} ({locale.number(100 * bar.low)}\N{EN DASH}{locale.number(100 * bar.high)})"
        put(axes, sheet.width - 0.02, middle, value, ha="right", size=8.5)
    return axes
