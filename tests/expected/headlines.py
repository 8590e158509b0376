"""The headline figures and what they hang on: those who did not answer, the day of the answer, how the scale is read, who did not know."""

from math import sqrt

import pandas as pd
from reading import BLANK, Item, Survey
from shares import Expected, fraction_of, parts, wilson


def newcombe(first: float, n: float, second: float, m: float) -> tuple[float, float]:
    """Return the interval of second/m - first/n, percentage points, from the two Wilson intervals (Newcombe 1998)."""
    p, q = 100 * first / n, 100 * second / m
    (p_low, p_high), (q_low, q_high) = wilson(first, n), wilson(second, m)
    return q - p - sqrt((q - q_low) ** 2 + (p_high - p) ** 2), q - p + sqrt((q_high - q) ** 2 + (p - p_low) ** 2)


def _count(answers: pd.DataFrame, item: str, codes: list[str]) -> float:
    return float(answers.loc[answers[item].isin(codes), "count"].sum())


def put_headlines(out: Expected, survey: Survey) -> None:
    """Add each headline's share of everyone who answered, both intervals, and how far those who did not answer could move it."""
    answers = survey.answers
    n = float(answers["count"].sum())
    fraction = fraction_of(survey, {}, n)
    for number, entry in enumerate(survey.plan.get("headlines", []), 1):
        count = _count(answers, entry["item"], entry["categories"])
        (low, high), (wide_low, wide_high) = wilson(count, n, fraction), wilson(count, n)
        row = f"headline-{number}"
        out.put(
            "headlines",
            row,
            percent=100 * count / n,
            conf_low=low,
            conf_high=high,
            wide_low=wide_low,
            wide_high=wide_high,
            n=n,
        )
        if fraction and ("above" in entry or "below" in entry):
            put_bounds(out, row, count / n, fraction, entry.get("above", entry.get("below")))
    put_early_and_late(out, survey)


def put_bounds(out: Expected, row: str, share: float, rate: float, threshold: float) -> None:
    """Add the worst case either way (Manski 1989), and the share among those who did not answer at which the conclusion turns."""
    turns = (threshold - rate * share) / (1 - rate)
    odds = turns / (1 - turns) / (share / (1 - share))
    out.put(
        "sensitivity",
        row,
        percent=100 * share,
        low=100 * rate * share,
        high=100 * (rate * share + 1 - rate),
        conclusion=100 * threshold,
        turns=100 * turns,
        odds=odds,
    )


def put_early_and_late(out: Expected, survey: Survey) -> None:
    """Add the headline shares of those who answered before and after the first reminder, for the items crossed with it."""
    reminders = survey.plan.get("fieldwork", {}).get("reminders")
    if not reminders:
        return
    early = survey.answers["day"] < pd.Timestamp(reminders[0])
    for number, entry in enumerate(survey.plan.get("headlines", []), 1):
        before, after = survey.answers[early], survey.answers[~early]
        counts = [_count(group, entry["item"], entry["categories"]) for group in (before, after)]
        sizes = [float(len(group)) for group in (before, after)]
        low, high = newcombe(counts[0], sizes[0], counts[1], sizes[1])
        shares = [100 * count / size for count, size in zip(counts, sizes, strict=True)]
        out.put(
            "early_and_late",
            f"headline-{number}",
            early=shares[0],
            late=shares[1],
            gap=shares[1] - shares[0],
            conf_low=low,
            conf_high=high,
        )


def put_missing(out: Expected, survey: Survey) -> None:
    """Add the share of each group that did not know, question by question, of all who answered."""
    asked = [item for item in survey.items.values() if item.missing]
    groups = [("total", survey.answers)]
    for name in survey.plan["groups"]:
        item = survey.item(name)
        groups += [
            (f"{name}--{code}", survey.answers[survey.answers[name] == code])
            for code in (*item.codes, *item.missing, BLANK)
        ]
    for row, answers in groups:
        n = float(answers["count"].sum())
        for item in asked:
            if n:
                out.put("missing", row, **{item.id: 100 * _count(answers, item.id, list(item.missing)) / n})


def put_readings(out: Expected, survey: Survey) -> None:
    """Add each answer's share of everyone under each reading of a scale that has more than one, and its upper part."""
    n = float(survey.answers["count"].sum())
    fraction = fraction_of(survey, {}, n)
    for item in survey.items.values():
        entry = survey.codebook["items"].get(item.parent, {})
        readings = survey.codebook["scales"][entry["scale"]].get("readings", {}) if "scale" in entry else {}
        for name, reading in {"as_printed": {"merge": {}}, **readings}.items():
            if readings:
                put_reading(out, survey, item, name, reading["merge"], n, fraction)


def put_reading(
    out: Expected, survey: Survey, item: Item, name: str, merge: dict[str, str], n: float, fraction: float
) -> None:
    """Add one reading: the answers that it leaves, by the code that stands for them, and the upper part of the scale."""
    sets: dict[str, list[str]] = {}
    for code in item.codes:
        sets.setdefault(merge.get(code, code), []).append(code)
    for target, codes in sets.items():
        count = _count(survey.answers, item.id, codes)
        low, high = wilson(count, n, fraction)
        out.put(
            f"readings_{item.id}",
            f"{name.removeprefix('as_')}--{target}",
            percent=100 * count / n,
            conf_low=low,
            conf_high=high,
        )
        # Side by side, merged answers have a row of their own: its key is made of all the codes.
        out.put(f"side_by_side_{item.id}", "--".join(codes), **{name: 100 * count / n})
    # The printed upper part with what is merged into it, or less what is merged with the other end.
    upper, lower = set(parts(item)[1]), set(parts(item)[0])
    codes = [code for group in sets.values() if set(group) & upper and not set(group) & lower for code in group]
    out.put(f"side_by_side_{item.id}", "upper", **{name: 100 * _count(survey.answers, item.id, codes) / n})
