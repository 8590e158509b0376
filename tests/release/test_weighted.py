"""What a weighted study publishes: shares that equal R's to the printed digit, no counts by answer, and nobody's answer."""

import csv
import itertools
import json

import numpy as np
import pandas as pd
import pytest

from evalkit import DisclosureRule, clean, fit_clm, load_study, proportions, read_export
from evalkit.attack import audit
from evalkit.data import draft_study
from evalkit.errors import EstimationError
from evalkit.i18n import Locale
from evalkit.protect.safe import made_safe
from evalkit.release.publishable import publishable
from evalkit.release.published import read_table, written_table
from evalkit.release.store import Release
from evalkit.release.weighted import STEPS, Sums, Unknowns
from evalkit.report.shown import write_cells, write_tables

from .. import samples as sample
from ..small_study import with_margins

RULE = DisclosureRule(base=5, width=3)
R_SHARES = {"E": (0.27, 0.73), "H": (0.68, 0.32), "M": (0.52, 0.48)}
"""svyby(~awards, ~stype, design, svymean)."""
R_EFFECT = 1.0505
"""svymean(~awards, design, deff = 'replace') of the strata without their sizes."""


def released(study, protected=True):
    responses = clean(read_export(study), study)
    plan = publishable(responses)
    from evalkit.protect import protect

    safe = protect(plan.tables, plan.rule, known=plan.known, hide=plan.hide, respondents=plan.respondents)
    if not protected:
        safe = [made_safe(t.id, t.dims, with_margins(t), t.answer, t.stack) for t in plan.tables]
    return responses, Release(study, {table.id: table for table in plan.shown(safe)}, plan.known)


@pytest.fixture(scope="module")
def weighted(tmp_path_factory):
    study = sample.schools(tmp_path_factory.mktemp("schools"), {"weight": "pw", "strata": "stype"})
    return released(study)


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source))


def test_files_have_weighted_per_cent_and_people_and_no_counts_by_answer(weighted, tmp_path):
    _, release = weighted
    write_cells(tmp_path, release.table("awards", "stype"), release.study, Locale("en"))
    found = {(row["stype"], row["awards"]): row for row in rows(tmp_path / "tables" / "awards_by_stype.csv")}
    for stype, shares in R_SHARES.items():
        for answer, share in zip(("No", "Yes"), shares, strict=True):
            assert found[stype, answer]["percent"] == f"{100 * share:.0f}"
            assert found[stype, answer]["count"] == ""
    assert found["E", "__total__"]["count"] == "100"
    assert found["__total__", "Yes"]["percent"] == "64"  # 0.6389 by svymean; 56.5 % of the schools as they are


def test_what_is_worked_out_from_a_weighted_release_is_weighted(weighted):
    responses, release = weighted
    own, shown = proportions(responses, "awards"), proportions(release, "awards")
    assert shown["estimate"].tolist() == pytest.approx(own["estimate"].tolist(), abs=STEPS[0])
    assert release.table("awards").effect == pytest.approx(R_EFFECT, abs=0.051)
    assert shown["std_error"].tolist() == pytest.approx(own["std_error"].tolist(), rel=0.03)


def test_a_released_model_is_near_the_fit_by_the_design(weighted):
    responses, release = weighted
    own, shown = fit_clm("mealcat ~ stype", responses), fit_clm("mealcat ~ stype", release)
    assert (np.abs(shown.params - own.params) / own.bse[own.params.index]).max() < 0.1
    assert shown.nobs == pytest.approx(200 / release.table("mealcat").effect, abs=1)


def test_models_of_public_answers_are_by_the_design_itself(tmp_path):
    study = sample.schools(tmp_path, {"weight": "pw", "strata": "stype"}, {"answers": "public"})
    responses, release = released(study)
    release._responses = responses
    own, shown = fit_clm("mealcat ~ awards", responses), fit_clm("mealcat ~ awards", release)
    assert shown.bse.tolist() == pytest.approx(own.bse.tolist())


def test_a_weighted_table_is_the_same_when_read_again(weighted):
    _, release = weighted
    table = release.table("mealcat", "stype")
    again = read_table(json.loads(json.dumps(written_table(table))))
    assert again.effect == table.effect
    assert again.cells["count"].tolist() == pytest.approx(table.cells["count"].tolist())
    assert again.cells["weight"].tolist() == table.cells["weight"].tolist()


def test_the_attacker_takes_weighted_shares_for_no_counts(weighted, tmp_path):
    _, release = weighted
    write_tables(release, tmp_path / "schools" / "en", "en")
    assert audit(tmp_path).empty


def test_one_who_weighs_much_is_not_given_away(tmp_path):
    """Twelve schools, one of them of weight 60: its answer would be the group's share."""
    heavy = {
        "pw": lambda api: np.where(api.index == 0, 60.0, 1.0),
        "stype": lambda api: np.where(api.index < 12, "E", "M"),
    }
    study = sample.schools(tmp_path, {"weight": "pw"}, **heavy)
    _, release = released(study)
    shown = release.table("awards", "stype").cells
    assert shown.loc[(shown["stype"] == "E") & (shown["awards"] == "Yes"), "count"].isna().all()
    even = sample.schools(tmp_path / "even", {"weight": "pw"}, pw=1.0, stype=heavy["stype"])
    shown = released(even)[1].table("awards", "stype").cells
    assert shown["count"].notna().all()


def worlds(sizes, weights, low, high):
    """Return every way to have answered that has a sum between two bounds, one by one."""
    found = []
    for world in itertools.product(*(range(n + 1) for n in sizes)):
        total = sum(x * w for x, w in zip(world, weights, strict=True))
        if low - 1e-9 <= total <= high + 1e-9:
            found.append(world)
    return found


@pytest.mark.parametrize("seed", range(60))
def test_shares_are_open_where_all_ways_to_answer_say_so(seed):
    rng = np.random.default_rng(seed)
    weights = np.sort(rng.choice([1.0, 1.5, 2.0, 3.5, 8.0, 20.0], size=3, replace=False))[::-1]
    sizes = rng.integers(1, 9, size=3)
    few, step = np.flatnonzero(sizes < 5), STEPS[seed % 3]
    first = np.array([rng.integers(0, n + 1) for n in sizes])
    second = np.array([rng.integers(0, n + 1) for n in sizes - first])
    total = float(sizes @ weights)
    shares = np.array([first, second, sizes - first - second]) @ weights / total
    ends = [[(step * round(share / step) + end * step / 2) * total for end in (-1, 1)] for share in shares]
    found = [np.array(worlds(sizes, weights, max(low, 0), min(high, total)))[:, few] for low, high in ends]
    most = [one.max(axis=0) for one in found]
    least = [np.maximum(one.min(axis=0), sizes[few] - sum(most) + own) for one, own in zip(found, most, strict=True)]
    open_ = [(low <= 0) | (high - low >= np.minimum(sizes[few], 3)) for low, high in zip(least, most, strict=True)]
    expected = bool(max(shares) == 1 or not len(few) or np.all(open_))
    assert Sums(tuple("abc"), shares, sizes.astype(float), weights).open(step, RULE) is expected


def test_bounds_stand_in_for_all_ways_where_these_are_too_many():
    sizes, weights = np.array([1.0, 3000.0, 3000.0]), np.array([30.0, 1.0, 1.1])
    assert Sums(("a", "b"), np.array([0.5, 0.5]), sizes, weights).open(0.01, RULE)
    # 20 of 6,330 is too little for one who weighs 30: that one gave another answer, and there is one other alone
    assert not Sums(("a", "b"), np.array([0.0032, 0.9968]), sizes, weights).open(0.0001, RULE)
    assert Sums(("a", "b", "c"), np.array([0.0032, 0.4968, 0.5]), sizes, weights).open(0.0001, RULE)


def test_those_of_weight_nought_are_in_no_published_number(tmp_path):
    none = {"pw": lambda api: api["pw"].where(api.index % 2 == 0, 0)}
    study = sample.schools(tmp_path, {"weight": "pw", "strata": "stype"}, **none)
    _, release = released(study)
    assert release.table("awards").count() == 100
    kept = sample.API[::2]
    assert proportions(release, "awards")["estimate"].iloc[1] == pytest.approx(
        np.average(kept["awards"] == "Yes", weights=kept["pw"]), abs=STEPS[0]
    )


def test_plain_studies_are_published_as_counts(tmp_path):
    _, release = released(sample.schools(tmp_path, None))
    table = release.table("awards")
    assert table.effect is None
    assert "weight" not in table.cells
    assert pd.api.types.is_integer_dtype(table.cells["count"])


def hidden_worlds(numbers, kinds):
    """Return every way in which those of each group and weight can have given the hidden answers, one by one."""
    own = [np.flatnonzero(kinds == kind) for kind in range(kinds.max() + 1)]
    ways = []
    for places in own:
        n = int(numbers[places].sum())
        ways.append([way for way in itertools.product(range(n + 1), repeat=len(places)) if sum(way) == n])
    for choice in itertools.product(*ways):
        world = np.zeros(len(numbers))
        for places, way in zip(own, choice, strict=True):
            world[places] = way
        yield world


@pytest.mark.parametrize("seed", range(40))
def test_hidden_counts_are_open_where_all_ways_to_answer_say_so(seed):
    """Three hidden groups, each of one weight; shares of all are published. Integers of unequal weights often have one way."""
    rng = np.random.default_rng(seed)
    step, answers = STEPS[seed % 3], 2 + seed % 2
    kinds = np.repeat(np.arange(3), answers)
    weights = np.repeat(rng.choice([0.61, 1.0, 1.37, 2.9], 3, replace=False), answers)
    numbers = rng.integers(0, 4, size=3 * answers).astype(float)
    known = rng.uniform(20, 60, size=answers)
    total = float(known.sum() + numbers @ weights)
    of = np.tile(np.arange(answers), 3)
    sums = []
    for answer in range(answers):
        share = (known[answer] + float((numbers * weights)[of == answer].sum())) / total
        sums.append((of == answer, share, total, float(known[answer])))
    places = np.eye(len(numbers), dtype=bool)
    found = []
    for world in hidden_worlds(numbers, kinds):
        shares = [(known[a] + float((world * weights)[of == a].sum())) / total for a in range(answers)]
        if all(
            abs(s - step * round(p / step)) <= step / 2 + 1e-9 for s, (_, p, _, _) in zip(shares, sums, strict=True)
        ):
            found.append(world)
    spread = np.ptp(np.array(found), axis=0)
    people = np.bincount(kinds, numbers)[kinds]
    assert Unknowns(numbers, weights, kinds, sums, places).open(step, 3) is bool(
        (spread >= np.minimum(3, people)).all()
    )


def by_stype(release, answer="Yes"):
    cells = release.table("awards", "stype").cells
    return cells[cells["awards"] == answer].set_index("stype")["count"]


def test_the_shares_of_a_question_are_all_rounded_to_one_step(tmp_path):
    """A group rounded less than the whole could be taken off it; four of one weight in E make whole per cents of all."""
    few = {
        "pw": lambda api: np.where(api.index < 4, 40.0, 30.0),
        "stype": lambda api: np.where(api.index < 60, "E", "M"),
    }
    _, release = released(sample.schools(tmp_path, {"weight": "pw"}, **few))
    people = release.table("awards", "stype").cells.query("awards == '__total__'").set_index("stype")["count"]
    shares = (by_stype(release) / people).dropna().astype(float) * 100
    assert len(shares) == 3
    assert shares.tolist() == pytest.approx(shares.round().tolist(), abs=1e-9)


def test_a_design_counts_those_of_weight_nought(tmp_path):
    none = {"pw": lambda api: api["pw"].where(api.index % 2 == 0, 0)}
    responses, release = released(sample.schools(tmp_path, {"weight": "pw", "strata": "stype"}, **none))
    own, shown = proportions(responses, "awards"), proportions(release, "awards")
    assert shown["std_error"].tolist() == pytest.approx(own["std_error"].tolist(), rel=0.05)


@pytest.mark.parametrize("scale", [1e-9, 1e6])
def test_the_unit_of_the_weights_does_not_matter(weighted, tmp_path, scale):
    _, release = released(
        sample.schools(tmp_path, {"weight": "pw", "strata": "stype"}, pw=lambda api: api["pw"] * scale)
    )
    assert by_stype(release).tolist() == pytest.approx(by_stype(weighted[1]).tolist())


def test_tables_of_ones_own_are_weighted_and_tell_of_nobody(tmp_path):
    heavy = {
        "pw": lambda api: np.where(api.index == 0, 60.0, 1.0),
        "stype": lambda api: np.where(api.index < 12, "E", np.where(api.index < 100, "H", "M")),
    }
    responses, release = released(sample.schools(tmp_path, {"weight": "pw"}, {"tables": [{"item": "awards"}]}, **heavy))
    release._responses = responses
    mine = release.add("awards", "mine", derived={"mine": {"stype": {"H": "rest", "M": "rest"}}}).cells
    assert (
        mine.loc[(mine["mine"] == "E") & (mine["awards"] == "Yes"), "count"].isna().all()
    )  # its heaviest would be its share
    level = release.add("awards", "level", derived={"level": {"stype": {"E": "other", "M": "other"}}}).cells
    shown = level.set_index(["level", "awards"])["count"]
    both = responses.data[responses.data["stype"] != "H"]
    share = np.average(both["awards"] == "Yes", weights=both["design.weight"])
    assert shown["other", "Yes"] / shown["other", "__total__"] == pytest.approx(share, abs=STEPS[-1] / 2)


def test_a_weighted_study_of_few_ends_in_hidden_places(tmp_path):
    few = {"pw": lambda api: np.where(api.index < 3, api["pw"], 0)}
    _, release = released(sample.schools(tmp_path, {"weight": "pw"}, **few))
    assert release.table("awards").count({"awards": "Yes"}) is None
    assert by_stype(release)["E"] is pd.NA
    with pytest.raises(EstimationError):
        fit_clm("mealcat ~ stype", release)


def test_boxes_that_everybody_was_asked_of_are_hidden_by_the_answers_that_there_are(tmp_path):
    lines = ["Vekt,Enhet,Tiltak - IKT,Tiltak - HR"]
    lines += [f"{60 if k == 0 else 1},{'Nord' if k < 12 else 'Sør'},{k % 2},{k % 3 // 2}" for k in range(40)]
    (tmp_path / "answers.csv").write_text("\n".join(lines), encoding="utf-8")
    _, release = released(load_study(draft_study(tmp_path / "answers.csv", tmp_path / "pulse")))
    shown = release.table("tiltak", "enhet").cells
    assert shown.loc[(shown["enhet"] == "nord") & (shown["answer"] == "ticked"), "count"].isna().all()
