"""The release of a study: everything that may leave, made from the answers once and kept for all notebooks.

It is kept as one file of protected counts beside the cleaned answers, with the fingerprint of all it was made from, and
appears whole or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from ..data import Responses, fingerprint, keep_counts, load_responses, processed_folder
from ..data.responses import Estimates
from ..digest import sealed_read, sealed_write
from ..errors import DisclosureError, EstimationError, UsageError, file_errors, nearest
from ..i18n import Locale
from ..protect import NoPatternError, SafeTable, made_safe, protect, withheld
from ..study import TOTAL, DisclosureRule, Study, Table, fold
from .derived import Recodings, counted, derived_variable, impossible, published_zeros
from .modelled_levels import completed_frame, public_frame, refuse_more_than_is_shown
from .publishable import RESPONSE, Publishable, publishable
from .published import earlier_tables, read, records, written

FILE = "release.json"
Names = str | Sequence[str]
_FRAMES: dict[str, dict[tuple[str, ...], pd.DataFrame]] = {}
"""What models of stored releases are fitted on, by what the release was made from: worked out once in a process and its copies."""


class Labels:
    """What a study's variables and their answers are called in a language.

    Parameters
    ----------
    study
        The study.
    locale
        The language.
    """

    def __init__(self, study: Study, locale: Locale) -> None:
        self.study, self.locale, self.language = study, locale, locale.language

    def variable(self, name: str) -> str:
        """Return the short name of a variable or of an item of several; the name itself where the codebook does not know it."""
        codebook = self.study.codebook
        if name in codebook.variables:
            return codebook.variables[name].label(self.language)
        if name not in codebook.items:
            return name
        return (codebook.items[name].label or codebook.items[name].question)[self.language]

    def level(self, name: str, code: str) -> str:
        """Return an answer's label, that of a question among several, or the code of what is none."""
        variable = self.study.codebook.variables.get(name)
        if variable is not None and code in variable.shown_codes:
            return variable.category_label(code, self.language)
        return self.locale.text("All") if code == TOTAL else self.variable(code)


class Release:
    """What may be published of a study.

    Parameters
    ----------
    study
        The study.
    tables
        Its protected tables by id.
    known
        What any attacker knows besides, as figures `{"where": {dim: level}, "value": n}`: response by unit.

    Examples
    --------
    >>> release.table("belonging", "role")
    >>> release.search("belonging role")
    >>> release.hidden_summary()
    """

    released = True
    """What is worked out from it may be shown."""

    def __init__(self, study: Study, tables: Mapping[str, SafeTable], known: Sequence[Mapping[str, Any]]) -> None:
        self.study = study
        self.known = tuple(known)
        self.zeros: tuple[Mapping[str, Any], ...] = tuple(published_zeros(study, tables.values()))
        self._derived: dict[str, pd.Series[Any]] = {}
        self._labels = Labels(study, Locale(study.language()))
        self._tables = {name: table.labelled(self._labels) for name, table in tables.items()}
        self._added: dict[str, Table] = {}
        self._frames: dict[tuple[str, ...], pd.DataFrame] = {}

    @property
    def tables(self) -> dict[str, SafeTable]:
        """Every protected table by id, those added in this session last."""
        return dict(self._tables)

    @property
    def out(self) -> dict[str, SafeTable]:
        """The tables by id of which something is shown: what a reader has of them."""
        return {name: table for name, table in self._tables.items() if not table.withheld}

    @property
    def is_draft(self) -> bool:
        """Whether it is not what was published last: `publish` records it, and refuses what earlier publications forbid."""
        last = records(self.study)[-1:]
        out = {table.id: table.cells["count"] for record in last for table in record.tables}
        own = {name: table.cells["count"] for name, table in self.out.items()}
        return {*out} != {*own} or not all(counts.equals(own[name]) for name, counts in out.items())

    @property
    def design(self) -> dict[str, str]:
        """How the respondents were drawn, where a study declares its answers public: its models are by the design itself."""
        return self._responses.design if self.study.plan.answers == "public" else {}

    @property
    def rule(self) -> DisclosureRule:
        """The rule that the tables are protected by."""
        return self.study.rule

    def table(self, item: str, by: Names = ()) -> SafeTable:
        """Return the protected table of an item, or of one variable of a battery, in all or by groups.

        Raises
        ------
        UsageError
            When no such table is published; names the nearest that is.
        """
        by = (by,) if isinstance(by, str) else tuple(by or ())
        name = table_id(item, by)
        if name in self._tables:
            return self._tables[name]
        variable = self.study.codebook.variables.get(item)
        stacked = self._tables.get(table_id(variable.item_id, by)) if variable else None
        if stacked is not None and stacked.stack and item in stacked.cells[stacked.stack].cat.categories:
            return _question(stacked, item, name).labelled(self._labels)
        hint = nearest(name, self._tables) or "see release.tables, or put it into study.yml under `crossings`"
        raise UsageError("no such table is published", where=self.study.name, got=name, hint=hint)

    def response(self, by: Names = ()) -> SafeTable:
        """Return how many answered, in all or by groups that the frame knows."""
        return self.table(RESPONSE, by)

    def add(
        self, table: Table | str, by: Names = (), *, derived: Recodings | None = None, id: str | None = None
    ) -> SafeTable:
        """Protect another table together with what is out already, and count it as out from now on in this session.

        What is shown stays shown, so that the new table may have to hide more than if it had been planned for: a table that
        is to be published belongs in `study.yml`. The same table may be asked for again.

        Parameters
        ----------
        table
            A table of counts, or a variable: of the codebook, or derived.
        by
            Variables to break it down by, where it is a variable.
        derived
            Variables made for this table, by name: a function of the coded answers that gives each row a level (a filter
            gives 'in' and 'out'), or `{variable: {level: new level}}`. What they follow from is found in the answers and
            taken to be known, so that a recoded table cannot be taken off what is out.
        id
            The table's name; by default that of the variable and what it is by.

        Returns
        -------
        SafeTable
            What may be seen; `hidden` is what it costs.

        Raises
        ------
        DisclosureError
            When the table cannot be protected without hiding what is out.
        UsageError
            When another table of that name is out, or a derived variable has no level for somebody.
        """
        plan, joined, zeros = self._publishable, dict(self._derived), list(self.zeros)
        dims = (*((by,) if isinstance(by, str) else by), *((table,) if isinstance(table, str) else table.dims))
        people = plan.respondents(*dims)
        people = people.assign(**joined) if joined else people
        for name, recoding in (derived or {}).items():
            joined[name] = derived_variable(people, recoding, self._responses.data, name)
            people = people.assign(**{name: joined[name]})
            among = [*self.study.groups, *(other for other in self.study.codebook.variables if other in people)]
            zeros += [zero for zero in impossible(people, name, tuple(dict.fromkeys(among))) if zero not in zeros]
        if isinstance(table, str):
            table = counted(people, id or table_id(table, dims[:-1]), dims, "" if table in self.study.groups else table)
        if table.id in self._tables:
            return self._again(table)
        out = self.out
        plan = plan.joined(people)
        shown = tuple(out.values())
        behind = (people if joined else plan.respondents) if {*table.dims} - {table.stack} <= {*people} else None
        told: dict[str, Any] = {"known": self.known, "zeros": zeros, "respondents": behind, "out": shown}
        tables = [*(other for other in (*plan.tables, *self._added.values()) if other.id in out), table]
        *_, safe = protect(tables, plan.rule, **told, hide=(*plan.hide, *plan.telling([table], shown)))
        (safe,) = plan.shown([safe], shown)
        self._tables[table.id], self._added[table.id] = safe.labelled(self._labels), table
        self._derived, self.zeros = joined, tuple(zeros)
        self._frames = {}  # those of another copy of this release stay
        return self._tables[table.id]

    def _again(self, table: Table) -> SafeTable:
        """Return a table that is out already, where it is the same."""
        before = self._added.get(table.id)
        if before is None or before.dims != table.dims or not before.frame.equals(table.frame):
            hint = "give the new table another id"
            raise UsageError("a table of that name is out already", where=table.id, hint=hint)
        return self._tables[table.id]

    def model_frame(self, outcome: str, predictors: Sequence[str], extra: Sequence[str] = ()) -> pd.DataFrame:
        """Return what a model of an outcome may be fitted on; `fit_clm(formula, release)` asks for it.

        It is the maximum-entropy completion of the published counts (see `completion`), so that a model of it gives away no
        more than they do: the counts themselves where the crossing of all variables is published, or the study declares
        its answers public.

        Parameters
        ----------
        outcome, predictors
            Variables, and numeric columns of the frame that say something of each unit. Of a number its bands are published:
            each stands for the middle of its numbers, or the score that the codebook gives it.
        extra
            Other variables to keep apart, such as the one that a random intercept is by.

        Returns
        -------
        pandas.DataFrame
            A column a variable (categoricals of the levels that are left, ordered ones low to high) and `count`, which may be
            fractional, a row a pattern. Its `attrs`: `withheld`, the levels of each predictor that are not modelled on their
            own (all of a predictor that has no column), `merged`, what they were merged into, and `causes`; `incomplete`, how
            many lack an answer (see `incomplete_answers`), missing where what is shown does not tell; `completed`, whether it is
            completed, so that only what the shown counts speak of may be said (main effects, their tests, predictions and
            comparisons, random intercepts); `spread`, how far apart the
            model's coefficients are over completions from random starts, in standard errors; `uncrossed`, the pairs
            of predictors that may not be called adjusted for each other, since nothing tells who is in both.

        Raises
        ------
        EstimationError
            When there is no predictor with two levels that may be modelled, or what is published says too little of the
            model: its coefficients spread by more than a standard error.
        UsageError
            When the outcome has no order, or a name is no variable and no column of the frame.
        """
        drawn = [name for name in extra if name in self.design.values()]
        asked = tuple(name for name in dict.fromkeys([*predictors, *extra]) if name not in drawn)
        values = [name for name in asked if name not in self.study.codebook.variables and name in self._unit_values]
        names = [name for name in asked if name not in values]
        unit = self.study.unit
        if values and unit is not None and unit not in names:
            names.append(unit)
        key = (outcome, *names, *drawn)
        if key not in self._frames:
            self._frames[key] = self._modelled(outcome, names, drawn)
        frame = self._frames[key].copy()
        for name in {*names} & {*frame.columns} - {outcome}:
            scores = self.study.codebook.variable(name).scores
            if self.study.codebook.variable(name).is_number and frame[name].dtype.name == "category" and scores:
                frame[name] = frame[name].astype(object).map(scores).astype(float)
        for name in values:
            frame[name] = frame[str(unit)].astype(object).map(self._unit_values[name]).astype(float)
        return frame

    def _modelled(self, outcome: str, names: Sequence[str], drawn: Sequence[str]) -> pd.DataFrame:
        if self.study.plan.answers == "public":
            answers = self._responses.crossing(outcome, *names).data
            return public_frame(self.study, answers, [outcome, *names], drawn)
        frame = completed_frame(self.study, self._about([outcome, *names]), outcome, names)
        if frame.attrs["spread"] > 1:
            what, where = "what is published says too little of this model", f"{outcome} ~ {' + '.join(names)}"
            got = f"coefficients that spread by {frame.attrs['spread']:.1f} standard errors"
            hint = "publish the crossing of its predictors, give the frame by all of them, or leave one out"
            raise EstimationError(what, where=where, got=got, expected="at most 1", hint=hint)
        return frame

    def is_completed(self, outcome: str, variables: Sequence[str]) -> bool:
        """Return whether a model of these variables was fitted on counts that were completed."""
        wanted = {name for name in variables if name in self.study.codebook.variables}
        frames = [frame for (of, *names), frame in self._frames.items() if of == outcome and wanted <= set(names)]
        return any(frame.attrs["completed"] for frame in frames)

    def _about(self, names: Sequence[str]) -> dict[str, SafeTable]:
        """Return the tables by id, and of those of several questions the ones about some variables."""
        found = {name: table for name, table in self.out.items() if not table.stack}
        for table in self.out.values():
            if table.stack:
                asked = [name for name in names if name in table.cells[table.stack].cat.categories]
                for name in asked:
                    found[table_id(name, table.groups)] = _question(table, name, table_id(name, table.groups))
        return found

    @cached_property
    def _unit_values(self) -> dict[str, dict[str, float]]:
        """The numbers that the frame has of each unit, by column."""
        frame, unit = self.study.frame, self.study.unit
        if frame is None or unit not in frame.columns:
            return {}
        numbers = frame.drop(columns="population").select_dtypes("number")
        units = frame[unit].astype(str)
        return {str(name): dict(zip(units, numbers[name].astype(float), strict=True)) for name in numbers}

    def estimates(self, frame: pd.DataFrame, kind: str, **asked: Any) -> Estimates:
        """Return a tidy frame as estimates of this release, which may be shown.

        Parameters
        ----------
        frame
            Estimates worked out from what the release gives: its tables, or a model of its `model_frame`.
        kind
            The public name that made it.
        asked
            The arguments that say what it is of; a `model` fitted on a completed `model_frame` is held to what that can say.

        Raises
        ------
        DisclosureError
            When a model says more than what is published can: a test of its scale, an interaction, robust errors.
        """
        model = asked.get("model")
        if model is not None and self.is_completed(model.formula.outcome, model.formula.variables):
            told = self._about([model.formula.outcome, *model.formula.variables])
            refuse_more_than_is_shown(kind, model, told)
        return Estimates.made(frame, kind, self, **asked)

    def search(self, words: str) -> pd.DataFrame:
        """Return the tables that hold words which begin so: in their names, questions or answers, in any language.

        Parameters
        ----------
        words
            Such as 'belonging role'; letter case does not matter.

        Returns
        -------
        pandas.DataFrame
            `item, by` (what `release.table` takes), `title` in the study's first language, `counts` and how many are `hidden`.
        """
        wanted = fold(words).split()
        found = []
        for name, table in self._tables.items():
            texts = fold(" ".join([*name.split("_"), *(text for dim in table.dims for text in self._said(dim))]))
            if all(re.search(rf"\b{re.escape(word)}", texts) for word in wanted):
                title = ", ".join(map(self._labels.variable, (table.stack or table.answer, *table.groups)))
                item = name.partition("_by_")[0]
                found.append((item, list(table.groups), title.removeprefix(", "), len(table.cells), table.hidden))
        return pd.DataFrame(found, columns=["item", "by", "title", "counts", "hidden"])

    def _said(self, name: str) -> Iterator[str]:
        """Go through what a dimension and its levels are called in each language."""
        codebook = self.study.codebook
        if name not in codebook.items and name not in codebook.variables:
            return
        for variable in codebook.variables_of(name) if name in codebook.items else (codebook.variable(name),):
            yield from (*variable.label_texts.values(), *variable.item.question.values())
            yield from (text for category in variable.scale.categories for text in category.labels.values())

    def hidden_summary(self) -> pd.DataFrame:
        """Return how many counts of each table are hidden: columns table, counts, hidden, share; all tables last."""
        rows = [(name, len(safe.cells), safe.hidden) for name, safe in self._tables.items()]
        rows.append((TOTAL, sum(row[1] for row in rows), sum(row[2] for row in rows)))
        frame = pd.DataFrame(rows, columns=["table", "counts", "hidden"])
        return frame.assign(share=frame["hidden"] / frame["counts"].where(frame["counts"] > 0, 1))

    @property
    def fields(self) -> Any:
        """What a text may name: numbers, facts, tables, figures and readings, with their present values.

        They are the chapter's, a room above: it is loaded by name, so that nothing here rests on it.
        """
        return import_module("evalkit.chapter.fields").Fields(self)

    @cached_property
    def _publishable(self) -> Publishable:
        return publishable(self._responses)

    @cached_property
    def _responses(self) -> Responses:
        return load_responses(self.study)

    def __repr__(self) -> str:
        """Return the study, and how much of its release is hidden."""
        hidden = sum(safe.hidden for safe in self._tables.values())
        counts = sum(len(safe.cells) for safe in self._tables.values())
        return f"<Release {self.study.name}: {len(self._tables)} tables, {hidden} of {counts} counts hidden>"


def load_release(study: Study) -> Release:
    """Return a study's release: the stored one when nothing it was made from has changed, else made anew.

    Raises
    ------
    DataError
        When the answers cannot be read.
    BuildError
        When the folder under data/processed cannot be written to.
    DisclosureError
        When no pattern protects the tables.

    Examples
    --------
    >>> release = load_release(survey)
    """
    path, mark = processed_folder(study) / FILE, fingerprint(study)
    release = _stored(path, study, mark)
    if release is None:
        responses = load_responses(study)
        plan = publishable(responses)
        safe = protected(study, plan, earlier_tables(study, plan, responses))
        keep_counts(responses)
        release = Release(study, {table.id: table for table in safe}, plan.known)
        with file_errors():
            sealed_write(path, mark, written(release.known, release.tables).encode())
    release._frames = _FRAMES.setdefault(mark, release._frames)
    return release


def protected(study: Study, plan: Publishable, earlier: Sequence[tuple[Table, SafeTable]] = ()) -> list[SafeTable]:
    """Protect what a study publishes, together with what it has published of the same answers where that can be.

    Where it cannot, it is protected alone, as a draft that `publish` refuses. Of a table that cannot be protected with the others
    nothing is shown.
    """
    own = {table.id for table in plan.tables}
    more = [raw for raw, _ in earlier if raw.id not in own]
    held: dict[str, Any] = {"known": plan.known, "hide": plan.hide, "respondents": plan.respondents}
    held["zeros"] = tuple(published_zeros(study, plan.tables))
    if earlier:
        with suppress(DisclosureError):
            safe = protect([*plan.tables, *more], plan.rule, **held, out=[table for _, table in earlier])
            return plan.shown(safe[: len(plan.tables)])
    tables = {table.id: table for table in plan.tables}
    while True:
        try:
            found = {table.id: table for table in protect([*tables.values()], plan.rule, **held)}
            return plan.shown(found.get(table.id) or withheld(table) for table in plan.tables)
        except NoPatternError as error:
            del tables[error.table]


def table_id(item: str, by: Sequence[str] = ()) -> str:
    """Return the id of the table of an item by groups."""
    return item + ("_by_" + "_".join(by) if by else "")


def _question(stacked: SafeTable, variable: str, name: str) -> SafeTable:
    """Return one question of a table of several."""
    rows = stacked.cells[stacked.cells[str(stacked.stack)].astype(object) == variable]
    rows = rows.drop(columns=str(stacked.stack)).rename(columns={stacked.answer: variable}).reset_index(drop=True)
    dims = tuple(variable if dim == stacked.answer else dim for dim in stacked.dims if dim != stacked.stack)
    return made_safe(name, dims, rows, variable, None, stacked.effect)


def _stored(path: Path, study: Study, mark: str) -> Release | None:
    """Return the stored release, or None when there is none, or it is damaged or of another making."""
    content = sealed_read(path, mark)
    if content is None:
        return None
    record = read(content)
    return Release(study, {table.id: table for table in record.tables}, record.known)
