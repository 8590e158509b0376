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

Answers in an engine are cleaned there, by the same rules as expressions: each distinct text of a column is coded as a cell of a
file is, the engine puts the codes in the place of the texts, and counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time
from difflib import get_close_matches
from functools import partial
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from ..errors import DataError, EstimationError
from ..study import Study
from ..study.plan import Inclusion
from .coding import MENDED, Coded, as_number, code_item, seen_values, settled
from .design import design_columns
from .grid import cell_place, named_rows
from .moments import DAY_FIRST, Moments, read_moments
from .read import RAW, RESPONDENT, RawExport, refuse_one_for_most
from .responses import (
    AGAINST_ROUTING,
    COMPLETE,
    COUNT,
    PARTIAL,
    RESPONSE_KIND,
    SUBMITTED_ON,
    CleaningLog,
    Responses,
    categorical,
    coded_columns,
    number_column,
)
from .rules import Frame, collected, eager, nothing_answered, put, routed, with_derived
from .table import Export, Lazy, TableExport

_NUMBER = "__number__"
BEFORE, AFTER = "before_fieldwork", "after_fieldwork"
NON_CONTACT, BREAK_OFF, NOTHING, DUPLICATE = "non_contact", "break_off", "nothing_answered", "duplicate"
STARTED_ON, REASON, EXCLUDED, MOMENT = "__started_on__", "__reason__", "__excluded__", "__moment__"
"""Columns beside the codes: the day of the start, why a row is set aside, by which rule of the study, and when it was submitted."""
_CLOCK = r"[T ,]+(kl\.? *)?\d{1,2}[:.]\d{2}.*$"
"""The time of day at the end of a text that is a point in time."""
NO_DATE = "no_date"
"""The note that counts rows kept without any date, of which nothing says that they came within the fieldwork."""
Counts = dict[tuple[str, ...], pd.DataFrame]
"""What was counted in an engine, by the variables that were crossed."""


def clean(raw: Export, study: Study) -> Responses:
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
    notes |= {name: people for name, people in against.items() if people}
    rows_by_reason = counts.groupby(reasons.fillna("").to_numpy()).sum()
    log = made_log(study, {str(reason): int(n) for reason, n in rows_by_reason.items()}, notes, raw)
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
    headings = {"started": export.started, "submitted": export.submitted}
    if not any(headings.values()):
        return None
    columns = {use: (str(heading), raw.cells.get(heading, nothing)) for use, heading in headings.items()}
    return read_moments(columns, due, study.fieldwork, export.dates, raw.place)


def _coded(raw: RawExport, study: Study, rows: pd.Series) -> dict[str, Coded]:
    coded: dict[str, Coded] = {}
    problems: list[DataError] = []
    for item_id, item in study.codebook.items.items():
        if not item.derived:
            coded |= code_item(study.codebook.variables_of(item_id), raw, rows, problems)
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


def refuse_idle_rules(raw: RawExport, study: Study) -> None:
    """Refuse a status or a rule that fits no row at all: a value that is spelt otherwise would turn answers away in silence."""
    status, problems = study.export.status, list[DataError]()
    if status is not None:
        texts = raw.cells[status.column]
        for key, values in (("complete", status.complete), ("partial", status.partial)):
            if _misses(texts, values, (*status.complete, *status.partial), surely=key == "complete"):
                problems.append(_idle(raw, status.column, f"export.status.{key}", values))
    for rule in study.export.rules:
        if _misses(raw.cells[rule.column], rule.values, rule.values, surely=True):
            key = "export.include" if isinstance(rule, Inclusion) else f"export.exclude ({rule.reason})"
            problems.append(_idle(raw, rule.column, key, rule.values))
    DataError.raise_all(problems)


def _misses(texts: pd.Series, values: tuple[str, ...], known: tuple[str, ...], *, surely: bool) -> bool:
    """Return whether no cell has one of some values; unless surely, only where another value of the column is nearly one."""
    seen = {as_number(text) for text in texts.unique() if text.strip()}
    if seen & set(map(as_number, values)) or not values:
        return False
    others = seen - set(map(as_number, known))
    return surely or any(get_close_matches(as_number(value), others, cutoff=0.8) for value in values)


def _idle(raw: RawExport, column: str, key: str, values: tuple[str, ...]) -> DataError:
    what, got = f"no row has a value that `{key}` names", seen_values(raw.cells[column], raw)
    hint = "correct the values in study.yml; a rule that no row needs can be left out"
    return DataError(what, where=cell_place(raw.place, column), got=got, expected=", ".join(values), hint=hint)


def rule_headings(study: Study) -> list[str]:
    """Return the columns that the rules of a study, and its status, are about."""
    status = [study.export.status.column] if study.export.status else []
    return [*dict.fromkeys([*(rule.column for rule in study.export.rules), *status])]


def rule_columns(study: Study, texts: Mapping[str, Iterable[str]]) -> dict[str, nw.Expr]:
    """Return by which rule of the study each row is excluded, and whether it is a complete or a partial answer.

    Parameters
    ----------
    study
        The study.
    texts
        The distinct texts of each of `rule_headings`.
    """
    status, excluded = study.export.status, nw.lit(None, nw.String)
    for rule in reversed(study.export.rules):
        wanted = set(map(as_number, rule.values))
        fits = nw.col(RAW + rule.column).is_in([text for text in texts[rule.column] if as_number(text) in wanted])
        fits = ~fits if isinstance(rule, Inclusion) else fits
        excluded = nw.when(fits).then(nw.lit(rule.reason)).otherwise(excluded)
    if status is None:
        return {EXCLUDED: excluded}
    kinds = dict.fromkeys(map(as_number, status.partial), PARTIAL)
    kinds |= dict.fromkeys(map(as_number, status.complete), COMPLETE)
    known = {text: kinds[as_number(text)] for text in texts[status.column] if as_number(text) in kinds}
    return {EXCLUDED: excluded, RESPONSE_KIND: put(nw.col(RAW + status.column), known)}


def reason_of(study: Study, *, dated: bool) -> nw.Expr:
    """Return why each row is set aside, duplicates apart: the first reason that holds; nothing where none does."""
    nothing, status = nothing_answered(study), study.export.status
    found = nw.when(nothing).then(nw.lit(NOTHING)).otherwise(nw.lit(None, nw.String))
    if status is not None:
        without = nw.col(SUBMITTED_ON).is_null() & nw.col(STARTED_ON).is_null()
        never = without if dated else nw.col(RAW + status.column).str.strip_chars() == ""
        broken = nw.when(nothing & never).then(nw.lit(NON_CONTACT)).otherwise(nw.lit(BREAK_OFF))
        found = nw.when(nw.col(RESPONSE_KIND).is_null()).then(broken).otherwise(found)
    found = nw.when(nw.col(EXCLUDED).is_null()).then(found).otherwise(nw.col(EXCLUDED))
    if dated and study.fieldwork is not None:
        day = nw.coalesce(nw.col(SUBMITTED_ON), nw.col(STARTED_ON))
        start, end = (nw.lit(datetime.combine(day, time())) for day in (study.fieldwork.start, study.fieldwork.end))
        found = nw.when(day > end).then(nw.lit(AFTER)).otherwise(found)
        found = nw.when(day < start).then(nw.lit(BEFORE)).otherwise(found)
    return found


def one_each(frame: Frame, ids: str, study: Study, refuse: Callable[[Frame], None], order: str | None = None) -> Frame:
    """Return one row a respondent: a complete one before a partial one, then the last submitted, then the last by `order`.

    Parameters
    ----------
    frame
        Answers that nothing else sets aside.
    ids
        The column that names respondents; '' names nobody.
    study
        The study.
    refuse
        Raises where rows of a respondent differ: given those as complete, unless the study wants the latest, and those as late
        where there is no order.
    order
        The column of the rows' numbers.
    """
    nobody = nw.col(ids) == ""
    if study.export.status is not None:
        frame = frame.with_columns((nw.col(RESPONSE_KIND) == PARTIAL).cast(nw.Int64).alias(EXCLUDED))
        frame = frame.filter(nobody | (nw.col(EXCLUDED) == nw.col(EXCLUDED).min().over(ids)))
    if study.export.duplicates == "refuse":
        refuse(frame)
    if study.export.submitted is not None:
        last = nw.col(MOMENT).max().over(ids)
        frame = frame.filter(nobody | last.is_null() | (nw.col(MOMENT) == last))
    if order is None:
        refuse(frame)
    return frame.filter(nobody | nw.col(ids).is_last_distinct().over(order_by=order or ids))


def _possible(study: Study) -> list[str]:
    export, dated = study.export, study.export.submitted is not None or study.export.started is not None
    return [
        *((BEFORE, AFTER) if dated and study.fieldwork is not None else ()),
        *dict.fromkeys(rule.reason for rule in export.rules),
        *((NON_CONTACT, BREAK_OFF) if export.status is not None else ()),
        NOTHING,
        *((DUPLICATE,) if export.id is not None else ()),
    ]


def made_log(study: Study, found: Mapping[str, int], notes: dict[str, int], raw: Export) -> CleaningLog:
    """Return what became of all rows, from how many there are by reason ('' for those that are kept).

    Raises
    ------
    DataError
        When none is kept.
    """
    reasons = (reason for reason in _possible(study) if reason != NON_CONTACT or found.get(reason))
    set_aside = {reason: found.get(reason, 0) for reason in reasons}
    log = CleaningLog(sum(found.values()), found.get("", 0), set_aside, notes, dict(raw.unread))
    if not log.kept:
        told = ", ".join(f"{reason} {n}" for reason, n in log.set_aside.items() if n)
        what, hint = "no answer is left after cleaning", "check `fieldwork` and `export` in study.yml"
        got = f"{log.rows_in} rows set aside: {told or 'their counts are 0'}"
        expected = "answers within the fieldwork, with a status that study.yml names"
        raise DataError(what, where=raw.place, got=got, expected=expected, hint=hint)
    return log


class CountedResponses(Responses):
    """Answers that stay in an engine: counts of any crossing can be had, and nothing that takes rows.

    Parameters
    ----------
    study, log
        As of `Responses`.
    counts
        Crossings that were counted already, by their variables.
    engine
        Returns the cleaned answers where they are.

    Examples
    --------
    >>> crosstab(responses.crossing("belonging", "role"), "belonging", "role")
    """

    def __init__(self, study: Study, log: CleaningLog, counts: Counts, engine: Callable[[], Lazy]) -> None:
        for name, value in (("study", study), ("log", log), ("counts", counts), ("engine", engine)):
            object.__setattr__(self, name, value)

    counts: Counts
    engine: Callable[[], Lazy]

    @property
    def data(self) -> pd.DataFrame:
        """Refused: the rows are in the engine."""
        hint = "ask for the counts of what it is about: responses.crossing('belonging', 'role') is used like any"
        hint += " answers; a variable of your own is written under `derived` in study.yml"
        what = "this takes the rows of the answers, and they stay in the engine"
        raise EstimationError(what, where=self.study.name, hint=hint)

    @property
    def total(self) -> int:
        """The number of respondents."""
        return self.log.kept

    @property
    def design(self) -> dict[str, str]:
        """Nothing: everybody was asked, and counts the same."""
        return {}

    def crossing(self, *names: str) -> Responses:
        """Return the counts of some variables' answers together, those of the names that there are, as answers."""
        export, variables = self.study.export, self.study.codebook.variables
        there = {*variables, *([RESPONSE_KIND] if export.status else [])}
        there |= {SUBMITTED_ON} if export.submitted or export.started else set()
        items = [name for name in names if name in self.study.codebook.items]
        asked = {*names, *(variable.name for name in items for variable in self.study.codebook.variables_of(name))}
        key = tuple(sorted(there & asked))
        if key not in self.counts:
            self.counts[key] = _counted(self.engine(), key, self.study)
        return Responses(self.study, self.counts[key], self.log)

    def model_frame(self, outcome: str, predictors: Sequence[str], extra: Sequence[str] = ()) -> pd.DataFrame:
        """Return the columns of a model, a row a pattern; see `Responses.model_frame`."""
        names = [outcome, *predictors, *extra, *([self.study.unit] if self.study.unit else [])]
        return self.crossing(*names).model_frame(outcome, predictors, extra)

    def __repr__(self) -> str:
        """Return the number of respondents, never an answer."""
        return f"<CountedResponses {self.study.name}: {self.total} respondents in an engine; not for release>"


def _counted(frame: Lazy, names: tuple[str, ...], study: Study) -> pd.DataFrame:
    """Count a crossing in the engine, and return it as answers have it, in one order."""
    number = nw.len().alias(COUNT)
    found = collected(frame.group_by(*names).agg(number) if names else frame.select(number))
    codes = found.astype(dict.fromkeys(names, object)).sort_values([*names], ignore_index=True)
    data = coded_columns(codes, codes[COUNT].astype("int64"), study)
    if SUBMITTED_ON in names:
        data[SUBMITTED_ON] = pd.to_datetime(codes[SUBMITTED_ON])
    if RESPONSE_KIND in names:
        data[RESPONSE_KIND] = categorical(codes[RESPONSE_KIND], (COMPLETE, PARTIAL))
    return data


class _Values:
    """The distinct texts of some columns of a table.

    Parameters
    ----------
    table, frame
        The table, and those of its rows that are looked at.
    headings
        The columns.
    """

    def __init__(self, table: TableExport, frame: Lazy, headings: Iterable[str]) -> None:
        self.table, self.frame = table, frame
        self.texts = {heading: self._counted(heading)["text"].tolist() for heading in headings}

    def _counted(self, heading: str, *more: nw.Expr) -> pd.DataFrame:
        counts = self.frame.group_by(RAW + heading).agg(nw.len().alias("rows"), *more)
        found = collected(counts).rename(columns={RAW + heading: "text"})
        return found.astype({"text": object}).sort_values("text", ignore_index=True)

    def raw(self, right: Mapping[str, Collection[str]] | None = None) -> RawExport:
        """Return the texts as an export, each column in rows of its own: once a text or, but for right ones, as often as it occurs."""
        parts, ids = [], self.table.study.export.id
        for heading, texts in self.texts.items():
            part = pd.DataFrame({heading: texts})
            if right is not None:  # each respondent has a number, so that texts of few people are not shown
                found = self._counted(heading, (nw.col(RAW + ids).n_unique() if ids else nw.len()).alias("people"))
                once = found["text"].isin(right.get(heading, ()))
                found = found.loc[found.index.repeat(found["rows"].mask(once, 1))]
                numbers = found.groupby("text").cumcount() % found["people"]
                part = pd.DataFrame({heading: found["text"], RESPONDENT: numbers.astype(str)})
            parts.append(part)
        cells = pd.concat(parts, ignore_index=True).astype(object).fillna("")
        cells.index = pd.RangeIndex(-1, -1 - len(cells), -1)  # below 0: rows of a table have no numbers
        return RawExport(self.table.study, cells, self.table.place, 0)

    def of(self, heading: str, column: pd.Series) -> dict[str, Any]:
        """Return what was found for the texts of a column, by text, where something was."""
        start = sum(len(texts) for texts in [*self.texts.values()][: [*self.texts].index(heading)])
        found = column.iloc[start : start + len(self.texts[heading])]
        told = zip(self.texts[heading], found, strict=True)
        return {text: value for text, value in told if value == value and value is not None}


def count_answers(table: TableExport) -> CountedResponses:
    """Clean the answers of a table where they are; see `clean` for the rules.

    Raises
    ------
    DataError
        As `clean`, with counts in the place of row numbers; and where rows of one respondent differ so that nothing tells which
        is the last.
    """
    study, frame = table.study, table.frame
    repeated = _repeated(table)
    frame = frame.with_columns(**_rule_columns(table))
    days, order = _days(table, frame)
    frame = frame.with_columns(**days) if days else frame
    frame, mended = _coded_in_engine(table, frame)
    frame = with_derived(routed(settled(frame, study), study), study.codebook)
    names = [*study.codebook.variables]
    against = [name for name in frame.columns if name.startswith(AGAINST_ROUTING)]
    columns = [*names, *days, *against, *mended, *([RESPONSE_KIND] if study.export.status else [])]
    ids = [RAW + str(study.export.id)] if repeated else []
    frame = frame.with_columns(reason_of(study, dated=bool(days)).alias(REASON)).select(*columns, *ids, REASON)
    frame = table.keep(frame, {name: study.codebook.variable(name).shown_codes for name in names})
    rows = collected(frame.group_by(REASON).agg(nw.len().alias("rows")))
    found = {str(reason): int(n) for reason, n in zip(rows[REASON].fillna(""), rows["rows"], strict=True)}
    kept = frame.filter(nw.col(REASON).is_null())
    if repeated:
        refuse = partial(_refuse_differing, ids=ids[0], names=names, table=table)
        kept = table.keep(one_each(kept, ids[0], study, refuse), {})
        left = int(collected(kept.select(nw.len().alias(COUNT)))[COUNT].iloc[0])
        found |= {DUPLICATE: found.get("", 0) - left, "": left}
    notes = _notes_in_engine(kept, [*mended, *against], {*days}, order)
    log = made_log(study, found, notes, table)
    return CountedResponses(study, log, {}, lambda: kept)


def _repeated(table: TableExport) -> bool:
    """Return whether some respondents have several rows; refuse ids that name nobody."""
    heading = table.study.export.id
    if heading is None:
        return False
    ids = table.frame.filter(nw.col(RAW + heading) != "").group_by(RAW + heading).agg(nw.len().alias("rows"))
    sums = ids.select(nw.col("rows").max().alias("most"), nw.col("rows").sum().alias("all"))
    most, rows = collected(sums).fillna(0).iloc[0]
    refuse_one_for_most(int(most), int(rows), cell_place(table.place, heading))
    return bool(most > 1)


def _rule_columns(table: TableExport) -> dict[str, nw.Expr]:
    """Return what the rules of the study say of each row; refuse those that fit none."""
    values = _Values(table, table.frame, rule_headings(table.study))
    if values.texts:
        try:
            refuse_idle_rules(values.raw(), table.study)
        except DataError:
            refuse_idle_rules(values.raw({}), table.study)
    return rule_columns(table.study, values.texts)


def _days(table: TableExport, frame: Lazy) -> tuple[dict[str, nw.Expr], str | None]:
    """Return the days on which answers were started and submitted, and in what order dates were read."""
    export, schema = table.study.export, frame.collect_schema()
    uses = {STARTED_ON: export.started, SUBMITTED_ON: export.submitted}
    named = {use: heading for use, heading in uses.items() if heading is not None}
    if not named:
        return {}, None
    typed = {heading for heading in named.values() if schema[RAW + heading] != nw.String}
    texts = {RAW + heading: nw.col(RAW + heading).str.replace_all(_CLOCK, "") for heading in named.values()}
    texts |= {RAW + heading: nw.col(RAW + heading).cast(nw.Date).cast(nw.String).fill_null("") for heading in typed}
    values = _Values(table, frame.filter(nw.col(EXCLUDED).is_null()).with_columns(**texts), named.values())
    cells = values.raw().cells
    read = {use: (heading, cells[heading]) for use, heading in named.items()}
    moments = read_moments(read, _all(cells), table.study.fieldwork, export.dates, table.place)
    columns = dict.fromkeys(uses, nw.lit(None, nw.Date))
    for use, heading in named.items():
        days = moments.frame[use].dt.strftime("%Y-%m-%d")
        columns[use] = put(texts[RAW + heading], values.of(heading, days)).str.to_date("%Y-%m-%d")
    columns[MOMENT] = nw.col(RAW + str(export.submitted)) if export.submitted in typed else columns[SUBMITTED_ON]
    return columns, moments.order


def _coded_in_engine(table: TableExport, frame: Lazy) -> tuple[Lazy, list[str]]:
    """Return a frame with the codes of all questions, and how many answers of each row were mended in each way."""
    due, columns = frame.filter(nw.col(EXCLUDED).is_null()), dict[str, nw.Expr]()
    mended, problems = dict[str, list[nw.Expr]](), list[DataError]()
    for item_id, item in table.study.codebook.items.items():
        every = () if item.derived else table.study.codebook.variables_of(item_id)
        variables = [variable for variable in every if variable.columns and not variable.absent]
        values = _Values(table, due, dict.fromkeys(variable.columns[0] for variable in variables))
        wrong, raw = list[DataError](), values.raw() if variables else None
        coded = {} if raw is None else code_item(every, raw, _all(raw.cells), wrong)
        if wrong:
            right = {v.columns[0]: values.of(v.columns[0], coded[v.name].codes) for v in variables if v.name in coded}
            raw = values.raw(right)
            code_item(every, raw, _all(raw.cells), problems)
        for variable in [] if wrong else variables:
            heading, found = variable.columns[0], coded[variable.name]
            text = nw.col(RAW + heading)
            columns[variable.name] = put(text, values.of(heading, found.codes))
            if found.numbers is not None:
                numbers = values.of(heading, found.numbers)
                columns[number_column(variable.name)] = put(text, numbers, nw.Float64)
            how = values.of(heading, found.mended)
            for kind in {*how.values()}:
                fits = text.is_in([one for one, own in how.items() if own == kind]).cast(nw.Int64)
                mended.setdefault(kind, []).append(fits)
    DataError.raise_all(problems)
    sums = {kind: nw.sum_horizontal(*fits) for kind, fits in mended.items()}
    return frame.with_columns(**columns, **sums), [*sums]


def _all(cells: pd.DataFrame) -> pd.Series:
    """Return every row of some cells."""
    return cells.index.to_series() < 0


def _refuse_differing(kept: Lazy, ids: str, names: Sequence[str], table: TableExport) -> None:
    """Stop where rows of a respondent differ in their answers."""
    answers = nw.concat_str(*(nw.col(name).cast(nw.String) for name in names), separator="|")
    each = kept.filter(nw.col(ids) != "").with_columns(answers.alias(REASON)).group_by(ids)
    several = each.agg(nw.col(REASON).n_unique().alias(COUNT)).filter(nw.col(COUNT) > 1)
    people = int(collected(several.select(nw.len().alias(COUNT)))[COUNT].iloc[0])
    if people:
        hint = "correct the ids; where people did answer again, write `duplicates: latest` under `export` in study.yml, and"
        hint += " give the time as a timestamp"
        what, got = "rows have one id and different answers", f"{people} respondents"
        raise DataError(what, where=table.place, got=got, expected="one answer a respondent", hint=hint)


def _notes_in_engine(kept: Lazy, counted: Sequence[str], days: set[str], order: str | None) -> dict[str, int]:
    """Return what was mended, and who answered against the routing, among the answers that are kept."""
    notes = dict.fromkeys(MENDED[:3], 0)
    sums = [nw.col(name).cast(nw.Int64).sum().alias(name) for name in counted]
    if days:
        without = nw.col(SUBMITTED_ON).is_null() & nw.col(STARTED_ON).is_null()
        dated = [(~nw.col(name).is_null()).cast(nw.Int64).sum() for name in (SUBMITTED_ON, STARTED_ON)]
        sums += [without.cast(nw.Int64).sum().alias(NO_DATE), (dated[0] + dated[1]).alias("dated")]
    found: Any = collected(kept.select(*sums)).fillna(0).iloc[0] if sums else {}
    for name in (*MENDED, *([NO_DATE] if days else []), *(n for n in counted if n not in MENDED)):
        if name in found and (found[name] or not name.startswith(AGAINST_ROUTING)):
            notes[name] = int(found[name])
    if order is not None and order != DAY_FIRST:
        notes[order] = int(found["dated"])
    return notes
