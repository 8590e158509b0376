"""Numbers in sentences, captions and notes: each belongs to a linked row, to a figure's table, or to a fact; what is left is a problem."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree
from numerals import SPACES, Printed, has_digit, pattern, read
from store import Store, alike
from tables import Problem

OPEN, BAR, CLOSE = "⟦", "⟧", "⟨"  # ⟦0⟧ text ⟨: the text of the block's first link
BLOCKS = {"p", "li", "h1", "h2", "h3", "h4", "figcaption", "summary", "dt", "dd", "td", "th", "caption", "title", "a"}
SKIPPED = {"style", "script", "svg", "footer", "math"}
QUOTES, DASHES = "[«»“”‘’\"']", "[–—−-]"


@dataclass
class Block:
    """A piece of a page that is read as one: its text with its links marked, and the figure or table it stands in."""

    page: str
    kind: str
    text: str
    links: list[tuple[str, str]] = field(default_factory=list)  # table and row
    figure: str = ""
    table: str = ""

    @property
    def where(self) -> str:
        """Where it stands, for a message."""
        return f"{self.page} <{self.kind}>{' ' + (self.figure or self.table) if self.figure or self.table else ''}"


def blocks_of(name: str, page: etree._Element) -> Iterator[Block]:
    """Return the blocks of a page that have a digit, tables with an id and drawings left out (they are read by cell and by shape)."""
    yield from _walk(name, page, "", "")


def _walk(name: str, element: etree._Element, figure: str, table: str) -> Iterator[Block]:
    if not isinstance(element.tag, str) or element.tag in SKIPPED or _is_code(element):
        return
    own = element.get("id") or ""
    figure = own.removeprefix("figure-") if element.tag == "figure" else figure
    table = own.removeprefix("table-") if element.tag == "div" and own.startswith("table-") else table
    if (element.tag == "tbody" and table) or (element.tag == "thead" and table):
        return
    if _is_register(element):
        return
    if _is_block(element):
        block = Block(name, element.tag, "", figure=figure, table=table)
        block.text = re.sub(r"[ \t\n\r]+", " ", _marked(element, block)).strip()
        if has_digit(re.sub(rf"{OPEN}\d+{BAR}", "", block.text)):
            yield block
        if element.tag != "li":
            return
    for child in element:
        if element.tag != "li" or child.tag in ("ul", "ol", "p"):
            yield from _walk(name, child, figure, table)


def _is_code(element: etree._Element) -> bool:
    return "code" in (element.get("class") or "").split() or element.tag in ("pre", "code")


def _is_register(element: etree._Element) -> bool:
    return bool({"register", "claims"} & set((element.get("class") or "").split()))


def _is_block(element: etree._Element) -> bool:
    if element.tag in BLOCKS:
        return True
    loose = [element.text, *(child.tail for child in element)]
    return element.tag in ("div", "span") and any((text or "").strip() for text in loose)


def _marked(element: etree._Element, block: Block) -> str:
    parts = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str) or child.tag in SKIPPED or _is_code(child) or child.tag in ("ul", "ol"):
            inner = ""
        elif child.tag == "a" and "#table-" in (child.get("href") or ""):
            target = child.get("href").partition("#table-")[2]
            block.links.append(tuple(target.split("--", 1)) if "--" in target else (target, ""))  # type: ignore[arg-type]
            inner = f"{OPEN}{len(block.links) - 1}{BAR}{_marked(child, block)}{CLOSE}"
        else:
            inner = _marked(child, block)
        parts += [inner, " " if child.tag == "br" else "", child.tail or ""]
    return "".join(parts)


def _own_text(text: str) -> re.Pattern[str]:
    """Return an expression for a text of the study, whatever its quotation marks, dashes and blanks have become."""
    escaped = "".join(
        QUOTES if c == "'" else DASHES if c == "-" else r"\s+" if c == " " else re.escape(c) for c in text
    )
    before, after = (r"(?<![\d.,])" if text[0].isdigit() else ""), (r"(?![\d]|[.,]\d)" if text[-1].isdigit() else "")
    return re.compile(before + escaped + after, re.IGNORECASE)


class Reader:
    """Reads the blocks of one report."""

    def __init__(self, store: Store, facts: list[tuple[str, list[str]]], constants: list[str]):
        self.store = store
        self.number = pattern(store.language)
        blank = f"[ {SPACES}]?"
        self.interval = re.compile(
            rf"(?P<p>p{blank}(?:[<=]){blank})?(?P<first>{self.number})(?:{blank}%)?"
            rf"(?P<tail>{CLOSE}?(?:{blank}%|{blank}percentage points|{blank}prosentpoeng)?{blank}\((?P<low>{self.number})(?:–| to | til )(?P<high>{self.number})(?:{blank}%)?\))?"
        )
        self.years = {str(text) for text in store.scalars if re.fullmatch(r"\d{4}", str(text))}
        self.own = [(text, _own_text(text)) for text in store.texts]
        self.facts = [
            (
                re.compile(
                    expression.replace("NUM", rf"(?:{OPEN}\d+{BAR})?({self.number}){CLOSE}?")
                    .replace("%", f"%{CLOSE}?")
                    .replace(" ", f"[ {SPACES}]")
                ),
                names,
            )
            for expression, names in facts
        ]
        self.constants = [re.compile(expression.replace(" ", f"[ {SPACES}]")) for expression in constants]

    def left(self, text: str) -> str:
        """Return a text without what the study's own texts and a method's constants explain."""
        plain = alike(text).casefold()
        for words, expression in self.own:
            if words.casefold() in plain:
                text = expression.sub(" ", text)
        for expression in self.constants:
            text = expression.sub(" ", text)
        return text

    def is_text(self, text: str) -> bool:
        """Say whether a cell is prose (or a date or a year of the study's files), and no number to be held against an expectation."""
        return bool(re.search(r"[^\W\d]{3}", text)) or text in self.years

    def unexplained(self, text: str) -> str | None:
        """Return which digits of a text nothing explains."""
        wrong: list[str] = []
        block = Block("", "td", text)
        left = "" if text in self.years else self.left(text)
        for expression, names in self.facts:
            left = expression.sub(lambda match, names=names: self._fact(match, names, block, wrong), left)
        if wrong:
            return "; ".join(wrong)
        return f"nothing explains {re.findall(self.number, left)}" if has_digit(left) else None

    def of_row(self, text: str, table: str, row: str) -> str | None:
        """Return what is wrong with a number (and its interval) that must be one of its row's."""
        for match in self.interval.finditer(text.replace("–", " ") if "(" not in text else text):
            number = read(match["first"], self.store.language)
            ends = [end for _, low, high in values_with_ends(self.store.row(table, row)) for end in (low, high)]
            values = [value for value, *_ in values_with_ends(self.store.row(table, row))]
            if not any(value is not None and number.equals(value) for value in (*values, *ends)):
                return f"{match['first']} is no number of its row"
        return None

    def problems(self, block: Block) -> Iterator[Problem]:
        """Return what is wrong with a block's numbers."""
        text = self.left(block.text)
        wrong: list[str] = []
        for expression, names in self.facts:
            text = expression.sub(lambda match, names=names: self._fact(match, names, block, wrong), text)
        yield from (Problem(block.where, block.text, message) for message in wrong)
        for match in self.interval.finditer(re.sub(rf"{OPEN}(\d+){BAR}", _hide, text)):
            message = self._number(match, block, text)
            if message:
                yield Problem(block.where, _shown(block.text), message)

    def _fact(self, match: re.Match[str], names: list[str], block: Block, wrong: list[str]) -> str:
        for printed, name in zip(match.groups(), names, strict=True):
            if name == "differing" or name.startswith("one_of:"):
                number = read(printed, self.store.language)
                allowed = (
                    self.store.differing() if name == "differing" else self.store.some_of(name.removeprefix("one_of:"))
                )
                if not any(number.equals(value) for value in allowed):
                    wrong.append(f"{printed} is none of {name}")
                continue
            expected = self.store.fact(name, block.table, block.text)
            error = self.store.fact(f"{name}.error", block.table, block.text) or 0.0
            if expected is None or not self._equal(match.group(0), read(printed, self.store.language), expected, error):
                wrong.append(f"{printed} should be {name} = {expected}")
        return " "

    @staticmethod
    def _equal(text: str, number: Printed, expected: float, error: float = 0.0) -> bool:
        if "<" in text:
            return expected < number.value + error
        # That p is nothing is never true.
        return number.equals(expected, error) and not (number.value == 0 and re.match(r"p\b|.*\bp =", text))

    def _number(self, match: re.Match[str], block: Block, text: str) -> str | None:
        number = read(match["first"], self.store.language)
        links = [int(code) for code in re.findall(rf"{OPEN}(\d+){BAR}", _unhide(match.string[: match.start()]))]
        if not links and not (block.figure or block.table):
            return f"{match.group(0)}: nothing says where this number comes from"
        rows = [block.links[links[-1]]] if links else []
        candidates = list(self._candidates(rows, block))
        ends = [read(match[name], self.store.language) for name in ("low", "high")] if match["low"] else None
        for value, low, high in candidates:
            if match["p"]:
                fine = self._equal(match["p"], number, value)
            else:
                fine = number.equals(value[0] if isinstance(value, tuple) else value, 1e-5 if low is not None else 0.0)
            if fine and (
                ends is None
                or (low is not None and high is not None and ends[0].equals(low, 1e-5) and ends[1].equals(high, 1e-5))
            ):
                return None
        return f"{match.group(0)}: no expected value of {rows or block.figure or block.table}"

    def _candidates(
        self, rows: list[tuple[str, str]], block: Block
    ) -> Iterator[tuple[float, float | None, float | None]]:
        if not rows:
            yield from self.store.figure_values(block.figure or block.table)
        for table, row in rows:
            yield from values_with_ends(self.store.row(table, row))


def values_with_ends(known: dict[str, float | str]) -> Iterator[tuple[float, float | None, float | None]]:
    """Return a row's numbers, each with the ends of its interval where it has one."""
    for column, value in known.items():
        if isinstance(value, str):
            continue
        stem = column.removesuffix("percent")
        names = [
            (f"{stem}low", f"{stem}high"),
            (f"{column}.low", f"{column}.high"),
            (f"{column}_interval.low", f"{column}_interval.high"),
            ("interval.low", "interval.high"),
            (f"{column}_low", f"{column}_high"),
            ("conf_low", "conf_high"),
        ]
        pair = next(((known[a], known[b]) for a, b in names if a in known and b in known), (None, None))
        ends = tuple(float(end) if isinstance(end, float) else None for end in pair)
        yield float(value), *ends  # type: ignore[misc]
        if value < 0:  # 'lower by 2' is said of -2
            yield -float(value), *ends  # type: ignore[misc]


def _hide(match: re.Match[str]) -> str:
    """Keep the number of a link from being read as one of the page's: written in letters."""
    return OPEN + "".join(chr(ord("a") + int(digit)) for digit in match[1]) + BAR


def _unhide(text: str) -> str:
    return re.sub(rf"{OPEN}([a-j]+){BAR}", lambda m: OPEN + "".join(str(ord(c) - ord("a")) for c in m[1]) + BAR, text)


def _shown(text: str) -> str:
    return re.sub(rf"{OPEN}\d+{BAR}|{CLOSE}", "", text)


Check = Callable[[re.Match[str], Block, Store], str | None]
