"""The first page: headline figures with their intervals, what each page answers, and the files to use elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..i18n import Locale
from .distributions import Answers
from .headlines import headlines_html
from .links import Link, page_links
from .prose import Heading
from .provenance import provenance
from .render import page_html

if TYPE_CHECKING:
    from ..release import Release


def index_page(release: Release, language: str, pages: Sequence[tuple[str, str]] = ()) -> str:
    """Return the first page of a report.

    Parameters
    ----------
    release
        The protected tables of a study.
    language
        One of the study's languages.
    pages
        Every page of the report: its name and its notebook's.
    """
    study, locale = release.study, Locale(language)

    def answers(variable: str) -> Answers:
        return Answers(release.table(study.codebook.variable(variable).item_id), study, locale)

    headlines, _ = headlines_html(answers, study, locale, _page_of_answers(pages))
    links = page_links(pages, study, language)
    return page_html(
        "index",
        study=study,
        language=language,
        headings=[Heading(1, locale.text("Main findings"), "content")],
        links=links,
        current="index.html",
        downloads=_downloads(locale),
        provenance=provenance(study),
        headlines=headlines,
        answered=[link for link in links if link.href != "index.html"],
        rates=_rates(release, locale),
        tables=[Link(f"tables/{table.id}.csv", table.id) for table in release.tables.values()],
    )


def _page_of_answers(pages: Sequence[tuple[str, str]]) -> str:
    """Return the page on which the tables of answers stand, the second notebook's; none where there is no such page."""
    return next((f"{name}.html" for name, notebook in pages if notebook.startswith("02_")), "")


def _rates(release: Release, locale: Locale) -> list[str]:
    """Return how many answered, and the rate over each number that the study gives."""
    study, count = release.study, release.response().count()
    if count is None:
        return []
    rates = [locale.text("{n} answered.", n=locale.number(count))]
    for number in dict.fromkeys(n for n in (study.base, study.plan.invited) if n):
        share, people = locale.percent(count / number, 1), locale.number(number)
        rates.append(locale.text("{share} of {people}.", share=share, people=people))
    if study.plan.base_note:
        rates.append(study.plan.base_note[locale.language])
    return rates


def _downloads(locale: Locale) -> list[Link]:
    return [
        Link("appendix.docx", locale.text("The appendices for Word"), "DOCX"),
        Link("appendix.xlsx", locale.text("The tables for Excel"), "XLSX"),
    ]
