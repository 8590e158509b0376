"""What follows from other answers: who was asked a question, and so what nobody can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING

from ..study import BLANK, NOT_ASKED, NOT_TICKED, Codebook, Item, Study

if TYPE_CHECKING:
    import pandas as pd

Zero = dict[str, list[str]]
"""Levels by variable that nobody has together."""


def asked(codes: pd.DataFrame, item: Item) -> pd.Series:
    """Return of whom the routing of a question holds: all of one of its conditions.

    Parameters
    ----------
    codes
        The codes of the variables that it is routed by, a row a respondent.
    item
        The question.
    """
    holds = codes.index.to_series().isin([])
    for condition in item.asked_if:
        holds |= codes[list(condition)].isin({name: list(wanted) for name, wanted in condition.items()}).all(axis=1)
    return holds


def routed(codes: pd.DataFrame, study: Study) -> tuple[pd.DataFrame, dict[str, pd.Series]]:
    """Return the codes with 'not asked' where the routing says so, and by question who answered against it.

    Such answers are left out, unless the study keeps them. A question is routed by the answers that are left.
    """
    against: dict[str, pd.Series] = {}
    codes = codes.copy()
    for item_id, item in study.codebook.items.items():
        if not item.asked_if:
            continue
        names = [variable.name for variable in study.codebook.variables_of(item_id)]
        without = ~asked(codes, item)
        given = ~codes[names].isin([BLANK, NOT_TICKED, NOT_ASKED])
        against[item_id] = without & given.any(axis=1)
        if study.export.against_routing == "keep":
            without &= ~against[item_id]
        codes.loc[without, names] = NOT_ASKED
    return codes, against


def impossible(study: Study) -> Iterator[Zero]:
    """Go through what nobody can be, by the routing of the questions: whoever knows the questionnaire knows that."""
    codebook = study.codebook
    for item_id, item in codebook.items.items():
        if item.asked_if:
            sources = list(dict.fromkeys(name for condition in item.asked_if for name in condition))
            frame = combined(codebook, sources)
            holds = asked(frame, item)
            for variable in codebook.variables_of(item_id):
                if study.export.against_routing == "drop":
                    yield from _zeros(frame[~holds], {variable.name: list(variable.answer_codes)})
                if item.kind != "multiple":  # a box that was asked about may stand empty, and then nothing tells
                    yield from _zeros(frame[holds], {variable.name: [NOT_ASKED]})


def combined(codebook: Codebook, names: Sequence[str]) -> pd.DataFrame:
    """Return every combination of the levels of some variables, a column a variable."""
    import pandas as pd

    levels = [codebook.variable(name).shown_codes for name in names]
    return pd.DataFrame(list(product(*levels)), columns=list(names), dtype=object)


def _zeros(frame: pd.DataFrame, levels: Zero) -> Iterator[Zero]:
    """Return that nobody in some combinations has some levels; combinations that differ in the last variable are told together."""
    *first, last = map(str, frame.columns)
    together: dict[tuple[str, ...], list[str]] = {}
    for *key, level in frame.itertuples(index=False, name=None):
        together.setdefault(tuple(key), []).append(level)
    for others, own in together.items():
        yield {**{name: [level] for name, level in zip(first, others, strict=True)}, last: own, **levels}
