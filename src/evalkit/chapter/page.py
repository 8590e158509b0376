"""The page beside a chapter: its claims with what became of each, and the source of its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..i18n import Locale, msg
from ..release import Release
from ..report.captions import hidden_note
from ..report.markup import table_html
from ..report.prose import Heading
from ..report.render import CHAPTER, page_html, page_links, provenance
from ..report.views import HIDDEN, Column, Row, TableView, Value
from .claims import Checked, Verdict
from .fields import Number
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
DASH = "\N{EN DASH}"


def chapter_page(release: Release, chapter: Chapter, language: str, pages: Sequence[tuple[str, str]] = ()) -> str:
    """Return the page about a chapter: each claim with what became of it, each number with where it stands.

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
    study, locale, template = release.study, Locale(language), chapter.template
    headings = [
        Heading(1, locale.text("The chapter"), "content"),
        Heading(2, locale.text("What it claims"), "claims"),
        Heading(2, locale.text("Where its numbers come from"), "numbers"),
    ]
    views = (claims_view(chapter, locale), numbers_view(chapter, locale))
    tables = [table_html(view.numbered(number), locale) for number, view in enumerate(views, start=1)]
    return page_html(
        CHAPTER,
        study=study,
        language=language,
        headings=headings,
        links=page_links(pages, study, language),
        current=f"{CHAPTER}.html",
        provenance=provenance(study, chapter=template),
        template=template.name,
        opening=list(_opening(chapter, locale)),
        sections=list(zip(headings[1:], tables, strict=True)),
    )


def _opening(chapter: Chapter, locale: Locale) -> Iterator[str]:
    """Say how many numbers and claims there are, what asks for the author's eye, and what was not checked."""
    plural, checked = locale.plural, chapter.checked
    numbers = sum(isinstance(one.value, Number) for one in chapter.filled)
    yield plural(
        "{n} number in it is looked up in the release.", "{n} numbers in it are looked up in the release.", numbers
    )
    yield plural("{n} claim is checked against them.", "{n} claims are checked against them.", len(checked))
    doubtful = sum(one.verdict != "borne out" for one in checked)
    if doubtful:
        yield plural("{n} of them does not hold by every choice.", "{n} of them do not hold by every choice.", doubtful)
    elif checked:
        yield locale.text("All of them hold by every check that was made.")
    yield from _unasked(checked, locale)
    if chapter.withheld:
        yield plural("{n} number is withheld.", "{n} numbers are withheld.", len(chapter.withheld))


def _unasked(checked: Sequence[Checked], locale: Locale) -> Iterator[str]:
    """Say of how many claims each check was not made."""
    number, plural = Counter(name for one in checked for name in one.unasked), locale.plural
    if n := number["interval"]:
        yield plural("{n} claim is not checked by an interval.", "{n} claims are not checked by an interval.", n)
    if n := number["weights"]:
        yield plural("{n} claim is not checked with weights.", "{n} claims are not checked with weights.", n)
    if n := number["readings"]:
        yield plural(
            "{n} claim is not checked by another reading of a scale.",
            "{n} claims are not checked by another reading of a scale.",
            n,
        )


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
    note = text(
        "A claim is checked as published, by the 95% interval, with the answers weighted to the population, and in each other reading of "
        "a disputed scale. A dash: not checked, as the choice does not arise."
    )
    return TableView("chapter_claims", text("The claims of the chapter"), text("Sentence"), columns, rows, (note,))


def _claim(one: Checked, locale: Locale) -> tuple[str, ...]:
    readings = "; ".join(f"{label}: {_held(held, locale)}" for label, held in one.readings.items())
    certain = _held(one.certain, locale, whole="interval" not in one.unasked)
    weighted = _held(one.weighted, locale, whole="weights" not in one.unasked)
    return one.claim.text, locale.text(VERDICTS[one.verdict]), certain, weighted, readings or DASH


def _held(held: bool | None, locale: Locale, *, whole: bool = True) -> str:
    if held is None:
        return DASH
    if held and not whole:
        return locale.text("holds where it is checked")
    return locale.either("holds", "does not hold", held)


def numbers_view(chapter: Chapter, locale: Locale) -> TableView:
    """Return the numbers of a chapter as a table, in the order of the document."""
    text = locale.text
    columns = (
        Column("text", text("As it stands")),
        Column("n", text("Number of answers (n)"), "count"),
        Column("table", text("Looked up in")),
    )
    rows = tuple(Row(str(n), one.value.name, _number(one)) for n, one in enumerate(chapter.filled, start=1))
    notes = (hidden_note(locale),) if chapter.withheld else ()
    return TableView("chapter_numbers", text("The numbers of the chapter"), text("Field"), columns, rows, notes)


def _number(one: Filled) -> tuple[Value, ...]:
    if isinstance(one.value, Number):
        return HIDDEN if one.value.hidden else one.text, one.value.n, one.value.table
    return one.text, None, getattr(one.value, "target", "study.yml")
