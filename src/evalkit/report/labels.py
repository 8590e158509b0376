"""What the parts of a tidy frame are called: terms, groups, contrasts and answers, by the codebook."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..i18n import Locale
from ..study import Headline, Study

MERGED = "merged"
"""The code of levels that a model has together, because they may not be modelled on their own."""
_LEVEL = re.compile(r"^(?P<name>[^\[]+)\[(?:T\.)?(?P<level>[^\]]+)\]$")
_DASH = " \N{EN DASH} "
_TIMES = " \N{MULTIPLICATION SIGN} "


class Labels:
    """Looks up what a study calls things, in one language.

    Parameters
    ----------
    study
        Whose codebook has the labels.
    locale
        The language.
    """

    def __init__(self, study: Study, locale: Locale) -> None:
        self.study, self.locale, self.language = study, locale, locale.language

    def variable(self, name: str) -> str:
        """Return the short name of an item or a variable; the name itself where the codebook does not know it."""
        codebook = self.study.codebook
        if name in codebook.variables:
            return codebook.variable(name).label(self.language)
        if name in codebook.items:
            return (codebook.items[name].label or codebook.items[name].question)[self.language]
        return name

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
        """Return a category's label; the code itself where the codebook does not know it."""
        if code == MERGED:
            other = self.study.plan.models.other_label
            return other[self.language] if other else self.locale.text("Other, merged")
        variable = self.study.codebook.variables.get(name)
        if variable is None or code not in (*variable.shown_codes, *variable.missing_codes):
            return code
        return variable.category_label(code, self.language)

    def short(self, name: str, code: str) -> str:
        """Return a category's abbreviation, else its label."""
        variable = self.study.codebook.variables.get(name)
        known = variable is not None and code in variable.scale.codes
        return (variable.scale.category(code).short if variable and known else None) or self.level(name, code)

    def among(self, name: str, code: str) -> str:
        """Return a group as it stands in running text: `among managers`, as the codebook words it, or with its label quoted."""
        variable = self.study.codebook.variables.get(name)
        known = variable is not None and code in (*variable.scale.codes, *variable.scale.missing_codes)
        worded = variable.scale.category(code).in_sentence if variable and known else None
        if worded:
            return worded[self.language]
        if name == self.study.unit:
            return self.locale.text("in {unit}", unit=self.level(name, code))
        return self.locale.text("in the group {group}", group=self.locale.quoted(self.level(name, code)))

    def term(self, term: str) -> tuple[str, str]:
        """Return a term's variable and level: `role[T.leader]` is 'Role', 'Leader'; a variable alone has no level.

        Those of an interaction, `role[T.leader]:section[T.policy]`, stand with a cross between them.
        """
        found = []
        for part in term.split(":"):
            match = _LEVEL.match(part)
            if match is None:
                found.append((self.variable(part), ""))
            else:
                found.append((self.variable(match["name"]), self.level(match["name"], match["level"])))
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
        return self.locale.text(
            "{level}, compared with {reference}", level=self.level(name, one), reference=self.level(name, other)
        )

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
        if item.ticks:
            box = self.locale.quoted(self.variable(variable))
            return (
                f"{item.in_sentence[self.language]} {box}"
                if item.in_sentence
                else self.locale.text("chose {box}", box=box)
            )
        if item.several:
            asked = self.locale.quoted(self.variable(variable))
            return self.locale.text("answer {said} to {question}", said=self.quoted(variable, codes), question=asked)
        return self.locale.text("answer {said}", said=self.quoted(variable, codes))
