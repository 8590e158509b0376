"""Clusters, and weights raked to known margins, against R's survey package (tests/oracle/survey_clusters.R). Tolerance 1e-8, relative."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import DataError, EstimationError
from evalkit.estimate import association_test, compare_groups, means, proportions, rake, rank_test

FOLDER = Path(__file__).parents[1] / "oracle"
SAMPLES = pd.read_csv(FOLDER / "survey_clusters.csv")
ORACLE = pd.read_csv(FOLDER / "survey_clusters_estimates.csv").groupby("name", sort=False)["value"].apply(list)
DRAWN = {
    "clusters": {"weights": "weight", "strata": "stratum", "cluster": "cluster"},
    "clusters_fpc": {"weights": "weight", "strata": "stratum", "cluster": "cluster", "fpc": "clusters"},
    "one_stratum": {"weights": "weight", "cluster": ["stratum", "cluster"]},
}
UNITS, ROLES = {"east": 300, "north": 450, "west": 250}, {"leader": 430, "staff": 570}


@pytest.fixture(scope="module", params=[1, 2])
def drawn(request):
    rows = SAMPLES[SAMPLES["sample"] == request.param].reset_index(drop=True)
    return request.param, rows.assign(answer=pd.Categorical(rows["answer"], list("abcd"), ordered=True))


def agrees(name, values, rtol=1e-8):
    np.testing.assert_allclose(np.ravel(np.asarray(values, dtype=float)), ORACLE[name], rtol=rtol, err_msg=name)


def estimates_agree(name, data, rtol=1e-8, **design):
    for column in ("estimate", "std_error"):
        agrees(f"{name}.answer.{column}", proportions(data, "answer", **design)[column], rtol)
        agrees(f"{name}.score.{column}", means(data, "score", **design)[column], rtol)
        agrees(f"{name}.unit.answer.{column}", proportions(data, "answer", "unit", **design)[column], rtol)
        agrees(f"{name}.unit.score.{column}", means(data, "score", "unit", **design)[column], rtol)


@pytest.mark.parametrize("kind", DRAWN)
def test_shares_and_means_of_clusters(drawn, kind):
    number, data = drawn
    estimates_agree(f"{number}.{kind}", data, **DRAWN[kind])


@pytest.mark.parametrize("kind", DRAWN)
def test_r_s_tests_of_clusters(drawn, kind):
    number, data = drawn
    options = {"method": "survey", **DRAWN[kind]}
    association = association_test(data, "answer", "unit", **options).iloc[0]
    agrees(f"{number}.{kind}.association", association[["statistic", "df", "df_denominator", "p_value"]])
    two = rank_test(data, "answer", "role", **options).iloc[0]
    agrees(f"{number}.{kind}.rank", two[["statistic", "df", "p_value"]])
    ranks = rank_test(data, "answer", "unit", **options).iloc[0]
    agrees(f"{number}.{kind}.ranks", [ranks["statistic"] * ranks["df"], ranks["df_denominator"], ranks["p_value"]])


def test_clusters_of_one_are_respondents(drawn):
    data = drawn[1].assign(own=np.arange(len(drawn[1])))
    for call, tolerance in ((proportions, 1e-9), (compare_groups, 0.02)):  # a contrast's group is a sample of its own
        ours = call(data, "answer", "unit", weights="weight", cluster="own", strata="stratum")
        plain = call(data, "answer", "unit", weights="weight", strata="stratum")
        columns = ["estimate", "std_error"]
        pd.testing.assert_frame_equal(ours[columns], plain[columns], rtol=tolerance)


def test_a_cluster_alone_in_its_stratum_is_refused(drawn):
    alone = drawn[1].assign(cluster=lambda d: d["cluster"].where(d["stratum"] != "a", 1))
    with pytest.raises(EstimationError, match="a stratum has one cluster"):
        proportions(alone, "answer", cluster="cluster", strata="stratum")
    with pytest.raises(DataError, match="in no cluster"):
        proportions(alone.assign(cluster=np.nan), "answer", cluster="cluster")


CALIBRATED = pd.read_csv(FOLDER / "survey_calibrated.csv").groupby("name", sort=False)["value"].apply(list)
PEOPLE = {"unit": {"east": 170, "north": 700, "south": 500, "west": 330}, "role": {"leader": 400, "staff": 1300}}
DESIGNS = {
    "people": ("w", {}, PEOPLE),
    "strata": ("w", {"strata": "h"}, PEOPLE),
    "clusters": ("weight", {"strata": "stratum", "cluster": "cluster"}, {"unit": UNITS, "role": ROLES}),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_weights_that_rake_returned_have_the_variance_of_calibration(name):
    """R: calibrate(calfun = 'raking') (tests/oracle/survey_calibrated.R), 1e-6; a column of the same weights is wider or narrower."""
    start, drawn, margins = DESIGNS[name]
    item, levels = ("answer", "abcd") if name == "clusters" else ("y", ["none", "little", "some", "great"])
    data = (
        SAMPLES[SAMPLES["sample"] == 1].reset_index(drop=True)
        if name == "clusters"
        else pd.read_csv(FOLDER / "survey_sample.csv")
    )
    data[item] = pd.Categorical(data[item], list(levels), ordered=True)
    weights = rake(data, margins, weights=start)
    share = proportions(data, item, weights=weights, **drawn)
    np.testing.assert_allclose(share["estimate"], CALIBRATED[f"{name}.share"], rtol=1e-7)
    np.testing.assert_allclose(share["std_error"], CALIBRATED[f"{name}.share.se"], rtol=1e-6)
    by = proportions(data, item, "unit", weights=weights, **drawn)
    by = by.assign(place=by["category"].astype(object).map(list(levels).index)).sort_values(["group", "place"])
    np.testing.assert_allclose(by["std_error"], CALIBRATED[f"{name}.unit.se"], rtol=1e-6)
    np.testing.assert_allclose(
        means(data, "score", weights=weights, **drawn)["std_error"], CALIBRATED[f"{name}.score.se"], rtol=1e-6
    )
    assert proportions(data, "unit", weights=weights, **drawn)["std_error"].max() < 1e-9
    fixed = proportions(data.assign(fixed=weights), "unit", weights="fixed", **drawn)
    assert fixed["std_error"].min() > 0.01
