"""Groups compared, for a reader: each against the others, mean scores, and whether the parts of a battery measure one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from markupsafe import Markup

from ...i18n import msg
from ..captions import titled
from ..result import ALPHA, INTERVAL, Folded, Line, Part, Reading, Result
from ..room import few
from ..views import Column, Row, TableView, Value

CONSISTENT = 0.7
"""The alpha from which the answers to a battery are commonly put into one number (Nunnally 1978)."""


def compared_parts(r: Result) -> Iterator[Part]:
    """Show each group against the others: effect sizes with intervals and adjusted p-values, a table a grouping, and what they say.

    Of answers without an order there is the test of all groups together alone.
    """
    compared = {row.by for row in _contrasts(r) if row.known()}
    if compared:
        yield Folded((Reading(few(list(compared_sentences(r)), r.locale)),))
        yield from (_compared(r, by) for by in r.by if by in compared)
    elif r.item not in r.study.groups:
        yield from _associations(r)


def _associations(r: Result) -> Iterator[Part]:
    """Show the test of all groups together, a row a question and grouping, of answers without an order."""
    rows = [
        Row(f"{row.by}--{row.term}", r.variable(row.term), row.values_of("p_value"), r.variable(row.by))
        for row in r.rows
        if "p_value" in row and row.known("p_value")  # without tests there is no such column
    ]
    if rows:
        title = r.text("{title}: groups compared", title=r.variable(r.item))
        note = r.text("Test of association of all groups together, each for itself.")
        columns = (Column("p_value", "p", "p", 3),)
        yield r.table(f"association_{r.item}", title, r.text("Question"), columns, rows, note)


def _contrasts(r: Result) -> list[Line]:
    """Return the rows of contrasts: those that name a group."""
    return [row for row in r.rows if "contrast" in row and isinstance(row.get("group"), str)]


def _id(r: Result, by: str) -> str:
    """Return the id of the table of comparisons by a group."""
    return f"comparison_{r.item}_by_{by}"


def _key(r: Result, row: Line) -> str:
    """Return the key of a group's row, by question where there are several."""
    return f"{row.term}--{row.group}" if _are_several(r) else row.group


def _are_several(r: Result) -> bool:
    """Return whether groups are compared in several questions."""
    return len({row.term for row in r.rows if isinstance(row.get("group"), str)}) > 1


def _by_group(r: Result, own: Iterable[Line], values: Callable[[Line], tuple[Value, ...]]) -> list[Row]:
    """Return a row a group with how many have an opinion before its values, by question where there are several."""
    several = _are_several(r)
    return [
        Row(_key(r, row), r.level(row), (row.counted(), *values(row)), r.variable(row.term) if several else None)
        for row in own
    ]


def _compared(r: Result, by: str) -> TableView:
    own = [row for row in _contrasts(r) if row.by == by]
    chance = any(row.category == "superiority" for row in own)
    factor, digits = (1, 2) if chance else (100, 1)
    head = r.text("Probability of a higher answer") if chance else r.text("Difference, percentage points")
    columns = (*r.estimate("superiority" if chance else "difference", head, "number", digits), *r.columns("p_adjusted"))
    title = r.text("{title}: groups compared", title=titled(r.variable(r.item), (by,), r.study, r.locale))
    about = r.text(
        "Of those with an opinion. The probability that someone in the group answers higher than someone in the others; 0.5 means no "
        "difference."
    )
    rows = _by_group(r, own, lambda row: (*row.values_of(*INTERVAL, factor=factor), *row.values_of("p_value")))
    notes = (about if chance else None, *_tests(r, by))
    return r.table(_id(r, by), title, r.variable(by), (*r.columns("opinions"), *columns), rows, *notes)


def _tests(r: Result, by: str) -> Iterator[str]:
    """Say the tests of all groups together, a sentence a question."""
    names = {"rank": r.text("rank test"), "rao_scott": r.text("test of association")}
    for row in r.rows:
        if row.by == by and row.get("group") != row.get("group") and row.known("p_value"):
            test, p = names.get(row.category, row.category), r.compared_p(row.p_value)
            question = r.variable(row.term)
            yield r.text("{question}, all groups together, {test}: p {p}.", question=question, test=test, p=p)


def compared_sentences(r: Result) -> Iterator[Markup | str]:
    """Say which groups answer higher or lower than the others, once the tests are adjusted for their number."""
    several = _are_several(r)
    found = [row for row in _contrasts(r) if row.category == "superiority"]
    for row in found:
        if row.p_value < ALPHA and row.by != r.study.unit:
            yield r.either(
                "{question}Answers are higher {group} than in the rest (probability {chance}).",
                "{question}Answers are lower {group} than in the rest (probability {chance}).",
                row.estimate > 0.5,
                question=f"{r.variable(row.term)}: " if several else "",
                group=r.labels.among(row.by, row.group),
                chance=r.number(row.estimate, 2, _id(r, row.by), _key(r, row)),
            )
    if units := [row for row in found if row.by == r.study.unit and row.known()]:
        yield _units_said(r, units)


def _units_said(r: Result, rows: Sequence[Line]) -> Markup | str:
    """Say how many units differ from the rest; where none does, which probabilities of a higher answer are excluded."""
    unit, n = r.within(str(r.study.unit)), len({row.group for row in rows if row.p_value < ALPHA})
    if n:
        return r.locale.plural(
            "By {unit}, {n} of the groups is shown to differ from the rest.",
            "By {unit}, {n} of the groups are shown to differ from the rest.",
            n,
            unit=unit,
        )
    ends = {"low": min(rows, key=lambda row: row.conf_low), "high": max(rows, key=lambda row: row.conf_high)}
    excluded = {end: r.number(row[f"conf_{end}"], 2, _id(r, row.by), _key(r, row)) for end, row in ends.items()}
    return r.text(
        "No {unit} is shown to differ from the rest; probabilities of a higher answer below {low} or above {high} are excluded.",
        unit=unit,
        **excluded,
    )


def mean_parts(r: Result) -> Iterator[Part]:
    """Show mean scores by group, a table a grouping."""
    for by in r.by:
        own = [row for row in r.rows if row.by == by]
        if any(row.known() for row in own):
            yield _means(r, by, own)


def _means(r: Result, by: str, own: Sequence[Line]) -> TableView:
    net = r.asked.get("scores") == "net"
    factor, digits = (100, 0) if net else (1, 2)
    head = r.text("Net score") if net else r.text("Mean")
    columns, note = r.estimate("mean", head, "number", digits), _score_note(r, own[0].term, net=net)
    title = titled(r.variable(r.item), (by,), r.study, r.locale)
    title = r.text("{title}: {score}", title=title, score=head.lower())
    name = f"{'net' if net else 'mean'}_{r.item}_by_{by}"
    rows = _by_group(r, own, lambda row: row.shown(*INTERVAL, factor=factor))
    return r.table(name, title, r.variable(by), (*r.columns("opinions"), *columns), rows, note)


def _score_note(r: Result, name: str, *, net: bool) -> str:
    """Say what the answers count for in a mean."""
    if net:
        return r.text("Of those with an opinion: the per cent of high answers less that of low ones.")
    variable = r.study.codebook.variable(name)
    scores = list((variable.scores or {}).values())
    if scores == list(range(1, len(scores) + 1)):
        return r.text("Of those with an opinion; the lowest answer counts 1, the next 2, and so on.")
    low, high = (r.locale.number(end(scores), 1) for end in (min, max))
    if variable.item.kind == "number":
        text = msg("Of those who gave a number; each band counts as its middle, from {low} to {high}.")
    else:
        text = msg("Of those with an opinion; the answers count from {low} to {high}.")
    return r.text(text, low=low, high=high)


def reliability_parts(r: Result) -> Iterator[Part]:
    """Show a battery's internal consistency: whole-sample figures at two decimals."""
    names = {"alpha": r.text("Cronbach's alpha"), "omega": r.text("McDonald's omega")}
    rows = [Row(row.term, names[row.term], row.values_of(*INTERVAL)) for row in r.rows]
    columns = r.estimate("estimate", r.text("Estimate"), "number", 2)
    title = r.text("{label}: do the questions measure one thing?", label=r.variable(r.item))
    note = r.text(
        "Of those who answered every question of the battery; a figure of the whole sample, from the answers themselves."
    )
    yield r.table(f"reliability_{r.item}", title, r.text("Measure"), columns, rows, note)


def reliability_sentences(r: Result) -> Iterator[Markup | str]:
    """Say how consistent the answers to a battery are."""
    for row in (row for row in r.rows if row.term == "alpha" and row.known()):
        yield r.either(
            "Cronbach's alpha of {label} is {alpha}: the questions go together well enough for one number.",
            "Cronbach's alpha of {label} is {alpha}: the questions hardly measure one thing; read them one by one.",
            row.estimate >= CONSISTENT,
            label=r.quoted(r.item),
            alpha=r.number(row.estimate, 2, f"reliability_{r.item}", "alpha"),
        )
