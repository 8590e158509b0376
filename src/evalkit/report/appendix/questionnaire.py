"""The questionnaire with the distribution of every answer, and who answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from markupsafe import Markup

from ...i18n import Locale, msg
from ...release import Release
from ...study import NOT_ASKED, TICKED, Appendices
from ..captions import base_note, routing_note, withheld_note
from ..distributions import SUM, Answers, answer_rows, shown
from ..views import Column, Row, TableView, row_link
from .blocks import Block, Foreign, Heading, Paragraph, quoted_original

TRANSLATED = msg("The questions and answers are translated. Each question stands in the original below its heading.")
Parts = tuple[str, tuple[Column, ...], tuple[Row, ...]]
"""The heading of the row headers, columns and rows of a table."""


class PrintedAnswers(Answers):
    """Answers with the labels of the questionnaire, also where tables call them something else."""

    def answer_label(self, code: str) -> str:
        """Return an answer's label as printed."""
        variable = self.study.codebook.variable(self.questions[0])
        return variable.category_label(code, self.locale.language, printed=True)


def questionnaire(found: Appendices, release: Release, locale: Locale) -> Iterator[Block]:
    """Go through the questions in order: the question, what introduces it, how it is printed, its answers, and remarks."""
    study, language, original = release.study, locale.language, release.study.languages[0]
    if original != language:
        yield Paragraph(locale.text(TRANSLATED), "note")
    published = {publication.item for publication in study.publications if not publication.by}
    for name, item in study.codebook.items.items():
        if item.derived:
            continue
        question = item.question[language]
        yield Heading(3, question if item.number is None else f"{item.number}. {question}")
        yield from quoted_original(item.question, original, locale)
        yield from (Paragraph(text, "note") for text in routing_note(item, study, locale))
        for printed_in, words in (item.as_printed or {}).items():
            yield Paragraph(locale.text("Printed as:"), "lead")
            yield Paragraph(Foreign(words, printed_in) if printed_in != language else words, "quote")
        if item.intro is not None:
            yield Paragraph(locale.text("Before the question stands:"), "lead")
            yield Paragraph(item.intro[language], "quote")
            yield from quoted_original(item.intro, original, locale)
        if name in published:
            answers = PrintedAnswers(release.table(name), study, locale)
            withheld = withheld_note(answers.table, answers.label, locale)
            yield answers_view(answers) if withheld is None else Paragraph(withheld, "note")
        if item.note:
            yield Paragraph(item.note[language], "note")


def answers_view(answers: Answers) -> TableView:
    """Return every answer to a question with its share and number; for several questions, a row each.

    Parameters
    ----------
    answers
        To an item, in all.
    """
    locale, text = answers.locale, answers.locale.text
    stub, columns, rows = _by_question(answers) if answers.table.stack else _by_answer(answers)
    view = TableView(f"questionnaire_{answers.table.id}", answers.label, locale.text(stub), columns, rows)
    if answers.item.asked_if:
        base = base_note(answers.item, locale)
    elif answers.ticks:
        base = text("Per cent of everyone who answered the survey. A box that is not ticked: none, or not answered.")
    else:
        base = text("Per cent of everyone who answered the survey. Figures are rounded and need not add up to 100.")
    return view.noted(answers.study, locale, base, population=False)


def _by_answer(answers: Answers) -> Parts:
    columns, rows = answer_rows(answers)
    return msg("Answer"), columns, tuple(row for row in rows if not row.sum and row.key != NOT_ASKED)


def _by_question(answers: Answers) -> Parts:
    """Return the rows of a battery with the share of each answer, or tick boxes with how many ticked them."""
    locale, ticks = answers.locale, answers.ticks
    codes = (TICKED,) if ticks else answers.codes
    columns = [Column(code, f"{answers.answer_label(code)} (%)", "percent") for code in codes]
    columns += [Column("count", locale.text("Number of ticks"), "count")] if ticks else []
    columns.append(Column("n", locale.text("Number of answers (n)"), "count"))
    rows = []
    for question in answers.questions:
        values = [answers.percent(question, (), code) for code in codes]
        values += [answers.counted(question, [TICKED])] if ticks else []
        values.append(shown(answers.base(question, ())))
        rows.append(Row(question, answers.question_label(question), tuple(values)))
    return msg("Alternative") if ticks else msg("Statement"), tuple(columns), tuple(rows)


def response(found: Appendices, release: Release, locale: Locale) -> Iterator[Block]:
    """Say how many answered, in all and by unit."""
    for view in _response_views(release, locale):
        yield from (Paragraph(said) for said in answered(release, locale))
        if release.study.plan.base_note:
            yield Paragraph(release.study.plan.base_note[locale.language], "note")
        yield view


def answered(release: Release, locale: Locale) -> Iterator[str]:
    """Say how many answered, where the table of response by unit shows it."""
    for view in _response_views(release, locale):
        said = how_many_answered(release, locale, partial(row_link, table=view.id, row=SUM))
        yield from (said,) if said else ()


def _response_views(release: Release, locale: Locale) -> Iterator[TableView]:
    """Return the table of response by unit, where the frame knows the units."""
    study = release.study
    if study.base is not None and study.frame is not None and study.unit is not None:
        from ...estimate import response_rates
        from ..present import result_of
        from ..present.response import response_table

        yield response_table(result_of(response_rates(release, by=study.unit), study, locale), study.unit)


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
    values: dict[str, str] = {"answered": number, "base": linked(locale.number(base))}
    values["rate"] = linked(locale.percent(answered / base, 2))
    if not plan.invited or plan.invited == base:
        return locale.text("{answered} answered. That is {rate} of {base}.", **values)
    values |= {"other": locale.percent(answered / plan.invited, 2), "invited": locale.number(plan.invited)}
    return locale.text(
        "{answered} answered. That is {rate} of {base}, over which the source gives its rate, and {other} of the "
        "{invited} invited.",
        **values,
    )
