"""The charts that seaborn draws: the overview of units by questions, how answers came in, and the distribution of a number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from ..i18n import Locale
from .drawing import KEY, Said, Sheet, figure_parts, put, shares_text, text_width
from .palette import HIGH, INK, PALE_TO_HIGH, PAPER, QUIET, RULE, text_on
from .views import FigureView

STUB = 3.1
"""Inches: the column of labels."""
_ABOVE: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": KEY, "color": INK}
"""How a text stands above its place."""


def heatmap(name: str, title: str, shares: pd.DataFrame, locale: Locale) -> FigureView:
    """Return shares as a heat map, a row a group and a column a question; hidden ones are blank.

    Parameters
    ----------
    name, title
        The figure's id and title.
    shares
        Shares (0 to 1); the labels of rows and columns are the frame's.
    locale
        The language.
    """
    rows, columns = [str(label) for label in shares.index], [str(label) for label in shares.columns]
    known = zip(rows, shares.to_numpy(dtype=float).tolist(), strict=True)
    said = [Said(row, shares_text(columns, own, locale)) for row, own in known]
    return figure_parts(name, title, said, partial(_draw_heatmap, shares, rows, columns, locale), locale)


def _draw_heatmap(
    shares: pd.DataFrame, rows: Sequence[str], columns: Sequence[str], locale: Locale, sheet: Sheet
) -> Axes:

    stub = 0 if sheet.narrow else STUB
    width = (sheet.width - stub) / len(columns)
    upright = max(text_width(column) for column in columns) * KEY / 72 > width - 0.04
    head = 0.15 + max(text_width(column) for column in columns) * KEY / 72 if upright else 0.3
    grid = sheet.rows(rows, STUB - 0.05, 0.3, head, grid=True)
    height = grid.bottom + 0.05
    axes = sheet.canvas(height)
    if sheet.narrow:  # a blank row above each, in which its label stands
        shares = shares.set_axis(range(1, 2 * len(rows), 2)).reindex(range(2 * len(rows)))
        axes.set_zorder(1)  # the blank cells' edges would cut its letters
    inner = axes.get_figure(root=True).add_axes(  # type: ignore[union-attr]
        (stub / sheet.width, 0.05 / height, 1 - stub / sheet.width, (grid.bottom - head) / height)
    )
    inner.patch.set_visible(False)
    written = shares.map(lambda share: "" if share != share else locale.number(100 * share))
    shades, numbers = seaborn.color_palette(PALE_TO_HIGH, as_cmap=True), shares.to_numpy(dtype=float)
    seaborn.heatmap(
        shares.astype(float), annot=written, fmt="", ax=inner, cbar=False, vmin=0, vmax=1, linewidths=1, linecolor=PAPER,
        cmap=shades, annot_kws={"size": 8}, xticklabels=False, yticklabels=False,
    )  # fmt: skip
    for text in inner.texts:  # seaborn's own choice of black or white is too pale on middling shades
        x, y = (int(at) for at in text.get_position())
        text.set_color(text_on(to_hex(shades(numbers[y, x]))))
    inner.set(xlabel="", ylabel="")
    for number, text in enumerate(columns):
        place = stub + (number + 0.5) * width
        if upright:
            axes.text(place, head - 0.06, text, rotation=90, fontweight="bold" if number == 0 else "normal", **_ABOVE)
        else:
            put(axes, place, head / 2, text, ha="center", size=KEY, bold=number == 0)
    for number in range(len(rows)):
        grid.label(axes, number)
    return axes


def arrival(
    name: str, title: str, days: Sequence[tuple[date, float]], reminders: Sequence[date], locale: Locale
) -> FigureView:
    """Return the share that had answered by the end of each day as a curve, with the reminders.

    Parameters
    ----------
    name, title
        The figure's id and title.
    days
        Each day and the share that had answered by its end.
    reminders
        Days on which those who had not answered were reminded.
    locale
        The language.
    """
    said = [Said(locale.date(day), locale.percent(share)) for day, share in days]
    return figure_parts(name, title, said, partial(_draw_arrival, days, reminders, locale), locale)


def _draw_arrival(days: Sequence[tuple[date, float]], reminders: Sequence[date], locale: Locale, sheet: Sheet) -> Axes:

    axes = Figure(figsize=(sheet.width, 2.9), layout="constrained").add_subplot()
    first, last = days[0][0], days[-1][0]
    x = [(day - first).days for day, _ in days]
    shares = [100 * share for _, share in days]
    seaborn.lineplot(x=x, y=shares, ax=axes, color=HIGH, linewidth=2, marker="o", markersize=6, markeredgecolor=PAPER)
    axes.set(xlabel="", ylabel="", ylim=(0, max(shares) * 1.15), xlim=(-0.4, x[-1] + max(1.2, 0.09 * x[-1])))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: locale.number(share)))
    marks = [day for day in reminders if first <= day <= last]
    axes.set_xticks([(day - first).days for day in dict.fromkeys((first, *marks, last))])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: locale.short_date(first + timedelta(round(at)))))
    axes.grid(axis="y", color=RULE, linewidth=0.5)
    for day in marks:
        at = (day - first).days
        axes.axvline(at, color=INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
        axes.annotate(locale.text("Reminder"), (at, axes.get_ylim()[1]), **_ABOVE)
    beside: dict[str, Any] = {"va": "center", "fontweight": "bold", "xytext": (6, 0), "textcoords": "offset points"}
    axes.annotate(f" {locale.percent(days[-1][1])}", (x[-1], shares[-1]), **beside)
    axes.tick_params(colors=QUIET, labelsize=KEY)
    return axes


def histogram(
    name: str, title: str, bands: Sequence[tuple[str, float, float, float | None]], locale: Locale
) -> FigureView:
    """Return the distribution of a number over its bands, each as wide as it is and as large as its share.

    Parameters
    ----------
    name, title
        The figure's id and title.
    bands
        What each is called, where it begins and ends, and its share, None where that is hidden.
    locale
        The language.
    """
    shown = [(label, low, high, share) for label, low, high, share in bands if share is not None]
    said = [Said(label, locale.percent(share), share) for label, _, _, share in shown]
    return figure_parts(name, title, said, partial(_draw_histogram, shown, locale), locale)


def _draw_histogram(bands: Sequence[tuple[str, float, float, float]], locale: Locale, sheet: Sheet) -> Axes:

    axes = Figure(figsize=(sheet.width, 2.9), layout="constrained").add_subplot()
    edges = sorted({end for _, low, high, _ in bands for end in (low, high)})
    seaborn.histplot(
        x=[(low + high) / 2 for _, low, high, _ in bands],
        weights=[100 * share for *_, share in bands],
        bins=edges, stat="density", ax=axes, color=HIGH, edgecolor=PAPER,
    )  # fmt: skip
    axes.set(xlabel="", ylabel="", yticks=[], xticks=[low for _, low, _, _ in bands])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:g}".replace(".", locale.number(0.5, 1)[1:2])))
    whole = sum(share for *_, share in bands) or 1
    for _, low, high, share in bands:
        height = share / whole / (high - low)
        axes.annotate(locale.percent(share), ((low + high) / 2, height), **_ABOVE)
    axes.set_ylim(top=1.12 * max((share / whole / (high - low) for _, low, high, share in bands), default=1))
    axes.tick_params(colors=QUIET, labelsize=KEY)
    return axes
