"""How often tests reject, and contrasts call a difference, where there is none; and how often they find one that is there.

`python benchmarks/test_levels.py [repetitions [setting ...]]` prints a row a setting: the part of repetitions in which p is at most .05
(or any contrast is called a difference), for our tests, and in the first thousand for R's (`method="survey"`), Kruskal and Wallis's, and
Pearson's. A full run takes 10,000 repetitions and hours: `python benchmarks/test_levels.py 10000 "16 of 8"` runs one setting.
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
from evalkit.estimate import association_test, rank_test
from evalkit.estimate.cells import read_source
from evalkit.estimate.compare import Contrasts
from evalkit.estimate.group_tests import association, compared_cells, ordered_cells, ranks

PEERS = 1_000
"""In so many samples other tests are seen."""
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


def rejected(data: pd.DataFrame, design: dict[str, str], peers: bool) -> dict[str, float]:
    """Return which tests reject at .05; missing where there is none. (The first three are what `compare_groups` is made of.)"""
    source = read_source(data, **design)
    cells = ordered_cells(source, "y", compared_cells(source, "y", ("g",)))
    p = {"rank": ranks(cells, "")["p_value"], "association": association(cells, "")["p_value"]}
    p["any_contrast"] = Contrasts(cells, None, "others").table(0.95)["p_value"].min()
    if peers:
        survey = {"method": "survey", **design}
        p["rank_survey"] = _or_none(rank_test, data, survey)
        p["association_survey"] = _or_none(association_test, data, survey)
        p["kruskal"] = kruskal(*(part["y"].cat.codes for _, part in data.groupby("g"))).pvalue
        table = pd.crosstab(data["g"], data["y"]).to_numpy()
        p["pearson"] = chi2_contingency(table[:, table.any(axis=0)], correction=False).pvalue
    return {name: np.nan if value != value else float(value <= 0.05) for name, value in p.items()}


def _or_none(test: Callable[..., pd.DataFrame], data: pd.DataFrame, options: dict[str, str]) -> float:
    """Return a test's p value; none where it has no answer."""
    try:
        return float(test(data, "y", "g", **options)["p_value"][0])
    except EstimationError:
        return float("nan")


def level(number: int, repetitions: int) -> pd.Series:
    """Return how often each test rejects in a setting (whose number is the seed), and in how many samples that was seen."""
    draw, found = np.random.default_rng(number), []
    while len(found) < repetitions:
        try:
            found.append(rejected(*drawn(SETTINGS[number], draw), peers=len(found) < PEERS))
        except EstimationError:  # all gave one answer
            continue
    return pd.DataFrame(found).mean().round(4)


def main(repetitions: int, *names: str) -> None:
    """Print a row a setting as it is done, all or those named."""
    warnings.simplefilter("ignore")
    print(
        f"standard error of .05: {(0.05 * 0.95 / repetitions) ** 0.5:.4f}; of other tests {(0.05 * 0.95 / min(PEERS, repetitions)) ** 0.5:.4f}"
    )
    for number, chosen in enumerate(SETTINGS):
        if not names or chosen.name in names:
            print(chosen.name, repetitions, level(number, repetitions).to_dict(), sep=" | ", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, *sys.argv[2:])
