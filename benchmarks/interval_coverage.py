"""How often the intervals of a share hold the share of all, when 42 per cent answer and those who do are drawn at random.

Unweighted: exact, from the hypergeometric distribution, for every share of the population from .05 to .5 that can be. Weighted:
simulated, with two strata that answer at different rates and weights that undo it. By design: samples drawn as that of
data/raw/state-employees-2024 was, agencies in three strata and people in these; of such samples also the average differences that
a page shows, from what is published of each. The tables stand in docs/methods-survey.md.

Run: python benchmarks/interval_coverage.py [--effects MINUTES]
"""

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import yaml
from scipy.stats import binom, hypergeom

from evalkit import avg_comparisons, clean, fit_clm, load_study, read_export
from evalkit.errors import EstimationError
from evalkit.estimate import means, proportions, proportions_from_counts
from evalkit.protect import protect
from evalkit.release.publishable import publishable
from evalkit.release.store import Release

FRACTION = 0.42
SIZES = (80, 2_000)
REPETITIONS = 2_000


def exact(size):
    """Return the coverage of the interval with and without FPC at each possible share from .05 to .5."""
    population = round(size / FRACTION)
    counts = np.arange(size + 1)
    table = proportions_from_counts(counts, size, population)
    rows = []
    for successes in range(int(np.ceil(0.05 * population)), population // 2 + 1):
        chance, share = hypergeom.pmf(counts, population, successes, size), successes / population
        for kind in ("", "_without_fpc"):
            held = (table[f"conf_low{kind}"] <= share + 1e-12) & (table[f"conf_high{kind}"] >= share - 1e-12)
            rows.append(("without FPC" if kind else "with FPC", share, float(chance @ held)))
    return pd.DataFrame(rows, columns=["interval", "share", "coverage"])


def weighted(size, share, draw):
    """Return the simulated coverage with weights: strata of equal size, of which 28 and 56 per cent answer."""
    half = round(size / FRACTION) // 2
    rates = np.array([2 / 3, 4 / 3]) * FRACTION
    answered = np.round(rates * half).astype(int)
    successes = np.round(half * np.clip(share * np.array([0.8, 1.2]), 0, 1)).astype(int)
    truth = successes.sum() / (2 * half)
    held = 0
    for _ in range(REPETITIONS):
        yes = draw.hypergeometric(successes, half - successes, answered)
        data = pd.DataFrame(
            {
                "h": ["a", "a", "b", "b"],
                "y": ["yes", "no"] * 2,
                "count": [yes[0], answered[0] - yes[0], yes[1], answered[1] - yes[1]],
                "w": np.repeat(half / answered, 2),
                "population": half,
            }
        )
        row = proportions(data, "y", weights="w", strata="h", fpc="population", categories=["yes"]).iloc[0]
        held += row["conf_low"] <= truth <= row["conf_high"]
    return held / REPETITIONS


SECTORS = {"Ministry": (18, 9, 0.4), "Directorate": (60, 15, 0.0), "Regional office": (120, 20, -0.3)}
"""How many agencies there are, how many are drawn, and where their answers lie."""


class Agencies:
    """A population of agencies in three strata, with answers on a scale of five, and samples of it.

    Of managers, as many as there are said to be, the answers are 6 to 10 in place of 1 to 5, and lie 0.7 higher.
    """

    def __init__(self, draw, managers=0.0):
        self.draw, rows = draw, []
        for sector, (many, _, effect) in SECTORS.items():
            for agency in range(many):
                employees = round(draw.uniform(60, 400))
                latent = effect + draw.normal(0, 0.3) + draw.logistic(size=employees)
                manager = draw.random(employees) < managers if managers else np.zeros(employees, dtype=int)
                answers = np.digitize(latent + 0.7 * manager, [-2.6, -1.2, 0.2, 1.9]) + 5 * manager
                rows.append((sector, agency, *np.bincount(answers, minlength=10 if managers else 5)))
        self.all = pd.DataFrame(rows, columns=["sector", "agency", *range(1, len(rows[0]) - 1)])

    def truth(self):
        """Return the population's share of each answer, mean, and share of the upper two in the last stratum."""
        counts = self.all[[*range(1, 6)]].sum()
        last = self.all[self.all["sector"] == "Regional office"][[*range(1, 6)]].sum()
        return [
            *(counts / counts.sum()),
            float(counts @ np.arange(1, 6) / counts.sum()),
            float(last[3:].sum() / last.sum()),
        ]

    def sample(self):
        """Return a sample as counts by agency and answer, with weights."""
        parts = []
        for sector, (many, drawn, _) in SECTORS.items():
            inside = self.all[self.all["sector"] == sector].iloc[self.draw.choice(many, drawn, replace=False)]
            for row in inside.itertuples(index=False):
                counts = np.array(row[2:])
                asked = round(self.draw.uniform(24, 36))
                given = self.draw.multivariate_hypergeometric(counts, asked)
                weight = many / drawn * counts.sum() / asked
                parts += [(sector, row.agency, answer, n, weight) for answer, n in enumerate(given, 1) if n]
        data = pd.DataFrame(parts, columns=["sector", "agency", "y", "count", "w"])
        return data.assign(y=pd.Categorical(data["y"], self.all.columns[2:], ordered=True))


def by_design(repetitions=10_000, seed=2024):
    """Return how often the intervals of five shares, a mean and a share of a domain hold the population's."""
    agencies = Agencies(np.random.default_rng(seed))
    truth, held = np.array(agencies.truth()), np.zeros(7)
    design = {"weights": "w", "strata": "sector", "cluster": "agency"}
    for _ in range(repetitions):
        data = agencies.sample()
        shares, mean = proportions(data, "y", **design), means(data, "y", **design)
        domain = proportions(data, "y", "sector", categories=[4, 5], **design).query("group == 'Regional office'")
        found = pd.concat([shares, mean, domain])
        held += (found["conf_low"].to_numpy() <= truth) & (truth <= found["conf_high"].to_numpy())
    return held / repetitions


DEGREES = ["Not at all", "To a small degree", "To some degree", "To a large degree", "To a very large degree"]
PLANNED = (
    "title",
    "synthetic",
    "languages",
    "export",
    "design",
    "groups",
    "unit",
    "outcomes",
    "predictors",
    "disclosure",
)
ASKED = {"belonging", "role", "sector"}


def shipped(folder):
    """Return the shipped study with belonging by role and sector alone, in another folder."""
    source = load_study("state-employees-2024").folder
    plan, codebook = (yaml.safe_load((source / f"{name}.yml").read_text("utf-8")) for name in ("study", "codebook"))
    tables = [table for table in plan["tables"] if {table["item"], *table.get("by", [])} <= ASKED]
    items = {name: {key: value for key, value in codebook["items"][name].items() if key != "theme"} for name in ASKED}
    plan = {key: plan[key] for key in PLANNED} | {"study": "sample", "tables": tables}
    for name, content in (("study", plan), ("codebook", {"scales": codebook["scales"], "items": items})):
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_study(folder)


def people(numbers):
    """Return the belonging and role that numbers from 1 to 10 stand for, low to high."""
    at = np.asarray(numbers, dtype=int) - 1
    return {
        "belonging": pd.Categorical.from_codes(at % 5, DEGREES, ordered=True),
        "role": pd.Categorical.from_codes(at // 5, ["Employee", "Manager"]),
    }


def published(sample, study):
    """Return what is published of a sample."""
    rows = sample.assign(**people(sample["y"])).loc[sample.index.repeat(sample["count"])]
    names = {"belonging": "Belonging", "role": "Role", "sector": "Sector", "agency": "Agency", "w": "Weight"}
    rows = rows.rename(columns=names).assign(Id=range(len(rows)), Submitted="2024-10-08 09:00")
    rows.drop(columns=["y", "count"]).to_csv(study.export_path, index=False)
    plan = publishable(clean(read_export(study), study))
    safe = protect(plan.tables, plan.rule, known=plan.known, hide=plan.hide, respondents=plan.respondents)
    return Release(study, {table.id: table for table in plan.shown(safe)}, plan.known)


def differences(data, high, **weights):
    """Return the average differences by role and sector in the share who answer high."""
    return avg_comparisons(fit_clm("belonging ~ role + sector", data, **weights), ["role", "sector"], categories=high)


def effects(minutes, seed=2024):
    """Print how often the published intervals of average differences hold those of the same model of all in the population."""
    agencies, end = Agencies(np.random.default_rng(seed), managers=0.15), time.monotonic() + 60 * minutes
    everyone = agencies.all.melt(["sector", "agency"], var_name="y", value_name="count")
    everyone = everyone.assign(**people(everyone["y"]), sector=pd.Categorical(everyone["sector"], list(SECTORS)))
    truth = differences(everyone, DEGREES[3:], weights="count")
    found, withheld = [], 0
    with TemporaryDirectory() as place:
        study = shipped(Path(place))
        while time.monotonic() < end:
            try:
                shown = differences(published(agencies.sample(), study), study.high("belonging"))
                found.append(shown[["estimate", "std_error", "conf_low", "conf_high"]].to_numpy())
            except EstimationError:
                withheld += 1
    estimate, error, low, high = np.stack(found).transpose(2, 0, 1)
    held = ((low <= truth["estimate"].to_numpy()) & (truth["estimate"].to_numpy() <= high)).mean(axis=0)
    band = binom.ppf([0.005, 0.995], len(found), 0.95) / len(found)
    print(f"differences of {len(found)} samples, {withheld} without; 99 % of true 95: {band[0]:.3f} to {band[1]:.3f}")
    told = {"mean": estimate.mean(axis=0), "sd": estimate.std(axis=0), "std_error": error.mean(axis=0), "held": held}
    print(truth[["term", "contrast", "estimate"]].assign(**told).to_string(index=False))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--effects", type=float, metavar="MINUTES", help="simulate what is published of models alone")
    minutes = parser.parse_args().effects
    if minutes:
        effects(minutes)
    else:
        shares()


def shares():
    """Print how often the intervals of shares and means hold those of the population."""
    for size in SIZES:
        table = exact(size)
        for kind, part in table.groupby("interval"):
            coverage = part["coverage"]
            worst = part.loc[coverage.idxmin(), "share"]
            print(f"n {size:>5}  {kind:<12} mean {coverage.mean():.3f}  min {coverage.min():.3f} (at {worst:.3f})")
    draw = np.random.default_rng(20230424)
    for size in SIZES:
        coverages = [weighted(size, share, draw) for share in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)]
        print(
            f"n {size:>5}  weighted, with FPC: {', '.join(f'{c:.3f}' for c in coverages)}  mean {np.mean(coverages):.3f}"
        )
    print("agencies: five shares, a mean, a share of a domain:", ", ".join(f"{c:.3f}" for c in by_design()))


if __name__ == "__main__":
    main()
