"""The pages of a report: where they are, what they are called and what they answer, as their notebooks say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import TranslationError
from ..i18n import Locale, cell_language
from ..study import Study, project_root
from .captions import within

CHAPTER = "chapter"
"""The name of the page that accounts for the author's chapter; no notebook makes it."""


@dataclass(frozen=True)
class Link:
    """A page or a file: where it is, what it is called, and what it answers or holds."""

    href: str
    title: str
    about: str = ""


def page_links(pages: Sequence[tuple[str, str]], study: Study, language: str) -> list[Link]:
    """Return a link a page, the first page first.

    Parameters
    ----------
    pages
        Names of pages and of the notebooks they are made from; a page made once an outcome is called `<notebook>-<outcome>`.
    study, language
        For the outcomes' labels.
    """
    locale = Locale(language)
    first = [Link("index.html", locale.text("Main findings"))] if pages else []
    return first + [_link(name, notebook, study, locale) for name, notebook in pages]


def _link(name: str, notebook: str, study: Study, locale: Locale) -> Link:
    if name == CHAPTER:
        about = locale.text("Does what the chapter says hold, and where does each number in it come from?")
        return Link(f"{CHAPTER}.html", locale.text("The chapter"), about)
    title, about = _opening(project_root() / "notebooks" / f"{notebook}.ipynb", locale)
    outcome = name.removeprefix(notebook).removeprefix("-")
    if outcome in study.codebook.variables:
        title = f"{study.codebook.variable(outcome).label(locale.language)}: {within(title)}"
    return Link(f"{name}.html", title, about)


def _opening(path: Path, locale: Locale) -> tuple[str, str]:
    """Return the first heading of a notebook and the paragraph after it; its name where it has none."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path.exists() else []
    here = [
        cell for cell in cells if cell["cell_type"] == "markdown" and cell_language(cell) in (None, locale.language)
    ]
    cell = next((cell for cell in here if "".join(cell["source"]).startswith("# ")), None)
    if cell is None:
        return path.stem, ""
    source = "".join(cell["source"])
    try:
        text = source if cell_language(cell) else locale.text(source)
    except TranslationError:
        text = source  # the page itself stops the build with every text that lacks a translation
    heading, _, rest = text.partition("\n")
    return heading.removeprefix("# ").strip(), rest.strip().partition("\n\n")[0].replace("\n", " ")
