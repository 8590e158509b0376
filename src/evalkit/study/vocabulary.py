"""What there is to ask of a study: its questions, headlines, batteries and readings, and the terms of its models."""

from __future__ import annotations

from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from ..errors import UsageError
from .codebook import TICKED
from .plan import Headline

if TYPE_CHECKING:
    import pandas as pd

    from .codebook import Codebook, Variable
    from .plan import Plan, Publication

NO_THEME, GROUPS = "questions", "groups"
"""What stands for a theme where a question has none, and where it is one of the groups."""


class Question(NamedTuple):
    """A published item, and the theme it belongs to (`questions` for none, `groups` for the items to break down by)."""

    theme: str
    item: str


class Reading(NamedTuple):
    """A variable whose scale can be read otherwise than it is printed, and the name of the other reading."""

    item: str
    reading: str


class Groups(tuple[str, ...]):
    """Variables to group by, each in turn; a plain tuple or list of them is crossed."""


class Vocabulary:
    """What `Study` has besides its files: names that steps of an analysis go through.

    The study gives `plan`, `codebook`, `publications`, `frame` and `groups`.
    """

    if TYPE_CHECKING:
        plan: Plan
        codebook: Codebook

        @property
        def publications(self) -> tuple[Publication, ...]:
            """What is published."""

        @property
        def predictors(self) -> tuple[str, ...]:
            """The variables of its models."""

        @property
        def frame(self) -> pd.DataFrame | None:
            """The frame."""

    @property
    def groups(self) -> Groups:
        """The items to break down by, and the subgroups; given as `by`, each in turn."""
        return Groups((*self.plan.groups, *self.plan.subgroups))

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The published items with their themes: theme by theme, then those of no theme, then the groups."""
        published = {publication.item for publication in self.publications if not publication.by}
        items = [name for name in self.codebook.items if name in published]
        themes = {name: self._theme(name) for name in items}
        order = (*self.plan.themes, NO_THEME, GROUPS)
        return tuple(Question(theme, name) for theme in order for name in items if themes[name] == theme)

    def _theme(self, item: str) -> str:
        return GROUPS if item in self.groups else self.codebook.items[item].theme or NO_THEME

    @cached_property
    def headlines(self) -> tuple[Headline, ...]:
        """The figures the report opens with: the plan's, or the upper part of each outcome where it names none."""
        outcomes = (name for name in self.plan.outcomes if self.high(name))
        return self.plan.headlines or tuple(self._headline(name) for name in outcomes)

    def _headline(self, item: str) -> Headline:
        variable, codes = self.codebook.variable(item), self.high(item)
        label: dict[str, str] = {
            language: f"{variable.label(language)}: {' / '.join(variable.category_label(c, language) for c in codes)}"
            for language in self.plan.languages
        }
        return Headline(item=item, categories=codes, label=label)

    @property
    def batteries(self) -> tuple[str, ...]:
        """The batteries that are declared to measure one thing (`reliability: true`)."""
        return tuple(name for name, item in self.codebook.items.items() if item.reliability)

    @property
    def readings(self) -> tuple[Reading, ...]:
        """The other readings of published variables, one after the other."""
        published = {question.item for question in self.questions}
        variables = (v for v in self.codebook.variables.values() if v.item_id in published)
        return tuple(Reading(variable.name, name) for variable in variables for name in variable.scale.readings)

    @property
    def compared(self) -> Groups:
        """The predictors whose levels are compared with a reference: all but the unit, or that alone where it is alone."""
        return Groups(name for name in self.categorical if name != self.plan.unit) or Groups(self.categorical)

    @property
    def interactions(self) -> tuple[tuple[str, ...], ...]:
        """The pairs of predictors whose effects depend on each other: `role:section` of the plan is ('role', 'section')."""
        return tuple(tuple(term.split(":")) for term in self.plan.predictors if ":" in term)

    @property
    def categorical(self) -> tuple[str, ...]:
        """The predictors that have levels; the others are numbers."""
        return tuple(name for name in self.predictors if not self.codebook.variable(name).is_number)

    def formula(self, outcome: str, without: str | None = None, unit_values: bool = False) -> str:
        """Return the model formula of an outcome on the study's predictors.

        Parameters
        ----------
        outcome
            The variable that is modelled.
        without
            A predictor to leave out.
        unit_values
            Whether the numbers that the frame has of the units stand in place of the units.

        Returns
        -------
        str
            `awareness ~ role + ministry + section`.
        """
        self.codebook.variable(outcome)
        left_out = {outcome, without, self.plan.unit if unit_values else None}
        names = [term for term in self.plan.predictors if not left_out & {*term.split(":")}]
        return f"{outcome} ~ {' + '.join([*names, *(self.unit_values if unit_values else ())]) or '1'}"

    @property
    def unit_values(self) -> tuple[str, ...]:
        """The numbers that the frame has of the units: the one that the plan names, else all beside how many people they have."""
        if self.frame is None or self.plan.unit is None:
            return ()
        named = self.plan.models.unit_predictor
        numbers = self.frame.select_dtypes("number").columns
        return (named,) if named else tuple(name for name in numbers if name != "population")

    @property
    def units(self) -> Groups:
        """The item whose levels are units, to go through like `groups`; empty where the study has none."""
        return Groups((self.plan.unit,)) if self.plan.unit else Groups()

    @property
    def unit_codes(self) -> tuple[str, ...]:
        """The codes of the units; UsageError where the study has none."""
        if self.plan.unit is None:
            raise UsageError(
                "the study has no units", where=self.plan.study, hint="name the item in study.yml: `unit: ...`"
            )
        return self.codebook.variable(self.plan.unit).scale.codes

    @property
    def on_pages(self) -> tuple[str, ...]:
        """Those who can have a page of their own: the codes of the units, and the subgroups."""
        own = tuple(self.plan.subgroups)
        return own if own and self.plan.unit is None else (*self.unit_codes, *own)

    def side_of(self, code: str) -> str:
        """Return the variable that one of `on_pages` is a level of: the subgroup's own, else the item whose levels are units."""
        return code if code in self.plan.subgroups else str(self.plan.unit)

    @property
    def frame_groups(self) -> Groups:
        """The groups whose sizes the frame has."""
        return Groups(name for name in self.plan.groups if self.frame is not None and name in self.frame.columns)

    @cached_property
    def crossings(self) -> tuple[Publication, ...]:
        """The published tables that are by something else than one of the groups: by another answer, or by several groups."""
        return tuple(p for p in self.publications if p.by and (len(p.by) > 1 or p.by[0] not in self.groups))

    @cached_property
    def crossed_frame_groups(self) -> tuple[tuple[str, ...], ...]:
        """The pairs of groups that the frame crosses and that some table is published by, in the study's order."""
        together = [{table.item, *table.by} for table in self.publications]
        pairs = combinations(self.frame_groups, 2)
        return tuple(pair for pair in pairs if any(set(pair) <= names for names in together))

    def high(self, item: str) -> tuple[str, ...]:
        """Return the answers counted together as high, low to high.

        Those of the first headline of the item (else of its battery) where they are the upper end of the scale, else its
        upper half; 'ticked' of a box; none where the answers have no order.
        """
        variables = self.codebook.variables_of(item) if item in self.codebook.items else (self.codebook.variable(item),)
        if variables[0].item.kind == "multiple":
            return (TICKED,)
        scale = variables[0].scale
        if not variables[0].graded:
            return ()
        spoken = self._headline_size(variables) or self._headline_size(self.codebook.variables_of(variables[0].item_id))
        return scale.codes[-(spoken or len(scale.codes) // 2) :] if len(scale.codes) > 1 else ()

    def _headline_size(self, variables: tuple[Variable, ...]) -> int:
        """Return how many answers the first headline of some variables has, where they are the upper end; else 0."""
        names, codes = {variable.name for variable in variables}, variables[0].scale.codes
        for headline in self.plan.headlines:
            size = len(headline.categories)
            if headline.item in names and size < len(codes) and set(headline.categories) == set(codes[-size:]):
                return size
        return 0
