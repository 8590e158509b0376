"""Where a model's data come from: a table, or something that knows its own frame and what may be shown of it.

Nothing of the rooms above is imported. Whatever has a method `model_frame` is a source; the models ask it for their
frame, remember it as `result.source`, and hand every tidy frame to its `estimates`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol, runtime_checkable

import pandas as pd

from ..errors import EstimationError, UsageError, one_of
from .coding import COUNT, WeightKind, column_names
from .formula import ModelFormula, Terms, parse_formula
from .patterns import Lonely, Patterns, collapse


@runtime_checkable
class Source(Protocol):
    """What models can be fitted on beside tables: a study's answers, or what may be published of them."""

    def model_frame(self, outcome: str, predictors: Sequence[str], extra: Sequence[str] = ()) -> pd.DataFrame:
        """Return columns of the outcome, the predictors and `extra`, and `count`.

        Categoricals are ordered low to high. Levels that may not be modelled are merged or dropped, and named in
        `attrs["withheld"]`, a mapping of predictor to levels; a predictor withheld as a whole has no column.
        """

    def estimates(self, frame: pd.DataFrame, kind: str, **asked: Any) -> pd.DataFrame:
        """Return a tidy frame as estimates from this source, made by the public name `kind`."""


def drawn_by(data: Any) -> dict[str, Any]:
    """Return the options of `fit_clm` that a source's own design comes to; empty where it has none.

    Its `design` names columns: `weights`, `strata`, `cluster` and `fpc`, and says what `lonely` strata are.
    """
    drawn = dict(getattr(data, "design", None) or {}) if isinstance(data, Source) else {}
    if not drawn:
        return {}
    return drawn | {"cov_type": "design", "weight_kind": "sampling" if "weights" in drawn else "frequency"}


@dataclass(frozen=True)
class Provenance:
    """Where a model's data come from.

    Parameters
    ----------
    source
        What gave the frame; None for a table.
    withheld
        Predictor to the levels that are not modelled on their own.
    left_out
        Predictors of the formula that are withheld as a whole.
    """

    source: Source | None = None
    withheld: Mapping[str, tuple[Hashable, ...]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def estimates(self, frame: pd.DataFrame, kind: str, **asked: Any) -> pd.DataFrame:
        """Return a tidy frame as the source wants it."""
        return frame if self.source is None else self.source.estimates(frame, kind, **asked)


def model_data(
    formula: str,
    data: Any,
    columns: Mapping[str, str | None],
    weight_kind: WeightKind,
    *,
    nominal: Terms = None,
    scale: Terms = None,
    group: str | None = None,
    design: Lonely | None = None,
) -> tuple[ModelFormula, Patterns, Provenance]:
    """Read a formula and the answers that it is of, asking a source for them; return also where they come from.

    Parameters
    ----------
    formula, nominal, scale
        As in `fit_clm`.
    data
        Anything narwhals reads, or a `Source`.
    columns
        'weights', 'cluster', 'strata' and 'fpc' to columns, as in `collapse`.
    weight_kind, design
        As in `collapse`.
    group
        A column to keep beside the predictors.

    Raises
    ------
    UsageError
        An option is unknown or would be ignored, or a column is used twice.
    EstimationError
        All that nominal or scale effects were asked for is withheld.
    """
    one_of(weight_kind, ("frequency", "sampling"), "kind of weight", "weight_kind")
    read, provenance = partial(parse_formula, formula, nominal=nominal, scale=scale), Provenance()
    extra = [] if group is None else [group]
    if weight_kind == "sampling" and columns["weights"] is None:
        raise UsageError("the sampling weights are not named", where="weights", expected="a column")
    if isinstance(data, Source):
        wanted = [*extra, *(name for name in columns.values() if name is not None)]
        data, parsed, provenance = _asked(data, read, wanted)
    else:
        parsed = read(column_names(data))
    _refuse_twice(parsed, columns, group)
    variables = (*parsed.variables, *extra)
    patterns = collapse(data, parsed.outcome, variables, weight_kind=weight_kind, design=design, **columns)
    return parsed, patterns, provenance


def _asked(
    source: Source, read: Callable[..., ModelFormula], wanted: Sequence[str]
) -> tuple[pd.DataFrame, ModelFormula, Provenance]:
    """Ask a source for its frame, and leave out the predictors that it withholds as a whole."""
    asked = read(None)
    extra = tuple(name for name in wanted if name not in (COUNT, *asked.variables))
    frame = source.model_frame(asked.outcome, asked.variables, extra=extra)
    withheld = {name: tuple(levels) for name, levels in frame.attrs.get("withheld", {}).items()}
    left_out = tuple(name for name in asked.variables if name in withheld and name not in frame.columns)
    parsed = read([*frame.columns, *left_out], without=left_out)
    for where in ("nominal", "scale"):
        if getattr(asked, where) and not getattr(parsed, where):
            # else it would be another model than the one asked for
            raise EstimationError("withheld as a whole", where=where, got=", ".join(left_out))
    return frame, parsed, Provenance(source, withheld, left_out)


def _refuse_twice(formula: ModelFormula, columns: Mapping[str, str | None], group: str | None) -> None:
    """Refuse a cluster or a group that the formula has too."""
    cluster = columns.get("cluster")
    if cluster is not None and cluster in formula.variables:
        hint = "use fit_clmm for a random intercept"
        raise UsageError("the cluster is also a predictor", where="cluster", got=cluster, hint=hint)
    if group in (*formula.variables, formula.outcome):
        hint = "take it out of one of them"
        raise UsageError("the group is also in the formula", where="group", got=group, hint=hint)
