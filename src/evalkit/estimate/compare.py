"""Comparing groups: tests, and every group against the others, the average or a reference, with joint intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import norm, t

from ..errors import EstimationError, UsageError, one_of
from ..ordinal.inference import jointly
from .asked import Asked, asked_for, below, given, groupings, in_turn, labelled, ordered_columns
from .cells import Cells, Source, group_name, read_source
from .chance import LEAST_DF, adjusted_by_tables, by_chance
from .design import Design, Floats
from .group_tests import association, by_name, compared_cells, design_df, ordered_cells, ranks
from .intervals import checked_level
from .response import RESPONDED, balance
from .scores import Scores, level_scores

Measure = Literal["superiority", "share", "mean"]
Against = Literal["others", "average", "reference"]


def compare_groups(
    data: Any,
    item: Any,
    by: Any,
    *,
    measure: Measure | None = None,
    categories: Any = None,
    against: Against | None = None,
    reference: Any = None,
    scores: Scores = "rank",
    frame: Any = None,
    weights: Any = None,
    strata: str | Sequence[str] | None = None,
    cluster: str | Sequence[str] | None = None,
    fpc: Any = None,
    level: float = 0.95,
    detail: bool = False,
) -> pd.DataFrame:
    """Compare groups: tests of the whole, and an effect size with an interval for each.

    Parameters
    ----------
    data, by, weights, strata, cluster, fpc
        As in `proportions`. Those without an answer or a group are left out, and of a release the groups of which a count is
        hidden.
    item
        An item, or several; a battery has a comparison a row. 'responded' compares shares of the answers with shares of the
        frame.
    measure
        'superiority': the chance that someone of the group answers higher than someone of the others, ties counting
        half. 'share': the group's share of `categories` less everyone's. 'mean': its mean score less everyone's. By
        default superiority where the answers have an order and no categories are given, share where categories are; else the
        test alone.
    categories
        Answers whose share is compared; or 'high', the upper part of the scale.
    against
        What a share or mean is held against: the 'average' (the default), the 'others', or the 'reference', which is the first
        level that is known. Superiority is over the others.
    reference
        The level that takes the place of the first.
    scores
        As in `means`.
    frame
        How many there are in each group, for 'responded'; the study's frame by default.
    level
        Confidence level, joint for all contrasts of the item by the groups.
    detail
        Whether to return more than the estimates.

    Returns
    -------
    pandas.DataFrame
        For each item (`term`) rows of tests (`category` 'rao_scott' and, for ordered answers, 'rank', see
        `association_test` and `rank_test`) and rows of contrasts, in the codebook's order: `term, group, category` (the
        measure), `contrast, estimate, std_error, statistic, df, p_value, conf_low, conf_high, n`. The p values and intervals of
        contrasts are adjusted for all contrasts of the item by the groups in one step, so that an interval leaves out no
        difference where, and only where, p is at most 1 - `level`. In detail also `df_denominator` (of tests),
        `p_unadjusted`, and `family` (what was adjusted for). Two groups are compared with each other, once. A group of
        fewer than two, or all of whose members answered higher (or lower) than everyone else, has an estimate and
        nothing more; one that is hidden, and an item that cannot be compared, has missing figures. Below 10 degrees of freedom of
        the design there are no p values and intervals.

        Against the reference `term` is the grouping variable and `contrast` 'level - reference', as `avg_comparisons` has them;
        its intervals are normal, and nothing is adjusted.

        Of 'responded' a row a group (`category` 'gap': share of the answers less share of the frame, `n` answers), 'dissimilarity'
        (half the sum of the gaps' sizes, the part of the answers that would have to come from other groups) and 'chi_square'
        (Pearson's test of answered or not by group).

    Raises
    ------
    UsageError
        When the measure needs an order or categories that are not there.
    EstimationError
        When fewer than two groups or answers occur.

    Notes
    -----
    Superiority: Brunner & Munzel (2000), weighted; unweighted its statistic and unadjusted p are theirs. Others: the linearised
    variance of the group and of the rest, degrees of freedom by Satterthwaite. One step: with small groups
    or rare answers Westfall & Young's min-p over 1,999 tables with the same margins (always the same ones; of weights, strata
    or clusters 999 deals of the answers), else the largest of jointly normal contrasts. R: `svycontrast`; `multcomp::glht`.

    Examples
    --------
    >>> compare_groups(release, "belonging", "role", categories=["some", "great"], against="reference")
    """
    asked_of = {"item": item, "by": by, "categories": categories, "against": against, "measure": measure}
    if isinstance(item, str) and item == RESPONDED:
        table = below(labelled(balance(data, names, frame), names, by) for names in groupings(by))
    else:
        one_of(against or "others", ("others", "average", "reference"), "comparison")
        checked_level(level)
        source = read_source(data, weights, strata, fpc, cluster)
        request = _Request(source, measure, against, reference, scores, level)
        table = in_turn(by, asked_for(source.sample, item, categories), request.table)
        request.check(item)
    more = ("share_of_answers", "share_of_frame", "population")
    return given(ordered_columns(table), "compare_groups", data, detail, more, **asked_of)


class _Request:
    """What groups are compared by; what cannot be compared is remembered, and gives missing figures."""

    def __init__(
        self, source: Source, measure: Any, against: Any, reference: Any, scores: Scores, level: float
    ) -> None:
        self.source, self.measure, self.against, self.reference = source, measure, against, reference
        self.scores, self.level = scores, level
        self.problems: list[EstimationError | UsageError] = []
        self.had = False

    def check(self, asked: Any) -> None:
        """Raise why nothing could be compared; in a release that is for what it hides."""
        if self.had:
            return
        self.source.check(asked)
        unpublished = self.source.problems
        for problem in self.problems:
            if not self.source.released or (isinstance(problem, UsageError) and problem not in unpublished):
                raise problem

    def table(self, asked: Asked, names: tuple[str, ...]) -> pd.DataFrame:
        """Return the comparison of one variable by some groups."""
        levels = self.source.cells(asked.term, names).groups
        try:
            found = self._compared(asked, names)
            self.had = True
        except (EstimationError, UsageError) as error:
            self.problems.append(error)
            found = pd.DataFrame()
        if self.against == "reference" or "contrast" not in found or found["group"].isna().all():
            rows = [] if len(found) else [{"group": group_name(level)} for level in levels]
        else:  # groups of which a count is hidden
            known = self.source.cells(asked.term, names).w.sum(axis=(0, 2))
            rows = [{"group": group_name(g)} for g, w in zip(levels, known, strict=True) if np.isnan(w)]
        term = by_name(names) if self.against == "reference" else asked.term
        lacking = pd.DataFrame(rows).assign(term=term, category=self._chosen(asked), estimate=np.nan)
        return below([found, lacking] if len(rows) else [found])

    def _chosen(self, asked: Asked) -> Measure | None:
        """Return the measure: as asked, or what suits the answers."""
        sample = self.source.sample
        if self.measure is not None:
            one_of(self.measure, ("superiority", "share", "mean"), "measure")
            return cast("Measure", self.measure)
        if sample.order(asked.term) is not None and not asked.parts:
            return "superiority"
        return "share" if asked.parts or sample.study is None else None

    def _compared(self, asked: Asked, names: tuple[str, ...]) -> pd.DataFrame:
        """Return tests and contrasts of one variable by some groups."""
        chosen, sample = self._chosen(asked), self.source.sample
        values = self._values(asked, chosen)
        if self.against == "reference":
            category = next(iter(asked.parts)) if asked.parts else chosen
            return self._from_reference(asked, names, values).assign(category=category)
        cells, where = compared_cells(self.source, asked.term, names), f"{asked.term} by {by_name(names)}"
        ordered = sample.order(asked.term) is not None
        cells = ordered_cells(self.source, asked.term, cells) if ordered or chosen == "superiority" else cells
        made = [association(cells, where), *([ranks(cells, where)] if ordered else [])]
        tests = pd.DataFrame([{**test, "category": test["term"], "term": asked.term} for test in made])
        if chosen is None:
            return tests.assign(group=np.nan)
        scored = None if values is None else np.array([values[answer] for answer in cells.answers])
        against = self.against or ("others" if values is None else "average")
        contrasts = Contrasts(cells, scored, against).table(self.level)
        family = f"{contrasts['p_value'].notna().sum()} contrasts: {where}"
        return below([tests, contrasts.assign(term=asked.term, category=chosen, family=family)])

    def _values(self, asked: Asked, chosen: str | None) -> dict[Any, float] | None:
        """Return what each answer counts for in a mean; None where only the order matters, or nothing but the test is asked."""
        answers = self.source.answers(asked.term)
        if chosen == "mean":
            return dict(zip(answers, level_scores(self.source.sample, asked.term, answers, self.scores), strict=True))
        if chosen != "share" and self.against != "reference":
            return None
        if chosen != "share" or not asked.parts:
            what = "it is not said which answers' share is compared"
            raise UsageError(what, where=asked.term, hint="give `categories`")
        codes = next(iter(asked.parts.values()))
        for code in codes:
            one_of(code, answers, "answer", asked.term)
        return {answer: float(answer in codes) for answer in answers}

    def _from_reference(self, asked: Asked, names: tuple[str, ...], values: Any) -> pd.DataFrame:
        """Return each level's mean score less that of the reference, with normal intervals."""
        cells = self.source.cells(asked.term, names)
        if self.source.released:
            cells = replace(cells, design=Design.simple(float(np.nansum(cells.n)), cells.design.effect))
        mean, covariance = cells.group_means(np.array([values[answer] for answer in cells.answers]))
        if cells.design.plain:
            covariance = np.diag(covariance.diagonal() / cells.design.factors()[0])
        levels = [group_name(level) for level in cells.groups]
        order = self._low_to_high(names, levels)
        known = [level for level in order if mean[levels.index(level)] == mean[levels.index(level)]]
        if not known or self.reference not in (None, *order):
            got = self.reference or "no answers"
            raise EstimationError("there is no such reference", where=by_name(names), got=got)
        first = known[0] if self.reference is None else self.reference
        rest = [level for level in order if level != first]
        at, zero = [levels.index(level) for level in rest], levels.index(first)
        estimate = mean[at] - mean[zero]
        error = np.sqrt(covariance.diagonal()[at] + covariance[zero, zero] - 2 * covariance[at, zero])
        statistic = np.divide(estimate, error, out=np.full(len(rest), np.nan), where=error > 0)
        half = float(ndtri(0.5 + self.level / 2)) * error
        labels = {"term": by_name(names), "group": rest, "contrast": [f"{level} - {first}" for level in rest]}
        table = pd.DataFrame({**labels, "estimate": estimate, "std_error": error, "statistic": statistic})
        table = table.assign(
            p_value=2 * norm.sf(np.abs(statistic)), conf_low=estimate - half, conf_high=estimate + half
        )
        return table.assign(n=cells.n.sum(axis=(0, 2))[at])

    def _low_to_high(self, names: tuple[str, ...], levels: list[Any]) -> list[Any]:
        """Return the levels of the groups low to high, as models have them."""
        codebook = self.source.sample.codebook
        if codebook is None or len(names) != 1 or names[0] not in codebook.variables:
            return levels
        return [code for code in codebook.variable(names[0]).scale.codes if code in levels]


@dataclass(frozen=True, eq=False)
class Contrasts:
    """Each group against all others or the average: of values, or (values None) of the order of the answers, low to high."""

    cells: Cells
    values: Floats | None
    against: str

    def table(self, level: float) -> pd.DataFrame:
        """Return a row a group; one row where two groups occur."""
        cells = self.cells
        names = [group_name(one) for one in cells.groups]
        two, size = len(names) == 2, cells.n.sum(axis=(0, 2))
        estimate, variance, df = self._figures()
        shown = np.arange(1 if two else len(names))
        known = shown[(variance > 0)[shown] & (design_df(cells) >= LEAST_DF)]
        half = 0.5 if self.values is None else 0.0
        with np.errstate(invalid="ignore", divide="ignore"):
            error = np.sqrt(np.where(variance > 0, variance, np.nan))
            statistic = (estimate - half) / error
        adjusted, reach, alone = (np.full(len(names), np.nan) for _ in range(3))
        if len(known):
            alone[known] = _two_sided(statistic[known], df[known])
            adjusted[known], reach[known] = self._adjusted(statistic, df, known, level)
        scale = 1.0 if two or self.against == "others" else 1 - cells.w.sum(axis=(0, 2)) / cells.w.sum()
        low, high = (scale * self._within(estimate + sign * reach * error) for sign in (-1, 1))
        sign = "vs" if self.values is None else "-"
        other = names[1] if two else self.against
        table = pd.DataFrame({"group": names, "contrast": [f"{name} {sign} {other}" for name in names]})
        table = table.assign(estimate=scale * estimate, std_error=scale * error, statistic=statistic)
        table = table.assign(df=np.where(np.isnan(error), np.nan, df), p_value=adjusted, p_unadjusted=alone)
        return table.assign(conf_low=low, conf_high=high, n=size).iloc[shown]

    def _within(self, ends: Floats) -> Floats:
        """Return the ends of intervals, none beyond what is possible."""
        lowest = 0.0 if self.values is None else self.values.min() - self.values.max()
        highest = 1.0 if self.values is None else self.values.max() - self.values.min()
        return np.clip(ends, lowest, highest)

    def _adjusted(self, statistic: Floats, df: Floats, known: Any, level: float) -> tuple[Floats, Floats]:
        null = by_chance(self.cells, lambda dealt: replace(self, cells=dealt)._statistics(known))
        if null is not None:
            return adjusted_by_tables(statistic[known], null, level)
        design = Design.simple(float(self.cells.n.sum())) if self.cells.design.plain else self.cells.design
        covariance = replace(self.cells, design=design).covariance(self._influence())[np.ix_(known, known)]
        error = np.sqrt(covariance.diagonal())
        return jointly(statistic[known], df[known], covariance / np.outer(error, error), level)

    def _statistics(self, known: Any) -> Floats:
        """Return statistics of answers dealt out anew; infinite where nothing tells how sure a difference is."""
        estimate, variance, _ = self._figures()
        away, variance = estimate[:, known] - (0.5 if self.values is None else 0.0), variance[:, known]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(variance > 0, away / np.sqrt(variance), np.where(away == 0, 0, np.inf))

    def _figures(self) -> tuple[Floats, Floats, Floats]:
        """Return estimates, variances and degrees of freedom: of one stratum by its sums, else by linearisation."""
        cells = self.cells
        total, others, u, v, mean_u, mean_v = self._scores(cells.w.sum(axis=-3))
        estimate = mean_u if self.values is None else mean_u + mean_v
        size = cells.n.sum(axis=(-3, -1))
        rest = size.sum(axis=-1, keepdims=True) - size
        with np.errstate(invalid="ignore", divide="ignore"):
            if cells.design.one_stratum:
                q = cells.q.sum(axis=-3)
                outside = q.sum(axis=-2, keepdims=True) - q
                a = np.einsum("...c,...c->...", q, (u - mean_u) ** 2) / total[..., 0] ** 2 * size / (size - 1)
                b = np.einsum("...c,...c->...", outside, (v - mean_v) ** 2) / others[..., 0] ** 2 * rest / (rest - 1)
                variance, df = a + b, (a + b) ** 2 / (a**2 / (size - 1) + b**2 / (rest - 1))
            else:
                variance, df = cells.variance(self._influence()), np.full(size.shape, cells.design.df)
                if cells.clusters is not None:  # a group is known from the clusters that it occurs in
                    own = (cells.clusters.sum(axis=-1) > 0).sum(axis=-2)
                    variance, df = variance * own / (own - 1), np.minimum(df, own - 1)
        return estimate[..., 0], np.where((size < 2) | (rest < 2), np.nan, variance), df

    def _scores(self, own: Floats) -> tuple[Floats, ...]:
        """Return the groups' weight, the others', what an answer counts for in the group and among the others, and their means."""
        rest = own.sum(axis=-2, keepdims=True) - own
        with np.errstate(invalid="ignore", divide="ignore"):
            total = own.sum(axis=-1, keepdims=True)
            others = total.sum(axis=-2, keepdims=True) - total
            if self.values is None:
                u, v = _middle(rest) / others, 1 - _middle(own) / total
            else:
                u, v = np.broadcast_to(self.values, own.shape), np.broadcast_to(-self.values, own.shape)
            means = (
                np.einsum("...c,...c->...", part, score)[..., None] / n
                for part, score, n in ((own, u, total), (rest, v, others))
            )
            return total, others, u, v, *means

    def _influence(self) -> Floats:
        """Return each contrast's linearised score by group and answer."""
        total, others, u, v, mean_u, mean_v = self._scores(self.cells.w.sum(axis=-3))
        own = np.eye(total.shape[-2], dtype=bool)[:, :, None]
        return np.where(own, ((u - mean_u) / total)[..., None, :], ((v - mean_v) / others)[..., None, :])


def _middle(weights: Floats) -> Floats:
    """Return the weight below each answer and half of its own."""
    return np.asarray(weights @ (np.triu(np.ones((weights.shape[-1],) * 2)) - np.eye(weights.shape[-1]) / 2))


def _two_sided(statistic: Floats, df: Floats) -> Floats:
    return np.asarray(2 * t.sf(np.abs(statistic), df))
