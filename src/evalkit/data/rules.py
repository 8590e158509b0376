"""What follows from other answers: who was asked a question, what is derived, and so what nobody can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING

from ..study import BLANK, NOT_ASKED, NOT_TICKED, TICKED, Codebook, DerivedItem, Item, Study
from ..study.derived import score_range, sources

if TYPE_CHECKING:
    import pandas as pd

Zero = dict[str, list[str]]
"""Levels by variable that nobody has together."""
Numbers = dict[str, "pd.Series[float]"]
MOST_COMBINED = 200
"""Of so many combinations of the answers that a variable is made of, protection knows each; of more, pairs with each answer."""


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
        if not item.asked_if or item.derived:
            continue
        names = [variable.name for variable in study.codebook.variables_of(item_id)]
        without = ~asked(codes, item)
        given = ~codes[names].isin([BLANK, NOT_ASKED, *([NOT_TICKED] if item.ticks else [])])
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
            names = list(dict.fromkeys(name for condition in item.asked_if for name in condition))
            frame = combined(codebook, names)
            holds = asked(frame, item)
            for variable in codebook.variables_of(item_id):
                if study.export.against_routing == "drop":
                    yield from _zeros(frame[~holds], {variable.name: list(variable.answer_codes)})
                if not item.ticks:  # a box that was asked about may stand empty, and then nothing tells
                    yield from _zeros(frame[holds], {variable.name: [NOT_ASKED]})
        if isinstance(item, DerivedItem):
            yield from _underivable(item_id, item, codebook)


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


def with_derived(codes: pd.DataFrame, numbers: Numbers, codebook: Codebook) -> tuple[pd.DataFrame, Numbers]:
    """Return the codes and numbers of respondents with those of the variables that are made of others."""
    codes, numbers = codes.copy(), dict(numbers)
    for name, item in codebook.items.items():
        if isinstance(item, DerivedItem):
            codes[name], number = _derived(item, codes, numbers, codebook)
            numbers |= {} if number is None else {name: number}
    return codes, numbers


def _derived(
    item: DerivedItem, codes: pd.DataFrame, numbers: Numbers, codebook: Codebook
) -> tuple[pd.Series, pd.Series[float] | None]:
    """Return the codes of a derived variable, and its numbers where it has any."""
    made, names = item.made, list(sources(item.made, codebook))
    own = codes[names]
    if made.kind == "recode":
        return own[names[0]].map(lambda code: made.recoded.get(code, code)), None
    without = own.isin([NOT_ASKED]).all(axis=1).map({True: NOT_ASKED, False: BLANK}).astype(object)
    if made.kind == "combine":
        answered = {name: list(codebook.variable(name).scale.codes) for name in names}
        found = without
        for rule in reversed(made.rules):
            wanted = answered if rule.when is None else {name: list(wanted) for name, wanted in rule.when.items()}
            found = found.mask(own[list(wanted)].isin(wanted).all(axis=1), rule.code)
        return found, None
    if made.kind == "bands":
        number, without = numbers[names[0]], own[names[0]]
    elif made.kind == "count":
        number = own.isin([TICKED]).sum(axis=1).where(own.isin([TICKED, NOT_TICKED]).any(axis=1)).astype(float)
    else:
        number = _index(item, own, codebook)
    banding = item.banding
    bands = number.map(lambda value: banding.code_of(round(value, banding.decimals)), na_action="ignore")
    return bands.where(bands.notna(), without).astype(object), number


def _index(item: DerivedItem, own: pd.DataFrame, codebook: Codebook) -> pd.Series[float]:
    """Return the mean score of the questions of an index, of those who answered enough of them."""
    import pandas as pd

    scores = {}
    for name in own:
        table = codebook.variable(str(name)).scores or {}
        if name in item.made.reverse:
            table = {code: sum(score_range(table)) - score for code, score in table.items()}
        scores[name] = own[name].map(table).astype(float)
    frame = pd.DataFrame(scores)
    return frame.mean(axis=1).where(frame.notna().sum(axis=1) >= (item.made.at_least or len(own.columns)))


def _underivable(name: str, item: DerivedItem, codebook: Codebook) -> Iterator[Zero]:
    """Go through what nobody can be, since a variable follows from others."""
    own = list(sources(item.made, codebook))
    levels = list(codebook.variable(name).shown_codes)
    if item.made.kind == "bands":
        known = [(frame_of, found) for frame_of, found in _bands_together(own[0], item, codebook).items()]
        for code, bands in known:
            yield {own[0]: [code], name: [level for level in levels if level not in bands]}
        return
    if prod(len(codebook.variable(source).answer_codes) for source in own) > MOST_COMBINED:
        yield from _pairs(name, item, own, codebook)
        return
    frame = combined(codebook, own)
    found, _ = _derived(item, frame, {}, codebook)
    for level in found.unique():
        yield from _zeros(frame[found == level], {name: [other for other in levels if other != level]})


def _bands_together(source: str, item: DerivedItem, codebook: Codebook) -> dict[str, set[str]]:
    """Return for each band of a number which other bands it shares numbers with, and what its missing answers become."""
    variable, banding = codebook.variable(source), item.banding
    first = variable.item.banding
    together: dict[str, set[str]] = {code: {code} for code in variable.missing_codes}
    for start in {*first.starts, *banding.starts}:
        code = first.code_of(start)
        if code is not None:
            together.setdefault(code, set()).add(banding.code_of(start) or BLANK)
    return together


def _pairs(name: str, item: DerivedItem, own: Sequence[str], codebook: Codebook) -> Iterator[Zero]:
    """Go through the pairs of an answer and a band of an index or count that nobody has, whatever else they answered."""
    banding, places = item.banding, list(item.banding.bands)
    for source in own:
        scores = {TICKED: 1.0, NOT_TICKED: 0.0} if item.made.kind == "count" else codebook.variable(source).scores or {}
        low, high = score_range(scores)
        for code, score in scores.items():
            score = low + high - score if source in item.made.reverse else score
            size = 1 if item.made.kind == "count" else len(own)
            ends = [round((score + (len(own) - 1) * end) / size, banding.decimals) for end in (low, high)]
            first, last = (places.index(str(banding.code_of(end))) for end in ends)
            beyond = [*places[:first], *places[last + 1 :]]
            if beyond:
                yield {source: [code], name: beyond}
