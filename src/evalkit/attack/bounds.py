"""How low and how high a count can be, given linear facts: whole, non-negative numbers and nothing else assumed.

Presolve merges combinations that no fact tells apart, tightens bounds row by row, drops what is fixed, and cuts the
rest into components that share nothing. Every solution found is a possible truth and narrows down, for all counts at
once, what still has to be looked at; only counts that no solution clears are solved for one by one, first as a linear
programme and, where that leaves fractions, as an integer programme (HiGHS; Huangfu and Hall, 2018).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
    columns
        Which combination each of the unknowns stands for: the first of those that were merged.
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
    numbers: Places
    columns: Places
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
            columns=self.columns[unknowns],
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
        matrix, forms, columns = _merged(matrix, _matrix(asked, unknown_counts.size))
        lower, upper = _propagated(matrix, low, high)
        self.low, self.high = forms @ lower, _upper_sum(forms, upper)
        self.seen_low = np.full(len(regions), np.inf)
        self.seen_high = np.full(len(regions), -np.inf)
        self.home = np.full(len(regions), -1)
        numbers = np.arange(len(regions))
        offset = np.zeros(len(regions))
        everything = Component(matrix, low, high, lower, upper, forms, offset, numbers, columns, whole)
        self.components = _components(_without_fixed(everything))
        for number, component in enumerate(self.components):
            self.home[component.numbers] = number
            if component.whole:
                self._first(component)
        fixed = self.home < 0
        self.seen_low[fixed] = self.seen_high[fixed] = self.low[fixed]
        self._solved: set[tuple[int, int]] = set()
        self._middles: dict[int, Floats | None] = {}

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

    def push(self, component: Component, signs: Mapping[int, float], *, roughly: bool = False) -> Floats | None:
        """Look for one solution that moves many counts of a component at once; return the values of its counts.

        Roughly: from the middle of the best solutions of a large component, which is sooner reached than a corner.
        """
        weights = np.array([signs.get(int(number), 0.0) for number in component.numbers])
        solution = _best(component, -(component.forms.T @ weights), middle=roughly and not component.whole)
        return None if solution is None else self._see(component, solution)

    def near(self, columns: Places) -> Iterator[Component]:
        """Go through the large components with all unknowns but some fixed where they are in the middle of what is possible.

        Solutions of such a part are solutions of the whole; it is soon solved, but proves nothing of what cannot be.
        """
        for home, component in enumerate(self.components):
            if not component.whole:
                if home not in self._middles:
                    nothing = np.zeros(len(component.lower))
                    self._middles[home] = _optimum(component, nothing, whole=False, middle=True)
                free, middle = np.isin(component.columns, columns), np.asarray(self._middles[home])
                lower, upper = np.where(free, component.lower, middle), np.where(free, component.upper, middle)
                yield _without_fixed(replace(component, lower=lower, upper=upper))

    def settle(self, numbers: Sequence[int], choice: np.random.Generator) -> None:
        """Prove at once that counts of large components are certain.

        The solutions of a linear programme are convex: were one of the counts not constant, then a sum of all of them
        with random weights would not be either (but for a choice of weights of probability 0).
        """
        for home, component in enumerate(self.components):
            still = [n for n in numbers if self.home[n] == home and self.seen_low[n] == self.seen_high[n]]
            while still and not component.whole:
                weights = dict(zip(still, choice.uniform(1, 2, len(still)), strict=True))
                most = self.push(component, weights)
                least = self.push(component, {n: -w for n, w in weights.items()})
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
    rows, certain = [], set()
    bounds: list[tuple[float, float]] = []
    for terms, (low, high) in joined.items():
        ((region, weight), *others) = terms
        if others or weight != 1 or low != high:
            rows.append([(unknown_counts.columns(region), float(weight)) for region, weight in terms])
        else:  # said of each clique, for which no link is needed then
            rows += [[(columns, 1.0)] for columns in unknown_counts.copies(region)]
            certain.add(region)
        bounds += [(low, high)] * (len(rows) - len(bounds))
    links = [pair for region, *pair in unknown_counts.links if region not in certain]
    rows += [[(one, 1.0), (other, -1.0)] for one, other in links]
    ends = np.array([*bounds, *((0.0, 0.0) for _ in links)]).reshape(-1, 2)
    return _matrix(rows, unknown_counts.size), ends[:, 0], ends[:, 1]


def _matrix(rows: Sequence[Sequence[tuple[NDArray[np.int64], float]]], width: int) -> sparse.csr_array:
    parts = [(i, columns, weight) for i, row in enumerate(rows) for columns, weight in row]
    empty = np.zeros(0, dtype=np.int64)
    where = np.concatenate([empty, *(np.full(len(columns), i) for i, columns, _ in parts)])
    columns = np.concatenate([empty, *(columns for _, columns, _ in parts)])
    weights = np.concatenate([np.zeros(0), *(np.full(len(columns), weight) for _, columns, weight in parts)])
    matrix = sparse.csr_array((weights, (where, columns)), shape=(len(rows), width))
    matrix.eliminate_zeros()
    return matrix


def _merged(matrix: sparse.csr_array, forms: sparse.csr_array) -> tuple[sparse.csr_array, sparse.csr_array, Places]:
    """Merge the unknowns that no fact and no count asked for tells apart, of which only the sum matters; say which are left."""
    both = sparse.csc_array(sparse.vstack([matrix, forms]))
    both.sort_indices()
    first: dict[bytes, int] = {}
    for column in range(both.shape[1]):
        part = slice(both.indptr[column], both.indptr[column + 1])
        first.setdefault(both.indices[part].tobytes() + both.data[part].tobytes(), column)
    columns = np.array([*first.values()], dtype=np.int64)
    kept = sparse.csr_array(both[:, columns])
    return kept[: matrix.shape[0]], kept[matrix.shape[0] :], columns


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
    """Put in the unknowns that are fixed, and drop the facts that say nothing more, and the counts that are fixed."""
    free = np.flatnonzero(component.lower < component.upper)
    settled = np.where(component.lower < component.upper, 0.0, component.lower)
    shift = component.matrix @ settled
    offset = component.offset + component.forms @ settled
    moved = replace(component, low=component.low - shift, high=component.high - shift, offset=offset)
    facts, asked = (np.flatnonzero(np.diff(rows[:, free].indptr)) for rows in (component.matrix, component.forms))
    return moved.part(facts, asked, free)


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


def _best(component: Component, cost: Floats, *, middle: bool = False) -> Floats | None:
    """Return unknowns of least cost, in whole numbers where the component is small enough."""
    solution = _optimum(component, cost, whole=False, middle=middle)
    if solution is None or not component.whole or _is_whole(component, solution):
        return solution
    return _optimum(component, cost, whole=True)


def _optimum(component: Component, cost: Floats, *, whole: bool, middle: bool = False) -> Floats | None:
    """Return unknowns of least cost, at a corner or in the middle of all that are; None when there is no bound to it.

    Raises
    ------
    DisclosureError
        When no unknowns agree with all facts, or the solver gives up.
    """
    status, solution = _solved(component, cost, whole=whole, middle=middle)
    if status == "kOptimal" and (not whole or _is_whole(component, solution)):
        return solution
    if status == "kInfeasible":
        raise _contradiction()
    if status.startswith("kUnbounded"):
        return None
    raise DisclosureError("the solver gave up", where="audit", got=status)


def _solved(component: Component, cost: Floats, *, whole: bool, middle: bool = False) -> tuple[str, Floats]:
    """Return how the solver ended, and the unknowns: a corner of what is possible, or the middle.

    The simplex method; where large, the interior-point method, which was three times as fast.
    """
    import highspy

    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = component.matrix.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, component.lower, component.upper
    model.row_lower_, model.row_upper_ = component.low, component.high
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    rows = component.matrix
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    if whole:
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(cost)
    for method in ["choose"] if whole else ["simplex"] if component.whole else ["ipm", "simplex"]:
        solver = highspy.Highs()
        options: dict[str, Any] = {"output_flag": False, "threads": 1, "solver": method}
        for option, value in {**options, "run_crossover": "off" if middle else "on"}.items():
            solver.setOptionValue(option, value)
        solver.passModel(model)
        solver.run()
        if solver.getModelStatus().name not in {"kSolveError", "kUnknown"}:
            break
    return solver.getModelStatus().name, np.asarray(solver.getSolution().col_value)


def _is_whole(component: Component, solution: Floats) -> bool:
    rounded = np.rint(solution)
    if np.abs(rounded - solution).max(initial=0.0) > _NEAR:
        return False
    sums = component.matrix @ rounded
    return bool((sums >= component.low - _NEAR).all() and (sums <= component.high + _NEAR).all())
