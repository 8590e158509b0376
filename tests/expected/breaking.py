"""Seeded damage to a copy of built pages, of every kind of place in which a number, a name or a direction stands."""

import random
import re
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[random.Random, Path], str]
KINDS: dict[str, Damage] = {}


def kind(function: Damage) -> Damage:
    """List a kind of damage by its function's name."""
    KINDS[function.__name__] = function
    return function


def _another_digit(text: str, rng: random.Random) -> str:
    """Change one digit of a text: its last, by more than a rounding can."""
    places = [match.start() for match in re.finditer(r"\d", text)]
    place = places[-1]
    digit = str((int(text[place]) + rng.choice((2, 3, 5))) % 10)
    return text[:place] + digit + text[place + 1 :]


def _change(
    rng: random.Random,
    files: list[Path],
    expression: "str | Styled",
    how: Callable[[re.Match[str]], str],
    *,
    wide: bool = False,
) -> str:
    """Change one of all places that an expression finds in some files (its first group is what is changed).

    With `wide` those in drawings for telephones are passed over: of these bars and numbers alone are held to the wide ones.
    """
    places = []
    for path in files:
        text = path.read_text("utf-8")
        body = text.find("<main") if path.suffix == ".html" else 0
        end = text.find("<footer") if path.suffix == ".html" else len(text)
        found = re.finditer(expression if isinstance(expression, str) else expression(text), text)
        found = (match for match in found if not (wide and _is_narrow(text, match.start())))
        places += [(path, match) for match in found if body <= match.start() < end]
    path, match = rng.choice(places)
    old, text = match.group(0), path.read_text("utf-8")
    new = how(match)
    assert new != old
    path.write_text(text[: match.start()] + new + text[match.end() :], "utf-8")
    return f"{path.name}: {re.sub(r'<[^>]*>', ' ', old)[-120:]!r} became {re.sub(r'<[^>]*>', ' ', new)[-120:]!r}"


def _is_narrow(text: str, place: int) -> bool:
    return text.rfind('<div class="narrow">', 0, place) > text.rfind('<div class="wide">', 0, place)


Styled = Callable[[str], str]


def _styled(expression: str, style: str) -> Styled:
    """Return an expression in which `STYLE` is the class of a style, as it is called in each page."""

    def of_page(text: str) -> str:
        rules = re.findall(r"\.(d\d+)\{([^}]*)\}", text)
        names = "|".join(name for name, rule in rules if re.match(style, rule)) or "none"
        return expression.replace("STYLE", f'class="(?:{names})"')

    return of_page


def _pages(folder: Path, begin: str = "0") -> list[Path]:
    return sorted(path for path in folder.glob("*.html") if path.name.startswith(begin))


def _tables(folder: Path, *columns: str) -> list[Path]:
    return [
        path
        for path in sorted((folder / "tables").glob("*.csv"))
        if set(columns) <= set(path.read_text("utf-8-sig").splitlines()[0].split(","))
    ]


def _digit(group: int = 1) -> Callable[[random.Random], Callable[[re.Match[str]], str]]:
    def changed(rng: random.Random) -> Callable[[re.Match[str]], str]:
        return lambda match: match.group(0).replace(match.group(group), _another_digit(match.group(group), rng), 1)

    return changed


def _cell(css: str, shown: str = r"[^<]*\d") -> Damage:
    def damage(rng: random.Random, folder: Path) -> str:
        return _change(rng, _pages(folder), rf'<td class="{css}">({shown})</td>', _digit()(rng))

    return damage


KINDS |= {
    "a_count_in_a_table": _cell("count"),
    "a_share_in_a_table": _cell("percent"),
    "a_number_in_a_table": _cell("number"),
    "an_interval_in_a_table": _cell("interval"),
    "a_p_value_in_a_table": _cell("p", r"0\.\d+"),
}


@kind
def a_sign_in_a_table(rng: random.Random, folder: Path) -> str:
    """A minus is lost."""
    return _change(
        rng, _pages(folder), r'<td class="number">(−)[\d.,]*[1-9]', lambda match: match.group(0).replace("−", "")
    )


@kind
def a_linked_number_in_a_sentence(rng: random.Random, folder: Path) -> str:
    """A number with a link."""
    return _change(rng, _pages(folder), r'<(?:p|li)>[^<]*<a [^>]*href="#table-[^"]*">([^<]*?\d)', _digit()(rng))


@kind
def an_interval_in_a_sentence(rng: random.Random, folder: Path) -> str:
    """An interval behind a number."""
    return _change(rng, _pages(folder, "03"), r"all else equal (\([^)]*\d\))", _digit()(rng))


@kind
def a_caption(rng: random.Random, folder: Path) -> str:
    """A share in a figure's title."""
    return _change(
        rng, _pages(folder, "02"), r'<figcaption [^>]*>.{0,80}?<span class="title">[^<]*?(\d+)%', _digit()(rng)
    )


@kind
def a_note(rng: random.Random, folder: Path) -> str:
    """A test in a note."""
    return _change(rng, _pages(folder, "02"), r'<span class="note">[^<]*p = (0\.\d+)', _digit()(rng))


@kind
def a_stacked_bar(rng: random.Random, folder: Path) -> str:
    """A bar ends a little further on."""
    expression = _styled(
        r'<path d="M([\d.]+) ([\d.]+)L([\d.]+) \2L\3 ([\d.]+)L\1 \4z" STYLE', "fill:#(?:6e0f42|12436d)"
    )
    return _change(
        rng,
        _pages(folder, "02"),
        expression,
        lambda match: match.group(0).replace(f"L{match[3]} ", f"L{float(match[3]) + 1.3:.2f} "),
        wide=True,
    )


@kind
def a_stacked_bar_in_another_colour(rng: random.Random, folder: Path) -> str:
    """A bar has the colour of the other end of the scale."""
    low, high = (_styled(r"STYLE", f"fill:{colour}") for colour in ("#6e0f42", "#12436d"))

    def turned(match: re.Match[str]) -> str:
        names = [re.search(r"d\d+", one(match.string))[0] for one in (low, high)]
        return match.group(0).replace(match[1], names[1] if match[1] == names[0] else names[0])

    expression = _styled(r'<path d="M[\d.]+ \d\d\.[^"]*z" STYLE', "fill:(#6e0f42|#12436d)")
    return _change(rng, _pages(folder, "02"), lambda text: expression(text).replace("(?:", "("), turned, wide=True)


@kind
def the_end_of_an_interval(rng: random.Random, folder: Path) -> str:
    """A line of an interval is too long."""
    expression = _styled(
        r'<path d="M([\d.]+) ([\d.]+)L([\d.]+) \2" STYLE', r"fill:none;stroke:#1e2b3c;stroke:[^;]*\);stroke-width:1\.2"
    )
    return _change(
        rng,
        _pages(folder),
        expression,
        lambda match: match.group(0).replace(f"L{match[3]} ", f"L{float(match[3]) + 2:.2f} "),
        wide=True,
    )


@kind
def a_point(rng: random.Random, folder: Path) -> str:
    """A point stands beside its place."""
    return _change(
        rng,
        _pages(folder, "03"),
        r'<use xlink:href="[^"]*" x="([\d.]+)"',
        lambda m: m.group(0).replace(f'x="{m[1]}"', f'x="{float(m[1]) - 1.5:.2f}"'),
        wide=True,
    )


@kind
def a_tick_of_an_axis(rng: random.Random, folder: Path) -> str:
    """An axis says another number."""
    return _change(
        rng,
        _pages(folder, "03"),
        _styled(r"<text STYLE[^>]*>([\d.−]+)</text>", "font-size:8px;text-anchor:middle;fill:#4a5567"),
        _digit()(rng),
    )


@kind
def a_number_in_a_drawing(rng: random.Random, folder: Path) -> str:
    """A number that is written in a bar, or beside a point."""
    expression = _styled(r"<text STYLE[^>]*>([^<]*\d[^<]*)</text>", r"font-size:8\.5px;")
    return _change(rng, _pages(folder), expression, _digit()(rng))


@kind
def a_group_size_in_a_drawing(rng: random.Random, folder: Path) -> str:
    """How many a group has, beside its bar."""
    return _change(rng, _pages(folder, "02"), r"<text [^>]*>[^<]*\(n.=.([\d,]+)\)</text>", _digit()(rng))


@kind
def an_alternative_text(rng: random.Random, folder: Path) -> str:
    """A number of a drawing's description."""
    return _described(rng, folder, r"<desc[^>]*>([^<]*)</desc>")


@kind
def a_label_of_a_drawing(rng: random.Random, folder: Path) -> str:
    """A number of what is read out in a drawing's place."""
    return _described(rng, folder, r'role="img"[^>]* aria-label="([^"]*)"')


def _described(rng: random.Random, folder: Path, words: str) -> str:
    """Change a digit of a drawing's words, wherever they stand."""
    path = rng.choice(list(_pages(folder, "02")))
    text = path.read_text("utf-8")
    said = rng.choice([said for said in re.findall(words, text) if len(said) > 60 and re.search(r"\d", said)])
    path.write_text(text.replace(said, _another_digit(said, rng)), "utf-8")
    return said[-80:]


@kind
def a_count_in_a_file(rng: random.Random, folder: Path) -> str:
    """A count of a CSV."""
    return _change(rng, _tables(folder, "percent", "count"), r"(?m),(\d+)$", _digit()(rng))


@kind
def a_share_in_a_file(rng: random.Random, folder: Path) -> str:
    """A share of a CSV."""
    files = [path for path in _tables(folder, "percent", "count") if not path.name.startswith("questionnaire")]
    return _change(rng, files, r"(?m),(\d+),\d+$", _digit()(rng))


@kind
def an_estimate_in_a_file(rng: random.Random, folder: Path) -> str:
    """An estimate of a CSV, in its third decimal."""
    return _change(
        rng, _tables(folder, "section", "row", "estimate"), r"(?m)(?<=,)(-?\d+\.\d{3})\d*(?=,|$)", _digit()(rng)
    )


@kind
def two_rows_of_a_file(rng: random.Random, folder: Path) -> str:
    """The numbers of two rows are exchanged, their labels left."""
    path = rng.choice(_tables(folder, "section", "row", "n", "mean"))
    head, *rows = path.read_text("utf-8-sig").splitlines()
    parts = [row.split(",", 2) for row in rows]
    parts[0][2], parts[1][2] = parts[1][2], parts[0][2]
    path.write_text("\ufeff" + "\n".join([head, *(",".join(part) for part in parts)]) + "\n", "utf-8")
    return path.name


@kind
def two_columns_of_a_file(rng: random.Random, folder: Path) -> str:
    """The heads of two columns are exchanged."""
    path = rng.choice(_tables(folder, "conf_low", "conf_high"))
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("conf_low", "#", 1).replace("conf_high", "conf_low", 1).replace("#", "conf_high", 1), "utf-8"
    )
    return path.name


@kind
def a_lost_row_of_a_file(rng: random.Random, folder: Path) -> str:
    """A row is not there."""
    path = rng.choice(_tables(folder, "percent", "count"))
    lines = path.read_text("utf-8").splitlines(keepends=True)
    place = rng.randrange(1, len(lines))
    path.write_text("".join(lines[:place] + lines[place + 1 :]), "utf-8")
    return f"{path.name}: {lines[place]!r}"


@kind
def two_rows_of_a_page(rng: random.Random, folder: Path) -> str:
    """The cells of two rows of a table are exchanged, their names left."""
    expression = r'(<tr id="table-(?:comparison|satisfaction_model)[^"]*"><th scope="row">[^<]*</th>)((?:<td[^>]*>[^<]*</td>)+)(</tr>)(<tr id="[^"]*"><th scope="row">[^<]*</th>)((?:<td[^>]*>[^<]*</td>)+)'
    return _change(rng, _pages(folder), expression, lambda m: m[1] + m[5] + m[3] + m[4] + m[2])


@kind
def two_names_of_a_page(rng: random.Random, folder: Path) -> str:
    """The names of two rows are exchanged."""
    expression = r'(<tr id="table-\w+_by_\w+--\w+"><th scope="row">)([^<]*)(</th>(?:<td[^>]*>[^<]*</td>)+</tr><tr id="[^"]*"><th scope="row">)([^<]*)'
    return _change(rng, _pages(folder, "02"), expression, lambda m: m[1] + m[4] + m[3] + m[2])


@kind
def two_headings_of_a_page(rng: random.Random, folder: Path) -> str:
    """The headings of two columns are exchanged."""
    expression = r'(<th scope="col" class="percent">)([^<]*)(</th><th scope="col" class="percent">)([^<]*)'
    return _change(rng, _pages(folder, "02"), expression, lambda m: m[1] + m[4] + m[3] + m[2])


@kind
def a_direction(rng: random.Random, folder: Path) -> str:
    """Higher becomes lower."""
    swapped = {"higher": "lower", "lower": "higher"}
    return _change(
        rng,
        _pages(folder),
        r"(higher|lower) (?:answers than the rest|in the group)",
        lambda m: m.group(0).replace(m[1], swapped[m[1]]),
    )


@kind
def who_is_largest(rng: random.Random, folder: Path) -> str:
    """Another group is called the largest, with its own number."""
    expression = (
        r'<a [^>]*href="#table-(\w+)--influence-High">29\.6</a> percentage points higher in the group “High” than in the '
        r"group “Low”, all else equal \([^)]*\)"
    )
    medium = (
        '<a href="#table-satisfaction_model_differences--influence-Medium">12.3</a> percentage points higher in the group '
        "“Medium” than in the group “Low”, all else equal (7.9–16.7)"
    )
    return _change(rng, _pages(folder, "03"), expression, lambda m: medium)


@kind
def two_groups_of_a_sentence(rng: random.Random, folder: Path) -> str:
    """The names of two groups are exchanged."""
    expression = r"(in the group “)([^”]*)(”(?:, all else equal| than| to|\.| as) ?[^“]{0,160}in the group “)([^”]*)"
    return _change(rng, _pages(folder), expression, lambda m: m[1] + m[4] + m[3] + m[2])


@kind
def a_conclusion(rng: random.Random, folder: Path) -> str:
    """A conclusion that stays is said to change."""
    return _change(
        rng, _pages(folder, "03"), r"the conclusion (stays)", lambda m: m.group(0).replace("stays", "changes")
    )


@kind
def a_link(rng: random.Random, folder: Path) -> str:
    """A number leads to another row."""
    expression = r'goes from <a [^>]*href="(#table-satisfaction_by_type--\w+)">'
    others = {"Tower": "Apartment", "Apartment": "Atrium", "Atrium": "Terrace", "Terrace": "Tower"}
    return _change(
        rng,
        _pages(folder, "02"),
        expression,
        lambda m: m.group(0).replace(m[1], re.sub(r"--(\w+)", lambda k: f"--{others[k[1]]}", m[1])),
    )


@kind
def a_number_in_the_list_of_sentences(rng: random.Random, folder: Path) -> str:
    """The list at the page's end has another number than its sentence."""
    return _change(
        rng, _pages(folder, "03"), r'</th><td><a href="#table-[^"]*">([^<]*\d[^<]*)</a> \(Table', _digit()(rng)
    )


@kind
def the_number_of_a_table(rng: random.Random, folder: Path) -> str:
    """A caption has another table's number."""
    return _change(rng, _pages(folder, "02"), r'<span class="number">Table \d\.(\d+)\.', _digit()(rng))


@kind
def a_drawing_of_the_files(rng: random.Random, folder: Path) -> str:
    """The drawing in the file is not that of the page."""
    files = sorted((folder / "figures").glob("*.svg"))
    return _change(
        rng,
        files,
        r"<path d=\"M[\d.]+ [\d.]+L([\d.]+) ",
        lambda m: m.group(0).replace(f"L{m[1]} ", f"L{float(m[1]) + 3:.2f} "),
    )


@kind
def how_many_answered(rng: random.Random, folder: Path) -> str:
    """The first page says another number."""
    return _change(rng, _pages(folder, "index"), r"<p>([\d,]+) answered", _digit()(rng))
