"""What a synthetic export is made from: `synthesis.yml` beside the study's own files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import isclose
from operator import attrgetter
from string import Formatter
from typing import Annotated

from pydantic import Field

from ..errors import StudyError
from ..study import Study
from ..study.checks import read_model
from ..study.words import Code, Name, Strict
from ..study.yaml_source import YamlSource

FILE = "synthesis.yml"
Share = Annotated[float, Field(ge=0, le=1)]
Effects = dict[Name, dict[Code, float]]
"""What each level of each group adds to a linear predictor; a level that is not named adds 0."""


class Totals(Strict):
    """How many answer by category of one item, where the numbers are forced."""

    item: Name
    counts: dict[Code, Annotated[int, Field(ge=0)]]


class Response(Strict):
    """Who answers: the logit of a person's propensity is `intercept` plus the effects."""

    intercept: float
    effects: Effects = Field(default={})
    totals: Totals | None = None


class Answer(Strict):
    """One variable's cumulative link model: logit P(Y <= j) = threshold_j - effects, low to high.

    `loadings` (on factors that answers share) make a person's answers hang together; they leave the model as it is.
    """

    thresholds: tuple[float, ...] = Field(min_length=1)
    effects: Effects = Field(default={})
    loadings: dict[Name, float] = Field(default={})
    missing: dict[Code, Share] = Field(default={})
    """Shares of missing answers and of `blank`."""

    def _faults(self) -> Iterator[str]:
        """Find numbers that no model has."""
        if sum(load**2 for load in self.loadings.values()) >= 1:
            yield "the squared loadings reach 1"
        if sum(self.missing.values()) > 1:
            yield "the missing shares exceed 1"
        if list(self.thresholds) != sorted(set(self.thresholds)):
            yield "the thresholds do not rise"


class Timing(Strict):
    """When the answers come in."""

    waves: tuple[Annotated[float, Field(gt=0)], ...] = Field(min_length=1)
    """Share of the answers that follows the start and each reminder."""
    daily_decay: Share = 0.5
    """What is left of a wave's pace after each day."""
    quiet_days: tuple[date, ...] = ()
    """Days like Sundays."""
    quiet: Share = 0.05
    """The pace of such a day, and of weekends."""
    minutes: float = Field(default=6, gt=0)
    """The median time an answer takes."""


class Rows(Strict):
    """Rows of an export that are no answers, as whole numbers, and how untidy the cells are, as shares of cells."""

    tests: int = Field(default=0, ge=0)
    late: int = Field(default=0, ge=0)
    excluded: dict[Name, int] = Field(default={})
    """How many rows by reason of exclusion."""
    break_offs: int = Field(default=0, ge=0)
    empty: int = Field(default=0, ge=0)
    """Sent without an answer to any question."""
    returned: Share = 0
    """Share of the break-offs by people who answered later, with the same id."""
    duplicates: int = Field(default=0, ge=0)
    """Answers sent twice."""
    partial: Share = 0
    """Share of the answers that stop before the last question and count."""
    stray_space: Share = 0
    letter_case: Share = 0
    aliases: Share = 0
    """How often an alias is written where a category has one."""
    text_dates: Share = 0
    """Share of rows whose dates are texts, not date cells."""


class Wording(Strict):
    """What stands in the columns that are no questions; `{number}` and groups such as `{ministry}` may be used."""

    id: str
    break_off: str
    """The status of a break-off."""
    otherwise: dict[Name, str] = Field(default={})
    """By reason of exclusion: what stands there for the others."""
    other_columns: dict[str, str] = Field(default={})
    """Columns that the study drops, or does not name."""


class Synthesis(Strict):
    """All of `synthesis.yml`."""

    seed: int = Field(ge=0)
    shares: dict[Name, dict[Code, Share]] = Field(default={})
    """Groups that the frame does not hold."""
    blank: dict[Name, Share] = Field(default={})
    """Shares of blanks in the groups."""
    response: Response
    answers: dict[Name, Answer]
    timing: Timing
    rows: Rows
    wording: Wording

    def _faults(self) -> Iterator[str]:
        """Find shares that are not of all."""
        sums = {name: sum(shares.values()) for name, shares in self.shares.items()}
        yield from (
            f"the shares of {name} do not add up: {total:g}" for name, total in sums.items() if not isclose(total, 1)
        )


def load_synthesis(study: Study) -> Synthesis:
    """Read the parameters of a study's synthetic export.

    Raises
    ------
    StudyError
        Listing every mistake in the file, with its place.
    """
    problems: list[StudyError] = []
    synthesis, source = read_model(Synthesis, study.folder / FILE, problems)
    if synthesis is not None:
        problems += _problems(synthesis, study, source)
    if problems or synthesis is None:
        raise StudyError.several(problems)
    return synthesis


def group_names(study: Study, synthesis: Synthesis) -> list[str]:
    """Return the groups that people belong to before they answer: the frame's, then those drawn by shares."""
    return [*study.frame_groups, *synthesis.shares]


def _problems(synthesis: Synthesis, study: Study, source: YamlSource) -> Iterator[StudyError]:
    """Find what the study lacks for an export to be made of it, and what its files do not bear out."""
    export, known, wording = study.export, study.codebook.variables, synthesis.wording
    for key in ("frame", "fieldwork", "export.id", "export.started", "export.submitted", "export.status"):
        if attrgetter(key)(study) is None:
            what = "the study lacks what a synthetic export needs"
            yield source.wrong((), what, expected=f"a key '{key}' in study.yml")
    groups = {name: known[name].scale.codes for name in group_names(study, synthesis) if name in known}
    answered = [v.name for v in known.values() if v.printed and v.name not in groups]
    reasons, fields = [exclusion.reason for exclusion in export.exclude], ["number", *study.groups]
    texts = {"id": wording.id, **wording.other_columns}
    shared = {name: known[name].scale.codes for name in study.groups}
    yield from source.unknown_answers(("shares",), synthesis.shares, shared)
    yield from source.unknown(("blank",), synthesis.blank, groups)
    yield from source.unknown(("answers",), synthesis.answers, answered)
    yield from source.unknown_answers(("response", "effects"), synthesis.response.effects, groups)
    yield from source.unknown(("rows", "excluded"), synthesis.rows.excluded, reasons)
    yield from source.unknown(("wording", "otherwise"), wording.otherwise, reasons)
    named = {field for text in texts.values() for _, field, _, _ in Formatter().parse(text) if field is not None}
    yield from source.unknown(("wording",), named, fields)
    for name in answered:
        if name not in synthesis.answers:
            yield source.wrong(("answers",), "a variable has no model", expected=name)
            continue
        place, answer, number = ("answers", name), synthesis.answers[name], len(known[name].scale.codes) - 1
        if len(answer.thresholds) != number:
            what, got = "the thresholds do not fit the scale", len(answer.thresholds)
            yield source.wrong((*place, "thresholds"), what, got=got, expected=f"{number} increasing numbers")
        yield from source.unknown((*place, "missing"), answer.missing, known[name].missing_codes)
        yield from source.unknown_answers((*place, "effects"), answer.effects, groups)
    waves = 1 + len(study.fieldwork.reminders) if study.fieldwork else 0
    if len(synthesis.timing.waves) != waves:
        what, expected = "the waves do not fit the fieldwork", f"{waves}: one for the start, one for each reminder"
        yield source.wrong(("timing", "waves"), what, got=f"{len(synthesis.timing.waves)}", expected=expected)
