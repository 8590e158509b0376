"""Cleaned answers as a file for SPSS, PSPP, R and Stata: numbers with labels, missing answers with codes of their own.

Such a file holds answers one by one. It is written on request only, and never among what is published.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, DisclosureError
from ..places import replacing
from .responses import COUNT, RESPONSE_KIND, SUBMITTED_ON, Responses

if TYPE_CHECKING:
    import pandas as pd

    from ..study import Variable

MISSING_FROM = 900
"""The code of the first missing answer; user-missing codes are 900 to 999."""
_KINDS = {"complete": "Complete", "partial": "Partial"}


def write_sav(responses: Responses, path: str | Path, language: str | None = None) -> Path:
    """Write cleaned answers as an SPSS file with labels and missing codes.

    Parameters
    ----------
    responses
        Cleaned answers. A number is a column of numbers; any other variable, and the band of a number, one of whole numbers: its categories 1, 2, ... in analysis order (low to high),
        its missing answers ('Vet ikke', no answer) 900, 901, ..., declared as user-missing. `count` is the weight of a row.
    path
        Where to; ends in `.sav`. An existing file is replaced.
    language
        The language of labels; the study's default when left out.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DisclosureError
        When the path leads into what is published: a folder called `outputs`, or one that holds a report's manifest.
    DataError
        When the path does not end in `.sav`.
    """
    import pyreadstat

    path, study = Path(path), responses.study
    _refuse_published(path)
    if path.suffix != ".sav":
        raise DataError("an SPSS file's name ends in .sav", where=path.name, got=path.suffix or "none", expected=".sav")
    language = study.language(language)
    numbers = {name for name, variable in study.codebook.variables.items() if variable.item.kind == "number"}
    variables = {variable.coded_column: variable for variable in study.codebook.variables.values()}
    frame = {name: responses.data[name] for name in study.codebook.variables if name in numbers}
    frame |= {name: responses.shown(v).map(_codes(v)).astype("float64") for name, v in variables.items()}
    labels: dict[str, str | None] = {
        name: _shortened(variable.label(language), 255)
        for name, variable in (study.codebook.variables | variables).items()
    }
    frame |= _rest(responses.data)
    values = {name: _value_labels(variable, language) for name, variable in variables.items()}
    if RESPONSE_KIND in frame:
        values[RESPONSE_KIND] = {float(number): kind for number, kind in enumerate(_KINDS.values(), start=1)}
    with replacing(path) as aside:
        pyreadstat.write_sav(
            _framed(frame),
            str(aside),
            file_label=_shortened(f"{'SYNTHETIC. ' if study.synthetic else ''}{study.title(language)}", 60),
            column_labels=labels,
            variable_value_labels=values,
            missing_ranges={
                name: [{"lo": MISSING_FROM, "hi": 999}] for name, v in variables.items() if v.missing_codes
            },
            variable_measure={
                **{name: "ordinal" if v.scale.ordered else "nominal" for name, v in variables.items()},
                **dict.fromkeys(numbers, "scale"),
            },
        )
    return path


def _refuse_published(path: Path) -> None:
    for folder in path.resolve().parents:
        if folder.name == "outputs" or (folder / "manifest.json").exists():
            raise DisclosureError(
                "answers one by one may not lie among what is published",
                where=path.name,
                got=f"a path inside {folder.name}/",
                expected="a place of your own, outside the report",
            )


def _codes(variable: Variable) -> dict[str, int]:
    """Return a variable's answers as numbers: categories from 1 in analysis order, missing answers from 900."""
    categories = {code: number for number, code in enumerate(variable.scale.codes, start=1)}
    return categories | {code: number for number, code in enumerate(variable.missing_codes, start=MISSING_FROM)}


def _value_labels(variable: Variable, language: str) -> dict[int | float, str]:
    return {
        float(number): _shortened(variable.category_label(code, language), 119)
        for code, number in _codes(variable).items()
    }


def _rest(data: pd.DataFrame) -> dict[str, Any]:
    """Return the columns that are no answers: the weight, the day, and whether the answer was complete."""
    found: dict[str, Any] = {COUNT: data[COUNT]}
    if SUBMITTED_ON in data:
        found[SUBMITTED_ON] = data[SUBMITTED_ON]
    if RESPONSE_KIND in data:
        numbers = {kind: number for number, kind in enumerate(_KINDS, start=1)}
        found[RESPONSE_KIND] = data[RESPONSE_KIND].astype(object).map(numbers).astype("float64")
    return found


def _framed(columns: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(columns)


def _shortened(text: str, size: int) -> str:
    """Return a text of at most `size` bytes, which is all that the format holds."""
    return text if len(text.encode()) <= size else text.encode()[: size - 3].decode(errors="ignore") + "…"
