"""Cumulative link models with a random intercept: `fit_clmm` and its result.

link(P(Y <= j | group)) = theta_j + z'gamma_j - x'beta - u, u ~ N(0, sd^2), fitted on patterns within groups by adaptive
Gauss-Hermite quadrature (see `quadrature`). R equivalent: `ordinal::clmm`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from ..errors import EstimationError, UsageError, nearest
from .clm import CLMResult, fit_patterns
from .coding import WeightKind
from .effects import probabilities
from .estimates import Fitted, Interval, Latent
from .formula import ModelFormula, Terms
from .inference import Summary, critical_value, exponentiated, interval_frame, p_values
from .links import FloatArray
from .marginal import MarginalOptimum, maximise_marginal, profile_interval
from .patterns import Patterns, collapse
from .quadrature import Cells
from .sources import Provenance, model_data

if TYPE_CHECKING:
    import pandas as pd

IndexArray = npt.NDArray[np.intp]

MOST_NODES: Final = 100

# Variance of the latent distribution; the Cauchy distribution has none.
RESIDUAL_VARIANCE: Final = {
    "logit": np.pi**2 / 3,
    "probit": 1.0,
    "cloglog": np.pi**2 / 6,
    "loglog": np.pi**2 / 6,
}


@dataclass(frozen=True, repr=False)
class CLMMResult(Fitted):
    """A fitted cumulative link model with a random intercept.

    Parameters
    ----------
    fixed
        The same model without the random intercept.
    group
        The column of the groups.
    n_agq
        Quadrature nodes.
    cells
        What was fitted.
    optimum
        The maximum of the marginal likelihood.
    covariance
        (K + 1, K + 1): covariance of thresholds, params and sd.
    """

    fixed: CLMResult
    group: str
    n_agq: int
    cells: Cells = field(repr=False)
    optimum: MarginalOptimum = field(repr=False)
    covariance: FloatArray = field(repr=False)

    @property
    def formula(self) -> ModelFormula:
        """The fixed part's formulas."""
        return self.fixed.formula

    @property
    def provenance(self) -> Provenance:
        """Where the data come from."""
        return self.fixed.provenance

    @property
    def patterns(self) -> Patterns:
        """The cells of the data, by pattern within group."""
        return self.fixed.patterns

    @property
    def link(self) -> str:
        """Name of the link."""
        return self.fixed.link

    @property
    def names(self) -> tuple[str, ...]:
        """Names of thresholds and params."""
        return self.fixed.names

    @property
    def n_thresholds(self) -> int:
        """Parameters that belong to thresholds."""
        return self.fixed.n_thresholds

    @property
    def located(self) -> tuple[FloatArray, FloatArray]:
        """Estimates of thresholds and params, and their covariance."""
        return self.optimum.theta[:-1], self.covariance[:-1, :-1]

    @property
    def n_parameters(self) -> int:
        """Number of parameters, the sd among them."""
        return len(self.optimum.theta)

    @property
    def llf(self) -> float:
        """Log-likelihood (with sampling weights: pseudo-log-likelihood)."""
        return self.optimum.value

    @property
    def group_sd(self) -> float:
        """Standard deviation of the random intercept, on the scale of the link; zero at the boundary."""
        return float(self.optimum.theta[-1])

    @property
    def group_sd_se(self) -> float:
        """Standard error of `group_sd`; NaN at the boundary. R's `clmm` gives that of its logarithm."""
        return float(np.sqrt(self.covariance[-1, -1]))

    @property
    def boundary(self) -> bool:
        """Whether the groups' variance is estimated as zero; the rest is then the model without random intercept."""
        return self.optimum.boundary

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.optimum.mode)

    @property
    def icc(self) -> float:
        """Share of the latent variance that lies between groups: sd^2 / (sd^2 + the link's residual variance).

        Raises
        ------
        EstimationError
            The link is cauchit, whose residual variance is infinite.
        """
        if self.link not in RESIDUAL_VARIANCE:
            raise EstimationError("the latent variable of this link has no variance", where="icc", got=self.link)
        return self.group_sd**2 / (self.group_sd**2 + RESIDUAL_VARIANCE[self.link])

    @property
    def median_odds_ratio(self) -> float:
        """Median odds ratio between two groups, higher to lower: exp(sqrt(2) sd z), z the normal's upper quartile.

        Larsen and Merlo (2005), American Journal of Epidemiology 161, 81-88.

        Raises
        ------
        EstimationError
            The link is not the logit, so that effects are no odds ratios.
        """
        from scipy.special import ndtri

        if self.link != "logit":
            raise EstimationError("odds ratios belong to the logit link", where="median_odds_ratio", got=self.link)
        return float(np.exp(np.sqrt(2) * self.group_sd * ndtri(0.75)))

    @property
    def group_effects(self) -> pd.DataFrame:
        """Conditional mode of each group's intercept: `term, group, estimate, std_error, n`.

        They describe: shrunken towards zero, with the standard deviation given the estimated parameters, whose own
        uncertainty is left out. R: `ranef` and the square root of `condVar`.
        """
        import pandas as pd

        labels, index = _groups(self.patterns, self.group)
        sizes = np.bincount(index, self.patterns.counts.sum(axis=1))
        frame = pd.DataFrame(
            {
                "term": self.group,
                "group": labels,
                "estimate": self.group_sd * self.optimum.mode,
                "std_error": self.group_sd * self.optimum.scale,
                "n": sizes.round().astype(int),
            }
        )
        return self.provenance.estimates(frame, "group_effects", model=self)

    def conf_int(self, level: float = 0.95, method: Interval = "wald") -> pd.DataFrame:
        """Return intervals of thresholds, params and, last, `sd(group)`.

        Parameters
        ----------
        level
            Coverage.
        method
            'wald': normal; for the sd on its logarithm, and NaN at the boundary. 'profile': of the marginal
            likelihood; the sd's lower end is zero where zero is not rejected.

        Returns
        -------
        DataFrame
            `conf_low`, `conf_high`.
        """
        names = (*self.names, f"sd({self.group})")
        if method == "wald":
            theta, se = self.optimum.theta, np.sqrt(np.diag(self.covariance))
            reach = critical_value(level, np.inf) * se
            low, high = theta - reach, theta + reach
            factor = np.exp(reach[-1] / theta[-1]) if theta[-1] > 0 else np.nan
            low[-1], high[-1] = theta[-1] / factor, theta[-1] * factor
            return interval_frame(list(low), list(high), names)
        if method != "profile":
            raise UsageError("no such interval", where="method", got=method, expected="wald, profile")
        self.needs_likelihood("a profile interval")
        ends = [self._profile(index, level) for index in range(len(names))]
        return interval_frame([low for low, _ in ends], [high for _, high in ends], names)

    def group_sd_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the profile likelihood's interval for `group_sd`, zero included where it is not rejected."""
        self.needs_likelihood("a profile interval")
        return self._profile(len(self.names), level)

    def _profile(self, index: int, level: float) -> tuple[float, float]:
        unit = float(np.sqrt(self.covariance[index, index]))
        unit = 0.2 if np.isnan(unit) else unit
        return profile_interval(self.cells, self.n_agq, self.optimum, index, level, unit)

    def lr_test(self) -> pd.DataFrame:
        """Test the random intercept against none, by the likelihood ratio.

        Under the null the sd lies on the edge of its range, so the statistic is half the time zero: `p_value` is
        that of the mixture 0.5 chi2(0) + 0.5 chi2(1) (Self and Liang 1987, JASA 82, 605-610). `p_value_chi2`, twice as
        large, is what R's `anova(clm, clmm)` reports.
        """
        import pandas as pd
        from scipy.stats import chi2

        self.needs_likelihood("a likelihood-ratio test")
        statistic = max(2 * (self.llf - self.fixed.llf), 0.0)
        naive = float(chi2.sf(statistic, 1))
        p_value = 1.0 if self.boundary else naive / 2
        row = {"term": f"sd({self.group})", "statistic": statistic, "df": 1, "p_value": p_value, "p_value_chi2": naive}
        return self.provenance.estimates(pd.DataFrame([row]), "lr_test", model=self)

    def latent(self) -> Latent:
        """Return what effects need; at the boundary that of the model without random intercept."""
        theta, covariance, fixed = self.optimum.theta, self.covariance, self.fixed
        if self.boundary:
            theta, covariance = theta[:-1], covariance[:-1, :-1]
        link, variables = fixed.likelihood.link, fixed.formula.variables
        return Latent(fixed.patterns, fixed.spec, link, variables, theta, covariance, not self.boundary, np.inf)

    def predict(self, newdata: Any, *, intercept: Literal["average", "zero"] = "average") -> pd.DataFrame:
        """Predict each category's probability.

        Parameters
        ----------
        newdata
            A row a prediction; the column of groups is not needed.
        intercept
            'average': over the groups' distribution, which is what an answer drawn from all of them follows. 'zero':
            in the group in the middle.

        Returns
        -------
        DataFrame
            A column a category, rows as in `newdata`.
        """
        import pandas as pd

        if intercept not in ("average", "zero"):
            raise UsageError("no such intercept", where="intercept", got=intercept, expected="average, zero")
        if intercept == "zero":
            return replace(self.fixed, theta=self.optimum.theta[:-1]).predict(newdata)
        estimate = probabilities(self.latent(), self.fixed.design(newdata))
        index = newdata.index if isinstance(newdata, pd.DataFrame) else None
        return pd.DataFrame(estimate, columns=list(self.categories), index=index)

    def tidy(self, level: float = 0.95, method: Interval = "wald", *, exponentiate: bool = False) -> pd.DataFrame:
        """Return a row a parameter, the sd last; columns and parameters are those of `CLMResult.tidy`.

        The sd has no statistic: see `lr_test`.
        """
        import pandas as pd

        estimate, std_error = self.optimum.theta, np.sqrt(np.diag(self.covariance))
        statistic = np.append(estimate[:-1] / std_error[:-1], np.nan)
        frame = pd.DataFrame(
            {
                "term": [*self.names, f"sd({self.group})"],
                "group": [*self.fixed.groups, "random"],
                "estimate": estimate,
                "std_error": std_error,
                "statistic": statistic,
                "df": np.inf,
                "p_value": p_values(statistic, np.inf),
                **self.conf_int(level, method).reset_index(drop=True),
                "n": self.nobs,
            }
        )
        frame = exponentiated(frame) if exponentiate else frame
        return self.provenance.estimates(frame, "tidy", model=self, exponentiate=exponentiate)

    def summary(self) -> Summary:
        """Return the model on one page; it shows itself as text or HTML."""
        facts = {
            "formula": f"{self.formula.text} + (1 | {self.group})",
            "link": self.link,
            "quadrature": "Laplace" if self.n_agq == 1 else f"{self.n_agq} adaptive nodes",
            **self.size_facts,
            "groups": str(self.n_groups),
            "log-likelihood": f"{self.llf:.4f}",
            "sd of groups": f"{self.group_sd:.4f}" + (" (boundary)" if self.boundary else ""),
        }
        if self.link in RESIDUAL_VARIANCE:
            facts["intraclass correlation"] = f"{self.icc:.4f}"
        return Summary(facts, self.tidy(), self.notes)

    def needs_likelihood(self, what: str) -> None:
        """Refuse what sampling weights do not have."""
        if self.patterns.weight_kind == "sampling":
            raise EstimationError(
                f"{what} needs a likelihood, which sampling weights do not have", where=self.formula.text
            )


def fit_clmm(
    formula: str,
    data: Any,
    *,
    group: str,
    n_agq: int = 10,
    weights: str | None = None,
    weight_kind: WeightKind = "frequency",
    link: str = "logit",
    nominal: Terms = None,
) -> CLMMResult:
    """Fit a cumulative link model with a random intercept for groups.

    Parameters
    ----------
    formula
        'outcome ~ terms' of the fixed part, as in `fit_clm`.
    data
        One row a respondent, or a table of counts; or `Patterns` that have the group among their predictors.
    group
        The column of groups; categorical or numeric.
    n_agq
        Nodes of the adaptive Gauss-Hermite quadrature; 1 is Laplace's approximation.
    weights, weight_kind
        A column of whole counts ('frequency'), or of sampling weights ('sampling'). The latter are scaled to add up to
        each group's number of respondents, all groups being taken as in the sample, and the covariance is the sandwich
        over groups (Rabe-Hesketh and Skrondal 2006, Journal of the Royal Statistical Society A 169, 805-827).
    link
        'logit', 'probit', 'cloglog', 'loglog' or 'cauchit'.
    nominal
        '~ terms' whose effects differ by threshold.

    Returns
    -------
    CLMMResult
        A variance estimated as zero is a result with `boundary` true.

    Raises
    ------
    UsageError
        An option is unknown; a column does not exist; the group is also a predictor.
    EstimationError
        As in `fit_clm`; there are fewer than three groups, or none with two respondents, or hardly any spread within
        groups; the fit did not converge.
    """
    if isinstance(n_agq, bool) or not isinstance(n_agq, int) or not 1 <= n_agq <= MOST_NODES:
        raise UsageError("not a number of nodes", where="n_agq", got=n_agq, expected=f"1 to {MOST_NODES}")
    if weight_kind not in ("frequency", "sampling"):
        raise UsageError("no such kind of weight", where="weight_kind", got=weight_kind, expected="frequency, sampling")
    if weight_kind == "sampling" and weights is None and not isinstance(data, Patterns):
        raise UsageError("the sampling weights are not named", where="weights", expected="a column")
    asked = model_data(formula, data, nominal=nominal, extra=(weights, group))
    parsed = asked.formula
    if group in (*parsed.variables, parsed.outcome):
        raise UsageError(
            "the group is also in the formula", where="group", got=group, hint="take it out of one of them"
        )
    if isinstance(data, Patterns):
        patterns = _collapsed(data, group, weights)
    else:
        variables = (*parsed.variables, group)
        patterns = collapse(asked.frame, parsed.outcome, variables, weights=weights, weight_kind=weight_kind)
    _check_groups(patterns, group)
    fixed = fit_patterns(parsed, patterns, link, "model", provenance=asked.provenance)
    cells = _cells(fixed, group)
    residual_sd = float(np.sqrt(RESIDUAL_VARIANCE.get(link, RESIDUAL_VARIANCE["logit"])))
    optimum = maximise_marginal(cells, n_agq, fixed.theta, fixed.covariance, residual_sd, formula)
    covariance = optimum.covariance
    if patterns.weight_kind == "sampling":
        covariance = covariance @ (optimum.scores.T @ optimum.scores) @ covariance
    return CLMMResult(fixed, group, n_agq, cells, optimum, covariance)


def _collapsed(patterns: Patterns, group: str, weights: str | None) -> Patterns:
    """Return patterns that were made before, if they have the group."""
    if weights is not None:
        raise UsageError("weights belong to the collapse, and the data are collapsed", where="weights", got=weights)
    if group not in patterns.predictors.columns:
        known = list(patterns.predictors.columns)
        raise UsageError("the patterns do not have the group", where="group", got=group, hint=nearest(group, known))
    return patterns


def _groups(patterns: Patterns, group: str) -> tuple[list[Hashable], IndexArray]:
    """Return the groups' labels, and the group's number of each pattern."""
    import pandas as pd

    column = patterns.predictors[group]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories), column.cat.codes.to_numpy().astype(np.intp)
    labels, index = np.unique(column.to_numpy(), return_inverse=True)
    return list(labels), index.astype(np.intp)


def _check_groups(patterns: Patterns, group: str) -> None:
    sizes = np.bincount(_groups(patterns, group)[1], patterns.counts.sum(axis=1))
    if len(sizes) < 3:
        raise EstimationError(
            "a variance between groups needs at least three", where=group, got=len(sizes), hint="use fit_clm"
        )
    if sizes.max() < 2:
        raise EstimationError(
            "every group has one respondent: between and within groups cannot be told apart",
            where=group,
            hint="use fit_clm",
        )


def _cells(fixed: CLMResult, group: str) -> Cells:
    """Lay out the observed cells of a model, sorted by group."""
    patterns, design = fixed.patterns, fixed.likelihood.design
    pattern, category = np.nonzero(patterns.weights)
    _, index = _groups(patterns, group)
    order = np.argsort(index[pattern], kind="stable")
    pattern, category = pattern[order], category[order]
    number = index[pattern]
    weight = patterns.weights[pattern, category]
    if patterns.weight_kind == "sampling":
        respondents = patterns.counts[pattern, category]
        weight = weight * (np.bincount(number, respondents) / np.bincount(number, weight))[number]
    cuts = len(patterns.categories) - 1
    outer = np.zeros((cuts + 2, cuts))
    outer[1:-1] = np.eye(cuts)
    rows, location = design.threshold_rows[pattern], -design.location[pattern]

    def bound(cut: IndexArray) -> FloatArray:
        thresholds = (rows[:, :, None] * outer[cut][:, None, :]).reshape(len(cut), -1)
        return np.hstack([thresholds, location])

    return Cells(
        bound(category + 1), bound(category), category < cuts, category > 0, weight, number, fixed.likelihood.link
    )
