"""Ordinal answers as diverging stacked bars: low answers to the left of the middle, high ones to the right, 'Vet ikke' apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import UsageError
from .captions import joined, question_note, source_notes, titled
from .distributions import Answers
from .drawing import as_svg, drawn, png_maker
from .views import FigureView

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..i18n import Locale

LEAST_LABELLED = 0.055
"""Shares below this have no room for their number in the bar; it stands in the table."""


@dataclass(frozen=True)
class Bar:
    """One bar: its label, base, and the shares low to high and missing; None where hidden."""

    label: str
    base: int | None
    scale: tuple[float | None, ...]
    missing: tuple[float | None, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing of it is hidden."""
        return self.base is not None and None not in (*self.scale, *self.missing)


def likert_view(answers: Answers, number: int | None = None) -> FigureView:
    """Return the answers to an ordinal item as diverging bars, a bar a group or a row of a battery.

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
    labels = [answers.answer_label(code) for code in scale.codes]
    missing_labels = [answers.answer_label(code) for code in missing]
    title = titled(answers.label, answers.table.groups, study, locale)
    alt = _alt(bars, labels, missing_labels, locale)

    def draw() -> Figure:
        return _drawn(bars, labels, missing_labels, locale)

    with drawn(1):
        svg = as_svg(draw(), answers.table.id, title, alt)
    caption = joined(
        question_note(answers.item, locale),
        locale.text(
            "Per cent of everyone who answered the survey (n). Bars of groups that are not shown are left out."
        ),
        source_notes(study, locale),
    )
    return FigureView(answers.table.id, title, alt, caption, svg, png_maker(draw), number)


def _bars(answers: Answers, codes: tuple[str, ...], missing: list[str]) -> list[Bar]:
    def bar(label: str, question: str, group: tuple[str, ...]) -> Bar:
        return Bar(
            label,
            answers.base(question, group),
            tuple(answers.share(question, group, code) for code in codes),
            tuple(answers.share(question, group, code) for code in missing),
        )

    everybody = answers.everybody()
    bars = [
        bar(answers.question_label(q) if answers.table.stack else answers.locale.text("All"), q, everybody)
        for q in answers.questions
    ]
    if answers.table.groups and not answers.table.stack:
        for dim in answers.table.groups[-1:]:
            bars += [bar(answers.group_label(dim, code), answers.questions[0], (code,)) for code in answers.groups(dim)]
    return [b for b in bars if b.complete and b.base]


def _drawn(bars: list[Bar], labels: list[str], missing_labels: list[str], locale: Locale) -> Figure:
    with drawn(1.15 + 0.34 * len(bars)) as figure:
        return figure


def _alt(bars: list[Bar], labels: list[str], missing_labels: list[str], locale: Locale) -> str:
    """Say in words what the bars show."""
    sentences = []
    for bar in bars:
        parts = [
            f"{label} {locale.percent(share or 0)}"
            for label, share in zip((*labels, *missing_labels), (*bar.scale, *bar.missing), strict=True)
        ]
        n = locale.number(bar.base or 0)
        sentences.append(f"{bar.label} (n = {n}): {', '.join(parts)}.")
    return " ".join(sentences)
