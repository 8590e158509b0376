"""Kernels for the build: copies of a process that has the libraries loaded, or new ones where a system cannot copy.

A kernel notes which files it opened, so that the manifest can say what a notebook really read. All that it needs (its sockets,
IPython's folder) lies in a folder of the build, so that nothing of the analyst's own reaches a page, and a killed build leaves
nothing elsewhere. Forked and cold kernels give the same outputs; a test compares them.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import multiprocessing
import os
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager

from ..errors import UsageError

KERNEL_FOLDER = "EVALKIT_KERNEL_FOLDER"
"""The environment variable that names the folder in which a kernel may leave what it needs."""
READS = "reads.json"
"""The file there in which a kernel notes what it opened."""
SETTINGS = ("--quiet", "--InteractiveShell.colors=NoColor", "--HistoryManager.enabled=False")
SOCKET_LENGTH = 90
"""A socket's address has a hundred characters and a little."""
_PR_SET_PDEATHSIG = 1


def processes() -> Any:
    """Return how this system makes processes: by copying this one on Linux, anew elsewhere or where EVALKIT_KERNEL says so."""
    cold = sys.platform != "linux" or os.environ.get("EVALKIT_KERNEL") == "cold"
    return multiprocessing.get_context("spawn" if cold else "fork")


def die_with_parent() -> None:
    """Ask Linux to end this process when its parent ends, so that a killed build leaves nothing running."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class KernelManager(AsyncKernelManager):
    """Starts a kernel as a process of this one, with sockets in its folder: no port is taken, none is open to others."""

    def __init__(self, **kwargs: Any) -> None:
        folder = Path(os.environ[KERNEL_FOLDER])
        folder.mkdir(parents=True, exist_ok=True)
        if sys.platform != "win32":
            kwargs |= {"transport": "ipc", "ip": f"{_short(folder)}/kernel"}
        super().__init__(connection_file=str(folder / "kernel.json"), **kwargs)

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        process = processes().Process(target=_serve, args=(self.connection_file, kw.get("env"), kw.get("cwd")))
        process.start()
        # What a manager asks of a process, in the words of `subprocess`.
        process.stdin = process.stdout = process.stderr = None
        process.poll = process.wait = lambda: process.exitcode
        process.send_signal = lambda signum: os.kill(process.pid, signum) if process.exitcode is None else None
        provisioner: Any = self.provisioner
        provisioner.process, provisioner.pid = process, process.pid
        self._reconcile_connection_info(provisioner.connection_info)


def _short(folder: Path) -> str:
    """Return a way to a folder that is short enough for a socket's address."""
    if len(os.fsencode(folder)) <= SOCKET_LENGTH:
        return str(folder)
    if sys.platform == "linux":
        return f"/proc/{os.getpid()}/fd/{os.open(folder, os.O_RDONLY | os.O_DIRECTORY)}"
    return tempfile.mkdtemp(prefix="evalkit-", dir="/tmp")


def _serve(connection_file: str, environment: dict[str, str] | None, cwd: str | None) -> None:
    """Be a kernel until told to stop, and never return."""
    code = 1
    try:
        die_with_parent()
        asyncio.events._set_running_loop(None)
        asyncio.set_event_loop(asyncio.new_event_loop())  # the parent's must not be shared
        os.environ.update(environment or {}, JPY_PARENT_PID=str(os.getppid()))
        os.environ.pop("PYTHONSTARTUP", None)
        if cwd:
            os.chdir(cwd)
        _run_kernel(connection_file)
        code = 0
    finally:
        os._exit(code)


def _run_kernel(connection_file: str) -> None:
    from ipykernel.kernelapp import IPKernelApp

    folder, opened = Path(connection_file).parent, set[str]()
    (folder / "ipython").mkdir(exist_ok=True)
    sys.addaudithook(lambda event, args: _note(opened, event, args))
    os.environ["MPLBACKEND"] = "agg"  # else a cold kernel would show what a forked one keeps
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")  # what the process that it was forked from had drawn is no cell's
    app: Any = IPKernelApp.instance()
    app.initialize(["-f", connection_file, f"--ipython-dir={folder / 'ipython'}", *SETTINGS])
    app.shell.events.register("post_run_cell", partial(_refuse_open_figures, app.shell))
    app.start()
    (folder / READS).write_text(json.dumps(sorted(opened)), encoding="utf-8")


def _refuse_open_figures(shell: Any, result: Any) -> None:
    """Let a cell fail that has drawn something and not shown it: no reader would see it, and nobody would say so."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not result.success or not pyplot.get_fignums():
        return
    what, hint = "a cell has drawn a figure that no reader would see", "show it so, or close it with plt.close()"
    expected = "show.figure(plt.gcf(), alt='what a reader would see, in words')"
    result.error_in_exec = UsageError(what, expected=expected, hint=hint)
    shell.showtraceback((UsageError, result.error_in_exec, None))


def _note(opened: set[str], event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(args[0], str) and not (args[2] & (os.O_WRONLY | os.O_RDWR)):
        opened.add(os.path.abspath(args[0]))
