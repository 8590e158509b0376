"""The headline figures and what they hang on: those who did not answer, the day of the answer, how the scale is read, who did not know."""

from math import sqrt

import pandas as pd
from reading import BLANK, Survey
from shares import Expected, all_headlines, choices, fraction_of, spoken_together, wilson


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
    for number, entry in enumerate(all_headlines(survey), 1):
        count = _count(answers, entry["item"], entry["categories"])
        (low, high), (wide_low, wide_high) = wilson(count, n, fraction), wilson(count, n)
        row = f"headline-{number}"
        item = survey.item(entry["item"])
        other = {
            name.removeprefix("reading."): value for name, value in choices(survey, item, entry["categories"], answers)
        }
        out.put("other_choices", f"choice-{number}", percent=100 * count / n, **other)
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
        if fraction:
            put_bounds(out, row, count / n, fraction, entry.get("above", entry.get("below")))
    put_early_and_late(out, survey)


def put_bounds(out: Expected, row: str, share: float, rate: float, threshold: float | None) -> None:
    """Add the worst case either way (Manski 1989), and where a conclusion is drawn at which share of the others it turns."""
    out.put("sensitivity", row, percent=100 * share, low=100 * rate * share, high=100 * (rate * share + 1 - rate))
    if threshold is not None:
        turns = (threshold - rate * share) / (1 - rate)
        odds = turns / (1 - turns) / (share / (1 - share))
        out.put("sensitivity", row, conclusion=100 * threshold, turns=100 * turns, odds=odds)


def put_early_and_late(out: Expected, survey: Survey) -> None:
    """Add the headline shares of those who answered before and after the first reminder, for the items crossed with it."""
    reminders = survey.plan.get("fieldwork", {}).get("reminders")
    if not reminders:
        return
    early = survey.answers["day"] < pd.Timestamp(reminders[0])
    for number, entry in enumerate(all_headlines(survey), 1):
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
    """Add each answer's share of everyone under each other reading of a scale; merged answers stand by the code that is left."""
    n = float(survey.answers["count"].sum())
    fraction = fraction_of(survey, {}, n)
    for item in survey.items.values():
        entry = survey.codebook["items"].get(item.parent, {})
        readings = survey.codebook["scales"][entry["scale"]].get("readings", {}) if "scale" in entry else {}
        for name, reading in readings.items():
            sets: dict[str, list[str]] = {}
            for code in item.codes:
                sets.setdefault(reading["merge"].get(code, code), []).append(code)
            for target, codes in sets.items():
                count = _count(survey.answers, item.id, codes)
                low, high = wilson(count, n, fraction)
                out.put(f"{item.id}_read_{name}", target, percent=100 * count / n, conf_low=low, conf_high=high)


def put_overview(out: Expected, survey: Survey) -> None:
    """Add each question's share of high answers (of ticks, for a box) in all and by unit."""
    unit = survey.plan.get("unit")
    asked = [
        item for item in survey.items.values() if item.id not in survey.plan["groups"] and not item.id.endswith("_any")
    ]
    for code in (*survey.item(unit).codes, "total") if unit else ():
        answers = survey.answers if code == "total" else survey.answers[survey.answers[unit] == code]
        n = float(answers["count"].sum())
        for item in asked:
            codes = ["ticked"] if item.kind == "box" else spoken_together(survey, item)[0]
            out.put(f"overview_by_{unit}", code, **{item.id: 100 * _count(answers, item.id, codes) / n})
