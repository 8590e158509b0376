"""How often tests reject, and contrasts call a difference, where there is none; and how often they find one that is there.

`python benchmarks/test_levels.py [repetitions]` prints a row a setting: the part of repetitions in which p is below .05 (or any
contrast is called a difference), for our tests, for R's (`method="survey"`), Kruskal and Wallis's, and Pearson's.
A full run takes 10,000 repetitions; the standard error of a level of .05 is then .002.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency, kruskal

from evalkit.errors import EstimationError
from evalkit.estimate import association_test, compare_groups, rank_test

EVEN, SKEWED, TWO, MANY = [0.2] * 5, [0.02, 0.03, 0.05, 0.1, 0.8], [0.3, 0.7], [1 / 11] * 11


@dataclass(frozen=True)
class Setting:
    """Groups of some sizes, answers with some shares, and how the respondents were drawn."""

    name: str
    sizes: tuple[int, ...]
    shares: tuple[float, ...]
    weighted: bool = False
    clusters: int = 0
    shift: float = 0.0


def setting(name: str, sizes: list[int], shares: list[float], **design: float) -> Setting:
    """Return a setting."""
    return Setting(name, tuple(sizes), tuple(shares), **design)


SETTINGS = [
    setting("2 groups of 5", [5] * 2, EVEN),
    setting("2 of 10", [10] * 2, EVEN),
    setting("2 of 500", [500] * 2, EVEN),
    setting("4 of 10", [10] * 4, EVEN),
    setting("16 of 5", [5] * 16, EVEN),
    setting("16 of 8", [8] * 16, EVEN),
    setting("16 of 30", [30] * 16, EVEN),
    setting("40 of 5", [5] * 40, EVEN),
    setting("40 of 60", [60] * 40, EVEN),
    setting("8 of 30, skewed", [30] * 8, SKEWED),
    setting("8 of 120, skewed", [120] * 8, SKEWED),
    setting("16 of 10, two answers", [10] * 16, TWO),
    setting("10 of 50, eleven answers", [50] * 10, MANY),
    setting("5 to 200", [5, 8, 12, 20, 40, 80, 200], EVEN),
    setting("5 to 200, skewed", [5, 8, 12, 20, 40, 80, 200], SKEWED),
    setting("2 of 20, weighted", [20] * 2, EVEN, weighted=True),
    setting("16 of 8, weighted", [8] * 16, EVEN, weighted=True),
    setting("8 of 30, skewed, weighted", [30] * 8, SKEWED, weighted=True),
    setting("4 of 60 in 30 clusters", [60] * 4, EVEN, clusters=30),
    setting("8 of 50 in 60 clusters, skewed", [50] * 8, SKEWED, clusters=60),
    setting("power: 4 of 20", [20] * 4, EVEN, shift=0.2),
    setting("power: 16 of 30", [30] * 16, EVEN, shift=0.12),
]


def drawn(chosen: Setting, draw: np.random.Generator) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return respondents; answers do not depend on the group, but for a shift of the first one's."""
    group = np.repeat(np.arange(len(chosen.sizes)), chosen.sizes)
    latent = draw.uniform(size=len(group))
    design: dict[str, str] = {}
    columns: dict[str, object] = {"g": group}
    if chosen.weighted:
        columns["w"], design["weights"] = draw.lognormal(0, 0.5, len(group)), "w"
    if chosen.clusters:
        columns["c"], design["cluster"] = draw.integers(0, chosen.clusters, len(group)), "c"
        effect = draw.normal(0, 0.5, chosen.clusters)[columns["c"]]
        latent = pd.Series(effect + draw.normal(size=len(group))).rank(pct=True).to_numpy() - 1e-9
    latent = np.where(group == 0, latent + chosen.shift, latent)
    place = np.minimum(np.searchsorted(np.cumsum(chosen.shares), latent), len(chosen.shares) - 1)
    levels = [f"a{i:02}" for i in range(len(chosen.shares))]
    columns["y"] = pd.Categorical.from_codes(place, categories=levels, ordered=True)
    return pd.DataFrame(columns), design


def rejected(data: pd.DataFrame, design: dict[str, str]) -> dict[str, bool | None]:
    """Return which tests reject at .05; None where there is none."""
    table = pd.crosstab(data["g"], data["y"])
    contrasts = compare_groups(data, "y", "g", **design)
    survey = {"method": "survey", **design}
    p = {
        "rank": rank_test(data, "y", "g", **design)["p_value"][0],
        "rank_survey": _or_none(rank_test, data, survey),
        "kruskal": kruskal(*(part["y"].cat.codes for _, part in data.groupby("g"))).pvalue,
        "association": association_test(data, "y", "g", **design)["p_value"][0],
        "association_survey": _or_none(association_test, data, survey),
        "pearson": chi2_contingency(table, correction=False).pvalue,
        "any_contrast": contrasts.loc[contrasts["group"].notna(), "p_value"].min(),
    }
    return {name: None if value != value else bool(value <= 0.05) for name, value in p.items()}


def _or_none(test: Callable[..., pd.DataFrame], data: pd.DataFrame, options: dict[str, str]) -> float:
    """Return a test's p value; none where it has no answer."""
    try:
        return float(test(data, "y", "g", **options)["p_value"][0])
    except EstimationError:
        return float("nan")


def main(repetitions: int = 10_000) -> None:
    """Print a row a setting."""
    warnings.simplefilter("ignore")
    rows = {}
    for number, chosen in enumerate(SETTINGS):
        draw, found = np.random.default_rng(number), []
        while len(found) < repetitions:
            try:
                found.append(rejected(*drawn(chosen, draw)))
            except (EstimationError, ValueError):
                continue
        rows[chosen.name] = pd.DataFrame(found).astype(float).mean()
        print(chosen.name, rows[chosen.name].round(3).to_dict(), flush=True)
    print(pd.DataFrame(rows).T.round(3).to_string())


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
