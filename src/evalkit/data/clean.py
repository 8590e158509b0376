"""Cleaning: every raw row kept, or set aside for one reason, and the answers coded.

A row is set aside for the first of these that holds, in this order:

1. `before_fieldwork`: submitted (else started) before the survey opened: a test;
2. `after_fieldwork`: submitted (else started) after it closed;
3. the study's exclusions, in the order of `export.exclude`;
4. `break_off`: the status is neither complete nor partial;
5. `nothing_answered`: every question is blank;
6. `duplicate`: another row of the same respondent is kept. A complete row goes before a partial one. Among equally
   complete rows the last one submitted is kept when all gave the same answers; when they differ the run stops, unless
   the study says `duplicates: latest`.

Every row but the excluded ones has to fit the codebook: a row that is set aside today is kept when a date is corrected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DataError
from ..study import BLANK, NOT_TICKED, TICKED, Study, Variable, fold
from .coding import MENDED, Coded, code_answers, unknown_answers
from .files import named_rows
from .moments import parse_moment
from .read import RESPONDENT, RawExport
from .responses import COUNT, RESPONSE_KIND, SUBMITTED_ON, CleaningLog, Responses

if TYPE_CHECKING:
    import pandas as pd

BEFORE, AFTER = "before_fieldwork", "after_fieldwork"
BREAK_OFF, NOTHING, DUPLICATE = "break_off", "nothing_answered", "duplicate"
COMPLETE, PARTIAL = "complete", "partial"
NO_DATE = "no_date"
"""The note that counts rows kept without any date, of which nothing says that they came within the fieldwork."""


def clean(raw: RawExport, study: Study) -> Responses:
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
        contradict each other; when no row is left, or the rows do not add up.
    """
    cells, counts = raw.cells, _counts(raw, study)
    moments = _moments(raw, study)
    reasons = _reasons_before_coding(cells, moments, study)
    coded = _coded(raw, study, ~_excluded(cells, study))
    codes = _code_frame(coded)
    reasons[_nothing_answered(codes, reasons)] = NOTHING
    kinds = _kinds(cells, study)
    reasons[_duplicates(raw, study, codes, reasons, kinds, moments)] = DUPLICATE
    kept = reasons.index[reasons.isna() & (counts > 0)]
    log = _log(reasons, counts, coded, kept, moments, study)
    if not len(kept):
        raise _nothing_left(raw, log)
    data = _data(codes.loc[kept], counts.loc[kept], study)
    if moments is not None:
        data[SUBMITTED_ON] = moments["submitted"].loc[kept].dt.normalize().to_numpy()
    if kinds is not None:
        data[RESPONSE_KIND] = _categorical(kinds.loc[kept], (COMPLETE, PARTIAL))
    return Responses(study, data.reset_index(drop=True), log)


def _counts(raw: RawExport, study: Study) -> pd.Series:
    import pandas as pd

    column = study.export.count
    if column is None:
        return pd.Series(1, index=raw.cells.index, dtype="int64")
    texts = raw.cells[column].str.strip()
    wrong = texts.index[~texts.str.fullmatch(r"[0-9]{1,15}")].tolist()
    if wrong:
        raise DataError(
            "a count is no whole number from 0",
            where=f"{raw.place}, column '{column}', {named_rows(wrong)}",
            expected="how many gave the answers of the row",
        )
    return texts.astype("int64")


def _moments(raw: RawExport, study: Study) -> pd.DataFrame | None:
    """Return when each row was started and submitted (`submitted` falls back on nothing), or None without such columns."""
    import pandas as pd

    columns = {"started": study.export.started, "submitted": study.export.submitted}
    if columns["submitted"] is None and columns["started"] is None:
        return None
    moments, problems = {}, []
    for name, heading in columns.items():
        texts = raw.cells[heading] if heading is not None else pd.Series("", index=raw.cells.index, dtype=object)
        read = {text: parse_moment(text) for text in pd.unique(texts)}
        moments[name] = pd.to_datetime(texts.map(read)).astype("datetime64[us]")
        wrong = texts.index[moments[name].isna() & (texts.str.strip() != "")].tolist()
        problems += [_no_date(raw, str(heading), wrong)] if wrong else []
    if problems:
        raise DataError.several(problems)
    return pd.DataFrame(moments)


def _no_date(raw: RawExport, heading: str, rows: list[int]) -> DataError:
    return DataError(
        "a cell is no date",
        where=f"{raw.place}, column '{heading}', {named_rows(rows)}",
        got=f"{len(rows)} such cells out of {len(raw.cells)}",
        expected="2023-04-24 10:15, 24.04.2023 10:15, or a date cell of a workbook",
        hint="the day comes before the month; correct the cells in the export",
    )


def _reasons_before_coding(cells: pd.DataFrame, moments: pd.DataFrame | None, study: Study) -> pd.Series:
    """Return for which of the reasons 1-4 each row is set aside; missing where for none."""
    import pandas as pd

    reasons = pd.Series(None, index=cells.index, dtype=object)

    def set_aside(rows: pd.Series, reason: str) -> None:
        reasons[rows & reasons.isna()] = reason

    if moments is not None and study.fieldwork is not None:
        days = moments["submitted"].fillna(moments["started"]).dt.normalize()
        set_aside(days < pd.Timestamp(study.fieldwork.start), BEFORE)
        set_aside(days > pd.Timestamp(study.fieldwork.end), AFTER)
    for exclusion in study.export.exclude:
        set_aside(_is_one_of(cells[exclusion.column], exclusion.values), exclusion.reason)
    kinds = _kinds(cells, study)
    if kinds is not None:
        set_aside(kinds.isna(), BREAK_OFF)
    return reasons


def _excluded(cells: pd.DataFrame, study: Study) -> pd.Series:
    """Return the rows that the study excludes, whatever else holds of them."""
    import pandas as pd

    excluded = pd.Series(data=False, index=cells.index)
    for exclusion in study.export.exclude:
        excluded |= _is_one_of(cells[exclusion.column], exclusion.values)
    return excluded


def _is_one_of(texts: pd.Series, values: tuple[str, ...]) -> pd.Series:
    known = {fold(value) for value in values}
    return texts.isin([text for text in texts.unique() if fold(text) in known])


def _kinds(cells: pd.DataFrame, study: Study) -> pd.Series | None:
    """Return whether each row is a complete or a partial answer; missing for a break-off; None without a status."""
    status = study.export.status
    if status is None:
        return None
    kinds = {fold(value): PARTIAL for value in status.partial} | {fold(value): COMPLETE for value in status.complete}
    texts = cells[status.column]
    return texts.map({text: kinds.get(fold(text)) for text in texts.unique()}).astype(object)


def _coded(raw: RawExport, study: Study, rows: pd.Series) -> dict[str, Coded]:
    coded: dict[str, Coded] = {}
    problems: list[DataError] = []
    for variable in study.codebook.variables.values():
        if variable.column is None:
            continue
        answers = raw.cells.loc[rows, variable.column]
        coded[variable.name] = found = code_answers(answers, variable, study)
        problems += unknown_answers(answers, found.codes, variable, study, raw.place)
    if problems:
        raise DataError.several(problems)
    return coded


def _code_frame(coded: dict[str, Coded]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({name: found.codes for name, found in coded.items()})


def _nothing_answered(codes: pd.DataFrame, reasons: pd.Series) -> pd.Series:
    empty = codes.isin([BLANK, NOT_TICKED]).all(axis=1) & codes.isin([BLANK]).any(axis=1)
    return empty.reindex(reasons.index, fill_value=False) & reasons.isna()


def _duplicates(
    raw: RawExport,
    study: Study,
    codes: pd.DataFrame,
    reasons: pd.Series,
    kinds: pd.Series | None,
    moments: pd.DataFrame | None,
) -> pd.Series:
    """Return the rows that another row of the same respondent replaces."""
    import pandas as pd

    replaced = pd.Series(data=False, index=reasons.index)
    if RESPONDENT not in raw.cells:
        return replaced
    left = raw.cells.loc[reasons.isna(), RESPONDENT]
    twice = left[left.duplicated(keep=False)]
    if twice.empty:
        return replaced
    rank = pd.DataFrame({"respondent": twice, "partial": False, "submitted": pd.NaT, "number": twice.index})
    if kinds is not None:
        rank["partial"] = kinds.loc[twice.index].eq(PARTIAL)
    if moments is not None:
        rank["submitted"] = moments["submitted"].loc[twice.index]
    if study.export.duplicates == "refuse":
        _refuse_contradictions(raw, rank, codes)
    best_last = rank.sort_values(["partial", "submitted", "number"], ascending=[False, True, True], na_position="first")
    replaced[best_last.index[best_last.duplicated("respondent", keep="last")]] = True
    return replaced


def _refuse_contradictions(raw: RawExport, rank: pd.DataFrame, codes: pd.DataFrame) -> None:
    """Stop where the foremost rows of a respondent, the complete ones if there are any, differ in their answers."""
    foremost = rank[rank["partial"] == rank.groupby("respondent")["partial"].transform("min")]
    distinct = codes.loc[foremost.index].assign(respondent=foremost["respondent"]).drop_duplicates()["respondent"]
    problems = []
    for respondent in distinct[distinct.duplicated()].unique():
        rows = foremost.index[foremost["respondent"] == respondent].tolist()
        problems.append(
            DataError(
                f"{len(rows)} rows have one id and different answers",
                where=f"{raw.place}, {named_rows(rows)}",
                expected="one answer a respondent",
                hint="correct the ids in the export; where people did answer again, write `duplicates: latest`"
                " under `export` in study.yml to keep the last answer",
            )
        )
    if problems:
        raise DataError.several(problems)


def _log(
    reasons: pd.Series,
    counts: pd.Series,
    coded: dict[str, Coded],
    kept: pd.Index,
    moments: pd.DataFrame | None,
    study: Study,
) -> CleaningLog:
    set_aside = {reason: int(counts[reasons == reason].sum()) for reason in _possible_reasons(study)}
    notes = {kind: sum(int((c.mended.loc[kept] == kind).sum()) for c in coded.values()) for kind in MENDED}
    if moments is not None:
        notes[NO_DATE] = int(moments.loc[kept].isna().all(axis=1).sum())
    return CleaningLog(int(counts.sum()), int(counts.loc[kept].sum()), set_aside, notes)


def _possible_reasons(study: Study) -> list[str]:
    export, dated = study.export, study.export.submitted is not None or study.export.started is not None
    return [
        *((BEFORE, AFTER) if dated and study.fieldwork is not None else ()),
        *dict.fromkeys(exclusion.reason for exclusion in export.exclude),
        *((BREAK_OFF,) if export.status is not None else ()),
        NOTHING,
        *((DUPLICATE,) if export.id is not None else ()),
    ]


def _nothing_left(raw: RawExport, log: CleaningLog) -> DataError:
    reasons = ", ".join(f"{reason} {n}" for reason, n in log.set_aside.items() if n)
    return DataError(
        "no answer is left after cleaning",
        where=raw.place,
        got=f"{log.rows_in} rows set aside: {reasons or 'their counts are 0'}",
        expected="answers within the fieldwork, with a status that study.yml names",
        hint="check `fieldwork` and `export` in study.yml",
    )


def _data(codes: pd.DataFrame, counts: pd.Series, study: Study) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, object] = {}
    for variable in study.codebook.variables.values():
        answers = _any_ticked(codes, variable, study) if variable.derived else codes[variable.name]
        columns[variable.name] = _categorical(answers, variable.scale.codes, ordered=variable.scale.ordered)
        if variable.missing_codes:
            columns[variable.missing_column] = _categorical(answers, variable.missing_codes)
    return pd.DataFrame({**columns, COUNT: counts.to_numpy()}, index=codes.index)


def _any_ticked(codes: pd.DataFrame, variable: Variable, study: Study) -> pd.Series:
    boxes = [box.name for box in study.codebook.variables_of(variable.item_id)]
    return codes[boxes].isin([TICKED]).any(axis=1).map({True: TICKED, False: NOT_TICKED})


def _categorical(answers: pd.Series, codes: tuple[str, ...], *, ordered: bool = False) -> pd.Categorical:
    """Return the answers that are among `codes` as categories in that order; every other one is missing."""
    import pandas as pd

    return pd.Categorical(answers.where(answers.isin(codes)), categories=list(codes), ordered=ordered)
