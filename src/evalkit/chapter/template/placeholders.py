"""Finding the placeholders of an author's document, `{{ field }}` and `{% claim ... %}`, wherever they stand, and the sentences beside them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, NamedTuple

from ...errors import EvalkitError, StudyError
from .paragraphs import StyleNames, neighbour, text_of
from .stories import Holder, Story, Whereabouts, cut, unreachable

Kind = Literal["field", "claim"]

_TOKEN = re.compile(r"\{\{|\}\}|\{%|%\}")
_PAIR = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_CLOSING = {"{{": "}}", "{%": "%}"}
_PLAIN = str.maketrans(
    dict.fromkeys("–—−\N{NON-BREAKING HYPHEN}\N{HYPHEN}", "-")
    | dict.fromkeys(
        "\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NON-JOINER}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}", ""
    )
)
"""What a word processor makes of what was typed."""
_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+")
_OPENING = "\"'“‘«(["
_SHORT = re.compile(
    r"bl\.a|f\.eks|gj\.sn|[ei]\.[eg]|ca|nr|jfr?|kap|pkt|evt|inkl|ekskl|st|dr|fig|tab|kl|mill|mrd|cf|approx|no|vs|dvs|iht",
    re.I,
)
"""Shortened words after which a sentence goes on."""


class Braces(NamedTuple):
    """A pair of braces in the text of a paragraph, from one character to before another, and what stands inside of it."""

    kind: Kind
    paragraph: Any
    start: int
    end: int
    raw: str


@dataclass(frozen=True)
class Placeholder:
    """A place that an author left for a result.

    Parameters
    ----------
    number
        Its place in the document, from 1.
    braces
        Where it stands.
    where
        The same as a message says it.
    alone
        Whether it is the only text of its paragraph.
    holder
        What it stands in.
    beside, step
        The paragraph that it speaks of: its own, or that before (-1) or after (1) it.
    around
        The placeholders in that paragraph by number.
    """

    number: int
    braces: Braces = field(repr=False)
    where: str
    alone: bool
    holder: Holder
    beside: str = field(repr=False)
    step: int = field(repr=False)
    around: Mapping[int, Braces] = field(repr=False)

    @property
    def kind(self) -> Kind:
        """A field `{{ }}` or a claim `{% %}`."""
        return self.braces.kind

    @property
    def text(self) -> str:
        """What stands inside of the braces, with plain dashes and spaces."""
        return plain(self.braces.raw)

    @property
    def takes_blocks(self) -> bool:
        """Whether a table or a figure can stand in its place."""
        return self.alone and self.holder in {"body", "cell"}

    def sentence(self, said: Mapping[int, str]) -> str:
        """Return the sentence that a claim stands beside.

        Parameters
        ----------
        said
            What fields became, by their numbers: an ellipsis where that is no text.
        """
        text, at, place = "", 0, 1
        for number, braces in self.around.items():
            text += self.beside[at : braces.start]
            at = braces.end
            place = len(text.rstrip()) if braces is self.braces else place
            if braces.kind == "field":
                text += said.get(number, "…")
            elif text.endswith(" ") and self.beside[at : at + 1] in {"", " "}:
                text = text[:-1]
        text += self.beside[at:]
        return sentence_at(text, len(text.rstrip()) if self.step < 0 else place)


def find_placeholders(document: Any, texts: Sequence[Story], styles: StyleNames, file: str) -> list[Placeholder]:
    """Return the placeholders of a document in order.

    Raises
    ------
    StudyError
        When braces are not closed, or stand where nothing is filled: everything that is wrong at once.
    """
    found: list[Placeholder] = []
    problems: list[EvalkitError] = []
    for story in texts:
        reader = _Reader(Whereabouts(document, story, styles, file), len(found) + 1)
        found += reader.placeholders()
        problems += reader.problems
    for text in unreachable(document, [story.root for story in texts]):
        if _TOKEN.search(text):
            what = "a placeholder stands where nothing is filled: a chart, a diagram, an alternative text, a link or the properties"
            problems.append(StudyError(what, where=file, got=cut(text, 0), hint="write it in a paragraph"))
    StudyError.raise_all(problems)
    return found


class _Reader:
    """Reads one text of a document, whose first placeholder has a given number."""

    def __init__(self, places: Whereabouts, first: int) -> None:
        self.places, self.problems = places, list[EvalkitError]()
        numbers = count(first)
        self.braces = {
            paragraph: {next(numbers): braces for braces in self._braces(paragraph)} for paragraph in places.paragraphs
        }

    def placeholders(self) -> Iterator[Placeholder]:
        """Go through the text's placeholders."""
        for found in self.braces.values():
            yield from (self._placeholder(number, braces) for number, braces in found.items())

    def _braces(self, paragraph: Any) -> list[Braces]:
        """Return the braces of a paragraph; what is wrong with them goes to the problems, once."""
        text, found, opened = text_of(paragraph), list[Braces](), None
        for token in _TOKEN.finditer(text):
            if opened is None and token[0] in _CLOSING:
                opened = token
            elif opened is not None and token[0] == _CLOSING[opened[0]]:
                kind: Kind = "field" if opened[0] == "{{" else "claim"
                found.append(Braces(kind, paragraph, opened.start(), token.end(), text[opened.end() : token.start()]))
                opened = None
            else:
                self._unpaired(paragraph, opened or token)
                opened = token if token[0] in _CLOSING else None
        if opened is not None:
            self._unpaired(paragraph, opened)
        for braces in found:
            self._check(braces)
        return found

    def _unpaired(self, paragraph: Any, token: re.Match[str]) -> None:
        other = _CLOSING.get(token[0]) or next(a for a, b in _CLOSING.items() if b == token[0])
        self._problem(f"'{token[0]}' stands without '{other}' in its paragraph", paragraph, token.start())

    def _check(self, braces: Braces) -> None:
        """Report braces that hold nothing, or a tag other than a claim."""
        first = next(iter(plain(braces.raw).split()), None)
        if first is None:
            self._problem("nothing stands between the braces", braces.paragraph, braces.start)
        elif braces.kind == "claim" and first != "claim":
            what, expected = "there is no such tag", "{% claim ... %}"
            self._problem(what, braces.paragraph, braces.start, got=first, expected=expected)

    def _problem(self, what: str, paragraph: Any, start: int, **parts: str) -> None:
        self.problems.append(StudyError(what, where=self.places.where(paragraph, start), **parts))

    def _placeholder(self, number: int, braces: Braces) -> Placeholder:
        text, paragraph = text_of(braces.paragraph), braces.paragraph
        alone = not (text[: braces.start] + text[braces.end :]).strip()
        where, holder = self.places.where(paragraph, braces.start, braces.end), self.places.holder(paragraph)
        beside, step = self._beside(paragraph) if alone and braces.kind == "claim" else (paragraph, 0)
        return Placeholder(number, braces, where, alone, holder, text_of(beside), step, self.braces[beside])

    def _beside(self, paragraph: Any) -> tuple[Any, int]:
        """Return the text that a claim in a paragraph of its own stands beside: before it (-1), or after it below a heading (1)."""
        for step in (-1, 1):
            other = neighbour(paragraph, step)
            while other is not None and not _PAIR.sub("", text_of(other)).strip():
                other = neighbour(other, step)
            if other is not None and self.places.styles.level(other) is None:
                return other, step
        return paragraph, 0


def plain(text: str) -> str:
    """Return a text as typed: with plain spaces and dashes."""
    return re.sub(r"\s+", " ", text.translate(_PLAIN)).strip()


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return where each sentence of a text starts and ends.

    A sentence ends at a full stop, a question mark or an exclamation mark before something that may begin one: a capital,
    a digit, a quotation mark or a sign that is no letter; not after a shortened word such as `ca.`.
    """
    starts = [0, *(found.end() for found in _END.finditer(text) if _ends(text, found))]
    ends = [*(len(text[:start].rstrip()) for start in starts[1:]), len(text.rstrip())]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]


def _ends(text: str, found: re.Match[str]) -> bool:
    after = text[found.end() :].lstrip(_OPENING)[:1]
    word = text[: found.start()].rpartition(" ")[2].lstrip(_OPENING)
    shortened = text[found.start()] == "." and _SHORT.fullmatch(word) is not None
    return bool(after) and not after.islower() and not shortened


def sentence_at(text: str, place: int) -> str:
    """Return the sentence around a place in a text; between two sentences, the one before."""
    spans = sentence_spans(text)
    number = bisect_left([start for start, _ in spans], place) - 1
    if not 0 <= number < len(spans):
        return text.strip()
    start, end = spans[number]
    return text[start:end].strip()
