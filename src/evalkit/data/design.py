"""The columns of a survey's design: what each respondent stands for, and how they were drawn.

A column that is no item is read from the export as it stands. Weights are raked and trimmed here, once, so that
every estimate of these answers rests on the same ones: by iterative proportional fitting (Deming & Stephan 1940).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import DataError
from ..study import Study, fold
from .grid import cell_place
from .read import RawExport
from .responses import CLUSTER, FPC, START, STRATA, WEIGHT
from .scales import KNOWN

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
MAX_ITERATIONS = 10_000


def looks_like_weights(heading: str) -> bool:
    """Return whether a column is called what weights are called."""
    return fold(heading).replace("_", " ") in KNOWN["roles"]["weight"]


def design_columns(raw: RawExport, answers: pd.DataFrame, study: Study) -> dict[str, Any]:
    """Return the columns of the design, by name, for the rows of cleaned answers.

    Parameters
    ----------
    raw
        The export, with all its rows.
    answers
        The cleaned answers: a row a kept row of the export, labelled as there.
    study
        Whose design it is.

    Raises
    ------
    DataError
        When a weight or a size is no number, a respondent is in no stratum or cluster, or the weights cannot be raked.
    """
    design, columns = study.design, dict[str, Any]()
    if design is None:
        return columns
    strata, clusters = design.strata or (), design.cluster or ()
    for name, headings in ((STRATA, strata), (CLUSTER, clusters and (*strata, *clusters))):
        if headings:
            columns[name] = _crossed(raw, answers, headings)
    if design.fpc is not None:
        framed = design.fpc == "population"
        columns[FPC] = _sizes(answers, study, strata) if framed else _numbers(raw, answers, design.fpc)
    if design.weight or design.rake:
        columns[WEIGHT] = _weights(raw, answers, columns, study)
    return columns


def _weights(raw: RawExport, answers: pd.DataFrame, columns: dict[str, Any], study: Study) -> Floats:
    design = study.design
    assert design is not None
    counts = answers["count"].to_numpy(dtype=float)
    weights = np.ones(len(answers)) if design.weight is None else _numbers(raw, answers, design.weight)
    if not (weights * counts).sum() > 0:
        raise DataError("no respondent has a weight above 0", where=f"{raw.place}, column '{design.weight}'")
    if design.rake:
        columns[START] = weights
        weights = _raked(answers, weights * counts, design.rake, study) * weights
    if design.trim is not None:
        weights = trimmed(weights, counts, *design.trim)
    return weights


def _raked(answers: pd.DataFrame, mass: Floats, groups: Sequence[str], study: Study) -> Floats:
    """Return the factor of each row by which its group's weights meet the frame; those whose group is not known keep their part."""
    frame, margins, totals = study.frame, [], []
    assert frame is not None
    for group in groups:
        levels = list(study.codebook.variable(group).scale.codes)
        places = answers[group].cat.codes.to_numpy()
        people = frame.groupby(group, observed=False)["population"].sum().reindex(levels, fill_value=0)
        unknown = float(mass[places < 0].sum() / mass.sum())
        margins.append(np.where(places < 0, len(levels), places))
        totals.append(np.append(people.to_numpy(dtype=float) / people.sum() * (1 - unknown), unknown))
        have = np.bincount(margins[-1], mass, minlength=len(levels) + 1)
        empty = [level for level, n, size in zip(levels, have, people, strict=False) if (n > 0) != (size > 0)]
        if empty:
            what = "the weights cannot be raked: a group has people and no answers, or the reverse"
            hint = f"merge it with another one by `merge` of {group} in codebook.yml, or leave {group} out of `rake`"
            raise DataError(what, where=f"design.rake, {group}", got=", ".join(empty), hint=hint)
    factors, gap = raked(np.stack(margins, axis=-1), mass, totals)
    if gap > 1e-8:
        raise DataError("the weights do not converge", where="design.rake", hint="rake to fewer groups")
    return factors


def _crossed(raw: RawExport, answers: pd.DataFrame, headings: Iterable[str]) -> Any:
    """Return the crossing of columns of the export and of items, as one categorical."""
    parts = []
    for heading in headings:
        part = answers[heading].astype(object) if heading in answers else raw.cells.loc[answers.index, heading]
        part = part.fillna("").astype(str).str.strip()
        if (part == "").any():
            where = cell_place(raw.place, heading, answers.index[part == ""].tolist())
            raise DataError("a respondent is in no stratum or cluster", where=where)
        parts.append(part)
    return pd.Categorical([row[0] if len(row) == 1 else str(row) for row in zip(*parts, strict=True)])


def _numbers(raw: RawExport, answers: pd.DataFrame, heading: str) -> Floats:
    """Return a column of numbers; a decimal comma is one, and so is 1.2e-5, which programs write for a small weight."""
    texts = raw.cells.loc[answers.index, heading].str.strip().str.replace(",", ".")
    numbers: Floats = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float)
    if wrong := answers.index[~((numbers >= 0) & (numbers < float("inf")))].tolist():
        where, expected = cell_place(raw.place, heading, wrong), "a number for each row that is kept"
        hint = "correct the cells, or set the rows aside by `exclude` in study.yml"
        raise DataError("this is no number from 0", where=where, expected=expected, hint=hint)
    return numbers


def _sizes(answers: pd.DataFrame, study: Study, strata: Sequence[str]) -> Floats:
    """Return how many people the frame has in each row's stratum."""
    frame = study.frame
    assert frame is not None
    if not strata:
        return np.full(len(answers), float(frame["population"].sum()))
    sizes = [study.population(dict(zip(strata, row, strict=True))) or 0 for row in answers[[*strata]].to_numpy()]
    return np.array(sizes, dtype=float)


def raked(
    margins: Places, mass: Floats, totals: Sequence[Floats], tolerance: float = 1e-10, sweeps: int = MAX_ITERATIONS
) -> tuple[Floats, float]:
    """Return the factor of each row by which every margin adds up to its totals, and how far off the worst level is.

    Parameters
    ----------
    margins
        (rows, margins): each row's level in each margin.
    mass
        What each row weighs before.
    totals
        What the levels of each margin are to add up to.
    tolerance
        How near each level has to come, relative to its total.
    sweeps
        How often all margins are gone through at most.
    """
    cells, cell = np.unique(margins, axis=0, return_inverse=True)
    sums = np.asarray(np.bincount(cell.ravel(), mass, minlength=len(cells)), dtype=float)
    factors, gap = np.ones(len(cells)), np.inf
    for _ in range(sweeps):
        for column, total in zip(cells.T, totals, strict=True):
            have = np.bincount(column, sums * factors, minlength=len(total))
            factors *= np.divide(total, have, out=np.ones_like(total), where=have > 0)[column]
        gap = max(_gap(column, sums * factors, total) for column, total in zip(cells.T, totals, strict=True))
        if gap <= tolerance:
            break
    return np.asarray(factors[cell.ravel()]), gap


def trimmed(weights: Floats, counts: Floats, lower: float, upper: float) -> Floats:
    """Return weights within bounds, as multiples of their mean, scaled to the sum they had; 0 stays 0."""
    total = float(counts @ weights)
    mean = total / float(counts[weights > 0].sum())
    bounded = np.where(weights > 0, np.clip(weights, lower * mean, upper * mean), 0.0)
    return np.asarray(bounded * total / float(counts @ bounded))


def _gap(column: Places, weights: Floats, total: Floats) -> float:
    have = np.bincount(column, weights, minlength=len(total))
    return float(np.max(np.abs(have - total)[total > 0] / total[total > 0]))
