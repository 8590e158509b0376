"""The parameters of a notebook: read from its tagged cell and checked before a kernel starts."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BuildError, UsageError, nearest

_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


@dataclass(frozen=True)
class Parameter:
    """One annotated line of a notebook's `parameters` cell."""

    name: str
    type: str
    default: Any
    help: str


def notebook_parameters(notebook: Any, where: str) -> dict[str, Parameter]:
    """Read the annotated parameters of a notebook.

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
    lines = cells[0].source.splitlines()
    found = {}
    for statement in ast.parse(cells[0].source).body:
        if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value):
            raise BuildError(
                "a line of the parameters cell is no annotated constant",
                where=where,
                got=lines[statement.lineno - 1],
                expected='name: str = "value"  # what it is',
            )
        comment = lines[statement.lineno - 1].partition("#")[2].strip()
        found[statement.target.id] = Parameter(
            statement.target.id, ast.unparse(statement.annotation), ast.literal_eval(statement.value), comment
        )
    return found


def checked_parameters(given: Mapping[str, Any], known: Mapping[str, Parameter], where: str) -> dict[str, Any]:
    """Return the given values in the types that the notebook declares.

    Raises
    ------
    UsageError
        When a name is not known, or a value has not the declared type.
    """
    unknown = [name for name in given if name not in known]
    if unknown:
        raise UsageError(
            "the notebook has no such parameter",
            where=where,
            got=unknown[0],
            expected=", ".join(known),
            hint=nearest(unknown[0], known),
        )
    return {name: _typed(value, known[name], where) for name, value in given.items()}


def _typed(value: Any, parameter: Parameter, where: str) -> Any:
    kind = _TYPES.get(parameter.type.split("|")[0].strip())
    if kind is None:
        raise BuildError(
            "the notebook declares a type that cannot be checked",
            where=f"{where}, {parameter.name}",
            got=parameter.type,
            expected=", ".join(_TYPES),
        )
    if isinstance(value, str) and kind is not str:
        with contextlib.suppress(ValueError, SyntaxError):
            value = ast.literal_eval(value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise UsageError(
            "a parameter has the wrong type",
            where=f"{where}, {parameter.name}",
            got=f"{value!r} ({type(value).__name__})",
            expected=parameter.type,
        )
    return value


def read_notebook(path: Path) -> Any:
    """Read a notebook file.

    Raises
    ------
    BuildError
        When it is missing or is no notebook.
    """
    from ..slim import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise BuildError("the notebook is missing", where=path.name, expected="a notebook in notebooks/") from None
    except Exception as error:
        raise BuildError(
            "this is no notebook", where=path.name, got=type(error).__name__, hint="restore it from version control"
        ) from None
