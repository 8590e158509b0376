"""The claims register: every number that a page states, where it stands, and whether it survives other choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from .views import anchor
from .weighted import weighted_share

if TYPE_CHECKING:
    from markupsafe import Markup

    from ..i18n import Locale
    from ..release import Release
    from ..study import Scale, Study
    from .distributions import Answers
    from .sentences import Claim


def claims_html(
    claims: Sequence[Claim],
    answers: Callable[[str], Answers],
    release: Release,
    numbers: Mapping[str, int],
    locale: Locale,
) -> Markup:
    """Return the register as a table: sentence, number, its table, and what it is by other choices.

    Parameters
    ----------
    claims
        In the order of the page.
    answers
        Gives the answers to a variable in all, for the other readings of its scale.
    release
        For shares with weights; a claim without one says so with a dash.
    numbers
        The numbers of the page's tables by id.
    locale
        The language.
    """
    from markupsafe import Markup

    if not claims:
        return Markup("<p>{}</p>").format(locale.text("This page states no numbers in sentences."))
    heads = (
        locale.text("Statement"),
        locale.text("Number"),
        locale.text("Stands in"),
        locale.text("With weights"),
        locale.text("By other readings of the scale"),
    )
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(text) for text in heads)
    body = Markup("").join(_row(claim, answers, release, numbers, locale) for claim in claims)
    return Markup(
        '<div class="table claims"><div class="scroll" role="region" tabindex="0" aria-labelledby="claims-caption"><table>'
        '<caption id="claims-caption"><span class="title">{}</span></caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
        '<span class="note">{}</span></div>'
    ).format(
        locale.text("The numbers that this page states in sentences"),
        head,
        body,
        locale.text("A dash: the choice does not arise, or the share is of a group."),
    )


def _row(
    claim: Claim, answers: Callable[[str], Answers], release: Release, numbers: Mapping[str, int], locale: Locale
) -> Markup:
    from markupsafe import Markup

    dash = "\N{EN DASH}"
    number = numbers.get(claim.table)
    where = locale.text("Table {number}", number=number) if number else claim.table
    with_weights = weighted_share(release, claim.variable, claim.codes) if claim.in_all else None
    others = other_readings(answers(claim.variable), claim) if claim.in_all else {}
    return Markup(
        '<tr><th scope="row">{}</th><td class="percent">{}</td><td><a href="{}">{}</a></td><td class="percent">{}</td><td>{}</td></tr>'
    ).format(
        claim.sentence,
        locale.percent(claim.measure.share),
        claim.href,
        where,
        dash if with_weights is None else locale.percent(with_weights),
        "; ".join(f"{label}: {dash if share is None else locale.percent(share)}" for label, share in others.items())
        or dash,
    )


def other_readings(answers: Answers, claim: Claim) -> dict[str, float | None]:
    """Return the share that a claim is about on each other reading of its scale, by the reading's name.

    Where a reading merges one of the claim's answers with another, the merged answer counts if all of it belongs to the claim,
    else as a whole if no answer is left otherwise.
    """
    scale = answers.study.codebook.variable(claim.variable).scale
    found: dict[str, float | None] = {}
    for name, read in scale.readings.items():
        codes = codes_by_reading(scale, name, claim.codes)
        found[read.label[answers.locale.language]] = answers.together(claim.variable, (), codes)
    return found


def codes_by_reading(scale: Scale, name: str, codes: Sequence[str]) -> tuple[str, ...]:
    """Return the answers that a claim about `codes` is about when the scale is read in another way."""
    merge = scale.readings[name].merge
    members: dict[str, list[str]] = {}
    for code in scale.codes:
        members.setdefault(merge.get(code, code), []).append(code)
    whole = [code for group in members.values() if set(group) <= set(codes) for code in group]
    touched = [code for group in members.values() if set(group) & set(codes) for code in group]
    ends = {scale.codes[0], scale.codes[-1]}
    both_ends = ends <= set(touched)
    return tuple(whole if both_ends or not touched else touched)


def claims_record(claim: Claim, study: Study) -> dict[str, object]:
    """Return a claim as plain values, for the build."""
    return {
        "study": study.name,
        "sentence": claim.sentence,
        "table": claim.table,
        "row": claim.row,
        "address": anchor("table", claim.table, claim.row),
        "variable": claim.variable,
        "answers": list(claim.codes),
        "share": claim.measure.share,
        "conf_low": claim.measure.low,
        "conf_high": claim.measure.high,
        "n": claim.measure.base,
    }
