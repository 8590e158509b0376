"""Cumulative link models with a random intercept: `fit_clmm` and its result.

link(P(Y <= j | group)) = theta_j + z'gamma_j - x'beta - u, u ~ N(0, sd^2), fitted on patterns within groups by adaptive
Gauss-Hermite quadrature (see `quadrature`). R equivalent: `ordinal::clmm`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from ..errors import EstimationError, UsageError
from .arrays import FloatArray, IntArray
from .clm import CLMResult, fit_patterns
from .coding import WeightKind
from .effects import Estimated
from .formula import ModelFormula, Terms
from .inference import profile_ends
from .patterns import Patterns
from .quadrature import Cells, MarginalOptimum, maximise_marginal, profiled_value
from .results import Fitted
from .sources import Provenance, drawn_by, model_data

MOST_NODES: Final = 100

# Variance of the latent distribution; the Cauchy distribution has none.
RESIDUAL_VARIANCE: Final = {"logit": np.pi**2 / 3, "probit": 1.0, "cloglog": np.pi**2 / 6, "loglog": np.pi**2 / 6}


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
    """

    fixed: CLMResult
    group: str
    n_agq: int
    cells: Cells
    optimum: MarginalOptimum

    mixed: ClassVar[bool] = True

    @property
    def terms(self) -> tuple[str, ...]:
        """(K,): names of all parameters, the standard deviation of groups last."""
        return (*self.names, f"sd({self.group})")

    @property
    def df(self) -> FloatArray:
        """(K,): of an effect of what is the same for all of a group, as many as groups bear; else infinite.

        As `nlme::lme` has it: groups less one and less such effects. Its normal test rejects far too often where groups
        are few.
        """
        location = self.likelihood.design.location
        index = _groups(self.patterns, self.group)[1]
        first = location[np.unique(index, return_index=True)[1]]
        between = np.all(location == first[index], axis=0)
        left = self.n_groups - 1 - int(between.sum())
        df = super().df
        start = self.likelihood.blocks[-2][:1]
        if between.any():
            df[start[0] + np.flatnonzero(between)] = left if left > 0 else np.nan
        return df

    @property
    def group_sd(self) -> float:
        """Standard deviation of the random intercept, on the scale of the link; zero at the boundary."""
        return float(self.theta[-1])

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
        labels, index = _groups(self.patterns, self.group)
        sizes = np.bincount(index, self.patterns.counts.sum(axis=1))
        mode, scale = (self.group_sd * part for part in (self.optimum.mode, self.optimum.scale))
        frame = pd.DataFrame({"term": self.group, "group": labels, "estimate": mode, "std_error": scale})
        frame = frame.assign(n=sizes.round().astype(int))
        return self.provenance.estimates(frame, "group_effects", model=self)

    def wald(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Return the ends of the intervals by estimate and standard error; for the sd on its logarithm."""
        low, high = super().wald(level)
        sd = self.group_sd
        factor = np.exp((high[-1] - sd) / sd) if sd > 0 else np.nan
        low[-1], high[-1] = sd / factor, sd * factor
        return low, high

    def group_sd_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Return the profile likelihood's interval for `group_sd`, zero included where it is not rejected."""
        return self.profile(len(self.names), level)

    def profile(self, index: int, level: float) -> tuple[float, float]:
        """Return the values of one parameter that a likelihood-ratio test at a level does not reject.

        The standard deviation's lower end is zero where zero is not rejected.
        """
        self.needs_likelihood("a profile interval")
        unit = float(np.sqrt(self.covariance[index, index]))
        lowest = 0.0 if index == len(self.names) else -np.inf
        profiled = partial(profiled_value, self.cells, self.n_agq, self.optimum, index)
        step = 0.2 if np.isnan(unit) else unit
        return profile_ends(profiled, float(self.theta[index]), step, level, "conf_int", lowest)

    def lr_test(self) -> pd.DataFrame:
        """Test the random intercept against none, by the likelihood ratio.

        Under the null the sd lies on the edge of its range, so the statistic is half the time zero: `p_value` is
        that of the mixture 0.5 chi2(0) + 0.5 chi2(1) (Self and Liang 1987, JASA 82, 605-610). `p_value_chi2`, twice as
        large, is what R's `anova(clm, clmm)` reports.
        """
        from scipy.stats import chi2

        self.needs_likelihood("a likelihood-ratio test")
        statistic = max(2 * (self.llf - self.fixed.llf), 0.0)
        naive = float(chi2.sf(statistic, 1))
        p_value = 1.0 if self.boundary else naive / 2
        row = {"term": f"sd({self.group})", "statistic": statistic, "df": 1, "p_value": p_value, "p_value_chi2": naive}
        return self.provenance.estimates(pd.DataFrame([row]), "lr_test", model=self)

    def latent(self) -> Estimated:
        """Return the model that effects are of: at the boundary that without random intercept."""
        if not self.boundary:
            return self
        return replace(self.fixed, theta=self.theta[:-1], covariance=self.covariance[:-1, :-1])

    @property
    def facts(self) -> dict[str, str]:
        """What the summary says above the table."""
        facts = {
            "random intercept": f"(1 | {self.group})",
            "quadrature": "Laplace" if self.n_agq == 1 else f"{self.n_agq} adaptive nodes",
            "groups": str(self.n_groups),
            "sd of groups": f"{self.group_sd:.4f}" + (" (boundary)" if self.boundary else ""),
        }
        if self.link in RESIDUAL_VARIANCE:
            facts["intraclass correlation"] = f"{self.icc:.4f}"
        return facts


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
        One row a respondent, or a table of counts, as in `fit_clm`.
    group
        The column of groups; categorical or numeric.
    n_agq
        Nodes of the adaptive Gauss-Hermite quadrature; 1 is Laplace's approximation.
    weights, weight_kind
        A column of whole counts ('frequency'), or of sampling weights ('sampling'). The latter are scaled to add up to
        each group's number of respondents, all groups being taken as in the sample, and the covariance is the sandwich
        over groups (Rabe-Hesketh and Skrondal 2006, Journal of the Royal Statistical Society A 169, 805-827). By default those
        of the study's design, where there is one.
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

    Examples
    --------
    >>> mixed = fit_clmm("belonging ~ role", responses, group="unit")
    >>> mixed.icc < 0.5
    True
    """
    if isinstance(n_agq, bool) or not isinstance(n_agq, int) or not 1 <= n_agq <= MOST_NODES:
        raise UsageError("not a number of nodes", where="n_agq", got=n_agq, expected=f"1 to {MOST_NODES}")
    if weights is None and "weights" in (drawn := drawn_by(data)):
        weights, weight_kind = drawn["weights"], "sampling"
    columns = {"weights": weights}
    parsed, patterns, source = model_data(formula, data, columns, weight_kind, nominal=nominal, group=group)
    return fit_groups(parsed, patterns, link, group, n_agq, source)


def fit_groups(
    formula: ModelFormula,
    patterns: Patterns,
    link: str,
    group: str,
    n_agq: int,
    provenance: Provenance | None = None,
) -> CLMMResult:
    """Fit a parsed formula on patterns that have the group among their predictors; see `fit_clmm`."""
    _check_groups(patterns, group)
    fixed = fit_patterns(formula, patterns, link, "model", provenance=provenance)
    cells = _cells(fixed, group)
    residual_sd = float(np.sqrt(RESIDUAL_VARIANCE.get(link, RESIDUAL_VARIANCE["logit"])))
    optimum = maximise_marginal(cells, n_agq, fixed.theta, fixed.covariance, residual_sd, formula.text)
    covariance = optimum.covariance
    if patterns.weight_kind == "sampling":
        covariance = covariance @ (optimum.scores.T @ optimum.scores) @ covariance
    estimates = optimum.theta, covariance, np.inf, optimum.value
    model = formula, patterns, fixed.spec, fixed.likelihood
    return CLMMResult(*model, *estimates, fixed.provenance, fixed, group, n_agq, cells, optimum)


def _groups(patterns: Patterns, group: str) -> tuple[list[Hashable], IntArray]:
    """Return the groups' labels, and the group's number of each pattern."""
    column = patterns.predictors[group]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories), column.cat.codes.to_numpy().astype(np.intp)
    labels, index = np.unique(column.to_numpy(), return_inverse=True)
    return list(labels), index.astype(np.intp)


def _check_groups(patterns: Patterns, group: str) -> None:
    sizes = np.bincount(_groups(patterns, group)[1], patterns.counts.sum(axis=1))
    if len(sizes) < 3:
        what = "a variance between groups needs at least three"
        raise EstimationError(what, where=group, got=len(sizes), hint="use fit_clm")
    if sizes.max() < 2:
        what = "every group has one respondent: between and within groups cannot be told apart"
        raise EstimationError(what, where=group, hint="use fit_clm")


def _cells(fixed: CLMResult, group: str) -> Cells:
    """Lay out the observed cells of a model, sorted by group."""
    patterns, design = fixed.patterns, fixed.likelihood.design
    weights = fixed.likelihood.weights
    pattern, category = np.nonzero(weights)
    _, index = _groups(patterns, group)
    order = np.argsort(index[pattern], kind="stable")
    pattern, category = pattern[order], category[order]
    number = index[pattern]
    weight = weights[pattern, category]
    if patterns.weight_kind == "sampling":
        respondents = patterns.counts[pattern, category]
        weight = weight * (np.bincount(number, respondents) / np.bincount(number, weight))[number]
    cuts = len(patterns.categories) - 1
    outer = np.zeros((cuts + 2, cuts))
    outer[1:-1] = np.eye(cuts)
    rows, location = design.threshold_rows[pattern], -design.location[pattern]

    def bound(cut: IntArray) -> FloatArray:
        thresholds = (rows[:, :, None] * outer[cut][:, None, :]).reshape(len(cut), -1)
        return np.hstack([thresholds, location])

    return Cells(
        bound(category + 1), bound(category), category < cuts, category > 0, weight, number, fixed.likelihood.link
    )
