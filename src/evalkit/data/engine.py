"""Cleaning in the engine that holds the answers: the rules of `clean` as expressions, and counts in the place of rows.

Each distinct text of a column is coded as a cell of a file is; the engine puts the codes in the place of the texts, and counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw

from ..errors import DataError, EstimationError
from ..study import Study
from .boxes import code_item, settled
from .coding import MENDED
from .moments import DAY_FIRST, Moments, read_moments
from .read import RESPONDENT, RawExport
from .reasons import (
    AFTER,
    BEFORE,
    BREAK_OFF,
    DUPLICATE,
    NO_DATE,
    NON_CONTACT,
    NOT_INCLUDED,
    NOTHING,
    is_one_of,
    kinds_of,
    made_log,
    refuse_idle_rules,
)
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
from .rules import collected, nothing_answered, routed, with_derived
from .table import RAW, Lazy, TableExport

if TYPE_CHECKING:
    import pandas as pd

STARTED_ON, MOMENT, REASON, EXCLUDED = "__started_on__", "__moment__", "__reason__", "__excluded__"
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
        raise EstimationError(
            "this takes the rows of the answers, and they stay in the engine",
            where=self.study.name,
            hint="ask for the counts of what it is about: responses.crossing('belonging', 'role') is used like any answers",
        )

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
    import pandas as pd

    number = nw.len().alias(COUNT)
    found = collected(frame.group_by(*names).agg(number) if names else frame.select(number))
    codes = found.astype(dict.fromkeys(names, object)).sort_values([*names], ignore_index=True)
    data = coded_columns(codes, codes[COUNT].astype("int64"), study)
    if SUBMITTED_ON in names:
        data[SUBMITTED_ON] = pd.to_datetime(codes[SUBMITTED_ON])
    if RESPONSE_KIND in names:
        data[RESPONSE_KIND] = categorical(codes[RESPONSE_KIND], (COMPLETE, PARTIAL))
    return data


@dataclass(frozen=True, eq=False)
class _Values:
    """The distinct texts of some columns of a table: `text, rows, people` by heading."""

    table: TableExport
    found: Mapping[str, pd.DataFrame]

    @classmethod
    def of(cls, table: TableExport, frame: Lazy, headings: Sequence[str]) -> _Values:
        """Look the distinct texts of some columns up in the engine."""
        ids, found = table.study.export.id, {}
        for heading in dict.fromkeys(headings):
            people = nw.len() if ids is None or ids == heading else nw.col(RAW + ids).n_unique()
            counts = frame.group_by(RAW + heading).agg(nw.len().alias("rows"), people.alias("people"))
            texts = collected(counts).rename(columns={RAW + heading: "text"})
            found[heading] = texts.astype({"text": object}).sort_values("text", ignore_index=True)
        return cls(table, found)

    def raw(self, *, told: bool = False) -> RawExport:
        """Return the texts as an export: each column in rows of its own; once a text or, to be told, as often as it occurs."""
        import pandas as pd

        parts = []
        for heading, texts in self.found.items():
            part = texts.loc[texts.index.repeat(texts["rows"])] if told else texts
            number = part.groupby("text").cumcount() % part["people"] if told else part["rows"]
            parts.append(pd.DataFrame({heading: part["text"], RESPONDENT: number.astype(str)}, dtype=object))
        cells = pd.concat(parts, ignore_index=True).fillna("")
        cells.index = pd.RangeIndex(-1, -1 - len(cells), -1)  # below 0: rows of a table have no numbers
        return RawExport(self.table.study, cells, self.table.place, 0)

    def told(self, make: Callable[[RawExport], Any]) -> Any:
        """Return what is made of the texts; an error is made of them as often as they occur, for its counts to be right."""
        try:
            return make(self.raw())
        except DataError:
            return make(self.raw(told=True))

    def put(self, heading: str, into: Mapping[str, Any], kind: Any = nw.String) -> nw.Expr:
        """Return what some texts of a column stand for in each row."""
        if not into:
            return nw.lit(None, kind)
        return nw.col(RAW + heading).replace_strict(dict(into), default=None, return_dtype=kind)


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
    frame = frame.with_columns(**days)
    frame, mended = _coded(table, frame)
    frame = with_derived(routed(settled(frame, study), study), study.codebook)
    names = [*study.codebook.variables]
    against = [name for name in frame.columns if name.startswith(AGAINST_ROUTING)]
    columns = [*names, *days, *against, *mended, *([RESPONSE_KIND] if study.export.status else [])]
    ids = [RAW + str(study.export.id)] if repeated else []
    frame = frame.with_columns(_reason(study, {*days}).alias(REASON)).select(*columns, *ids, REASON)
    frame = table.keep(frame, {name: study.codebook.variable(name).shown_codes for name in names})
    rows = collected(frame.group_by(REASON).agg(nw.len().alias("rows")))
    found = {str(reason): int(n) for reason, n in zip(rows[REASON].fillna(""), rows["rows"], strict=True)}
    kept = frame.filter(nw.col(REASON).is_null())
    if repeated:
        kept = table.keep(_first_of_each(kept, ids[0], names, table), {})
        left = int(collected(kept.select(nw.len().alias(COUNT)))[COUNT].iloc[0])
        found |= {DUPLICATE: found.get("", 0) - left, "": left}
    notes = _notes(kept, {**dict.fromkeys(MENDED[:3], 0)}, [*mended, *against], {*days}, order)
    return CountedResponses(study, made_log(study, found, notes, table), {}, lambda: kept)


def _repeated(table: TableExport) -> bool:
    """Return whether some respondents have several rows; refuse ids that name nobody."""
    heading = table.study.export.id
    if heading is None:
        return False
    ids = table.frame.filter(nw.col(RAW + heading) != "").group_by(RAW + heading).agg(nw.len().alias("rows"))
    sums = ids.select(nw.col("rows").max().alias("most"), nw.col("rows").sum().alias("all"))
    most, rows = collected(sums).fillna(0).iloc[0]
    if most >= 3 and 2 * most > rows:
        raise DataError(
            "most rows have one id: it names nobody", where=table.place, got=f"{most:.0f} of {rows:.0f} rows"
        )
    return bool(most > 1)


def _rule_columns(table: TableExport) -> dict[str, nw.Expr]:
    """Return by which rule of the study each row is excluded, and whether it is a complete or a partial answer."""
    study = table.study
    rules: list[Any] = [*study.export.exclude, *study.export.include]
    status = [study.export.status.column] if study.export.status else []
    headings = [*(rule.column for rule in rules), *status]
    excluded = nw.lit(None, nw.String)
    if not headings:
        return {EXCLUDED: excluded}
    values = _Values.of(table, table.frame, headings)
    values.told(lambda raw: refuse_idle_rules(raw, study))
    for rule in reversed(rules):
        texts, reason = values.found[rule.column]["text"], getattr(rule, "reason", NOT_INCLUDED)
        fits = nw.col(RAW + rule.column).is_in(texts[is_one_of(texts, rule.values)].tolist())
        excluded = nw.when(~fits if reason == NOT_INCLUDED else fits).then(nw.lit(reason)).otherwise(excluded)
    columns = {EXCLUDED: excluded}
    for heading in status:
        texts = values.found[heading]["text"]
        kinds = kinds_of(values.raw().cells, study)
        assert kinds is not None
        known = dict(zip(values.raw().cells[heading], kinds, strict=True))
        columns[RESPONSE_KIND] = values.put(
            heading, {text: known[text] for text in texts if isinstance(known[text], str)}
        )
    return columns


def _days(table: TableExport, frame: Lazy) -> tuple[dict[str, nw.Expr], str | None]:
    """Return the days on which answers were started and submitted, as ISO texts, and in what order dates were read."""
    export, schema = table.study.export, frame.collect_schema()
    named = {"started": export.started, "submitted": export.submitted}
    if not any(named.values()):
        return {}, None
    due = frame.filter(nw.col(EXCLUDED).is_null())
    texts = [heading for heading in named.values() if heading and schema[RAW + heading] == nw.String]
    cut = {RAW + heading: nw.col(RAW + heading).str.replace_all(_CLOCK, "") for heading in texts}
    cells = _Values.of(table, due.with_columns(**cut), texts).raw().cells if texts else None
    found = None if cells is None else _moments_of(table, {use: h for use, h in named.items() if h in texts}, cells)
    columns: dict[str, nw.Expr] = {}
    for use, name in (("started", STARTED_ON), ("submitted", SUBMITTED_ON)):
        heading = named[use]
        if heading is None:
            columns[name] = nw.lit(None, nw.String)
        elif found is None or cells is None or heading not in texts:
            columns[name] = nw.col(RAW + heading).cast(nw.Date).cast(nw.String)
        else:
            days = found.frame[use].dt.strftime("%Y-%m-%d")
            into = {text: day for text, day in zip(cells[heading], days, strict=True) if text and isinstance(day, str)}
            columns[name] = cut[RAW + heading].replace_strict(into, default=None, return_dtype=nw.String)
    submitted = named["submitted"]
    typed = submitted is not None and submitted not in texts
    columns[MOMENT] = nw.col(RAW + str(submitted)) if typed else columns[SUBMITTED_ON]
    return columns, None if found is None else found.order


def _moments_of(table: TableExport, named: Mapping[str, str], cells: pd.DataFrame) -> Moments:
    columns = {use: (heading, cells[heading]) for use, heading in named.items()}
    due = cells.index.to_series() < 0
    return read_moments(columns, due, table.study.fieldwork, table.study.export.dates, table.place)


def _coded(table: TableExport, frame: Lazy) -> tuple[Lazy, list[str]]:
    """Return a frame with the codes of all questions, and how many answers of each row were mended in each way."""
    due = frame.filter(nw.col(EXCLUDED).is_null())
    columns: dict[str, nw.Expr] = {}
    mended: dict[str, list[nw.Expr]] = {}
    problems: list[DataError] = []
    for item_id, item in table.study.codebook.items.items():
        variables = () if item.derived else table.study.codebook.variables_of(item_id)
        headings = [v.columns[0] for v in variables if v.columns and not (v.part and v.part.absent)]
        if not headings:
            continue
        values = _Values.of(table, due, headings)
        raw = values.raw()
        coded, wrong = code_item(variables, raw, _all(raw))
        if wrong:
            raw = values.raw(told=True)
            problems += code_item(variables, raw, _all(raw))[1]
            continue
        for variable in variables:
            if variable.name not in coded:
                continue
            heading, made = variable.columns[0], coded[variable.name]
            own = raw.cells[heading].isin(values.found[heading]["text"])
            texts = raw.cells.loc[own, heading]
            columns[variable.name] = values.put(heading, dict(zip(texts, made.codes[own], strict=True)))
            if made.numbers is not None:
                into = {text: float(n) for text, n in zip(texts, made.numbers[own], strict=True) if n == n}
                columns[number_column(variable.name)] = values.put(heading, into, nw.Float64)
            for kind, rows in texts.groupby(made.mended[own]):
                fits = nw.col(RAW + heading).is_in(rows.tolist()).cast(nw.Int64)
                mended.setdefault(str(kind), []).append(fits)
    if problems:
        raise DataError.several(problems)
    sums = {kind: nw.sum_horizontal(*fits) for kind, fits in mended.items()}
    return frame.with_columns(**columns, **sums), [*sums]


def _all(raw: RawExport) -> pd.Series:
    return raw.cells.index.to_series() < 0


def _reason(study: Study, days: set[str]) -> nw.Expr:
    """Return why each row is set aside: the first reason that holds; nothing where it is kept."""
    nothing, status = nothing_answered(study), study.export.status
    found = nw.when(nothing).then(nw.lit(NOTHING)).otherwise(nw.lit(None, nw.String))
    if status is not None:
        never = nw.col(RAW + status.column).str.strip_chars() == ""
        if days:
            never = nw.col(SUBMITTED_ON).is_null() & nw.col(STARTED_ON).is_null()
        broken = nw.when(nothing & never).then(nw.lit(NON_CONTACT)).otherwise(nw.lit(BREAK_OFF))
        found = nw.when(nw.col(RESPONSE_KIND).is_null()).then(broken).otherwise(found)
    found = nw.when(nw.col(EXCLUDED).is_null()).then(found).otherwise(nw.col(EXCLUDED))
    if days and study.fieldwork is not None:
        day = nw.coalesce(nw.col(SUBMITTED_ON), nw.col(STARTED_ON))
        found = nw.when(day > nw.lit(str(study.fieldwork.end))).then(nw.lit(AFTER)).otherwise(found)
        found = nw.when(day < nw.lit(str(study.fieldwork.start))).then(nw.lit(BEFORE)).otherwise(found)
    return found


def _first_of_each(kept: Lazy, ids: str, names: Sequence[str], table: TableExport) -> Lazy:
    """Return one row a respondent: a complete one before a partial one, the last submitted where all gave the same answers."""
    export, own = table.study.export, nw.col(ids).str.strip_chars().str.to_lowercase()
    kept = kept.with_columns(own.alias(ids))
    nobody = nw.col(ids) == ""
    if export.status is not None:
        kept = kept.with_columns((nw.col(RESPONSE_KIND) == PARTIAL).cast(nw.Int64).alias(EXCLUDED))
        kept = kept.filter(nobody | (nw.col(EXCLUDED) == nw.col(EXCLUDED).min().over(ids)))
    if export.duplicates == "refuse":
        _refuse_contradictions(kept, ids, names, table)
    if export.submitted is not None:
        last = nw.col(MOMENT).max().over(ids)
        kept = kept.filter(nobody | last.is_null() | (nw.col(MOMENT) == last))
        _refuse_contradictions(kept, ids, names, table)
    return kept.filter(nobody | nw.col(ids).is_first_distinct().over(order_by=ids))


def _refuse_contradictions(kept: Lazy, ids: str, names: Sequence[str], table: TableExport) -> None:
    answers = nw.concat_str(*(nw.col(name).cast(nw.String) for name in names), separator="|")
    each = kept.filter(nw.col(ids) != "").with_columns(answers.alias(REASON)).group_by(ids)
    several = each.agg(nw.col(REASON).n_unique().alias(COUNT)).filter(nw.col(COUNT) > 1)
    people = int(collected(several.select(nw.len().alias(COUNT)))[COUNT].iloc[0])
    if people:
        raise DataError(
            "rows have one id and different answers",
            where=table.place,
            got=f"{people} respondents",
            expected="one answer a respondent",
            hint="correct the ids; where people did answer again, write `duplicates: latest` under `export` in study.yml, and"
            " give the time as a timestamp",
        )


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
