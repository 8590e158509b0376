"""Every documented key of study.yml and codebook.yml changes something: the study as it is read, its answers, what is released, or a page.

A table says for each key what a small study becomes with another value, and where that is seen. A key without an entry fails.
"""

import copy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args
from unittest import mock

import pytest
from pydantic import BaseModel
from python_calamine import CalamineWorkbook

from evalkit import (
    Show,
    clean,
    compare_groups,
    fit_clm,
    load_study,
    means,
    proportions,
    read_export,
    response_rates,
    sensitivity,
)
from evalkit.i18n import Locale
from evalkit.protect.safe import made_safe
from evalkit.release.publishable import publishable
from evalkit.release.store import Release
from evalkit.report import shown
from evalkit.report.captions import Labels
from evalkit.report.files.workbook import write_workbook
from evalkit.study.codebook import Codebook
from evalkit.study.plan import Plan
from evalkit.study.words import Worded

from . import whole_study
from .report.conftest import outputs
from .small_study import with_margins

ALIKE = (
    ("codebook.scales.missing.", "codebook.scales.categories."),
    ("codebook.items.missing.", "codebook.scales.categories."),
    ("study.derived.categories.", "codebook.scales.categories."),
    ("study.derived.bands.", "codebook.items.bands."),
    ("codebook.items.items.", "codebook.items.options."),
)
"""What is of one kind, and read by the same code."""


def keys(model, prefix):
    """Return the dotted keys of a model, or of the models in it where there are any."""
    for name, field in model.model_fields.items():
        texts = issubclass(model, Worded) and name == "labels"  # the texts of a part stand beside its own keys
        key = f"{prefix}.{'nb' if texts else field.alias or name}"
        inner = [more for one in models(field.annotation) for more in keys(one, key)]
        yield from inner or [key]


def models(annotation):
    """Return the models in a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models(part)]


def named(key):
    """Return the key under which the table has it."""
    return next((other + key.removeprefix(one) for one, other in ALIKE if key.startswith(one)), key)


DOCUMENTED = sorted({named(key) for key in (*keys(Plan, "study"), *keys(Codebook, "codebook"))})


# Where a change is seen.


def answers(study):
    made = clean(read_export(study), study)
    log = made.log
    return made.data.to_csv(), log.frame.to_csv(), log.unread


def tables(study):
    found = publishable(clean(read_export(study), study)).tables
    return [(table.id, table.frame.to_csv()) for table in found]


def estimated(study):
    return proportions(clean(read_export(study), study), "belonging", "role").to_csv()


def released(study):
    found = publishable(clean(read_export(study), study)).tables
    return Release(study, {t.id: made_safe(t.id, t.dims, with_margins(t), t.answer, t.stack) for t in found}, [])


def page(*calls, language="en"):
    """Return what some calls show of a study."""

    def shows(study):
        release = released(study)
        show = Show(release, language if language in study.languages else None)
        with mock.patch.object(shown, "_bundles", lambda name, html, *_: [{shown.MIME: html}]):
            made = [out for call in calls for out in outputs(lambda call=call: call(show, release, study))]
        return [one["data"][shown.MIME] for one in made]

    return shows


def reading(*names):
    """Return what a loaded study says of itself."""
    return lambda study: [str(getattr(study, name)) for name in names]


def belonging(show, release, study):
    show(release.table("belonging"))


def by_unit(show, release, study):
    show(release.table("belonging", "unit"))


def headlines(show, release, study):
    found = proportions(release, study.headlines)
    show.say(found), show(found)


def choices(show, release, study):
    show(sensitivity(fit_clm(study.formula("belonging"), release), study.compared, categories=study.high("belonging")))


def arrival(show, release, study):
    found = response_rates(release, by="day")
    show.say(found), show(found)


def rates(show, release, study):
    show(response_rates(clean(read_export(study), study)))


def balance(show, release, study):
    show(compare_groups(release, "responded", study.units))


def questionnaire(show, release, study):
    show.appendix("questionnaire")


def themes(show, release, study):
    for question in study.questions:
        show.heading(*question)


def by_role_said(show, release, study):
    show.say(compare_groups(release, "belonging", "role"))


def overview(show, release, study):
    show(proportions(release, study.questions, by=study.units, categories="high"), kind="heatmap")


def merged(show, release, study):
    show(proportions(release, "belonging", reading="merged"))


def log(show, release, study):
    show(clean(read_export(study), study).log)


def workbook(study):
    """Return the texts of a workbook with all tables."""
    release = released(study)
    with TemporaryDirectory() as place:
        path = Path(place, "x.xlsx")
        write_workbook(release, path, "en")
        book = CalamineWorkbook.from_path(path)
        return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


class Files:
    """The files of the small study, to be changed."""

    def __init__(self):
        self.plan, self.codebook, self.rows = whole_study.plan(), whole_study.codebook(), whole_study.rows()
        self.frame = whole_study.FRAME

    @property
    def items(self):
        return self.codebook["items"]

    @property
    def scales(self):
        return self.codebook["scales"]


def plan(**changes):
    return lambda files: files.plan.update(changes)


def at(*path, to):
    """Return what puts a value where a path of keys of the two files leads."""

    def change(files):
        place = {"study": files.plan, "codebook": files.codebook}[path[0]]
        for key in path[1:-1]:
            place = place.setdefault(key, {}) if isinstance(place, dict) else place[key]
        place[path[-1]] = copy.deepcopy(to)

    return change


def together(*changes):
    def change(files):
        for one in changes:
            one(files)

    return change


def rename(old, new):
    def change(files):
        files.rows = files.rows.rename(columns={old: new})

    return change


def cell(column, value, row=0):
    def change(files):
        files.rows[column] = files.rows[column].astype(object)
        files.rows.loc[row, column] = value

    return change


def column(name, value):
    def change(files):
        files.rows[name] = value

    return change


def text(nb, en):
    return {"nb": nb, "en": en}


def status(**more):
    values = together(column("S", "Done"), cell("S", "Half"), cell("S", "Gone", 1))
    return values, at("study", "export", "status", to={"column": "S", "complete": ["Done"], **more})


HEADLINE = ("study", "headlines", 0)
NORTH = ("codebook", "scales", "units", "categories", 0)
DEGREE = ("codebook", "scales", "degree")
GOALS = ("codebook", "items", "goals")
MEASURES = ("codebook", "items", "measures")
ONE_CELL = together(
    column("M", "Tiltak X"),
    at(*MEASURES, "column", to="M"),
    at(*MEASURES, "separator", to=";"),
    at(*MEASURES, "options", to={"x": text("Tiltak X", "Measure X"), "y": text("Tiltak Y", "Measure Y")}),
)
SAME = together()
EXCLUDED = at(
    "study",
    "export",
    "exclude",
    to=[{"column": "U", "values": ["north", "leader"], "reason": "odd", "label": text("x", "x")}],
)
INCLUDED = at("study", "export", "include", to=[{"column": "U", "values": ["north", "leader"]}])
READ = (*DEGREE, "readings", "merged")
AGE = ("codebook", "items", "age")


def with_ages(files):
    """Ask for ages too."""
    files.rows["A"] = [20 + n % 50 for n in range(len(files.rows))]
    question, unit = text("Alder?", "Age?"), text("år", "years")
    files.items["age"] = {"kind": "number", "column": "A", "bands": [20, 40], "unit": unit, "question": question}


def age(show, release, study):
    show(release.table("age"))


def scores(show, release, study):
    show(means(release, study.questions, "role"))


def derived(**keys):
    """Return what derives a variable `new`."""
    return lambda files: files.plan.update(derived={"new": {"label": text("Ny", "New"), **copy.deepcopy(keys)}})


def new(show, release, study):
    show(release.table("new"))


def new_themes(show, release, study):
    for question in study.questions:
        show.heading(*question)


def design(**keys):
    """Return what gives a study a design, and the columns that it may name."""

    def change(files):
        places = range(len(files.rows))
        columns = {
            "W": [1 + n % 3 for n in places],
            "H": [n % 4 for n in places],
            "C": [n // 8 for n in places],
            "F": 900,
        }
        files.rows = files.rows.assign(**columns, Alone=["a", *"b" * (len(places) - 1)])
        files.plan["design"] = keys

    return change


def drawn(**keys):
    """Return a design of weights, and the same with more keys."""
    return design(weight="W"), design(weight="W", **keys), estimated


INDEX = derived(kind="index", of=["goals", "belonging"])
MADE = ("study", "derived", "new")
RULES = derived(
    kind="combine",
    of=["role", "unit"],
    map=[{"code": "a", "when": {"role": ["leader"]}}, {"code": "b"}],
    categories=[{"code": "a", **text("A", "A")}, {"code": "b", **text("B", "B")}],
)
COUNTED = derived(kind="count", of="measures")
NAMED_BANDS = together(with_ages, at(*AGE, "bands", to={"young": {"from": 20}, "old": {"from": 40}}))
SCORED = together(*(at(*DEGREE, "categories", n, "score", to=n) for n in range(5)))


def other_scale(files):
    """Give the roles a scale of their own in the other order."""
    files.scales["roles2"] = {"kind": "nominal", "categories": copy.deepcopy(files.scales["roles"]["categories"][::-1])}
    files.items["role"]["scale"] = "roles2"


def no_unit(files):
    """Say of no group that its levels are units, and nothing of the units in the frame."""
    del files.plan["unit"]
    files.frame = "".join(line.rpartition(",")[0] + "\n" for line in files.frame.splitlines())


CASES = {
    "study.study": (SAME, plan(study="other"), reading("name")),
    "study.title": (SAME, plan(title=text("Ny", "New")), lambda study: study.title("en")),
    "study.synthetic": (SAME, plan(synthetic=False), page(belonging)),
    "study.languages": (SAME, plan(languages=["en", "nb"]), reading("languages")),
    "study.population": (SAME, plan(population=text("Alle", "Some")), page(belonging)),
    "study.source": (SAME, plan(source=text("Annet", "Elsewhere")), page(belonging)),
    "study.fieldwork": (SAME, lambda f: f.plan.pop("fieldwork"), page(belonging)),
    "study.fieldwork.start": (SAME, at("study", "fieldwork", "start", to="2024-03-03"), page(belonging)),
    "study.fieldwork.end": (SAME, at("study", "fieldwork", "end", to="2024-03-16"), page(belonging)),
    "study.fieldwork.reminders": (SAME, at("study", "fieldwork", "reminders", to=["2024-03-10"]), page(arrival)),
    "study.fieldwork.note": (SAME, at("study", "fieldwork", "note", to=text("Om", "About")), page(arrival)),
    "study.invited": (SAME, plan(invited=2600), page(rates)),
    "study.base": (SAME, lambda f: f.plan.pop("base") and f.plan.update(invited=2410), page(rates)),
    "study.base_note": (SAME, plan(base_note=text("Hvorfor", "Why")), page(rates)),
    "study.frame": (SAME, lambda f: f.plan.pop("frame"), reading("frame_groups")),
    "study.groups": (SAME, plan(groups=["role", "unit"]), tables),
    "study.unit": (SAME, no_unit, reading("units", "compared")),
    "study.outcomes": (SAME, plan(outcomes=["goals_a"]), reading("outcomes")),
    "study.predictors": (SAME, plan(predictors=["role"]), lambda study: study.formula("belonging")),
    "study.themes": (
        together(
            plan(themes={"first": text("En", "First")}), at("codebook", "items", "belonging", "theme", to="first")
        ),
        plan(themes={"first": text("Et", "One")}),
        page(themes),
    ),
    "study.tables": (SAME, plan(tables=[{"item": "belonging"}]), tables),
    "study.tables.item": (plan(tables=[{"item": "belonging"}]), plan(tables=[{"item": "goals"}]), tables),
    "study.tables.by": (plan(tables=[{"item": "goals"}]), plan(tables=[{"item": "goals", "by": ["unit"]}]), tables),
    "study.crossings": (SAME, plan(crossings=[]), tables),
    "study.crossings.item": (SAME, plan(crossings=[{"item": "goals", "by": ["unit", "role"]}]), tables),
    "study.crossings.by": (SAME, plan(crossings=[{"item": "belonging", "by": ["role", "unit"]}]), tables),
    "study.headlines": (SAME, plan(headlines=[]), page(headlines)),
    "study.headlines.item": (SAME, at(*HEADLINE, "item", to="goals_a"), page(headlines)),
    "study.headlines.categories": (SAME, at(*HEADLINE, "categories", to=["great"]), page(headlines)),
    "study.headlines.label": (SAME, at(*HEADLINE, "label", to=text("er", "are")), page(headlines)),
    "study.headlines.above": (SAME, at(*HEADLINE, "above", to=0.1), page(headlines)),
    "study.headlines.below": (SAME, at("study", "headlines", 1, "below", to=0.01), page(headlines)),
    "study.models.without": (SAME, at("study", "models", "without", to="south"), page(choices)),
    "study.models.unit_predictor": (
        lambda f: setattr(f, "frame", whole_study.FRAME.replace("distance", "distance,floors").replace("0\n", "0,2\n")),
        at("study", "models", "unit_predictor", to="distance"),
        reading("unit_values"),
    ),
    "study.models.unit_predictor_label": (
        at("study", "models", "unit_predictor", to="distance"),
        at("study", "models", "unit_predictor_label", to=text("veien", "the way")),
        lambda study: Labels(study, Locale("en")).value("distance"),
    ),
    "study.design.weight": (SAME, design(weight="W"), estimated),
    "study.design.strata": drawn(strata="H"),
    "study.design.cluster": drawn(cluster="C"),
    "study.design.fpc": drawn(fpc="F"),
    "study.design.rake": drawn(rake=["role"]),
    "study.design.trim": drawn(trim=[0.8, 1.2]),
    "study.design.lonely": (design(strata="Alone"), design(strata="Alone", lonely="adjust"), estimated),
    "study.pages": (SAME, plan(pages=["05_mine"]), reading("pages")),
    "study.disclosure": (SAME, plan(disclosure={"base": 9}), reading("rule")),
    "study.disclosure.base": (SAME, at("study", "disclosure", "base", to=9), reading("rule")),
    "study.disclosure.cell": (SAME, at("study", "disclosure", "cell", to=4), reading("rule")),
    "study.disclosure.width": (SAME, at("study", "disclosure", "width", to=4), reading("rule")),
    "study.disclosure.unanimity": (SAME, at("study", "disclosure", "unanimity", to=["goals"]), reading("rule")),
    "study.export": (SAME, at("study", "export", to={"file": "responses.csv"}), answers),
    "study.export.file": (SAME, at("study", "export", "file", to="other.csv"), reading("export_path")),
    "study.export.table": (
        SAME,
        at("study", "export", to={"table": "responses.csv", "id": "Id", "submitted": "Completed"}),
        reading("export_path", "export_files", "export"),
    ),
    "study.export.id": (cell("Id", 2), lambda f: f.plan["export"].pop("id"), answers),
    "study.export.started": (
        lambda f: f.plan["export"].pop("submitted"),
        at("study", "export", "started", to="Completed"),
        answers,
    ),
    "study.export.submitted": (SAME, lambda f: f.plan["export"].pop("submitted"), answers),
    "study.export.status": (status()[0], status()[1], answers),
    "study.export.status.column": (
        together(*status(), column("T", "Done")),
        at("study", "export", "status", "column", to="T"),
        answers,
    ),
    "study.export.status.complete": (
        together(*status()),
        at("study", "export", "status", "complete", to=["Done", "Gone"]),
        answers,
    ),
    "study.export.status.partial": (
        together(*status()),
        at("study", "export", "status", "partial", to=["Half"]),
        answers,
    ),
    "study.export.drop": (column("Mail", "x"), at("study", "export", "drop", to=["Mail"]), answers),
    "study.export.count": (
        together(column("N", 2), lambda f: f.plan["export"].pop("id")),
        at("study", "export", "count", to="N"),
        answers,
    ),
    "study.export.exclude": (
        SAME,
        at(
            "study",
            "export",
            "exclude",
            to=[{"column": "U", "values": ["north", "leader"], "reason": "odd", "label": text("x", "x")}],
        ),
        answers,
    ),
    "study.export.include": (
        SAME,
        at("study", "export", "include", to=[{"column": "U", "values": ["north", "leader"]}]),
        answers,
    ),
    "study.export.missing": (cell("B", "n/a"), at("study", "export", "missing", to=["n/a"]), answers),
    "codebook.scales.low_to_high": (
        SAME,
        at(*DEGREE, "low_to_high", to=["great", "some", "neither", "little", "none"]),
        lambda study: study.high("goals_a"),
    ),
    "codebook.scales.missing": (
        SAME,
        lambda f: f.scales["degree"].update(missing=[]) or f.rows.replace("dont_know", "", inplace=True),
        answers,
    ),
    "codebook.scales.readings": (SAME, lambda f: f.scales["degree"].pop("readings"), reading("readings")),
    "codebook.scales.categories.display": (SAME, at(*NORTH, "display", to=text("N", "N")), page(by_unit)),
    "codebook.scales.categories.nb": (SAME, at(*NORTH, "nb", to="Nordre"), page(by_unit, language="nb")),
    "codebook.scales.categories.aliases": (cell("U", "Nordafor"), at(*NORTH, "aliases", to=["Nordafor"]), answers),
    "codebook.scales.categories.other": (cell("U", "Nordafor"), at(*NORTH, "other", to=True), answers),
    "study.subtitle": (SAME, plan(subtitle=text("Under", "Below")), workbook),
    "study.description": (SAME, plan(description=text("Om", "About")), workbook),
    "study.export.exclude.column": (EXCLUDED, at("study", "export", "exclude", 0, "column", to="R"), answers),
    "study.export.exclude.values": (EXCLUDED, at("study", "export", "exclude", 0, "values", to=["south"]), answers),
    "study.export.exclude.reason": (EXCLUDED, at("study", "export", "exclude", 0, "reason", to="strange"), answers),
    "study.export.exclude.label": (
        EXCLUDED,
        at("study", "export", "exclude", 0, "label", to=text("y", "y")),
        page(log),
    ),
    "study.export.include.column": (INCLUDED, at("study", "export", "include", 0, "column", to="R"), answers),
    "study.export.include.values": (INCLUDED, at("study", "export", "include", 0, "values", to=["south"]), answers),
    "codebook.scales.kind": (
        SAME,
        at("codebook", "scales", "roles", "kind", to="ordinal"),
        lambda study: study.high("role"),
    ),
    "codebook.scales.categories.code": (
        SAME,
        together(at(*NORTH, "code", to="up"), at(*NORTH, "aliases", to=["north"])),
        answers,
    ),
    "codebook.scales.categories.short": (SAME, at(*NORTH, "short", to="NO"), page(overview)),
    "codebook.scales.categories.in_sentence": (
        SAME,
        at("codebook", "scales", "roles", "categories", 0, "in_sentence", to=text("blant ledere", "among leaders")),
        page(by_role_said),
    ),
    "codebook.scales.readings.label": (SAME, at(*READ, "label", to=text("x", "x")), page(merged)),
    "codebook.scales.readings.merge": (SAME, at(*READ, "merge", to={"little": "none"}), page(merged)),
    "codebook.scales.readings.labels": (SAME, at(*READ, "labels", to={"some": text("x", "x")}), page(merged)),
    "codebook.items.scale": (SAME, other_scale, tables),
    "codebook.items.options.column": (rename("MX", "MX2"), at(*MEASURES, "options", "x", "column", to="MX2"), answers),
    "codebook.items.in_sentence": (
        SAME,
        at(*MEASURES, "in_sentence", to=text("har arbeidet med", "have worked on")),
        lambda study: Labels(study, Locale("en")).predicate("measures_x", ("ticked",)),
    ),
    "codebook.items.number": (SAME, at(*GOALS, "number", to=9), page(questionnaire)),
    "codebook.items.question": (SAME, at(*GOALS, "question", to=text("Ny", "New")), page(questionnaire)),
    "codebook.items.intro": (SAME, at(*GOALS, "intro", to=text("Ny", "New")), page(questionnaire)),
    "codebook.items.as_printed": (SAME, at(*GOALS, "as_printed", to={"en": "As it was"}), page(questionnaire)),
    "codebook.items.note": (SAME, at(*GOALS, "note", to=text("Merk", "Note")), page(questionnaire)),
    "codebook.items.label": (SAME, at("codebook", "items", "belonging", "label", to=text("x", "x")), page(belonging)),
    "codebook.items.theme": (plan(themes={"first": text("Et", "One")}), at(*GOALS, "theme", to="first"), page(themes)),
    "codebook.items.merge": (SAME, at(*GOALS, "merge", to={"little": "none"}), tables),
    "codebook.items.reliability": (SAME, at(*GOALS, "reliability", to=False), reading("batteries")),
    "study.subgroups": (SAME, plan(subgroups={"leaders": {"role": ["leader"]}}), tables),
    "study.derived.kind": (
        derived(kind="index", of="measures"),
        at(*MADE, "kind", to="count"),
        tables,
    ),
    "study.derived.label": (INDEX, at(*MADE, "label", to=text("x", "x")), page(new)),
    "study.derived.from": (
        derived(**{"kind": "recode", "from": "belonging", "map": {"none": "little"}}),
        at(*MADE, "from", to="goals_a"),
        tables,
    ),
    "study.derived.of": (INDEX, at(*MADE, "of", to=["goals"]), tables),
    "study.derived.reverse": (INDEX, at(*MADE, "reverse", to=["belonging"]), tables),
    "study.derived.at_least": (INDEX, at(*MADE, "at_least", to=1), tables),
    "study.derived.map.code": (RULES, at(*MADE, "map", 1, "code", to="a"), tables),
    "study.derived.map.when": (RULES, at(*MADE, "map", 0, "when", to={"unit": ["north"]}), tables),
    "study.derived.unit": (INDEX, at(*MADE, "unit", to=text("poeng", "points")), page(new)),
    "study.derived.decimals": (INDEX, at(*MADE, "decimals", to=2), page(new)),
    "study.derived.note": (INDEX, at(*MADE, "note", to=text("Merk", "Mind")), page(new)),
    "study.derived.theme": (
        together(INDEX, plan(themes={"first": text("En", "First")})),
        at(*MADE, "theme", to="first"),
        page(new_themes),
    ),
    "codebook.scales.categories.score": (SAME, SCORED, page(scores)),
    "codebook.items.unit": (with_ages, at(*AGE, "unit", to=text("måneder", "months")), page(age)),
    "codebook.items.decimals": (
        together(with_ages, column("A", "30,5")),
        together(at(*AGE, "decimals", to=1), at(*AGE, "bands", to=[30, 30.5])),
        answers,
    ),
    "codebook.items.bands": (with_ages, at(*AGE, "bands", to=[20, 30, 40]), tables),
    "codebook.items.bands.from": (NAMED_BANDS, at(*AGE, "bands", "old", "from", to=45), tables),
    "codebook.items.bands.label": (NAMED_BANDS, at(*AGE, "bands", "old", "label", to=text("G", "O")), page(age)),
    "codebook.items.bands.score": (NAMED_BANDS, at(*AGE, "bands", "old", "score", to=70), page(scores)),
    "codebook.items.missing": (
        together(with_ages, cell("A", "secret")),
        at(*AGE, "missing", to=[{"code": "secret", **text("Vil ikke si", "Will not say")}]),
        answers,
    ),
    "codebook.items.index": (SAME, at("codebook", "items", "belonging", "index", to="percent"), page(scores)),
    "codebook.items.asked_if": (
        SAME,
        at("codebook", "items", "belonging", "asked_if", to={"role": ["leader"]}),
        answers,
    ),
    "study.export.against_routing": (
        at("codebook", "items", "belonging", "asked_if", to={"role": ["leader"]}),
        at("study", "export", "against_routing", to="keep"),
        page(log),
    ),
    "codebook.items.column": (rename("B", "B2"), at("codebook", "items", "belonging", "column", to="B2"), answers),
    "codebook.items.separator": (
        ONE_CELL,
        at(*MEASURES, "separator", to="Å"),
        lambda study: study.codebook.items["measures"].separator,
    ),
    "codebook.items.ticked": (cell("MX", "yup"), at(*MEASURES, "ticked", to=["yup", "1"]), answers),
    "codebook.items.not_ticked": (cell("MX", "nope"), at(*MEASURES, "not_ticked", to=["nope", ""]), answers),
    "codebook.items.not_asked": (cell("MX", "skip"), at(*MEASURES, "not_asked", to=["skip"]), answers),
    "codebook.items.options.nb": (SAME, at(*MEASURES, "options", "x", "nb", to="Y"), reading("codebook")),
    "codebook.items.options.short": (SAME, at(*MEASURES, "options", "x", "short", to="XX"), page(overview)),
    "codebook.items.options.aliases": (
        together(ONE_CELL, cell("M", "Xx")),
        at(*MEASURES, "options", "x", "aliases", to=["Xx"]),
        answers,
    ),
    "codebook.items.options.other": (
        together(ONE_CELL, cell("M", "Xx")),
        at(*MEASURES, "options", "x", "other", to=True),
        answers,
    ),
    "codebook.items.options.absent": (
        lambda f: f.items["measures"]["options"].update(z=text("Z", "Z")),
        at(*MEASURES, "options", "z", "absent", to=True),
        answers,
    ),
}
"""How the study is before, what is done to it, and where the difference is seen; an error is seen too."""
ELSEWHERE = {
    "study.licence": "report/test_render.py",
    "study.citation": "report/test_render.py",
    "study.answers": "release/test_modelled_levels.py",
    "study.models.small_levels": "release/test_modelled_levels.py",
    "study.models.other_label": "release/test_modelled_levels.py",
    "study.export.dates": "data/test_read.py",
    "study.export.duplicates": "data/test_clean.py",
    "study.export.header_rows": "data/test_cases.py",
    "study.export.sheet": "data/test_read.py",
    "codebook.items.kind": "study/test_codebook.py",
}
"""Keys whose use another test holds."""


def seen(tmp_path, change, where):
    files = Files()
    files.plan = copy.deepcopy(files.plan)
    for one in change:
        one(files)
    folder = whole_study.write(tmp_path, files.plan, files.codebook, files.rows, files.frame)
    return where(load_study(folder))


@pytest.mark.parametrize("key", CASES)
def test_a_key_changes_what_it_says(key, tmp_path):
    before, change, where = CASES[key]
    found = []
    for name, steps in (("before", [before]), ("after", [before, change])):
        try:
            found.append(seen(tmp_path / name, steps, where))
        except Exception as error:
            found.append(f"{type(error).__name__}: {error}")
    assert found[0] != found[1]
    assert not isinstance(found[1], str) or "Error: " not in found[1]


def test_every_documented_key_has_an_entry():
    assert [key for key in DOCUMENTED if key not in {*CASES, *ELSEWHERE}] == []


@pytest.mark.parametrize(("key", "file"), ELSEWHERE.items())
def test_the_other_test_is_there(key, file):
    assert key.rpartition(".")[2] in (Path(__file__).parent / file).read_text(encoding="utf-8")
