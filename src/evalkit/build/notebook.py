"""One notebook: translated, given its parameters, run by papermill, checked, and stripped of what differs between two runs.

Parameters are read from the tagged cell and checked before a kernel starts.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import errors
from ..errors import BuildError, UsageError, nearest
from ..i18n import translate_notebook
from ..slim import nbformat
from .jobs import now_at
from .kernel import KERNEL_FOLDER, READS, KernelManager
from .manifest import is_page

ARTIFACTS = "EVALKIT_ARTIFACTS"
"""The environment variable that names the folder to which a notebook's tables and figures are also written."""
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_DERIVED = ("outputs", "data", "src")


@dataclass(frozen=True)
class Task:
    """A part of a report that is made by itself: a notebook with one set of parameters, or a file that no notebook makes."""

    name: str
    notebook: Path | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)


def plan_tasks(
    notebooks: Path,
    *,
    study: str,
    language: str,
    each: Mapping[str, Sequence[str]],
    given: Mapping[str, Any] | None = None,
    pages: Sequence[str] = (),
) -> list[Task]:
    """Return notebooks with their parameters: one a notebook, one an outcome (or a unit) where it has that parameter.

    Parameters
    ----------
    notebooks
        The folder.
    study, language, each
        The parameters that the suite itself gives; those of `each` have several values, one a run.
    given
        More parameters by name; each must be known to at least one notebook and has its declared type.
    pages
        Names of notebooks, in order; when left out the suite's own and those that `make page` made, by name.

    Raises
    ------
    BuildError
        When a notebook is missing, or there is none.
    UsageError
        When no notebook knows a given parameter, its type is wrong, or the suite itself gives it.
    """
    given, paths = given or {}, [notebooks / f"{name}.ipynb" for name in pages]
    paths = paths or sorted(filter(is_page, notebooks.glob("*.ipynb")))
    if not paths:
        raise BuildError("there are no notebooks", where="notebooks", expected="01_cleaning.ipynb and so on")
    known = {path: notebook_parameters(read_notebook(path), path.name) for path in paths}
    checked_parameters(given, {name: kind for every in known.values() for name, kind in every.items()}, "notebooks")
    _refuse_own(given)
    tasks = []
    for path, declared in known.items():
        own = {"study": study, "language": language} | {k: v for k, v in given.items() if k in declared}
        several = next((name for name in each if name in declared), None)
        for more in [{several: value} for value in each[several]] if several else [{}]:
            values = checked_parameters(own | more, declared, path.name)
            tasks.append(Task("-".join([path.stem, *more.values()]), path, values))
    return tasks


def _refuse_own(given: Mapping[str, Any]) -> None:
    """Refuse a parameter that would contradict the folder in which the page is put."""
    for name in given.keys() & {"study", "language", "outcome"}:
        hint = "outcomes stand in study.yml" if name == "outcome" else f"use --{name}, or {name.upper()} of make"
        raise UsageError("the suite gives the notebooks this parameter itself", where="notebooks", got=name, hint=hint)


def notebook_parameters(notebook: Any, where: str) -> dict[str, str]:
    """Return the names of a notebook's parameters and the types that they are declared with.

    Parameters
    ----------
    notebook
        A notebook node.
    where
        Its name, for errors.

    Raises
    ------
    BuildError
        When no cell is tagged `parameters`, or one of its lines is no annotated constant.
    """
    cells = [c for c in notebook.cells if c.cell_type == "code" and "parameters" in c.metadata.get("tags", [])]
    if len(cells) != 1:
        raise BuildError("the notebook needs one cell tagged 'parameters'", where=where, got=len(cells), expected=1)
    lines, found = cells[0].source.splitlines(), {}
    for statement in ast.parse(cells[0].source).body:
        if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value):
            what, got = "a line of the parameters cell is no annotated constant", lines[statement.lineno - 1]
            raise BuildError(what, where=where, got=got, expected='name: str = "value"  # what it is')
        found[statement.target.id] = ast.unparse(statement.annotation)
    return found


def checked_parameters(given: Mapping[str, Any], known: Mapping[str, str], where: str) -> dict[str, Any]:
    """Return the given values in the types that the notebook declares.

    Raises
    ------
    UsageError
        When a name is not known, or a value has not the declared type.
    """
    for name in given:
        UsageError.one_of(name, known, "the notebook has no such parameter", where=where)
    return {name: _typed(value, known[name], f"{where}, {name}") for name, value in given.items()}


def _typed(value: Any, declared: str, where: str) -> Any:
    kind = _TYPES.get(declared.split("|")[0].strip())
    if kind is None:
        expected = ", ".join(_TYPES)
        raise BuildError("a parameter's type cannot be checked", where=where, got=declared, expected=expected)
    if isinstance(value, str) and kind is not str:
        with contextlib.suppress(ValueError, SyntaxError):
            value = ast.literal_eval(value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        got = f"{value!r} ({type(value).__name__})"
        raise UsageError("a parameter has the wrong type", where=where, got=got, expected=declared)
    return value


def read_notebook(path: Path) -> Any:
    """Read a notebook file.

    Raises
    ------
    BuildError
        When it is missing or is no notebook.
    """
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        there = [other.stem for other in path.parent.glob("*.ipynb")]
        hint = nearest(path.stem, there) or f"make it with `make page NAME={path.stem}`"
        raise BuildError("the notebook is missing", where=f"notebooks/{path.name}", hint=hint) from None
    except Exception as error:
        got, hint = type(error).__name__, "restore it from version control"
        raise BuildError("this is no notebook", where=path.name, got=got, hint=hint) from None


def run_notebook(task: Task, *, language: str, artifacts: Path, kernel: Path) -> Any:
    """Run a notebook in a kernel of its own and return the executed notebook.

    Parameters
    ----------
    task
        What to run; it has a notebook.
    language
        The language of its text cells.
    artifacts
        A folder for its tables and figures.
    kernel
        A folder for what its kernel needs and notes; should it fail, the notebook without outputs is left there.

    Raises
    ------
    BuildError
        When a cell fails (naming the cell; quoting the message of the suite's own errors alone) or did not run.
    """
    import papermill

    path = task.notebook or Path(task.name)
    notebook = translate_notebook(read_notebook(path), language)
    os.environ |= {ARTIFACTS: str(artifacts), KERNEL_FOLDER: str(kernel), "SOURCE_DATE_EPOCH": "0", "TZ": "UTC"}
    started: list[str] = []

    def starts(cell: Any, cell_index: int) -> None:
        first = next(iter(cell.source.strip().splitlines()), "")
        started.append(f"cell {len(started) + 1}, '{first}'")
        now_at(started[-1])

    how = {"progress_bar": False, "record_timing": False, "kernel_manager_class": KernelManager}
    how |= {"cwd": path.parent, "on_cell_execute": starts}
    try:
        executed = papermill.execute_notebook(notebook, None, dict(task.parameters), **how)
    except papermill.PapermillExecutionError as error:
        nbformat.write(notebook, kernel / "failed.ipynb")
        raise _cell_failed(f"{task.name}, {started[-1]}", error) from None
    _check_every_cell_ran(executed, task.name)
    return _repeatable(executed)


def _cell_failed(where: str, error: Any) -> BuildError:
    """Return a message without the values that a traceback may quote, but with that of the suite's own errors."""
    kind = getattr(errors, str(error.ename), None)
    own = isinstance(kind, type) and issubclass(kind, errors.EvalkitError)
    if own:
        told = str(error.evalue).replace("\n", "\n  ")
        return BuildError("a cell failed", where=where, got=f"{error.ename}: {told}")
    got = f"{error.ename} (its text may quote data and is left out)"
    hint = "open the notebook with `make lab` and run it there"
    return BuildError("a cell failed", where=where, got=got, hint=hint)


def _check_every_cell_ran(notebook: Any, name: str) -> None:
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            raise BuildError("a cell did not run", where=f"{name}, cell {number}", hint="run `make report` again")


def _repeatable(notebook: Any) -> Any:
    """Return the notebook without times, paths and random ids."""
    parameters = dict(notebook.metadata.get("papermill", {}).get("parameters", {}))
    about = {"language_info": {"name": "python"}, "evalkit": {"parameters": parameters}}
    notebook.metadata = nbformat.from_dict({"kernelspec": notebook.metadata.get("kernelspec", {}), **about})
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags"})
    return notebook


def files_read(kernel: Path, root: Path) -> list[str]:
    """Return the project's files that a kernel noted, relative to the project; nothing outside it, nothing derived."""
    noted = kernel / READS
    if not noted.exists():
        return []
    found = {Path(name) for name in json.loads(noted.read_text(encoding="utf-8"))}
    names = [path.relative_to(root) for path in found if path.is_relative_to(root) and path.is_file()]
    hidden = re.compile(r"(^|/)(\.|__pycache__)")
    return sorted(n.as_posix() for n in names if n.parts[0] not in _DERIVED and not hidden.search(n.as_posix()))
