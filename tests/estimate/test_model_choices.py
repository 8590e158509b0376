"""A model's differences under other choices: which there are, and each what a plain fit of the same choice gives."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.discrete_model import Logit
from statsmodels.miscmodels.ordinal_model import OrderedModel

from evalkit import avg_comparisons, fit_clm, rake, sensitivity
from evalkit.errors import UsageError

LINKS = ["link:probit", "link:cloglog", "link:loglog"]
ORDER = ["none", "some", "great"]


def variants(responses, formula="belonging ~ role", categories=("great",)):
    return sensitivity(fit_clm(formula, responses), "role", categories=list(categories)).set_index("variant")


def read_as(study, **readings):
    """Return the study with other readings of its scale of three answers."""
    made = study.codebook.model_dump()
    made["scales"]["degree"]["readings"] = {
        name: {"label": {"en": name}, "merge": merge} for name, merge in readings.items()
    }
    return replace(study, codebook=type(study.codebook).model_validate(made))


def plain(answers):
    """Return belonging (0 to 2), being staff and the units of those who gave all of them."""
    kept = [i for i, b in enumerate(answers["belonging"]) if b in ORDER and answers["role"][i] != "blank"]
    belonging = np.array([ORDER.index(answers["belonging"][i]) for i in kept])
    staff = np.array([float(answers["role"][i] == "staff") for i in kept])
    return belonging, staff, np.array([answers["unit"][i] for i in kept])


def test_the_highest_answer_alone_is_a_reading_but_where_the_study_has_it(responses, study, answers, make_responses):
    names = variants(responses).index.tolist()
    assert names == ["main", *LINKS, "reading:some_or_more", "reading:top"]
    own = make_responses(read_as(study, alone={"some": "none"}), answers)
    assert variants(own).index.tolist() == ["main", *LINKS, "reading:alone"]
    none = make_responses(read_as(study), answers)
    assert variants(none).index.tolist() == ["main", *LINKS, "reading:top"]


def test_two_answers_have_no_highest_alone(responses, answers, study, make_responses):
    two = {**answers, "belonging": ["none" if b == "some" else b for b in answers["belonging"]]}
    assert "reading:top" not in variants(make_responses(read_as(study), two)).index


@pytest.mark.parametrize(
    ("variant", "high"), [("reading:top", 2), ("reading:some_or_more", 1)], ids=["the highest", "two merged"]
)
def test_a_reading_of_two_answers_is_the_logistic_regression_of_them(responses, answers, variant, high):
    belonging, staff, _ = plain(answers)
    x = np.column_stack([np.ones(len(staff)), staff])
    fit = Logit((belonging >= high).astype(float), x).fit(disp=0, tol=1e-12)
    expected = fit.predict([[1.0, 1.0]])[0] - fit.predict([[1.0, 0.0]])[0]
    assert variants(responses).loc[variant, "estimate"] == pytest.approx(expected, abs=1e-7)


def test_another_link_is_another_programs_fit_of_it(responses, answers):
    belonging, staff, _ = plain(answers)
    for variant, link in (("main", "logit"), ("link:probit", "probit")):
        fit = OrderedModel(belonging, staff[:, None], distr=link).fit(method="bfgs", disp=0, gtol=1e-8, maxiter=500)
        of_staff, of_leaders = (fit.model.predict(fit.params, exog=np.array([[value]]))[0, 2] for value in (1.0, 0.0))
        assert variants(responses).loc[variant, "estimate"] == pytest.approx(of_staff - of_leaders, abs=1e-5)


def test_the_smallest_units_are_left_out_and_the_one_that_is_named(responses, study):
    named = study.plan.model_copy(update={"models": study.plan.models.model_copy(update={"without": "south"})})
    found = variants(replace(responses, study=replace(study, plan=named)), "belonging ~ role + unit")
    kept = responses.data[responses.data["unit"] != "south"]
    kept = kept.assign(unit=kept["unit"].cat.remove_unused_categories())
    alone = fit_clm("belonging ~ role + unit", replace(responses, data=kept))
    expected = sensitivity(alone, "role", categories="great")["estimate"][0]
    assert found.loc["without:south", "estimate"] == pytest.approx(expected, abs=1e-9)
    assert found.loc["without:smallest", "estimate"] == pytest.approx(found.loc["main", "estimate"])  # 3 // 4: none


def test_weights_of_the_frame_are_those_raked_to_it(responses, study, tmp_path):
    frame = pd.DataFrame({"unit": ["north", "south", "west"] * 2, "role": ["leader"] * 3 + ["staff"] * 3})
    frame = frame.assign(population=[15, 25, 10, 60, 50, 130])
    frame.to_csv(tmp_path / "frame.csv", index=False)
    framed = replace(study, plan=study.plan.model_copy(update={"frame": "frame.csv"}), folder=tmp_path)
    found = variants(replace(responses, study=framed), "belonging ~ role + unit")
    data = responses.data.dropna(subset=["role", "unit"])  # who did not answer the question counts among the groups
    weights = rake(data[["unit", "role"]], ["unit", "role"], frame=frame)
    fit = fit_clm("belonging ~ role + unit", data.assign(w=weights), weights="w", weight_kind="sampling")
    expected = avg_comparisons(fit, "role", categories=["great"])["estimate"][0]
    assert found.loc["weights:frame", "estimate"] == pytest.approx(expected, abs=1e-6)
    assert "weights:frame" not in variants(responses).index


def test_a_model_of_a_data_frame_has_nothing_to_vary(responses):
    with pytest.raises(UsageError, match="can be varied"):
        sensitivity(fit_clm("belonging ~ role", responses.data), "role", categories=["great"])
