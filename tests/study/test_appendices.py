"""What is wrong in an appendix is said with its file, its line, what was expected and the nearest valid name."""

import json
import shutil
from pathlib import Path

import pytest

from evalkit.errors import StudyError
from evalkit.study import load_study

MINISTRIES = Path(__file__).parents[2] / "data" / "raw" / "departementsstrategien-2023"


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(MINISTRIES, copy, ignore=shutil.ignore_patterns("*.xlsx"))
    return copy


MUTATIONS = {
    "misspelt key": ("guides", "    sections:", "    setcions:", ["guides.yml, line 8, guides.0.setcions", "'sections'"]),
    "nested language": (
        "guides", '{nb: "Kjernegrupper:", en: "Core groups:"}', '{nb: "Kjernegrupper:"}',
        ["guides.yml, line 17, guides.0.sections.0.prompts.2.prompts.0: a text is missing", "got: nb", "expected: nb, en"],
    ),
    "guide twice": ("guides", "id: measure_leaders", "id: strategic_forum", ["guides.1.id: an id stands twice"]),
    "date without a basis": ("survey", "    basis: stated\n", "", ["log.2: the key 'basis' is missing"]),
    "date of unknown basis": ("survey", "basis: stated", "basis: unknown", ["log.2: an event has a date, or its basis is"]),
    "opening on another day": (
        "survey", "date: 2023-04-24", "date: 2023-04-25",
        ["log: the log's dates of 'opening' are not those of study.yml", "got: 2023-04-25", "expected: 2023-04-24"],
    ),
    "claim about no group": ("survey", "item: role", "item: rolle", ["claims.2.test.item: a name is not known", "'role'"]),
    "claim about no level": ("survey", "caseworker: 0.86", "casworker: 0.86", ["claims.2.test.shares", "'caseworker'"]),
    "shares that are not claimed": (
        "survey", "kind: every, item", "kind: shares, item", ["claims.0.test: 'shares' goes with the kind 'shares'"],
    ),
    "interviews that do not add up": (
        "interviews", "number: 16", "number: 15",
        ["interviews.yml, line 3, total: the interviews do not add up", "got: 38", "expected: 39"],
    ),
    "unknown guide": ("interviews", "guide: measure_leaders", "guide: measure_leader", ["groups.2.guide", "'measure_leaders'"]),
    "unknown phase": ("interviews", "phase: main", "phase: man", ["groups.1.phase: a name is not known", "'main'"]),
    "unknown core group": ("interviews", "[children, climate", "[childrens, climate", ["groups.3.core_groups", "'children'"]),
    "no number": ("interviews", "number: 16", "number: sixteen", ["groups.1.number: this is no whole number", "got: sixteen"]),
    "unknown ministry": (
        "core_groups", "[BFD, AID, JD, HOD, KUD, KDD]", "[BFD, AID, JD, HOD, KUD, KMD]",
        ["core_groups.yml, line 20, groups.0.members: a name is not known", "got: KMD"],
    ),
    "lead who is no member": ("core_groups", "lead: KLD", "lead: UD", ["groups.2: the lead UD is not among the members"]),
    "member twice": ("core_groups", "[KDD, KLD, UD, KD, JD]", "[KDD, KLD, UD, KD, KD]", ["groups.4.members: a name stands twice"]),
    "no month": ("core_groups", "started: 2021-02", "started: 2021-13", ["groups.0.started: this is no valid name"]),
    "step beyond the staircase": ("core_groups", "- step: 4", "- step: 5", ["staircase.3.step: there is no such step", "1 to 4"]),
    "option left out": (
        "measures", "  - option: procurement\n    status: attached\n", "",
        ["measures: an option of the questionnaire is missing", "expected: procurement"],
    ),
    "unknown option": ("measures", "option: academy", "option: acadmy", ["got: acadmy", "did you mean 'academy'?"]),
    "unknown status": ("measures", "status: new", "status: knew", ["measures.0.status", "did you mean 'new'?"]),
    "actor of no unit": ("actors", "unit: KDD", "unit: KDDD", ["actors.0.unit: a name is not known", "did you mean 'KDD'?"]),
    "ambition that is not quoted": (
        "crosswalk", "samarbeider godt om", "samarbeider bra om",
        ["pairs.0.ambition.nb: the ambition is not quoted from the interview guide"],
    ),
    "goal that is no row": ("crosswalk", "goal: community", "goal: comunity", ["pairs: a name is not known", "'community'"]),
    "finding on no theme": (
        "findings", "theme: importance", "theme: importence",
        ["findings.3.theme: a name is not known", "got: importence", "did you mean 'importance'?"],
    ),
    "finding of no group": (
        "findings", "    theme: importance", "    theme: importance\n    groups: [measure_leader]",
        ["findings.3.groups: a name is not known", "did you mean 'measure_leaders'?"],
    ),
    "finding of few interviews": (
        "findings", "    theme: importance", "    theme: importance\n    groups: [scandinavia]",
        ["findings.3.groups: so few interviews", "got: 2 in scandinavia", "expected: at least 3", "name several groups together"],
    ),
    "fewer than the study asks for": (
        "findings", "findings:\n", "least: 8\nfindings:\n  - {id: few, theme: belonging, groups: [measure_leaders], nb: Nei, en: No, basis: {nb: Her, en: Here}}\n",
        ["findings.0.groups: so few interviews", "got: 7 in measure_leaders", "expected: at least 8"],
    ),
    "protection turned off": ("findings", "findings:\n", "least: 1\nfindings:\n", ["least: ", "greater than or equal to 2"]),
    "finding that stands to nothing": ("findings", "fit: expansion", "fit: expanson", ["findings.0.fit", "did you mean 'expansion'?"]),
    "finding that rests on nothing": (
        "findings", "theme: cooperation\n    fit: expansion\n", "theme: cooperation\n    baisis: {nb: A, en: B}\n",
        ["findings.0.baisis", "did you mean 'basis'?"],
    ),
    "finding twice": ("findings", "id: secretariats", "id: what_is_demanding", ["findings.1.id: an id stands twice"]),
    "finding without a language": ("findings", "    en: >-\n      What is", "    nb2: >-\n      What is", ["nb2"]),
    "work of no known type": ("literature", "type: report", "type: rapport", ["entries.0.csl.type", "did you mean 'report'?"]),
    "name of no one": ("literature", "{literal: m.fl.}", "{given: m.fl.}", ["csl.author.1: a name has either 'family' or 'literal'"]),
    "year that is none": ("literature", "[[2019]]", "[[soon]]", ["date-parts.0.0: this is no whole number", "got: soon"]),
    "work twice": ("literature", "id: dfo-2021", "id: difi-2019", ["entries.1.id: an id stands twice"]),
}  # fmt: skip


QUOTATIONS = {
    "«Vi samarbeider godt»": "«", "“Vi samarbeider godt”": "“", 'De sa "godt" om det': '"', "Et ’vi’ som holder": "’",
    "Et 'vi' som holder": "'", "– Vi samarbeider godt, sier de": "–", "„Godt“": "„", "‘Godt’": "‘", "- Vi samarbeider": "-",
}  # fmt: skip


@pytest.mark.parametrize(("text", "mark"), QUOTATIONS.items())
def test_a_finding_may_not_quote(folder, text, mark):
    with pytest.raises(StudyError) as raised:
        load_study(with_finding(folder, text))
    for part in ("findings.0.nb: a finding may not quote", f"got: {mark.strip()}", "paraphrase"):
        assert part in str(raised.value)


@pytest.mark.parametrize(
    "text", ["Ministries' work and the ministries’ goals", "Det er krevende – og nytt", "En to-årig plan"]
)
def test_an_apostrophe_or_a_dash_inside_is_no_quotation(folder, text):
    assert load_study(with_finding(folder, text)).appendices.findings.findings[0].label("nb") == text


def with_finding(folder, text):
    """Give the study one finding with this Norwegian text, by two groups that are large enough together."""
    finding = {
        "id": "one", "theme": "belonging", "groups": ["scandinavia", "norwegian_shared_service"],
        "nb": text, "en": "A text", "basis": {"nb": "Her", "en": "Here"},
    }  # fmt: skip
    (folder / "appendices" / "findings.yml").write_text(json.dumps({"findings": [finding]}), "utf-8")
    return folder


@pytest.mark.parametrize(("name", "old", "new", "said"), MUTATIONS.values(), ids=MUTATIONS)
def test_a_mistake_is_named_with_its_place(folder, name, old, new, said):
    path = folder / "appendices" / f"{name}.yml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(StudyError) as raised:
        load_study(folder)
    for part in said:
        assert part in str(raised.value)


def test_mistakes_in_several_appendices_are_told_at_once(folder):
    for name, old, new in (("interviews", "number: 16", "number: 15"), ("measures", "status: new", "status: knew")):
        path = folder / "appendices" / f"{name}.yml"
        path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(StudyError, match=r"2 things are wrong\n1\. interviews\.yml(.*\n)*2\. measures\.yml"):
        load_study(folder)


def test_a_misspelt_file_is_no_appendix(folder):
    (folder / "appendices" / "guides.yml").rename(folder / "appendices" / "guide.yml")
    with pytest.raises(
        StudyError, match=r"appendices/guide\.yml: this is no appendix(.*\n)*.*did you mean 'guides\.yml'"
    ):
        load_study(folder)


def test_a_folder_in_place_of_an_appendix(folder):
    (folder / "appendices" / "actors.yml").unlink()
    (folder / "appendices" / "actors.yml").mkdir()
    with pytest.raises(StudyError, match=r"actors\.yml: this is a folder"):
        load_study(folder)


def test_each_appendix_is_optional(folder):
    for name in ("guides", "interviews", "crosswalk", "literature"):
        (folder / "appendices" / f"{name}.yml").unlink()
    assert load_study(folder).appendices.present == ("survey", "core_groups", "measures", "actors", "findings")
