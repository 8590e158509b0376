"""What a study publishes, before protection: its tables, what is known of it anyway, and what must be hidden besides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd

from ..data import COUNT, SUBMITTED_ON, Responses
from ..protect import SafeTable
from ..study import DisclosureRule, Study, Table
from .derived import counted
from .weighted import Weighing, weighing

By = Callable[..., "pd.DataFrame"]
"""Respondents by some variables."""
RESPONSE = "response"
"""The id that tables of how many answered begin with."""
ARRIVAL = "arrival"
"""The dimension of answers before the first reminder and after it."""


@dataclass(frozen=True, eq=False)
class Publishable:
    """What is to be protected together.

    Parameters
    ----------
    tables
        Every table that the study publishes, and how many answered by group and by day.
    rule
        The disclosure rule; `unanimity` names variables.
    known
        Response by unit, which any attacker knows.
    hide
        Groups of which too few did not answer, and those whose weighted shares would tell of few people.
    respondents
        Returns the respondents behind the tables by some variables: a column each (or of all), and `count`.
    weights
        The same with their weights, of a study that has a design: its tables are published as weighted shares.
    """

    tables: tuple[Table, ...]
    rule: DisclosureRule
    known: tuple[dict[str, Any], ...]
    hide: tuple[dict[str, Any], ...]
    respondents: By
    weights: Weighing | None = None

    def shown(self, tables: Iterable[SafeTable], out: Sequence[SafeTable] = ()) -> list[SafeTable]:
        """Return protected tables as they are published with what is out: of a weighted study shares for counts by answer."""
        return [*tables] if self.weights is None else self.weights.published([*tables], out)

    def telling(self, tables: Sequence[Table], out: Sequence[SafeTable] = ()) -> list[dict[str, str]]:
        """Return the groups of some tables whose weighted shares would tell of few people, as places to hide."""
        return [] if self.weights is None else [*self.weights.telling(tables, out)]

    def joined(self, people: pd.DataFrame) -> Publishable:
        """Return the same with weights of respondents who have got further variables."""
        return replace(self, weights=self.weights and self.weights.joined(people))


def publishable(responses: Responses) -> Publishable:
    """Return what a study publishes: the tables of its plan, and how many answered.

    How many answered is published by each group, by each pair of groups that the plan crosses, and by day; days on which
    fewer than the base threshold answered are merged with the days after them, though not across a reminder. A crossing of
    two groups counts as groups, also where one of them is published as answers. The item of the first headline is published
    for early and late answers too: of more items they would tie all tables together, which protection then has to search as one.
    """
    from ..estimate import tabulate

    study, drawn, responses = responses.study, responses, _weighed(responses)
    respondents = People(responses)
    tables = [tabulate(responses, publication.item, publication.by) for publication in study.publications]
    pairs = study.crossed(study.groups)
    always = {name: variable.scale.print_codes for name, variable in study.codebook.variables.items()}
    tables += [_counted(by, respondents, always) for by in ((), *((group,) for group in study.groups), *pairs)]
    days = responses.crossing(SUBMITTED_ON).data.get(SUBMITTED_ON)
    if days is not None:
        tables.append(_counted((SUBMITTED_ON,), respondents, {SUBMITTED_ON: ()}))
        if respondents.reminders and study.plan.headlines and days.notna().all():
            item = study.plan.headlines[0].item
            levels = {ARRIVAL: ("early", "late"), item: study.codebook.variable(item).shown_codes}
            tables.append(counted(respondents(*levels), f"{item}_by_{ARRIVAL}", tuple(levels), item, levels))
    weights = weighing(drawn, responses.data, respondents()) if drawn.design else None
    plan = Publishable(
        tables=tuple(tables),
        rule=_by_variable(study),
        known=known_figures(study, respondents),
        hide=tuple(too_few_left(study, respondents, pairs, study.frame)),
        respondents=respondents,
        weights=weights,
    )
    return replace(plan, hide=(*plan.hide, *plan.telling(tables)))


def _weighed(responses: Responses) -> Responses:
    """Return the answers of those who stand for somebody: a weight of 0 is outside every estimate."""
    column = responses.design.get("weights")
    kept = None if column is None else responses.data[responses.data[column] > 0].reset_index(drop=True)
    return responses if kept is None else replace(responses, data=kept)


class People:
    """The respondents of a study as shown codes: categories, missing codes and blank; the day of their answer, and whether it was late.

    Parameters
    ----------
    responses
        The answers.
    """

    def __init__(self, responses: Responses) -> None:
        self.responses, field = responses, responses.study.fieldwork
        self.reminders = sorted(str(day) for day in field.reminders) if field else []
        self._made: dict[int, tuple[pd.DataFrame, pd.DataFrame]] = {}

    def __call__(self, *names: str) -> pd.DataFrame:
        """Return the respondents by some variables; by all that there are, where their rows are at hand."""
        source = self.responses.crossing(*(SUBMITTED_ON if name == ARRIVAL else name for name in names))
        if id(source.data) not in self._made:
            self._made[id(source.data)] = source.data, self._coded(source)
        return self._made[id(source.data)][1]

    def _coded(self, source: Responses) -> pd.DataFrame:
        data, variables = source.data, source.study.codebook.variables
        there = {name: variable for name, variable in variables.items() if variable.coded_column in data}
        columns = {name: pd.Categorical(source.shown(v), list(v.shown_codes)) for name, v in there.items()}
        if SUBMITTED_ON in data:
            columns[SUBMITTED_ON] = pd.Categorical(_days(data).map(self._runs), [*dict.fromkeys(self._runs.values())])
            if self.reminders:
                late = pd.to_datetime(data[SUBMITTED_ON]) >= pd.Timestamp(self.reminders[0])
                columns[ARRIVAL] = pd.Categorical(late.map({False: "early", True: "late"}).to_numpy())
        return pd.DataFrame({**columns, COUNT: data[COUNT].to_numpy()})

    @cached_property
    def _runs(self) -> dict[str, str]:
        data = self.responses.crossing(SUBMITTED_ON).data
        counts = data.groupby(_days(data).to_numpy())[COUNT].sum().sort_index()
        return _runs(counts, self.responses.study.rule.base, self.reminders)


def _days(data: pd.DataFrame) -> pd.Series[str]:
    return pd.to_datetime(data[SUBMITTED_ON]).dt.strftime("%Y-%m-%d").fillna("unknown")


def _counted(by: tuple[str, ...], people: People, always: Mapping[str, Sequence[str]]) -> Table:
    """Count respondents by groups: all categories, and those missing levels that occur."""
    respondents, levels = people(*by), {}
    for dim in by:
        used = respondents.loc[respondents[COUNT] > 0, dim].unique()
        levels[dim] = [code for code in respondents[dim].cat.categories if code in used or code in always[dim]]
    return counted(respondents, RESPONSE + ("_by_" + "_".join(by) if by else ""), by, "", levels)


def _runs(counts: pd.Series, base: int, reminders: Sequence[str]) -> dict[str, str]:
    """Return what each day is counted under; a day of fewer than `base` answers is joined with the days after it.

    The days before a reminder are not joined with those from it on, unless they are too few together.
    """
    runs: list[list[str]] = []
    for day in map(str, counts.index):
        reminded = bool(runs) and any(runs[-1][-1] < reminder <= day for reminder in reminders)
        if runs and not reminded and int(counts[runs[-1]].sum()) < base:
            runs[-1].append(day)
        else:
            runs.append([day])
    runs = _large_enough(runs, counts, base)
    return {day: run[0] if len(run) == 1 else f"{run[0]}/{run[-1]}" for run in runs for day in run}


def _large_enough(runs: Sequence[list[str]], counts: pd.Series, base: int) -> list[list[str]]:
    """Return runs of days, each of fewer than `base` answers joined with the one before it, or the first with the next."""
    found: list[list[str]] = []
    for run in runs:
        if found and (int(counts[run].sum()) < base or int(counts[found[-1]].sum()) < base):
            found[-1] = [*found[-1], *run]
        else:
            found.append(run)
    return found


def _by_variable(study: Study) -> DisclosureRule:
    """Return the rule with the variables that its items stand for."""
    names: list[str] = []
    for item in study.rule.unanimity:
        battery = item in study.codebook.items and study.codebook.items[item].several
        names += [variable.name for variable in study.codebook.variables_of(item)] if battery else [item]
    return study.rule.model_copy(update={"unanimity": tuple(dict.fromkeys(names))})


def known_figures(study: Study, people: By) -> tuple[dict[str, Any], ...]:
    """Return response in all and by unit as figures."""
    everybody = {"where": {}, "value": int(people()[COUNT].sum())}
    if study.unit is None:
        return (everybody,)
    counts = people(study.unit).groupby(study.unit, observed=True)[COUNT].sum()
    return (everybody, *({"where": {study.unit: str(level)}, "value": int(n)} for level, n in counts.items()))


def too_few_left(
    study: Study, respondents: By, pairs: Sequence[tuple[str, ...]], frame: pd.DataFrame | None
) -> list[dict[str, Any]]:
    """Return the groups of the frame of which fewer than the base threshold did not answer: their number is not shown."""
    if frame is None:
        return []
    found = []
    for by in (*((group,) for group in study.groups if group != study.unit), *pairs):
        if set(by) <= set(frame.columns):
            people = frame.groupby(list(by), observed=True)["population"].sum()
            own = respondents(*by).groupby(list(by), observed=True)[COUNT].sum()
            answered = own.reindex(people.index, fill_value=0)
            few = people.index[(people - answered < study.rule.base).to_numpy() & (people > 0).to_numpy()]
            found += [dict(zip(by, key if isinstance(key, tuple) else (key,), strict=True)) for key in few]
    return found
