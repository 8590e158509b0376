"""Whether rounded weighted shares leave open what few people answered, for someone who knows all weights and can count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..study import DisclosureRule

Floats = npt.NDArray[np.float64]
MOST_WORLDS = 50_000
"""Of so many ways to have answered at most, every one is looked at."""
_NEAR = 1e-9


def rounded(share: float, step: float) -> float:
    """Return a share to the nearest step."""
    return step * round(share / step)


@dataclass(frozen=True, eq=False)
class Sums:
    """What weighs in a group: its people by weight, and the share of its weight that gave each answer.

    Parameters
    ----------
    codes, shares
        The answers, and the share of each.
    sizes, weights
        How many have each weight, and these weights, the heaviest first.
    """

    codes: tuple[str, ...]
    shares: Floats
    sizes: Floats
    weights: Floats

    @property
    def people(self) -> int:
        """How many they are."""
        return int(self.sizes.sum())

    @property
    def weight(self) -> float:
        """What they weigh together."""
        return float(self.sizes @ self.weights)

    @property
    def mean(self) -> float:
        """What one of them weighs on average."""
        return self.weight / self.people if self.people else float("nan")

    def share(self, answer: str) -> float:
        """Return the share of an answer."""
        return float(self.shares[self.codes.index(answer)]) if answer in self.codes else 0.0

    def rounded(self, step: float) -> dict[str, float]:
        """Return the share of each answer, to the nearest step."""
        return {code: rounded(share, step) for code, share in zip(self.codes, self.shares.tolist(), strict=True)}

    def open(self, step: float, rule: DisclosureRule) -> bool:
        """Return whether rounded shares tell of nobody among a few of one weight that they gave an answer.

        That at least one of a few gave it may be said only where how many stays open by `width`, or as many as they are. That few of them,
        or none, can have given an answer that is rare is seen from a count of all too; that all of a group gave one is seen in any case.
        """
        few = np.flatnonzero((self.sizes > 0) & (self.sizes < rule.base))
        if not len(few) or (self.shares > 1 - self.weights.min() / self.weight / 2).any():
            return True
        found = [self._range(share, step, few) for share in self.shares]
        least, most = (np.array(ends) for ends in zip(*found, strict=True))
        sizes = self.sizes[few]
        least = np.maximum(least, sizes - (most.sum(axis=0) - most))  # whoever gave no other answer gave this one
        return bool(((least <= 0) | (most - least >= np.minimum(sizes, rule.width))).all())

    def _range(self, share: float, step: float, few: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return how many of each few gave an answer at least and at most, by its rounded share."""
        middle = rounded(share, step)
        low, high = (np.clip(middle + end * step / 2, 0, 1) * self.weight for end in (-1, 1))
        if np.log(self.sizes + 1).sum() <= np.log(MOST_WORLDS):
            worlds = np.stack(np.meshgrid(*(np.arange(n + 1) for n in self.sizes), indexing="ij"), axis=-1)
            worlds = worlds.reshape(-1, len(self.sizes))
            sums = worlds @ self.weights
            found = worlds[(sums >= low - 1e-9) & (sums <= high + 1e-9)][:, few]
            return found.min(axis=0), found.max(axis=0)
        weights, sizes = self.weights[few], self.sizes[few]
        least = np.ceil((low - (self.weight - sizes * weights)) / weights - 1e-9)
        return np.maximum(least, 0), np.minimum(np.floor(high / weights + 1e-9), sizes)


@dataclass(frozen=True, eq=False)
class Unknowns:
    """How many of each weight gave each hidden answer of each group, and what is published of sums over them.

    Parameters
    ----------
    numbers
        (unknowns,): how many they are; the truth.
    weights
        (unknowns,): what one of them weighs.
    kinds
        (unknowns,): those of one kind are of one group and weight, and only their sum is known.
    sums
        Over which unknowns a share is published, how large the published share is, the weight that it is of, and the weight of
        those in it that are known.
    places
        (places, unknowns): which of them each hidden place is the sum of.
    """

    numbers: Floats
    weights: Floats
    kinds: npt.NDArray[np.integer]
    sums: Sequence[tuple[npt.NDArray[np.bool_], float, float, float]]
    places: npt.NDArray[np.bool_]

    def open(self, step: float, width: int) -> bool:
        """Return whether every hidden place can be `width` people more or fewer, or as many as are in it and its neighbours.

        Every answer found counts for all places: most are open before they are asked for.
        """
        from scipy.optimize import Bounds, milp

        if not len(self.numbers):
            return True
        people: Floats = np.bincount(self.kinds, self.numbers).astype(float)
        limits, bounds = self._limits(people, step), Bounds(0, people[self.kinds])
        need = np.minimum(width, [people[np.unique(self.kinds[place])].sum() for place in self.places])
        least = most = self.places @ self.numbers
        for number, place in enumerate(self.places):
            for sign in (1.0, -1.0):
                if most[number] - least[number] >= need[number]:
                    break
                found = milp(
                    sign * place, constraints=limits, bounds=bounds, integrality=np.ones(len(place), dtype=int)
                )
                if found.x is not None:
                    counts = self.places @ np.round(found.x)
                    least, most = np.minimum(least, counts), np.maximum(most, counts)
        return bool((most - least >= need).all())

    def _limits(self, people: Floats, step: float) -> tuple[Floats, Floats, Floats]:
        """Return what holds of the unknowns: how many there are of each kind, and the published shares."""
        rows = [self.kinds == kind for kind in range(len(people))]
        low, high = people.tolist(), people.tolist()
        for inside, share, weight, known in self.sums:
            ends = np.clip(rounded(share, step) + np.array([-step, step]) / 2, 0, 1) * weight - known
            rows.append(inside * self.weights)
            low.append(ends[0] - _NEAR * weight)
            high.append(ends[1] + _NEAR * weight)
        return np.array(rows, dtype=float), np.array(low), np.array(high)
