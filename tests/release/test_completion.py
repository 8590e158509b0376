"""The maximum-entropy completion against iterative proportional fitting, a log-linear model, and what defines it."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import optimize

from evalkit.errors import DisclosureError
from evalkit.protect import protect
from evalkit.protect.safe import made_safe
from evalkit.release.completion import crossing_of
from evalkit.study import DisclosureRule, Table

LEVELS = {"y": ("a", "b", "c"), "g": ("l", "k"), "u": ("1", "2", "3", "4")}
NONE = dict.fromkeys(LEVELS, ())
PAIRS = [("g", "y"), ("u", "y"), ("u", "g")]


def people(seed, size=300):
    choice = np.random.default_rng(seed)
    frame = pd.DataFrame({name: choice.choice(levels, size) for name, levels in LEVELS.items()})
    return frame.assign(count=1)


def tables_of(frame, pairs, rule=None):
    """Protect the pairs of some people; by default nothing is hidden."""
    made = [Table("_by_".join(pair), list(pair), counted(frame, pair)) for pair in pairs]
    return protect(made, rule or DisclosureRule(base=1, width=1))


def counted(frame, names):
    sums = frame.groupby(list(names))["count"].sum()
    full = pd.MultiIndex.from_product([LEVELS[name] for name in names], names=names)
    return sums.reindex(full, fill_value=0).reset_index().astype({"count": "int64"})


def array_of(crossing, counts):
    return counts.reshape([len(levels) for levels in crossing.levels.values()])


def fitted(start, frame, pairs, names):
    """Iterative proportional fitting, written for this test (Deming and Stephan 1940)."""
    counts, margins = start.astype(float), []
    for pair in pairs:
        order = sorted(pair, key=names.index)
        wanted = counted(frame, order)["count"].to_numpy().reshape([len(LEVELS[name]) for name in order])
        margins.append((wanted, tuple(i for i, name in enumerate(names) if name not in pair)))
    for _ in range(5_000):
        for wanted, axes in margins:
            have = counts.sum(axis=axes)
            counts = counts * np.expand_dims(np.divide(wanted, have, out=np.zeros_like(have), where=have > 0), axes)
    return counts


@pytest.mark.parametrize("seed", range(3))
def test_whole_margins_give_iterative_proportional_fitting(seed):
    frame, names = people(seed), list(LEVELS)
    crossing = crossing_of(tables_of(frame, PAIRS), names, NONE)
    names = list(crossing.levels)
    ours = array_of(crossing, crossing.completed())
    order = [[LEVELS[name].index(level) for level in levels] for name, levels in crossing.levels.items()]
    expected = fitted(np.ones([len(LEVELS[name]) for name in names]), frame, PAIRS, names)[np.ix_(*order)]
    assert np.allclose(ours, expected, atol=1e-6)


def test_whole_margins_give_the_log_linear_model_of_statsmodels():
    frame = people(7, 2_000)
    crossing = crossing_of(tables_of(frame, PAIRS), list(LEVELS), NONE)
    full = counted(frame, list(LEVELS))
    model = smf.glm("count ~ C(y)*C(g) + C(y)*C(u) + C(g)*C(u)", full, family=sm.families.Poisson()).fit(tol=1e-12)
    expected = full.assign(fit=model.fittedvalues).set_index(list(LEVELS))["fit"]
    ours = dict(zip(crossing.cells, crossing.completed(), strict=True))
    assert all(abs(ours[cell] - expected[cell]) < 1e-6 for cell in crossing.cells)


def test_a_start_from_the_frame_gives_fitting_from_that_start():
    frame = people(3)
    population = pd.DataFrame(
        [(g, u, 500 * (i + 1) * (j + 1)) for i, g in enumerate("lk") for j, u in enumerate("1234")]
    )
    population.columns = ["g", "u", "population"]
    pairs = [("g", "y"), ("u", "y")]
    crossing = crossing_of(tables_of(frame, pairs), list(LEVELS), NONE, population)
    names = list(crossing.levels)
    start = np.array(
        [
            population.query("g == @cell['g'] and u == @cell['u']")["population"].item()
            for cell in (dict(zip(names, levels, strict=True)) for levels in crossing.cells)
        ]
    ).reshape([len(levels) for levels in crossing.levels.values()])
    order = [[LEVELS[name].index(level) for level in levels] for name, levels in crossing.levels.items()]
    back = np.ix_(*[np.argsort(o) for o in order])
    expected = fitted(start[back], frame, pairs, names)[np.ix_(*order)]
    assert np.allclose(array_of(crossing, crossing.completed()), expected, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_where_counts_are_hidden_it_is_closest_to_the_start_of_all_that_add_up(seed):
    """What defines it: the shown counts to 1e-9, and logarithms that are sums of one number a shown count (Csiszar 1975)."""
    frame = people(seed, 24)
    safe = tables_of(frame, PAIRS, DisclosureRule(base=8, width=3))
    assert sum(table.hidden for table in safe) > 10
    crossing = crossing_of(safe, list(LEVELS), NONE)
    counts = crossing.completed()
    assert np.abs(crossing.rows @ counts - crossing.counts).max() <= 1e-9
    positive = counts > 0
    rows = crossing.rows.toarray()[:, positive]
    logs = np.log(counts[positive])
    prices, *_ = np.linalg.lstsq(rows.T, logs, rcond=None)
    assert np.abs(rows.T @ prices - logs).max() < 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_cells_are_nought_where_nothing_else_is_possible(seed):
    """Each cell on its own: the most it can be by the shown counts, with an independent programme."""
    safe = tables_of(people(seed, 25), PAIRS, DisclosureRule(base=4, width=2))
    crossing = crossing_of(safe, list(LEVELS), NONE)
    most = [
        -optimize.linprog(-np.eye(len(crossing.cells))[i], A_eq=crossing.rows, b_eq=crossing.counts).fun
        for i in range(len(crossing.cells))
    ]
    assert (crossing.possible == (np.array(most) > 1e-7)).all()


def test_no_group_exceeds_its_population():
    frame = pd.DataFrame(
        [(y, g, u) for y in "abc" for g in "lk" for u in "12" for _ in range(5)], columns=["y", "g", "u"]
    )
    frame = frame.assign(count=1)
    population = pd.DataFrame(
        [("l", "1", 3), ("l", "2", 90), ("k", "1", 90), ("k", "2", 90)], columns=["g", "u", "population"]
    )
    tables = protect(
        [Table("t", ["g", "y"], frame.groupby(["g", "y"])["count"].sum().reset_index()),
         Table("s", ["u", "y"], frame.groupby(["u", "y"])["count"].sum().reset_index())],
        DisclosureRule(base=1, width=1),
    )  # fmt: skip
    crossing = crossing_of(tables, ["y", "g", "u"], NONE, population)
    counts = crossing.completed()
    assert (crossing.groups @ counts <= crossing.sizes + 1e-9).all()
    assert np.isclose((crossing.groups @ counts).min(), 3, atol=1e-6)
    assert np.abs(crossing.rows @ counts - crossing.counts).max() <= 1e-9


def test_nobody_is_where_the_frame_has_nobody():
    frame = people(1).query("not (g == 'l' and u == '4')")
    population = counted(frame.assign(count=frame["count"] * 3), ["g", "u"]).rename(columns={"count": "population"})
    crossing = crossing_of(tables_of(frame, [("g", "y"), ("u", "y")]), list(LEVELS), NONE, population)
    for cell, count in zip(crossing.cells, crossing.completed(), strict=True):
        held = dict(zip(crossing.levels, cell, strict=True))
        assert (count == 0) == (held["g"] == "l" and held["u"] == "4")


def test_a_published_crossing_comes_back_whatever_the_start():
    frame = people(5)
    crossing = crossing_of(tables_of(frame, [("g", "u", "y")]), list(LEVELS), NONE)
    expected = counted(frame, list(crossing.levels))
    found = dict(zip(crossing.cells, crossing.completed(np.random.default_rng(9)), strict=True))
    assert all(abs(found[tuple(row[:-1])] - row[-1]) < 1e-8 for row in expected.to_numpy())


def test_shown_counts_that_contradict_each_other_are_an_error():
    def shown(name, counts):
        cells = pd.DataFrame({"y": pd.Categorical(list("ab")), "count": pd.array(counts, dtype="Int64")})
        return made_safe(name, ("y",), cells, "y", None)

    crossing = crossing_of([shown("one", [3, 4])], ["y"], NONE)
    assert crossing.completed().round(9).tolist() == [3, 4]
    wrong = crossing_of([shown("one", [3, 4])], ["y"], NONE)
    object.__setattr__(wrong, "counts", np.array([3.0, 4.0, 9.0]))
    object.__setattr__(wrong, "rows", np.vstack([wrong.rows.toarray(), np.ones(2)]))
    with pytest.raises(DisclosureError, match="no counts add up to what is shown"):
        wrong.possible  # noqa: B018


@pytest.mark.parametrize("hidden", [False, True])
def test_rounded_counts_are_reconciled(hidden):
    """Each margin rounded by itself to whole fives fits no crossing; what is hidden stands in no way of the shown counts."""
    whole = tables_of(people(5), [*PAIRS, ("g", "u", "y")])

    def rounded(table):
        cells = table.cells.assign(count=(table.cells["count"] / 5).round() * 5)
        gone = hidden & table.cells["count"].between(1, 6)
        return made_safe(table.id, table.dims, cells.assign(count=cells["count"].mask(gone)), table.answer, None)

    crossing = crossing_of(map(rounded, whole), list(LEVELS), NONE)
    with pytest.raises(DisclosureError, match="no counts add up"):
        crossing.completed()
    ours = crossing.reconciled()
    counts = ours.completed()
    assert np.allclose(ours.rows @ counts, ours.counts, atol=1e-6)
    assert np.abs(ours.counts - crossing.counts).max() <= 10  # two steps of rounding
    assert counts.sum() == pytest.approx(300)
    if not hidden:
        exact = crossing_of(whole, list(LEVELS), NONE)
        assert np.allclose(exact.reconciled().counts, exact.counts, atol=1e-6)
