"""Tick boxes: one column a box or many answers in one cell, and who was not asked at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import narwhals.stable.v2 as nw
import pandas as pd

from ..errors import DataError
from ..study import BLANK, NOT_ASKED, NOT_TICKED, TICKED, Item, Study, Variable, fold
from .coding import (
    Coded,
    answers_of,
    as_number,
    code_answers,
    code_numbers,
    coded_by,
    how_spelt,
    may_be_shown,
    unknown_answers,
)
from .grid import cell_place
from .read import RawExport
from .responses import PARTIAL, RESPONSE_KIND
from .rules import Frame, collected, every


def words(text: str) -> list[str]:
    """Return the words that a text lists with '|' between them."""
    return text.split("|")


WORDS = {
    TICKED: words("1|x|✓|✔|☑|true|sann|t|yes|y|ja|j|valgt|checked|selected|avkrysset"),
    NOT_TICKED: words("0|false|usann|f|no|n|nei|ikke valgt|unchecked|not selected|unselected"),
    NOT_ASKED: words("-99|n/a|ikke spurt|not asked"),
}
"""What the platforms write in a box, whatever the option is called; a study's own lists go before them."""
_COMMON = {word: code for code, words in WORDS.items() for word in words}
_LISTS = {TICKED: "ticked", NOT_TICKED: "not_ticked", NOT_ASKED: "not_asked"}


def code_item(
    variables: tuple[Variable, ...], raw: RawExport, rows: pd.Series
) -> tuple[dict[str, Coded], list[DataError]]:
    """Return the codes of an item's variables, and what is wrong with them."""
    if variables[0].item.ticks:
        return _code_boxes(variables, raw, rows)
    coded: dict[str, Coded] = {}
    problems: list[DataError] = []
    for variable in variables:
        answers = answers_of(variable, raw, rows)
        code = code_numbers if variable.item.kind == "number" else code_answers
        coded[variable.name] = one = code(answers, variable, raw)
        problems += unknown_answers(answers, one.codes, variable, raw)
    return coded, problems


def _code_boxes(
    boxes: tuple[Variable, ...], raw: RawExport, rows: pd.Series
) -> tuple[dict[str, Coded], list[DataError]]:
    """Return the codes of an item's boxes, and what is wrong with them.

    A cell that nothing tells of is `blank` still: `settled` says what that means, once all answers are coded.
    """
    item = boxes[0].item
    if item.separator is not None:
        return _in_one_cell(boxes, raw, rows)
    cells = {box.name: answers_of(box, raw, rows) for box in boxes if box.columns and box.part and not box.part.absent}
    seen = {name: {as_number(text) for text in texts.unique()} - {""} for name, texts in cells.items()}
    coded: dict[str, Coded] = {}
    problems: list[DataError] = []
    for box in boxes:
        if box.name not in cells:
            continue
        words = _words(box, item, seen)
        mended = partial(_mended, exact={*box.label_texts.values(), *box.columns}, words=words)
        coded[box.name] = found = coded_by(cells[box.name], partial(_ticked, box=box, words=words), mended)
        problems += unknown_answers(cells[box.name], found.codes, box, raw)
    return coded, problems


def _ticked(text: str, box: Variable, words: dict[str, str]) -> str | None:
    folded = as_number(text)
    code = words.get(folded) or (BLANK if not folded else box.code_of(text))
    return code or (TICKED if _is_other(box) else None)


def _mended(text: str, exact: set[str], words: dict[str, str]) -> str | None:
    if fold(text) not in set(map(fold, exact)):
        return None if as_number(text) in {"", *words} else "own_words"
    return how_spelt(text, exact)


def _words(box: Variable, item: Item, seen: dict[str, set[str]]) -> dict[str, str]:
    """Return what each text of a box's column means: the study's lists first, then the option's own text, then common words."""
    declared = {as_number(text): code for code, key in _LISTS.items() for text in getattr(item, key) if text}
    own = dict.fromkeys(_own_texts(box), TICKED)
    for text in set(own) & {word for word, code in _COMMON.items() if code != TICKED}:
        elsewhere = any(text in texts for name, texts in seen.items() if name != box.name)
        if elsewhere or any(_COMMON.get(word) == TICKED for word in seen[box.name]):
            del own[text]  # an option called 'No' among boxes that hold yes and no
    return _COMMON | own | declared


def _own_texts(box: Variable) -> set[str]:
    """Return what an option is called in its own box: its texts, its heading, and the end of that after the question."""
    texts = [*box.label_texts.values(), *(box.part.aliases if box.part else ()), *box.columns]
    ends = [end for column in box.columns if (end := _end(column))]
    return {fold(text) for text in (*texts, *ends)}


def _end(column: str) -> str:
    """Return the option at the end of a heading: `Question - Option`, `Question [Option]`, `Question (choice=Option)`."""
    if column.endswith((")", "]")) and ("(choice=" in column or "[" in column):
        return column[:-1].rsplit("(choice=" if "(choice=" in column else "[", 1)[-1]
    return column.rsplit(" - ", 1)[-1]


def _in_one_cell(
    boxes: tuple[Variable, ...], raw: RawExport, rows: pd.Series
) -> tuple[dict[str, Coded], list[DataError]]:
    """Take the options that a cell names apart: the longest first, so that a separator within an option does no harm."""
    item, answers = boxes[0].item, answers_of(boxes[0], raw, rows)
    separator, other = str(item.separator), next((box.name for box in boxes if _is_other(box)), None)
    spellings = {fold(text): box.name for box in boxes for text in _spellings(box)}
    not_asked = {fold(text) for text in (*item.not_asked, "-99")}
    chosen: dict[str, frozenset[str] | None] = {}
    for text in answers.unique():
        names, rest = taken_apart(text, separator, spellings)
        chosen[text] = None if rest and other is None else frozenset([*names, *([str(other)] if rest else [])])
    unknown = [text for text, names in chosen.items() if names is None and fold(text) not in not_asked]
    if unknown:
        return {}, list(_unknown_options(unknown, answers, boxes, raw, (separator, spellings)))

    def look_up(text: str, name: str) -> str:
        if fold(text) in not_asked:
            return NOT_ASKED
        if not text.strip(f" {separator}"):
            return BLANK
        return TICKED if name in (chosen[text] or ()) else NOT_TICKED

    return {box.name: coded_by(answers, partial(look_up, name=box.name), lambda _: None) for box in boxes}, []


def _spellings(box: Variable) -> Iterator[str]:
    yield box.name.removeprefix(f"{box.item_id}_")
    yield from box.label_texts.values()
    yield from box.part.aliases if box.part else ()


def taken_apart(text: str, separator: str, spellings: dict[str, str]) -> tuple[list[str], list[str]]:
    """Return the options that a text names, and what is left over."""
    pieces = [piece for piece in text.split(separator) if piece.strip()]
    names, rest, start = [], [], 0
    while start < len(pieces):
        for end in range(len(pieces), start, -1):
            if name := spellings.get(fold(separator.join(pieces[start:end]))):
                names.append(name)
                start = end
                break
        else:
            rest.append(pieces[start])
            start += 1
    return names, rest


def _unknown_options(
    unknown: list[str],
    answers: pd.Series,
    boxes: tuple[Variable, ...],
    raw: RawExport,
    known: tuple[str, dict[str, str]],
) -> Iterator[DataError]:
    rows = answers.index[answers.isin(unknown)]
    rest = [(text, piece) for text in unknown for piece in taken_apart(text, *known)[1]]
    counts: dict[str, int] = {}
    for text, piece in rest:
        counts[fold(piece)] = counts.get(fold(piece), 0) + int((answers == text).sum())
    common = [
        piece
        for piece in counts
        if may_be_shown(answers.index[answers.isin([text for text, own in rest if fold(own) == piece])], raw)
    ]
    texts = ", ".join(box.label_texts[raw.study.languages[0]] for box in boxes)
    yield DataError(
        "an answer is none of the options",
        where=cell_place(raw.place, str(boxes[0].column), rows.tolist()),
        got=", ".join(f"'{piece}' ({counts[piece]})" for piece in common) or f"{len(counts)} texts, not shown here",
        expected=f"options with '{known[0]}' between them: {texts}",
        hint=f"correct the separator of '{boxes[0].item_id}', add the text to the `aliases` of an option, or add an option"
        " with `other: true` for free text",
    )


def _is_other(box: Variable) -> bool:
    return box.part is not None and box.part.other


def _says_no(frame: Frame, boxes: Sequence[str]) -> bool:
    """Return whether 'not ticked' is written out: most rows that hold anything leave no box empty, and some box is not ticked."""
    if not boxes:
        return False
    empty, whole = every(nw.col(box) == BLANK for box in boxes), every(nw.col(box) != BLANK for box in boxes)
    no = ~every(nw.col(box) != NOT_TICKED for box in boxes)
    sums = [
        found.cast(nw.Int64).sum().alias(name) for name, found in (("filled", ~empty), ("whole", whole), ("no", no))
    ]
    filled, whole_rows, said = collected(frame.select(*sums)).fillna(0).iloc[0]
    return bool(said and 2 * whole_rows >= filled)


def settled(frame: Frame, study: Study) -> Frame:
    """Say what the empty cells of tick boxes mean, row by row.

    A row that is empty in all boxes of an item where most others hold 'not ticked' was not asked; so was one that broke off
    earlier: with nothing in these boxes or after them. Every other empty box is not ticked. A study that knows better names '' in
    `not_ticked` or `not_asked`.

    Parameters
    ----------
    frame
        The codes of all variables, `blank` where a cell is empty, and `response_kind` where there is a status. Boxes without
        a column are filled in here.
    study
        The study.
    """
    found: list[nw.Expr] = []
    later = [name for name, variable in study.codebook.variables.items() if name in frame.columns]
    for item_id, item in study.codebook.items.items():
        boxes = () if item.derived else study.codebook.variables_of(item_id)
        later = later[sum(box.name in later for box in boxes) :]
        if item.ticks:
            found += _settled(frame, boxes, later)
    return frame.with_columns(*found) if found else frame


def _settled(frame: Frame, boxes: tuple[Variable, ...], later: Sequence[str]) -> Iterator[nw.Expr]:
    """Go through the codes of an item's boxes; `later` are the variables after them."""
    item, names = boxes[0].item, [box.name for box in boxes if box.name in frame.columns]
    declared = {code for code, key in _LISTS.items() if "" in getattr(item, key)}
    not_asked = every(nw.col(name) == BLANK for name in names)
    if NOT_TICKED in declared:
        not_asked = nw.lit(False)
    elif NOT_ASKED not in declared and (
        item.separator is not None
        or not _says_no(frame, [b.name for b in boxes if b.name in names and not _is_other(b)])
    ):
        gone = every(nw.col(name).is_in([BLANK, NOT_TICKED, NOT_ASKED]) for name in later)
        broke_off = nw.col(RESPONSE_KIND) == PARTIAL if RESPONSE_KIND in frame.columns else nw.lit(False)
        not_asked = not_asked & gone & broke_off
    nobody = not_asked | every(nw.col(name) == NOT_ASKED for name in names)
    for box in boxes:
        own = (
            nw.col(box.name) if box.name in names else nw.when(nobody).then(nw.lit(NOT_ASKED)).otherwise(nw.lit(BLANK))
        )
        said = nw.when(own == BLANK).then(nw.lit(NOT_TICKED)).otherwise(own)
        yield nw.when(not_asked).then(nw.lit(NOT_ASKED)).otherwise(said).alias(box.name)
