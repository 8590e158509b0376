"""Cleaning in the engine that holds the answers: the rules of `clean` as expressions, and counts in the place of rows.

Each distinct text of a column is coded as a cell of a file is; the engine puts the codes in the place of the texts, and counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from ..errors import DataError, EstimationError
from ..study import Study
from .clean import (
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
from .coding import MENDED, code_item, settled
from .grid import cell_place
from .moments import DAY_FIRST, read_moments
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
from .rules import collected, put, routed, with_derived
from .table import Lazy, TableExport

_CLOCK = r"[T ,]+(kl\.? *)?\d{1,2}[:.]\d{2}.*$"
"""The time of day at the end of a text that is a point in time."""
Counts = dict[tuple[str, ...], "pd.DataFrame"]


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
        hint = (
            "ask for the counts of what it is about: responses.crossing('belonging', 'role') is used like any answers;"
        )
        hint += " a variable of your own is written under `derived` in study.yml"
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
        import pandas as pd

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
        return {
            text: value
            for text, value in zip(self.texts[heading], found, strict=True)
            if value == value and value is not None
        }


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
    frame, mended = _coded(table, frame)
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
        refuse = partial(_refuse_contradictions, ids=ids[0], names=names, table=table)
        kept = table.keep(one_each(kept, ids[0], study, refuse), {})
        left = int(collected(kept.select(nw.len().alias(COUNT)))[COUNT].iloc[0])
        found |= {DUPLICATE: found.get("", 0) - left, "": left}
    notes = _notes(kept, {**dict.fromkeys(MENDED[:3], 0)}, [*mended, *against], {*days}, order)
    log = made_log(study, found, notes, table.place, table.unread)
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
    texts = {RAW + heading: _day(nw.col(RAW + heading), heading in typed) for heading in named.values()}
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


def _day(column: nw.Expr, typed: bool) -> nw.Expr:
    """Return the day of a point in time as a text."""
    return column.cast(nw.Date).cast(nw.String).fill_null("") if typed else column.str.replace_all(_CLOCK, "")


def _coded(table: TableExport, frame: Lazy) -> tuple[Lazy, list[str]]:
    """Return a frame with the codes of all questions, and how many answers of each row were mended in each way."""
    due, columns = frame.filter(nw.col(EXCLUDED).is_null()), dict[str, nw.Expr]()
    mended, problems = dict[str, list[nw.Expr]](), list[DataError]()
    for item_id, item in table.study.codebook.items.items():
        every = () if item.derived else table.study.codebook.variables_of(item_id)
        variables = [v for v in every if v.columns and not (v.part and v.part.absent)]
        values = _Values(table, due, dict.fromkeys(variable.columns[0] for variable in variables))
        raw = values.raw() if variables else None
        coded, wrong = ({}, []) if raw is None else code_item(every, raw, _all(raw.cells))
        if wrong:
            right = {v.columns[0]: values.of(v.columns[0], coded[v.name].codes) for v in variables if v.name in coded}
            raw = values.raw(right)
            problems += code_item(every, raw, _all(raw.cells))[1]
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


def _refuse_contradictions(kept: Lazy, ids: str, names: Sequence[str], table: TableExport) -> None:
    """Stop where rows of a respondent differ in their answers."""
    answers = nw.concat_str(*(nw.col(name).cast(nw.String) for name in names), separator="|")
    each = kept.filter(nw.col(ids) != "").with_columns(answers.alias(REASON)).group_by(ids)
    several = each.agg(nw.col(REASON).n_unique().alias(COUNT)).filter(nw.col(COUNT) > 1)
    people = int(collected(several.select(nw.len().alias(COUNT)))[COUNT].iloc[0])
    if people:
        hint = "correct the ids; where people did answer again, write `duplicates: latest` under `export` in study.yml, and"
        hint += " give the time as a timestamp"
        what, got, expected = (
            "rows have one id and different answers",
            f"{people} respondents",
            "one answer a respondent",
        )
        raise DataError(what, where=table.place, got=got, expected=expected, hint=hint)


def _notes(
    kept: Lazy, notes: dict[str, int], counted: Sequence[str], days: set[str], order: str | None
) -> dict[str, int]:
    """Return what was mended, and who answered against the routing, among the answers that are kept."""
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
