"""A predictor of units, tested on as many degrees of freedom as units bear.

Two steps: the unpooled effects of the units, from a model with the unit and the respondents' own predictors, are
regressed on the unit's predictor, with their estimated covariance V and a variance tau^2 between units,

    effect = a + b z + e,  Cov(e) = V + tau^2 I,

tau^2 by restricted maximum likelihood, b by generalised least squares, its variance by Knapp and Hartung (2003,
Statistics in Medicine 22, 2693-2710), and t on (units - 2) degrees of freedom. Only contrasts of the effects are used,
so nothing depends on the reference unit. R equivalent: `metafor::rma.mv(..., test = "t")` on the estimates.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import EstimationError, UsageError, nearest
from .clm import CLMResult
from .deviations import unit_effects
from .effects import levels_of
from .inference import critical_value, p_values
from .links import FloatArray

if TYPE_CHECKING:
    import pandas as pd

FEWEST_UNITS: Final = 5


def unit_predictor(
    result: CLMResult,
    unit: str,
    values: Mapping[Hashable, float],
    *,
    name: str = "unit predictor",
    without: Hashable = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Test a predictor that varies between units only.

    Parameters
    ----------
    result
        A fitted model with the unit among its predictors.
    unit
        That predictor.
    values
        Unit to the value of its predictor, for every unit of the model.
    name
        The predictor's name, for the column `term`.
    without
        A unit to leave out of a second test, to see whether the first hangs on it.
    level
        Coverage of the intervals.

    Returns
    -------
    DataFrame
        `term, group, estimate, std_error, statistic, df, p_value, conf_low, conf_high, n, between_sd`: change on the
        link for one more of the predictor; n counts units, `between_sd` is the standard deviation between units that
        the predictor leaves.

    Raises
    ------
    UsageError
        Values do not name exactly the units, or `without` is none of them.
    EstimationError
        There are fewer than five units, or the predictor is the same for all.
    """
    import pandas as pd

    levels = levels_of(result.latent(), unit)
    z = _values(levels, values)
    effects = unit_effects(result, unit)
    design = effects.jacobian[:, 0]
    estimate, covariance = effects.estimate[:, 0], design @ result.covariance @ design.T
    kept = {"all": np.full(len(levels), True)}
    if without is not None:
        if without not in levels:
            raise UsageError("no such unit", where="without", got=without, hint=nearest(without, levels))
        kept[f"without {without}"] = np.array([label != without for label in levels])
    rows = []
    for group, inside in kept.items():
        fit = between_regression(estimate[inside], covariance[np.ix_(inside, inside)], z[inside])
        reach = critical_value(level, fit.df) * fit.std_error
        rows.append(
            {
                "term": name,
                "group": group,
                "estimate": fit.estimate,
                "std_error": fit.std_error,
                "statistic": fit.estimate / fit.std_error,
                "df": fit.df,
                "p_value": p_values(np.array([fit.estimate / fit.std_error]), fit.df)[0],
                "conf_low": fit.estimate - reach,
                "conf_high": fit.estimate + reach,
                "n": int(inside.sum()),
                "between_sd": fit.between_sd,
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class BetweenRegression:
    """A slope between units.

    Parameters
    ----------
    estimate, std_error
        The slope and its standard error.
    df
        Units less two.
    between_sd
        Standard deviation between units that the predictor leaves.
    """

    estimate: float
    std_error: float
    df: int
    between_sd: float


def between_regression(effect: FloatArray, covariance: FloatArray, z: FloatArray) -> BetweenRegression:
    """Regress estimated effects (G,) with a known covariance (G, G) on a predictor (G,).

    Raises
    ------
    EstimationError
        There are fewer than five units, or the predictor is the same for all.
    """
    from scipy.optimize import minimize_scalar

    units = len(effect)
    if units < FEWEST_UNITS:
        raise EstimationError("too few units for a predictor of units", got=units, expected=f"{FEWEST_UNITS} or more")
    if np.ptp(z) == 0:
        raise EstimationError("the predictor is the same for all units", where="values")
    contrasts = np.linalg.qr(np.column_stack([np.ones(units), np.eye(units)[:, 1:]]))[0][:, 1:]
    sampling, vectors = np.linalg.eigh(contrasts.T @ covariance @ contrasts)
    y, x = vectors.T @ contrasts.T @ effect, vectors.T @ contrasts.T @ z

    def slope(variance: float) -> tuple[float, float, float]:
        precision = 1 / (sampling + variance)
        information = float(precision @ x**2)
        b = float(precision @ (x * y)) / information
        return b, information, float(precision @ (y - b * x) ** 2)

    def loss(log_variance: float) -> float:
        variance = np.exp(log_variance)
        _, information, squares = slope(variance)
        return float(np.log(sampling + variance).sum() + np.log(information) + squares)

    largest = np.log(float(np.var(y)) * 10 + float(sampling.max()))
    smallest = np.log(float(sampling[sampling > 0].min()) * 1e-6)
    found = minimize_scalar(loss, bounds=(smallest, largest), method="bounded", options={"xatol": 1e-8})
    variance = 0.0 if loss(smallest) <= found.fun else float(np.exp(found.x))
    b, information, squares = slope(variance)
    df = units - 2
    return BetweenRegression(b, float(np.sqrt(squares / df / information)), df, float(np.sqrt(variance)))


def _values(levels: list[Hashable], values: Mapping[Hashable, float]) -> FloatArray:
    wrong = sorted(str(label) for label in {*levels} ^ {*values})
    if wrong:
        raise UsageError("values do not name exactly the units of the model", where="values", got=", ".join(wrong))
    z = np.array([values[label] for label in levels], dtype=np.float64)
    if not np.isfinite(z).all():
        raise UsageError("a unit's value is not a number", where="values")
    return z
