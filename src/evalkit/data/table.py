"""Answers in a database, or in files that an engine reads: they are counted where they are, and no row is brought here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from itertools import count
from typing import Any

import narwhals.stable.v2 as nw

from ..errors import DataError
from ..places import processed_folder
from ..study import Study, fold
from ..study.plan import SPARK
from .grid import Grid
from .read import RAW, RawExport, found_columns, plain_heading, read_file
from .rules import collected, engine_errors

Lazy = nw.LazyFrame[Any]
Keep = Callable[[Lazy, Mapping[str, Sequence[str]]], Lazy]


def _as_it_is(frame: Lazy, _: Mapping[str, Sequence[str]]) -> Lazy:
    """Keep nothing: an engine that finds out by itself what it need not work out twice."""
    return frame


@dataclass(frozen=True, eq=False)
class TableExport:
    """The columns of a table that a study names; see `RawExport` for the same of a file.

    Parameters
    ----------
    study
        The study they belong to.
    frame
        A column a heading, called `RAW` and the heading: texts ('' where there is nothing), and times as they are.
    place
        The table, for messages.
    unread
        The columns that the study neither reads nor drops, each with how many values it holds.
    keep
        Works a frame out and keeps it in the engine; given also the codes that its columns hold.
    """

    study: Study
    frame: Lazy
    place: str
    unread: Mapping[str, int] = field(default_factory=dict)
    keep: Keep = _as_it_is

    def __repr__(self) -> str:
        """Return what it is, never a cell."""
        return f"<TableExport {self.place}; not for release>"


Export = RawExport | TableExport
"""What answers are read as: rows of a file, or a table in an engine."""


def read_export(study: Study) -> Export:
    """Read a study's export: workbook, text, SPSS or Stata file, every cell as a string.

    Columns are found by their headings, whatever their order, white space and letter case. Columns that the study drops
    or does not name are left behind, and ids become running numbers, so that nothing identifying gets past here.

    Parameters
    ----------
    study
        Whose `export.file` is read, from the study's folder; of an `export.table` no row is read, it is counted where it is.

    Raises
    ------
    DataError
        When the file is missing, empty, damaged, encrypted or in an unknown encoding; when a column is missing (all are
        listed, each with the nearest heading) or stands twice; when a cell holds an error of a spreadsheet; when most
        rows have one id. Of a table, when DuckDB is not installed or it cannot be read.

    Examples
    --------
    >>> raw = read_export(survey)
    >>> answers = clean(raw, survey)
    """
    return read_file(study) if study.export.table is None else read_table(study)


def read_table(study: Study) -> TableExport:
    """Open the table that a study names, with DuckDB or Spark."""
    by_spark = str(study.export.table).startswith(SPARK)
    try:
        import_module("pyspark" if by_spark else "duckdb")
    except ModuleNotFoundError as error:
        hint = f"pip install {error.name}"
        raise DataError("the engine that reads tables is missing", got=f"no package {error.name}", hint=hint) from None
    place = f"{study.folder.name}/{study.export.source}"
    with engine_errors(place):
        frame, keep = (_spark if by_spark else _duckdb)(study, place)
    return table_of(frame, study, place, keep)


def _duckdb(study: Study, place: str) -> tuple[Lazy, Keep]:
    """Return a study's table as DuckDB reads it."""
    import duckdb

    name, paths = study.export.table_name, [str(path) for path in study.export_files]
    engine = str(processed_folder(study.name) / "engine")
    connection = duckdb.connect(config={"temp_directory": engine, "autoinstall_known_extensions": "false"})
    if name is not None:
        path = str(study.export_path).replace("'", "''")
        connection.execute(f"ATTACH '{path}' AS study (READ_ONLY)")
        relation = connection.table(f'study."{name}"')
    elif study.export.source.endswith(".csv"):
        relation = connection.read_csv(paths, all_varchar=True, header=True)  # type: ignore[arg-type]  # its stub knows one
    else:
        relation = connection.read_parquet(paths)
    numbers = count()

    def keep(frame: Lazy, codes: Mapping[str, Sequence[str]]) -> Lazy:
        table = f"kept_{next(numbers)}"
        small = {name: nw.col(name).cast(nw.Enum(list(levels))) for name, levels in codes.items()}
        with engine_errors(place):
            (frame.with_columns(**small) if small else frame).to_native().create(table)
        return nw.from_native(connection.table(table))

    return nw.from_native(relation), keep


def _spark(study: Study, place: str) -> tuple[Lazy, Keep]:
    """Return the files of a study's table as Spark reads them."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.local.dir": str(processed_folder(study.name) / "engine"),
        "spark.ui.enabled": "false",  # anybody could read there what is asked of the answers
        "spark.ui.showConsoleProgress": "false",
    }
    session = SparkSession.builder.config(map=settings).getOrCreate().newSession()
    # it writes a condition out in full for each column it rests on, which has no end where these rest on others
    session.conf.set("spark.sql.optimizer.excludedRules", "org.apache.spark.sql.catalyst.optimizer.PushDownPredicates")
    paths = [str(path) for path in study.export_files]
    if study.export.source.endswith(".csv"):
        answers = session.read.csv(paths, header=True, escape='"', multiLine=True)
    else:
        answers = session.read.parquet(*paths)

    def keep(frame: Lazy, _: Mapping[str, Sequence[str]]) -> Lazy:
        with engine_errors(place):
            kept: Lazy = nw.from_native(frame.to_native().localCheckpoint())
        return kept

    return nw.from_native(answers), keep


def table_of(frame: Lazy, study: Study, place: str, keep: Keep = _as_it_is) -> TableExport:
    """Return a table of any engine that narwhals knows as a study's export.

    Parameters
    ----------
    frame
        The table; a column a heading.
    study, place, keep
        As in `TableExport`.
    """
    schema = frame.collect_schema()
    names = list(schema)
    grid = Grid(place, [names], [1], 1)
    positions, export = found_columns(grid, study), study.export
    dropped = {k for heading in export.drop for k in grid.headings.positions(heading)}
    rest = [name for k, name in enumerate(names) if k not in {*positions.values(), *dropped}]
    unread = {}
    if rest:
        filled = [(_text(name, schema[name]).str.strip_chars() != "").cast(nw.Int64).sum().alias(name) for name in rest]
        sums = collected(frame.select(*filled)).fillna(0).iloc[0]
        unread = {plain_heading(name): int(sums[name]) for name in rest if sums[name]}
    empty = [fold(text) for text in export.missing]
    moments = [heading for heading in (export.started, export.submitted) if heading]
    times = [heading for heading in moments if schema[names[positions[heading]]] in (nw.Date, nw.Datetime)]
    texts = {column: v for v in study.codebook.variables.values() if v.item.kind == "text" for column in v.columns}
    columns = []
    for heading, k in positions.items():
        text = nw.col(names[k]) if heading in times else _text(names[k], schema[names[k]])
        if empty and heading not in times:
            text = nw.when(text.str.strip_chars().str.to_lowercase().is_in(empty)).then(nw.lit("")).otherwise(text)
        if heading == export.id:
            text = text.str.strip_chars().str.to_lowercase()
        if heading in texts:  # that somebody wrote something, in the place of the words
            answered = nw.lit(texts[heading].scale.codes[0])
            text = nw.when(text.str.strip_chars() != "").then(answered).otherwise(nw.lit(""))
        columns.append(text.alias(RAW + heading))
    return TableExport(study, frame.select(*columns), place, unread, keep)


def _text(name: str, dtype: nw.dtypes.DType) -> nw.Expr:
    """Return a column as the texts that a file would hold."""
    column = nw.col(name)
    if dtype == nw.Boolean:
        column = nw.when(column).then(nw.lit("1")).otherwise(nw.when(~column).then(nw.lit("0")))
    return column.cast(nw.String).fill_null("")
