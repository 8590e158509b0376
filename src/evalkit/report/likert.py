"""Ordinal answers as diverging stacked bars: low answers to the left of the middle, high ones to the right, 'Vet ikke' apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import UsageError
from .captions import base_note, joined, question_note, source_notes
from .distributions import Answers, high_codes
from .drawing import KEY, WIDTH, FigureParts, canvas, figure_parts, label_lines, put, row_height, strip, with_base
from .findings import share_title
from .palette import BLANKS, MISSING, QUIET, RULE, diverging, text_on
from .views import FigureView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..i18n import Locale

LABELS, PANEL, GAP = 2.55, 0.66, 0.14
"""Inches: the column of labels, a panel of missing answers, and the space before it."""
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


def likert_view(answers: Answers, number: int | None = None) -> FigureView:
    """Return the answers to an ordinal item as diverging bars, a bar a group or a row of a battery.

    Parameters
    ----------
    answers
        Of an ordinal item, in all or by one group.
    number
        The figure's number.

    Raises
    ------
    UsageError
        When the answers have no order.
    """
    study, locale = answers.study, answers.locale
    scale = study.codebook.variable(answers.questions[0]).scale
    if not scale.ordered:
        raise UsageError("only ordinal answers are drawn as diverging bars", where=answers.table.id, hint="use bars()")
    missing = [code for code in answers.codes if code not in scale.codes]
    bars = _bars(answers, scale.codes, missing)
    keys = [answers.answer_label(code) for code in scale.codes]
    missing_keys = [answers.answer_label(code) for code in missing]
    parts = figure_parts(
        answers.table.id,
        share_title(answers),
        _alt(bars, [*keys, *missing_keys], locale),
        lambda: _drawn(bars, keys, missing_keys, locale),
    )
    groups = answers.groups(answers.table.groups[-1]) if answers.table.groups else ()
    return _captioned(parts, answers, number, hides=len(bars) <= len(groups))


def _captioned(parts: FigureParts, answers: Answers, number: int | None, *, hides: bool) -> FigureView:
    locale = answers.locale
    caption = joined(
        question_note(answers.item, answers.study, locale),
        base_note(answers.item, locale),
        locale.text("Groups that are not shown are left out.") if hides else None,
        source_notes(answers.study, locale),
    )
    return parts.view(caption, number)


def _bars(answers: Answers, codes: Sequence[str], missing: Sequence[str]) -> list[Bar]:
    """Return the bars in which nothing is hidden: everyone first, then groups in the codebook's order."""
    if answers.table.groups and answers.table.stack:
        raise UsageError("a battery by groups has too many bars for one figure", where=answers.table.id)
    places = [
        (answers.question_label(q) if answers.table.stack else answers.locale.text("All"), q, answers.everybody())
        for q in answers.questions
    ]
    found = [_bar(answers, *place, codes, missing) for place in places]
    if answers.table.groups:
        dim = answers.table.groups[-1]
        found += [
            _bar(
                answers, answers.group_label(dim, code), answers.questions[0], answers.last_group(code), codes, missing
            )
            for code in answers.groups(dim)
        ]
    return [bar for bar in found if bar is not None]


def _bar(
    answers: Answers, label: str, question: str, group: tuple[str, ...], codes: Sequence[str], missing: Sequence[str]
) -> Bar | None:
    base = answers.base(question, group)
    shares = [answers.share(question, group, code) for code in (*codes, *missing)]
    if not base or any(share is None for share in shares):
        return None
    known = tuple(share for share in shares if share is not None)
    neutral = codes[len(codes) // 2] not in high_codes(answers)
    return Bar(label, base, known[: len(codes)], known[len(codes) :], neutral)


def _drawn(bars: Sequence[Bar], keys: Sequence[str], missing_keys: Sequence[str], locale: Locale) -> Axes:
    labels = [label_lines(with_base(bar.label, bar.base, locale), LABELS) for bar in bars]
    width = WIDTH - LABELS - (PANEL + GAP) * len(missing_keys)
    key_texts = [label_lines(name, width / len(keys) - 0.04, KEY) for name in keys]
    key = row_height(key_texts, KEY, 0.4)
    head, step = key + 0.16, row_height(labels)
    axes = canvas(head + step * len(bars) + 0.05)
    left = max((bar.left for bar in bars), default=0.5)
    right = max((sum(bar.scale) - bar.left for bar in bars), default=0.5)
    unit = width / max(left + right, 0.2)
    colours = diverging(len(keys), neutral=all(bar.neutral for bar in bars))
    _key(axes, key_texts, colours, width, key)
    zero = LABELS + left * unit
    axes.plot([zero, zero], [head - 0.04, head + step * len(bars)], color=QUIET, linewidth=0.8, zorder=0)
    for number, (bar, label) in enumerate(zip(bars, labels, strict=True)):
        middle = head + step * (number + 0.5)
        put(axes, LABELS - 0.12, middle, label, align="right", bold=number == 0 and bar.label == locale.text("All"))
        _scale_bar(axes, bar, zero - bar.left * unit, middle, unit, colours, locale)
    for number, name in enumerate(missing_keys):
        x = LABELS + width + GAP + number * (PANEL + GAP)
        shares = [bar.missing[number] for bar in bars]
        put(axes, x, key / 2, label_lines(name, PANEL, KEY), size=KEY)
        _missing_panel(axes, x, shares, (MISSING, BLANKS)[number > 0], head, step, locale)
    return axes


def _key(axes: Axes, texts: Sequence[str], colours: Sequence[str], width: float, height: float) -> None:
    """Draw what the colours mean, low to high, as a strip above the bars."""
    cell = width / len(texts)
    for number, (text, colour) in enumerate(zip(texts, colours, strict=True)):
        strip(axes, LABELS + number * cell, 0.02, cell, height - 0.04, colour)
        put(axes, LABELS + (number + 0.5) * cell, height / 2, text, align="center", colour=text_on(colour), size=KEY)


def _scale_bar(
    axes: Axes, bar: Bar, x: float, middle: float, unit: float, colours: Sequence[str], locale: Locale
) -> None:
    for share, colour in zip(bar.scale, colours, strict=True):
        strip(axes, x, middle - BAR / 2, share * unit, BAR, colour)
        if share >= LEAST_LABELLED:
            put(
                axes,
                x + share * unit / 2,
                middle,
                locale.number(100 * share),
                align="center",
                colour=text_on(colour),
                size=8.5,
            )
        x += share * unit


def _missing_panel(
    axes: Axes, x: float, shares: Sequence[float], colour: str, head: float, step: float, locale: Locale
) -> None:
    """Draw the shares of a missing answer, on a scale of their own that ends at the largest or at a fifth."""
    axes.plot([x, x], [head - 0.04, head + step * len(shares)], color=RULE, linewidth=0.8)
    unit = (PANEL - 0.24) / max([0.2, *shares])
    for number, share in enumerate(shares):
        middle = head + step * (number + 0.5)
        strip(axes, x, middle - BAR / 2, share * unit, BAR, colour)
        put(axes, x + share * unit + 0.04, middle, locale.number(100 * share), colour=QUIET, size=8.5)


def _alt(bars: Sequence[Bar], keys: Sequence[str], locale: Locale) -> str:
    """Say in words what the bars show."""
    sentences = []
    for bar in bars:
        shares = zip(keys, (*bar.scale, *bar.missing), strict=True)
        parts = ", ".join(f"{name} {locale.percent(share)}" for name, share in shares)
        sentences.append(f"{with_base(bar.label, bar.base, locale)}: {parts}.")
    return " ".join(sentences)
