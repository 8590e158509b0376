"""What the pages of an outcome must say: the model, its effects, its tests, the units, other choices, and statsmodels' answer."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import exp, log, pi, sqrt

import numpy as np
import pandas as pd
from chance import single_step, tests
from cumulative import Array, Fit, brant, columns_of, derivative, fit_model, likelihood_ratio, merged
from mixed import fit_mixed
from reading import Survey
from response import raked
from scipy.stats import chi2, norm
from scipy.stats import t as student
from shares import Expected, parts
from statsmodels.miscmodels.ordinal_model import OrderedModel

Z = norm.ppf(0.975)


def slug(text: str) -> str:
    """Return a term's name as the anchor of its row writes it."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in text)


def term(name: str, level: str) -> str:
    """Return the anchor of a level's coefficient."""
    return slug(f"{name}[T.{level}]")


@dataclass(frozen=True)
class Question:
    """An outcome, the data it is modelled on, and the study's words for both."""

    survey: Survey
    data: pd.DataFrame
    outcome: str

    @property
    def categories(self) -> list[str]:
        """The answers low to high."""
        return list(self.survey.item(self.outcome).low_to_high)

    @property
    def levels(self) -> dict[str, list[str]]:
        """The predictors and their levels, the reference first; levels that nobody has are left out."""
        return {
            name: [
                code
                for code in self.survey.item(name).low_to_high
                if (self.data.loc[self.data[name] == code, "count"] > 0).any()
            ]
            for name in self.survey.plan["predictors"]
        }

    @property
    def unit(self) -> str | None:
        """The predictor whose levels are units, if there is one."""
        return self.survey.plan.get("unit")

    @property
    def compared(self) -> list[str]:
        """The predictors whose levels are compared with a reference: all but the unit."""
        return [name for name in self.survey.plan["predictors"] if name != self.unit]

    @property
    def high(self) -> list[int]:
        """The places of the answers spoken of together: the first headline's, else the upper part."""
        named = [
            entry["categories"] for entry in self.survey.plan.get("headlines", []) if entry["item"] == self.outcome
        ]
        codes = named[0] if named else parts(self.survey.item(self.outcome))[1]
        return [self.categories.index(code) for code in codes]

    def id(self, table: str) -> str:
        """Return a table's id."""
        return f"{self.outcome}_model_{table}"

    def fit(self, **options: object) -> Fit:
        """Fit the outcome on all predictors."""
        return fit_model(self.data, self.outcome, self.categories, self.levels, **options)  # type: ignore[arg-type]

    def at_cut(self) -> Fit:
        """Fit whether a high answer was given on all predictors."""
        high = [self.categories[place] for place in self.high]
        given = self.data[self.data[self.outcome].isin(self.categories)]
        two = given.assign(**{self.outcome: given[self.outcome].isin(high).map({False: "low", True: "high"})})
        return fit_model(two, self.outcome, ["low", "high"], self.levels)

    def pairs(self) -> list[tuple[str, str, str]]:
        """Return each comparison: predictor, level, reference."""
        return [(name, level, self.levels[name][0]) for name in self.compared for level in self.levels[name][1:]]


def p_of(statistic: float) -> float:
    """Return the two-sided p of a normal statistic."""
    return float(2 * norm.sf(abs(statistic)))


def interval(name: str, estimate: float, error: float) -> dict[str, float]:
    """Return the two ends of a Wald interval."""
    return {f"{name}.low": estimate - Z * error, f"{name}.high": estimate + Z * error}


def share(
    question: Question, fit: Fit, places: Sequence[int], name: str, level: str, reference: str
) -> tuple[float, float]:
    """Return an average comparison of the share of some answers in percentage points, and its standard error."""

    def change(params: Array) -> Array:
        moved = fit.average(params, {name: level}) - fit.average(params, {name: reference})
        return np.array([100 * moved[list(places)].sum()])

    value, cov = fit.delta(change)
    return float(value[0]), sqrt(cov[0, 0])


def put_fit(out: Expected, question: Question, fit: Fit) -> None:
    """Add coefficients, thresholds, odds ratios, the fit's figures, and each predictor left out in turn."""
    errors, table = fit.se(), question.id("coefficients")
    for (name, level), place in fit.named().items():
        estimate, error = fit.params[place], errors[place]
        statistic = estimate / error
        out.put(
            table, term(name, level), estimate=estimate, std_error=error, statistic=statistic, p_value=p_of(statistic)
        )
        out.put(
            question.id("odds_ratios"),
            term(name, level),
            estimate=exp(estimate),
            p_value=p_of(statistic),
            **{"interval.low": exp(estimate - Z * error), "interval.high": exp(estimate + Z * error)},
        )
    for place, (below, above) in enumerate(zip(fit.categories, fit.categories[1:], strict=False)):
        out.put(table, f"{below}_{above}", estimate=fit.params[place], std_error=errors[place])
    counts = fit.data.groupby(fit.outcome)["count"].sum().to_numpy(float)
    null = float((counts * np.log(counts / counts.sum())).sum())
    figures = {
        "n": counts.sum(),
        "parameters": len(fit.params),
        "llf": fit.llf,
        "deviance": -2 * fit.llf,
        "aic": 2 * len(fit.params) - 2 * fit.llf,
        "mcfadden": 1 - fit.llf / null,
    }
    if question.survey.plan.get("answers") == "public":  # else the people are not known one by one
        figures["concordance"] = 100 * concordance(fit)
    for row, value in figures.items():
        out.put(question.id("fit"), row, value=value)
    for name in question.levels:
        smaller = {other: known for other, known in question.levels.items() if other != name}
        complete = question.data[question.data[name].isin(question.levels[name])]
        put_test(
            out,
            question.id("terms"),
            name,
            likelihood_ratio(fit_model(complete, question.outcome, question.categories, smaller), fit),
        )


def concordance(fit: Fit) -> float:
    """Return how often the model ranks two people who answered differently as their answers do, pair by pair of patterns."""
    expected = fit.probabilities(fit.params, fit.data) @ np.arange(len(fit.categories))
    place = fit.data[fit.outcome].map({code: i for i, code in enumerate(fit.categories)}).to_numpy(float)
    pairs = np.outer(*[fit.data["count"].to_numpy(float)] * 2) * (place[:, None] > place[None, :])
    apart = np.round(expected[:, None] - expected[None, :], 12)
    return float((pairs * (np.sign(apart) + 1) / 2).sum() / pairs.sum())


def put_test(out: Expected, table: str, row: str, test: tuple[float, int, float]) -> None:
    """Add a test's statistic, degrees of freedom and p."""
    out.put(table, row, statistic=test[0], df=test[1], p_value=test[2])


def raw_shares(question: Question, name: str) -> dict[str, tuple[float, float]]:
    """Return the share of high answers of each level, of all who gave an answer, and their number."""
    given = question.survey.answers[question.survey.answers[question.outcome].isin(question.categories)]
    high = [question.categories[place] for place in question.high]
    found = {}
    for level in question.levels[name]:
        group = given[given[name] == level]
        n = float(group["count"].sum())
        found[level] = float(group.loc[group[question.outcome].isin(high), "count"].sum()) / n, n
    return found


def put_effects(out: Expected, question: Question, fit: Fit) -> None:
    """Add raw and adjusted differences, each answer's difference, and predicted distributions."""
    at_cut = question.at_cut()
    for name, level, reference in question.pairs():
        row, raw = f"{name}-{level}", raw_shares(question, name)
        (p, n), (q, m) = raw[level], raw[reference]
        error = sqrt(p * (1 - p) / n + q * (1 - q) / m)
        smoothed, smoothed_error = share(question, fit, question.high, name, level, reference)
        adjusted, adjusted_error = share(question, at_cut, [1], name, level, reference)
        out.put(
            question.id("differences"),
            row,
            raw=100 * (p - q),
            adjusted=adjusted,
            smoothed=smoothed,
            **interval("raw_interval", 100 * (p - q), 100 * error),
            **interval("adjusted_interval", adjusted, adjusted_error),
            **interval("smoothed_interval", smoothed, smoothed_error),
        )
        for place, category in enumerate(question.categories):
            value, spread = share(question, fit, [place], name, level, reference)
            out.put(
                question.id("comparisons"),
                f"{row}-{category}",
                estimate=value,
                p_value=p_of(value / spread),
                **interval("interval", value, spread),
            )
    for name in question.compared:
        for level in question.levels[name]:
            put_predicted(out, question, fit, name, level)


def put_predicted(out: Expected, question: Question, fit: Fit, name: str, level: str) -> None:
    """Add the distribution predicted with everybody in a level; intervals on the logit."""
    table = question.id(f"predicted_{name}")
    groups = {category: [place] for place, category in enumerate(question.categories)} | {"high": question.high}
    for category, places in groups.items():

        def predicted(params: Array, places: Sequence[int] = places) -> Array:
            return np.array([fit.average(params, {name: level})[list(places)].sum()])

        value, cov = fit.delta(predicted)
        p, error = float(value[0]), sqrt(cov[0, 0])
        centre, half = log(p / (1 - p)), Z * error / (p * (1 - p))
        out.put(
            table,
            level,
            **{
                category: 100 * p,
                f"{category}.low": 100 / (1 + exp(-centre + half)),
                f"{category}.high": 100 / (1 + exp(-centre - half)),
            },
        )


def put_smoothing(out: Expected, question: Question, fit: Fit) -> None:
    """Add what the model's one effect moves each difference by, with the sandwich of both models' scores together (White 1982)."""
    at_cut, names = question.at_cut(), list(question.levels)
    high = {question.categories[place] for place in question.high}
    rows = {tuple(row): place for place, row in enumerate(at_cut.data[[*names, question.outcome]].to_numpy().tolist())}
    answers = fit.data[[*names, question.outcome]].to_numpy().tolist()
    beside = [rows[(*pattern, "high" if answer in high else "low")] for *pattern, answer in answers]
    scores, others = log_slopes(fit), log_slopes(at_cut)[beside]
    counts = fit.data["count"].to_numpy(float)
    for name, level, reference in question.pairs():

        def change(params: Array, model: Fit, places: Sequence[int]) -> Array:
            moved = model.average(params, {name: level}) - model.average(params, {name: reference})  # noqa: B023
            return np.array([100 * moved[list(places)].sum()])

        smoothed, adjusted = (partial(change, model=m, places=p) for m, p in ((fit, question.high), (at_cut, [1])))
        influence = scores @ fit.cov @ derivative(smoothed, fit.params)[0]
        influence = influence - others @ at_cut.cov @ derivative(adjusted, at_cut.params)[0]
        moved = float(smoothed(fit.params)[0] - adjusted(at_cut.params)[0])
        error = sqrt(float(counts @ influence**2))
        out.put(
            question.id("smoothing"),
            f"{name}-{level}",
            estimate=moved,
            p_value=p_of(moved / error),
            **interval("interval", moved, error),
        )


def put_incomplete(out: Expected, question: Question, hidden: Collection[frozenset[tuple[str, str]]]) -> None:
    """Add how many lack an answer to the outcome or a predictor, to which, and in which groups.

    Where it is hidden who of a group gave no answer to another predictor, it is those without an answer to the outcome.
    """
    table, outcome, names = question.id("incomplete"), question.outcome, question.survey.plan["predictors"]
    asked = [outcome, *names]
    answers, count = question.survey.answers, question.survey.answers["count"].astype(float)
    lacks = pd.DataFrame({name: ~answers[name].isin(question.survey.item(name).codes) for name in asked})

    def put(row: str, group: pd.Series, left: pd.Series) -> tuple[float, float]:
        n, without = float(count[group].sum()), float(count[group & left].sum())
        out.put(table, row, n=n, left=without, percent=100 * without / n)
        return without, n - without

    everybody = pd.Series(True, index=answers.index)
    put("total", everybody, lacks.any(axis=1))
    for name in asked:
        put(f"missing--{name}", everybody, lacks[name])
    for name in names:
        blanks = {(other, "blank") for other in names if other != name}
        told = not any(cell & blanks and name in dict(cell) for cell in hidden)
        left = lacks.any(axis=1) if told else lacks[outcome]
        sides = [put(f"{name}--{code}", answers[name] == code, left) for code in question.levels[name]]
        if left.any():
            out.put(table, name, p_value=tests(np.array(sides)[:, ::-1])["association"][0])


def put_assumptions(out: Expected, question: Question, fit: Fit) -> None:
    """Add tests of proportional odds, and the differences when effects may differ by threshold: of all compared, of those for which it fails."""
    failing = []
    for name in question.levels:
        test = likelihood_ratio(fit, question.fit(nominal=[name]))
        put_test(out, question.id("nominal_test"), name, test)
        failing += [name] if test[2] < 0.05 else []
    for name, test in brant(question.data, question.outcome, question.categories, question.levels).items():
        put_test(out, question.id("brant_test"), slug(name), test)
    put_beside(out, question, "departure", one=fit, free=question.fit(nominal=question.compared))
    put_beside(out, question, "partial", one=fit, partial=question.fit(nominal=failing))
    put_by_threshold(out, question)


def put_beside(out: Expected, question: Question, table: str, **fits: Fit) -> None:
    """Add the differences in the share of high answers by some models, side by side."""
    for name, level, reference in question.pairs():
        for column, fit in fits.items():
            value, error = share(question, fit, question.high, name, level, reference)
            out.put(
                question.id(table), f"{name}-{level}", **{column: value}, **interval(f"{column}_interval", value, error)
            )


def put_by_threshold(out: Expected, question: Question) -> None:
    """Add the odds ratio of each level at each threshold, in the model in which the compared predictors have effects at each."""
    free = question.fit(nominal=question.compared)
    q, errors = free.cuts, free.se()
    for number, (name, level) in enumerate(columns_of({name: question.levels[name] for name in question.compared})):
        for place, category in enumerate(question.categories[:-1]):
            at = q + number * q + place
            estimate, error = -free.params[at], errors[at]
            ends = {"interval.low": exp(estimate - Z * error), "interval.high": exp(estimate + Z * error)}
            out.put(question.id("by_threshold"), f"{name}-{level}-{category}", estimate=exp(estimate), **ends)


def put_units(out: Expected, question: Question) -> None:
    """Add each unit against the units' average, on the share of high answers; p values and intervals for all units together."""
    unit = question.unit or ""
    units, fit = question.levels[unit], question.at_cut()
    centring = np.eye(len(units)) - 1 / len(units)

    def shares(params: Array) -> Array:
        return centring @ np.array([100 * fit.average(params, {unit: code})[1] for code in units])

    value, cov = fit.delta(shares)
    errors = np.sqrt(np.diag(cov))
    adjusted, reach = single_step(value / errors, cov / np.outer(errors, errors))
    for code, v, e, p in zip(units, value, errors, adjusted, strict=True):
        ends = {"interval.low": v - reach * e, "interval.high": v + reach * e}
        out.put(question.id("units"), code, estimate=v, p_adjusted=p, **ends)


def put_mixed(out: Expected, question: Question, values: Mapping[str, float] | None) -> None:
    """Add the variance between units, and the effects in a model that has a number known of each unit as a predictor."""
    unit, table = question.unit or "", question.id("mixed")
    levels = {name: question.levels[name] for name in question.compared}
    mixed = fit_mixed(question.data, question.outcome, question.categories, levels, unit, question.levels[unit])
    plain = fit_model(mixed.data, question.outcome, question.categories, levels)
    ratio, sd = 2 * (mixed.llf - plain.llf), mixed.sd
    out.put(table, "sd", value=sd)
    out.put(table, "sd_interval", **{"value.low": mixed.sd_interval[0], "value.high": mixed.sd_interval[1]})
    figures = {
        "variance": sd**2,
        "icc": 100 * sd**2 / (sd**2 + pi**2 / 3),
        "mor": exp(sqrt(2) * sd * norm.ppf(0.75)),
        "mor_high": exp(sqrt(2) * mixed.sd_interval[1] * norm.ppf(0.75)),
        "lr": ratio,
        "p_value": chi2.sf(ratio, 1) / 2,
    }
    for row, value in figures.items():
        out.put(table, row, value=float(value))
    if values is not None:
        put_unit_predictor(out, question, levels, values)


def put_unit_predictor(
    out: Expected, question: Question, levels: dict[str, list[str]], values: Mapping[str, float]
) -> None:
    """Add odds ratios of a random-intercept model with a number known of each unit: t on (units - 2) degrees of freedom for that one."""
    unit = question.unit or ""
    fit = fit_mixed(question.data, question.outcome, question.categories, levels, unit, question.levels[unit], values)
    cuts, df = len(question.categories) - 1, len(question.levels[unit]) - 2
    rows = [
        *(term(name, level) for name, level in columns_of(levels)),
        question.survey.plan["models"]["unit_predictor"],
    ]
    for place, row in enumerate(rows, cuts):
        estimate, error = fit.params[place], sqrt(fit.cov[place, place])
        last = row == rows[-1]
        statistic, quantile = estimate / error, float(student.ppf(0.975, df)) if last else Z
        out.put(
            question.id("unit_predictor"),
            row,
            estimate=exp(estimate),
            statistic=statistic,
            p_value=float(2 * student.sf(abs(statistic), df)) if last else p_of(statistic),
            **{"interval.low": exp(estimate - quantile * error), "interval.high": exp(estimate + quantile * error)},
        )


def put_sensitivity(out: Expected, question: Question, weights: pd.Series | None) -> None:
    """Add the differences in the share of high answers under other links, readings of the scale, units and weights.

    A reading is modelled by the scale that it leaves.
    """
    top = question.high
    variants: dict[str, tuple[Fit, list[int]]] = {"main": (question.fit(), top)}
    for link in ("probit", "cloglog", "loglog"):
        variants[f"link:{link}"] = question.fit(link=link), top
    variants |= {f"reading:{name}": found for name, found in readings(question).items()}
    if question.unit:
        variants["without:smallest"] = without_units(question, smallest_units(question)), top
        named = question.survey.plan.get("models", {}).get("without")
        if named in question.levels[question.unit]:
            variants[f"without:{named}"] = without_units(question, {named}), top
    table = question.id("sensitivity")
    for name, level, reference in question.pairs():
        for variant, (fit, places) in variants.items():
            value, error = share(question, fit, places, name, level, reference)
            out.put(table, f"{name}-{level}", **{variant: value}, **interval(variant, value, error))
        if weights is not None:
            value, error = weighted(question, weights, top, name, level, reference)
            out.put(table, f"{name}-{level}", **{"weights:frame": value}, **interval("weights:frame", value, error))


def readings(question: Question) -> dict[str, tuple[Fit, list[int]]]:
    """Return the fits to the scale's other readings, or where it has none to the highest answer alone."""
    scale = question.survey.codebook["scales"][question.survey.codebook["items"][question.outcome]["scale"]]
    found = {}
    named = {name: entry["merge"] for name, entry in scale.get("readings", {}).items()}
    low, _ = parts(question.survey.item(question.outcome))
    high = [question.categories[place] for place in question.high]
    top = dict.fromkeys(question.categories[:-1], question.categories[0])
    for name, merge in (named or {"top": top}).items():
        groups: dict[str, set[str]] = {}
        for code in question.categories:
            groups.setdefault(merge.get(code, code), set()).add(code)
        data = merged(question.data, question.outcome, merge)
        # The high answers that the reading leaves: what is merged with the other end is high no more.
        places = [place for place, group in enumerate(groups.values()) if group & set(high) and not group & set(low)]
        found[name] = fit_model(data, question.outcome, list(groups), question.levels), places
    return found


def smallest_units(question: Question) -> set[str]:
    """Return the smallest quarter of the units, by how many answered."""
    unit = question.unit or ""
    sizes = question.survey.answers.groupby(unit)["count"].sum().reindex(question.levels[unit]).sort_values()
    return set(sizes.index[: len(sizes) // 4])


def without_units(question: Question, dropped: set[str]) -> Fit:
    """Return the fit without some units."""
    unit = question.unit or ""
    levels = question.levels | {unit: [code for code in question.levels[unit] if code not in dropped]}
    return fit_model(question.data, question.outcome, question.categories, levels)


def weighted(
    question: Question, weights: pd.Series, top: list[int], name: str, level: str, reference: str
) -> tuple[float, float]:
    """Return a comparison with sampling weights: weighted estimates and averages, the sandwich of the scores as covariance."""
    groups = list(weights.index.names)
    weight = pd.Series(
        weights.reindex(pd.MultiIndex.from_frame(question.data[groups])).to_numpy(), index=question.data.index
    )
    fit = weighted_fit(question, weight)

    def change(params: Array) -> Array:
        moved = fit.average(params, {name: level}) - fit.average(params, {name: reference})
        return np.array([100 * moved[top].sum()])

    value, cov = fit.delta(change)
    return float(value[0]), sqrt(cov[0, 0])


def weighted_fit(question: Question, weight: pd.Series) -> Fit:
    """Return the fit with sampling weights; the covariance is A^-1 (sum of w^2 s s') A^-1."""
    key = [*question.levels, question.outcome]
    data = question.data.assign(weighted=question.data["count"] * weight, squared=question.data["count"] * weight**2)
    fit = fit_model(data.assign(count=data["weighted"]), question.outcome, question.categories, question.levels)
    squared = (
        data.groupby(key, observed=True)["squared"]
        .sum()
        .reindex(pd.MultiIndex.from_frame(fit.data[key]))
        .to_numpy(float)
    )
    scores = log_slopes(fit)
    fit.cov = fit.cov @ (scores.T @ (scores * squared[:, None])) @ fit.cov
    return fit


def log_slopes(fit: Fit) -> Array:
    """Return the derivative of the log probability of each row's answer, a column a parameter."""
    place = fit.data[fit.outcome].map({code: i for i, code in enumerate(fit.categories)}).to_numpy(int)
    rows = np.arange(len(fit.data))
    logged: Callable[[Array], Array] = lambda params: np.log(fit.probabilities(params, fit.data)[rows, place])  # noqa: E731
    return derivative(logged, fit.params)


def put_agreement(out: Expected, question: Question, fit: Fit) -> None:
    """Add the estimates of statsmodels' OrderedModel, given a row a respondent, beside those found here."""
    table = question.id("agreement")
    here = {
        f"{below}_{above}": fit.params[i]
        for i, (below, above) in enumerate(zip(fit.categories, fit.categories[1:], strict=False))
    }
    here |= {term(name, level): fit.params[place] for (name, level), place in fit.named().items()} | {
        "log-likelihood": fit.llf
    }
    there = dict(zip(here, statsmodels_answer(fit), strict=True))
    for row, value in here.items():
        out.put(table, row, estimate=value, peer_estimate=there[row])


def statsmodels_answer(fit: Fit) -> list[float]:
    """Return statsmodels' thresholds, effects and log-likelihood; counts that are no whole numbers have no answer."""
    counts = fit.data["count"].to_numpy(float)
    if not np.allclose(counts, counts.round()):
        return [*fit.params, fit.llf]
    rows = fit.data.loc[fit.data.index.repeat(counts.round().astype(int))]
    outcome = pd.Series(pd.Categorical(rows[fit.outcome], categories=fit.categories, ordered=True), index=rows.index)
    x = pd.DataFrame(
        {f"{name}:{level}": (rows[name] == level).astype(float) for name, level in columns_of(fit.levels)},
        index=rows.index,
    )
    peer = OrderedModel(outcome, x, distr="logit").fit(method="bfgs", disp=False, maxiter=2000, gtol=1e-8)
    effects = list(peer.params[: x.shape[1]])
    thresholds = peer.model.transform_threshold_params(np.asarray(peer.params))[1:-1]
    return [*thresholds, *effects, float(peer.llf)]


def put_model(
    out: Expected,
    question: Question,
    values: Mapping[str, float] | None,
    hidden: Collection[frozenset[tuple[str, str]]],
) -> Fit:
    """Add everything about one outcome."""
    fit = question.fit()
    put_fit(out, question, fit)
    put_effects(out, question, fit)
    put_assumptions(out, question, fit)
    put_smoothing(out, question, fit)
    put_incomplete(out, question, hidden)
    put_sensitivity(out, question, raked(question.survey, fit.data) if question.survey.frame is not None else None)
    put_agreement(out, question, fit)
    if question.unit:
        put_units(out, question)
        put_mixed(out, question, values)
    return fit
