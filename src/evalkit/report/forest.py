"""Points with intervals: shares by group, differences, odds ratios; and predicted shares, a panel an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log
from typing import TYPE_CHECKING, Literal

from .drawing import KEY, FigureParts, Rows, Sheet, figure_parts, interval, label_lines, put, row_height, text_width
from .palette import HIGH, INK, QUIET, RULE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..i18n import Locale

Scale = Literal["ratio", "difference", "share"]
"""Odds ratios, differences of shares, or shares."""
LABELS, VALUES, STUB = 2.75, 1.35, 2.2
"""Inches: the column of labels, that of values to the right, and that of groups before panels."""


@dataclass(frozen=True)
class Effect:
    """One estimate with its interval, under the heading of its predictor, and another beside it to hold it against, if any."""

    section: str
    label: str
    estimate: float
    low: float
    high: float
    beside: float | None = None


def forest(
    name: str, title: str, effects: Sequence[Effect], scale: Scale, locale: Locale, line: float | None = None
) -> FigureParts:
    """Return effects as points with intervals, and a line to hold them against.

    Parameters
    ----------
    name, title
        The figure's id and title.
    effects
        In order; the heading of a section stands above its first.
    scale
        'ratio': odds ratios, on a logarithmic axis with the line at 1. 'difference': percentage points, with the line at 0.
        'share': shares of people, with the line at everyone's.
    locale
        The language.
    line
        Where the line stands, for shares.
    """
    alt = " ".join(
        f"{', '.join(filter(None, (e.section, e.label)))}: {effect_text(e, scale, locale)}." for e in effects
    )
    at = {"ratio": 1.0, "difference": 0.0}.get(scale, line)
    return figure_parts(name, title, alt, lambda sheet: _draw(effects, scale, at, locale, sheet))


def effect_text(effect: Effect, scale: Scale, locale: Locale) -> str:
    """Return an effect with its interval as a reader sees it."""
    if scale == "ratio":
        return f"{locale.number(effect.estimate, 2)} ({locale.interval(effect.low, effect.high, 2)})"
    if scale == "share":
        return f"{locale.percent(effect.estimate)} ({locale.percent_interval(effect.low, effect.high)})"
    low, high = 100 * effect.low, 100 * effect.high
    return f"{locale.number(100 * effect.estimate, 1)} ({locale.interval(low, high, 1)})"


def _draw(effects: Sequence[Effect], scale: Scale, line: float | None, locale: Locale, sheet: Sheet) -> Axes:
    ratio = scale == "ratio"
    bounds = [bound for e in effects for bound in (e.low, e.high)] or [1.0, 1.0]
    ticks = (_ratio_ticks if ratio else _difference_ticks)(min(bounds), max(bounds))
    sections = [(section, list(found)) for section, found in groupby(effects, key=lambda e: e.section)]
    labels = [label for section, found in sections for label in ([""] if section else []) + [e.label for e in found]]
    rows = sheet.rows(labels, LABELS - 0.15, 0.3, 0)
    place = _placed(ticks, ratio, (0.22 if sheet.narrow else LABELS, sheet.width - VALUES - 0.15))
    axes = sheet.canvas(rows.bottom + 0.35)
    _axis(axes, ticks, place, rows, ratio, locale)
    if line is not None:
        rows.line(axes, place(line), QUIET, 1, zorder=1)
    row = 0
    for section, found in sections:
        if section:
            # in bold, wider than the lines are measured
            put(axes, 0.02, rows.middle(row), label_lines(section, 0.78 * sheet.width), bold=True)
        row += bool(section)
        for effect in found:
            middle = rows.middle(row)
            rows.label(axes, row, align="left")
            interval(axes, place(effect.low), place(effect.high), middle, INK)
            if effect.beside is not None:
                x = place(effect.beside)
                axes.plot([x, x], [middle - 0.11, middle + 0.11], color=INK, linewidth=2.2, zorder=3)
            axes.plot([place(effect.estimate)], [middle], marker="o", markersize=6, color=HIGH, zorder=5)
            put(axes, sheet.width - 0.02, middle, effect_text(effect, scale, locale), align="right", size=8.5)
            row += 1
    return axes


def _placed(ticks: Sequence[float], ratio: bool, ends: tuple[float, float]) -> Callable[[float], float]:
    """Return what gives a value's place between two ends in inches; values beyond the ends stand at the ends."""

    def to_axis(value: float) -> float:
        return log(value) if ratio else value

    low, high = to_axis(ticks[0]), to_axis(ticks[-1])

    def place(value: float) -> float:
        inside = min(max(to_axis(value), low), high)
        return ends[0] + (inside - low) / (high - low) * (ends[1] - ends[0])

    return place


def _axis(
    axes: Axes, ticks: Sequence[float], place: Callable[[float], float], rows: Rows, ratio: bool, locale: Locale
) -> None:
    """Draw a line at each step, and its number under it where that has room."""
    written = -1.0
    for tick in ticks:
        axes.plot([place(tick)] * 2, [rows.top, rows.bottom], color=RULE, linewidth=0.5, zorder=0)
        text = locale.number(tick, 0 if tick >= 1 else 2 if tick < 0.1 else 1) if ratio else locale.number(100 * tick)
        if place(tick) - written > 0.08 + text_width(text) * KEY / 72:
            put(axes, place(tick), rows.bottom + 0.16, text, align="center", colour=QUIET, size=KEY)
            written = place(tick)


def _ratio_ticks(low: float, high: float) -> list[float]:
    """Return the steps of 1, 2, 5 that hold all values and 1, at most from 1/20 to 20."""
    steps = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0]
    first = max((i for i, s in enumerate(steps) if s <= min(low, 1 / 1.5)), default=0)
    last = min((i for i, s in enumerate(steps) if s >= max(high, 1.5)), default=len(steps) - 1)
    return steps[first : last + 1]


def _difference_ticks(low: float, high: float) -> list[float]:
    reach = max(abs(low), abs(high), 0.01)
    step = next(s for s in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if reach / s <= 4 or s == 1.0)
    return [step * k for k in range(int(low // step), int(-(-high // step)) + 1)] or [-step, 0.0, step]


def panels_figure(
    name: str,
    title: str,
    panels: Sequence[Sequence[Effect]],
    names: Sequence[str],
    answers: Sequence[str],
    locale: Locale,
) -> FigureParts:
    """Return predicted shares, a panel an answer and a row a group, each with its interval.

    Parameters
    ----------
    name, title
        The figure's id and title.
    panels
        For each answer, the effects of the groups.
    names, answers
        What groups and answers are called.
    locale
        The language.
    """
    alt = " ".join(
        f"{label}: "
        + ", ".join(
            f"{answer} {locale.percent(panel[row].estimate)}" for answer, panel in zip(answers, panels, strict=True)
        )
        + "."
        for row, label in enumerate(names)
    )
    return figure_parts(name, title, alt, lambda sheet: _panels(panels, names, answers, locale, sheet))


def _panels(
    panels: Sequence[Sequence[Effect]], names: Sequence[str], answers: Sequence[str], locale: Locale, sheet: Sheet
) -> Axes:
    stub = 0.04 if sheet.narrow else STUB
    width = (sheet.width - stub) / len(panels)
    heads = [label_lines(answer, width - 0.12, KEY) for answer in answers]
    rows = sheet.rows(names, STUB, 0.32, row_height(heads, KEY, 0.4))
    axes = sheet.canvas(rows.bottom + 0.1)
    unit = (width - 0.45) / max([0.1, *(effect.high for panel in panels for effect in panel)])
    for number in range(len(names)):
        rows.label(axes, number)
    for column, (panel, text) in enumerate(zip(panels, heads, strict=True)):
        x = stub + column * width
        put(axes, x, rows.top / 2, text, size=KEY)
        rows.line(axes, x)
        for number, effect in enumerate(panel):
            middle = rows.middle(number)
            interval(axes, x + effect.low * unit, x + effect.high * unit, middle, INK)
            axes.plot([x + effect.estimate * unit], [middle], marker="o", markersize=5, color=HIGH, zorder=5)
            value = locale.number(100 * effect.estimate)
            put(axes, x + effect.high * unit + 0.05, middle, value, colour=QUIET, size=KEY)
    return axes
