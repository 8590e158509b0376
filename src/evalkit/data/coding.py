"""Coding answers by the codebook: forgiving of space, letter case and language, never of an unknown answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from ..errors import DataError
from ..study import BLANK, NOT_TICKED, TICKED, Study, Variable, fold
from .files import named_rows

if TYPE_CHECKING:
    import pandas as pd

_TICKS = {"1", "x", "✓", "✔", "☑", "true", "ja", "yes", "sann"}
_NO_TICKS = {"0", "false", "nei", "no", "usann"}
_SHOWN = 8
MENDED = ("white_space", "letter_case", "other_spelling")
"""How an answer differed from the codebook's label or code: in space, in letter case too, or it was an alias."""


@dataclass(frozen=True, eq=False)
class Coded:
    """One variable's answers as codes.

    Parameters
    ----------
    codes
        The code of each row's answer, `blank` included; None where the answer is unknown.
    mended
        How each row's answer was mended, one of `MENDED`; None where it was not.
    """

    codes: pd.Series
    mended: pd.Series


def code_answers(answers: pd.Series, variable: Variable, study: Study) -> Coded:
    """Return the codes of a column of answers; each distinct text is looked up once."""
    import pandas as pd

    positions, texts = pd.factorize(answers.to_numpy())
    look_up = _ticked if variable.item.kind == "multiple" else _answered
    exact = _exact_spellings(variable, study)
    codes = pd.array([look_up(text, variable) for text in texts], dtype=object)
    mended = pd.array([_how_mended(text, exact) for text in texts], dtype=object)
    return Coded(
        pd.Series(codes[positions], index=answers.index, dtype=object),
        pd.Series(mended[positions], index=answers.index, dtype=object),
    )


def unknown_answers(
    answers: pd.Series, codes: pd.Series, variable: Variable, study: Study, place: str
) -> Iterable[DataError]:
    """Describe the distinct answers that have no code, the most frequent first: column, rows, count, nearest label."""
    unknown = answers[codes.isna()]
    distinct = unknown.value_counts()
    where = f"{place}, column '{variable.column}'"
    for text in distinct.index[:_SHOWN]:
        shown, near = _described(text, variable)
        yield DataError(
            "an answer is not in the codebook",
            where=f"{where}, {named_rows(unknown.index[unknown == text].tolist())}",
            got=f"{shown} (count {distinct[text]})",
            expected=", ".join(_expected(variable, study.languages[0])),
            hint=(f"did you mean '{near}'? " if near else "")
            + f"correct the export, or add the answer to the aliases of a category of '{variable.item_id}'",
        )
    if len(distinct) > _SHOWN:
        yield DataError(
            f"{len(distinct) - _SHOWN} more answers are not in the codebook",
            where=where,
            expected=", ".join(_expected(variable, study.languages[0])),
            hint="is this the column that the codebook means?",
        )


def _expected(variable: Variable, language: str) -> list[str]:
    if variable.item.kind == "multiple":
        return [f"'{variable.label_texts[language]}', 1 or x where it is ticked", "else blank or 0"]
    return [category.labels[language] for category in (*variable.scale.categories, *variable.scale.missing)]


def _answered(text: str, variable: Variable) -> str | None:
    return variable.code_of(text) if text.strip() else BLANK


def _ticked(text: str, variable: Variable) -> str | None:
    folded = fold(text)
    if not folded or folded in _NO_TICKS or variable.code_of(text) == NOT_TICKED:
        return NOT_TICKED
    own = {fold(label) for label in (*variable.label_texts.values(), variable.column or "")}
    return TICKED if folded in _TICKS | own or variable.code_of(text) == TICKED else None


def _exact_spellings(variable: Variable, study: Study) -> set[str]:
    if variable.item.kind == "multiple":
        return {"", *variable.label_texts.values(), *_TICKS, *_NO_TICKS}
    scale = study.codebook.scales[str(variable.item.scale)]
    return {s for c in (*scale.categories, *scale.missing) for s in (c.code, *c.labels.values())}


def _how_mended(text: str, exact: set[str]) -> str | None:
    if text in exact or not text.strip():
        return None
    if " ".join(text.split()) in exact:
        return "white_space"
    return "letter_case" if fold(text) in {fold(spelling) for spelling in exact} else "other_spelling"


def _described(text: str, variable: Variable) -> tuple[str, str | None]:
    """Return how an unknown answer is shown, and the nearest label.

    It may be free text, so it is quoted only when it is a long label with at most three characters wrong; otherwise its
    length is told.
    """
    spelling = _close_spelling(variable)
    label, wrong = min(((known, spelling(text, known)) for known in _labels(variable)), key=lambda pair: pair[1])
    if len(label) >= 10 and wrong <= 3:
        return f"'{' '.join(text.split())}'", label
    return f"an answer of {len(text.strip())} characters, not shown here", label if wrong <= len(label) / 3 else None


def _close_spelling(variable: Variable) -> Callable[[str, str], int]:
    def wrong(text: str, label: str) -> int:
        left, right = fold(text), fold(label)
        matched = sum(block.size for block in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks())
        return max(len(left), len(right)) - matched

    return wrong


def _labels(variable: Variable) -> list[str]:
    if variable.item.kind == "multiple":
        return list(variable.label_texts.values())
    return [
        label
        for category in (*variable.scale.categories, *variable.scale.missing)
        for label in (*category.labels.values(), *category.aliases)
    ]
