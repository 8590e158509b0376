"""One collapse for pandas, Polars and DuckDB, and what happens to levels that nobody is left in."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose

from evalkit.errors import DataError, EstimationError
from evalkit.ordinal.clm import fit_clm
from evalkit.ordinal.patterns import collapse

PREDICTORS = ["role", "section", "years"]


def as_polars(frame):
    columns = {}
    for name in frame:
        values = frame[name]
        if isinstance(values.dtype, pd.CategoricalDtype):
            labels = [None if pd.isna(v) else str(v) for v in values]
            columns[name] = pl.Series(labels, dtype=pl.Enum([str(c) for c in values.cat.categories]))
        else:
            columns[name] = pl.Series(values.to_numpy())
    return pl.DataFrame(columns)


def as_duckdb(frame):
    connection = duckdb.connect()
    connection.register("answers", as_polars(frame).to_arrow())
    selected = []
    for name in frame:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            labels = ", ".join(f"'{c}'" for c in frame[name].cat.categories)
            connection.execute(f"CREATE TYPE {name}_levels AS ENUM ({labels})")
            selected.append(f"CAST({name} AS {name}_levels) AS {name}")
        else:
            selected.append(name)
    return connection.sql(f"SELECT {', '.join(selected)} FROM answers")


@pytest.mark.parametrize("convert", [as_polars, lambda d: as_polars(d).lazy(), as_duckdb])
@pytest.mark.parametrize(
    "options",
    [{}, {"weights": "weight", "weight_kind": "sampling", "cluster": "unit", "strata": "stratum"}],
)
def test_frames_give_the_same_patterns(survey, convert, options):
    ours, theirs = (collapse(d, "y", PREDICTORS, **options) for d in (survey, convert(survey)))
    assert ours.categories == theirs.categories
    assert (ours.missing, ours.n_missing, ours.unused) == (theirs.missing, theirs.n_missing, theirs.unused)
    assert_allclose(ours.counts, theirs.counts)
    assert_allclose(ours.weights, theirs.weights, rtol=1e-12)
    assert_allclose(ours.table(ours.w2), theirs.table(theirs.w2), rtol=1e-12)
    assert ours.predictors["section"].cat.categories.tolist() == theirs.predictors["section"].cat.categories.tolist()
    if options:
        assert_allclose(ours.design.sampled, theirs.design.sampled)


@pytest.mark.parametrize("convert", [lambda d: d, as_polars, as_duckdb])
def test_each_of_a_row_s_count_has_its_weight(housing, convert):
    counted = housing.rename(columns={"Freq": "count"}).assign(w=np.linspace(0.5, 2.0, len(housing)))
    people = counted.loc[counted.index.repeat(counted["count"])].drop(columns="count")
    options = {"weights": "w", "weight_kind": "sampling"}
    one, other = (collapse(d, "Sat", ["Infl", "Type", "Cont"], **options) for d in (convert(counted), people))
    assert_allclose(one.counts, other.counts)
    assert_allclose(one.weights, other.weights)
    assert_allclose(one.table(one.w2), other.table(other.w2))
    assert one.nobs == 1681


@pytest.mark.parametrize("convert", [as_polars, as_duckdb])
def test_frames_give_the_same_fit(survey, convert):
    options = {"weights": "weight", "weight_kind": "sampling", "cov_type": "design", "strata": "stratum"}
    results = [fit_clm("y ~ role + section + years", d, **options) for d in (survey, convert(survey))]
    assert_allclose(results[0].theta, results[1].theta, atol=1e-11)
    assert_allclose(results[0].covariance, results[1].covariance, atol=1e-11)


def test_polars_categorical_has_no_order_as_outcome_and_is_sorted_as_predictor(survey):
    frame = as_polars(survey)
    with pytest.raises(DataError, match="no order"):
        collapse(frame.with_columns(pl.col("y").cast(pl.String).cast(pl.Categorical)), "y", ["role"])
    patterns = collapse(frame.with_columns(pl.col("section").cast(pl.String).cast(pl.Categorical)), "y", ["section"])
    assert patterns.predictors["section"].cat.categories.tolist() == ["admin", "other", "policy"]


@pytest.mark.parametrize("convert", [lambda d: d, as_polars, as_duckdb])
def test_strings_are_refused_everywhere(survey, convert):
    frame = convert(survey.assign(role=survey["role"].astype(str), years=1.0))
    if convert is as_polars:
        frame = frame.with_columns(pl.col("role").cast(pl.String))
    with pytest.raises(DataError, match="neither categorical nor numeric"):
        collapse(frame, "y", ["role"])


def test_counts_add_up(survey):
    patterns = collapse(survey, "y", PREDICTORS)
    complete = survey[["y", *PREDICTORS]].notna().all(axis=1)
    assert patterns.nobs == complete.sum()
    assert patterns.nobs + patterns.n_missing == len(survey)
    assert patterns.missing == {"y": 20, "role": 0, "section": 0, "years": 15}
    expected = survey[complete].groupby(["role", "section", "years", "y"], observed=True).size().to_numpy()
    assert_allclose(patterns.n, expected)


def test_nan_is_missing_in_polars_too(survey):
    frame = as_polars(survey)
    assert frame["years"].is_nan().sum() == 15
    assert collapse(frame, "y", ["years"]).missing["years"] == 15


def test_unused_levels_are_left_out_and_said(survey):
    trimmed = survey[(survey["y"] != "neither") & (survey["section"] != "other")]
    result = fit_clm("y ~ role + section", trimmed)
    assert result.patterns.unused == {"y": ("neither",), "section": ("other",)}
    assert "small|some" in result.thresholds.index
    assert list(result.params.index) == ["role[T.leader]", "section[T.admin]"]
    assert "y: nobody is left in neither" in repr(result.summary())


def test_a_level_with_one_respondent_is_said(survey):
    section = survey["section"].cat.add_categories("alone")
    middle = survey.index[(survey["y"] == "neither") & survey["years"].notna()][0]
    section[middle] = "alone"
    result = fit_clm("y ~ section", survey.assign(section=section))
    assert [note for note in result.patterns.notes() if "one respondent" in note] == [
        "section: one respondent in alone"
    ]
    assert "section: one respondent in alone" in repr(result.summary())


def test_counts_of_zero_are_nobody(housing):
    empty = housing.assign(Freq=housing["Freq"].where(housing["Type"] != "Atrium", 0))
    assert collapse(empty, "Sat", ["Type"], weights="Freq").unused == {"Type": ("Atrium",)}


@pytest.mark.parametrize(
    ("change", "options", "text"),
    [
        ({"unit": None}, {"cluster": "unit"}, "place in the design is missing"),
        ({}, {"cluster": "section", "strata": "stratum"}, "lies in several strata"),
        ({"size": np.arange(900.0) + 900}, {"strata": "stratum", "fpc": "size"}, "differs within a stratum"),
        ({"size": 0.5}, {"strata": "stratum", "fpc": "size"}, "more were drawn than the population has"),
    ],
)
def test_designs_that_cannot_be_are_refused(survey, change, options, text):
    with pytest.raises(DataError, match=text):
        collapse(survey.assign(**change), "y", ["role"], **options)


def test_nobody_left_is_an_error(survey):
    with pytest.raises(EstimationError, match="no respondent has answered all"):
        collapse(survey.assign(years=np.nan), "y", ["years"])
