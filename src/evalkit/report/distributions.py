"""Tables of answers in per cent, from protected counts: what is hidden in these is hidden in everything that is worked out from them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import product

from markupsafe import Markup

from ..errors import DisclosureError
from ..i18n import Locale, msg
from ..protect import SafeTable, whole
from ..study import NOT_ASKED, TICKED, TOTAL, Item, Study
from .captions import Labels, base_note, question_note, titled
from .views import HIDDEN, Column, Row, TableView, Value, row_link

SUM = "total"
"""The key of a row that sums over groups, and of the column of bases."""


Cells = tuple[tuple[Column, ...], tuple[Row, ...]]
"""The columns and the rows of a table."""
Places = dict[tuple[str, ...], float | None]
"""Counts by the levels of groups, question (where there are several) and answer; None where one is hidden."""


def looked_up(table: SafeTable) -> tuple[Places, dict[str, tuple[str, ...]]]:
    """Return the counts of a protected table, and the levels that its dimensions have.

    Raises
    ------
    DisclosureError
        When the table has not been through protection.
    """
    if not isinstance(table, SafeTable):
        raise DisclosureError(
            "only protected tables are shown",
            got=type(table).__name__,
            expected="a SafeTable",
            hint="give the table to release.add() first",
        )
    return _looked_up(table)


@cache
def _looked_up(table: SafeTable) -> tuple[Places, dict[str, tuple[str, ...]]]:
    levels = {dim: table.cells[dim].astype(str) for dim in (*table.groups, table.stack, table.answer) if dim}
    counts, hidden = table.cells["count"].astype(object), table.cells["count"].isna()
    keys = zip(*levels.values(), strict=True) if levels else [()]
    cells = {key: None if gone else whole(n) for key, n, gone in zip(keys, counts, hidden, strict=True)}
    return cells, {dim: tuple(dict.fromkeys(found)) for dim, found in levels.items()}


def asked(cells: Places, place: Sequence[str]) -> float | None:
    """Return how many were asked at a place, the base of its shares: those who left the question blank are among them."""
    everybody, others = cells[(*place, TOTAL)], cells.get((*place, NOT_ASKED), 0)
    return None if everybody is None or others is None else whole(everybody - others)


def share_of(cells: Places, key: tuple[str, ...]) -> float | None:
    """Return the share of those asked that a count is; None where it or its base is hidden, or nobody was asked."""
    count, base = cells[key], asked(cells, key[:-1])
    return None if count is None or not base or key[-1] == NOT_ASKED else count / base


class Answers:
    """A protected table as shares that are looked up by level, with the labels and order of the codebook.

    Parameters
    ----------
    table
        The protected counts of an item, in all or by groups.
    study
        Whose codebook gives labels and order.
    locale
        The language of labels.
    """

    def __init__(self, table: SafeTable, study: Study, locale: Locale) -> None:
        self.table, self.study, self.locale = table, study, locale
        self._cells, self._levels = looked_up(table)

    @property
    def item(self) -> Item:
        """The item that was asked."""
        codebook = self.study.codebook
        name = self.table.stack or self.table.answer
        return codebook.items[name] if name in codebook.items else codebook.variable(name).item

    @property
    def label(self) -> str:
        """The short name of what was asked."""
        return self.labels.variable(self.table.stack or self.table.answer)

    @property
    def questions(self) -> tuple[str, ...]:
        """The variables: the rows of a battery or tick boxes, else the one variable."""
        if not self.table.stack:
            return (self.table.answer,)
        order = [v.name for v in self.study.codebook.variables_of(self.table.stack)]
        return tuple(name for name in order if name in self._levels[self.table.stack])

    @property
    def ticks(self) -> bool:
        """Whether the answers are ticks, with nothing else to answer."""
        return self.item.ticks

    @property
    def codes(self) -> tuple[str, ...]:
        """The answers in print order, then the missing codes that stand in the table, of those who were asked."""
        shown = self.study.codebook.variable(self.questions[0]).answer_codes
        return tuple(code for code in shown if code in self._levels[self.table.answer])

    @cached_property
    def labels(self) -> Labels:
        """What things are called."""
        return Labels(self.study, self.locale)

    def quoted(self, codes: Sequence[str]) -> str:
        """Return answers in quotation marks, joined by 'or'."""
        return self.labels.quoted(self.questions[0], codes)

    def groups(self, dim: str) -> tuple[str, ...]:
        """Return a group's levels in print order; without 'no answer' where nobody left it out."""
        shown = self.study.codebook.variable(dim).shown_codes
        return tuple(code for code in shown if code in self._levels[dim])

    def spoken_groups(self) -> tuple[str, ...]:
        """Return the levels of the last group that sentences compare: those who named a group, in print order."""
        dim = self.table.groups[-1]
        return tuple(c for c in self.groups(dim) if c in self.study.codebook.variable(dim).scale.print_codes)

    def answer_label(self, code: str) -> str:
        """Return what an answer is called."""
        return self.study.codebook.variable(self.questions[0]).category_label(code, self.locale.language)

    def question_label(self, name: str) -> str:
        """Return what a question is called."""
        return self.study.codebook.variable(name).label(self.locale.language)

    def _place(self, question: str, group: Sequence[str]) -> tuple[str, ...]:
        return (*group, *((question,) if self.table.stack else ()))

    def share(self, question: str, group: Sequence[str], *codes: str) -> float | None:
        """Return the share that gave one of some answers; None where a part of it is hidden or there is no base."""
        return added([share_of(self._cells, (*self._place(question, group), code)) for code in codes])

    def count(self, question: str, group: Sequence[str], *codes: str) -> float | None:
        """Return how many gave one of some answers, of a weighted study people times their share; None where a part is hidden."""
        return added([self._cells[*self._place(question, group), code] for code in codes])

    def base(self, question: str, group: Sequence[str]) -> int | None:
        """Return how many answers the shares of a group are of, those who were asked; None where it is hidden."""
        base = asked(self._cells, self._place(question, group))
        return None if base is None else round(base)

    def counted(self, question: str, codes: Sequence[str]) -> Value:
        """Return how many in all gave one of some answers as a value of a table; nothing of a weighted study."""
        weighted = self.table.effect is not None and NOT_ASKED not in codes
        return None if weighted else shown(self.count(question, self.everybody(), *codes))

    def percent(self, question: str, group: Sequence[str], *codes: str) -> Value:
        """Return the share of some answers as a value of a table: hidden, or nothing where nobody is in the group."""
        return None if self.base(question, group) == 0 else shown(self.share(question, group, *codes))

    def everybody(self) -> tuple[str, ...]:
        """Return the group of all respondents."""
        return (TOTAL,) * len(self.table.groups)

    def places(self, question: str | None = None) -> list[tuple[str, str, str, tuple[str, ...]]]:
        """Return the rows that a chart has, each with key, label, question and group.

        Of several questions in all there is one each. Otherwise, of one question, everyone and the levels of the last group over all
        levels of the others.
        """
        dims = self.table.groups
        if self.table.stack and not dims:
            return [(name, self.question_label(name), name, ()) for name in self.questions]
        asked, everyone = question or self.questions[0], self.locale.text("All")
        levels = ((code, self.labels.level(dims[-1], code)) for code in (self.groups(dims[-1]) if dims else ()))
        groups = ((code, label, asked, self.last_group(code)) for code, label in levels)
        return [(SUM, everyone, asked, self.everybody()), *groups]

    def last_group(self, code: str) -> tuple[str, ...]:
        """Return a level of the last group, over all levels of the others."""
        return (*self.everybody()[:-1], code)


@dataclass(frozen=True)
class Measure:
    """One share: what it is of, and where it stands.

    Parameters
    ----------
    key, label
        The group, answer or question it is about.
    count, base
        How many gave the answer, and of how many.
    share, low, high
        The share and its 95 per cent interval, if those who did not answer are like those who did.
    question, codes
        The variable, and the answers that are counted together.
    table, row
        Where it stands.
    """

    key: str
    label: str
    count: float
    base: int
    share: float
    low: float
    high: float
    question: str = ""
    codes: tuple[str, ...] = ()
    table: str = ""
    row: str = ""

    def link(self, locale: Locale, *, interval: bool = True) -> Markup:
        """Return the share as a link to its row, with its interval."""
        text = locale.percent(self.share)
        if interval:
            text = f"{text} ({locale.percent_interval(self.low, self.high)})"
        return row_link(text, self.table, self.row)


def measures(answers: Answers, places: Sequence[tuple[str, str, str, Sequence[str], Sequence[str]]]) -> list[Measure]:
    """Return the shares at some places (key, label, question, group, answers), without those that are hidden or empty."""
    from ..estimate import proportions_from_counts

    table, numbers, there = answers.table, [], []
    for key, label, question, group, codes in places:
        base, count = answers.base(question, group), answers.count(question, group, *codes)
        if base and count is not None:
            inside = {dim: of for dim, of in zip(table.groups, group, strict=True) if of != TOTAL}
            people = None if table.effect else answers.study.population(inside)
            numbers.append((count, base, math.nan if people is None else people))
            there.append((key, label, question, tuple(codes)))
    if not there:
        return []
    found = proportions_from_counts(*map(list, zip(*numbers, strict=True)), effect=table.effect)
    shares = found[["estimate", "conf_low", "conf_high"]].to_numpy().tolist()
    return [
        Measure(key, label, count, base, share, low, high, question, codes, table.id, _row_of(answers, question, key))
        for (key, label, question, codes), (count, base, _), (share, low, high) in zip(
            there, numbers, shares, strict=True
        )
    ]


def _row_of(answers: Answers, question: str, key: str) -> str:
    """Return the key of the row in which a share stands."""
    if answers.table.stack and not answers.table.groups:
        return question
    return f"{question}--{key}" if answers.table.stack and not answers.ticks else key


def distribution_view(answers: Answers) -> TableView:
    """Return the distribution of the answers to an item as a table in per cent.

    Parameters
    ----------
    answers
        Of an item in all: answers as rows, with per cent and number. By groups: groups as rows, answers as columns, the
        base last. Tick boxes: the per cent that ticked each.
    """
    table, text = answers.table, answers.locale.text
    if table.groups:
        stub, make = answers.labels.variable(table.groups[-1]), _crossed_rows
    elif not table.stack:
        stub, make = text("Answer"), answer_rows
    else:
        stub, make = (text("Alternative"), _box_rows) if answers.ticks else (text("Statement"), _crossed_rows)
    columns, rows = make(answers)
    view = TableView(table.id, titled(answers.label, table.groups, answers.study, answers.locale), stub, columns, rows)
    asked = question_note(answers.item, answers.study, answers.locale)
    return view.noted(answers.study, answers.locale, asked, _base_note(answers))


def _base_note(answers: Answers) -> str:
    """Return what the per cent are of, and of a weighted study what so many answers are worth."""
    base, effect = answers.base(answers.questions[0], answers.everybody()), answers.table.effect
    if not base or effect is None:
        return _of_whom(answers)
    n, effective = answers.locale.number(base), answers.locale.number(round(base / effect))
    text = msg("The {n} answers are as sure as {effective} of a simple random sample.")
    worth = answers.locale.text(text, n=n, effective=effective)
    return f"{_of_whom(answers)} {worth}"


def _of_whom(answers: Answers) -> str:
    if answers.item.asked_if:
        return base_note(answers.item, answers.locale)
    if answers.ticks:
        return answers.locale.text(
            "Per cent of everyone who answered the survey; n is how many they are. A blank means none of these or no answer."
        )
    return answers.locale.text(
        "Per cent of everyone who answered the survey, those without an opinion or an answer included; n is how many they "
        "are. Figures are rounded and need not add up to 100."
    )


def answer_rows(answers: Answers) -> Cells:
    """Return the columns and rows of one question's answers in all: each answer, sums that are spoken of, everyone, those not asked."""
    locale, question = answers.locale, answers.questions[0]
    share, number = locale.text("Per cent"), locale.text("Number of answers")
    columns = Column("percent", share, "percent"), Column("count", number, "count")

    def values(codes: Sequence[str]) -> tuple[Value, ...]:
        return answers.percent(question, (), *codes), answers.counted(question, codes)

    spoken = [*((code,) for code in answers.codes), *(codes for codes in spoken_of(answers) if len(codes) > 1)]
    rows = [Row(sum_key(codes), sum_label(answers, codes), values(codes), sum=len(codes) > 1) for codes in spoken]
    base = answers.base(question, ())
    everyone = Row(SUM, locale.text("All"), (1.0 if base else None, shown(base)), total=True)
    if NOT_ASKED not in answers._levels[answers.table.answer]:
        return columns, (*rows, everyone)
    others = Row(NOT_ASKED, answers.answer_label(NOT_ASKED), (None, answers.counted(question, [NOT_ASKED])))
    return columns, (*rows, everyone, others)


def _box_rows(answers: Answers) -> Cells:
    """Return the columns and rows of boxes in all: how many ticked each, and which part of all ticks that is."""
    text, rows = answers.locale.text, []
    counts = {name: answers.count(name, (), TICKED) for name in answers.questions}
    ticks = added(list(counts.values()))
    for name, count in counts.items():
        part = None if ticks == 0 else shown(None if count is None or not ticks else count / ticks)
        values = (answers.percent(name, (), TICKED), part, shown(answers.base(name, ())))
        rows.append(Row(name, answers.question_label(name), values))
    of_all, of_ticks = text("Ticked (%)"), text("Of all ticks (%)")
    return (Column(TICKED, of_all, "percent"), Column("of_ticks", of_ticks, "percent"), _bases(answers)), tuple(rows)


def _bases(answers: Answers) -> Column:
    return Column("n", answers.locale.text("Number of answers (n)"), "count")


def _crossed_rows(answers: Answers) -> Cells:
    """Return a column an answer, and a row a group, question by question; of boxes by groups, a column a box."""
    boxes, high = answers.ticks and answers.table.stack is not None, high_codes(answers)
    spoken = [*((code,) for code in answers.codes), *([high] if len(high) > 1 else [])]
    heads = [(sum_key(codes), sum_label(answers, codes), "", codes) for codes in spoken]
    if boxes:
        heads = [(name, answers.question_label(name), name, (TICKED,)) for name in answers.questions]
    columns = (Column(key, f"{label} (%)", "percent") for key, label, *_ in heads)
    rows = []
    for question in answers.questions[:1] if boxes else answers.questions:
        for row, group in _group_rows(answers, question, of_several=bool(answers.table.stack) and not boxes):
            shares = (answers.percent(box or question, group, *codes) for *_, box, codes in heads)
            rows.append(replace(row, values=(*shares, shown(answers.base(question, group)))))
    return (*columns, _bases(answers)), tuple(rows)


def _group_rows(answers: Answers, question: str, *, of_several: bool) -> Iterator[tuple[Row, tuple[str, ...]]]:
    """Go through the groups in print order, everyone last: the row without its values, and the group."""
    label, everyone = answers.question_label(question), answers.locale.text("All")
    if not answers.table.groups:
        yield Row(question, label, ()), ()
        return
    *outer, last = answers.table.groups
    groups = [*product(*(answers.groups(dim) for dim in outer), answers.groups(last)), answers.everybody()]
    for group in groups:
        total = group == answers.everybody()
        names = [answers.labels.level(dim, code) for dim, code in zip(answers.table.groups, group, strict=True)]
        above = ", ".join([everyone] if total and outer else names[:-1])
        section = " – ".join(filter(None, (label if of_several else "", above))) or None
        key = "--".join(filter(None, (question if of_several else "", SUM if total else "--".join(group))))
        yield Row(key, names[-1], (), section, total), group


def high_codes(answers: Answers) -> tuple[str, ...]:
    """Return the answers whose share is spoken of: those of the item's first headline, else the upper part of the scale."""
    variable = answers.study.codebook.variable(answers.questions[0])
    if not variable.graded:
        return ()
    for headline in answers.study.plan.headlines:
        if headline.item in answers.questions:
            return headline.categories
    return variable.scale.codes[-(len(variable.scale.codes) // 2) :]


def low_codes(answers: Answers) -> tuple[str, ...]:
    """Return the lower part of an ordinal scale, its middle left out."""
    variable = answers.study.codebook.variable(answers.questions[0])
    return variable.scale.codes[: len(variable.scale.codes) // 2] if variable.graded else ()


def spoken_of(answers: Answers) -> tuple[tuple[str, ...], ...]:
    """Return the answers that sentences count together: high, low, and those of the item's headlines."""
    headlines = (h.categories for h in answers.study.plan.headlines if h.item in answers.questions)
    return tuple(dict.fromkeys(codes for codes in (low_codes(answers), high_codes(answers), *headlines) if codes))


def sum_key(codes: Sequence[str]) -> str:
    """Return the key of the row or column of some answers together; the answer's own for one."""
    return codes[0] if len(codes) == 1 else "sum-" + "-".join(codes)


def sum_label(answers: Answers, codes: Sequence[str]) -> str:
    """Return what an answer, or some together, are called."""
    if len(codes) == 1:
        return answers.answer_label(codes[0])
    return answers.locale.text("Together: {answers}", answers=" / ".join(answers.answer_label(code) for code in codes))


def added(numbers: Sequence[float | None]) -> float | None:
    """Return the sum of numbers; None where one is not known."""
    known = [number for number in numbers if number is not None]
    return sum(known) if len(known) == len(numbers) else None


def shown(value: float | int | None) -> Value:
    """Return a value of a table: hidden where there is none."""
    return HIDDEN if value is None else value


def share_title(answers: Answers) -> str:
    """Return a title that says which part gave the high answers: in all, or from the least to the most of the groups shown."""
    locale, label = answers.locale, answers.label
    codes = (TICKED,) if answers.ticks and answers.table.stack else high_codes(answers)
    found = sorted(share for share in _shares_of_groups(answers, codes) if share is not None)
    if not codes or not found:
        return titled(label, answers.table.groups, answers.study, locale)
    if answers.ticks and not answers.table.groups:
        most = max(answers.questions, key=lambda question: answers.share(question, (), TICKED) or 0)
        named, share = locale.quoted(answers.question_label(most)), locale.percent(found[-1])
        return locale.text("{label}: most often {most}, {share}", label=label, most=named, share=share)
    share = locale.percent_interval(found[0], found[-1])
    headline = answers.labels.headline(answers.questions[0], codes) if len(answers.questions) == 1 else None
    if headline is not None:
        text = f"{share} {headline.label[locale.language]}"
    elif answers.ticks:
        text = locale.text("{label}: {share} chose it", label=label, share=share)
    else:
        text = f"{label}: {share} {locale.text('answer {said}', said=answers.quoted(codes))}"
    return titled(text, answers.table.groups, answers.study, locale)


def _shares_of_groups(answers: Answers, codes: tuple[str, ...]) -> list[float | None]:
    groups = [answers.last_group(code) for code in answers.spoken_groups()] if answers.table.groups else [()]
    return [answers.share(question, group, *codes) for question in answers.questions for group in groups]
