"""What `make units` does: a page and a document for each unit, and an index of them, beside the report."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..errors import EstimationError, one_of
from ..i18n import translate_notebook
from ..release import load_release
from ..report import units_page
from ..study import Study, load_study, project_root
from .manifest import UNIT_PAGE, UNITS
from .notebook import plan_tasks, read_notebook
from .runner import Build, Say, audit_report, made, make_release_first
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
    if unit:
        one_of(unit, codes, "unit", loaded.name)
    notebooks, each = project_root() / "notebooks", {"unit": [unit] if unit else codes}
    planned = plan_tasks(notebooks, study=loaded.name, language=language, each=each, pages=[UNIT_PAGE])
    translate_notebook(read_notebook(notebooks / f"{UNIT_PAGE}.ipynb"), language)
    tasks = tuple(replace(task, name=task.parameters["unit"]) for task in planned)
    build = Build(project_root(), loaded, language, output.resolve(), {}, tasks)
    place = build.place / language
    with staging_folder(build.output, loaded.name, say) as staging:
        make_release_first(build, say, warm=True)
        _work_out_once(loaded)
        made(build, tasks, staging, say)
        new = staging / UNITS
        if unit and (place / UNITS).exists():
            link_tree(place / UNITS, new)
        new.mkdir(exist_ok=True)
        for task in tasks:
            for ending in (".html", ".docx"):
                (new / f"{task.name}{ending}").unlink(missing_ok=True)
                shutil.move(staging / task.name / "pages" / f"{task.name}{ending}", new)
        there = [code for code in codes if (new / f"{code}.html").exists()]
        (new / "index.html").unlink(missing_ok=True)  # it may be a hard link to the one that is out
        index = units_page(loaded, language, there, report=(place / "index.html").exists())
        (new / "index.html").write_text(index, encoding="utf-8")
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
