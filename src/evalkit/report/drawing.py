"""From matplotlib to SVG and PNG that are the same on every machine and day.

Text stays text in the SVG, in the page's own font: it can be searched and copied, and is sharp at any size. Places are measured
with matplotlib's own DejaVu Sans, which is wider than the fonts that readers have, so that nothing overlaps.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from math import nan
from operator import itemgetter
from textwrap import wrap
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.patches import Rectangle

from ..errors import UsageError
from ..i18n import Locale
from .palette import INK, OUTLINE, PALE, PAPER, QUIET, RULE
from .views import FigureView, anchor, spoken

SIZE = 9.5
"""Points; the size of a label."""
KEY = 8.0
"""Points; the size of keys and axes."""
WIDTH = 7.6
"""Inches; the width of a page's text."""
MARK = 0.26
"""Inches; the room of a bar or point under its label."""
_EM = 100.0
"""Points; the size in which texts are measured."""
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


@dataclass(frozen=True)
class Sheet:
    """How wide a drawing is in inches, and whether that is too narrow for a column of labels: then each stands above its mark."""

    width: float = WIDTH
    narrow: bool = False

    def canvas(self, height: float) -> Axes:
        """Return empty axes in inches, the origin at the top left, for drawing with the functions below."""
        axes = Figure(figsize=(self.width, height)).add_axes((0, 0, 1, 1))
        axes.set_xlim(0, self.width)
        axes.set_ylim(height, 0)
        axes.set_axis_off()
        return axes

    def rows(self, labels: Sequence[str], column: float, least: float, top: float = 0.04, grid: bool = False) -> Rows:
        """Return where rows stand.

        Parameters
        ----------
        labels
            What the rows are called.
        column, least, top
            Inches: the width of the labels' column, a row's least height, and where the first one begins.
        grid
            Whether labels are small, all rows as high as the highest, and a mark under its label as high as the label.
        """
        size = KEY if grid else SIZE
        lines = tuple(label_lines(label, self.width if self.narrow else column - 0.1, size) for label in labels)
        heights = [row_height([line], size, 0 if self.narrow else least) for line in lines]
        if grid:
            heights = [max(heights)] * len(heights)
        if not self.narrow:
            return Rows(lines, column, tuple(heights), top, size=size)
        marks = [own if grid else MARK for own in heights]
        both = tuple(map(sum, zip(heights, marks, strict=True)))
        return Rows(lines, 0.04, both, top, marks[0] if marks else MARK, size)


@dataclass(frozen=True)
class Rows:
    """Rows of a drawing, in inches: labels, where marks begin, the heights, where the first begins, a mark's height, and labels' size.

    Without a height of their own marks are as high as their rows, and labels stand before them in a column; otherwise above.
    """

    labels: tuple[str, ...]
    left: float
    heights: tuple[float, ...]
    top: float
    mark: float = 0
    size: float = SIZE

    @property
    def bottom(self) -> float:
        """Where the last row ends."""
        return self.top + (sum(self.heights) or MARK)

    def middle(self, number: int) -> float:
        """Return the height at which a row's mark stands."""
        return self.top + sum(self.heights[: number + 1]) - (self.mark or self.heights[number]) / 2

    def label(self, axes: Axes, number: int, *, bold: bool = False, align: str = "right") -> None:
        """Write a row's label."""
        text, y = self.labels[number], self.middle(number)
        if self.mark:
            above = y - self.mark / 2 - row_height([text], self.size, 0) / 2 + 0.01
            put(axes, 0.02, above, text, bold=bold, size=self.size)
        else:
            put(axes, self.left - 0.12 if align == "right" else 0.2, y, text, ha=align, bold=bold, size=self.size)

    def line(self, axes: Axes, x: float, colour: str = RULE, width: float = 0.8, zorder: float = 0) -> None:
        """Draw a vertical line through all marks, and through no label."""
        if not self.mark:
            xs, ys = [x, x], [self.top, self.bottom]
        else:
            marked = [self.middle(row) for row, label in enumerate(self.labels) if label]  # a heading has none
            ends = [[middle + side * self.mark / 2 for side in (-1, 1)] for middle in marked]
            xs, ys = [x, x, nan] * len(ends), [y for low, high in ends for y in (low, high, nan)]
        axes.plot(xs, ys, color=colour, linewidth=width, zorder=zorder)


WIDE, NARROW = Sheet(), Sheet(3.4, narrow=True)
"""For a page or a slide, and for a telephone, on which the smallest letters are 11 pixels high."""


def put(axes: Axes, x: float, y: float, text: str, size: float = SIZE, bold: bool = False, **look: Any) -> None:
    """Write a text, its lines centred on y, looking otherwise as matplotlib is told (`ha`, `color`)."""
    lines = text.split("\n")
    step, weight = size / 72 * 1.18, "bold" if bold else "normal"
    for number, line in enumerate(lines):
        baseline = y + (number - (len(lines) - 1) / 2) * step + size / 72 * 0.36
        axes.text(x, baseline, line, fontsize=size, fontweight=weight, va="baseline", parse_math=False, **look)


def strip(axes: Axes, x: float, y: float, width: float, height: float, colour: str) -> None:
    """Draw a filled rectangle with a thin edge, so that neighbours stand apart in any print and pale ones from the paper."""
    edge = OUTLINE if colour in PALE else PAPER
    patch = Rectangle((x, y), max(width, 0), height, facecolor=colour, edgecolor=edge, linewidth=0.8)
    axes.add_artist(patch)  # the limits of the axes are fixed: nothing is gained by asking how far it reaches


def interval(axes: Axes, low: float, high: float, y: float) -> None:
    """Draw an interval as a line with ends."""
    for x, height in (((low, high), 0), ((low, low), 0.045), ((high, high), 0.045)):
        axes.plot(x, [y - height, y + height], color=INK, linewidth=1.2, solid_capstyle="butt", zorder=4)


@cache
def label_lines(text: str, width: float, size: float = SIZE) -> str:
    """Return a text in lines that fit a width in inches even in the widest font of the stack, long words whole."""
    glued = text.replace("\N{NO-BREAK SPACE}", "\N{WORD JOINER}")
    lines: list[str] = []
    for letters in range(max(int(width / (size / 72 * 0.53)), 6), 5, -1):
        lines = wrap(glued, letters, break_long_words=False, break_on_hyphens=False)
        if all(text_width(line) * size / 72 <= width for line in lines):
            break
    return "\n".join(lines or [""]).replace("\N{WORD JOINER}", "\N{NO-BREAK SPACE}")


@cache
def text_width(text: str, *, bold: bool = False) -> float:
    """Return how wide a text is in DejaVu Sans, as a multiple of the font's size."""
    font = _font("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")
    font.set_text(text)
    width, _ = font.get_width_height()
    return float(width / 64 / _EM)


@cache
def _font(name: str) -> Any:
    font = FT2Font(f"{mpl.get_data_path()}/fonts/ttf/{name}")
    font.set_size(_EM, 72)
    return font


def with_base(label: str, base: int, locale: Locale) -> str:
    """Return a label with its base, which stays on one line: `Finansdepartementet (n = 95)`."""
    return f"{label} (n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{locale.number(base)})"


def row_height(labels: Sequence[str], size: float = SIZE, least: float = 0.36) -> float:
    """Return the height of a row in inches in which each label has room."""
    lines = max((label.count("\n") + 1 for label in labels), default=1)
    return max(least, 0.03 + lines * (size / 72 * 1.18 + 0.02))


class Said(NamedTuple):
    """A row of a figure in words: what it is called, what is shown of it, and the one number that it is compared by, if there is one."""

    label: str
    text: str
    value: float | None = None


def shares_text(names: Sequence[str], shares: Sequence[float | None], locale: Locale) -> str:
    """Return shares in words, without those that are not known."""
    known = [(name, share) for name, share in zip(names, shares, strict=True) if share is not None and share == share]
    return ", ".join(f"{name} {locale.percent(share)}" for name, share in known)


def _brief(said: Sequence[Said], locale: Locale) -> str:
    """Return the highest and the lowest of three rows or more, in a sentence."""
    known = [(row.value, f"{row.label}, {row.text}") for row in said if row.value is not None]
    if len(known) < 3:
        return ""
    most, least = (pick(known, key=itemgetter(0))[1] for pick in (max, min))
    return locale.text("Highest: {most}; lowest: {least}.", most=most, least=least)


def figure_parts(
    name: str, title: str, said: Sequence[Said], draw: Callable[[Sheet], Axes], locale: Locale
) -> FigureView:
    """Draw a figure as SVG, wide and narrow, and as PNG when it is asked for.

    Parameters
    ----------
    name
        The figure's id.
    title
        What it shows.
    said
        What is seen of each row.
    draw
        Returns fresh axes in a sheet; called in the suite's style.
    locale
        The language.
    """
    alt, brief = " ".join(f"{row.label}: {row.text}." for row in said), _brief(said, locale)
    with _style():
        figure, small = (draw(sheet).get_figure(root=True) for sheet in (WIDE, NARROW))
        svg = _svg(figure, name, title, alt, brief)
        narrow = _svg(small, f"{name}-narrow", title, "", brief)
    png = cache(partial(_png, figure))
    return FigureView(name, title, alt, (), svg, png, narrow=narrow, figure=figure, brief=brief)


def drawn_figure(drawn: Any, name: str, title: str, alt: str) -> FigureView:
    """Return a figure of one's own, drawn by matplotlib or seaborn, as a figure of the page.

    Raises
    ------
    UsageError
        When it is no drawing.
    """
    figure = getattr(drawn, "figure", drawn)
    if not isinstance(figure, Figure):
        expected = "a matplotlib figure, axes, or a seaborn grid"
        raise UsageError("this is no drawing", where=name, got=type(drawn).__name__, expected=expected)
    if figure.get_layout_engine() is None and any(axes.get_subplotspec() for axes in figure.axes):
        figure.set_layout_engine("constrained")  # else long labels are cut off, which a lab does not show
    with _style():
        svg = _svg(figure, name, title, alt, alt)
    if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
        pyplot.close(figure)  # it is shown; a lab would show it again, and a build would take it for forgotten
    return FigureView(name, title, alt, (), svg, cache(partial(_png, figure)), figure=figure)


def _png(figure: Any, dpi: float = 200) -> bytes:
    out = io.BytesIO()
    with _style():
        figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()


@contextmanager
def _style() -> Iterator[None]:
    with mpl.rc_context({**mpl.rcParamsDefault, **_RC, "backend": "agg"}):  # type: ignore[dict-item]
        yield


def _svg(figure: Any, name: str, title: str, alt: str, brief: str) -> str:
    """Return a figure as SVG without times, paths or ids that vary, named for a screen reader, with its numbers in words if given."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    body = text[text.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"(\d+\.\d{2})\d+", r"\1", body)
    address = anchor("svg", name)
    return _named(_lean(_own_ids(body, address)), f"{address}--words", title, alt, brief).strip()


def _lean(body: str) -> str:
    """Leave out what says nothing: clips at the paper's edge, groups of one, turns of 0 degrees, the font of every text."""
    body = re.sub(
        r' clip-path="[^"]*"|<defs>\s*<clipPath.*?</defs>| transform="rotate\(-?0 [^"]*"', "", body, flags=re.DOTALL
    )
    body = body.replace(" font-family: 'DejaVu Sans';", "")
    body = re.sub(r'(?<= d=")[^"]*', lambda d: re.sub(r"\s*\n|(?<=[A-Za-z]) ", "", d[0]), body)
    body = re.sub(r'(?<= style=")[^"]*', lambda style: re.sub(r"(?<=[:;]) ", "", style[0]), body)
    if "<g " not in body:  # no group has attributes that its parts would lose
        body = re.sub(r"</?g>", "", body)
    return re.sub(r"\s*\n\s*", "\n", body)


def _own_ids(body: str, prefix: str) -> str:
    """Keep only the ids that something refers to, and number them under the figure's own name."""
    used = dict.fromkeys(re.findall(r'(?:url\(#|href="#)([^)"]+)', body))
    body = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in used else "", body)
    for number, old in enumerate(used):
        body = re.sub(rf'(id="|url\(#|href="#){re.escape(old)}(["\)])', rf"\g<1>{prefix}-{number}\2", body)
    return body


def _named(body: str, address: str, title: str, alt: str, brief: str) -> str:
    start = body.index(">") + 1
    opening = re.sub(r"\s+", " ", body[:start])
    width, height = (float(re.search(rf'{side}="([\d.]+)pt"', opening)[1]) for side in ("width", "height"))  # type: ignore[index]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width * 4 / 3:.0f}" height="{height * 4 / 3:.0f}" style="font-family: {FONT}" role="img"'
        f" aria-label={quoteattr(spoken(title, brief))}>"
    )
    described = f"<title>{escape(title)}</title><desc id={quoteattr(address)}>{escape(alt)}</desc>" if alt else ""
    return f"{head}{described}{body[start:]}"
