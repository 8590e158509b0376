"""What each single change of a study's plan would hide: found by protecting the changed plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd

from ..data import COUNT, Responses, load_responses
from ..data.responses import relevelled
from ..data.rules import impossible
from ..errors import DisclosureError
from ..protect import SafeTable
from ..study import BLANK, Study, Table
from .publishable import RESPONSE, Publishable, known_figures, publishable, too_few_left
from .store import protected

BASES = (3, 5, 10)
Choice = tuple[str, Callable[[], tuple[Study, Publishable]]]


def choices(study: Study, say: Callable[[str], None] = lambda _: None) -> pd.DataFrame:
    """Return how many counts are hidden as planned, and how many each single change would hide, the fewest first.

    It is for the analyst: it says how many, never which. What was published before is left out of account.

    Parameters
    ----------
    study
        The study.
    say
        Told what is being tried.

    Returns
    -------
    pandas.DataFrame
        `choice` ('as planned' first), `hidden`, `counts`, `share`, and `distributions`: of how many questions the distribution in
        all is hidden in part; no numbers where nothing can be protected.
    """
    responses = load_responses(study)
    rows: list[tuple[str, int | None, int | None, int | None]] = []
    for name, changed in _changes(responses):
        say(f"trying: {name}")
        try:
            of, plan = changed()
            rows.append((name, *_counted(protected(of, plan))))
        except DisclosureError:
            rows.append((name, None, None, None))
    frame = pd.DataFrame(rows, columns=["choice", "hidden", "counts", "distributions"])
    frame.insert(3, "share", frame["hidden"] / frame["counts"])
    ordered = frame.iloc[1:].sort_values(["share", "hidden"], kind="stable")
    return pd.concat([frame.iloc[:1], ordered], ignore_index=True)


def _counted(tables: Sequence[SafeTable]) -> tuple[int, int, int]:
    whole = [table for table in tables if table.answer and not table.groups]
    hidden, counts = (sum(numbers) for numbers in zip(*((t.hidden, len(t.cells)) for t in tables), strict=True))
    return hidden, counts, sum(table.hidden > 0 for table in whole)


def _changes(responses: Responses) -> Iterator[Choice]:
    study, plan = responses.study, publishable(responses)
    yield "as planned", lambda: (study, plan)
    merged = _two_smallest(study, plan)
    if merged:
        yield f"units {' and '.join(merged)} merged", partial(_units_merged, study, plan, *merged)
    for table in study.plan.crossings:
        yield f"without {table.id}", partial(_without, study, plan, {table.id})
    for group in study.groups if len(study.groups) > 1 else ():
        by = {table.id for table in plan.tables if group in table.dims and len(table.dims) > 1}
        yield f"nothing by {group}", partial(_without, study, plan, by)
    for base in (base for base in BASES if base != study.rule.base):
        yield f"base {base}", partial(_of_base, responses, base)
    missing = _missing(study)
    if missing:
        yield "blank and other missing answers as one", lambda: (study, _recoded(study, plan, missing))


def _two_smallest(study: Study, plan: Publishable) -> tuple[str, ...]:
    """Return the two units in which fewest answered."""
    if study.unit is None:
        return ()
    sizes = plan.respondents(study.unit).groupby(study.unit, observed=True)[COUNT].sum().sort_values(kind="stable")
    return tuple(map(str, sizes.index[:2])) if len(sizes) > 2 else ()


def _units_merged(study: Study, plan: Publishable, one: str, other: str) -> tuple[Study, Publishable]:
    unit, frame = str(study.unit), study.frame
    changed = _recoded(study, plan, {unit: {one: other}})
    if frame is not None and unit in frame:
        frame = frame.assign(**{unit: frame[unit].astype(str).replace(one, other)})
    pairs = [table.dims for table in plan.tables if table.id.startswith(RESPONSE) and len(table.dims) == 2]
    hide = (*too_few_left(study, changed.respondents, pairs, frame), *changed.telling(changed.tables))
    return study, replace(changed, known=known_figures(study, changed.respondents), hide=hide)


def _without(study: Study, plan: Publishable, unwanted: Collection[str]) -> tuple[Study, Publishable]:
    """Return a plan without some tables; two groups that no table crosses any more are not counted together either."""
    left = [table for table in plan.tables if table.id not in unwanted]
    crossed = [{*table.dims} & {*study.groups} for table in left if not table.id.startswith(RESPONSE)]
    counted = [t.id for t in left if t.id.startswith(RESPONSE) and len(t.dims) > 1]
    needless = {t.id for t in left if t.id in counted and not any({*t.dims} <= by for by in crossed)}
    return study, replace(plan, tables=tuple(table for table in left if table.id not in needless))


def _of_base(responses: Responses, base: int) -> tuple[Study, Publishable]:
    rule = responses.study.rule.model_copy(update={"base": base})
    study = replace(responses.study, plan=responses.study.plan.model_copy(update={"disclosure": rule}))
    return study, publishable(replace(responses, study=study))


def _missing(study: Study) -> dict[str, dict[str, str]]:
    """Return for each variable, and each item of several, its missing answers, all as blank; but of those that rules rest on."""
    ruled = {name for zero in impossible(study) for name in zero}
    found: dict[str, dict[str, str]] = {}
    for name, variable in study.codebook.variables.items():
        if variable.scale.missing_codes and BLANK in variable.missing_codes and name not in {*study.groups, *ruled}:
            found[name] = found[variable.item_id] = dict.fromkeys(variable.scale.missing_codes, BLANK)
    return found


def _recoded(study: Study, plan: Publishable, new: Mapping[str, Mapping[str, str]]) -> Publishable:
    """Return a plan with levels of some variables merged into others of theirs."""

    def table(one: Table) -> Table:
        dims, asked = list(one.dims), {dim: new[dim] for dim in one.dims if dim in new}
        item = one.id.partition("_by_")[0]
        if one.stack and one.answer and item in new:
            asked[one.answer] = new[item]
        if not asked:
            return one
        frame = one.frame.assign(**{dim: relevelled(one.frame[dim], codes) for dim, codes in asked.items()})
        counts = frame.groupby(dims, observed=False)[COUNT].sum().reset_index()
        return Table(one.id, dims, counts, one.answer, one.stack)

    def people(*names: str) -> pd.DataFrame:
        found = plan.respondents(*names)
        return found.assign(**{name: relevelled(found[name], codes) for name, codes in new.items() if name in found})

    joined = plan if plan.weights is None else plan.joined(people())
    tables = tuple(map(table, plan.tables))
    few = [where for where in plan.hide if {*where} <= {*study.groups}]
    return replace(joined, tables=tables, respondents=people, hide=(*few, *joined.telling(tables)))
