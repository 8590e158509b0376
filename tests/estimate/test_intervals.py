import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from evalkit.errors import EstimationError, UsageError
from evalkit.estimate import proportions_from_counts, wilson
from evalkit.estimate.intervals import sampling_fraction


@st.composite
def figures(draw):
    base = draw(st.integers(1, 5000))
    return draw(st.integers(0, base)), base, base + draw(st.integers(0, 9000))


@given(figures())
@settings(max_examples=150, deadline=None)
def test_what_holds_of_every_interval(figure):
    count, base, population = figure
    row = proportions_from_counts(count, base, population).iloc[0]
    assert 0 <= row["conf_low_without_fpc"] <= row["conf_low"] <= row["estimate"]
    assert row["estimate"] <= row["conf_high"] <= row["conf_high_without_fpc"] <= 1
    other = proportions_from_counts(base - count, base, population).iloc[0]
    assert row["conf_low"] == pytest.approx(1 - other["conf_high"], abs=1e-12)


@given(figures(), st.floats(0.5, 0.999))
@settings(max_examples=100, deadline=None)
def test_wilson_is_that_of_statsmodels(figure, level):
    count, base, _ = figure
    got = wilson(count / base, base, level)
    assert np.array(got) == pytest.approx(proportion_confint(count, base, alpha=1 - level, method="wilson"), abs=1e-12)


@pytest.mark.parametrize(
    ("respondents", "population", "fraction"),
    [(5, 10, 0.5), (10, 10, 1), (0, 10, 0), (0, 0, 0), (5, np.nan, np.nan), (5, np.inf, 0)],
)
def test_sampling_fractions(respondents, population, fraction):
    assert float(sampling_fraction(respondents, population)) == pytest.approx(fraction, nan_ok=True)


@pytest.mark.parametrize(("respondents", "population"), [(11, 10), (1, 0)])
def test_more_respondents_than_people(respondents, population):
    with pytest.raises(EstimationError, match=f"got: {respondents} respondents"):
        sampling_fraction(respondents, population)


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_confidence_levels(level):
    with pytest.raises(UsageError, match="between 0 and 1"):
        wilson(0.5, 10, level)
