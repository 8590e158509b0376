"""Covariances of estimates that are solutions of weighted score equations on patterns.

With A the information, s the score of a cell's respondent and w its weight:

- model: A^-1.
- robust (HC0): A^-1 (sum of w^2 s s') A^-1. Source: White (1982), Econometrica 50, 1-25; R: `sandwich`.
- cluster: A^-1 (sum over clusters of t t') A^-1, t the cluster's sum of w s; no small-sample factor.
  R: `sandwich::vcovCL(type='HC0', cadjust=FALSE)`.
- design: A^-1 (sum over strata of (1 - n/N) n/(n-1) sum (t - mean)(t - mean)') A^-1 over the n primary sampling units
  of the stratum, those without answers in the model counting with t = 0. Source: Binder (1983), International
  Statistical Review 51, 279-292; R: `survey::svyolr`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from ..errors import EstimationError, UsageError, one_of
from .arrays import FloatArray, IntArray
from .patterns import Lonely, Patterns, SurveyDesign

CovType = Literal["model", "robust", "cluster", "design"]
LONELY_HINT = (
    "merge it with a stratum like it, or say lonely='adjust' or 'certainty' (in study.yml: design: {lonely: adjust})"
)


def check_cov_type(
    cov_type: str, *, weight_kind: str, cluster: str | None, strata: str | None, fpc: str | None
) -> None:
    """Refuse combinations of options of which one would be ignored.

    Raises
    ------
    UsageError
        An option is unknown, missing, or would have no effect.
    """
    one_of(cov_type, get_args(CovType), "covariance", "cov_type")
    if cov_type == "model" and weight_kind == "sampling":
        what, hint = "sampling weights have no model-based covariance", "use cov_type='robust', 'cluster' or 'design'"
        raise UsageError(what, where="cov_type", got=cov_type, hint=hint)
    if cov_type == "cluster" and cluster is None:
        raise UsageError("the clusters are not named", where="cluster", expected="a column")
    unused = {"cluster": (cluster, ("cluster", "design")), "strata": (strata, ("design",)), "fpc": (fpc, ("design",))}
    for option, (value, kinds) in unused.items():
        if value is not None and cov_type not in kinds:
            hint = f"use cov_type='{kinds[-1]}'"
            raise UsageError(f"{option} would be ignored", where="cov_type", got=cov_type, hint=hint)


def refuse_cluster_as_effect(patterns: Patterns, variables: Sequence[str]) -> None:
    """Refuse clusters that are, one by one, the levels of a predictor.

    Every cluster's score would sum to zero with its own coefficient: the covariance would be near nothing.

    Raises
    ------
    UsageError
        Naming the predictor.
    """
    if patterns.psu is None:
        return
    for name in variables:
        column = patterns.predictors[name]
        if not hasattr(column, "cat"):
            continue
        level = column.cat.codes.to_numpy()[patterns.pattern]
        pairs = len(np.unique(np.column_stack([level, patterns.psu]), axis=0))
        if pairs == len(np.unique(level)) == len(np.unique(patterns.psu)):
            hint = "drop the predictor, fit it as a random intercept with fit_clmm, or cluster on something else"
            got = f"{patterns.cluster} is {name}"
            raise UsageError("the clusters are also a fixed effect", where="cluster", got=got, hint=hint)


def middle(scores: FloatArray, patterns: Patterns, cov_type: CovType) -> FloatArray:
    """Return the sandwich's middle.

    Parameters
    ----------
    scores
        (cells, K): score of one respondent of each cell, unweighted.
    patterns
        The cells.
    cov_type
        'robust', 'cluster' or 'design'.
    """
    if cov_type == "robust":
        return scores.T @ (patterns.w2[:, None] * scores)
    if cov_type == "cluster":
        totals = _totals(scores, patterns.w, patterns.psu)
        if len(totals) < 2:
            raise EstimationError("there is one cluster only", where=patterns.cluster)
        return totals.T @ totals
    return _design_middle(scores, patterns)


def sandwich(bread: FloatArray, scores: FloatArray, patterns: Patterns, cov_type: CovType) -> FloatArray:
    """Return bread x middle x bread, symmetric."""
    result = bread @ middle(scores, patterns, cov_type) @ bread.T
    return (result + result.T) / 2.0


def degrees_of_freedom(patterns: Patterns, cov_type: CovType, n_effects: int) -> float:
    """Return the degrees of freedom of a t statistic.

    Infinite for model and robust; clusters less one for cluster; primary sampling units in the model less strata less
    effects for design, as `survey::svyolr` has it.
    """
    psu, strata = (0 if codes is None else len(np.unique(codes)) for codes in (patterns.psu, patterns.stratum))
    if cov_type == "cluster":
        return float(psu - 1)
    if cov_type == "design":
        return float((psu or patterns.nobs) - strata - n_effects)
    return np.inf


def _totals(scores: FloatArray, w: FloatArray, group: IntArray | None) -> FloatArray:
    """Sum weighted scores by group: (groups, K)."""
    from scipy.sparse import csr_array

    assert group is not None
    _, index = np.unique(group, return_inverse=True)
    place = csr_array((w, (index, np.arange(len(w)))))
    return np.asarray(place @ scores)


def _design_middle(scores: FloatArray, patterns: Patterns) -> FloatArray:
    stratum, design = patterns.stratum, patterns.design
    assert stratum is not None
    assert design is not None
    factor = _stratum_factors(design)
    sums = np.zeros((len(factor), scores.shape[1]))
    np.add.at(sums, stratum, patterns.w[:, None] * scores)
    if patterns.psu is None:
        squares = scores.T @ ((patterns.w2 * factor[stratum])[:, None] * scores)
    else:
        totals = _totals(scores, patterns.w, patterns.psu)
        _, first = np.unique(patterns.psu, return_index=True)
        squares = totals.T @ (factor[stratum[first]][:, None] * totals)
    mean_of = np.where((design.sampled == 1) & (design.lonely == "adjust"), np.inf, design.sampled)
    return squares - sums.T @ ((factor / mean_of)[:, None] * sums)


def _stratum_factors(design: SurveyDesign) -> FloatArray:
    factors = stratum_factors(design.sampled, design.population, design.lonely)
    if np.isnan(factors).any():
        lonely = [str(label) for label, factor in zip(design.strata, factors, strict=True) if np.isnan(factor)]
        what = "a stratum has one primary sampling unit and no variance"
        raise EstimationError(what, where="strata", got=", ".join(lonely), hint=LONELY_HINT)
    return factors


def stratum_factors(sampled: FloatArray, population: FloatArray, lonely: Lonely) -> FloatArray:
    """Return (1 - n/N) n/(n-1) of each stratum; NaN where the variance of a lone unit is not known.

    Parameters
    ----------
    sampled, population
        Units drawn, and in the population; NaN for no finite population correction.
    lonely
        What a stratum with one unit adds.
    """
    left = 1.0 - np.nan_to_num(sampled / population, nan=0.0)
    alone = {"fail": np.full_like(left, np.nan), "certainty": np.zeros_like(left), "adjust": left}[lonely]
    factors = np.where(sampled > 1, left * sampled / np.maximum(sampled - 1.0, 1.0), alone)
    return np.where(left == 0, 0.0, factors)
