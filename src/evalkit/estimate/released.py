"""Counts of answers by groups from a release; what is hidden there is missing here.

A release is known by what it offers (`study`, `tables`, `table(item, by)`), so that nothing here rests on the rooms above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from ..data import COUNT
from ..errors import UsageError
from ..study import TOTAL, Study
from .design import Coded, Floats


@dataclass(frozen=True, eq=False)
class Counts:
    """How many in each group gave each answer to a variable; missing where it is hidden.

    Parameters
    ----------
    study
        The study.
    variable, by
        What was asked, and the groups.
    groups
        The crossed levels of the groups in print order, and the missing levels that occur; one empty level without groups.
    answers
        The answers in print order: categories, missing codes, blank.
    n
        A row a group, a column an answer.
    base
        Everyone in each group who answered the survey.
    total
        Everyone who answered the survey.
    """

    study: Study
    variable: str
    by: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...]
    answers: tuple[str, ...]
    n: Floats
    base: Floats
    total: float

    def of(self, codes: Sequence[str]) -> Floats:
        """Return how many of each group gave one of some answers; missing where any part of it is hidden."""
        places = [self.answers.index(code) for code in codes if code in self.answers]
        return np.asarray(self.n[:, places].sum(axis=1), dtype=float)

    def known(self) -> Counts:
        """Return the groups whose level is a category, and the answers that are."""
        codebook = self.study.codebook
        codes = codebook.variable(self.variable).scale.print_codes
        kept = [
            place
            for place, group in enumerate(self.groups)
            if all(
                name not in codebook.variables or code in codebook.variable(name).scale.codes
                for name, code in zip(self.by, group, strict=True)
            )
        ]
        columns = [self.answers.index(code) for code in codes]
        groups = tuple(self.groups[place] for place in kept)
        n, base = self.n[np.ix_(kept, columns)], self.base[kept]
        return Counts(self.study, self.variable, self.by, groups, codes, n, base, self.total)

    def frame(self) -> pd.DataFrame:
        """Return the groups without a hidden count as rows: the groups, the variable (low to high), `count`."""
        scale, shown = self.study.codebook.variable(self.variable).scale, ~np.isnan(self.n).any(axis=1)
        rows = [
            (*group, code, n)
            for group, counts in zip(
                np.array([*self.groups, None], dtype=object)[:-1][shown], self.n[shown], strict=True
            )
            for code, n in zip(self.answers, counts, strict=True)
        ]
        data = pd.DataFrame(rows, columns=[*self.by, self.variable, COUNT])
        data[self.variable] = pd.Categorical(data[self.variable], categories=list(scale.codes), ordered=scale.ordered)
        for place, name in enumerate(self.by):
            levels = list(dict.fromkeys(group[place] for group in self.groups))
            data[name] = pd.Categorical(data[name], categories=levels)
        return data.astype({COUNT: float})


def released_counts(release: Any, variable: str, by: Sequence[str] = ()) -> Counts:
    """Return how many of each group gave each answer, as released.

    Raises
    ------
    UsageError
        When the release has no such table, or the variable is one of the groups.
    """
    by = tuple(by)
    if variable in by:
        raise UsageError("an item cannot be grouped by itself", where=f"{variable} by {', '.join(by)}", got=variable)
    table = release.table(variable, by)
    levels = [_levels(table.cells, name, release.study) for name in by]
    answers = _levels(table.cells, table.answer, release.study, variable)
    found = _looked_up(table.cells, (*by, table.answer))
    groups = tuple(product(*levels))
    everyone = [found.get((*group, TOTAL), np.nan) for group in groups]
    n = np.array([[found.get((*group, code), np.nan) for code in answers] for group in groups], dtype=float)
    total = found.get((TOTAL,) * (len(by) + 1), np.nan)
    return Counts(release.study, variable, by, groups, answers, n, np.array(everyone, dtype=float), total)


def nothing_released(release: Any, variable: str, by: Sequence[str] = ()) -> Counts:
    """Return counts that are all missing, of what is not published."""
    codebook = release.study.codebook
    groups = tuple(product(*(codebook.variable(name).scale.print_codes for name in by)))
    answers = codebook.variable(variable).shown_codes
    n = np.full((len(groups), len(answers)), np.nan)
    return Counts(release.study, variable, tuple(by), groups, answers, n, n[:, 0], float("nan"))


def released_response(release: Any, by: Sequence[str]) -> tuple[Coded, Floats]:
    """Return the groups of a table of how many answered, and how many did; missing where it is hidden."""
    table, variables = release.response(tuple(by)), release.study.codebook.variables
    levels = [
        variables[name].scale.print_codes if name in variables else _levels(table.cells, name, release.study)
        for name in by
    ]
    found = _looked_up(table.cells, tuple(by))
    groups = tuple(product(*levels))
    counts = np.array([found.get(group, np.nan) for group in groups], dtype=float)
    return Coded(np.arange(len(groups)), groups), counts


def _levels(cells: pd.DataFrame, dim: str, study: Study, variable: str | None = None) -> tuple[str, ...]:
    """Return the levels of a dimension that stand in a table, in print order where the codebook knows them."""
    found = list(dict.fromkeys(level for level in cells[dim].astype(str) if level != TOTAL))
    known = study.codebook.variables.get(variable or dim)
    return tuple(found) if known is None else tuple(code for code in known.shown_codes if code in found)


def _looked_up(cells: pd.DataFrame, dims: tuple[str, ...]) -> dict[tuple[str, ...], float]:
    keys = cells[list(dims)].astype(str).itertuples(index=False, name=None) if dims else [()]
    return dict(zip(keys, cells[COUNT].to_numpy(dtype=float, na_value=np.nan), strict=True))
