"""Reading an export: the study's columns as strings, identifiers and free text left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import narwhals.stable.v2 as nw
import pandas as pd

from ..errors import DataError, nearest
from ..study import Study, fold
from ..study.words import BIDI
from .files import read_grid
from .grid import Grid, cell_place
from .responses import COUNT
from .rules import Frame, collected, eager

RESPONDENT = "__respondent__"
"""The column of what stands for the respondents' ids, running numbers where rows are at hand; '' names nobody."""
ROW = "__row__"
"""The column of the rows' numbers in the file; a table has none."""
RAW = "raw: "
"""What the columns of an export begin with, where they stand beside those of codes."""
_UNSAID = str.maketrans(".`", "\ue000\ue001")  # Spark takes what stands before a dot for another column's name
_SAID = {made: said for said, made in _UNSAID.items()}
Keep = Callable[[Frame, Mapping[str, Sequence[str]]], Frame]


def engine_name(heading: str) -> str:
    """Return a heading as any engine takes it for the name of a column."""
    return heading.translate(_UNSAID)


def raw_name(heading: str) -> str:
    """Return the name of a heading's column, where it stands beside those of codes."""
    return RAW + engine_name(heading)


def heading_of(column: str) -> str:
    """Return the heading of a column that is named by `engine_name` or `raw_name`."""
    return column.removeprefix(RAW).translate(_SAID)


@dataclass(frozen=True, eq=False)
class RawExport:
    """The columns of an export that a study names, every cell a string ('' where it is empty).

    Parameters
    ----------
    study
        The study they belong to.
    frame
        A column a heading, called by `raw_name` of the heading as the study spells it: rows that are at hand, with their numbers in
        the column `ROW`, or a table in an engine, whose times are as they are. Ids stand in the column `RESPONDENT`; other
        identifiers and free text were never kept.
    place
        The file or table, for messages.
    unread
        The columns that the study neither reads nor drops, each with how many values it holds.
    repeated
        Whether some respondents have several rows.
    codes
        Of a file of SPSS or Stata: by heading, the code that a value label stands for.
    missing
        Of the same: by heading, the texts that the file declares missing.
    keep
        Works a frame out and keeps it in the engine; given also the codes that its columns hold.
    """

    study: Study
    frame: Frame
    place: str
    unread: Mapping[str, int] = field(default_factory=dict)
    repeated: bool = False
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, Collection[str]] = field(default_factory=dict)
    keep: Keep = lambda frame, _: frame  # rows that are at hand

    @cached_property
    def cells(self) -> pd.DataFrame:
        """The rows that are at hand: a column a heading; the index holds the row numbers of the file."""
        cells = collected(self.frame).drop(columns=ROW)
        return cells.rename(columns=lambda name: heading_of(str(name)))

    def __repr__(self) -> str:
        """Return the size, never a cell."""
        if isinstance(self.frame, nw.LazyFrame):
            return f"<RawExport {self.place}; not for release>"
        rows, columns = self.cells.shape
        return f"<RawExport {self.place}: {rows} rows, {columns} columns kept; not for release>"


@dataclass(frozen=True, eq=False)
class Seen:
    """The texts that stand in a column, in the rows that are looked at.

    Parameters
    ----------
    raw, frame, heading
        The export, those of its rows, and the column.
    """

    raw: RawExport
    frame: Frame
    heading: str

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many cells hold each text, the most frequent first."""
        column = raw_name(self.heading)
        found = collected(self.frame.group_by(column).agg(nw.len().alias(COUNT)))
        if isinstance(self.frame, nw.LazyFrame):  # an engine gives them in any order
            found = found.sort_values(column)
        found = found.sort_values(COUNT, ascending=False, kind="stable")
        return dict(zip(found[column].tolist(), found[COUNT].tolist(), strict=True))

    def _holding(self, texts: Collection[str]) -> Frame:
        return self.frame.filter(nw.col(raw_name(self.heading)).is_in(list(texts)))

    def rows(self, texts: Collection[str]) -> list[int]:
        """Return the numbers of the rows that hold some texts; none of a table."""
        has_numbers = isinstance(self.frame, nw.DataFrame)
        return collected(self._holding(texts).select(ROW))[ROW].tolist() if has_numbers else []

    def place(self, texts: Collection[str] = ()) -> str:
        """Return where some texts stand, for messages; the column, without any."""
        return cell_place(self.raw.place, self.heading, self.rows(texts) if texts else ())

    def common(self, texts: Collection[str]) -> bool:
        """Return whether so many people gave some texts that these point to nobody: `base`, and 2 at the least."""
        study = self.raw.study
        if study.plan.answers == "public":
            return True
        by_id = study.export.count is None and study.export.id is not None
        people = nw.col(RESPONDENT).n_unique() if by_id else nw.col(COUNT).sum()
        found = collected(self._holding(texts).select(people.alias(COUNT)))[COUNT].iloc[0]
        return int(found) >= max(study.rule.base, 2)


def read_file(study: Study) -> RawExport:
    """Read the file of a study's export; see `read_export`."""
    export = study.export
    return _kept(read_grid(study.export_path, wanted_headings(study), export.sheet, export.header_rows), study)


def raw_export(frame: pd.DataFrame, study: Study) -> RawExport:
    """Return an export that is at hand as a table (`synthesize` makes one) as if it had been read from a file."""
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return _kept(Grid.of_rows(study.export.source, [list(map(str, frame.columns)), *rows], header_rows=1), study)


def wanted_headings(study: Study) -> dict[str, str]:
    """Return the headings that a study reads, each with what it is for."""
    export, variables = study.export, study.codebook.variables.values()
    named: dict[str | None, str] = {
        export.id: "the respondents' ids",
        export.started: "when they started",
        export.submitted: "when they submitted",
        export.status.column if export.status else None: "how far they came",
        export.count: "the counts",
        **{rule.column: f"who is excluded ({rule.reason})" for rule in export.exclude},
        **{rule.column: "who is kept" for rule in export.include},
        **design_headings(study),
        **{column: variable.name for variable in variables if not variable.absent for column in variable.columns},
    }
    return {heading: use for heading, use in named.items() if heading is not None}


def design_headings(study: Study) -> dict[str | None, str]:
    """Return the columns of the design that are no items, each with what it is for; numbers are never those of an item."""
    if study.design is None:
        return {}
    numbers, items = {study.design.weight, study.design.fpc}, study.codebook.variables
    return {column: use for column, use in study.design.columns.items() if column in numbers or column not in items}


def _kept(grid: Grid, study: Study) -> RawExport:
    positions, export = found_columns(grid, study), study.export
    empty = {fold(text) for text in export.missing}
    gone = {heading: () if heading == export.count else empty for heading in positions}
    columns = {heading: _texts(grid, k, heading, gone[heading]) for heading, k in positions.items()}
    for variable in study.codebook.variables.values():
        if variable.item.kind == "text":
            (answered,) = variable.scale.codes
            for heading in variable.columns:
                columns[heading] = [answered if text.strip() else "" for text in columns[heading]]
    named, ids = {raw_name(heading): texts for heading, texts in columns.items() if heading != export.id}, list[str]()
    if export.id is not None:
        named[RESPONDENT] = ids = _running_numbers(columns[export.id], export.id, grid.place)
    cells = pd.DataFrame(named, index=pd.Index(grid.lines, name="row"), dtype=object)
    cells[ROW] = cells.index
    dropped = {k for heading in export.drop for k in grid.headings.positions(heading)}
    unread = _unread(grid, {*positions.values(), *dropped})
    codes = {heading: grid.codes[k] for heading, k in positions.items() if k in grid.codes}
    missing = {heading: grid.missing[k] for heading, k in positions.items() if k in grid.missing}
    return RawExport(study, eager(cells), grid.place, unread, len({*ids}) < len(ids), codes, missing)


def found_columns(grid: Grid, study: Study) -> dict[str, int]:
    """Return the position of each column that a study reads, by heading.

    Raises
    ------
    DataError
        When one is missing or stands twice, or one is there that the codebook says is absent.
    """
    headings, wanted = grid.headings, wanted_headings(study)
    _refuse_present(grid, study)
    if not grid.fit(wanted):
        what, got = "none of the study's columns is in the first row", f"{_others(grid)} other headings"
        hint = "remove what stands above the headings; is this the right file and sheet?"
        raise DataError(what, where=grid.place, got=got, expected=", ".join(wanted), hint=hint)
    problems: list[DataError] = []
    found: dict[str, int] = {}
    missing: list[str] = []
    for heading, use in wanted.items():
        positions = headings.positions(heading)
        if not positions:
            missing.append(heading)
        elif len(positions) > 1:
            problems.append(headings.ambiguous(heading, grid.place))
        elif positions[0] in found.values():
            other = next(name for name, position in found.items() if position == positions[0])
            what = f"the columns '{other}' and '{heading}' are one"
            expected = f"a column for {wanted[other]}, and another for {use}"
            problems.append(DataError(what, where=grid.place, expected=expected))
        else:
            found[heading] = positions[0]
    problems += [_missing(heading, wanted[heading], grid, set(found.values()), study) for heading in missing]
    DataError.raise_all(problems)
    return found


def _others(grid: Grid) -> int:
    return sum(map(bool, grid.headings.names))


def _missing(heading: str, use: str, grid: Grid, taken: Collection[int], study: Study) -> DataError:
    headings = grid.headings
    free = [k for k in range(len(headings.names)) if k not in taken]
    texts = dict.fromkeys(text for k in free for text in (*headings.parts[k], headings.names[k]) if text)
    variable = study.codebook.variables.get(use)
    option = variable is not None and variable.item.kind == "multiple"
    way = "; an option that nobody chose may have no column: write `absent: true`" if option else ""
    hint = nearest(heading, texts) or "correct the heading in the export, or the column in study.yml or codebook.yml"
    what, got = f"the column '{heading}' is missing", f"{_others(grid)} other headings"
    return DataError(what, where=grid.place, got=got, expected=f"a column for {use}", hint=hint + way)


def _refuse_present(grid: Grid, study: Study) -> None:
    """Refuse a column of an option that the codebook says the export has none for."""
    for variable in study.codebook.variables.values():
        for column in variable.columns if variable.absent else ():
            if grid.headings.positions(column):
                what = f"there is a column '{column}', and the codebook says that it is absent"
                hint = f"take `absent` out of {variable.name} in codebook.yml"
                raise DataError(what, where=grid.place, hint=hint)


def _texts(grid: Grid, position: int, heading: str, empty: Collection[str]) -> list[str]:
    """Return the cells of a column; refuse those that hold no value, and empty those that the study says are missing."""
    if faults := grid.faults(position):
        where = cell_place(grid.place, heading, [number for number, _ in faults])
        hint = "correct the cells, or open and save the workbook in Excel so that formulas are worked out"
        raise DataError("a cell holds no value", where=where, got=faults[0][1], expected="answers", hint=hint)
    texts = grid.texts(position)
    gone = {text for text in set(texts) if fold(text) in empty} if empty else ()
    return ["" if text in gone else text for text in texts] if gone else texts


def plain_heading(name: str) -> str:
    """Return a heading without characters that turn the direction of reading."""
    return name.translate(dict.fromkeys(map(ord, BIDI)))


def _unread(grid: Grid, known: Collection[int]) -> dict[str, int]:
    """Return the columns that nothing reads or drops, each with how many values it holds."""
    unread = Counter[str]()
    for position, name in enumerate(grid.headings.names):
        if position not in known:
            texts = Counter(grid.texts(position))
            unread[plain_heading(name)] += sum(n for text, n in texts.items() if text.strip())
    return {name: filled for name, filled in unread.items() if filled}


def _running_numbers(ids: Sequence[str], heading: str, place: str) -> list[str]:
    """Return a number for each id, in order of appearance; an empty id gets one of its own."""
    numbers: dict[str, int] = {}
    keys = (fold(text) if text.strip() else f" {position}" for position, text in enumerate(ids))
    found = [str(numbers.setdefault(key, len(numbers))) for key in keys]
    refuse_one_for_most(max(Counter(found).values(), default=0), len(found), cell_place(place, heading))
    return found


def refuse_one_for_most(most: int, rows: int, where: str) -> None:
    """Refuse ids of which one stands in most rows: it would make many people one."""
    if most >= 3 and 2 * most > rows:
        what, got = "most rows have one id: it names nobody", f"{most} of {rows} rows with the same id"
        hint = "name another column in `export.id`, or leave it out: rows are then one respondent each"
        raise DataError(what, where=where, got=got, expected="an id a respondent", hint=hint)
