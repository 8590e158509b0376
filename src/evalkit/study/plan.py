"""The study plan: what `study.yml` says about the fieldwork, the export, the models and what is published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from .codebook import Condition
from .derived import Derived
from .words import Code, Columns, Filled, Name, Strict, Term, Text

Language = Literal["nb", "en"]


class Fieldwork(Strict):
    """When the survey was open, and when those who had not answered were reminded."""

    start: date
    end: date
    reminders: tuple[date, ...] = ()
    note: Text | None = None
    """What a reader should know about the dates."""

    def _faults(self) -> Iterator[str]:
        """Find days in the wrong order."""
        if self.end < self.start:
            yield "the fieldwork ends before it starts"
        elif any(not self.start <= day <= self.end for day in self.reminders):
            yield "a reminder lies outside the fieldwork"


class Status(Strict):
    """The column that says how far a respondent came, and which of its values mean a complete answer."""

    column: Filled
    complete: tuple[Filled, ...] = Field(min_length=1)
    partial: tuple[Filled, ...] = ()
    """Values kept although the questionnaire was not finished."""


class Exclusion(Strict):
    """Rows that are set aside because a column has one of these values."""

    column: Filled
    values: tuple[Filled, ...] = Field(min_length=1)
    reason: Name
    label: Text


class Inclusion(Strict):
    """Rows that are kept because a column has one of these values; all others are set aside."""

    column: Filled
    values: tuple[Filled, ...] = Field(min_length=1)
    reason: ClassVar = "not_included"


_DATABASE = re.compile(r"duckdb:///([^?]+)\?table=(.+)")
SPARK = "spark:///"
"""What the name of files begins with that Spark reads."""


class Export(Strict):
    """The file or table with the answers, and what its columns are for."""

    file: Filled | None = None
    table: Filled | None = None
    """In the place of `file`, answers that are counted where they are: `duckdb:///answers.duckdb?table=answers`, or files such as `answers/*.parquet`, `answers-*.csv`; with `spark:///` before them they are read by Spark."""
    id: Filled | None = None
    started: Filled | None = None
    submitted: Filled | None = None
    status: Status | None = None
    drop: tuple[Filled, ...] = ()
    """Columns never read: identifiers and free text."""
    count: Filled | None = None
    exclude: tuple[Exclusion, ...] = ()
    include: tuple[Inclusion, ...] = ()
    """Only rows that fit all of these are kept."""
    sheet: Filled | None = None
    header_rows: int | None = Field(default=None, ge=1, le=9)
    """How many rows of headings there are, where it is not found out rightly."""
    dates: Literal["day_first", "month_first"] | None = None
    """The order of dates such as 03/04/2024, where the column does not tell."""
    missing: tuple[Filled, ...] = ()
    """Texts that stand for an empty cell in every column."""
    against_routing: Literal["drop", "keep"] = "drop"
    """Answers to questions that `asked_if` says were not asked: left out, or kept as they are."""
    duplicates: Literal["refuse", "latest"] = "refuse"
    """Rows of one respondent that are equally complete and differ: an error, or the last one is kept."""

    def _faults(self) -> Iterator[str]:
        """Find what is neither a file nor a table, and keys of the one with the other."""
        if (self.file is None) == (self.table is None):
            yield "the answers are in a 'file', or in a 'table': one of the two is needed"
        elif self.table is not None:
            if not _DATABASE.fullmatch(self.table) and not self.table.endswith((".parquet", ".csv")):
                expected = "duckdb:///answers.duckdb?table=answers, answers/*.parquet or answers/*.csv"
                yield f"this is no table: expected {expected}"
            for key in ("sheet", "header_rows", "count"):
                if getattr(self, key) is not None:
                    yield f"a table has no '{key}': it is a key of 'file'"

    @property
    def rules(self) -> tuple[Exclusion | Inclusion, ...]:
        """By which rows are set aside, in order."""
        return (*self.exclude, *self.include)

    @property
    def source(self) -> str:
        """The file with the answers, or the files that the table is of, as the study's folder has them."""
        database = _DATABASE.fullmatch(self.table or "")
        return database[1] if database else str(self.table or self.file).removeprefix(SPARK)

    @property
    def table_name(self) -> str | None:
        """The table of a database; None of files."""
        database = _DATABASE.fullmatch(self.table or "")
        return database[2] if database else None


class Design(Strict):
    """How those who were asked were drawn, where not everybody was, and what each of them stands for.

    Examples
    --------
    >>> Design(weight="Weight", strata=["Region"], lonely="adjust").strata
    ('Region',)
    """

    weight: Filled | None = None
    """The column of sampling weights."""
    strata: Columns | None = None
    """The columns, or items, whose crossing is the strata."""
    cluster: Columns | None = None
    """The columns, or items, whose crossing is what was drawn."""
    fpc: Filled | None = None
    """The column of how many there are in the stratum (clusters, where these were drawn); `population`: the frame says."""
    rake: tuple[Name, ...] = ()
    """Groups of the frame that the weights are raked to."""
    trim: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(gt=1)]] | None = None
    """The least and the most a weight may be, as multiples of the mean weight."""
    lonely: Literal["fail", "adjust", "certainty"] = "fail"
    """What the variance of a stratum with one unit is: unknown, its distance from the mean, or none."""

    def _faults(self) -> Iterator[str]:
        """Find what names nothing, or does not go together."""
        if not (self.weight or self.strata or self.cluster or self.rake or self.fpc):
            yield "a design names a weight, strata, clusters, a population or groups to rake to"
        if self.fpc == "population" and self.cluster:
            yield "the frame counts people, and clusters were drawn: name a column in `fpc`"
        if self.trim is not None and not (self.weight or self.rake):
            yield "there are no weights to trim"

    @property
    def columns(self) -> dict[str, str]:
        """What it reads of the export or of the items, each with what for."""
        named = {"the strata": self.strata, "the clusters": self.cluster, "the weights": self.weight and (self.weight,)}
        if self.fpc != "population":
            named["the strata's sizes"] = self.fpc and (self.fpc,)
        return {column: use for use, columns in named.items() for column in columns or ()}


class Publication(Strict):
    """One published table: an item in all (`by: []`) or by one or more groups."""

    item: str
    by: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The table's id: `belonging`, `belonging_by_ministry`, `belonging_by_ministry_role`."""
        return self.item + ("_by_" + "_".join(self.by) if self.by else "")


class Headline(Strict):
    """A figure the report opens with: the share that gave one of some answers, and what is concluded from it."""

    item: str
    categories: tuple[Code, ...] = Field(min_length=1)
    label: Text
    above: float | None = Field(default=None, ge=0, le=1)
    """The conclusion declared: the share is above this."""
    below: float | None = Field(default=None, ge=0, le=1)
    """The conclusion declared: the share is below this."""


class Models(Strict):
    """How levels that may not be modelled on their own are handled before fitting."""

    small_levels: Literal["drop", "merge"] = "drop"
    other_label: Text | None = None
    """The label of merged levels."""
    unit_predictor: Name | None = None
    """A column of numbers of the frame that tells something of each unit."""
    unit_predictor_label: Text | None = None
    """What that number is, as it stands inside a sentence; its name when left out."""
    without: str | None = None
    """A unit without which models are fitted again, as another choice."""


class DisclosureRule(Strict):
    """Which counts are hidden, and how wide a hidden count's interval has to be.

    A group of fewer than `base` is hidden with all its answers. `cell`, where set, hides single counts from 1 to
    `cell - 1`. Items in `unanimity` hide the distribution of a group in which all, or all but one, gave one answer
    (for ticks only 'ticked' counts). Whatever is hidden must be left with an interval of at least `width`.

    Examples
    --------
    >>> DisclosureRule(base=5, width=3).base
    5
    """

    base: int = Field(default=5, ge=1)
    cell: int | None = Field(default=None, ge=1)
    width: int = Field(default=3, ge=1)
    unanimity: tuple[str, ...] = ()


class Plan(Strict):
    """All of `study.yml`."""

    study: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    title: Text
    synthetic: bool
    languages: tuple[Language, ...] = Field(min_length=1)
    """The first is the default."""
    subtitle: Text | None = None
    description: Text | None = None
    """What the survey is, in one paragraph."""
    population: Text | None = None
    """Who was asked, for captions."""
    source: Text | None = None
    """Where the answers come from, for captions."""
    fieldwork: Fieldwork | None = None
    invited: int | None = Field(default=None, ge=1, le=10**9)
    base: int | None = Field(default=None, ge=1, le=10**9)
    """The number that rates are over, when it differs from `invited`."""
    base_note: Text | None = None
    """What is known of the difference between the two."""
    export: Export
    frame: Filled | None = None
    design: Design | None = None
    """How those who were asked were drawn; else all were."""
    groups: tuple[Name, ...] = ()
    unit: Name | None = None
    outcomes: tuple[Name, ...] = ()
    predictors: tuple[Term, ...] = ()
    """Variables, and pairs of them whose effects depend on each other (`role:section`)."""
    themes: dict[Name, Text] = Field(default_factory=dict)
    """The themes of the survey, in the order of the page."""
    tables: tuple[Publication, ...] | None = None
    """What is published; by default every item in all and by each group."""
    crossings: tuple[Publication, ...] = ()
    """What is published beside `tables`."""
    derived: dict[Name, Derived] = Field(default_factory=dict)
    """Variables that are made of others, and are then items like others."""
    subgroups: dict[Name, Condition] = Field(default_factory=dict)
    """Those who gave some answers, held against everybody else like a group."""
    headlines: tuple[Headline, ...] = ()
    models: Models = Models()
    answers: Literal["public"] | None = None
    """`public` where anybody has the answers: models are then fitted on them as they are."""
    disclosure: DisclosureRule = DisclosureRule()
    pages: tuple[Filled, ...] = ()
    """Notebooks that are published beside the shipped ones, such as `05_mine`."""
    licence: str | None = None
    citation: str | None = None

    @field_validator("languages")
    @classmethod
    def _each_once(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(languages)) != len(languages):
            raise ValueError("a language stands twice")
        return languages
