"""What is checked of every file of a study: its schema, its languages and its names; each mistake with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import StudyError, nearest
from .words import BIDI, CODE_PATTERN, FILLED_PATTERN, LANGUAGES, NAME_PATTERN, TERM_PATTERN, Texts
from .yaml_source import Place, YamlSource

Model = TypeVar("Model", bound=BaseModel)

_KINDS: dict[str, tuple[str, str | None]] = {
    "int_parsing": ("this is no whole number", "a whole number"),
    "int_type": ("this is no whole number", "a whole number"),
    "float_parsing": ("this is no number", "a number"),
    "float_type": ("this is no number", "a number"),
    "bool_parsing": ("this is neither true nor false", "true, false"),
    "bool_type": ("this is neither true nor false", "true, false"),
    "date_from_datetime_parsing": ("this is no date", "a date such as 2024-03-04"),
    "date_parsing": ("this is no date", "a date such as 2024-03-04"),
    "date_type": ("this is no date", "a date such as 2024-03-04"),
    "string_type": ("this is no text", "a text"),
    "dict_type": ("these are no keys with values", "lines of 'key: value'"),
    "model_type": ("these are no keys with values", "lines of 'key: value'"),
    "tuple_type": ("this is no list", "a list, such as [a, b]"),
    "too_short": ("this is empty", "at least one entry"),
}
_PATTERNS = {
    FILLED_PATTERN: "a name or a text",
    NAME_PATTERN: "small letters a-z, digits and _, beginning with a letter",
    TERM_PATTERN: "a name, or two joined by a colon, such as role:section",
    CODE_PATTERN: "letters, digits, _ . - and spaces, beginning with a letter, a digit or _",
}


def validated(model: type[Model], source: YamlSource, problems: list[StudyError]) -> Model | None:
    """Return what a file holds as a model; None, and every mistake added to `problems`, where it does not fit.

    Parameters
    ----------
    model
        The file's schema.
    source
        The file's content, with the line of each part.
    problems
        Where mistakes are gathered.
    """
    try:
        return model.model_validate(source.value)
    except ValidationError as error:
        problems += [_problem(model, source, dict(detail)) for detail in error.errors(include_url=False)]
        return None


def _problem(model: type[BaseModel], source: YamlSource, detail: dict[str, Any]) -> StudyError:
    """Return what pydantic found as an error that says where, what was got and what was expected."""
    place, kind = _place(source, detail["loc"]), detail["type"]
    where, got = source.where(place), _shown(detail["input"])
    if kind == "extra_forbidden":
        return _unknown_key(_keys_at(model, place[:-1]), place, where)
    if kind == "missing":
        return _missing_key(str(detail["loc"][-1]), source, place)
    if kind == "string_type" and isinstance(detail["input"], list | dict):
        known = _keys_at(model, place[:-1])
        if place[-1] not in known and nearest(place[-1], known):
            return _unknown_key(known, place, where)
    if kind == "literal_error":
        names = detail["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
        what = "this is none of the values known here"
        return StudyError(what, where=where, got=got, expected=", ".join(names), hint=nearest(got, names))
    if kind == "string_pattern_mismatch":
        expected = _PATTERNS.get(detail["ctx"]["pattern"], f"a match of {detail['ctx']['pattern']}")
        return StudyError("this is no valid name", where=where, got=got, expected=expected)
    if kind in _KINDS:
        return StudyError(_KINDS[kind][0], where=where, got=got, expected=_KINDS[kind][1])
    message = str(detail["msg"]).removeprefix("Value error, ")
    return StudyError(message[0].lower() + message[1:], where=where, got=None if kind == "value_error" else got)


def _missing_key(key: str, source: YamlSource, place: Place) -> StudyError:
    if key == "labels":  # its texts stand beside the other keys, each under its language
        return StudyError("there is no text in any language", where=source.where(place), expected=", ".join(LANGUAGES))
    return StudyError(
        f"the key '{key}' is missing",
        where=source.where(place[:-1]),
        expected=f"'{key}'",
        hint="see docs/bring-your-own-survey.md",
    )


def _unknown_key(known: list[str], place: Place, where: str) -> StudyError:
    return StudyError(
        f"the key '{place[-1]}' is not known here",
        where=where,
        expected=", ".join(known),
        hint=nearest(place[-1], known),
    )


def _place(source: YamlSource, loc: tuple[str | int, ...]) -> Place:
    """Return where in the file a part of the model stands: the labels of a category stand beside its code."""
    place: Place = ()
    for part in loc:
        if str(part).startswith("function-") or part == "[key]":
            continue
        beside = part == "labels" or isinstance(part, int)  # a single column may stand where a list can
        if beside and (*place, part) not in source.lines and place in source.lines:
            continue
        place = (*place, part)
    return place


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, dict):
        return "keys with values: " + ", ".join(map(str, value)) if value else "no keys"
    return f"a list of {len(value)}" if isinstance(value, list) else str(value)


def _keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """Return the keys that a schema knows at a place, following models through lists and mappings."""
    schema = model.model_json_schema()
    node = _resolved(schema, schema)
    for part in place:
        named = next(iter(node.get("patternProperties", {}).values()), node.get("additionalProperties", {}))
        inner = node.get("items", {}) if isinstance(part, int) else node.get("properties", {}).get(part, named)
        node = _resolved(schema, inner)
    return list(node.get("properties", {}))


def _resolved(schema: dict[str, Any], node: Any) -> dict[str, Any]:
    if not isinstance(node, dict):
        return {}
    found: dict[str, Any] = next((o for o in node.get("anyOf", ()) if o.get("type") != "null"), node)
    if "$ref" in found:
        found = schema["$defs"][found["$ref"].rsplit("/", 1)[-1]]
    return found


def language_problems(model: BaseModel, source: YamlSource, languages: tuple[str, ...]) -> Iterator[StudyError]:
    """Find each text that lacks a language of the study, or has a key that is no language of it.

    A text `as_printed` may stand in one language: it quotes a questionnaire.
    """
    for place, text in _texts(model):
        if any(turned := [character for character in "".join(text.values()) if character in BIDI]):
            yield StudyError(
                "a text turns the direction of reading: a page would not show what stands here",
                where=source.where(place),
                got=f"the character U+{ord(turned[0]):04X}",
                expected="plain text",
            )
        printed = bool(place) and place[-1] == "as_printed"
        missing = [] if printed else [language for language in languages if not text.get(language, "").strip()]
        unknown = [key for key in text if key not in languages]
        if unknown:
            yield StudyError(
                "this is neither a known key nor a language of the study",
                where=source.where((*place, unknown[0])),
                got=unknown[0],
                expected=", ".join(languages),
                hint=nearest(unknown[0], (*_keys_at(type(model), place), *languages)),
            )
        elif missing:
            yield StudyError(
                "a text is missing in a language of the study",
                where=source.where(place),
                got=", ".join(key for key in text if text[key].strip()) or "nothing",
                expected=", ".join(languages),
            )


def _texts(node: Any, place: Place = ()) -> Iterator[tuple[Place, Texts]]:
    """Go through every text of a validated model; the labels of a category stand beside its code, not under a key."""
    if isinstance(node, Texts):
        yield place[:-1] if place and place[-1] == "labels" else place, node
    elif isinstance(node, BaseModel):
        for name in type(node).model_fields:
            yield from _texts(getattr(node, name), (*place, name))
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, (*place, key))
    elif isinstance(node, tuple):
        for number, value in enumerate(node):
            yield from _texts(value, (*place, number))


def name_problems(
    source: YamlSource, place: Place, names: Iterable[str], known: Collection[str]
) -> Iterator[StudyError]:
    """Find each name that is not among the known ones, or that stands twice."""
    names = list(names)
    for name in dict.fromkeys(names):
        if name not in known:
            yield StudyError(
                "a name is not known",
                where=source.where(place),
                got=name,
                expected=", ".join(known) or "none",
                hint=nearest(name, known),
            )
        elif names.count(name) > 1:
            yield StudyError("a name stands twice", where=source.where(place), got=name, hint="remove one of them")
