"""A YAML file as plain values, each with the line it stands on.

Scalars stay strings (`1`, `no` and `2024-03-04` are codes or texts until a schema says otherwise), only
`null`, `~` and nothing are None; a key that stands twice is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ..errors import StudyError

Place = tuple[str | int, ...]


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


def read_yaml(path: Path) -> YamlSource:
    """Read one YAML file.

    Raises
    ------
    StudyError
        When the file is missing, is not UTF-8 text, is not YAML, or names a key twice.
    """
    text = read_text(path)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path.name}, line {mark.line + 1}" if mark else path.name
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise StudyError(
            f"this is not YAML: {problem}", where=place, hint="mind the indentation and the quotes"
        ) from None
    if node is None:
        raise StudyError(
            "the file is empty", where=path.name, expected="keys and values", hint="see docs/bring-your-own-survey.md"
        )
    lines: dict[Place, int] = {}
    value = _construct(node, (), lines, path)
    return YamlSource(path, value, lines)


def read_text(path: Path) -> str:
    """Read a UTF-8 text file of a study, or say why not."""
    if path.is_dir():
        raise StudyError("this is a folder", where=path.name, expected="a file", hint="move the folder away")
    if not path.exists():
        raise StudyError(
            "the file is missing",
            where=path.name,
            got=f"nothing at {path.parent.name}/{path.name}",
            expected="a file",
            hint="see docs/bring-your-own-survey.md for the files of a study",
        )
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise StudyError(
            "the file is not UTF-8 text",
            where=path.name,
            got=f"byte {error.start} is not UTF-8",
            hint="save it as UTF-8",
        ) from None


def _construct(node: yaml.Node, place: Place, lines: dict[Place, int], path: Path) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, lines, path)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(child, (*place, number), lines, path) for number, child in enumerate(node.value)]
    plain = node.style is None  # type: ignore[attr-defined]
    return None if plain and node.value in {"null", "~", ""} else node.value


def _mapping(node: yaml.MappingNode, place: Place, lines: dict[Place, int], path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in found:
            raise StudyError(
                f"the key '{key}' stands twice", where=f"{path.name}, line {line}", hint="remove one of them"
            )
        lines[(*place, key)] = line
        found[key] = _construct(value_node, (*place, key), lines, path)
    return found
