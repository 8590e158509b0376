"""Medians against R's survey package (tests/oracle/survey_medians.R). Tolerance 1e-8, relative."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit import medians
from evalkit.errors import UsageError

FOLDER = Path(__file__).parents[1] / "oracle"
ORACLE = pd.read_csv(FOLDER / "survey_medians.csv", keep_default_na=False, na_values=["", "NaN"]).fillna({"group": ""})
DRAWN = {
    "weights": {"weights": "weight"},
    "strata_fpc": {"weights": "weight", "strata": "stratum", "fpc": "population"},
    "clusters": {"weights": "weight", "strata": "stratum", "cluster": "cluster"},
}
COLUMNS = ["estimate", "conf_low", "conf_high", "std_error"]


@pytest.mark.parametrize("name", sorted(set(ORACLE["name"])))
def test_medians_and_their_intervals(name):
    kind, _, number = name.partition(".")
    rows = pd.read_csv(FOLDER / f"survey_{'clusters' if kind == 'clusters' else 'domains'}.csv")
    rows = rows[rows["sample"] == int(number)].reset_index(drop=True)
    expected = ORACLE[ORACLE["name"] == name].set_index("group")
    whole, by = medians(rows, "score", **DRAWN[kind]), medians(rows, "score", "unit", **DRAWN[kind])
    np.testing.assert_allclose(whole[COLUMNS], expected.loc[[""], COLUMNS], rtol=1e-8)
    # In domains of clusters R counts the clusters of the domain alone among the degrees of freedom, as `means` does not.
    columns = COLUMNS[:1] if kind == "clusters" else COLUMNS
    np.testing.assert_allclose(
        by.set_index("group").loc[["east", "north", "west"], columns], expected.iloc[1:][columns], rtol=1e-8
    )


def test_the_median_of_a_few_numbers_by_hand():
    frame = pd.DataFrame({"age": [30, 10, 20, None], "count": [1, 2, 1, 5]})
    assert medians(frame, "age")[["estimate", "n"]].to_numpy().tolist() == [[10, 4]]


@pytest.mark.parametrize(("item", "text"), [("word", "this is no number"), ("height", "no such column")])
def test_what_has_no_median(item, text):
    with pytest.raises(UsageError, match=text):
        medians(pd.DataFrame({"age": [1, 2], "word": ["a", "b"]}), item)
