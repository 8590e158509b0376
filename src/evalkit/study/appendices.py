"""The appendices of a study: interview guides, fieldwork, interviews, core groups, measures, findings, literature and so on.

Each is one optional file in the study's `appendices/`. A text that is quoted stands in its `original_language` word for word;
in the other languages of the study it is a translation, and the report says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import StudyError, nearest
from .appendix_files import (
    FILES,
    AboutSurvey,
    Actors,
    CoreGroups,
    Crosswalk,
    Deletions,
    Finding,
    Findings,
    Guide,
    Guides,
    Interviews,
    Literature,
    Measures,
    Prompt,
)
from .checks import language_problems, name_problems, validated
from .codebook import Codebook
from .plan import Plan
from .yaml_source import YamlSource, read_yaml

QUOTATION = re.compile(r"""[«»“”„‟"‹›‘]|(?<!\w)['’]|^\s*[–—-]""")
"""What a quotation begins or ends with; an apostrophe after a letter is none."""


@dataclass(frozen=True)
class Appendices:
    """The appendices of a study; None for each that it does not have."""

    guides: Guides | None = None
    survey: AboutSurvey | None = None
    interviews: Interviews | None = None
    core_groups: CoreGroups | None = None
    measures: Measures | None = None
    actors: Actors | None = None
    crosswalk: Crosswalk | None = None
    findings: Findings | None = None
    literature: Literature | None = None
    deletions: Deletions | None = None

    @property
    def present(self) -> tuple[str, ...]:
        """The names of the appendices that the study has."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is not None)


def read_appendices(folder: Path, plan: Plan, codebook: Codebook) -> Appendices:
    """Read the appendices of a study, checked against each other and against the codebook and plan.

    Parameters
    ----------
    folder
        The study's `appendices`; each file in it is optional, and so is the folder.
    plan, codebook
        The study's.

    Raises
    ------
    StudyError
        Listing every mistake, each with its file and line, what was expected and the nearest valid name.
    """
    if not folder.exists():
        return Appendices()
    problems = list(_file_problems(folder))
    sources: dict[str, YamlSource] = {}
    models: dict[str, Any] = {}
    for name, model in FILES.items():
        path = folder / f"{name}.yml"
        if not path.exists():
            continue
        try:
            sources[name] = read_yaml(path)
        except StudyError as error:
            problems.append(error)
            continue
        if (found := validated(model, sources[name], problems)) is not None:
            models[name] = found
            problems += language_problems(found, sources[name], plan.languages)
    appendices = Appendices(**models)
    problems += _join_problems(appendices, sources, plan, codebook)
    if problems:
        raise StudyError.several(problems)
    return appendices


def _file_problems(folder: Path) -> Iterator[StudyError]:
    if not folder.is_dir():
        yield StudyError("this is a file", where=folder.name, expected="a folder")
        return
    known = [f"{name}.yml" for name in FILES]
    for path in sorted(folder.iterdir()):
        if path.name not in known and not path.name.startswith("."):
            yield StudyError(
                "this is no appendix",
                where=f"{folder.name}/{path.name}",
                expected=", ".join(known),
                hint=nearest(path.name, known),
            )


def _join_problems(
    found: Appendices, sources: dict[str, YamlSource], plan: Plan, codebook: Codebook
) -> Iterator[StudyError]:
    if found.guides is not None:
        yield from _twice(sources["guides"], "guides", [guide.id for guide in found.guides.guides])
    if found.survey is not None:
        yield from _log_problems(found.survey, sources["survey"], plan)
        yield from _claim_problems(found.survey, sources["survey"], plan, codebook)
    if found.interviews is not None:
        yield from _interview_problems(found.interviews, sources["interviews"], found)
    if found.core_groups is not None:
        yield from _core_group_problems(found.core_groups, sources["core_groups"], plan, codebook)
    if found.measures is not None:
        yield from _measure_problems(found.measures, sources["measures"], codebook)
    if found.actors is not None:
        yield from _actor_problems(found.actors, sources["actors"], plan, codebook)
    if found.crosswalk is not None:
        yield from _crosswalk_problems(found.crosswalk, sources["crosswalk"], found, codebook)
    if found.findings is not None:
        yield from _finding_problems(found.findings, sources["findings"], plan, found)
    if found.literature is not None:
        yield from _twice(sources["literature"], "entries", [work.csl.id for work in found.literature.entries])


def _twice(source: YamlSource, key: str, ids: list[str]) -> Iterator[StudyError]:
    for number, name in enumerate(ids):
        if name in ids[:number]:
            yield StudyError("an id stands twice", where=source.where((key, number, "id")), got=name)


def _log_problems(survey: AboutSurvey, source: YamlSource, plan: Plan) -> Iterator[StudyError]:
    """Check the log's dates against the plan: both state when the survey opened, reminded and closed."""
    if plan.fieldwork is None:
        return
    declared = {
        "opening": [plan.fieldwork.start],
        "reminder": list(plan.fieldwork.reminders),
        "closing": [plan.fieldwork.end],
    }
    for event, dates in declared.items():
        logged = [entry.date for entry in survey.log if entry.event == event]
        if logged != dates:
            yield StudyError(
                f"the log's dates of '{event}' are not those of study.yml",
                where=source.where(("log",)),
                got=", ".join(str(day) for day in logged) or "none",
                expected=", ".join(str(day) for day in dates) or "none",
            )


def _claim_problems(survey: AboutSurvey, source: YamlSource, plan: Plan, codebook: Codebook) -> Iterator[StudyError]:
    yield from _twice(source, "claims", [claim.id for claim in survey.claims])
    for number, test in enumerate(claim.test for claim in survey.claims):
        if test is not None:
            place = ("claims", number, "test")
            yield from name_problems(source, (*place, "item"), [test.item], plan.groups)
            if test.item in plan.groups:
                codes = codebook.variable(test.item).scale.codes
                yield from name_problems(source, (*place, "shares"), test.shares, codes)
            if test.kind == "like_frame" and plan.frame is None:
                yield StudyError(
                    "the study has no frame", where=source.where(place), expected="a key 'frame' in study.yml"
                )


def _interview_problems(interviews: Interviews, source: YamlSource, found: Appendices) -> Iterator[StudyError]:
    guides = [guide.id for guide in found.guides.guides] if found.guides else []
    core = [group.id for group in found.core_groups.groups] if found.core_groups else []
    yield from _twice(source, "groups", [group.id for group in interviews.groups])
    for number, group in enumerate(interviews.groups):
        place = ("groups", number)
        yield from name_problems(source, (*place, "phase"), [group.phase] if group.phase else [], interviews.phases)
        yield from name_problems(source, (*place, "guide"), [group.guide] if group.guide else [], guides)
        yield from name_problems(source, (*place, "core_groups"), group.core_groups, core)
    total = sum(group.number for group in interviews.groups)
    if total != interviews.total:
        yield StudyError(
            "the interviews do not add up", where=source.where(("total",)), got=total, expected=interviews.total
        )


def _core_group_problems(
    groups: CoreGroups, source: YamlSource, plan: Plan, codebook: Codebook
) -> Iterator[StudyError]:
    units = _units(plan, codebook)
    steps = len(groups.staircase.steps)
    yield from _twice(source, "groups", [group.id for group in groups.groups])
    for number, group in enumerate(groups.groups):
        yield from name_problems(source, ("groups", number, "members"), group.members, units)
        for order, evidence in enumerate(group.staircase or ()):
            if evidence.step > steps:
                place = source.where(("groups", number, "staircase", order, "step"))
                yield StudyError("there is no such step", where=place, got=evidence.step, expected=f"1 to {steps}")


def _units(plan: Plan, codebook: Codebook) -> list[str]:
    """Return the abbreviations by which the survey's units are known to the appendices."""
    if plan.unit is None:
        return []
    return [category.short or category.code for category in codebook.variable(plan.unit).scale.categories]


def _measure_problems(measures: Measures, source: YamlSource, codebook: Codebook) -> Iterator[StudyError]:
    multiple = [name for name, item in codebook.items.items() if item.kind == "multiple"]
    yield from name_problems(source, ("item",), [measures.item], multiple)
    if measures.item in multiple:
        options = list(codebook.item(measures.item).options)
        named = [measure.option for measure in measures.measures]
        yield from name_problems(source, ("measures",), named, options)
        if missing := [option for option in options if option not in named]:
            yield StudyError(
                "an option of the questionnaire is missing",
                where=source.where(("measures",)),
                got=", ".join(named),
                expected=", ".join(missing),
            )
    for number, measure in enumerate(measures.measures):
        yield from name_problems(source, ("measures", number, "status"), [measure.status], measures.statuses)


def _actor_problems(actors: Actors, source: YamlSource, plan: Plan, codebook: Codebook) -> Iterator[StudyError]:
    yield from _twice(source, "actors", [actor.id for actor in actors.actors])
    for number, actor in enumerate(actors.actors):
        if actor.unit is not None:
            yield from name_problems(source, ("actors", number, "unit"), [actor.unit], _units(plan, codebook))


def _crosswalk_problems(
    crosswalk: Crosswalk, source: YamlSource, found: Appendices, codebook: Codebook
) -> Iterator[StudyError]:
    batteries = [name for name, item in codebook.items.items() if item.kind == "battery"]
    guides = {guide.id: guide for guide in found.guides.guides} if found.guides else {}
    yield from name_problems(source, ("item",), [crosswalk.item], batteries)
    yield from name_problems(source, ("guide",), [crosswalk.guide], guides)
    if crosswalk.item in batteries:
        goals = [pair.goal for pair in crosswalk.pairs]
        yield from name_problems(source, ("pairs",), goals, codebook.item(crosswalk.item).items)
    if found.guides is None or crosswalk.guide not in guides:
        return
    for number, pair in enumerate(crosswalk.pairs):
        for language, quoted in pair.ambition.items():
            asked = [prompt.labels.get(language, "") for prompt in _prompts(guides[crosswalk.guide])]
            if not any(quoted in text for text in asked):
                place = source.where(("pairs", number, "ambition", language))
                yield StudyError("the ambition is not quoted from the interview guide", where=place, got=quoted)


def _finding_problems(findings: Findings, source: YamlSource, plan: Plan, found: Appendices) -> Iterator[StudyError]:
    interviews = {group.id: group.number for group in found.interviews.groups} if found.interviews else {}
    yield from _twice(source, "findings", [finding.id for finding in findings.findings])
    for number, finding in enumerate(findings.findings):
        place = ("findings", number)
        yield from name_problems(source, (*place, "theme"), [finding.theme], plan.themes)
        yield from name_problems(source, (*place, "groups"), finding.groups, interviews)
        yield from _quotations(finding, source, number)
        held = sum(interviews.get(group, 0) for group in finding.groups)
        if set(finding.groups) & set(interviews) and held < findings.least:
            yield StudyError(
                "so few interviews could tell who said it",
                where=source.where((*place, "groups")),
                got=f"{held} in {', '.join(finding.groups)}",
                expected=f"at least {findings.least}",
                hint="name several groups together",
            )


def _quotations(finding: Finding, source: YamlSource, number: int) -> Iterator[StudyError]:
    """Find each text of a finding that has quotation marks, or begins with a dash as direct speech does."""
    for language, text in finding.labels.items():
        if marks := QUOTATION.search(text):
            yield StudyError(
                "a finding may not quote: words can tell who said them",
                where=source.where(("findings", number, language)),
                got=marks[0],
                expected="no quotation marks",
                hint="paraphrase",
            )


def _prompts(guide: Guide) -> Iterator[Prompt]:
    for section in guide.sections:
        for prompt in section.prompts:
            yield prompt
            yield from prompt.prompts
