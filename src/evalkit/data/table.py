"""Answers in a database, or in files that an engine reads: they are counted where they are, and no row is brought here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from itertools import count
from typing import Any

import narwhals.stable.v2 as nw

from ..errors import DataError
from ..places import processed_folder
from ..study import Study, fold
from ..study.plan import SPARK
from .grid import Grid, cell_place
from .read import (
    RESPONDENT,
    Keep,
    RawExport,
    engine_name,
    found_columns,
    heading_of,
    plain_heading,
    raw_name,
    read_file,
    refuse_one_for_most,
)
from .rules import Frame, collected, engine_errors

Lazy = nw.LazyFrame[Any]


def read_export(study: Study) -> RawExport:
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


def read_table(study: Study) -> RawExport:
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
    return replace(table_of(frame, study, place), keep=keep)


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

    def keep(frame: Frame, codes: Mapping[str, Sequence[str]]) -> Frame:
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

    def keep(frame: Frame, _: Mapping[str, Sequence[str]]) -> Frame:
        with engine_errors(place):
            kept: Frame = nw.from_native(frame.to_native().localCheckpoint())
        return kept

    return nw.from_native(answers.toDF(*map(engine_name, answers.columns))), keep


def table_of(frame: Lazy, study: Study, place: str) -> RawExport:
    """Return a table of any engine that narwhals knows as a study's export.

    Parameters
    ----------
    frame
        The table; a column a heading, which Spark has by its `engine_name`.
    study, place
        As in `RawExport`.
    """
    schema = frame.collect_schema()
    names = list(schema)
    grid = Grid.of_rows(place, [[heading_of(name) for name in names]], header_rows=1)
    positions, export = found_columns(grid, study), study.export
    dropped = {k for heading in export.drop for k in grid.headings.positions(heading)}
    rest = [name for k, name in enumerate(names) if k not in {*positions.values(), *dropped}]
    unread = {}
    if rest:
        filled = [(_text(name, schema[name]).str.strip_chars() != "").cast(nw.Int64).sum().alias(name) for name in rest]
        sums = collected(frame.select(*filled)).fillna(0).iloc[0]
        unread = {plain_heading(heading_of(name)): int(sums[name]) for name in rest if sums[name]}
    empty = [fold(text) for text in export.missing]
    moments = [heading for heading in (export.started, export.submitted) if heading]
    times = [heading for heading in moments if schema[names[positions[heading]]] in (nw.Date, nw.Datetime)]
    texts = {column: v for v in study.codebook.variables.values() if v.item.kind == "text" for column in v.columns}
    columns = []
    for heading, k in positions.items():
        text = nw.col(names[k]) if heading in times else _text(names[k], schema[names[k]])
        if empty and heading not in times:
            text = nw.when(text.str.strip_chars().str.to_lowercase().is_in(empty)).then(nw.lit("")).otherwise(text)
        if heading in texts:  # that somebody wrote something, in the place of the words
            answered = nw.lit(texts[heading].scale.codes[0])
            text = nw.when(text.str.strip_chars() != "").then(answered).otherwise(nw.lit(""))
        columns.append(text.alias(raw_name(heading)))
        if heading == export.id:
            columns[-1] = text.str.strip_chars().str.to_lowercase().alias(RESPONDENT)
    frame = frame.select(*columns)
    return RawExport(study, frame, place, unread, _repeated(frame, export.id, place))


def _repeated(frame: Lazy, heading: str | None, place: str) -> bool:
    """Return whether some respondents have several rows; refuse ids that name nobody."""
    if heading is None:
        return False
    ids = frame.filter(nw.col(RESPONDENT) != "").group_by(RESPONDENT).agg(nw.len().alias("rows"))
    sums = ids.select(nw.col("rows").max().alias("most"), nw.col("rows").sum().alias("all"))
    most, rows = collected(sums).fillna(0).iloc[0]
    refuse_one_for_most(int(most), int(rows), cell_place(place, heading))
    return bool(most > 1)


def _text(name: str, dtype: nw.dtypes.DType) -> nw.Expr:
    """Return a column as the texts that a file would hold."""
    column = nw.col(name)
    if dtype == nw.Boolean:
        column = nw.when(column).then(nw.lit("1")).otherwise(nw.when(~column).then(nw.lit("0")))
    return column.cast(nw.String).fill_null("")
