"""Who answered: rates, balance with the frame, how evenly people answered, weights raked to the frame, and when the answers came."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
import pandas as pd
from cumulative import Array, contrasts
from reading import Survey
from scipy.stats import chi2, norm
from shares import Expected


def frame_groups(survey: Survey) -> list[str]:
    """Return the groups that the frame knows."""
    return [name for name in survey.plan["groups"] if name in survey.frame.columns]


def put_rates(out: Expected, survey: Survey) -> None:
    """Add AAPOR's rates, complete answers alone (RR1) and with partial ones (RR2), over each base that the plan declares."""
    kept = len(survey.answers)
    complete = int((~survey.answers["partial"]).sum())
    for name in ("base", "invited"):
        if survey.plan.get(name):
            out.put("response_rates", "RR1", **{name: 100 * complete / survey.plan[name]})
            out.put("response_rates", "RR2", **{name: 100 * kept / survey.plan[name]})


def put_response(out: Expected, survey: Survey, table: str, by: Sequence[str]) -> None:
    """Add a table of how many answered by some groups, with the frame's numbers and the rate where the frame knows the groups."""
    answers, frame = survey.answers, survey.frame
    known = frame is not None and set(by) <= set(frame.columns)
    items = [survey.item(name) for name in by]
    # That somebody left a group's question out is a level of it where somebody did.
    groups = [
        [*item.codes, *item.missing, *(["blank"] if (answers[item.id] == "blank").any() else []), "total"]
        for item in items
    ]
    for codes in pd.MultiIndex.from_product(groups):
        asked = {name: code for name, code in zip(by, codes, strict=True) if code != "total"}
        rows = np.logical_and.reduce(
            [answers[name] == code for name, code in asked.items()] or [np.ones(len(answers), bool)]
        )
        count = float(answers.loc[rows, "count"].sum())
        out.put(table, "--".join(codes), count=count)
        if known:
            size = float(
                frame.loc[
                    np.logical_and.reduce([frame[n] == c for n, c in asked.items()] or [np.ones(len(frame), bool)]),
                    "population",
                ].sum()
            )
            out.put(table, "--".join(codes), frame=size, rate=100 * count / size if size else None)


def put_balance(out: Expected, survey: Survey, group: str) -> None:
    """Add each level's share of the answers and of the frame, the dissimilarity index, and Pearson's test of answered or not."""
    item, table = survey.item(group), f"balance_by_{group}"
    counts = survey.answers.groupby(group)["count"].sum().reindex(item.codes).to_numpy(float)
    sizes = survey.frame.groupby(group)["population"].sum().reindex(item.codes).to_numpy(float)
    answers, frame = 100 * counts / counts.sum(), 100 * sizes / sizes.sum()
    for code, a, f in zip(item.codes, answers, frame, strict=True):
        out.put(table, code, answers=a, frame=f, gap=a - f)
    out.put(table, "dissimilarity", gap=np.abs(answers - frame).sum() / 2)
    observed = np.array([counts, sizes - counts])
    expected = observed.sum(axis=1, keepdims=True) * observed.sum(axis=0) / observed.sum()
    statistic, df = float(((observed - expected) ** 2 / expected).sum()), len(counts) - 1
    for name, value in (("statistic", statistic), ("df", df), ("p_value", float(chi2.sf(statistic, df)))):
        out.fact(f"{table}.{name}", value, "Pearson's test of answered or not, from the raw answers and the frame")
    largest = int(np.abs(answers - frame).argmax())
    out.put(table, "*", largest=item.codes[largest])


def _cells(survey: Survey) -> tuple[pd.DataFrame, list[str]]:
    groups = frame_groups(survey)
    cells = survey.frame.groupby(groups, as_index=False)["population"].sum()
    counts = survey.answers.groupby(groups)["count"].sum().reset_index()
    return cells.merge(counts, how="left", on=groups).fillna({"count": 0}), groups


def rake_weights(cells: pd.DataFrame, groups: Sequence[str]) -> Array:
    """Return a weight for each cell: iterative proportional fitting of the answers (`count`) to the margins of `population`."""
    weight, counts = np.ones(len(cells)), cells["count"].to_numpy(float)
    for _ in range(500):
        before = weight.copy()
        for group in groups:
            want = cells.groupby(group)["population"].transform("sum").to_numpy(float)
            weight = weight * want / pd.Series(weight * counts).groupby(cells[group]).transform("sum").to_numpy(float)
        if np.abs(weight / before - 1).max() < 1e-14:
            break
    return weight


def raked(survey: Survey, answered: pd.DataFrame) -> pd.Series:
    """Return the raked weight of each cell of the frame's groups, from how many answered in each."""
    groups = frame_groups(survey)
    sizes = survey.frame.groupby(groups, as_index=False)["population"].sum()
    cells = sizes.merge(answered.groupby(groups, as_index=False)["count"].sum(), on=groups)
    return pd.Series(rake_weights(cells, groups), index=pd.MultiIndex.from_frame(cells[groups]))


def put_evenness(out: Expected, survey: Survey) -> None:
    """Add the R-indicator (Schouten et al. 2009; bias-adjusted after Shlomo et al. 2012) from the answers and the frame."""
    cells, groups = _cells(survey)
    levels = {name: list(survey.item(name).low_to_high) for name in groups}
    x = np.column_stack([np.ones(len(cells)), contrasts(cells, levels)])
    sizes, answered = cells["population"].to_numpy(float), cells["count"].to_numpy(float)
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        rho = 1 / (1 + np.exp(-x @ beta))
        information = x.T @ (x * (sizes * rho * (1 - rho))[:, None])
        beta = beta + np.linalg.solve(information, x.T @ (answered - sizes * rho))
    rho = 1 / (1 + np.exp(-x @ beta))
    total, cov = sizes.sum(), np.linalg.inv(information)
    z = x * (rho * (1 - rho))[:, None]
    mean = (sizes * rho).sum() / total
    raw = (sizes * (rho - mean) ** 2).sum() / (total - 1)
    spread = sqrt(raw - (sizes * np.einsum("ij,jk,ik->i", z, cov, z)).sum() / total)
    error = _r_error(sizes / total, rho - mean, z, cov)
    half = norm.ppf(0.975) * error
    rawly = 1 - 2 * sqrt(raw)
    out.put("representativeness", "R_unadjusted", estimate=rawly, conf_low=rawly - half, conf_high=rawly + half)
    variation, wide = spread / mean, half / (2 * mean)
    out.put("representativeness", "CV", estimate=variation, conf_low=variation - wide, conf_high=variation + wide)
    out.put(
        "representativeness",
        "R",
        estimate=1 - 2 * spread,
        conf_low=1 - 2 * spread - half,
        conf_high=1 - 2 * spread + half,
    )


def _r_error(share: Array, deviation: Array, z: Array, cov: Array) -> float:
    """Return the standard error of 1 - 2 S: S^2 is quadratic in the coefficients, whose variance is taken to the second order."""
    centred = z - share @ z
    slope = 2 * (share * deviation) @ centred
    curve = (centred * share[:, None]).T @ centred @ cov
    return sqrt((slope @ cov @ slope + 2 * np.trace(curve @ curve)) / (share @ deviation**2))


def put_arrivals(out: Expected, survey: Survey) -> None:
    """Add how many answered in each run of days, and by the end of each day; which days are joined is the protection's affair."""
    days = survey.answers.groupby("day")["count"].sum()
    names = [day.strftime("%Y-%m-%d") for day in days.index]
    for first, start in enumerate(names):
        for last, end in enumerate(names[first:], first):
            out.put(
                "response_by_submitted_on",
                start if first == last else f"{start}/{end}",
                count=int(days.iloc[first : last + 1].sum()),
            )
    for day, count in zip(names, days.cumsum(), strict=True):
        out.put("arrivals", day, count=int(count), percent=100 * count / survey.plan["base"])
    out.put("response_by_submitted_on", "total", count=int(days.sum()))
