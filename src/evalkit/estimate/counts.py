"""Counting answers: from respondents to tables of counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data import COUNT, Responses
from ..errors import DataError, UsageError
from ..study import NOT_ASKED, Table, Variable

Positions = npt.NDArray[np.intp]

ANSWER = "answer"
"""The answer dimension of a battery or a tick-all-that-apply table."""


def tabulate(responses: Responses, item: str, by: str | Sequence[str] = ()) -> Table:
    """Count the answers to an item, in all or in groups.

    Parameters
    ----------
    responses
        Coded answers; a row stands for `count` respondents.
    item
        The id of an item or the name of a variable (`goals_a`, `measures_any`).
    by
        Variables to group by, crossed.

    Returns
    -------
    Table
        Dimensions `(*by, variable)`; for a battery or tick-all-that-apply item `(*by, item, 'answer')`, where the
        levels of `item` are its variables (`stack=item`). The full grid: cells of nobody are 0. Answers are the
        categories in print order, the missing codes and `blank`; a group has those missing levels that occur, so that
        groups add up to everyone.

    Raises
    ------
    StudyError
        When the item or a group is not in the codebook.
    UsageError
        When an item is grouped by itself, or these are no Responses.
    DataError
        When a row has neither an answer nor a reason why there is none.

    Notes
    -----
    R: `xtabs(count ~ by + item)`.

    Examples
    --------
    >>> tabulate(responses, "belonging", "role").total
    600
    """
    codebook = coded_responses(responses).study.codebook
    by = (by,) if isinstance(by, str) else tuple(by)
    stacked = item in codebook.items and codebook.items[item].several
    variables = codebook.variables_of(item) if stacked else (codebook.variable(item),)
    _refuse_itself(item, by, {item, *(v.name for v in variables)})
    parts = [responses.crossing(*by, variable.name).data for variable in variables]
    answers, layers = _shown_levels(parts, variables), []
    levels: list[tuple[str, ...]] = []
    for data, variable in zip(parts, variables, strict=True):
        groups = [group_levels(data, codebook.variable(name)) for name in by]
        levels = [own for _, own in groups]
        places = [*(positions for positions, _ in groups), answer_positions(data, variable)]
        layers.append(count_cells(places, (*map(len, levels), len(answers)), data[COUNT].to_numpy()))
    name = "_by_".join(filter(None, (item, "_".join(by))))
    if not stacked:
        return Table(name, (*by, item), grid((*by, item), (*levels, answers), layers[0]))
    dims, names = (*by, item, ANSWER), tuple(v.name for v in variables)
    return Table(name, dims, grid(dims, (*levels, names, answers), np.stack(layers, axis=-2)), ANSWER, item)


def coded_responses(value: object) -> Responses:
    """Return coded answers; refuse anything else, which has no codebook."""
    if not isinstance(value, Responses):
        got = type(value).__name__
        raise UsageError("these are no coded answers", got=got, expected="Responses", hint="use clean()")
    return value


def _refuse_itself(item: str, by: tuple[str, ...], own: set[str]) -> None:
    again = [name for number, name in enumerate(by) if name in own or name in by[:number]]
    if again:
        raise UsageError("an item cannot be grouped by itself", where=f"{item} by {', '.join(by)}", got=again[0])


def _shown_levels(parts: Sequence[pd.DataFrame], variables: Sequence[Variable]) -> tuple[str, ...]:
    """Return the levels of a table's answers: 'not asked' stands there only where somebody was not."""
    reasons = [data.get(variable.missing_column) for data, variable in zip(parts, variables, strict=True)]
    some_not = any(bool(column.eq(NOT_ASKED).any()) for column in reasons if column is not None)
    return tuple(code for code in variables[0].shown_codes if code != NOT_ASKED or some_not)


def answer_positions(data: pd.DataFrame, variable: Variable) -> Positions:
    """Return each row's answer as a position in `variable.shown_codes`: categories, missing codes, blank.

    Raises
    ------
    DataError
        When a column is not there, holds other categories than the codebook's, or a row has neither answer nor reason.
    """
    positions = _positions(data, variable.coded_column, variable.shown_codes)
    if variable.missing_codes and variable.missing_column in data.columns:
        reasons = _positions(data, variable.missing_column, variable.shown_codes)
        positions = np.where(positions < 0, reasons, positions)
    nowhere = int((positions < 0).sum())
    if nowhere:
        raise DataError("rows have neither an answer nor a reason why there is none", where=variable.name, got=nowhere)
    return positions


def group_levels(data: pd.DataFrame, variable: Variable) -> tuple[Positions, tuple[str, ...]]:
    """Return each row's group as a position, and the groups: categories and the missing levels that occur."""
    positions = answer_positions(data, variable)
    always = len(variable.scale.print_codes)
    occurs = np.bincount(positions, minlength=len(variable.shown_codes)) > 0
    occurs[:always] = True
    levels = tuple(code for code, kept in zip(variable.shown_codes, occurs, strict=True) if kept)
    return (np.cumsum(occurs) - 1)[positions], levels


def _positions(data: pd.DataFrame, column: str, codes: Sequence[str]) -> Positions:
    """Return the positions in `codes` of a categorical column; -1 where it is missing."""
    if column not in data.columns:
        raise DataError("a column is not there", where="responses", expected=column)
    if not isinstance(data[column].dtype, pd.CategoricalDtype):
        raise DataError("answers are not coded", where=column, got=data[column].dtype, expected="a categorical column")
    categories = [str(code) for code in data[column].cat.categories]
    unknown = [code for code in categories if code not in codes]
    if unknown:
        raise DataError(f"there is no category '{unknown[0]}'", where=column, expected=", ".join(codes))
    place = np.array([*(codes.index(code) for code in categories), -1], dtype=np.intp)
    return np.asarray(place[data[column].cat.codes.to_numpy()])


def count_cells(
    positions: Sequence[Positions], shape: tuple[int, ...], counts: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """Return the sum of `counts` in each cell of a grid of `shape`, given each row's position along each dimension."""
    cells = np.ravel_multi_index(tuple(positions), shape)
    return np.asarray(np.bincount(cells, counts, minlength=int(np.prod(shape))), dtype=float).reshape(shape)


def grid(dims: Sequence[str], levels: Sequence[Sequence[str]], counts: npt.NDArray[Any]) -> pd.DataFrame:
    """Return an array of counts as a frame: a categorical column a dimension (levels in order), and `count`."""
    places = np.indices(counts.shape).reshape(len(dims), -1)
    columns = {
        dim: pd.Categorical.from_codes(place, categories=pd.Index(names))
        for dim, names, place in zip(dims, levels, places, strict=True)
    }
    return pd.DataFrame({**columns, COUNT: counts.ravel().round().astype("int64")})
