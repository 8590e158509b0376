"""Cumulative link models: `fit_clm` and its result.

link(P(Y <= j)) = (theta_j + z'gamma_j - x'beta) / exp(s'zeta), fitted on patterns (see `patterns`). R equivalents:
`ordinal::clm`, `MASS::polr`, `survey::svyolr`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from ..errors import EstimationError, UsageError, one_of
from .arrays import FloatArray
from .coding import WeightKind
from .covariance import CovType, check_cov_type, degrees_of_freedom, refuse_cluster_as_effect, sandwich
from .formula import Design, DesignSpec, ModelFormula, Terms, build_design
from .inference import profile_ends, wald_statistic
from .likelihood import Likelihood
from .links import find_link
from .maximise import (
    JeffreysPenalised,
    Objective,
    inverse_positive,
    maximise,
    maximise_penalised,
    nearly_singular,
    starting_values,
)
from .patterns import Lonely, Patterns
from .results import Fitted
from .separation import SeparationError, refuse_separation
from .sources import Provenance, drawn_by, model_data

Penalty = Literal["jeffreys"]
PenaltyChoice = Literal["jeffreys", "where_separated", "none"]
_UNREACHED = "scale and nominal effects need many answers; subtract a middle value from numbers with powers"


@dataclass(frozen=True, repr=False)
class CLMResult(Fitted):
    """A fitted cumulative link model.

    Parameters
    ----------
    bread
        (K, K): the inverse of the observed information.
    cov_type
        Kind of the covariance.
    penalty
        Name of the penalty, or None.
    """

    bread: FloatArray
    cov_type: CovType
    penalty: Penalty | None

    @cached_property
    def binary_fits(self) -> dict[Any, CLMResult]:
        """Binary models that were fitted in its place, so that none is twice."""
        return {}

    def latent(self) -> CLMResult:
        """Return the model that effects are of: itself."""
        return self

    @property
    def llnull(self) -> float:
        """Log-likelihood of the model with thresholds alone, which has the marginal shares."""
        totals = self.likelihood.weights.sum(axis=0)
        return float((totals * np.log(totals / totals.sum())).sum())

    @property
    def mcfadden(self) -> float:
        """McFadden's pseudo R^2: 1 - llf / llnull."""
        return 1.0 - self.llf / self.llnull

    def columns_of(self, term: str) -> list[int]:
        """Return the parameters of a term in the location and on the thresholds (indices into `theta`)."""
        return list(self.spec.columns_of(term, self.likelihood.n_thresholds))

    def wald_of(self, term: str) -> float:
        """Return Wald's statistic of all effects of a term on the location and the thresholds."""
        columns = self.columns_of(term)
        return wald_statistic(self.theta[columns], self.covariance[np.ix_(columns, columns)], term)

    def needs_no_penalty(self) -> None:
        """Refuse tests that a penalised fit does not have: that answers are separated is no fault of who asks."""
        if self.penalty is not None:
            raise EstimationError("a penalised fit has no such test", where=self.formula.text, got=self.penalty)

    def needs_likelihood(self, what: str) -> None:
        """Refuse what sampling weights and a penalised fit do not have."""
        super().needs_likelihood(what)
        if self.penalty is not None:
            what = f"{what} needs a likelihood, which a penalised fit does not have"
            raise EstimationError(what, where=self.formula.text)

    @property
    def objective(self) -> Objective:
        """What was maximised."""
        return self.likelihood if self.penalty is None else JeffreysPenalised(self.likelihood)

    def profile(self, index: int, level: float) -> tuple[float, float]:
        """Return the values of one parameter that a likelihood-ratio test at a level does not reject."""
        if self.cov_type != "model":
            raise UsageError("a profile interval needs a likelihood", where="cov_type", got=self.cov_type)
        spread = self.covariance[:, index]
        known = {float(self.theta[index]): self.theta}

        def profiled(value: float) -> float:
            """Maximise over the other parameters, from where they were at the nearest value."""
            nearest = min(known, key=lambda other: abs(other - value))
            start = known[nearest] + spread / spread[index] * (value - nearest)
            found = maximise(self.objective, start, free=np.arange(len(start)) != index)
            if found.status == "stuck":
                hint = "use method='wald'"
                raise EstimationError("the profile likelihood was not reached", where=self.names[index], hint=hint)
            known[value] = found.theta
            return found.value

        unit = float(np.sqrt(spread[index]))
        return profile_ends(profiled, float(self.theta[index]), unit, level, self.names[index])

    @property
    def facts(self) -> dict[str, str]:
        """What the summary says above the table."""
        cluster = f" (clusters: {self.patterns.cluster})" if self.patterns.cluster else ""
        facts = {"covariance": self.cov_type + cluster, "McFadden R2": f"{self.mcfadden:.4f}"}
        facts["concordance"] = f"{self.concordance:.3f}"
        if self.spec.nominal_terms:
            facts["nominal effects"] = ", ".join(self.spec.nominal_terms)
        if self.penalty is not None:
            facts["penalty"] = self.penalty
        elif self.patterns.weight_kind == "frequency":
            facts["AIC"] = f"{self.aic:.2f}"
        return facts


def fixed_effects(result: Fitted, what: str) -> CLMResult:
    """Return a result without random effects.

    Raises
    ------
    EstimationError
        The result has a random intercept, for which there is no such test.
    """
    if not isinstance(result, CLMResult):
        what, hint = f"{what} is of models without random intercept", "fit the same formula with fit_clm"
        raise EstimationError(what, where=result.formula.text, got=type(result).__name__, hint=hint)
    return result


def fit_clm(
    formula: str,
    data: Any,
    *,
    weights: str | None = None,
    weight_kind: WeightKind = "frequency",
    link: str = "logit",
    nominal: Terms = None,
    scale: Terms = None,
    cov_type: CovType | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    fpc: str | None = None,
    lonely: Lonely = "fail",
    penalty: PenaltyChoice | None = None,
) -> CLMResult:
    """Fit a cumulative link model: link(P(Y <= j)) = (theta_j + z'gamma_j - x'beta) / exp(s'zeta).

    Parameters
    ----------
    formula
        'outcome ~ terms'. The outcome is an ordered categorical; predictors are categorical (treatment contrasts
        against the first level) or numeric.
    data
        One row a respondent, or a table of counts; pandas, Polars or DuckDB.
    weights, weight_kind
        A column of whole counts ('frequency') or of sampling weights ('sampling').
    link
        'logit', 'probit', 'cloglog', 'loglog' or 'cauchit'.
    nominal
        '~ terms' whose effects differ by threshold (partial proportional odds). A term that stands in the formula too
        is taken out of the location, of which its nominal effects are a part. An interaction takes those of its
        categoricals' terms with it that the formula has; else the model would hang on the reference levels.
    scale
        '~ terms' with effects on the log of the latent scale.
    cov_type
        'model', 'robust', 'cluster' or 'design' (see `covariance`). By default 'model', and 'robust' for sampling
        weights, for which 'model' is refused.
    cluster, strata, fpc
        Columns: clusters; strata; the stratum's number of primary sampling units in the population. A study's answers are
        fitted by the study's own design, where neither these nor weights nor a covariance is asked for.
    lonely
        What a stratum with one primary sampling unit adds to the design covariance: 'fail' refuses it, 'adjust' takes its
        distance from the mean of all, 'certainty' nothing.
    penalty
        'jeffreys' for the fit that stays finite under separation (see `maximise`).

    Returns
    -------
    CLMResult

    Raises
    ------
    UsageError
        An option is unknown, or would be ignored; a column does not exist.
    DataError
        A column has the wrong type, or weights or the design are unusable.
    EstimationError
        The estimate is infinite (separation), not unique (collinear columns), impossible (crossing thresholds), or
        was not reached.

    Examples
    --------
    >>> model = fit_clm("belonging ~ role + unit", responses)
    >>> tidy(model, exponentiate=True)
    >>> model.predict({"role": "leader", "unit": "north"}, interval=True)
    >>> fit_clm("belonging ~ role * unit", responses, link="probit")
    <CLMResult belonging ~ role * unit, link probit>
    """
    if all(option is None for option in (weights, cov_type, cluster, strata, fpc)) and (drawn := drawn_by(data)):
        return fit_clm(formula, data, link=link, nominal=nominal, scale=scale, penalty=penalty, **drawn)
    kind: CovType = cov_type or ("robust" if weight_kind == "sampling" else "model")
    check_cov_type(kind, weight_kind=weight_kind, cluster=cluster, strata=strata, fpc=fpc)
    columns = {"weights": weights, "cluster": cluster, "strata": strata, "fpc": fpc}
    designed = lonely if kind == "design" else None
    parsed, patterns, provenance = model_data(
        formula, data, columns, weight_kind, nominal=nominal, scale=scale, design=designed
    )
    choice = _penalty(penalty, provenance, cov_type=kind, scale=scale)
    return fit_patterns(parsed, patterns, link, kind, choice, provenance)


def _penalty(
    penalty: PenaltyChoice | None, provenance: Provenance, *, cov_type: CovType, scale: Terms
) -> Literal["jeffreys", "where_separated"] | None:
    """Return when to penalise: a study's answers where they are separated, since its report is to be made in any case.

    Raises
    ------
    UsageError
        The penalty is unknown, or not defined for another option.
    """
    if penalty is None and provenance.source is not None and cov_type == "model" and not scale:
        return "where_separated"
    one_of(penalty or "none", get_args(PenaltyChoice), "penalty", "penalty")
    if penalty is None or penalty == "none":
        return None
    if cov_type != "model":
        raise UsageError("a penalised fit has a model-based covariance only", where="cov_type", got=cov_type)
    if scale:
        raise UsageError("a penalised fit has no scale effects", where="scale", got=scale)
    return penalty


def fit_patterns(
    formula: ModelFormula,
    patterns: Patterns,
    link: str,
    cov_type: CovType,
    penalty: Literal["jeffreys", "where_separated"] | None = None,
    provenance: Provenance | None = None,
) -> CLMResult:
    """Fit a parsed formula on patterns; see `fit_clm`."""
    if penalty == "where_separated":
        try:
            return fit_patterns(formula, patterns, link, cov_type, None, provenance)
        except SeparationError:
            penalty = "jeffreys"
    if cov_type in ("cluster", "design"):
        refuse_cluster_as_effect(patterns, formula.variables)
    design, spec = build_design(formula, patterns.predictors)
    likelihood = Likelihood(design, find_link(link), patterns.weights)
    refuse_collinear(design, spec)
    optimum = (
        maximise(likelihood, starting_values(likelihood))
        if penalty is None
        else maximise_penalised(likelihood, formula.text)
    )
    bread = inverse_positive(-optimum.hessian)
    if penalty is None and (bread is None or optimum.status != "converged" or nearly_singular(-optimum.hessian)):
        refuse_separation(likelihood, patterns, formula, spec)
    refuse_crossing(likelihood, optimum.theta, patterns, formula.text)
    if optimum.status != "converged":
        what = f"the fit did not converge in {optimum.steps} steps"
        raise EstimationError(what, where=formula.text, hint=_UNREACHED)
    if bread is None:
        what = "the information at the estimate is not positive definite"
        raise EstimationError(what, where=formula.text, hint=_UNREACHED)
    covariance = bread
    if cov_type != "model":
        scores = likelihood.scores(optimum.theta, patterns.pattern, patterns.category)
        covariance = sandwich(bread, scores, patterns, cov_type)
    df_resid = degrees_of_freedom(patterns, cov_type, likelihood.n_parameters - likelihood.n_thresholds)
    llf = optimum.value if penalty is None else likelihood.value(optimum.theta)
    model = formula, patterns, spec, likelihood, optimum.theta, covariance, df_resid
    return CLMResult(*model, llf, provenance or Provenance(), bread, cov_type, penalty)


def refuse_collinear(design: Design, spec: DesignSpec) -> None:
    """Raise where a column is a combination of others before it.

    Raises
    ------
    EstimationError
        Naming the columns.
    """
    for matrix, names in (
        (np.hstack([design.nominal, design.location]), (*spec.nominal_names, *spec.location_names)),
        (design.scale, spec.scale_names),
    ):
        found = _dependent_columns(matrix, names)
        if found:
            what = "columns of the design are collinear, or a level of an interaction has no respondent"
            hint = "leave one of them out, or merge levels"
            raise EstimationError(what, where="formula", got="; ".join(found), hint=hint)


def _dependent_columns(matrix: FloatArray, names: tuple[str, ...]) -> list[str]:
    rows = np.column_stack([np.ones(len(matrix)), matrix])
    scaled = rows / np.maximum(np.abs(rows).max(axis=0), 1e-300)
    if not nearly_singular(scaled.T @ scaled) or np.linalg.matrix_rank(scaled) == scaled.shape[1]:
        return []
    kept, found = [0], []
    for column in range(1, scaled.shape[1]):
        weights, *_ = np.linalg.lstsq(scaled[:, kept], scaled[:, column])
        if np.abs(scaled[:, column] - scaled[:, kept] @ weights).max() < 1e-9:
            others = [names[kept[i] - 1] for i in np.flatnonzero(np.abs(weights) > 1e-9) if kept[i] > 0]
            found.append(f"{names[column - 1]} depends on {', '.join(others) or 'nothing else: it is constant'}")
        else:
            kept.append(column)
    return found


def refuse_crossing(likelihood: Likelihood, theta: FloatArray, patterns: Patterns, where: str) -> None:
    """Raise where nominal effects give a category a negative probability in an observed pattern.

    Raises
    ------
    EstimationError
        Naming the categories.
    """
    crossed = find_crossing(likelihood, theta, patterns)
    if crossed is not None:
        hint = "give fewer terms nominal effects, or merge categories"
        raise EstimationError("nominal effects make thresholds cross", where=where, got=crossed, hint=hint)


def find_crossing(likelihood: Likelihood, theta: FloatArray, patterns: Patterns) -> str | None:
    """Say which categories have a negative probability in an observed pattern, if any have."""
    if likelihood.rows.shape[1] == 1 and np.all(np.diff(theta[: likelihood.n_thresholds]) > 0):
        return None  # without nominal effects thresholds are the same in every pattern
    crossed = np.diff(likelihood.bounds(theta), axis=1) <= 0
    if not crossed.any():
        return None
    categories = ", ".join(str(patterns.categories[j]) for j in np.flatnonzero(crossed.any(axis=0)))
    return f"a negative probability of {categories} in {int(crossed.any(axis=1).sum())} patterns"
