"""What `make report` does: it decides by content, builds aside, audits, then swaps in whole."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from ..digest import file_digest, folder_digests
from ..errors import BuildError, DisclosureError, StudyError
from ..i18n import translate_notebook
from ..places import PROCESSED
from ..study import Study, load_study, project_root
from . import manifest as manifests
from .jobs import side_by_side
from .notebook import Task, files_read, plan_tasks, read_notebook
from .pages import CHAPTER, FILES, INDEX, make_part, make_release
from .swap import link, link_tree, staging_folder, swap_in

Say = Callable[[str], None]
Digests = Mapping[str, str]
Entry = Mapping[str, Any]
PUBLIC = ("notebooks/", "study/study.yml", "study/codebook.yml", "package", "lock", "python")
"""How the names of inputs begin whose digests may leave: nothing about the answers could be tried against them."""
MANY = 0.05
"""The share of hidden counts from which it is said how to find a plan that hides fewer."""
WARM = """papermill ipykernel.kernelapp ipykernel.ipkernel IPython.core.interactiveshell pandas pyarrow.parquet
matplotlib.pyplot seaborn scipy.stats scipy.optimize statsmodels.genmod.generalized_linear_model
statsmodels.miscmodels.ordinal_model formulaic docx xlsxwriter citeproc nbconvert.exporters.templateexporter
evalkit evalkit.data evalkit.estimate evalkit.ordinal evalkit.release evalkit.report evalkit.chapter"""
"""Loaded once, with every public name, while the release is made, before kernels are forked."""


@dataclass(frozen=True)
class Build:
    """One report to make: a study in a language, with extra parameters, from a project into an output folder."""

    root: Path
    study: Study
    language: str
    output: Path
    parameters: Mapping[str, Any]
    tasks: tuple[Task, ...]

    @property
    def place(self) -> Path:
        """The study's output folder."""
        return self.output / self.study.name

    @property
    def pages(self) -> list[tuple[str, str]]:
        """Every page: its name and its notebook's."""
        made = (task for task in self.tasks if task.name not in (INDEX, FILES))
        return [(task.name, task.notebook.stem if task.notebook else task.name) for task in made]


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
    build = _planned(load_study(study), language, output, parameters, say)
    page, root, folder = build.place / build.language / "index.html", build.root, build.study.folder
    with staging_folder(build.output, build.study.name, say) as staging:
        _refuse_a_namesake(build)
        if manifests.is_current(root, folder, build.place, build.language, parameters):
            say(f"nothing to do: {page} is up to date")  # another build made it meanwhile
            return page
        make(build, staging, say)
        swap_in(staging / "new", build.place)
    say(f"done in {time.monotonic() - started:.1f} s: {page}")
    return page


def _planned(study: Study, language: str | None, output: Path, parameters: Mapping[str, Any], say: Say) -> Build:
    """Return what is to be made; whatever is wrong with a notebook or its texts stops here, before anything runs."""
    root, language = project_root(), study.language(language)
    plan = partial(plan_tasks, root / "notebooks", study=study.name, language=language)
    each = {"outcome": study.outcomes if study.predictors else ()}  # without predictors there is no model
    notebooks = plan(each=each, given=parameters, pages=study.pages)
    paths = {task.notebook for task in notebooks if task.notebook}
    for path in sorted(paths):
        translate_notebook(read_notebook(path), language)
    beside = {path.stem for path in (root / "notebooks").glob("*.ipynb") if path not in paths}
    alone = sorted(beside - manifests.TO_LEARN_FROM - {manifests.UNIT_PAGE})
    if alone:
        say(f"left alone: {', '.join(alone)} (no page of this report: see `pages` in study.yml, and `make page`)")
    chapter = [Task(CHAPTER)] if study.chapter(language) else []
    if chapter:
        import_module("evalkit.chapter").check_chapter(study, language)
    elif any(map(study.chapter, study.languages)):
        say(f"left out: there is no chapter.{language}.docx")
    tasks = (*notebooks, Task(INDEX), Task(FILES), *chapter)
    return Build(root, study, language, output.resolve(), parameters, tasks)


def _refuse_a_namesake(build: Build) -> None:
    """Refuse to put a report in the place of that of another folder's study of the same name."""
    for entry in manifests.read_manifest(build.place).get("languages", {}).values():
        theirs = build.root / manifests.made_from(build.study.name, entry).get("folder", build.study.folder)
        if theirs != build.study.folder and (theirs / "study.yml").exists():
            what, where = "the report of another folder's study has this name", build.study.folder / "study.yml"
            hint = "give one of them another name, or put its report elsewhere with OUTPUT"
            raise StudyError(what, where=where, got=f"study: {build.study.name}, as in {theirs}", hint=hint)


def make(build: Build, staging: Path, say: Say, *, reuse: bool = True) -> None:
    """Make the study's whole output folder anew as `staging/new`, every other language as it was."""
    say(f"{build.study.name}, {build.language}: {sum(1 for task in build.tasks if task.notebook)} notebooks")
    new, manifest = staging / "new", manifests.read_manifest(build.place) if reuse else {}
    pages = new / build.language
    if manifest:
        link_tree(build.place, new)
    if (pages / manifests.UNITS).exists():
        say(f"  {manifests.UNITS}  taken out with what they were made beside: `make units` makes them anew")
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir(parents=True)
    old = manifest.get("languages", {}).get(build.language, {})
    before = manifests.made_from(build.study.name, old) if old else {}
    notebooks = [f"notebooks/{task.notebook.name}" for task in build.tasks if task.notebook]
    reads = [name for name in before if name.startswith("reads/")]
    inputs = manifests.current_inputs(build.root, build.study.folder, [*notebooks, *reads])

    def kept(parts: list[Task]) -> dict[str, Any]:
        return {task.name: old["tasks"][task.name] for task in parts if _reusable(build, task, inputs, before, old)}

    pages_first = [task for task in build.tasks if task.name != FILES]
    tasks = kept(pages_first)
    make_release_first(build, say, warm=any(task.notebook and task.name not in tasks for task in pages_first))
    tasks |= made(build, [task for task in pages_first if task.name not in tasks], staging, say)
    files = [Task(FILES, parameters={"numbers": _numbers(tasks[name] for name, _ in build.pages)})]
    tasks |= kept(files) or made(build, files, staging, say)
    for name, entry in tasks.items():
        new_pages = staging / name / "pages"
        if not new_pages.exists():
            say(f"  {name}  unchanged")
        _merge(new_pages if new_pages.exists() else build.place / build.language, pages, entry["files"])
        for warning in entry.get("warnings", ()):
            say(f"  look at {warning}")
    reads = [f"reads/{name}" for task in tasks.values() for name in task["reads"]]
    known = {name: digest for name, digest in inputs.items() if not name.startswith("reads/") or name in reads}
    inputs = manifests.current_inputs(build.root, build.study.folder, [*notebooks, *reads]) | known
    _write_manifest(build, new, manifest, inputs, tasks)
    audit_report(pages, say)


def _reusable(build: Build, task: Task, inputs: Digests, before: Digests, old: Entry) -> bool:
    """Return whether what a task made is there, whole, and made from what there is now."""
    entry = old.get("tasks", {}).get(task.name)
    if not before or not entry or entry["parameters"] != task.parameters:
        return False
    if list(map(tuple, old["pages"])) != build.pages:
        return False  # every page leads to all others
    own = [{n: d for n, d in of.items() if _depends(task, entry["reads"], n)} for of in (inputs, before)]
    place = build.place / build.language
    files = {name: file_digest(place / name) for name in entry["files"] if (place / name).is_file()}
    return own[0] == own[1] and files == entry["files"]


def _depends(task: Task, reads: list[str], name: str) -> bool:
    """Return whether a part depends on an input: on everything but others' notebooks and what they read, and chapters."""
    kind, _, rest = name.partition("/")
    if kind == "notebooks":
        return task.notebook is not None and task.notebook.name == rest
    if kind in {"reads", "folder"}:
        return rest in reads
    return not (kind == "study" and rest.startswith(f"{CHAPTER}.")) or task.name == CHAPTER


def make_release_first(build: Build, say: Say, *, warm: bool) -> None:
    """Make the release, in a process of its own; what kernels need is loaded meanwhile, if there will be any."""
    jobs = {"release": partial(make_release, build.study.folder)}
    hidden, counts = side_by_side(jobs, say, meanwhile=warm_up if warm else None)["release"]
    if hidden > MANY * counts:
        how = "`python -m evalkit protect --try` says which change hides fewer"
        say(f"  release  {hidden} of {counts} counts are hidden: {how}")


def made(build: Build, tasks: Sequence[Task], staging: Path, say: Say) -> dict[str, Any]:
    """Make parts side by side and return what the manifest says of each, by name."""
    study, language = build.study.folder, build.language
    calls = {t.name: partial(make_part, t, study, language, build.pages, staging / t.name) for t in tasks}
    try:
        told = side_by_side(calls, say)
    except BuildError:
        _keep_failed(build, staging)
        raise
    entries = {}
    for task in tasks:
        place = staging / task.name
        said = {"parameters": dict(task.parameters), "reads": files_read(place / "kernel", build.root)}
        entries[task.name] = {"files": folder_digests(place / "pages")} | said | told[task.name]
    return entries


def _numbers(pages: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the numbers of tables and figures by address, pages in order; one that stands on several has the first."""
    found: dict[str, str] = {}
    for page in pages:
        found = page.get("numbers", {}) | found
    return found


def warm_up() -> None:
    """Load what kernels need, so that they can be forked with it."""
    for name in WARM.split():
        module = import_module(name)
        for public in getattr(module, "__all__", ()) if name.startswith("evalkit") else ():
            getattr(module, public)


def _keep_failed(build: Build, staging: Path) -> None:
    """Keep what a failed notebook had come to, apart from the outputs and without anything that it printed."""
    apart = build.output / ".failed" / build.study.name / build.language
    shutil.rmtree(apart, ignore_errors=True)
    for path in staging.glob("*/kernel/failed.ipynb"):
        apart.mkdir(parents=True, exist_ok=True)
        path.replace(apart / f"{path.parents[1].name}.ipynb")


def _merge(source: Path, target: Path, files: Mapping[str, str]) -> None:
    """Put files into a folder, each with its digest; two files of one name must be the same."""
    for name, digest in files.items():
        place = target / name
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            link(str(source / name), str(place))
        elif file_digest(place) != digest:
            what, hint = "two notebooks made different files of one name", "give one of the tables another id"
            raise BuildError(what, where=name, hint=hint)


def audit_report(pages: Path, say: Say) -> None:
    """Attack what a reader would get; anything found stops the build."""
    from ..attack import audit

    found = audit(pages)
    if len(found):
        what, where = "the attacker worked out hidden counts", ", ".join(sorted({str(name) for name in found["table"]}))
        hint = "merge levels or publish fewer crossings in study.yml; nothing was published"
        raise DisclosureError(what, where=where, got=f"{len(found)} counts", expected="none", hint=hint)
    say("  audit  no hidden count can be worked out")


def _write_manifest(build: Build, new: Path, manifest: Entry, inputs: Digests, tasks: Entry) -> None:
    """Write the manifest, and keep apart from it what the outputs were made from."""
    entry = {
        "inputs": {name: digest for name, digest in inputs.items() if name.startswith(PUBLIC)},
        "parameters": dict(build.parameters),
        "pages": build.pages,
        "tasks": dict(tasks),
        "files": manifests.report_digests(new / build.language),
    }
    if CHAPTER in tasks:
        entry[CHAPTER] = tasks[CHAPTER]["record"]
    manifests.remember(build.study.name, entry, inputs)
    languages = {**manifest.get("languages", {}), build.language: entry}
    about = {"study": build.study.name, "synthetic": build.study.synthetic}
    about |= {"default_language": build.study.languages[0]}
    manifests.write_manifest(new, {"format": manifests.FORMAT, **about, "languages": languages})


def verify(study: str, output: Path, say: Say) -> list[str]:
    """Build every language that is in `output` again, from the export and aside, and return the names of files that differ.

    Raises
    ------
    BuildError
        When there is nothing to compare with.
    """
    loaded, differing = load_study(study), []
    place = output.resolve() / loaded.name
    manifest = manifests.read_manifest(place)
    if not manifest:
        what, hint = "there is no report to verify, or its manifest was altered", "run `make report` first"
        raise BuildError(what, where=place, hint=hint)
    for language, entry in manifest["languages"].items():
        build = _planned(loaded, language, output, entry["parameters"], say)
        with staging_folder(build.output, loaded.name, say) as staging:
            os.environ[PROCESSED] = str(staging / "processed")  # nothing kept of earlier builds is believed
            try:
                make(build, staging, say, reuse=False)
            finally:
                del os.environ[PROCESSED]
            folders = (staging / "new" / language, place / language)
            files, wanted = (manifests.report_digests(folder) for folder in folders)
        names = sorted(files.keys() | entry["files"].keys() | wanted.keys())
        differing += [f"{language}/{n}" for n in names if not files.get(n) == entry["files"].get(n) == wanted.get(n)]
    return differing
