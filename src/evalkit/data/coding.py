"""Coding answers by the codebook: forgiving of space, letter case, quotation marks and language, never of an unknown answer.

Tick boxes stand in one column a box, or many answers in one cell; who was not asked at all is told by what else is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

import narwhals.stable.v2 as nw

from ..errors import DataError
from ..study import BLANK, NOT_ASKED, NOT_TICKED, TICKED, Item, Study, Variable, fold
from .grid import named_rows
from .read import ROW, RawExport, Seen, raw_name
from .responses import PARTIAL, RESPONSE_KIND
from .rules import Frame, collected, every
from .scales import KNOWN

_SHOWN = 8
Variables = Sequence[Variable]
Look = Callable[[str], Seen]
EXCLUDED = "__excluded__"
"""The column that says by which rule of the study a row is set aside, whatever it holds."""
OWN_WORDS = "own_words"
MENDED = ("white_space", "letter_case", "other_spelling", OWN_WORDS)
"""How an answer differed from the codebook's label or code: in space, in letter case too, it was an alias, or 'other'."""


_COMMON = {word: code for code, words in KNOWN["boxes"].items() for word in words}
"""What the platforms write in a box, whatever the option is called; a study's own lists go before them."""
_LISTS = {TICKED: "ticked", NOT_TICKED: "not_ticked", NOT_ASKED: "not_asked"}


class Coded(NamedTuple):
    """What the texts of one variable's column stand for.

    Parameters
    ----------
    codes
        The code of each text, `blank` included; one that is unknown has none.
    mended
        How a text was mended, one of `MENDED`, where it was.
    numbers
        Of an item of kind number, the numbers; their codes are their bands.
    """

    codes: dict[str, str]
    mended: dict[str, str]
    numbers: dict[str, float] | None = None


def as_number(text: str) -> str:
    """Return a whole number written with decimals (`5.0`, `5,00`) without them; any other text folded."""
    folded = fold(text)
    return re.sub(r"[.,]0+$", "", folded) if re.fullmatch(r"-?\d+[.,]0+", folded) else folded


def code_answers(seen: Seen, variable: Variable) -> Coded:
    """Return what the texts of a column of answers stand for."""
    scale = seen.raw.study.codebook.scales.get(str(variable.item.scale), variable.scale)
    exact = {text for category in scale.answers for text in (category.code, *category.labels.values())}
    other = next((category.code for category in variable.scale.answers if category.other), None)
    return _coded(seen, variable, {}, exact, other)


def _coded(seen: Seen, variable: Variable, words: Mapping[str, str], exact: set[str], other: str | None) -> Coded:
    """Return what the texts of a column stand for.

    Parameters
    ----------
    seen, variable
        The texts, and what they are answers to.
    words
        Of a box, what texts mean whatever the codebook calls its answers.
    exact
        The texts as they should be.
    other
        The code of answers in the respondents' own words.
    """
    column, folded, codes, mended = str(variable.column), set(map(fold, exact)), dict[str, str](), dict[str, str]()
    labelled, gone = seen.raw.codes.get(column, {}), seen.raw.missing.get(column, ())
    for text in seen.counts:
        plain = as_number(text)
        code = words.get(plain) or variable.code_of(text) or variable.code_of(plain)
        code = code or variable.code_of(labelled.get(text, ""))
        if not plain or (code is None and text in gone):
            codes[text] = BLANK
        elif code is not None:
            codes[text] = code
            if not {text, plain} & exact and (fold(text) in folded or not words):
                cased = "letter_case" if fold(text) in folded else "other_spelling"
                mended[text] = "white_space" if " ".join(text.split()) in exact else cased
        elif other is not None and (words or not _nearly(text, variable)):
            codes[text], mended[text] = other, OWN_WORDS
    return Coded(codes, mended)


def code_numbers(seen: Seen, variable: Variable) -> Coded:
    """Return the numbers of a column and their bands; what is declared missing has the code that is declared."""
    missing = variable.scale.missing_codes

    codes, numbers = dict[str, str](), dict[str, float]()
    for text in seen.counts:
        code, number = variable.code_of(text), number_of(text)
        if code not in missing and number is not None:
            code = variable.item.banding.code_of(number)
            numbers |= {} if code is None else {text: number}
        elif code not in missing:
            code = None
        if code is None and (not text.strip() or text in seen.raw.missing.get(str(variable.column), ())):
            code = BLANK
        codes |= {} if code is None else {text: code}
    return Coded(codes, {}, numbers)


def number_of(text: str) -> float | None:
    """Return the number that a text says, with a decimal point or comma; None where it says none."""
    plain = "".join(fold(text).split())
    return float(plain.replace(",", ".")) if re.fullmatch(r"[-+]?\d+([.,]\d+)?", plain) else None


def in_one_column(raw: RawExport, frame: Frame) -> Frame:
    """Return the cells of questions that have several columns in the first of them: of each row, the one that is filled.

    Raises
    ------
    DataError
        When two columns of one question are filled and say different things.
    """
    for variable in raw.study.codebook.variables.values():
        for column in variable.columns[1:]:
            one, other = raw_name(variable.columns[0]), raw_name(column)
            filled = [nw.col(name).str.strip_chars() != "" for name in (one, other)]
            both = collected(frame.filter(nw.col(EXCLUDED).is_null(), *filled).select(one, other, ROW))
            cells = both.itertuples(index=False, name=None)
            if differ := [row for first, second, row in cells if _differ(first, second, variable)]:
                where = f"{raw.place}, columns '{variable.columns[0]}' and '{column}', {named_rows(differ)}"
                what, expected = (
                    "two columns of one question are filled and differ",
                    f"one answer to {variable.name} a row",
                )
                hint = "correct the export, or take one of the columns out of the codebook"
                raise DataError(what, where=where, expected=expected, hint=hint)
            frame = frame.with_columns(nw.when(filled[0]).then(nw.col(one)).otherwise(nw.col(other)).alias(one))
    return frame


def _differ(one: str, other: str, variable: Variable) -> bool:
    same = variable.code_of(one) is not None and variable.code_of(one) == variable.code_of(other)
    return not same and fold(one) != fold(other)


def unknown_answers(seen: Seen, coded: Coded, variable: Variable) -> Iterator[DataError]:
    """Describe the texts that have no code, the most frequent first: column, rows, count, nearest label."""
    unknown = [text for text in seen.counts if text not in coded.codes]
    expected, ways_out = _ways_out(variable, seen.raw.study.languages[0])
    for text in unknown[:_SHOWN]:
        shown, near = _described(text, variable, seen.common([text]))
        got = f"{shown} (count {seen.counts[text]})"
        hint = (f"did you mean '{near}'? " if near else "") + ways_out
        what, where = "an answer is not in the codebook", seen.place([text])
        yield DataError(what, where=where, got=got, expected=expected, hint=hint)
    if len(unknown) > _SHOWN:
        what = f"{len(unknown) - _SHOWN} more answers are not in the codebook"
        hint = "is this the column that the codebook means?"
        yield DataError(what, where=seen.place(), expected=expected, hint=hint)


def seen_values(seen: Seen) -> str:
    """Return the values of a column with their counts: those of at least `base` people by name, the others together."""
    counts = {text: n for text, n in seen.counts.items() if text.strip()}
    shown = {text: n for text, n in counts.items() if seen.common([text])}
    rest = len(counts) - len(shown)
    told = [f"'{text}' ({n})" for text, n in list(shown.items())[:20]]
    if rest:
        others = f"{rest} other value{'s' if rest > 1 else ''}"
        told.append(f"{others} ({sum(counts.values()) - sum(shown.values())} in all, too few to be shown)")
    return ", ".join(told) or "nothing"


def _ways_out(variable: Variable, language: str) -> tuple[str, str]:
    """Return what the cells of a variable may hold, and what to do where one holds something else."""
    item = variable.item_id
    if variable.item.ticks:
        expected = [f"'{variable.label_texts[language]}', 1 or x where it is ticked", "else blank or 0"]
        how = f"name the text in `ticked`, `not_ticked` or `not_asked` of '{item}' in codebook.yml; free text is read where"
        how += " the option says `other: true`"
    elif variable.item.kind == "number":
        banding, missing = variable.item.banding, [answer.labels[language] for answer in variable.scale.missing]
        expected = [f"a number from {banding.starts[0]:g}, of at most {banding.decimals} decimals", *missing]
        how = f"the `decimals` and `bands` of '{item}'; what stands for no answer goes to its `missing`, or to"
        how += " `export.missing` in study.yml"
    else:
        expected = [answer.labels[language] for answer in variable.scale.answers]
        how = f"add the answer to the aliases of a category of '{item}'; what stands for no answer goes to"
        how += " `export.missing` in study.yml, free text to a category with `other: true`"
    return ", ".join(expected), f"correct the export, or {how}"


def _described(text: str, variable: Variable, common: bool) -> tuple[str, str | None]:
    """Return how an unknown answer is shown, and the nearest label.

    It may be free text, so it is quoted only when many gave it, or when it is a long label with at most three characters
    wrong; otherwise its length is told.
    """
    label, wrong = _nearest(text, variable)
    if common:
        return f"'{' '.join(text.split())[:80]}'", label if wrong <= max(3, len(label) / 3) else None
    if _nearly(text, variable):
        return f"'{' '.join(text.split())}'", label
    return f"an answer of {len(text.strip())} characters, not shown here", label if wrong <= len(label) / 3 else None


def _nearly(text: str, variable: Variable) -> bool:
    """Return whether a text is a long label with at most three characters wrong: a slip, and nobody's own words."""
    label, wrong = _nearest(text, variable)
    return len(label) >= 10 and wrong <= 3


def _nearest(text: str, variable: Variable) -> tuple[str, int]:
    every = ((label, wrong_characters(text, label)) for label in _labels(variable))
    return min(every, key=lambda pair: pair[1], default=("", len(text) + 4))


def wrong_characters(text: str, label: str) -> int:
    """Return how many characters of a text, or of a label, the other one does not have."""
    left, right = fold(text), fold(label)
    matched = sum(block.size for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks())
    return max(len(left), len(right)) - matched


def _called(box: Variable) -> list[str]:
    return [*box.label_texts.values(), *(box.part.aliases if box.part else ())]


def _labels(variable: Variable) -> Sequence[str]:
    if variable.part is not None and variable.item.ticks:
        return _called(variable)
    answers = variable.scale.missing if variable.item.kind == "number" else variable.scale.answers
    return [label for answer in answers for label in (*answer.labels.values(), *answer.aliases)]


def code_item(variables: Variables, look: Look, problems: list[DataError]) -> dict[str, Coded]:
    """Return what the texts of an item's columns stand for; what is wrong with them is added to `problems`.

    Parameters
    ----------
    variables
        Those of the item that have a column.
    look
        Returns what stands in a column.
    """
    if variables[0].item.ticks:
        read_boxes = _code_boxes if variables[0].item.separator is None else _in_one_cell
        return read_boxes(variables, look, problems)
    coded: dict[str, Coded] = {}
    for variable in variables:
        seen, code = look(variable.columns[0]), code_numbers if variable.item.kind == "number" else code_answers
        coded[variable.name] = code(seen, variable)
        problems += unknown_answers(seen, coded[variable.name], variable)
    return coded


def _code_boxes(boxes: Variables, look: Look, problems: list[DataError]) -> dict[str, Coded]:
    """Return the codes of an item's boxes.

    A cell that nothing tells of is `blank` still: `settled` says what that means, once all answers are coded.
    """
    texts = {box.name: {as_number(text) for text in look(box.columns[0]).counts} - {""} for box in boxes}
    coded: dict[str, Coded] = {}
    for box in boxes:
        seen, words = look(box.columns[0]), _words(box, box.item, texts)
        exact, other = {*box.label_texts.values(), *box.columns}, TICKED if _is_other(box) else None
        coded[box.name] = _coded(seen, box, words, exact, other)
        problems += unknown_answers(seen, coded[box.name], box)
    return coded


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
    return {fold(text) for text in (*_called(box), *box.columns, *filter(None, map(_end, box.columns)))}


def _end(column: str) -> str:
    """Return the option at the end of a heading: `Question - Option`, `Question [Option]`, `Question (choice=Option)`."""
    if column.endswith((")", "]")) and ("(choice=" in column or "[" in column):
        return column[:-1].rsplit("(choice=" if "(choice=" in column else "[", 1)[-1]
    return column.rsplit(" - ", 1)[-1]


def _in_one_cell(boxes: Variables, look: Look, problems: list[DataError]) -> dict[str, Coded]:
    """Take the options that a cell names apart: the longest first, so that a separator within an option does no harm."""
    item, seen = boxes[0].item, look(boxes[0].columns[0])
    separator, other = str(item.separator), next((box.name for box in boxes if _is_other(box)), None)
    called = {box.name: [box.name.removeprefix(f"{box.item_id}_"), *_called(box)] for box in boxes}
    spellings = {fold(text): name for name, texts in called.items() for text in texts}
    not_asked = {fold(text) for text in (*item.not_asked, "-99")}
    chosen, unknown = dict[str, list[str]](), dict[str, list[str]]()
    for text in seen.counts:
        names, rest = taken_apart(text, separator, spellings)
        chosen[text] = [*names, *([other] if rest and other else [])]
        if rest and other is None and fold(text) not in not_asked:
            unknown[text] = rest
    if unknown:
        problems.append(_unknown_options(unknown, seen, boxes))

    def look_up(text: str, name: str) -> str:
        if fold(text) in not_asked:
            return NOT_ASKED
        if not text.strip(f" {separator}"):
            return BLANK
        return TICKED if name in chosen[text] else NOT_TICKED

    return {box.name: Coded({text: look_up(text, box.name) for text in seen.counts}, {}) for box in boxes}


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


def _unknown_options(unknown: dict[str, list[str]], seen: Seen, boxes: Variables) -> DataError:
    separator, cells = str(boxes[0].item.separator), dict[str, list[str]]()
    for text, rest in unknown.items():
        for piece in rest:
            cells.setdefault(fold(piece), []).append(text)
    common = {piece: sum(seen.counts[text] for text in own) for piece, own in cells.items() if seen.common(own)}
    options = ", ".join(box.label_texts[seen.raw.study.languages[0]] for box in boxes)
    got = ", ".join(f"'{piece}' ({n})" for piece, n in common.items()) or f"{len(cells)} texts, not shown here"
    expected = f"options with '{separator}' between them: {options}"
    hint = f"correct the separator of '{boxes[0].item_id}', add the text to the `aliases` of an option, or add an"
    hint += " option with `other: true` for free text"
    what, where = "an answer is none of the options", seen.place([*unknown])
    return DataError(what, where=where, got=got, expected=expected, hint=hint)


def _is_other(box: Variable) -> bool:
    return box.part is not None and box.part.other


def _says_no(frame: Frame, boxes: Sequence[str]) -> bool:
    """Return whether 'not ticked' is written out: most rows that hold anything leave no box empty, and some box is not ticked."""
    if not boxes:
        return False
    empty, whole = every(nw.col(box) == BLANK for box in boxes), every(nw.col(box) != BLANK for box in boxes)
    no = ~every(nw.col(box) != NOT_TICKED for box in boxes)
    sums = {"filled": (~empty).cast(nw.Int64).sum(), "whole": whole.cast(nw.Int64).sum(), "no": no.cast(nw.Int64).sum()}
    due = frame.filter(nw.col(EXCLUDED).is_null())
    filled, whole_rows, said = collected(due.select(**sums)).fillna(0).iloc[0]
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
    own = [box.name for box in boxes if box.name in names and not _is_other(box)]
    if NOT_TICKED in declared:
        not_asked = nw.lit(False)
    elif NOT_ASKED not in declared and (item.separator is not None or not _says_no(frame, own)):
        gone = every(nw.col(name).is_in([BLANK, NOT_TICKED, NOT_ASKED]) for name in later)
        broke_off = nw.col(RESPONSE_KIND) == PARTIAL if RESPONSE_KIND in frame.columns else nw.lit(False)
        not_asked = not_asked & gone & broke_off
    nobody = not_asked | every(nw.col(name) == NOT_ASKED for name in names)
    for box in boxes:
        unseen = nw.when(nobody).then(nw.lit(NOT_ASKED)).otherwise(nw.lit(BLANK))
        code = nw.col(box.name) if box.name in names else unseen
        said = nw.when(code == BLANK).then(nw.lit(NOT_TICKED)).otherwise(code)
        yield nw.when(not_asked).then(nw.lit(NOT_ASKED)).otherwise(said).alias(box.name)
