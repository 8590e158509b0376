"""The ministries' study holds what its source says, word for word; the source stands in source/."""

import re
from pathlib import Path

import pytest

from evalkit.study import load_study

SOURCE = (Path(__file__).parent / "source" / "evaluation-appendices.nb.txt").read_text("utf-8")
LINES = [line.strip().removeprefix("- ") for line in SOURCE.splitlines() if line.strip() not in {"", "-"}]


def lines_between(first: str, last: str) -> list[str]:
    """Return the source's lines after the one that begins with `first`, before the next that begins with `last`."""
    start = next(n for n, line in enumerate(LINES) if line.startswith(first)) + 1
    end = next(n for n, line in enumerate(LINES[start:], start) if line.startswith(last))
    return LINES[start:end]


@pytest.fixture(scope="module")
def study():
    return load_study("departementsstrategien-2023")


@pytest.fixture(scope="module")
def appendices(study):
    return study.appendices


def printed_labels(study, name):
    return [category.labels["nb"] for category in study.codebook.scales[name].categories]


# The questionnaire

ITEMS = [
    "ministry",
    "section",
    "role",
    "cooperation",
    "belonging",
    "goals",
    "awareness",
    "strategy_importance",
    "measures",
]


def test_the_nine_items_in_order(study):
    assert list(study.codebook.items) == ITEMS
    assert [item.number for item in study.codebook.items.values()] == list(range(1, 10))


def test_every_question_is_the_source_s(study):
    printed = lines_between("Spørreskjema", "Vedlegg 3")[1:]
    items = study.codebook.items
    questions = {line.partition(". ")[0]: line.partition(". ")[2] for line in printed if line[0].isdigit()}
    assert len(questions) == 8
    for item in list(items.values())[1:]:
        assert (item.as_printed or item.question)["nb"] == questions[str(item.number)]
    assert items["ministry"].question["nb"] in LINES
    assert items["cooperation"].intro["nb"] in printed


def test_the_defective_question_is_kept_beside_the_mended_one(study):
    item = study.codebook.item("awareness")
    assert item.as_printed == {"nb": 'Er du kjent med departementsstrategien "Gode hver oss, best sammen?'}
    assert item.question["nb"] == "Er du kjent med departementsstrategien «Gode hver for oss. Best sammen»?"


def test_every_option_is_the_source_s_in_its_order(study):
    codebook = study.codebook
    options = []
    for item in codebook.items.values():
        options += [part.labels["nb"] for part in item.parts.values()]
        if item.kind == "single":
            scale = codebook.scales[item.scale]
            options += [c.labels["nb"] for c in (*scale.categories, *scale.missing)]
    assert options == lines_between("Hvilket departement jobber du i?", "Trinn 1")


def test_codes_and_orders(study):
    codebook = study.codebook
    assert codebook.variable("ministry").scale.codes == (
        "aid",
        "bfd",
        "fin",
        "fd",
        "hod",
        "jd",
        "kld",
        "kdd",
        "kud",
        "kd",
        "lmd",
        "nfd",
        "oed",
        "sd",
        "ud",
        "smk",
    )
    assert codebook.variable("awareness").scale.print_codes == ("know", "heard", "no")
    assert codebook.variable("awareness").scale.codes == ("no", "heard", "know")
    assert codebook.variable("role").scale.codes == ("caseworker", "leader")
    assert codebook.variable("section").scale.codes == ("professional", "administration", "other")
    assert codebook.variable("belonging").scale.codes == ("not_at_all", "little", "neither", "some", "great")
    assert [v for v in codebook.variables if v.startswith("measures")] == [
        "measures_core_groups", "measures_agency_governance", "measures_ict", "measures_records",
        "measures_procurement", "measures_hr", "measures_academy", "measures_any",
    ]  # fmt: skip


def test_abbreviations_are_the_codes(study):
    for category in study.codebook.scales["ministries"].categories:
        assert category.short == category.code.upper()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" kommunal- og  Moderniseringsdepartementet", "kdd"),
        ("Ministry of Finance", "fin"),
        ("Statsministerens kontor", "smk"),
        ("Finansdept", None),
    ],
)
def test_ministries_are_recognised(study, text, code):
    assert study.codebook.variable("ministry").code_of(text) == code


def test_tables_call_the_roles_by_name_and_the_questionnaire_as_printed(study):
    role = study.codebook.variable("role")
    assert role.category_label("leader", "nb") == "Leder med personalansvar"
    assert role.category_label("leader", "nb", printed=True) == "Ja"
    assert role.code_of("Ja") == role.code_of("leder med personalansvar") == "leader"


def test_the_disputed_scale_has_its_readings(study):
    scale = study.codebook.scales["degree"]
    merged = scale.read_as("middle_merged")
    assert merged.codes == ("not_at_all", "little", "some", "great")
    assert merged.category("some").labels["nb"] == "Verken stor eller liten grad / I noen grad"
    alone = scale.read_as("great_only")
    assert alone.codes == ("not_at_all", "great")
    assert alone.category("not_at_all").labels["nb"] == "Mindre enn i stor grad"
    assert alone.missing_codes == ("dont_know",)


def test_what_the_source_leaves_open_is_said(study):
    items = study.codebook.items
    assert "ukjent" in items["strategy_importance"].note["nb"]
    assert "ukjent" in items["measures"].note["nb"]
    assert "ubesvart" in items["measures"].note["nb"]
    assert "ingen svarskala" in items["goals"].note["nb"]
    assert items["goals"].scale == items["strategy_importance"].scale


def test_the_plan(study):
    plan = study.plan
    assert study.synthetic
    assert (plan.invited, plan.base) == (4702, 4691)
    assert study.frame["population"].sum() == 4691
    assert (study.unit, study.groups) == ("ministry", ("ministry", "section", "role"))
    assert study.outcomes == ("awareness", "belonging")
    assert list(plan.themes) == ["awareness", "importance", "cooperation", "belonging"]
    ids = {table.id for table in study.publications}
    assert {"awareness_by_measures_any", "strategy_importance_by_awareness", "belonging_by_awareness"} <= ids
    assert set(ITEMS) <= ids
    assert {f"{item}_by_role" for item in ITEMS if item != "role"} <= ids


# The appendices


def prompts(guides):
    for guide in guides.guides:
        for section in guide.sections:
            yield from ([section.title["nb"]] if section.title else [])
            for prompt in section.prompts:
                yield prompt.labels["nb"]
                yield from (nested.labels["nb"] for nested in prompt.prompts)


def test_every_interview_prompt_is_quoted_in_order(appendices):
    printed = lines_between("Vedlegg 1", "Hvilket departement jobber du i?")
    headings = [(guide.as_printed or guide.title)["nb"] for guide in appendices.guides.guides]
    assert [line for line in printed if line in headings] == headings
    assert list(prompts(appendices.guides)) == [line for line in printed if line not in headings]
    assert appendices.guides.original_language == "nb"


def test_prompts_are_nested(appendices):
    forum, leaders, core = appendices.guides.guides
    assert [len(p.prompts) for p in forum.sections[0].prompts] == [0, 0, 7, 0, 0, 0, 4, 0, 0]
    assert [len(p.prompts) for p in leaders.sections[0].prompts] == [0] * 9
    assert [[len(p.prompts) for p in s.prompts] for s in core.sections] == [[0, 6, 0, 0, 0], [4, 0, 0, 0, 0]]


def test_the_interviews_are_the_source_s(appendices):
    numbers = {group.id: group.number for group in appendices.interviews.groups}
    assert list(numbers.values()) == [2, 16, 7, 4, 3, 2, 2, 2, 1]
    text = " ".join(lines_between("Vedlegg 3", "Vedlegg 4"))
    in_source = ["to", *re.findall(r"\((\d+) intervju", text)]
    assert in_source == ["to", *map(str, list(numbers.values())[1:])]
    assert appendices.interviews.total == sum(numbers.values()) == 39


CORE_GROUPS = {
    "Utsatte barn og unge": ("2021-02", "februar 2021", "yes"),
    "Kunnskap i kriser": ("2021-08", "august 2021", "no"),
    "Klima og omstilling": ("2021-10", "oktober 2021", "most"),
    "Vann og avløp": ("2022", "2022", "not_stated"),
    "Kompetanse i staten og departementene": ("2021-02", "februar 2021", "no"),
}


def test_the_core_groups_are_the_source_s(study, appendices):
    shorts = {category.short for category in study.codebook.scales["ministries"].categories}
    vedlegg = SOURCE[SOURCE.index("Vedlegg 4:") :]
    names = list(CORE_GROUPS)
    assert [group.name["nb"] for group in appendices.core_groups.groups] == names
    for group, name in zip(appendices.core_groups.groups, names, strict=True):
        start = vedlegg.index(f"\n{name}\n")
        text = vedlegg[
            start : min([vedlegg.find(f"\n{n}\n", start + 1) for n in names] + [len(vedlegg)], key=lambda p: (p < 0, p))
        ]
        first = text.split("Foreløpige observasjoner")[0]
        started, printed, wicked = CORE_GROUPS[name]
        assert (group.started, group.problem.wicked) == (started, wicked)
        assert printed in first
        assert set(group.members) == set(re.findall(r"\b[A-Z]{2,3}\b", first)) & shorts
        assert group.members[0] == group.lead


def test_directors_outside_the_ministries(appendices):
    crises = appendices.core_groups.groups[1]
    others = " ".join(text["nb"] for text in crises.others)
    for body in ("SSB", "Forskningsrådet", "Folkehelseinstituttet", "Direktoratet for e-helse", "Datatilsynet"):
        assert body in others
    assert [len(group.others) for group in appendices.core_groups.groups] == [0, 5, 0, 0, 0]


def test_the_staircase_is_quoted_where_it_is_assessed(appendices):
    found = appendices.core_groups
    first, *rest = found.groups
    printed = [line for line in LINES if line.startswith("Trinn ")]
    quoted = [
        f"Trinn {step.step}: {found.staircase.steps[step.step - 1]['nb']}: {step.labels['nb']}"
        for step in first.staircase
    ]
    assert quoted == printed
    assert [group.staircase for group in rest] == [None] * 4


def test_core_groups_per_ministry(study, appendices):
    assert study.unit_values == (study.plan.models.unit_predictor,) == ("core_groups",)
    counts = study.frame.groupby("ministry", observed=True)["core_groups"].first()
    seats = [name.lower() for group in appendices.core_groups.groups for name in group.members]
    assert {unit: seats.count(unit) for unit in counts.index} == counts.to_dict()
    assert counts.to_dict() == {
        "aid": 2, "bfd": 2, "fin": 2, "fd": 0, "hod": 3, "jd": 4, "kld": 3, "kdd": 5, "kud": 1, "kd": 2, "lmd": 1,
        "nfd": 2, "oed": 2, "sd": 1, "ud": 1, "smk": 0,
    }  # fmt: skip
    assert counts.sum() == 6 + 8 + 7 + 5 + 5


def test_the_measures(study, appendices):
    status = {measure.option: measure.status for measure in appendices.measures.measures}
    assert list(status) == list(study.codebook.item("measures").options)
    assert [option for option, s in status.items() if s == "new"] == ["core_groups", "academy"]
    assert [option for option, s in status.items() if s == "partly_attached"] == ["agency_governance", "hr"]


def test_the_actors(appendices):
    assert [actor.id for actor in appendices.actors.actors] == [
        "kdd",
        "dss",
        "strategic_forum",
        "service_fora",
        "core_groups",
    ]


def test_the_crosswalk_pairs_each_goal_once(study, appendices):
    assert [pair.goal for pair in appendices.crosswalk.pairs] == list(study.codebook.item("goals").items)
    for pair in appendices.crosswalk.pairs:
        assert f"«{pair.ambition['nb']}»" in SOURCE


def test_the_literature_in_the_source_s_order(appendices):
    works = appendices.literature.entries
    assert [work.as_printed for work in works] == lines_between("Litteraturoversikt", "Vedlegg 1")
    for work in works:
        csl = work.csl
        assert csl.title in work.as_printed
        assert f"({csl.issued.date_parts[0][0]})" in work.as_printed
        assert (csl.author[0].literal or csl.author[0].family) in work.as_printed
        for part in (csl.number, csl.genre, csl.publisher, csl.publisher_place):
            assert part is None or part in work.as_printed


def test_works_that_are_named_only(appendices):
    for work, named in zip(
        appendices.literature.named_only, ("Strøm-rapporten", "Fra program til varig struktur"), strict=True
    ):
        assert work.name == named
        assert named in SOURCE
        assert named not in " ".join(lines_between("Litteraturoversikt", "Vedlegg 1"))


def test_the_fieldwork_log(study, appendices):
    log = appendices.survey.log
    assert [entry.event for entry in log] == [
        "addresses", "notice", "opening", "reminder", "reminder", "closing", "deletion", "deletion",
    ]  # fmt: skip
    assert [entry.basis for entry in log if entry.event == "reminder"] == ["synthetic"] * 2
    assert "24. april til 11. mai" in SOURCE
    assert (study.fieldwork.start.isoformat(), study.fieldwork.end.isoformat()) == ("2023-04-24", "2023-05-11")
    assert len(appendices.survey.data_protection) == 3


@pytest.mark.parametrize(
    "text", ["1969 av 4691", "4702 personer", "14 prosent ledere", "86 prosent var saksbehandlere"]
)
def test_the_numbers_are_the_source_s(text):
    assert text in SOURCE.replace("\n", " ")


def test_a_citation_processor_takes_the_literature(appendices):
    from citeproc.source.json import CiteProcJSON

    source = CiteProcJSON(appendices.literature.csl_json())
    assert list(source) == [work.csl.id for work in appendices.literature.entries]
