"""Answers for a reader: a published table, shares in all and by group, headline figures, who did not know, and other readings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby

from markupsafe import Markup

from ...errors import UsageError
from ...i18n import msg
from ...study import TICKED, Question
from ..bars import bars_view, interval_note
from ..captions import base_note, question_note, titled, withheld_note
from ..distributions import Answers, distribution_view
from ..forest import Effect, Panels, forest, panels_figure
from ..likert import likert_view
from ..result import INTERVAL, Folded, Line, Part, Presenter, Result, lines, value
from ..room import fit, fits
from ..sentences import from_least_to_most, reading
from ..views import Column, FigureView, Row, TableView
from .headlines import headline_parts, headline_sentences

MOST_POINTS = 40
"""Of so many shares at most, each with an interval, a figure can be read."""
MOST_PANELS = 4
"""So many panels at most stand beside each other."""
Found = Mapping[str, Sequence[Line]]
"""The rows of each question."""


# A protected table: its distribution as a chart and a table.


def table_parts(r: Result) -> Iterator[Part]:
    """Show a protected table: ordinal answers as diverging bars, others as bars with intervals, and the table behind a line.

    By several groups, and of several questions whose answers have no order, the table says it all.
    """
    answers = _answers(r)
    scale = r.scale(answers.questions[0])
    title = titled(answers.label, answers.table.groups, r.study, r.locale)
    if withheld := withheld_note(answers.table, title, r.locale):
        yield withheld
        return
    several, groups = answers.table.stack is not None, len(answers.table.groups)
    if groups > 1 or (several and not groups and not scale.ordered and TICKED not in scale.codes):
        pass
    elif answers.item.kind == "number":
        if not groups:
            yield _histogram(r, answers)
    elif not fits(answers.spoken_groups() if groups else answers.codes):
        pass
    elif scale.ordered and not answers.ticks and not (several and groups):
        yield likert_view(answers)
    elif not groups:
        yield bars_view(answers)
    yield distribution_view(answers)


def _histogram(r: Result, answers: Answers) -> FigureView:
    """Return the distribution of a number over its bands, with the mean that these give."""
    from ..seaborn_charts import histogram

    banding, name = answers.item.banding, answers.questions[0]
    bands = [(answers.answer_label(code), *banding.ends(code), answers.share(name, (), code)) for code in banding.bands]
    figure = histogram(f"{answers.table.id}-histogram", titled(answers.label, (), r.study, r.locale), bands, r.locale)
    asked, base = question_note(answers.item, r.study, r.locale), base_note(answers.item, r.locale)
    return r.figure(figure, asked, base, _mean_note(answers))


def _mean_note(answers: Answers) -> str | None:
    """Say the mean that bands give, and in which the median is; nothing where one of them is hidden."""
    name, banding, locale = answers.questions[0], answers.item.banding, answers.locale
    counts = {code: answers.count(name, (), code) for code in banding.bands}
    known = {code: count for code, count in counts.items() if count is not None}
    if len(known) < len(counts) or not any(known.values()):
        return None
    total = sum(known.values())
    mean = sum(count * banding.score(code) for code, count in known.items()) / total
    upto = zip(known, accumulate(known.values()), strict=True)
    middle = locale.quoted(answers.answer_label(next(code for code, count in upto if 2 * count >= total)))
    number = locale.number(mean, banding.decimals + 1)
    means = locale.text("Mean: {mean}, each band counted as its middle.", mean=number)
    return " ".join((means, locale.text("The median lies in {band}.", band=middle)))


def crosstab_parts(r: Result) -> Iterator[Part]:
    """Show an item by groups: the released table that it was worked out from."""
    yield distribution_view(Answers(r.source.table(r.asked["item"], r.asked["by"] or ()), r.study, r.locale))


def _answers(r: Result) -> Answers:
    """Return a protected table as shares that are looked up by level."""
    return Answers(r.asked["table"], r.study, r.locale)


def table_sentences(r: Result) -> Iterator[Markup]:
    """Say what a table shows."""
    return (sentence.html for sentence in reading(_answers(r)))


# Shares.


def of_shares(r: Result) -> Presenter:
    """Choose how shares are shown: headline figures, another reading of a scale, who did not know, or groups beside each other."""
    if r.asked.get("categories") == "missing":
        return Presenter(_missing_parts, _missing_said)
    if r.asked.get("reading") is not None:
        return Presenter(lambda r: [_reading(r)], _reading_said)
    if _of_headlines(r):
        return Presenter(headline_parts, headline_sentences)
    return Presenter(_by_group, _groups_said) if r.by else Presenter(_in_all)


def _of_headlines(r: Result) -> bool:
    """Return whether headlines were asked for."""
    items = r.asked.get("item")
    return isinstance(items, list | tuple) and any(hasattr(item, "label") for item in items)


def _in_all(r: Result) -> Iterator[Part]:
    """Show the shares of one question in all, or of several: bars with intervals."""
    named = [(row, r.variable(row.term), _answer(r, row)) for row in r.rows]
    effects = [Effect(question, label, *row.ends) for row, question, label in named if row.known()]
    name = "_".join(dict.fromkeys(row.term for row in r.rows)) + "_shares"
    title = r.locale.listed(dict.fromkeys(effect.section for effect in effects))
    note = interval_note(r.locale, r.study.codebook.variable(r.rows[0].term).item)
    yield r.figure(forest(name, title, effects, "share", r.locale), note)
    rows = [Row(f"{row.term}--{row.category}", label, row.shown(*INTERVAL), question) for row, question, label in named]
    yield _shares_table(r, name, title, rows, *note)


def _shares_table(r: Result, name: str, title: str, rows: Iterable[Row], *notes: str) -> TableView:
    """Return shares with their intervals, a row an answer."""
    columns = r.estimate("percent", r.text("Per cent"))
    return r.table(name, title, r.text("Answer"), columns, rows, *notes)


def _answer(r: Result, row: Line) -> str:
    """Return what an answer, or several counted together, is called."""
    return " / ".join(r.labels.level(row.term, code) for code in row.codes)


def _by_group(r: Result) -> Iterator[Part]:
    """Show a question by its groups: one chart of points against everyone's line, and the distributions behind a line.

    Of a question in more parts than a chart has room for there is a chart each, behind the line too.
    """
    found = {term: rows for term, rows in _by_term(r).items() if any(row.known() for row in rows)}
    charts = (points for term, rows in found.items() for points in _points(r, term, rows))
    if len(found) > MOST_PANELS:
        yield Folded(tuple(charts))
    else:
        yield from _panels(r, found) if len(found) > 1 else charts
    if not found and r.item not in r.study.groups:
        for by in r.by:
            yield from _answers_by(r, by)
    published = [table for by in r.by if (table := r.source.out.get(f"{r.item}_by_{by}"))]
    yield from (distribution_view(Answers(table, r.study, r.locale)) for table in published)


def _answers_by(r: Result, by: str) -> Iterator[FigureView]:
    """Show the shares of answers without an order by one group: a section an answer, as long as there is room for all."""
    rows = [row for row in r.rows if row.by == by and row.known()]
    for term in dict.fromkeys(row.term for row in rows):
        effects = [
            Effect(r.labels.level(term, code), r.level(row), *row.ends)
            for code in r.scale(term).print_codes
            for row in rows
            if (row.term, row.category) == (term, code)
        ]
        item = r.study.codebook.variable(term).item
        if item.kind != "number" and 0 < len(effects) <= MOST_POINTS:
            title = titled(r.variable(term), (by,), r.study, r.locale)
            figure = forest(f"{term}_answers_by_{by}", title, effects, "share", r.locale)
            yield r.figure(figure, r.question(term), interval_note(r.locale, item))


def _by_term(r: Result) -> Found:
    """Return the rows of each question of which one share is asked for; of answers without an order none stands for the rest."""
    terms = dict.fromkeys(row.term for row in r.rows)
    if len({(row.term, row.category) for row in r.rows}) > len(terms):
        return {}
    return {term: [row for row in r.rows if row.term == term] for term in terms}


def _points(r: Result, term: str, rows: Sequence[Line]) -> Iterator[FigureView]:
    """Show the share of each group that gave a high answer, against everyone's, of groups that have room."""
    everyone, codes = everyone_of(r, term), rows[0].codes
    groups = [Effect(r.variable(row.by), r.level(row), *row.ends) for row in rows if row.known()]
    if not (fitting := fit(groups, lambda effect: effect.section)):
        return
    effects = [*([Effect("", r.text("All"), *everyone.ends)] if everyone else []), *fitting]
    named = codes == [TICKED] or r.labels.headline(term, codes)  # what is said names the question
    text = msg("Share who {said}") if named else msg("{label}: share who {said}")
    title = r.text(text, label=r.variable(term), said=r.labels.predicate(term, codes))
    line = everyone.estimate if everyone else None
    figure = forest(f"{term}_by_groups", title, effects, "share", r.locale, line)
    yield _against_everyone(r, figure, term, r.question(term), left_out=len(fitting) < len(rows))


def _panels(r: Result, found: Found) -> Iterator[FigureView]:
    """Show the share of each group that gave a high answer to each of some questions, a panel a question, against everyone's."""
    everyone, cells = ("", r.text("All")), {}
    for term, rows in found.items():
        own = {(r.variable(row.by), r.level(row)): row.ends for row in rows if row.known()}
        cells[term] = own | ({everyone: row.ends} if (row := everyone_of(r, term)) else {})
    groups = dict.fromkeys((r.variable(row.by), r.level(row)) for rows in found.values() for row in rows)
    there = [name for name in groups if any(name in own for own in cells.values())]
    names = [everyone, *fit(there, lambda name: name[0])]
    if not names[1:]:
        return
    panels = [[Effect(*name, *own[name]) if name in own else None for name in names] for own in cells.values()]
    heads = [r.labels.row(term) for term in found]
    name, title, about = _asked_together(r, found)
    shown = Panels(heads, names, panels, against_first=True)
    figure = panels_figure(f"{name}_by_groups", title, shown, r.locale)
    hides = len(names) <= len(there) or any(effect is None for panel in panels for effect in panel)
    yield _against_everyone(r, figure, next(iter(found)), about, left_out=hides)


def _asked_together(r: Result, found: Found) -> tuple[str, str, tuple[str, ...]]:
    """Return the name of what is asked in several parts, a title for their shares, and the question, if it is one."""
    if isinstance(r.asked["item"], list | tuple) and not hasattr(r.asked["item"], "item"):
        by = r.locale.listed(map(r.within, r.by))
        return "outcomes", r.text("Share of high answers to each question, by {group}", group=by), ()
    first, rows = next(iter(found.items()))
    codes = rows[0].codes
    if codes == [TICKED]:
        said = r.text("tick each alternative")
    else:
        said = r.text("answer {said}", said=r.labels.quoted(first, codes))
    return r.item, r.text("{label}: share who {said}", label=r.variable(r.item), said=said), r.question(first)


def _against_everyone(
    r: Result, figure: FigureView, term: str, about: tuple[str, ...], *, left_out: bool
) -> FigureView:
    lines = interval_note(r.locale, r.study.codebook.variable(term).item)
    return r.figure(figure, about, lines, r.text("Groups that are not shown are left out.") if left_out else None)


def everyone_of(r: Result, term: str) -> Line | None:
    """Return the same share of everyone, which the groups are held against."""
    from ...estimate import proportions

    row = lines(proportions(r.source, Question("", term), categories=r.asked["categories"]))[0]
    return row if row.known() else None


def _groups_said(r: Result) -> Iterator[Markup | str]:
    """Say from what to what each share goes over groups, where these two differ by more than chance; units are not named."""
    rows = (row for own in _by_term(r).values() for row in own)
    for (term, by), found in groupby(rows, key=lambda row: (row.term, row.by)):
        there = [row for row in found if row.known() and row.group in r.scale(by).print_codes]
        least, most = (pick(there, key=lambda row: row.estimate, default=None) for pick in (min, max))
        if least and most and least.conf_high < most.conf_low:
            yield r.text(
                from_least_to_most(r.labels, by),
                answered=r.labels.predicate(term, least.codes),
                low=_group_share(r, least),
                high=_group_share(r, most),
                least=r.labels.among(by, least.group),
                most=r.labels.among(by, most.group),
                groups=r.within(by),
            )


def _group_share(r: Result, row: Line) -> Markup:
    """Return a group's share as a link to its row in the distribution by the group."""
    variable = r.study.codebook.variable(row.term)
    stacked = variable.item.kind == "battery" and variable.item_id != row.term
    key = f"{row.term}--{row.group}" if stacked else row.group
    return r.percent(row.estimate, f"{variable.item_id}_by_{row.by}", key)


# The overview: units by questions.


def heatmap_parts(r: Result) -> Iterator[Part]:
    """Show the share of high answers to every question by unit as a heat map, everyone on top."""
    import pandas as pd

    from ..seaborn_charts import heatmap

    if len(r.by) != 1:
        hint = "proportions(release, survey.questions, by=...), with the name of one of the groups"
        raise UsageError("a heat map is of questions by one variable", got=f"{len(r.by)} variables", hint=hint)
    (by,) = r.by
    rows = [row for code in r.scale(by).print_codes for row in r.rows if row.group == code]
    title = r.text("Share of high answers to each question, by {group}", group=r.within(by))
    note = r.text("Per cent of everyone who answered the survey. A blank cell is not shown.")
    table = _questions_table(r, rows, f"overview_by_{by}", title, r.variable(by), note)
    if not table.columns:
        yield r.text("There is nothing to draw here: every number is hidden.")
        return
    if fits(table.rows[1:]):
        numbers = [row.values for row in table.rows]  # noqa: PD011  # rows of a table, no frame
        shares = pd.DataFrame(
            [[share if isinstance(share, float) else float("nan") for share in own] for own in numbers],
            index=[r.text("All"), *(r.labels.short(by, row.key) for row in table.rows[1:])],
            columns=[r.labels.row(column.key) for column in table.columns],
        )
        yield r.figure(heatmap(table.id, title, shares.T, r.locale), note)
    yield table


def _questions_table(r: Result, lines: Iterable[Line], name: str, title: str, stub: str, note: str) -> TableView:
    """Return one share of each question, a column a question, in all and by each group of which something of it is shown."""
    found = list(lines)
    told = {(row.by, row.term) for row in found if row.known()}
    cells = {(row.by, row.group, row.term): row.shown("estimate")[0] for row in found if (row.by, row.term) in told}
    terms, several = list(dict.fromkeys(term for *_, term in cells)), len(r.by) > 1
    everyone = tuple(value((everyone_of(r, term) or Line()).get("estimate"), hidden=True) for term in terms)
    rows = [Row("total", r.text("All"), everyone, total=True)]
    for by, group in dict.fromkeys(key[:2] for key in cells):
        values, label = tuple(cells.get((by, group, term)) for term in terms), r.labels.level(by, group)
        own = Row(f"{by}--{group}", label, values, r.variable(by)) if several else Row(group, label, values)
        rows.append(own)
    columns = [Column(term, f"{r.variable(term)} (%)", "percent") for term in terms]
    return r.table(name, title, stub, columns, rows, note)


# Who did not know; other readings.


def _missing_parts(r: Result) -> Iterator[Part]:
    if (table := _missing(r)).columns:
        yield table


def _missing(r: Result) -> TableView:
    """Return the per cent that gave no opinion, a column a question, in all and by each group."""
    terms = dict.fromkeys(row.term for row in r.rows)
    answers = dict.fromkeys(r.labels.level(term, code) for term in terms for code in r.scale(term).missing_codes)
    note = r.text("Per cent of everyone who answered the survey. Blanks are not counted here.")
    title = r.text("Who answered {said}", said=r.locale.quoted(r.locale.listed(answers)))
    return _questions_table(r, r.rows, "missing", title, r.text("Group"), note)


def _missing_said(r: Result) -> Iterator[Markup | str]:
    table = _missing(r)
    found = [(c, s) for c, s in zip(table.columns, table.rows[0].values, strict=True) if isinstance(s, float)]
    if len(found) < 2:
        return
    most, least = (pick(found, key=lambda pair: pair[1]) for pick in (max, min))
    yield r.text(
        "Most often to {most} ({share}), least often to {least} ({least_share}).",
        most=r.quoted(most[0].key),
        share=r.percent(most[1], "missing", "total"),
        least=r.quoted(least[0].key),
        least_share=r.percent(least[1], "missing", "total"),
    )


def _reading(r: Result) -> TableView:
    """Show the shares of a scale's answers under one of its readings, and its upper part."""
    scale, name, language = r.scale(r.rows[0].term), str(r.asked["reading"]), r.locale.language
    labels = {category.code: category.label(language) for category in scale.read_as(name).categories}
    rows = [Row(row.category, labels[row.category], row.shown(*INTERVAL)) for row in r.rows]
    label, called = r.variable(r.rows[0].term), scale.readings[name].label[language]
    note = r.text(
        "Per cent of everyone who answered the survey, those without an opinion or an answer included. The intervals hold if those "
        "who did not answer are like those who did."
    )
    title = r.text("{label}, read otherwise: {reading}", label=label, reading=called)
    return _shares_table(r, _reading_id(r), title, rows, note)


def _reading_id(r: Result) -> str:
    """Return the id of the table of a reading."""
    return f"{r.rows[0].term}_read_{r.asked['reading']}"


def _reading_said(r: Result) -> Iterator[Markup | str]:
    scale, name = r.scale(r.rows[0].term), str(r.asked["reading"])
    top = scale.read_as(name).codes[-1]
    row = next(row for row in r.rows if row.category == top)
    if row.known():
        yield r.text(
            "{reading}: {share} give the highest answer to {question}.",
            reading=scale.readings[name].label[r.locale.language],
            share=r.percent(row.estimate, _reading_id(r), top),
            question=r.quoted(row.term),
        )
