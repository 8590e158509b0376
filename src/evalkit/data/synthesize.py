"""Synthetic exports: answers by known cumulative link models, in a file as untidy as real ones.

Every answer is drawn by inverting its cumulative link model at a uniform number. A person's uniform numbers hang together
through shared normal factors (a Gaussian copula), which changes no variable's own model, so that refitting has known
coefficients to find. Only `Generator.random` is drawn from, whose stream is the same in every version and on every system.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from operator import methodcaller
from typing import Any

import numpy as np
import pandas as pd
from numpy.random import PCG64, Generator
from numpy.typing import NDArray
from scipy.special import logit, ndtr, ndtri

from ..errors import StudyError
from ..study import BLANK, NOT_TICKED, TICKED, Study, Variable
from ..study.plan import Fieldwork
from .synthesis import FILE, Answer, Effects, Synthesis, Timing, group_names, load_synthesis

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

_KIND, _NUMBER, _STARTED, _SUBMITTED = "__kind", "__number", "__started", "__submitted"
_COMPLETE, _PARTIAL, _BREAK_OFF = "__complete", "__partial", "__break_off"
_TEST, _LATE, _EMPTY = "__test", "__late", "__empty"


def synthesize(study: Study, *, seed: int | None = None, force_totals: bool = True) -> pd.DataFrame:
    """Make a synthetic export of a study from its `synthesis.yml`.

    Parameters
    ----------
    study
        A study with `synthesis.yml`: seed, coefficients, who answers, and how untidy the file is.
    seed
        Another seed than the file's.
    force_totals
        Whether exactly as many answer as `response.totals` says; otherwise each person answers by chance.

    Returns
    -------
    pandas.DataFrame
        A column a heading of the export, a row an answer in order of id; texts, datetimes, None where empty.

    Raises
    ------
    StudyError
        When `synthesis.yml` is missing or wrong, or more are to answer than there are.

    Examples
    --------
    >>> export = synthesize(load_study("departementsstrategien-2023"), seed=1)
    >>> export.to_excel(folder / "responses.xlsx", index=False)
    """
    synthesis = load_synthesis(study)
    random = Generator(PCG64(synthesis.seed if seed is None else seed))
    people = _people(study, synthesis, random)
    rows = _rows(people, _answering(people, synthesis, random, force_totals), synthesis, random)
    rows = _timed(rows, study, synthesis, random)
    rows = _answered(rows, study, synthesis, random)
    rows = _sent_twice(rows, synthesis, random)
    return _as_export(rows, study, synthesis, random)


def _people(study: Study, synthesis: Synthesis, random: Generator) -> pd.DataFrame:
    """Return the population: a row a person, a column a group."""
    frame = study.frame
    assert frame is not None
    people = frame.loc[frame.index.repeat(frame["population"]), [*study.frame_groups]].astype(object)
    people = people.reset_index(drop=True)
    for name, shares in synthesis.shares.items():
        people[name] = _drawn(random.random(len(people)), shares)
    return people


def _drawn(uniform: Numbers, shares: dict[str, float]) -> NDArray[np.object_]:
    bounds = np.cumsum(list(shares.values()))[:-1]
    return np.array(list(shares), dtype=object)[np.searchsorted(bounds, uniform, side="right")]


def _linear(rows: pd.DataFrame, effects: Effects) -> Numbers:
    """Return the sum of the effects of each row's groups."""
    total = np.zeros(len(rows))
    for name, levels in effects.items():
        total += rows[name].map(levels).fillna(0.0).to_numpy(dtype=float)
    return total


def _answering(people: pd.DataFrame, synthesis: Synthesis, random: Generator, force: bool) -> Flags:
    """Return who answers: those with logit(propensity) + logistic noise above 0, or the foremost by that score."""
    response = synthesis.response
    score = response.intercept + _linear(people, response.effects) + logit(random.random(len(people)))
    if not force or response.totals is None:
        return np.asarray(score > 0)
    answering = np.zeros(len(people), dtype=bool)
    for code, wanted in response.totals.counts.items():
        those = np.flatnonzero(people[response.totals.item].to_numpy() == code)
        if wanted > len(those):
            where, expected = f"{FILE}, response.totals.counts.{code}", f"at most {len(those)}"
            raise StudyError("more are to answer than there are", where=where, got=wanted, expected=expected)
        answering[those[np.argsort(-score[those], kind="stable")[:wanted]]] = True
    return answering


def _rows(people: pd.DataFrame, answering: Flags, synthesis: Synthesis, random: Generator) -> pd.DataFrame:
    """Return a row for each answer, and for each row that is none; a person's number is the same in all of theirs."""
    plan = synthesis.rows
    numbers = np.argsort(random.random(2 * len(people)), kind="stable") + 1
    people = people.assign(**{_NUMBER: numbers[: len(people)]})
    answers = people[answering]
    stops = random.random(len(answers)) < plan.partial
    returned = round(plan.returned * plan.break_offs)
    others = people[~answering].iloc[_shuffled(int((~answering).sum()), random)]
    strangers = people.iloc[_shuffled(len(people), random)].assign(**{_NUMBER: numbers[len(people) :]})
    return pd.concat(
        [
            answers.assign(**{_KIND: np.where(stops, _PARTIAL, _COMPLETE)}),
            answers.iloc[_shuffled(len(answers), random)][:returned].assign(**{_KIND: _BREAK_OFF}),
            _of_kinds(others, {_LATE: plan.late, _EMPTY: plan.empty, _BREAK_OFF: plan.break_offs - returned}),
            _of_kinds(strangers, {_TEST: plan.tests, **plan.excluded}),
        ],
        ignore_index=True,
    )


def _of_kinds(people: pd.DataFrame, numbers: dict[str, int]) -> pd.DataFrame:
    """Return the first people, so many of each kind in turn."""
    kinds = [kind for kind, number in numbers.items() for _ in range(number)]
    return people[: len(kinds)].assign(**{_KIND: kinds[: len(people)]})


def _shuffled(size: int, random: Generator) -> NDArray[np.intp]:
    return np.argsort(random.random(size), kind="stable")


def _timed(rows: pd.DataFrame, study: Study, synthesis: Synthesis, random: Generator) -> pd.DataFrame:
    """Add when each row was started and submitted."""
    assert study.fieldwork is not None
    kinds, pace = rows[_KIND], _pace(synthesis.timing, study.fieldwork)
    apart = np.floor(random.random(len(rows)) * 5) + 1
    usual = np.searchsorted(np.cumsum(pace)[:-1], random.random(len(rows)), side="right")
    days = np.select([kinds.eq(_TEST), kinds.eq(_LATE)], [-apart, len(pace) - 1 + apart], usual)
    hours = 7.5 + 4.75 * (random.random(len(rows)) + random.random(len(rows)))
    minutes = synthesis.timing.minutes * np.exp(0.6 * _normal(len(rows), random))
    first = pd.Timestamp(study.fieldwork.start)
    started = pd.Series(first + pd.to_timedelta(86400 * days + np.floor(3600 * hours), unit="s"))
    submitted = started + pd.to_timedelta(np.ceil(60 * np.maximum(minutes, 1)), unit="s")
    rows = rows.assign(**{_STARTED: started, _SUBMITTED: submitted.mask(kinds.eq(_BREAK_OFF))})
    return _earlier_break_offs(rows, first + pd.Timedelta(hours=8), random)


def _pace(timing: Timing, fieldwork: Fieldwork) -> list[float]:
    """Return the share of the answers that comes on each day: each wave decays, weekends and quiet days are slow."""
    days = [fieldwork.start + timedelta(days=k) for k in range((fieldwork.end - fieldwork.start).days + 1)]
    waves = list(zip((fieldwork.start, *fieldwork.reminders), timing.waves, strict=True))
    pace = [
        sum(share * timing.daily_decay ** (day - first).days for first, share in waves if day >= first)
        * (timing.quiet if day.weekday() >= 5 or day in timing.quiet_days else 1)
        for day in days
    ]
    return [share / sum(pace) for share in pace]


def _earlier_break_offs(rows: pd.DataFrame, first: pd.Timestamp, random: Generator) -> pd.DataFrame:
    """Move the break-off of a person who answered later to before that answer."""
    answered = rows[rows[_KIND].isin([_COMPLETE, _PARTIAL])].set_index(_NUMBER)[_STARTED]
    later = rows[_NUMBER].map(answered).where(rows[_KIND] == _BREAK_OFF)
    room = (later - first).dt.total_seconds().clip(lower=0)
    earlier = later - pd.to_timedelta((room * random.random(len(rows))).round(), unit="s")
    return rows.assign(**{_STARTED: rows[_STARTED].mask(later.notna(), earlier)})


def _answered(rows: pd.DataFrame, study: Study, synthesis: Synthesis, random: Generator) -> pd.DataFrame:
    """Add every variable's codes: drawn from its model, then missing by its shares, then cut where a row stops."""
    groups = group_names(study, synthesis)
    names = dict.fromkeys(name for answer in synthesis.answers.values() for name in answer.loadings)
    factors = {name: _normal(len(rows), random) for name in names}
    codes: dict[str, pd.Series | NDArray[np.object_]] = {}
    for variable in _questions(study):
        if variable.name in groups:
            blank = random.random(len(rows)) < synthesis.blank.get(variable.name, 0)
            codes[variable.name] = rows[variable.name].mask(blank, BLANK)
        else:
            codes[variable.name] = _answers(rows, variable, synthesis.answers[variable.name], factors, random)
    return _cut(rows.assign(**codes), study, groups, random)


def _questions(study: Study) -> list[Variable]:
    return [variable for variable in study.codebook.variables.values() if variable.printed]


def _normal(size: int, random: Generator) -> Numbers:
    return ndtri(random.random(size))


def _answers(
    rows: pd.DataFrame, variable: Variable, model: Answer, factors: dict[str, Numbers], random: Generator
) -> NDArray[np.object_]:
    """Draw the answers to one question.

    With z standard normal (factors and a part of its own), u = Phi(z) is uniform and logit(u) standard logistic, so
    that P(theta_j - eta > logit(u)) is the cumulative link model's P(Y <= j), whatever the loadings.
    """
    own = np.sqrt(1 - sum(load**2 for load in model.loadings.values()))
    z = own * _normal(len(rows), random) + sum(load * factors[name] for name, load in model.loadings.items())
    latent = _linear(rows, model.effects) + logit(ndtr(z))
    answers = np.array(variable.scale.codes, dtype=object)[np.searchsorted(model.thresholds, latent)]
    bounds = np.cumsum(list(model.missing.values()))
    which = np.searchsorted(bounds, random.random(len(rows)), side="right")
    return np.array([*model.missing, ""], dtype=object)[which] + np.where(which == len(bounds), answers, "")


def _cut(rows: pd.DataFrame, study: Study, groups: list[str], random: Generator) -> pd.DataFrame:
    """Blank the questions from where a row stops; a partial answer names its groups and gets past two fifths."""
    share, kinds = random.random(len(rows)), rows[_KIND]
    stops = {_EMPTY: 0 * share, _BREAK_OFF: share, _PARTIAL: 0.4 + 0.6 * share}
    stop = np.select([kinds.eq(kind) for kind in stops], [*stops.values()], np.inf)
    questions = _questions(study)
    cut = {}
    for position, variable in enumerate(questions):
        after = (stop <= position / len(questions)) & (kinds.ne(_PARTIAL) | (variable.name not in groups))
        cut[variable.name] = rows[variable.name].mask(after, NOT_TICKED if variable.item.ticks else BLANK)
    return rows.assign(**cut)


def _sent_twice(rows: pd.DataFrame, synthesis: Synthesis, random: Generator) -> pd.DataFrame:
    """Add a second row for some complete answers, sent a few minutes later."""
    complete = rows[rows[_KIND] == _COMPLETE]
    again = complete.iloc[_shuffled(len(complete), random)][: synthesis.rows.duplicates]
    delay = pd.to_timedelta((60 + 600 * random.random(len(again))).round(), unit="s")
    again = again.assign(**{_SUBMITTED: again[_SUBMITTED] + delay})
    return pd.concat([rows, again], ignore_index=True)


def _as_export(rows: pd.DataFrame, study: Study, synthesis: Synthesis, random: Generator) -> pd.DataFrame:
    """Return the rows under the export's headings, in order of id, as untidy as the plan says."""
    rows = rows.iloc[np.lexsort((rows[_SUBMITTED], rows[_STARTED], rows[_NUMBER]))].reset_index(drop=True)
    export, wording = study.export, synthesis.wording
    columns: dict[Any, Any] = {export.id: _filled(rows, wording.id, study)}
    columns |= _date_cells(rows, study, synthesis, random)
    columns |= _status(rows, study, synthesis)
    columns |= {heading: _filled(rows, text, study) for heading, text in wording.other_columns.items()}
    for exclusion in export.exclude:
        otherwise, value = wording.otherwise.get(exclusion.reason), exclusion.values[0]  # noqa: PD011
        columns[exclusion.column] = [value if kind == exclusion.reason else otherwise for kind in rows[_KIND]]
    for variable in _questions(study):
        columns[variable.column] = _untidy(_labels(rows, variable, study, synthesis, random), synthesis, random)
    return pd.DataFrame(columns, dtype=object)


def _filled(rows: pd.DataFrame, text: str, study: Study) -> list[str]:
    names = [name for name in study.groups if name in rows.columns]
    values = zip(rows[_NUMBER], *(rows[name] for name in names), strict=True)
    return [text.format(**dict(zip(("number", *names), row, strict=True))) for row in values]


def _status(rows: pd.DataFrame, study: Study, synthesis: Synthesis) -> dict[str, pd.Series]:
    status = study.export.status
    assert status is not None
    partly = status.partial[0] if status.partial else status.complete[0]
    words = {_PARTIAL: partly, _BREAK_OFF: synthesis.wording.break_off}
    return {status.column: rows[_KIND].map(lambda kind: words.get(kind, status.complete[0]))}


def _date_cells(rows: pd.DataFrame, study: Study, synthesis: Synthesis, random: Generator) -> dict[str, pd.Series]:
    """Return the date columns: date cells, and in some rows texts with or without seconds."""
    uniform, share, cells = random.random(len(rows)), synthesis.rows.text_dates, dict[str, pd.Series]()
    for heading, name in ((study.export.started, _STARTED), (study.export.submitted, _SUBMITTED)):
        moments = rows[name]
        whole, short = (moments.dt.strftime(form) for form in ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M"))
        texts = whole.where(uniform < share / 2, short).astype(object)
        cells[str(heading)] = moments.astype(object).where(uniform >= share, texts).where(moments.notna(), None)
    return cells


def _labels(rows: pd.DataFrame, variable: Variable, study: Study, synthesis: Synthesis, random: Generator) -> pd.Series:
    """Return the labels of a variable's codes in the study's first language; now and then an alias."""
    language = study.languages[0]
    scale = variable.scale
    labels = {category.code: category.labels[language] for category in scale.answers}
    if variable.item.ticks:
        labels = {TICKED: variable.label_texts[language]}
    texts = rows[variable.name].map(labels)
    aliased = {category.code: category.aliases[0] for category in scale.categories if category.aliases}
    if aliased:
        chosen = rows[variable.name].isin(aliased) & (random.random(len(rows)) < synthesis.rows.aliases)
        texts = texts.mask(chosen, rows[variable.name].map(aliased))
    return texts.astype(object).where(texts.notna(), None)


def _untidy(texts: pd.Series, synthesis: Synthesis, random: Generator) -> pd.Series:
    """Put stray white space into some cells, and another letter case into some."""
    doubled = methodcaller("replace", " ", "  ", 1)
    spaces: tuple[Callable[[str], str], ...] = (" {}".format, "{} ".format, "\u00a0{}  ".format, doubled)
    cases: tuple[Callable[[str], str], ...] = (str.lower, str.upper)
    for share, changes in ((synthesis.rows.stray_space, spaces), (synthesis.rows.letter_case, cases)):
        uniform = random.random(len(texts))
        chosen = texts.notna() & (uniform < share)
        cells = zip(texts[chosen], uniform[chosen], strict=True)
        changed = [changes[int(u / share * len(changes))](text) for text, u in cells]
        texts = texts.copy()
        texts[chosen] = changed
    return texts
