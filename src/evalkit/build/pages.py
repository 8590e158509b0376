"""The jobs of a report: a page from a notebook, the first page, and the files to use elsewhere."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import BuildError
from ..places import STUDY_FOLDER
from ..slim import nbformat
from .notebook import Task, run_notebook


def write_notebook_page(
    study: Path, language: str, task: Task, pages: Sequence[tuple[str, str]], staging: Path
) -> dict[str, Any]:
    """Run a task's notebook and write its page, its executed copy, its tables and its figures to `staging/<task>/pages`.

    Parameters
    ----------
    study
        The study's folder.
    language
        The page's language.
    task
        What to run.
    pages
        Every page of the report: its name and its notebook's.
    staging
        Where to work; what the kernel opened is left in `staging/<task>/reads.json`.

    Returns
    -------
    dict
        What the manifest says of the task besides its files.
    """
    from ..report import render_page
    from ..study import load_study

    loaded = load_study(study)
    os.environ[STUDY_FOLDER] = f"{loaded.name}={study}"
    folder = staging / task.name
    target = folder / "pages"
    (target / "notebooks").mkdir(parents=True)
    executed = run_notebook(
        task, language=language, artifacts=target, reads=folder / "reads.json", failed=folder / "failed.ipynb"
    )
    nbformat.write(executed, target / "notebooks" / f"{task.name}.ipynb")
    html = render_page(executed, study=loaded, language=language, name=task.name, pages=pages)
    (target / f"{task.name}.html").write_text(html, encoding="utf-8")
    return {"claims": _claims(target / "claims.jsonl")}


def _claims(path: Path) -> list[dict[str, Any]]:
    """Take the numbers that a page states in its sentences out of their file, for the manifest."""
    if not path.exists():
        return []
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    path.unlink()
    return records


def write_index(study: Path, language: str, pages: Sequence[tuple[str, str]], folder: Path) -> None:
    """Write the first page."""
    from ..release import load_release
    from ..report import index_page
    from ..study import load_study

    folder.mkdir(parents=True)
    html = index_page(load_release(load_study(study)), language, pages)
    (folder / "index.html").write_text(html, encoding="utf-8")


def write_files(study: Path, language: str, folder: Path) -> None:
    """Write the workbook, the document, and the index of tables that the attacker reads."""
    from ..release import load_release
    from ..report import write_document, write_tables, write_workbook
    from ..study import load_study

    folder.mkdir(parents=True)
    release = load_release(load_study(study))
    write_tables(release, folder, language)
    write_workbook(release, folder / "appendix.xlsx", language)
    write_document(release, folder / "appendix.docx", language)


def write_chapter(study: Path, language: str, pages: Sequence[tuple[str, str]], folder: Path) -> dict[str, Any]:
    """Fill the author's chapter, write it with the page that accounts for it, and return what the manifest says of it.

    Returns
    -------
    dict
        `record`, what the chapter states and where each number comes from; `warnings`, what the author should look at.
    """
    from ..chapter import chapter_page, fill_chapter
    from ..release import load_release
    from ..study import load_study

    folder.mkdir(parents=True)
    release = load_release(load_study(study))
    template = release.study.chapter(language)
    if template is None:
        raise BuildError("there is no chapter", where=study, expected=f"chapter.{language}.docx")
    chapter = fill_chapter(release, template, language)
    (folder / "chapter.docx").write_bytes(chapter.content)
    html = chapter_page(release, chapter, language, pages)
    (folder / "chapter.html").write_text(html, encoding="utf-8")
    return {"record": chapter.record(), "warnings": list(chapter.warnings)}
