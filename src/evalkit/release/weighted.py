"""What a weighted study publishes: weighted shares and how many people they are of, and no counts by answer.

Counts of people are protected as ever. Where they are shown, the share of a group's weight is rounded: as little as leaves
the answers of every few who weigh the same in the group open, for someone who knows all weights and can count. A group whose
whole per cents would tell is hidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..data import COUNT, Responses
from ..data.raking import raked
from ..protect import SafeTable, made_safe
from ..study import NOT_ASKED, TOTAL, DisclosureRule, Table

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
STEPS = (0.0001, 0.001, 0.01)
"""To what a share may be rounded; the finest that tells nothing of anybody is taken."""
MOST_WORLDS = 50_000
"""Of so many ways to have answered at most, every one is looked at."""
WEIGHT = "weight"
_LEAST = 1e-9
"""What stands for a share of nought where sums are brought to others."""


@dataclass(frozen=True, eq=False)
class Weighing:
    """The respondents behind a study's tables, with their weights.

    Parameters
    ----------
    people
        A column a variable, `count`, and `weight`: what one of these respondents stands for.
    rule
        What has to stay open.
    responses
        The answers, by whose design an item's design effect is.
    """

    people: pd.DataFrame
    rule: DisclosureRule
    responses: Responses

    def effect(self, question: str) -> float:
        """Return a question's design effect, one for all answers and groups: variances over those of a simple sample.

        A generalised variance function: the mean of the answers' own or of the upper parts of the scale, whichever is more, rounded to
        one decimal; of a derived variable Kish's, of the weights alone.
        """
        from ..estimate import design_effect, proportions

        if question not in self.responses.study.codebook.variables:
            return max(round(float(design_effect(self.people[WEIGHT], self.people[COUNT])), 1), 0.1)
        variable = self.responses.study.codebook.variable(question)
        codes = variable.scale.codes if variable.scale.ordered else ()
        upper = [codes[place:] for place in range(1, len(codes))]
        found = [
            _ratio(proportions(self.responses, variable.item_id, base="all", categories=answers, detail=True))
            for answers in (None, *upper)
        ]
        return max(round(max(found[0], float(np.mean(found[1:] or found))), 1), 0.1)

    def telling(self, tables: Sequence[Table]) -> Iterator[dict[str, str]]:
        """Go through the places whose weighted shares would tell how few people answered, as `{variable: level}`."""
        for table in tables:
            for question in _questions(table):
                codes = self.people[question].cat.categories if table.answer else ()
                for where, sums in self._groups(table, question):
                    if self._step(sums) is None:
                        yield from ({**where, question: code} for code in codes)

    def published(self, table: SafeTable) -> SafeTable:
        """Return a protected table with weighted shares in place of its counts by answer.

        `count` is then the number of people asked times their weighted share; margins over the answers stay counts of people.
        `weight` is the mean weight in the group, by that of all.
        """
        import pandas as pd

        if not table.answer:
            return table
        parts = []
        for question in _questions(table):
            own = table.cells if table.stack is None else table.cells[table.cells[table.stack] == question]
            groups = {tuple(where.items()): sums for where, sums in self._groups(table, question)}
            parts.append(self._weighted(own, table, groups))
        cells = pd.concat(parts).loc[table.cells.index]
        return made_safe(table.id, table.dims, cells, table.answer, table.stack, self.effect(_questions(table)[0]))

    def _weighted(self, cells: pd.DataFrame, table: SafeTable, groups: Mapping[Any, Sums]) -> pd.DataFrame:
        """Return the cells of one question with shares times people, and mean weights."""
        import pandas as pd

        shares = {where: self._rounded(sums) for where, sums in groups.items()}
        everyone, counts, weights = groups[()].mean, list[Any](), list[float]()
        levels = cells[list(table.dims)].astype(str).to_dict("records")
        for place, count in zip(levels, cells[COUNT], strict=True):
            where = tuple((dim, place[dim]) for dim in table.groups if place[dim] != TOTAL)
            answer, here = place[table.answer], where in groups
            people = answer in (TOTAL, NOT_ASKED) or not here or pd.isna(count)
            counts.append(count if people else shares[where].get(answer, 0.0) * groups[where].people)
            weights.append(round(groups[where].mean / everyone, 2) if here else np.nan)
        columns: dict[str, Any] = {COUNT: pd.array(counts, dtype="Float64"), WEIGHT: weights}
        made: pd.DataFrame = cells.assign(**columns)
        return made

    def _rounded(self, sums: Sums) -> dict[str, float]:
        step = self._step(sums) or STEPS[-1]
        return dict(zip(sums.codes, (step * np.round(sums.shares / step)).tolist(), strict=True))

    def _groups(self, table: Any, question: str) -> Iterator[tuple[dict[str, str], Sums]]:
        """Go through the groups of a table and its margins, with what weighs there."""
        groups = [dim for dim in table.dims if dim not in (table.answer, table.stack)]
        asked = self.people[self.people[question].notna() & (self.people[question] != NOT_ASKED)]
        for size in range(len(groups) + 1):
            for by in combinations(groups, size):
                for levels, rows in asked.groupby(list(by), observed=True) if by else [((), asked)]:
                    yield dict(zip(by, map(str, levels), strict=True)), _sums(rows, question)

    def _step(self, sums: Sums) -> float | None:
        """Return the finest rounding that leaves the answers of every few of one weight open; None where none does."""
        few = np.flatnonzero((sums.sizes > 0) & (sums.sizes < self.rule.base))
        if not len(few):
            return STEPS[0]
        return next((step for step in STEPS if sums.open(step, few, self.rule.width)), None)


@dataclass(frozen=True, eq=False)
class Sums:
    """What weighs in a group: its people by weight, and the share of its weight that gave each answer.

    Parameters
    ----------
    codes, shares
        The answers, and the share of each.
    sizes, weights
        How many have each weight, and these weights, the heaviest first.
    """

    codes: tuple[str, ...]
    shares: Floats
    sizes: Floats
    weights: Floats

    @property
    def people(self) -> int:
        """How many they are."""
        return int(self.sizes.sum())

    @property
    def weight(self) -> float:
        """What they weigh together."""
        return float(self.sizes @ self.weights)

    @property
    def mean(self) -> float:
        """What one of them weighs on average."""
        return self.weight / self.people if self.people else float("nan")

    def open(self, step: float, few: npt.NDArray[np.intp], width: int) -> bool:
        """Return whether rounded shares tell of nobody that they gave an answer.

        That at least one of a few gave it may be said only where how many stays open by `width`, or as many as they are. That few of them,
        or none, can have given an answer that is rare is seen from a count of all too; that all of a group gave one is seen in any case.
        """
        if (self.shares > 1 - self.weights.min() / self.weight / 2).any():
            return True
        found = [self._range(share, step, few) for share in self.shares]
        least, most = (np.array(ends) for ends in zip(*found, strict=True))
        sizes = self.sizes[few]
        least = np.maximum(least, sizes - (most.sum(axis=0) - most))  # whoever gave no other answer gave this one
        return bool(((least <= 0) | (most - least >= np.minimum(sizes, width))).all())

    def _range(self, share: float, step: float, few: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return how many of each few gave an answer at least and at most, by its rounded share."""
        middle = step * round(share / step)
        low, high = (np.clip(middle + end * step / 2, 0, 1) * self.weight for end in (-1, 1))
        if np.prod(self.sizes + 1) <= MOST_WORLDS:
            worlds = np.stack(np.meshgrid(*(np.arange(n + 1) for n in self.sizes), indexing="ij"), axis=-1)
            worlds = worlds.reshape(-1, len(self.sizes))
            sums = worlds @ self.weights
            found = worlds[(sums >= low - 1e-9) & (sums <= high + 1e-9)][:, few]
            return found.min(axis=0), found.max(axis=0)
        weights, sizes = self.weights[few], self.sizes[few]
        least = np.ceil((low - (self.weight - sizes * weights)) / weights - 1e-9)
        return np.maximum(least, 0), np.minimum(np.floor(high / weights + 1e-9), sizes)


def balanced(tables: Mapping[str, SafeTable], outcome: str, predictors: Sequence[str]) -> dict[str, SafeTable]:
    """Return the weighted tables of an outcome by its predictors, and of these by each other, as sums that fit together.

    Published shares and mean weights are rounded, each by itself. They are brought to one distribution of the outcome and one
    of each predictor by iterative proportional fitting, and add up to the number of people; hidden places stay hidden.
    """
    found: dict[str, SafeTable] = {}
    margins: dict[str, dict[str, float]] = {}
    for answer, group in [*((outcome, name) for name in predictors), *permutations(predictors, 2)]:
        table = tables.get(f"{answer}_by_{group}")
        if table is None or table.effect is None or any({answer, group} == set(one.dims) for one in found.values()):
            continue
        sums, people = _sums_by(table, group), float(table.count() or 0)
        for name, margin in ((answer, sums.columns), (group, sums.rows)):
            total = sum(margin.values())
            margins.setdefault(name, {level: people * part / total for level, part in margin.items()})
        found[table.id] = sums.fitted(table, group, margins[group], margins[answer])
    return found


@dataclass(frozen=True, eq=False)
class _Masses:
    """What weighs in each group (rows) by answer (columns), and in all of either."""

    rows: dict[str, float]
    columns: dict[str, float]
    inner: Floats

    def fitted(
        self, table: SafeTable, group: str, rows: Mapping[str, float], columns: Mapping[str, float]
    ) -> SafeTable:
        """Return a table of the sums brought to the distributions of its two variables."""
        import pandas as pd

        totals = [
            np.array([of.get(level, 0.0) for level in own]) for own, of in ((self.rows, rows), (self.columns, columns))
        ]
        inner = self.inner + _LEAST
        factors, _ = raked(
            np.indices(inner.shape).reshape(2, -1).T, inner.ravel(), totals, tolerance=1e-15, max_iterations=500
        )
        sums = inner * factors.reshape(inner.shape)
        whole = np.block([[sums, sums.sum(axis=1, keepdims=True)], [sums.sum(axis=0), sums.sum()]])
        places = [{level: i for i, level in enumerate((*own, TOTAL))} for own in (self.rows, self.columns)]
        keys = zip(table.cells[group].astype(str), table.cells[table.answer].astype(str), strict=True)
        counts = pd.array([whole[places[0][level], places[1][answer]] for level, answer in keys], dtype="Float64")
        counts[table.cells[COUNT].isna().to_numpy()] = pd.NA
        cells = table.cells.assign(**{COUNT: counts})
        return made_safe(table.id, table.dims, cells, table.answer, None, table.effect)


def _sums_by(table: SafeTable, group: str) -> _Masses:
    """Return what weighs in a table by one group; what is hidden as if nothing set it apart."""
    keys = zip(table.cells[group].astype(str), table.cells[table.answer].astype(str), strict=True)
    mass = (table.cells[COUNT].astype("Float64") * table.cells[WEIGHT]).to_numpy(dtype=float, na_value=np.nan)
    at = dict(zip(keys, mass.tolist(), strict=True))
    levels = [level for level in dict.fromkeys(key[0] for key in at) if level != TOTAL]
    answers = [answer for answer in dict.fromkeys(key[1] for key in at) if answer != TOTAL]
    overall = np.nan_to_num(np.array([at[TOTAL, answer] for answer in answers]))
    rows = np.array([at[level, TOTAL] for level in levels])
    left = max(at[TOTAL, TOTAL] - np.nansum(rows), 0.0)
    rows = np.where(np.isnan(rows), left / max(int(np.isnan(rows).sum()), 1), rows)
    inner = np.array([[at[level, answer] for answer in answers] for level in levels])
    hidden = np.where(np.isnan(inner), overall, 0.0)
    rest = np.maximum(rows - np.nansum(inner, axis=1), 0.0) / np.maximum(hidden.sum(axis=1), _LEAST)
    inner = np.where(np.isnan(inner), hidden * rest[:, None], inner)
    both = zip(levels, rows.tolist(), strict=True), zip(answers, overall.tolist(), strict=True)
    return _Masses(dict(both[0]), dict(both[1]), inner)


def weighing(responses: Responses, people: pd.DataFrame) -> Weighing:
    """Return the respondents behind a study's tables with their weights.

    Parameters
    ----------
    responses
        The answers of a study with weights, strata or clusters.
    people
        The same respondents as `publishable` has them.
    """
    column = responses.design.get("weights")
    weights = np.ones(len(people)) if column is None else responses.data[column].to_numpy(dtype=float)
    return Weighing(people.assign(**{WEIGHT: weights}), responses.study.rule, responses)


def _ratio(shares: pd.DataFrame) -> float:
    """Return the variances of shares over those of a simple sample with replacement, all of them together."""
    simple = (shares["estimate"] * (1 - shares["estimate"]) / (shares["n"] - 1)).where(shares["n"] > 1)
    known = shares["std_error"].notna() & (simple > 0)
    return float((shares["std_error"][known] ** 2).sum() / simple[known].sum()) if known.any() else 1.0


def _questions(table: Any) -> tuple[str, ...]:
    """Return the variables whose answers a table counts."""
    if not table.answer:
        return ()
    if table.stack is None:
        return (table.answer,)
    cells = getattr(table, "cells", None)
    column = table.frame[table.stack] if cells is None else cells[table.stack]
    return tuple(dict.fromkeys(map(str, column)))


def _sums(rows: pd.DataFrame, question: str) -> Sums:
    mass = rows[COUNT] * rows[WEIGHT]
    shares = mass.groupby(rows[question].astype(object)).sum() / max(mass.sum(), 1e-300)
    sizes = rows.groupby(rows[WEIGHT].round(6))[COUNT].sum().sort_index(ascending=False)
    return Sums(
        tuple(map(str, shares.index)),
        shares.to_numpy(dtype=float),
        sizes.to_numpy(dtype=float),
        sizes.index.to_numpy(dtype=float),
    )
