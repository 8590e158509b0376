"""Numbers and dates as each language writes them, and a catalogue that is complete."""

import datetime as dt
import shutil

import nbformat
import pytest
from markupsafe import Markup

from evalkit.errors import TranslationError, UsageError
from evalkit.i18n import Locale, catalogue, stale_messages, translate_notebook, update_catalogue

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("method", "arguments", "nb", "en"),
    [
        ("number", (4702,), "4702", "4,702"),
        ("number", (12345,), f"12{NBSP}345", "12,345"),
        ("number", (1.256, 2), "1,26", "1.26"),
        ("number", (-1.5, 1), "−1,5", "−1.5"),
        ("number", (-0.001, 2), "0,00", "0.00"),
        ("percent", (0.4197,), f"42{NBSP}%", "42%"),
        ("percent", (0.4197, 1), f"42,0{NBSP}%", "42.0%"),
        ("percent_interval", (0.40, 0.44), f"40–44{NBSP}%", "40–44%"),
        ("percent_interval", (-0.02, 0.1), f"−2 til 10{NBSP}%", "−2 to 10%"),
        ("percent_interval", (0.401, 0.399), f"40{NBSP}%", "40%"),
        ("interval", (0.5, 1.25), "0,50–1,25", "0.50–1.25"),
        ("p_value", (0.0321,), "0,032", "0.032"),
        ("p_value", (1e-9,), f"<{NBSP}0,001", f"<{NBSP}0.001"),
        ("p_value", (0.0005,), f"<{NBSP}0,001", f"<{NBSP}0.001"),
        ("date", (dt.date(2023, 5, 11),), "11. mai 2023", "11 May 2023"),
        ("dates", (dt.date(2023, 4, 24), dt.date(2023, 5, 11)), "24. april–11. mai 2023", "24 April–11 May 2023"),
        (
            "dates",
            (dt.date(2023, 12, 1), dt.date(2024, 1, 2)),
            "1. desember 2023 – 2. januar 2024",
            "1 December 2023 – 2 January 2024",
        ),
        ("month", (2021, 2), "februar 2021", "February 2021"),
        ("listed", (["a", "b", "c"],), "a, b og c", "a, b and c"),
    ],
)
def test_each_language_writes_it_its_own_way(method, arguments, nb, en):
    assert getattr(Locale("nb"), method)(*arguments) == nb
    assert getattr(Locale("en"), method)(*arguments) == en


def test_quotation_marks_inside_others_are_single():
    assert Locale("nb").quoted("Kjenner du «Gode hver for oss»?") == "«Kjenner du ‘Gode hver for oss’?»"


def test_markup_in_a_message_escapes_all_else():
    text = Locale("en").text("{label}, by {groups}", label=Markup("<b>a</b>"), groups="<script>")
    assert text == "<b>a</b>, by &lt;script&gt;"


def test_a_language_that_is_not_known_is_refused():
    with pytest.raises(UsageError, match="no such language"):
        Locale("sv")


def test_a_message_without_translation_is_an_error():
    with pytest.raises(TranslationError, match="no reviewed translation"):
        Locale("nb").text("Nobody has translated this")
    assert Locale("en").text("Nobody has translated this") == "Nobody has translated this"


def test_every_cell_that_lacks_a_translation_is_listed():
    cells = [nbformat.v4.new_markdown_cell(text) for text in ("First, new", "Second, new", "  ")]
    notebook = nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_code_cell("1 + 1")])
    with pytest.raises(TranslationError, match=r"(?s)2 things are wrong.*First, new.*Second, new"):
        translate_notebook(notebook, "nb")
    assert translate_notebook(notebook, "en").cells[0].source == "First, new"


def test_a_cell_that_says_its_language_stands_in_that_one_alone(tmp_path):
    tagged = [("nb", "# Min side"), ("en", "# My page"), ("nb", "Ingen har oversatt dette")]
    cells = [nbformat.v4.new_markdown_cell(text, metadata={"tags": [tag]}) for tag, text in tagged]
    notebook = nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_code_cell("1 + 1")])
    texts = {tag: [cell.source for cell in translate_notebook(notebook, tag).cells] for tag in ("nb", "en")}
    assert texts == {"nb": ["# Min side", "Ingen har oversatt dette", "1 + 1"], "en": ["# My page", "1 + 1"]}
    nbformat.write(notebook, tmp_path / "05_mine.ipynb")
    assert not {text for _, text in tagged} & set(stale_messages("nb", tmp_path))


def test_the_catalogue_is_complete_and_holds_nothing_stale():
    assert stale_messages("nb") == []


def test_an_update_marks_what_changed_and_keeps_the_rest(tmp_path, monkeypatch):
    folder = tmp_path / "locale" / "nb" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    path = shutil.copy(catalogue.catalogue_path("nb"), folder / "evalkit.po")
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path / "locale")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("## What nobody has asked before")])
    nbformat.write(notebook, tmp_path / "01_new.ipynb")
    try:
        catalogue.read_catalogue.cache_clear()
        first = update_catalogue(tmp_path)
        once = path.read_text(encoding="utf-8")
        assert first.startswith("nb: ")
        assert 'msgid "## What nobody has asked before"' in once
        assert 'msgid "to"\nmsgstr "til"' in once
        update_catalogue(tmp_path)
        assert path.read_text(encoding="utf-8") == once
        assert "## What nobody has asked before" in stale_messages("nb", tmp_path)
    finally:
        monkeypatch.undo()
        catalogue.read_catalogue.cache_clear()
