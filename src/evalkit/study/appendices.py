"""The appendices of a study: interview guides, fieldwork, interviews, core groups, measures, findings, literature and so on.

Each is one optional file in the study's `appendices/`. A text that is quoted stands in its `original_language` word for word;
in the other languages of the study it is a translation, and the report says so.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

from pydantic import ConfigDict, Field

from ..errors import StudyError
from .checks import language_problems, read_model
from .codebook import Codebook, Item
from .plan import Language, Plan
from .words import Code, Name, Strict, Text, Worded
from .yaml_source import Place, YamlSource

QUOTATION = re.compile(r"""[«»“”„‟"‹›‘]|(?<!\w)['’]|^\s*[–—-]""")
"""What a quotation begins or ends with; an apostrophe after a letter is none."""


class Appendix(Strict):
    """What one file of the appendices holds."""

    def identified(self) -> Iterator[tuple[Place, Any]]:
        """Go through the parts that have an id, each with its place."""
        for key in type(self).model_fields:
            parts = getattr(self, key)
            for number, part in enumerate(parts if isinstance(parts, tuple) else ()):
                if hasattr(part, "id"):
                    yield (key, number), part

    def problems(self, source: YamlSource, study: Beside) -> Iterator[StudyError]:
        """Find an id that stands twice, and what the rest of the study does not bear out."""
        seen = set[str]()
        for place, part in self.identified():
            if part.id in seen:
                yield source.wrong((*place, "id"), "an id stands twice", got=part.id)
            seen.add(part.id)
        yield from self._joins(source, study)

    def _joins(self, source: YamlSource, study: Beside) -> Iterable[StudyError]:
        """Find what the plan, the codebook or another appendix does not bear out."""
        return ()


class Prompt(Worded):
    """A question of an interview guide, and the prompts under it."""

    prompts: tuple[Prompt, ...] = ()


class Section(Strict):
    """A part of an interview guide, with a heading where the guide has one."""

    title: Text | None = None
    prompts: tuple[Prompt, ...] = Field(min_length=1)


class Guide(Strict):
    """One interview guide."""

    id: Name
    title: Text
    as_printed: Text | None = None
    """The title as it is printed, where that is defective."""
    sections: tuple[Section, ...] = Field(min_length=1)


class Guides(Appendix):
    """The interview guides (`guides.yml`)."""

    original_language: Language
    guides: tuple[Guide, ...] = Field(min_length=1)


class LogEntry(Worded):
    """One event of the fieldwork."""

    event: Literal["notice", "addresses", "opening", "reminder", "closing", "deletion"]
    date: datetime.date | None = None
    basis: Literal["stated", "synthetic", "unknown"]
    """What the date rests on."""

    def _faults(self) -> Iterator[str]:
        """Find a date without a basis, or the reverse."""
        if (self.date is None) != (self.basis == "unknown"):
            yield "an event has a date, or its basis is 'unknown'"


class Protection(Strict):
    """One line of the data-protection table: what is kept, by which rule, until when."""

    what: Text
    rule: Text
    until: Text | None = None


class ClaimTest(Strict):
    """How the answers tell whether a claim holds: each level of a group answered, as in the frame, or in these shares."""

    kind: Literal["every", "like_frame", "shares"]
    item: Name
    """One of the plan's `groups`."""
    shares: dict[Code, float] = Field(default_factory=dict)
    """The shares that are claimed, by code."""
    within: float = Field(default=0.005, gt=0, lt=1)
    """How much a share may differ."""

    def _faults(self) -> Iterator[str]:
        """Find shares of another kind, or a lack of them."""
        if (self.kind == "shares") != bool(self.shares):
            yield "'shares' goes with the kind 'shares', and is needed there"


class Claim(Worded):
    """Something that the source says of the answers, and how the answers tell whether it holds."""

    id: Name
    test: ClaimTest | None = None


class AboutSurvey(Appendix):
    """How the survey was done (`survey.yml`)."""

    platform: str | None = None
    purpose: Text
    notes: tuple[Text, ...] = ()
    log: tuple[LogEntry, ...] = Field(min_length=1)
    data_protection: tuple[Protection, ...] = ()
    claims: tuple[Claim, ...] = ()

    def _joins(self, source: YamlSource, study: Beside) -> Iterator[StudyError]:
        yield from self._log_problems(source, study.plan)
        for number, test in enumerate(claim.test for claim in self.claims):
            if test is not None:
                place = ("claims", number, "test")
                yield from source.unknown((*place, "item"), test.item, study.plan.groups)
                if test.item in study.plan.groups:
                    codes = study.codebook.variable(test.item).scale.codes
                    yield from source.unknown((*place, "shares"), test.shares, codes)
                if test.kind == "like_frame" and study.plan.frame is None:
                    yield source.wrong(place, "the study has no frame", expected="a key 'frame' in study.yml")

    def _log_problems(self, source: YamlSource, plan: Plan) -> Iterator[StudyError]:
        """Check the log's dates against the plan: both state when the survey opened, reminded and closed."""
        fieldwork = plan.fieldwork
        if fieldwork is None:
            return
        declared = {"opening": [fieldwork.start], "reminder": [*fieldwork.reminders], "closing": [fieldwork.end]}
        for event, dates in declared.items():
            logged = [entry.date for entry in self.log if entry.event == event]
            if logged != dates:
                got, expected = (", ".join(map(str, days)) or "none" for days in (logged, dates))
                what = f"the log's dates of '{event}' are not those of study.yml"
                yield source.wrong(("log",), what, got=got, expected=expected)


class InterviewGroup(Strict):
    """Interviews with one kind of informant; a phase or a purpose only where the source gives one."""

    id: Name
    number: int = Field(ge=1)
    who: Text
    phase: Name | None = None
    purpose: Text | None = None
    guide: Name | None = None
    """The interview guide used, where there is one of the name."""
    core_groups: tuple[Name, ...] = ()
    note: Text | None = None


class Interviews(Appendix):
    """The interviews (`interviews.yml`); their numbers add up to `total`."""

    total: int = Field(ge=1)
    phases: dict[Name, Text] = Field(default_factory=dict)
    """The phases, in order."""
    note: Text | None = None
    groups: tuple[InterviewGroup, ...] = Field(min_length=1)

    def _joins(self, source: YamlSource, study: Beside) -> Iterator[StudyError]:
        for place, group in self.identified():
            yield from source.unknown((*place, "phase"), group.phase, self.phases)
            yield from source.unknown((*place, "guide"), group.guide, study.parts("guides"))
            yield from source.unknown((*place, "core_groups"), group.core_groups, study.parts("core_groups"))
        total = sum(group.number for group in self.groups)
        if total != self.total:
            yield source.wrong(("total",), "the interviews do not add up", got=total, expected=self.total)


class Step(Worded):
    """An example, quoted, of what a core group has reached on one step of the staircase."""

    step: int = Field(ge=1)


class Problem(Worded):
    """What kind of problem a core group works on, in the source's words and with its hedges."""

    wicked: Literal["yes", "most", "no", "not_stated"]
    """Whether the source calls it wicked; 'most': perhaps the most wicked of the groups."""


class CoreGroup(Strict):
    """One core group; `staircase` is None where the source has not assessed it."""

    id: Name
    name: Text
    also_called: tuple[Text, ...] = ()
    started: Annotated[str, Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2]))?$", description="A year, or year and month.")]
    lead: str
    """The leading unit, by its `short` in the codebook."""
    members: tuple[str, ...] = Field(min_length=1)
    """All member units, by `short`, the lead included."""
    others: tuple[Text, ...] = ()
    """Members that are no unit of the survey."""
    origin: Text | None = None
    purpose: Text
    problem: Problem
    secretariat: Text | None = None
    observations: tuple[Text, ...] = ()
    results: tuple[Text, ...] = ()
    limits: Text
    """What the evidence does not bear."""
    staircase: tuple[Step, ...] | None = None

    def _faults(self) -> Iterator[str]:
        """Find a lead that is no member."""
        if self.lead not in self.members:
            yield f"the lead {self.lead} is not among the members {', '.join(self.members)}"


class Staircase(Strict):
    """The steps by which coordination is assessed, lowest first."""

    title: Text
    steps: tuple[Text, ...] = Field(min_length=1)


class CoreGroups(Appendix):
    """The core groups (`core_groups.yml`)."""

    original_language: Language
    staircase: Staircase
    groups: tuple[CoreGroup, ...] = Field(min_length=1)

    def _joins(self, source: YamlSource, study: Beside) -> Iterator[StudyError]:
        steps = len(self.staircase.steps)
        for place, group in self.identified():
            yield from source.unknown((*place, "members"), group.members, study.units)
            for order, evidence in enumerate(group.staircase or ()):
                if evidence.step > steps:
                    what, at = "there is no such step", (*place, "staircase", order, "step")
                    yield source.wrong(at, what, got=evidence.step, expected=f"1 to {steps}")


class Measure(Strict):
    """One measure, named by an option of the questionnaire."""

    option: Name
    status: Name
    note: Text | None = None


class Measures(Appendix):
    """The measures of the strategy (`measures.yml`): the options of one tick-all-that-apply item, each once."""

    item: Name
    statuses: dict[Name, Text]
    measures: tuple[Measure, ...]

    def _joins(self, source: YamlSource, study: Beside) -> Iterator[StudyError]:
        multiple = study.items("multiple")
        yield from source.unknown(("item",), self.item, multiple)
        if self.item in multiple:
            options, named = multiple[self.item].options, [measure.option for measure in self.measures]
            yield from source.unknown(("measures",), named, options)
            if missing := [option for option in options if option not in named]:
                what, expected = "an option of the questionnaire is missing", ", ".join(missing)
                yield source.wrong(("measures",), what, got=", ".join(named), expected=expected)
        for number, measure in enumerate(self.measures):
            yield from source.unknown(("measures", number, "status"), measure.status, self.statuses)


class Actor(Strict):
    """Someone with a role in the strategy."""

    id: Name
    name: Text
    role: Text
    unit: str | None = None
    """The unit that it is, by its `short` in the codebook."""


class Actors(Appendix):
    """The actors (`actors.yml`)."""

    actors: tuple[Actor, ...] = Field(min_length=1)

    def _joins(self, source: YamlSource, study: Beside) -> Iterator[StudyError]:
        for place, actor in self.identified():
            yield from source.unknown((*place, "unit"), actor.unit, study.units)


class Pair(Strict):
    """A goal of the questionnaire beside an ambition that an interview guide quotes."""

    goal: Name
    ambition: Text
    basis: Text


class Crosswalk(Appendix):
    """Goals and ambitions side by side (`crosswalk.yml`); each ambition stands in the guide word for word."""

    item: Name
    guide: Name
    note: Text
    pairs: tuple[Pair, ...] = Field(min_length=1)

    def _joins(self, source: YamlSource, study: Beside) -> Iterator[StudyError]:
        batteries, guides = study.items("battery"), study.parts("guides")
        yield from source.unknown(("item",), self.item, batteries)
        yield from source.unknown(("guide",), self.guide, guides)
        if self.item in batteries:
            yield from source.unknown(("pairs",), [pair.goal for pair in self.pairs], batteries[self.item].items)
        prompts = [prompt.labels for prompt in _prompts(guides[self.guide])] if self.guide in guides else []
        for number, pair in enumerate(self.pairs if prompts else ()):
            for language, quoted in pair.ambition.items():
                if not any(quoted in texts.get(language, "") for texts in prompts):
                    what = "the ambition is not quoted from the interview guide"
                    yield source.wrong(("pairs", number, "ambition", language), what, got=quoted)


class Finding(Worded):
    """What the interviews tell of a theme, in the evaluators' own words; nobody is quoted."""

    id: Name
    theme: Name
    """One of the plan's `themes`."""
    groups: tuple[Name, ...] = ()
    """The groups of `interviews.yml` that it rests on; left out where the source does not say."""
    fit: Literal["confirmation", "expansion", "discordance"] | None = None
    """How it stands to the survey: says the same, tells another side, or says otherwise."""
    basis: Text
    """Where it stands, and whose words or judgement it is."""


class Findings(Appendix):
    """Findings from the interviews, to stand beside the survey's figures of the same theme (`findings.yml`)."""

    least: int = Field(default=3, ge=2)
    """The interviews that the groups of a finding hold together, at the least."""
    note: Text | None = None
    findings: tuple[Finding, ...] = ()

    def _joins(self, source: YamlSource, study: Beside) -> Iterator[StudyError]:
        interviews = {name: group.number for name, group in study.parts("interviews").items()}
        for place, finding in self.identified():
            yield from source.unknown((*place, "theme"), finding.theme, study.plan.themes)
            yield from source.unknown((*place, "groups"), finding.groups, interviews)
            for language, text in finding.labels.items():
                if marks := QUOTATION.search(text):
                    what, expected = "a finding may not quote: words can tell who said them", "no quotation marks"
                    yield source.wrong((*place, language), what, got=marks[0], expected=expected, hint="paraphrase")
            held = sum(interviews.get(group, 0) for group in finding.groups)
            if set(finding.groups) & set(interviews) and held < self.least:
                what, hint = "so few interviews could tell who said it", "name several groups together"
                got, expected = f"{held} in {', '.join(finding.groups)}", f"at least {self.least}"
                yield source.wrong((*place, "groups"), what, got=got, expected=expected, hint=hint)


class CslName(Strict):
    """A person (`family`, `given`) or a body (`literal`), as in CSL-JSON."""

    family: str | None = None
    given: str | None = None
    literal: str | None = None

    def _faults(self) -> Iterator[str]:
        """Find a name that is both a person's and a body's, or neither."""
        if (self.family is None) == (self.literal is None):
            yield "a name has either 'family' or 'literal'"


class CslDate(Strict):
    """A date as in CSL-JSON: `date-parts: [[2019]]`."""

    model_config = ConfigDict(populate_by_name=True)
    date_parts: tuple[tuple[int, ...], ...] = Field(alias="date-parts", min_length=1)


class CslItem(Strict):
    """A work as in CSL-JSON, for a citation processor."""

    model_config = ConfigDict(populate_by_name=True)
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    type: Literal["report", "document", "book", "chapter", "article-journal", "thesis", "webpage"]
    title: str
    author: tuple[CslName, ...] = ()
    issued: CslDate
    genre: str | None = None
    number: str | None = None
    publisher: str | None = None
    publisher_place: str | None = Field(default=None, alias="publisher-place")
    container_title: str | None = Field(default=None, alias="container-title")
    volume: str | None = None
    page: str | None = None
    language: str | None = None
    url: str | None = Field(default=None, alias="URL")


class Work(Strict):
    """A work of the literature list: as the source prints it, and as CSL data."""

    as_printed: str
    csl: CslItem

    @property
    def id(self) -> str:
        """The work's id in the CSL data."""
        return self.csl.id


class NamedWork(Strict):
    """A work that the source names without listing it."""

    name: str
    by: str | None = None
    note: Text


class Literature(Appendix):
    """The literature list, in the source's order (`literature.yml`)."""

    entries: tuple[Work, ...] = Field(min_length=1)
    named_only: tuple[NamedWork, ...] = ()

    def csl_json(self) -> list[dict[str, Any]]:
        """Return the entries as CSL-JSON, in order."""
        return [work.csl.model_dump(mode="json", by_alias=True, exclude_none=True) for work in self.entries]


class Deletion(Strict):
    """What was deleted on a day."""

    date: datetime.date
    removed: tuple[str, ...] = Field(min_length=1)
    digests: dict[str, str] = Field(default_factory=dict)
    """SHA-256 of files, by which a copy can be known."""


class Deletions(Appendix):
    """The answers' deletion (`deletions.yml`, written by `make purge`)."""

    deletions: tuple[Deletion, ...] = Field(min_length=1)


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


FILES: dict[str, type[Appendix]] = {name: get_args(own)[0] for name, own in get_type_hints(Appendices).items()}
"""The files of `appendices/`, without `.yml`, and what each holds."""


@dataclass(frozen=True)
class Beside:
    """What an appendix is checked against: the other ones, and the study's plan and codebook."""

    appendices: Appendices
    plan: Plan
    codebook: Codebook

    def parts(self, name: str) -> dict[str, Any]:
        """Return the parts of an appendix by id; none where the study does not have it."""
        appendix = getattr(self.appendices, name)
        return {} if appendix is None else {part.id: part for _, part in appendix.identified()}

    def items(self, kind: str) -> dict[str, Item]:
        """Return the codebook's items of a kind."""
        return {name: item for name, item in self.codebook.items.items() if item.kind == kind}

    @property
    def units(self) -> list[str]:
        """The abbreviations by which the survey's units are known to the appendices."""
        scale = self.codebook.variable(self.plan.unit).scale if self.plan.unit else None
        return [category.short or category.code for category in scale.categories] if scale else []


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
        if path.exists():
            found, sources[name] = read_model(model, path, problems)
            if found is not None:
                models[name] = found
                problems += language_problems(found, sources[name], plan.languages)
    study = Beside(Appendices(**models), plan, codebook)
    for name, appendix in models.items():
        problems += appendix.problems(sources[name], study)
    StudyError.raise_all(problems)
    return study.appendices


def _file_problems(folder: Path) -> Iterator[StudyError]:
    if not folder.is_dir():
        yield StudyError("this is a file", where=folder.name, expected="a folder")
        return
    known = [f"{name}.yml" for name in FILES]
    for path in sorted(folder.iterdir()):
        if path.name not in known and not path.name.startswith("."):
            yield StudyError("this is no appendix", where=f"{folder.name}/{path.name}", got=path.name, known=known)


def _prompts(guide: Guide) -> Iterator[Prompt]:
    for section in guide.sections:
        for prompt in section.prompts:
            yield prompt
            yield from prompt.prompts
