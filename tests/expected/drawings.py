"""Drawings: what their alternative text says, the numbers drawn, and where bars, points and intervals end, against what was expected."""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from lxml import etree
from numerals import has_digit, pattern, read
from reading import Item
from sentences import Reader
from shares import spoken_together, sum_key
from store import ALL, Store, alike, written
from tables import Problem
from words import ABOVE, COMPARED, HIGHEST, INTERVAL, LARGEST_DIFFERENCE, VARIANTS

SVG = "{http://www.w3.org/2000/svg}"
PIXEL = 0.035  # coordinates are written to two decimals, and a length is the difference of two


@dataclass(frozen=True)
class Entry:
    """A thing drawn: what it is called, the numbers said of it (value, low, high), and how many it is of."""

    label: str
    values: tuple[tuple[str, float, float | None, float | None], ...]  # name of the part, value, ends of its interval
    n: float | None = None
    at: str = ""
    size: float | None = None  # a number of people that is drawn and not said


@dataclass
class Shapes:
    """The shapes of a drawing: rectangles (x, y, width, height, fill), lines (x, y, x, y), points and texts."""

    rects: list[tuple[float, float, float, float, str]] = field(default_factory=list)
    lines: list[tuple[float, float, float, float]] = field(default_factory=list)
    points: list[tuple[float, float]] = field(default_factory=list)
    texts: list[tuple[float, float, str]] = field(default_factory=list)
    paths: list[list[tuple[float, float]]] = field(default_factory=list)
    squares: list[tuple[float, float, float, float, str]] = field(default_factory=list)  # of a heat map


def shapes_of(svg: etree._Element) -> Shapes:
    """Read the shapes of a drawing, its background left out."""
    found = Shapes()
    rules = dict(re.findall(r"\.(d\d+)\{([^}]*)\}", "".join(svg.getroottree().getroot().xpath("//style/text()"))))
    for element in svg.iter():
        tag = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        if tag == "path" and element.getparent().tag.rpartition("}")[2] != "defs":
            corners = [
                (float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", element.get("d") or "")
            ]
            style = element.get("style") or rules.get(element.get("class"), "")
            _path(found, corners, (element.get("d") or "").endswith("z"), style)
        elif tag == "use":
            found.points.append((float(element.get("x")), float(element.get("y"))))
        elif tag == "text":
            x, y = (float(element.get(at) or 0) for at in "xy")  # text that stands upright is placed otherwise
            found.texts.append((x, y, "".join(element.itertext())))
    return found


def _path(found: Shapes, corners: list[tuple[float, float]], closed: bool, style: str) -> None:
    fill = re.search(r"fill:\s*(#\w+|none)", style)
    if closed and len(corners) == 4:
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        if (min(xs), min(ys)) != (0, 0):
            found.rects.append((min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys), fill[1] if fill else ""))
    elif len(corners) == 5 and corners[0] == corners[-1]:
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        found.squares.append((min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys), fill[1] if fill else ""))
    elif len(corners) == 2:
        found.lines.append((*corners[0], *corners[1]))
    elif len(corners) > 2:
        found.paths.append(corners)


class Drawing:
    """One drawing of a page."""

    def __init__(self, page: str, figure: str, svg: etree._Element, store: Store, reader: Reader):
        self.where = f"{page} #figure-{figure}"
        self.figure, self.svg, self.store, self.reader = figure, svg, store, reader
        self.language = store.language
        self.shapes = shapes_of(svg)
        self.kind, self.entries = entries_of(store, figure)
        self.drawn: list[Entry] = []
        self.words: dict[Entry, str] = {}  # of each thing drawn, as a sentence says them

    def problems(self) -> Iterator[Problem]:
        """Return what is wrong with the drawing."""
        if not self.entries:
            if has_digit("".join(self.svg.itertext())):
                yield Problem(self.where, "", "nothing is expected of this drawing")
            return
        said = (self.svg.findtext(f"{SVG}desc") or self.svg.findtext("desc") or "").strip()
        title = (self.svg.findtext(f"{SVG}title") or self.svg.findtext("title") or "").strip()
        spoken = self.svg.get("aria-label") or ""
        drawn = self.drawn
        yield from self._description(said, drawn)
        if alike(spoken) not in [alike(f"{title.rstrip('.')}. {brief}".strip()) for brief in self._brief(drawn)]:
            yield Problem(self.where, spoken[:200], "the label is not the title, and the highest and the lowest")
        yield from self._largest(title, drawn)
        yield from {
            "stacked": self._stacked,
            "bars": self._bars,
            "forest": self._forest,
            "predicted": self._predicted,
            "panels": self._panels,
            "arrival": self._arrival,
            "heat": self._heat,
        }[self.kind](drawn)
        yield from self._texts(drawn)

    def _description(self, said: str, drawn: list[Entry]) -> Iterator[Problem]:
        places: list[tuple[int, Entry]] = []
        rest = said
        for entry in self.entries:
            expression = self._sentence(entry)
            match = expression.search(said)
            if not match:
                continue
            numbers = [read(text, self.language) for text in match.groups() if text is not None]
            expected = self._numbers(entry)
            if len(numbers) == len(expected) - 1:  # an interval without width is one number
                expected = expected[:-1]
            slack = self.store.slack(self.figure, "", 0.0)
            for number, value in zip(numbers, expected, strict=True):
                if not number.equals(value, max(slack, 1e-5 * abs(value) if self.kind == "forest" else 0)):
                    yield Problem(self.where, match.group(0)[:120], f"{number.text} should be {value}")
            places.append((match.start(), entry))
            self.words[entry] = ", ".join(match.group(0).removesuffix(".").rsplit(": ", 1))
            rest = rest.replace(match.group(0), " ")
        drawn += [entry for _, entry in sorted(places, key=lambda pair: pair[0])]
        if has_digit(self.reader.left(rest)):
            yield Problem(self.where, rest.strip()[:160], "nothing explains these numbers of the description")

    def _brief(self, drawn: list[Entry]) -> list[str]:
        """Return what may be read out beside the title: the highest and the lowest of three rows or more, any of those that are equal."""
        if self.kind not in ("forest", "bars") or len(drawn) < 3:
            return [""]
        ends = [end(entry.values[0][1] for entry in drawn) for end in (max, min)]
        most, least = ([self.words[entry] for entry in drawn if entry.values[0][1] == value] for value in ends)
        return [f"{HIGHEST[self.language].format(*pair)}." for pair in itertools.product(most, least)]

    def _largest(self, title: str, drawn: list[Entry]) -> Iterator[Problem]:
        """Hold a title that names the group of the largest difference."""
        named = re.search(LARGEST_DIFFERENCE[self.language], title)
        largest = max(drawn, key=lambda entry: abs(entry.values[0][1])) if drawn else None
        if (
            self.figure.endswith("_model_differences")
            and largest
            and bool(named) != (largest.values[0][2] * largest.values[0][3] > 0)
        ):
            yield Problem(self.where, title, "the title names a group where its difference is shown, and only there")
        if named and largest and alike(named[1]) not in alike(largest.label):
            yield Problem(self.where, title, f"the largest difference is that of {largest.label}")

    def _numbers(self, entry: Entry) -> list[float]:
        numbers = [] if entry.n is None else [entry.n]
        for _, value, low, high in entry.values:
            numbers += (
                [value]
                if low is None or self.kind in ("stacked", "predicted", "panels", "heat")
                else [value, low, high or 0.0]
            )
        return numbers

    def _sentence(self, entry: Entry) -> re.Pattern[str]:
        number = f"({pattern(self.language)})"
        n = rf"\s?\(n\s=\s{number}\)" if entry.n is not None else ""
        if self.kind in ("stacked", "predicted", "panels", "heat"):
            said = ", ".join(rf"{_loose(name)}\s{number}\s?%" for name, *_ in entry.values)
        elif self.kind == "forest":
            said = rf"{number}(?:\s?%)?\s\({number}(?:–|\sto\s|\stil\s){number}(?:\s?%)?\)"
        elif self.kind == "bars" and entry.values[0][2] is not None:
            said = rf"{number}\s?%,\s{INTERVAL[self.language]}\s{number}(?:–{number})?\s?%"
        else:
            said = rf"{number}(?:\s?%)?"
        return re.compile(rf"(?:(?<=^)|(?<=\.\s)){_loose(entry.label)}{n}:\s{said}\.(?=\s|$)")

    def _rows(
        self, spots: Sequence[tuple[float, ...]], y: Callable[[tuple[float, ...]], float]
    ) -> list[list[tuple[float, ...]]]:
        """Return shapes in rows from top to bottom."""
        rows: list[list[tuple[float, ...]]] = []
        for spot in sorted(spots, key=y):
            if rows and abs(y(rows[-1][0]) - y(spot)) < 1:
                rows[-1].append(spot)
            else:
                rows.append([spot])
        return rows

    def _lengths(self, found: Sequence[float], expected: Sequence[float], what: Sequence[str]) -> Iterator[Problem]:
        """Hold lengths against expected values: one scale for all of them."""
        lengths, values = np.array(found), np.array(expected)
        if len(lengths) != len(values):
            yield Problem(self.where, str(len(lengths)), f"{len(values)} shapes are expected")
        elif values.sum() > 0:
            scale = lengths.sum() / values.sum()
            for length, value, name in zip(lengths, values, what, strict=True):
                if abs(length - scale * value) > PIXEL + 2e-3 * scale:
                    yield Problem(self.where, name, f"drawn {length / scale:.2f} long, expected {value:.2f}")

    def _stacked(self, drawn: list[Entry]) -> Iterator[Problem]:
        rows = self._rows(self.shapes.rects, lambda rect: rect[1])  # type: ignore[arg-type]
        legend = sorted(rows[0])
        fills = [rect[4] for rect in legend]
        main = [name for name, *_ in drawn[0].values][: len(fills)]
        for rect, name in zip(legend, main, strict=True):
            words = sorted(
                t
                for t in self.shapes.texts
                if rect[0] < t[0] < rect[0] + rect[2] and rect[1] < t[1] < rect[1] + rect[3]
            )
            if alike(" ".join(text for *_, text in sorted(words, key=lambda t: t[1]))) != alike(name):
                yield Problem(self.where, str(words), f"the legend should say {name!r} here")
        if len(rows) - 1 != len(drawn):
            yield Problem(self.where, "", f"{len(rows) - 1} rows are drawn, {len(drawn)} described")
            return
        for side in (True, False):
            found, expected, what = [], [], []
            for row, entry in zip(rows[1:], drawn, strict=True):
                bars = sorted(rect for rect in row if (rect[4] in fills) is side)
                values = [value for value in entry.values if (value[0] in main) is side]
                yield from self._fills(bars, values, fills, main, entry.label) if side else ()
                found += [rect[2] for rect in bars]
                expected += [value for _, value, *_ in values]
                what += [f"{entry.label}: {name}" for name, *_ in values]
            yield from self._lengths(found, expected, what)
        yield from self._anchored(rows[1:], fills)

    def _fills(
        self, bars: list[tuple[float, ...]], values: list[tuple], fills: list[str], main: list[str], label: str
    ) -> Iterator[Problem]:
        order = [fills.index(rect[4]) for rect in bars]  # type: ignore[arg-type]
        if order != [main.index(name) for name, *_ in values]:
            yield Problem(self.where, label, "the bars are not in the order of the answers")
        for first, second in itertools.pairwise(bars):
            if abs(first[0] + first[2] - second[0]) > PIXEL:
                yield Problem(self.where, label, "a bar does not begin where the one before it ends")

    def _anchored(self, rows: list[list[tuple[float, ...]]], fills: list[str]) -> Iterator[Problem]:
        """Hold all rows to one vertical line: the middle of one answer, or the edge between two."""
        anchors = []
        for row in rows:
            bars = {rect[4]: rect for rect in row if rect[4] in fills}
            spots = {}
            for fill in fills:
                if fill in bars:
                    spots[fill, "edge"], spots[fill, "middle"] = bars[fill][0], bars[fill][0] + bars[fill][2] / 2
            anchors.append(spots)
        verticals = [x for x, _, other, _ in self.shapes.lines if x == other]
        shared = set.intersection(*(set(spots) for spots in anchors)) if anchors else set()
        if not any(all(abs(spots[key] - x) < 0.1 for spots in anchors) for key in shared for x in verticals):
            yield Problem(self.where, "", "the rows do not stand on one line")

    def _bars(self, drawn: list[Entry]) -> Iterator[Problem]:
        bars = sorted(self.shapes.rects, key=lambda rect: rect[1])
        found = [rect[2] for rect in bars]
        yield from self._lengths(found, [entry.values[0][1] for entry in drawn], [entry.label for entry in drawn])
        if len(bars) != len(drawn) or drawn[0].values[0][2] is None:
            return
        scale = sum(found) / sum(entry.values[0][1] for entry in drawn)
        for rect, entry in zip(bars, drawn, strict=True):
            _, _, low, high = entry.values[0]
            yield from self._interval(
                rect[1] + rect[3] / 2, rect[0] + scale * (low or 0), rect[0] + scale * (high or 0), entry.label
            )

    def _interval(self, y: float, low: float, high: float, label: str) -> Iterator[Problem]:
        ends = [
            sorted((x, other))
            for x, top, other, bottom in self.shapes.lines
            if abs(top - bottom) < 0.01 and abs(top - y) < 1.5 and abs(x - other) < 400
        ]
        if not any(abs(a - low) < 0.15 and abs(b - high) < 0.15 for a, b in ends) and abs(high - low) > 0.15:
            yield Problem(
                self.where, label, f"its interval should end at {low:.2f} and {high:.2f}, and is drawn at {ends}"
            )

    def _axis(self) -> Callable[[float], float] | None:
        """Return where a value stands, from the numbers under the vertical lines: evenly, or by their logarithms."""
        verticals = {round(x, 2) for x, _, other, _ in self.shapes.lines if x == other}
        ticks = [
            (x, read(text, self.language).value)
            for x, _, text in self.shapes.texts
            if _is_number(text, self.language) and any(abs(x - v) < 0.02 for v in verticals)
        ]
        if len(ticks) < 2:
            return None
        places, values = np.array([x for x, _ in ticks]), np.array([v for _, v in ticks])
        for scale in (np.asarray, np.log) if (values > 0).all() else (np.asarray,):
            slope, start = np.polyfit(scale(values), places, 1)
            if np.abs(start + slope * scale(values) - places).max() < 0.05:
                return lambda value, scale=scale, slope=slope, start=start: float(start + slope * scale(value))  # type: ignore[misc]
        return None

    def _forest(self, drawn: list[Entry]) -> Iterator[Problem]:
        axis = self._axis()
        if axis is None:
            yield Problem(self.where, "", "the axis has no numbers that stand evenly")
            return
        points = sorted(self.shapes.points, key=lambda spot: spot[1])
        if len(points) != len(drawn):
            yield Problem(self.where, "", f"{len(points)} points are drawn, {len(drawn)} described")
            return
        for (x, y), entry in zip(points, drawn, strict=True):
            _, value, low, high = entry.values[0]
            if abs(x - axis(value)) > 0.15:
                yield Problem(
                    self.where, entry.label, f"its point should stand at {axis(value):.2f}, and stands at {x}"
                )
            yield from self._interval(y, axis(low or 0), axis(high or 0), entry.label)

    def _predicted(self, drawn: list[Entry]) -> Iterator[Problem]:
        yield from self._in_panels(drawn, self._long_lines())

    def _panels(self, drawn: list[Entry]) -> Iterator[Problem]:
        """Hold panels with a line each at the share of the first row against the values."""
        lines = self._long_lines()
        starts, shares = lines[::2], [value for _, value, *_ in drawn[0].values] if drawn else []
        if len(lines) != 2 * len(shares) or drawn[0].label != ALL[self.language]:
            yield Problem(
                self.where, "", f"{len(lines)} long lines for {len(shares)} panels, each with a line at everyone's"
            )
            return
        yield from self._in_panels(
            drawn, starts, [line - start for start, line in zip(starts, lines[1::2], strict=True)]
        )

    def _long_lines(self) -> list[float]:
        """Return where the vertical lines stand that are as long as the longest."""
        return sorted(
            {x for x, _, other, end in self.shapes.lines if x == other and abs(end) > 6 and self._is_panel(x)}
        )

    def _in_panels(self, drawn: list[Entry], starts: list[float], lines: Sequence[float] = ()) -> Iterator[Problem]:
        rows = self._rows(self.shapes.points, lambda spot: spot[1])
        found, expected, what, spots = [], [], [], []
        for row, entry in zip(rows, drawn, strict=False):
            for (x, y), start, (name, value, low, high) in zip(sorted(row), starts, entry.values, strict=False):
                found.append(x - start)
                expected.append(value)
                what.append(f"{entry.label}: {name}")
                spots.append((y, start, low, high))
        if len(found) != sum(len(entry.values) for entry in drawn):
            yield Problem(self.where, "", f"{len(found)} points in {len(starts)} panels for {len(drawn)} groups")
            return
        everyone = drawn[0].values[: len(lines)] if drawn else ()
        yield from self._lengths(
            [*found, *lines],
            [*expected, *(value for _, value, *_ in everyone)],
            [*what, *(f"the line of {name}" for name, *_ in everyone)],
        )
        scale = sum(found) / sum(expected)
        for (y, start, low, high), name in zip(spots, what, strict=True):
            yield from self._interval(y, start + scale * low, start + scale * high, name)

    def _heat(self, drawn: list[Entry]) -> Iterator[Problem]:
        """Hold the shades of a heat map against the values: a higher value is never lighter."""
        rows = self._rows(self.shapes.squares, lambda square: square[1])  # type: ignore[arg-type]
        if [len(row) for row in rows] != [len(entry.values) for entry in drawn]:
            yield Problem(self.where, "", f"{[len(row) for row in rows]} squares for {len(drawn)} groups")
            return
        shades = [
            (value, sum(int(str(square[4])[place : place + 2], 16) for place in (1, 3, 5)), f"{entry.label}: {name}")
            for row, entry in zip(rows, drawn, strict=True)
            for square, (name, value, *_) in zip(sorted(row), entry.values, strict=True)
        ]
        lightest = float("inf")
        for _, shade, what in sorted(shades):
            if shade > lightest + 3:
                yield Problem(self.where, what, "is lighter than a square of a lower value")
            lightest = min(lightest, shade)

    def _is_panel(self, x: float) -> bool:
        longest = max(abs(bottom - top) for one, top, other, bottom in self.shapes.lines if one == other)
        return any(
            one == x and other == x and abs(abs(bottom - top) - longest) < 0.01
            for one, top, other, bottom in self.shapes.lines
        )

    def _arrival(self, drawn: list[Entry]) -> Iterator[Problem]:
        levels = {round(y, 2) for _, y, _, other in self.shapes.lines if y == other}
        ticks = [
            (y, read(text, self.language).value) for _, y, text in self.shapes.texts if _is_number(text, self.language)
        ]
        pairs = [(min(levels, key=lambda level: abs(level - y + 2.88)), value) for y, value in ticks]
        slope, start = np.polyfit([value for _, value in pairs], [level for level, _ in pairs], 1)
        curve = max(self.shapes.paths, key=len)
        if len(curve) != len(drawn) or curve != sorted(curve):
            yield Problem(self.where, "", f"{len(curve)} days are drawn, {len(drawn)} described")
            return
        days = [np.datetime64(entry.at).astype(int) for entry in drawn]
        step, origin = np.polyfit(days, [x for x, _ in curve], 1)
        for (x, y), entry, day in zip(curve, drawn, days, strict=True):
            if abs(y - start - slope * entry.values[0][1]) > 0.1 or abs(x - origin - step * day) > 0.1:
                yield Problem(
                    self.where,
                    entry.label,
                    f"its point stands at {(x, y)}, not at {start + slope * entry.values[0][1]:.2f}",
                )
        across, heights = [x for x, _ in self.shapes.points], [y for _, y in self.shapes.points]
        for spot in self.shapes.points:
            if max(heights.count(spot[1]), across.count(spot[0])) < 3 and not any(
                abs(spot[0] - x) < 0.02 and abs(spot[1] - y) < 0.02 for x, y in curve
            ):
                yield Problem(self.where, str(spot), "a point stands beside the curve")

    def _texts(self, drawn: list[Entry]) -> Iterator[Problem]:
        """Hold each number that is written in the drawing against what stands in its row."""
        axis = {round(x, 2) for x, _, other, _ in self.shapes.lines if x == other} if self.kind == "forest" else set()
        rows = self._centres(drawn)
        for x, y, text in self.shapes.texts:
            if not has_digit(self.reader.left(text)) or (
                _is_number(text, self.language) and any(abs(x - tick) < 0.02 for tick in axis)
            ):
                continue
            if self.kind == "arrival":
                yield from self._arrival_text(text, drawn)
                continue
            near = min(rows, key=lambda row: abs(row[0] - y)) if rows else None
            wrong = near is None or not self._belongs(text, x, near[1])
            if wrong:
                yield Problem(self.where, text, f"is not a number of {near[1].label if near else 'any row'}")

    def _centres(self, drawn: list[Entry]) -> list[tuple[float, Entry]]:
        if self.kind == "heat":
            rows = self._rows(self.shapes.squares, lambda square: square[1])  # type: ignore[arg-type]
            centres = [row[0][1] + row[0][3] / 2 + 3 for row in rows]
        elif self.kind == "stacked":
            rows = self._rows(self.shapes.rects, lambda rect: rect[1])[1:]  # type: ignore[arg-type]
            centres = [row[0][1] + row[0][3] / 2 + 3 for row in rows]
        elif self.kind == "bars":
            centres = [rect[1] + rect[3] / 2 + 3 for rect in sorted(self.shapes.rects, key=lambda rect: rect[1])]
        else:
            centres = [row[0][1] + 3 for row in self._rows(self.shapes.points, lambda spot: spot[1])]
        return list(zip(centres, drawn, strict=False))

    def _belongs(self, text: str, x: float, entry: Entry) -> bool:
        labels = [alike(entry.label), alike(f"{entry.label} (n = ")]
        plain = self.reader.left(text)
        counted = re.search(rf"\(?n\s=\s({pattern(self.language)})\)?", plain)
        if counted:
            people = entry.n if entry.size is None else entry.size
            return people is not None and read(counted[1], self.language).equals(people)
        numbers = [read(found, self.language) for found in re.findall(pattern(self.language), plain.replace("–", " "))]
        if any(alike(text) in label for label in labels):
            return True
        if self.kind == "stacked":
            return len(numbers) == 1 and self._in_bar(numbers[0], x, entry)
        if self.kind == "heat":
            columns = sorted({square[0] for square in self.shapes.squares})
            place = sum(start <= x for start in columns) - 1
            return len(numbers) == 1 and numbers[0].equals(entry.values[place][1])
        if self.kind in ("predicted", "panels"):
            return len(numbers) == 1 and any(numbers[0].equals(value, 1e-5) for _, value, *_ in entry.values)
        expected = [number for number in entry.values[0][1:] if number is not None]
        if len(numbers) == 2 and len(expected) == 3:  # an interval without width is one number
            expected = expected[:2]
        return len(numbers) == len(expected) and all(
            n.equals(v, max(1e-5, 1e-5 * abs(v))) for n, v in zip(numbers, expected, strict=True)
        )

    def _in_bar(self, number, x: float, entry: Entry) -> bool:
        """Say whether a number is that of the bar it is written in, or beside."""
        rows = self._rows(self.shapes.rects, lambda rect: rect[1])[1:]  # type: ignore[arg-type]
        bars = sorted(rows[self.drawn.index(entry)])
        inside = [place for place, rect in enumerate(bars) if rect[0] - 6 <= x <= rect[0] + rect[2] + 6]
        values = [value for _, value, *_ in entry.values]
        return any(place < len(values) and number.equals(values[place]) for place in inside)

    def _arrival_text(self, text: str, drawn: list[Entry]) -> Iterator[Problem]:
        dates = {entry.label.rpartition(" ")[0] for entry in drawn}
        last = drawn[-1].values[0][1]
        numbers = [read(found, self.language) for found in re.findall(pattern(self.language), text)]
        if text not in dates and not (len(numbers) == 1 and ("%" not in text or numbers[0].equals(last))):
            yield Problem(self.where, text, "is no day and no share of the curve")


def _is_number(text: str, language: str) -> bool:
    return re.fullmatch(pattern(language), text) is not None


def _loose(text: str) -> str:
    """Return an expression for a label, whatever its quotation marks, dashes and blanks have become."""
    plain = alike(text)
    return "".join(
        "[«»“”‘’\"']" if c == "'" else "[–—−-]" if c == "-" else r"\s" if c == " " else re.escape(c) for c in plain
    )


def entries_of(store: Store, figure: str) -> tuple[str, list[Entry]]:
    """Return a drawing's kind and what may be drawn in it."""
    table = {"arrival": "arrivals"}.get(figure, figure.removesuffix("-bars"))
    if "_model_" in figure:
        return _model_entries(store, figure)
    if figure.startswith("overview_by_"):
        return "heat", list(_overview_entries(store, figure))
    if figure.endswith("_by_groups"):
        asked = figure.removesuffix("_by_groups")
        if asked in store.items:
            return "forest", list(_group_entries(store, asked))
        outcomes = [store.items[name] for name in store.plan.get("outcomes", ()) if asked == "outcomes"]
        return "panels", _side_by_side(outcomes or [i for i in store.items.values() if i.parent == asked], store)
    rows = store.figure_rows(figure)
    if figure == "arrival":
        return "arrival", [
            Entry(written(day, store.language), (("", float(known["percent"]), None, None),), at=day)
            for day, known in rows.items()
        ]
    if figure.endswith("-bars"):
        return "bars", _bar_entries(store, table, rows)
    return "stacked", _stacked_entries(store, figure, rows)


def _stacked_entries(store: Store, figure: str, rows: dict[str, dict[str, float | str]]) -> list[Entry]:
    name, _, group = figure.partition("_by_")
    items = [item for item in store.items.values() if name in (item.id, item.parent)]
    if not items:
        return []
    item = items[0]
    codes = [*item.low_to_high, *item.missing, "blank"]
    labels = [store.label(item.id, code) or code for code in codes]
    if not group and "count" in rows.get("total", {}):  # one item, a row an answer: one bar of all
        rows = {"total": {f"{code}.percent": rows[code]["percent"] for code in codes} | {"n": rows["total"]["count"]}}
    entries = []
    for key, known in rows.items():
        label = store.items[key].name[store.language] if key in store.items else store.label(group or name, key)
        if f"{codes[0]}.percent" in known and label:
            values = tuple(
                (text, float(known[f"{code}.percent"]), None, None) for text, code in zip(labels, codes, strict=True)
            )
            entries.append(Entry(label, values, float(known["n"])))
    return entries


def _bar_entries(store: Store, table: str, rows: dict[str, dict[str, float | str]]) -> list[Entry]:
    entries = []
    total = rows.get("total", {}).get("count")
    for key, known in rows.items():
        if table == "core_groups":
            entries.append(
                Entry(f"{store.label('ministry', key)} ({key.upper()})", (("", float(known["number"]), None, None),))
            )
        elif table.startswith("response_by_"):
            entries.append(
                Entry(
                    store.label(table.removeprefix("response_by_"), key) or key,
                    (("", float(known.get("rate", 0)), None, None),),
                    size=float(known.get("frame", 0)),
                )
            )
        elif "ticked.percent" in known:
            value = ("", float(known["ticked.percent"]), float(known["ticked.low"]), float(known["ticked.high"]))
            entries.append(Entry(store.items[key].name[store.language], (value,), float(known["n"])))
        elif "percent" in known and key != "total":
            value = ("", float(known["percent"]), float(known["low"]), float(known["high"]))
            entries.append(Entry(store.label(table, key) or key, (value,), float(total)))  # type: ignore[arg-type]
    return entries


def _model_entries(store: Store, figure: str) -> tuple[str, list[Entry]]:
    outcome, _, kind = figure.partition("_model_")
    rows = {row: known for (table, row), known in store.rows.items() if table == figure}
    if kind.startswith("predicted_"):
        predictor = kind.removeprefix("predicted_")
        codes = store.items[outcome].low_to_high
        return "predicted", [
            Entry(
                store.label(predictor, level) or level,
                tuple(
                    (store.label(outcome, c) or c, float(k[c]), float(k[f"{c}.low"]), float(k[f"{c}.high"]))
                    for c in codes
                ),
            )
            for level, k in rows.items()
        ]
    return "forest", list(_forest_entries(store, outcome, kind, rows))


def _value(
    known: dict[str, float | str], column: str = "estimate", ends: str = "interval"
) -> tuple[tuple[str, float, float, float]]:
    return (("", float(known[column]), float(known[f"{ends}.low"]), float(known[f"{ends}.high"])),)


def _forest_entries(store: Store, outcome: str, kind: str, rows: dict[str, dict[str, float | str]]) -> Iterator[Entry]:
    language, items = store.language, store.items
    for key, known in rows.items():
        if kind == "units":
            unit = store.plan["unit"]
            yield Entry(f"{store.name(unit)}, {store.label(unit, key)}", _value(known))
            continue
        name = next((item for item in store.plan["predictors"] if key.startswith(item)), "")
        level, _, category = key.removeprefix(name).removeprefix("_T_").removeprefix("-").partition("-")
        level = level.removesuffix("_") if kind == "odds_ratios" else level
        label = store.label(name, level)
        against = COMPARED[language].format("", store.label(name, items[name].low_to_high[0])).lstrip(", ")
        if kind == "odds_ratios":
            yield Entry(f"{store.name(name)} ({against}), {label}", _value(known))
        elif kind == "differences":
            yield Entry(f"{store.name(name)}, {label}, {against}", _value(known, "smoothed", "smoothed_interval"))
        elif kind == "by_threshold":
            yield Entry(
                f"{store.name(name)} – {label}, {ABOVE[language].format(store.label(outcome, category))}", _value(known)
            )
        elif kind == "sensitivity":
            compared = COMPARED[language].format(label, store.label(name, items[name].low_to_high[0]))
            readings = store.codebook["scales"][store.codebook["items"][outcome]["scale"]].get("readings", {})
            titles = VARIANTS[language] | {
                f"reading:{reading}": entry["label"][language] for reading, entry in readings.items()
            }
            for variant, title in titles.items():
                if variant in known:
                    yield Entry(f"{store.name(name)} – {compared}, {title}", _value(known, variant, variant))


def _group_entries(store: Store, name: str) -> Iterator[Entry]:
    """Return the share of high answers of all and of each group, as one drawing has them."""
    item = store.items[name]
    column = sum_key(spoken_together(store, item)[0], item)  # type: ignore[arg-type]
    total = store.row(item.parent, name if item.parent != name else column)
    prefix = f"{column}." if item.parent != name else ""
    yield Entry(ALL[store.language], (("", *(float(total[f"{prefix}{part}"]) for part in ("percent", "low", "high"))),))  # type: ignore[arg-type]
    for group in store.plan["groups"]:
        table = f"{item.parent}_by_{group}"
        for code in [*store.items[group].codes, *store.items[group].missing, "blank"]:
            known = store.row(table, f"{name}--{code}" if item.parent != name else code)
            if known:
                values = (float(known[f"{column}.{part}"]) for part in ("percent", "low", "high"))
                yield Entry(f"{store.name(group)}, {store.label(group, code)}", (("", *values),))  # type: ignore[arg-type]


def _side_by_side(items: list[Item], store: Store) -> list[Entry]:
    """Return the share of high answers to each part of a question, of all and of each group, an entry a group."""
    found: dict[str, list[tuple[str, float, float | None, float | None]]] = {}
    for item in items:
        for entry in _group_entries(store, item.id):
            found.setdefault(entry.label, []).append((item.name[store.language], *entry.values[0][1:]))
    return [Entry(label, tuple(values)) for label, values in found.items()]


def _overview_entries(store: Store, figure: str) -> Iterator[Entry]:
    """Return the shares of high answers, question by question and theme by theme, of all and of each unit."""
    themes = list(store.plan.get("themes", {}))
    asked = [item for item in store.items.values() if item.id not in store.plan["groups"]]
    theme = {item.id: store.codebook["items"][item.parent].get("theme", "") for item in asked}
    order = sorted(asked, key=lambda item: themes.index(theme[item.id]) if theme[item.id] in themes else len(themes))
    unit = figure.removeprefix("overview_by_")
    short = {"total": ALL[store.language]} | {
        level["code"]: level.get("short", level[store.language])
        for level in store.codebook["scales"][store.codebook["items"][unit]["scale"]]["categories"]
    }
    rows = {code: store.row(figure, code) for code in ("total", *store.items[unit].codes)}
    for item in order:
        values = tuple(
            (short[code], float(known[item.id]), None, None) for code, known in rows.items() if item.id in known
        )
        if values:
            yield Entry(item.name[store.language], values)
