"""Drawings in a page: in the colours of light or dark paper, whichever the reader has, and each style written once."""

from __future__ import annotations

import re
from functools import cache

from .palette import BLACK, PAPER, dark


def adaptive(html: str) -> str:
    """Return a page whose drawings have classes for styles; the classes' colours follow the reader's scheme.

    A file of its own keeps white paper: it is put into documents and on slides, whatever the scheme of whoever opens it.
    """
    classes: dict[str, str] = {}

    def classed(style: re.Match[str]) -> str:
        return f' class="{classes.setdefault(style[1], f"d{len(classes)}")}"'

    html = re.sub(r"<svg .*?</svg>", lambda svg: re.sub(r' style="([^"]*)"', classed, svg[0]), html, flags=re.DOTALL)
    rules = "".join(f".{name}{{{_in_both(style)}}}\n" for style, name in classes.items())
    return html.replace("</style>", f"{rules}</style>", 1)


def _in_both(style: str) -> str:
    letters = "font-size" in style
    if letters and "fill:" not in style:  # black is left out, as SVG's own
        style = f"{style};fill:{BLACK}"
    return re.sub(
        r"(fill|stroke):(#[0-9a-fA-F]{6})",
        lambda found: f"{found[0]};{found[1]}:{_scheme(found[2].upper(), letters)}",
        style,
    )


@cache
def _scheme(colour: str, letters: bool) -> str:
    return "var(--paper)" if colour == PAPER and not letters else f"light-dark({colour},{dark(colour)})"
