"""What a cell shows: HTML in a notebook and on the page, and nothing but its name as plain text."""

from __future__ import annotations

from dataclasses import dataclass, field

MIME = "application/vnd.evalkit+html"
"""The kind of output that pages accept: it went through `Page`, so it is protected and escaped."""


@dataclass(frozen=True)
class Shown:
    """A table, figure or text ready to be shown.

    Parameters
    ----------
    name
        What it is, without any number.
    html
        Its markup.
    """

    name: str
    html: str = field(repr=False)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html, MIME: self.html, "text/plain": repr(self)}

    def __repr__(self) -> str:
        """Return its name."""
        return f"<{self.name}>"
