"""Do the tests hold what the code says? Seeded faults are put into it, one at a time, and those that no test finds are listed.

A fault is a small change of the syntax tree: a sign, min for max, the end of an interval, a comparison, a constant, and for or, a
base or weight dropped, two labels swapped. They are spread over all files of the rooms, and each is tried in a copy of the project
with the tests that should fall, those that speak of the changed function or file first. A survivor that changes nothing anyone could
see stands in `benchmarks/mutations.yml` with the reason.

    python benchmarks/mutations.py [--seed N] [--count 60] [--rooms report,release,estimate,data] [--workers 1] [--list]
    python benchmarks/mutations.py --count 10 --seconds 60 --found 7    fails where fewer than seven are found in a minute each
"""

from __future__ import annotations

import argparse
import ast
import builtins
import copy
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate, zip_longest
from pathlib import Path
from queue import Queue

import yaml

ROOT = Path(__file__).parents[1]
HARMLESS = Path(__file__).with_name("mutations.yml")
TESTS = {
    "data": ("tests/data", "tests/estimate/conftest.py", "tests/estimate", "tests/release", "tests/expected"),
    "estimate": ("tests/estimate", "tests/report", "tests/expected"),
    "release": ("tests/release", "tests/attack", "tests/report", "tests/expected"),
    "report": (
        "tests/report",
        "tests/chapter",
        "tests/test_steps.py",
        "tests/test_keys.py",
        "tests/expected",
        "tests/build",
    ),
}
"""Where the tests of a room are, the room's own first."""
LEFT_OUT = (
    "test_accessibility",
    "test_attack_brute",
    "test_swap",
    "test_kernel",
    "test_makefile",
    "test_jobs",
    "test_lab",
)
"""Tests of other things, or too slow to find anything sooner than the rest."""
HANGS = 300
"""Seconds after which a test does not end any more."""
WATCH = f"""import signal
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    signal.alarm({HANGS})
    try:
        return (yield)
    finally:
        signal.alarm(0)
"""
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Pow: ast.Mult,
}
PAIRS = (
    "min max",
    "idxmin idxmax",
    "argmin argmax",
    "any all",
    "low high",
    "conf_low conf_high",
    "head tail",
    "first last",
)
PAIRS += (
    "left right",
    "lower upper",
    "start end",
    "sum mean",
    "ceil floor",
    "rows columns",
    "higher lower",
    "ffill bfill",
)
SWAPPED = dict(pair.split() for pair in PAIRS) | {pair.split()[1]: pair.split()[0] for pair in PAIRS}
DROPPED = {
    "weights",
    "weight",
    "base",
    "frame",
    "fpc",
    "strata",
    "cluster",
    "count",
    "known",
    "reverse",
    "ascending",
    "by",
}


@dataclass(frozen=True)
class Mutation:
    """A change of one place of a file."""

    file: str
    line: int
    start: int
    end: int
    old: str
    new: str
    text: str
    inside: frozenset[str] = frozenset()
    """The functions and classes that it is in."""

    @property
    def change(self) -> str:
        """What is changed into what."""
        return f"{self.old} -> {self.new}"

    def applied(self, source: bytes) -> bytes:
        """Return the file with the change."""
        return source[: self.start] + self.new.encode() + source[self.end :]


def mutations(file: str, source: bytes) -> list[Mutation]:
    """Return every change that is to be tried in a file, in the order of its lines."""
    tree, lines = ast.parse(source), source.splitlines(keepends=True)
    offsets = [0, *accumulate(map(len, lines))]
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | vars(builtins).keys()
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    found = []
    for node in _judged(tree):
        inside = frozenset(b.name.strip("_") for b in blocks if b.lineno <= node.lineno <= (b.end_lineno or b.lineno))
        start = offsets[node.lineno - 1] + node.col_offset
        end = offsets[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        old = " ".join(source[start:end].decode().split())
        here = lines[node.lineno - 1].decode().strip()
        found += [
            Mutation(file, node.lineno, start, end, old, new, here, inside)
            for new in _changes(node, names)
            if new != old
        ]
    return found


def _judged(node: ast.AST) -> Iterator[ast.expr]:
    """Go through what a file computes: no annotations, docstrings, errors, decorators, imports or pieces of formatted text."""
    skipped = (ast.Raise, ast.Import, ast.ImportFrom, ast.FormattedValue, ast.JoinedStr, ast.Assert)
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases"} or (name == "slice" and _is_type(node)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, skipped) or _says_only(child):
                continue
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.Assign) and ast.unparse(child.targets[0]).strip("(").startswith(
                ("__all__", "_ROOMS")
            ):
                continue  # lists of names, whose order says nothing
            if isinstance(child, ast.expr):
                yield child
            yield from _judged(child)


def _says_only(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_type(node: ast.AST) -> bool:
    """Return whether a subscript is of a type: its parts are no values."""
    named = node.value.id if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) else ""
    return named[:1].isupper() or named in {"dict", "list", "tuple", "set", "type"}


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _changes(node: ast.expr, names: Set[str]) -> Iterator[str]:
    """Return what an expression is changed into; `names` are those that the file knows."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        yield _changed(node, lambda n: setattr(n, "ops", [COMPARISONS[type(n.ops[0])]()]))
    elif isinstance(node, ast.BinOp) and (_is_text(node.left) or _is_text(node.right)):
        return  # a path or a text: any other operator is an error
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield _changed(node, lambda n: setattr(n, "op", OPERATORS[type(n.op)]()))
    elif isinstance(node, ast.BoolOp):
        yield _changed(node, lambda n: setattr(n, "op", ast.Or() if isinstance(n.op, ast.And) else ast.And()))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.IfExp):
        yield f"({ast.unparse(node.orelse)} if {ast.unparse(node.test)} else {ast.unparse(node.body)})"
    elif isinstance(node, ast.Constant):
        yield from _constants(node.value)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from {SWAPPED[node.id]} & names if node.id in SWAPPED else ()
    elif isinstance(node, ast.Attribute) and node.attr in SWAPPED and isinstance(node.ctx, ast.Load):
        yield f"{ast.unparse(node.value)}.{SWAPPED[node.attr]}"
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            if keyword.arg in DROPPED:
                kept = [other.arg for other in node.keywords if other is not keyword]
                yield _changed(
                    node, lambda n, kept=kept: setattr(n, "keywords", [k for k in n.keywords if k.arg in kept])
                )
    elif isinstance(node, ast.Tuple | ast.List) and len(node.elts) > 1 and isinstance(node.ctx, ast.Load):
        yield _changed(node, lambda n: n.elts.insert(1, n.elts.pop(0)))


def _changed(node: ast.expr, change: Callable[[ast.expr], object]) -> str:
    made = copy.deepcopy(node)
    change(made)
    return ast.unparse(made) if isinstance(made, ast.Call) else f"({ast.unparse(made)})"


def _constants(value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield str(not value)
    elif isinstance(value, int):
        yield str(value + 1)
    elif isinstance(value, float):
        yield repr(round(value * 1.1 + 0.01, 10))
    elif value in SWAPPED:
        yield repr(SWAPPED[str(value)])


def drawn(rooms: list[str], count: int, seed: int) -> list[Mutation]:
    """Return changes drawn by chance, spread over all files of the rooms."""
    chance, by_file = random.Random(seed), []
    for room in rooms:
        for path in sorted((ROOT / "src" / "evalkit" / room).rglob("*.py")):
            found = mutations(path.relative_to(ROOT).as_posix(), path.read_bytes())
            chance.shuffle(found)
            by_file.append(found)
    chance.shuffle(by_file)
    turns = zip_longest(*by_file)
    return [one for turn in turns for one in turn if one is not None][:count]


def tests_of(mutation: Mutation) -> tuple[list[str], list[str]]:
    """Return the test files for a change, nearest first: those that speak of its function or file, and the room's others."""
    path = Path(mutation.file)
    near: dict[str, int] = {}
    for place in TESTS[path.parts[2]]:
        there = ROOT / place
        for test in sorted(there.rglob("test_*.py")) if there.is_dir() else [there]:
            if test.stem not in (*LEFT_OUT, "conftest"):
                near.setdefault(test.relative_to(ROOT).as_posix(), _nearness(test, mutation.inside, path))
    # Whole builds find late what others find soon.
    near |= dict.fromkeys((test for test in near if test.startswith("tests/build/")), 0)
    ordered = sorted(near, key=lambda test: -near[test])
    return [test for test in ordered if near[test]], [test for test in ordered if not near[test]]


def _nearness(test: Path, inside: Set[str], file: Path) -> int:
    """Return how much a test file speaks of a function and of the file that it is in."""
    stem, own = file.stem, {test.stem.removeprefix("test_"), *test.stem.split("_")}
    said = set(re.findall(r"[a-z]+(?:_[a-z]+)*", test.read_text(encoding="utf-8").lower()))
    named = 2 * bool({stem, stem.rstrip("s"), *stem.split("_")} & own) or int(file.parent.name in own)
    return 2 * bool({name.lower() for name in inside} & said) + named + (stem in said)


def project(folder: Path) -> Path:
    """Copy what is under version control, as it lies here."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / "watch.py").write_text(WATCH, encoding="utf-8")
    return folder


def found_by(folder: Path, tests: list[str], until: float) -> str:
    """Run tests until one fails, or until then, and return what found a fault; nothing where none did."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "--no-header",
        "--tb=no",
        "-p",
        "no:cacheprovider",
        "-p",
        "watch",
        *tests,
    ]
    try:
        done = in_copy(folder, command, until - time.monotonic())
    except subprocess.TimeoutExpired:
        return ""
    if done.returncode == -signal.SIGALRM:
        return "a test that does not end"
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split(" - ")[0].partition(" ")[2] if failed else "" if done.returncode == 0 else "an import"


def in_copy(folder: Path, command: list[str], seconds: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in a copy of the project, with its own package, for so long at most."""
    environment = {"PATH": str(Path(sys.executable).parent) + ":/usr/bin:/bin", "HOME": str(folder)}
    environment |= {
        "PYTHONPATH": str(folder / "src"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "EVALKIT_ROOT": str(folder),
    }
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, **pipes)
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # and what its tests have started
        process.communicate()
        raise
    return subprocess.CompletedProcess(command, process.returncode, said)


def tried(mutation: Mutation, folders: Queue[Path], limit: float) -> tuple[str, float]:
    """Put one fault into a copy of the project, run the tests and mend it; return what found it, and the seconds."""
    folder, started = folders.get(), time.monotonic()
    path = folder / mutation.file
    whole = path.read_bytes()
    path.write_bytes(mutation.applied(whole))
    try:
        parts = (found_by(folder, part, started + limit) for part in tests_of(mutation) if part)
        return next(filter(None, parts), ""), time.monotonic() - started
    finally:
        path.write_bytes(whole)
        shutil.rmtree(folder / "data" / "processed", ignore_errors=True)
        folders.put(folder)


def harmless() -> dict[tuple[str, str, str], str]:
    """Return known survivors that nobody could see, with the reason: by file, line of code and change."""
    known = yaml.safe_load(HARMLESS.read_text(encoding="utf-8")) or []
    return {(one["file"], one["line"], one["change"]): one["reason"] for one in known}


def of_the_commit() -> int:
    """Return the seed that a commit has for its own."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(done.stdout[:8], 16)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=None, help="the commit's own unless given")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--rooms", default=",".join(TESTS), help="of " + ", ".join(TESTS))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3600, help="how long tests look for one fault at most")
    parser.add_argument("--found", type=int, help="how many are to be found; by default all that are not harmless")
    parser.add_argument("--list", action="store_true", help="say what would be tried, and try nothing")
    options = parser.parse_args()
    seed = of_the_commit() if options.seed is None else options.seed
    chosen, known = drawn(options.rooms.split(","), options.count, seed), harmless()
    if options.list:
        for one in chosen:
            print(f"{one.file}:{one.line}: {one.change}")
        return 0
    survivors, explained = [], 0
    with tempfile.TemporaryDirectory() as top, ThreadPoolExecutor(options.workers) as pool:
        folders: Queue[Path] = Queue()
        for number in range(options.workers):
            folders.put(project(Path(top, str(number))))
        collected = in_copy(folders.queue[0], [sys.executable, "-m", "pytest", "-q", "--collect-only", "tests"])
        if collected.returncode:
            raise SystemExit("the tests cannot be collected without any fault\n" + collected.stdout[-2000:])
        made = pool.map(lambda one: tried(one, folders, options.seconds), chosen)
        for one, (by, seconds) in zip(chosen, made, strict=True):
            reason = known.get((one.file, one.text, one.change))
            survivors += [one] if not by and not reason else []
            explained += bool(not by and reason)
            said = f"found by {by}" if by else f"harmless: {reason}" if reason else "SURVIVES"
            print(f"{seconds:5.0f} s  {one.file}:{one.line}: {one.change}  {said}", flush=True)
    print(f"seed {seed}: {len(chosen)} faults, {len(survivors)} survive, {explained} known to be harmless")
    for one in survivors:
        print(f"- file: {one.file}\n  line: {one.text!r}\n  change: {one.change!r}\n  reason: ")
    return int(len(survivors) > (0 if options.found is None else len(chosen) - options.found))


if __name__ == "__main__":
    sys.exit(main())
