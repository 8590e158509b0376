"""The tables of a study as a workbook: cover, contents, notes, and one table a sheet, as text and numbers alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..i18n import Locale
from .appendix import appendix_tables
from .artifacts import inert
from .captions import hidden_note, protection_note, source_notes
from .distributions import Answers, distribution_view
from .views import HIDDEN, Row, TableView, Value

if TYPE_CHECKING:
    from ..chapter.fields import Fields
    from ..release import Release
    from ..study import Study

MADE = dt.datetime(2000, 1, 1)
"""The date that files carry, so that the same content is the same bytes on any day."""
WIDEST, HEADING, PAGE = 60, 14, 110
"""Characters: the widest column, the longest heading on one line, and the column of a sheet of text."""


def write_workbook(release: Release, path: str | Path, language: str | None = None) -> Path:
    """Write every published table as a workbook for a spreadsheet.

    Parameters
    ----------
    release
        The protected tables of a study.
    path
        Where to; ends in `.xlsx`. An existing file is replaced.
    language
        One of the study's languages; its default when left out.

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
    import xlsxwriter

    path = Path(path)
    if path.suffix != ".xlsx":
        raise UsageError("a workbook's name ends in .xlsx", got=path.name)
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    try:
        sheets = _Sheets(book, release.study, Locale(release.study.language(language)))
        sheets.write(published_tables(release, language), release)
    finally:
        book.close()
    return path


def published_tables(release: Release, language: str | None = None) -> list[TableView]:
    """Return the tables of the appendices, the questionnaire's among them, then those by groups, numbered."""
    study = release.study
    locale = Locale(study.language(language))
    grouped = [
        distribution_view(Answers(release.table(publication.item, publication.by), study, locale))
        for publication in study.publications
        if publication.by
    ]
    views = [*appendix_tables(release, locale), *grouped]
    return [view.numbered(number) for number, view in enumerate(views, start=1)]


class _Sheets:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any, study: Study, locale: Locale) -> None:
        self.book, self.study, self.locale = book, study, locale
        self.formats = _formats(book, locale)
        self.mark = locale.text("Synthetic data.") if study.synthetic else ""

    def write(self, views: Sequence[TableView], release: Release) -> None:
        """Write cover, contents, notes, a sheet a table, and one of what a chapter may name."""
        text, title = self.locale.text, self.study.title(self.locale.language)
        self.book.set_properties({"title": f"{self.mark} {title}".strip(), "created": MADE, "comments": self.mark})
        names = {view.id: text("Table {number}", number=view.number) for view in views}
        self._cover(title)
        self._contents(views, names)
        self._notes([protection_note(release, self.locale), *self._hidden(views, names, release)])
        for view in views:
            self._table(view, names[view.id])
        self._fields(release.fields)

    def _fields(self, fields: Fields) -> None:
        """Write a sheet with every name that a chapter may use, and what it stands for at present."""
        text = self.locale.text
        sheet, row = self._sheet(text("Fields"), text("What a chapter may name"))
        self._put(
            sheet,
            row,
            0,
            text("Write {example} in chapter.{language}.docx.", example="{{ name }}", language=self.locale.language),
            "note",
        )
        labels = (
            text("Field"),
            text("Value"),
            text("95% interval"),
            text("Number of answers (n)"),
            text("Looked up in"),
        )
        columns = [{"header": label, "header_format": self.formats["head"]} for label in labels]
        listed = fields(language=self.locale.language).astype({"n": object})
        listed["n"] = listed["n"].where(listed["n"].notna(), "")
        look = {"name": "fields", "style": None, "columns": columns}
        sheet.add_table(row + 1, 0, row + 1 + max(len(listed), 1), len(labels) - 1, look)
        sheet.freeze_panes(row + 2, 1)
        for number, (name, value, interval, n, table) in enumerate(listed.itertuples(index=False), start=row + 2):
            for place, cell in enumerate((name, value, interval, n, table)):
                self._put(sheet, number, place, cell, "right" if place in {1, 2, 3} else "text")
        for place, width in enumerate((56, 24, 18, 14, 32)):
            sheet.set_column(place, place, width)

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

    def _cover(self, title: str) -> None:
        sheet, row = self._sheet(self.locale.text("Cover"), title)
        plan, language = self.study.plan, self.locale.language
        lines = [
            plan.subtitle[language] if plan.subtitle else "",
            plan.description[language] if plan.description else "",
            *source_notes(self.study, self.locale),
            self.locale.text("Each table stands on a sheet of its own; the sheet with the contents leads to them."),
        ]
        self._lines(sheet, row, lines)

    def _lines(self, sheet: Any, row: int, lines: Sequence[str]) -> None:
        """Write paragraphs below each other in one wide column."""
        sheet.set_column(0, 0, PAGE)
        for number, line in enumerate(filter(None, lines), start=row):
            self._put(sheet, number, 0, line, "text")
            sheet.set_row(number, _height([(line, PAGE)]))

    def _contents(self, views: Sequence[TableView], names: dict[str, str]) -> None:
        sheet, row = self._sheet(self.locale.text("Contents"), self.locale.text("Contents"))
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 100)
        for number, view in enumerate(views):
            name = names[view.id]
            sheet.write_url(row + number, 0, f"internal:'{name}'!A1", self.formats["link"], name)
            self._put(sheet, row + number, 1, view.title, "text")
        fields = self.locale.text("Fields")
        sheet.write_url(row + len(views), 0, f"internal:'{fields}'!A1", self.formats["link"], fields)
        self._put(sheet, row + len(views), 1, self.locale.text("What a chapter may name"), "text")

    def _hidden(self, views: Sequence[TableView], names: Mapping[str, str], release: Release) -> list[str]:
        """Return a line a table of which something is hidden."""
        text, number = self.locale.text, self.locale.number
        return [
            text(
                "{table}: {hidden} of {all} counts are hidden.",
                table=f"{names[view.id]}. {view.title}",
                hidden=number(safe.hidden),
                all=number(len(safe.cells)),
            )
            for view in views
            if (safe := release.tables.get(view.id)) is not None and safe.hidden
        ]

    def _notes(self, protection: Sequence[str]) -> None:
        sheet, row = self._sheet(self.locale.text("Notes"), self.locale.text("Notes"))
        text = self.locale.text
        notes = (
            hidden_note(self.locale),
            *protection,
            text("Per cent are of everyone who answered the survey, those without an opinion or an answer included."),
            text("Numbers are not rounded in the cells; how many decimals are shown is a matter of format."),
            *source_notes(self.study, self.locale),
        )
        self._lines(sheet, row, notes)

    def _table(self, view: TableView, name: str) -> None:
        sheet, row = self._sheet(name, f"{name}. {view.title}")
        contents = self.locale.text("Contents")
        sheet.write_url(row, 0, f"internal:'{contents}'!A1", self.formats["link"], self.locale.text("To the contents"))
        top = row + 1
        headings = _distinct([*_leading(view, self.locale), *(column.label for column in view.columns)])
        lines = [self._line(view, line) for line in view.rows]
        widths = _widths(headings, lines)
        self._grid(sheet, view, top, headings, len(lines))
        sheet.set_row(top, _height(list(zip(headings, widths, strict=True))))
        for number, line in enumerate(lines, start=top + 1):
            for place, (value, form) in enumerate(line):
                self._put(sheet, number, place, value, form)
            sheet.set_row(number, _height([(_text(v), width) for (v, _), width in zip(line, widths, strict=True)]))
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        for number, note in enumerate(view.notes, start=top + len(lines) + 2):
            self._put(sheet, number, 0, note, "note")

    def _grid(self, sheet: Any, view: TableView, top: int, headings: Sequence[str], rows: int) -> None:
        """Make a named table of the cells, and keep its headings in sight."""
        texts = len(headings) - len(view.columns)
        kinds = ["text"] * texts + [column.kind for column in view.columns]
        columns = [
            {"header": heading, "header_format": self.formats["head" if kind == "text" else "head_right"]}
            for heading, kind in zip(headings, kinds, strict=True)
        ]
        look = {"name": f"table_{view.number}", "autofilter": False, "style": None, "columns": columns}
        sheet.add_table(top, 0, top + max(rows, 1), len(headings) - 1, look)
        sheet.freeze_panes(top + 1, texts)

    def _line(self, view: TableView, row: Row) -> list[tuple[Value, str]]:
        """Return a row's cells, each with the name of its format."""
        stub: list[tuple[Value, str]] = [(row.section or "", "text")] if _sections(view) else []
        stub.append((row.label, "text"))
        for column, value in zip(view.columns, row.values, strict=True):
            if column.kind == "percent" and isinstance(value, float):
                stub.append((100 * value, f"number{column.decimals}"))
            elif isinstance(value, float | int):
                stub.append((value, f"number{column.decimals}"))
            else:
                stub.append((value, "text" if column.kind == "text" else "right"))
        return [(value, f"{form}_total") for value, form in stub] if row.total else stub

    def _put(self, sheet: Any, row: int, column: int, value: Value, form: str) -> None:
        """Write a value: a number as a number, everything else as a text."""
        cell = self.formats[form]
        if isinstance(value, float | int):
            sheet.write_number(row, column, value, cell)
            return
        text = _text(value)
        sheet.write_string(row, column, text, cell if inert(text) == text else self.formats["quoted"])


def _widths(headings: Sequence[str], lines: Sequence[Sequence[tuple[Value, str]]]) -> list[int]:
    """Return the widths of columns in characters."""
    found = []
    for place, heading in enumerate(headings):
        texts = [len(_text(line[place][0])) for line in lines]
        found.append(min(max([*texts, min(len(heading), HEADING), max(map(len, heading.split()))]) + 2, WIDEST))
    return found


def _text(value: Value) -> str:
    """Return a text; nothing for a number, which is never wrapped."""
    return HIDDEN.value if value is HIDDEN else value if isinstance(value, str) else ""


def _height(cells: Sequence[tuple[str, int]]) -> float:
    """Return the height in points of a row in which each text, wrapped to a width in characters, has room."""
    return 15.0 * max(len(wrap(text, max(width - 2, 1))) or 1 for text, width in cells)


def _formats(book: Any, locale: Locale) -> dict[str, Any]:
    """Return the looks of cells by name; `_total` marks the row of everyone."""
    base = {"font_name": "Calibri", "font_size": 11, "valign": "top", "font_color": "#1e2b3c"}
    looks: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 14},
        "mark": {"bold": True, "font_color": "#7a3b00"},
        "link": {"font_color": "#12436d", "underline": 1},
        "note": {"font_color": "#4a5567", "font_size": 10},
        "head": {"bold": True, "text_wrap": True, "bottom": 2, "valign": "bottom"},
        "head_right": {"bold": True, "text_wrap": True, "bottom": 2, "valign": "bottom", "align": "right"},
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


def _sections(view: TableView) -> bool:
    return any(row.section for row in view.rows)


def _leading(view: TableView, locale: Locale) -> list[str]:
    return [locale.text("Section"), view.stub] if _sections(view) else [view.stub]


def _distinct(headings: Sequence[str]) -> list[str]:
    """Return headings of which no two are alike, as a spreadsheet's table asks for."""
    seen: dict[str, int] = {}
    found = []
    for heading in headings:
        seen[heading.casefold()] = seen.get(heading.casefold(), 0) + 1
        number = seen[heading.casefold()]
        found.append(heading if number == 1 else f"{heading} ({number})")
    return found
