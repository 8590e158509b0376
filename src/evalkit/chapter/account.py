"""The account of a chapter: a page with its claims and the source of its numbers, beside the document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..chapter.fields import Number
from ..i18n import Locale, msg
from ..report.captions import hidden_note
from ..report.links import page_links
from ..report.markup import table_html
from ..report.prose import Heading
from ..report.provenance import provenance
from ..report.render import page_html
from ..report.views import HIDDEN, Column, Row, TableView, Value

if TYPE_CHECKING:
    from ..release import Release
    from .assertions import Checked, Verdict
    from .filling import Chapter, Filled

VERDICTS: dict[Verdict, str] = {
    "borne out": msg("Borne out"),
    "not certain": msg("Borne out by the number, not by the whole interval"),
    "only unweighted": msg("Only without weights"),
    "only in some readings": msg("Only in some readings of the scale"),
    "not borne out": msg("Not borne out"),
    "withheld": msg("Cannot be checked: a number is withheld"),
}
"""What is said of a claim (English; in the catalogue)."""


def account_page(release: Release, chapter: Chapter, language: str, pages: Sequence[tuple[str, str]] = ()) -> str:
    """Return the page that accounts for a chapter: each claim with what became of it, each number with where it stands.

    Parameters
    ----------
    release
        The release that the chapter was filled from.
    chapter
        The filled chapter.
    language
        One of the study's languages.
    pages
        Every page of the report: its name and its notebook's.
    """
    study, locale = release.study, Locale(language)
    views = [claims_view(chapter, locale), numbers_view(chapter, locale)]
    tables = [table_html(view.numbered(number), locale) for number, view in enumerate(views, start=1)]
    headings = [
        Heading(1, locale.text("The chapter"), "content"),
        Heading(2, locale.text("What it claims"), "claims"),
        Heading(2, locale.text("Where its numbers come from"), "numbers"),
    ]
    return page_html(
        "chapter",
        study=study,
        language=language,
        headings=headings,
        links=page_links(pages, study, language),
        current="chapter.html",
        provenance=provenance(study, chapter=chapter.template),
        template=chapter.template,
        opening=_opening(chapter, locale),
        sections=list(zip(headings[1:], tables, strict=True)),
    )


def _opening(chapter: Chapter, locale: Locale) -> list[str]:
    """Say how many numbers and claims there are, and how many of them ask for the author's eye."""
    numbers = sum(isinstance(one.value, Number) for one in chapter.filled)
    doubtful = sum(one.verdict != "borne out" for one in chapter.checked)
    said = [
        locale.plural(
            "{n} number in it is looked up in the release.", "{n} numbers in it are looked up in the release.", numbers
        )
    ]
    said.append(
        locale.plural(
            "{n} claim is checked against them.", "{n} claims are checked against them.", len(chapter.checked)
        )
    )
    if chapter.checked:
        said.append(
            locale.plural(
                "{n} of them does not hold by every choice.",
                "{n} of them do not hold by every choice.",
                doubtful,
            )
            if doubtful
            else locale.text("All of them hold by every choice.")
        )
    if chapter.withheld:
        said.append(locale.plural("{n} number is withheld.", "{n} numbers are withheld.", len(chapter.withheld)))
    return said


def claims_view(chapter: Chapter, locale: Locale) -> TableView:
    """Return the claims of a chapter as a table."""
    text = locale.text
    columns = (
        Column("claim", text("Claim")),
        Column("verdict", text("Verdict")),
        Column("certain", text("Whole interval")),
        Column("weighted", text("With weights")),
        Column("readings", text("By other readings of the scale")),
    )
    rows = tuple(Row(str(n), one.sentence, _claim(one, locale)) for n, one in enumerate(chapter.checked, start=1))
    notes = (
        text(
            "A claim is checked as published, by the 95% interval, with each unit counted by its size, and in each other reading of "
            "a disputed scale. A dash: the choice does not arise."
        ),
    )
    return TableView("chapter_claims", text("The claims of the chapter"), text("Sentence"), columns, rows, notes)


def _claim(one: Checked, locale: Locale) -> tuple[str, ...]:
    readings = "; ".join(f"{label}: {_held(held, locale)}" for label, held in one.readings.items())
    return (
        one.assertion.text,
        locale.text(VERDICTS[one.verdict]),
        _held(one.certain, locale),
        _held(one.weighted, locale),
        readings or _held(None, locale),
    )


def _held(held: bool | None, locale: Locale) -> str:
    if held is None:
        return "\N{EN DASH}"
    return locale.text("holds") if held else locale.text("does not hold")


def numbers_view(chapter: Chapter, locale: Locale) -> TableView:
    """Return the numbers of a chapter as a table, in the order of the document."""
    text = locale.text
    columns = (
        Column("text", text("As it stands")),
        Column("n", text("Number of answers (n)"), "count"),
        Column("table", text("Looked up in")),
    )
    rows = tuple(Row(str(n), one.value.name, _number(one)) for n, one in enumerate(chapter.filled, start=1))
    hides = hidden_note(locale) if chapter.withheld else None
    notes = tuple(filter(None, (hides,)))
    return TableView("chapter_numbers", text("The numbers of the chapter"), text("Field"), columns, rows, notes)


def _number(one: Filled) -> tuple[Value, ...]:
    if isinstance(one.value, Number):
        return (HIDDEN if one.value.hidden else one.text, one.value.n, one.value.table)
    return (one.text, None, getattr(one.value, "target", "study.yml"))
