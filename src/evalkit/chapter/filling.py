"""Filling a chapter: every field looked up, every claim held against the numbers, everything accounted for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..chapter.fields import FILTERS, Fact, Named, Number, Style
from ..errors import EvalkitError, StudyError, UsageError, nearest
from ..i18n import Locale
from .assertions import Assertion, Checked, check, parsed
from .objects import Objects
from .placeholders import Placeholder
from .template import Template

if TYPE_CHECKING:
    from ..chapter.fields import Value
    from ..release import Release
    from ..report.sentences import Claim


@dataclass(frozen=True)
class Filled:
    """A field, what it stood for, and what stands in its place now; the numbers of a sentence with it."""

    placeholder: Placeholder
    value: Value
    text: str
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """A filled chapter.

    Parameters
    ----------
    template
        The name of the author's file.
    content
        The document's bytes: the same for the same release, template and language.
    filled
        Every field in the order of the document.
    checked
        Every claim in the order of the document.
    """

    template: str
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
        claims = [
            f"{one.where}: the claim `{one.assertion.text}` is {one.verdict}"
            for one in self.checked
            if one.verdict != "borne out"
        ]
        return (*hidden, *claims)

    def record(self) -> dict[str, Any]:
        """Return what the chapter states, and where each number comes from, as plain values."""
        return {
            "template": self.template,
            "fields": [_filled_record(one) for one in self.filled],
            "claims": [_checked_record(one) for one in self.checked],
        }


def _filled_record(one: Filled) -> dict[str, Any]:
    about = one.value.record() if isinstance(one.value, Number) else {"field": one.value.name}
    if isinstance(one.value, Named):
        about |= {"table": one.value.target, "numbers": [_claim_record(claim) for claim in one.claims]}
    return {**about, "place": one.placeholder.where, "text": one.text}


def _claim_record(claim: Claim) -> dict[str, Any]:
    found = claim.measure
    return {
        "table": claim.table,
        "row": claim.row,
        "variable": claim.variable,
        "answers": list(claim.codes),
        "value": found.share,
        "conf_low": found.low,
        "conf_high": found.high,
        "n": found.base,
    }


def _checked_record(one: Checked) -> dict[str, Any]:
    return {
        "claim": one.assertion.text,
        "sentence": one.sentence,
        "place": one.where,
        "verdict": one.verdict,
        "holds": one.holds,
        "certain": one.certain,
        "weighted": one.weighted,
        "readings": one.readings,
    }


def fill_chapter(release: Release, path: Path, language: str | None = None) -> Chapter:
    """Fill an author's document from a release.

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
    return _Filling(release, path, Locale(release.study.language(language))).done()


class _Filling:
    """Fills one document."""

    def __init__(self, release: Release, path: Path, locale: Locale) -> None:
        self.release, self.path, self.locale = release, path, locale
        self.template = Template(path)
        self.fields = release.fields
        self.objects = Objects(release, locale)

    def done(self) -> Chapter:
        """Look everything up first, so that every mistake is told at once; then fill."""
        placeholders = self.template.placeholders
        found = [(one, *self._looked_up(one)) for one in placeholders]
        errors = [error for _, _, error in found if error is not None]
        if errors:
            raise StudyError.several(errors)
        filled = tuple(self._filled(one, *value) for one, value, _ in found if isinstance(value, tuple))
        checked = tuple(self._checked(one, value) for one, value, _ in found if isinstance(value, Assertion))
        if self.release.study.synthetic:
            self.template.mark(self.locale.text("Synthetic data."))
        return Chapter(self.path.name, self.template.content(), filled, checked)

    def _looked_up(self, one: Placeholder) -> tuple[tuple[Value, Style] | Assertion | None, StudyError | None]:
        """Return what a placeholder stands for, or what is wrong with it."""
        try:
            if one.kind == "claim":
                return parsed(one.text.removeprefix("claim"), self.fields), None
            return self._field(one), None
        except EvalkitError as error:
            got = error.got or one.text
            return None, StudyError(error.what, where=one.where, got=got, expected=error.expected, hint=error.hint)

    def _field(self, one: Placeholder) -> tuple[Value, Style]:
        name, *filters = (part.strip() for part in one.text.split("|"))
        value, style = self.fields[name], _style(filters)
        if isinstance(value, Named):
            if style != Style():
                raise UsageError(
                    f"a {value.kind} has no filters", got=one.text, hint="leave out what stands behind `|`"
                )
            if value.kind != "sentence" and (not one.alone or one.holder not in {"body", "cell"}):
                raise UsageError(
                    f"a {value.kind} stands in a paragraph of its own, in the text or in a cell of a table",
                    got=one.text,
                )
        else:
            value.written(self.locale, style)  # a filter that does not fit is a mistake to be told now
        return value, style

    def _filled(self, one: Placeholder, value: Value, style: Style) -> Filled:
        if isinstance(value, Number | Fact):
            text = value.written(self.locale, style)
        elif value.kind == "sentence":
            return self._read(one, value)
        else:
            return Filled(one, value, self._shown(one, value))
        self.template.say(one, text)
        return Filled(one, value, text)

    def _read(self, one: Placeholder, value: Named) -> Filled:
        """Put sentences in their place."""
        sentences = self.objects.sentences(value)
        text = " ".join(str(sentence.html.striptags()) for sentence in sentences)
        self.template.say(one, text)
        return Filled(one, value, text, tuple(claim for sentence in sentences for claim in sentence.claims))

    def _shown(self, one: Placeholder, value: Named) -> str:
        """Put a table or figure in its place, and return its title."""
        if value.kind == "table":
            table = self.objects.table(value)
            self.template.put_table(one, table, self.locale)
            return table.title
        figure = self.objects.figure(value)
        self.template.put_figure(one, figure, self.locale)
        return figure.title

    def _checked(self, one: Placeholder, assertion: Assertion) -> Checked:
        """Take a claim out of the document and check it; its sentence is told as it stands when filled."""
        self.template.drop(one)
        return check(assertion, self.template.sentence(one), one.where, self.release, self.locale)


def _style(filters: Sequence[str]) -> Style:
    """Return how a number is to be written.

    Raises
    ------
    UsageError
        When a filter is not known, or lacks its number.
    """
    asked: dict[str, Any] = {}
    for text in filters:
        name, *rest = re.findall(r"[\w-]+", text) or [""]
        if name not in FILTERS:
            raise UsageError(
                "there is no such filter", got=text, expected=", ".join(FILTERS), hint=nearest(name, FILTERS)
            )
        numbers = [part for part in rest if part.isdigit()]
        if len(rest) != len(numbers) or len(numbers) != (name == "decimals"):
            raise UsageError("this filter is not understood", got=text, expected=f"`{name}`: {FILTERS[name]}")
        asked[name] = int(numbers[0]) if numbers else True
    return Style(**asked)
