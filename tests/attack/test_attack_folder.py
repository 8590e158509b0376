"""The attacker on what a reader gets: tables in an outputs folder, and protected tables."""

from __future__ import annotations

import json
from itertools import combinations, product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit.attack import audit
from evalkit.errors import DisclosureError
from evalkit.protect import protect
from evalkit.release import load_release
from evalkit.study import TOTAL, DisclosureRule, Table, load_study

RULE = {"base": 5, "cell": None, "width": 3, "unanimity": []}
UNIT_BY_ANSWER = {
    ("A", "yes"): 12, ("A", "no"): 8, ("A", "blank"): 4,
    ("B", "yes"): 2, ("B", "no"): 1, ("B", "blank"): 0,
    ("C", "yes"): 9, ("C", "no"): 11, ("C", "blank"): 3,
}  # fmt: skip
UNIT = {"A": 24, "B": 3, "C": 23}


def with_margins(dims: tuple[str, ...], counts: dict[tuple[str, ...], int], over: tuple[str, ...] | None = None):
    """Return a row a cell and a row a margin; margins are taken over `over`."""
    frame = pd.DataFrame([(*key, n) for key, n in counts.items()], columns=[*dims, "count"])
    parts = []
    for size in range(len(over or dims) + 1):
        for summed in combinations(over or dims, size):
            kept = [dim for dim in dims if dim not in summed]
            part = frame.groupby(kept, as_index=False)["count"].sum() if kept else frame[["count"]].sum().to_frame().T
            parts.append(part.assign(**dict.fromkeys(summed, TOTAL))[[*dims, "count"]])
    return pd.concat(parts, ignore_index=True).astype({"count": "Int64"})


def hide(frame: pd.DataFrame, *places: dict[str, str]) -> pd.DataFrame:
    frame = frame.copy()
    for place in places:
        mask = pd.Series(True, index=frame.index)
        for dim in frame.columns.drop("count"):
            level = place.get(dim, TOTAL)
            mask &= frame[dim].isin(level) if isinstance(level, list) else frame[dim] == level
        assert mask.any()
        frame.loc[mask, "count"] = pd.NA
    return frame


def table(name: str, dims: tuple[str, ...], cells: pd.DataFrame, answer: str | None = None, stack: str | None = None):
    return SimpleNamespace(id=name, dims=dims, cells=cells, answer=dims[-1] if answer is None else answer, stack=stack)


ALL = ["yes", "no", "blank"]
SAFE = hide(with_margins(("unit", "q"), UNIT_BY_ANSWER), {"unit": ["A", "B"], "q": ALL}, {"unit": ["A", "B"]})
KNOWN = [{"where": {"unit": unit}, "value": n} for unit, n in UNIT.items()]


def publish(folder: Path, tables: list[Any], **told: Any) -> Path:
    place = folder / "study" / "nb" / "tables"
    place.mkdir(parents=True, exist_ok=True)
    index = {
        "rule": RULE,
        "known": KNOWN,
        "tables": [{"id": t.id, "dims": t.dims, "answer": t.answer, "stack": t.stack} for t in tables],
        **told,
    }
    (place / "index.json").write_text(json.dumps(index), encoding="utf-8")
    for t in tables:
        t.cells.to_csv(place / f"{t.id}.csv", index=False)
    return folder


def rows(frame: pd.DataFrame) -> list[tuple[dict[str, Any], str]]:
    return list(zip(frame["where"], frame["kind"], strict=True))


def test_a_safe_folder_gives_nothing_away(tmp_path):
    folder = publish(tmp_path, [table("q_by_unit", ("unit", "q"), SAFE)])
    for place in (folder, folder / "study", folder / "study" / "nb"):
        assert audit(place).empty


@pytest.mark.parametrize("place", SAFE.index[SAFE["count"].isna()])
def test_publishing_any_one_hidden_cell_by_hand_is_found(tmp_path, place):
    whole = with_margins(("unit", "q"), UNIT_BY_ANSWER)
    cells = SAFE.copy()
    cells.loc[place, "count"] = whole.loc[place, "count"]
    folder = publish(tmp_path, [table("q_by_unit", ("unit", "q"), cells)], known=[])
    assert not audit(folder).empty


def test_a_table_that_hides_less_than_it_says_is_refused(tmp_path):
    folder = publish(tmp_path, [table("q_by_unit", ("unit", "q"), SAFE)])
    index = folder / "study" / "nb" / "tables" / "index.json"
    told = json.loads(index.read_text())
    told["tables"][0]["hidden"] = int(SAFE["count"].isna().sum())
    index.write_text(json.dumps(told))
    assert audit(folder).empty
    told["tables"][0]["hidden"] += 1
    index.write_text(json.dumps(told))
    with pytest.raises(DisclosureError, match="does not hide what it says"):
        audit(folder)


def test_a_percentage_beside_a_hidden_count_is_found(tmp_path):
    cells = SAFE.assign(percent="")
    cells.loc[(cells["unit"] == "B") & (cells["q"] == "yes"), "percent"] = "66,7"
    folder = publish(tmp_path, [table("q_by_unit", ("unit", "q"), cells)])
    assert ({"unit": "B", "q": "yes"}, "exact") in rows(audit(folder))


def test_two_languages_are_read_together(tmp_path):
    """Each language hides another unit beside the small one: together they hide only that."""
    both = with_margins(("unit", "q"), UNIT_BY_ANSWER)
    other = hide(both, {"unit": ["B", "C"], "q": ALL}, {"unit": ["B", "C"]})
    folder = publish(tmp_path, [table("q_by_unit", ("unit", "q"), SAFE)])
    assert audit(folder).empty
    place = folder / "study" / "en" / "tables"
    place.mkdir(parents=True)
    other.to_csv(place / "q_by_unit.csv", index=False)
    (place / "index.json").write_text((folder / "study/nb/tables/index.json").read_text())
    assert ({"unit": "B", "q": "yes"}, "exact") in rows(audit(folder))


def test_the_mark_is_read_as_hidden(tmp_path):
    folder = publish(tmp_path, [table("q_by_unit", ("unit", "q"), SAFE.astype({"count": object}).fillna(":"))])
    assert audit(folder).empty


def test_a_folder_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(DisclosureError, match="no tables to audit"):
        audit(tmp_path)
    folder = publish(tmp_path, [table("q_by_unit", ("unit", "q"), SAFE)])
    path = folder / "study" / "nb" / "tables" / "q_by_unit.csv"
    path.write_text(path.read_text().replace("23", "many"))
    with pytest.raises(DisclosureError, match="neither a number nor hidden"):
        audit(folder)
    path.write_text("unit,count\n")
    with pytest.raises(DisclosureError, match="lacks a column"):
        audit(folder)
    path.unlink()
    with pytest.raises(DisclosureError, match="announced but not there"):
        audit(folder)


def test_a_small_group_that_is_shown_is_found():
    cells = with_margins(("unit", "q"), UNIT_BY_ANSWER)
    found = rows(audit([table("t", ("unit", "q"), cells)], DisclosureRule(base=5, width=3)))
    assert ({"unit": "B"}, "exact") in found
    assert ({"unit": "B", "q": "yes"}, "exact") in found
    assert all(where["unit"] == "B" for where, _ in found)


def test_a_zero_that_follows_from_a_shown_total_may_be_shown():
    counts = {**UNIT_BY_ANSWER, **{(unit, "dont_know"): 0 for unit in "ABC"}}
    masked = [{"unit": u, "q": ALL} for u in "AB"]
    cells = hide(with_margins(("unit", "q"), counts), *masked, {"unit": ["A", "B"]})
    assert audit([table("t", ("unit", "q"), cells)], DisclosureRule(base=5, width=3), known=KNOWN).empty
    cells.loc[(cells["unit"] == "B") & (cells["q"] == "no"), "count"] = 1
    found = rows(audit([table("t", ("unit", "q"), cells)], DisclosureRule(base=5, width=3), known=KNOWN))
    assert ({"unit": "B", "q": "no"}, "exact") in found


def test_a_threshold_of_counts_is_a_rule_for_tables_too():
    cells = with_margins(("unit", "q"), UNIT_BY_ANSWER)
    found = rows(audit([table("t", ("unit", "q"), cells)], threshold={"k": 5, "width": 2}))
    assert ({"unit": "A", "q": "blank"}, "exact") in found


def test_the_cell_threshold_holds_where_it_is_stated():
    cells = with_margins(("unit", "q"), {**UNIT_BY_ANSWER, ("B", "yes"): 20})
    assert audit([table("t", ("unit", "q"), cells)], DisclosureRule(base=5)).empty
    found = rows(audit([table("t", ("unit", "q"), cells)], DisclosureRule(base=5, cell=5)))
    assert {(str(w), k) for w, k in found} >= {(str({"unit": "A", "q": "blank"}), "exact")}


@pytest.mark.parametrize(
    ("yes", "no", "blank", "unanimous"), [(9, 0, 0, True), (8, 1, 0, True), (7, 2, 0, False), (8, 0, 3, True)]
)
def test_a_unanimous_group_is_found_for_the_items_of_the_rule(yes, no, blank, unanimous):
    counts = {**UNIT_BY_ANSWER, ("B", "yes"): yes, ("B", "no"): no, ("B", "blank"): blank}
    tables = [table("t", ("unit", "q"), with_margins(("unit", "q"), counts))]
    assert audit(tables, DisclosureRule(base=5)).empty
    found = rows(audit(tables, DisclosureRule(base=5, unanimity=("q",))))
    assert (({"unit": "B", "q": "yes"}, "group") in found) == unanimous


def test_of_ticks_only_ticked_tells():
    counts = {("A", "ticked"): 9, ("A", "not_ticked"): 9, ("B", "ticked"): 0, ("B", "not_ticked"): 9}
    rule = DisclosureRule(base=5, unanimity=("m_x",))
    assert audit([table("t", ("unit", "m_x"), with_margins(("unit", "m_x"), counts))], rule).empty
    counts[("B", "ticked")], counts[("B", "not_ticked")] = 9, 0
    found = rows(audit([table("t", ("unit", "m_x"), with_margins(("unit", "m_x"), counts))], rule))
    assert found == [({"unit": "B", "m_x": "ticked"}, "group")]


def test_the_questions_of_a_stack_are_linked_with_their_own_tables():
    stacked = {
        (u, f"g_{i}", a): n
        for i, column in enumerate("xy")
        for u, ns in {"A": (9, 11), "B": (3, 15), "C": (12, 8)}.items()
        for a, n in zip(("low", "high"), ns, strict=True)
    }
    masked = [{"unit": u, "g": "g_0", "answer": ["low", "high"]} for u in "ABC"]
    cells = hide(with_margins(("unit", "g", "answer"), stacked, over=("unit", "answer")), *masked)
    battery = table("g", ("unit", "g", "answer"), cells, "answer", "g")
    rule = DisclosureRule(base=5, width=3)
    assert audit([battery], rule).empty
    own = {(u, a): n for (u, g, a), n in stacked.items() if g == "g_0"}
    single = table("g_0", ("unit", "g_0"), with_margins(("unit", "g_0"), own))
    assert ({"unit": "B", "g": "g_0", "answer": "low"}, "exact") in rows(audit([battery, single], rule))


def test_any_box_ticked_bounds_the_boxes():
    def ticks(name: str, **ticked: int):
        counts = {(u, a): n for u in "AB" for a, n in (("ticked", ticked[u]), ("not_ticked", 20 - ticked[u]))}
        return with_margins(("unit", name), counts)

    both = [{"unit": u, "m_x": a} for u, a in product("AB", ("ticked", "not_ticked"))]
    box = table("x", ("unit", "m_x"), hide(ticks("m_x", A=2, B=13), *both))
    union = table("any", ("unit", "m_any"), ticks("m_any", A=2, B=14))
    rule = DisclosureRule(base=5, width=3)
    assert audit([box], rule).empty
    assert ({"unit": "A", "m_x": "ticked"}, "narrow") in rows(audit([box, union], rule))


def test_a_table_that_misses_some_respondents_is_linked_by_its_levels():
    role = {("x", "yes"): 10, ("x", "no"): 9, ("x", "blank"): 2, ("y", "yes"): 12, ("y", "no"): 11, ("y", "blank"): 2}
    tables = [
        table("unit", ("unit", "q"), with_margins(("unit", "q"), {**UNIT_BY_ANSWER, ("B", "yes"): 20})),
        table("role", ("role", "q"), with_margins(("role", "q"), role)),
    ]
    assert audit(tables, DisclosureRule(base=5)).empty


def test_who_is_alone_in_a_group_sees_through_its_partner():
    counts = {("A", "yes"): 1, ("A", "no"): 0, ("B", "yes"): 1, ("B", "no"): 2, ("C", "yes"): 9, ("C", "no"): 12}
    masked = [{"unit": u, "q": ["yes", "no"]} for u in "AB"]
    cells = hide(with_margins(("unit", "q"), counts), *masked, {"unit": ["A", "B"]})
    known = [{"where": {"unit": u}, "value": n} for u, n in (("A", 1), ("B", 3), ("C", 21))]
    found = rows(audit([table("t", ("unit", "q"), cells)], DisclosureRule(base=5, width=2), known=known))
    assert ({"unit": "B", "q": "yes"}, "exact") in found
    assert all(where["unit"] == "B" for where, _ in found)


def test_what_follows_only_under_an_answer_that_nobody_may_have_given_is_no_finding():
    """In `alone` one person answered in unit A: were they satisfied, as they are not, their role would be certain."""
    release = load_release(load_study(Path(__file__).parents[1] / "studies" / "alone"))
    assert audit(list(release.tables.values()), release.rule, known=release.known).empty
    told = audit(
        list(release.tables.values()), release.rule, known=release.known,
        insider={"unit": "A", "role": "caseworker", "sat": "low"},
    )  # fmt: skip
    assert told.empty


@pytest.mark.parametrize("seed", range(6))
def test_units_of_one_raise_no_false_alarm(seed):
    choice = np.random.default_rng(seed)
    people = [(unit, role, answer) for unit, size in (("A", 1), ("B", 6), ("C", 9), ("D", 1), ("E", 30))
              for role, answer in zip(choice.choice(["l", "k"], size), choice.choice(["x", "y", "z"], size), strict=True)]  # fmt: skip
    frame = pd.DataFrame(people, columns=["unit", "role", "q"]).assign(count=1)
    dims = [("unit", "q"), ("role", "q"), ("unit", "role")]
    full = {dim: sorted(frame[dim].unique()) for dim in ("unit", "role", "q")}
    tables = []
    for pair in dims:
        index = pd.MultiIndex.from_product([full[dim] for dim in pair], names=pair)
        counts = frame.groupby(list(pair))["count"].sum().reindex(index, fill_value=0).rename("count").reset_index()
        tables.append(Table("_".join(pair), pair, counts, pair[1] if pair[1] == "q" else ""))
    known = [{"where": {"unit": unit}, "value": int(n)} for unit, n in frame.groupby("unit")["count"].sum().items()]
    rule = DisclosureRule(base=5, width=3)
    safe = protect(tables, rule, known=known, respondents=frame)
    assert audit(safe, rule, known=known).empty
    for alone in frame[frame["unit"].isin(["A", "D"])].drop(columns="count").to_dict("records"):
        found = audit(safe, rule, known=known, insider=alone)
        assert [where for where in found["where"] if where.get("unit") != alone["unit"]] == []


def test_what_is_known_of_other_questions_is_left_aside_where_one_is_asked():
    """Somebody alone in a unit, a cell that cannot hold anybody, and an insider, each with a question that not all tables hold."""
    other = {
        ("A", "left"): 1,
        ("A", "right"): 0,
        ("B", "left"): 20,
        ("B", "right"): 22,
        ("C", "left"): 9,
        ("C", "right"): 12,
    }
    counts = {("A", "yes"): 1, ("A", "no"): 0, ("B", "yes"): 20, ("B", "no"): 22, ("C", "yes"): 9, ("C", "no"): 12}
    hidden = [{"unit": u, answer: levels} for u in "AC" for answer, levels in (("q", ["yes", "no"]),)]
    tables = [
        table("t", ("unit", "q"), hide(with_margins(("unit", "q"), counts), *hidden)),
        table("s", ("unit", "side"), with_margins(("unit", "side"), other)),
    ]
    known = [{"where": {"unit": u}, "value": n} for u, n in (("A", 1), ("B", 42), ("C", 21))]
    audit(
        tables, DisclosureRule(base=1), known=known, zeros=[{"unit": "A", "side": "right"}],
        insider={"unit": "C", "q": "yes", "side": "left"},
    )  # fmt: skip


def test_a_known_table_is_known():
    response = SimpleNamespace(dims=("unit",), frame=pd.DataFrame({"unit": list(UNIT), "count": list(UNIT.values())}))
    assert audit([table("q_by_unit", ("unit", "q"), SAFE)], DisclosureRule(base=5, width=3), known=[response]).empty


def state(folder: Path, **told: Any) -> Path:
    """Let a chapter state a number."""
    told = {"where": {}, "variable": "q", "n": 50, **told}
    manifest = {"languages": {"nb": {"chapter": {"fields": [{"field": "study.title", "text": "A title"}, told]}}}}
    (folder / "study" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"kind": "share", "answers": ["yes"], "value": 23 / 50}, 0),
        ({"kind": "share", "answers": ["yes"], "where": {"unit": "B"}, "value": 2 / 3, "n": 3}, 1),
        ({"kind": "count", "answers": ["no", "blank"], "where": {"unit": "B"}, "value": 1, "n": 3}, 1),
        ({"kind": "score", "answers": ["yes", "no"], "where": {"unit": "B"}, "value": 4 / 3, "n": 3}, 1),
        ({"kind": "points", "answers": ["yes", "no", "blank"], "where": {"unit": "B"}, "value": 1 / 3, "n": 3}, 1),
        ({"kind": "share", "answers": ["yes"], "where": {"unit": "B"}, "value": None, "n": 3}, 0),
        ({"kind": "ratio", "answers": [], "where": {"unit": "B"}, "value": 1.4}, 0),
    ],
    ids=["in all", "share", "count", "mean", "net score", "withheld", "of a model"],
)
def test_what_a_chapter_states_is_read(tmp_path, told, found):
    folder = publish(tmp_path, [table("q_by_unit", ("unit", "q"), SAFE)])
    assert not len(audit(folder))
    assert bool(len(audit(state(folder, **told)))) == bool(found)


def test_zeros_of_levels_that_no_table_has_say_nothing(release):
    zeros = [{"unit": ["north", "nowhere"], "belonging": ["never"]}, {"nothing": "at all"}]
    tables = list(release.tables.values())
    assert audit(tables, release.rule, zeros=zeros).equals(audit(tables, release.rule))
