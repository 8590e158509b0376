"""The cleaning log as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..data import CleaningLog
from ..errors import DisclosureError
from ..i18n import Locale
from .captions import source_notes
from .views import Column, Row, TableView

if TYPE_CHECKING:
    from ..study import Study


def cleaning_view(log: CleaningLog, study: Study, locale: Locale) -> TableView:
    """Return how many rows were read, set aside for each reason, and kept.

    Raises
    ------
    DisclosureError
        When it is given anything but a cleaning log.
    """
    if not isinstance(log, CleaningLog):
        raise DisclosureError("only a cleaning log is shown here", got=type(log).__name__, expected="CleaningLog")
    columns = (Column("rows", locale.text("Rows"), "count"),)
    aside = [
        Row(f"set-aside-{number}", locale.text("Set aside: {reason}", reason=_reason(reason, study, locale)), (rows,))
        for number, (reason, rows) in enumerate(log.set_aside.items(), start=1)
    ]
    rows = (
        Row("read", locale.text("Read from the export"), (log.rows_in,)),
        *aside,
        Row("kept", locale.text("Kept"), (log.kept,), total=True),
    )
    note = locale.text("Each row is set aside for one reason, the first that applies.")
    return TableView(
        "cleaning",
        locale.text("Rows of the export, kept and set aside"),
        locale.text("Step"),
        columns,
        rows,
        (note, *source_notes(study, locale, population=False)),
    )


def _reason(reason: str, study: Study, locale: Locale) -> str:
    known = {
        "before_fieldwork": locale.text("before the fieldwork"),
        "after_fieldwork": locale.text("after the fieldwork"),
        "break_off": locale.text("broken off"),
        "nothing_answered": locale.text("nothing answered"),
        "duplicate": locale.text("a second answer from the same respondent"),
    }
    own = {exclusion.reason: exclusion.label[locale.language] for exclusion in study.export.exclude}
    return own.get(reason) or known.get(reason, reason)
