"""Cleaning: every raw row kept, or set aside for one reason, and the answers coded.

A row is set aside for the first of these that holds, in this order:

1. `before_fieldwork`: submitted (else started) before the survey opened: a test;
2. `after_fieldwork`: submitted (else started) after it closed;
3. the study's exclusions, in the order of `export.exclude`, then `not_included` by `export.include`;
4. `non_contact`: the status is neither complete nor partial, nothing is answered and there is no time: never opened;
5. `break_off`: the status is neither complete nor partial;
6. `nothing_answered`: every question is blank;
7. `duplicate`: another row of the same respondent is kept. A complete row goes before a partial one. Among equally
   complete rows the last one submitted is kept when all gave the same answers; when they differ the run stops, unless
   the study says `duplicates: latest`.

Every row but the excluded ones has to fit the codebook: a row that is set aside today is kept when a date is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import narwhals.stable.v2 as nw
import pandas as pd

from ..errors import DataError
from ..study import Study
from .boxes import code_item, settled
from .coding import MENDED, Coded, as_number
from .design import design_columns
from .engine import count_answers
from .grid import cell_place, named_rows
from .moments import DAY_FIRST, Moments, read_moments
from .read import RAW, RESPONDENT, RawExport
from .reasons import (
    DUPLICATE,
    EXCLUDED,
    MOMENT,
    NO_DATE,
    REASON,
    STARTED_ON,
    made_log,
    one_each,
    reason_of,
    refuse_idle_rules,
    rule_columns,
    rule_headings,
)
from .responses import (
    AGAINST_ROUTING,
    COMPLETE,
    PARTIAL,
    RESPONSE_KIND,
    SUBMITTED_ON,
    CleaningLog,
    Responses,
    categorical,
    coded_columns,
    number_column,
)
from .rules import eager, routed, with_derived
from .table import TableExport

_NUMBER = "__number__"


def clean(raw: RawExport | TableExport, study: Study) -> Responses:
    """Code the answers of an export, and set aside the rows that are no answers to the survey.

    Parameters
    ----------
    raw
        What `read_export` returned.
    study
        Its codebook, fieldwork and rules of exclusion.

    Returns
    -------
    Responses
        `data` has a row a respondent (a pattern, where the export is counts), `log` says what became of every raw row.

    Raises
    ------
    DataError
        Listing every answer that is not in the codebook, date or count that cannot be read, and respondents whose rows
        contradict each other; when a rule of the study fits no row, no row is left, or the rows do not add up.

    Examples
    --------
    >>> answers = clean(read_export(survey), survey)
    >>> answers.log.frame
    """
    if isinstance(raw, TableExport):
        return count_answers(raw)
    cells, counts = raw.cells, _counts(raw, study)
    refuse_idle_rules(raw, study)
    rules = rule_columns(study, {heading: cells[heading].unique() for heading in rule_headings(study)})
    marks = eager(cells.add_prefix(RAW)).with_columns(**rules).to_native()
    due, kinds = marks[EXCLUDED].isna(), marks.get(RESPONSE_KIND)
    moments = _moments(raw, study, due)
    if moments is not None:
        days = {STARTED_ON: moments.frame["started"], SUBMITTED_ON: moments.frame["submitted"]}
        marks = marks.assign(**{name: moment.dt.normalize() for name, moment in days.items()})
    coded = _coded(raw, study, due)
    codes = routed(settled(eager(_code_frame(coded, kinds)), study), study).to_native()
    told = codes.drop(columns=[name for name in codes if name.startswith(AGAINST_ROUTING)])
    rows = eager(marks.join(told.drop(columns=RESPONSE_KIND, errors="ignore")))
    reasons = rows.select(reason_of(study, dated=moments is not None).alias(REASON)).to_native()[REASON].astype(object)
    reasons[_duplicates(raw, study, told, reasons, moments)] = DUPLICATE
    kept = reasons.index[reasons.isna() & (counts > 0)]
    notes = dict(_notes(coded, kept, moments))
    against = {name: int(counts.loc[kept][codes.loc[kept, name]].sum()) for name in codes if name not in told}
    log = _log(reasons, counts, notes | {name: people for name, people in against.items() if people}, raw)
    codes = with_derived(eager(codes), study.codebook).to_native()
    data = coded_columns(codes.loc[kept], counts.loc[kept], study)
    data = data.assign(**design_columns(raw, data, study))
    if moments is not None:
        data[SUBMITTED_ON] = marks.loc[kept, SUBMITTED_ON].to_numpy()
    if kinds is not None:
        data[RESPONSE_KIND] = categorical(kinds.loc[kept], (COMPLETE, PARTIAL))
    return Responses(study, data.reset_index(drop=True), log)


def _counts(raw: RawExport, study: Study) -> pd.Series:
    column = study.export.count
    if column is None:
        return pd.Series(1, index=raw.cells.index, dtype="int64")
    texts = raw.cells[column].map(as_number)
    if wrong := texts.index[~texts.str.fullmatch(r"[0-9]{1,15}")].tolist():
        what, expected = "a count is no whole number from 0", "how many gave the answers of the row"
        raise DataError(what, where=cell_place(raw.place, column, wrong), expected=expected)
    return texts.astype("int64")


def _moments(raw: RawExport, study: Study, due: pd.Series) -> Moments | None:
    """Return when each row was started and submitted (`submitted` falls back on nothing), or None without such columns."""
    export, nothing = study.export, pd.Series("", index=raw.cells.index, dtype=object)
    if export.submitted is None and export.started is None:
        return None
    columns = {
        use: (str(heading), nothing if heading is None else raw.cells[heading])
        for use, heading in (("started", export.started), ("submitted", export.submitted))
    }
    return read_moments(columns, due, study.fieldwork, export.dates, raw.place)


def _coded(raw: RawExport, study: Study, rows: pd.Series) -> dict[str, Coded]:
    coded: dict[str, Coded] = {}
    problems: list[DataError] = []
    for item_id, item in study.codebook.items.items():
        if not item.derived:
            found, wrong = code_item(study.codebook.variables_of(item_id), raw, rows)
            coded |= found
            problems += wrong
    DataError.raise_all(problems)
    return coded


def _code_frame(coded: dict[str, Coded], kinds: pd.Series | None) -> pd.DataFrame:
    """Return the codes of every variable, the numbers of those that have them, and whether each row is a partial answer."""
    codes = pd.DataFrame({name: found.codes for name, found in coded.items()})
    numbers = {number_column(name): found.numbers for name, found in coded.items() if found.numbers is not None}
    return codes.assign(**numbers, **({} if kinds is None else {RESPONSE_KIND: kinds}))


def _duplicates(
    raw: RawExport, study: Study, codes: pd.DataFrame, reasons: pd.Series, moments: Moments | None
) -> pd.Series:
    """Return the rows that another row of the same respondent replaces."""
    replaced = pd.Series(data=False, index=reasons.index)
    if RESPONDENT not in raw.cells:
        return replaced
    left = raw.cells.loc[reasons.isna(), RESPONDENT]
    twice = left[left.duplicated(keep=False)]
    rows = codes.loc[twice.index].copy()
    rows[RESPONDENT], rows[_NUMBER] = twice, twice.index
    if moments is not None:
        rows[MOMENT] = moments.frame["submitted"]
    kept = one_each(eager(rows), RESPONDENT, study, partial(_refuse_contradictions, raw), _NUMBER)
    replaced[twice.index.difference(kept.to_native()[_NUMBER])] = True
    return replaced


def _refuse_contradictions(raw: RawExport, foremost: nw.DataFrame[pd.DataFrame]) -> None:
    """Stop where rows of a respondent differ in their answers."""
    rows = foremost.to_native()
    distinct = rows.drop(columns=[_NUMBER, MOMENT], errors="ignore").drop_duplicates()[RESPONDENT]
    problems = []
    hint = "correct the ids in the export; where people did answer again, write `duplicates: latest`"
    hint += " under `export` in study.yml to keep the last answer"
    for respondent in distinct[distinct.duplicated()].unique():
        numbers = rows.loc[rows[RESPONDENT] == respondent, _NUMBER].tolist()
        what, where = f"{len(numbers)} rows have one id and different answers", f"{raw.place}, {named_rows(numbers)}"
        problems.append(DataError(what, where=where, expected="one answer a respondent", hint=hint))
    DataError.raise_all(problems)


def _log(reasons: pd.Series, counts: pd.Series, notes: dict[str, int], raw: RawExport) -> CleaningLog:
    found = counts.groupby(reasons.fillna("").to_numpy()).sum()
    return made_log(raw.study, {str(reason): int(n) for reason, n in found.items()}, notes, raw.place, raw.unread)


def _notes(coded: dict[str, Coded], kept: pd.Index, moments: Moments | None) -> Iterator[tuple[str, int]]:
    """Go through what was mended: cells by kind, kept rows without a date, and dates read in an order that was found out."""
    for kind in MENDED:
        cells = sum(int((found.mended.loc[kept] == kind).sum()) for found in coded.values())
        if cells or kind != "own_words":
            yield kind, cells
    if moments is not None:
        yield NO_DATE, int(moments.frame.loc[kept].isna().all(axis=1).sum())
        if moments.order is not None and moments.order != DAY_FIRST:
            yield moments.order, int(moments.frame.loc[kept].notna().to_numpy().sum())
