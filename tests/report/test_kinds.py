"""Answers without an order by group, numbers and routed questions as a page shows them."""

import re

import pytest

from evalkit import Show, clean, compare_groups, load_study, means, proportions, read_export
from evalkit.i18n import Locale
from evalkit.protect.safe import made_safe
from evalkit.release.publishable import publishable
from evalkit.release.store import Release
from evalkit.report.captions import routing_note
from evalkit.report.present import presenter_of, result_of, survey

from .. import whole_study
from ..small_study import with_margins


def text(nb, en):
    return {"nb": nb, "en": en}


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """Return a release, every count shown, of the small study with a number, and questions without order and with routing."""
    plan, codebook, rows = whole_study.plan(), whole_study.codebook(), whole_study.rows()
    codes = {"car": text("Bil", "Car"), "bus": text("Buss", "Bus")}
    codebook["scales"]["modes"] = {"kind": "nominal", "categories": [{"code": c, **t} for c, t in codes.items()]}
    codebook["items"] |= {
        "mode": {"kind": "single", "scale": "modes", "column": "M", "question": text("Reise?", "Travel?")},
        "age": {"kind": "number", "column": "A", "bands": [18, 40], "question": text("Alder?", "Age?")},
    }
    codebook["items"]["goals"]["asked_if"] = {"role": ["leader"]}
    rows["M"] = ["car" if n % 3 else "bus" for n in range(len(rows))]
    rows["A"] = [18 + n % 44 for n in range(len(rows))]
    study = load_study(whole_study.write(tmp_path_factory.mktemp("study"), plan, codebook, rows))
    found = publishable(clean(read_export(study), study)).tables
    return Release(study, {t.id: made_safe(t.id, t.dims, with_margins(t), t.answer, t.stack) for t in found}, [])


def parts(release, what):
    show = Show(release, "en")
    result = show._result(what)
    return show._possible(result, presenter_of(result.kind).parts)


def question(release, item):
    return next(one for one in release.study.questions if one.item == item)


def test_answers_without_an_order_have_charts_by_group_and_the_test(release):
    asked, groups = question(release, "mode"), release.study.groups
    figures = {
        part.id: part.alt
        for part in parts(release, proportions(release, asked, groups, categories="high"))
        if hasattr(part, "alt")
    }
    assert set(figures) == {"mode_answers_by_unit", "mode_answers_by_role"}
    shares = proportions(release, "mode", "role", base="all").set_index(["category", "group"])["estimate"]
    assert f"Car, Leader: {100 * shares['car', 'leader']:.0f}%" in figures["mode_answers_by_role"]
    compared = compare_groups(release, asked, groups)
    (table,) = parts(release, compared)
    p = compared.groupby("by")["p_value"].first()
    rows = {row.section: row.values for row in table.rows}
    assert rows == {"Unit": (pytest.approx(p["unit"]),), "Role": (pytest.approx(p["role"]),)}


def test_groups_themselves_are_not_compared(release):
    asked, groups = question(release, "role"), release.study.groups
    assert parts(release, compare_groups(release, asked, groups)) == []


def test_a_number_is_drawn_over_its_bands_with_its_mean(release):
    figure, _ = parts(release, release.table("age"))
    assert figure.id == "age-histogram"
    assert re.fullmatch(r"18–39: \d+%\. 40 or more: \d+%\.", figure.alt)
    mean = means(release, "age")["estimate"].iloc[0]
    said = "The median lies in “18–39”."  # ages are 18 to 61, evenly
    assert f"Mean: {mean:.1f}, each band counted as its middle. {said}" in figure.caption


def test_who_was_asked_stands_under_the_table(release):
    figure, table = parts(release, release.table("goals"))
    for notes in (figure.caption, table.notes):
        assert "Asked of those who answered: Role: “Leader”." in notes
        assert "Per cent of everyone who was asked (n)." in notes
    leaders = release.table("role").count({"role": "leader"})
    assert {row.values[-1] for row in table.rows} == {leaders}


def test_either_of_two_conditions_is_said_to_be_one_of_two(release):
    either = ({"role": ("leader",)}, {"unit": ("east",), "role": ("other",)})
    item = release.study.codebook.items["goals"].model_copy(update={"asked_if": either})
    (note,) = routing_note(item, release.study, Locale("en"))
    assert note == "Asked of those who answered: Role: “Leader” or Unit: “East” and Role: “Other”."


def test_what_no_published_table_tells_has_no_table_of_means_and_no_place_in_the_overview(release):
    kept = {name: table for name, table in release.tables.items() if name != "belonging_by_unit"}
    own, asked = Release(release.study, kept, []), question(release, "belonging")
    tables = parts(own, means(own, asked, release.study.groups))
    assert [table.id for table in tables] == ["mean_belonging_by_role"]
    overview = proportions(own, own.study.questions, by=own.study.units, categories="high")
    _, table = survey.heatmap_parts(result_of(overview, own.study, Locale("en")))
    assert "belonging" not in {column.key for column in table.columns}
    assert not any(str(value) == ":" for row in table.rows for value in row.values)


def test_what_cannot_be_compared_says_nothing(release):
    """Nobody but leaders was asked, so that there are no two roles to compare."""
    compared = compare_groups(release, question(release, "goals"), ["role"])
    assert parts(release, compared) == []
