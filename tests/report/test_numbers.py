"""The numbers that pages note are those that files read, and a table that stands twice keeps its first."""

from evalkit.report.views import PAGE, FigureView, Numbers, TableView, numbered, read_numbers


def table(name):
    return TableView(name, name, "", (), ())


def figure(name):
    return FigureView(name, name, "", (), "", bytes)


def test_tables_and_figures_are_counted_by_page_each_on_its_own_and_once(monkeypatch):
    monkeypatch.setenv(PAGE, "2")
    numbers = Numbers()
    shown = [table("a"), figure("a"), table("b"), table("a"), figure("b")]
    assert [numbers.of(view) for view in shown] == ["2.1", "2.1", "2.2", "2.1", "2.2"]
    monkeypatch.delenv(PAGE)
    assert Numbers().of(table("a")) == "1"


def test_numbers_are_read_as_they_were_noted(tmp_path, monkeypatch):
    monkeypatch.setenv(PAGE, "2")
    numbers = Numbers()
    for name in ("a", "b", "a"):
        numbers.of(table(name))
    numbers.write(tmp_path)
    found = read_numbers(tmp_path)
    assert found == {"table-a": "2.1", "table-b": "2.2"}
    assert read_numbers(tmp_path / "none") == {}
    again = numbered([table("b"), table("new"), table("a")], found)
    assert [(view.id, view.number) for view in again] == [("a", "2.1"), ("b", "2.2"), ("new", 1)]


def test_numbers_are_sorted_as_numbers():
    found = {f"table-t{n}": f"2.{n}" for n in range(1, 13)}
    views = [table(f"t{n}") for n in (10, 2, 12, 1)]
    assert [view.number for view in numbered(views, found)] == ["2.1", "2.2", "2.10", "2.12"]
