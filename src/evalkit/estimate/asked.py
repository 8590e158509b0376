"""What an estimate is asked for: which answers to which variables, by which groups, from which source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..data.responses import Estimates
from ..errors import UsageError
from ..study import Groups, Headline, Question, Scale, Study
from .design import Sample, names_of

By = str | Sequence[str] | None
Base = Literal["valid", "all"]
HIGH, MISSING = "high", "missing"
"""What `categories` may be besides codes: the upper part of the scale, and those who did not know."""
AS_PRINTED = "as_printed"
"""The reading of a scale in which every category stands for itself."""


@dataclass(frozen=True)
class Asked:
    """Answers to one variable.

    Parameters
    ----------
    term
        The variable.
    parts
        The answers that are counted together, by what they are called; None for each answer by itself.
    base
        Whom the shares are of: those who chose a category, or all respondents.
    reading
        The reading of the scale that the parts are of, where one was asked for.
    """

    term: str
    parts: Mapping[Any, tuple[Any, ...]] | None = None
    base: Base = "valid"
    reading: str | None = None


def study_of(data: Any) -> Study | None:
    """Return the study that the answers or a release belong to; None of a data frame."""
    study = getattr(data, "study", None)
    return study if isinstance(study, Study) else None


def listed(items: Any) -> list[Any]:
    """Return one item, or several, as a list: a name, a headline and a question are one."""
    return [items] if isinstance(items, str | Headline | Question) else list(items)


def asked_for(
    sample: Sample, items: Any, categories: Any = None, base: Base | None = None, reading: Any = None
) -> list[Asked]:
    """Return which answers to which variables are asked for.

    Parameters
    ----------
    sample
        Where the codebook is from.
    items
        A variable, an item (all of its variables), a question, a headline (the share of its answers), or several of them.
    categories
        Answers to be counted together; 'high' (the upper part of the scale) or 'missing' (who did not know).
    base
        By default shares of a study's question, headline or reading, or of those who did not know, are of all respondents, as
        the study's tables are, and others of those who chose a category.
    reading
        Another reading of the scale, or several.

    Raises
    ------
    UsageError
        When one item is asked for by name that does not have such answers; of several it is left out, and a question of the study
        without an upper part has each of its answers by itself.
    """
    wanted, found = listed(items), list[Asked]()
    for item in wanted:
        chosen = item.categories if isinstance(item, Headline) else categories
        name = item.item if isinstance(item, Headline | Question) else item
        readings = [None] if reading is None else listed(reading)
        everyone = not isinstance(item, str) or reading is not None or (isinstance(chosen, str) and chosen == MISSING)
        usual: Base = "all" if everyone and sample.study is not None else "valid"
        for term in sample.variables(name):
            for one in readings:
                known, parts = _parts(sample, term, chosen, one)
                if known:
                    found.append(Asked(term, parts, base or usual, one))
                elif len(wanted) == 1 and isinstance(item, Question) and one is None and chosen == HIGH:
                    found.append(Asked(term, None, base or usual, None))
                elif len(wanted) == 1 and isinstance(item, str) and sample.variables(name) == (term,):
                    raise UsageError(_LACKING.get(str(chosen), "the scale has no such reading"), where=term, got=one)
    return found


_LACKING = {
    HIGH: "the answers have no order, and so no upper part",
    MISSING: "nobody could say that they do not know",
}


def _parts(
    sample: Sample, term: str, categories: Any, reading: str | None
) -> tuple[bool, Mapping[Any, tuple[Any, ...]] | None]:
    """Return whether a variable has such answers, and which are counted together (None: each by itself)."""
    variable = sample.known(term)
    scale = None if variable is None else variable.scale
    if isinstance(categories, str) and categories in (HIGH, MISSING):
        categories = _named(sample, term, categories)
        if not categories:
            return False, None
    elif isinstance(categories, str):
        categories = (categories,)
    if reading in (None, AS_PRINTED):
        return True, None if categories is None else {_together(categories): tuple(categories)}
    if scale is None or reading not in scale.readings:
        return False, None
    if categories is None:
        return True, reading_members(scale, str(reading))
    return True, {_together(categories): codes_by_reading(scale, str(reading), categories)}


def _named(sample: Sample, term: str, name: str) -> tuple[Any, ...]:
    variable = sample.known(term)
    if name == MISSING:
        return () if variable is None else variable.scale.missing_codes
    if sample.study is not None and variable is not None:
        return sample.study.high(term)
    order = sample.order(term) or ()
    return order[-(len(order) // 2) :] if len(order) > 1 else ()


def _together(categories: Sequence[Any]) -> str:
    """Return what answers counted together are called."""
    return " + ".join(map(str, categories))


def reading_members(scale: Scale, reading: str) -> dict[str, tuple[str, ...]]:
    """Return the categories of a reading of a scale, in print order, with the printed ones each is made of."""
    read = scale.read_as(reading)
    merge = scale.readings[reading].merge
    return {
        category.code: tuple(code for code in scale.print_codes if merge.get(code, code) == category.code)
        for category in read.categories
    }


def codes_by_reading(scale: Scale, reading: str, codes: Sequence[str]) -> tuple[str, ...]:
    """Return the answers that a figure of `codes` is of when the scale is read in another way.

    Where the reading merges one of them with another answer, the merged answer counts if all of it belongs to them; if none does,
    as a whole, as long as that does not take both ends of the scale.
    """
    merge = scale.readings[reading].merge
    members: dict[str, list[str]] = {}
    for code in scale.codes:
        members.setdefault(merge.get(code, code), []).append(code)
    whole = [code for group in members.values() if set(group) <= set(codes) for code in group]
    touched = [code for group in members.values() if set(group) & set(codes) for code in group]
    both_ends = {scale.codes[0], scale.codes[-1]} <= set(touched)
    return tuple(whole if both_ends or not touched else touched)


def groupings(by: By) -> list[tuple[str, ...]]:
    """Return the groupings: those of a study's `groups` each in turn, others crossed."""
    return [(name,) for name in by] if isinstance(by, Groups) else [names_of(by)]


def in_turn(by: By, wanted: Sequence[Asked], make: Callable[[Asked, tuple[str, ...]], pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of what is asked by each grouping, below each other; of several a column `by` names the variable.

    What is itself one of the groups in turn is not grouped by itself.
    """
    return below(
        labelled(make(asked, names), names, by)
        for names in groupings(by)
        for asked in wanted
        if not (isinstance(by, Groups) and asked.term in names)
    )


def labelled(table: pd.DataFrame, names: tuple[str, ...], by: By) -> pd.DataFrame:
    """Return a table with a column `by` that names the variable, where several were asked for in turn."""
    return table.assign(by=names[0]) if isinstance(by, Groups) else table


def below(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return tables below each other, with all of their columns; where there is none, a table of no estimates."""
    found = list(tables)
    columns = dict.fromkeys(name for table in found for name in table.columns)
    values: dict[str, Any] = {
        name: np.concatenate([t[name].to_numpy() if name in t else np.full(len(t), np.nan) for t in found])
        for name in columns
    }
    return pd.DataFrame(values or {name: np.zeros(0) for name in ESTIMATES})


ESTIMATES = (
    *("term", "group", "category", "contrast", "estimate", "std_error", "statistic", "df", "p_value"),
    *("conf_low", "conf_high", "n"),
)
"""The columns that every estimate is given in."""
ASKED = ("by", "reading")
"""The columns that say which grouping and which reading a row is of, where there are several."""
DETAIL = ("count", "population", "sampling_fraction", "deff")


def given(
    table: pd.DataFrame, kind: str, data: Any, detail: bool, more: Sequence[str] = (), /, **asked: Any
) -> pd.DataFrame:
    """Return estimates as they are handed over: the columns that every estimate has (or all), and what they are from.

    Of answers or a release they are `Estimates`, whose `origin.frame` has all columns; of a data frame a data frame.

    Parameters
    ----------
    table
        All columns.
    kind
        The public name that made it.
    data
        The source.
    detail
        Whether all columns are handed over.
    more
        Columns that this kind has besides.
    asked
        What it is of.
    """
    shown = [name for name in (*ASKED, *ESTIMATES, *more) if name in table.columns]
    if study_of(data) is None:
        return table if detail else table[shown]
    made = Estimates.made(table, kind, data, **asked)
    return made if detail else pd.DataFrame.__getitem__(made, shown)


def ordered_columns(table: pd.DataFrame, names: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return a table with the columns of the contract first, numbers of people as whole numbers where none is missing."""
    first = [name for name in (*ASKED, *ESTIMATES, *DETAIL) if name in table.columns]
    rest = [name for name in table.columns if name not in first and name not in names]
    crossed = [name for name in names if name in table.columns]
    counted = [name for name in ("n", "count") if name in table.columns and _whole(table[name])]
    return table[[*first, *rest, *crossed]].astype(dict.fromkeys(counted, "int64"))


def _whole(column: pd.Series) -> bool:
    numbers = column.astype(float)
    return bool((numbers.notna() & (numbers == numbers.round())).all())
