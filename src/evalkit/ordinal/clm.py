"""Cumulative link models: `fit_clm` and its result.

link(P(Y <= j)) = (theta_j + z'gamma_j - x'beta) / exp(s'zeta), fitted on patterns (see `patterns`). R equivalents:
`ordinal::clm`, `MASS::polr`, `survey::svyolr`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import DataError, EstimationError, UsageError
from .coding import WeightKind
from .covariance import (
    CovType,
    check_cov_type,
    default_cov_type,
    degrees_of_freedom,
    refuse_cluster_as_effect,
    sandwich,
)
from .estimates import Fitted, Interval, Latent
from .formula import Design, DesignSpec, ModelFormula, Terms, build_design
from .inference import Profile, Summary, critical_value, exponentiated, interval_frame, p_values
from .likelihood import Likelihood
from .links import find_link
from .maximise import (
    Objective,
    Optimum,
    inverse_positive,
    maximise,
    nearly_singular,
    starting_values,
)
from .patterns import Patterns, collapse
from .penalty import JeffreysPenalised, check_penalty, maximise_penalised
from .separation import SeparationError, refuse_separation
from .sources import Provenance, model_data

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]
Penalty = Literal["jeffreys"]
PenaltyChoice = Literal["jeffreys", "where_separated", "none"]


@dataclass(frozen=True, repr=False)
class CLMResult(Fitted):
    """A fitted cumulative link model.

    Parameters
    ----------
    formula
        The model's formulas.
    patterns
        The cells it was fitted on.
    spec
        How its design is made.
    likelihood
        Its log-likelihood.
    theta
        (K,): all parameters: thresholds (and nominal effects), location, scale.
    information
        (K, K): the observed information.
    covariance
        (K, K): covariance of `theta`.
    cov_type
        Kind of the covariance.
    df_resid
        Degrees of freedom of t statistics; infinite for normal ones.
    llf
        Log-likelihood (with sampling weights: pseudo-log-likelihood).
    penalty
        Name of the penalty, or None.
    provenance
        Where the data come from.
    """

    formula: ModelFormula
    patterns: Patterns
    spec: DesignSpec
    likelihood: Likelihood = field(repr=False)
    theta: FloatArray = field(repr=False)
    information: FloatArray = field(repr=False)
    covariance: FloatArray = field(repr=False)
    cov_type: CovType
    df_resid: float
    llf: float
    penalty: Penalty | None = None
    provenance: Provenance = field(default_factory=Provenance, repr=False)

    @property
    def link(self) -> str:
        """Name of the link."""
        return self.likelihood.link.name

    @property
    def n_missing(self) -> pd.Series[int]:
        """Respondents without an answer, by variable; `any` counts those set aside."""
        import pandas as pd

        return pd.Series({**self.patterns.missing, "any": self.patterns.n_missing}, name="n_missing")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all parameters, in the order of `theta`."""
        return parameter_names(self.patterns.categories, self.spec)

    @property
    def n_thresholds(self) -> int:
        """Parameters that belong to thresholds: a constant and the nominal effects for each."""
        return self.likelihood.n_thresholds * (1 + len(self.spec.nominal_names))

    @property
    def located(self) -> tuple[FloatArray, FloatArray]:
        """`theta` and its covariance."""
        return self.theta, self.covariance

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return len(self.theta)

    def latent(self) -> Latent:
        """Return what effects need."""
        link, variables = self.likelihood.link, self.formula.variables
        return Latent(self.patterns, self.spec, link, variables, self.theta, self.covariance, False, self.df_resid)

    @property
    def llnull(self) -> float:
        """Log-likelihood of the model with thresholds alone, which has the marginal shares."""
        totals = self.likelihood.weights.sum(axis=0)
        return float((totals * np.log(totals / totals.sum())).sum())

    @property
    def mcfadden(self) -> float:
        """McFadden's pseudo R^2: 1 - llf / llnull."""
        return 1.0 - self.llf / self.llnull

    def needs_likelihood(self, what: str) -> None:
        """Refuse what sampling weights and a penalised fit do not have."""
        if self.patterns.weight_kind == "sampling" or self.penalty is not None:
            kind = "sampling weights" if self.penalty is None else "a penalised fit"
            raise EstimationError(f"{what} needs a likelihood, which {kind} does not have", where=self.formula.text)

    @property
    def objective(self) -> Objective:
        """What was maximised."""
        return self.likelihood if self.penalty is None else JeffreysPenalised(self.likelihood)

    def conf_int(self, level: float = 0.95, method: Interval = "wald") -> pd.DataFrame:
        """Return intervals of thresholds, then params.

        Parameters
        ----------
        level
            Coverage.
        method
            'wald': estimate and standard error, t with `df_resid`. 'profile': of the likelihood, which needs
            model-based covariance.

        Returns
        -------
        DataFrame
            `conf_low`, `conf_high`.
        """
        if method == "wald":
            reach = critical_value(level, self.df_resid) * self.bse.to_numpy()
            return interval_frame(list(self.theta - reach), list(self.theta + reach), self.names)
        if method != "profile":
            raise UsageError("no such interval", where="method", got=method, expected="wald, profile")
        if self.cov_type != "model":
            raise UsageError("a profile interval needs a likelihood", where="cov_type", got=self.cov_type)
        profile = Profile(self.objective, self.theta, self._maximum, self.covariance)
        bounds = [profile.interval(index, level, name) for index, name in enumerate(self.names)]
        return interval_frame([low for low, _ in bounds], [high for _, high in bounds], self.names)

    @cached_property
    def _maximum(self) -> float:
        return self.objective.derivatives(self.theta)[0]

    def tidy(self, level: float = 0.95, method: Interval = "wald", *, exponentiate: bool = False) -> pd.DataFrame:
        """Return a row a parameter.

        Parameters
        ----------
        level, method
            As in `conf_int`.
        exponentiate
            Return odds ratios (for the logit link) of the location's effects alone.

        Returns
        -------
        DataFrame
            `term, group, estimate, std_error, statistic, df, p_value, conf_low, conf_high, n`; `group` is 'threshold',
            'nominal', 'location' or 'scale'. With `exponentiate`, the standard error stays that of the logarithm.
        """
        import pandas as pd

        statistic = self.theta / self.bse.to_numpy()
        frame = pd.DataFrame(
            {
                "term": self.names,
                "group": self.groups,
                "estimate": self.theta,
                "std_error": self.bse.to_numpy(),
                "statistic": statistic,
                "df": self.df_resid,
                "p_value": p_values(statistic, self.df_resid),
                **self.conf_int(level, method).reset_index(drop=True),
                "n": self.nobs,
            }
        )
        frame = exponentiated(frame) if exponentiate else frame
        return self.provenance.estimates(frame, "tidy", model=self, exponentiate=exponentiate)

    @property
    def groups(self) -> list[str]:
        """What each parameter is of: 'threshold', 'nominal', 'location' or 'scale'."""
        cuts, nominal = self.likelihood.n_thresholds, len(self.spec.nominal_names)
        sizes = {"threshold": cuts, "nominal": cuts * nominal, "location": len(self.spec.location_names)}
        sizes["scale"] = len(self.spec.scale_names)
        return [group for group, size in sizes.items() for _ in range(size)]

    def summary(self) -> Summary:
        """Return the model on one page; it shows itself as text or HTML."""
        facts = {
            "formula": self.formula.text,
            "link": self.link,
            "covariance": self.cov_type + (f" (clusters: {self.patterns.cluster})" if self.patterns.cluster else ""),
            **self.size_facts,
            "log-likelihood": f"{self.llf:.4f}",
            "McFadden R2": f"{self.mcfadden:.4f}",
        }
        if self.spec.nominal_terms:
            facts["nominal effects"] = ", ".join(self.spec.nominal_terms)
        if self.penalty is not None:
            facts["penalty"] = self.penalty
        elif self.patterns.weight_kind == "frequency":
            facts["AIC"] = f"{self.aic:.2f}"
        return Summary(facts, self.tidy(), self.notes)

    def design(self, newdata: Any) -> Design:
        """Return the design of new data.

        Raises
        ------
        UsageError
            A predictor is not there.
        DataError
            A predictor has a level that the model does not know, or is missing.
        """
        return self.spec.build(predictors_like(self.patterns, self.formula.variables, newdata))

    def predict(self, newdata: Any) -> pd.DataFrame:
        """Predict each category's probability.

        Parameters
        ----------
        newdata
            A row a prediction; pandas, or anything narwhals reads.

        Returns
        -------
        DataFrame
            A column a category, rows as in `newdata`.
        """
        import pandas as pd

        design = self.design(newdata)
        probabilities = Likelihood(
            design, self.likelihood.link, np.ones((len(design.location), len(self.categories)))
        ).probabilities(self.theta)
        index = newdata.index if isinstance(newdata, pd.DataFrame) else None
        return pd.DataFrame(probabilities, columns=list(self.categories), index=index)


def fixed_effects(result: Fitted, what: str) -> CLMResult:
    """Return a result without random effects.

    Raises
    ------
    EstimationError
        The result has a random intercept, for which there is no such test.
    """
    if not isinstance(result, CLMResult):
        raise EstimationError(
            f"{what} is of models without random intercept",
            where=result.formula.text,
            got=type(result).__name__,
            hint="fit the same formula with fit_clm",
        )
    return result


def parameter_names(categories: tuple[Hashable, ...], spec: DesignSpec) -> tuple[str, ...]:
    """Name the parameters: `Low|Medium`, `Low|Medium.term`, `term`, `scale.term`."""
    cuts = [f"{low}|{high}" for low, high in pairwise(categories)]
    nominal = [f"{cut}.{name}" for name in spec.nominal_names for cut in cuts]
    return (*cuts, *nominal, *spec.location_names, *(f"scale.{name}" for name in spec.scale_names))


def parameter_variables(formula: ModelFormula, spec: DesignSpec, n_thresholds: int) -> list[tuple[str, ...]]:
    """Return the variables of each threshold, nominal and location parameter; none of a threshold itself."""
    size = n_thresholds * (1 + len(spec.nominal_names)) + len(spec.location_names)
    found: list[tuple[str, ...]] = [()] * size
    for term, names in formula.term_variables.items():
        for i in spec.columns_of(term, n_thresholds):
            found[i] = names
    return found


def predictors_like(patterns: Patterns, variables: tuple[str, ...], newdata: Any) -> pd.DataFrame:
    """Return the predictors of new data with the model's levels.

    Raises
    ------
    UsageError
        A predictor is not there.
    DataError
        A level is unknown, or a value is missing.
    """
    import narwhals as nw
    import pandas as pd

    frame = nw.from_native(newdata).lazy().collect().to_pandas()
    columns = {}
    for name in variables:
        if name not in frame.columns:
            raise UsageError("the new data lack a predictor", where="newdata", expected=name)
        known = patterns.predictors[name]
        if isinstance(known.dtype, pd.CategoricalDtype):
            codes = known.cat.categories.get_indexer(pd.Index(frame[name].astype(object)))
            column = pd.Series(pd.Categorical.from_codes(codes, known.cat.categories))
            expected = ", ".join(str(level) for level in known.cat.categories)
        else:
            column = pd.Series(pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64, na_value=np.nan))
            expected = "numbers"
        if column.isna().any():
            raise DataError("a value is missing or unknown to the model", where=f"newdata, {name}", expected=expected)
        columns[name] = column
    return pd.DataFrame(columns, index=range(len(frame)))


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
    penalty: PenaltyChoice | None = None,
) -> CLMResult:
    """Fit a cumulative link model: link(P(Y <= j)) = (theta_j + z'gamma_j - x'beta) / exp(s'zeta).

    Parameters
    ----------
    formula
        'outcome ~ terms'. The outcome is an ordered categorical; predictors are categorical (treatment contrasts
        against the first level) or numeric.
    data
        One row a respondent, or a table of counts; pandas, Polars, DuckDB, or `Patterns`.
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
        Columns: clusters; strata; the stratum's number of primary sampling units in the population.
    penalty
        'jeffreys' for the fit that stays finite under separation (see `penalty`).

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
    """
    if weight_kind not in ("frequency", "sampling"):
        raise UsageError("no such kind of weight", where="weight_kind", got=weight_kind, expected="frequency, sampling")
    collapsed = isinstance(data, Patterns)
    if collapsed:
        _refuse_data_options(weights=weights, cluster=cluster, strata=strata, fpc=fpc)
    elif weight_kind == "sampling" and weights is None:
        raise UsageError("the sampling weights are not named", where="weights", expected="a column")
    kind = cov_type or default_cov_type(data.weight_kind if collapsed else weight_kind)
    clusters = (data.cluster if kind in ("cluster", "design") else None) if collapsed else cluster
    check_cov_type(
        kind,
        weight_kind=data.weight_kind if collapsed else weight_kind,
        cluster=clusters,
        strata=strata,
        fpc=fpc,
    )
    asked = model_data(formula, data, nominal=nominal, scale=scale, extra=(weights, cluster, strata, fpc))
    if cluster is not None and cluster in asked.formula.variables:
        raise UsageError(
            "the cluster is also a predictor", where="cluster", got=cluster, hint="use fit_clmm for a random intercept"
        )
    choice = _penalty(penalty, asked.provenance, cov_type=kind, scale=scale)
    patterns = (
        data
        if collapsed
        else collapse(
            asked.frame,
            asked.formula.outcome,
            asked.formula.variables,
            weights=weights,
            weight_kind=weight_kind,
            cluster=cluster,
            strata=strata,
            fpc=fpc,
            design=kind == "design",
        )
    )
    if choice != "where_separated":
        return fit_patterns(asked.formula, patterns, link, kind, choice, asked.provenance)
    try:
        return fit_patterns(asked.formula, patterns, link, kind, None, asked.provenance)
    except SeparationError:
        return fit_patterns(asked.formula, patterns, link, kind, "jeffreys", asked.provenance)


def _penalty(
    penalty: PenaltyChoice | None, provenance: Provenance, *, cov_type: CovType, scale: Terms
) -> Literal["jeffreys", "where_separated"] | None:
    """Return when to penalise: a study's answers where they are separated, since its report is to be made in any case."""
    if penalty is None and provenance.source is not None and cov_type == "model" and not scale:
        return "where_separated"
    check_penalty(penalty, cov_type=cov_type, scale=scale)
    return None if penalty == "none" else penalty


def _refuse_data_options(**options: str | None) -> None:
    for name, value in options.items():
        if value is not None:
            raise UsageError(f"{name} belongs to the collapse, and the data are collapsed", where=name, got=value)


def fit_patterns(
    formula: ModelFormula,
    patterns: Patterns,
    link: str,
    cov_type: CovType,
    penalty: Penalty | None = None,
    provenance: Provenance | None = None,
) -> CLMResult:
    """Fit a parsed formula on patterns; see `fit_clm`."""
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
        refuse_no_maximum(optimum, likelihood, patterns, formula, spec)
    refuse_crossing(likelihood, optimum.theta, patterns, formula.text)
    if bread is None:
        raise EstimationError(
            "the information at the estimate is not positive definite",
            where=formula.text,
            hint="subtract a middle value from numbers with powers; scale and nominal effects need many answers",
        )
    covariance = bread
    if cov_type != "model":
        scores = likelihood.scores(optimum.theta, patterns.pattern, patterns.category)
        covariance = sandwich(bread, scores, patterns, cov_type)
    return CLMResult(
        formula=formula,
        patterns=patterns,
        spec=spec,
        likelihood=likelihood,
        theta=optimum.theta,
        information=-optimum.hessian,
        covariance=covariance,
        cov_type=cov_type,
        df_resid=degrees_of_freedom(patterns, cov_type, likelihood.n_parameters - likelihood.n_thresholds),
        llf=optimum.value if penalty is None else likelihood.value(optimum.theta),
        penalty=penalty,
        provenance=provenance or Provenance(),
    )


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
            raise EstimationError(
                "columns of the design are collinear, or a level of an interaction has no respondent",
                where="formula",
                got="; ".join(found),
                hint="leave one of them out, or merge levels",
            )


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


def refuse_no_maximum(
    optimum: Optimum, likelihood: Likelihood, patterns: Patterns, formula: ModelFormula, spec: DesignSpec
) -> None:
    """Raise where the maximum is infinite, naming the separation, or was not reached.

    Raises
    ------
    EstimationError
        The estimate is infinite, or was not reached.
    """
    names = parameter_names(patterns.categories, spec)
    variables = parameter_variables(formula, spec, likelihood.n_thresholds)
    refuse_separation(likelihood, patterns.predictors, names, variables, formula.text)
    refuse_crossing(likelihood, optimum.theta, patterns, formula.text)
    if optimum.status != "converged":
        raise EstimationError(
            f"the fit did not converge in {optimum.steps} steps",
            where=formula.text,
            hint="scale and nominal effects need many answers; subtract a middle value from numbers with powers",
        )


def refuse_crossing(likelihood: Likelihood, theta: FloatArray, patterns: Patterns, where: str) -> None:
    """Raise where nominal effects give a category a negative probability in an observed pattern.

    Raises
    ------
    EstimationError
        Naming the categories.
    """
    crossed = find_crossing(likelihood, theta, patterns)
    if crossed is not None:
        raise EstimationError(
            "nominal effects make thresholds cross",
            where=where,
            got=crossed,
            hint="give fewer terms nominal effects, or merge categories",
        )


def find_crossing(likelihood: Likelihood, theta: FloatArray, patterns: Patterns) -> str | None:
    """Say which categories have a negative probability in an observed pattern, if any have."""
    crossed = np.diff(likelihood.bounds(theta), axis=1) <= 0
    if not crossed.any():
        return None
    categories = ", ".join(str(patterns.categories[j]) for j in np.flatnonzero(crossed.any(axis=0)))
    return f"a negative probability of {categories} in {int(crossed.any(axis=1).sum())} patterns"
