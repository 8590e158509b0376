"""Weights brought to known margins by iterative proportional fitting (Deming & Stephan 1940), and within bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MAX_ITERATIONS = 10_000


def raked(
    margins: npt.NDArray[np.intp],
    mass: Floats,
    totals: Sequence[Floats],
    tolerance: float = 1e-10,
    max_iterations: int = MAX_ITERATIONS,
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
    max_iterations
        How often all margins are gone through at most.
    """
    cells, cell = np.unique(margins, axis=0, return_inverse=True)
    sums = np.asarray(np.bincount(cell.ravel(), mass, minlength=len(cells)), dtype=float)
    factors, gap = np.ones(len(cells)), np.inf
    for _ in range(max_iterations):
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


def _gap(column: npt.NDArray[np.intp], weights: Floats, total: Floats) -> float:
    have = np.bincount(column, weights, minlength=len(total))
    return float(np.max(np.abs(have - total)[total > 0] / total[total > 0]))
