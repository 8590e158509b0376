"""What is checked of every file of a study: its schema, its languages and its names; each mistake with its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import StudyError, nearest
from .words import BIDI, CODE_PATTERN, FILLED_PATTERN, LANGUAGES, NAME_PATTERN, TERM_PATTERN, Texts
from .yaml_source import Place, Problems, YamlSource, read_yaml

Model = TypeVar("Model", bound=BaseModel)

_KEYS = ("these are no keys with values", "lines of 'key: value'")
_KINDS = {
    "int": ("this is no whole number", "a whole number"),
    "float": ("this is no number", "a number"),
    "bool": ("this is neither true nor false", "true, false"),
    "date": ("this is no date", "a date such as 2024-03-04"),
    "string_type": ("this is no text", "a text"),
    "dict": _KEYS,
    "model": _KEYS,
    "tuple": ("this is no list", "a list, such as [a, b]"),
    "too_short": ("this is empty", "at least one entry"),
}
"""What is wrong and what is expected, by the type that pydantic could not read, or its whole word for what is wrong."""
_PATTERNS = {
    FILLED_PATTERN: "a name or a text",
    NAME_PATTERN: "small letters a-z, digits and _, beginning with a letter",
    TERM_PATTERN: "a name, or two joined by a colon, such as role:section",
    CODE_PATTERN: "letters, digits, _ . - and spaces, beginning with a letter, a digit or _",
}


def read_model(model: type[Model], path: Path, problems: Problems) -> tuple[Model | None, YamlSource]:
    """Return what a file holds as a model, and where each part stands; None, and every mistake added to `problems`, where it does not fit.

    Parameters
    ----------
    model
        The file's schema.
    path
        The file.
    problems
        Where mistakes are gathered.
    """
    source = YamlSource(path, None, {})
    try:
        source = read_yaml(path)
        return model.model_validate(source.value), source
    except StudyError as error:
        problems.append(error)
    except ValidationError as error:
        problems += [_problem(model, source, dict(detail)) for detail in error.errors(include_url=False)]
    return None, source


def _problem(model: type[BaseModel], source: YamlSource, detail: dict[str, Any]) -> StudyError:
    """Return what pydantic found as an error that says where, what was got and what was expected."""
    place, kind = _place(source, detail["loc"]), detail["type"]
    got = _shown(detail["input"])
    if kind in ("extra_forbidden", "string_type"):
        known = _keys_at(model, place[:-1])
        nested = isinstance(detail["input"], list | dict) and place[-1] not in known and nearest(place[-1], known)
        if kind == "extra_forbidden" or nested:
            what = f"the key '{place[-1]}' is not known here"
            return source.wrong(place, what, got=place[-1], known=known)
    if kind == "missing":
        return _missing_key(str(detail["loc"][-1]), source, place)
    if kind == "literal_error":
        names = detail["ctx"]["expected"].replace(" or ", ", ").replace("'", "").split(", ")
        return source.wrong(place, "this is none of the values known here", got=got, known=names)
    if kind == "string_pattern_mismatch":
        expected = _PATTERNS.get(detail["ctx"]["pattern"], f"a match of {detail['ctx']['pattern']}")
        return source.wrong(place, "this is no valid name", got=got, expected=expected)
    if found := _KINDS.get(kind) or _KINDS.get(kind.partition("_")[0]):
        return source.wrong(place, found[0], got=got, expected=found[1])
    message = str(detail["msg"]).removeprefix("Value error, ")
    return source.wrong(place, message[0].lower() + message[1:], got=None if kind == "value_error" else got)


def _missing_key(key: str, source: YamlSource, place: Place) -> StudyError:
    if key == "labels":  # its texts stand beside the other keys, each under its language
        return source.wrong(place, "there is no text in any language", expected=", ".join(LANGUAGES))
    hint = "see docs/bring-your-own-survey.md"
    return source.wrong(place[:-1], f"the key '{key}' is missing", expected=f"'{key}'", hint=hint)


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
    return schema["$defs"][found["$ref"].rsplit("/", 1)[-1]] if "$ref" in found else found


def language_problems(model: BaseModel, source: YamlSource, languages: tuple[str, ...]) -> Iterator[StudyError]:
    """Find each text that lacks a language of the study, or has a key that is no language of it.

    A text `as_printed` may stand in one language: it quotes a questionnaire.
    """
    for place, text in _texts(model):
        if any(turned := [character for character in "".join(text.values()) if character in BIDI]):
            what = "a text turns the direction of reading: a page would not show what stands here"
            yield source.wrong(place, what, got=f"the character U+{ord(turned[0]):04X}", expected="plain text")
        printed = bool(place) and place[-1] == "as_printed"
        missing = [] if printed else [language for language in languages if not text.get(language, "").strip()]
        unknown = [key for key in text if key not in languages]
        if unknown:
            keys = (*_keys_at(type(model), place), *languages)
            what, near = "this is neither a known key nor a language of the study", nearest(unknown[0], keys)
            yield source.wrong((*place, unknown[0]), what, got=unknown[0], expected=", ".join(languages), hint=near)
        elif missing:
            got = ", ".join(key for key in text if text[key].strip()) or "nothing"
            what = "a text is missing in a language of the study"
            yield source.wrong(place, what, got=got, expected=", ".join(languages))


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
