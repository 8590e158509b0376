"""What a cell shows: HTML on the page, a picture that survives an untrusted notebook in the lab, and its name as plain text."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from ..errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ..i18n import Locale
    from ..study import Study
    from .views import FigureView, TableView

MIME = "application/vnd.evalkit+html"
"""The kind of output that pages accept: it went through `Show`, so it is protected and escaped."""


@dataclass(frozen=True, eq=False)
class Handle:
    """What was shown: it does not display itself again.

    Parameters
    ----------
    name
        What it is, without any number.
    html
        Its markup.
    pictures
        The figures that the lab shows as a picture in the place of the markup.
    views
        The tables and figures in it, for `save`.
    study, locale
        Whose it is, and the language it was shown in.
    frame
        The estimates behind it.
    said_in_the_lab
        What the lab shows, below the pictures, where it is something else than the page's markup.
    """

    name: str
    html: str = field(default="", repr=False)
    pictures: tuple[FigureView, ...] = ()
    views: tuple[TableView | FigureView, ...] = ()
    study: Study | None = None
    locale: Locale | None = None
    frame: pd.DataFrame | None = None
    said_in_the_lab: str = ""

    def save(self, path: str | Path, *, width: float | None = None) -> Path:
        """Write it to a file: the figure as .png or .svg, the tables as .xlsx, .docx or .tex.

        Parameters
        ----------
        path
            Where to; the ending chooses the format.
        width
            Of a figure, in inches; its own when left out.

        Raises
        ------
        UsageError
            When the ending is not known, or there is no figure (or table) in it.
        """
        from .saving import save

        if self.study is None or self.locale is None:
            raise UsageError("there is nothing to save in what was shown", where=self.name)
        return save(self.views, Path(path), self.study, self.locale, width)

    @property
    def axes(self) -> Axes:
        """The axes of its first figure, to go on with: `show.figure(axes, alt=...)` shows what became of them.

        Raises
        ------
        UsageError
            When there is no figure in it.
        """
        from .views import FigureView

        for view in self.views:
            if isinstance(view, FigureView) and view.figure is not None:
                return view.figure.axes[0]
        raise UsageError("there is no figure in what was shown", where=self.name)

    def _ipython_display_(self) -> None:
        """Show nothing: it has been shown."""

    def __repr__(self) -> str:
        """Return its name."""
        return f"<{self.name}>"


def emit(handle: Handle) -> Handle:
    """Display what a handle holds, once, and return it."""
    from IPython.display import display

    if handle.html or handle.said_in_the_lab:
        for bundle in _bundles(handle):
            display(bundle, raw=True)  # type: ignore[no-untyped-call]
    return handle


def _bundles(handle: Handle) -> list[dict[str, Any]]:
    """Return what the lab and the page are given.

    Markup of an untrusted notebook is cleaned of drawings, so that figures are given to the lab as pictures (PNG) with their
    captions beside them, and then the rest; the page takes the markup of the last and nothing of the others.
    """
    bundles: list[dict[str, Any]] = []
    for picture in handle.pictures:
        caption = Markup("<p><b>{}</b><br><small>{}</small></p>").format(picture.title, " ".join(picture.caption))
        bundles += [
            {"text/html": str(caption), MIME: "", "text/plain": ""},
            {"image/png": picture.png(), MIME: "", "text/plain": f"{handle!r}: {picture.spoken}"},
        ]
    if handle.said_in_the_lab or not bundles:
        lab = f"<div>{handle.said_in_the_lab}</div>" if handle.said_in_the_lab else handle.html
        return [*bundles, {"text/html": lab, MIME: handle.html, "text/plain": repr(handle)}]
    return [*bundles[:-1], bundles[-1] | {MIME: handle.html}]
