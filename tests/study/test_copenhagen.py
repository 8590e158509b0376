"""The second study: published counts, English only, without frame, unit or fieldwork."""

import pytest

from evalkit.data import clean, read_export
from evalkit.study import load_study


@pytest.fixture(scope="module")
def study():
    return load_study("copenhagen-housing")


def test_what_the_study_has_and_lacks(study):
    assert (study.synthetic, study.languages) == (False, ("en",))
    assert (study.frame, study.unit, study.fieldwork, study.base) == (None, None, None, None)
    assert study.export.count == "Freq"
    assert study.outcomes == ("satisfaction",)
    assert study.predictors == study.groups == ("influence", "type", "contact")
    assert "Madsen" in study.plan.citation
    assert "Venables" in study.plan.citation


@pytest.mark.parametrize(
    ("variable", "codes", "ordered"),
    [
        ("satisfaction", ("Low", "Medium", "High"), True),
        ("influence", ("Low", "Medium", "High"), True),
        ("type", ("Tower", "Apartment", "Atrium", "Terrace"), False),
        ("contact", ("Low", "High"), True),
    ],
)
def test_codes_are_those_of_the_published_table(study, variable, codes, ordered):
    scale = study.codebook.variable(variable).scale
    assert (scale.codes, scale.ordered) == (codes, ordered)


def test_all_residents_are_read(study):
    responses = clean(read_export(study), study)
    assert responses.data["count"].sum() == 1681
