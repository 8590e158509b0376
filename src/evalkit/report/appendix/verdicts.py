"""What a source says of a survey's answers, and whether the answers bear it out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...i18n import Locale, msg
from ..captions import source_notes
from ..labels import Labels
from ..views import Column, Row, TableView
from .blocks import Layout

if TYPE_CHECKING:
    from ...release import Release
    from ...study.appendices import AboutSurvey, ClaimTest

CLAIMS = Layout(
    "source_claims",
    msg("What the source says of the answers"),
    msg("Claim"),
    (Column("verdict", msg("Verdict")), Column("found", msg("In the answers"))),
)
VERDICTS = {True: msg("Holds"), False: msg("Does not hold"), None: msg("Cannot be told")}


def claims_table(found: AboutSurvey, release: Release, locale: Locale) -> Iterator[TableView]:
    """Return the claims of a source, each with its verdict; nothing where it makes none."""
    rows = []
    for claim in found.claims:
        verdict, said = judged(claim.test, release, locale) if claim.test else (None, locale.text("Not tested."))
        rows.append(Row(claim.id, claim.label(locale.language), (locale.text(VERDICTS[verdict]), said)))
    if rows:
        yield CLAIMS.table(rows, locale, source_notes(release.study, locale))


def judged(test: ClaimTest, release: Release, locale: Locale) -> tuple[bool | None, str]:
    """Return whether the answers bear a claim out, None where a count is hidden, and what was found.

    Shares are of those who named a group; a claim of shares holds where none differs by more than `test.within`.
    """
    study = release.study
    table = release.response(test.item)  # there also where the item has no table of its own
    codes = study.codebook.variable(test.item).scale.codes
    counts = {code: table.count({test.item: code}) for code in codes}
    known = {code: count for code, count in counts.items() if count is not None}
    if test.kind == "every":
        n = sum(count > 0 for count in known.values())
        said = locale.text("Answers from {n} of {all}.", n=locale.number(n), all=locale.number(len(codes)))
        return (n == len(codes) if len(known) == len(counts) else None), said
    total = sum(known.values())
    if len(known) < len(counts) or not total:
        return None, locale.text("A number is hidden.")
    people = {code: study.population({test.item: code}) or 0 for code in codes}
    claimed = test.shares or {code: number / sum(people.values()) for code, number in people.items()}
    shares = {code: known.get(code, 0) / total for code in claimed}
    furthest = max(claimed, key=lambda code: abs(shares[code] - claimed[code]))
    said = locale.text(
        "{label}: {share} of the answers, {claimed} by the claim; no other share differs more.",
        label=Labels(study, locale).level(test.item, furthest),
        share=locale.percent(shares[furthest], 1),
        claimed=locale.percent(claimed[furthest], 1),
    )
    return abs(shares[furthest] - claimed[furthest]) <= test.within, said
