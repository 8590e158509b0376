"""The pages of units: one each, in the unit's own name, and an index that leads to them and to their documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..i18n import Locale
from ..study import Study
from .captions import within
from .links import Link
from .prose import Heading
from .render import page_html, render_page


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
