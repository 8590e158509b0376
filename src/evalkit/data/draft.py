"""Drafting a study from an export: what its columns look like, written down so that it runs, with marks where a person decides."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from statistics import quantiles
from typing import Any

import yaml

from ..errors import DataError, UsageError
from ..places import project_root
from ..study import fold, load_study
from ..study.consistency import RESERVED
from ..study.words import LANGUAGES
from .clean import clean
from .coding import as_number, number_of, taken_apart, wrong_characters
from .files import labelled_values, read_grid
from .grid import Grid
from .moments import DAY_FIRST, MONTH_FIRST, parse_moment
from .scales import KNOWN, no_answer_code, recognise
from .table import read_export

RARE = 5
"""A value given by fewer people than this is never written down, unless it is a label of the file or of a known scale."""
_MANY = 30
_ROLE = {text: role for role, texts in reversed(KNOWN["roles"].items()) for text in texts}
_HEADINGS = {
    kind: re.compile(rf"\b({'|'.join(told['words'])})(?:{'|'.join(told['endings'])})?\b")
    for kind, told in KNOWN["headings"].items()
}
"""What the headings of groups, of units and of numbers that people were asked for speak of."""
_SEPARATORS = (";", ", ", ",", "|", " ")


@dataclass(frozen=True, eq=False)
class Column:
    """A column of the export: its headings, its cells as texts, and the heading that reads like a question."""

    name: str
    heading: str
    parts: tuple[str, ...]
    texts: list[str]
    wording: str
    labels: dict[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()

    @cached_property
    def counts(self) -> Counter[str]:
        """How many cells hold each text, as it is most often spelt; whole numbers without decimals."""
        spelt = Counter(text for text in map(_tidy, self.texts) if text)
        first: dict[str, str] = {}
        found: Counter[str] = Counter()
        for text, n in spelt.most_common():
            found[first.setdefault(fold(text), text)] += n
        return found

    @property
    def common(self) -> list[str]:
        """The texts that may be written down: labels of the file, of known scales, and what so many people gave."""
        if recognise(self.told):
            return list(self.counts)
        return [text for text, n in self.counts.items() if n >= RARE or text in self.labels or no_answer_code(text)]

    @cached_property
    def told(self) -> list[str]:
        """The texts that are answers, not such as 'Vet ikke'."""
        return [text for text in self.counts if not no_answer_code(text)]

    @cached_property
    def role(self) -> str | None:
        """What the heading says that the column is for, where its cells bear it out."""
        texts = [fold(text) for text in (*self.parts, self.name)]
        role = next((found for text in texts if (found := _ROLE.get(text) or _ROLE.get(text.replace("_", " ")))), None)
        if role is None and texts and re.fullmatch(r"\w+_complete", texts[0]) and set(self.counts) <= {"0", "1", "2"}:
            return "status"  # REDCap's mark of a finished instrument
        if role in {"started", "submitted"} and not self.dated:
            return "status" if fold(self.name) in KNOWN["roles"]["status"] else None
        return role

    @cached_property
    def dated(self) -> bool:
        """Whether nearly every cell is a date."""
        found = [parse_moment(text) or parse_moment(text, MONTH_FIRST) for text in self.counts]
        plain = all(re.fullmatch(r"\d{5}(\.\d+)?", text) for text in self.counts)
        return bool(found) and not plain and sum(map(bool, found)) >= 0.9 * len(found)

    def stem(self) -> tuple[str, str]:
        """Return the question and the row or option that the heading names; a heading that names one alone has no row."""
        text = re.sub(r"^\d{1,3}[.)]\s*", "", " ".join(self.wording.split()))
        for form in KNOWN["stems"]:
            if found := re.fullmatch(form, text, re.IGNORECASE):
                return found["stem"].strip(" -:"), found["row"].strip()
        return text, ""


def _tidy(text: str) -> str:
    text = " ".join(text.split())
    return as_number(text) if re.fullmatch(r"-?\d+[.,]0+", text) else text


@dataclass
class Draft:
    """What is written: the two files as plain values, what is said of each part, and what a person must decide."""

    language: str
    export: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    scales: dict[str, Any] = field(default_factory=dict)
    items: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    decide: dict[str, str] = field(default_factory=dict)
    moments: list[Column] = field(default_factory=list)
    names: set[str] = field(default_factory=lambda: {*RESERVED, "response_kind", "term", "n"})

    def texts(self, text: str) -> dict[str, str]:
        """Return a text in the draft's one language."""
        return {self.language: text}

    def other(self) -> dict[str, Any]:
        """Return a category or an option for answers in the respondents' own words."""
        return {**self.texts("Annet" if self.language == "nb" else "Other"), "other": True}

    def name(self, text: str) -> str:
        """Return a name of its own for an item."""
        return _unique(_slug(text)[:24].strip("_") or "item", self.names)


def draft_study(export: Path, to: Path | None = None, language: str = "nb") -> Path:
    """Draft `study.yml` and `codebook.yml` from an export, beside a copy of it; print what was guessed, and why.

    Batteries, tick-all questions (a column a box, or many answers in one cell), known scales, groups, ids, times and status
    are recognised by their headings and answers; labels of SPSS and Stata, Qualtrics' and SurveyMonkey's rows of headings,
    and files beside the export that list its variables and values (SurveyXact's structure and labels) are used. Ages and other
    numbers that people were asked for are banded; of free text no more is read than who wrote any; e-mail addresses are dropped. A value that few gave is never written. The draft runs as it stands; what a
    person should look at is marked `# decide:`.

    Parameters
    ----------
    export
        The file, as the survey platform gives it.
    to
        The study's folder; by default one under data/raw, called as the file. It must not hold a study already.
    language
        The language of the export's texts, `nb` or `en`.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    DataError
        When the file cannot be read, or no column looks like a question.
    UsageError
        When the folder holds a study already, or the language is not known.

    Examples
    --------
    >>> made = draft_study(survey.folder / "responses.csv", folder / "drafted")
    >>> sorted(path.name for path in made.iterdir())
    ['codebook.yml', 'responses.csv', 'study.yml']
    """
    export = Path(export)
    UsageError.one_of(language, LANGUAGES, "the language is not known")
    grid = read_grid(export, ())
    folder = Path(to) if to is not None else project_root() / "data" / "raw" / _slug(export.stem).replace("_", "-")
    if (folder / "study.yml").exists() or (folder / "codebook.yml").exists():
        hint = "give another with --to"
        raise UsageError("there is a study already", where=folder, expected="a new folder", hint=hint)
    draft = _drafted(list(_columns(grid, export)), language, grid)
    if not draft.items:
        what = "no column looks like a question with answers"
        raise DataError(what, where=grid.place, hint="is this the right file?")
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / export.name).exists():
        shutil.copyfile(export, folder / export.name)
    name = re.sub(r"[^a-z0-9-]", "-", _slug(folder.resolve().name).replace("_", "-")).strip("-") or "study"
    _write(draft, folder, name, export.name)
    print("\n".join([*draft.said, *(f"decide: {text}" for text in draft.decide.values())]))
    return folder


def _write(draft: Draft, folder: Path, name: str, file: str) -> None:
    """Write both files; a question whose answers do not come through cleaning is left out, and said."""
    while draft.items:
        _add_roles(draft)
        (folder / "study.yml").write_text(_plan_text(draft, name, file), "utf-8")
        codebook = {"scales": draft.scales, "items": draft.items}
        (folder / "codebook.yml").write_text(_marked(codebook, draft), "utf-8")
        study = load_study(folder)
        try:
            clean(read_export(study), study)
        except DataError as error:
            variables = study.codebook.variables.values()
            wrong = {v.item_id for v in variables if any(f"column '{column}'" in str(error) for column in v.columns)}
            if not wrong:
                raise
            for item in wrong:
                del draft.items[item]
                draft.said.append(f"{item}: left out, for some of its answers fit nothing here")
        else:
            return


def _columns(grid: Grid, export: Path) -> Iterator[Column]:
    """Go through the columns of the export, with the labels that the file, or files beside it, have for them."""
    headings, beside = grid.headings, labelled_values(export, grid)
    whole = len(headings.rows) > 1 and headings.layout != "Qualtrics" and not grid.codes
    for position, name in enumerate(headings.names):
        if name:
            said, values = beside.get(fold(name), ("", {}))
            texts = [values.get(_tidy(text), text) for text in grid.texts(position)]
            parts = (*headings.parts[position], *([said] if said else []))
            labels = dict(grid.codes.get(position, {})) | {label: code for code, label in values.items()}
            own = [text for text in (*headings.parts[position], name) if headings.positions(text) == [position]]
            heading, missing = min(own, key=len, default=""), frozenset(grid.missing.get(position, ()))
            yield Column(name, heading, parts, texts, name if whole else parts[-1], labels, missing)


def _drafted(columns: list[Column], language: str, grid: Grid) -> Draft:
    draft = Draft(language)
    if grid.headings.layout:
        draft.said.append(f"headings: {len(grid.headings.rows)} rows, as {grid.headings.layout} writes them")
    left = list(_without_roles(draft, columns))
    while left:
        group = _together(left)
        del left[: len(group)]
        if any(column.counts for column in group):
            _add_item(draft, group)
    return draft


def _without_roles(draft: Draft, columns: list[Column]) -> Iterator[Column]:
    """Take the columns that are no questions into the plan; go through the others."""
    export, unread = draft.export, []
    for column in columns:
        role, heading = column.role, column.heading
        if role == "technical":
            unread.append(column.name)
        elif not heading:
            unread.append(f"{column.name} (several columns are called so: rename them in the export)")
        elif role == "person" or _is_personal(column):
            export.setdefault("drop", []).append(heading)
        elif role == "id" and 2 * len(column.counts) > len(column.texts) and "id" not in export:
            export["id"] = heading
            if len(column.counts) < sum(column.counts.values()):
                export["duplicates"] = "latest"
                draft.decide["export"] = "export.duplicates: some ids stand twice; of such answers the last is kept"
        elif role in {"started", "submitted"} and role not in export:
            export[role] = heading
            draft.moments.append(column)
        elif role == "status" and "status" not in export and (status := _status(column)):
            export["status"] = {"column": heading, **status}
        elif role == "status" and (preview := [t for t in column.counts if fold(t) in {"survey preview", "spam"}]):
            told = {"reason": "preview", "label": draft.texts("Survey Preview")}
            export["exclude"] = [{"column": heading, "values": preview, **told}]
        elif role == "count" and all(text.isdigit() for text in column.counts):
            export["count"] = heading
        elif role == "weight" and "design" not in draft.plan and all((number_of(t) or 0) > 0 for t in column.counts):
            draft.plan["design"] = {"weight": heading}
            draft.decide["design"] = "design: these weights; strata, clusters and their sizes, where people were drawn"
        elif role is None and _is_number(column):
            yield column
        elif role in {"weight", "id"} or column.dated or _numeric(column):
            what = {"weight": "a weight", "id": "an id"}.get(str(role)) or ("a date" if column.dated else "a number")
            unread.append(f"{column.name} ({what})")
        else:
            yield column
    draft.said += [f"dropped, never read: {', '.join(export['drop'])}"] if "drop" in export else []
    draft.said += [f"not read: {', '.join(unread)}"] if unread else []


def _is_personal(column: Column) -> bool:
    addresses = sum(n for text, n in column.counts.items() if re.fullmatch(r"\S+@\S+\.\S+", text))
    return 2 * addresses > sum(column.counts.values())


def _numeric(column: Column) -> bool:
    numbers = [text for text in column.counts if number_of(text) is not None]
    return len(numbers) == len(column.told) > 12 and all(map(no_answer_code, column.labels))


def _is_number(column: Column) -> bool:
    """Return whether a column holds numbers that people were asked for, such as their age."""
    return _numeric(column) and _HEADINGS["numbers"].search(fold(" ".join((column.name, column.wording)))) is not None


def _number(draft: Draft, column: Column) -> dict[str, Any]:
    """Return an item for a number, in four bands of about as many people, which begin with round numbers."""
    numbers = sorted(number for text in column.texts if (number := number_of(text)) is not None)
    quarters = quantiles(numbers, n=4)
    step = next(step for step in (100, 50, 10, 5, 1, 0.1) if step <= max(quarters[2] - quarters[0], 0.2) / 2)
    low = 0.0 if 0 <= numbers[0] <= numbers[-1] - numbers[0] else 10 * (numbers[0] // 10)
    bands = sorted({low, *(step * round(quarter / step) for quarter in quarters if step * round(quarter / step) > low)})
    decimals = max(len(re.split("[.,]", text)[1]) if re.search("[.,]", text) else 0 for text in column.counts)
    gone = [(text, str(no_answer_code(text))) for text in column.counts if no_answer_code(text)]
    return {
        "kind": "number",
        "column": column.heading,
        **({"decimals": decimals} if decimals else {}),
        "bands": [int(band) if band == int(band) else round(band, 1) for band in bands],
        **({"missing": [{"code": code, **draft.texts(text)} for text, code in gone]} if gone else {}),
    }


def _status(column: Column) -> dict[str, list[str]] | None:
    """Return which values mean a complete or a partial answer; of LimeSurvey's `lastpage`, the highest is complete."""
    if fold(column.name) in {"lastpage", "last page"}:
        pages = sorted((int(text) for text in column.counts if text.isdigit()), reverse=True)
        return {"complete": [str(pages[0])], "partial": [str(page) for page in pages[1:] if page]} if pages else None
    if fold(column.name).endswith("_complete"):
        return {"complete": ["2"]} if "2" in column.counts else None
    complete = [text for text in column.counts if fold(text) in KNOWN["status"]["complete"]]
    partial = [text for text in column.counts if fold(text) in KNOWN["status"]["partial"] and text not in complete]
    return {"complete": complete, **({"partial": partial} if partial else {})} if complete else None


def _together(columns: list[Column]) -> list[Column]:
    """Return the first column, and those after it that are rows or options of the same question."""
    first, *rest = columns
    stem, row = first.stem()
    alike = takewhile(lambda other: other.stem()[0] == stem and other.stem()[1], rest if row else [])
    group = [first, *alike]
    if len(group) > 1 and not (_are_boxes(group) or _share_answers(group)):
        return [first]
    return group


def _is_box(column: Column) -> bool:
    """Return whether a column holds ticks: usual words for them, or the option's own text and nothing else."""
    own = {fold(text) for text in (column.name, column.wording, column.stem()[1])}
    usual = {word for words in KNOWN["boxes"].values() for word in words}
    texts = {as_number(text) for text in column.counts}
    return texts <= own | usual and len(texts) <= 3 and not texts & {"2", "3"}


def _are_boxes(group: list[Column]) -> bool:
    """Return whether columns hold ticks; the last may hold what else the respondents wrote."""
    return all(_is_box(column) or (len(group) > 2 and _is_own(column, group)) for column in group)


def _is_own(column: Column, group: list[Column]) -> bool:
    """Return whether a column is the last box of a question, for another answer in the respondents' own words."""
    return column is group[-1] and re.match(r"(other|annet|andre)\b", fold(column.stem()[1])) is not None


def _share_answers(group: list[Column]) -> bool:
    answers = [{fold(text) for text in column.counts} for column in group if column.counts]
    together = set().union(*answers)
    several = all(len(own) * 2 >= min(len(together), 6) for own in answers)
    return len(together) <= 12 and several and not any(map(_is_free_text, group))


def _is_free_text(column: Column) -> bool:
    """Return whether a column holds the respondents' own words: many different texts, each given by few."""
    total, shown = sum(column.counts.values()), sum(column.counts[text] for text in column.common)
    return not column.labels and len(column.counts) > 3 and (2 * shown < total or len(column.counts) > 4 * _MANY)


def _add_item(draft: Draft, group: list[Column]) -> None:
    """Add what some columns are: boxes, several answers in a cell, a battery or one question; or leave them out, and say so."""
    first, several = group[0], len(group) > 1
    question = first.stem()[0] if several else first.wording
    name = draft.name(question)
    found = None if several or _is_number(first) else _separated(first)
    if several and _are_boxes(group):
        item, what = {"kind": "multiple", "options": _parts(draft, group)}, f"tick all that apply, {len(group)} boxes"
    elif found is not None:
        options = _options_of(draft, first, *found)
        item = {"kind": "multiple", "column": first.heading, "separator": found[0], "options": options}
        what = f"several answers in a cell, '{found[0]}' between them"
    elif not several and _is_number(first):
        item, what = _number(draft, first), "a number"
        draft.decide[f"items.{name}"] = f"{name}: the bands that the number is published in, and its unit"
    elif _is_free_text(first):
        item, what = {"kind": "text", "column": first.heading}, "free text, of which no more is read than who wrote any"
    elif (scale := _scale(draft, group, name)) is None:
        draft.said.append(f"not read, its answers are given by few or look like slips of one another: {first.name}")
        return
    else:
        own = {"items": _parts(draft, group)} if several else {"column": first.heading}
        item, what = {"kind": "battery" if several else "single", "scale": scale, **own}, f"scale {scale}"
        what = f"battery, {len(group)} rows, {what}" if several else f"one answer, {what}"
    number = re.match(r"(?:[QqSs]|spm\.?)?\s*0*([1-9]\d{0,2})[.):_ ]", question)
    text = re.sub(r"^(?:[QqSs]|spm\.?)?\s*\d{1,3}[.):]\s*", "", question) or question
    draft.items[name] = {**({"number": int(number[1])} if number else {}), **item, "question": draft.texts(text)}
    draft.names.update(f"{name}_{part}" for part in (*item.get("items", ()), *item.get("options", ()), "any"))
    draft.said.append(f"{name}: {what}")


def _parts(draft: Draft, group: list[Column]) -> dict[str, dict[str, Any]]:
    keys: set[str] = set()
    rows = [(column.stem()[1], column) for column in group]
    own = {id(column) for column in group[2:] if _is_own(column, group) and not _is_box(column)}
    return {
        _key(row, keys): {
            "column": column.heading,
            **draft.texts(row),
            **({"other": True} if id(column) in own else {}),
        }
        for row, column in rows
    }


def _options_of(draft: Draft, column: Column, separator: str, options: list[str]) -> dict[str, dict[str, Any]]:
    keys, known = set[str](), {fold(option): option for option in options}
    parts: dict[str, dict[str, Any]] = {_key(text, keys): dict(draft.texts(text)) for text in options}
    if any(taken_apart(text, separator, known)[1] for text in column.counts):
        parts[_unique("other", keys)] = draft.other()
    return parts


def _key(text: str, taken: set[str]) -> str:
    key = _slug(text)[:24].strip("_")
    return _unique(key if key[:1].isalpha() else f"r{key}", taken)


def _separated(column: Column) -> tuple[str, list[str]] | None:
    """Return what stands between the answers of a cell, and the answers that many gave; None for one answer a cell."""
    told = column.told
    if recognise(told) or column.labels:
        return None
    for separator in _SEPARATORS:
        if separator.strip() not in "".join(told) or (separator == " " and not _are_codes(told)):
            continue
        options, several = _options(column.counts, told, separator)
        if separator == " " and 2 * sum(option in column.counts for option in options) < len(options):
            continue  # words of a sentence, which hardly stand alone
        ended = separator == ";" and all(text.endswith(";") for text in told)
        if ended or (several >= RARE and len(options) <= _MANY and 20 * several > sum(column.counts.values())):
            return separator, [option for option, n in options.items() if n >= RARE]
    return None


def _are_codes(texts: list[str]) -> bool:
    return all(re.fullmatch(r"[\w-]+", piece) for text in texts for piece in text.split())


def _options(counts: Counter[str], texts: list[str], separator: str) -> tuple[dict[str, int], int]:
    """Return the options that cells are made of, each with how many chose it, and how many chose several.

    A cell that is no chain of known options is one, or what is left of it is: the shortest cells first.
    """
    known: dict[str, str] = {}
    chosen: Counter[str] = Counter()
    several = 0
    for text in sorted(texts, key=len):
        names, rest = taken_apart(text, separator, known)
        if rest and not names and "," in separator:  # a comma may stand within an option
            rest = [text.strip(" ,")]
        for option in rest:
            known[fold(option)] = option.strip()
        for option in (*names, *rest):
            chosen[option.strip()] += counts[text]
        several += counts[text] * (len(names) + len(rest) > 1)
    longest = max(texts, key=lambda text: len(taken_apart(text, separator, known)[0]))
    order = [*taken_apart(longest, separator, known)[0], *known.values()]  # as the platform lists them
    return {option: chosen[option] for option in dict.fromkeys(order)}, several


def _scale(draft: Draft, group: list[Column], wanted: str) -> str | None:
    """Return the name of the scale of some columns, added to the draft where no other item has it; None where there is none."""
    counts: Counter[str] = sum((column.counts for column in group), Counter())
    labels = {label: code for column in group for label, code in column.labels.items()}
    missing = {text for column in group for text in column.missing}
    texts = dict.fromkeys(text for column in group for text in (*column.labels, *column.common) if text)
    gone = [text for text in texts if no_answer_code(text) or text in missing or re.fullmatch(r"-9+|9[89]|999", text)]
    steps = [text for text in texts if text not in gone]
    rest = [text for text in counts if text not in texts]
    if points := _points([text for text in counts if text not in gone]):
        steps, rest = points, []
    if not (steps or rest) or any(_alike(one, step) for one in rest for step in texts):
        return None
    known = recognise(steps)
    numbers = len(steps) > 2 and all(re.fullmatch(r"-?\d+", text) for text in steps)
    if known:
        steps.sort(key=lambda text: known.step(text) or 0)
    elif numbers:
        steps.sort(key=int)
    elif labels:
        steps.sort(key=lambda text: float(labels[text]) if re.fullmatch(r"-?\d+", labels.get(text, "")) else 1e9)
    codes: set[str] = set()
    scale: dict[str, Any] = {
        "kind": "ordinal" if not rest and (numbers or (known and known.kind == "ordinal")) else "nominal",
        "categories": [{"code": _code(text, codes), **draft.texts(text), **_alias(text, labels)} for text in steps],
    }
    if numbers and not rest and int(steps[0]) != 1:  # a mean is of the numbers, not of their ranks
        for text, category in zip(steps, scale["categories"], strict=True):
            category["score"] = int(text)
    if rest:
        scale["categories"].append({"code": _unique("other", codes), **draft.other()})
    if gone:
        told = [(text, _code(text, codes, no_answer_code(text))) for text in gone]
        scale["missing"] = [{"code": code, **draft.texts(text), **_alias(text, labels)} for text, code in told]
    return _named_scale(draft, scale, known.name if known else "points" if numbers else wanted)


def _points(texts: list[str]) -> list[str]:
    """Return the whole range of a scale of numbers from 0 or 1 to 5, 7 or 10, whichever of them were chosen."""
    numbers = [int(text) for text in texts if re.fullmatch(r"\d{1,2}", text)]
    if len(numbers) < max(3, len(texts)) or max(numbers) > 10:
        return []
    top = next(top for top in (5, 7, 10) if top >= max(numbers)) if max(numbers) > 3 else max(numbers)
    return [str(k) for k in range(min(1, *numbers), top + 1)]


def _named_scale(draft: Draft, scale: dict[str, Any], wanted: str) -> str:
    if alike := [name for name, other in draft.scales.items() if other == scale]:
        return alike[0]
    name = _unique(wanted, set(draft.scales))
    draft.scales[name] = scale
    if wanted == "points":
        what = "numbers without labels: write what they mean; nominal, if they have no order"
        draft.decide[f"scales.{name}"] = f"{name}: {what}"
    if scale["kind"] == "nominal" and len(scale["categories"]) > 2:
        draft.decide[f"scales.{name}"] = f"{name}: has it an order? Then it is ordinal: list the categories low to high"
    if any(category.get("other") for category in scale["categories"]):
        what = f"what fewer than {RARE} people gave counts as other; add the questionnaire's options"
        draft.decide[f"scales.{name} other"] = f"{name}: {what}"
    return name


def _alike(one: str, other: str) -> bool:
    """Return whether cleaning would take one answer for a slip of another."""
    return len(fold(other)) >= 10 and wrong_characters(one, other) <= 3


def _alias(text: str, labels: dict[str, str]) -> dict[str, list[str]]:
    return {"aliases": [labels[text]]} if text in labels and labels[text] != text else {}


def _code(text: str, taken: set[str], wanted: str | None = None) -> str:
    return _unique(wanted or (text if re.fullmatch(r"\d+", text) else _slug(text)[:30].strip("_")) or "code", taken)


def _slug(text: str) -> str:
    """Return a text as small letters a-z, digits and _, beginning with a letter."""
    spelt = text.casefold().translate(str.maketrans("øåæ", "oaa"))
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return re.sub(r"^[\d_]+(?=[a-z])", "", re.sub(r"[^a-z0-9]+", "_", plain).strip("_"))


def _unique(name: str, taken: set[str]) -> str:
    name = name if re.match(r"[a-z\d]", name) else f"x{name}"
    found = next(text for k in range(1, 10_000) if (text := name if k == 1 else f"{name}_{k}") not in taken)
    taken.add(found)
    return found


def _add_roles(draft: Draft) -> None:
    """Add to the plan what follows from the items: groups, unit, outcomes, predictors, fieldwork."""
    single = {name: item for name, item in draft.items.items() if item["kind"] == "single"}
    sizes = {name: len(draft.scales[item["scale"]]["categories"]) for name, item in single.items()}
    kinds = {name: draft.scales[item["scale"]]["kind"] for name, item in single.items()}
    asked = {name: fold(f"{item['question'][draft.language]} {item['column']}") for name, item in single.items()}
    nominal = [name for name in single if kinds[name] == "nominal" and 1 < sizes[name] <= _MANY]
    groups = ([name for name in nominal if _HEADINGS["groups"].search(asked[name])] or nominal[:2])[:4]
    units = [name for name in groups if _HEADINGS["units"].search(asked[name])]
    ordinal = [name for name in single if kinds[name] == "ordinal" and sizes[name] > 1]
    draft.plan |= {"groups": groups, "outcomes": ordinal[:2], "predictors": groups[:3] if ordinal else None}
    if units:
        draft.plan["unit"] = max(units, key=sizes.__getitem__)
    for name in groups:
        heads = _HEADINGS["units" if name == draft.plan.get("unit") else "groups"]
        called = {item.get("label", {}).get(draft.language) for item in single.values()}
        question = single[name]["question"][draft.language].strip()
        found = heads.search(fold(question)) if question.endswith("?") else None
        if found and (label := found[1].capitalize()) not in called:
            single[name]["label"] = draft.texts(label)
            draft.decide[f"items.{name}"] = f"{name}: what it is called within sentences (here {label})"
    here = {"groups": "what to break the answers down by", "outcomes": "what to model"}
    for key, what in here.items():
        names = ", ".join(draft.plan[key])
        draft.decide[key] = f"{key}: {what}" + (f" (here {names})" if names else "")
    draft.decide["invited"] = "invited: how many were asked; without it there is no response rate"
    _add_fieldwork(draft, draft.moments)


def _add_fieldwork(draft: Draft, columns: list[Column]) -> None:
    """Add the days from the first to the last answer, read in the order that makes them fewest."""
    spans = {}
    for order in (DAY_FIRST, MONTH_FIRST):
        days = [moment.date() if (moment := parse_moment(text, order)) else None for c in columns for text in c.counts]
        if days and all(days):
            spans[order] = (min(filter(None, days)), max(filter(None, days)))
    if not spans:
        for use in ("started", "submitted"):
            draft.export.pop(use, None)
        return
    order = min(spans, key=lambda order: spans[order][1] - spans[order][0])
    start, end = spans[order]
    draft.plan["fieldwork"] = {"start": str(start), "end": str(end)}
    draft.decide["fieldwork"] = "fieldwork: the first and the last day of answers; earlier ones are tests"
    if len(spans) > 1 and spans[DAY_FIRST] != spans[MONTH_FIRST]:
        draft.export["dates"] = order
        draft.decide["export dates"] = "export.dates: the order that makes the fieldwork shortest"


class _Plain(yaml.SafeDumper):
    """YAML without anchors, which a study's files do not have."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _marked(parts: dict[str, Any], draft: Draft) -> str:
    """Return parts of a file as YAML, with a line before each that a person should look at."""
    flow: Any = None  # the innermost lists and mappings in one line
    style = {"allow_unicode": True, "sort_keys": False, "width": 10_000, "default_flow_style": flow}
    lines, section = list[str](), ""
    for line in yaml.dump(parts, Dumper=_Plain, **style).splitlines():
        if found := re.match(r"( {2})?(\w+):", line):
            section, indent = section if found[1] else found[2], found[1] or ""
            place = f"{section}.{found[2]}" if indent else section
            lines += [f"{indent}# decide: {said}" for key, said in draft.decide.items() if key.split()[0] == place]
        lines.append(line)
    return "\n".join([*lines, ""])


def _plan_text(draft: Draft, name: str, file: str) -> str:
    """Return study.yml: each part that a person should look at under a line that says so."""
    plan = {
        "study": name,
        "title": draft.texts(name.replace("-", " ").capitalize()),
        "synthetic": False,
        "languages": [draft.language],
        "fieldwork": draft.plan.get("fieldwork"),
        "export": {"file": file, **draft.export},
        "design": draft.plan.get("design"),
        **{key: draft.plan.get(key) for key in ("groups", "unit", "outcomes", "predictors")},
        "disclosure": {"base": RARE},
    }
    said = ["Drafted from the export by `evalkit new`: see docs/bring-your-own-survey.md.", *draft.said]
    head = "".join(f"# {' '.join(line.split())}\n" for line in said)
    body = _marked({key: value for key, value in plan.items() if value is not None}, draft)
    return f"{head}{body}# decide: {draft.decide['invited']}\n# invited: 1000\n"
