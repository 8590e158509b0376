"""The parts of a report: a page from a notebook, the first page, the files to use elsewhere, and the author's chapter.

Each is made by a function of the release, the task, the language, the names of all pages and the folder to write to; it returns
what the manifest says of the part besides its files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..errors import BuildError
from ..places import STUDY_FOLDER
from ..release import Release, load_release
from ..slim import nbformat
from ..study import load_study
from .manifest import UNIT_PAGE
from .notebook import Task, run_notebook

INDEX, FILES, CHAPTER = "index", "files", "chapter"
"""The parts that no notebook makes."""
Pages = Sequence[tuple[str, str]]
"""Every page of a report: its name and its notebook's."""


def make_release(study: Path) -> tuple[int, int]:
    """Make the responses and the release, so that all parts find them ready; return how many counts are hidden, and of how many."""
    tables = load_release(load_study(study)).tables.values()
    return sum(table.hidden for table in tables), sum(len(table.cells) for table in tables)


def make_part(task: Task, study: Path, language: str, pages: Pages, folder: Path) -> dict[str, Any]:
    """Write a part of the report of a study to `folder/pages` and return what the manifest says of it besides."""
    release = load_release(load_study(study))
    os.environ[STUDY_FOLDER] = f"{release.study.name}={study}"
    (folder / "pages").mkdir(parents=True)
    make: Callable[..., dict[str, Any] | None]
    if task.notebook is None:
        make = {INDEX: _index, FILES: _files, CHAPTER: _chapter}[task.name]
    else:
        make = _unit if task.notebook.stem == UNIT_PAGE else _notebook
    return make(release, task, language, pages, folder / "pages") or {}


def _notebook(release: Release, task: Task, language: str, pages: Pages, folder: Path) -> dict[str, Any]:
    from ..report import render_page
    from ..report.views import NUMBERS, PAGE, read_numbers

    (folder / "notebooks").mkdir()
    os.environ[PAGE] = str(1 + [name for name, _ in pages].index(task.name))
    executed = run_notebook(task, language=language, artifacts=folder, kernel=folder.parent / "kernel")
    nbformat.write(executed, folder / "notebooks" / f"{task.name}.ipynb")
    html = render_page(executed, study=release.study, language=language, name=task.name, pages=pages, files=folder)
    (folder / f"{task.name}.html").write_text(html, encoding="utf-8")
    numbers = read_numbers(folder)
    (folder / NUMBERS).unlink(missing_ok=True)
    return {"numbers": numbers}


def _unit(release: Release, task: Task, language: str, _pages: Pages, folder: Path) -> None:
    """Write a unit's page, beside the document that its notebook writes."""
    from ..report import unit_page

    executed = run_notebook(task, language=language, artifacts=folder, kernel=folder.parent / "kernel")
    html = unit_page(executed, release.study, language, task.name)
    (folder / f"{task.name}.html").write_text(html, encoding="utf-8")


def _index(release: Release, _task: Task, language: str, pages: Pages, folder: Path) -> None:
    from ..report import index_page

    (folder / "index.html").write_text(index_page(release, language, pages), encoding="utf-8")


def _files(release: Release, task: Task, language: str, _pages: Pages, folder: Path) -> None:
    """Write the workbook, the document, the slides, and the index of tables that the attacker reads."""
    from ..report import write_document, write_slides, write_tables, write_workbook

    write_tables(release, folder, language)
    write_workbook(release, folder / "appendix.xlsx", language, task.parameters["numbers"])
    write_document(release, folder / "appendix.docx", language, task.parameters["numbers"])
    write_slides(release, folder / "slides.pptx", language, task.parameters["numbers"])


def _chapter(release: Release, _task: Task, language: str, pages: Pages, folder: Path) -> dict[str, Any]:
    """Fill the author's chapter, and write it with the page that accounts for it."""
    from ..chapter import chapter_page, fill_chapter

    template = release.study.chapter(language)
    if template is None:
        raise BuildError("there is no chapter", where=release.study.name, expected=f"chapter.{language}.docx")
    chapter = fill_chapter(release, template, language)
    (folder / "chapter.docx").write_bytes(chapter.content)
    (folder / "chapter.html").write_text(chapter_page(release, chapter, language, pages), encoding="utf-8")
    return {"record": chapter.record(), "warnings": list(chapter.warnings)}
