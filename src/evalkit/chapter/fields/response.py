"""Fields of who answered, and facts of the study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...study import TOTAL
from .values import Fact, Number

if TYPE_CHECKING:
    from ...protect.safe import SafeTable
    from ...study import Study


@dataclass(frozen=True)
class ResponseField:
    """How many answered, or of how many."""

    name: str
    table: SafeTable
    group: Mapping[str, str]
    measure: str
    people: int | None

    def number(self) -> Number:
        """Work the number out; a rate over everyone who was asked has no interval."""
        count = self.table.count(self.group)
        if self.measure == "count":
            return Number(self.name, "count", count, self.table.id, self.group)
        if self.measure == "percent":
            share = None if count is None or not self.people else count / self.people
            return Number(self.name, "share", share, self.table.id, self.group, n=self.people)
        return Number(self.name, "count", self.people, "frame.csv" if self.group else "study.yml", self.group)


def response_fields(table: SafeTable, study: Study) -> Iterator[ResponseField]:
    """Go through the numbers of a table of how many answered.

    Parameters
    ----------
    table
        Protected, without an answer dimension.
    study
        Whose frame says how many there are.
    """
    if not table.dims:
        yield from _in_all(table, study)
        return
    cells = table.cells[list(table.dims)].astype(str)
    for levels in cells.itertuples(index=False, name=None):
        if TOTAL in levels:
            continue
        group = dict(zip(table.dims, levels, strict=True))
        name = "response.by" + "".join(f".{dim}.{level}" for dim, level in group.items())
        people = study.population(group)
        for measure in ("count", "percent", "population") if people else ("count",):
            yield ResponseField(f"{name}.{measure}", table, group, measure, people)


def _in_all(table: SafeTable, study: Study) -> Iterator[ResponseField]:
    yield ResponseField("response.count", table, {}, "count", None)
    if study.base:
        yield ResponseField("response.percent", table, {}, "percent", study.base)
        yield ResponseField("response.base", table, {}, "people", study.base)
    if study.plan.invited:
        yield ResponseField("response.of_invited.percent", table, {}, "percent", study.plan.invited)
        yield ResponseField("response.invited", table, {}, "people", study.plan.invited)


def study_facts(study: Study) -> Iterator[Fact]:
    """Go through what the study's plan says in words."""
    plan = study.plan
    texts = {"title": plan.title, "subtitle": plan.subtitle, "population": plan.population, "source": plan.source}
    for name, text in texts.items():
        if text is not None:
            yield Fact(f"study.{name}", lambda locale, text=text: text[locale.language])  # type: ignore[misc]
    yield Fact("study.mark", lambda locale: locale.text("Synthetic data.") if study.synthetic else "")
    fieldwork = plan.fieldwork
    if fieldwork is not None:
        yield Fact("study.fieldwork", lambda locale: locale.dates(fieldwork.start, fieldwork.end))
        yield Fact("study.start", lambda locale: locale.date(fieldwork.start))
        yield Fact("study.end", lambda locale: locale.date(fieldwork.end))
        yield Fact("study.reminders", lambda locale: locale.number(len(fieldwork.reminders)))
