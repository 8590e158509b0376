"""The catalogue of fields: every name with its present value, searchable, with completion in a notebook.

Fields of who answered, of the interviews, and facts of the study are made here; those of answers and of models apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property, partial
from typing import get_args

import pandas as pd

from ...errors import UsageError
from ...i18n import Locale
from ...release import Release
from ...study import TICKED, TOTAL, Study
from .answers import Question
from .counts import Counts, planned_counts, released_counts
from .models import model_fields
from .values import Entry, Fact, Named, NamedKind, Number, Style, Value, by_name

_SHOWN = 12
"""How many names a hint lists."""
BY_DAY = "response.by.submitted_on."
"""How names begin of which nobody knows, before there are answers, whether they will be there."""
MODEL_TABLES = ("odds_ratios", "differences")
"""The tables of a model that a text may hold; the first is drawn as a figure too."""
PLAN = "study.yml"
ENDINGS = ("", ".percent", ".points")
"""What the end of a name may leave out."""
Source = Callable[[], Iterable[Entry]]


class Branch:
    """The fields whose names begin alike, for completion in a notebook."""

    def __init__(self, fields: Fields, prefix: str) -> None:
        self._fields, self._prefix = fields, prefix

    def __getattr__(self, name: str) -> Branch | Value:
        """Return what follows: a value, or the fields that go on from there."""
        if name.startswith("_"):
            raise AttributeError(name)
        full = f"{self._prefix}.{name}".removeprefix(".")
        if full in self._fields.family(full):
            return self._fields[full]
        if self._fields.after(full):
            return Branch(self._fields, full)
        raise AttributeError(f"there is no field '{full}'")

    def __dir__(self) -> list[str]:
        return self._fields.after(self._prefix)

    def __repr__(self) -> str:
        """Return how the names begin, and how they may go on."""
        return f"<{self._prefix}. {', '.join(dir(self))}>"


class Fields(Branch):
    """What a text may name of a release.

    `fields["awareness.know.percent"]` is a value; `fields("awareness")` lists all whose name holds the text, with their
    present values; after `fields.awareness.` a notebook completes. Names that begin alike are worked out when one of them is
    first asked for.

    Parameters
    ----------
    source
        The protected tables of a study; or a study before it has answers, whose numbers are all hidden still.
    """

    def __init__(self, source: Release | Study) -> None:
        super().__init__(self, "")
        self.release = None if isinstance(source, Study) else source
        self.study = source if isinstance(source, Study) else source.study
        self._families: dict[str, dict[str, Callable[[], Value]]] = {}

    @cached_property
    def _sources(self) -> dict[str, list[Source]]:
        """What gives fields, by the first part of their names."""
        study, found = self.study, defaultdict[str, list[Source]](list)
        found["study"].append(partial(study_fields, study))
        for counts in self._tables():
            for question in counts.questions:
                found[question].append(Question(counts, question).fields)
            if not counts.questions:
                found["response"].append(partial(response_fields, counts))
        found["interviews"].append(partial(interview_fields, study))
        found["model"].append(partial(model_fields, study, self.release))
        for kind in get_args(NamedKind):
            found[kind].append(partial(self._named, kind))
        return found

    def _tables(self) -> Iterator[Counts]:
        """Go through the tables, those of fewer groups first."""
        if self.release is None:
            yield from planned_counts(self.study)
        else:
            for table in sorted(self.release.tables.values(), key=lambda table: len(table.groups)):
                yield released_counts(table, self.study)

    def family(self, first_of: str) -> dict[str, Callable[[], Value]]:
        """Return the fields whose names begin with the same part as another: what works out each, by its name."""
        first = first_of.partition(".")[0]
        if first not in self._families:
            self._families[first] = {}
            for name, work_out in (entry for source in self._sources.get(first, []) for entry in source()):
                self._families[first].setdefault(name, work_out)  # of two tables the one with fewer groups counts
        return self._families[first]

    @property
    def names(self) -> tuple[str, ...]:
        """Every name."""
        return tuple(name for first in self._sources for name in self.family(first))

    def __contains__(self, name: object) -> bool:
        """Return whether there is a field of that name."""
        return self._found(str(name)) is not None

    def __getitem__(self, name: str) -> Value:
        """Return what a name stands for; the end of a name, `.percent` or `.points`, may be left out.

        Raises
        ------
        UsageError
            When there is no field of that name; names the nearest.
        """
        work_out = self._found(name)
        if work_out is None:
            hint = self._nearest(name)
            raise UsageError("there is no such field", where=self.study.name, got=name, hint=hint)
        value = work_out()
        return value if isinstance(value, Named) else replace(value, locale=Locale(self.study.language()))

    def read(self, text: str) -> tuple[Value, Style]:
        """Return what a name with filters stands for, such as `awareness.know | interval`: `value.written(locale, style)` writes it.

        Raises
        ------
        UsageError
            When there is no such field or filter, or the filter does not fit the field.
        """
        name, _, filters = text.partition("|")
        value, style = self[name.strip()], Style.read(filters)
        value.allow(style)
        return value, style

    def _found(self, name: str) -> Callable[[], Value] | None:
        """Return what works a field out."""
        if self.release is None and name.startswith(BY_DAY):
            return partial(Number, name, "count", None, "response_by_submitted_on")
        family = self.family(name)
        return next((family[name + end] for end in ENDINGS if name + end in family), None)

    def _nearest(self, name: str) -> str | None:
        """Return a hint: the name with each part that is not known replaced by the nearest, or what may stand there."""
        right: list[str] = []
        for part in name.split("."):
            known = self.after(".".join(right))
            near = [part] if part in known else get_close_matches(part, known, n=1)
            if not near:
                at = f"after '{'.'.join(right)}'" if right else "first"
                more = ", ..." if len(known) > _SHOWN else ""
                return f"{at} may stand: {', '.join(known[:_SHOWN])}{more}" if known else None
            right += near
        found = ".".join(right)
        if found in self:
            return f"did you mean '{found}'?"
        return f"'{found}' goes on with: {', '.join(self.after(found))}"

    def after(self, start: str) -> list[str]:
        """Return what may follow the beginning of a name, the first parts of names when it is empty."""
        if not start:
            return sorted(first for first in self._sources if self.family(first))
        begin = f"{start}."
        return sorted({n.removeprefix(begin).partition(".")[0] for n in self.family(start) if n.startswith(begin)})

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
        locale, parts = Locale(self.study.language(language)), search.split()
        rows = [_row(self[name], locale) for name in self.names if all(part in name for part in parts)]
        return pd.DataFrame(rows, columns=["field", "value", "interval", "n", "table"]).astype({"n": "Int64"})

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.names)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self.after("")})

    def __repr__(self) -> str:
        """Return how many there are."""
        return f"<Fields of {self.study.name}: {len(self.names)}>"

    def _named(self, kind: NamedKind) -> Iterator[Entry]:
        """Go through tables, figures or readings: of tables of answers in all or by one group, of models and of appendices."""
        study, known = self.study, set(self.study.codebook.variables)
        of_answers = [one for one in self._tables() if one.questions and len(one.by) <= 1 and set(one.by) <= known]
        ids = [name for counts in of_answers for name in _of_answers(counts, kind)]
        ids += _of_models(study, kind)
        if kind == "table":
            ids += ["headlines"] if study.plan.headlines else []
            ids += ["findings"] if "findings" in study.appendices.present else []
        for target in ids:
            yield f"{kind}.{target}", partial(Named, f"{kind}.{target}", kind, target)


def _of_answers(counts: Counts, kind: NamedKind) -> Iterator[str]:
    """Go through what there is of a table of answers: itself and its reading, and the figures that suit it."""
    scale = counts.study.codebook.variable(counts.questions[0]).scale
    if kind != "figure":
        yield counts.id
    elif not (counts.stack and counts.by):
        if scale.ordered:
            yield f"{counts.id}_likert"
        if scale.ordered or not counts.by or counts.stack or TICKED in scale.codes:
            yield f"{counts.id}_bars"


def _of_models(study: Study, kind: NamedKind) -> list[str]:
    """Return what there is of models: a table a kind of number, and a figure of the first."""
    parts = {"table": MODEL_TABLES, "figure": MODEL_TABLES[:1]}.get(kind, ()) if study.predictors else ()
    return [f"{outcome}_model_{part}" for outcome in study.outcomes for part in parts]


def _row(value: Value, locale: Locale) -> tuple[str, str, str, float | None, str]:
    if isinstance(value, Named):
        return value.name, "", "", None, value.target
    if isinstance(value, Fact):
        return value.name, value.written(locale), "", None, PLAN
    bounds = "" if value.low is None or value.hidden else value.written(locale, Style(bounds=True))
    return value.name, value.written(locale), bounds, value.n, value.table


def response_fields(counts: Counts) -> Iterator[Entry]:
    """Go through how many answered, and of how many; a rate over everyone who was asked has no interval.

    Parameters
    ----------
    counts
        A table of how many answered.
    """
    invited = counts.study.plan.invited
    for place in counts.places:
        if TOTAL in place:
            continue
        group, people, count = counts.group(place), counts.people(place), counts.count(place)
        begin = f"response{by_name(group)}"
        yield f"{begin}.count", partial(Number, f"{begin}.count", "count", count, counts.id, group)
        bases = {f"{begin}.percent": people} | ({} if group else {"response.of_invited.percent": invited})
        for name, of in bases.items():
            if of:
                rate = None if count is None else count / of
                yield name, partial(Number, name, "rate", rate, counts.id, group, n=of)
        if people:
            base, source = (f"{begin}.population", "frame.csv") if group else (f"{begin}.base", PLAN)
            yield base, partial(Number, base, "count", people, source, group)
    if not counts.by and invited:
        yield "response.invited", partial(Number, "response.invited", "count", invited, PLAN)


def study_fields(study: Study) -> Iterator[Entry]:
    """Go through what the study's plan says."""
    plan = study.plan
    texts = {"title": plan.title, "subtitle": plan.subtitle, "population": plan.population, "source": plan.source}
    facts: dict[str, Callable[[Locale], str]] = {
        name: partial(_in_language, text) for name, text in texts.items() if text is not None
    }
    facts["mark"] = lambda locale: locale.text("Synthetic data.") if study.synthetic else ""
    fieldwork = plan.fieldwork
    if fieldwork is not None:
        facts["fieldwork"] = lambda locale: locale.dates(fieldwork.start, fieldwork.end)
        facts["start"] = lambda locale: locale.date(fieldwork.start)
        facts["end"] = lambda locale: locale.date(fieldwork.end)
        yield "study.reminders", partial(Number, "study.reminders", "count", len(fieldwork.reminders), PLAN)
    for name, text in facts.items():
        yield f"study.{name}", partial(Fact, f"study.{name}", text)


def _in_language(text: Mapping[str, str], locale: Locale) -> str:
    return text[locale.language]


def interview_fields(study: Study) -> Iterator[Entry]:
    """Go through how many interviews there were: in all, with each kind of informant and in each phase."""
    interviews = study.appendices.interviews
    if interviews is None:
        return
    numbers = {"interviews.count": interviews.total}
    numbers |= {f"interviews.by.group.{group.id}.count": group.number for group in interviews.groups}
    for phase in interviews.phases:
        numbers[f"interviews.by.phase.{phase}.count"] = sum(g.number for g in interviews.groups if g.phase == phase)
    for name, number in numbers.items():
        yield name, partial(Number, name, "count", number, "interviews.yml")
