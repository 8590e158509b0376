"""The appendices of a study: their order, and what each consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ...errors import one_of
from ...i18n import Locale, msg
from ...release import Release
from ..views import TableView
from . import fieldwork, subject
from . import questionnaire as asked
from .blocks import Block
from .joint_display import joint_display
from .membership import core_groups, seats


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
    made
        Makes it from what the study has of it, or from the release alone; nothing where there is none of it.
    of
        What of the study's appendices it shows; empty where it shows none of them.
    """

    name: str
    level: int
    title: str
    made: Callable[[Any, Release, Locale], Iterator[Block]]
    of: str = ""

    def blocks(self, release: Release, locale: Locale) -> tuple[Block, ...]:
        """Return what it consists of; nothing where the study has none of it."""
        found = getattr(release.study.appendices, self.of) if self.of else release.study.appendices
        return () if found is None else tuple(self.made(found, release, locale))


SECTIONS = (
    Section("guides", 1, msg("Appendix 1: The interview guides"), fieldwork.guides, "guides"),
    Section("survey", 1, msg("Appendix 2: The survey"), fieldwork.survey),
    Section("questionnaire", 2, msg("The questionnaire and the answers"), asked.questionnaire),
    Section("response", 2, msg("Who answered"), asked.response),
    Section("interviews", 1, msg("Appendix 3: The interviews"), fieldwork.interviews, "interviews"),
    Section("core_groups", 1, msg("Appendix 4: The core groups"), core_groups, "core_groups"),
    Section("measures", 2, msg("The measures"), subject.measures, "measures"),
    Section("actors", 2, msg("The actors"), subject.actors, "actors"),
    Section("crosswalk", 2, msg("Goals and ambitions"), subject.crosswalk, "crosswalk"),
    Section("findings", 1, msg("Appendix 5: Survey and interviews side by side"), joint_display, "findings"),
    Section("literature", 1, msg("Literature"), subject.literature, "literature"),
)
"""The sections of the appendices, in order."""


def appendix_blocks(name: str, release: Release, locale: Locale) -> tuple[Block, ...]:
    """Return what a section of the appendices consists of; nothing where the study has none of it.

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
    one_of(name, known, "appendix")
    return known[name].blocks(release, locale)


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
        if blocks := section.blocks(release, locale):
            found.setdefault(above, ())
            found[section] = blocks
    return found


def appendix_tables(release: Release, locale: Locale) -> list[TableView]:
    """Return the tables of all sections, in order."""
    sections = present_sections(release, locale).values()
    return [block for blocks in sections for block in blocks if isinstance(block, TableView)]
