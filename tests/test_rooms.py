"""The rooms import only downwards, and `import evalkit` stays cheap."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import evalkit

PACKAGE = Path(evalkit.__file__).parent
ROOMS = ["lazy", "errors", "places", "digest", "slim", "i18n", "study", "data", "ordinal", "estimate", "protect"]
ROOMS += ["attack", "release", "report", "chapter", "build"]


def imported_rooms(path: Path) -> set[str]:
    """Return the top-level modules of the package that a file imports, wherever the import stands."""
    depth = len(path.relative_to(PACKAGE).parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            if node.level == depth:
                found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
            elif node.level == 0 and (node.module or "").startswith("evalkit"):
                parts = (node.module or "").split(".")
                found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("evalkit.")}
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_only_go_down(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room in {"__init__", "__main__"}:
        return
    for other in imported_rooms(path) & set(ROOMS):
        assert other == room or ROOMS.index(other) < ROOMS.index(room), f"{room} imports {other}, which is above it"


@pytest.mark.parametrize("path", sorted((PACKAGE / "attack").glob("*.py")), ids=lambda path: path.name)
def test_the_attacker_shares_nothing_with_what_it_attacks(path):
    assert imported_rooms(path) <= {"errors", "study"}


@pytest.mark.parametrize("path", sorted((PACKAGE / "ordinal").glob("*.py")), ids=lambda path: path.name)
def test_the_ordinal_models_stand_alone(path):
    assert imported_rooms(path) <= {"errors", "lazy"}


def test_import_is_cheap():
    code = "import evalkit, sys; sys.exit(len({'pandas', 'numpy', 'pydantic', 'yaml', 'scipy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_public_name_is_there():
    missing = [name for name in evalkit.__all__ if getattr(evalkit, name, None) is None]
    assert missing == []


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'fit_olm'"):
        _ = evalkit.fit_olm
