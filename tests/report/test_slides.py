"""The slides reopen with charts that hold the tables' numbers, in words too, with notes, and the same every time."""

import zipfile

import pytest

from evalkit.errors import UsageError
from evalkit.i18n import Locale
from evalkit.report.distributions import Answers, distribution_view

pptx = pytest.importorskip("pptx")
from evalkit.report.files.slides import charted, write_slides  # noqa: E402

MARKS = {"nb": "Syntetiske data.", "en": "Synthetic data."}


@pytest.fixture(params=["nb", "en"])
def language(request):
    return request.param


@pytest.fixture
def written(release, language, tmp_path):
    return write_slides(release, tmp_path / "slides.pptx", language)


@pytest.fixture
def deck(written):
    return pptx.Presentation(str(written))


def charts(deck):
    """Return the slides with a chart: slide, the chart's frame, its series as names and values."""
    for slide in deck.slides:
        for shape in slide.shapes:
            if shape.has_chart:
                yield slide, shape, {each.name: list(each.values) for each in shape.chart.plots[0].series}


def test_every_share_of_a_chart_is_the_released_one(release, language, deck):
    locale, found = Locale(language), list(charts(deck))
    shown = list(charted(release))
    assert [(item, by) for item, by in shown if by] == [("belonging", ("unit",))]
    assert len(found) == len(shown) == len({item for item, _ in shown}) + 1
    for (item, by), (_, shape, series) in zip(shown, found, strict=True):
        answers = Answers(release.table(item, by), release.study, locale)
        view = distribution_view(answers)
        rows = [row for row in view.rows if not row.sum and (by or not row.total)]
        assert list(shape.chart.plots[0].categories) == [row.label for row in rows]
        for name, values in series.items():
            places = [n for n, column in enumerate(view.columns) if column.label.removesuffix(" (%)") == name]
            for row, value in zip(rows, values, strict=True):
                share = row.values[places[0]]
                assert value is None if not isinstance(share, float) else value == pytest.approx(100 * share)
        assert {len(values) for values in series.values()} == {len(rows)}


def test_what_is_hidden_is_in_no_chart_and_in_no_workbook(release, deck):
    hidden = [values for *_, series in charts(deck) for values in series.values() if None in values]
    assert hidden
    assert all(share is None or share >= 0 for values in hidden for share in values)


def test_answers_of_a_scale_go_from_low_to_high(deck, language):
    by_unit = next(series for *_, series in charts(deck) if len(series) > 1)
    names = list(by_unit)
    low, high = ("Ikke", "Stor") if language == "nb" else ("Not at all", "A lot")
    assert (names[0], names[4]) == (low, high)
    assert len(names) == 7


def test_every_chart_is_said_in_words_and_has_notes_with_its_source(deck, language):
    source = "Kilde: Konstruert." if language == "nb" else "Source: Made up."
    for slide, shape, series in charts(deck):
        alt = shape._element.nvGraphicFramePr.cNvPr.get("descr")
        assert alt.startswith(slide.shapes.title.text_frame.text)
        assert Locale(language).percent(next(v for each in series.values() for v in each if v) / 100) in alt
        assert source in slide.notes_slide.notes_text_frame.text


def test_findings_and_the_mark_stand_on_the_slides(deck, language):
    texts = [[shape.text_frame.text for shape in slide.shapes if shape.has_text_frame] for slide in deck.slides]
    assert all(any(MARKS[language] in text for text in slide) for slide in texts)
    assert texts[1][0] == ("Hovedfunn" if language == "nb" else "Main findings")
    assert any("hører til (" in text or "belong (" in text for text in texts[1])
    assert deck.core_properties.title.startswith(MARKS[language])


def test_the_same_bytes_on_any_day(release, written, language, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000)
    again = write_slides(release, tmp_path / "again.pptx", language)
    assert again.read_bytes() == written.read_bytes()
    with zipfile.ZipFile(written) as opened:
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_another_ending_is_refused(release, tmp_path):
    with pytest.raises(UsageError, match=r"ends in \.pptx"):
        write_slides(release, tmp_path / "slides.ppt")


def test_notes_name_the_table_of_the_pages(release, tmp_path):
    path = write_slides(release, tmp_path / "numbered.pptx", "en", {"table-belonging_by_unit": "2.7"})
    first = [
        slide.notes_slide.notes_text_frame.text.split("\n")[0] for slide, *_ in charts(pptx.Presentation(str(path)))
    ]
    (named,) = [line for line in first if line.startswith("Table")]
    assert named == "Table 2.7. Belonging, by unit."
