"""The chapter's page: each field against the counts, each claim against the values it compares, each sentence against the fields in it."""

import re
import zipfile
from collections.abc import Iterator

from lxml import etree
from numerals import has_digit, pattern, read
from reading import RAW, Item
from shares import wilson
from store import Store, alike, written
from tables import Problem, html_rows, table_of, text_of
from words import VERDICT, WHOLE

Numbers = tuple[float, float | None, float | None, float | None]  # value, low, high, how many


def _codes(item: Item, selector: list[str]) -> list[str] | None:
    scale = list(item.low_to_high)
    if selector == ["top_two"]:
        return scale[-2:]
    if len(selector) == 2 and selector[0] in ("at_least", "at_most"):
        place = scale.index(selector[1])
        return scale[place:] if selector[0] == "at_least" else scale[: place + 1]
    return selector if len(selector) == 1 and selector[0] in (*item.codes, *item.missing) else None


def field_value(store: Store, path: str) -> Numbers | str | None:
    """Return what a field must say: numbers, a text of the study, or none where the field is not known."""
    head, *rest = path.split(".")
    if head == "study":
        return _study(store, rest[0])
    if head == "response":
        return _response(store, rest)
    if head == "model":
        return _model(store, rest)
    if head not in store.items and head not in ("figure", "table"):
        return None
    return _share(store, head, rest) if head in store.items else ""


def _share(store: Store, name: str, rest: list[str]) -> Numbers | None:
    item = store.items[name]
    stacked = item.parent != item.id
    known, where = store.rows.get((item.parent, name)) if stacked else None, None
    if rest[0] == "by":
        group, code, rest = rest[1], rest[2], rest[3:]
        known, where = (
            store.rows.get((f"{item.parent}_by_{group}", f"{name}--{code}" if stacked else code)),
            (group, code),
        )
    kind = rest[-1] if rest[-1] in ("percent", "n", "count") else "percent"
    selector = rest[:-1] if rest[-1] == kind else rest
    if known is None and where is None:
        known = {
            f"{row}.count": values["count"]
            for (table, row), values in store.rows.items()
            if table == name and "count" in values
        }
        known["n"] = known["total.count"]
    if known is None:
        return None
    n = float(known["n"])
    if kind == "n" and not selector:
        return n, None, None, n
    codes = _codes(item, selector)
    if codes is None:
        return None
    count = sum(float(known[f"{code}.count"]) for code in codes)
    low, high = wilson(count, n, store.fraction(*where, n) if where else store.fraction("", "", n))
    return 100 * count / n, low, high, n


def _study(store: Store, name: str) -> Numbers | str | None:
    if name == "reminders":
        return float(len(store.plan["fieldwork"]["reminders"])), None, None, None
    if name in ("start", "end"):
        return written(str(store.plan["fieldwork"][name]), store.language)
    return ""  # a text of the plan: explained like any other


def _response(store: Store, rest: list[str]) -> Numbers | None:
    kept, base = float(store.rows["response", "total"]["count"]), float(store.plan["base"])
    if rest[0] == "by":
        known = store.rows.get((f"response_by_{rest[1]}", rest[2]), {})
        values = {"count": known.get("count"), "population": known.get("frame"), "percent": known.get("rate")}
        return (float(values[rest[3]]), None, None, float(known["frame"])) if values.get(rest[3]) is not None else None  # type: ignore[arg-type]
    invited = float(store.plan["invited"])
    found = {
        "count": (kept, None),
        "base": (base, None),
        "invited": (invited, None),
        "percent": (100 * kept / base, base),
        "of_invited": (100 * kept / invited, invited),
    }
    value, n = found[rest[0]]
    return value, None, None, n


def _model(store: Store, rest: list[str]) -> Numbers | None:
    outcome, name, level, what = rest
    if what == "difference":
        known = store.rows.get((f"{outcome}_model_differences", f"{name}-{level}"), {})
        return (
            float(known["smoothed"]),
            float(known["smoothed_interval.low"]),
            float(known["smoothed_interval.high"]),
            None,
        )
    known = store.rows.get((f"{outcome}_model_odds_ratios", f"{name}_T_{level}_"), {})
    return float(known["estimate"]), float(known["interval.low"]), float(known["interval.high"]), None


def _slack(path: str) -> float:
    return 1e-5 if path.startswith("model.") else 0.0


def chapter_problems(name: str, page: etree._Element, store: Store, everything: str) -> Iterator[Problem]:
    """Return what is wrong with the chapter's fields and claims; `everything` is the text of all pages."""
    for element in page.iter("div"):
        table = table_of(element)
        if table == "chapter_numbers":
            yield from _fields(name, element, store, everything)
        elif table == "chapter_claims":
            yield from _claims(name, element, store, page)


def counted(page: etree._Element) -> dict[str, int]:
    """Return how many numbers a chapter's page says are looked up, and how many claims it checks."""
    rows = {
        table_of(element): html_rows(element)
        for element in page.iter("div")
        if table_of(element).startswith("chapter_")
    }
    fields = [
        row
        for row in rows.get("chapter_numbers", [])
        if row.label == "study.reminders" or not row.label.startswith(("study.", "figure.", "table."))
    ]
    claims = rows.get("chapter_claims", [])
    unchecked = {
        name: sum(
            row.cells[place] not in WHOLE and "»" not in row.cells[place] and "”" not in row.cells[place]
            for row in claims
        )
        for place, name in enumerate(("interval", "weights", "reading"), 2)
    }
    return {"looked_up": len(fields), "claims": len(claims)} | {
        f"not_by_{name}": number for name, number in unchecked.items()
    }


def _fields(name: str, element: etree._Element, store: Store, everything: str) -> Iterator[Problem]:
    for row in html_rows(element):
        where, value = f"{name} #table-chapter_numbers--{row.key}", field_value(store, row.label)
        said, count, *_ = row.cells
        if value is None:
            yield Problem(where, row.label, "nothing is expected of this field")
        elif isinstance(value, str):
            drawn = row.label.startswith("figure.") and _of_figure(said, row.label, store)
            if has_digit(said) and not drawn and alike(value or said) not in (alike(said) if value else everything):
                yield Problem(where, said, f"expected {value or 'a text of the study or a title of the report'}")
        else:
            yield from _numbers(where, row.label, said, count, value, store)


def _of_figure(said: str, field: str, store: Store) -> bool:
    """Say whether all numbers of a figure's title are shares of the table that it draws."""
    values = [value for value, *_ in store.figure_values(field.removeprefix("figure.").removesuffix("_likert"))]
    numbers = [read(text, store.language) for text in re.findall(pattern(store.language), said.replace("–", " "))]
    return all(any(number.equals(value) for value in values) for number in numbers)


def _numbers(where: str, path: str, said: str, count: str, value: Numbers, store: Store) -> Iterator[Problem]:
    numbers = [read(text, store.language) for text in re.findall(pattern(store.language), said.replace("–", " "))]
    center, low, high, n = value
    choices = [[center], [center, low, high], [low, high]]
    fine = any(
        len(numbers) == len(choice)
        and None not in choice
        and all(number.equals(float(v), _slack(path)) for number, v in zip(numbers, choice, strict=True))  # type: ignore[arg-type]
        for choice in choices
    )
    if not fine:
        yield Problem(where, said, f"{path} should be {value[:3]}")
    if has_digit(count) and (n is None or not read(count, store.language).equals(n)):
        yield Problem(where, count, f"should be {n}")


def _claims(name: str, element: etree._Element, store: Store, page: etree._Element) -> Iterator[Problem]:
    fields = {
        row.cells[0] for table in page.iter("div") if table_of(table) == "chapter_numbers" for row in html_rows(table)
    }
    numbers = {text for said in fields for text in re.findall(pattern(store.language), said)}
    written_claims = _written_claims(store)
    for row in html_rows(element):
        where = f"{name} #table-chapter_claims--{row.key}"
        plain = re.sub(r"\b(?:table|figure|tabell|figur)\s\d+", "", row.label)
        for text in re.findall(pattern(store.language), plain):
            if text not in numbers:
                yield Problem(where, row.label, f"{text} is in no field of the chapter")
        claim, verdict = row.cells[:2]
        if alike(claim) not in written_claims:
            yield Problem(where, claim, "is no claim of the chapter")
        elif (verdict == VERDICT[store.language]) is not holds(store, claim):
            yield Problem(where, verdict, f"{claim} is {holds(store, claim)}")


def _written_claims(store: Store) -> set[str]:
    path = RAW / store.study / f"chapter.{store.language}.docx"
    text = re.sub(r"<[^>]+>", "", zipfile.ZipFile(path).read("word/document.xml").decode())
    text = text.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
    return {alike(claim) for claim in re.findall(r"\{%\s*claim (.*?)\s*%\}", text)}


def holds(store: Store, claim: str) -> bool:
    """Say whether a claim is true of the expected values."""
    return all(_part(store, part) for part in claim.split(" and "))


def _part(store: Store, part: str) -> bool:
    words = part.split()
    values = []
    for word in words[::2]:
        number = float(word) if re.fullmatch(r"-?[\d.]+", word) else field_value(store, word)
        values.append(number if isinstance(number, float) else number[0])  # type: ignore[index]
    tests = {"<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b}
    return all(tests[sign](a, b) for sign, a, b in zip(words[1::2], values, values[1:], strict=False))


def all_text(pages: dict[str, etree._Element]) -> str:
    """Return the text of all pages but the chapter's, in the form in which texts are compared, and the study's own texts."""
    return " ".join(alike(text_of(page)) for name, page in pages.items() if name != "chapter.html")
