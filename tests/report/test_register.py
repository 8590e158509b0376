"""The register that ends a page: every number in a sentence with the table and the row it was looked up in."""

import re

import pytest

from evalkit.i18n import Locale
from evalkit.report.markup import named_links, register_html, stated_numbers

TABLE = (
    '<div class="table" id="table-shares"><table><caption><span class="number">Table 3.</span> Shares</caption>'
    '<tr id="table-shares--north"><th scope="row">North &amp; south</th><td>42</td></tr>'
    '<tr id="table-shares--east"><th scope="row">East</th><td>7</td></tr></table></div>'
)
SAID = (
    '<div class="reading"><p>Most answer yes in the north: <a href="#table-shares--north">42%</a>. In the east it is '
    '<a href="#table-shares--east">7%</a>, against <a href="#table-shares--north">42%</a>. No number here.</p></div>'
)


def test_every_linked_number_is_found_with_its_own_sentence():
    assert list(stated_numbers(TABLE + SAID)) == [
        ("Most answer yes in the north: 42%.", "42%", "table-shares--north"),
        ("In the east it is 7%, against 42%.", "7%", "table-shares--east"),
        ("In the east it is 7%, against 42%.", "42%", "table-shares--north"),
    ]


def test_a_sentence_stands_once_with_the_rows_of_its_numbers():
    html = str(register_html([TABLE, SAID], Locale("en")))
    assert html.count("<tr>") == 3
    assert html.count("(Table 3, North &amp; south)") == 2
    assert "(Table 3, East)" in html
    assert re.findall(r"<th(?![^>]*scope)[ >]", html) == []


def test_the_link_of_a_number_says_where_it_goes():
    table, said = named_links([TABLE, SAID])
    assert table == TABLE
    assert '<a aria-label="42% (Table 3, North &amp; south)" href="#table-shares--north">42%</a>' in said


def test_a_page_has_one_register():
    first = register_html([TABLE, SAID], Locale("en"))
    assert register_html([TABLE, SAID, str(first)], Locale("en")) == ""


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_page_without_numbers_says_so(language):
    said = Locale(language).text("This page states no numbers in sentences.")
    assert str(register_html([TABLE], Locale(language))) == f"<p>{said}</p>"
