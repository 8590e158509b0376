"""The questionnaire with the distribution of every answer, and who answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..i18n import Locale
from ..study import TICKED
from .appendix_blocks import Block, Foreign, Heading, Paragraph
from .captions import hidden_note, joined, source_notes
from .distributions import SUM, Answers, shown
from .response import response_table
from .views import Column, Row, TableView, row_link

if TYPE_CHECKING:
    from markupsafe import Markup

    from ..release import Release
    from ..study import Item, Study


class PrintedAnswers(Answers):
    """Answers with the labels of the questionnaire, also where tables call them something else."""

    def answer_label(self, code: str) -> str:
        """Return an answer's label as printed."""
        variable = self.study.codebook.variable(self.questions[0])
        return variable.category_label(code, self.locale.language, printed=True)


def questionnaire(release: Release, locale: Locale) -> Iterator[Block]:
    """Go through the questions in order: the question, what introduces it, how it is printed, its answers, and remarks."""
    study = release.study
    if study.languages[0] != locale.language:
        yield Paragraph(
            locale.text(
                "The questions and answers are translated. Each question stands in the original below its heading."
            ),
            "note",
        )
    published = {publication.item for publication in study.publications if not publication.by}
    for name, item in study.codebook.items.items():
        yield Heading(3, _numbered(item, item.question[locale.language]))
        yield from _original(item, study, locale)
        yield from _intro(item, study, locale)
        if name in published:
            yield answers_view(PrintedAnswers(release.table(name), study, locale))
        if item.note:
            yield Paragraph(item.note[locale.language], "note")


def _numbered(item: Item, question: str) -> str:
    return question if item.number is None else f"{item.number}. {question}"


def _intro(item: Item, study: Study, locale: Locale) -> Iterator[Block]:
    """Give the sentence that stands before a question."""
    if item.intro is None:
        return
    yield Paragraph(locale.text("Before the question stands:"), "lead")
    yield Paragraph(item.intro[locale.language], "quote")
    if study.languages[0] != locale.language:
        yield Paragraph(Foreign(item.intro[study.languages[0]], study.languages[0]), "quote")


def _original(item: Item, study: Study, locale: Locale) -> Iterator[Block]:
    """Say how a question stands in the original: where this is a translation, and where it is printed differently."""
    original = study.languages[0]
    if original != locale.language:
        yield Paragraph(Foreign(item.question[original], original), "quote")
    for language, printed in (item.as_printed or {}).items():
        words = Foreign(printed, language) if language != locale.language else printed
        yield Paragraph(locale.text("Printed as:"), "lead")
        yield Paragraph(words, "quote")


def answers_view(answers: Answers) -> TableView:
    """Return every answer to a question with its share and number; for several questions, a row each.

    Parameters
    ----------
    answers
        To an item, in all.
    """
    locale = answers.locale
    columns, rows, stub = _boxes(answers) if answers.table.stack else _answers(answers)
    view = TableView(f"questionnaire_{answers.table.id}", answers.label, stub, columns, rows)
    notes = joined(
        locale.text("Per cent of everyone who answered the survey. Figures are rounded and need not add up to 100.")
        if not answers.ticks
        else locale.text(
            "Per cent of everyone who answered the survey. A box that is not ticked: none, or not answered."
        ),
        hidden_note(locale) if view.hides else None,
        source_notes(answers.study, locale, population=False),
    )
    return TableView(view.id, view.title, stub, columns, rows, notes)


Parts = tuple[tuple[Column, ...], tuple[Row, ...], str]


def _answers(answers: Answers) -> Parts:
    locale, question = answers.locale, answers.questions[0]
    columns = (
        Column("percent", locale.text("Per cent"), "percent"),
        Column("count", locale.text("Number of answers"), "count"),
    )
    rows = [
        Row(
            code,
            answers.answer_label(code),
            (answers.percent(question, (), code), shown(answers.count(question, (), code))),
        )
        for code in answers.codes
    ]
    base = answers.base(question, ())
    return (
        columns,
        (*rows, Row(SUM, locale.text("All"), (1.0 if base else None, shown(base)), total=True)),
        locale.text("Answer"),
    )


def _boxes(answers: Answers) -> Parts:
    """Return the rows of a battery with the share of each answer, or tick boxes with how many ticked them."""
    locale = answers.locale
    codes = (TICKED,) if answers.ticks else answers.codes
    columns = [Column(code, f"{answers.answer_label(code)} (%)", "percent") for code in codes]
    if answers.ticks:
        columns.append(Column("count", locale.text("Number of ticks"), "count"))
    columns.append(Column("n", locale.text("Number of answers (n)"), "count"))
    rows = []
    for question in answers.questions:
        ticks = (shown(answers.count(question, (), TICKED)),) if answers.ticks else ()
        shares = (answers.percent(question, (), code) for code in codes)
        rows.append(
            Row(question, answers.question_label(question), (*shares, *ticks, shown(answers.base(question, ()))))
        )
    stub = locale.text("Alternative") if answers.ticks else locale.text("Statement")
    return tuple(columns), tuple(rows), stub


def response(release: Release, locale: Locale) -> Iterator[Block]:
    """Say how many answered, in all and by unit."""
    view = _response_view(release, locale)
    if view is None:
        return
    yield from (Paragraph(said) for said in answered(release, locale))
    if release.study.plan.base_note:
        yield Paragraph(release.study.plan.base_note[locale.language], "note")
    yield view


def answered(release: Release, locale: Locale) -> Iterator[str]:
    """Say how many answered, where the table of response by unit shows it."""
    view = _response_view(release, locale)
    said = how_many_answered(release, locale, lambda text: row_link(text, view.id, SUM)) if view else ""
    if said:
        yield said


def _response_view(release: Release, locale: Locale) -> TableView | None:
    study = release.study
    if study.base is None or study.frame is None or study.unit is None:
        return None
    return response_table(release.response(study.unit), study, locale)


def how_many_answered(release: Release, locale: Locale, linked: Callable[[str], Markup]) -> str:
    """Return how many answered, and what share that is of each number that the study gives; nothing where it is not known.

    Parameters
    ----------
    release, locale
        The protected tables of a study, and the language.
    linked
        Makes a number a link to the row in which it stands.
    """
    plan, base, answered = release.study.plan, release.study.base, release.response().count()
    if answered is None:
        return ""
    number = linked(locale.number(answered))
    if not base:
        return locale.text("{n} answered.", n=number)
    values = {
        "answered": number,
        "rate": linked(locale.percent(answered / base, 2)),
        "base": linked(locale.number(base)),
    }
    if not plan.invited or plan.invited == base:
        return locale.text("{answered} answered. That is {rate} of {base}.", **values)
    return locale.text(
        "{answered} answered. That is {rate} of {base}, over which the source gives its rate, and {other} of the "
        "{invited} invited.",
        **values,
        other=locale.percent(answered / plan.invited, 2),
        invited=locale.number(plan.invited),
    )
