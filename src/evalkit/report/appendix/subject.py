"""What the study is about: measures, actors, goals and ambitions, literature."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...i18n import Locale
from ...release import Release
from ...study.appendices import Actors, Crosswalk, Literature, Measures, NamedWork
from ..views import Column, Row, TableView
from .blocks import Block, Foreign, Heading, Point, Points, References

STYLE = Path(__file__).parent / "reports.csl"
"""Author (year). Title. Publisher, place. Series and number: as public reports in Norwegian print them."""
LOCALES = {"nb": "nb-NO", "en": "en-GB"}


def measures(found: Measures, release: Release, locale: Locale) -> Iterator[Block]:
    """List the measures: new, or set up before and attached."""
    language, options = locale.language, release.study.codebook.item(found.item).options
    rows = []
    for measure in found.measures:
        note = measure.note[language] if measure.note else None
        label = options[measure.option].label(language)
        rows.append(Row(measure.option, label, (found.statuses[measure.status][language], note)))
    columns = Column("status", locale.text("Status")), Column("note", locale.text("Remark"))
    title = locale.text("Measures of the strategy")
    yield TableView("measures_status", title, locale.text("Measure"), columns, tuple(rows))


def actors(found: Actors, release: Release, locale: Locale) -> Iterator[Block]:
    """List who has a role in the strategy."""
    language = locale.language
    rows = tuple(Row(actor.id, actor.name[language], (actor.role[language],)) for actor in found.actors)
    columns, title = (Column("role", locale.text("Role")),), locale.text("Actors and their roles")
    yield TableView("actors", title, locale.text("Actor"), columns, rows)


def crosswalk(found: Crosswalk, release: Release, locale: Locale) -> Iterator[Block]:
    """Set the goals of the questionnaire beside the ambitions that an interview guide quotes."""
    language, item = locale.language, release.study.codebook.item(found.item)
    rows = tuple(
        Row(pair.goal, item.items[pair.goal].label(language), (pair.ambition[language], pair.basis[language]))
        for pair in found.pairs
    )
    ambition = Column("ambition", locale.text("Ambition in the interview guide"))
    columns = ambition, Column("basis", locale.text("Paired by"))
    title = locale.text("Goals of the questionnaire and ambitions of the interview guide")
    stub = locale.text("Goal in question {number}", number=item.number or "")
    yield TableView("crosswalk", title, stub, columns, rows, (found.note[language],))


def literature(found: Literature, release: Release, locale: Locale) -> Iterator[Block]:
    """List the literature in the source's order, each work in its language, then those that the source names without listing."""
    original, entries = release.study.languages[0], []
    for entry, work in zip(bibliography(found, original), found.entries, strict=True):
        language = work.csl.language or original
        entries.append(entry if language == locale.language else Foreign(entry, language))
    yield References(tuple(entries))
    if found.named_only:
        yield Heading(2, locale.text("Named without being listed"))
        yield Points(tuple(_named(work, original, locale) for work in found.named_only))


def _named(work: NamedWork, original: str, locale: Locale) -> Point:
    """Return a work that is named without being listed: its name in its language, and under it what is known of it."""
    name = f"{work.name} ({work.by})" if work.by else work.name
    note = Point(f"{work.note[locale.language]}")
    return Point(name if original == locale.language else Foreign(name, original), None, (note,))


def bibliography(literature: Literature, language: str) -> tuple[str, ...]:
    """Return the entries of a list of literature, in its order, each as a line of text.

    Parameters
    ----------
    literature
        The list, with its CSL data.
    language
        The language of the few words that the citation processor adds.
    """
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON

    style = CitationStylesStyle(str(STYLE), locale=LOCALES[language], validate=False)
    works = CitationStylesBibliography(style, CiteProcJSON(literature.csl_json()), formatter.plain)
    for work in literature.entries:
        works.register(Citation([CitationItem(work.csl.id)]))
    # A citation processor writes 'and others' only from a number of authors; here the list says it itself, as an author.
    return tuple(str(entry).replace("; m.fl.", " m.fl.") for entry in works.bibliography())
