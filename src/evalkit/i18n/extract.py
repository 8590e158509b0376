"""Keeping the catalogue up to date: what stands in the package's source, its templates and the notebooks' text cells."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

from ..places import project_root
from .catalogue import catalogue_path, languages, read_catalogue
from .notebooks import cell_language

KEYWORDS: list[dict[str, Any]] = [{"text": None, "plural": (1, 2), "msg": None, "either": (1,)}, {"either": (2,)}]
"""Which arguments of a call are messages; of `either` it is each of two."""
PACKAGE = Path(__file__).resolve().parent.parent
_HEADER = (
    "# Texts of evalkit. msgid: the English text, a message or the whole of a text cell.\n"
    'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)


def update_catalogue(notebooks: Path | None = None) -> str:
    """Bring every language's catalogue up to date and say what is left to translate.

    New texts are added empty, changed ones marked fuzzy with their earlier translation, those no longer used kept as
    obsolete.

    Parameters
    ----------
    notebooks
        The folder of notebooks; the project's by default.
    """
    from babel.messages.pofile import write_po

    template = _template(notebooks or project_root() / "notebooks")
    lines = []
    for language in languages():
        read_catalogue.cache_clear()
        catalogue = read_catalogue(language)
        catalogue.update(template, no_fuzzy_matching=False, update_header_comment=False)
        for message in catalogue:
            message.flags.discard("python-format")  # Babel takes any per cent sign for a format
        out = io.BytesIO()
        write_po(out, catalogue, width=100, omit_header=True, sort_output=True, include_lineno=False)
        text = _HEADER.format(language=language) + out.getvalue().decode()
        catalogue_path(language).write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        left = [m for m in catalogue if m.id and (m.fuzzy or not m.string or not all(m.string))]
        lines.append(f"{language}: {len(catalogue)} texts, {len(left)} to translate or review")
    read_catalogue.cache_clear()
    return "\n".join(lines)


def stale_messages(language: str, notebooks: Path | None = None) -> list[str]:
    """Return the texts that are missing, empty or fuzzy in a catalogue, and those in it that nothing uses any more."""
    used = {_key(message) for message in _template(notebooks or project_root() / "notebooks") if message.id}
    catalogue = read_catalogue(language)
    good = {_key(m) for m in catalogue if m.id and not m.fuzzy and m.string and all(m.string)}
    known = {_key(m) for m in catalogue if m.id}
    return sorted(used - good) + sorted(known - used)


def _key(message: Any) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _template(notebooks: Path) -> Any:
    from babel.messages import Catalog

    template = Catalog()
    for where, message in (*_source_messages(), *_cells(notebooks)):
        template.add(message, locations=[(where, 0)])
    return template


def _source_messages() -> Iterator[tuple[str, Any]]:
    from babel.messages.extract import extract_from_file

    methods = {".py": "python", ".j2": "jinja2.ext:babel_extract"}
    paths = [path for path in sorted(PACKAGE.rglob("*")) if path.suffix in methods]
    for path, keywords in product(paths, KEYWORDS):
        for _, message, _, _ in extract_from_file(methods[path.suffix], path, keywords=keywords):
            yield path.relative_to(PACKAGE).as_posix(), message


def _cells(notebooks: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(notebooks.glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown" and source.strip() and not cell_language(cell):
                yield f"notebooks/{path.name}", source
