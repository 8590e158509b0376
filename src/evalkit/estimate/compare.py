"""Comparing groups: tests, effect sizes with intervals, and every group against the average."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..errors import EstimationError, UsageError
from .asked import (
    Asked,
    asked_for,
    below,
    given,
    in_turn,
    is_release,
    listed,
    names_of,
    ordered_columns,
    study_of,
    where_it_can_be_had,
)
from .counts import count_cells
from .design import Coded, Design, Floats, Sample, read_design, read_sample
from .released import Counts, nothing_released, released_counts
from .response import RESPONDED, balance
from .scores import Scores, level_scores
from .shares import group_name, refuse_design

By = str | Sequence[str]
Ties = Literal["rows", "midrank"]
Measure = Literal["superiority", "share", "mean"]


def association_test(
    data: Any, item: str, by: By, *, weights: Any = None, strata: str | Sequence[str] | None = None, fpc: Any = None
) -> pd.DataFrame:
    """Test whether answers depend on the group: Pearson's test with Rao & Scott's second-order correction.

    Parameters
    ----------
    data, item, by, weights, strata, fpc
        As in `proportions`; those without an answer or a group are left out.

    Returns
    -------
    pandas.DataFrame
        One row: `term` ('rao_scott'), `contrast, statistic` (F), `df, p_value, n`, and `df_denominator`.

    Raises
    ------
    EstimationError
        When fewer than two groups or answers occur.

    Notes
    -----
    Rao & Scott (1984); F of Thomas & Rao (1987). R: `survey::svychisq(statistic = "F")`. Unweighted and in one stratum
    it is Pearson's test, but for n / (n - 1) and the F distribution in place of chi-squared.
    """
    sample = read_sample(_rows(data, item, names_of(by)))
    design = read_design(sample, weights, strata, fpc)
    cells = _cells(design, sample.crossed(names_of(by)), sample.coded(item))
    table = cells.w.sum(axis=0)
    rows, columns = table.sum(axis=1) > 0, table.sum(axis=0) > 0
    if rows.sum() < 2 or columns.sum() < 2:
        raise EstimationError(
            "there is nothing to compare", where=f"{item} by {_name(by)}", expected="two groups and two answers or more"
        )
    table, kept = table[np.ix_(rows, columns)], cells.of(rows, columns)
    share = table / table.sum()
    expected = np.outer(share.sum(axis=1), share.sum(axis=0))
    pearson = float(((share - expected) ** 2 / expected).sum())
    effects = _generalised_effects(share, _share_covariance(design, kept, table))
    trace, squares = float(np.trace(effects)), float((effects * effects.T).sum())
    df, rows = trace**2 / squares, float(design.total) - design.strata
    denominator = df * rows
    statistic = pearson / trace
    row = {"statistic": statistic, "df": df, "p_value": _f_tail(statistic, df, denominator), "n": cells.n.sum()}
    return _tests([{"term": "rao_scott", "contrast": f"{item} by {_name(by)}", **row, "df_denominator": denominator}])


def _rows(data: Any, item: str, names: tuple[str, ...]) -> Any:
    """Return answers as they are, and a release as rows of counts: groups with a hidden count are left out."""
    return released_counts(data, item, names).known().frame() if is_release(data) else data


def _share_covariance(design: Design, cells: _Cells, table: Floats) -> Floats:
    """Return the covariance of the cells' shares, linearised."""
    total, p = table.sum(), (table / table.sum()).ravel()
    w, q = (part.reshape(design.strata, -1) for part in (cells.w, cells.q))
    covariance = np.zeros((p.size, p.size))
    for factor, size, sums, squares in zip(design.factors(), design.size, w, q, strict=True):
        z = sums - p * sums.sum()
        products = np.diag(squares) - np.outer(squares, p) - np.outer(p, squares) + squares.sum() * np.outer(p, p)
        covariance += factor * (products - np.outer(z, z) / size)
    return np.asarray(covariance / total**2)


def _generalised_effects(share: Floats, covariance: Floats) -> Floats:
    """Return Rao & Scott's generalised design effects of the interaction contrasts, times 1 / n of the multinomial."""
    rows, columns = share.shape
    row, column = np.eye(rows), np.eye(columns)
    main = np.hstack([np.kron(row, np.ones((columns, 1))), np.kron(np.ones((rows, 1)), column)])
    inner = np.kron(row[:, 1:], column[:, 1:])
    contrasts = inner - main @ np.linalg.lstsq(main, inner, rcond=None)[0]
    inverse = np.where(share.ravel() > 0, 1 / np.where(share.ravel() > 0, share.ravel(), 1), 0)
    scaled = contrasts * inverse[:, None]
    return np.asarray(np.linalg.solve(contrasts.T @ scaled, scaled.T @ covariance @ scaled))


def rank_test(
    data: Any,
    item: str,
    by: By,
    *,
    weights: Any = None,
    strata: str | Sequence[str] | None = None,
    fpc: Any = None,
    ties: Ties = "rows",
) -> pd.DataFrame:
    """Test whether groups answer higher or lower: Wilcoxon's or Kruskal & Wallis's test for weighted samples.

    Parameters
    ----------
    data, by, weights, strata, fpc
        As in `proportions`; those without an answer or a group are left out.
    item
        An item with ordered answers, or a column of numbers.
    ties
        Ranks of equal answers: 'rows' as in R, where unequal weights within a tie make them depend a little on the
        order of the rows, or 'midrank', where they do not. The same when the weights are equal.

    Returns
    -------
    pandas.DataFrame
        One row: `term` ('rank'), `contrast, estimate` (two groups: second less first in mean rank, from 0 to 1),
        `std_error, statistic` (two groups: t, else F), `df, p_value, n`, and `df_denominator` (of F). Where two groups or
        more are each of one mind (as groups of one are), nothing tells how sure their difference is: statistic and p
        are missing.

    Raises
    ------
    UsageError
        When the answers have no order.
    EstimationError
        When fewer than two groups occur, or all gave one answer.

    Notes
    -----
    Lumley & Scott (2013). R: `survey::svyranktest`.
    """
    sample = read_sample(_rows(data, item, names_of(by)))
    design, groups = read_design(sample, weights, strata, fpc), sample.crossed(names_of(by))
    order = sample.order(item)
    if order is None:
        raise UsageError("the answers have no order", where=item, hint="use association_test")
    answers = sample.coded(item)
    place = np.array([*(order.index(level) for level in answers.levels), -1])[answers.positions]
    inside = (place >= 0) & (groups.positions >= 0)
    inside &= np.isin(groups.positions, groups.positions[inside & (design.weights > 0) & (design.counts > 0)])
    used, group = np.unique(groups.positions[inside], return_inverse=True)
    where = f"{item} by {_name(by)}"
    if len(used) < 2 or len(np.unique(place[inside])) < 2:
        raise EstimationError("there is nothing to compare", where=where, expected="two groups and two answers or more")
    counts, weight, stratum = design.counts[inside], design.weights[inside], design.stratum[inside]
    score = _rank_scores(place[inside], counts, weight, ties)
    mean, covariance = _group_means(design, score, group, counts, weight, stratum)
    ddf = counts[weight > 0].sum() - len(np.unique(stratum[weight > 0])) - (len(used) - 1)
    row = {"term": "rank", "contrast": where, **_wald(mean, covariance, float(ddf)), "n": counts[weight > 0].sum()}
    return _tests([row])


def _rank_scores(place: Any, counts: Floats, weights: Floats, ties: Ties) -> Floats:
    """Return each row's estimated rank in the population, from 0 to 1."""
    if ties not in ("rows", "midrank"):
        raise UsageError("there is no such rule for ties", got=ties, expected="rows, midrank")
    mass = counts * weights
    by_level = np.bincount(place, mass)
    below = np.cumsum(by_level) - by_level
    if ties == "midrank":
        return np.asarray((below + by_level / 2)[place] / mass.sum())
    order = np.argsort(place, kind="stable")
    before = np.empty_like(mass)
    before[order] = np.cumsum(mass[order]) - mass[order]
    sums = np.bincount(place, counts * (before + mass / 2)) / np.maximum(np.bincount(place, counts), 1)
    return np.asarray(sums[place] / mass.sum())


def _group_means(
    design: Design, score: Floats, group: Any, counts: Floats, weights: Floats, stratum: Any, size: int | None = None
) -> tuple[Floats, Floats]:
    """Return the groups' weighted mean scores and their linearised covariance; missing of a group of nobody."""
    size = int(group.max()) + 1 if size is None else size
    with np.errstate(invalid="ignore", divide="ignore"):
        w = np.bincount(group, counts * weights, minlength=size)
        mean = np.bincount(group, counts * weights * score, minlength=size) / w
        z = weights * (score - mean[group]) / w[group]
    shape = (design.strata, size)
    sums = count_cells([stratum, group], shape, counts * z)
    squares = count_cells([stratum, group], shape, counts * z**2)
    covariance = np.zeros((size, size))
    for factor, n, part, square in zip(design.factors(), design.size, sums, squares, strict=True):
        covariance += factor * (np.diag(square) - np.outer(part, part) / n)
    return mean, covariance


def _wald(mean: Floats, covariance: Floats, ddf: float) -> dict[str, float]:
    """Return t of the difference of two means, or F of the equality of more; missing where their variance is not known."""
    from scipy.stats import t

    contrast = np.hstack([-np.ones((len(mean) - 1, 1)), np.eye(len(mean) - 1)])
    difference, spread = contrast @ mean, contrast @ covariance @ contrast.T
    df, known = float(len(difference)), np.linalg.matrix_rank(spread, tol=1e-20, hermitian=True) == len(difference)
    if len(mean) == 2:
        error = float(np.sqrt(spread[0, 0]))
        statistic = float(difference[0]) / error if known else np.nan
        p_value = 2 * float(t.sf(abs(statistic), ddf))
        return {"estimate": difference[0], "std_error": error, "statistic": statistic, "df": ddf, "p_value": p_value}
    f = float(difference @ np.linalg.solve(spread, difference)) / df if known else np.nan
    return {"statistic": f, "df": df, "p_value": _f_tail(f, df, ddf), "df_denominator": ddf}


def _f_tail(statistic: float, df: float, denominator: float) -> float:
    from scipy.stats import f

    return float(f.sf(statistic, df, denominator))


def _tests(rows: list[dict[str, Any]]) -> pd.DataFrame:
    return ordered_columns(pd.DataFrame(rows))


def _name(by: By) -> str:
    return " x ".join(names_of(by))


@dataclass(frozen=True, eq=False)
class _Cells:
    """Numbers, weights and squared weights in each stratum, group and answer."""

    n: Floats
    w: Floats
    q: Floats

    def of(self, groups: Any, answers: Any) -> _Cells:
        """Return some groups and answers."""
        return _Cells(*(part[:, groups][:, :, answers] for part in (self.n, self.w, self.q)))


def _cells(design: Design, groups: Coded, answers: Coded) -> _Cells:
    inside = (groups.positions >= 0) & (answers.positions >= 0)
    places = [part[inside] for part in (design.stratum, groups.positions, answers.positions)]
    shape = (design.strata, len(groups.levels), len(answers.levels))
    counts, weights = design.counts[inside], design.weights[inside]
    return _Cells(*(count_cells(places, shape, counts * part) for part in (weights > 0, weights, weights**2)))


def compare_groups(
    data: Any,
    item: Any,
    by: Any,
    *,
    measure: Measure | None = None,
    categories: Any = None,
    against: Literal["others", "average", "reference"] | None = None,
    reference: Any = None,
    scores: Scores = "rank",
    frame: Any = None,
    weights: Any = None,
    strata: str | Sequence[str] | None = None,
    fpc: Any = None,
    level: float = 0.95,
    detail: bool = False,
) -> pd.DataFrame:
    """Compare groups: tests of the whole, and an effect size with an interval for each.

    Parameters
    ----------
    data, by, weights, strata, fpc
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
        'others' (superiority), 'average' (share and mean), or 'reference': the difference of each level's share of `categories`
        from that of the first level.
    reference
        The level that takes the place of the first.
    scores
        As in `means`.
    frame
        How many there are in each group, for 'responded'; the study's frame by default.
    level
        Confidence level.
    detail
        Whether to return more than the estimates.

    Returns
    -------
    pandas.DataFrame
        For each item (`term`) rows of tests (`category` 'rao_scott' and, for ordered answers, 'rank', see
        `association_test` and `rank_test`) and rows of contrasts, in the codebook's order: `term, group, category` (the
        measure), `contrast, estimate, std_error, statistic, df, p_value, conf_low, conf_high, n`. The p values of
        contrasts are adjusted for all contrasts of the groups, of the one question or of all that were named (Benjamini &
        Hochberg). In detail also
        `df_denominator` (of tests), `p_unadjusted`, and `family` (what was adjusted for). Two groups are compared with each
        other, once. A group of fewer than two, or all of whose members answered higher (or lower) than everyone else, has an
        estimate and nothing more; one that is hidden has missing figures.

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
    Superiority: Brunner & Munzel (2000), weighted, with a logit interval; unweighted its statistic and p are theirs.
    Others: the linearised variance of the group and of the rest, degrees of freedom by Satterthwaite. R:
    `survey::svychisq`, `svyranktest`, `svycontrast`.
    """
    if against not in (None, "others", "average", "reference"):
        raise UsageError("there is no such comparison", got=against, expected="others, average, reference")
    turns = in_turn(by)
    groupings = turns or [names_of(by)]
    if isinstance(item, str) and item == RESPONDED:
        compared = [[balance(data, names, frame)] for names in groupings]
    else:
        wanted = asked_for(read_sample(data), item, categories)
        design = {"weights": weights, "strata": strata, "fpc": fpc}
        request = _Request(data, design, measure, against, reference, scores, level)
        compared = [
            request.tables([a for a in wanted if not (turns and a.term in names)], names) for names in groupings
        ]
        if against != "reference":
            together = len(listed(item)) > 1
            compared = [
                _families(found, _name(names), together) for names, found in zip(groupings, compared, strict=True)
            ]
    parts = [
        part.assign(by=names[0]) if turns else part
        for names, tables in zip(groupings, compared, strict=True)
        for part in tables
    ]
    asked = {"item": item, "by": by, "categories": categories, "against": against, "measure": measure}
    more = ("share_of_answers", "share_of_frame", "population")
    return given(ordered_columns(below(parts)), "compare_groups", data, detail, more, **asked)


@dataclass(frozen=True, eq=False)
class _Request:
    """What groups are compared by, and how the respondents were drawn."""

    data: Any
    design: dict[str, Any]
    measure: Measure | None
    against: str | None
    reference: Any
    scores: Scores
    level: float

    def tables(self, wanted: Sequence[Asked], names: tuple[str, ...]) -> list[pd.DataFrame]:
        """Return the comparisons of what is asked by some groups; missing ones where they cannot be had."""
        if is_release(self.data):
            refuse_design(**self.design)
        return list(
            where_it_can_be_had(
                wanted, lambda asked: self._table(asked, names), lambda asked: self._nothing(asked, names)
            )
        )

    def _table(self, asked: Asked, names: tuple[str, ...]) -> pd.DataFrame:
        if not is_release(self.data):
            return self._compared(self.data, asked, names)
        counts = released_counts(self.data, asked.term, names).known()
        found = self._compared(counts.frame(), asked, names)
        return self._with_hidden(found, counts)

    def _with_hidden(self, found: pd.DataFrame, counts: Counts) -> pd.DataFrame:
        """Return a comparison with a row of missing figures for each group of which a count is hidden."""
        groups = [group_name(group) for group, n in zip(counts.groups, counts.n, strict=True) if np.isnan(n).any()]
        if not groups or "group" not in found:
            return found
        row = {"category": self._measured(found), "term": found["term"].iloc[0]}
        return below([found, pd.DataFrame([{**row, "group": group} for group in groups])])

    def _measured(self, found: pd.DataFrame) -> Any:
        contrasts = found[found["group"].notna()]
        return contrasts["category"].iloc[0] if len(contrasts) else None

    def _nothing(self, asked: Asked, names: tuple[str, ...]) -> pd.DataFrame:
        """Return the rows of a comparison without figures."""
        if is_release(self.data):
            groups = nothing_released(self.data, asked.term, names).known().groups
        else:
            groups = read_sample(self.data).crossed(names).levels
        term = _name(names) if self.against == "reference" else asked.term
        table = pd.DataFrame({"term": term, "group": [group_name(group) for group in groups], "estimate": np.nan})
        return table.assign(category=self._chosen(read_sample(self.data), asked) or "rao_scott")

    def _chosen(self, sample: Sample, asked: Asked) -> Measure | None:
        """Return the measure: as asked, or what suits the answers."""
        if self.measure is not None:
            return self.measure
        if sample.order(asked.term) is not None and not asked.parts:
            return "superiority"
        return "share" if asked.parts or sample.study is None else None

    def _compared(self, data: Any, asked: Asked, names: tuple[str, ...]) -> pd.DataFrame:
        """Return tests and contrasts of one variable by some groups."""
        sample, term = read_sample(data), asked.term
        chosen, parts = self._chosen(read_sample(self.data), asked), list((asked.parts or {}).values())
        categories = parts[0] if parts else None
        answers, groups = sample.coded(term), sample.crossed(names)
        values = None if chosen is None else _values(sample, term, answers, chosen, categories, self.scores)
        design = read_design(sample, **self.design)
        if self.against == "reference":
            if values is None:
                raise UsageError(
                    "it is not said which answers' share is compared", where=term, hint="give `categories`"
                )
            scores = np.append(values, np.nan)[answers.positions]
            category = next(iter(asked.parts)) if asked.parts else chosen
            return self._from_reference(design, groups, scores, names).assign(category=category)
        kinds = (association_test, rank_test) if sample.order(term) is not None else (association_test,)
        found = [test(data, term, names, **self.design) for test in kinds]
        tests = [test.assign(category=test["term"], term=term) for test in found]
        if chosen is None:
            return below(tests)
        cells = _cells(design, groups, answers)
        if values is None:
            cells = cells.of(slice(None), _low_to_high(sample, term, answers))
        contrasts = _Contrasts(design, cells, values).table(groups, self.level).assign(term=term, category=chosen)
        return below([*tests, contrasts])

    def _from_reference(self, design: Design, groups: Coded, scores: Floats, names: tuple[str, ...]) -> pd.DataFrame:
        """Return each level's mean score less that of the reference, with normal intervals."""
        from scipy.special import ndtri
        from scipy.stats import norm

        inside = (groups.positions >= 0) & np.isfinite(scores) & (design.weights > 0)
        group, counts = groups.positions[inside], design.counts[inside]
        sizes = np.bincount(group, counts, minlength=len(groups.levels))
        mean, covariance = _group_means(
            design, scores[inside], group, counts, design.weights[inside], design.stratum[inside], len(groups.levels)
        )
        if design.plain:
            covariance = np.diag(covariance.diagonal() / design.factors()[0])
        levels = [group_name(level) for level in groups.levels]
        order = [level for level in self._order(names, levels) if level in levels]
        known = [level for level in order if sizes[levels.index(level)] > 0]
        if not known or self.reference not in (None, *order):
            raise EstimationError("there is no such reference", where=_name(names), got=self.reference or "no answers")
        first = known[0] if self.reference is None else self.reference
        rest = [level for level in order if level != first]
        at, zero = [levels.index(level) for level in rest], levels.index(first)
        estimate = mean[at] - mean[zero]
        spread = covariance.diagonal()[at] + covariance[zero, zero] - 2 * covariance[at, zero]
        error, reach = np.sqrt(spread), float(ndtri(0.5 + self.level / 2))
        table = pd.DataFrame(
            {"term": _name(names), "group": rest, "contrast": [f"{level} - {first}" for level in rest]}
        )
        return table.assign(
            estimate=estimate,
            std_error=error,
            statistic=np.divide(estimate, error, out=np.full(len(rest), np.nan), where=error > 0),
            p_value=lambda t: 2 * norm.sf(np.abs(t["statistic"])),
            conf_low=estimate - reach * error,
            conf_high=estimate + reach * error,
            n=sizes[at],
        )

    def _order(self, names: tuple[str, ...], levels: list[Any]) -> Sequence[Any]:
        """Return the levels of the groups low to high, as models have them."""
        study = study_of(self.data)
        return levels if study is None or len(names) != 1 else study.codebook.variable(names[0]).scale.codes


def _values(
    sample: Sample, item: str, answers: Coded, measure: str, categories: Sequence[Any] | None, scores: Scores
) -> Floats | None:
    """Return what each answer counts for in a mean; None for superiority, where only the order matters."""
    if measure == "superiority":
        return None
    if measure == "mean":
        return level_scores(sample, item, answers, scores)
    if measure != "share":
        raise UsageError("there is no such measure", got=measure, expected="superiority, share, mean")
    if categories is None:
        raise UsageError("it is not said which answers' share is compared", where=item, hint="give `categories`")
    answers.refuse_unknown(categories, item)
    return np.array([float(level in set(categories)) for level in answers.levels])


def _low_to_high(sample: Sample, item: str, answers: Coded) -> list[int]:
    order = sample.order(item)
    if order is None:
        raise UsageError("the answers have no order", where=item, hint="give `categories`, to compare shares")
    return [answers.levels.index(level) for level in order]


@dataclass(frozen=True, eq=False)
class _Contrasts:
    """Each group against all others: of values, or (values None) of the order of the answers, given low to high."""

    design: Design
    cells: _Cells
    values: Floats | None

    def table(self, groups: Coded, level: float) -> pd.DataFrame:
        """Return a row a group; one row where two groups occur."""
        size = self.cells.n.sum(axis=(0, 2))
        occur = np.flatnonzero(size > 0)
        names = [group_name(one) for one in groups.levels]
        sign = "vs" if self.values is None else "-"
        two = len(occur) == 2
        estimate, variance, df = self._estimates()
        if self.values is not None and not two:
            part = 1 - self.cells.w.sum(axis=(0, 2)) / self.cells.w.sum()
            estimate, variance = estimate * part, variance * part**2
        other = names[occur[1]] if two else "others" if self.values is None else "average"
        table = pd.DataFrame({"group": names, "contrast": [f"{name} {sign} {other}" for name in names]})
        table = table.assign(
            estimate=estimate, **_inference(estimate, variance, df, self.values is None, level), n=size
        )
        return table.iloc[[occur[0]]] if two else table

    def _estimates(self) -> tuple[Floats, Floats, Floats]:
        """Return each group's estimate against the others, its variance and degrees of freedom."""
        own = self.cells.w.sum(axis=0)
        rest = own.sum(axis=0) - own
        with np.errstate(invalid="ignore", divide="ignore"):
            total, others = own.sum(axis=1, keepdims=True), rest.sum(axis=1, keepdims=True)
            if self.values is None:
                u, v = _middle(rest) / others, 1 - _middle(own) / total
            else:
                u, v = np.broadcast_to(self.values, own.shape), np.broadcast_to(-self.values, own.shape)
            mean_u = (own * u).sum(axis=1, keepdims=True) / total
            mean_v = (rest * v).sum(axis=1, keepdims=True) / others
            estimate = (mean_u if self.values is None else mean_u + mean_v)[:, 0]
            variance, df = self._variance((u - mean_u) / total, (v - mean_v) / others)
        return estimate, variance, df

    def _variance(self, u: Floats, v: Floats) -> tuple[Floats, Floats]:
        n, w, q = self.cells.n, self.cells.w, self.cells.q
        squares_own = (q * u**2).sum(axis=2)
        squares_rest = ((q.sum(axis=1, keepdims=True) - q) * v**2).sum(axis=2)
        own = n.sum(axis=(0, 2))
        rest = own.sum() - own
        few = (own < 2) | (rest < 2)
        if self.design.strata > 1 or self.design.corrected:
            sums = (w * u + (w.sum(axis=1, keepdims=True) - w) * v).sum(axis=2)
            parts = squares_own + squares_rest - sums**2 / self.design.size[:, None]
            variance, df = self.design.factors() @ parts, np.full(len(own), self.design.df)
        else:
            a, b = own / (own - 1) * squares_own[0], rest / (rest - 1) * squares_rest[0]
            variance, df = a + b, (a + b) ** 2 / (a**2 / (own - 1) + b**2 / (rest - 1))
        return np.where(few, np.nan, variance), np.where(few, np.nan, df)


def _middle(weights: Floats) -> Floats:
    """Return the weight below each answer and half of its own."""
    return np.asarray(np.cumsum(weights, axis=1) - weights / 2)


def _inference(estimate: Floats, variance: Floats, df: Floats, superiority: bool, level: float) -> dict[str, Floats]:
    """Return standard errors, t tests and intervals (superiority: on the log odds); nothing where the variance is 0."""
    from scipy.special import expit, logit
    from scipy.stats import t

    if not 0 < level < 1:
        raise UsageError("a confidence level is between 0 and 1", got=level)
    error = np.sqrt(np.where(variance > 0, variance, np.nan))
    statistic = (estimate - 0.5 * superiority) / error
    q = t.ppf(0.5 + level / 2, df)
    if superiority:
        with np.errstate(invalid="ignore", divide="ignore"):
            half = q * error / (estimate * (1 - estimate))
            low, high = expit(logit(estimate) - half), expit(logit(estimate) + half)
    else:
        low, high = estimate - q * error, estimate + q * error
    p_value = np.asarray(2 * t.sf(np.abs(statistic), df))
    return {
        "std_error": error,
        "statistic": statistic,
        "df": np.where(np.isnan(error), np.nan, df),
        "p_value": p_value,
        "conf_low": low,
        "conf_high": high,
    }


def _families(tables: list[pd.DataFrame], by: str, together: bool) -> list[pd.DataFrame]:
    """Return comparisons with the p values of contrasts adjusted: question by question, or all together."""
    families = [below(tables)] if together else tables
    return [_adjusted(table, by) for table in families if len(table)]


def _adjusted(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return contrasts (and tests, as they are) with p values adjusted for all contrasts, and the family named."""
    from scipy.stats import false_discovery_control

    if "statistic" not in table or not {"group", "contrast"} <= set(table.columns):
        return table
    p = table["p_value"].to_numpy(dtype=float)
    contrasts = table["group"].notna().to_numpy()
    known = contrasts & ~np.isnan(p)
    adjusted = p.copy()
    if known.any():
        adjusted[known] = false_discovery_control(p[known], method="bh")
    items = ", ".join(dict.fromkeys(table["term"]))
    family = f"{known.sum()} contrasts: {items} by {by}"
    families = pd.Series(family, index=table.index).where(contrasts, None)
    return table.assign(p_value=adjusted, p_unadjusted=np.where(contrasts, p, np.nan), family=families)
