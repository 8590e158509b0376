"""Intervals, joint tests and tidy frames of estimates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd
from scipy.linalg import eigvalsh
from scipy.special import chdtrc, fdtrc, ndtr, ndtri, stdtr, stdtrit

from ..errors import EstimationError, UsageError
from .arrays import FloatArray
from .maximise import solve_positive

REACH = 12
NORMALS, _SEED = 19_999, 1984
"""How many draws of a normal distribution joint intervals rest on; always the same ones."""


def critical_value(level: float, df: float) -> float:
    """Return the two-sided quantile of Student's t, normal where `df` is infinite.

    Raises
    ------
    UsageError
        The level is not between 0 and 1.
    EstimationError
        No degrees of freedom are left.
    """
    if not 0 < level < 1:
        raise UsageError("a level lies between 0 and 1", where="level", got=level)
    upper = (1 + level) / 2
    return float(ndtri(upper) if np.isinf(df) else stdtrit(_positive_df(df), upper))


def _positive_df(df: float) -> float:
    if df <= 0:
        hint = "use fewer effects; more clusters cannot be had from the data"
        raise EstimationError("the design leaves no degrees of freedom for the effects", got=f"{df:g}", hint=hint)
    return df


def p_values(statistic: FloatArray, df: float | FloatArray) -> FloatArray:
    """Return two-sided p values of t statistics, normal where `df` is infinite."""
    below, each = -np.abs(statistic), np.broadcast_to(df, np.shape(statistic))
    if len(each):
        _positive_df(float(np.nanmin(np.append(each, np.inf))))
    return np.asarray(2.0 * np.where(np.isinf(each), ndtr(below), stdtr(each, below)), dtype=np.float64)


def jointly(
    statistic: FloatArray, df: float | FloatArray, correlation: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Return single-step adjusted p values of comparisons, and how many standard errors their joint intervals reach.

    A p value is below 1 - level where, and only where, the interval leaves out no difference. The comparisons are jointly normal,
    each with a t distribution of its own (Hothorn, Bretz & Westfall 2008, Biometrical Journal 50, 346-363); their order is nothing.

    Parameters
    ----------
    statistic, df
        Each comparison's t and its degrees of freedom.
    correlation
        Of the comparisons.
    level
        Joint confidence level.
    """
    from scipy.stats import norm, t

    df = np.broadcast_to(np.asarray(df, dtype=np.float64), np.shape(statistic))

    def reach(p: float) -> FloatArray:
        return np.where(np.isinf(df), norm.isf(p / 2), t.isf(p / 2, df))

    own = p_values(statistic, df)
    if len(statistic) == 1:
        return own, reach(1 - level)
    order = np.argsort(statistic, kind="stable")
    values, vectors = np.linalg.eigh(correlation[np.ix_(order, order)])
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    normal = np.random.default_rng(_SEED).standard_normal((NORMALS, len(statistic))) @ root
    least = np.sort(2 * ndtr(-np.abs(normal).max(axis=1)))
    adjusted = (1 + np.searchsorted(least, own, side="right")) / (NORMALS + 1)
    limit = least[max(int((1 - level) * (NORMALS + 1)) - 1, 0)]
    return np.where(own < limit, np.minimum(adjusted, len(own) * own), adjusted), reach(limit)


def chi_square_p(statistic: float, df: int, denominator: float = np.inf) -> float:
    """Return the p value of a chi-square statistic, of F = statistic / df where the denominator is finite."""
    if np.isinf(denominator):
        return float(chdtrc(df, statistic))
    return float(fdtrc(df, _positive_df(denominator), statistic / df))


def wald_statistic(estimate: FloatArray, covariance: FloatArray, where: str) -> float:
    """Return e' V^-1 e.

    Raises
    ------
    EstimationError
        V is singular: fewer clusters or primary sampling units than effects tested.
    """
    scale = 1.0 / np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    scaled = covariance * scale[:, None] * scale
    solution = solve_positive(scaled, estimate * scale)
    if solution is None or eigvalsh(scaled)[0] < 1e-10:
        what = "the effects cannot be tested together: their covariance is singular"
        hint = "there are fewer clusters or primary sampling units than effects: test them by terms=[...]"
        raise EstimationError(what, where=where, hint=hint)
    return float(estimate @ (solution * scale))


def profile_ends(
    profiled: Callable[[float], float], estimate: float, unit: float, level: float, where: str, lowest: float = -np.inf
) -> tuple[float, float]:
    """Return the values of a parameter at which twice the drop of its profiled log-likelihood is the chi-square quantile.

    Parameters
    ----------
    profiled
        The log-likelihood maximised over the other parameters, at a value of this one.
    estimate
        Where it is highest.
    unit
        First step outward: a standard error, or a guess of one.
    level
        Coverage.
    where
        The parameter's name.
    lowest
        The edge of the parameter's range, which is the end where the drop there is smaller.

    Raises
    ------
    EstimationError
        No end is found within many steps.
    """
    from scipy.optimize import brentq

    z, highest = critical_value(level, np.inf), profiled(estimate)

    def gap(value: float) -> float:
        """In standard errors, in which it is nearly linear."""
        return float(np.sqrt(max(2.0 * (highest - profiled(value)), 0.0))) - z

    def end(direction: int) -> float:
        inner = estimate
        for step in range(REACH):
            outer = max(estimate + direction * z * unit * 1.5**step, lowest)
            if gap(outer) > 0:
                return float(brentq(gap, inner, outer, xtol=1e-9 * unit))
            if outer == lowest:
                return lowest
            inner = outer
        raise EstimationError("the profile likelihood does not fall off", where=where, hint="use method='wald'")

    return end(-1), end(1)


def exponentiated(tidy: pd.DataFrame) -> pd.DataFrame:
    """Return a tidy frame's effects as ratios, above one towards the higher answers; standard errors stay the logarithms'.

    A nominal effect is part of a threshold, which a higher answer has to pass: its sign is turned.
    """
    found = tidy[tidy["group"].isin(["location", "nominal"])].reset_index(drop=True)
    sign = np.where(found["group"] == "nominal", -1.0, 1.0)
    ends = np.sort(np.exp(sign[:, None] * found[["conf_low", "conf_high"]].to_numpy()), axis=1)
    return found.assign(
        estimate=np.exp(sign * found["estimate"]),
        statistic=sign * found["statistic"],
        conf_low=ends[:, 0],
        conf_high=ends[:, 1],
    )


@dataclass(frozen=True)
class Summary:
    """A model on one page.

    Parameters
    ----------
    facts
        Name to value: the model, its data, its fit.
    table
        The tidy frame.
    notes
        What an analyst should know before reading the table.
    """

    facts: dict[str, str]
    table: pd.DataFrame
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        width = max(len(name) for name in self.facts)
        lines = [f"{name:<{width}}  {value}" for name, value in self.facts.items()]
        table = self.table.to_string(index=False, float_format=lambda value: f"{value:.4g}")
        return "\n".join([*lines, "", table, *(["", *self.notes] if self.notes else [])])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
            for name, value in self.facts.items()
        )
        table = self.table.to_html(index=False, float_format=lambda value: f"{value:.4g}", border=0)
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<table><caption>Cumulative link model</caption>{rows}</table>{table}{notes}"
