"""From matplotlib to SVG and PNG that are the same on every machine and day.

Text stays text in the SVG, in the page's own font: it can be searched and copied, and is sharp at any size. Places are measured
with matplotlib's own DejaVu Sans, which is wider than the fonts that readers have, so that nothing overlaps.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from .palette import INK, PAPER, QUIET, RULE
from .views import anchor

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 7.6
"""Inches; the width of a page's text."""
FONT = "Inter, 'Segoe UI', Roboto, Helvetica, Arial, 'DejaVu Sans', sans-serif"
_RC: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "evalkit",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": QUIET,
    "axes.edgecolor": RULE,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "xtick.color": QUIET,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "axes.unicode_minus": True,
}


@contextmanager
def drawn(height: float, width: float = WIDTH) -> Iterator[Figure]:
    """Give an empty figure in the suite's style, apart from pyplot's state."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({**mpl.rcParamsDefault, **_RC, "backend": "agg"}):  # type: ignore[dict-item]
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        yield figure


def as_svg(figure: Figure, name: str, title: str, alt: str) -> str:
    """Return a figure as SVG without times, paths or ids that vary, named for a screen reader.

    Parameters
    ----------
    figure
        Drawn; called inside `drawn`.
    name
        The figure's id; what ids remain begin with it.
    title, alt
        Its title, and what a reader would see.
    """
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"(\d+\.\d{2})\d+", r"\1", body)
    body = re.sub(r"font: ((?:bold )?[\d.]+px) [^;\"]*", rf"font: \1 {FONT}", body).replace('"font: ', '"font: ')
    return _named(_own_ids(body, anchor("svg", name)), title, alt).strip()


def _own_ids(body: str, prefix: str) -> str:
    """Keep only the ids that something refers to, and number them under the figure's own name."""
    used = dict.fromkeys(re.findall(r'(?:url\(#|href="#)([^)"]+)', body))
    body = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in used else "", body)
    for number, old in enumerate(used):
        body = re.sub(rf'(id="|url\(#|href="#){re.escape(old)}(["\)])', rf"\g<1>{prefix}-{number}\2", body)
    return body


def _named(body: str, title: str, alt: str) -> str:
    start = body.index(">") + 1
    opening = re.sub(r"\s+", " ", body[:start])
    width, height = (float(re.search(rf'{side}="([\d.]+)pt"', opening)[1]) for side in ("width", "height"))  # type: ignore[index]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width * 4 / 3:.0f}" height="{height * 4 / 3:.0f}" role="img" aria-label={quoteattr(f"{title}. {alt}")}>'
    )
    return f"{head}<title>{escape(title)}</title><desc>{escape(alt)}</desc>{body[start:]}"


def png_maker(draw: Callable[[], Figure]) -> Callable[[], bytes]:
    """Return what makes a figure as PNG, 200 dots an inch, with no text in its metadata."""

    def make() -> bytes:
        out = io.BytesIO()
        draw().savefig(out, format="png", dpi=200, metadata={"Software": None})
        return out.getvalue()

    return make
