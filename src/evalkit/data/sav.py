"""Cleaned answers as a file for other programs: numbers with labels, missing answers with codes of their own.

Such a file holds answers one by one. It is written on request only, and never among what is published.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import DataError, DisclosureError
from ..places import replacing
from ..study import Variable
from .responses import COUNT, RESPONSE_KIND, SUBMITTED_ON, Responses

MISSING_FROM = 900
"""The code of the first missing answer; user-missing codes are 900 to 999."""
_KINDS = {"complete": "Complete", "partial": "Partial"}


def write_sav(responses: Responses, path: str | Path, language: str | None = None) -> Path:
    """Write cleaned answers as an SPSS file with labels and missing codes; see `write_answers`.

    Raises
    ------
    DisclosureError
        When the path leads into what is published.
    DataError
        When the path does not end in `.sav`.

    Examples
    --------
    >>> write_sav(responses, folder / "answers.sav").name
    'answers.sav'
    """
    path = Path(path)
    if path.suffix != ".sav":
        raise DataError("an SPSS file's name ends in .sav", where=path.name, got=path.suffix or "none", expected=".sav")
    return write_answers(responses, path, language)


def write_answers(responses: Responses, path: str | Path, language: str | None = None) -> Path:
    """Write cleaned answers for SPSS, PSPP and R (`.sav`), Stata (`.dta`), or R, Python and DuckDB (`.parquet`, `.csv`).

    Parameters
    ----------
    responses
        Cleaned answers. In `.sav` and `.dta` a number is a column of numbers; any other variable, and the band of a number, one
        of whole numbers: its categories 1, 2, ... in analysis order (low to high), its missing answers ('Vet ikke', no answer) 900,
        901, ..., declared as user-missing, or `.a`, `.b`, ... in Stata. In `.parquet` and `.csv` it is a column of codes,
        `<variable>__missing` beside it. `count` is the weight of a row.
    path
        Where to; its ending chooses the format. An existing file is replaced.
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
        When there is no such format.
    """
    path, study = Path(path), responses.study
    _refuse_published(path)
    writers = {".sav": _write_labelled, ".dta": _write_labelled, ".parquet": _write_codes, ".csv": _write_codes}
    DataError.one_of(path.suffix, writers, "there is no such format", where=path.name)
    with replacing(path) as aside:
        writers[path.suffix](responses, aside, path.suffix, study.language(language))
    return path


def _write_codes(responses: Responses, path: Path, ending: str, _language: str) -> None:
    if ending == ".csv":
        responses.data.to_csv(path, index=False, lineterminator="\n")
    else:
        responses.data.to_parquet(path, index=False)


def _write_labelled(responses: Responses, path: Path, ending: str, language: str) -> None:
    import pyreadstat

    study, data = responses.study, responses.data
    numbers = [name for name, variable in study.codebook.variables.items() if variable.is_number]
    variables = {variable.coded_column: variable for variable in study.codebook.variables.values()}
    frame = {name: data[name] for name in numbers}
    frame |= {name: responses.shown(v).map(_codes(v)).astype("float64") for name, v in variables.items()}
    every, size = study.codebook.variables | variables, 255 if ending == ".sav" else 80
    labels = {name: _shortened(variable.label(language), size) for name, variable in every.items()}
    values: dict[str, Any] = {name: _value_labels(variable, language) for name, variable in variables.items()}
    frame |= {name: data[name] for name in (COUNT, SUBMITTED_ON) if name in data}
    if RESPONSE_KIND in data:
        frame[RESPONSE_KIND], values[RESPONSE_KIND] = _own(data[RESPONSE_KIND].cat.rename_categories(_KINDS))
    known = {*frame, *(variable.missing_column for variable in variables.values())}
    for name in [name for name in data.columns if name not in known]:
        frame[name], values[name] = _own(data[name])
    title = f"{'SYNTHETIC. ' if study.synthetic else ''}{study.title(language)}"
    about: dict[str, Any] = {"file_label": _shortened(title, 60), "column_labels": labels}
    missing = {name: variable.missing_codes for name, variable in variables.items() if variable.missing_codes}
    if ending == ".sav":
        measures = {name: "ordinal" if v.scale.ordered else "nominal" for name, v in variables.items()}
        about["variable_measure"] = measures | dict.fromkeys(numbers, "scale")
        about["missing_ranges"] = {name: [{"lo": MISSING_FROM, "hi": 999}] for name in missing}
        pyreadstat.write_sav(pd.DataFrame(frame), str(path), variable_value_labels=values, **about)
        return
    letters = {MISSING_FROM + number: chr(ord("a") + number) for number in range(26)}
    for name in missing:
        frame[name] = frame[name].astype(object).map(lambda number: letters.get(number, number))
        values[name] = {letters.get(int(number), number): label for number, label in values[name].items()}
    used = {name: [letters[MISSING_FROM + n] for n in range(len(codes))] for name, codes in missing.items()}
    data = pd.DataFrame(frame)
    pyreadstat.write_dta(data, str(path), variable_value_labels=values, missing_user_values=used, **about)


def _own(column: pd.Series) -> tuple[pd.Series, dict[float, str]]:
    """Return categories as numbers with labels, and what has none as it is."""
    if column.dtype.name != "category":
        return column, {}
    labels = {float(number): str(level) for number, level in enumerate(column.cat.categories, start=1)}
    return (column.cat.codes + 1).where(column.notna()).astype("float64"), labels


def _refuse_published(path: Path) -> None:
    for folder in path.resolve().parents:
        if folder.name == "outputs" or (folder / "manifest.json").exists():
            what, got = "answers one by one may not lie among what is published", f"a path inside {folder.name}/"
            raise DisclosureError(what, where=path.name, got=got, expected="a place of your own, outside the report")


def _codes(variable: Variable) -> dict[str, int]:
    """Return a variable's answers as numbers: categories from 1 in analysis order, missing answers from 900."""
    categories = {code: number for number, code in enumerate(variable.scale.codes, start=1)}
    return categories | {code: number for number, code in enumerate(variable.missing_codes, start=MISSING_FROM)}


def _value_labels(variable: Variable, language: str) -> dict[int | float, str]:
    labels = {code: _shortened(variable.category_label(code, language), 119) for code in _codes(variable)}
    return {float(number): labels[code] for code, number in _codes(variable).items()}


def _shortened(text: str, size: int) -> str:
    """Return a text of at most `size` bytes, which is all that the format holds."""
    return text if len(text.encode()) <= size else text.encode()[: size - 3].decode(errors="ignore") + "…"
