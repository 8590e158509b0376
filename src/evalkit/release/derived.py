"""Variables made for one table, joined to the respondents; and what nobody can be, by them and by the rules of the questionnaire.

Any attacker who has the questionnaire, or knows how a variable was made, knows that, and protection does too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from ..data import COUNT, rules
from ..data.responses import merged
from ..errors import UsageError, one_of
from ..protect import SafeTable
from ..study import Study, Table

Recoding = Callable[["pd.DataFrame"], "pd.Series[Any]"] | Mapping[str, Mapping[str, str]]
"""A function of the coded answers that gives each row a level, or a variable's name with what each of its levels becomes."""
Recodings = Mapping[str, Recoding]
Levels = Mapping[str, Sequence[str]]


def derived_variable(respondents: pd.DataFrame, recoding: Recoding, answers: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Return a derived variable's level of each respondent, as text.

    Raises
    ------
    UsageError
        When a level is missing, or the variable that is recoded is not there.
    """
    found = recoding(answers).reset_index(drop=True) if callable(recoding) else merged(respondents, recoding)
    found = found.astype(object)
    if len(found) != len(respondents) or found.isna().any():
        what, hint = "a derived variable needs a level for everybody", "give those without an answer a level"
        raise UsageError(what, where=name, hint=hint)
    return found.map(str)


def impossible(respondents: pd.DataFrame, name: str, among: Sequence[str]) -> Iterator[dict[str, str]]:
    """Go through the cells that nobody can be in, since a derived variable follows from some others.

    What it follows from are the fewest of the variables that determine it among those who answered; whoever knows how it was
    made knows that.

    Raises
    ------
    UsageError
        When it follows from no two of them: then nothing says how its table is linked to what is out.
    """
    for size in (1, 2):
        for sources in combinations(among, size):
            groups = respondents[respondents[COUNT] > 0].groupby(list(sources), observed=True)[name]
            if (groups.min() == groups.max()).all():
                levels = sorted(respondents[name].unique())
                for key, own in groups.first().items():
                    place = dict(zip(sources, key if isinstance(key, tuple) else (key,), strict=True))
                    yield from ({**place, name: level} for level in levels if level != own)
                return
    what = "a derived variable follows from no two of the study's variables"
    hint = "put it into the codebook, so that its tables are protected with all others"
    raise UsageError(what, where=name, hint=hint)


def counted(
    respondents: pd.DataFrame, table_id: str, dims: Sequence[str], answer: str, levels: Levels | None = None
) -> Table:
    """Count respondents over the levels given, or all of a codebook's variable: one left out would tell that nobody has it."""
    for dim in dims:
        one_of(dim, respondents.columns, "variable")
    data = respondents.astype(dict.fromkeys(dims, object))
    given = levels or {dim: _levels(respondents[dim]) for dim in dims}
    if not dims:
        return Table(table_id, (), pd.DataFrame({COUNT: [int(data[COUNT].sum())]}), answer)
    index = pd.MultiIndex.from_product([given[dim] for dim in dims], names=tuple(dims))
    counts = data.groupby(list(dims))[COUNT].sum().reindex(index, fill_value=0).reset_index()
    return Table(table_id, dims, counts.astype({dim: pd.CategoricalDtype(list(given[dim])) for dim in dims}), answer)


def _levels(column: pd.Series[Any]) -> list[str]:
    return list(column.cat.categories) if column.dtype.name == "category" else sorted(column.unique())


def published_zeros(study: Study, tables: Iterable[Table | SafeTable]) -> Iterator[rules.Zero]:
    """Go through what nobody can be, in the levels that some tables have; what they say nothing of is left out."""
    levels: dict[str, set[str]] = {}
    for table in tables:
        rows = table.cells if isinstance(table, SafeTable) else table.frame
        answers = list(map(str, rows[table.stack].unique())) if table.stack else [table.answer]
        columns = {dim: dim for dim in table.groups} | {name: str(table.answer) for name in answers if name}
        for name, column in columns.items():
            levels.setdefault(name, set()).update(rows[column].astype(str))
    for zero in rules.impossible(study):
        known = {name: [level for level in own if level in levels.get(name, ())] for name, own in zero.items()}
        if all(known.values()):
            yield known
