"""Loading a study: its files read, checked together, and every mistake reported at once with its place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StudyError, UsageError, nearest
from ..places import LANGUAGE, study_folder
from .appendices import Appendices, read_appendices
from .checks import language_problems, validated
from .codebook import Codebook
from .consistency import codebook_problems, plan_problems
from .derived import with_derived, with_subgroups
from .disclosure import DisclosureRule
from .frame import read_frame
from .plan import Design, Export, Fieldwork, Plan, Publication
from .vocabulary import Vocabulary
from .yaml_source import YamlSource, read_yaml

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Study(Vocabulary):
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
            tables = tuple(
                Publication(item=item, by=by)
                for item in self.codebook.items
                for by in ((), *((group,) for group in self.groups if group != item))
            )
        return tuple({table.id: table for table in (*tables, *self.plan.crossings)}.values())

    def population(self, levels: Mapping[str, str]) -> int | None:
        """Return how many people a group has by the frame, or all have (no levels); None where it is not known."""
        if not levels:
            return self.base
        group = frozenset(levels.items())
        if group not in self._populations:
            self._populations[group] = self._counted(levels)
        return self._populations[group]

    @cached_property
    def _populations(self) -> dict[frozenset[tuple[str, str]], int | None]:
        return {}

    def _counted(self, levels: Mapping[str, str]) -> int | None:
        if self.frame is None or not set(levels) <= set(self.frame.columns):
            return None
        inside = self.frame
        for name, level in levels.items():
            inside = inside[inside[name] == level]
        return int(inside["population"].sum()) or None

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
        if language not in self.languages:
            raise UsageError(
                f"the study {self.name} has no such language", got=language, expected=", ".join(self.languages)
            )
        return str(language)

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
    problems: list[StudyError] = []
    plan_source = _read(folder / "study.yml", problems)
    codebook_source = _read(folder / "codebook.yml", problems)
    plan = validated(Plan, plan_source, problems) if plan_source else None
    codebook = validated(Codebook, codebook_source, problems) if codebook_source else None
    if plan is not None and plan_source is not None:
        problems += language_problems(plan, plan_source, plan.languages)
    if codebook is not None and codebook_source is not None:
        problems += codebook_problems(codebook, codebook_source)
        problems += language_problems(codebook, codebook_source, plan.languages) if plan else []
        if plan is not None and plan_source is not None and not problems:
            codebook = with_derived(codebook, plan.derived, plan_source, problems)
            codebook = with_subgroups(codebook, plan.subgroups, plan_source, problems)
            problems += plan_problems(plan, codebook, plan_source, codebook_source, folder)
    if problems or plan is None or codebook is None:
        raise StudyError.several(problems)
    loaded = Study(plan, codebook, folder)
    _refuse_odd_chapters(loaded)
    _ = loaded.frame, loaded.appendices  # what is wrong with them stops the study here, not in the middle of a report
    if plan_source is not None:
        _refuse_unknown_values(loaded, plan_source)
    return loaded


def _refuse_unknown_values(study: Study, source: YamlSource) -> None:
    """Refuse a predictor of units that is no column of numbers of the frame."""
    name = study.plan.models.unit_predictor
    known = [] if study.frame is None else [c for c in study.frame.columns if c not in (*study.groups, "population")]
    if name is not None and name not in known:
        raise StudyError(
            "the predictor of units is no column of numbers of the frame",
            where=source.where(("models", "unit_predictor")),
            got=name,
            expected=", ".join(known) or "a column of numbers beside `population`, the same on every line of a unit",
            hint=nearest(name, known),
        )


def _refuse_odd_chapters(study: Study) -> None:
    """Refuse a chapter of another name than those that are looked for, which would be left out without a word."""
    expected = [f"chapter.{language}.docx" for language in study.languages]
    for path in sorted(study.folder.glob("chapter*.do*")):
        if path.name not in expected:
            raise StudyError(
                "this is no chapter of the study's languages",
                where=path.name,
                expected=", ".join(expected),
                hint="save it as Word document (.docx) under one of these names",
            )


def _read(path: Path, problems: list[StudyError]) -> YamlSource | None:
    try:
        return read_yaml(path)
    except StudyError as error:
        problems.append(error)
        return None
