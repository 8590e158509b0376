"""Models of what is no table: a source that gives its own frame, and takes every tidy frame back."""

import numpy as np
import pandas as pd
import pytest

import evalkit
from evalkit.errors import DataError, EstimationError, UsageError
from evalkit.ordinal import (
    agreement,
    avg_comparisons,
    avg_predictions,
    brant_test,
    fit_clm,
    fit_clmm,
    nominal_test,
    scale_test,
    term_tests,
    tidy,
    unit_deviations,
)

FORMULA = "Sat ~ Infl + Type + Cont"


class Estimates(pd.DataFrame):
    _metadata = ["kind", "asked"]  # noqa: RUF012

    @property
    def _constructor(self):
        return Estimates


class Answers:
    """Housing, as a study's answers would give it."""

    def __init__(self, data, withheld=(), left_out=()):
        self.data, self.left_out, self.asked = data, left_out, None
        self.withheld = dict(withheld)

    def model_frame(self, outcome, predictors, extra=()):
        self.asked = (outcome, tuple(predictors), tuple(extra))
        names = [name for name in (outcome, *predictors, *extra) if name not in self.left_out]
        frame = self.data[[*names, "count"]].copy()
        frame.attrs["withheld"] = self.withheld
        return frame

    def estimates(self, frame, kind, **asked):
        made = Estimates(frame)
        object.__setattr__(made, "kind", kind)
        object.__setattr__(made, "asked", asked)
        return made


@pytest.fixture
def counted(housing):
    return housing.rename(columns={"Freq": "count"})


@pytest.fixture
def answers(counted):
    return Answers(counted)


def test_a_source_gives_what_the_formula_and_the_options_name(answers, housing):
    result = fit_clm(FORMULA, answers)
    assert answers.asked == ("Sat", ("Infl", "Type", "Cont"), ())
    assert result.source is answers
    assert result.llf == pytest.approx(fit_clm(FORMULA, housing, weights="Freq").llf, abs=1e-9)
    answers.data = answers.data.assign(w=np.linspace(1.0, 2.0, len(answers.data)), c=range(len(answers.data)))
    fit_clm("Sat ~ np.log(w) + Infl", answers, weights="count", cov_type="cluster", cluster="c")
    assert answers.asked == ("Sat", ("w", "Infl"), ("c",))
    fit_clm("Sat ~ Infl", answers, weights="w", weight_kind="sampling")
    assert answers.asked == ("Sat", ("Infl",), ("w",))
    fit_clmm("Sat ~ Infl", answers, group="Type")
    assert answers.asked == ("Sat", ("Infl",), ("Type",))


def test_every_estimate_goes_back_to_its_source(answers):
    result = fit_clm(FORMULA, answers)
    mixed = fit_clmm("Sat ~ Infl + Cont", answers, group="Type")
    for model in (result, mixed):
        for made in (
            tidy(model),
            term_tests(model),
            avg_predictions(model, ["Infl", "Cont"]),
            avg_comparisons(model, ["Infl", "Cont"], categories="High"),
        ):
            assert made.asked["model"] is model
    for kind, made in {
        "nominal_test": nominal_test(result),
        "scale_test": scale_test(result),
        "brant_test": brant_test(result),
        "unit_deviations": unit_deviations(result, "Type", categories=["Medium", "High"]),
        "agreement": agreement(result),
        "lr_test": mixed.lr_test(),
        "group_effects": mixed.group_effects,
    }.items():
        assert made.kind == kind
    assert isinstance(nominal_test(result), Estimates)


def test_terms_that_fail_can_be_given_as_nominal(answers, counted):
    tests = nominal_test(fit_clm(FORMULA, answers))
    p = dict(zip(tests["term"], tests["p_value"], strict=True))
    assert tests.terms(below=3 * p["Type"] * 1.001) == [term for term in p if p[term] <= p["Type"]]
    terms = tests.terms(below=3 * min(p.values()) * 1.001)
    assert terms == [min(p, key=p.get)]
    assert fit_clm(FORMULA, answers, nominal=terms).spec.nominal_terms.keys() == set(terms)
    none = tests.terms(below=1e-9)
    assert fit_clm(FORMULA, answers, nominal=none).llf == pytest.approx(fit_clm(FORMULA, counted).llf)
    assert brant_test(fit_clm(FORMULA, answers)).terms(below=1e-9) == []


def test_withheld_levels_are_remembered_and_withheld_predictors_left_out(counted, housing):
    answers = Answers(counted, {"Infl": ("Low",), "Cont": ("Low", "High")}, left_out=("Cont",))
    result = fit_clm(FORMULA, answers)
    assert result.withheld == {"Infl": ("Low",), "Cont": ("Low", "High")}
    assert result.formula.text == "Sat ~ Infl + Type"
    assert result.llf == pytest.approx(fit_clm("Sat ~ Infl + Type", housing, weights="Freq").llf, abs=1e-9)
    assert set(avg_comparisons(result, ["Infl", "Cont"])["term"]) == {"Infl"}
    with pytest.raises(EstimationError, match="withheld as a whole"):
        avg_predictions(result, "Cont")
    with pytest.raises(EstimationError, match="nominal: withheld as a whole"):
        fit_clm(FORMULA, answers, nominal=("Cont",))
    both = fit_clm(FORMULA, answers, nominal=("Infl", "Cont"))
    assert both.formula.nominal == ("Infl",)
    said = result.summary()
    assert "respondents" not in said.facts
    assert said.notes == ("withheld: levels of Infl, Cont",)


def test_answers_of_a_study_are_penalised_where_separated():
    """Everybody in b gave the highest answer."""
    rows = [("low", "a"), ("mid", "a"), ("high", "a"), ("mid", "c"), ("low", "c"), ("high", "c"), ("high", "b")]
    data = pd.DataFrame(rows * 4, columns=["y", "g"]).assign(count=1)
    data["y"] = pd.Categorical(data["y"], ["low", "mid", "high"], ordered=True)
    data["g"] = data["g"].astype("category")
    result = fit_clm("y ~ g", Answers(data))
    assert result.penalty == "jeffreys"
    assert result.theta == pytest.approx(fit_clm("y ~ g", data, penalty="jeffreys").theta)
    assert fit_clm("y ~ g", data, penalty="where_separated").penalty == "jeffreys"
    assert fit_clm("y ~ g", data.query("g != 'b'"), penalty="where_separated").penalty is None
    for refusing in ({"data": data}, {"data": Answers(data), "penalty": "none"}):
        with pytest.raises(EstimationError, match="the answers are separated"):
            fit_clm("y ~ g", **refusing)


def test_a_column_of_counts_is_never_ignored(counted, housing):
    named = fit_clm(FORMULA, housing, weights="Freq")
    assert fit_clm(FORMULA, counted).theta == pytest.approx(named.theta, abs=1e-10)
    assert fit_clm(FORMULA, counted).nobs == 1681
    mixed = fit_clmm("Sat ~ Infl + Cont", counted, group="Type")
    assert mixed.llf == pytest.approx(fit_clmm("Sat ~ Infl + Cont", housing, group="Type", weights="Freq").llf)


@pytest.mark.parametrize(
    ("change", "options", "error", "text"),
    [
        ({"Freq": 2}, {"weights": "Freq"}, UsageError, "two columns count the respondents"),
        ({"count": 1.5}, {}, DataError, "count: a frequency is not a whole number"),
        ({"count": -1}, {}, DataError, "count: a weight is negative"),
        ({"count": np.nan}, {}, DataError, "count: a weight is missing"),
        ({"count": "many"}, {}, DataError, "count: the weights are no numbers"),
        ({"w": 0.0}, {"weights": "w", "weight_kind": "sampling"}, DataError, "w: all weights are zero"),
    ],
)
def test_unusable_counts_are_named(counted, change, options, error, text):
    with pytest.raises(error, match=text):
        fit_clm(FORMULA, counted.assign(**change), **options)


def test_completed_counts_may_be_fractional(counted):
    """Counts completed from published margins: those of half the respondents give the same estimates, half the likelihood."""
    half = counted.assign(count=counted["count"] / 2)
    half.attrs["completed"] = True
    whole, ours = fit_clm(FORMULA, counted), fit_clm(FORMULA, half)
    assert ours.theta == pytest.approx(whole.theta, abs=1e-8)
    assert 2 * ours.llf == pytest.approx(whole.llf)
    assert ours.bse.to_numpy() == pytest.approx(np.sqrt(2) * whole.bse.to_numpy())


def test_a_count_that_is_a_predictor_is_one(counted):
    assert list(fit_clm("Sat ~ count", counted, nominal=[]).params.index) == ["count"]


def test_several_names_are_taken_in_turn_and_categories_counted_together(answers):
    result = fit_clm(FORMULA, answers)
    frame = avg_comparisons(result, ["Infl", "Cont"], categories=["Medium", "High"])
    assert list(dict.fromkeys(frame["term"])) == ["Infl", "Cont"]
    assert set(frame["category"]) == {"Medium, High"}
    others = avg_comparisons(result, "Infl", categories="Low")
    assert frame.query("term == 'Infl'")["estimate"].to_numpy() == pytest.approx(-others["estimate"].to_numpy())
    ends = avg_comparisons(result, "Infl", categories=("Low", "High"))
    middle = avg_comparisons(result, "Infl", categories="Medium")
    assert ends["estimate"].to_numpy() == pytest.approx(-middle["estimate"].to_numpy())
    assert ends["std_error"].to_numpy() == pytest.approx(middle["std_error"].to_numpy())
    shares = avg_predictions(result, ["Infl", "Cont"], categories=["High"], method="counterfactual")
    assert shares["term"].tolist() == ["Infl"] * 3 + ["Cont"] * 2
    differences = shares.query("term == 'Infl'")["estimate"].diff().dropna().cumsum()
    high = avg_comparisons(result, "Infl", categories="High")
    assert differences.to_numpy() == pytest.approx(high["estimate"].to_numpy())


def test_comparisons_within_groups_average_to_the_whole(answers):
    result = fit_clm("Sat ~ Infl * Cont + Type", answers)
    whole = avg_comparisons(result, "Infl", categories="High")["estimate"].to_numpy()
    within = avg_comparisons(result, "Infl", categories="High", by="Cont")
    sizes = avg_predictions(result, "Cont", categories="High")["n"].to_numpy()
    parts = within["estimate"].to_numpy().reshape(2, -1)
    assert list(within["group"]) == ["Low", "Low", "High", "High"]
    assert sizes @ parts / sizes.sum() == pytest.approx(whole)


def test_shares_of_units_deviate_from_their_average(answers):
    result = fit_clm(FORMULA, answers)
    shares = avg_predictions(result, "Type", categories=["Medium", "High"], method="counterfactual")["estimate"]
    frame = unit_deviations(result, "Type", categories=["Medium", "High"])
    assert frame["estimate"].to_numpy() == pytest.approx((shares - shares.mean()).to_numpy())
    assert set(frame["category"]) == {"Medium, High"}


def test_ratios_of_nominal_effects_point_upwards(answers):
    free = fit_clm(FORMULA, answers, nominal=["Cont"])
    ratios, plain = tidy(free, exponentiate=True).set_index("term"), tidy(free).set_index("term")
    row, own = ratios.loc["Low|Medium.Cont[T.High]"], plain.loc["Low|Medium.Cont[T.High]"]
    assert row["estimate"] == pytest.approx(np.exp(-own["estimate"]))
    assert row["conf_low"] == pytest.approx(np.exp(-own["conf_high"]))
    assert row["conf_low"] < row["estimate"] < row["conf_high"]
    assert row["statistic"] == -own["statistic"]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda m: avg_comparisons(m, "Infl", categories="Higher"), "no such category.*did you mean 'High'"),
        (lambda m: avg_comparisons(m, "Infl", categories=[]), "no category is named"),
        (lambda m: avg_predictions(m, "Infl", by="Cont"), "give one of them"),
        (lambda m: fit_clm("Sat ~ Infl", m.source, penalty="firth"), "no such penalty"),
        (lambda m: fit_clm("Sat ~ Weather", m.patterns.predictors.assign(Sat=1)), "no such column"),
    ],
)
def test_wrong_choices_are_named(answers, call, text):
    with pytest.raises(UsageError, match=f"(?s){text}"):
        call(fit_clm(FORMULA, answers))


@pytest.mark.parametrize("test", [nominal_test, scale_test, brant_test, agreement])
def test_tests_of_fixed_effects_refuse_a_mixed_model(answers, test):
    with pytest.raises(EstimationError, match=r"(?s)is of models without random intercept.*CLMMResult"):
        test(fit_clmm("Sat ~ Infl + Cont", answers, group="Type"))


def test_no_repr_prints_a_cell(answers):
    result = fit_clm(FORMULA, answers)
    mixed = fit_clmm("Sat ~ Infl + Cont", answers, group="Type")
    for model in (result, mixed):
        assert repr(model).startswith(f"<{type(model).__name__} Sat ~ Infl + ")
        assert "Tower" not in repr(model) + repr(model.patterns)
        assert "<table>" in model._repr_html_()
        assert "1681" in model._repr_html_()
    for inner in (result.likelihood, result.latent(), mixed.cells, mixed.optimum):
        assert "[" not in repr(inner)


def test_the_vocabulary_is_public():
    names = {"tidy", "term_tests", "unit_deviations", "agreement", "nominal_test", "avg_predictions"}
    assert names <= set(evalkit.__all__)
