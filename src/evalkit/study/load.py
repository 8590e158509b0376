"""A study: what its files say and what there is to ask of it; loaded as a whole, every mistake reported with its place."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import StudyError, UsageError
from ..places import LANGUAGE, study_folder
from .appendices import Appendices, read_appendices
from .checks import language_problems, read_model
from .codebook import TICKED, Codebook, Variable
from .consistency import codebook_problems, plan_problems
from .derived import with_derived, with_subgroups
from .frame import read_frame
from .plan import Design, DisclosureRule, Export, Fieldwork, Headline, Plan, Publication
from .yaml_source import Problems, YamlSource

if TYPE_CHECKING:
    import pandas as pd


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


@dataclass(frozen=True, eq=False)
class Study:
    """One survey: its plan, its codebook and the folder they stand in.

    Examples
    --------
    >>> survey.outcomes
    ('belonging', 'goals_a')
    >>> [question.item for question in survey.questions][:2]
    ['belonging', 'goals']
    """

    plan: Plan
    codebook: Codebook
    folder: Path

    @property
    def name(self) -> str:
        """The study's name, which is its folder's under data/raw/."""
        return self.plan.study

    @property
    def synthetic(self) -> bool:
        """Whether the answers are made, not given by people."""
        return self.plan.synthetic

    @property
    def languages(self) -> tuple[str, ...]:
        """The study's languages, the default first."""
        return self.plan.languages

    @property
    def unit(self) -> str | None:
        """The item whose levels are units, where there is one."""
        return self.plan.unit

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The items that are modelled."""
        return self.plan.outcomes

    @property
    def predictors(self) -> tuple[str, ...]:
        """The items they are modelled on."""
        return tuple(name for name in self.plan.predictors if ":" not in name)

    @property
    def pages(self) -> tuple[str, ...]:
        """The notebooks that are published beside the shipped ones."""
        return self.plan.pages

    @property
    def rule(self) -> DisclosureRule:
        """What may be published."""
        return self.plan.disclosure

    @property
    def fieldwork(self) -> Fieldwork | None:
        """When the survey was open, where that is known."""
        return self.plan.fieldwork

    @property
    def export(self) -> Export:
        """The file with the answers, and what its columns are for."""
        return self.plan.export

    @property
    def export_path(self) -> Path:
        """Where the file with the answers is, or the pattern of the files that a table is of."""
        return self.folder / self.plan.export.source

    @property
    def export_files(self) -> list[Path]:
        """The files with the answers that there are."""
        export = self.plan.export
        several = export.table is not None and export.table_name is None
        return sorted(self.folder.glob(export.source)) if several else [p for p in (self.export_path,) if p.is_file()]

    @property
    def base(self) -> int | None:
        """The number that response rates are over, where it is known."""
        return self.plan.base or self.plan.invited

    @property
    def design(self) -> Design | None:
        """How those who were asked were drawn; None where all were, and count the same."""
        return self.plan.design

    @property
    def sampled(self) -> bool:
        """Whether those who were asked are a sample, so that the frame's sizes are no sampling fractions of theirs."""
        return self.design is not None and bool(self.design.columns)

    @cached_property
    def frame(self) -> pd.DataFrame | None:
        """The frame: a column a group, `population`, and numbers that tell of the units; None where the study has none."""
        if self.plan.frame is None:
            return None
        return read_frame(self.folder / self.plan.frame, self.codebook, self.groups, self.base, self.unit)

    @cached_property
    def appendices(self) -> Appendices:
        """The appendices: interview guides, fieldwork, core groups, literature and so on; each None where there is none."""
        return read_appendices(self.folder / "appendices", self.plan, self.codebook)

    @cached_property
    def publications(self) -> tuple[Publication, ...]:
        """What is published: `tables` (by default every item in all and by each group but itself), then `crossings`."""
        tables = self.plan.tables
        if tables is None:
            by = {item: [(), *((group,) for group in self.groups if group != item)] for item in self.codebook.items}
            tables = tuple(Publication(item=item, by=groups) for item, every in by.items() for groups in every)
        return tuple({table.id: table for table in (*tables, *self.plan.crossings)}.values())

    def population(self, levels: Mapping[str, str]) -> int | None:
        """Return how many people a group has by the frame, or all have (no levels); None where it is not known."""
        if not levels:
            return self.base
        group = frozenset(levels.items())
        if group not in self._populations and self.frame is not None and set(levels) <= set(self.frame.columns):
            inside = self.frame
            for name, level in levels.items():
                inside = inside[inside[name] == level]
            self._populations[group] = int(inside["population"].sum()) or None
        return self._populations.get(group)

    @cached_property
    def _populations(self) -> dict[frozenset[tuple[str, str]], int | None]:
        return {}

    def chapter(self, language: str) -> Path | None:
        """Return the author's chapter in a language, `chapter.<language>.docx`; None where there is none."""
        path = self.folder / f"chapter.{language}.docx"
        return path if path.is_file() else None

    def title(self, language: str) -> str:
        """Return the study's title in a language."""
        return self.plan.title[self.language(language)]

    def language(self, language: str | None = None) -> str:
        """Return the language asked for; else that of the lab, where the study has it, or its first. Refuse one it does not have."""
        if language in (None, ""):
            in_lab = os.environ.get(LANGUAGE, "")
            return in_lab if in_lab in self.languages else self.languages[0]
        UsageError.one_of(language, self.languages, f"the study {self.name} has no such language")
        return str(language)

    @property
    def groups(self) -> Groups:
        """The items to break down by, and the subgroups; given as `by`, each in turn."""
        return Groups((*self.plan.groups, *self.plan.subgroups))

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The published items with their themes: theme by theme, then those of no theme, then the groups."""
        published = {publication.item for publication in self.publications if not publication.by}
        items = [name for name in self.codebook.items if name in published]
        own = {name: self.codebook.items[name].theme or NO_THEME for name in items}
        themes = own | dict.fromkeys(self.groups, GROUPS)
        order = (*self.plan.themes, NO_THEME, GROUPS)
        return tuple(Question(theme, name) for theme in order for name in items if themes[name] == theme)

    @cached_property
    def headlines(self) -> tuple[Headline, ...]:
        """The figures the report opens with: the plan's, or the upper part of each outcome where it names none."""
        outcomes = (name for name in self.plan.outcomes if self.high(name))
        return self.plan.headlines or tuple(self._headline(name) for name in outcomes)

    def _headline(self, item: str) -> Headline:
        variable, codes = self.codebook.variable(item), self.high(item)
        label: dict[str, str] = {
            lang: f"{variable.label(lang)}: {variable.said(codes, lang)}" for lang in self.languages
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
            hint = "name the item in study.yml: `unit: ...`"
            raise UsageError("the study has no units", where=self.plan.study, hint=hint)
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
    def crossed_frame_groups(self) -> tuple[tuple[str, str], ...]:
        """The pairs of groups that the frame crosses and that some table is published by, in the study's order."""
        return self.crossed(self.frame_groups)

    def crossed(self, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """Return the pairs of some variables that some table is published by, in their order."""
        together = [{table.item, *table.by} for table in self.publications]
        return tuple(pair for pair in combinations(names, 2) if any({*pair} <= crossed for crossed in together))

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

    def __repr__(self) -> str:
        """Return the study's name and size."""
        mark = ", synthetic" if self.synthetic else ""
        return f"<Study {self.name}: {len(self.codebook.items)} items, {', '.join(self.languages)}{mark}>"


def load_study(study: str | Path) -> Study:
    """Load a study by name (a folder under data/raw) or by its folder.

    Parameters
    ----------
    study
        `'departementsstrategien-2023'`, or a path to a folder with `study.yml` and `codebook.yml`.

    Returns
    -------
    Study
        Checked as a whole; the frame and the export are read when they are needed.

    Raises
    ------
    StudyError
        Listing every mistake in the files, each with its line, what was expected and the nearest valid name.

    Examples
    --------
    >>> survey = load_study("departementsstrategien-2023")  # under data/raw, or the path of a folder
    """
    folder = study_folder(study)
    problems: Problems = []
    plan, source = read_model(Plan, folder / "study.yml", problems)
    codebook, codebook_source = read_model(Codebook, folder / "codebook.yml", problems)
    if plan is not None:
        problems += language_problems(plan, source, plan.languages)
    if codebook is not None:
        problems += codebook_problems(codebook, codebook_source)
        problems += language_problems(codebook, codebook_source, plan.languages) if plan else []
    if problems or plan is None or codebook is None:
        raise StudyError.several(problems)
    codebook = with_derived(codebook, plan.derived, source, problems)
    codebook = with_subgroups(codebook, plan.subgroups, source, problems)
    problems += plan_problems(plan, codebook, source, codebook_source)
    StudyError.raise_all(problems)
    loaded = Study(plan, codebook, folder)
    _refuse_odd_chapters(loaded)
    _ = loaded.frame, loaded.appendices  # what is wrong with them stops the study here, not in the middle of a report
    _refuse_unknown_values(loaded, source)
    return loaded


def _refuse_unknown_values(study: Study, source: YamlSource) -> None:
    """Refuse a predictor of units that is no column of numbers of the frame."""
    name = study.plan.models.unit_predictor
    known = [] if study.frame is None else [c for c in study.frame.columns if c not in (*study.groups, "population")]
    if name is not None and name not in known:
        what = "the predictor of units is no column of numbers of the frame"
        expected = "a column of numbers beside `population`, the same on every line of a unit"
        raise source.wrong(("models", "unit_predictor"), what, got=name, known=known, expected=expected)


def _refuse_odd_chapters(study: Study) -> None:
    """Refuse a chapter of another name than those that are looked for, which would be left out without a word."""
    expected = [f"chapter.{language}.docx" for language in study.languages]
    for path in sorted(study.folder.glob("chapter*.do*")):
        if path.name not in expected:
            what, hint = "this is no chapter of the study's languages", "save it as .docx under one of these names"
            raise StudyError(what, where=path.name, expected=", ".join(expected), hint=hint)
