"""Intervals, joint tests and tidy frames of estimates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from evalkit.errors import EstimationError, UsageError
from evalkit.estimate.ordinal.maximise import Objective, maximise, solve_positive

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]

WIDEST_BRACKET = 30


def critical_value(level: float, df: float) -> float:
    """Return the two-sided quantile of Student's t, normal where `df` is infinite.

    Raises
    ------
    UsageError
        The level is not between 0 and 1.
    EstimationError
        No degrees of freedom are left.
    """
    from scipy.stats import t

    if not 0 < level < 1:
        raise UsageError("a level lies between 0 and 1", where="level", got=level)
    return float(t.ppf((1 + level) / 2, _positive_df(df)))


def _positive_df(df: float) -> float:
    if df <= 0:
        raise EstimationError(
            "the design leaves no degrees of freedom for the effects",
            got=f"{df:g}",
            hint="use fewer effects; more clusters cannot be had from the data",
        )
    return df


def p_values(statistic: FloatArray, df: float) -> FloatArray:
    """Return two-sided p values of t statistics."""
    from scipy.stats import t

    return np.asarray(2.0 * t.sf(np.abs(statistic), _positive_df(df)), dtype=np.float64)


def chi_square_p(statistic: float, df: int, denominator: float = np.inf) -> float:
    """Return the p value of a chi-square statistic, of F = statistic / df where the denominator is finite."""
    from scipy.stats import chi2, f

    if np.isinf(denominator):
        return float(chi2.sf(statistic, df))
    return float(f.sf(statistic / df, df, _positive_df(denominator)))


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
            hint="there are fewer clusters or primary sampling units than effects; test fewer, or use another cov_type",
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
        from scipy.optimize import brentq

        size = np.sqrt(self.covariance[index, index])
        direction = self.covariance[:, index] / self.covariance[index, index]
        at = {0.0: self.theta}

        def excess(distance: float) -> float:
            nearest = min(at, key=lambda known: abs(known - distance))
            start = at[nearest] + direction * (distance - nearest) * size
            start[index] = self.theta[index] + distance * size
            free = np.arange(len(start)) != index
            found = maximise(self.objective, start, free=free)
            if found.status == "stuck":
                raise EstimationError("the profile likelihood was not reached", where=name, hint="use method='wald'")
            at[distance] = found.theta
            return float(np.sqrt(max(2.0 * (self.value - found.value), 0.0)) - abs(z))

        step = z / 4
        low, high = 0.0, 4 * step
        low_excess = -abs(z)
        for _ in range(WIDEST_BRACKET):
            high_excess = excess(high)
            if high_excess >= 0:
                break
            low, low_excess, high = high, high_excess, high + step
        else:
            raise EstimationError("the profile likelihood does not fall far enough", where=name)
        if low_excess >= 0:
            return float(self.theta[index] + low * size)
        root = brentq(excess, low, high, xtol=1e-10, rtol=1e-12)
        return float(self.theta[index] + root * size)


def interval_frame(low: Sequence[float], high: Sequence[float], names: Sequence[str]) -> pd.DataFrame:
    """Return a frame with `conf_low` and `conf_high`, a row a parameter."""
    import pandas as pd

    return pd.DataFrame({"conf_low": low, "conf_high": high}, index=list(names), dtype=float)


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
