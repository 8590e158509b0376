"""Jobs side by side, each in a process of its own, so that one that dies takes nothing with it and one that hangs is named."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from ..errors import BuildError, EvalkitError, UsageError, file_errors
from .kernel import die_with_parent, processes

HEARTBEAT = 30.0
"""Seconds after which a job that still runs is named, and each time again."""
TIMEOUT = "EVALKIT_TIMEOUT"
"""The environment variable that says how many seconds a cell may take."""
PATIENCE = 900.0
_pipe: Any = None
"""To the process that started this one, in a job's own process."""


@dataclass(frozen=True)
class Job:
    """A function and its arguments; both must survive a trip to another process."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass
class _Running:
    """A job at work: since when, and at which step since when."""

    job: Job
    process: Any
    started: float = field(default_factory=time.monotonic)
    step: str = ""
    since: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)


def now_at(step: str) -> None:
    """Tell the process that started this one at which cell it is."""
    if _pipe is not None:
        _pipe.send(("step", step))


def side_by_side(
    jobs: Sequence[Job],
    say: Callable[[str], None],
    workers: int | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Run jobs, at most one a processor at a time, and return what each returned, by name.

    Parameters
    ----------
    jobs
        Started in order.
    say
        Told a line as each ends, with its seconds, and now and then of one that does not.
    workers
        How many at a time; the processors of the machine unless said otherwise.
    meanwhile
        What this process does once the first jobs have started.

    Raises
    ------
    EvalkitError
        The first job's error, or that one of its cells takes too long; the others are stopped.
    """
    waiting, running, results = list(jobs), dict[Any, _Running](), dict[str, Any]()
    patience = _patience()
    try:
        while waiting or running:
            while waiting and len(running) < (workers or os.cpu_count() or 1):
                pipe, one = _started(waiting.pop(0))
                running[pipe] = one
            if meanwhile is not None:
                meanwhile()
                meanwhile = None
            for pipe in wait(list(running), timeout=1):
                kind, value = _received(pipe, running[pipe])
                if kind == "step":
                    running[pipe].step, running[pipe].since = value, time.monotonic()
                else:
                    one = running.pop(pipe)
                    results[one.job.name] = value
                    say(f"  {one.job.name}  {time.monotonic() - one.started:.1f} s")
            for one in running.values():
                _look_at(one, say, patience)
    finally:
        for one in running.values():
            one.process.kill()
            one.process.join()
    return results


def _patience() -> float:
    given = os.environ.get(TIMEOUT) or PATIENCE
    try:
        return float(given)
    except ValueError:
        raise UsageError("this is no number of seconds", where=TIMEOUT, got=given) from None


def _started(job: Job) -> tuple[Any, _Running]:
    context = processes()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(job, theirs))
    process.start()
    theirs.close()
    return ours, _Running(job, process)


def _look_at(one: _Running, say: Callable[[str], None], patience: float) -> None:
    """Say now and then that a job still runs, and stop at a cell that has run too long."""
    now, at = time.monotonic(), one.step or "at work"
    if one.step and now - one.since > patience:
        raise BuildError(
            "a cell takes too long",
            where=f"{one.job.name}, {one.step}",
            got=f"more than {patience:.0f} s",
            hint=f"try it with `make lab`; {TIMEOUT}=seconds allows more",
        )
    if now - one.told > HEARTBEAT:
        one.told = now
        say(f"  {one.job.name}  still running: {at}, {now - one.since:.0f} s")


def _work(job: Job, pipe: Any) -> None:
    global _pipe
    _pipe = pipe
    die_with_parent()
    try:
        with file_errors(job.name):
            result = job.function(*job.arguments)
        pipe.send(("done", result))
    except EvalkitError as error:
        pipe.send(("failed", error))
    except BaseException as error:
        pipe.send(("failed", unexpected(error, job.name)))


def unexpected(error: BaseException, where: str) -> BuildError:
    """Return an error for one that nobody foresaw: its kind, file and line, without any value."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return BuildError(
        "an unexpected error (its text may quote data and is left out)",
        where=where,
        got=f"{type(error).__name__}{place}",
        hint="this is a defect of evalkit: please report it with the line above",
    )


def _received(pipe: Any, one: _Running) -> tuple[str, Any]:
    """Return what a job tells: `step`, or `done` with its result.

    Raises
    ------
    EvalkitError
        The job's error, or that its process ended before it was done.
    """
    try:
        kind, value = pipe.recv()
    except EOFError:
        one.process.join()
        raise BuildError(
            "the process ended before it was done",
            where=one.job.name,
            got=f"exit code {one.process.exitcode}",
            hint="is there memory enough? run `make report` again",
        ) from None
    if kind == "failed":
        raise value
    if kind == "done":
        one.process.kill()  # a library's thread must not hold it
        one.process.join()
    return kind, value
