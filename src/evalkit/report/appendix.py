"""The appendices of a study: their order, and what each consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import UsageError, nearest
from ..i18n import Locale, msg
from . import appendix_fieldwork as fieldwork
from . import appendix_subject as subject
from . import questionnaire as asked
from .appendix_blocks import Block, Paragraph
from .joint_display import joint_display
from .membership import seats
from .views import TableView

if TYPE_CHECKING:
    from ..release import Release


@dataclass(frozen=True)
class Section:
    """A section of the appendices.

    Parameters
    ----------
    name
        What notebooks ask for it by.
    level
        The level of its heading; 1 is an appendix.
    title
        Its heading (English; in the catalogue).
    absent
        What stands in its place where a study has none of it (English; in the catalogue).
    blocks
        Makes it; nothing where the study has none of it.
    """

    name: str
    level: int
    title: str
    absent: str
    blocks: Callable[[Release, Locale], Iterator[Block]]


SECTIONS = (
    Section(
        "guides",
        1,
        msg("Appendix 1: The interview guides"),
        msg("This study has no interview guides."),
        fieldwork.guides,
    ),
    Section(
        "survey",
        1,
        msg("Appendix 2: The survey"),
        msg("This study has no description of how its survey was done."),
        fieldwork.survey,
    ),
    Section(
        "questionnaire",
        2,
        msg("The questionnaire and the answers"),
        msg("This study has no questions."),
        asked.questionnaire,
    ),
    Section(
        "response",
        2,
        msg("Who answered"),
        msg("How many were invited is not known, so that no response rate can be shown."),
        asked.response,
    ),
    Section(
        "interviews", 1, msg("Appendix 3: The interviews"), msg("This study has no interviews."), fieldwork.interviews
    ),
    Section(
        "core_groups", 1, msg("Appendix 4: The core groups"), msg("This study has no core groups."), subject.core_groups
    ),
    Section("measures", 2, msg("The measures"), msg("This study has no list of measures."), subject.measures),
    Section("actors", 2, msg("The actors"), msg("This study has no list of actors."), subject.actors),
    Section(
        "crosswalk",
        2,
        msg("Goals and ambitions"),
        msg("This study has no goals and ambitions to compare."),
        subject.crosswalk,
    ),
    Section(
        "findings",
        1,
        msg("Appendix 5: Survey and interviews side by side"),
        msg("This study has no findings from interviews to set beside the survey."),
        joint_display,
    ),
    Section("literature", 1, msg("Literature"), msg("This study has no list of literature."), subject.literature),
)
"""The sections of the appendices, in order."""


def appendix_blocks(name: str, release: Release, locale: Locale) -> tuple[Block, ...]:
    """Return what a section of the appendices consists of; a sentence where the study has none of it.

    Parameters
    ----------
    name
        One of `SECTIONS`.
    release
        The protected tables of a study.
    locale
        The language.

    Raises
    ------
    UsageError
        When there is no such section.
    """
    known = {section.name: section for section in SECTIONS}
    if name not in known:
        raise UsageError("there is no such appendix", got=name, expected=", ".join(known), hint=nearest(name, known))
    blocks = tuple(known[name].blocks(release, locale))
    return blocks or (Paragraph(locale.text(known[name].absent), "note"),)


def appendix_summary(release: Release, locale: Locale) -> list[str]:
    """Return what the appendices show, in sentences whose numbers link to their tables; none where there is nothing to say."""
    return [said for part in (asked.answered, fieldwork.held, seats) for said in part(release, locale)]


def present_sections(release: Release, locale: Locale) -> dict[Section, tuple[Block, ...]]:
    """Return the sections that a study has with what they consist of, in order; an appendix also for what stands under it.

    Parameters
    ----------
    release
        The protected tables of a study.
    locale
        The language.
    """
    found: dict[Section, tuple[Block, ...]] = {}
    above = SECTIONS[0]
    for section in SECTIONS:
        above = section if section.level == 1 else above
        blocks = tuple(section.blocks(release, locale))
        if blocks and above not in found:
            found[above] = (Paragraph(locale.text(above.absent), "note"),)
        if blocks:
            found[section] = blocks
    return found


def appendix_tables(release: Release, locale: Locale) -> list[TableView]:
    """Return the tables of all sections, in order."""
    sections = present_sections(release, locale).values()
    return [block for blocks in sections for block in blocks if isinstance(block, TableView)]
