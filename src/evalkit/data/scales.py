"""Answer scales that surveys share, to be recognised in an export: low to high, Norwegian and English, and what is no answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..study import fold


@dataclass(frozen=True)
class Known:
    """A scale that many surveys use: each step's spellings, low to high; an export need not hold all of them."""

    name: str
    steps: tuple[tuple[str, ...], ...]
    kind: str = "ordinal"

    def step(self, text: str) -> int | None:
        """Return how high on the scale an answer stands; None where it does not."""
        folded = fold(text)
        return next((k for k, spellings in enumerate(self.steps) if folded in spellings), None)

    def holds(self, texts: Collection[str]) -> bool:
        """Return whether all of some answers are steps of the scale."""
        return all(self.step(text) is not None for text in texts)


def _steps(*steps: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(step.split("|")) for step in steps)


KNOWN = (
    Known("yes_no", _steps("nei|no|false|usann", "delvis|partly", "ja|yes|true|sann"), "nominal"),
    Known(
        "degree",
        _steps(
            "ikke i det hele tatt|slett ikke|not at all|i ingen grad",
            "i svært liten grad|to a very small extent|to a very small degree|to a very low degree",
            "i liten grad|to a small extent|to a small degree|to a low degree|to a little degree|slightly",
            "verken stor eller liten grad|i verken stor eller liten grad|neither|moderately",
            "i noen grad|til en viss grad|to some extent|to some degree|somewhat",
            "i stor grad|to a great extent|to a great degree|to a large extent|to a large degree|to a high degree|very",
            "i svært stor grad|i meget stor grad|to a very great extent|to a very large extent|to a very great degree"
            "|to a very high degree|extremely",
        ),
    ),
    Known(
        "importance",
        _steps(
            "svært uviktig|helt uviktig|very unimportant|not at all important|not important at all",
            "ganske uviktig|uviktig|lite viktig|ikke viktig|unimportant|fairly unimportant|rather unimportant|not important"
            "|quite unimportant|slightly important|somewhat unimportant",
            "verken viktig eller uviktig|neither important nor unimportant|moderately important|noe viktig"
            "|neither important or unimportant",
            "ganske viktig|viktig|fairly important|important|rather important|quite important|somewhat important",
            "svært viktig|veldig viktig|very important|extremely important",
        ),
    ),
    Known(
        "agreement",
        _steps(
            "helt uenig|svært uenig|strongly disagree|totally disagree|completely disagree",
            "uenig|ganske uenig|delvis uenig|litt uenig|disagree|somewhat disagree|partly disagree|slightly disagree",
            "verken enig eller uenig|hverken enig eller uenig|nøytral|neither agree nor disagree|neutral|undecided",
            "enig|ganske enig|delvis enig|litt enig|agree|somewhat agree|partly agree|slightly agree",
            "helt enig|svært enig|strongly agree|totally agree|completely agree",
        ),
    ),
    Known(
        "satisfaction",
        _steps(
            "svært misfornøyd|veldig misfornøyd|very dissatisfied|extremely dissatisfied",
            "misfornøyd|ganske misfornøyd|litt misfornøyd|dissatisfied|fairly dissatisfied|somewhat dissatisfied",
            "verken fornøyd eller misfornøyd|hverken fornøyd eller misfornøyd|neither satisfied nor dissatisfied",
            "fornøyd|ganske fornøyd|litt fornøyd|satisfied|fairly satisfied|somewhat satisfied",
            "svært fornøyd|veldig fornøyd|very satisfied|extremely satisfied",
        ),
    ),
    Known(
        "frequency",
        _steps(
            "aldri|never",
            "sjelden|svært sjelden|nesten aldri|rarely|seldom|almost never",
            "av og til|noen ganger|iblant|sometimes|occasionally",
            "ofte|ganske ofte|often|frequently",
            "svært ofte|nesten alltid|very often|almost always|usually",
            "alltid|always",
        ),
    ),
    Known("amount", _steps("low|lav|lavt|lite", "medium|middels", "high|høy|høyt|mye")),
)
"""The scales, from the one that is hardest to mistake."""

NO_ANSWER = {
    "dont_know": "vet ikke|vet ikkje|usikker|vet ikke/ikke relevant|don't know|dont know|do not know|unsure|not sure",
    "no_opinion": "ingen formening|har ingen formening|ingen mening|no opinion",
    "not_applicable": "ikke aktuelt|ikke relevant|not applicable|not relevant|does not apply|n/a",
    "no_wish": "ønsker ikke å svare|vil ikke svare|ubesvart|prefer not to say|prefer not to answer|refused|no answer",
}
"""Answers that are no step of any scale: code, and spellings."""
_CODES = {spelling: code for code, spellings in NO_ANSWER.items() for spelling in spellings.split("|")}


def no_answer_code(text: str) -> str | None:
    """Return the code of an answer such as 'Vet ikke', which is no step of a scale; None for any other."""
    return _CODES.get(fold(text))


def recognise(texts: Collection[str]) -> Known | None:
    """Return the scale that some answers, at least two, stand on."""
    return next((known for known in KNOWN if len(texts) > 1 and known.holds(texts)), None)
