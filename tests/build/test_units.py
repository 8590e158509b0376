"""`make units`: a page and a document a unit, in its own name, beside a report that stays as it is."""

import re

import pytest
from docx import Document

_TABLES = """subgroups: {leaders: {role: [leader]}}
tables:
  - {item: belonging}
  - {item: belonging, by: [leaders]}
"""


@pytest.fixture(scope="module")
def project(new_project, staff_pulse):
    made = new_project("units")
    plan = made.add_study(staff_pulse) / "study.yml"
    text = plan.read_text(encoding="utf-8").replace("tables:\n", _TABLES)
    plan.write_text(text, encoding="utf-8")
    made.report("staff-pulse")
    done = made.run("units", "staff-pulse")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no hidden count can be worked out" in done.stdout
    return made


@pytest.fixture(scope="module")
def folder(project):
    return project.outputs / "staff-pulse" / "nb" / "units"


def test_each_unit_has_a_page_and_a_document_in_its_own_name(folder):
    assert {path.name for path in folder.iterdir()} == {"index.html"} | {
        f"{one}.{ending}" for one in ("north", "south", "leaders") for ending in ("html", "docx")
    }
    page = (folder / "north.html").read_text(encoding="utf-8")
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", page) == ["Nord"]
    assert "svarte her" in page
    assert 'id="figure-unit_north"' in page
    assert "Sør" not in re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)
    document = Document(folder / "north.docx")
    assert document.paragraphs[0].text == "Nord"
    assert len(document.inline_shapes) == 1


def test_the_index_leads_to_each_and_back_to_the_report(folder):
    index = (folder / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'<a href="([^"#]+)">', index)
    assert links == [
        "../index.html",
        "north.html",
        "north.docx",
        "south.html",
        "south.docx",
        "leaders.html",
        "leaders.docx",
    ]


def test_a_subgroup_has_a_page_beside_everyone_of_what_is_published_by_it(folder):
    page = (folder / "leaders.html").read_text(encoding="utf-8")
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", page) == ["Leder"]
    assert 'id="figure-unit_leaders"' in page
    assert "alle enhetene samlet" not in page
    rows = re.search(r'<table><caption id="table-unit_leaders--caption">.*?</table>', page, re.DOTALL)[0]
    assert re.findall(r'<th scope="row">(.*?)</th>', rows) == ["I hvilken grad føler du tilhørighet?"]


def test_the_report_is_as_it_was(project):
    assert "nothing to do" in project.report("staff-pulse")


def test_one_unit_is_made_anew_and_the_others_stay(project, folder):
    before = (folder / "south.html").stat().st_mtime_ns
    done = project.run("units", "staff-pulse", "--unit", "north")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "south.html").stat().st_mtime_ns == before


def test_a_unit_that_is_not_there_is_named(project):
    done = project.run("units", "staff-pulse", "--unit", "nrth")
    assert done.returncode != 0
    assert "there is no such unit" in done.stderr
    assert "did you mean 'north'?" in done.stderr
