"""Fields of answers: shares, counts, sums of neighbouring answers, means and net scores, in all, by group and between groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

from ...study import TOTAL, Scale
from .counts import Counts, Estimate, Place, combined, mean_estimates, share_estimates
from .values import Entry, Kind, Number, by_name

LEAST_FOR_TWO, LEAST_FOR_NET = 3, 4
"""The answers a scale must have for the two highest (and lowest) to be spoken of, and for both to leave something between."""


class Measure(NamedTuple):
    """What may be said of the answers to a question: the end of a field's name, the kind of number, and the answers counted."""

    name: str
    kind: Kind
    codes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Question:
    """The answers to one question in a published table."""

    counts: Counts
    name: str

    def fields(self) -> Iterator[Entry]:
        """Go through the fields of the question in this table."""
        for place in self.counts.places:
            for measure in self.measures:
                yield self._field(place, measure), partial(self.number, place, measure)
        for dim in self.counts.groups:
            yield from self._differences(dim)

    @cached_property
    def scale(self) -> Scale:
        """The answers that there are."""
        return self.counts.study.codebook.variable(self.name).scale

    @cached_property
    def scores(self) -> dict[str, float]:
        """What the answers count for in a mean."""
        return self.counts.study.codebook.variable(self.name).scores or {}

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """What may be said of the answers."""
        found = _measures(self.scale, self.counts.codes)
        return tuple(one for one in found if not (self.counts.effect and one.kind == "count" and one.name != "n"))

    def _field(self, place: Place, measure: Measure, against: str = "", ending: str = "") -> str:
        name = measure.name.removesuffix(".percent") if against else measure.name
        return f"{self.name}{by_name(self.counts.group(place))}{against}.{name}{ending}"

    def number(self, place: Place, measure: Measure) -> Number:
        """Work a number of a group out."""
        value, low, high, n = self._estimate(place, measure)
        name, codes = self._field(place, measure), () if measure.name == "n" else measure.codes
        where, scores = self.counts.group(place), tuple(self.scores[c] for c in codes if measure.kind == "score")
        return Number(name, measure.kind, value, self.counts.id, where, self.name, codes, low, high, n, scores=scores)

    def _estimate(self, place: Place, measure: Measure) -> Estimate:
        if self.counts.cells is None:
            return Estimate()
        if measure.kind == "count":
            base = self.counts.count(place, self.name)
            whole = measure.name == "n"
            return Estimate(base if whole else self.counts.together(place, self.name, measure.codes), n=base)
        if measure.kind == "share":
            return self._shares[place, measure.name]
        return self._means[measure.name][place]

    @cached_property
    def _shares(self) -> dict[tuple[Place, str], Estimate]:
        asked = {measure.name: measure.codes for measure in self.measures if measure.kind == "share"}
        return share_estimates(self.counts, self.name, asked)

    @cached_property
    def _means(self) -> dict[str, dict[Place, Estimate]]:
        codes = self.scale.codes
        ends = dict.fromkeys(codes[:2], -1.0) | dict.fromkeys(codes[-2:], 1.0)
        scores = {"mean": self.scores, "net": dict.fromkeys(self.counts.codes, 0.0) | ends}
        asked = [measure.name for measure in self.measures if measure.kind in {"score", "points"}]
        return {name: mean_estimates(self.counts, self.name, scores[name]) for name in asked}

    def _differences(self, dim: str) -> Iterator[Entry]:
        """Go through differences of shares: of each two levels of a group; of a unit against the units' average alone."""
        names, levels = self.counts.groups, self._answered(dim)
        found = {level: tuple(level if name == dim else TOTAL for name in names) for level in levels}
        places = {level: place for level, place in found.items() if place in self.counts.places}
        for measure in (measure for measure in self.measures if measure.kind == "share"):
            for level, place in places.items():
                if dim == self.counts.study.unit:
                    times = {other: (other == place) - 1 / len(places) for other in places.values()}
                    yield self._difference(place, measure, ".against_average", times)
                    continue
                for other in [other for other in places if other != level]:
                    yield self._difference(place, measure, f".minus.{other}", {place: 1.0, places[other]: -1.0})

    def _answered(self, dim: str) -> tuple[str, ...]:
        """Return the levels of a group, but for those who named none."""
        variable = self.counts.study.codebook.variables.get(dim)
        return variable.scale.print_codes if variable else self.counts.groups[dim]

    def _difference(self, place: Place, measure: Measure, against: str, times: Mapping[Place, float]) -> Entry:
        name = self._field(place, measure, against, ".points")

        def work_out() -> Number:
            parts = tuple((factor, self.number(other, measure)) for other, factor in times.items())
            found, where = combined(parts), self.counts.group(place)
            table = self.counts.id
            return Number(name, "points", found.value, table, where, low=found.low, high=found.high, parts=parts)

        return name, work_out


def _measures(scale: Scale, shown: tuple[str, ...]) -> Iterator[Measure]:
    for name, codes in _counted_together(scale, shown):
        yield Measure(f"{name}.percent", "share", codes)
        yield Measure(f"{name}.count", "count", codes)
    yield Measure("n", "count", shown)
    if scale.ordered:
        yield Measure("mean", "score", scale.codes)
    if scale.ordered and len(scale.codes) >= LEAST_FOR_NET:
        yield Measure("net", "points", scale.codes)


def _counted_together(scale: Scale, shown: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for code in shown:
        yield code, (code,)
    if not scale.ordered:
        return
    for place, code in enumerate(scale.codes[1:], start=1):
        yield f"at_least.{code}", scale.codes[place:]
    for place, code in enumerate(scale.codes[:-1], start=1):
        yield f"at_most.{code}", scale.codes[:place]
    if len(scale.codes) >= LEAST_FOR_TWO:
        yield "top_two", scale.codes[-2:]
        yield "bottom_two", scale.codes[:2]
