"""Fields of who answered, of the interviews, and facts of the study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from ...i18n import Locale
from ...study import TOTAL, Study
from .counts import Counts, Place
from .values import Entry, Fact, Number, by_name

PLAN = "study.yml"


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
        group, people = counts.group(place), counts.people(place)
        begin = f"response{by_name(group)}"
        yield f"{begin}.count", partial(_answered, f"{begin}.count", counts, place)
        if people:
            yield f"{begin}.percent", partial(_rate, f"{begin}.percent", counts, place, people)
            base, source = (f"{begin}.population", "frame.csv") if group else (f"{begin}.base", PLAN)
            yield base, partial(Number, base, "count", people, source, group)
    if not counts.by and invited:
        yield "response.of_invited.percent", partial(_rate, "response.of_invited.percent", counts, (), invited)
        yield "response.invited", partial(Number, "response.invited", "count", invited, PLAN)


def _answered(name: str, counts: Counts, place: Place) -> Number:
    return Number(name, "count", counts.count(place), counts.id, counts.group(place))


def _rate(name: str, counts: Counts, place: Place, people: int) -> Number:
    count = counts.count(place)
    return Number(name, "rate", None if count is None else count / people, counts.id, counts.group(place), n=people)


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
        facts |= {
            "start": lambda locale: locale.date(fieldwork.start),
            "end": lambda locale: locale.date(fieldwork.end),
        }
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
