"""Variables that are made of others: indices, recodings, bands, combinations and counts, which are then items like others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Annotated, Any, Literal

from pydantic import Field

from ..errors import StudyError
from .bands import Band, Bands
from .codebook import Category, Codebook, Condition, Item, Scale, Variable, joined_category
from .words import Code, Name, Strict, Text, alone, kind_faults, one_or_more
from .yaml_source import Problems, YamlSource

Names = Annotated[tuple[Name, ...], alone(str), one_or_more({"type": "string"})]
OTHERS = "others"
"""The code of those who are not in a subgroup."""
_OTHERS = {"nb": "Alle andre", "en": "Everybody else"}
PARTS = 4
"""The bands of an index, where the study names none: so many equal parts of what it can be."""


class Rule(Strict):
    """Who gets a code of a combination: those who gave some answers, or everybody whom no rule before it fits."""

    code: Code
    when: Condition | None = None


_KEYS = {
    "index": ("of", "reverse at_least bands unit decimals"),
    "recode": ("from map", "categories"),
    "bands": ("from bands", ""),
    "combine": ("of map categories", ""),
    "count": ("of", "bands unit"),
}
"""The keys that a variable of a kind needs, and those that it can have besides."""


class Derived(Strict):
    """How a variable is made of others."""

    kind: Literal["index", "recode", "bands", "combine", "count"]
    label: Text
    source: Name | None = Field(default=None, alias="from")
    """The variable that is recoded or banded."""
    of: Names = ()
    """What an index, a combination or a count is made of."""
    reverse: Names = ()
    """The variables whose scores an index counts from the other end."""
    at_least: int | None = Field(default=None, ge=1)
    """How many have to be answered; all by default."""
    map: dict[Code, Code] | tuple[Rule, ...] = Field(default_factory=dict)
    """From code to code of a recoding; the rules of a combination, the first that fits."""
    categories: tuple[Category, ...] = ()
    """The answers of a recoding or a combination."""
    bands: Bands = Field(default_factory=dict)
    unit: Text | None = None
    decimals: int = Field(default=0, ge=0, le=6)
    theme: Name | None = None
    note: Text | None = None

    def _faults(self) -> Iterator[str]:
        """Go through the keys that the kind lacks or does not have."""
        yield from kind_faults(self, "a variable", _KEYS)
        if self.map and isinstance(self.map, dict) != (self.kind == "recode"):
            yield "'map' is from code to code of a recoding, a list of rules of a combination"
        if self.kind == "count" and len(self.of) > 1:
            yield "a count is of the boxes of one item"

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of a combination."""
        return () if isinstance(self.map, dict) else self.map

    @property
    def recoded(self) -> dict[str, str]:
        """What a recoding makes of codes."""
        return self.map if isinstance(self.map, dict) else {}


class DerivedItem(Item):
    """An item that is made of others; no column of the export holds it."""

    made: Derived

    def _faults(self) -> Iterator[str]:
        """Go through what is wrong with its numbers: it has no columns or rows."""
        yield from self._band_faults()

    @property
    def derived(self) -> bool:
        """Whether it is made of others."""
        return True


def sources(made: Derived, codebook: Codebook) -> tuple[str, ...]:
    """Return the variables that one is made of; an item of several stands for all of its variables."""
    names = (made.source,) if made.source else made.of
    own = ([v.name for v in codebook.variables_of(name)] if name in codebook.items else [name] for name in names)
    return tuple(chain.from_iterable(own))


def with_derived(codebook: Codebook, derived: dict[str, Derived], source: YamlSource, problems: Problems) -> Codebook:
    """Return a codebook with the variables that a plan derives from it, in order; what is wrong is added to `problems`."""
    for name, made in derived.items():
        found = list(_problems(name, made, codebook, source))
        if not found:
            try:
                codebook = codebook.with_item(name, *_item(name, made, codebook))
            except ValueError as error:  # what pydantic finds of the answers or bands that come of it
                text = str(error).rpartition("Value error, ")[2].partition(" [type=")[0]
                found = [source.wrong(("derived", name), text)]
        problems += found
    return codebook


def with_subgroups(
    codebook: Codebook, subgroups: dict[str, Condition], source: YamlSource, problems: Problems
) -> Codebook:
    """Return a codebook with a variable a subgroup: who is in it, and everybody else who could be told apart from them."""
    for name, condition in subgroups.items():
        codes = {variable.name: variable.scale.print_codes for variable in codebook.variables.values()}
        problems += (found := list(source.unknown_answers(("subgroups", name), condition, codes)))
        if not found:
            codebook = with_derived(codebook, {name: _subgroup(name, condition, codebook)}, source, problems)
    return codebook


def _subgroup(name: str, condition: Condition, codebook: Codebook) -> Derived:
    """Return a subgroup as a combination of answers, called by them."""
    variables = [codebook.variable(variable) for variable in condition]
    languages = variables[0].label_texts
    inside = {
        language: ", ".join(variable.said(condition[variable.name], language) for variable in variables)
        for language in languages
    }
    others = {language: text for language, text in _OTHERS.items() if language in languages}
    heads = {language: ", ".join(variable.label(language) for variable in variables) for language in languages}
    return Derived(
        kind="combine",
        label={language: f"{heads[language]}: {inside[language]}" for language in languages},
        of=tuple(condition),
        map=(Rule(code=name, when=condition), Rule(code=OTHERS)),
        categories=(Category(code=name, labels=inside), Category(code=OTHERS, labels=others)),
    )


def _problems(name: str, made: Derived, codebook: Codebook, source: YamlSource) -> Iterator[StudyError]:
    """Find what a variable is made of that is not there, or cannot be made so of."""
    place, variables = ("derived", name), codebook.variables
    if name in (*codebook.items, *variables):
        yield source.wrong(place, "an item of that name is in the codebook", got=name)
    numbers = [v for v, variable in variables.items() if variable.item.kind == "number"]
    scored = [v for v, variable in variables.items() if variable.scores is not None and v not in numbers]
    several = {item for item in codebook.items if codebook.items[item].several}
    known = {
        "index": [*scored, *(item for item in several if codebook.variables_of(item)[0].name in scored)],
        "recode": list(variables),
        "bands": numbers,
        "combine": list(variables),
        "count": [item for item in several if codebook.items[item].kind == "multiple"],
    }[made.kind]
    key = "from" if made.source else "of"
    wrong = list(source.unknown((*place, key), made.source or made.of, known))
    yield from wrong
    if wrong:
        return
    own = sources(made, codebook)
    yield from source.unknown((*place, "reverse"), made.reverse, own)
    if made.at_least is not None and made.at_least > len(own):
        yield source.wrong((*place, "at_least"), "an index has not so many questions", got=made.at_least)
    ranges = {score_range(variables[one].scores or {}) for one in own} if made.kind == "index" else set()
    if len(ranges) > 1:
        got = ", ".join(f"{low:g} to {high:g}" for low, high in sorted(ranges))
        what, hint = "the questions of an index have different scores", "give them the same `score` or `index`"
        yield source.wrong((*place, "of"), what, got=got, hint=hint)
    starts = [band.lowest for band in made.bands.values()]
    if starts and min(starts) > (least := _lowest(made, [variables[one] for one in own])):
        what = "the bands leave out the lowest numbers"
        yield source.wrong((*place, "bands"), what, got=min(starts), expected=f"{least:g} or less")
    if made.kind == "recode":
        yield from source.unknown((*place, "map"), made.recoded, variables[own[0]].shown_codes)
    for number, rule in enumerate(made.rules):
        at, codes = (*place, "map", number), {one: variables[one].shown_codes for one in own}
        yield from source.unknown((*at, "code"), rule.code, [category.code for category in made.categories])
        yield from source.unknown_answers((*at, "when"), rule.when or {}, codes)


def _item(name: str, made: Derived, codebook: Codebook) -> tuple[DerivedItem, Scale | None]:
    """Return a derived variable as an item, and its scale where it has one of its own."""
    own = [codebook.variable(one) for one in sources(made, codebook)]
    texts: dict[str, Any] = {"question": made.label, "label": made.label, "theme": made.theme, "note": made.note}
    texts |= {"made": made, "asked_if": own[0].item.asked_if if made.kind in ("recode", "bands", "count") else ()}
    if made.kind in ("recode", "combine"):
        categories = made.categories or tuple(_recoded(made, own[0].scale))
        ordered = made.kind == "recode" and _keeps_order(made, own[0].scale, [c.code for c in categories])
        missing = own[0].scale.missing if made.kind == "recode" else ()
        left = tuple(answer for answer in missing if made.recoded.get(answer.code, answer.code) == answer.code)
        scale = Scale(kind="ordinal" if ordered else "nominal", categories=categories, missing=left)
        return DerivedItem(kind="single", scale=name, **texts), scale
    bands, decimals, unit = made.bands, made.decimals, made.unit
    if made.kind == "bands":
        decimals, unit = own[0].item.decimals, own[0].item.unit
    elif made.kind == "count" and not bands:
        last = {language: str(len(own)) for language in own[0].label_texts}
        labels = [*[None] * len(own), last]
        bands = {f"from_{n}": Band.model_validate({"from": n, "label": label}) for n, label in enumerate(labels)}
    elif made.kind == "index":
        decimals = decimals or 1
        low, high = score_range(own[0].scores or {})
        starts = [round(low + (high - low) * part / PARTS, decimals) for part in range(PARTS)]
        bands = bands or {f"from_{start:g}": Band.model_validate({"from": start}) for start in starts}
    missing = own[0].item.missing if made.kind == "bands" else ()
    return DerivedItem(kind="number", missing=missing, bands=bands, decimals=decimals, unit=unit, **texts), None


def _lowest(made: Derived, own: Sequence[Variable]) -> float:
    """Return the lowest number that a derived number can be."""
    if made.kind == "bands":
        return own[0].item.banding.starts[0]
    return 0.0 if made.kind == "count" else min(score_range(variable.scores or {})[0] for variable in own)


def score_range(scores: dict[str, float]) -> tuple[float, float]:
    """Return the lowest and the highest score."""
    return min(scores.values()), max(scores.values())


def _recoded(made: Derived, scale: Scale) -> Iterator[Category]:
    """Go through the answers that a recoding leaves, each called by those that it is made of."""
    into = {c.code: made.recoded.get(c.code, c.code) for c in scale.answers}
    for code in dict.fromkeys(into[own] for own in scale.print_codes):
        if code not in scale.missing_codes:
            yield joined_category(code, [scale.category(own) for own, target in into.items() if target == code])


def _keeps_order(made: Derived, scale: Scale, codes: list[str]) -> bool:
    """Return whether the answers of a recoding stand in the order of those that they are made of."""
    into = [made.recoded.get(code, code) for code in scale.codes]
    places = [codes.index(code) for code in into if code in codes]
    return scale.ordered and places in (sorted(places), sorted(places, reverse=True))
