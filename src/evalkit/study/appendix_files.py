"""What each file of a study's `appendices/` may hold."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from .plan import Language
from .words import Code, Name, Strict, Text, Worded


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
    as_printed: Text | None = Field(default=None, description="The title as it is printed, where that is defective.")
    sections: tuple[Section, ...] = Field(min_length=1)


class Guides(Strict):
    """The interview guides (`guides.yml`)."""

    original_language: Language
    guides: tuple[Guide, ...] = Field(min_length=1)


class LogEntry(Worded):
    """One event of the fieldwork."""

    event: Literal["notice", "addresses", "opening", "reminder", "closing", "deletion"]
    date: datetime.date | None = None
    basis: Literal["stated", "synthetic", "unknown"] = Field(description="What the date rests on.")

    @model_validator(mode="after")
    def _check(self) -> LogEntry:
        if (self.date is None) != (self.basis == "unknown"):
            raise ValueError("an event has a date, or its basis is 'unknown'")
        return self


class Protection(Strict):
    """One line of the data-protection table: what is kept, by which rule, until when."""

    what: Text
    rule: Text
    until: Text | None = None


class ClaimTest(Strict):
    """How the answers tell whether a claim holds: each level of a group answered, as in the frame, or in these shares."""

    kind: Literal["every", "like_frame", "shares"]
    item: Name = Field(description="One of the plan's `groups`.")
    shares: dict[Code, float] = Field(default_factory=dict, description="The shares that are claimed, by code.")
    within: float = Field(default=0.005, gt=0, lt=1, description="How much a share may differ.")

    @model_validator(mode="after")
    def _check(self) -> ClaimTest:
        if (self.kind == "shares") != bool(self.shares):
            raise ValueError("'shares' goes with the kind 'shares', and is needed there")
        return self


class Claim(Worded):
    """Something that the source says of the answers, and how the answers tell whether it holds."""

    id: Name
    test: ClaimTest | None = None


class AboutSurvey(Strict):
    """How the survey was done (`survey.yml`)."""

    platform: str | None = None
    purpose: Text
    notes: tuple[Text, ...] = ()
    log: tuple[LogEntry, ...] = Field(min_length=1)
    data_protection: tuple[Protection, ...] = ()
    claims: tuple[Claim, ...] = ()


class InterviewGroup(Strict):
    """Interviews with one kind of informant; a phase or a purpose only where the source gives one."""

    id: Name
    number: int = Field(ge=1)
    who: Text
    phase: Name | None = None
    purpose: Text | None = None
    guide: Name | None = Field(default=None, description="The interview guide used, where there is one of the name.")
    core_groups: tuple[Name, ...] = ()
    note: Text | None = None


class Interviews(Strict):
    """The interviews (`interviews.yml`); their numbers add up to `total`."""

    total: int = Field(ge=1)
    phases: dict[Name, Text] = Field(default_factory=dict, description="The phases, in order.")
    note: Text | None = None
    groups: tuple[InterviewGroup, ...] = Field(min_length=1)


class Step(Worded):
    """An example, quoted, of what a core group has reached on one step of the staircase."""

    step: int = Field(ge=1)


class Problem(Worded):
    """What kind of problem a core group works on, in the source's words and with its hedges."""

    wicked: Literal["yes", "most", "no", "not_stated"] = Field(
        description="Whether the source calls it wicked; 'most': perhaps the most wicked of the groups."
    )


class CoreGroup(Strict):
    """One core group; `staircase` is None where the source has not assessed it."""

    id: Name
    name: Text
    also_called: tuple[Text, ...] = ()
    started: Annotated[str, Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2]))?$", description="A year, or year and month.")]
    lead: str = Field(description="The leading unit, by its `short` in the codebook.")
    members: tuple[str, ...] = Field(min_length=1, description="All member units, by `short`, the lead included.")
    others: tuple[Text, ...] = Field(default=(), description="Members that are no unit of the survey.")
    origin: Text | None = None
    purpose: Text
    problem: Problem
    secretariat: Text | None = None
    observations: tuple[Text, ...] = ()
    results: tuple[Text, ...] = ()
    limits: Text = Field(description="What the evidence does not bear.")
    staircase: tuple[Step, ...] | None = None

    @model_validator(mode="after")
    def _check(self) -> CoreGroup:
        if self.lead not in self.members:
            raise ValueError(f"the lead {self.lead} is not among the members {', '.join(self.members)}")
        return self


class Staircase(Strict):
    """The steps by which coordination is assessed, lowest first."""

    title: Text
    steps: tuple[Text, ...] = Field(min_length=1)


class CoreGroups(Strict):
    """The core groups (`core_groups.yml`)."""

    original_language: Language
    staircase: Staircase
    groups: tuple[CoreGroup, ...] = Field(min_length=1)


class Measure(Strict):
    """One measure, named by an option of the questionnaire."""

    option: Name
    status: Name
    note: Text | None = None


class Measures(Strict):
    """The measures of the strategy (`measures.yml`): the options of one tick-all-that-apply item, each once."""

    item: Name
    statuses: dict[Name, Text]
    measures: tuple[Measure, ...]


class Actor(Strict):
    """Someone with a role in the strategy."""

    id: Name
    name: Text
    role: Text
    unit: str | None = Field(default=None, description="The unit that it is, by its `short` in the codebook.")


class Actors(Strict):
    """The actors (`actors.yml`)."""

    actors: tuple[Actor, ...] = Field(min_length=1)


class Pair(Strict):
    """A goal of the questionnaire beside an ambition that an interview guide quotes."""

    goal: Name
    ambition: Text
    basis: Text


class Crosswalk(Strict):
    """Goals and ambitions side by side (`crosswalk.yml`); each ambition stands in the guide word for word."""

    item: Name
    guide: Name
    note: Text
    pairs: tuple[Pair, ...] = Field(min_length=1)


class Finding(Worded):
    """What the interviews tell of a theme, in the evaluators' own words; nobody is quoted."""

    id: Name
    theme: Name = Field(description="One of the plan's `themes`.")
    groups: tuple[Name, ...] = Field(
        default=(),
        description="The groups of `interviews.yml` that it rests on; left out where the source does not say.",
    )
    fit: Literal["confirmation", "expansion", "discordance"] | None = Field(
        default=None, description="How it stands to the survey: says the same, tells another side, or says otherwise."
    )
    basis: Text = Field(description="Where it stands, and whose words or judgement it is.")


class Findings(Strict):
    """Findings from the interviews, to stand beside the survey's figures of the same theme (`findings.yml`)."""

    least: int = Field(
        default=3, ge=2, description="The interviews that the groups of a finding hold together, at the least."
    )
    note: Text | None = None
    findings: tuple[Finding, ...] = ()


class CslName(Strict):
    """A person (`family`, `given`) or a body (`literal`), as in CSL-JSON."""

    family: str | None = None
    given: str | None = None
    literal: str | None = None

    @model_validator(mode="after")
    def _check(self) -> CslName:
        if (self.family is None) == (self.literal is None):
            raise ValueError("a name has either 'family' or 'literal'")
        return self


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


class NamedWork(Strict):
    """A work that the source names without listing it."""

    name: str
    by: str | None = None
    note: Text


class Literature(Strict):
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
    digests: dict[str, str] = Field(default_factory=dict, description="SHA-256 of files, by which a copy can be known.")


class Deletions(Strict):
    """The answers' deletion (`deletions.yml`, written by `make purge`)."""

    deletions: tuple[Deletion, ...] = Field(min_length=1)


FILES: dict[str, type[Strict]] = {
    "guides": Guides,
    "survey": AboutSurvey,
    "interviews": Interviews,
    "core_groups": CoreGroups,
    "measures": Measures,
    "actors": Actors,
    "crosswalk": Crosswalk,
    "findings": Findings,
    "literature": Literature,
    "deletions": Deletions,
}
"""The files of `appendices/`, without `.yml`, and what each holds."""
