"""Jobs side by side, each in a process of its own, so that one that dies takes nothing with it and one that hangs is named."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from ..errors import BuildError, EvalkitError, file_errors
from .kernel import die_with_parent, processes

HEARTBEAT = 30.0
"""Seconds after which a job that still runs is named, and each time again."""
TIMEOUT = "EVALKIT_TIMEOUT"
"""The environment variable that says how many seconds a cell may take."""
PATIENCE = 900.0
_pipe: Any = None
"""To the process that started this one, in a job's own process."""


@dataclass
class _Running:
    """A job at work: since when, and at which cell since when."""

    name: str
    process: Any
    started: float = field(default_factory=time.monotonic)
    cell: str = ""
    since: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)

    def look_at(self, say: Callable[[str], None], patience: float) -> None:
        """Say now and then that it still runs, and stop at a cell that has run too long."""
        now = time.monotonic()
        if self.cell and now - self.since > patience:
            where, got = f"{self.name}, {self.cell}", f"more than {patience:.0f} s"
            hint = f"try it with `make lab`; {TIMEOUT}=seconds allows more"
            raise BuildError("a cell takes too long", where=where, got=got, hint=hint)
        if now - self.told > HEARTBEAT:
            self.told = now
            say(f"  {self.name}  still running: {self.cell or 'at work'}, {now - self.since:.0f} s")

    def received(self, pipe: Any) -> tuple[str, Any]:
        """Return what it tells: `cell` with what it is at, or `done` with its result; raise its error."""
        try:
            kind, value = pipe.recv()
        except EOFError:
            self.process.join()
            what, got = "the process ended before it was done", f"exit code {self.process.exitcode}"
            hint = "is there memory enough? run `make report` again"
            raise BuildError(what, where=self.name, got=got, hint=hint) from None
        if kind == "failed":
            raise value
        return kind, value


def now_at(cell: str) -> None:
    """Tell the process that started this one at which cell it is."""
    if _pipe is not None:
        _pipe.send(("cell", cell))


def side_by_side(
    jobs: Mapping[str, Callable[[], Any]], say: Callable[[str], None], meanwhile: Callable[[], None] | None = None
) -> dict[str, Any]:
    """Run jobs, at most one a processor at a time, and return what each returned, by name.

    Parameters
    ----------
    jobs
        What to call, by name, started in order; it must survive a trip to another process.
    say
        Told a line as each ends, with its seconds, and now and then of one that does not.
    meanwhile
        What this process does once the first jobs have started.

    Raises
    ------
    EvalkitError
        The first job's error, or that one of its cells takes too long; the others are stopped.
    """
    waiting, running, results = list(jobs.items()), dict[Any, _Running](), dict[str, Any]()
    patience = float(os.environ.get(TIMEOUT) or PATIENCE)
    try:
        while waiting or running:
            while waiting and len(running) < (os.cpu_count() or 1):
                pipe, one = _started(*waiting.pop(0))
                running[pipe] = one
            if meanwhile is not None:
                meanwhile()
                meanwhile = None
            for pipe in wait(list(running), timeout=1):
                one = running[pipe]
                kind, value = one.received(pipe)
                if kind == "cell":
                    one.cell, one.since = value, time.monotonic()
                else:
                    results[one.name] = value
                    _end(running.pop(pipe))
                    say(f"  {one.name}  {time.monotonic() - one.started:.1f} s")
            for one in running.values():
                one.look_at(say, patience)
    finally:
        for one in running.values():
            _end(one)
    return results


def _started(name: str, call: Callable[[], Any]) -> tuple[Any, _Running]:
    context = processes()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(name, call, theirs))
    process.start()
    theirs.close()
    return ours, _Running(name, process)


def _end(one: _Running) -> None:
    one.process.kill()
    one.process.join()


def _work(name: str, call: Callable[[], Any], pipe: Any) -> None:
    global _pipe
    _pipe = pipe
    die_with_parent()
    try:
        with file_errors(name):
            result = call()
        pipe.send(("done", result))
    except EvalkitError as error:
        pipe.send(("failed", error))
    except BaseException as error:
        pipe.send(("failed", unexpected(error, name)))


def unexpected(error: BaseException, where: str) -> BuildError:
    """Return an error for one that nobody foresaw: its kind, file and line, without any value."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    what = "an unexpected error (its text may quote data and is left out)"
    hint = "this is a defect of evalkit: please report it with the line above"
    return BuildError(what, where=where, got=f"{type(error).__name__}{place}", hint=hint)
