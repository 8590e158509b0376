"""Do builds that are killed at random moments leave outputs wholly old or wholly new, and does the next one mend all?

A report is made and its study edited; then builds are started and killed with SIGKILL, the whole process group or the first
process alone, every other one while it makes and writes what is kept in data/processed, while a watcher compares the outputs with
their manifest again and again. At the end one build runs undisturbed; nothing may be left in the temporary folder.

    python benchmarks/interrupted.py [STUDY] [--kills 10] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from evalkit.digest import file_digest, folder_digests

ROOT = Path(__file__).parents[1]


def project(folder: Path, study: str) -> Path:
    """Copy what a report is made from."""
    for part in ("src", "notebooks", f"data/raw/{study}"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    shutil.copy(ROOT / "requirements.lock", folder)
    (folder / "temporary").mkdir()
    return folder


def start(folder: Path, study: str) -> subprocess.Popen[bytes]:
    """Start a build in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "evalkit", "report", "--study", study],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src"), "TMPDIR": str(folder / "temporary")},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def finish(folder: Path, study: str) -> dict[str, str]:
    """Build undisturbed and return the digest of every file."""
    if start(folder, study).wait():
        raise SystemExit("a build failed")
    return folder_digests(folder / "outputs" / study)


def look(place: Path) -> str:
    """Compare outputs with their manifest through one open folder, which a swap meanwhile does not change."""
    held = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        here = Path(f"/proc/self/fd/{held}")
        manifest = json.loads((here / "manifest.json").read_text(encoding="utf-8"))
        for language, entry in manifest["languages"].items():
            if any(file_digest(here / language / name) != digest for name, digest in entry["files"].items()):
                raise ValueError(language)
        return "whole"
    except (OSError, ValueError):
        return "half new" if place.stat().st_ino == os.fstat(held).st_ino else "swapped while looking"
    finally:
        os.close(held)


def watch(place: Path, seen: Counter[str], done: threading.Event) -> None:
    """Look again and again until told to stop."""
    while not done.is_set():
        seen[look(place)] += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", nargs="?", default="copenhagen-housing")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    study, chance = options.study, random.Random(options.seed)
    with tempfile.TemporaryDirectory() as top:
        folder = project(Path(top, "disturbed"), study)
        finish(folder, study)
        plan = folder / "data" / "raw" / study / "study.yml"
        plan.write_text(plan.read_text(encoding="utf-8") + "# edited\n", encoding="utf-8")
        other = Path(shutil.copytree(folder, Path(top, "undisturbed")))
        started = time.monotonic()
        wanted, seconds = finish(other, study), time.monotonic() - started
        seen, done = Counter[str](), threading.Event()
        watcher = threading.Thread(target=watch, args=(folder / "outputs" / study, seen, done))
        watcher.start()
        for number in range(options.kills):
            caches, whole_group = number % 2 == 1, number % 4 < 2
            if caches:  # kill while answers and release are made and written
                shutil.rmtree(folder / "data" / "processed", ignore_errors=True)
            process = start(folder, study)
            time.sleep(chance.uniform(0, seconds / 3 if caches else seconds))
            (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
            process.wait()
        same = finish(folder, study) == wanted
        done.set()
        watcher.join()
        left = sorted(path.name for path in (folder / "temporary").iterdir())
    print(f"{options.kills} kills over {seconds:.0f} s builds of {study}; equal to an undisturbed build: {same}")
    print("looks at the outputs: " + ", ".join(f"{count} {kind}" for kind, count in sorted(seen.items())))
    print(f"left in the temporary folder: {', '.join(left) or 'nothing'}")
    return 0 if same and not left and not seen["half new"] else 1


if __name__ == "__main__":
    sys.exit(main())
