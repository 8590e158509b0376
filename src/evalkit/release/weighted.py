"""What a weighted study publishes: weighted shares and how many people they are of, and no counts by answer.

Counts of people are protected as ever. Where they are shown, the shares of a question are rounded, all to the same step: as little
as leaves open the answers of every few who weigh the same in a group, and every hidden count, for someone who knows all weights and
can count. A group whose whole per cents would tell is hidden; a table whose hidden counts would follow is withheld.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data import COUNT, Responses
from ..errors import UsageError
from ..protect import SafeTable, made_safe
from ..study import NOT_ASKED, TOTAL, DisclosureRule, Table

Floats = npt.NDArray[np.float64]
MOST_WORLDS = 50_000
"""Of so many ways to have answered at most, every one is looked at."""
_NEAR = 1e-9
STEPS = (0.0001, 0.001, 0.01)
"""To what a question's shares may be rounded; the finest that tells nothing of anybody is taken."""
WEIGHT = "weight"

Groups = dict[tuple[tuple[str, str], ...], "Sums"]
"""What weighs in each group, by its levels; those of all are under no level."""


@dataclass(frozen=True, eq=False)
class Weighing:
    """The respondents behind a study's tables, with their weights.

    Parameters
    ----------
    people
        A column a variable, `count`, and `weight`: what one of these respondents stands for, 1 on average.
    rule
        What has to stay open.
    responses
        The answers, by whose design an item's design effect is.
    """

    people: pd.DataFrame
    rule: DisclosureRule
    responses: Responses
    _effects: dict[str, float] = field(default_factory=dict)
    _groups: dict[tuple[str, ...], Groups] = field(default_factory=dict)

    def joined(self, people: pd.DataFrame) -> Weighing:
        """Return the same of respondents who have got further variables."""
        return replace(self, people=people.assign(**{WEIGHT: self.people[WEIGHT]}), _groups={})

    def effect(self, question: str) -> float:
        """Return a question's design effect, one for all answers and groups: variances over those of a simple sample.

        A generalised variance function: the mean of the answers' own or of the upper parts of the scale, whichever is more, rounded to
        one decimal, and more by what few clusters ask for; of a derived variable Kish's, of the weights alone.
        """
        if question not in self._effects:
            self._effects[question] = max(round(self._inflation(question), 1), 0.1)
        return self._effects[question]

    def _inflation(self, question: str) -> float:
        from ..estimate import design_effect, proportions
        from ..estimate.cells import read_source
        from ..estimate.intervals import widened

        if question not in self.responses.study.codebook.variables:
            return float(design_effect(self.people[WEIGHT], self.people[COUNT]))
        variable = self.responses.study.codebook.variable(question)
        codes = variable.scale.codes if variable.scale.ordered else ()
        upper = [codes[place:] for place in range(1, len(codes))]
        shares = partial(proportions, self.responses, variable.item_id, base="all", detail=True)
        found = [_ratio(shares(categories=answers)) for answers in (None, *upper)]
        design = read_source(self.responses).design
        few = widened(design.df) if design.cluster is not None else 1.0
        return max(found[0], float(np.mean(found[1:] or found))) * float(few)

    def telling(self, tables: Sequence[Table], out: Sequence[SafeTable] = ()) -> Iterator[dict[str, str]]:
        """Go through the places whose weighted shares would tell how few people answered, as `{variable: level}`.

        Shares of a question that is `out` already are rounded as there.
        """
        steps = self._steps(out)
        for table in tables:
            for question in _questions(table):
                codes = table.frame[table.answer].unique()
                for where, sums in self._sums(table, question).items():
                    if not sums.open(steps.get(question, STEPS[-1]), self.rule):
                        yield from ({**dict(where), question: code} for code in codes)

    def published(self, tables: Sequence[SafeTable], out: Sequence[SafeTable] = ()) -> list[SafeTable]:
        """Return protected tables with weighted shares in place of their counts by answer.

        `count` is then the number of people asked times their weighted share; margins over the answers stay counts of people.
        `weight` is the mean weight in the group, by that of all. Shares of a question that is `out` already are rounded as there.
        """
        steps = self._steps(out)
        open_ = [t for t in tables if all(self._hides(t, q, steps.get(q, STEPS[-1])) for q in _questions(t))]
        steps = {**self._steps(open_), **steps}
        return [self._shares(table, steps) if table in open_ else _without(table) for table in tables]

    def _steps(self, tables: Sequence[SafeTable]) -> dict[str, float]:
        """Return, of each question of some tables, the finest rounding of its shares that leaves everything open in all of them."""
        of: dict[str, list[SafeTable]] = {}
        for table in tables:
            for question in _questions(table):
                of.setdefault(question, []).append(table)
        return {question: self._step(question, own) for question, own in of.items()}

    def _step(self, question: str, tables: Sequence[SafeTable]) -> float:
        groups = [sums for table in tables for sums in self._sums(table, question).values()]
        shown = [sums for sums in groups if sums.open(STEPS[-1], self.rule)]  # the others are hidden
        for step in STEPS[:-1]:
            open_ = all(sums.open(step, self.rule) for sums in shown)
            if open_ and all(self._hides(table, question, step) for table in tables):
                return step
        return STEPS[-1]

    def _shares(self, table: SafeTable, steps: Mapping[str, float]) -> SafeTable:
        """Return a table with shares times people, and mean weights."""
        if not table.answer:
            return table
        parts = []
        for question in _questions(table):
            cells, sums = _cells(table, question), self._sums(table, question)
            shares = {where: own.rounded(steps[question]) for where, own in sums.items()}
            counts, weights = list[Any](), list[float]()
            for place, count in zip(cells[list(table.dims)].astype(str).to_dict("records"), cells[COUNT], strict=True):
                where = tuple((dim, place[dim]) for dim in table.groups if place[dim] != TOTAL)
                answer, here = place[table.answer], where in sums
                people = answer in (TOTAL, NOT_ASKED) or not here or pd.isna(count)
                counts.append(count if people else shares[where].get(answer, 0.0) * sums[where].people)
                weights.append(float(f"{sums[where].mean / sums[()].mean:.3g}") if here else np.nan)
            columns: dict[str, Any] = {COUNT: pd.array(counts, dtype="Float64"), WEIGHT: weights}
            parts.append(cells.assign(**columns))
        shown = pd.concat(parts).loc[table.cells.index]
        return made_safe(table.id, table.dims, shown, table.answer, table.stack, self.effect(_questions(table)[0]))

    def _asked(self, question: str) -> pd.DataFrame:
        return self.people[self.people[question].notna() & (self.people[question] != NOT_ASKED)]

    def _sums(self, table: Table | SafeTable, question: str) -> Groups:
        """Return the groups of a table and its margins, with what weighs there."""
        names = table.groups
        if unknown := [name for name in (question, *names) if name not in self.people]:
            what = "the shares of a weighted study's table are not known"
            hint = "name variables, or give `derived`: release.add('belonging', 'role')"
            raise UsageError(what, where=table.id, got=unknown[0], hint=hint)
        if (question, *names) not in self._groups:
            asked = self._asked(question)
            self._groups[question, *names] = {
                tuple(zip(by, map(str, levels), strict=True)): _summed(rows, question)
                for size in range(len(names) + 1)
                for by in combinations(names, size)
                for levels, rows in (asked.groupby(list(by), observed=True) if by else [((), asked)])
            }
        return self._groups[question, *names]

    def _hides(self, table: SafeTable, question: str, step: float) -> bool:
        """Return whether what is hidden of a question in a table stays open, for someone who knows all that is not hidden."""
        cells = _cells(table, question).astype(dict.fromkeys(table.dims, object))
        cells = cells.rename(columns={table.answer: question})
        cells, groups = cells[~cells[question].isin((TOTAL, NOT_ASKED))], list(table.groups)
        hidden = cells[COUNT].isna()
        free = self._free(cells[hidden & (cells[groups] != TOTAL).all(axis=1)], groups, question)
        sums, places, of = [], [], self._sums(table, question)
        for place, missing in zip(cells.to_dict("records"), hidden, strict=True):
            where = tuple((str(dim), str(place[dim])) for dim in groups if place[dim] != TOTAL)
            inside = np.all([free[name] == level for name, level in (*where, (question, place[question]))], axis=0)
            if missing:
                places.append(inside)
            elif inside.any():
                mass = of[where].share(place[question]) * of[where].weight
                known = mass - float((free["number"] * free[WEIGHT])[inside].sum())
                sums.append((inside, mass / of[where].weight, of[where].weight, known))
        numbers, weights = (free[name].to_numpy(dtype=float) for name in ("number", WEIGHT))
        kinds = free.groupby([*groups, WEIGHT]).ngroup().to_numpy(dtype=np.intp)
        return Unknowns(numbers, weights, kinds, sums, np.array(places)).open(step, self.rule.width)

    def _free(self, inner: pd.DataFrame, groups: list[str], question: str) -> pd.DataFrame:
        """Return how many of each weight gave each hidden answer: a row a group, answer and weight, with their `number`."""
        asked = self._asked(question).astype(dict.fromkeys([*groups, question], object))
        alike = asked.groupby([*groups, WEIGHT])[COUNT].sum().reset_index().drop(columns=COUNT)
        free = inner[[*groups, question]].merge(alike, how="inner" if groups else "cross", on=groups or None)
        numbers = asked.groupby([*groups, WEIGHT, question])[COUNT].sum().rename("number").reset_index()
        return free.merge(numbers, how="left", on=[*groups, WEIGHT, question]).fillna({"number": 0})


def masses(tables: Mapping[str, SafeTable], names: Sequence[str]) -> dict[str, SafeTable]:
    """Return the weighted tables of some variables and of no other ones, with what weighs in each place for its counts."""
    found = {}
    for name, table in tables.items():
        if table.effect is not None and {*table.dims} <= {*names} and table.count():
            cells = table.cells.assign(**{COUNT: table.cells[COUNT].astype("Float64") * table.cells[WEIGHT]})
            found[name] = made_safe(table.id, table.dims, cells, table.answer, table.stack, table.effect)
    return found


def weighing(responses: Responses, kept: pd.DataFrame, people: pd.DataFrame) -> Weighing:
    """Return the respondents behind a study's tables with their weights.

    Parameters
    ----------
    responses
        The answers of a study with weights, strata or clusters.
    kept
        The rows of those who stand for somebody.
    people
        The same respondents as `publishable` has them.
    """
    column = responses.design.get("weights")
    weights = np.ones(len(people)) if column is None else kept[column].to_numpy(dtype=float)
    mean = float(np.average(weights, weights=people[COUNT])) if len(people) else 1.0
    return Weighing(people.assign(**{WEIGHT: (weights / mean).round(9)}), responses.study.rule, responses)


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
    rows = table.cells if isinstance(table, SafeTable) else table.frame
    return tuple(dict.fromkeys(map(str, rows[table.stack])))


def _summed(rows: pd.DataFrame, question: str) -> Sums:
    mass = rows[COUNT] * rows[WEIGHT]
    shares = mass.groupby(rows[question].astype(object)).sum() / max(mass.sum(), 1e-300)
    sizes = rows.groupby(WEIGHT)[COUNT].sum().sort_index(ascending=False)
    numbers = (column.to_numpy(dtype=float) for column in (shares, sizes, sizes.index))
    return Sums(tuple(map(str, shares.index)), *numbers)


def _cells(table: SafeTable, question: str) -> pd.DataFrame:
    return table.cells if table.stack is None else table.cells[table.cells[table.stack].astype(str) == question]


def _without(table: SafeTable) -> SafeTable:
    """Return a table of which nothing is shown."""
    cells = table.cells.assign(**{COUNT: pd.array([pd.NA] * len(table.cells), dtype="Int64")})
    return made_safe(table.id, table.dims, cells, table.answer, table.stack)


def rounded(share: float, step: float) -> float:
    """Return a share to the nearest step."""
    return step * round(share / step)


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

    def share(self, answer: str) -> float:
        """Return the share of an answer."""
        return float(self.shares[self.codes.index(answer)]) if answer in self.codes else 0.0

    def rounded(self, step: float) -> dict[str, float]:
        """Return the share of each answer, to the nearest step."""
        return {code: rounded(share, step) for code, share in zip(self.codes, self.shares.tolist(), strict=True)}

    def open(self, step: float, rule: DisclosureRule) -> bool:
        """Return whether rounded shares tell of nobody among a few of one weight that they gave an answer.

        That at least one of a few gave it may be said only where how many stays open by `width`, or as many as they are. That few of them,
        or none, can have given an answer that is rare is seen from a count of all too; that all of a group gave one is seen in any case.
        """
        few = np.flatnonzero((self.sizes > 0) & (self.sizes < rule.base))
        if not len(few) or (self.shares > 1 - self.weights.min() / self.weight / 2).any():
            return True
        found = [self._range(share, step, few) for share in self.shares]
        least, most = (np.array(ends) for ends in zip(*found, strict=True))
        sizes = self.sizes[few]
        least = np.maximum(least, sizes - (most.sum(axis=0) - most))  # whoever gave no other answer gave this one
        return bool(((least <= 0) | (most - least >= np.minimum(sizes, rule.width))).all())

    def _range(self, share: float, step: float, few: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return how many of each few gave an answer at least and at most, by its rounded share."""
        middle = rounded(share, step)
        low, high = (np.clip(middle + end * step / 2, 0, 1) * self.weight for end in (-1, 1))
        if np.log(self.sizes + 1).sum() <= np.log(MOST_WORLDS):
            worlds = np.stack(np.meshgrid(*(np.arange(n + 1) for n in self.sizes), indexing="ij"), axis=-1)
            worlds = worlds.reshape(-1, len(self.sizes))
            sums = worlds @ self.weights
            found = worlds[(sums >= low - 1e-9) & (sums <= high + 1e-9)][:, few]
            return found.min(axis=0), found.max(axis=0)
        weights, sizes = self.weights[few], self.sizes[few]
        least = np.ceil((low - (self.weight - sizes * weights)) / weights - 1e-9)
        return np.maximum(least, 0), np.minimum(np.floor(high / weights + 1e-9), sizes)


@dataclass(frozen=True, eq=False)
class Unknowns:
    """How many of each weight gave each hidden answer of each group, and what is published of sums over them.

    Parameters
    ----------
    numbers
        (unknowns,): how many they are; the truth.
    weights
        (unknowns,): what one of them weighs.
    kinds
        (unknowns,): those of one kind are of one group and weight, and only their sum is known.
    sums
        Over which unknowns a share is published, how large the published share is, the weight that it is of, and the weight of
        those in it that are known.
    places
        (places, unknowns): which of them each hidden place is the sum of.
    """

    numbers: Floats
    weights: Floats
    kinds: npt.NDArray[np.integer]
    sums: Sequence[tuple[npt.NDArray[np.bool_], float, float, float]]
    places: npt.NDArray[np.bool_]

    def open(self, step: float, width: int) -> bool:
        """Return whether every hidden place can be `width` people more or fewer, or as many as are in it and its neighbours.

        Every answer found counts for all places: most are open before they are asked for.
        """
        from scipy.optimize import Bounds, milp

        if not len(self.numbers):
            return True
        people: Floats = np.bincount(self.kinds, self.numbers).astype(float)
        limits, bounds = self._limits(people, step), Bounds(0, people[self.kinds])
        need = np.minimum(width, [people[np.unique(self.kinds[place])].sum() for place in self.places])
        least = most = self.places @ self.numbers
        whole = np.ones(len(self.numbers), dtype=int)
        for number, place in enumerate(self.places):
            for sign in (1.0, -1.0):
                if most[number] - least[number] >= need[number]:
                    break
                found = milp(sign * place, constraints=limits, bounds=bounds, integrality=whole)
                if found.x is not None:
                    counts = self.places @ np.round(found.x)
                    least, most = np.minimum(least, counts), np.maximum(most, counts)
        return bool((most - least >= need).all())

    def _limits(self, people: Floats, step: float) -> tuple[Floats, Floats, Floats]:
        """Return what holds of the unknowns: how many there are of each kind, and the published shares."""
        rows = [self.kinds == kind for kind in range(len(people))]
        low, high = people.tolist(), people.tolist()
        for inside, share, weight, known in self.sums:
            ends = np.clip(rounded(share, step) + np.array([-step, step]) / 2, 0, 1) * weight - known
            rows.append(inside * self.weights)
            low.append(ends[0] - _NEAR * weight)
            high.append(ends[1] + _NEAR * weight)
        return np.array(rows, dtype=float), np.array(low), np.array(high)
