"""Fields of answers: shares, counts, sums of neighbouring answers, means and net scores, in all, by group and between groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

from .counts import Counts, Place
from .estimated import Estimate, combined, mean_estimates, share_estimates
from .values import Entry, Kind, Number, by_name

if TYPE_CHECKING:
    from ...study import Scale

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
        if len(self.counts.groups) == 1:
            yield from self._differences(*self.counts.groups)

    @cached_property
    def scale(self) -> Scale:
        """The answers that there are."""
        return self.counts.study.codebook.variable(self.name).scale

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """What may be said of the answers."""
        return tuple(_measures(self.scale, self.counts.codes))

    def _field(self, place: Place, measure: Measure, against: str = "", ending: str = "") -> str:
        name = measure.name.removesuffix(".percent") if against else measure.name
        return f"{self.name}{by_name(self.counts.group(place))}{against}.{name}{ending}"

    def number(self, place: Place, measure: Measure) -> Number:
        """Work a number of a group out."""
        found, codes = self._estimate(place, measure), () if measure.name == "n" else measure.codes
        where = self.counts.group(place)
        name, table = self._field(place, measure), self.counts.id
        return Number(name, measure.kind, found.value, table, where, self.name, codes, found.low, found.high, found.n)

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
        ends = dict.fromkeys(codes[:2], -1) | dict.fromkeys(codes[-2:], 1)
        scores = {"mean": dict(zip(codes, range(1, len(codes) + 1), strict=True))}
        scores["net"] = dict.fromkeys(self.counts.codes, 0) | ends
        asked = [measure.name for measure in self.measures if measure.kind in {"score", "points"}]
        return {name: mean_estimates(self.counts, self.name, scores[name]) for name in asked}

    def _differences(self, dim: str) -> Iterator[Entry]:
        """Go through differences of shares: of each two levels of a group; of a unit against the units' average alone."""
        levels = [level for level in self.counts.groups[dim] if level in self._answered(dim)]
        shares = [measure for measure in self.measures if measure.kind == "share"]
        for measure in shares:
            if dim == self.counts.study.unit:
                average = [(-1 / len(levels), level) for level in levels]
                for level in levels:
                    yield self._difference(level, measure, ".against_average", [(1.0, level), *average])
                continue
            for level, other in permutations(levels, 2):
                yield self._difference(level, measure, f".minus.{other}", [(1.0, level), (-1.0, other)])

    def _answered(self, dim: str) -> tuple[str, ...]:
        """Return the levels of a group, but for those who named none."""
        variable = self.counts.study.codebook.variables.get(dim)
        return variable.scale.print_codes if variable else self.counts.groups[dim]

    def _difference(self, level: str, measure: Measure, against: str, parts: list[tuple[float, str]]) -> Entry:
        times: dict[str, float] = {}
        for factor, other in parts:
            times[other] = times.get(other, 0) + factor
        name = self._field((level,), measure, against, ".points")

        def work_out() -> Number:
            numbers = tuple((factor, self.number((other,), measure)) for other, factor in times.items())
            found = combined(numbers)
            where = self.counts.group((level,))
            return Number(
                name, "points", found.value, self.counts.id, where, low=found.low, high=found.high, parts=numbers
            )

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
