"""Answers for a reader: shares in all and by group, groups compared, who did not know, other readings, those who did not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby
from typing import Any

from markupsafe import Markup

from ...i18n import Locale
from ...study import TICKED, Variable
from ..bars import bars_view, interval_note
from ..captions import base_note, question_note, source_notes, titled, withheld_note, within
from ..distributions import Answers, distribution_view
from ..forest import Effect, forest, panels_figure
from ..headlines import headline_rows, headlines_html
from ..likert import likert_view
from ..markup import reading_html
from ..result import ALPHA, Folded, Part, Result, Words, bounds, value
from ..sentences import from_least_to_most, reading
from ..views import HIDDEN, Column, FigureView, Row, TableView, Value
from .model import ends, filled_in

INTERVAL = ("estimate", "conf_low", "conf_high")
"""The columns of an estimate and its interval."""
MOST_POINTS = 40
"""Of so many shares at most, each with an interval, a figure can be read."""
MOST_PANELS = 4
"""So many panels at most stand beside each other."""
CONSISTENT = 0.7
"""The alpha from which the answers to a battery are commonly put into one number (Nunnally 1978)."""


# A protected table: its distribution as a chart and a table.


def table_parts(r: Result) -> Iterator[Part]:
    """Show a protected table: ordinal answers as diverging bars, others as bars with intervals, and the table behind a line.

    By several groups, and of several questions whose answers have no order, the table says it all.
    """
    answers = answers_of(r)
    scale = r.study.codebook.variable(answers.questions[0]).scale
    title = titled(answers.label, answers.table.groups, r.study, r.locale)
    if withheld := withheld_note(answers.table, title, r.locale):
        yield withheld
        return
    several, groups = answers.table.stack is not None, len(answers.table.groups)
    table = distribution_view(answers)
    if groups > 1 or (several and not groups and not scale.ordered and TICKED not in scale.codes):
        yield table
        return
    if answers.item.kind == "number":
        if not groups:
            yield _histogram(r, answers)
    elif scale.ordered and not answers.ticks and not (several and groups):
        yield likert_view(answers)
    elif not groups:
        yield bars_view(answers)
    yield table


def _histogram(r: Result, answers: Answers) -> FigureView:
    """Return the distribution of a number over its bands, with the mean that these give."""
    from ..seaborn_charts import histogram

    locale, banding = r.locale, answers.item.banding
    name = answers.questions[0]
    bands = [(answers.answer_label(code), *banding.ends(code), answers.share(name, (), code)) for code in banding.bands]
    title = titled(answers.label, (), r.study, locale)
    parts = histogram(f"{answers.table.id}-histogram", title, bands, locale)
    asked, base = question_note(answers.item, r.study, locale), base_note(answers.item, locale)
    return parts.captioned(asked, base, _mean_note(answers), source_notes(r.study, locale))


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
    middle = answers.answer_label(next(code for code, count in upto if 2 * count >= total))
    return " ".join(
        (
            locale.text(
                "Mean: {mean}, each band counted as its middle.", mean=locale.number(mean, banding.decimals + 1)
            ),
            locale.text("The median lies in {band}.", band=locale.quoted(middle)),
        )
    )


def crosstab_parts(r: Result) -> Iterator[Part]:
    """Show an item by groups: the released table that it was worked out from."""
    yield distribution_view(Answers(r.source.table(r.asked["item"], r.asked["by"] or ()), r.study, r.locale))


def answers_of(r: Result) -> Answers:
    """Return a protected table as shares that are looked up by level."""
    return Answers(r.asked["table"], r.study, r.locale)


def table_sentences(r: Result) -> Iterator[Markup]:
    """Say what a table shows."""
    for sentence in reading(answers_of(r)):
        yield sentence.html


# Shares.


def share_parts(r: Result) -> Iterable[Part]:
    """Show shares: headline figures, another reading of a scale, who did not know, or the groups beside each other."""
    if r.asked.get("categories") == "missing":
        return [table] if (table := _missing(r)).columns else []
    if r.asked.get("reading") is not None:
        return [_reading(r)]
    if headlines_asked(r):
        return _headlines(r)
    return _by_group(r) if r.asked.get("by") else _in_all(r)


def headlines_asked(r: Result) -> list[Any]:
    """Return the headlines that were asked for, in order."""
    items = r.asked.get("item")
    return [item for item in items if hasattr(item, "label")] if isinstance(items, list | tuple) else []


def _headlines(r: Result) -> Iterator[Part]:
    locale = r.locale
    yield Words(headlines_html(r))
    columns = (
        Column("percent", locale.text("Per cent"), "percent"),
        *bounds(locale, decimals=1),
        Column("wide_low", locale.text("Without correction, from"), "percent", 1),
        Column("wide_high", locale.text("Without correction, to"), "percent", 1),
        Column("n", locale.text("Number of answers (n)"), "count"),
    )
    names = (*INTERVAL, "conf_low_without_fpc", "conf_high_without_fpc")
    rows = [
        Row(
            f"headline-{number}",
            headline.label[locale.language],
            (*(shown(row, name) for name in names), counted(row, "n")),
        )
        for number, headline, row in headline_rows(r)
    ]
    note = locale.text(
        "Per cent of everyone who answered the survey (n). The first interval holds for everyone asked if those who did not "
        "answer are like those who did; the second, without finite population correction, as if those who answered were drawn "
        "from far more people in the same situation. Wilson's intervals."
    )
    yield r.table("headlines", locale.text("The headline figures"), locale.text("Share who …"), columns, rows, note)


def shown(row: Mapping[str, Any], name: str, factor: float = 1) -> Value:
    """Return a figure of a group: hidden where what it rests on is, nothing where nobody is there."""
    return value(row[name], factor, hidden=row["n"] != row["n"])


def counted(row: Mapping[str, Any], name: str) -> Value:
    """Return a number of people, or the mark."""
    return HIDDEN if row[name] != row[name] else int(row[name])


def _in_all(r: Result) -> Iterator[Part]:
    """Show the shares of one question in all, or of several: bars with intervals."""
    named = [(str(row["term"]), _answer(r, row), row) for row in r.rows]
    effects = [Effect(r.labels.variable(term), label, *ends(row)) for term, label, row in named if known(row)]
    name = "_".join(dict.fromkeys(term for term, *_ in named)) + "_shares"
    title = r.locale.listed(dict.fromkeys(effect.section for effect in effects))
    note = interval_note(r.locale, r.study.codebook.variable(str(r.rows[0]["term"])).item)
    yield forest(name, title, effects, "share", r.locale).captioned(note, source_notes(r.study, r.locale))
    rows = [(f"{term}--{row['category']}", label, row, r.labels.variable(term)) for term, label, row in named]
    yield _shares_table(r, name, title, rows, *note)


def _shares_table(
    r: Result, name: str, title: str, rows: Iterable[tuple[str, str, Mapping[str, Any], str | None]], *notes: str
) -> TableView:
    """Return shares with their intervals, a row an answer: its key and label, its figures, and the question, if there are several."""
    columns = (Column("percent", r.locale.text("Per cent"), "percent"), *bounds(r.locale))
    shares = [Row(key, label, tuple(shown(row, n) for n in INTERVAL), section) for key, label, row, section in rows]
    return r.table(name, title, r.locale.text("Answer"), columns, shares, *notes)


def _answer(r: Result, row: Mapping[str, Any]) -> str:
    """Return what an answer, or several counted together, is called."""
    codes = str(row["category"]).split(" + ")
    return " / ".join(r.labels.level(str(row["term"]), code) for code in codes)


def known(row: Mapping[str, Any], name: str = "estimate") -> bool:
    """Return whether a figure is there."""
    return bool(row[name] == row[name])


def _by_group(r: Result) -> Iterator[Part]:
    """Show a question by its groups: one chart of points against everyone's line, and the distributions behind a line.

    Of a question in more parts than a chart has room for there is a chart each, behind the line too.
    """
    found = {term: rows for term, rows in _by_term(r) if any(map(known, rows))}
    if len(found) > MOST_PANELS:
        yield Folded(tuple(_points(r, term, rows) for term, rows in found.items()))
    elif len(found) > 1:
        yield _panels(r, found)
    else:
        yield from (_points(r, term, rows) for term, rows in found.items())
    if not found and r.item not in r.study.groups:
        for by in group_names(r):
            yield from _answers_by(r, by)
    published = [table for by in group_names(r) if (table := r.source.out.get(f"{r.item}_by_{by}"))]
    yield from (distribution_view(Answers(table, r.study, r.locale)) for table in published)


def _answers_by(r: Result, by: str) -> Iterator[FigureView]:
    """Show the shares of answers without an order by one group: a section an answer, as long as there is room for all."""
    rows = [row for found, row in _grouped(r, r.rows) if found == by and known(row)]
    for term in dict.fromkeys(str(row["term"]) for row in rows):
        variable = r.study.codebook.variable(term)
        effects = [
            Effect(r.labels.level(term, code), r.labels.level(by, str(row["group"])), *ends(row))
            for code in variable.scale.print_codes
            for row in rows
            if (row["term"], row["category"]) == (term, code)
        ]
        if variable.item.kind != "number" and 0 < len(effects) <= MOST_POINTS:
            title = titled(r.labels.variable(term), (by,), r.study, r.locale)
            note = interval_note(r.locale, variable.item)
            question = question_note(variable.item, r.study, r.locale)
            figure = forest(f"{term}_answers_by_{by}", title, effects, "share", r.locale)
            yield figure.captioned(question, note, source_notes(r.study, r.locale))


def _by_term(r: Result) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the rows of each question of which one share is asked for; of answers without an order none stands for the rest."""
    if len({(row["term"], row["category"]) for row in r.rows}) > len({row["term"] for row in r.rows}):
        return []
    terms = dict.fromkeys(str(row["term"]) for row in r.rows)
    return [(term, [row for row in r.rows if row["term"] == term]) for term in terms]


def group_names(r: Result) -> list[str]:
    """Return the variables that a result is grouped by, in order."""
    by = r.asked.get("by")
    return [by] if isinstance(by, str) else list(by or ())


def _points(r: Result, term: str, rows: Sequence[Mapping[str, Any]]) -> FigureView:
    """Return the share of each group that gave a high answer, against everyone's."""
    locale, everyone = r.locale, everyone_of(r, term)
    effects = [Effect("", locale.text("All"), *ends(everyone))] if everyone else []
    effects += [Effect(*_group_label(r, by, row), *ends(row)) for by, row in _grouped(r, rows) if known(row)]
    codes = str(rows[0]["category"]).split(" + ")
    named = codes == [TICKED] or r.labels.headline(term, codes)  # what is said names the question
    text = locale.text("Share who {said}") if named else locale.text("{label}: share who {said}")
    title = text.format(label=r.labels.variable(term), said=r.labels.predicate(term, codes))
    parts = forest(f"{term}_by_groups", title, effects, "share", locale, everyone["estimate"] if everyone else None)
    about = question_note(r.study.codebook.variable(term).item, r.study, locale)
    return parts.captioned(about, *_lines_notes(r, term, left_out=not all(map(known, rows))))


def _panels(r: Result, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> FigureView:
    """Return the share of each group that gave a high answer to each of some questions, a panel a question, against everyone's."""
    locale = r.locale
    everyone, cells = ("", locale.text("All")), {}
    for term, rows in found.items():
        own = {_group_label(r, by, row): ends(row) for by, row in _grouped(r, rows) if known(row)}
        cells[term] = own | ({everyone: ends(row)} if (row := everyone_of(r, term)) else {})
    groups = dict.fromkeys(_group_label(r, by, row) for rows in found.values() for by, row in _grouped(r, rows))
    names = [everyone, *(name for name in groups if any(name in own for own in cells.values()))]
    panels = [[Effect(*name, *own[name]) if name in own else None for name in names] for own in cells.values()]
    heads = [r.labels.row(term) for term in found]
    name, title, about = _asked_together(r, found)
    parts = panels_figure(f"{name}_by_groups", title, panels, names, heads, locale, against_first=True)
    hides = any(effect is None for panel in panels for effect in panel)
    return parts.captioned(about, *_lines_notes(r, next(iter(found)), left_out=hides))


def _asked_together(r: Result, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[str, str, tuple[str, ...]]:
    """Return the name of what is asked in several parts, a title for their shares, and the question, if it is one."""
    if isinstance(r.asked["item"], list | tuple) and not hasattr(r.asked["item"], "item"):
        by = r.locale.listed(within(r.labels.variable(group)) for group in group_names(r))
        return "outcomes", r.locale.text("Share of high answers to each question, by {group}", group=by), ()
    first, rows = next(iter(found.items()))
    codes = str(rows[0]["category"]).split(" + ")
    said = (
        r.locale.text("tick each alternative")
        if codes == [TICKED]
        else r.locale.text("answer {said}", said=r.labels.quoted(first, codes))
    )
    title = r.locale.text("{label}: share who {said}", label=r.labels.variable(r.item), said=said)
    return r.item, title, question_note(r.study.codebook.variable(first).item, r.study, r.locale)


def _group_label(r: Result, by: str, row: Mapping[str, Any]) -> tuple[str, str]:
    return r.labels.variable(by), r.labels.level(by, str(row["group"]))


def _lines_notes(r: Result, term: str, *, left_out: bool) -> Iterator[Iterable[str] | str]:
    yield interval_note(r.locale, r.study.codebook.variable(term).item)
    yield r.locale.text("Groups that are not shown are left out.") if left_out else ""
    yield source_notes(r.study, r.locale)


def _grouped(r: Result, rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return rows with the variable that each is grouped by."""
    only = group_names(r)[0]
    return [(str(row.get("by", only)), row) for row in rows]


def everyone_of(r: Result, term: str) -> dict[str, Any] | None:
    """Return the same share of everyone, which the groups are held against."""
    from ...estimate import proportions
    from ...study import Question

    row = dict(proportions(r.source, Question("", term), categories=r.asked["categories"]).iloc[0])
    return row if known(row) else None


def share_sentences(r: Result) -> Iterator[Markup]:
    """Say what shares show."""
    if r.asked.get("categories") == "missing":
        yield from _missing_said(r)
    elif r.asked.get("reading") is not None:
        yield from _reading_said(r)
    elif headlines_asked(r):
        yield from _headlines_said(r)
    elif r.asked.get("by"):
        for term, rows in _by_term(r):
            yield from _groups_said(r, term, rows)


def _headlines_said(r: Result) -> Iterator[Markup]:
    """Say which of the headline figures is the largest and which the smallest."""
    found = [one for one in headline_rows(r) if known(one[2])]
    if len(found) < 2:
        return
    most, least = (pick(found, key=lambda found: found[2]["estimate"]) for pick in (max, min))
    yield filled_in(
        r.locale.text("The largest share, {high}, {most}; the smallest, {low}, {least}."),
        high=r.percent(most[2]["estimate"], "headlines", f"headline-{most[0]}"),
        most=most[1].label[r.locale.language],
        low=r.percent(least[2]["estimate"], "headlines", f"headline-{least[0]}"),
        least=least[1].label[r.locale.language],
    )


def _groups_said(r: Result, term: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Markup]:
    """Say from what to what the share goes over the groups, where these two differ by more than chance; units are not named."""
    for by, found in groupby(_grouped(r, rows), key=lambda pair: pair[0]):
        there = [
            row
            for _, row in found
            if known(row) and str(row["group"]) in r.study.codebook.variable(by).scale.print_codes
        ]
        if len(there) < 2:
            continue
        least, most = (pick(there, key=lambda row: row["estimate"]) for pick in (min, max))
        if not least["conf_high"] < most["conf_low"]:
            continue
        values = {
            "answered": r.labels.predicate(term, str(least["category"]).split(" + ")),
            "low": _group_share(r, term, by, least),
            "high": _group_share(r, term, by, most),
            "least": r.labels.among(by, str(least["group"])),
            "most": r.labels.among(by, str(most["group"])),
            "groups": within(r.labels.variable(by)),
        }
        yield filled_in(from_least_to_most(r.labels, by), **values)


def _group_share(r: Result, term: str, by: str, row: Mapping[str, Any]) -> Markup:
    """Return a group's share as a link to its row in the distribution by the group."""
    variable = r.study.codebook.variable(term)
    stacked = variable.item.kind == "battery"
    prefix = f"{term}--" if stacked and variable.item_id != term else ""
    return r.percent(row["estimate"], f"{variable.item_id}_by_{by}", f"{prefix}{row['group']}")


# The overview: units by questions.


def heatmap_parts(r: Result) -> Iterator[Part]:
    """Show the share of high answers to every question by unit as a heat map, everyone on top."""
    import pandas as pd

    from ..seaborn_charts import heatmap

    (by,) = group_names(r)
    codes = r.study.codebook.variable(by).scale.print_codes
    rows = [(by, row) for code in codes for row in r.rows if row["group"] == code]
    title = r.locale.text("Share of high answers to each question, by {group}", group=within(r.labels.variable(by)))
    note = r.locale.text("Per cent of everyone who answered the survey. A blank cell is not shown.")
    table = _questions_table(r, rows, f"overview_by_{by}", title, r.labels.variable(by), note)
    if not table.columns:
        yield r.locale.text("There is nothing to draw here: every number is hidden.")
        return
    numbers = [row.values for row in table.rows]  # noqa: PD011  # rows of a table, no frame
    shares = pd.DataFrame(
        [[share if isinstance(share, float) else float("nan") for share in own] for own in numbers],
        index=[r.locale.text("All"), *(r.labels.short(by, row.key) for row in table.rows[1:])],
        columns=[r.labels.row(column.key) for column in table.columns],
    )
    yield heatmap(table.id, title, shares.T, r.locale).captioned(note, source_notes(r.study, r.locale))
    yield table


def _questions_table(
    r: Result, grouped: Iterable[tuple[str, Mapping[str, Any]]], name: str, title: str, stub: str, note: str
) -> TableView:
    """Return one share of each question, a column a question, in all and by each group of which something of it is shown."""
    found = [(by, str(row["term"]), row) for by, row in grouped]
    told = {(by, term) for by, term, row in found if known(row)}
    cells = {(by, str(row["group"]), term): shown(row, "estimate") for by, term, row in found if (by, term) in told}
    terms, several = list(dict.fromkeys(term for *_, term in cells)), len(group_names(r)) > 1
    everyone = tuple(value((everyone_of(r, term) or {}).get("estimate"), hidden=True) for term in terms)
    rows = [Row("total", r.locale.text("All"), everyone, total=True)]
    for by, group in dict.fromkeys(key[:2] for key in cells):
        values, label = tuple(cells.get((by, group, term)) for term in terms), r.labels.level(by, group)
        own = Row(f"{by}--{group}", label, values, r.labels.variable(by)) if several else Row(group, label, values)
        rows.append(own)
    columns = [Column(term, f"{r.labels.variable(term)} (%)", "percent") for term in terms]
    return r.table(name, title, stub, columns, rows, note)


# Who did not know; other readings.


def _missing(r: Result) -> TableView:
    """Return the per cent that gave no opinion, a column a question, in all and by each group."""
    locale = r.locale
    variables = [r.study.codebook.variable(term) for term in dict.fromkeys(str(row["term"]) for row in r.rows)]
    said = locale.listed(
        dict.fromkeys(v.category_label(c, locale.language) for v in variables for c in v.scale.missing_codes)
    )
    note = locale.text("Per cent of everyone who answered the survey. Blanks are not counted here.")
    title = locale.text("Who answered {said}", said=locale.quoted(said))
    return _questions_table(r, _grouped(r, r.rows), "missing", title, locale.text("Group"), note)


def _missing_said(r: Result) -> Iterator[Markup]:
    table = _missing(r)
    found = [(c, s) for c, s in zip(table.columns, table.rows[0].values, strict=True) if isinstance(s, float)]
    if len(found) < 2:
        return
    most, least = (pick(found, key=lambda pair: pair[1]) for pick in (max, min))
    yield filled_in(
        r.locale.text("Most often to {most} ({share}), least often to {least} ({least_share})."),
        most=r.locale.quoted(r.labels.variable(most[0].key)),
        share=r.percent(most[1], "missing", "total"),
        least=r.locale.quoted(r.labels.variable(least[0].key)),
        least_share=r.percent(least[1], "missing", "total"),
    )


def _reading(r: Result) -> TableView:
    """Show the shares of a scale's answers under one of its readings, and its upper part."""
    locale, term, name = r.locale, str(r.rows[0]["term"]), str(r.asked["reading"])
    scale = r.study.codebook.variable(term).scale
    labels = {category.code: category.label(locale.language) for category in scale.read_as(name).categories}
    rows = [(code, labels[code], row, None) for row in r.rows if (code := str(row["category"]))]
    title = locale.text(
        "{label}, read otherwise: {reading}",
        label=r.labels.variable(term),
        reading=scale.readings[name].label[locale.language],
    )
    note = locale.text(
        "Per cent of everyone who answered the survey, those without an opinion or an answer included. The intervals hold if those "
        "who did not answer are like those who did."
    )
    return _shares_table(r, reading_id(r), title, rows, note)


def reading_id(r: Result) -> str:
    """Return the id of the table of a reading."""
    return f"{r.rows[0]['term']}_read_{r.asked['reading']}"


def _reading_said(r: Result) -> Iterator[Markup]:
    term = str(r.rows[0]["term"])
    scale = r.study.codebook.variable(term).scale
    top = scale.read_as(str(r.asked["reading"])).codes[-1]
    row = next(row for row in r.rows if row["category"] == top)
    if known(row):
        yield filled_in(
            r.locale.text("{reading}: {share} give the highest answer to {question}."),
            reading=scale.readings[str(r.asked["reading"])].label[r.locale.language],
            share=r.percent(row["estimate"], reading_id(r), top),
            question=r.locale.quoted(r.labels.variable(term)),
        )


# Groups compared.


def compared_parts(r: Result) -> Iterator[Part]:
    """Show each group against the others: effect sizes with intervals and adjusted p-values, a table a grouping, and what they say.

    Of answers without an order there is the test of all groups together alone.
    """
    compared = {by for by, row in _contrasts(r) if known(row)}
    if compared:
        yield Folded((Words(reading_html(list(compared_sentences(r)))),))
        yield from (_compared(r, by) for by in group_names(r) if by in compared)
    elif r.item not in r.study.groups:
        yield from _associations(r)


def _associations(r: Result) -> Iterator[Part]:
    """Show the test of all groups together, a row a question and grouping, of answers without an order."""
    rows = [
        Row(
            f"{by}--{row['term']}", r.labels.variable(str(row["term"])), (value(row["p_value"]),), r.labels.variable(by)
        )
        for by, row in _grouped(r, r.rows)
        if "p_value" in row and known(row, "p_value")  # without tests there is no such column
    ]
    if rows:
        title = r.locale.text("{title}: groups compared", title=r.labels.variable(r.item))
        note = r.locale.text("Test of association of all groups together, each for itself.")
        columns = (Column("p_value", "p", "p", 3),)
        yield r.table(f"association_{r.item}", title, r.locale.text("Question"), columns, rows, note)


def _contrasts(r: Result) -> list[tuple[str, dict[str, Any]]]:
    """Return the rows of contrasts (those that name a group), each with the variable it is grouped by."""
    return [
        (by, dict(row))
        for by, row in _grouped(r, [row for row in r.rows if "contrast" in row and isinstance(row.get("group"), str)])
    ]


def compared_id(r: Result, by: str) -> str:
    """Return the id of the table of comparisons by a group."""
    return f"comparison_{r.item}_by_{by}"


def _compared(r: Result, by: str) -> TableView:
    locale = r.locale
    own = [row for found, row in _contrasts(r) if found == by]
    chance = any(row["category"] == "superiority" for row in own)
    factor, digits = (1, 2) if chance else (100, 1)
    rows = _group_rows(
        r, by, own, lambda row: (*(value(row[name], factor) for name in INTERVAL), value(row["p_value"]))
    )
    head = locale.text("Probability of a higher answer") if chance else locale.text("Difference, percentage points")
    columns = (
        Column("n", locale.text("With an opinion (n)"), "count"),
        Column("superiority" if chance else "difference", head, "number", digits),
        *bounds(locale, "number", digits),
        Column("p_adjusted", locale.text("p, adjusted"), "p", 3),
    )
    title = locale.text("{title}: groups compared", title=titled(r.labels.variable(r.item), (by,), r.study, locale))
    about = locale.text(
        "Of those with an opinion. The probability that someone in the group answers higher than someone in the others; 0.5 means no "
        "difference."
    )
    return r.table(
        compared_id(r, by), title, r.labels.variable(by), columns, rows, about if chance else None, *_tests(r, by)
    )


def _group_rows(
    r: Result, by: str, own: Sequence[Mapping[str, Any]], values: Callable[[Mapping[str, Any]], tuple[Value, ...]]
) -> list[Row]:
    """Return a row a group with how many have an opinion before its values, by question where there are several."""
    several = len({str(row["term"]) for row in own}) > 1
    return [
        Row(
            compared_key(row, several),
            r.labels.level(by, str(row["group"])),
            (counted(row, "n"), *values(row)),
            r.labels.variable(str(row["term"])) if several else None,
        )
        for row in own
    ]


def compared_key(row: Mapping[str, Any], several: bool) -> str:
    """Return the key of a group's row."""
    return f"{row['term']}--{row['group']}" if several else str(row["group"])


def _tests(r: Result, by: str) -> Iterator[str]:
    """Say the tests of all groups together, a sentence a question."""
    rows = [row for found, row in _grouped(r, r.rows) if found == by and row.get("group") != row.get("group")]
    names = {"rank": r.locale.text("rank test"), "rao_scott": r.locale.text("test of association")}
    for row in rows:
        p = r.locale.p_value(float(row["p_value"])) if row["p_value"] == row["p_value"] else None
        if p is not None:
            written = p if p.startswith("<") else f"= {p}"
            yield r.locale.text(
                "{question}, all groups together, {test}: p {p}.",
                question=r.labels.variable(str(row["term"])),
                test=names.get(str(row["category"]), str(row["category"])),
                p=written,
            )


def compared_sentences(r: Result) -> Iterator[Markup | str]:
    """Say which groups answer higher or lower than the others, once the tests are adjusted for their number."""
    several = len({str(row["term"]) for _, row in _contrasts(r)}) > 1
    found = [pair for pair in _contrasts(r) if pair[1]["category"] == "superiority"]
    kept = [(by, row) for by, row in found if row["p_value"] < ALPHA and by != r.study.unit]
    texts = {
        True: r.locale.text("{question}Answers are higher {group} than in the rest (probability {chance})."),
        False: r.locale.text("{question}Answers are lower {group} than in the rest (probability {chance})."),
    }
    for by, row in kept:
        yield filled_in(
            texts[row["estimate"] > 0.5],
            question=f"{r.labels.variable(str(row['term']))}: " if several else "",
            group=r.labels.among(by, str(row["group"])),
            chance=r.number(row["estimate"], 2, compared_id(r, by), compared_key(row, several)),
        )
    units = [row for by, row in found if by == r.study.unit and known(row)]
    if units:
        yield _units_said(r, units, several)


def _units_said(r: Result, rows: Sequence[Mapping[str, Any]], several: bool) -> Markup | str:
    """Say how many units differ from the rest; where none does, which probabilities of a higher answer are excluded."""
    unit, n = (
        within(r.labels.variable(str(r.study.unit))),
        len({row["group"] for row in rows if row["p_value"] < ALPHA}),
    )
    if not n:
        ends = {"low": min(rows, key=lambda row: row["conf_low"]), "high": max(rows, key=lambda row: row["conf_high"])}
        table = compared_id(r, str(r.study.unit))
        return filled_in(
            r.locale.text(
                "No {unit} is shown to differ from the rest; probabilities of a higher answer below {low} or above {high} are excluded."
            ),
            unit=unit,
            **{end: r.number(row[f"conf_{end}"], 2, table, compared_key(row, several)) for end, row in ends.items()},
        )
    return r.locale.plural(
        "By {unit}, {n} of the groups is shown to differ from the rest.",
        "By {unit}, {n} of the groups are shown to differ from the rest.",
        n,
        unit=unit,
    )


def mean_parts(r: Result) -> Iterator[Part]:
    """Show mean scores by group, a table a grouping."""
    for by in group_names(r):
        own = [row for found, row in _grouped(r, r.rows) if found == by]
        if any(map(known, own)):
            yield _means(r, by, own)


def _means(r: Result, by: str, own: Sequence[Mapping[str, Any]]) -> TableView:
    locale = r.locale
    net = r.asked.get("scores") == "net"
    factor, digits = (100, 0) if net else (1, 2)
    head = locale.text("Net score") if net else locale.text("Mean")
    columns = (
        Column("n", locale.text("With an opinion (n)"), "count"),
        Column("mean", head, "number", digits),
        *bounds(locale, "number", digits),
    )
    rows = _group_rows(r, by, own, lambda row: tuple(shown(row, name, factor) for name in INTERVAL))
    variable = r.study.codebook.variable(str(own[0]["term"]))
    title = locale.text(
        "{title}: {score}", title=titled(r.labels.variable(r.item), (by,), r.study, locale), score=head.lower()
    )
    note = _score_note(variable, locale)
    if net:
        note = locale.text("Of those with an opinion: the per cent of high answers less that of low ones.")
    return r.table(f"{'net' if net else 'mean'}_{r.item}_by_{by}", title, r.labels.variable(by), columns, rows, note)


def _score_note(variable: Variable, locale: Locale) -> str:
    """Say what the answers count for in a mean."""
    scores = variable.scores or {}
    if list(scores.values()) == list(range(1, len(scores) + 1)):
        return locale.text("Of those with an opinion; the lowest answer counts 1, the next 2, and so on.")
    ends = {name: locale.number(end(scores.values()), 1) for name, end in (("low", min), ("high", max))}
    if variable.item.kind == "number":
        return locale.text("Of those who gave a number; each band counts as its middle, from {low} to {high}.", **ends)
    return locale.text("Of those with an opinion; the answers count from {low} to {high}.", **ends)


def reliability_parts(r: Result) -> Iterator[Part]:
    """Show a battery's internal consistency: whole-sample figures at two decimals."""
    locale = r.locale
    names = {"alpha": locale.text("Cronbach's alpha"), "omega": locale.text("McDonald's omega")}
    rows = [
        Row(str(row["term"]), names[str(row["term"])], tuple(value(row[name]) for name in INTERVAL)) for row in r.rows
    ]
    columns = (Column("estimate", locale.text("Estimate"), "number", 2), *bounds(locale, "number", 2))
    title = locale.text("{label}: do the questions measure one thing?", label=r.labels.variable(r.item))
    note = locale.text(
        "Of those who answered every question of the battery; a figure of the whole sample, from the answers themselves."
    )
    yield r.table(f"reliability_{r.item}", title, locale.text("Measure"), columns, rows, note)


def reliability_sentences(r: Result) -> Iterator[Markup]:
    """Say how consistent the answers to a battery are."""
    row = next((row for row in r.rows if row["term"] == "alpha" and known(row)), None)
    if row is not None:
        yield filled_in(
            r.locale.text(
                "Cronbach's alpha of {label} is {alpha}: the questions go together well enough for one number."
            )
            if row["estimate"] >= CONSISTENT
            else r.locale.text(
                "Cronbach's alpha of {label} is {alpha}: the questions hardly measure one thing; read them one by one."
            ),
            label=r.locale.quoted(r.labels.variable(r.item)),
            alpha=r.number(row["estimate"], 2, f"reliability_{r.item}", "alpha"),
        )
