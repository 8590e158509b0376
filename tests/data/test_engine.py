"""Answers that stay in an engine: the same counts as from the same answers as rows, and nothing that takes rows."""

import json
import re
import shutil
import sys

import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pytest
import yaml

from evalkit import (
    clean,
    crosstab,
    fit_clm,
    load_release,
    load_responses,
    load_study,
    read_export,
    reliability,
    response_rates,
)
from evalkit.data import store, table_of
from evalkit.data.clean import CountedResponses
from evalkit.data.files import read_grid
from evalkit.errors import DataError, EstimationError, StudyError
from evalkit.i18n import Locale
from evalkit.release import purge
from evalkit.release.publishable import publishable
from evalkit.report.shown import write_cells

from .. import whole_study

duckdb = pytest.importorskip("duckdb")
TEXT = {"nb": "x", "en": "x"}
AGE = {
    "kind": "number",
    "column": "A",
    "bands": [18, 30, 45],
    "question": TEXT,
    "missing": [{"code": "secret", **TEXT}],
}
CHOICES = {
    "kind": "multiple",
    "column": "9. Choices, `C`",
    "separator": ";",
    "question": TEXT,
    "options": {"p": {"nb": "Penn", "en": "Pen"}, "q": {"nb": "Papir", "en": "Paper"}},
}


def everything(plan, codebook, rows):
    """Give the small study all that a codebook can ask and a plan can say, and answers that are not as they should be."""
    items = codebook["items"]
    items["age"], items["choices"] = AGE, CHOICES
    items["words"] = {"kind": "text", "column": "W", "question": TEXT}
    items["goals"]["asked_if"] = {"belonging": ["neither", "some", "great"]}
    items["choices"]["asked_if"] = [{"role": ["leader"]}, {"goals_a": ["great"]}]
    plan["derived"] = {
        "sense": {"kind": "index", "of": ["goals", "belonging"], "reverse": ["goals_b"], "at_least": 2, "label": TEXT},
        "short": {"kind": "recode", "from": "belonging", "map": {"none": "little", "some": "great"}, "label": TEXT},
        "old": {"kind": "bands", "from": "age", "bands": {"young": 18, "grown": 40}, "label": TEXT},
        "many": {"kind": "count", "of": "measures", "label": TEXT},
    }
    plan["subgroups"] = {"ticked": {"measures_x": ["ticked"]}}
    plan["export"] |= {
        "status": {"column": "S", "complete": ["Done"], "partial": ["Part"]},
        "include": [{"column": "I", "values": ["ja"]}],
        "exclude": [{"column": "U", "values": ["east"], "reason": "elsewhere", "label": TEXT}],
        "missing": ["N/A"],
    }
    plan["headlines"] = plan["headlines"][:1]
    n = range(len(rows))
    rows["A"] = [["19", " 31 ", "44,0", "x", "N/A", ""][k % 6] for k in n]
    rows[CHOICES["column"]] = [["Pen", "penn; Paper", "Papir;", "", "n/a"][k % 5] for k in n]
    rows["W"] = ["Kari said so" if k % 3 else " " for k in n]
    rows["S"] = [["Done", "done", "Part", "Done", "Gone", ""][k % 6] for k in n]
    rows["I"] = ["ja" if k % 17 else "nei" for k in n]
    rows["R"] = rows["R"].str.upper().where(rows.index % 7 > 0, "Leder ")
    rows.loc[rows.index % 23 == 0, "Completed"] = ""
    rows.loc[rows.index % 29 == 0, "Completed"] = "2024-02-01 10:00"
    rows.loc[rows.index % 31 == 0, ["B", "GA", "GB", "MX", "MY", "U", "R", "A", CHOICES["column"], "W"]] = ""
    rows.loc[rows.index % 37 == 0, ["GA", "GB", "MX", "MY", CHOICES["column"], "W"]] = ""
    again = rows.iloc[100:110].assign(S=["Done", "Part"] * 5)
    rows.loc[again.index, "S"] = "Done"
    for k, (_, row) in enumerate(again.iterrows()):
        rows.loc[len(rows) + k] = row


def routed(plan, codebook, rows):
    """Keep what was answered against the routing."""
    everything(plan, codebook, rows)
    plan["export"]["against_routing"] = "keep"


def plain(plan, codebook, rows):
    """Leave the small study as it is."""


def bare(plan, codebook, rows):
    """Ask of an export no more than the answers."""
    plan["export"] = {"file": "responses.csv"}
    del codebook["items"]["measures"]


@pytest.fixture
def pair(tmp_path):
    """Return a function that writes a study twice: with its answers in a file, and as a table."""

    def write(change=plain, table="duckdb:///answers.duckdb?table=answers", spoil=lambda frame: frame):
        plan, codebook, rows = whole_study.plan(), whole_study.codebook(), whole_study.rows()
        change(plan, codebook, rows)
        rows, (plan, codebook) = spoil(rows), json.loads(json.dumps((plan, codebook), default=str))
        one = whole_study.write(tmp_path / "rows", plan, codebook, rows)
        plan["export"] |= {"table": table}
        if plan["export"]["file"] == "responses.csv":
            del plan["export"]["file"]
        other = whole_study.write(tmp_path / "counted", plan, codebook, rows)
        as_table(other / "responses.csv", other)
        return one, load_study(other)

    return write


def as_table(csv, folder):
    """Put the rows of a file into a database and a file of CSV, all texts, and one of Parquet, with numbers and timestamps."""
    with duckdb.connect(str(folder / "answers.duckdb")) as connection:
        connection.execute(f"CREATE TABLE answers AS FROM read_csv('{csv}', all_varchar = true, header = true)")
        connection.execute(f"COPY (FROM read_csv('{csv}', header = true)) TO '{folder}/part-1.parquet'")
    csv.rename(folder / "part-1.csv")


def loaded(pair):
    """Return both studies loaded."""
    one, other = pair
    return load_study(one), other


def cleaned(study):
    return clean(read_export(study), study)


def same(one, other):
    """Say whether two cleanings give the same log and the same counts in every published table."""
    assert isinstance(other, CountedResponses)
    assert one.log == other.log
    assert one.answered.to_dict() == other.answered.to_dict()
    for table, counted in zip(publishable(one).tables, publishable(other).tables, strict=True):
        assert table.id == counted.id
        assert table.frame.equals(counted.frame), table.id
    return True


@pytest.mark.parametrize("change", [plain, bare, everything, routed])
@pytest.mark.parametrize("table", ["duckdb:///answers.duckdb?table=answers", "part-*.parquet", "part-*.csv"])
def test_an_engine_counts_what_rows_count(pair, change, table):
    if change is not everything and table.startswith("part"):
        pytest.skip("one change for each kind of table is enough")
    one, other = map(cleaned, loaded(pair(change, table)))
    assert same(one, other)
    if change is everything:
        assert {reason for reason, n in one.log.set_aside.items() if n} >= {"elsewhere", "not_included", "break_off"}
        assert one.log.set_aside["duplicate"]


def test_any_engine_that_narwhals_knows(pair):
    one, other = loaded(pair(everything))
    frame = nw.from_native(pl.scan_csv(other.folder / "part-1.csv", infer_schema=False))
    assert same(cleaned(one), clean(table_of(frame, other, "polars"), other))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_spark(pair, kind, tmp_path, monkeypatch):
    pytest.importorskip("pyspark")
    one, other = loaded(pair(everything, f"spark:///part-*.{kind}"))
    assert same(cleaned(one), cleaned(other))
    files = {}
    for name, study in {"rows": one, "spark": other}.items():
        monkeypatch.setenv("EVALKIT_PROCESSED", str(tmp_path / "processed" / name))
        files[name] = tables_of(load_release(study), tmp_path / name)
    assert files["rows"] == files["spark"] != {}


def counted_alone(study, folder):
    """Return a shipped study of which a database has the answers, and no file; without a design, which takes rows."""
    shutil.copytree(study.folder, folder, ignore=shutil.ignore_patterns("*.docx", "appendices"))
    grid = read_grid(study.export_path, ())
    rows = {heading: grid.texts(k) for k, heading in enumerate(grid.headings.names)}
    pl.DataFrame(rows).write_csv(folder / "rows.csv")
    as_table(folder / "rows.csv", folder)
    plan = yaml.safe_load((folder / "study.yml").read_text(encoding="utf-8"))
    plan.pop("design", None)
    (folder / "rows.yml").write_text(yaml.safe_dump(plan, allow_unicode=True, sort_keys=False), encoding="utf-8")
    plan["export"]["table"] = "duckdb:///answers.duckdb?table=answers"
    del plan["export"]["file"]
    (folder / "study.yml").write_text(yaml.safe_dump(plan, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load_study(folder)


def tables_of(release, folder):
    """Return the files of a release's tables."""
    for table in release.tables.values():
        write_cells(folder, table, release.study, Locale("en"))
    return {path.name: path.read_bytes() for path in (folder / "tables").glob("*.csv")}


@pytest.mark.parametrize("name", ["departementsstrategien-2023", "state-employees-2024"])
def test_the_shipped_studies_have_the_same_files_of_tables(name, tmp_path, monkeypatch):
    one = load_study(name)
    other = counted_alone(one, tmp_path / name)
    if one.design:
        one = load_study(shutil.copytree(other.folder, tmp_path / "rows" / name))
        shutil.copy(one.folder / "rows.yml", one.folder / "study.yml")
        one = load_study(one.folder)
        monkeypatch.setenv("EVALKIT_PROCESSED", str(tmp_path / "processed"))
    files = tables_of(load_release(one), tmp_path / "one")
    monkeypatch.setenv("EVALKIT_PROCESSED", str(tmp_path / "other"))
    release = load_release(other)
    assert files == tables_of(release, tmp_path / "other")
    monkeypatch.setattr(store, "read_table", lambda study: pytest.fail("the engine is asked again"))
    kept = load_responses(other)
    assert [len(reliability(kept, battery)) for battery in other.batteries] == [2] * len(other.batteries)
    assert (kept.total, release.response().count()) == (kept.crossing(*other.groups).total,) * 2


def test_models_scales_and_crossings_take_counts(pair):
    one, other = map(cleaned, loaded(pair()))
    model = fit_clm("belonging ~ role + distance", other)
    assert model.params.to_numpy() == pytest.approx(fit_clm("belonging ~ role + distance", one).params.to_numpy())
    expected = reliability(one, "goals")
    pd.testing.assert_frame_equal(pd.DataFrame(reliability(other, "goals")), pd.DataFrame(expected), rtol=1e-6)
    found = crosstab(other.crossing("belonging", "role"), "belonging", "role")
    pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(crosstab(one, "belonging", "role")))
    assert response_rates(other)["estimate"].tolist() == response_rates(one)["estimate"].tolist()
    with pytest.raises(EstimationError, match=r"takes the rows[\s\S]*responses.crossing\("):
        crosstab(other, "belonging", "role")


def texts(column, *values):
    """Return a change of the rows: the first ones hold some values in a column."""

    def spoil(rows):
        rows = rows.astype({column: str})
        rows.loc[: len(values) - 1, column] = values
        return rows

    return spoil


def test_the_last_answer_is_kept_where_it_is_known_and_asked_for(pair):
    def again(plan, codebook, rows):
        plan["export"]["duplicates"] = "latest"
        rows.loc[1, "Id"] = rows.loc[0, "Id"]
        rows.loc[1, ["B", "Completed"]] = ["great", "2024-03-15 10:00"]

    assert same(*map(cleaned, loaded(pair(again))))


def test_of_answers_without_a_time_none_is_the_last(pair):
    def again(plan, codebook, rows):
        plan["export"] = {"file": "responses.csv", "id": "Id", "duplicates": "latest"}
        rows.loc[:1, "Id"], rows.loc[:1, "B"] = 1, ["none", "great"]

    with pytest.raises(DataError, match="1 respondents"):
        cleaned(pair(again)[1])


def test_what_an_engine_says_quotes_no_answer(pair):
    _, other = pair(table="part-*.csv")
    with (other.folder / "part-1.csv").open("a", encoding="utf-8") as file:
        file.write('"Kari Nordmann' * 9)
    with pytest.raises(DataError) as caught:
        cleaned(other)
    assert "Kari" not in str(caught.value)


SPOILT = {
    "an answer of many": (texts("B", *["Enormous"] * 6), ["column 'B'", "'Enormous' (count 6)"], "row"),
    "an answer of few": (texts("B", *["Kari Nordmann"] * 4), ["an answer of 13 characters", "(count 4)"], "Nordmann"),
    "an answer of one who sent it often": (
        lambda rows: texts("B", *["Kari Nordmann"] * 6)(texts("Id", *["1"] * 6)(rows)),
        ["an answer of 13 characters", "(count 6)"],
        "Nordmann",
    ),
    "a box": (texts("MX", *["Kari Nordmann"] * 3), ["column 'MX'", "13 characters"], "Nordmann"),
    "a date": (texts("Completed", "Kari 10:15"), ["a cell is no date", "column 'Completed'"], "Kari"),
    "two answers of one": (texts("Id", "7", "8"), ["rows have one id and different answers", "2 respondents"], "'7'"),
    "an id for all": (lambda rows: rows.assign(Id="7"), ["names nobody"], "'7'"),
    "no such column": (lambda rows: rows.drop(columns="B"), ["the column 'B' is missing"], "Nordmann"),
}


@pytest.mark.parametrize("case", SPOILT)
def test_what_is_wrong_is_told_by_column_and_count(pair, case):
    spoil, said, unsaid = SPOILT[case]
    _, other = pair(spoil=spoil)
    with pytest.raises(DataError) as caught:
        cleaned(other)
    assert all(text in str(caught.value) for text in said), str(caught.value)
    assert unsaid not in str(caught.value)


@pytest.mark.parametrize(("engine", "before"), [("duckdb", ""), ("pyspark", "spark:///")])
def test_without_the_engine_it_is_said_what_to_install(pair, engine, before, monkeypatch):
    monkeypatch.setitem(sys.modules, engine, None)
    with pytest.raises(DataError, match=f"pip install {engine}"):
        read_export(pair(table=f"{before}part-*.csv")[1])


def test_a_table_is_purged_with_what_was_counted(pair, tmp_path, monkeypatch):
    monkeypatch.setenv("EVALKIT_PROCESSED", str(tmp_path / "processed"))
    _, study = pair(table="part-*.parquet")
    release = load_release(study)
    with pytest.raises(EstimationError, match=r"under `derived` in study\.yml"):
        release.add("belonging", "made", derived={"made": {"role": {"leader": "other"}}})
    purge(study, confirm=True)
    assert [path.name for path in study.folder.glob("part-*")] == ["part-1.csv"]
    assert not (tmp_path / "processed" / study.name).exists()


WRONG = {
    "a file too": ({"file": "other.csv"}, "one of the two is needed"),
    "a kind that is not known": ({"table": "answers.feather"}, "this is no table"),
    "a sheet": ({"sheet": "Answers"}, "a table has no 'sheet'"),
    "counts": ({"count": "N"}, "a table has no 'count'"),
    "a file elsewhere": ({"table": "../part-*.parquet"}, "not one of the study's folder"),
    "no file": ({"table": "gone-*.parquet"}, "the engine cannot read the table"),
    "no such table": ({"table": "duckdb:///answers.duckdb?table=gone"}, "the engine cannot read the table"),
    "no database": ({"table": "duckdb:///part-1.csv?table=answers"}, "the engine cannot read the table"),
    "a file of another kind": ({"table": "*.yml.parquet"}, "the engine cannot read the table"),
    "weights": ({}, "weights, strata and clusters take the rows"),
    "a question in two columns": ({}, "in several columns is read from rows alone"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_table_cannot_be_is_refused_by_name(pair, case):
    export, said = WRONG[case]

    def change(plan, codebook, rows):
        plan["export"] |= export
        plan |= {"design": {"weight": "MX"}} if case == "weights" else {}
        codebook["items"]["belonging"] |= {"column": ["B", "R2"]} if case == "a question in two columns" else {}

    with pytest.raises((StudyError, DataError), match=re.escape(said)):
        cleaned(pair(change, export.get("table", "part-*.csv"))[1])
