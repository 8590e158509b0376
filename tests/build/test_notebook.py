"""A parameter that does not exist, or has the wrong type, is an error before a kernel starts."""

import nbformat
import pytest

from evalkit.build.notebook import checked_parameters, notebook_parameters, read_notebook
from evalkit.errors import BuildError, UsageError

CELL = 'study: str = "pulse"  # the study\nrows: int = 3  # how many\nshare: float = 0.5\nweighted: bool = False\nnames: list = []\n'


def notebook(source=CELL, tags=("parameters",)):
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
    return nbformat.v4.new_notebook(cells=[cell])


@pytest.fixture
def known():
    return notebook_parameters(notebook(), "01.ipynb")


def test_names_and_types_are_read(known):
    assert known == {"study": "str", "rows": "int", "share": "float", "weighted": "bool", "names": "list"}


@pytest.mark.parametrize(
    ("given", "typed"),
    [
        ({"rows": "4"}, {"rows": 4}),
        ({"share": "1"}, {"share": 1.0}),
        ({"weighted": "True"}, {"weighted": True}),
        ({"study": "5"}, {"study": "5"}),
    ],
)
def test_text_from_a_command_line_gets_the_declared_type(known, given, typed):
    assert checked_parameters(given, known, "01") == typed


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"studi": "x"}, "no such parameter(.|\n)*got: studi(.|\n)*did you mean 'study'"),
        ({"rows": "many"}, "wrong type(.|\n)*'many' \\(str\\)(.|\n)*expected: int"),
        ({"rows": 1.5}, "wrong type"),
        ({"rows": True}, "wrong type"),
        ({"study": 3}, "wrong type"),
        ({"weighted": 1}, "wrong type"),
    ],
)
def test_a_wrong_parameter_is_refused(known, given, message):
    with pytest.raises(UsageError, match=message):
        checked_parameters(given, known, "01")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (notebook(tags=()), "needs one cell tagged 'parameters'"),
        (notebook("study = 'x'"), "no annotated constant(.|\n)*got: study = 'x'"),
    ],
)
def test_a_notebook_without_proper_parameters_is_refused(broken, message):
    with pytest.raises(BuildError, match=message):
        notebook_parameters(broken, "01.ipynb")


def test_a_type_that_cannot_be_checked_is_refused(known):
    with pytest.raises(BuildError, match="cannot be checked"):
        checked_parameters({"names": []}, known, "01")


@pytest.mark.parametrize(("content", "message"), [(None, "the notebook is missing"), ("{", "this is no notebook")])
def test_an_unreadable_notebook_is_named(tmp_path, content, message):
    path = tmp_path / "01_x.ipynb"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BuildError, match=message):
        read_notebook(path)
