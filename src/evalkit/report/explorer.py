"""Looking around without typing in what may be shown: a widget, and the cell that makes what is seen."""

from __future__ import annotations

from html import escape
from typing import Any

from IPython.display import display

from ..errors import EvalkitError, UsageError
from ..estimate import crosstab, means
from ..release import Release
from .captions import Labels
from .show import Show

CELLS = {
    ("shares", "chart"): "show(release.table({asked}))",
    ("shares", "table"): "show(crosstab(release, {asked}))",
    ("means", "chart"): (
        'chart = means(release, {asked}).plot.barh("{label}", "estimate", legend=False, figsize=(7.6, 4))\n'
        'show.figure(chart, alt="{title}")'
    ),
    ("means", "table"): "means(release, {asked})",
}
"""What makes each view."""


class Explorer:
    """A choice of question, groups, measure and view over the released tables; `explore` makes it.

    Parameters
    ----------
    release
        What may be published.
    language
        One of the study's; its default when left out.
    """

    def __init__(self, release: Release, language: str | None = None) -> None:
        import ipywidgets as widgets

        if not isinstance(release, Release):
            got, hint = type(release).__name__, "explore(load_release(study))"
            raise UsageError("what may be published can be looked around in", got=got, expected="a Release", hint=hint)
        self.release, self.show = release, Show(release, language)
        text, self._name = self.show.locale.text, Labels(release.study, self.show.locale).variable
        items = [question.item for question in release.study.questions]
        self.item = widgets.Dropdown(options=[(self._name(item), item) for item in items], description=text("Question"))
        self.by = widgets.Dropdown(options=self._groups, description=text("By"))
        self.measure = widgets.ToggleButtons(options=[(text("Shares"), "shares"), (text("Means"), "means")])
        self.view = widgets.ToggleButtons(options=[(text("Chart"), "chart"), (text("Table"), "table")])
        self._cell, self._seen = widgets.HTML(), widgets.Output()
        choices = (self.item, self.by, self.measure, self.view)
        self.widget = widgets.VBox([*choices, self._cell, self._seen])
        self.item.observe(self._offer, "value")
        for choice in choices:
            choice.observe(self._redraw, "value")
        self._redraw()

    @property
    def cell(self) -> str:
        """The cell that makes what is seen."""
        names = [name for name in (self.item.value, self.by.value) if name]
        title = f"{self._name(names[0])}, {self._name(names[-1])}" if self.by.value else self._name(names[0])
        asked = ", ".join(f'"{name}"' for name in names)
        label = "group" if self.by.value else "term"
        return CELLS[self.measure.value, self.view.value].format(
            asked=asked, label=label, title=title.replace('"', "'")
        )

    @property
    def _groups(self) -> list[tuple[str, str]]:
        """The groups that the question is published by."""
        found = [p.by[0] for p in self.release.study.publications if p.item == self.item.value and len(p.by) == 1]
        return [(self.show.locale.text("All"), ""), *((self._name(name), name) for name in found)]

    def _offer(self, _: Any) -> None:
        """Offer the groups of another question."""
        self.by.options = self._groups

    def _redraw(self, _: Any = None) -> None:
        """Run the cell, and show it above what it makes."""
        known = {"show": self.show, "release": self.release, "crosstab": crosstab, "means": means}
        self._cell.value = f"<pre>{escape(self.cell)}</pre>"
        self._seen.clear_output(wait=True)
        with self._seen:
            try:
                *before, last = self.cell.split("\n")  # the very cell that is shown
                exec("\n".join(before), known)
                display(eval(last, known))  # type: ignore[no-untyped-call]
            except EvalkitError as error:
                print(error)

    def _ipython_display_(self) -> None:
        """Show the widget."""
        display(self.widget)  # type: ignore[no-untyped-call]


def explore(release: Release, language: str | None = None) -> Explorer:
    """Look around in the released tables with the mouse: question, groups, shares or means, chart or table.

    Parameters
    ----------
    release
        What may be published; nothing else can be seen here.
    language
        One of the study's; its default when left out.

    Returns
    -------
    Explorer
        Shows itself in JupyterLab; its `cell` makes what is seen, to be copied into a notebook.

    Examples
    --------
    >>> around = explore(release)
    >>> around.cell
    'show(release.table("belonging"))'
    """
    return Explorer(release, language)
