"""What a page was made from: inputs, parameters, code and versions; by content, so that it is the same in every folder."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from ..digest import combined, file_digest, package_digests

if TYPE_CHECKING:
    from pathlib import Path

    from ..study import Study

LIBRARIES = ("pandas", "numpy", "scipy", "statsmodels", "matplotlib", "nbconvert")


@dataclass(frozen=True)
class Provenance:
    """What a page was made from.

    Parameters
    ----------
    inputs
        SHA-256 by file of the study.
    parameters
        The notebook's parameters.
    revision
        The first digits of the SHA-256 of the package's source.
    versions
        Versions of evalkit, Python and libraries.
    """

    inputs: Mapping[str, str]
    revision: str
    versions: Mapping[str, str]
    parameters: Mapping[str, Any] = field(default_factory=dict)


def provenance(study: Study, parameters: Mapping[str, Any] | None = None, chapter: Path | None = None) -> Provenance:
    """Return what a page of a study is made from: its plan, its codebook and a chapter.

    Digests of answers and frame stay out: whoever guesses what they hold could try the guess.
    """
    named = [study.folder / "study.yml", study.folder / "codebook.yml", *([chapter] if chapter else [])]
    inputs = {path.name: file_digest(path) for path in named}
    return Provenance(inputs, _revision(), _versions(), dict(parameters or {}))


@cache
def _revision() -> str:
    return combined(package_digests())[:16]


@cache
def _versions() -> dict[str, str]:
    from importlib.metadata import version

    from .. import __version__

    return {"evalkit": __version__, "Python": platform.python_version()} | {name: version(name) for name in LIBRARIES}
