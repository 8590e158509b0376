"""What counts as giving a respondent away, and the search for it.

A hidden count is found out when it is certain (`exact`), certainly small (`small`: from 1 to the threshold minus one),
or known to within less than the required width (`narrow`); a group is, when all of it, or all but the slack, surely
gave one answer (`group`). What follows from prior knowledge alone is no finding: only what the publication adds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from .bounds import Bounds
from .facts import Fact, Facts
from .unknown_counts import Categories, Region, UnknownCounts, within

Interval = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Lowest and highest value of each of a question's counts."""

PATIENCE = 2
"""After so many rounds that clear nothing, the open questions are solved one by one."""


@dataclass(frozen=True)
class Suspect:
    """A hidden count that may be worked out.

    Parameters
    ----------
    table, where
        What to call it.
    region
        The count.
    threshold
        Counts from 1 to `threshold - 1` are small.
    width
        The least width its interval has to have.
    always
        Whether it is judged whatever its value; otherwise only where it may be small.
    less
        Respondents in it that the attacker knows, taken off the count.
    """

    table: str
    where: dict[str, object]
    region: Region
    threshold: int
    width: int
    always: bool = False
    less: int = 0
    goals: ClassVar = ((0, 1), (0, -1))
    """The bounds that decide: which of `regions`, and its highest (1) or lowest (-1) value."""

    @property
    def regions(self) -> tuple[Region, ...]:
        """The counts to be bounded."""
        return (self.region,)

    def kinds(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> list[str]:
        """Return what an interval gives away."""
        lowest, highest = low[0] - self.less, high[0] - self.less
        may_be_small = highest >= 1 and lowest < self.threshold
        if not (self.always or may_be_small):
            return []
        if lowest == highest:
            return ["exact"] if self.always or lowest >= 1 else []
        true_of = {"small": lowest >= 1 and highest < self.threshold, "narrow": highest - lowest < self.width}
        return [kind for kind, holds in true_of.items() if holds]

    def is_open(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
        """Return whether the values seen so far leave it possible that something is given away."""
        lowest, highest = low[0] - self.less, high[0] - self.less
        return bool(highest - lowest < self.width or (lowest >= 1 and highest < self.threshold))

    def adds(self, after: Interval, before: Interval) -> bool:
        """Return whether the interval is narrower than it was before the publication."""
        return bool(after[0][0] > before[0][0] or after[1][0] < before[1][0])


@dataclass(frozen=True)
class Unanimity:
    """A group whose answers may be known to be one and the same.

    Parameters
    ----------
    table, where
        The group and the answer.
    region
        Those of the group who gave the answer.
    others
        Those of the group who gave another.
    slack
        How many others still count as unanimous; those who gave the answer must be more.
    less
        Respondents who gave the answer that the attacker knows, taken off the count.
    """

    table: str
    where: dict[str, object]
    region: Region
    others: Region
    slack: int = 0
    less: int = 0
    goals: ClassVar = ((1, 1), (0, -1))
    """The bounds that decide: which of `regions`, and its highest (1) or lowest (-1) value."""

    @property
    def regions(self) -> tuple[Region, ...]:
        """The counts to be bounded."""
        return self.region, self.others

    def kinds(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> list[str]:
        """Return what the intervals give away."""
        return ["group"] if self.is_open(low, high) else []

    def is_open(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
        """Return whether nothing seen so far speaks against it."""
        return bool(high[1] <= self.slack and low[0] > self.slack)

    def adds(self, after: Interval, before: Interval) -> bool:
        """Return whether more of the group could have given another answer before the publication.

        Where they could not, as in a group to which one answer alone is open, its size says nothing of its answers.
        """
        return bool(self.is_open(*after) and before[1][1] > self.slack)


Question = Suspect | Unanimity


@dataclass(frozen=True)
class Finding:
    """Something that a reader can work out.

    Parameters
    ----------
    table, where
        The count, or the group and its answer.
    kind
        `exact`, `small`, `narrow` or `group`.
    low, high
        The interval of the count.
    """

    table: str
    where: dict[str, object]
    kind: str
    low: float
    high: float


def search(
    categories: Categories, published: Facts, known: Facts, questions: Sequence[Question], *, whole: bool = True
) -> list[Finding]:
    """Return what the publication gives away, beyond what is known anyway, in the order of the questions.

    Parameters
    ----------
    categories
        The categories of every dimension.
    published, known
        What is published, and what is known without it.
    questions
        What may be worked out.
    whole
        Whether integer programmes are used where linear ones leave fractions.

    Raises
    ------
    DisclosureError
        When what is published contradicts itself or what is known.
    """
    published, known = list(published), list(known)
    used = [region for fact in (*published, *known) for region, _ in fact.terms]
    unknown_counts = UnknownCounts(categories, [*used, *(region for one in questions for region in one.regions)])
    after = _Asked(unknown_counts, [*published, *known], questions, whole)
    after.explore()
    breached = [question for question in questions if question.kinds(*after.interval(question))]
    before = _Asked(unknown_counts, known, breached, whole)
    return [
        Finding(question.table, question.where, kind, *after.reported(question))
        for question in breached
        if question.adds(after.exact(question), before.exact(question))
        for kind in question.kinds(*after.interval(question))
    ]


def members(insiders: Iterable[Region], region: Region) -> int:
    """Return how many of the respondents whom the attacker knows are in a region."""
    return sum(within(insider, region) for insider in insiders)


def present(insiders: Sequence[Region]) -> list[Fact]:
    """Return what respondents who know their own answers know: that they are there."""
    return [Fact(((region, 1),), insiders.count(region), None) for region in dict.fromkeys(insiders)]


class _Asked:
    """The bounds of the counts that some questions are about."""

    def __init__(self, unknown_counts: UnknownCounts, facts: Facts, questions: Sequence[Question], whole: bool) -> None:
        self.questions = questions
        regions = dict.fromkeys(region for question in questions for region in question.regions)
        self.numbers = {region: number for number, region in enumerate(regions)}
        self.bounds = Bounds(unknown_counts, facts, list(self.numbers), whole=whole)

    def interval(self, question: Question) -> Interval:
        """Return the proven interval of each of a question's counts."""
        numbers = self._numbers(question)
        return self.bounds.low[numbers], self.bounds.high[numbers]

    def exact(self, question: Question) -> Interval:
        """Return the intervals after solving for every end."""
        for number in self._numbers(question):
            self.bounds.solve(number, 1)
            self.bounds.solve(number, -1)
        return self.interval(question)

    def reported(self, question: Question) -> tuple[float, float]:
        """Return the interval of the count in question, without those whom the attacker knows."""
        low, high = self.exact(question)
        return float(low[0]) - question.less, float(high[0]) - question.less

    def explore(self) -> None:
        """Let shared solutions clear as many questions as they can, then solve for the rest."""
        choice = np.random.default_rng(0)
        open_questions, idle = self._open(), 0
        while open_questions and idle < PATIENCE:
            self._push(open_questions, choice)
            before, open_questions = len(open_questions), self._open()
            idle = 0 if len(open_questions) < before else idle + 1
        self.bounds.settle([number for question in open_questions for number in self._numbers(question)], choice)
        for question in open_questions:
            for place, sign in question.goals:
                if self._is_open(question):
                    self.bounds.solve(self._numbers(question)[place], sign)

    def _push(self, questions: Sequence[Question], choice: np.random.Generator) -> None:
        wanted: dict[int, dict[int, int]] = {}
        for question in questions:
            numbers, goals = self._numbers(question), question.goals
            place, sign = goals[choice.integers(len(goals))]
            wanted.setdefault(int(self.bounds.home[numbers[place]]), {})[numbers[place]] = sign
        for home, signs in wanted.items():
            if home >= 0:
                self.bounds.push(home, signs)

    def _open(self) -> list[Question]:
        return [question for question in self.questions if self._is_open(question)]

    def _is_open(self, question: Question) -> bool:
        numbers = self._numbers(question)
        return question.is_open(self.bounds.seen_low[numbers], self.bounds.seen_high[numbers])

    def _numbers(self, question: Question) -> list[int]:
        return [self.numbers[region] for region in question.regions]
