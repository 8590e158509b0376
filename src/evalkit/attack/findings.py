"""What counts as giving a respondent away, and the search for it.

A hidden count is found out when it is certain (`exact`), certainly small (`small`: from 1 to the threshold minus one),
or known to within less than the required width (`narrow`); a group is, when all of it, or all but the slack, surely
gave one answer (`group`). What follows from prior knowledge alone is no finding: only what the publication adds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from .bounds import Bounds, Component, ContradictionError
from .facts import Fact, Facts
from .unknown_counts import Categories, Region, UnknownCounts, within

Interval = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Lowest and highest value of each of a question's counts."""

PATIENCE, WORTH = 2, 0.2
"""After so many rounds that clear nothing, the open questions are solved one by one; a round in a large component clears this share."""


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
    before, after = (_Asked(categories, facts, questions, whole) for facts in (known, [*known, *published]))
    after.explore(before)
    breached = [question for question in questions if question.kinds(*after.interval(question))]
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

    def __init__(self, categories: Categories, facts: Facts, questions: Sequence[Question], whole: bool) -> None:
        self.questions = questions
        regions = dict.fromkeys(region for question in questions for region in question.regions)
        self.numbers = {region: number for number, region in enumerate(regions)}
        self.unknown_counts = UnknownCounts(categories, [*(r for fact in facts for r, _ in fact.terms), *regions])
        self.bounds = Bounds(self.unknown_counts, facts, list(self.numbers), whole=whole)

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

    def explore(self, before: _Asked) -> None:
        """Let shared solutions clear as many questions as they can, then solve for the rest.

        Parameters
        ----------
        before
            The same questions before the publication: what it does not narrow down is cleared.
        """
        choice = np.random.default_rng(0)
        self._push(self.bounds.components, before, choice, worth=WORTH)
        if not self._open(self.questions, before):
            return
        slices, cliques = self.unknown_counts.slices(choice), self.unknown_counts.copies(())
        for columns, singly in [*((own, False) for own in slices), *((own, True) for own in cliques)]:
            with suppress(ContradictionError):  # the middle is known to some digits alone
                self._push(self.bounds.near(columns), before, choice, singly=singly)
        for question in self._open(self.questions, before):
            before.exact(question)
        self._push(self.bounds.components, before, choice)
        open_questions = self._open(self.questions, before)
        self.bounds.settle([number for question in open_questions for number in self._numbers(question)], choice)
        for question in open_questions:
            for place, sign in question.goals:
                if self._is_open(question, before):
                    self.bounds.solve(self._numbers(question)[place], sign)

    def _push(
        self,
        parts: Iterable[Component],
        before: _Asked,
        choice: np.random.Generator,
        *,
        worth: float = 0,
        singly: bool = False,
    ) -> None:
        """Push the open questions of each part one way or the other until that clears too few; then each of its own, if told so.

        Parameters
        ----------
        parts, before
            The parts, and the same questions before the publication.
        choice
            What draws the ways.
        worth
            The share of questions that a round has to clear to be followed by others, of large parts.
        singly
            Whether questions that are left are pushed alone.
        """
        for part in parts:
            own, idle = {*part.numbers.tolist()}, 0
            asked = [question for question in self.questions if not own.isdisjoint(self._numbers(question))]
            while (asked := self._open(asked, before)) and idle < PATIENCE:
                goals = [(question, question.goals[choice.integers(len(question.goals))]) for question in asked]
                signs = {self._numbers(question)[place]: sign for question, (place, sign) in goals}
                self.bounds.push(part, signs, roughly=True)
                cleared = 1 - len(self._open(asked, before)) / len(asked)
                idle = 0 if cleared > worth * (not part.whole) else idle + 1
            for question in asked if singly else ():
                for place, sign in question.goals:
                    if self._is_open(question, before):
                        self.bounds.push(part, {self._numbers(question)[place]: sign})

    def _open(self, questions: Sequence[Question], before: _Asked) -> list[Question]:
        """Return the questions to which the publication may give an answer, by all that was seen so far."""
        return [question for question in questions if self._is_open(question, before)]

    def _is_open(self, question: Question, before: _Asked) -> bool:
        numbers = self._numbers(question)
        seen = self.bounds.seen_low[numbers], self.bounds.seen_high[numbers]
        return question.is_open(*seen) and question.adds(seen, before.interval(question))

    def _numbers(self, question: Question) -> list[int]:
        return [self.numbers[region] for region in question.regions]
