"""The parameters of a notebook: read from its tagged cell and checked before a kernel starts."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Mapping
from typing import Any

from ..errors import BuildError, UsageError, nearest

_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


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
            raise BuildError(
                "a line of the parameters cell is no annotated constant",
                where=where,
                got=lines[statement.lineno - 1],
                expected='name: str = "value"  # what it is',
            )
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
        if name not in known:
            raise UsageError(
                "the notebook has no such parameter",
                where=where,
                got=name,
                expected=", ".join(known),
                hint=nearest(name, known),
            )
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
