"""The tables of a study as a workbook: cover, contents, notes, and one table a sheet, as text and numbers alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any

from ...i18n import Locale
from ...release import Release
from ...study import Study
from ..appendix.sections import appendix_tables
from ..captions import hidden_note, protection_note, source_notes, within
from ..distributions import Answers, distribution_view
from ..shown import inert
from ..views import HIDDEN, Column, Row, TableView, Value, numbered
from . import MADE, named

WIDEST, HEADING, PAGE, NAME = 60, 14, 110, 31
"""Characters: the widest column, the longest heading on one line, the column of a sheet of text, the longest name of a sheet."""


def write_workbook(
    release: Release, path: str | Path, language: str | None = None, numbers: Mapping[str, str] | None = None
) -> Path:
    """Write every published table as a workbook for a spreadsheet.

    Parameters
    ----------
    release
        The protected tables of a study.
    path
        Where to; ends in `.xlsx`. An existing file is replaced.
    language
        One of the study's languages; its default when left out.
    numbers
        The numbers that tables have on the report's pages; see `evalkit.report.views.read_numbers`.

    Returns
    -------
    pathlib.Path
        The file: the same bytes for the same release and language. Every text is a text, also one that looks like a
        formula; no cell is merged.

    Raises
    ------
    UsageError
        When the path does not end in `.xlsx`.
    """
    study, locale = release.study, Locale(release.study.language(language))
    views = published_tables(release, language, numbers)
    return save_workbook(
        views, path, study, locale, (protection_note(release, locale), *_hidden(views, release, locale))
    )


def save_workbook(
    views: Sequence[TableView], path: str | Path, study: Study, locale: Locale, notes: Sequence[str] = ()
) -> Path:
    """Write tables as a workbook: cover, contents, notes, and a sheet a table.

    Parameters
    ----------
    views
        The tables, each numbered.
    path
        Where to; ends in `.xlsx`. An existing file is replaced.
    study, locale
        Whose tables they are, and the language.
    notes
        What is said of all of them, beside what is said of any workbook.

    Raises
    ------
    UsageError
        When the path does not end in `.xlsx`.
    """
    import xlsxwriter

    path = named(path, ".xlsx", "a workbook's name ends in .xlsx")
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        _Sheets(book, study, locale).write(views, notes)
    return path


def published_tables(
    release: Release, language: str | None = None, numbers: Mapping[str, str] | None = None
) -> list[TableView]:
    """Return the tables of the appendices, the questionnaire's among them, then those by groups, numbered as on the pages."""
    study = release.study
    locale = Locale(study.language(language))
    grouped = [
        distribution_view(Answers(table, study, locale))
        for publication in study.publications
        if publication.by and not (table := release.table(publication.item, publication.by)).withheld
    ]
    return numbered([*appendix_tables(release, locale), *grouped], numbers)


def _hidden(views: Sequence[TableView], release: Release, locale: Locale) -> list[str]:
    """Return a line a table of which something is hidden."""
    text, number, found = locale.text, locale.number, []
    for view in views:
        if (safe := release.tables.get(view.id)) is not None and safe.hidden:
            hidden, every, table = number(safe.hidden), number(len(safe.cells)), _titled(view, locale)
            found.append(text("{table}: {hidden} of {all} counts are hidden.", table=table, hidden=hidden, all=every))
    return found


def _titled(view: TableView, locale: Locale) -> str:
    return f"{locale.text('Table {number}', number=view.number)}. {view.title}"


def sheet_names(views: Sequence[TableView]) -> dict[str, str]:
    """Return the names of the tables' sheets by id: number, title and groups, as much of them as a sheet's name has room for."""
    return {view.id: _sheet_name(view) for view in views}


def _sheet_name(view: TableView) -> str:
    title, groups = (re.sub(r"[\[\]:*?/\\']+", " ", text) for text in (view.title, view.stub))
    by = "" if title.startswith(groups) or within(groups) not in title else f" – {shorten(groups, 13, placeholder='…')}"
    return shorten(f"{view.number} {title}", NAME - len(by), placeholder="…") + by


class _Sheets:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any, study: Study, locale: Locale) -> None:
        self.book, self.study, self.locale = book, study, locale
        self.formats = _formats(book, locale)
        self.mark = locale.text("Synthetic data.") if study.synthetic else ""

    def write(self, views: Sequence[TableView], notes: Sequence[str]) -> None:
        """Write cover, contents, notes, and a sheet a table."""
        text, title = self.locale.text, self.study.title(self.locale.language)
        plan, source, names = self.study.plan, source_notes(self.study, self.locale), sheet_names(views)
        self.book.set_properties({"title": f"{self.mark} {title}".strip(), "created": MADE, "comments": self.mark})
        about = [part[self.locale.language] for part in (plan.subtitle, plan.description) if part]
        leads = text("Each table stands on a sheet of its own; the sheet with the contents leads to them.")
        self._lines(text("Cover"), title, [*about, *source, leads])
        self._contents(views, names)
        share = text(
            "Per cent are of everyone who answered the survey, those without an opinion or an answer included."
        )
        decimals = text("Numbers are not rounded in the cells; how many decimals are shown is a matter of format.")
        lines = [hidden_note(self.locale), *notes, share, decimals, *source]
        self._lines(text("Notes"), text("Notes"), lines)
        for view in views:
            self._table(view, names[view.id])

    def _sheet(self, name: str, title: str) -> tuple[Any, int]:
        """Add a sheet with its title, and what marks a synthetic study; return it and the next row."""
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        self._put(sheet, 0, 0, title, "title")
        if self.mark:
            sheet.set_header(f"&C{self.mark.replace('&', '&&')}")
            self._put(sheet, 1, 0, self.mark, "mark")
        return sheet, 2 if self.mark else 1

    def _lines(self, name: str, title: str, lines: Sequence[str]) -> None:
        """Write a sheet of paragraphs below each other in one wide column."""
        sheet, row = self._sheet(name, title)
        sheet.set_column(0, 0, PAGE)
        for number, line in enumerate(lines, start=row):
            self._put(sheet, number, 0, line, "text")

    def _contents(self, views: Sequence[TableView], names: Mapping[str, str]) -> None:
        sheet, row = self._sheet(self.locale.text("Contents"), self.locale.text("Contents"))
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 100)
        for number, view in enumerate(views, start=row):
            label = self.locale.text("Table {number}", number=view.number)
            sheet.write_url(number, 0, f"internal:'{names[view.id]}'!A1", self.formats["link"], label)
            self._put(sheet, number, 1, view.title, "text")

    def _table(self, view: TableView, name: str) -> None:
        text = self.locale.text
        sheet, row = self._sheet(name, _titled(view, self.locale))
        sheet.write_url(row, 0, f"internal:'{text('Contents')}'!A1", self.formats["link"], text("To the contents"))
        columns = [Column("row", view.stub), *view.columns]
        if any(line.section for line in view.rows):
            columns.insert(0, Column("section", text("Section")))
        headings, texts = _distinct([column.label for column in columns]), len(columns) - len(view.columns)
        forms = (self.formats["head" if column.kind == "text" else "head_right"] for column in columns)
        heads = [{"header": one, "header_format": form} for one, form in zip(headings, forms, strict=True)]
        first, last = row + 2, row + 1 + max(len(view.rows), 1)
        name_of_table = f"table_{re.sub(r'[^0-9]+', '_', str(view.number))}"
        look = {"name": name_of_table, "autofilter": False, "style": None, "columns": heads}
        sheet.add_table(row + 1, 0, last, len(headings) - 1, look)
        sheet.freeze_panes(first, texts)
        lines = [[line.section or "", line.label, *line.values][-len(columns) :] for line in view.rows]
        for number, (line, values) in enumerate(zip(view.rows, lines, strict=True), start=first):
            for place, (column, value) in enumerate(zip(columns, values, strict=True)):
                self._put(sheet, number, place, *_written(column, value, line))
        for place, width in enumerate(_widths(headings, lines)):
            sheet.set_column(place, place, width)
        for number, note in enumerate(view.notes, start=first + len(lines) + 1):
            self._put(sheet, number, 0, note, "note")

    def _put(self, sheet: Any, row: int, column: int, value: Value, form: str) -> None:
        """Write a value: a number as a number, everything else as a text."""
        cell = self.formats[form]
        if isinstance(value, float | int):
            sheet.write_number(row, column, value, cell)
            return
        text = _text(value)
        sheet.write_string(row, column, text, cell if inert(text) == text else self.formats["quoted"])


def _written(column: Column, value: Value, row: Row) -> tuple[Value, str]:
    """Return what stands in a cell, shares in per cent, and the name of its format."""
    form = "text" if column.kind == "text" else "right"
    if isinstance(value, float | int):
        form = f"number{column.decimals}"
        value = 100 * value if column.kind == "percent" else value
    return value, f"{form}_total" if row.total else form


def _widths(headings: Sequence[str], lines: Sequence[Sequence[Value]]) -> list[int]:
    """Return the widths of columns in characters."""
    columns = zip(*([*map(_text, values)] for values in lines), strict=True) if lines else [()] * len(headings)
    found = []
    for heading, texts in zip(headings, columns, strict=True):
        longest = max(map(len, (*texts, heading[:HEADING], *heading.split(), "")))
        found.append(min(longest + 2, WIDEST))
    return found


def _text(value: Value) -> str:
    """Return a text; nothing for a number, which is never wrapped."""
    return HIDDEN.value if value is HIDDEN else value if isinstance(value, str) else ""


def _formats(book: Any, locale: Locale) -> dict[str, Any]:
    """Return the looks of cells by name; `_total` marks the row of everyone."""
    base = {"font_name": "Calibri", "font_size": 11, "valign": "top", "font_color": "#1e2b3c"}
    head = {"bold": True, "text_wrap": True, "bottom": 2, "valign": "bottom"}
    looks: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 14},
        "mark": {"bold": True, "font_color": "#7a3b00"},
        "link": {"font_color": "#12436d", "underline": 1},
        "note": {"font_color": "#4a5567", "font_size": 10},
        "head": head,
        "head_right": head | {"align": "right"},
        "quoted": {"text_wrap": True, "quote_prefix": True},
        "text": {"text_wrap": True},
        "right": {"align": "right"},
        **{f"number{n}": {"num_format": _number_format(n, locale)} for n in range(5)},
    }
    totals = {f"{name}_total": {**look, "bold": True, "top": 1} for name, look in looks.items()}
    return {name: book.add_format({**base, **look}) for name, look in (looks | totals).items()}


def _number_format(decimals: int, locale: Locale) -> str:
    """Return how a spreadsheet writes numbers: as the report does, digits in groups in Norwegian from five on."""
    part = f".{'0' * decimals}" if decimals else ""
    grouped = f"#,##0{part}"
    return f"[<10000]0{part};{grouped}" if locale.language == "nb" else grouped


def _distinct(headings: Sequence[str]) -> list[str]:
    """Return headings of which no two are alike, as a spreadsheet's table asks for."""
    seen, found = Counter[str](), []
    for heading in headings:
        seen[heading.casefold()] += 1
        number = seen[heading.casefold()]
        found.append(heading if number == 1 else f"{heading} ({number})")
    return found
