"""The command line: `python -m evalkit COMMAND`. `make` calls nothing else.

Nothing heavy is imported until a command needs it: a report that is up to date is recognised with the standard library alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import EvalkitError, UsageError, file_errors
from ..places import project_root, study_folder

DEFAULT_STUDY = "departementsstrategien-2023"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0, or that of the error's kind."""
    options = _parser().parse_args(arguments)
    try:
        with file_errors():
            return int(options.run(options) or 0)
    except EvalkitError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted; nothing was changed", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evalkit", description="A reproducible evaluation of a survey.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, help: str, *, study: bool = True, output: bool = False) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help, description=help)
        sub.set_defaults(run=run)
        if study:
            sub.add_argument(
                "--study", default=DEFAULT_STUDY, metavar="NAME", help="a name under data/raw, or a folder"
            )
        if output:
            sub.add_argument(
                "--output", type=Path, default=Path("outputs"), metavar="FOLDER", help="where outputs are put"
            )
        return sub

    report = command("report", _report, "make the report, if anything it is made from has changed", output=True)
    report.add_argument(
        "--language", default=None, metavar="CODE", help="one of the study's languages; its first by default"
    )
    report.add_argument(
        "-p", "--parameter", action="append", default=[], metavar="NAME=VALUE", help="a notebook parameter"
    )
    command("audit", _audit, "attack a published report as a reader could", output=True)
    command("verify", _verify, "make the report again, aside, and name every file that differs", output=True)
    fields = command("fields", _fields, "list what a chapter may name, with present values", study=False)
    fields.add_argument(
        "study", nargs="?", default=DEFAULT_STUDY, metavar="STUDY", help="a name under data/raw, or a folder"
    )
    fields.add_argument("search", nargs="*", metavar="WORD", help="only names that hold all of these")
    fields.add_argument("--language", default=None, metavar="CODE", help="the language of the values")
    purge = command("purge", _purge, "delete a study's answers and all that was derived from them and not published")
    purge.add_argument("--confirm", action="store_true", help="really delete")
    synthesize = command("synthesize", _synthesize, "make a synthetic study's export again")
    synthesize.add_argument("--seed", type=int, default=None, help="another seed than the study's own")
    command("translations", _translations, "bring the catalogue of texts up to date", study=False)
    return parser


def _say(line: str) -> None:
    print(line, flush=True)


def _report(options: argparse.Namespace) -> int:
    parameters = dict(_named_value(text) for text in options.parameter)
    language = options.language or None
    current = _current_page(options.study, language, options.output, parameters)
    if current is not None:
        _say(f"nothing to do: {current} is up to date")
        return 0
    from .runner import report

    report(options.study, language, options.output, parameters, _say)
    return 0


def _current_page(study: str, language: str | None, output: Path, parameters: dict[str, str]) -> Path | None:
    """Return the first page of an up-to-date report, without loading the study."""
    from .manifest import current_inputs, is_current

    root, folder = project_root(), study_folder(study)
    place = output.resolve() / folder.name
    found = is_current(place, language, current_inputs(root, folder), parameters, root)
    return place / found / "index.html" if found else None


def _named_value(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError("a parameter needs a name and a value", got=text, expected="NAME=VALUE")
    return name, value


def _audit(options: argparse.Namespace) -> int:
    from ..attack import audit
    from ..study import load_study
    from .manifest import read_manifest

    name = load_study(options.study).name
    place = options.output.resolve() / name
    languages = read_manifest(place).get("languages", {})
    if not languages:
        raise UsageError("there is no report to attack", where=place, hint="run `make report` first")
    total = 0
    for folder in _made_alike(place, languages):
        found = audit(folder)
        total += len(found)
        what = name if folder == place else f"{name}, {folder.name}"
        _say(f"{what}: {len(found)} hidden counts can be worked out")
        for _, row in found.iterrows():
            _say(f"  {row['table']}: {row['kind']} at {row['where']}")
    return 5 if total else 0


def _made_alike(place: Path, languages: dict[str, Any]) -> list[Path]:
    """Return the study's folder where all languages are of the same answers and are attacked together, else one a language."""
    made_from = [entry["inputs"] for entry in languages.values()]
    alike = all(inputs == made_from[0] for inputs in made_from)
    return [place] if alike else [place / language for language in sorted(languages)]


def _fields(options: argparse.Namespace) -> int:
    from pandas import NA

    from ..release import load_release
    from ..study import load_study

    found = load_release(load_study(options.study)).fields(" ".join(options.search), options.language)
    width = max(map(len, found["field"]), default=0)
    for name, value, interval, n, table in found.astype(object).itertuples(index=False):
        about = f"{value} ({interval})" if interval else value or f"[{table}]"
        _say(f"{name:{width}}  {about}" + ("" if n is NA else f"  n = {n}"))
    _say(f"{len(found)} fields")
    return 0 if len(found) else 8


def _verify(options: argparse.Namespace) -> int:
    from .runner import verify

    differing = verify(options.study, options.output, _say)
    for name in differing:
        _say(f"  differs: {name}")
    _say("every file is the same" if not differing else f"{len(differing)} files differ")
    return 6 if differing else 0


def _purge(options: argparse.Namespace) -> int:
    from ..release import purge
    from ..study import load_study

    for line in purge(load_study(options.study), confirm=options.confirm):
        _say(line)
    return 0


def _synthesize(options: argparse.Namespace) -> int:
    from ..data import write_export
    from ..study import load_study

    _say(f"wrote {write_export(load_study(options.study), seed=options.seed)}")
    return 0


def _translations(_options: argparse.Namespace) -> int:
    from ..i18n import update_catalogue

    _say(update_catalogue(project_root() / "notebooks"))
    return 0
