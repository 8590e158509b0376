"""First pages: what was found, headline figures with their intervals, what each page answers, and the files to use elsewhere; and units' own.

A unit has a page in its own name, and an index leads to these and to their documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from markupsafe import Markup, escape

from ..errors import EstimationError
from ..estimate import proportions
from ..i18n import Locale
from ..ordinal import avg_comparisons, fit_clm
from ..release import Release
from ..study import Question, Study
from .appendix.questionnaire import how_many_answered
from .captions import protection_note, within
from .markup import figure_html, reading_html
from .present import presenter_of, result_of
from .present.headlines import headlines_html
from .prose import Heading
from .render import CHAPTER, Link, page_html, page_links, provenance, render_page
from .views import FigureView, row_link


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
    found = result_of(proportions(release, study.headlines), study, locale)
    links = page_links(pages, study, language)
    return page_html(
        "index",
        study=study,
        language=language,
        headings=[Heading(1, locale.text("Main findings"), "content")],
        links=links,
        current="index.html",
        chapter=(CHAPTER, CHAPTER) in pages,
        provenance=provenance(study),
        headlines=headlines_html(found, _page(pages, "02_")),
        answered=[link for link in links if link.href != "index.html"],
        findings=reading_html(list(_findings(release, locale, pages))),
        compared=_compared(release, locale),
        rates=_rates(release, locale, _page(pages, "01_")),
        protection=protection_note(release, locale),
        tables=list(release.tables),
    )


def _page(pages: Sequence[tuple[str, str]], prefix: str) -> str:
    """Return the page of the notebook whose name begins so; none where there is no such page."""
    return next((f"{name}.html" for name, notebook in pages if notebook.startswith(prefix)), "")


def _findings(release: Release, locale: Locale, pages: Sequence[tuple[str, str]]) -> Iterator[Markup]:
    """Say of each outcome how far apart the units lie, and which groups differ when all else is equal; numbers lead to their pages."""
    study = release.study
    for outcome in study.outcomes:
        about = next((f"{name}.html" for name, _ in pages if name.endswith(f"-{outcome}")), "")
        found = [(_shares(release, [outcome]), _page(pages, "02_"))] if study.units else []
        with suppress(EstimationError):
            model = fit_clm(study.formula(outcome), release)
            found.append((avg_comparisons(model, study.compared, categories=study.high(outcome)), about))
        for what, page in found:
            result = result_of(what, study, locale)
            for sentence in presenter_of(result.kind).sentences(result):
                said = str(escape(sentence))
                yield Markup(said.replace('href="#', f'href="{page}#') if page else re.sub("</?a[^>]*>", "", said))


def _compared(release: Release, locale: Locale) -> Markup:
    """Return a chart of the outcomes by unit, or by all groups of a study without units; nothing where there is neither."""
    if not (release.study.outcomes and release.study.groups):
        return Markup("")
    result = result_of(_shares(release, release.study.outcomes), release.study, locale)
    parts = presenter_of(result.kind).parts(result)
    return Markup("").join(figure_html(part, locale) for part in parts if isinstance(part, FigureView))


def _shares(release: Release, outcomes: Sequence[str]) -> Any:
    asked = [Question("", outcome) for outcome in outcomes]
    groups = release.study.units or release.study.groups
    return proportions(release, asked, by=groups, categories="high")


def _rates(release: Release, locale: Locale, page: str) -> list[str]:
    """Return how many answered, and the rate over each number that the study gives, linked to the page of response."""

    def linked(text: str) -> Markup:
        return row_link(text, "response_rates", "RR2", page) if page and release.study.base else escape(text)

    note = release.study.plan.base_note
    said = (how_many_answered(release, locale, linked), note[locale.language] if note else "")
    return [text for text in said if text]


def unit_page(notebook: Any, study: Study, language: str, code: str) -> str:
    """Return the executed notebook of a unit as a page that has the unit's name.

    Parameters
    ----------
    notebook
        Executed, with the parameter `unit`; its first heading gives way to the name.
    study, language
        Whose it is, and in what language.
    code
        The unit's.
    """
    name = study.codebook.variable(study.side_of(code)).category_label(code, language)
    notebook.cells[0].source = re.sub(r"^# .*", lambda _: f"# {name}", notebook.cells[0].source)
    return render_page(
        notebook, study=study, language=language, name=code, above=[Link("index.html", _title(study, language))]
    )


def units_page(study: Study, language: str, codes: Sequence[str], *, report: bool) -> str:
    """Return the index of units.

    Parameters
    ----------
    study, language
        Whose they are, and in what language.
    codes
        The units that have a page.
    report
        Whether the report stands beside them, so that the index leads back to it.
    """
    names = {code: study.codebook.variable(study.side_of(code)).category_label(code, language) for code in codes}
    return page_html(
        "units",
        study=study,
        language=language,
        headings=[Heading(1, _title(study, language), "content")],
        links=[Link("../index.html", Locale(language).text("Main findings"))] if report else [],
        units=[Link(code, name) for code, name in names.items()],
    )


def _title(study: Study, language: str) -> str:
    locale, item = Locale(language), study.codebook.items.get(str(study.unit))
    short = item.label if item else None
    if short is None:
        return locale.text("Unit by unit")
    return locale.text("{unit} by {within}", unit=short[language], within=within(short[language]))
