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
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ..errors import DataError
from ..study import BLANK, NOT_ASKED, NOT_TICKED, TICKED, Study, Variable
from .boxes import code_boxes, settle_blanks
from .coding import MENDED, Coded, answers_of, as_number, code_answers, code_numbers, seen_values, unknown_answers
from .design import design_columns
from .grid import named_rows
from .moments import DAY_FIRST, Moments, read_moments
from .read import RESPONDENT, RawExport
from .responses import AGAINST_ROUTING, COUNT, RESPONSE_KIND, SUBMITTED_ON, CleaningLog, Responses
from .rules import routed, with_derived

if TYPE_CHECKING:
    import pandas as pd

BEFORE, AFTER, NOT_INCLUDED = "before_fieldwork", "after_fieldwork", "not_included"
NON_CONTACT, BREAK_OFF, NOTHING, DUPLICATE = "non_contact", "break_off", "nothing_answered", "duplicate"
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
        contradict each other; when a rule of the study fits no row, no row is left, or the rows do not add up.

    Examples
    --------
    >>> answers = clean(read_export(survey), survey)
    >>> answers.log.frame
    """
    cells, counts = raw.cells, _counts(raw, study)
    _refuse_idle_rules(raw, study)
    excluded, kinds = _excluded(cells, study), _kinds(cells, study)
    moments = _moments(raw, study, excluded.isna())
    reasons = _reasons_before_coding(moments, excluded, study)
    coded = _coded(raw, study, excluded.isna())
    codes, against = routed(_code_frame(coded, kinds, study), study)
    numbers = {name: found.numbers for name, found in coded.items() if found.numbers is not None}
    nothing = _nothing_answered(codes, study).reindex(reasons.index, fill_value=False)
    if kinds is not None:
        never = nothing & _never_opened(cells, moments, study)
        for rows, reason in ((never, NON_CONTACT), (~never, BREAK_OFF)):
            reasons[rows & kinds.isna() & reasons.isna()] = reason
    reasons[nothing & reasons.isna()] = NOTHING
    told = codes.assign(**{f"{name}, number": found for name, found in numbers.items()})
    reasons[_duplicates(raw, study, told, reasons, kinds, moments)] = DUPLICATE
    kept = reasons.index[reasons.isna() & (counts > 0)]
    notes = dict(_notes(coded, kept, moments))
    notes |= {
        f"{AGAINST_ROUTING}: {item}": people
        for item, found in against.items()
        if (people := int(counts.loc[kept][found.loc[kept]].sum()))
    }
    log = _log(reasons, counts, kept, notes, raw)
    if not len(kept):
        raise _nothing_left(raw, log)
    codes, numbers = with_derived(codes, numbers, study.codebook)
    data = _data(codes.loc[kept], numbers, counts.loc[kept], study)
    data = data.assign(**design_columns(raw, data, study))
    if moments is not None:
        data[SUBMITTED_ON] = moments.frame["submitted"].loc[kept].dt.normalize().to_numpy()
    if kinds is not None:
        data[RESPONSE_KIND] = _categorical(kinds.loc[kept], (COMPLETE, PARTIAL))
    return Responses(study, data.reset_index(drop=True), log)


def _counts(raw: RawExport, study: Study) -> pd.Series:
    import pandas as pd

    column = study.export.count
    if column is None:
        return pd.Series(1, index=raw.cells.index, dtype="int64")
    texts = raw.cells[column].map(as_number)
    wrong = texts.index[~texts.str.fullmatch(r"[0-9]{1,15}")].tolist()
    if wrong:
        raise DataError(
            "a count is no whole number from 0",
            where=f"{raw.place}, column '{column}', {named_rows(wrong)}",
            expected="how many gave the answers of the row",
        )
    return texts.astype("int64")


def _refuse_idle_rules(raw: RawExport, study: Study) -> None:
    """Refuse a status or a rule that fits no row at all: a value that is spelt otherwise would turn answers away in silence."""
    status, problems = study.export.status, list[DataError]()
    if status is not None:
        texts = raw.cells[status.column]
        for key, values in (("complete", status.complete), ("partial", status.partial)):
            if _misses(texts, values, (*status.complete, *status.partial), surely=key == "complete"):
                problems.append(_idle(raw, status.column, f"export.status.{key}", values))
    for rule in study.export.exclude:
        if _misses(raw.cells[rule.column], rule.values, rule.values, surely=True):
            problems.append(_idle(raw, rule.column, f"export.exclude ({rule.reason})", rule.values))
    for kept in study.export.include:
        if _misses(raw.cells[kept.column], kept.values, kept.values, surely=True):
            problems.append(_idle(raw, kept.column, "export.include", kept.values))
    if problems:
        raise DataError.several(problems)


def _misses(texts: pd.Series, values: tuple[str, ...], known: tuple[str, ...], *, surely: bool) -> bool:
    """Return whether no cell has one of some values; unless surely, only where another value of the column is nearly one."""
    seen = {as_number(text) for text in texts.unique() if text.strip()}
    if seen & set(map(as_number, values)) or not values:
        return False
    others = seen - set(map(as_number, known))
    return surely or any(get_close_matches(as_number(value), others, cutoff=0.8) for value in values)


def _idle(raw: RawExport, column: str, key: str, values: tuple[str, ...]) -> DataError:
    return DataError(
        f"no row has a value that `{key}` names",
        where=f"{raw.place}, column '{column}'",
        got=seen_values(raw.cells[column], raw),
        expected=", ".join(values),
        hint="correct the values in study.yml; a rule that no row needs can be left out",
    )


def _moments(raw: RawExport, study: Study, due: pd.Series) -> Moments | None:
    """Return when each row was started and submitted (`submitted` falls back on nothing), or None without such columns."""
    import pandas as pd

    export, nothing = study.export, pd.Series("", index=raw.cells.index, dtype=object)
    if export.submitted is None and export.started is None:
        return None
    columns = {
        use: (str(heading), nothing if heading is None else raw.cells[heading])
        for use, heading in (("started", export.started), ("submitted", export.submitted))
    }
    return read_moments(columns, due, study.fieldwork, export.dates, raw.place)


def _reasons_before_coding(moments: Moments | None, excluded: pd.Series, study: Study) -> pd.Series:
    """Return for which of the reasons 1-3 each row is set aside; missing where for none."""
    import pandas as pd

    reasons = pd.Series(None, index=excluded.index, dtype=object)
    if moments is not None and study.fieldwork is not None:
        days = moments.frame["submitted"].fillna(moments.frame["started"]).dt.normalize()
        reasons[days < pd.Timestamp(study.fieldwork.start)] = BEFORE
        reasons[days > pd.Timestamp(study.fieldwork.end)] = AFTER
    return reasons.where(reasons.notna(), excluded)


def _excluded(cells: pd.DataFrame, study: Study) -> pd.Series:
    """Return by which rule of the study each row is excluded, whatever else holds of it; missing where by none."""
    import pandas as pd

    excluded = pd.Series(None, index=cells.index, dtype=object)
    for exclusion in study.export.exclude:
        excluded[_is_one_of(cells[exclusion.column], exclusion.values) & excluded.isna()] = exclusion.reason
    for inclusion in study.export.include:
        excluded[~_is_one_of(cells[inclusion.column], inclusion.values) & excluded.isna()] = NOT_INCLUDED
    return excluded


def _never_opened(cells: pd.DataFrame, moments: Moments | None, study: Study) -> pd.Series:
    """Return the rows without a time of any kind; where the export has no times, those without a status."""
    if moments is not None:
        return moments.frame.isna().all(axis=1)
    return (
        cells[study.export.status.column].str.strip() == "" if study.export.status else cells.index.to_series().isin([])
    )


def _is_one_of(texts: pd.Series, values: tuple[str, ...]) -> pd.Series:
    known = set(map(as_number, values))
    return texts.isin([text for text in texts.unique() if as_number(text) in known])


def _kinds(cells: pd.DataFrame, study: Study) -> pd.Series | None:
    """Return whether each row is a complete or a partial answer; missing for a break-off; None without a status."""
    status = study.export.status
    if status is None:
        return None
    kinds = dict.fromkeys(map(as_number, status.partial), PARTIAL) | dict.fromkeys(
        map(as_number, status.complete), COMPLETE
    )
    texts = cells[status.column]
    return texts.map({text: kinds.get(as_number(text)) for text in texts.unique()}).astype(object)


def _coded(raw: RawExport, study: Study, rows: pd.Series) -> dict[str, Coded]:
    coded: dict[str, Coded] = {}
    problems: list[DataError] = []
    for item_id, item in study.codebook.items.items():
        if item.derived:
            continue
        variables = study.codebook.variables_of(item_id)
        if item.ticks:
            found, wrong = code_boxes(variables, raw, rows)
            coded |= found
            problems += wrong
            continue
        for variable in variables:
            answers = answers_of(variable, raw, rows)
            code = code_numbers if item.kind == "number" else code_answers
            coded[variable.name] = one = code(answers, variable, raw)
            problems += unknown_answers(answers, one.codes, variable, raw)
    if problems:
        raise DataError.several(problems)
    return coded


def _code_frame(coded: dict[str, Coded], kinds: pd.Series | None, study: Study) -> pd.DataFrame:
    """Return the codes of every variable that stands on the questionnaire; what an empty box means is settled here."""
    import pandas as pd

    codes = pd.DataFrame({name: found.codes for name, found in coded.items()})
    broke_off = codes.index.to_series().isin(kinds.index[kinds.eq(PARTIAL)] if kinds is not None else [])
    earlier: list[str] = []
    settled = [codes]
    for item_id, item in study.codebook.items.items():
        variables = () if item.derived else study.codebook.variables_of(item_id)
        if item.ticks:
            boxes = settle_blanks(codes, variables, broke_off, earlier)
            settled = [*(part.drop(columns=boxes.columns, errors="ignore") for part in settled), boxes]
        earlier += [variable.name for variable in variables]
    names = [variable.name for variable in study.codebook.variables.values() if variable.printed]
    return pd.concat(settled, axis=1)[names]


def _nothing_answered(codes: pd.DataFrame, study: Study) -> pd.Series:
    without = codes.isin([BLANK, NOT_ASKED])
    boxes = [name for name, variable in study.codebook.variables.items() if variable.item.ticks and name in codes]
    empty = without.assign(**{name: without[name] | codes[name].eq(NOT_TICKED) for name in boxes})
    return empty.all(axis=1) & without.any(axis=1)


def _duplicates(
    raw: RawExport,
    study: Study,
    codes: pd.DataFrame,
    reasons: pd.Series,
    kinds: pd.Series | None,
    moments: Moments | None,
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
        rank["submitted"] = moments.frame["submitted"].loc[twice.index]
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


def _log(reasons: pd.Series, counts: pd.Series, kept: pd.Index, notes: dict[str, int], raw: RawExport) -> CleaningLog:
    set_aside = {reason: int(counts[reasons == reason].sum()) for reason in _possible_reasons(raw.study)}
    if not set_aside.get(NON_CONTACT):
        set_aside.pop(NON_CONTACT, None)
    return CleaningLog(int(counts.sum()), int(counts.loc[kept].sum()), set_aside, notes, dict(raw.unread))


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


def _possible_reasons(study: Study) -> list[str]:
    export, dated = study.export, study.export.submitted is not None or study.export.started is not None
    return [
        *((BEFORE, AFTER) if dated and study.fieldwork is not None else ()),
        *dict.fromkeys(exclusion.reason for exclusion in export.exclude),
        *((NOT_INCLUDED,) if export.include else ()),
        *((NON_CONTACT, BREAK_OFF) if export.status is not None else ()),
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


def _data(codes: pd.DataFrame, numbers: dict[str, pd.Series], counts: pd.Series, study: Study) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, object] = {}
    for variable in study.codebook.variables.values():
        answers = _any_ticked(codes, variable, study) if variable.derived else codes[variable.name]
        if variable.name in numbers:
            columns[variable.name] = numbers[variable.name].loc[codes.index].where(answers.isin(variable.scale.codes))
        columns[variable.coded_column] = _categorical(answers, variable.scale.codes, ordered=variable.scale.ordered)
        if not variable.item.ticks or answers.isin([NOT_ASKED]).any():
            columns[variable.missing_column] = _categorical(answers, variable.missing_codes)
    return pd.DataFrame({**columns, COUNT: counts.to_numpy()}, index=codes.index)


def _any_ticked(codes: pd.DataFrame, variable: Variable, study: Study) -> pd.Series:
    boxes = codes[[box.name for box in study.codebook.variables_of(variable.item_id)]]
    ticked = boxes.isin([TICKED]).any(axis=1).map({True: TICKED, False: NOT_TICKED})
    unknown = ~boxes.isin([TICKED, NOT_TICKED]).any(axis=1)
    return ticked.mask(unknown, boxes.iloc[:, 0])


def _categorical(answers: pd.Series, codes: tuple[str, ...], *, ordered: bool = False) -> pd.Categorical:
    """Return the answers that are among `codes` as categories in that order; every other one is missing."""
    import pandas as pd

    return pd.Categorical(answers.where(answers.isin(codes)), categories=list(codes), ordered=ordered)
