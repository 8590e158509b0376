"""A YAML file as plain values, each with the line it stands on.

Scalars stay strings (`1`, `no` and `2024-03-04` are codes or texts until a schema says otherwise), only
`null`, `~` and nothing are None; a key that stands twice is an error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..errors import StudyError, nearest

Place = tuple[str | int, ...]
Problems = list[StudyError]


@dataclass(frozen=True)
class YamlSource:
    """What a YAML file holds, and where each part of it stands."""

    path: Path
    value: Any
    lines: dict[Place, int]

    def where(self, place: Place) -> str:
        """Return 'file, line n: a.b.c' for the part at `place`, or for its nearest known parent."""
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        dotted = ".".join(str(part) for part in place)
        return f"{self.path.name}, line {self.lines.get(known, 1)}" + (f", {dotted}" if dotted else "")

    def wrong(self, place: Place, what: str, **parts: Any) -> StudyError:
        """Return what is wrong at a place as an error; `parts` are those of `EvalkitError`."""
        return StudyError(what, where=self.where(place), **parts)

    def unknown(self, place: Place, names: Iterable[str] | None, known: Collection[str]) -> Iterator[StudyError]:
        """Find each name at a place, one or several, that is not among the known ones, or that stands twice."""
        listed = [names] if isinstance(names, str) else list(names or ())
        for name in dict.fromkeys(listed):
            if name not in known:
                yield self.wrong(place, "a name is not known", got=name, known=known)
            elif listed.count(name) > 1:
                yield self.wrong(place, "a name stands twice", got=name, hint="remove one of them")

    def unknown_answers(
        self, place: Place, answers: Mapping[str, Iterable[str]], known: Mapping[str, Collection[str]]
    ) -> Iterator[StudyError]:
        """Find each variable at a place that is not among the known ones, and each answer to it that is none of its own."""
        yield from self.unknown(place, answers, known)
        for name in answers.keys() & known.keys():
            yield from self.unknown((*place, name), answers[name], known[name])


def read_yaml(path: Path) -> YamlSource:
    """Read one YAML file.

    Raises
    ------
    StudyError
        When the file is missing, is not UTF-8 text, is not YAML, or holds a key twice, an alias or no keys at all.
    """
    text = read_text(path)
    try:
        _refuse_depth(text, path.name)
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path.name}, line {mark.line + 1}" if mark else path.name
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        hint = "mind the indentation and the quotes"
        raise StudyError(f"this is not YAML: {problem}", where=place, hint=hint) from None

    if not isinstance(node, yaml.MappingNode):
        got, hint = "nothing" if node is None else "a list or a text", "see docs/bring-your-own-survey.md"
        expected = "lines of 'key: value'"
        raise StudyError("the file holds no keys", where=path.name, got=got, expected=expected, hint=hint)
    reader = _Reader(path.name)
    value = reader.read(node, ())
    StudyError.raise_all(reader.problems)
    return YamlSource(path, value, reader.lines)


def _refuse_depth(text: str, file: str) -> None:
    """Refuse what is nested so deeply that building it would end the program."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            where = f"{file}, line {getattr(event.start_mark, 'line', 0) + 1}"
            raise StudyError("this is nested too deeply", where=where, expected="the keys of a study")


_DEEPEST = 40
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser where it is there: ten times as fast."""


class _Reader:
    """Turns YAML nodes into plain values, keeping the line of each and gathering what is wrong."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.problems: list[StudyError] = []
        self._seen: set[int] = set()

    def read(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return None if not node.style and node.value in {"null", "~", ""} else node.value
        if id(node) in self._seen:
            self._wrong("an alias (*) is not read here", node, "write the part out again")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        return [self.read(child, (*place, number)) for number, child in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._wrong("a key is no plain text", key_node, "mind the brackets and the quotes")
                continue
            key = key_node.value
            if key in found:
                self._wrong(f"the key '{key}' stands twice", key_node, "remove one of them")
                continue
            self.lines[(*place, key)] = key_node.start_mark.line + 1
            found[key] = self.read(value_node, (*place, key))
        return found

    def _wrong(self, what: str, node: yaml.Node, hint: str) -> None:
        self.problems.append(StudyError(what, where=f"{self.file}, line {node.start_mark.line + 1}", hint=hint))


def read_text(path: Path) -> str:
    """Read a UTF-8 text file of a study, or say why not."""
    if path.is_dir():
        raise StudyError("this is a folder", where=path.name, expected="a file", hint="move the folder away")
    if not path.exists():
        near = nearest(path.name, [other.name for other in path.parent.glob("*")])
        got, hint = f"nothing at {path.parent.name}/{path.name}", "see docs/bring-your-own-survey.md"
        raise StudyError("the file is missing", where=path.name, got=got, expected="a file", hint=near or hint)
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        got, where = f"a byte that is not UTF-8 (0x{raw[error.start]:02x})", f"{path.name}, line {line}"
        hint = "save the file as UTF-8"
        raise StudyError("the file is not UTF-8 text", where=where, got=got, expected="UTF-8", hint=hint) from None
