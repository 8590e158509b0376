"""Coding answers by the codebook: forgiving of space, letter case, quotation marks and language, never of an unknown answer.

Tick boxes stand in one column a box, or many answers in one cell; who was not asked at all is told by what else is empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import partial

import narwhals.stable.v2 as nw
import pandas as pd

from ..errors import DataError
from ..study import BLANK, NOT_ASKED, NOT_TICKED, TICKED, Item, Study, Variable, fold
from .grid import cell_place, named_rows
from .read import RESPONDENT, RawExport
from .responses import PARTIAL, RESPONSE_KIND
from .rules import Frame, collected, every
from .scales import KNOWN

_SHOWN = 8
Variables = tuple[Variable, ...]
MENDED = ("white_space", "letter_case", "other_spelling", "own_words")
"""How an answer differed from the codebook's label or code: in space, in letter case too, it was an alias, or 'other'."""


_COMMON = {word: code for code, words in KNOWN["boxes"].items() for word in words}
"""What the platforms write in a box, whatever the option is called; a study's own lists go before them."""
_LISTS = {TICKED: "ticked", NOT_TICKED: "not_ticked", NOT_ASKED: "not_asked"}


@dataclass(frozen=True, eq=False)
class Coded:
    """One variable's answers as codes.

    Parameters
    ----------
    codes
        The code of each row's answer, `blank` included; None where the answer is unknown.
    mended
        How each row's answer was mended, one of `MENDED`; None where it was not.
    numbers
        Of an item of kind number, the numbers; their codes are their bands.
    """

    codes: pd.Series
    mended: pd.Series
    numbers: pd.Series | None = None


def as_number(text: str) -> str:
    """Return a whole number written with decimals (`5.0`, `5,00`) without them; any other text folded."""
    folded = fold(text)
    return re.sub(r"[.,]0+$", "", folded) if re.fullmatch(r"-?\d+[.,]0+", folded) else folded


def code_answers(answers: pd.Series, variable: Variable, raw: RawExport) -> Coded:
    """Return the codes of a column of answers; each distinct text is looked up once."""
    mended = partial(_how_mended, exact=_exact_spellings(variable, raw.study), variable=variable)
    return coded_by(answers, partial(_answered, variable=variable, raw=raw), mended)


def code_numbers(answers: pd.Series, variable: Variable, raw: RawExport) -> Coded:
    """Return the numbers of a column and their bands; what is declared missing has the code that is declared."""
    missing = variable.scale.missing_codes

    def look_up(text: str) -> str | None:
        code = variable.code_of(text)
        if code not in missing:
            number = number_of(text)
            code = None if number is None else variable.item.banding.code_of(number)
        if code is None and (not text.strip() or text in raw.missing.get(str(variable.column), ())):
            return BLANK
        return code

    coded = coded_by(answers, look_up, lambda text: None)
    numbers = answers.map({text: number_of(text) for text in answers.unique()}).astype("float64")
    return replace(coded, numbers=numbers.where(~coded.codes.isin([*missing, BLANK])))


def number_of(text: str) -> float | None:
    """Return the number that a text says, with a decimal point or comma; None where it says none."""
    plain = "".join(fold(text).split())
    return float(plain.replace(",", ".")) if re.fullmatch(r"[-+]?\d+([.,]\d+)?", plain) else None


def coded_by(answers: pd.Series, look_up: Callable[[str], str | None], mended: Callable[[str], str | None]) -> Coded:
    """Return codes and mendings of a column, each distinct text looked up once."""
    positions, texts = pd.factorize(answers.to_numpy())
    codes = [look_up(text) for text in texts]
    how = [mended(text) if code is not None else None for text, code in zip(texts, codes, strict=True)]
    found = (pd.array(values, dtype=object)[positions] for values in (codes, how))
    return Coded(*(pd.Series(values, index=answers.index, dtype=object) for values in found))


def answers_of(variable: Variable, raw: RawExport, rows: pd.Series) -> pd.Series:
    """Return the cells of a variable's column; of several, the one that is filled.

    Raises
    ------
    DataError
        When two columns of one question are filled and say different things.
    """
    first: pd.Series = raw.cells.loc[rows, variable.columns[0]]
    for column in variable.columns[1:]:
        more = raw.cells.loc[rows, column]
        both = (first.str.strip() != "") & (more.str.strip() != "")
        pairs = zip(first.index[both], first[both], more[both], strict=True)
        if differ := [row for row, one, other in pairs if _differ(one, other, variable)]:
            where = f"{raw.place}, columns '{variable.columns[0]}' and '{column}', {named_rows(differ)}"
            expected, what = f"one answer to {variable.name} a row", "two columns of one question are filled and differ"
            hint = "correct the export, or take one of the columns out of the codebook"
            raise DataError(what, where=where, expected=expected, hint=hint)
        first = first.where(first.str.strip() != "", more)
    return first


def _differ(one: str, other: str, variable: Variable) -> bool:
    same = variable.code_of(one) is not None and variable.code_of(one) == variable.code_of(other)
    return not same and fold(one) != fold(other)


def unknown_answers(answers: pd.Series, codes: pd.Series, variable: Variable, raw: RawExport) -> Iterator[DataError]:
    """Describe the distinct answers that have no code, the most frequent first: column, rows, count, nearest label."""
    unknown = answers[codes.isna()]
    distinct = unknown.value_counts()
    heading = str(variable.column)
    expected = ", ".join(expected_answers(variable, raw.study.languages[0]))
    for text in distinct.index[:_SHOWN]:
        rows = unknown.index[unknown == text]
        shown, near = _described(text, variable, may_be_shown(rows, raw))
        where, got = cell_place(raw.place, heading, rows.tolist()), f"{shown} (count {distinct[text]})"
        hint = (f"did you mean '{near}'? " if near else "") + _ways_out(variable)
        yield DataError("an answer is not in the codebook", where=where, got=got, expected=expected, hint=hint)
    if len(distinct) > _SHOWN:
        what = f"{len(distinct) - _SHOWN} more answers are not in the codebook"
        where, hint = cell_place(raw.place, heading), "is this the column that the codebook means?"
        yield DataError(what, where=where, expected=expected, hint=hint)


def may_be_shown(rows: pd.Index, raw: RawExport) -> bool:
    """Return whether so many people gave an answer that it points to nobody: `base`, and 2 at the least."""
    if raw.study.plan.answers == "public":
        return True
    cells, count = raw.cells.loc[rows], raw.study.export.count
    if count is not None:
        people = sum(int(text) for text in cells[count] if text.strip().isdigit())
    else:
        people = cells[RESPONDENT].nunique() if RESPONDENT in cells else len(cells)
    return people >= max(raw.study.rule.base, 2)


def seen_values(texts: pd.Series, raw: RawExport) -> str:
    """Return the values of a column with their counts: those of at least `base` people by name, the others together."""
    counts = texts[texts.str.strip() != ""].value_counts()
    shown = {text: n for text, n in counts.items() if may_be_shown(texts.index[texts == text], raw)}
    rest = len(counts) - len(shown)
    told = [f"'{text}' ({n})" for text, n in list(shown.items())[:20]]
    if rest:
        others = f"{rest} other value{'s' if rest > 1 else ''}"
        told.append(f"{others} ({sum(counts) - sum(shown.values())} in all, too few to be shown)")
    return ", ".join(told) or "nothing"


def expected_answers(variable: Variable, language: str) -> list[str]:
    """Return what the cells of a variable may hold, for messages."""
    if variable.item.ticks:
        return [f"'{variable.label_texts[language]}', 1 or x where it is ticked", "else blank or 0"]
    if variable.item.kind == "number":
        banding = variable.item.banding
        number = f"a number from {banding.starts[0]:g}, of at most {banding.decimals} decimals"
        return [number, *(category.labels[language] for category in variable.scale.missing)]
    return [category.labels[language] for category in variable.scale.answers]


def _ways_out(variable: Variable) -> str:
    if variable.item.ticks:
        how = f"name the text in `ticked`, `not_ticked` or `not_asked` of '{variable.item_id}' in codebook.yml;"
        return f"correct the export, or {how} free text is read where the option says `other: true`"
    if variable.item.kind == "number":
        how = f"the `decimals` and `bands` of '{variable.item_id}'; what stands for no answer goes to its `missing`,"
        return f"correct the export, or {how} or to `export.missing` in study.yml"
    how = f"add the answer to the aliases of a category of '{variable.item_id}'; what stands for no answer goes to"
    return f"correct the export, or {how} `export.missing` in study.yml, free text to a category with `other: true`"


def _answered(text: str, variable: Variable, raw: RawExport) -> str | None:
    if not text.strip():
        return BLANK
    code = variable.code_of(text) or variable.code_of(as_number(text))
    if code is None and (stands_for := raw.codes.get(str(variable.column), {}).get(text)):
        code = variable.code_of(stands_for)
    if code is None and text in raw.missing.get(str(variable.column), ()):
        return BLANK
    if code is None and not _nearly(text, variable):
        code = _other(variable)
    return code


def _other(variable: Variable) -> str | None:
    return next((category.code for category in variable.scale.answers if category.other), None)


def _exact_spellings(variable: Variable, study: Study) -> set[str]:
    scale = study.codebook.scales.get(str(variable.item.scale), variable.scale)
    return {text for category in scale.answers for text in (category.code, *category.labels.values())}


def _how_mended(text: str, exact: Collection[str], variable: Variable) -> str | None:
    if text in exact or as_number(text) in exact or not text.strip():
        return None
    if variable.code_of(text) is None and _other(variable) is not None:
        return "own_words"
    return how_spelt(text, exact)


def how_spelt(text: str, exact: Collection[str]) -> str | None:
    """Return how a text differs from the nearest of the exact spellings."""
    if text in exact or not text.strip():
        return None
    if " ".join(text.split()) in exact:
        return "white_space"
    return "letter_case" if fold(text) in {fold(spelling) for spelling in exact} else "other_spelling"


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


def code_item(variables: Variables, raw: RawExport, rows: pd.Series, problems: list[DataError]) -> dict[str, Coded]:
    """Return the codes of an item's variables; what is wrong with them is added to `problems`."""
    if variables[0].item.ticks:
        read_boxes = _code_boxes if variables[0].item.separator is None else _in_one_cell
        return read_boxes(variables, raw, rows, problems)
    coded: dict[str, Coded] = {}
    for variable in variables:
        answers = answers_of(variable, raw, rows)
        code = code_numbers if variable.item.kind == "number" else code_answers
        coded[variable.name] = one = code(answers, variable, raw)
        problems += unknown_answers(answers, one.codes, variable, raw)
    return coded


def _code_boxes(boxes: Variables, raw: RawExport, rows: pd.Series, problems: list[DataError]) -> dict[str, Coded]:
    """Return the codes of an item's boxes.

    A cell that nothing tells of is `blank` still: `settled` says what that means, once all answers are coded.
    """
    cells = {box.name: answers_of(box, raw, rows) for box in boxes if box.columns and not box.absent}
    seen = {name: {as_number(text) for text in texts.unique()} - {""} for name, texts in cells.items()}
    coded: dict[str, Coded] = {}
    for box in (box for box in boxes if box.name in cells):
        words = _words(box, box.item, seen)
        mended = partial(_mended, exact={*box.label_texts.values(), *box.columns}, words=words)
        coded[box.name] = found = coded_by(cells[box.name], partial(_ticked, box=box, words=words), mended)
        problems += unknown_answers(cells[box.name], found.codes, box, raw)
    return coded


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
    return {fold(text) for text in (*_called(box), *box.columns, *filter(None, map(_end, box.columns)))}


def _end(column: str) -> str:
    """Return the option at the end of a heading: `Question - Option`, `Question [Option]`, `Question (choice=Option)`."""
    if column.endswith((")", "]")) and ("(choice=" in column or "[" in column):
        return column[:-1].rsplit("(choice=" if "(choice=" in column else "[", 1)[-1]
    return column.rsplit(" - ", 1)[-1]


def _in_one_cell(boxes: Variables, raw: RawExport, rows: pd.Series, problems: list[DataError]) -> dict[str, Coded]:
    """Take the options that a cell names apart: the longest first, so that a separator within an option does no harm."""
    item, answers = boxes[0].item, answers_of(boxes[0], raw, rows)
    separator, other = str(item.separator), next((box.name for box in boxes if _is_other(box)), None)
    called = {box.name: [box.name.removeprefix(f"{box.item_id}_"), *_called(box)] for box in boxes}
    spellings = {fold(text): name for name, texts in called.items() for text in texts}
    not_asked = {fold(text) for text in (*item.not_asked, "-99")}
    chosen: dict[str, frozenset[str] | None] = {}
    for text in answers.unique():
        names, rest = taken_apart(text, separator, spellings)
        chosen[text] = None if rest and other is None else frozenset([*names, *([str(other)] if rest else [])])
    unknown = [text for text, names in chosen.items() if names is None and fold(text) not in not_asked]
    if unknown:
        problems.append(_unknown_options(unknown, answers, boxes, raw, spellings))
        return {}

    def look_up(text: str, name: str) -> str:
        if fold(text) in not_asked:
            return NOT_ASKED
        if not text.strip(f" {separator}"):
            return BLANK
        return TICKED if name in (chosen[text] or ()) else NOT_TICKED

    return {box.name: coded_by(answers, partial(look_up, name=box.name), lambda _: None) for box in boxes}


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
    unknown: list[str], answers: pd.Series, boxes: Variables, raw: RawExport, spellings: dict[str, str]
) -> DataError:
    separator, cells = str(boxes[0].item.separator), dict[str, list[str]]()
    for text in unknown:
        for piece in taken_apart(text, separator, spellings)[1]:
            cells.setdefault(fold(piece), []).append(text)
    counts = answers.value_counts()
    common = [piece for piece, own in cells.items() if may_be_shown(answers.index[answers.isin(own)], raw)]
    shown = ", ".join(f"'{piece}' ({counts[cells[piece]].sum()})" for piece in common)
    options = ", ".join(box.label_texts[raw.study.languages[0]] for box in boxes)
    where = cell_place(raw.place, str(boxes[0].column), answers.index[answers.isin(unknown)].tolist())
    got = shown or f"{len(cells)} texts, not shown here"
    expected = f"options with '{separator}' between them: {options}"
    hint = f"correct the separator of '{boxes[0].item_id}', add the text to the `aliases` of an option, or add an"
    hint += " option with `other: true` for free text"
    return DataError("an answer is none of the options", where=where, got=got, expected=expected, hint=hint)


def _is_other(box: Variable) -> bool:
    return box.part is not None and box.part.other


def _says_no(frame: Frame, boxes: Sequence[str]) -> bool:
    """Return whether 'not ticked' is written out: most rows that hold anything leave no box empty, and some box is not ticked."""
    if not boxes:
        return False
    empty, whole = every(nw.col(box) == BLANK for box in boxes), every(nw.col(box) != BLANK for box in boxes)
    no = ~every(nw.col(box) != NOT_TICKED for box in boxes)
    sums = {"filled": (~empty).cast(nw.Int64).sum(), "whole": whole.cast(nw.Int64).sum(), "no": no.cast(nw.Int64).sum()}
    filled, whole_rows, said = collected(frame.select(**sums)).fillna(0).iloc[0]
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
