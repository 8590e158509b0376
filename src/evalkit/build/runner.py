"""The runner: what `make report` does. It decides by content, builds aside, audits, then swaps in."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from ..digest import combined, file_digest, folder_digests
from ..errors import BuildError, DisclosureError
from ..i18n import translate_notebook
from ..report import CHAPTER
from ..study import Study, load_study, project_root
from .jobs import Job, side_by_side
from .manifest import FORMAT, current_inputs, is_current, read_manifest, same_files, unaltered, write_manifest
from .notebook import Task, files_read, plan_tasks
from .pages import write_chapter, write_files, write_index, write_notebook_page
from .parameters import read_notebook
from .swap import link_tree, staging_folder, swap_in

CHAPTERS = "study/chapter."
"""How the inputs that are authors' chapters begin."""
Say = Callable[[str], None]

WARM = (
    "papermill",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "IPython.core.interactiveshell",
    "pandas",
    "pyarrow.parquet",
    "matplotlib.pyplot",
    "seaborn",
    "scipy.stats",
    "scipy.optimize",
    "statsmodels.genmod.generalized_linear_model",
    "statsmodels.miscmodels.ordinal_model",
    "formulaic",
    "docx",
    "xlsxwriter",
    "citeproc",
    "evalkit.data",
    "evalkit.estimate",
    "evalkit.ordinal.clmm",
    "evalkit.release",
    "evalkit.report.page",
    "evalkit.report.survey.page",
    "evalkit.report.ordinal.page",
    "evalkit.report.index",
    "evalkit.report.files.document",
    "evalkit.report.files.workbook",
    "evalkit.chapter",
    "nbconvert.exporters.templateexporter",
)
"""Loaded once, while the release is made, before kernels are forked."""


@dataclass(frozen=True)
class Build:
    """One report to make: a study in a language, with extra parameters, from a project into an output folder."""

    root: Path
    study: Study
    language: str
    output: Path
    parameters: Mapping[str, Any]

    @property
    def place(self) -> Path:
        """The study's output folder."""
        return self.output / self.study.name


def report(study: str, language: str | None, output: Path, parameters: Mapping[str, Any], say: Say) -> Path:
    """Make the report of a study in a language and return the path of its first page.

    Parameters
    ----------
    study
        A name under data/raw, or a folder.
    language
        One of the study's languages; None for its default.
    output
        The folder in which outputs/<study>/<language> is put.
    parameters
        Extra notebook parameters by name.
    say
        Told one line at a time what is being done.

    Raises
    ------
    EvalkitError
        With nothing in `output` changed.
    """
    started = time.monotonic()
    loaded = load_study(study)
    build = Build(project_root(), loaded, loaded.language(language), output.resolve(), parameters)
    tasks = plan_tasks(
        build.root / "notebooks", study=loaded.name, language=build.language, outcomes=loaded.outcomes, given=parameters
    )
    for notebook in dict.fromkeys(task.notebook for task in tasks):
        translate_notebook(
            read_notebook(notebook), build.language
        )  # a text without a translation stops before anything runs
    page = build.place / build.language / "index.html"
    with staging_folder(build.output, loaded.name, say) as staging:
        if is_current(
            build.place, build.language, current_inputs(build.root, loaded.folder), dict(parameters), build.root
        ):
            say(f"nothing to do: {page} is up to date")  # another build made it meanwhile
            return page
        say(f"{loaded.name}, {build.language}: {len(tasks)} notebooks")
        make(build, tasks, staging, say)
        swap_in(staging / "new", build.place)
    say(f"done in {time.monotonic() - started:.1f} s: {page}")
    return page


def make(build: Build, tasks: list[Task], staging: Path, say: Say, *, reuse: bool = True) -> None:
    """Make the study's whole output folder anew as `staging/new`, every other language as it was."""
    new = staging / "new"
    if reuse and build.place.exists():
        link_tree(build.place, new)
    pages = new / build.language
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir(parents=True)
    inputs = current_inputs(build.root, build.study.folder)
    old = (
        read_manifest(build.place)["languages"].get(build.language, {}) if reuse and read_manifest(build.place) else {}
    )
    kept = {task.name: old["tasks"][task.name] for task in tasks if _reusable(build, task, inputs, old)}
    results = _run(build, [t for t in tasks if t.name not in kept], tasks, staging, say)
    for name in kept:
        say(f"  {name}  unchanged")
        _link_files(build.place / build.language, pages, kept[name]["files"])
    entries = kept | {
        task.name: _gathered(build, task, inputs, staging, pages, results) for task in tasks if task.name not in kept
    }
    for name in ("index", "files", CHAPTER):
        _merge(staging / name, pages)
    chapter = results.get(CHAPTER) or {"record": None, "warnings": []}
    for warning in chapter["warnings"]:
        say(f"  look at {warning}")
    _write_manifest(build, new, inputs, entries, chapter["record"])
    _audit(pages, say)


def _task_digest(task: Task, inputs: Mapping[str, str]) -> str:
    """Return what a task's outputs depend on: its own notebook, its parameters, and everything but other notebooks."""
    own = {
        name: digest
        if not name.startswith(CHAPTERS)
        else "present"  # that there is one shows on every page, its text on none
        for name, digest in inputs.items()
        if not name.startswith("notebooks/") or name.endswith("/" + task.notebook.name)
    }
    return combined({"inputs": own, "parameters": dict(task.parameters)})


def _reusable(build: Build, task: Task, inputs: Mapping[str, str], old: Mapping[str, Any]) -> bool:
    entry = old.get("tasks", {}).get(task.name)
    if not entry or entry["digest"] != _task_digest(task, inputs):
        return False
    return same_files(build.root, entry["reads"]) and same_files(build.place / build.language, entry["files"])


def _run(build: Build, todo: list[Task], tasks: list[Task], staging: Path, say: Say) -> dict[str, Any]:
    """Run what has to be run: first the release, in a process of its own, then notebooks and files side by side."""
    import_module("evalkit.release")  # here and in the process that makes it, once
    side_by_side([Job("release", _prepare, (build.study.folder,))], say, meanwhile=_warm_up if todo else None)
    pages = [(task.name, task.notebook.stem) for task in tasks]
    chapter = [(CHAPTER, CHAPTER)] if build.study.chapter(build.language) else []
    pages += chapter
    if not chapter and any(map(build.study.chapter, build.study.languages)):
        say(f"  chapter  left out: there is no chapter.{build.language}.docx")
    jobs = [
        Job(task.name, write_notebook_page, (build.study.folder, build.language, task, pages, staging)) for task in todo
    ]
    jobs += [
        Job("index", write_index, (build.study.folder, build.language, pages, staging / "index")),
        Job("files", write_files, (build.study.folder, build.language, staging / "files")),
    ]
    jobs += [
        Job(name, write_chapter, (build.study.folder, build.language, pages, staging / name)) for name, _ in chapter
    ]
    try:
        return side_by_side(jobs, say)
    except BuildError:
        _keep_failed(build, staging)
        raise


def _warm_up() -> None:
    """Load what kernels need, so that they can be forked with it."""
    for module in WARM:
        import_module(module)


def _prepare(folder: Path) -> None:
    """Make the responses and the release, so that the notebooks find them ready."""
    from ..release import load_release

    load_release(load_study(folder))


def _keep_failed(build: Build, staging: Path) -> None:
    """Keep what a failed notebook had come to, apart from the outputs and without anything that it printed."""
    failed = sorted(staging.glob("*/failed.ipynb"))
    apart = build.output / ".failed" / build.study.name / build.language
    shutil.rmtree(apart, ignore_errors=True)
    for path in failed:
        apart.mkdir(parents=True, exist_ok=True)
        path.replace(apart / f"{path.parent.name}.ipynb")


def _gathered(
    build: Build, task: Task, inputs: Mapping[str, str], staging: Path, pages: Path, results: Mapping[str, Any]
) -> dict[str, Any]:
    """Move a task's files among the pages and return its entry in the manifest."""
    folder = staging / task.name
    files = folder_digests(folder / "pages")
    _merge(folder / "pages", pages)
    reads = files_read(folder / "reads.json", build.root)
    return {
        "digest": _task_digest(task, inputs),
        "files": files,
        "parameters": dict(task.parameters),
        "reads": {name: file_digest(build.root / name) for name in reads},
        **results.get(task.name, {}),
    }


def _merge(source: Path, target: Path) -> None:
    """Move files into a folder; two files of one name must be the same."""
    for name, digest in folder_digests(source).items():
        place = target / name
        if place.exists() and file_digest(place) != digest:
            raise BuildError(
                "two notebooks made different files of one name", where=name, hint="give one of the tables another id"
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        (source / name).replace(place)


def _link_files(source: Path, target: Path, names: Mapping[str, str]) -> None:
    for name in names:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)


def _audit(pages: Path, say: Say) -> None:
    """Attack what a reader would get; anything found stops the build."""
    from ..attack import audit

    found = audit(pages)
    if len(found):
        tables = sorted({str(name) for name in found["table"]})
        raise DisclosureError(
            "the attacker worked out hidden counts",
            where=", ".join(tables),
            got=f"{len(found)} counts",
            expected="none",
            hint="merge levels or publish fewer crossings in study.yml; nothing was published",
        )
    say("  audit  no hidden count can be worked out")


def _write_manifest(
    build: Build, new: Path, inputs: Mapping[str, str], tasks: Mapping[str, Any], chapter: Mapping[str, Any] | None
) -> None:
    manifest = read_manifest(new) or {"format": FORMAT, "languages": {}}
    reads = {name: digest for task in tasks.values() for name, digest in task["reads"].items()}
    files = folder_digests(new / build.language)
    entry = {
        "inputs": dict(inputs),
        "parameters": dict(build.parameters),
        "reads": reads,
        "tasks": dict(tasks),
        **({"chapter": chapter} if chapter else {}),
        "files": files,
    }
    manifest |= {
        "study": build.study.name,
        "synthetic": build.study.synthetic,
        "default_language": build.study.languages[0],
    }
    manifest["languages"] = manifest["languages"] | {build.language: entry}
    if not unaltered(new / build.language, files):
        raise BuildError(
            "the files changed while they were counted", where=new, hint="is another program writing there?"
        )
    write_manifest(new, manifest)


def verify(study: str, output: Path, say: Say) -> list[str]:
    """Build every language that is in `output` again, aside, and return the names of files that differ.

    Raises
    ------
    BuildError
        When there is nothing to compare with.
    """
    loaded = load_study(study)
    place = output.resolve() / loaded.name
    manifest = read_manifest(place)
    if not manifest:
        raise BuildError("there is no report to verify", where=place, hint="run `make report` first")
    differing = []
    for language, entry in manifest["languages"].items():
        build = Build(project_root(), loaded, language, output.resolve(), entry["parameters"])
        tasks = plan_tasks(
            build.root / "notebooks",
            study=loaded.name,
            language=language,
            outcomes=loaded.outcomes,
            given=build.parameters,
        )
        with staging_folder(build.output, loaded.name, say) as staging:
            make(build, tasks, staging, say, reuse=False)
            files = folder_digests(staging / "new" / language)
        differing += [
            f"{language}/{n}"
            for n in sorted(files.keys() | entry["files"].keys())
            if files.get(n) != entry["files"].get(n)
        ]
    return differing
