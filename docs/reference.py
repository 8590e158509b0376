"""The reference of all public names, made of their docstrings; `python docs/reference.py` writes it."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import evalkit
from evalkit.places import project_root

OPENING = """# Reference

All public names, as `from evalkit import NAME` gives them. What stands here is what `help(NAME)` says, and
`python docs/reference.py` makes it of that. The examples are of a small study with the items `unit`, `role`, `belonging`, `goals`
and `measures`, and are run by a test; they take for granted:

```python
from pathlib import Path

import pandas as pd
from evalkit import *

survey = load_study("staff-pulse")
responses, release = load_responses(survey), load_release(survey)
show, folder = Show(release), Path("elsewhere")
```
"""
ROOMS = {
    "study": "A study and what there is to ask of it",
    "data": "Its answers",
    "estimate": "Estimates",
    "ordinal": "Ordinal models",
    "protect": "Protection",
    "attack": "The attacker",
    "release": "What may leave",
    "report": "Showing",
    "i18n": "Languages",
    "errors": "Errors",
}
"""The rooms in the order of an analyst's day, and what each is for."""


def reference() -> str:
    """Return the reference as Markdown."""
    found = [OPENING]
    for room, title in ROOMS.items():
        found.append(f"## {title}\n")
        found += map(_entry, evalkit._ROOMS[room].split())
    return "\n".join(found)


def _entry(name: str) -> str:
    documented = getattr(evalkit, name)
    if isinstance(documented, str):
        return f"### `{name}`\n\n`{documented!r}`\n"
    documented = getattr(documented, name) if inspect.ismodule(documented) else documented
    parts = [f"### `{name}`\n", *_called(name, documented), *_sections(inspect.getdoc(documented) or "")]
    return "\n".join([*parts, *(_methods(documented) if inspect.isclass(documented) else ())])


def _called(name: str, documented: Any) -> Iterator[str]:
    """Say how a function is called; classes are made by functions."""
    if not inspect.isclass(documented):
        signature = inspect.signature(documented)
        bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()]
        call = f"{name}{signature.replace(parameters=bare, return_annotation=inspect.Signature.empty)}"
        yield f"```python\n{call}\n```\n".replace("'", '"')  # as the formatter writes it


def _methods(documented: Any) -> Iterator[str]:
    """Go through what a class has of its own: a line a method or property."""
    lines = []
    for name, member in vars(documented).items():
        doc = inspect.getdoc(getattr(member, "fget", None) or member) if not name.startswith("_") else None
        if doc and (inspect.isfunction(member) or isinstance(member, property) or hasattr(member, "attrname")):
            lines.append(f"- `.{name}{'()' if inspect.isfunction(member) else ''}`: {doc.partition(chr(10))[0]}")
    if lines:
        yield "\n".join(["It has\n", *lines, ""])


def _sections(doc: str) -> Iterator[str]:
    """Go through a numpydoc docstring's sections as Markdown."""
    pieces = re.split(r"^(\w[\w ]*)\n-{3,}\n", doc, flags=re.M)
    yield pieces[0].strip() + "\n"
    for title, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if title == "Examples":
            yield f"**{title}**\n\n```python\n{text.strip()}\n```\n"
        elif title == "Notes":
            yield f"**{title}** {text.strip()}\n"
        else:
            items = re.split(r"^(?=\S)", text.strip(), flags=re.M)
            named = [item.strip().partition("\n") for item in items if item.strip()]
            lines = [f"- `{head}`" + (f": {' '.join(rest.split())}" if rest else "") for head, _, rest in named]
            yield "\n".join([f"**{title}**\n", *lines, ""])


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else project_root() / "docs" / "reference.md"
    path.write_text(reference(), encoding="utf-8")
