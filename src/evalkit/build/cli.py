"""The command line: `python -m evalkit COMMAND`. `make` calls nothing else.

A command is a function below: its name, its arguments (OPTIONS says how each is given) and its first line, which is its help.
Nothing heavy is imported until a command needs it: a report that is up to date is recognised with the standard library alone.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import EvalkitError, UsageError, file_errors
from ..places import DEFAULT_STUDY, LANGUAGE, project_root, study_folder

_STUDY: dict[str, Any] = {"default": DEFAULT_STUDY, "help": "a name under data/raw, or a folder"}
OPTIONS: dict[str, tuple[list[str], dict[str, Any]]] = {
    "study": (["--study"], {**_STUDY, "metavar": "NAME"}),
    "output": (["--output"], {"type": Path, "default": Path("outputs"), "metavar": "FOLDER", "help": "for outputs"}),
    "language": (["--language"], {"metavar": "CODE", "help": "nb or en; the study's first by default"}),
    "parameter": (
        ["-p", "--parameter"],
        {"action": "append", "default": [], "metavar": "NAME=VALUE", "help": "a notebook parameter"},
    ),
    "about": (["about"], {**_STUDY, "nargs": "?", "metavar": "STUDY"}),
    "search": (["search"], {"nargs": "*", "metavar": "WORD", "help": "only names that hold all of these"}),
    "confirm": (["--confirm"], {"action": "store_true", "help": "really delete"}),
    "export": (["export"], {"metavar": "FILE", "help": "what the survey engine exported"}),
    "to": (["--to"], {"metavar": "FOLDER", "help": "the study's folder; under data/raw, named after the file, by default"}),
    "unit": (["--unit"], {"metavar": "CODE", "help": "one unit; all by default"}),
    "tried": (["--try"], {"action": "store_true", "dest": "tried", "help": "say what each single change would hide"}),
    "name": (["name"], {"metavar": "NAME", "help": "two digits and a word, as in 05_mine"}),
}  # fmt: skip
COMMANDS: dict[str, Callable[..., int | None]] = {}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0, or that of the error's kind."""
    given = vars(_parser().parse_args(arguments))
    name = given.pop("command")
    os.environ.pop(LANGUAGE, None)  # a build in a lab's terminal is as everywhere
    try:
        with file_errors():
            return COMMANDS[name](**given) or 0
    except EvalkitError as error:
        return _failed(error)
    except KeyboardInterrupt:
        print("interrupted; nothing was changed", file=sys.stderr)
        return 130
    except Exception as error:
        from .jobs import unexpected

        return _failed(unexpected(error, name))


def _failed(error: EvalkitError) -> int:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evalkit", description="A reproducible evaluation of a survey.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for name, run in COMMANDS.items():
        said = (inspect.getdoc(run) or "").partition("\n")[0].rstrip(".")
        sub = commands.add_parser(name, help=said, description=said)
        for argument in inspect.signature(run).parameters:
            flags, how = OPTIONS[argument]
            sub.add_argument(*flags, **how)
    return parser


def command(run: Callable[..., int | None]) -> Callable[..., int | None]:
    """Make a function a command of its name."""
    COMMANDS[run.__name__] = run
    return run


def _say(line: str) -> None:
    print(line, flush=True)


def _loaded(study: str) -> Any:
    from ..study import load_study

    return load_study(study)


@command
def report(study: str, output: Path, language: str | None, parameter: Sequence[str]) -> None:
    """Make the report, if anything it is made from has changed."""
    from .manifest import is_current

    parameters, language = dict(map(_named_value, parameter)), language or None
    folder = study_folder(study)
    place = output.resolve() / folder.name
    found = is_current(project_root(), folder, place, language, parameters)
    if found:
        _say(f"nothing to do: {place / found / 'index.html'} is up to date")
    else:
        import_module("evalkit.build.runner").report(study, language, output, parameters, _say)


@command
def units(study: str, output: Path, language: str | None, unit: str | None) -> None:
    """Make a page and a document for each unit, and an index of them, beside the report."""
    import_module("evalkit.build.units").units(study, language or None, output, unit or None, _say)


def _named_value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError("a parameter needs a name and a value", got=text, expected="NAME=VALUE")
    return name, value


@command
def audit(study: str, output: Path) -> int:
    """Attack a published report as a reader could."""
    from ..attack import audit as attack
    from .manifest import made_from, read_manifest

    name = _loaded(study).name
    place = output.resolve() / name
    languages = read_manifest(place).get("languages", {})
    if not languages:
        what, hint = "there is no report to attack, or its manifest was altered", "run `make report` first"
        raise UsageError(what, where=place, hint=hint)
    made = [made_from(name, entry).items() for entry in languages.values()]
    own = [{part: digest for part, digest in inputs if not part.startswith("reads/")} for inputs in made]
    alike = all(inputs == own[0] for inputs in own)  # languages of the same answers are attacked together
    total = 0
    for folder in [place] if alike else [place / language for language in sorted(languages)]:
        found = attack(folder)
        total += len(found)
        _say(f"{folder.relative_to(place.parent)}: {len(found)} hidden counts can be worked out")
        for _, row in found.iterrows():
            _say(f"  {row['table']}: {row['kind']} at {row['where']}")
    return 5 if total else 0


@command
def verify(study: str, output: Path) -> int:
    """Make the report again from the export, aside, and name every file that differs."""
    from . import runner

    differing = runner.verify(study, output, _say)
    for name in differing:
        _say(f"  differs: {name}")
    _say("every file is the same" if not differing else f"{len(differing)} files differ")
    return 6 if differing else 0


@command
def publish(study: str, output: Path) -> None:
    """Record that the report leaves now, so that whatever is made later is protected together with it."""
    from .manifest import is_current, read_manifest

    loaded, root = _loaded(study), project_root()
    place = output.resolve() / loaded.name
    made = read_manifest(place).get("languages", {})
    stale = [of for of in made if not is_current(root, loaded.folder, place, of, made[of]["parameters"])]
    if stale or not made:
        got = ", ".join(stale) or "no report"
        raise UsageError("what leaves has to be up to date", where=place, got=got, hint="run `make report` first")
    release = import_module("evalkit.release")
    _say(f"recorded what leaves: {release.publish(release.load_release(loaded))}")


@command
def protect(study: str, tried: bool) -> None:
    """Say how many counts are hidden, of each table or, with --try, after each single change of the plan."""
    from ..release import load_release

    loaded = _loaded(study)
    if not tried:
        for table, counts, hidden, share in load_release(loaded).hidden_summary().itertuples(index=False):
            _say(f"{hidden:6} of {counts:6}  {share:6.1%}  {table}")
        return
    choices = import_module("evalkit.release.choices").choices
    found = choices(loaded, lambda line: print(f"  {line}", file=sys.stderr, flush=True))
    _say("hidden      of   share  distributions in all  choice")
    for choice, hidden, counts, share, whole in found.itertuples(index=False):
        numbers = f"{hidden:6.0f}  {counts:6.0f}  {share:6.1%}  {whole:20.0f}"
        _say(f"{numbers if hidden == hidden else 'it cannot be protected':44}  {choice}")


@command
def new(export: str, to: str | None, language: str | None) -> None:
    """Draft a study from a survey engine's export, to be looked over and completed."""
    made = import_module("evalkit.data").draft_study(Path(export), Path(to) if to else None, language or "nb")
    _say(f"wrote {made}: look it over, then `make report STUDY={made}`")


@command
def page(name: str) -> None:
    """Make a notebook of one's own that is a page of the report."""
    from .lab import new_page

    _say(f"made {new_page(name)}: open it with `make lab`; `make report` makes a page of it")


@command
def lab(language: str | None) -> int:
    """Open the notebooks in JupyterLab, their texts in a language."""
    from .lab import open_lab

    return open_lab(language)


@command
def chapter(about: str, language: str | None) -> None:
    """Check the names in a chapter against the codebook and the plan, before there are answers."""
    from ..chapter import check_chapter

    open_names = check_chapter(_loaded(about), language or None)
    for name in open_names:
        _say(f"only the answers can tell: {name}")
    _say("every other name is there, and fits where it stands" if open_names else "every name is there")


@command
def fields(about: str, search: Sequence[str], language: str | None) -> int:
    """List what a chapter may name, with present values."""
    from pandas import NA

    from ..release import load_release

    found = load_release(_loaded(about)).fields(" ".join(search), language or None)
    width = max(map(len, found["field"]), default=0)
    for name, value, interval, n, table in found.astype(object).itertuples(index=False):
        text = f"{value} ({interval})" if interval else value or f"[{table}]"
        _say(f"{name:{width}}  {text}" + ("" if n is NA else f"  n = {n}"))
    _say(f"{len(found)} fields")
    return 0 if len(found) else 8


@command
def purge(study: str, confirm: bool) -> None:
    """Delete a study's answers and all that was derived from them and not published."""
    from ..release import purge as delete

    for line in delete(_loaded(study), confirm=confirm):
        _say(line)


@command
def translations() -> None:
    """Bring the catalogue of texts up to date."""
    from ..i18n import update_catalogue

    _say(update_catalogue(project_root() / "notebooks"))
