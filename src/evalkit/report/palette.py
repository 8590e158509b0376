"""Colours: told apart with any colour vision and in grey print, and text on them that can be read.

Ordinal answers: plum to blue around a neutral grey, neighbours at least 3:1 apart.
"""

from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls

LOW, LOWER, MIDDLE, HIGHER, HIGH = "#6E0F42", "#C2739A", "#F3F3F3", "#5A90C0", "#12436D"
INK, QUIET, RULE, PAPER, BLACK = "#1E2B3C", "#4A5567", "#C9CFD6", "#FFFFFF", "#000000"
MISSING, BLANKS = "#D5D9DE", "#ECEEF0"
"""'Vet ikke' and no answer: apart from the scale, and lighter."""
OUTLINE = "#7F8893"
PALE_TO_HIGH = f"light:{HIGH}"
"""One hue from pale to dark, as seaborn names it: shares."""
PALE = {MIDDLE, MISSING, BLANKS}
"""Fills that need an outline to stand apart from the paper (3:1)."""

_SCALES = {
    2: (LOW, HIGH),
    3: (LOW, MIDDLE, HIGH),
    4: (LOW, LOWER, HIGHER, HIGH),
    5: (LOW, LOWER, MIDDLE, HIGHER, HIGH),
    6: (LOW, "#9A416C", "#D9A3BE", "#9DC0DE", "#3C6E9F", HIGH),
    7: (LOW, "#9A416C", "#D9A3BE", MIDDLE, "#9DC0DE", "#3C6E9F", HIGH),
}


def diverging(n: int, *, neutral: bool = True) -> tuple[str, ...]:
    """Return n colours from low to high; the middle one of an odd number is neutral, or the first of the high ones."""
    if n % 2 and not neutral:
        even = diverging(n + 1)
        return (*even[: n // 2], *even[n // 2 + 1 :])
    if n in _SCALES:
        return _SCALES[n]
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    scale = LinearSegmentedColormap.from_list("diverging", _SCALES[7])
    return tuple(to_hex(scale(i / max(n - 1, 1))).upper() for i in range(n))


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour `#RRGGBB` (WCAG 2.1)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def dark(colour: str) -> str:
    """Return a colour for dark paper: of the same hue, and with the contrast to any other that the two have on white paper."""
    aim = 1.05 * 0.05 / (luminance(colour) + 0.05)
    hue, _, saturation = rgb_to_hls(*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))
    shades = (hls_to_rgb(hue, step / 255, saturation) for step in range(256))
    written = [f"#{round(255 * red):02X}{round(255 * green):02X}{round(255 * blue):02X}" for red, green, blue in shades]
    return min(written, key=lambda shade: abs(luminance(shade) + 0.05 - aim))


def text_on(colour: str) -> str:
    """Return black or white, whichever reads better on a colour."""
    return max((BLACK, PAPER), key=lambda text: contrast(text, colour))
