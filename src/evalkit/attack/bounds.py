"""How low and how high a count can be, given linear facts: whole, non-negative numbers and nothing else assumed.

Presolve merges combinations that no fact tells apart, tightens bounds row by row, drops what is fixed, and cuts the
rest into components that share nothing. Every solution found is a possible truth and narrows down, for all counts at
once, what still has to be looked at; only counts that no solution clears are solved for one by one, first as a linear
programme and, where that leaves fractions, as an integer programme (HiGHS; Huangfu and Hall, 2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..errors import DisclosureError
from .facts import Facts
from .unknown_counts import Region, UnknownCounts

INTEGER_LIMIT = 1_000
"""Components with more unknowns than this are bounded by linear programmes alone."""
_NEAR = 1e-6
_PASSES = 40

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


class ContradictionError(DisclosureError):
    """No counts agree with everything that is published and known."""


@dataclass(frozen=True)
class Component:
    """Unknowns that are linked to each other, and to no others.

    Parameters
    ----------
    matrix, low, high
        The facts: `low <= matrix @ x <= high`.
    lower, upper
        Bounds of the unknowns.
    forms, offset
        The counts asked for: `forms @ x + offset`.
    numbers
        Which of all counts asked for these are.
    whole
        Whether integer programmes are used.
    """

    matrix: sparse.csr_array
    low: Floats
    high: Floats
    lower: Floats
    upper: Floats
    forms: sparse.csr_array
    offset: Floats
    numbers: NDArray[np.int64]
    whole: bool

    def part(self, facts: Places, asked: Places, unknowns: Places) -> Component:
        """Return some of the unknowns with the facts and the counts that they enter."""
        return Component(
            matrix=self.matrix[facts][:, unknowns],
            low=self.low[facts],
            high=self.high[facts],
            lower=self.lower[unknowns],
            upper=self.upper[unknowns],
            forms=self.forms[asked][:, unknowns],
            offset=self.offset[asked],
            numbers=self.numbers[asked],
            whole=self.whole,
        )


class Bounds:
    """The lowest and highest value of every count asked for, found as far as it is needed.

    Parameters
    ----------
    unknown_counts
        The unknowns.
    facts
        What is published and known.
    regions
        The counts asked for.
    whole
        Whether integer programmes are used where linear ones leave fractions.

    Raises
    ------
    DisclosureError
        When no counts agree with all facts.
    """

    def __init__(
        self, unknown_counts: UnknownCounts, facts: Facts, regions: Sequence[Region], *, whole: bool = True
    ) -> None:
        matrix, low, high = _rows(unknown_counts, facts)
        asked = [[(unknown_counts.columns(region), 1.0)] for region in regions]
        matrix, forms = _merged(matrix, _matrix(asked, unknown_counts.size))
        lower, upper = _propagated(matrix, low, high)
        self.low, self.high = forms @ lower, _upper_sum(forms, upper)
        self.seen_low = np.full(len(regions), np.inf)
        self.seen_high = np.full(len(regions), -np.inf)
        self.home = np.full(len(regions), -1)
        numbers = np.arange(len(regions))
        everything = Component(matrix, low, high, lower, upper, forms, np.zeros(len(regions)), numbers, whole)
        self.components = _components(_without_fixed(everything))
        for number, component in enumerate(self.components):
            self.home[component.numbers] = number
            if component.whole:
                self._first(component)
        fixed = self.home < 0
        self.seen_low[fixed] = self.seen_high[fixed] = self.low[fixed]
        self._solved: set[tuple[int, int]] = set()

    def solve(self, number: int, sign: int) -> None:
        """Find the highest (`sign` 1) or lowest (-1) value of one count."""
        proven, seen = (self.high, self.seen_high) if sign > 0 else (self.low, self.seen_low)
        reached = sign * seen[number] >= sign * proven[number] - _NEAR
        if self.home[number] < 0 or (number, sign) in self._solved or reached:
            return
        self._solved.add((number, sign))
        component = self.components[self.home[number]]
        row = component.forms[[int(np.searchsorted(component.numbers, number))]].toarray().ravel()
        solution = _best(component, -sign * row)
        if solution is not None:
            self._see(component, solution)
            proven[number] = sign * min(sign * proven[number], np.floor(sign * seen[number] + _NEAR))
        if self.low[number] > self.high[number]:
            raise _contradiction()

    def push(self, home: int, signs: Mapping[int, float]) -> Floats | None:
        """Look for one solution that moves many counts of a component at once; return the values of its counts."""
        component = self.components[home]
        weights = np.array([signs.get(int(number), 0.0) for number in component.numbers])
        solution = _best(component, -(component.forms.T @ weights))
        return None if solution is None else self._see(component, solution)

    def settle(self, numbers: Sequence[int], choice: np.random.Generator) -> None:
        """Prove at once that counts of large components are certain.

        The solutions of a linear programme are convex: were one of the counts not constant, then a sum of all of them
        with random weights would not be either (but for a choice of weights of probability 0).
        """
        for home, component in enumerate(self.components):
            still = [n for n in numbers if self.home[n] == home and self.seen_low[n] == self.seen_high[n]]
            while still and not component.whole:
                weights = dict(zip(still, choice.uniform(1, 2, len(still)), strict=True))
                most, least = self.push(home, weights), self.push(home, {n: -w for n, w in weights.items()})
                if most is None or least is None:
                    break
                at = np.searchsorted(component.numbers, still)
                constant = np.abs(most[at] - least[at]) < _NEAR
                if constant.all():
                    self.low[still] = self.high[still] = self.seen_low[still]
                    break
                still = [n for n, same in zip(still, constant, strict=True) if same]

    def _first(self, component: Component) -> None:
        """Find any whole numbers that agree with all facts, or raise: fractions that do prove nothing."""
        solution = _optimum(component, np.zeros(component.matrix.shape[1]), whole=True)
        if solution is not None:
            self._see(component, solution)

    def _see(self, component: Component, solution: Floats) -> Floats:
        """Note the values of a solution; where it has fractions, the whole numbers towards the middle."""
        if component.whole:
            solution = np.rint(solution)
        values = component.forms @ solution + component.offset
        at = component.numbers
        self.seen_low[at] = np.minimum(self.seen_low[at], np.ceil(values - _NEAR))
        self.seen_high[at] = np.maximum(self.seen_high[at], np.floor(values + _NEAR))
        return values


def _contradiction() -> ContradictionError:
    what, expected = "what is published contradicts itself or what is known", "figures that some counts could give"
    hint = "a margin is shown true or hidden, never altered"
    return ContradictionError(what, where="audit", expected=expected, hint=hint)


def _rows(unknown_counts: UnknownCounts, facts: Facts) -> tuple[sparse.csr_array, Floats, Floats]:
    joined: dict[tuple[tuple[Region, int], ...], tuple[float, float]] = {}
    for fact in facts:
        low, high = joined.get(fact.terms, (-np.inf, np.inf))
        low = low if fact.low is None else max(low, fact.low)
        joined[fact.terms] = low, high if fact.high is None else min(high, fact.high)
    rows = [[(unknown_counts.columns(region), float(weight)) for region, weight in terms] for terms in joined]
    rows += [[(one, 1.0), (other, -1.0)] for one, other in unknown_counts.links]
    bounds = np.array([*joined.values(), *((0.0, 0.0) for _ in unknown_counts.links)]).reshape(-1, 2)
    return _matrix(rows, unknown_counts.size), bounds[:, 0], bounds[:, 1]


def _matrix(rows: Sequence[Sequence[tuple[NDArray[np.int64], float]]], width: int) -> sparse.csr_array:
    parts = [(i, columns, weight) for i, row in enumerate(rows) for columns, weight in row]
    empty = np.zeros(0, dtype=np.int64)
    where = np.concatenate([empty, *(np.full(len(columns), i) for i, columns, _ in parts)])
    columns = np.concatenate([empty, *(columns for _, columns, _ in parts)])
    weights = np.concatenate([np.zeros(0), *(np.full(len(columns), weight) for _, columns, weight in parts)])
    matrix = sparse.csr_array((weights, (where, columns)), shape=(len(rows), width))
    matrix.eliminate_zeros()
    return matrix


def _merged(matrix: sparse.csr_array, forms: sparse.csr_array) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Merge the unknowns that no fact and no count asked for tells apart: only their sum matters."""
    both = sparse.csc_array(sparse.vstack([matrix, forms]))
    both.sort_indices()
    first: dict[bytes, int] = {}
    for column in range(both.shape[1]):
        part = slice(both.indptr[column], both.indptr[column + 1])
        first.setdefault(both.indices[part].tobytes() + both.data[part].tobytes(), column)
    kept = sparse.csr_array(both[:, list(first.values())])
    return kept[: matrix.shape[0]], kept[matrix.shape[0] :]


def _upper_sum(forms: sparse.csr_array, upper: Floats) -> Floats:
    endless = forms @ np.isinf(upper).astype(float) > 0
    return np.where(endless, np.inf, forms @ np.where(np.isinf(upper), 0.0, upper))


def _propagated(matrix: sparse.csr_array, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Tighten the bounds of the unknowns by each fact alone, until nothing moves."""
    lower, upper = np.zeros(matrix.shape[1]), np.full(matrix.shape[1], np.inf)
    if ((np.diff(matrix.indptr) == 0) & ((low > 0) | (high < 0))).any():
        raise _contradiction()
    for _ in range(_PASSES):
        before = lower.sum(), np.isinf(upper).sum(), upper[np.isfinite(upper)].sum()
        lower, upper = _pass(matrix, high, lower, upper)
        lower, upper = _pass(-matrix, -low, lower, upper)
        if (lower > upper).any():
            raise _contradiction()
        if before == (lower.sum(), np.isinf(upper).sum(), upper[np.isfinite(upper)].sum()):
            break
    return lower, upper


def _pass(matrix: sparse.csr_array, high: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Tighten by `matrix @ x <= high`: what an entry can be when all others in its row are at their least."""
    entries = matrix.tocoo()
    row, column, weight = entries.row, entries.col, entries.data
    least = np.where(weight > 0, weight * lower[column], weight * upper[column])
    endless = np.isinf(least)
    finite = np.where(endless, 0.0, least)
    sums = np.bincount(row, finite, minlength=len(high))
    gaps = np.bincount(row, endless, minlength=len(high))
    free = (gaps[row] - endless == 0) & np.isfinite(high[row])
    row, column, weight, finite = row[free], column[free], weight[free], finite[free]
    limit = (high[row] - (sums[row] - finite)) / weight
    lower, upper = lower.copy(), upper.copy()
    rising = weight > 0
    np.minimum.at(upper, column[rising], np.floor(limit[rising] + _NEAR))
    np.maximum.at(lower, column[~rising], np.ceil(limit[~rising] - _NEAR))
    return lower, upper


def _without_fixed(component: Component) -> Component:
    """Put in the unknowns that are fixed, and drop the facts that say nothing more."""
    free = np.flatnonzero(component.lower < component.upper)
    settled = np.where(component.lower < component.upper, 0.0, component.lower)
    shift = component.matrix @ settled
    offset = component.offset + component.forms @ settled
    moved = replace(component, low=component.low - shift, high=component.high - shift, offset=offset)
    facts = np.flatnonzero(np.diff(component.matrix[:, free].indptr))
    return moved.part(facts, np.arange(len(component.numbers)), free)


def _components(component: Component) -> list[Component]:
    """Cut into parts that share no fact and no count asked for; parts that nothing is asked about are dropped."""
    from scipy.sparse.csgraph import connected_components

    links = sparse.coo_array(sparse.vstack([component.matrix, component.forms]))
    size = sum(links.shape)
    graph = sparse.coo_array((links.data, (links.row, links.shape[0] + links.col)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    facts, asked, unknowns = np.split(label, [component.matrix.shape[0], links.shape[0]])
    kinds = np.unique(asked[np.diff(component.forms.indptr) > 0])
    parts = [component.part(*(np.flatnonzero(own == n) for own in (facts, asked, unknowns))) for n in kinds]
    return [replace(part, whole=part.whole and part.matrix.shape[1] <= INTEGER_LIMIT) for part in parts]


def _best(component: Component, cost: Floats) -> Floats | None:
    """Return unknowns of least cost, in whole numbers where the component is small enough."""
    solution = _optimum(component, cost, whole=False)
    if solution is None or not component.whole or _is_whole(component, solution):
        return solution
    return _optimum(component, cost, whole=True)


def _optimum(component: Component, cost: Floats, *, whole: bool) -> Floats | None:
    """Return unknowns of least cost; None when there is no bound to it.

    Raises
    ------
    DisclosureError
        When no unknowns agree with all facts, or the solver gives up.
    """
    result = _solved(component, cost, whole=whole)
    if result.status == 0 and (not whole or _is_whole(component, result.x)):
        return np.asarray(result.x)
    if result.status == 2:
        raise _contradiction()
    if "nbounded" in str(result.message):
        return None
    raise DisclosureError("the solver gave up", where="audit", got=str(result.message))


def _solved(component: Component, cost: Floats, *, whole: bool) -> Any:
    """Solve by the simplex method; where large, by the interior-point method, which was three times as fast."""
    from scipy import optimize

    linprog: Any = optimize.linprog
    equal = component.low == component.high
    under, over = np.isfinite(component.high) & ~equal, np.isfinite(component.low) & ~equal
    for method in ["highs"] if whole else ["highs-ds"] if component.whole else ["highs-ipm", "highs-ds"]:
        result = linprog(
            cost,
            A_ub=sparse.vstack([component.matrix[under], -component.matrix[over]]),
            b_ub=np.concatenate([component.high[under], -component.low[over]]),
            A_eq=component.matrix[equal],
            b_eq=component.low[equal],
            bounds=np.column_stack([component.lower, component.upper]),
            method=method,
            integrality=np.ones(len(cost)) if whole else None,
        )
        if result.status != 4:
            break
    return result


def _is_whole(component: Component, solution: Floats) -> bool:
    rounded = np.rint(solution)
    if np.abs(rounded - solution).max(initial=0.0) > _NEAR:
        return False
    sums = component.matrix @ rounded
    return bool((sums >= component.low - _NEAR).all() and (sums <= component.high + _NEAR).all())
