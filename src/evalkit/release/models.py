"""Which levels may be modelled, and which results may be shown: decided before a model is fitted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..data import COUNT, Responses
from ..errors import DisclosureError, UsageError
from .safe import SafeTable

if TYPE_CHECKING:
    import pandas as pd

MERGED = "other_levels"
"""The code of levels that are merged because none of them may be modelled on its own."""
_PASS = object()
_TEXTS = ("term", "group", "contrast", "category")


@dataclass(frozen=True, eq=False)
class ModelData:
    """Answers that may be modelled, counted by pattern.

    Parameters
    ----------
    outcome, predictors
        The variables.
    data
        A column a variable (categoricals of the levels that are left) and `count`; complete answers alone. With weights also
        `w` and `w2`, the sums of the weights and of their squares.
    withheld
        The levels of each predictor that are not modelled on their own: for the analyst's console, never for a page.
    n_missing
        Respondents without an answer, by variable; `any` counts those set aside because of one of them.
    """

    outcome: str
    predictors: tuple[str, ...]
    data: pd.DataFrame
    withheld: Mapping[str, tuple[str, ...]]
    n_missing: pd.Series[int]

    @property
    def formula(self) -> str:
        """`outcome ~ first + second`."""
        return f"{self.outcome} ~ {' + '.join(self.predictors)}"

    @property
    def n(self) -> int:
        """The number of answers modelled."""
        return int(self.data[COUNT].sum())

    @property
    def shown_n(self) -> int | None:
        """The number of answers modelled, where it may be shown: with levels withheld it would tell how many they are."""
        return None if self.withheld else self.n

    def __repr__(self) -> str:
        """Return what is modelled, never an answer."""
        held = sum(len(levels) for levels in self.withheld.values())
        names = ", ".join(self.predictors)
        return f"<ModelData {self.outcome} by {names}: {len(self.data)} patterns, {held} levels withheld>"


@dataclass(frozen=True, eq=False)
class SafeEstimates:
    """Results of a model of which every level may be shown; only a release makes it.

    Parameters
    ----------
    id
        The result's name.
    frame
        Tidy estimates.
    withheld
        The predictors of which some levels are not shown; a page says 'withheld' and no more.
    """

    id: str
    frame: pd.DataFrame
    withheld: tuple[str, ...] = ()
    _pass: object = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self._pass is not _PASS:
            raise DisclosureError(
                "SafeEstimates are made by a release alone",
                where=self.id,
                hint="give the result to release.estimates()",
            )

    def __repr__(self) -> str:
        """Return the result's name and size."""
        return f"<SafeEstimates {self.id}: {len(self.frame)} rows>"


def model_data(
    responses: Responses,
    outcome: str,
    predictors: Sequence[str],
    released: Mapping[str, SafeTable],
    weight: pd.Series[float] | None = None,
) -> ModelData:
    """Return the answers to an outcome and predictors, without levels that may not be modelled.

    A level is withheld when fewer than the base threshold answered the outcome in it, when all of them or all but one gave the
    same answer, or when a count of it is hidden in a released table of the outcome by the predictor. The plan says whether
    withheld levels are dropped with their answers or merged; a merged level must pass the same rule, else it is dropped.

    Parameters
    ----------
    responses
        Coded answers.
    outcome, predictors
        Variables.
    released
        The protected tables by the name of the predictor, where there are any.
    weight
        A sampling weight a row of the answers; a weight of 0 sets it aside.

    Raises
    ------
    DisclosureError
        When fewer than two levels of a predictor may be modelled, or the outcome is unanimous as it is.
    UsageError
        When there is no predictor.
    """
    if not predictors:
        raise UsageError("a model needs a predictor", where=outcome)
    study = responses.study
    for name in (outcome, *predictors):
        study.codebook.variable(name)
    rows = responses.data[[outcome, *predictors, COUNT]].assign(w=1.0 if weight is None else weight)
    data = rows[rows["w"] > 0].dropna()
    merge = study.plan.models.small_levels == "merge"
    withheld: dict[str, tuple[str, ...]] = {}
    while True:
        found = {name: _levels_to_hold(data, outcome, name, study.rule.base, released) for name in predictors}
        found = {name: levels for name, levels in found.items() if levels}
        if not found:
            break
        for name, levels in found.items():
            data = _without(data, name, levels, merge and name not in withheld)
            withheld[name] = (*withheld.get(name, ()), *(level for level in levels if level != MERGED))
    used = {name: data[name].cat.remove_unused_categories() for name in predictors}
    for name, column in used.items():
        if len(column.cat.categories) < 2:
            raise DisclosureError(
                "too few levels of a predictor may be modelled",
                where=f"{outcome}, {name}",
                expected="two levels or more",
                hint="leave the predictor out, or merge levels in the codebook",
            )
    patterns = _patterns(data.assign(**used), [outcome, *predictors], weighted=weight is not None)
    return ModelData(outcome, tuple(predictors), patterns, withheld, _missing(rows, [outcome, *predictors]))


def _patterns(data: pd.DataFrame, names: list[str], *, weighted: bool) -> pd.DataFrame:
    sums = {"w": data["w"] * data[COUNT], "w2": data["w"] ** 2 * data[COUNT]}
    columns = [COUNT, *sums] if weighted else [COUNT]
    return data.assign(**sums).groupby(names, observed=True)[columns].sum().reset_index()


def _missing(rows: pd.DataFrame, names: list[str]) -> pd.Series[int]:
    import pandas as pd

    absent = rows[names].isna().assign(any=rows[names].isna().any(axis=1))
    counts = {name: int(rows.loc[absent[name], COUNT].sum()) for name in absent}
    return pd.Series(counts, name="n_missing", dtype="int64")


def estimates(estimates_id: str, frame: pd.DataFrame, data: ModelData) -> SafeEstimates:
    """Return model results as safe, having checked that no withheld level is among them.

    Raises
    ------
    DisclosureError
        When a withheld level stands in a term, group, contrast or category.
    """
    for name, levels in data.withheld.items():
        for level in levels:
            if _mentions(frame, name, level):
                raise DisclosureError(
                    "a withheld level stands among the results",
                    where=f"{estimates_id}, {name}",
                    hint="fit the model on what release.model_data() returns",
                )
    return SafeEstimates(estimates_id, frame.copy(), tuple(data.withheld), _PASS)


def _levels_to_hold(
    data: pd.DataFrame, outcome: str, name: str, base: int, released: Mapping[str, SafeTable]
) -> tuple[str, ...]:
    """Return the levels of a predictor that may not be modelled on the data as they are."""
    counts = data.pivot_table(index=name, columns=outcome, values=COUNT, aggfunc="sum", observed=False, fill_value=0)
    sizes, largest = counts.sum(axis=1), counts.max(axis=1)
    small = (sizes > 0) & (sizes < base)
    unanimous = (sizes > 0) & (largest >= sizes - 1)
    held = [str(level) for level in counts.index[small | unanimous]]
    table = released.get(name)
    if table is not None:
        rows = table.cells[table.cells["count"].isna()]
        hidden = set(rows[name].astype(object))
        held += [str(level) for level in counts.index[sizes > 0] if level in hidden and str(level) not in held]
    return tuple(held)


def _without(data: pd.DataFrame, name: str, levels: Sequence[str], merge: bool) -> pd.DataFrame:
    """Return the data without some levels of a predictor, or with them merged into one."""
    if not merge or len(levels) < 2:
        return data[~data[name].isin(list(levels))]
    column: Any = data[name].cat.add_categories([MERGED])
    return data.assign(**{name: column.where(~column.isin(list(levels)), MERGED)})


def _mentions(frame: pd.DataFrame, name: str, level: str) -> bool:
    """Return whether a level of a variable stands in a row that is about that variable."""
    term = re.compile(rf"\b{re.escape(name)}\b.*\[(T\.)?{re.escape(level)}\]")
    word = re.compile(rf"(?<![\w.-]){re.escape(level)}(?![\w.-])")
    for row in frame[[text for text in _TEXTS if text in frame]].astype(object).to_dict("records"):
        about = str(row.get("term", ""))
        if term.search(" ".join(str(value) for value in row.values())):
            return True
        if name in about or "term" not in row:
            if any(word.search(str(row.get(text, ""))) for text in ("group", "contrast")):
                return True
    return False
