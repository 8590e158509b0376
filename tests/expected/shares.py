"""Counts, shares and comparisons of a survey, from its cleaned answers, in numpy and scipy alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import pandas as pd
from chance import compare, tests
from numpy.typing import NDArray
from reading import BLANK, Item, Survey
from scipy.stats import norm
from scipy.stats import t as student

Array = NDArray[np.float64]
ALL = "total"


@dataclass
class Expected:
    """What a study's pages may say: values by table, row and column, and what is largest, highest or lowest."""

    values: list[tuple[str, str, str, float | str]]
    facts: list[tuple[str, float | str, str]]

    def put(self, table: str, row: str, **columns: float | str | None) -> None:
        """Add values of a row; those that are none are left out (an empty cell)."""
        for column, value in columns.items():
            if value is not None:
                self.values.append((table, row, column, value))

    def fact(self, name: str, value: float | str, source: str) -> None:
        """Add a number that stands in a note, a caption or a sentence and in no table."""
        self.facts.append((name, value, source))


def levels(item: Item, answers: pd.DataFrame) -> list[str]:
    """Return an item's printed answers: its codes, those without an opinion, no answer."""
    if item.kind == "box":
        return list(item.codes)
    used = [BLANK] if item.kind != "box" else []
    return [*item.codes, *item.missing, *used]


def parts(item: Item) -> tuple[list[str], list[str]]:
    """Return the lower and the upper part of an ordinal scale, the middle (of an odd number) left out."""
    half = len(item.low_to_high) // 2
    return list(item.low_to_high[:half]), list(item.low_to_high[-half:])


def headlines_of(survey: Survey, item: str) -> list[list[str]]:
    """Return the lists of answers that the plan's headlines name of an item."""
    return [entry["categories"] for entry in survey.plan.get("headlines", []) if entry["item"] == item]


def all_headlines(survey: Survey) -> list[dict[str, Any]]:
    """Return the plan's headlines, or where it has none the upper part of each question's scale (groups are no questions)."""
    questions = [item for item in survey.items.values() if item.ordinal and item.id not in survey.plan["groups"]]
    return survey.plan.get("headlines") or [{"item": item.id, "categories": parts(item)[1]} for item in questions]


def spoken_together(survey: Survey, item: Item) -> list[list[str]]:
    """Return which answers are spoken of together, high first: the first headline's or the upper part, then the lower part."""
    low, high = parts(item)
    named = headlines_of(survey, item.id)
    return [*(named or [high]), low]


def sum_key(codes: Sequence[str], item: Item) -> str:
    """Return the row or column in which some answers stand together: their own, or 'sum-' with all of them low to high."""
    ordered = [code for code in item.low_to_high if code in codes]
    return ordered[0] if len(ordered) == 1 else "sum-" + "-".join(ordered)


def wilson(count: float, n: float, fraction: float = 0.0) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share, per cent.

    With a sampling fraction the number of answers is raised to n / ((1 - f) n / (n - 1)) ... the effective number against drawing without
    replacement; with a fraction of 1 the share itself.
    """
    if n == 0:
        return float("nan"), float("nan")
    share = count / n
    if fraction >= 1:
        return 100 * share, 100 * share
    effective, z = n / (1 - fraction), norm.ppf(0.975)
    middle = (share + z**2 / (2 * effective)) / (1 + z**2 / effective)
    half = z * sqrt(share * (1 - share) / effective + z**2 / (4 * effective**2)) / (1 + z**2 / effective)
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def frame_size(survey: Survey, where: dict[str, str]) -> float | None:
    """Return how many people the frame has in a group; none where the frame does not know the groups."""
    if survey.frame is None or not set(where) <= set(survey.frame.columns):
        return None
    frame = survey.frame
    for group, code in where.items():
        frame = frame[frame[group] == code]
    return float(frame["population"].sum())


def fraction_of(survey: Survey, where: dict[str, str], answered: float) -> float:
    """Return the share of a group that answered; 0 (no correction) where the frame has no size for it."""
    size = frame_size(survey, where)
    return 0.0 if not size else answered / size


def counted(answers: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    """Return counts of respondents by some columns."""
    return answers.groupby(list(by), observed=True)["count"].sum()


def put_shares(
    out: Expected, survey: Survey, table: str, item: Item, row: str | None, where: dict[str, str], answers: pd.DataFrame
) -> None:
    """Add one distribution: as rows (`row` none: a table of one item) or as the columns of one row."""
    counts = answers.groupby(item.id)["count"].sum().to_dict()
    base = float(answers["count"].sum())
    fraction = fraction_of(survey, where, base)
    sets = spoken_together(survey, item) if item.ordinal else []
    shown: dict[str, float] = {code: float(counts.get(code, 0)) for code in levels(item, answers)}
    for codes in sets:
        shown[sum_key(codes, item)] = sum(shown[code] for code in codes)
    for key, count in [*shown.items(), (ALL, base)]:
        low, high = wilson(count, base, fraction)
        share = 100 * count / base if base else float("nan")
        cell = {"percent": share, "count": count, "low": low, "high": high}
        if not where:  # a sentence on everyone is listed with its share by weights and by other readings of the scale
            codes = next((codes for codes in sets if sum_key(codes, item) == key), [key])
            cell |= {name: value for name, value in choices(survey, item, codes, answers) if key != ALL}
        if row is None:
            out.put(table, key, **cell)
        else:
            out.put(table, row, **{f"{key}.{name}": value for name, value in cell.items()})
    if row is not None:
        out.put(table, row, n=base)


def choices(survey: Survey, item: Item, codes: Sequence[str], answers: pd.DataFrame) -> Iterable[tuple[str, float]]:
    """Return the share of some answers with each unit counted by its size in the frame, and under each other reading of the scale."""
    unit, inside = survey.plan.get("unit"), answers[item.id].isin(codes)
    if unit and item.id != unit and frame_size(survey, {unit: item.id}) is not None:
        sizes = survey.frame.groupby(unit)["population"].sum()
        shares = inside.groupby(answers[unit]).mean()
        yield "weighted", 100 * float((shares * sizes).sum() / sizes.sum())
    entry = survey.codebook["items"].get(item.parent, {})
    for name, reading in survey.codebook["scales"].get(entry.get("scale", ""), {}).get("readings", {}).items():
        yield f"reading.{name}", 100 * float(answers[item.id].isin(read_as(item, codes, reading["merge"])).mean())


def read_as(item: Item, codes: Sequence[str], merge: Mapping[str, str]) -> list[str]:
    """Return the answers that stand for some under a reading: all that is merged with them, or where that reaches both ends, what is wholly theirs."""
    groups: dict[str, list[str]] = {}
    for code in item.low_to_high:
        groups.setdefault(merge.get(code, code), []).append(code)
    touched = [code for group in groups.values() if set(group) & set(codes) for code in group]
    if {item.low_to_high[0], item.low_to_high[-1]} <= set(touched):
        return [code for group in groups.values() if set(group) <= set(codes) for code in group]
    return touched


def put_item(out: Expected, survey: Survey, table: str, item: Item, by: Item | None = None, prefix: str = "") -> None:
    """Add an item's table: all, or a row a group and one of all."""
    answers = survey.answers
    if by is None:
        put_shares(out, survey, table, item, prefix or None, {}, answers)
        return
    for code in levels(by, answers):
        group = answers[answers[by.id] == code]
        if code == BLANK and not len(group):
            continue
        put_shares(out, survey, table, item, f"{prefix}--{code}" if prefix else code, {by.id: code}, group)
    put_shares(out, survey, table, item, f"{prefix}--{ALL}" if prefix else ALL, {}, answers)


def mean_of(scores: Array, counts: Array, fraction: float) -> tuple[float, float, float]:
    """Return a mean of scores and its 95 % t interval, with the finite population correction."""
    n = counts.sum()
    mean = (scores * counts).sum() / n
    variance = (counts * (scores - mean) ** 2).sum() / (n - 1)
    half = student.ppf(0.975, n - 1) * sqrt(max(1 - fraction, 0) * variance / n)
    return float(mean), float(mean - half), float(mean + half)


def crossed(survey: Survey, item: Item, by: Item) -> tuple[list[str], Array]:
    """Return the groups that gave an opinion, and their counts by answer from low to high."""
    given = survey.answers[survey.answers[item.id].isin(item.low_to_high) & survey.answers[by.id].isin(by.codes)]
    groups = [code for code in by.codes if (given[by.id] == code).any()]
    table = given.pivot_table("count", by.id, item.id, "sum", fill_value=0, observed=True)
    return groups, table.reindex(index=groups, columns=list(item.low_to_high), fill_value=0).to_numpy(float)


def scored(survey: Survey, item: Item, by: Item, kind: str) -> dict[str, dict[str, float]]:
    """Return each group's mean of the answers' ranks, or its net score: 100 for a high answer, -100 for a low one, of those with an opinion."""
    groups, table = crossed(survey, item, by)
    low, high = parts(item)
    ranks = np.arange(1, len(item.low_to_high) + 1, dtype=float)
    net = np.array([100.0 * (code in high) - 100.0 * (code in low) for code in item.low_to_high])
    rows = {}
    for group, counts in zip(groups, table, strict=True):
        answered = float(survey.answers.loc[survey.answers[by.id] == group, "count"].sum())
        fraction = fraction_of(survey, {by.id: group}, answered)
        mean, conf_low, conf_high = mean_of(ranks if kind == "mean" else net, counts, fraction)
        rows[group] = {"n": counts.sum(), "mean": mean, "conf_low": conf_low, "conf_high": conf_high}
    return rows


def put_comparison(out: Expected, survey: Survey, name: str, pairs: Sequence[tuple[str, Item]], by: Item) -> None:
    """Add a question's comparisons, means and net scores by a group; all contrasts of one item are adjusted together."""
    for prefix, item in pairs:
        groups, table = crossed(survey, item, by)
        found = compare(table)
        for place, group in enumerate(groups[: len(found.estimate)]):
            out.put(
                f"comparison_{name}",
                f"{prefix}{group}",
                n=table[place].sum(),
                superiority=found.estimate[place],
                conf_low=found.low[place],
                conf_high=found.high[place],
                p_adjusted=found.p[place],
                **{
                    "conf_low.error": found.end_error[place],
                    "conf_high.error": found.end_error[place],
                    "p_adjusted.error": found.p_error[place],
                },
            )
        for kind in ("mean", "net"):
            for group, values in scored(survey, item, by, kind).items():
                out.put(f"{kind}_{name}", f"{prefix}{group}", **values)
        for test, (p, error) in tests(table).items():
            out.fact(f"comparison_{name}.{item.id}.{test}", p, "from the raw answers")
            out.fact(
                f"comparison_{name}.{item.id}.{test}.error", error, "five standard errors of the pages' simulation"
            )
