"""Groups compared: means, net scores, every group against the others, with effect sizes and adjusted tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..captions import joined, source_notes, titled, within
from ..distributions import Answers, low_codes
from ..measures import population_of
from ..views import HIDDEN, Column, Row, TableView, Value
from .parts import linked
from .representation import p_said

if TYPE_CHECKING:
    import pandas as pd
    from markupsafe import Markup

    from ...i18n import Locale
    from ...release import Release

ALPHA = 0.05
COMPARED = ("estimate", "conf_low", "conf_high", "p_value")


def counts_of(answers: Answers, question: str) -> pd.DataFrame:
    """Return the released counts of the answers that have a place on the scale, a row a group; without groups that are hidden."""
    import pandas as pd

    (dim,), codes = answers.table.groups, answers.study.codebook.variable(question).scale.codes
    variable = answers.study.codebook.variable(dim)
    rows = {
        code: [answers.count(question, (code,), answer) for answer in codes]
        for code in answers.groups(dim)
        if code in variable.scale.codes
    }
    shown = {code: row for code, row in rows.items() if not any(n is None for n in row)}
    return pd.DataFrame.from_dict(shown, orient="index", columns=list(codes))


def compared(counts: pd.DataFrame, question: str, dim: str) -> pd.DataFrame | None:
    """Return every group against the others, and tests of all together; None where there is nothing to compare."""
    import pandas as pd

    from ...errors import EstimationError
    from ...estimate import compare_groups

    long = counts.rename_axis(dim).reset_index().melt(id_vars=dim, var_name=question, value_name="count")
    long[dim] = pd.Categorical(long[dim], categories=list(counts.index))
    long[question] = pd.Categorical(long[question], categories=list(counts.columns), ordered=True)
    try:
        found: pd.DataFrame = compare_groups(long.astype({"count": float}), question, dim)
    except EstimationError:
        return None
    return found


def comparison_view(
    release: Release, item: str, dim: str, locale: Locale
) -> tuple[TableView, dict[str, Markup | str]] | None:
    """Return scores and comparisons by group, the codebook's order kept, and which differ by question; None without any."""
    answers = Answers(release.table(item, dim), release.study, locale)
    scale = release.study.codebook.variable(answers.questions[0]).scale
    if not scale.ordered or answers.ticks:
        return None
    name, rows, tests = f"comparison_{answers.table.id}", [], []
    said: dict[str, Markup | str] = {}
    for question in answers.questions:
        counts = counts_of(answers, question)
        found = compared(counts, question, dim) if len(counts) > 1 else None
        section = answers.question_label(question) if answers.table.stack else None
        prefix = f"{question}--" if answers.table.stack else ""
        rows += _rows(answers, question, dim, counts, found, section, prefix)
        if found is not None:
            tests.append(_test(found, section, locale))
            said[question] = _differing(found, answers, dim, name, prefix)
    if not rows:
        return None
    notes = joined(_method(answers, dim), tests, source_notes(release.study, locale))
    label = release.study.codebook.variable(dim).label(locale.language)
    title = locale.text("{title}: scores and comparisons", title=titled(answers.label, (dim,), release.study, locale))
    return TableView(name, title, label, _columns(len(scale.codes), locale), tuple(rows), notes), said


def _columns(steps: int, locale: Locale) -> tuple[Column, ...]:
    return (
        Column("n", locale.text("With an opinion (n)"), "count"),
        Column("mean", locale.text("Mean (1–{steps})", steps=steps), "number", 2),
        Column("mean_low", locale.text("95% interval, from"), "number", 2),
        Column("mean_high", locale.text("95% interval, to"), "number", 2),
        Column("net", locale.text("Net score"), "number", 0),
        Column("superiority", locale.text("Probability of a higher answer"), "number", 2),
        Column("conf_low", locale.text("95% interval, from"), "number", 2),
        Column("conf_high", locale.text("95% interval, to"), "number", 2),
        Column("p_adjusted", locale.text("p, adjusted"), "p", 3),
    )


def _rows(
    answers: Answers,
    question: str,
    dim: str,
    counts: pd.DataFrame,
    found: pd.DataFrame | None,
    section: str | None,
    prefix: str,
) -> list[Row]:
    from ...estimate import means_from_counts

    people = [population_of(answers.study, (dim,), (str(code),)) for code in counts.index]
    sizes = [float("nan") if size is None else size for size in people]
    bases = [answers.base(question, (str(code),)) or 0 for code in counts.index]
    means = means_from_counts(counts, [i + 1 for i in range(counts.shape[1])], sizes, respondents=bases)
    contrasts = {} if found is None else found[found["category"] == "superiority"].set_index("group").to_dict("index")
    rows = []
    for code in answers.groups(dim):
        if code not in counts.index:
            continue
        mean = means.iloc[list(counts.index).index(code)]
        contrast = contrasts.get(code, {})
        values: tuple[Value, ...] = (
            int(mean["n"]),
            *(_number(mean[key]) for key in ("estimate", "conf_low", "conf_high")),
            _net(answers, question, code),
            *(_number(contrast.get(key)) for key in COMPARED),
        )
        rows.append(Row(prefix + code, answers.group_label(dim, code), values, section))
    return rows


def _number(value: Any) -> float | None:
    return None if value is None or value != value else float(value)


def _net(answers: Answers, question: str, code: str) -> Value:
    high, low = (answers.together(question, (code,), part(answers)) for part in (_upper, low_codes))
    return HIDDEN if high is None or low is None else 100 * (high - low)


def _upper(answers: Answers) -> tuple[str, ...]:
    codes = answers.study.codebook.variable(answers.questions[0]).scale.codes
    return codes[-(len(codes) // 2) :]


def _method(answers: Answers, dim: str) -> str:
    locale, group = answers.locale, answers.study.codebook.variable(dim)
    each = locale.text("each question by itself") if answers.table.stack else answers.label
    return locale.text(
        "Groups in the order of the questionnaire. Mean: of those with an opinion, from 1 for the lowest answer. Net score: per cent "
        "high less per cent low answers, of everyone who answered the survey. Probability: the chance that someone of the group "
        "answers higher than someone of the others, ties counting half; 0.5 is no difference. p: adjusted by Benjamini and Hochberg "
        "for all comparisons of {item} by {group}. Intervals of means hold if those who did not answer are like those who did; "
        "the comparisons have no finite population correction.",
        item=within(each),
        group=within(group.label(locale.language)),
    )


def _test(found: pd.DataFrame, section: str | None, locale: Locale) -> str:
    row = found[found["category"] == "rank"].iloc[0]
    text = locale.text("Rank test of all groups together: p {p}.", p=p_said(locale, float(row["p_value"])))
    return f"{section}: {text}" if section else text


def _differing(found: pd.DataFrame, answers: Answers, dim: str, name: str, prefix: str) -> Markup | str:
    """Say which groups answer higher or lower than the others, once the tests are adjusted for their number."""
    from markupsafe import Markup, escape

    locale = answers.locale
    rows = found[found["category"] == "superiority"].to_dict("records")
    kept = [row for row in rows if row["p_value"] < ALPHA]
    if not kept:
        return locale.text("No group differs from the others once the tests are adjusted for their number.")
    named = {
        side: [
            escape("{} ({})").format(answers.group_label(dim, str(row["group"])), _chance(answers, row, name, prefix))
            for row in kept
            if (row["estimate"] > 0.5) == side
        ]
        for side in (True, False)
    }
    texts = {
        True: locale.text("Answer higher than the others: {groups}."),
        False: locale.text("Answer lower than the others: {groups}."),
    }
    return Markup(" ").join(
        escape(texts[side]).format(groups=Markup(", ").join(groups)) for side, groups in named.items() if groups
    )


def _chance(answers: Answers, row: dict[Any, Any], name: str, prefix: str) -> Markup:
    """Return the chance of a higher answer as a link to its row."""
    from markupsafe import escape

    number = linked(answers.locale.number(float(row["estimate"]), 2), name, prefix + str(row["group"]))
    return escape(answers.locale.text("chance {number}")).format(number=number)
