"""Ordinal answers as diverging stacked bars: low answers to the left of the middle, high ones to the right, 'Vet ikke' apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes

from ..i18n import Locale
from . import drawing
from .captions import base_note, question_note, source_notes
from .distributions import Answers, high_codes, share_title
from .palette import BLANKS, MISSING, QUIET, diverging, text_on
from .views import FigureView

LABELS, PANEL, GAP = 2.55, 0.66, 0.14
"""Inches: the column of labels, a panel of missing answers, and the space before it."""
NARROW_PANEL, KEY_ROW = 0.45, 0.19
"""Inches: such a panel in a narrow drawing, and a line of its key."""
BAR = 0.27
"""Inches; a bar's height."""
LEAST_LABELLED = 0.05
"""Shares below this have no room for their number in the bar; it stands in the table."""


@dataclass(frozen=True)
class Bar:
    """One bar: its label, base, the shares low to high and missing, and whether the middle one is neither high nor low."""

    label: str
    base: int
    scale: tuple[float, ...]
    missing: tuple[float, ...]
    neutral: bool = True

    @property
    def left(self) -> float:
        """How far it reaches to the left of the middle."""
        half = len(self.scale) // 2
        return sum(self.scale[:half]) + (self.scale[half] / 2 if len(self.scale) % 2 and self.neutral else 0)


def likert_view(answers: Answers) -> FigureView:
    """Return the answers to an ordinal item as diverging bars, a bar a group or a row of a battery.

    Parameters
    ----------
    answers
        Of an ordinal item, in all; of one that is no battery, also by a group.
    """
    study, locale = answers.study, answers.locale
    scale = study.codebook.variable(answers.questions[0]).scale
    missing = [code for code in answers.codes if code not in scale.codes]
    bars = _bars(answers, scale.codes, missing)
    keys = [answers.answer_label(code) for code in scale.codes]
    missing_keys = [answers.answer_label(code) for code in missing]
    said = []
    for bar in bars:
        shares = drawing.shares_text([*keys, *missing_keys], [*bar.scale, *bar.missing], locale)
        said.append(drawing.Said(drawing.with_base(bar.label, bar.base, locale), shares))
    draw = partial(_drawn, bars, keys, missing_keys, locale)
    figure = drawing.figure_parts(answers.table.id, share_title(answers), said, draw, locale)
    groups = answers.groups(answers.table.groups[-1]) if answers.table.groups else ()
    hidden = locale.text("Groups that are not shown are left out.") if len(bars) <= len(groups) else None
    asked, base = question_note(answers.item, study, locale), base_note(answers.item, locale)
    return figure.captioned(asked, base, hidden, source_notes(study, locale))


def _bars(answers: Answers, codes: Sequence[str], missing: Sequence[str]) -> list[Bar]:
    """Return the bars in which nothing is hidden: everyone first, then groups in the codebook's order."""
    bars, every = [], (*codes, *missing)
    neutral = codes[len(codes) // 2] not in high_codes(answers)
    for _, label, question, group in answers.places():
        base, shares = answers.base(question, group), [answers.share(question, group, code) for code in every]
        known = tuple(share for share in shares if share is not None)
        if base and len(known) == len(every):
            bars.append(Bar(label, base, known[: len(codes)], known[len(codes) :], neutral))
    return bars


def _drawn(
    bars: Sequence[Bar], keys: Sequence[str], missing_keys: Sequence[str], locale: Locale, sheet: drawing.Sheet
) -> Axes:
    panel, gap = (NARROW_PANEL, GAP / 2) if sheet.narrow else (PANEL, GAP)
    width = sheet.width - (0.04 if sheet.narrow else LABELS) - (panel + gap) * len(missing_keys)
    colours = diverging(len(keys), neutral=all(bar.neutral for bar in bars))
    missing_colours = [(MISSING, BLANKS)[number > 0] for number in range(len(missing_keys))]
    shown = [*zip(keys, colours, strict=True), *zip(missing_keys, missing_colours, strict=True)]
    cell = width / len(keys)
    texts = [drawing.label_lines(name, cell - 0.04, drawing.KEY) for name in keys]
    widths = [max(map(drawing.text_width, text.split("\n"))) * drawing.KEY / 72 for text in texts]
    wide = [n for n, own in enumerate(widths) if own > cell]
    listed = sheet.narrow or not {0, len(keys) - 1}.issuperset(wide)
    ends = KEY_ROW if wide else 0.0  # room above the strip for what its ends are called
    inside = ["" if n in wide else text for n, text in enumerate(texts)]
    key = KEY_ROW * len(shown) if listed else ends + drawing.row_height(inside, drawing.KEY, 0.3)
    rows = sheet.rows([drawing.with_base(bar.label, bar.base, locale) for bar in bars], LABELS, 0.32, key + 0.08)
    axes = sheet.canvas(rows.bottom + 0.05)
    left = max((bar.left for bar in bars), default=0.5)
    right = max((sum(bar.scale) - bar.left for bar in bars), default=0.5)
    unit = width / max(left + right, 0.2)
    if listed:
        _listed_key(axes, shown)
    else:
        _key(axes, inside, colours, cell, ends, key)
        for n in wide:
            x, side = (LABELS + width, "right") if n else (LABELS, "left")
            drawing.put(axes, x, ends / 2, keys[n], ha=side, size=drawing.KEY)
    zero = rows.left + left * unit
    rows.line(axes, zero, QUIET)
    for number, bar in enumerate(bars):
        rows.label(axes, number, bold=number == 0 and bar.label == locale.text("All"))
        _scale_bar(axes, bar, zero - bar.left * unit, rows.middle(number), unit, colours, locale)
    for number, (name, colour) in enumerate(zip(missing_keys, missing_colours, strict=True)):
        x = rows.left + width + gap + number * (panel + gap)
        if not listed:
            drawing.put(axes, x, (ends + key) / 2, drawing.label_lines(name, panel, drawing.KEY), size=drawing.KEY)
        _missing_panel(axes, x, panel, [bar.missing[number] for bar in bars], colour, rows, locale)
    return axes


def _key(axes: Axes, texts: Sequence[str], colours: Sequence[str], cell: float, top: float, bottom: float) -> None:
    """Draw what the colours mean, low to high, as a strip above the bars."""
    for number, (text, colour) in enumerate(zip(texts, colours, strict=True)):
        x, middle = LABELS + number * cell, (top + bottom) / 2
        drawing.strip(axes, x, top + 0.02, cell, bottom - top - 0.04, colour)
        drawing.put(axes, x + cell / 2, middle, text, ha="center", color=text_on(colour), size=drawing.KEY)


def _listed_key(axes: Axes, shown: Sequence[tuple[str, str]]) -> None:
    """Draw what the colours mean as a list above the bars."""
    for number, (text, colour) in enumerate(shown):
        drawing.strip(axes, 0.04, KEY_ROW * number + 0.02, 0.24, KEY_ROW - 0.04, colour)
        drawing.put(axes, 0.34, KEY_ROW * (number + 0.5), text, size=drawing.KEY)


def _scale_bar(
    axes: Axes, bar: Bar, x: float, middle: float, unit: float, colours: Sequence[str], locale: Locale
) -> None:
    for share, colour in zip(bar.scale, colours, strict=True):
        drawing.strip(axes, x, middle - BAR / 2, share * unit, BAR, colour)
        if share >= LEAST_LABELLED:
            written, ink = locale.number(100 * share), text_on(colour)
            drawing.put(axes, x + share * unit / 2, middle, written, ha="center", color=ink, size=8.5)
        x += share * unit


def _missing_panel(
    axes: Axes, x: float, panel: float, shares: Sequence[float], colour: str, rows: drawing.Rows, locale: Locale
) -> None:
    """Draw the shares of a missing answer, on a scale of their own that ends at the largest or at a fifth."""
    rows.line(axes, x, zorder=2)
    unit = (panel - 0.24) / max([0.2, *shares])
    for number, share in enumerate(shares):
        middle = rows.middle(number)
        drawing.strip(axes, x, middle - BAR / 2, share * unit, BAR, colour)
        drawing.put(axes, x + share * unit + 0.04, middle, locale.number(100 * share), color=QUIET, size=8.5)
