"""Points with intervals: shares by group, differences, odds ratios; and predicted shares, a panel an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from math import log
from typing import Literal, NamedTuple

from matplotlib.axes import Axes

from ..i18n import Locale
from . import drawing
from .palette import HIGH, INK, QUIET
from .views import FigureView

Scale = Literal["ratio", "difference", "share"]
"""Odds ratios, differences of shares, or shares."""
WIDEST, VALUES, INDENT, ROW = 3.2, 1.35, 0.2, 0.2
"""Inches: the column of labels at most, that of values to the right, how far labels stand in, and a row's least height."""


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
) -> FigureView:
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
    said = [drawing.Said(_named(e.section, e.label), effect_text(e, scale, locale), e.estimate) for e in effects]
    at = {"ratio": 1.0, "difference": 0.0}.get(scale, line)
    return drawing.figure_parts(name, title, said, partial(_draw, effects, scale, at, locale), locale)


def _named(section: str, label: str) -> str:
    """Return what a row is called in words, its heading first."""
    return ", ".join(filter(None, (section, label)))


def effect_text(effect: Effect, scale: Scale, locale: Locale) -> str:
    """Return an effect with its interval as a reader sees it."""
    if scale == "share":
        return f"{locale.percent(effect.estimate)} ({locale.percent_interval(effect.low, effect.high)})"
    factor, digits = (1, 2) if scale == "ratio" else (100, 1)
    estimate, low, high = (factor * number for number in (effect.estimate, effect.low, effect.high))
    return f"{locale.number(estimate, digits)} ({locale.interval(low, high, digits)})"


def _draw(effects: Sequence[Effect], scale: Scale, line: float | None, locale: Locale, sheet: drawing.Sheet) -> Axes:
    ratio = scale == "ratio"
    bounds = [bound for e in effects for bound in (e.low, e.high)] or [1.0, 1.0]
    ticks = (_ratio_ticks if ratio else _difference_ticks)(min(bounds), max(bounds))
    stub = _Stub.of([(effect.section, effect.label) for effect in effects], sheet)
    place = _placed(ticks, ratio, (0.22 if sheet.narrow else stub.width + 0.15, sheet.width - VALUES - 0.15))
    axes = sheet.canvas(stub.bottom + 0.35)
    _axis(axes, ticks, place, stub, ratio, locale)
    if line is not None:
        stub.line(axes, place(line), QUIET, 1, zorder=1)
    for effect, middle in zip(effects, stub.write(axes), strict=True):
        drawing.interval(axes, place(effect.low), place(effect.high), middle)
        if effect.beside is not None:
            x = place(effect.beside)
            axes.plot([x, x], [middle - 0.09, middle + 0.09], color=INK, linewidth=2.2, zorder=3)
        axes.plot([place(effect.estimate)], [middle], marker="o", markersize=6, color=HIGH, zorder=5)
        drawing.put(axes, sheet.width - 0.02, middle, effect_text(effect, scale, locale), ha="right", size=8.5)
    return axes


@dataclass(frozen=True)
class _Stub(drawing.Rows):
    """Rows under the headings of their sections, and the width of their column."""

    lines: tuple[tuple[str, str], ...] = ()
    width: float = 0

    @classmethod
    def of(cls, names: Sequence[tuple[str, str]], sheet: drawing.Sheet, top: float = 0) -> _Stub:
        """Return rows by section and label, in a column as wide as the longest label needs."""
        lines: list[tuple[str, str]] = []
        for section, found in groupby(names, key=lambda name: name[0]):
            lines += [(section, "")] if section else []
            lines += [("", label) for _, label in found]
        needed = max((drawing.text_width(label) for _, label in lines), default=0) * drawing.SIZE / 72 + INDENT + 0.15
        width = min(needed, WIDEST)
        rows = sheet.rows([label for _, label in lines], width - INDENT, ROW, top)
        if sheet.narrow:  # a heading has no mark below it
            heights = [drawing.MARK if section else own for (section, _), own in zip(lines, rows.heights, strict=True)]
            rows = replace(rows, heights=tuple(heights))
        return cls(**vars(rows), lines=tuple(lines), width=width)

    def write(self, axes: Axes) -> list[float]:
        """Write headings, in bold, and labels; return the heights at which the rows' marks stand."""
        for number, (section, _) in enumerate(self.lines):
            if section:  # wider than the lines are measured
                text = drawing.label_lines(section, 0.78 * axes.get_xlim()[1])
                drawing.put(axes, 0.02, self.middle(number), text, bold=True)
            else:
                self.label(axes, number, align="left")
        return [self.middle(number) for number, (section, _) in enumerate(self.lines) if not section]


def _placed(ticks: Sequence[float], ratio: bool, ends: tuple[float, float]) -> Callable[[float], float]:
    """Return what gives a value's place between two ends in inches; values beyond the ends stand at the ends."""
    to_axis = log if ratio else float
    low, high = to_axis(ticks[0]), to_axis(ticks[-1])

    def place(value: float) -> float:
        inside = min(max(to_axis(value), low), high)
        return ends[0] + (inside - low) / (high - low) * (ends[1] - ends[0])

    return place


def _axis(
    axes: Axes, ticks: Sequence[float], place: Callable[[float], float], rows: drawing.Rows, ratio: bool, locale: Locale
) -> None:
    """Draw a line at each step, and its number under it where that has room."""
    written = -1.0
    for tick in ticks:
        rows.line(axes, place(tick), width=0.5)
        text = locale.number(tick, 0 if tick >= 1 else 2 if tick < 0.1 else 1) if ratio else locale.number(100 * tick)
        if place(tick) - written > 0.08 + drawing.text_width(text) * drawing.KEY / 72:
            drawing.put(axes, place(tick), rows.bottom + 0.16, text, ha="center", color=QUIET, size=drawing.KEY)
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


class Panels(NamedTuple):
    """Shares in panels beside each other.

    Parameters
    ----------
    heads
        What the panels are called.
    names
        Section and label of the groups, which are the rows.
    shares
        For each panel, the share of each group with its interval; None where it is not shown.
    against_first
        Whether a line in each panel holds the groups against the first.
    """

    heads: Sequence[str]
    names: Sequence[tuple[str, str]]
    shares: Sequence[Sequence[Effect | None]]
    against_first: bool = False


def panels_figure(name: str, title: str, panels: Panels, locale: Locale) -> FigureView:
    """Return shares in panels beside each other, a row a group, each with its interval."""
    said = []
    for group, row in zip(panels.names, zip(*panels.shares, strict=True), strict=True):
        shares = drawing.shares_text(panels.heads, [effect and effect.estimate for effect in row], locale)
        said.append(drawing.Said(_named(*group), shares))
    return drawing.figure_parts(name, title, said, partial(_draw_panels, panels, locale), locale)


def _draw_panels(panels: Panels, locale: Locale, sheet: drawing.Sheet) -> Axes:
    left = 0.04 if sheet.narrow else _Stub.of(panels.names, sheet).width
    width = (sheet.width - left) / len(panels.heads)
    texts = [drawing.label_lines(head, width - 0.12, drawing.KEY) for head in panels.heads]
    stub = _Stub.of(panels.names, sheet, drawing.row_height(texts, drawing.KEY, 0.4))
    axes = sheet.canvas(stub.bottom + 0.1)
    unit = (width - 0.45) / max([0.1, *(effect.high for panel in panels.shares for effect in panel if effect)])
    middles = stub.write(axes)
    for column, (panel, text) in enumerate(zip(panels.shares, texts, strict=True)):
        x = left + column * width
        drawing.put(axes, x, stub.top / 2, text, size=drawing.KEY)
        stub.line(axes, x)
        if panels.against_first and panel[0]:
            stub.line(axes, x + panel[0].estimate * unit, QUIET, 1, zorder=1)
        for middle, effect in zip(middles, panel, strict=True):
            if effect is not None:
                drawing.interval(axes, x + effect.low * unit, x + effect.high * unit, middle)
                axes.plot([x + effect.estimate * unit], [middle], marker="o", markersize=5, color=HIGH, zorder=5)
                value = locale.number(100 * effect.estimate)
                drawing.put(axes, x + effect.high * unit + 0.05, middle, value, color=QUIET, size=drawing.KEY)
    return axes
