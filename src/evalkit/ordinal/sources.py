"""Where a model's data come from: a table, or something that knows its own frame and what may be shown of it.

Nothing of the rooms above is imported. Whatever has a method `model_frame` is a source; the models ask it for their
frame, remember it as `result.source`, and hand every tidy frame to its `estimates`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from .coding import COUNT, column_names
from .formula import ModelFormula, Terms, parse_formula
from .patterns import Patterns

if TYPE_CHECKING:
    import pandas as pd


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


@dataclass(frozen=True, repr=False)
class ModelData:
    """A formula and the frame that it is of.

    Parameters
    ----------
    formula
        The formula, without the terms of predictors that are withheld as a whole.
    frame
        Anything narwhals reads, or `Patterns`.
    provenance
        Where it comes from.
    """

    formula: ModelFormula
    frame: Any
    provenance: Provenance


def model_data(
    formula: str, data: Any, *, nominal: Terms = None, scale: Terms = None, extra: Sequence[str | None] = ()
) -> ModelData:
    """Read a formula with the data that it is of, asking a source for them.

    Parameters
    ----------
    formula, nominal, scale
        As in `fit_clm`.
    data
        Anything narwhals reads, `Patterns`, or a `Source`.
    extra
        Columns wanted beside the formula's: weights, clusters, strata, groups.
    """
    if isinstance(data, Patterns):
        columns = [data.outcome, *data.predictors.columns]
        return ModelData(parse_formula(formula, columns, nominal=nominal, scale=scale), data, Provenance())
    if not isinstance(data, Source):
        return ModelData(parse_formula(formula, column_names(data), nominal=nominal, scale=scale), data, Provenance())
    asked = parse_formula(formula, None, nominal=nominal, scale=scale)
    wanted = tuple(name for name in extra if name is not None and name not in (COUNT, *asked.variables))
    frame = data.model_frame(asked.outcome, asked.variables, extra=wanted)
    withheld = {name: tuple(levels) for name, levels in frame.attrs.get("withheld", {}).items()}
    left_out = tuple(name for name in asked.variables if name in withheld and name not in frame.columns)
    parsed = parse_formula(formula, [*frame.columns, *left_out], nominal=nominal, scale=scale, without=left_out)
    return ModelData(parsed, frame, Provenance(data, withheld, left_out))
