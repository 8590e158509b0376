"""A survey of other shapes runs through every notebook as it is.

One language, no id, no dates and no frame; numbers as codes; a battery with an outcome in it; one question that one person
answered unlike all others, so that nothing of it is shown; a group with a small level; semicolons and Windows-1252; long
labels, an emoji, and what HTML would take for a tag.
"""

import pytest

from evalkit.digest import folder_digests

STUDY = """
study: kantina
title: {nb: Kantina}
synthetic: true
languages: [nb]
export: {file: svar.csv}
groups: [floor]
outcomes: [food_taste]
predictors: [floor, visits]
themes: {food: {nb: "Maten <i>smakt</i>"}}
disclosure: {base: 5, cell: 3}
"""
CODEBOOK = """
scales:
  floors: {kind: nominal, categories: [{code: "1", nb: Første}, {code: "2", nb: Andre}, {code: "3", nb: Tredje}, {code: "4", nb: Loftet}]}
  visits: {kind: ordinal, categories: [{code: "2", nb: Ofte}, {code: "1", nb: Sjelden}], low_to_high: ["1", "2"]}
  agree:
    kind: ordinal
    categories: [{code: "1", nb: Uenig}, {code: "2", nb: Både–og}, {code: "3", nb: "Enig 😀"}]
    missing: [{code: "9", nb: Ikke aktuelt}]
items:
  floor: {kind: single, scale: floors, column: ETG, question: {nb: "Hvilken etasje?"}}
  visits: {kind: single, scale: visits, column: BESØK, question: {nb: "Hvor ofte?"}}
  food:
    kind: battery
    scale: agree
    theme: food
    question: {nb: "Hvor enig er du i dette om maten, tatt i betraktning alt det som er sagt om den i året som gikk, av hvem det måtte være?"}
    items:
      taste: {column: V1, nb: "Den smaker godt, og det gjør den hver eneste dag, enten det er fisk, kjøtt eller grønnsaker på <b>menyen</b>"}
      price: {column: V2, nb: Den er billig & god}
  queue: {kind: single, scale: agree, column: V3, question: {nb: "Køen er kort"}}
"""


def rows():
    for i in range(160):
        floor = 4 if i < 4 else 1 + i % 3
        yield (floor, 1 + i % 2, 1 + (i // 2 + i % 3) % 3, 9 if i % 20 == 7 else 1 + i % 3, 1 if i == 50 else 2)


@pytest.fixture(scope="module")
def built(new_project, tmp_path_factory):
    """Return the report's folder; the study lies outside the project, in a folder of another name, and is given by path."""
    folder = tmp_path_factory.mktemp("else where")
    (folder / "study.yml").write_text(STUDY, encoding="utf-8")
    (folder / "codebook.yml").write_text(CODEBOOK, encoding="utf-8")
    lines = ["ETG;BESØK;V1;V2;V3;Kommentar", *(";".join(map(str, row)) + ';"«Fritekst; æøå»"' for row in rows())]
    (folder / "svar.csv").write_bytes("\r\n".join([*lines, ";;;;;", "", ""]).encode("cp1252"))
    project = new_project("other")
    project.report(str(folder))
    assert project.report(str(folder)).startswith("nothing to do")
    return project.outputs / "kantina" / "nb"


def test_every_page_is_made(built):
    names = {"index", "01_cleaning", "02_descriptives", "03_ordinal_regression-food_taste", "04_appendix_tables"}
    assert {path.stem for path in built.glob("*.html")} == names
    assert {"appendix.docx", "appendix.xlsx"} <= set(folder_digests(built))


def test_labels_are_texts_and_comments_go_nowhere(built):
    page = (built / "02_descriptives.html").read_text(encoding="utf-8")
    for said in ("Enig 😀", "Maten &lt;i&gt;smakt&lt;/i&gt;", "&lt;b&gt;menyen&lt;/b&gt;", "Den er billig &amp; god"):
        assert said in page, said
    assert not [name for name in folder_digests(built) if b"Fritekst" in (built / name).read_bytes()]


def test_where_all_is_hidden_a_sentence_stands_for_the_figure(built):
    page = (built / "02_descriptives.html").read_text(encoding="utf-8")
    assert "Her er det ingenting å tegne" in page
    assert not (built / "figures" / "queue.svg").exists()
    assert (built / "figures" / "food.svg").exists()
