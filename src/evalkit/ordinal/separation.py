"""Separation: maximum likelihood estimates that do not exist, found and named before anyone reads them.

A likelihood of patterns has no maximum at finite parameters when the parameters can move in a direction in which no
observed cell loses probability and some gain: upper bounds rise or stay, lower bounds fall or stay. The directions
form a cone, so one linear programme finds all the cells that can gain at once: maximise sum s, subject to
0 <= s <= 1 and s no larger than a cell's gain. Source: Albert and Anderson (1984), Biometrika 71, 1-10; Konis (2007)
for the linear programme; here extended to both bounds of an ordered category.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import EstimationError
from .arrays import BoolArray, FloatArray
from .formula import DesignSpec, ModelFormula
from .likelihood import Likelihood
from .patterns import Patterns

GAIN = 1e-6


class SeparationError(EstimationError):
    """The maximum likelihood estimate does not exist; a penalised one does."""


def refuse_separation(likelihood: Likelihood, patterns: Patterns, formula: ModelFormula, spec: DesignSpec) -> None:
    """Raise where the maximum likelihood estimate does not exist; scale effects are left out of the directions.

    Raises
    ------
    SeparationError
        Naming the levels whose respondents can all be fitted ever better, or the columns of the design that the direction
        moves, where no single level explains it.
    """
    rows, pattern = _gain_rows(likelihood)
    ordered = _order_rows(likelihood)
    direction, gained = _largest_gain(rows, ordered)
    if not gained.any():
        return
    improving = np.zeros(len(patterns.predictors), dtype=bool)
    improving[pattern[gained]] = True
    names, variables = spec.parameter_names(patterns.categories), _variables(formula, spec, likelihood.n_thresholds)
    moved = [int(i) for i in np.flatnonzero(np.abs(direction) > GAIN)]
    involved = list(dict.fromkeys(name for i in moved for name in variables[i]))
    levels = _levels(patterns.predictors[involved], improving)
    alone = () if levels else _alone(rows, ordered, involved, variables)
    of_variables = [i for i in moved if variables[i] and (not alone or set(variables[i]) <= set(alone))]
    found = [f"{name}: {level}" for name, level in levels] or [names[i] for i in of_variables or moved]
    what = "the estimate is infinite: the answers are separated"
    expected = "answers in which no level stands wholly to one side"
    hint = "merge the level with another, leave it out, or fit with penalty='jeffreys'"
    raise SeparationError(what, where=formula.text, got=", ".join(found), expected=expected, hint=hint)


def _variables(formula: ModelFormula, spec: DesignSpec, n_thresholds: int) -> list[tuple[str, ...]]:
    """Return the variables of each threshold, nominal and location parameter; none of a threshold itself."""
    size = n_thresholds * (1 + len(spec.nominal_names)) + len(spec.location_names)
    found: list[tuple[str, ...]] = [()] * size
    for term, names in formula.term_variables.items():
        for i in spec.columns_of(term, n_thresholds):
            found[i] = names
    return found


def _alone(
    rows: FloatArray, ordered: FloatArray, involved: Sequence[str], variables: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    """Return the variables that separate the answers with no help of others."""
    found = []
    for name in involved:
        kept = [i for i, own in enumerate(variables[: rows.shape[1]]) if set(own) <= {name}]
        if _largest_gain(rows[:, kept], ordered[:, kept])[1].any():
            found.append(name)
    return tuple(found)


def _gain_rows(likelihood: Likelihood) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Rows a with a'd >= 0 for every direction d that loses nothing, and the pattern of each row."""
    j = likelihood.n_thresholds
    observed = likelihood.weights > 0
    pieces, patterns = [], []
    width = sum(len(block) for block in likelihood.blocks[:-1])
    for threshold in range(j):
        row = np.zeros((len(observed), width))
        row[:, likelihood.blocks[threshold]] = likelihood.rows
        row[:, likelihood.blocks[-2]] = -likelihood.design.location
        for sign, cells in ((1.0, observed[:, threshold]), (-1.0, observed[:, threshold + 1])):
            pieces.append(sign * row[cells])
            patterns.append(np.flatnonzero(cells))
    return np.vstack(pieces), np.concatenate(patterns)


def _order_rows(likelihood: Likelihood) -> FloatArray:
    """Rows b with b'd >= 0: nominal effects may not make thresholds cross in an observed pattern."""
    width = sum(len(block) for block in likelihood.blocks[:-1])
    if likelihood.rows.shape[1] == 1:
        return np.empty((0, width))
    pieces = []
    for low, high in pairwise(likelihood.blocks[:-2]):
        row = np.zeros((len(likelihood.rows), width))
        row[:, high], row[:, low] = likelihood.rows, -likelihood.rows
        pieces.append(row)
    return np.vstack([np.empty((0, width)), *pieces])


def _largest_gain(rows: FloatArray, ordered: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Solve the linear programme; return a direction, and which rows gain in some direction."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    scale = np.abs(rows).max(axis=0)
    steady = np.where(scale > 0, scale, 1.0)
    scaled = rows / steady
    size, width = scaled.shape
    gains = hstack([csr_array(-scaled), eye_array(size)])
    order = hstack([csr_array(-ordered / steady), csr_array((len(ordered), size))])
    cost, rest = np.concatenate([np.zeros(width), -np.ones(size)]), np.zeros(size + len(ordered))
    bounds = [(None, None)] * width + [(0.0, 1.0)] * size
    solution = linprog(cost, A_ub=vstack([gains, order], format="csr"), b_ub=rest, bounds=bounds, method="highs")
    if solution.status != 0 or solution.x is None:
        raise EstimationError("the linear programme for separation failed", got=solution.message)
    return solution.x[:width], solution.x[width:] > GAIN


def _levels(predictors: pd.DataFrame, improving: BoolArray) -> tuple[tuple[str, Hashable], ...]:
    """Name the levels all of whose patterns improve; only of the variables that explain the most patterns.

    A variable all of whose levels improve explains nothing: something else separates the answers, or the whole of it.
    """
    found: dict[str, list[Hashable]] = {}
    explained: dict[str, int] = {}
    for name in predictors.columns:
        if hasattr(predictors[name], "cat"):
            inside = {level: (predictors[name] == level).to_numpy() for level in predictors[name].cat.categories}
            whole = [level for level, rows in inside.items() if improving[rows].all()]
            found[name] = whole if len(whole) < len(inside) else []
            explained[name] = sum(int(inside[level].sum()) for level in found[name])
    most = max(explained.values(), default=0)
    chosen = [name for name in found if explained[name] == most and most > 0]
    return tuple((name, level) for name in chosen for level in found[name])
