"""One notebook: translated, given its parameters, run by papermill, checked, and stripped of what differs between two runs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import errors
from ..errors import BuildError, UsageError
from ..i18n import translate_notebook
from ..slim import nbformat
from .kernel import READS, kernel_manager
from .parameters import checked_parameters, notebook_parameters, read_notebook

ARTIFACTS = "EVALKIT_ARTIFACTS"
"""The environment variable that names the folder to which a notebook's tables and figures are also written."""


@dataclass(frozen=True)
class Task:
    """One notebook with one set of parameters; its name is its page's."""

    name: str
    notebook: Path
    parameters: Mapping[str, Any]


def plan_tasks(
    notebooks: Path, *, study: str, language: str, outcomes: tuple[str, ...], given: Mapping[str, Any] | None = None
) -> list[Task]:
    """Return the tasks of a report: one a notebook, one an outcome where the notebook has that parameter.

    Parameters
    ----------
    notebooks
        The folder; notebooks whose names begin with two digits and an underscore, in that order.
    study, language, outcomes
        The parameters that the suite itself gives.
    given
        More parameters by name; each must be known to at least one notebook and has its declared type.

    Raises
    ------
    BuildError
        When there is no notebook.
    UsageError
        When no notebook knows a given parameter, its type is wrong, or the suite itself gives it.
    """
    paths = sorted(notebooks.glob("[0-9][0-9]_*.ipynb"))
    if not paths:
        raise BuildError("there are no notebooks", where="notebooks", expected="01_cleaning.ipynb and so on")
    known = {path: notebook_parameters(read_notebook(path), path.name) for path in paths}
    every = {name: parameter for parameters in known.values() for name, parameter in parameters.items()}
    checked_parameters(given or {}, every, "notebooks")
    _refuse_own(given or {})
    tasks = []
    for path in paths:
        own = {"study": study, "language": language} | {k: v for k, v in (given or {}).items() if k in known[path]}
        per_outcome = [{"outcome": o} for o in outcomes] if "outcome" in known[path] else [{}]
        for more in per_outcome:
            name = "-".join([path.stem, *more.values()])
            tasks.append(Task(name, path, checked_parameters(own | more, known[path], path.name)))
    return tasks


def _refuse_own(given: Mapping[str, Any]) -> None:
    """Refuse a parameter that would contradict the folder in which the page is put."""
    for name in given.keys() & {"study", "language", "outcome"}:
        raise UsageError(
            "the suite gives the notebooks this parameter itself",
            where="notebooks",
            got=name,
            expected="a parameter of a notebook's own",
            hint="outcomes stand in study.yml" if name == "outcome" else f"use --{name}, or {name.upper()} of make",
        )


def run_notebook(task: Task, *, language: str, artifacts: Path, reads: Path, failed: Path) -> Any:
    """Run a notebook in a kernel of its own and return the executed notebook.

    Parameters
    ----------
    task
        What to run.
    language
        The language of its text cells.
    artifacts
        A folder for its tables and figures.
    reads
        A file in which the kernel notes what it opened.
    failed
        A file for the notebook without outputs, should it fail.

    Raises
    ------
    BuildError
        When a cell fails (naming the cell; quoting the message of the suite's own errors alone) or did not run.
    """
    import papermill

    notebook = translate_notebook(read_notebook(task.notebook), language)
    os.environ |= {ARTIFACTS: str(artifacts), READS: str(reads), "SOURCE_DATE_EPOCH": "0", "TZ": "UTC"}
    try:
        executed = papermill.execute_notebook(
            notebook,
            None,
            dict(task.parameters),
            cwd=task.notebook.parent,
            progress_bar=False,
            kernel_manager_class=kernel_manager(),
            record_timing=False,
        )
    except papermill.PapermillExecutionError as error:
        nbformat.write(notebook, failed)
        raise _cell_failed(task.name, error) from None
    _check_every_cell_ran(executed, task.name)
    return _repeatable(executed)


def _cell_failed(name: str, error: Any) -> BuildError:
    """Return a message without the values that a traceback may quote, but with that of the suite's own errors."""
    kind = getattr(errors, str(error.ename), None)
    own = isinstance(kind, type) and issubclass(kind, errors.EvalkitError)
    first = str(error.source).strip().splitlines()[0] if str(error.source).strip() else ""
    told = str(error.evalue).replace("\n", "\n  ")
    return BuildError(
        "a cell failed",
        where=f"{name}, cell {error.exec_count}, '{first}'",
        got=f"{error.ename}: {told}" if own else f"{error.ename} (its text may quote data and is left out)",
        hint=None if own else "open the notebook with `make lab` and run it there",
    )


def _check_every_cell_ran(notebook: Any, name: str) -> None:
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            raise BuildError("a cell did not run", where=f"{name}, cell {number}", hint="run `make report` again")


def _repeatable(notebook: Any) -> Any:
    """Return the notebook without times, paths and random ids."""
    parameters = dict(notebook.metadata.get("papermill", {}).get("parameters", {}))
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": notebook.metadata.get("kernelspec", {}),
            "language_info": {"name": "python"},
            "evalkit": {"parameters": parameters},
        }
    )
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags"})
    return notebook


def files_read(reads: Path, root: Path) -> list[str]:
    """Return the project's files that a kernel noted, relative to the project; nothing outside it, nothing derived."""
    if not reads.exists():
        return []
    derived = tuple(str(root / part) + os.sep for part in ("outputs", "data", "src", ".venv", ".git"))
    names = [
        n
        for n in json.loads(reads.read_text(encoding="utf-8"))
        if n.startswith(str(root) + os.sep) and not n.startswith(derived)
    ]
    return sorted(Path(n).relative_to(root).as_posix() for n in names if Path(n).is_file() and "__pycache__" not in n)
