"""What the parts of a tidy frame are called, and what stands under a table or figure.

Terms, groups, contrasts and answers by the codebook; measure, base, population, dates, source, and that answers are synthetic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..i18n import Locale, msg
from ..protect import SafeTable
from ..release import Release
from ..release.store import Labels as PlainLabels
from ..study import DerivedItem, Headline, Item, Study
from ..study.codebook import Category

MERGED = "merged"
"""The code of levels that a model has together, because they may not be modelled on their own."""
_LEVEL = re.compile(r"^(?P<name>[^\[]+)\[(?:T\.)?(?P<level>[^\]]+)\]$")
IF_ALIKE = msg(
    "Per cent of everyone who answered the survey (n). The intervals hold if those who did not answer are like those who did."
)
"""What the intervals of headline figures rest on."""
_DASH = " \N{EN DASH} "
_TIMES = " \N{MULTIPLICATION SIGN} "


class Labels(PlainLabels):
    """Looks up what a study calls things, in one language.

    Parameters
    ----------
    study
        Whose codebook has the labels.
    locale
        The language.
    """

    def row(self, name: str) -> str:
        """Return the abbreviation of a row of a battery or of a box, else the variable's short name."""
        variable = self.study.codebook.variables.get(name)
        part = variable.part if variable else None
        return (part.short if part else None) or self.variable(name)

    def value(self, name: str) -> str:
        """Return what a number of the frame is called: as the plan words it, else its own name."""
        models = self.study.plan.models
        worded = models.unit_predictor_label if name == models.unit_predictor else None
        return worded[self.language] if worded else self.variable(name)

    def level(self, name: str, code: str) -> str:
        """Return a category's label; that of merged levels is the plan's."""
        if code != MERGED:
            return super().level(name, code)
        other = self.study.plan.models.other_label
        return other[self.language] if other else self.locale.text("Other, merged")

    def short(self, name: str, code: str) -> str:
        """Return a category's abbreviation, else its label."""
        category = self._category(name, code)
        return (category.short if category else None) or self.level(name, code)

    def among(self, name: str, code: str) -> str:
        """Return a group as it stands in running text: `among managers`, as the codebook words it, or with its label quoted."""
        category = self._category(name, code)
        if category and category.in_sentence:
            return category.in_sentence[self.language]
        if name == self.study.unit:
            return self.locale.text("in {unit}", unit=self.level(name, code))
        return self.locale.text("in the group {group}", group=self.locale.quoted(self.level(name, code)))

    def _category(self, name: str, code: str) -> Category | None:
        variable = self.study.codebook.variables.get(name)
        known = variable is not None and code in (*variable.scale.codes, *variable.scale.missing_codes)
        return variable.scale.category(code) if variable and known else None

    def term(self, term: str) -> tuple[str, str]:
        """Return a term's variable and level: `role[T.leader]` is 'Role', 'Leader'; a variable alone has no level.

        Those of an interaction, `role[T.leader]:section[T.policy]`, stand with a cross between them.
        """
        found = []
        for part in term.split(":"):
            name, level = match.groups() if (match := _LEVEL.match(part)) else (part, "")
            found.append((self.variable(name), level and self.level(name, level)))
        names, levels = zip(*found, strict=True)
        return _TIMES.join(names), _TIMES.join(filter(None, levels))

    def whole_term(self, term: str, outcome: str) -> str:
        """Return a term in one text; a threshold by the answers it lies between."""
        if "|" in term:
            return self.threshold(outcome, term)
        return _DASH.join(filter(None, self.term(term)))

    def threshold(self, outcome: str, term: str) -> str:
        """Return a threshold by the answers it lies between: `low|high`."""
        return " | ".join(self.level(outcome, part) for part in term.split("|"))

    def contrast(self, name: str, contrast: str) -> str:
        """Return a contrast's label: `leader - caseworker` is 'Leader, compared with Caseworker'."""
        one, dash, other = contrast.partition(" - ")
        if not dash:
            return contrast
        level, reference = self.level(name, one), self.level(name, other)
        return self.locale.text("{level}, compared with {reference}", level=level, reference=reference)

    def joined(self, *parts: str) -> str:
        """Return labels joined by a dash."""
        return _DASH.join(filter(None, parts))

    def quoted(self, variable: str, codes: Sequence[str]) -> str:
        """Return answers in quotation marks, joined by 'or'; more than three that follow each other by their ends."""
        quoted = [self.locale.quoted(self.level(variable, code)) for code in codes]
        if len(quoted) == 1:
            return quoted[0]
        order = self.study.codebook.variable(variable).scale.codes
        runs = (order[n : n + len(codes)] for n in range(len(order)))
        if len(codes) > 3 and tuple(codes) in map(tuple, runs):
            return self.locale.text("from {first} to {last}", first=quoted[0], last=quoted[-1])
        return self.locale.text("{first} or {last}", first=", ".join(quoted[:-1]), last=quoted[-1])

    def headline(self, variable: str, codes: Sequence[str]) -> Headline | None:
        """Return the headline that is about these answers to a variable."""
        every = (h for h in self.study.plan.headlines if h.item == variable and set(h.categories) == set(codes))
        return next(every, None)

    def predicate(self, variable: str, codes: Sequence[str]) -> str:
        """Return what is said of those who gave some answers: as a headline puts it, else that they answer so."""
        headline = self.headline(variable, codes)
        if headline is not None:
            return headline.label[self.language]
        item = self.study.codebook.variable(variable).item
        asked, text = self.locale.quoted(self.variable(variable)), self.locale.text
        if item.ticks:
            return f"{item.in_sentence[self.language]} {asked}" if item.in_sentence else text("chose {box}", box=asked)
        said = self.quoted(variable, codes)
        if item.several:
            return text("answer {said} to {question}", said=said, question=asked)
        return text("answer {said}", said=said)


def within(label: str) -> str:
    """Return a label as it stands inside a sentence: its first letter small, unless it is an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def titled(label: str, by: Sequence[str], study: Study, locale: Locale) -> str:
    """Return a title: what is measured, and by which groups."""
    if not by:
        return label
    groups = locale.listed(within(study.codebook.variable(name).label(locale.language)) for name in by)
    return locale.text("{label}, by {groups}", label=label, groups=groups)


def question_note(item: Item, study: Study, locale: Locale) -> tuple[str, ...]:
    """Return the question as asked, with its number, and whom it was put to where that was not everybody."""
    routing, question = routing_note(item, study, locale), locale.quoted(item.question[locale.language])
    if isinstance(item, DerivedItem):
        of = (item.made.source,) if item.made.source else item.made.of
        names = locale.listed(map(Labels(study, locale).variable, of))
        made = locale.text("Made of the answers to: {questions}.", questions=names)
        return joined(made, item.note[locale.language] if item.note else None, routing)
    if item.number is None:
        return locale.text("Question: {question}", question=question), *routing
    return locale.text("Question {number}: {question}", number=item.number, question=question), *routing


def routing_note(item: Item, study: Study, locale: Locale) -> tuple[str, ...]:
    """Return whom a question was put to; nothing where it was everybody."""
    labels = Labels(study, locale)
    conditions = [
        locale.listed(f"{labels.variable(name)}: {labels.quoted(name, codes)}" for name, codes in condition.items())
        for condition in item.asked_if
    ]
    listed = locale.listed(conditions, either=True)
    return (locale.text("Asked of those who answered: {conditions}.", conditions=listed),) if conditions else ()


def base_note(item: Item, locale: Locale) -> str:
    """Return whom a question's shares are of."""
    if item.asked_if:
        return locale.text("Per cent of everyone who was asked (n).")
    return locale.text("Per cent of everyone who answered the survey (n).")


def source_notes(study: Study, locale: Locale, *, population: bool = True) -> tuple[str, ...]:
    """Return population, dates and source of a study's answers, and that they are synthetic where they are."""
    notes = []
    plan, text, language = study.plan, locale.text, locale.language
    if population and plan.population:
        notes.append(text("Population: {population}.", population=plan.population[language].rstrip(".")))
    if plan.fieldwork:
        notes.append(text("Fieldwork: {dates}.", dates=locale.dates(plan.fieldwork.start, plan.fieldwork.end)))
    if plan.source:
        notes.append(text("Source: {source}.", source=plan.source[language].rstrip(".")))
    if study.design is not None:
        notes.append(text("Per cent are weighted by the survey's design; numbers are people."))
    if study.synthetic:
        notes.append(text("Synthetic data."))
    return (" ".join(notes),) if notes else ()


def hidden_note(locale: Locale) -> str:
    """Return the one note to the one mark."""
    return locale.text("“:” stands for what is not shown, out of consideration for those who answered.")


def withheld_note(table: SafeTable, title: str, locale: Locale) -> str | None:
    """Return the sentence that stands in the place of a table of which nothing is shown; None for any other."""
    if not table.withheld:
        return None
    return locale.text(
        "{title}: the answers are too few to be shown without saying something about a few people.", title=title
    )


def protection_note(release: Release, locale: Locale) -> str:
    """Return how many counts are hidden, and how closely they can be worked out at most: what the build's attacker has checked."""
    hidden = sum(table.hidden for table in release.tables.values())
    if not hidden:
        return locale.text("No count is hidden.")
    return locale.plural(
        "{n} of {all} counts in the tables is hidden; it cannot be worked out within less than {width}.",
        "{n} of {all} counts in the tables are hidden; none can be worked out within less than {width}.",
        hidden,
        all=locale.number(sum(len(table.cells) for table in release.tables.values())),
        width=locale.number(release.rule.width),
    )


def joined(*parts: Iterable[str] | str | None) -> tuple[str, ...]:
    """Return notes in order, without those that are empty."""
    flat: list[str] = []
    for part in parts:
        flat += [part] if isinstance(part, str) else list(part or ())
    return tuple(note for note in flat if note)
