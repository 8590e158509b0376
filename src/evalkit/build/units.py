"""What `make units` does: a page and a document for each unit, and an index of them, beside the report."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import EstimationError, UsageError, nearest
from ..i18n import translate_notebook
from ..places import STUDY_FOLDER
from ..release import load_release
from ..study import Study, load_study, project_root
from .jobs import side_by_side
from .manifest import UNIT_PAGE, UNITS
from .notebook import Task, read_notebook, run_notebook
from .pages import make_release
from .parameters import checked_parameters, notebook_parameters
from .runner import Say, audit_report, warm_up
from .swap import link_tree, staging_folder, swap_in


def units(study: str, language: str | None, output: Path, unit: str | None, say: Say) -> Path:
    """Make the pages of a study's units, or of one of them, and return the path of their index.

    Parameters
    ----------
    study, language, output, say
        As in `report`.
    unit
        The code of a unit; None for all.

    Raises
    ------
    UsageError
        When the study has no units, or none of that code.
    EvalkitError
        With nothing in `output` changed.
    """
    started, loaded = time.monotonic(), load_study(study)
    language, codes = loaded.language(language), loaded.on_pages
    if unit and unit not in codes:
        raise UsageError(
            "there is no such unit", where=loaded.name, got=unit, expected=", ".join(codes), hint=nearest(unit, codes)
        )
    path = project_root() / "notebooks" / f"{UNIT_PAGE}.ipynb"
    translate_notebook(read_notebook(path), language)
    declared = notebook_parameters(read_notebook(path), path.name)
    own = {"study": loaded.name, "language": language}
    tasks = [
        Task(code, path, checked_parameters(own | {"unit": code}, declared, path.name))
        for code in ([unit] if unit else codes)
    ]
    place = output.resolve() / loaded.name / language
    with staging_folder(output.resolve(), loaded.name, say) as staging:
        side_by_side({"release": partial(make_release, loaded.folder)}, say, meanwhile=warm_up)
        _work_out_once(loaded)
        side_by_side({t.name: partial(_page, t, loaded.folder, language, staging / t.name) for t in tasks}, say)
        new = staging / UNITS
        if unit and (place / UNITS).exists():
            link_tree(place / UNITS, new)
        new.mkdir(exist_ok=True)
        for task in tasks:
            for ending in (".html", ".docx"):
                (new / f"{task.name}{ending}").unlink(missing_ok=True)
                shutil.move(staging / task.name / "pages" / f"{task.name}{ending}", new)
        _index(loaded.folder, language, new, report=(place / "index.html").exists())
        place.mkdir(parents=True, exist_ok=True)
        swap_in(new, place / UNITS)
    if (place / "tables").exists():
        audit_report(place, say)
    say(f"done in {time.monotonic() - started:.1f} s: {place / UNITS / 'index.html'}")
    return place / UNITS / "index.html"


def _work_out_once(study: Study) -> None:
    """Work out what the models of every page are fitted on, before the processes of pages are copied from this one."""
    release = load_release(study)
    for outcome in study.outcomes if study.unit in study.predictors else ():
        with suppress(EstimationError):  # a page says what cannot be had
            release.model_frame(outcome, [name for name in study.predictors if name != outcome])


def _page(task: Task, study: Path, language: str, folder: Path) -> None:
    """Write a unit's page and document to `folder/pages`."""
    from ..report import unit_page

    loaded = load_study(study)
    os.environ[STUDY_FOLDER] = f"{loaded.name}={study}"
    pages = folder / "pages"
    pages.mkdir(parents=True)
    executed = run_notebook(task, language=language, artifacts=pages, kernel=folder / "kernel")
    (pages / f"{task.name}.html").write_text(unit_page(executed, loaded, language, task.name), encoding="utf-8")


def _index(study: Path, language: str, folder: Path, **there: Any) -> None:
    """Write the index of the units that have a page in a folder."""
    from ..report import units_page

    loaded = load_study(study)
    codes = [code for code in loaded.on_pages if (folder / f"{code}.html").exists()]
    (folder / "index.html").unlink(missing_ok=True)
    (folder / "index.html").write_text(units_page(loaded, language, codes, **there), encoding="utf-8")
