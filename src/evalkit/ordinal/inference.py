"""Intervals, joint tests and tidy frames of estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..errors import EstimationError, UsageError
from .maximise import Objective, maximise, solve_positive

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]

MOST_STEPS = 40
CLOSE_ENOUGH = 1e-9


def critical_value(level: float, df: float) -> float:
    """Return the two-sided quantile of Student's t, normal where `df` is infinite.

    Raises
    ------
    UsageError
        The level is not between 0 and 1.
    EstimationError
        No degrees of freedom are left.
    """
    from scipy.special import ndtri, stdtrit

    if not 0 < level < 1:
        raise UsageError("a level lies between 0 and 1", where="level", got=level)
    upper = (1 + level) / 2
    return float(ndtri(upper) if np.isinf(df) else stdtrit(_positive_df(df), upper))


def _positive_df(df: float) -> float:
    if df <= 0:
        raise EstimationError(
            "the design leaves no degrees of freedom for the effects",
            got=f"{df:g}",
            hint="use fewer effects; more clusters cannot be had from the data",
        )
    return df


def p_values(statistic: FloatArray, df: float | FloatArray) -> FloatArray:
    """Return two-sided p values of t statistics, normal where `df` is infinite."""
    from scipy.special import ndtr, stdtr

    below, each = -np.abs(statistic), np.broadcast_to(df, np.shape(statistic))
    if len(each):
        _positive_df(float(np.nanmin(np.append(each, np.inf))))
    return np.asarray(2.0 * np.where(np.isinf(each), ndtr(below), stdtr(each, below)), dtype=np.float64)


def chi_square_p(statistic: float, df: int, denominator: float = np.inf) -> float:
    """Return the p value of a chi-square statistic, of F = statistic / df where the denominator is finite."""
    from scipy.special import chdtrc, fdtrc

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
    from scipy.linalg import eigvalsh

    scale = 1.0 / np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    scaled = covariance * scale[:, None] * scale
    solution = solve_positive(scaled, estimate * scale)
    if solution is None or eigvalsh(scaled)[0] < 1e-10:
        raise EstimationError(
            "the effects cannot be tested together: their covariance is singular",
            where=where,
            hint="there are fewer clusters or primary sampling units than effects: test them by terms=[...]",
        )
    return float(estimate @ (solution * scale))


@dataclass(frozen=True)
class Profile:
    """A profiled likelihood.

    Parameters
    ----------
    objective
        The (penalised) log-likelihood.
    theta
        Its maximum (K,).
    value
        The value there.
    covariance
        (K, K) at the maximum, for starts.
    """

    objective: Objective
    theta: FloatArray
    value: float
    covariance: FloatArray

    def interval(self, index: int, level: float, name: str) -> tuple[float, float]:
        """Return where twice the drop of the profiled log-likelihood equals the chi-square quantile."""
        z = critical_value(level, np.inf)
        return self._bound(index, -z, name), self._bound(index, z, name)

    def _bound(self, index: int, z: float, name: str) -> float:
        """Solve root(2 drop) = |z| by the secant method; the left side is nearly linear in standard errors."""
        size = float(np.sqrt(self.covariance[index, index]))
        direction = self.covariance[:, index] / self.covariance[index, index]
        known = [(0.0, -abs(z), self.theta)]
        distance = z
        for _ in range(MOST_STEPS):
            nearest, _, theta = min(known, key=lambda point: abs(point[0] - distance))
            start = theta + direction * (distance - nearest) * size
            start[index] = self.theta[index] + distance * size
            found = maximise(self.objective, start, free=np.arange(len(start)) != index)
            if found.status == "stuck":
                raise EstimationError("the profile likelihood was not reached", where=name, hint="use method='wald'")
            excess = float(np.sqrt(max(2.0 * (self.value - found.value), 0.0))) - abs(z)
            last, last_excess, _ = known[-1]
            if abs(excess) < CLOSE_ENOUGH or excess == last_excess:
                break
            known.append((distance, excess, found.theta))
            step = -excess * (distance - last) / (excess - last_excess)
            distance += float(np.clip(step, -abs(z), abs(z)))
        if abs(excess) >= CLOSE_ENOUGH:
            raise EstimationError("the profile likelihood does not fall far enough", where=name)
        return float(self.theta[index] + distance * size)


def interval_frame(low: Sequence[float], high: Sequence[float], names: Sequence[str]) -> pd.DataFrame:
    """Return a frame with `conf_low` and `conf_high`, a row a parameter."""
    import pandas as pd

    return pd.DataFrame({"conf_low": low, "conf_high": high}, index=list(names), dtype=float)


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
