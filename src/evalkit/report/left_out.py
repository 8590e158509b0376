"""What becomes of a cell whose estimate cannot be had: a sentence in its section, and the rest of the notebook goes on.

A study may lack what a step needs, and few answers may bear no model. That is no fault of the notebook, so that it is said where the
result would have stood. Every other error stops the notebook, as it should.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..errors import EstimationError


def say_instead(said: Callable[[str, bool], object]) -> None:
    """Have IPython call `said(reason, follows)` for a cell in which an estimate cannot be had, and for those that follow from it.

    Does nothing outside IPython.
    """
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if shell is None:
        return
    left_out = _LeftOut(said)
    shell.set_custom_exc((EstimationError, NameError), left_out.handle)
    shell.events.register("post_run_cell", left_out.forgive)


@dataclass
class _LeftOut:
    """What was left out of a notebook so far: the names that it would have made."""

    said: Callable[[str, bool], object]
    names: set[str] = field(default_factory=set)

    def expects(self, error: BaseException | None) -> bool:
        """Return whether an error is one that leaves a section out, or follows from one."""
        return isinstance(error, EstimationError) or (isinstance(error, NameError) and error.name in self.names)

    def handle(self, shell: Any, kind: type[BaseException], error: BaseException, trace: Any, **_: Any) -> None:
        """Say what stands instead of a result; show any other error as it is."""
        if self.expects(error):
            self.said(str(error), isinstance(error, NameError))
        else:
            shell.showtraceback((kind, error, trace))

    def forgive(self, result: Any) -> None:
        """Let the notebook go on after such a cell."""
        if self.expects(result.error_in_exec):
            self.names |= _assigned(result.info.raw_cell)
            result.error_in_exec = None


def _assigned(source: str) -> set[str]:
    """Return the names that a cell would have given a value."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    return {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
