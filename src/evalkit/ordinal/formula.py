"""Formulas: which columns a cumulative link model needs, and its design on covariate patterns.

The thresholds are the model's intercepts, so the design has no intercept column of its own.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import EstimationError, UsageError, nearest, one_of
from .arrays import FloatArray

Terms = str | Sequence[str] | None


@dataclass(frozen=True)
class ModelFormula:
    """What a formula asks for.

    Parameters
    ----------
    outcome
        The outcome's column.
    terms
        All terms with effects on the location: proportional first, then those that are only in `nominal`.
    nominal
        Names of the terms whose effects differ by threshold.
    scale
        Terms with effects on the latent scale, or None.
    variables
        Columns of the data that the terms use, in order of appearance.
    text
        The formula as it was written.
    term_variables
        Term to the columns it uses.
    """

    outcome: str
    terms: Any
    nominal: tuple[str, ...]
    scale: Any
    variables: tuple[str, ...]
    text: str
    term_variables: dict[str, tuple[str, ...]]

    def with_scale(self, term: str) -> ModelFormula:
        """Return the formula with one of its terms added to the scale."""
        chosen = [part for part in self.terms if str(part) in ("1", term)]
        known = [] if self.scale is None else [part for part in self.scale if str(part) != "1"]
        return replace(self, scale=_without_sorting([chosen[0], *known, chosen[-1]]))

    def with_pair(self, one: str, other: str) -> ModelFormula:
        """Return the formula with the interaction of two of its terms."""
        from formulaic.parser.types import Term

        named = {str(part): part for part in self.terms}
        pair = Term([*named[one].factors, *named[other].factors])
        variables = (*self.term_variables[one], *self.term_variables[other])
        return replace(
            self,
            terms=_without_sorting([*self.terms, pair]),
            text=f"{self.text} + {pair}",
            term_variables=self.term_variables | {str(pair): variables},
        )


def parse_formula(
    formula: str,
    columns: Sequence[str] | None,
    *,
    nominal: Terms = None,
    scale: Terms = None,
    without: Sequence[str] = (),
) -> ModelFormula:
    """Read the formulas of a cumulative link model.

    Parameters
    ----------
    formula
        'outcome ~ terms'.
    columns
        The data's columns; None where they are not known yet, and every name may be one.
    nominal, scale
        '~ terms', or names of terms, or None.
    without
        Columns whose terms are left out.

    Raises
    ------
    UsageError
        A formula is malformed, removes the intercept, or names a column that the data do not have.
    """
    nominal, scale = _one_formula(nominal), _one_formula(scale)
    for where, text in (("formula", formula), ("nominal", nominal or ""), ("scale", scale or "")):
        if not isinstance(text, str):
            raise UsageError("a formula is text", where=where, got=type(text).__name__, expected="'outcome ~ term'")
    outcome, terms = _two_sided(formula, columns)

    def kept(found: list[Any]) -> list[Any]:
        return [term for term in found if not set(_variables(term, columns)) & set(without)]

    terms, nominal_terms, scale_terms = (
        kept(found) for found in (terms, _one_sided(nominal, "nominal"), _one_sided(scale, "scale"))
    )
    nominal_terms = [next((known for known in terms if known == term), term) for term in nominal_terms]
    extra = [term for term in nominal_terms if term not in terms]
    term_variables = {str(term): _variables(term, columns) for term in (*terms, *extra, *scale_terms)}
    variables = tuple(dict.fromkeys(name for names in term_variables.values() for name in names))
    if outcome in variables:
        raise UsageError("the outcome is also a predictor", where=formula, got=outcome)
    named = [str(term) for term in terms if str(term) != "1"]
    return ModelFormula(
        outcome=outcome,
        terms=_without_sorting([*terms, *extra]),
        nominal=tuple(str(term) for term in nominal_terms if str(term) != "1"),
        scale=_without_sorting(scale_terms) if len(scale_terms) > 1 else None,
        variables=variables,
        text=f"{outcome} ~ {' + '.join(named) or '1'}" if without else formula,
        term_variables=term_variables,
    )


def _one_formula(terms: Terms) -> str | None:
    """Return '~ terms'; None where there are none."""
    if terms is None or isinstance(terms, str) or not isinstance(terms, Sequence):
        return terms
    return f"~ {' + '.join(terms)}" if terms else None


def _parsed(text: str, where: str) -> Any:
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        return Formula(text)
    except (FormulaicError, SyntaxError, AttributeError, TypeError) as error:
        raise UsageError("the formula cannot be read", where=where, got=text) from error


def _two_sided(formula: str, columns: Sequence[str] | None) -> tuple[str, list[Any]]:
    expected = "outcome ~ term + term"
    if formula.count("~") != 1 or "|" in formula or not formula.split("~")[0].strip():
        raise UsageError("the formula needs one outcome and one '~'", where="formula", got=formula, expected=expected)
    parsed = _parsed(formula, "formula")
    left = [str(term) for term in parsed.lhs]
    known = [formula.split("~")[0].strip()] if columns is None else columns
    if len(left) != 1 or left[0] not in known:
        name = formula.split("~")[0].strip()
        hint = nearest(name, known) or "the outcome is a column's name; transform it before fitting"
        raise UsageError("the outcome is not a column of the data", where=formula, got=name, hint=hint)
    return left[0], _with_intercept(list(parsed.rhs), formula)


def _one_sided(formula: str | None, where: str) -> list[Any]:
    if formula is None:
        return []
    if formula.count("~") != 1 or formula.split("~")[0].strip() or "|" in formula:
        raise UsageError("a formula of terms begins with '~'", where=where, got=formula, expected="~ term + term")
    terms = _with_intercept(list(_parsed(formula, where)), formula)
    if len(terms) < 2:
        raise UsageError("the formula names no term", where=where, got=formula, expected="~ term + term")
    return terms


def _with_intercept(terms: list[Any], formula: str) -> list[Any]:
    if "1" not in [str(term) for term in terms]:
        raise UsageError("the thresholds are the intercepts and cannot be removed", where=formula, hint="drop '- 1'")
    return terms


def _without_sorting(terms: list[Any]) -> Any:
    from formulaic.formula import SimpleFormula

    return SimpleFormula(terms, _ordering="none")


def _variables(term: Any, columns: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for factor in term.factors for name in _factor_variables(factor, columns)))


def _factor_variables(factor: Any, columns: Sequence[str] | None) -> list[str]:
    from formulaic.utils.variables import Variable, get_expression_variables

    if factor.eval_method.value == "lookup":
        one_of(factor.expr, [factor.expr] if columns is None else columns, "column", "formula")
        return [factor.expr]
    found = get_expression_variables(factor.expr)
    names = {str(part.root) for part in found if Variable.Role.VALUE in part.roles}
    used = sorted(name for name in names if columns is None or name in columns)
    if not used and factor.eval_method.value != "literal":
        raise UsageError("the term uses no column of the data", where="formula", got=factor.expr)
    return used


@dataclass(frozen=True, repr=False)
class Design:
    """Rows of the three linear predictors, one for each pattern.

    Parameters
    ----------
    location
        (patterns, k): columns with one effect for all thresholds; subtracted from the threshold.
    nominal
        (patterns, q): columns with an effect for each threshold; added to the threshold.
    scale
        (patterns, s): columns of the log of the latent scale.
    """

    location: FloatArray
    nominal: FloatArray
    scale: FloatArray

    @property
    def threshold_rows(self) -> FloatArray:
        """(patterns, 1 + q): a constant and the nominal columns."""
        return np.column_stack([np.ones(len(self.nominal)), self.nominal])

    def take(self, rows: npt.NDArray[np.int64]) -> Design:
        """Return a copy of some rows."""
        return Design(self.location[rows], self.nominal[rows], self.scale[rows])


@dataclass(frozen=True)
class DesignSpec:
    """How a design is made from predictors, so that new data get the same columns.

    Parameters
    ----------
    location_names, nominal_names, scale_names
        Names of the columns.
    location_terms, scale_terms
        Term to its columns (indices into the location, or the scale).
    nominal_terms
        Term to its columns (indices into the nominal columns).
    """

    location_names: tuple[str, ...]
    nominal_names: tuple[str, ...]
    scale_names: tuple[str, ...]
    location_terms: dict[str, tuple[int, ...]]
    nominal_terms: dict[str, tuple[int, ...]]
    scale_terms: dict[str, tuple[int, ...]]
    spec: Any
    scale_spec: Any
    location_columns: tuple[int, ...]
    nominal_columns: tuple[int, ...]

    def parameter_names(self, categories: Sequence[Hashable]) -> tuple[str, ...]:
        """Name the parameters: `Low|Medium`, `Low|Medium.term`, `term`, `scale.term`."""
        cuts = [f"{low}|{high}" for low, high in pairwise(categories)]
        nominal = [f"{cut}.{name}" for name in self.nominal_names for cut in cuts]
        return (*cuts, *nominal, *self.location_names, *(f"scale.{name}" for name in self.scale_names))

    def columns_of(self, term: str, n_thresholds: int) -> tuple[int, ...]:
        """Parameters of a term in the location and on the thresholds (indices into `theta`)."""
        first = n_thresholds * (1 + len(self.nominal_names))
        nominal = [n_thresholds * (1 + i) + j for i in self.nominal_terms.get(term, ()) for j in range(n_thresholds)]
        return (*nominal, *(first + i for i in self.location_terms.get(term, ())))

    def changed_by(self, formula: ModelFormula, variables: AbstractSet[str]) -> Iterator[tuple[str, list[int], bool]]:
        """Go through what depends on some variables.

        Yields
        ------
        tuple
            'location', 'nominal' or 'scale'; the columns of a term; whether the term depends on no other variable.
        """
        parts = {"location": self.location_terms, "nominal": self.nominal_terms, "scale": self.scale_terms}
        for part, terms in parts.items():
            for term, columns in terms.items():
                used = set(formula.term_variables[term])
                if used & variables:
                    yield part, list(columns), used <= variables

    def build(self, predictors: pd.DataFrame) -> Design:
        """Make the design of some predictors (categoricals with the fitted levels, and numbers)."""
        scale = None if self.scale_spec is None else _matrix(self.scale_spec, predictors)
        return self.split(_matrix(self.spec, predictors), scale)

    def split(self, matrix: FloatArray, scale: FloatArray | None) -> Design:
        """Take the location's, the nominal and the scale's columns out of the two matrices."""
        return Design(
            location=matrix[:, list(self.location_columns)],
            nominal=matrix[:, list(self.nominal_columns)],
            scale=np.empty((len(matrix), 0)) if scale is None else scale[:, 1:],
        )


def _matrix(spec: Any, predictors: pd.DataFrame) -> FloatArray:
    if len(spec.column_names) == 1 or predictors.shape[1] == 0:
        return np.ones((len(predictors), 1))
    return np.asarray(spec.get_model_matrix(predictors, na_action="ignore"), dtype=np.float64)


def build_design(formula: ModelFormula, predictors: pd.DataFrame) -> tuple[Design, DesignSpec]:
    """Make the design on the patterns, and what is needed to make it again.

    All location terms are coded in one matrix, so that an interaction is coded in the same way whether its main
    effects are proportional or nominal; R's `clm(nominal=)` codes two matrices, of the same span.

    Raises
    ------
    EstimationError
        A term's transformation learns from the data (`center`, `poly`, splines): patterns are not respondents.
    """
    anchor = predictors if predictors.shape[1] else pd.DataFrame({"_": np.ones(len(predictors))})
    full = _materialise(formula.terms, anchor)
    scale = None if formula.scale is None else _materialise(formula.scale, anchor)
    terms, by_threshold = _term_columns(full), _with_margins(formula.nominal, full.model_spec)
    nominal = {term: columns for term, columns in terms.items() if term in by_threshold}
    location = {term: columns for term, columns in terms.items() if term not in by_threshold}
    names = list(full.model_spec.column_names)
    spec = DesignSpec(
        location_names=tuple(names[i] for i in _flat(location)),
        nominal_names=tuple(names[i] for i in _flat(nominal)),
        scale_names=() if scale is None else tuple(scale.model_spec.column_names[1:]),
        location_terms=_renumbered(location),
        nominal_terms=_renumbered(nominal),
        scale_terms={} if scale is None else _renumbered(_term_columns(scale)),
        spec=full.model_spec,
        scale_spec=None if scale is None else scale.model_spec,
        location_columns=_flat(location),
        nominal_columns=_flat(nominal),
    )
    scale_matrix = None if scale is None else np.asarray(scale, dtype=np.float64)
    return spec.split(np.asarray(full, dtype=np.float64), scale_matrix), spec


def _with_margins(nominal: Sequence[str], spec: Any) -> set[str]:
    """Add to nominal terms the terms that they contain, less categoricals only: together these span R's `~ term`."""
    categorical = {str(factor) for factor in spec.factor_contrasts}
    factors = {str(term): {str(factor) for factor in term.factors} for term in spec.terms}
    return {
        inner
        for inner, own in factors.items()
        for term in nominal
        if own <= factors[term] and factors[term] - own <= categorical
    }


def _term_columns(matrix: Any) -> dict[str, tuple[int, ...]]:
    pieces = matrix.model_spec.term_slices.items()
    return {str(term): tuple(range(*piece.indices(10**6))) for term, piece in pieces if str(term) != "1"}


def _flat(terms: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(column for columns in terms.values() for column in columns)


def _renumbered(terms: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    place = {column: i for i, column in enumerate(_flat(terms))}
    return {term: tuple(place[column] for column in columns) for term, columns in terms.items()}


def _materialise(terms: Any, predictors: pd.DataFrame) -> Any:
    from formulaic.errors import FormulaicError

    try:
        matrix = terms.get_model_matrix(predictors, na_action="ignore", output="numpy")
    except (FormulaicError, NameError, ValueError, TypeError) as error:
        raise UsageError("a term cannot be computed", where="formula", got=error) from error
    learned = sorted(matrix.model_spec.transform_state)
    if learned:
        what = "a transformation that learns from the data would learn from patterns, not from respondents"
        hint = "compute the column before fitting"
        raise EstimationError(what, where="formula", got=", ".join(learned), hint=hint)
    return matrix
