"""Coding answers by the codebook: forgiving of space, letter case, quotation marks and language, never of an unknown answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import pandas as pd

from ..errors import DataError
from ..study import BLANK, Study, Variable, fold
from .grid import cell_place, named_rows
from .read import RESPONDENT, RawExport

_SHOWN = 8
MENDED = ("white_space", "letter_case", "other_spelling", "own_words")
"""How an answer differed from the codebook's label or code: in space, in letter case too, it was an alias, or 'other'."""


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
    exact = _exact_spellings(variable, raw.study)
    return coded_by(
        answers, lambda text: _answered(text, variable, raw), lambda text: _how_mended(text, exact, variable)
    )


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
    codes = pd.array([look_up(text) for text in texts], dtype=object)
    how = pd.array(
        [mended(text) if code is not None else None for text, code in zip(texts, codes, strict=True)], dtype=object
    )
    return Coded(
        pd.Series(codes[positions], index=answers.index, dtype=object),
        pd.Series(how[positions], index=answers.index, dtype=object),
    )


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
        differ = [
            row
            for row, one, other in zip(first.index[both], first[both], more[both], strict=True)
            if fold(one) != fold(other)
            and (variable.code_of(one) is None or variable.code_of(one) != variable.code_of(other))
        ]
        if differ:
            where = f"{raw.place}, columns '{variable.columns[0]}' and '{column}', {named_rows(differ)}"
            expected, what = f"one answer to {variable.name} a row", "two columns of one question are filled and differ"
            hint = "correct the export, or take one of the columns out of the codebook"
            raise DataError(what, where=where, expected=expected, hint=hint)
        first = first.where(first.str.strip() != "", more)
    return first


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
    return [category.labels[language] for category in (*variable.scale.categories, *variable.scale.missing)]


def _ways_out(variable: Variable) -> str:
    if variable.item.ticks:
        return (
            f"correct the export, or name the text in `ticked`, `not_ticked` or `not_asked` of '{variable.item_id}'"
            " in codebook.yml; free text is read where the option says `other: true`"
        )
    if variable.item.kind == "number":
        return (
            f"correct the export, or the `decimals` and `bands` of '{variable.item_id}'; what stands for no answer goes to its"
            " `missing`, or to `export.missing` in study.yml"
        )
    return (
        f"correct the export, or add the answer to the aliases of a category of '{variable.item_id}'; what stands for no"
        " answer goes to `export.missing` in study.yml, free text to a category with `other: true`"
    )


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
    categories = (*variable.scale.categories, *variable.scale.missing)
    return next((category.code for category in categories if category.other), None)


def _exact_spellings(variable: Variable, study: Study) -> set[str]:
    scale = study.codebook.scales.get(str(variable.item.scale), variable.scale)
    return {s for c in (*scale.categories, *scale.missing) for s in (c.code, *c.labels.values())}


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


def _labels(variable: Variable) -> Sequence[str]:
    if variable.part is not None and variable.item.ticks:
        return [*variable.label_texts.values(), *variable.part.aliases]
    categories = () if variable.item.kind == "number" else variable.scale.categories
    return [
        label
        for category in (*categories, *variable.scale.missing)
        for label in (*category.labels.values(), *category.aliases)
    ]
