"""The numbers that pages note are those that files read, and a table that stands twice keeps its first."""

from evalkit.report.numbers import note_number, read_numbers


def test_numbers_are_read_as_they_were_noted_in_the_order_of_the_pages(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    note_number(second, "table", "goals", "2.1")
    note_number(first, "table", "belonging", "1.1")
    note_number(first, "figure", "belonging", "1.2")
    note_number(second, "table", "belonging", "2.2")
    assert read_numbers([first, second, tmp_path / "none"]) == {"belonging": "1.1", "goals": "2.1"}
    assert read_numbers([first, second], "figure") == {"belonging": "1.2"}
