"""Shares as horizontal bars from zero, with their intervals: ticks, nominal answers, one answer by groups, response."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..study import TICKED, Item
from .captions import base_note, question_note, source_notes, titled
from .distributions import Answers, high_codes, share_title
from .drawing import Said, Sheet, figure_parts, interval, put, strip, with_base
from .measures import Measure, group_measures, measures
from .palette import HIGHER, OUTLINE, QUIET
from .views import FigureView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..i18n import Locale

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
    if table.stack and table.groups:
        raise UsageError("several questions by groups have too many bars for one figure", where=table.id)
    title, note, everybody = share_title(answers), "", answers.everybody()
    if table.groups:
        codes = _default(answers)
        bars = group_measures(answers, codes)
        note = locale.text("The share that answered {said}.", said=answers.quoted(codes))
    elif table.stack:
        codes = _default(answers)
        bars = measures(answers, [(q, answers.question_label(q), q, everybody, codes) for q in answers.questions])
    else:
        question, title = answers.questions[0], titled(answers.label, (), answers.study, locale)
        bars = measures(answers, [(c, answers.answer_label(c), question, everybody, (c,)) for c in answers.codes])
    said, name = [_said(bar, locale) for bar in bars], f"{table.id}-bars"
    figure = figure_parts(name, title, said, partial(draw_bars, bars, locale), locale)
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


def draw_bars(bars: Sequence[Measure], locale: Locale, sheet: Sheet, *, intervals: bool = True) -> Axes:
    """Draw measures as bars from zero, each with its value and interval to the right."""
    rows = sheet.rows([with_base(bar.label, bar.base, locale) for bar in bars], LABELS, 0.34)
    axes = sheet.canvas(rows.bottom + 0.04)
    unit = (sheet.width - rows.left - VALUES) / max([0.1, *(bar.high for bar in bars)])
    rows.line(axes, rows.left, QUIET, zorder=5)
    for number, bar in enumerate(bars):
        middle = rows.middle(number)
        rows.label(axes, number, bold=bar.key == "total")
        colour = OUTLINE if bar.key == "total" else HIGHER
        strip(axes, rows.left, middle - 0.11, bar.share * unit, 0.22, colour)
        if intervals:
            interval(axes, rows.left + bar.low * unit, rows.left + bar.high * unit, middle)
        put(axes, sheet.width - 0.02, middle, _value(bar, locale, intervals), align="right", size=8.5)
    return axes


def _value(bar: Measure, locale: Locale, intervals: bool) -> str:
    value = locale.percent(bar.share)
    return f"{value} ({locale.number(100 * bar.low)}\N{EN DASH}{locale.number(100 * bar.high)})" if intervals else value


def _said(bar: Measure, locale: Locale) -> Said:
    """Say in words what a bar shows."""
    share, span = locale.percent(bar.share), locale.percent_interval(bar.low, bar.high)
    text = locale.text("{share}, interval {span}", share=share, span=span)
    return Said(with_base(bar.label, bar.base, locale), text, bar.share)
