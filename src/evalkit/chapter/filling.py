"""Filling a chapter: every field looked up, every claim held against the numbers, everything accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import EvalkitError, StudyError, UsageError
from ..i18n import Locale
from ..release import Release
from ..study import Study
from .claims import Checked, Claim, check
from .fields import BY_DAY, Fields, Named, Number, Style, Value
from .shown import Shown
from .template import Placeholder, Result, Template


@dataclass(frozen=True)
class Filled:
    """A field, what it stood for, and what stands in its place now; of a reading, its numbers as plain values."""

    placeholder: Placeholder
    value: Value
    text: str
    numbers: tuple[dict[str, Any], ...] = ()

    def record(self) -> dict[str, Any]:
        """Return it as plain values."""
        about = self.value.record() if isinstance(self.value, Number) else {"field": self.value.name}
        if isinstance(self.value, Named):
            about |= {"table": self.value.target, "numbers": list(self.numbers)}
        return {**about, "place": self.placeholder.where, "text": self.text}


@dataclass(frozen=True)
class Chapter:
    """A filled chapter.

    Parameters
    ----------
    template
        The author's file.
    content
        The document's bytes: the same for the same release, template and language.
    filled
        Every field in the order of the document.
    checked
        Every claim in the order of the document.
    """

    template: Path
    content: bytes
    filled: tuple[Filled, ...]
    checked: tuple[Checked, ...]

    @property
    def withheld(self) -> tuple[Filled, ...]:
        """The fields whose number is hidden."""
        return tuple(one for one in self.filled if isinstance(one.value, Number) and one.value.hidden)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the author should look at: numbers that are withheld, and claims that are not borne out whatever is chosen."""
        hidden = [f"{one.placeholder.where}: {one.value.name} is withheld" for one in self.withheld]
        doubtful = [one for one in self.checked if one.verdict != "borne out"]
        return (*hidden, *(f"{one.where}: the claim `{one.claim.text}` is {one.verdict}" for one in doubtful))

    def record(self) -> dict[str, Any]:
        """Return what the chapter states, and where each number comes from, as plain values."""
        claims = [
            {"claim": one.claim.text, "sentence": one.sentence, "place": one.where, "verdict": one.verdict}
            | {"holds": one.holds, "certain": one.certain, "weighted": one.weighted, "readings": dict(one.readings)}
            | {"unasked": list(one.unasked)}
            for one in self.checked
        ]
        return {"template": self.template.name, "fields": [one.record() for one in self.filled], "claims": claims}


def fill_chapter(release: Release, path: Path, language: str | None = None) -> Chapter:
    """Fill an author's document from a release.

    Everything is looked up before anything is filled, so that every mistake is told at once.

    Parameters
    ----------
    release
        The protected tables of a study.
    path
        The document, with fields such as `{{ awareness.know.percent | interval }}` and claims such as
        `{% claim awareness.know.percent < 50 %}`.
    language
        One of the study's languages; its default when left out.

    Raises
    ------
    StudyError
        When the document cannot be read, or a field or claim in it is not understood: all of them at once, each with its
        place and the nearest valid name.
    """
    locale, template = Locale(release.study.language(language)), Template(path)
    shown, fields, claims = Shown(release, locale), *_looked_up(template, release.fields)
    results: dict[int, Result] = {claim.number: "" for claim, _ in claims}
    filled = tuple(_filled(one, value, style, shown, results) for one, value, style in fields)
    said = {number: result for number, result in results.items() if isinstance(result, str)}
    checked = tuple(check(claim, one.sentence(said), one.where, release, locale) for one, claim in claims)
    mark = locale.text("Synthetic data.") if release.study.synthetic else ""
    return Chapter(path, template.fill(results, locale, mark), filled, checked)


def check_chapter(study: Study, language: str | None = None) -> list[str]:
    """Check an author's document against the codebook and the plan, before there are answers.

    Parameters
    ----------
    study
        The study.
    language
        One of the study's languages; its default when left out.

    Returns
    -------
    list of str
        The names, each with its place, that only the answers can tell to be there: how many answered by day. All others are
        there, and fit where they stand; none where there is no chapter in that language.

    Raises
    ------
    StudyError
        As `fill_chapter` does: every mistake at once.
    """
    path = study.chapter(study.language(language))
    if path is None:
        return []
    fields, claims = _looked_up(Template(path), Fields(study))
    named = [(one, (value,)) for one, value, _ in fields] + [(one, claim.numbers) for one, claim in claims]
    return [f"{one.where}: {value.name}" for one, values in named for value in values if value.name.startswith(BY_DAY)]


def _looked_up(
    template: Template, fields: Fields
) -> tuple[list[tuple[Placeholder, Value, Style]], list[tuple[Placeholder, Claim]]]:
    """Return what the fields and the claims of a document stand for."""
    values, claims, errors = [], [], []
    for one in template.placeholders:
        try:
            if one.kind == "claim":
                claims.append((one, Claim.read(one.text.removeprefix("claim"), fields)))
            else:
                values.append((one, *_field(one, fields)))
        except EvalkitError as error:
            got = error.got or one.text
            errors.append(StudyError(error.what, where=one.where, got=got, expected=error.expected, hint=error.hint))
    StudyError.raise_all(errors)
    return values, claims


def _field(one: Placeholder, fields: Fields) -> tuple[Value, Style]:
    value, style = fields.read(one.text)
    if isinstance(value, Named) and value.kind != "sentence" and not one.takes_blocks:
        what = f"a {value.kind} stands in a paragraph of its own, in the text or in a cell of a table"
        raise UsageError(what, got=one.text)
    return value, style


def _filled(one: Placeholder, value: Value, style: Style, shown: Shown, results: dict[int, Result]) -> Filled:
    """Add to the results what stands in place of a field: a number, a fact, a reading, a table or a figure."""
    if isinstance(value, Named) and value.kind != "sentence":
        view = shown.table_view(value.target) if value.kind == "table" else shown.figure_view(value.target)
        results[one.number] = view
        return Filled(one, value, view.title)
    if isinstance(value, Named):
        text, numbers = shown.reading(value.target)
    else:
        text, numbers = value.written(shown.locale, style), ()
    results[one.number] = text
    return Filled(one, value, text, numbers)
