"""Linear programmes that are solved many times over, and solutions in whole numbers close to theirs.

A programme is kept in the solver and solved each time from where it was left, with other bounds and costs alone
(HiGHS; Huangfu and Hall, Mathematical Programming Computation 10, 2018).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .published_places import Floats, Ints

NODE_LIMIT = 2_000
"""Nodes after which an integer programme is given up (not seconds: the answer must not depend on the machine)."""
_FEASIBLE = 2
"""How the solver says that it has a solution."""
_FAILED = "HighsModelStatus.kSolveError"
_NEAR = 1e-6
_GOLDEN = 0.6180339887498949


class Asked(NamedTuple):
    """What a programme is solved for: the cost and bounds of each variable, and the bounds of each row."""

    cost: Floats
    lower: Floats
    upper: Floats
    low: Floats
    high: Floats


class Programme:
    """A linear programme with a fixed matrix.

    Parameters
    ----------
    matrix
        The rows, as sums of the variables (columns).
    whole
        How many of the variables, the first, have to be whole numbers.
    """

    def __init__(self, matrix: Any, whole: int) -> None:
        self._solver = _loaded(matrix.tocsc())
        self._whole = np.arange(whole, dtype=np.int32)
        self._columns = np.arange(matrix.shape[1], dtype=np.int32)
        self._rows = np.arange(matrix.shape[0], dtype=np.int32)

    def whole(self, asked: Asked) -> Ints | None:
        """Return the whole-number variables of a cheap solution; None when there is none.

        Where the linear optimum has fractions, whole numbers are looked for close to it; then close to another optimum;
        and only then everywhere.
        """
        for tried in (asked, asked._replace(cost=self._leaning(asked.cost))):
            found = self._solved(tried)
            if found is None or _is_whole(found):
                return None if found is None else _rounded(found)
            near = self._integral(self._near(asked, found))
            if near is not None:
                return near
        return self._integral(asked)

    def _leaning(self, cost: Floats) -> Floats:
        """Return costs of which those of whole numbers are spread between 1 and 2 of what they are."""
        leaning = cost.copy()
        leaning[self._whole] *= 1 + self._whole * _GOLDEN % 1
        return leaning

    def _near(self, asked: Asked, found: Floats) -> Asked:
        """Ask for whole numbers no more than 1 beyond what they are, rounded; noughts stay nought."""
        upper = asked.upper.copy()
        upper[self._whole] = np.minimum(upper[self._whole], np.where(found > _NEAR, np.ceil(found) + 1, 0))
        return asked._replace(upper=upper)

    def _integral(self, asked: Asked) -> Ints | None:
        """Return whole numbers, from an integer programme; the linear one is left as it was."""
        basis = self._solver.getBasis()
        self._typed(1)
        found = self._solved(asked)
        self._typed(0)
        self._solver.setBasis(basis)
        return None if found is None or not _is_whole(found) else _rounded(found)

    def _typed(self, kind: int) -> None:
        number = len(self._whole)
        self._solver.changeColsIntegrality(number, self._whole, np.full(number, kind, dtype=np.uint8))

    def _solved(self, asked: Asked) -> Floats | None:
        solver = self._solver
        solver.changeColsCost(len(self._columns), self._columns, asked.cost)
        solver.changeColsBounds(len(self._columns), self._columns, asked.lower, asked.upper)
        solver.changeRowsBounds(len(self._rows), self._rows, asked.low, asked.high)
        solver.run()
        if str(solver.getModelStatus()) == _FAILED:  # from where the last one was left: start anew
            solver.clearSolver()
            solver.run()
        if solver.getInfo().primal_solution_status != _FEASIBLE:
            return None
        return np.asarray(solver.getSolution().col_value)[self._whole]


def _loaded(matrix: Any) -> Any:
    """Return a solver that holds a matrix."""
    import highspy

    solver = highspy.Highs()
    for option, value in {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
        "mip_max_nodes": NODE_LIMIT,
        "mip_rel_gap": 0.05,
    }.items():
        solver.setOptionValue(option, value)
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = np.zeros(model.num_col_)
    model.col_lower_ = np.zeros(model.num_col_)
    model.col_upper_ = np.zeros(model.num_col_)
    model.row_lower_ = np.zeros(model.num_row_)
    model.row_upper_ = np.zeros(model.num_row_)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    solver.passModel(model)
    return solver


def _is_whole(found: Floats) -> bool:
    return bool(np.abs(np.rint(found) - found).max(initial=0.0) < _NEAR)


def _rounded(found: Floats) -> Ints:
    return np.asarray(np.rint(found), dtype=np.int64)
