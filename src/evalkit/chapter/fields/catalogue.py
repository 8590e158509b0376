"""The catalogue of fields: every name with its present value, searchable, with completion in a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from ...errors import UsageError
from ...i18n import Locale
from ...study import TICKED
from .answers import AnswerField, Counted, answer_fields, answer_numbers
from .models import ModelField, model_fields
from .response import ResponseField, response_fields, study_facts
from .values import Fact, Named, Style, Value

if TYPE_CHECKING:
    import pandas as pd

    from ...release.store import Release

Entry = AnswerField | ResponseField | ModelField | Fact | Named
_SHOWN = 12
"""How many names a hint lists."""
MODEL_TABLES = ("odds_ratios", "differences")
"""The tables of a model that a text may hold; the first is drawn as a figure too."""


class Fields:
    """What a text may name of a release.

    `fields["awareness.know.percent"]` is a value; `fields("awareness")` lists all whose name holds the text, with their
    present values; after `fields.awareness.` a notebook completes.

    Parameters
    ----------
    release
        The protected tables of a study.
    """

    def __init__(self, release: Release) -> None:
        self.release = release

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for entry in self._all():
            found.setdefault(entry.name, entry)
        return found

    def _all(self) -> Iterator[Entry]:
        release, study = self.release, self.release.study
        yield from study_facts(study)
        for table in sorted(release.tables.values(), key=lambda table: len(table.groups)):
            yield from answer_fields(table, study) if table.answer else response_fields(table, study)
        yield from model_fields(release)
        yield from _named(release)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name."""
        return tuple(self._entries)

    def __contains__(self, name: object) -> bool:
        """Return whether there is a field of that name."""
        return self._full(str(name)) in self._entries

    def __getitem__(self, name: str) -> Value:
        """Return what a name stands for; a share may be named without `.percent`.

        Raises
        ------
        UsageError
            When there is no field of that name; names the nearest.
        """
        full = self._full(name)
        if full not in self._entries:
            raise UsageError(
                "there is no such field",
                where=self.release.study.name,
                got=name,
                hint=self._nearest(name),
            )
        return _value(self._entries[full])

    def _full(self, name: str) -> str:
        return name if name in self._entries else f"{name}.percent"

    def _nearest(self, name: str) -> str | None:
        """Return a hint: the name with each part that is not known replaced by the nearest, or what may stand there."""
        right: list[str] = []
        for part in name.split("."):
            known = self.after(".".join(right))
            near = [part] if part in known else get_close_matches(part, known, n=1)
            if not near:
                at = f"after '{'.'.join(right)}'" if right else "first"
                return (
                    f"{at} may stand: {', '.join(known[:_SHOWN])}{', ...' if len(known) > _SHOWN else ''}"
                    if known
                    else None
                )
            right += near
        found = ".".join(right)
        return (
            f"did you mean '{found}'?" if found in self else f"'{found}' goes on with: {', '.join(self.after(found))}"
        )

    def after(self, start: str) -> list[str]:
        """Return what may follow the beginning of a name, the first parts of names when it is empty."""
        begin = f"{start}." if start else ""
        return sorted({name.removeprefix(begin).partition(".")[0] for name in self._entries if name.startswith(begin)})

    def __call__(self, search: str = "", language: str | None = None) -> pd.DataFrame:
        """List the fields whose name holds a text.

        Parameters
        ----------
        search
            Part of a name; all of several parts, separated by spaces.
        language
            The language of the values; the study's default when left out.

        Returns
        -------
        pandas.DataFrame
            `field, value, interval, n, table`: the present value as a text has it (the mark where it is hidden), its 95 per
            cent interval, how many answers it rests on, and where it stands.
        """
        import pandas as pd

        locale = Locale(self.release.study.language(language))
        parts = search.split()
        chosen = [entry for name, entry in self._entries.items() if all(part in name for part in parts)]
        rows = [_row(value, locale) for value in _values(chosen)]
        return pd.DataFrame(rows, columns=["field", "value", "interval", "n", "table"]).astype({"n": "Int64"})

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._entries)

    def __getattr__(self, name: str) -> Branch | Value:
        """Return the fields that begin with a name, for completion."""
        if name.startswith("_"):
            raise AttributeError(name)
        return _step(self, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.after("")})

    def __repr__(self) -> str:
        """Return how many there are."""
        return f"<Fields of {self.release.study.name}: {len(self._entries)}>"


class Branch:
    """The fields whose names begin alike."""

    def __init__(self, fields: Fields, prefix: str) -> None:
        self._fields, self._prefix = fields, prefix

    def __getattr__(self, name: str) -> Branch | Value:
        """Return what follows."""
        if name.startswith("_"):
            raise AttributeError(name)
        return _step(self._fields, f"{self._prefix}.{name}")

    def __dir__(self) -> list[str]:
        return self._fields.after(self._prefix)

    def __repr__(self) -> str:
        """Return how the names begin, and how they may go on."""
        return f"<{self._prefix}. {', '.join(dir(self))}>"


def _step(fields: Fields, name: str) -> Branch | Value:
    if name in fields.names:
        return fields[name]
    if any(known.startswith(f"{name}.") for known in fields.names):
        return Branch(fields, name)
    raise AttributeError(f"there is no field '{name}'")


def _named(release: Release) -> Iterator[Named]:
    """Go through tables, figures and readings: of every released table of answers, and of models and appendices."""
    study = release.study
    for table in release.tables.values():
        if not table.answer or len(table.groups) > 1 or not set(table.groups) <= set(study.codebook.variables):
            continue
        yield Named(f"table.{table.id}", "table", table.id)
        yield Named(f"sentence.{table.id}", "sentence", table.id)
        scale = study.codebook.variable(Counted(table, study).questions[0]).scale
        if table.stack and table.groups:
            continue
        if scale.ordered:
            yield Named(f"figure.{table.id}_likert", "figure", f"{table.id}_likert")
        if scale.ordered or not table.groups or table.stack or TICKED in scale.codes:
            yield Named(f"figure.{table.id}_bars", "figure", f"{table.id}_bars")
    for outcome in study.outcomes if study.predictors else ():
        for part in MODEL_TABLES:
            yield Named(f"table.{outcome}_model_{part}", "table", f"{outcome}_model_{part}")
        yield Named(f"figure.{outcome}_model_{MODEL_TABLES[0]}", "figure", f"{outcome}_model_{MODEL_TABLES[0]}")
    if study.plan.headlines:
        yield Named("table.headlines", "table", "headlines")
    if "findings" in study.appendices.present:
        yield Named("table.findings", "table", "findings")


def _value(entry: Entry) -> Value:
    return entry if isinstance(entry, Fact | Named) else entry.number()


def _values(entries: Sequence[Entry]) -> list[Value]:
    """Return what fields stand for, those about answers worked out together."""
    about = [entry for entry in entries if isinstance(entry, AnswerField)]
    numbers = iter(answer_numbers(about))
    return [next(numbers) if isinstance(entry, AnswerField) else _value(entry) for entry in entries]


def _row(value: Value, locale: Locale) -> tuple[str, str, str, int | None, str]:
    if isinstance(value, Named):
        return value.name, "", "", None, value.target
    if isinstance(value, Fact):
        return value.name, value.written(locale), "", None, "study.yml"
    bounds = "" if value.low is None or value.hidden else value.written(locale, Style(bounds=True))
    return value.name, value.written(locale), bounds, value.n, value.table
