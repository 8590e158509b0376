"""What follows from other answers: who was asked a question, what is derived, and so what nobody can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from math import prod
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from ..errors import DataError
from ..study import BLANK, NOT_ASKED, NOT_TICKED, TICKED, Codebook, DerivedItem, Item, Study
from ..study.derived import score_range, sources
from .responses import AGAINST_ROUTING, number_column

Zero = dict[str, list[str]]
"""Levels by variable that nobody has together."""
Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]
"""Codes of respondents, a column a variable: rows that are at hand, or a table in an engine."""
_DTYPES: dict[Any, Any] = {nw.String: object, nw.Int64: "int64", nw.Float64: "float64", nw.Datetime: "datetime64[us]"}
FEW_TEXTS = 24
"""So many texts an engine compares one by one in less time than it looks them up."""
MOST_COMBINED = 200
"""Of so many combinations of the answers that a variable is made of, protection knows each; of more, pairs with each answer."""


def every(conditions: Iterable[nw.Expr]) -> nw.Expr:
    """Return whether all of some conditions hold; of none they do."""
    found = list(conditions)
    return nw.all_horizontal(*found, ignore_nulls=False) if found else nw.lit(True)


def eager(frame: pd.DataFrame) -> nw.DataFrame[pd.DataFrame]:
    """Return rows that are at hand as a frame that expressions are worked out on."""
    return nw.from_native(frame, eager_only=True)


def collected(frame: Frame) -> pd.DataFrame:
    """Return what expressions gave as rows at hand."""
    if isinstance(frame, nw.LazyFrame):
        with engine_errors():
            frame = frame.collect("pandas")
    found: pd.DataFrame = frame.to_pandas()
    return found


@contextmanager
def engine_errors(place: str | None = None) -> Iterator[None]:
    """Raise what an engine says as an error of ours: its own text may quote answers.

    Raises
    ------
    DataError
        Naming the engine's kind of error.
    """
    try:
        yield
    except Exception as error:  # each engine has errors of its own
        hint = "correct `export.table` in study.yml, or look at the table with the engine itself"
        what = "the engine cannot read the table, or not count in it"
        raise DataError(what, where=place, got=type(error).__name__, hint=hint) from None


def put(frame: Frame, column: str, into: Mapping[str, Any], kind: Any = nw.String) -> nw.Expr | nw.Series[Any]:
    """Return what the texts of a column stand for in each row; nothing where one stands for nothing."""
    if isinstance(frame, nw.DataFrame):
        texts = frame.to_native()[column]
        positions, distinct = pd.factorize(texts.to_numpy())
        values = pd.Series([into.get(text) for text in distinct], dtype=object).astype(_DTYPES[kind]).to_numpy()
        found: nw.Series[Any] = nw.from_native(
            pd.Series(values[positions], texts.index, values.dtype), series_only=True
        )
        return found
    if len(into) > FEW_TEXTS:
        return nw.col(column).replace_strict(dict(into), default=None, return_dtype=kind)
    expression = nw.lit(None, kind)
    for value in dict.fromkeys(into.values()):
        fits = nw.col(column).is_in([text for text, own in into.items() if own == value])
        expression = nw.when(fits).then(nw.lit(value, kind)).otherwise(expression)
    return expression


def asked(item: Item) -> nw.Expr:
    """Return of whom the routing of a question holds: all of one of its conditions."""
    return nw.any_horizontal(*map(_given, item.asked_if), ignore_nulls=False)


def _given(answers: Mapping[str, Iterable[str]]) -> nw.Expr:
    """Return who gave one of some answers to each of some questions."""
    return every(nw.col(name).is_in(list(wanted)) for name, wanted in answers.items())


def routed(frame: Frame, study: Study) -> Frame:
    """Return codes with 'not asked' where the routing says so; `against_routing: <item>` is whether one answered against it.

    Such answers are left out, unless the study keeps them. A question is routed by the answers that are left.
    """
    for name, item in study.codebook.items.items():
        if item.asked_if and not item.derived:
            names = [variable.name for variable in study.codebook.variables_of(name)]
            frame = _routed(frame, item, names, f"{AGAINST_ROUTING}: {name}", study.export.against_routing == "keep")
    return frame


def _routed(frame: Frame, item: Item, names: Sequence[str], against: str, kept: bool) -> Frame:
    """Return codes with 'not asked' for the variables of a question, and a column of who answered it all the same."""
    nothing = [BLANK, NOT_ASKED, *([NOT_TICKED] if item.ticks else [])]
    without = ~asked(item)
    answered = without & ~every(nw.col(name).is_in(nothing) for name in names)
    frame = frame.with_columns(answered.alias(against))
    gone = without & ~nw.col(against) if kept else without
    left = [nw.when(gone).then(nw.lit(NOT_ASKED)).otherwise(nw.col(name)).alias(name) for name in names]
    return frame.with_columns(*left)


def nothing_answered(study: Study) -> nw.Expr:
    """Return who gave no answer to any question that they were asked."""
    variables = [variable for variable in study.codebook.variables.values() if variable.printed]
    empty = [nw.col(v.name).is_in([BLANK, NOT_ASKED, *([NOT_TICKED] if v.item.ticks else [])]) for v in variables]
    return every(empty) & ~every(~nw.col(variable.name).is_in([BLANK, NOT_ASKED]) for variable in variables)


def impossible(study: Study) -> Iterator[Zero]:
    """Go through what nobody can be, by the routing of the questions: whoever knows the questionnaire knows that."""
    codebook = study.codebook
    for item_id, item in codebook.items.items():
        if item.asked_if:
            names = list(dict.fromkeys(name for condition in item.asked_if for name in condition))
            frame = combined(codebook, names)
            holds = eager(frame).select(asked(item).alias("holds")).to_native()["holds"]
            for variable in codebook.variables_of(item_id):
                if study.export.against_routing == "drop":
                    yield from _zeros(frame[~holds], {variable.name: list(variable.answer_codes)})
                if not item.ticks:  # a box that was asked about may stand empty, and then nothing tells
                    yield from _zeros(frame[holds], {variable.name: [NOT_ASKED]})
        if isinstance(item, DerivedItem):
            yield from _underivable(item_id, item, codebook)


def combined(codebook: Codebook, names: Sequence[str]) -> pd.DataFrame:
    """Return every combination of the levels of some variables, a column a variable."""
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


def with_derived(frame: Frame, codebook: Codebook) -> Frame:
    """Return codes with those of the variables that are made of others, and their numbers."""
    for name, variable in codebook.variables.items():
        if isinstance(variable.item, DerivedItem):
            frame = derive(frame, name, variable.item, codebook)
        elif variable.derived:
            boxes = [box.name for box in codebook.variables_of(variable.item_id)]
            frame = frame.with_columns(_any_ticked(boxes).alias(name))
    return frame


def _any_ticked(boxes: Sequence[str]) -> nw.Expr:
    """Return whether any of an item's boxes is ticked; of those who were not asked, what their boxes say."""
    known = ~every(~nw.col(box).is_in([TICKED, NOT_TICKED]) for box in boxes)
    none = every(nw.col(box) != TICKED for box in boxes)
    said = nw.when(none).then(nw.lit(NOT_TICKED)).otherwise(nw.lit(TICKED))
    return nw.when(known).then(said).otherwise(nw.col(boxes[0]))


def derive(frame: Frame, name: str, item: DerivedItem, codebook: Codebook) -> Frame:
    """Return codes with those of a derived variable, and its numbers where it has any."""
    made, own = item.made, list(sources(item.made, codebook))
    first = nw.col(own[0])
    if made.kind == "recode":
        codes = {code: made.recoded.get(code, code) for code in codebook.variable(own[0]).shown_codes}
        return frame.with_columns(first.replace_strict(codes, default=None, return_dtype=nw.String).alias(name))
    unasked = every(nw.col(source) == NOT_ASKED for source in own)
    found = nw.when(unasked).then(nw.lit(NOT_ASKED)).otherwise(nw.lit(BLANK))
    if made.kind == "combine":
        answered = {source: codebook.variable(source).scale.codes for source in own}
        for rule in reversed(made.rules):
            fits = _given(answered if rule.when is None else rule.when)
            found = nw.when(fits).then(nw.lit(rule.code)).otherwise(found)
        return frame.with_columns(found.alias(name))
    if made.kind == "bands":
        number, found = nw.col(number_column(own[0])), first
    elif made.kind == "count":
        ticks = nw.sum_horizontal(*((nw.col(box) == TICKED).cast(nw.Float64) for box in own))
        number = nw.when(~every(~nw.col(box).is_in([TICKED, NOT_TICKED]) for box in own)).then(ticks)
    else:
        number = _index(item, own, codebook)
    frame = frame.with_columns(number.alias(number_column(name)))
    for code, (low, whole) in item.banding.thresholds.items():
        number = nw.col(number_column(name))
        found = nw.when(number >= low if whole else number > low).then(nw.lit(code)).otherwise(found)
    return frame.with_columns(found.alias(name))


def _index(item: DerivedItem, own: Sequence[str], codebook: Codebook) -> nw.Expr:
    """Return the mean score of the questions of an index, of those who answered enough of them."""
    scores = []
    for name in own:
        table = codebook.variable(name).scores or {}
        if name in item.made.reverse:
            table = {code: sum(score_range(table)) - score for code, score in table.items()}
        scores.append(nw.col(name).replace_strict(table, default=None, return_dtype=nw.Float64))
    answered = nw.sum_horizontal(*((~score.is_null()).cast(nw.Int64) for score in scores))
    return nw.when(answered >= (item.made.at_least or len(own))).then(nw.mean_horizontal(*scores))


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
    found = derive(eager(frame), name, item, codebook).to_native()[name]
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
