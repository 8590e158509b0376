"""Whom the answers stand for: how evenly the groups of the frame answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from ..errors import EstimationError
from .asked import given, ordered_columns
from .design import Floats, names_of
from .weights import crossed_response


def r_indicator(data: Any, variables: str | Sequence[str], frame: Any = None, level: float = 0.95) -> pd.DataFrame:
    """Estimate how evenly a group of variables' levels answered: R = 1 - 2 S(response propensity).

    Parameters
    ----------
    data
        Coded answers, a data frame of those who answered, or a release: there a crossing that is hidden or not published is
        taken to be what the released margins imply.
    variables
        Columns of the frame; the propensities are of a logistic model with their main effects.
    frame
        How many there are in each crossing; the study's frame by default.
    level
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        `term, group` (the variables), `estimate, std_error, conf_low, conf_high, n`. Terms: 'R' (bias-adjusted),
        'R_unadjusted', 'CV' (the adjusted S over the mean propensity). 1 is even. It sees only differences between the
        levels of the variables named, and no response that depends on the answer itself. Missing figures where a release hides
        a margin.

    Raises
    ------
    UsageError
        When the frame does not have the variables.
    EstimationError
        When all or none of a level answered, so that its propensity has no finite log odds.

    Notes
    -----
    Shlomo, Skinner & Schouten (2012), for a census of the frame: S^2 is lessened by the mean of z' V z, z = p(1 - p) x
    and V the model's covariance; the standard error is their linearisation. R: the RISQ tools' `getRIndicator`.

    Examples
    --------
    >>> r_indicator(release, "unit")
    """
    names = names_of(variables)
    if not names:
        hint = "add a frame to the study"
        raise EstimationError("there is no group whose size is known", where="r_indicator", hint=hint)
    table = indicator_table(crossed_response(data, names, frame), names, level)
    return given(table, "r_indicator", data, True, variables=names)


def indicator_table(cells: pd.DataFrame, names: tuple[str, ...], level: float) -> pd.DataFrame:
    """Return the indicators of the crossings' counts with intervals; missing where a count is."""
    if cells["count"].isna().any():
        rows, total = [(term, np.nan, np.nan) for term in ("R", "R_unadjusted", "CV")], np.nan
    else:
        rows, total = _indicators(cells, names), cells["population"].sum()
    table = pd.DataFrame(rows, columns=["term", "estimate", "std_error"])
    half = float(ndtri(0.5 + level / 2)) * table["std_error"]
    low, high = table["estimate"] - half, table["estimate"] + half
    return ordered_columns(table.assign(conf_low=low, conf_high=high, n=total, group=", ".join(names)))


def _indicators(cells: pd.DataFrame, names: tuple[str, ...]) -> list[tuple[str, float, float]]:
    """Return term, estimate and standard error of each indicator."""
    counts, population = cells["count"].to_numpy(dtype=float), cells["population"].to_numpy(dtype=float)
    p, x, v = _propensities(counts, population, _main_effects(cells[list(names)]), names)
    total = population.sum()
    share = population / total
    mean, z = float(share @ p), (p * (1 - p))[:, None] * x
    spread = float(share @ (p - mean) ** 2)
    bias = float(share @ np.einsum("ij,jk,ik->i", z, v, z))
    unadjusted, adjusted = spread * total / (total - 1), max(spread * total / (total - 1) - bias, 0.0)
    error = _r_standard_error(p - mean, z, v, share, spread)
    return [
        ("R", 1 - 2 * np.sqrt(adjusted), error),
        ("R_unadjusted", 1 - 2 * np.sqrt(unadjusted), error),
        ("CV", np.sqrt(adjusted) / mean, error / (2 * mean)),
    ]


def _r_standard_error(deviation: Floats, z: Floats, v: Floats, share: Floats, spread: float) -> float:
    """Return sqrt(Var(S^2) / S^2): normal coefficients, to second order."""
    if spread == 0:
        return float("nan")
    centred = z - share @ z
    a = centred.T @ (share * deviation)
    b = (centred * share[:, None]).T @ centred @ v
    return float(np.sqrt((4 * a @ v @ a + 2 * np.trace(b @ b)) / spread))


def _main_effects(cells: pd.DataFrame) -> pd.DataFrame:
    """Return a constant and treatment contrasts of each variable, a row a cell of the frame."""
    dummies = pd.get_dummies(cells.astype(str), drop_first=True, dtype=float)
    dummies.insert(0, "(constant)", 1.0)
    return dummies


def _propensities(
    counts: Floats, population: Floats, design: pd.DataFrame, names: tuple[str, ...]
) -> tuple[Floats, Floats, Floats]:
    """Fit a logistic model of answering; return propensities, model matrix and covariance."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    x = design.to_numpy()
    for column, name in zip(x.T, design.columns, strict=True):
        inside = column > 0
        if not 0 < counts[inside].sum() < population[inside].sum():
            what = "nobody or everybody of a level answered, so that its propensity has no finite log odds"
            hint = "merge the level, or leave the variable out"
            raise EstimationError(what, where=f"{', '.join(names)}: {name}", hint=hint)
    answered = np.repeat([1.0, 0.0], len(x))
    people = np.concatenate([counts, population - counts])
    fit = GLM(answered, np.tile(x, (2, 1)), family=Binomial(), freq_weights=people).fit(tol=1e-12, maxiter=100)
    if not fit.converged:
        raise EstimationError("the model of response did not converge", where=", ".join(names))
    return np.asarray(fit.fittedvalues)[: len(x)], x, np.asarray(fit.cov_params())
