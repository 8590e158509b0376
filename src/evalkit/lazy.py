"""Packages whose public names are loaded when they are first used, so that importing them stays cheap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, names: Mapping[str, str]) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__all__`, `__getattr__` and `__dir__` of a package.

    Parameters
    ----------
    package
        Its name.
    names
        The names that each of its modules gives, with blanks between them.
    """
    homes = {name: module for module, given in names.items() for name in given.split()}

    def found(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        return getattr(import_module(f".{homes[name]}", package), name)

    return [*homes], found, lambda: sorted(homes)
