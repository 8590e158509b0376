"""Answers by group as sums: of rows of respondents, or of a release's tables, where what is hidden is missing.

Shares, means, contrasts and tests are made of the same sums, so that a release in place of answers changes nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data import COUNT, START, Responses
from ..errors import UsageError
from ..study import NOT_ASKED, TOTAL, Study
from .counts import Positions
from .design import Calibration, Coded, Design, Floats, Sample, read_design, read_drawn, read_sample
from .intervals import sampling_fraction

Groups = tuple[tuple[Any, ...], ...]
FEW = 2_000
"""Of so many respondents at most, weighted answers are dealt out anew for tests."""


@dataclass(frozen=True, eq=False)
class Spread:
    """Mean scores by group (rows) and kind of score (columns), and what their variances are made of.

    Parameters
    ----------
    design
        How the respondents were drawn.
    mean, scatter
        Weighted means, and weighted mean squared deviations.
    parts
        Each stratum's sum of squared linearised scores of the units drawn, centred.
    n, q
        Respondents and squared weights, a row a stratum, a column a group.
    w, rows
        Weights, and respondents with those whose weight is 0, by group.
    respondents, population
        Everyone in the group with or without an answer, and how many there are by the frame.
    apart
        Whether each group is a sample of its own, as in bare counts.
    """

    design: Design
    mean: Floats
    scatter: Floats
    parts: Floats
    n: Floats
    q: Floats
    w: Floats
    rows: Floats
    respondents: Floats
    population: Floats
    apart: bool = False

    @cached_property
    def size(self) -> Floats:
        """Respondents in each group, as a column."""
        return np.asarray(self.n.sum(axis=0)[:, None])

    @cached_property
    def fraction(self) -> Floats:
        """The sampling fraction of each group, as a column: by the frame, or by the strata's sizes and the weights."""
        if not self.design.corrected or self.design.cluster is not None:
            return sampling_fraction(self.respondents, self.population)[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = self.w / float(self.design.counts @ self.design.weights)
            return np.asarray(self.size[:, 0] / (share * self.design.population.sum()))[:, None]

    @cached_property
    def left(self) -> Floats:
        """One less the sampling fraction; 1 where it is not known."""
        return np.asarray(1 - np.nan_to_num(self.fraction, nan=0.0))

    @cached_property
    def variance(self) -> Floats:
        """The variance without finite population correction."""
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.apart:
                return np.where(self.size > 1, self.parts[0] * self.size / (self.size - 1), np.nan)
            return np.asarray(np.einsum("h,hgk->gk", self.design.factors(fpc=False), self.parts))

    @cached_property
    def corrected(self) -> Floats:
        """The variance with it."""
        if self.design.corrected:
            return np.asarray(np.einsum("h,hgk->gk", self.design.factors(), self.parts))
        return np.where(self.left == 0, 0 * self.mean, self.variance * self.left)

    @property
    def df(self) -> Floats:
        """Degrees of freedom: respondents (or clusters in all) less strata, in each group."""
        if self.design.cluster is not None:
            return np.full(self.size.shape, self.design.df)
        return np.asarray(self.size - (self.n > 0).sum(axis=0)[:, None])

    @property
    def deff(self) -> Floats:
        """The variance over that of simple random sampling without replacement (with it where the fraction is unknown)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            simple = self.scatter / (self.size - 1) * self.left
            return np.where(simple > 0, self.corrected / simple, np.nan)

    def ratios(self) -> tuple[Floats, Floats]:
        """Return deff and deff (1 - f) of shares; by Kish's formula where the share is 0 or 1, or there is one respondent."""
        total, size = self.design.total, self.design.size
        with np.errstate(invalid="ignore", divide="ignore"):
            simple = self.scatter / self.size * (total / (total - 1) if total > 1 else np.nan)
            kish = (self.size[:, 0] * self.q.sum(axis=0) / self.w**2)[:, None]
            kish_fpc = kish * self.left
            if self.design.corrected:
                drawn = np.where(size > 1, self.design.factors() * (size - 1) / size, 1.0)
                kish_fpc = (self.size[:, 0] * (drawn @ self.q) / self.w**2)[:, None]
            known = simple > 0
            return np.where(known, self.variance / simple, kish), np.where(known, self.corrected / simple, kish_fpc)


@dataclass(frozen=True, eq=False)
class Units:
    """The respondents of a sample that is not simple, one by one: group, answer, stratum, cluster (as positions), weight."""

    group: Positions
    answer: Positions
    stratum: Positions
    cluster: Positions | None
    weight: Floats

    def of(self, groups: Positions, answers: Positions) -> Units:
        """Return those of some groups and answers, whose positions are given by the old ones (-1: left out)."""
        group, answer = groups[self.group], answers[self.answer]
        kept = (group >= 0) & (answer >= 0)
        cluster = None if self.cluster is None else self.cluster[kept]
        return Units(group[kept], answer[kept], self.stratum[kept], cluster, self.weight[kept])


@dataclass(frozen=True, eq=False)
class Cells:
    """Sums over respondents in each stratum, group and answer: numbers, weights and squared weights.

    Parameters
    ----------
    design
        How the respondents were drawn.
    groups, answers
        What the cells are called.
    n, w, q, rows
        Numbers, weights, squared weights; numbers with those whose weight is 0. A hidden count is missing.
    respondents, population
        Everyone in the group with or without an answer, and how many there are by the frame.
    clusters
        Weights by cluster, group and answer, where clusters were drawn.
    rows_at
        The group and the answer of each row of the design as positions (-1: none), where weights were raked to margins.
    base
        The number that shares of a group are of, where a release shows it without all of its parts.
    units
        The respondents themselves, of a sample that is neither simple nor large.

    Of answers that were dealt out anew for tests the sums have a leading axis, a deal each.
    """

    design: Design
    groups: Groups
    answers: tuple[Any, ...]
    n: Floats
    w: Floats
    q: Floats
    rows: Floats
    respondents: Floats
    population: Floats
    clusters: Floats | None = None
    rows_at: tuple[Positions, Positions] | None = None
    base: Floats | None = None
    units: Units | None = None

    def of(self, groups: Any, answers: Any = slice(None)) -> Cells:
        """Return some groups and answers, by position."""
        own: dict[str, Any] = {name: getattr(self, name)[:, groups][:, :, answers] for name in ("n", "w", "q", "rows")}
        if self.clusters is not None:
            own["clusters"] = self.clusters[:, groups][:, :, answers]
        places = _renumbered(len(self.groups), groups), _renumbered(len(self.answers), answers)
        if self.rows_at is not None:
            own["rows_at"] = tuple(new[old] for new, old in zip(places, self.rows_at, strict=True))
        if self.units is not None:
            own["units"] = self.units.of(*places)
        names: dict[str, Any] = {"groups": tuple(objects(self.groups)[groups])}
        names["answers"] = tuple(objects(self.answers)[answers])
        return replace(self, **own, **names, respondents=self.respondents[groups], population=self.population[groups])

    def counts(self, scores: Floats) -> Floats:
        """Return how many of each group gave the answers of each column of scores (0 or 1)."""
        n = self.n.sum(axis=0)[:, :, None]
        return np.asarray(np.where(scores[None] == 0, 0.0, n * scores).sum(axis=1))

    def spread(self, scores: Floats, apart: bool = False) -> Spread:
        """Return the weighted mean of each column of scores (a row an answer) in each group, with its variance's parts."""
        fixed: dict[str, Any] = {"design": self.design, "respondents": self.respondents, "apart": apart}
        fixed["population"] = self.population
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.base is not None:
                given, base = self.counts(scores), self.base[:, None]
                mean = given / np.where(base > 0, base, np.nan)
                scatter = mean * (1 - mean)
                effect = self.design.effect or 1.0
                one: dict[str, Any] = {"n": self.base[None], "q": effect * self.base[None], "w": self.base}
                parts = (effect * scatter / base)[None]
                return Spread(mean=mean, scatter=scatter, parts=parts, rows=self.base, **one, **fixed)
            w = self.w.sum(axis=(0, 2))
            mean = self.w.sum(axis=0) @ scores / w[:, None]
            deviation = scores[None] - mean[:, None]
            scatter = np.einsum("gc,gck->gk", self.w.sum(axis=0), deviation**2) / w[:, None]
            parts = self._parts(deviation / w[:, None, None])
        sums: dict[str, Any] = {"n": self.n.sum(axis=2), "q": self.q.sum(axis=2), "w": w}
        return Spread(mean=mean, scatter=scatter, parts=parts, rows=self.rows.sum(axis=(0, 2)), **sums, **fixed)

    def _by_row(self, scores: Floats) -> Floats:
        """Return weighted scores of the design's rows, a column a kind, from scores by group, answer and kind."""
        assert self.rows_at is not None
        group, answer = self.rows_at
        inside = (group >= 0) & (answer >= 0)
        return np.where(inside[:, None], self.design.weights[:, None] * scores[group, answer], 0.0)

    def _parts(self, scores: Floats) -> Floats:
        """Return each stratum's centred sum of squares, of scores by group, answer and kind."""
        if self.rows_at is not None:
            rows, group = self._by_row(scores), self.rows_at[0][:, None]
            return np.stack([self.design.squares(rows * (group == own)) for own in range(len(self.groups))], axis=1)
        sums = np.einsum("hgc,gck->hgk", self.w, scores)
        if self.clusters is None:
            squares = np.einsum("hgc,gck->hgk", self.q, scores**2)
        else:
            squares = np.zeros_like(sums)
            np.add.at(squares, self.design.cluster_strata, np.einsum("pgc,gck->pgk", self.clusters, scores) ** 2)
        return np.asarray(squares - np.nan_to_num(sums**2 / self.design.mean_of[:, None, None]))

    def variance(self, scores: Floats) -> Floats:
        """Return the variances of totals of weighted scores, given as kind by group by answer."""
        if self.rows_at is not None:
            return np.asarray(self.covariance(scores).diagonal())
        flat = scores.reshape(*scores.shape[:-2], -1).swapaxes(-1, -2)

        def totals(sums: Floats, power: int = 1) -> Floats:
            return np.asarray(sums.reshape(*sums.shape[:-2], -1) @ flat**power)

        return self._variances(totals)

    def variance_of_products(self, rows: Floats, columns: Floats) -> Floats:
        """Return those of each product of scores of groups (kind by group) and scores of answers (kind by answer)."""
        first, second = rows[..., None, :, :], columns.swapaxes(-1, -2)[..., None, :, :]

        def totals(sums: Floats, power: int = 1) -> Floats:
            return np.asarray(first**power @ sums @ second**power).reshape(*sums.shape[:-2], -1)

        return self._variances(totals)

    def _variances(self, totals: Callable[..., Floats]) -> Floats:
        """Return the variances of totals, given as what makes those of each stratum or cluster from its sums."""
        if self.clusters is None:
            squares = totals(self.q, 2)
        else:
            squares = np.eye(self.design.strata)[:, self.design.cluster_strata] @ totals(self.clusters) ** 2
        within = squares - totals(self.w) ** 2 / self.design.mean_of[:, None]
        return np.asarray(np.einsum("h,...hk->...k", self.design.factors(), within))

    def covariance(self, scores: Floats) -> Floats:
        """Return the covariance of totals of weighted scores, given as kind by group by answer."""
        if self.rows_at is not None:
            return self.design.covariance(self._by_row(np.moveaxis(scores, 0, -1)))
        flat, strata = scores.reshape(len(scores), -1), range(self.design.strata)
        sums = self.w.reshape(self.design.strata, -1) @ flat.T
        if self.clusters is None:
            squares = [(flat * self.q[h].ravel()) @ flat.T for h in strata]
        else:
            each = self.clusters.reshape(len(self.clusters), -1) @ flat.T
            squares = [each[self.design.cluster_strata == h].T @ each[self.design.cluster_strata == h] for h in strata]
        factors, size = self.design.factors(), self.design.mean_of
        return np.asarray(sum(factors[h] * (squares[h] - np.outer(sums[h], sums[h]) / size[h]) for h in strata))

    def group_means(self, scores: Floats) -> tuple[Floats, Floats]:
        """Return the groups' weighted mean scores and their covariance."""
        own = self.w.sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = own @ scores / own.sum(axis=1)
            each = (scores[None] - mean[:, None]) / own.sum(axis=1, keepdims=True)
        return mean, self.covariance(np.eye(len(own))[:, :, None] * each[None])


def _renumbered(size: int, which: Any) -> Positions:
    """Return the new position of each of so many, -1 of those that are left out; the last is that of -1."""
    kept = np.arange(size)[which]
    places = np.full(size + 1, -1, dtype=np.intp)
    places[kept] = np.arange(len(kept))
    return places


def objects(values: Sequence[Any]) -> npt.NDArray[Any]:
    """Return values as they are, tuples among them, as an array."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


@dataclass(frozen=True, eq=False)
class Source:
    """Where sums of answers come from.

    Parameters
    ----------
    data
        Responses, a release or a data frame.
    sample, design
        Its respondents (none of a release), and how they were drawn.
    frame
        How many there are by group: a data frame, a number, or a study.
    problems, published
        What a release lacks of what was asked, and how often it had it.
    """

    data: Any
    sample: Sample
    design: Design
    frame: Any = None
    problems: list[UsageError] = field(default_factory=list)
    published: list[str] = field(default_factory=list)
    _grouped: dict[Any, tuple[Coded, Positions, Floats]] = field(default_factory=dict)

    @property
    def released(self) -> bool:
        """Whether these are counts that may be shown."""
        return is_release(self.data)

    def answers(self, term: str) -> tuple[Any, ...]:
        """Return a variable's categories, in print order."""
        variable = self.sample.known(term) if self.released else None
        return self.sample.coded(term).levels if variable is None else variable.scale.print_codes

    def cells(self, term: str, names: tuple[str, ...] = (), missing: bool = False) -> Cells:
        """Return the sums of a variable's answers by groups.

        Parameters
        ----------
        term, names
            The variable, and the groups that are crossed.
        missing
            Whether missing answers are answers, and groups, too.
        """
        if self.released:
            return self._released(term, names, missing)
        answers = _of_the_asked(self.sample.coded(term, missing=missing))
        groups, start, population = self._groups(names, missing)
        width = len(answers.levels) + 1
        place = start * width + np.where(answers.positions < 0, width - 1, answers.positions)
        size = len(groups.levels) + 1, width
        sums = [_summed(place, self.design.strata, size, factor) for factor in self._factors]
        respondents = sums[0].sum(axis=(0, 2))[:-1]
        n, w, q, rows = (part[:, :-1, :-1] for part in (sums * 4 if len(sums) == 1 else sums))
        clusters = self._clusters(place, width * size[0], size)
        cells = Cells(self.design, groups.levels, answers.levels, n, w, q, rows, respondents, population, clusters)
        rows_at = (groups.positions, answers.positions) if self.design.calibration else None
        return replace(cells, rows_at=rows_at, units=self._units(groups.positions, answers.positions))

    def _units(self, groups: Positions, answers: Positions) -> Units | None:
        """Return the respondents one by one, where they are few enough to deal their answers out anew."""
        design = self.design
        if design.plain or design.total > FEW:
            return None
        kept = np.flatnonzero((groups >= 0) & (answers >= 0) & (design.weights > 0))
        drawn = design.stratum if design.cluster is None else design.cluster
        order = np.lexsort((answers[kept], groups[kept], design.weights[kept], drawn[kept]))  # not that of the rows
        each = np.repeat(kept[order], design.counts[kept[order]].astype(int))
        cluster = None if design.cluster is None else design.cluster[each]
        return Units(groups[each], answers[each], design.stratum[each], cluster, design.weights[each])

    @cached_property
    def _factors(self) -> tuple[Floats | None, ...]:
        """What is summed for numbers, weights, squared weights and rows; one for all when no row is weighted."""
        counts, weights = self.design.counts, self.design.weights
        plain = None if (counts == 1).all() else counts
        if (weights == 1).all():
            return (plain,)
        return np.where(weights > 0, counts, 0.0), counts * weights, counts * weights**2, plain

    def _groups(self, names: tuple[str, ...], missing: bool) -> tuple[Coded, Positions, Floats]:
        """Return the groups, each row's place in the grid of strata and groups (the last is 'none'), and their sizes."""
        if (names, missing) not in self._grouped:
            groups = self.sample.crossed(names, missing)
            width = len(groups.levels) + 1
            start = self.design.stratum * width + np.where(groups.positions < 0, width - 1, groups.positions)
            self._grouped[names, missing] = groups, start, population_of(self.frame, names, groups.levels)
        return self._grouped[names, missing]

    def _clusters(self, place: Positions, block: int, size: tuple[int, int]) -> Floats | None:
        if self.design.cluster is None:
            return None
        inside = self.design.cluster * block + place % block
        weights = self.design.counts * self.design.weights
        return _summed(inside, len(self.design.cluster_strata), size, weights)[:, :-1, :-1]

    def _released(self, term: str, names: tuple[str, ...], missing: bool) -> Cells:
        """Return the sums from a release's table; all missing where it has none.

        Of a weighted study they are people times weighted shares, each of its group's mean weight.
        """
        if term in names:
            raise UsageError("an item cannot be grouped by itself", where=f"{term} by {', '.join(names)}", got=term)
        study = self.data.study
        variable = study.codebook.variable(term)
        try:
            table = self.data.table(term, names)
            self.published.append(term)
            answer, cells, effect = table.answer, table.cells, table.effect
        except UsageError as error:
            self.problems.append(error)
            effect = None
            answer, cells = term, pd.DataFrame({name: [] for name in (*names, term, COUNT)})
        levels = [_levels(cells, name, study, missing) for name in names]
        answers = variable.answer_codes if missing else variable.scale.print_codes
        found = _looked_up(cells, (*names, answer))
        groups = tuple(product(*levels))
        n = np.array([[found.get((*g, a), np.nan) for a in answers] for g in groups], dtype=float)
        n = n.reshape(1, len(groups), len(answers))
        base = np.array([found.get((*g, TOTAL), np.nan) - found.get((*g, NOT_ASKED), 0) for g in groups], dtype=float)
        design = Design.simple(found.get((TOTAL,) * (len(names) + 1), np.nan), effect)
        sizes = population_of(None if effect else self.frame, names, groups)
        w, q = n, n
        if effect is not None:
            means = _looked_up(cells, (*names, answer), "weight")
            mean = np.array([means.get((*group, TOTAL), np.nan) for group in groups])[None, :, None]
            w, q = n * mean, effect * n * mean**2
        return Cells(design, groups, answers, n, w, q, n, base, sizes, base=base if missing else None)

    def check(self, asked: Any) -> None:
        """Raise what a release lacks, where nothing that was asked for by name is published.

        What a study itself names, a question or a headline, has missing figures.
        """
        named = isinstance(asked, str) or any(isinstance(one, str) for one in asked if not isinstance(asked, tuple))
        if named and self.problems and not self.published:
            raise self.problems[0]

    def numbers(self, values: Floats, names: tuple[str, ...] = ()) -> Spread:
        """Return the weighted means of numbers, one a row (missing ones left out), by groups."""
        design, (groups, start, population) = self.design, self._groups(names, False)
        known = np.isfinite(values)
        weight, shape = design.weights * known, (design.strata, len(groups.levels) + 1)

        def total(numbers: Any) -> Floats:
            sums = np.bincount(start, design.counts * numbers, minlength=shape[0] * shape[1])
            return np.asarray(sums.reshape(shape)[:, :-1])

        y, at = np.where(known, values, 0.0), np.maximum(start % shape[1], 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            w = total(weight).sum(axis=0)
            mean = np.where(w > 0, total(weight * y).sum(axis=0) / w, np.nan)
            away = np.where(known, y - np.append(mean, 0.0)[at], 0.0)
            score = np.where(weight > 0, weight * away / np.append(w, 1.0)[at], 0.0)
            scatter = total(weight * away**2).sum(axis=0) / w
        each = [design.squares((score * (at == own))[:, None]) for own in range(shape[1] - 1)]
        parts = np.where(w[:, None] > 0, np.stack(each, axis=1), np.nan)
        n, rows = total((weight > 0).astype(float)), total(known.astype(float)).sum(axis=0)
        people = total((design.weights > 0) * 1.0).sum(axis=0)
        counted = n, total(weight**2), w, rows, people, population
        return Spread(design, mean[:, None], scatter[:, None], parts, *counted)


def _of_the_asked(answers: Coded) -> Coded:
    """Return answers without 'not asked', which is in no base."""
    if NOT_ASKED not in answers.levels:
        return answers
    last = len(answers.levels) - 1  # it stands last
    return Coded(np.where(answers.positions == last, -1, answers.positions), answers.levels[:last])


def _summed(place: Positions, first: int, size: tuple[int, int], factor: Floats | None) -> Floats:
    sums = np.bincount(place, factor, minlength=first * size[0] * size[1])
    return np.asarray(sums, dtype=float).reshape(first, *size)


def read_source(
    data: Any, weights: Any = None, strata: Any = None, fpc: Any = None, cluster: Any = None, *, frame: Any = None
) -> Source:
    """Return where sums come from: rows as they were drawn, or a release, which has neither weights nor a design.

    What is not given is what the study's design says, and a sample's frame is no more than a list to be drawn from.
    """
    sample = read_drawn(data)
    if is_release(data):
        if any(part is not None for part in (weights, strata, fpc, cluster)):
            hint = "a release is weighted by `design` in study.yml; other weights are for Responses, which are not published"
            raise UsageError("released counts are not weighted here", hint=hint)
        return Source(data, sample, Design.simple(np.nan), data.study if frame is None else frame)
    if frame is not None and fpc is not None:
        raise UsageError("the population is given twice", got="frame and fpc", hint="leave one of them out")
    given = {"weights": weights, "strata": strata, "fpc": fpc, "cluster": cluster}
    drawn = {**sample.drawn, **{use: part for use, part in given.items() if part is not None}}
    drawn["calibration"] = calibration_of(data, weights)
    if drawn.get("fpc") is None and frame is None and not (sample.study is not None and sample.study.sampled):
        frame = sample.study
    return Source(data, sample, read_design(sample, **drawn), frame)


def calibration_of(data: Any, weights: Any) -> Calibration | None:
    """Return what weights were raked to: those that `rake` made, or by default those of a study's own design."""
    raked = getattr(weights, "attrs", {}).get("raked")
    if raked is not None:
        return Calibration.of(raked.margins, raked.start) if len(raked.margins) else None
    design = data.study.design if isinstance(data, Responses) and weights is None else None
    if design is None or not design.rake or design.trim is not None:
        return None
    margins = [data.drawn[group].cat.codes.to_numpy().astype(np.intp) for group in design.rake]
    levels = [np.where(codes < 0, codes.max() + 1, codes) for codes in margins]
    return Calibration.of(np.stack(levels, axis=-1), data.drawn[START].to_numpy(dtype=float))


def is_release(data: Any) -> bool:
    """Return whether these are counts that may be shown."""
    return bool(getattr(data, "released", False))


def group_name(level: tuple[Any, ...]) -> Any:
    """Return what a group is called: its level, or its levels joined by ':'."""
    return level[0] if len(level) == 1 else ":".join(map(str, level))


def population_of(frame: Any, by: tuple[str, ...], groups: Groups) -> Floats:
    """Return how many there are in each group by the frame (or a study's); NaN where it does not say.

    Raises
    ------
    UsageError
        When the frame has no `population`.
    """
    if frame is None or (isinstance(frame, Real) and by):
        return np.full(len(groups), np.nan)
    if isinstance(frame, Study):
        sizes = [frame.population(dict(zip(by, level, strict=True))) for level in groups]
        return np.array([np.nan if size is None else size for size in sizes], dtype=float)
    if isinstance(frame, Real):
        return np.array([float(frame)])
    table = read_sample(frame).data
    if "population" not in table.columns:
        expected = "a column 'population'"
        raise UsageError("the frame has no population", got=", ".join(table.columns), expected=expected)
    if not by:
        return np.array([float(table["population"].sum(skipna=False))])
    if not set(by) <= set(table.columns):
        return np.full(len(groups), np.nan)
    keys = zip(*(table[name].astype(object) for name in by), strict=True)
    sums: dict[tuple[Any, ...], float] = {}
    for key, size in zip(keys, table["population"], strict=True):
        sums[key] = sums.get(key, 0.0) + float(size)
    return np.array([sums.get(level, np.nan) for level in groups])


def released_response(release: Any, by: Sequence[str]) -> tuple[Groups, Floats]:
    """Return the groups of a table of how many answered, and how many did; missing where it is hidden."""
    cells = release.response(tuple(by)).cells
    groups = tuple(product(*(_levels(cells, name, release.study, missing=False) for name in by)))
    found = _looked_up(cells, tuple(by))
    return groups, np.array([found.get(group, np.nan) for group in groups], dtype=float)


def _levels(cells: pd.DataFrame, dim: str, study: Study, missing: bool) -> tuple[str, ...]:
    """Return the levels of a group: its categories in print order, and with `missing` the missing answers in the table."""
    found = list(dict.fromkeys(level for level in cells[dim].astype(str) if level != TOTAL))
    variable = study.codebook.variables.get(dim)
    if variable is None:
        return tuple(found)
    codes = variable.scale.print_codes
    return tuple(code for code in variable.shown_codes if code in codes or (missing and code in found))


def _looked_up(cells: pd.DataFrame, dims: tuple[str, ...], column: str = COUNT) -> dict[tuple[str, ...], float]:
    keys = cells[list(dims)].astype(str).itertuples(index=False, name=None) if dims else [()]
    return dict(zip(keys, cells[column].to_numpy(dtype=float, na_value=np.nan), strict=True))
