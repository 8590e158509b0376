"""Which levels may be modelled, and which results may be shown: decided before a model is fitted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..data import COUNT, Responses
from ..errors import DisclosureError, UsageError
from ..protect.safe import SafeTable
from ..study import Study

if TYPE_CHECKING:
    import pandas as pd

MERGED = "merged"
"""The code of nominal levels that are merged because they may not be modelled on their own."""
SMALL, UNANIMOUS, HIDDEN = "fewer than {base} respondents", "unanimous on the outcome", "hidden in the release"
"""Why a level is withheld, for the analyst's console."""
_PASS = object()
_LEVEL = re.compile(r"(\w+)\[(?:T\.)?([^\]]+)\]")


@dataclass(frozen=True, eq=False)
class ModelData:
    """Answers that may be modelled, counted by pattern.

    Parameters
    ----------
    outcome, predictors
        The variables; a predictor of which fewer than two levels may be modelled is left out.
    data
        A column a variable (categoricals of the levels that are left) and `count`; complete answers alone. With weights also
        `w` and `w2`, the sums of the weights and of their squares.
    withheld
        The levels of each predictor that are not modelled on their own: for the analyst's console, never for a page.
    merged
        What withheld levels were merged into, by predictor; those left out here were dropped with their answers.
    causes
        Why each withheld level is, by predictor: for the console alone.
    n_missing
        Respondents without an answer, by variable; `any` counts those set aside because of one of them.
    """

    outcome: str
    predictors: tuple[str, ...]
    data: pd.DataFrame
    withheld: Mapping[str, tuple[str, ...]]
    merged: Mapping[str, Mapping[str, str]]
    causes: Mapping[str, Mapping[str, str]]
    n_missing: pd.Series[int]

    @property
    def formula(self) -> str:
        """`outcome ~ first + second`."""
        return f"{self.outcome} ~ {' + '.join(self.predictors)}"

    @property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """The levels of each predictor that are modelled."""
        return {name: tuple(map(str, self.data[name].cat.categories)) for name in self.predictors}

    @property
    def n(self) -> int:
        """The number of answers modelled."""
        return int(self.data[COUNT].sum())

    @property
    def shown_n(self) -> int | None:
        """The number of answers modelled, where it may be shown: with levels withheld it would tell how many they are."""
        return None if self.withheld else self.n

    def __repr__(self) -> str:
        """Return what is modelled, and what is not and why; never an answer."""
        names = ", ".join(self.predictors)
        held = [f"{name}={level} ({cause})" for name, found in self.causes.items() for level, cause in found.items()]
        rest = f"; withheld: {', '.join(held)}" if held else ""
        return f"<ModelData {self.outcome} by {names}: {len(self.data)} patterns{rest}>"


@dataclass(frozen=True, eq=False)
class SafeEstimates:
    """Results of a model of which every level may be shown; only a release makes it.

    Parameters
    ----------
    id
        The result's name.
    frame
        Tidy estimates, without how many answers they rest on.
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
                hint="let a ReleasedModel make them",
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

    A level is withheld when fewer than the base threshold answered the outcome in it, when all of them gave the same answer (or
    all but one, where the rule lists the outcome), or when a count of it is hidden in a released table of the outcome by the
    predictor. The plan says whether withheld levels are dropped with their answers or merged: nominal ones with each other, and
    a lone one with the smallest of the rest; ordinal ones with their smaller neighbour. This goes on until every level passes.

    Parameters
    ----------
    responses
        Coded answers.
    outcome, predictors
        Variables; the outcome's answers have an order.
    released
        The protected tables by the name of the predictor, where there are any.
    weight
        A sampling weight a row of the answers; a weight of 0 sets it aside.

    Raises
    ------
    DisclosureError
        When there is no predictor with two levels that may be modelled.
    UsageError
        When the outcome has no order, or a variable stands twice.
    """
    study, names = responses.study, [outcome, *predictors]
    _refuse_odd_ones(study, names)
    rows = responses.data[[*names, COUNT]].assign(w=1.0 if weight is None else weight)
    answered = rows[rows["w"] > 0].dropna()
    into, causes = _decided(answered, study, outcome, predictors, released)
    for name, changes in into.items():
        answered = _recoded(answered, name, changes, study)
    kept = tuple(name for name in predictors if len(answered[name].unique()) > 1)
    if not kept:
        raise DisclosureError(
            "no predictor has two levels that may be modelled",
            where=outcome,
            got=", ".join(predictors) or "no predictor",
            hint="name other predictors, or merge levels in the codebook",
        )
    used = {name: answered[name].cat.remove_unused_categories() for name in kept}
    return ModelData(
        outcome=outcome,
        predictors=kept,
        data=_patterns(answered.assign(**used), [outcome, *kept], weighted=weight is not None),
        withheld={name: tuple(found) for name, found in causes.items()},
        merged={
            name: targets
            for name, changes in into.items()
            if (targets := {level: target for level, target in changes.items() if target is not None})
        },
        causes=causes,
        n_missing=_missing(rows, names),
    )


def estimates(estimates_id: str, frame: pd.DataFrame, data: ModelData, study: Study) -> SafeEstimates:
    """Return model results as safe, having checked that they are about levels that were modelled.

    How many answers a result rests on (`n`) is left out: between two models it would tell how many there are in a level.

    Raises
    ------
    DisclosureError
        When a level that was not modelled, or a crossing of levels, stands among the results.
    """
    released = data.levels | {data.outcome: tuple(map(str, data.data[data.outcome].cat.categories))}
    for row in frame.astype(object).to_dict("records"):
        texts = [str(row[name]) for name in ("term", "group", "contrast") if name in row and row[name] == row[name]]
        named = [pair for text in texts for pair in _LEVEL.findall(text)]
        unknown = [name for name, level in named if level not in released.get(name, ())]
        crossed = len({name for name, _ in named if name != data.outcome}) > 1
        bare = list(_bare_levels(row, data, study))
        if unknown or crossed or bare:
            raise DisclosureError(
                "a crossing of levels stands among the results"
                if crossed
                else "a level that is not released stands here",
                where=f"{estimates_id}, {[*unknown, *bare, 'term'][0]}",
                hint="fit the model on what release.model_frame() returns, without interactions",
            )
    return SafeEstimates(estimates_id, frame.drop(columns="n", errors="ignore").copy(), tuple(data.withheld), _PASS)


def _bare_levels(row: Mapping[Any, Any], data: ModelData, study: Study) -> Iterator[str]:
    """Return the predictors of which a row names a level that was not modelled, in a group or on a side of a contrast."""
    about = str(row.get("term")) if row.get("term") in study.codebook.variables else None
    named = str(row.get("group", "")), *str(row.get("contrast", "")).split(" - ")
    for name in {*data.levels, *data.withheld} if about is None else {about}:
        codes = study.codebook.variable(name).shown_codes
        allowed = (
            {level for levels in data.levels.values() for level in levels}
            if about is None
            else data.levels.get(name, ())
        )
        if any(text in codes and text not in allowed for text in named):
            yield name


def _refuse_odd_ones(study: Study, names: Sequence[str]) -> None:
    variables = [study.codebook.variable(name) for name in names]
    if len(set(names)) != len(names):
        raise UsageError("a variable stands twice", where=names[0], got=", ".join(names))
    if not variables[0].scale.ordered:
        raise UsageError("the outcome's answers have no order", where=names[0], expected="an ordinal scale")


def _decided(
    answered: pd.DataFrame, study: Study, outcome: str, predictors: Sequence[str], released: Mapping[str, SafeTable]
) -> tuple[dict[str, dict[str, str | None]], dict[str, dict[str, str]]]:
    """Return what each withheld level becomes (None: dropped), and why it is withheld, by predictor."""
    into: dict[str, dict[str, str | None]] = {}
    causes: dict[str, dict[str, str]] = {}
    data, merge = answered, study.plan.models.small_levels == "merge"
    while True:
        failing = {name: _failing(data, study, outcome, name, released) for name in predictors}
        failing = {name: found for name, found in failing.items() if found}
        if not failing:
            return into, causes
        for name, found in failing.items():
            sizes = data.groupby(name, observed=True)[COUNT].sum()
            changes = _changes(study, name, list(found), sizes) if merge else dict.fromkeys(found, None)
            earlier = into.setdefault(name, {})
            into[name] = {level: changes.get(str(to), to) for level, to in earlier.items()} | changes
            into[name].pop(MERGED, None)
            own = {level: found.get(level, SMALL.format(base=study.rule.base)) for level in changes if level != MERGED}
            causes[name] = own | causes.get(name, {})
            data = _recoded(answered, name, into[name], study, data)


def _failing(
    data: pd.DataFrame, study: Study, outcome: str, name: str, released: Mapping[str, SafeTable]
) -> dict[str, str]:
    """Return the levels of a predictor that may not be modelled on the data as they are, each with its cause."""
    counts = data.pivot_table(index=name, columns=outcome, values=COUNT, aggfunc="sum", observed=True, fill_value=0)
    sizes, largest = counts.sum(axis=1), counts.max(axis=1)
    item = study.codebook.variable(outcome).item_id
    slack = 1 if {outcome, item} & set(study.rule.unanimity) else 0
    table = released.get(name)
    hidden = set() if table is None else set(table.cells.loc[table.cells["count"].isna(), name].astype(object))
    found = {str(level): HIDDEN for level in sizes.index if level in hidden}
    found |= {str(level): UNANIMOUS for level in sizes.index[largest >= sizes - slack]}
    return found | {str(level): SMALL.format(base=study.rule.base) for level in sizes.index[sizes < study.rule.base]}


def _changes(study: Study, name: str, failing: list[str], sizes: pd.Series[int]) -> dict[str, str | None]:
    """Return what failing levels are merged into; None where nothing is left to merge them with."""
    order = [str(level) for level in sizes.index]
    rest = [level for level in order if level not in failing]
    if study.codebook.variable(name).scale.ordered:
        level = min(failing, key=lambda failed: (int(sizes[failed]), order.index(failed)))
        at = order.index(level)
        beside = [order[i] for i in (at - 1, at + 1) if 0 <= i < len(order)]
        return {level: min(beside, key=lambda other: int(sizes[other])) if beside else None}
    if len(failing) == 1 and rest:
        failing = [*failing, min(rest, key=lambda other: (int(sizes[other]), order.index(other)))]
    return dict.fromkeys(failing, MERGED if len(failing) > 1 else None)


def _recoded(
    answered: pd.DataFrame, name: str, changes: Mapping[str, str | None], study: Study, data: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the data with the levels of a predictor merged or dropped; the rest of the columns as in `data`."""
    import pandas as pd

    scale = study.codebook.variable(name).scale
    codes = [code for code in scale.codes if code not in changes]
    codes += [MERGED] if MERGED in changes.values() else []
    targets = {code: changes.get(code, code) for code in scale.codes}
    column = pd.Categorical(answered[name].astype(object).map(targets), categories=codes, ordered=scale.ordered)
    recoded = answered.assign(**{name: column})
    if data is not None:
        recoded = recoded.loc[data.index].assign(**{str(c): data[c] for c in data if c != name})
    return recoded[recoded[name].notna()]


def _patterns(data: pd.DataFrame, names: list[str], *, weighted: bool) -> pd.DataFrame:
    sums = {"w": data["w"] * data[COUNT], "w2": data["w"] ** 2 * data[COUNT]}
    columns = [COUNT, *sums] if weighted else [COUNT]
    return data.assign(**sums).groupby(names, observed=True)[columns].sum().reset_index()


def _missing(rows: pd.DataFrame, names: list[str]) -> pd.Series[int]:
    import pandas as pd

    absent = rows[names].isna().assign(any=rows[names].isna().any(axis=1))
    counts = {name: int(rows.loc[absent[name], COUNT].sum()) for name in absent}
    return pd.Series(counts, name="n_missing", dtype="int64")
