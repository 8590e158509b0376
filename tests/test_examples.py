"""The example of each public name runs, on a small study that has all of it, and gives what it says it gives."""

import doctest
import inspect
import runpy
from unittest import mock

import pandas as pd
import pytest

import evalkit
from evalkit.study import project_root

from . import whole_study

CONSTANTS = {"__version__", "TOTAL", "MARK"}
NAMES = [name for name in evalkit.__all__ if name not in CONSTANTS]


class Checker(doctest.OutputChecker):
    """An example without an output of its own need only run."""

    def check_output(self, want, got, optionflags):
        return not want or super().check_output(want, got, optionflags)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Return the names that the examples take for granted."""
    place = tmp_path_factory.mktemp("examples")
    with pytest.MonkeyPatch.context() as patch, mock.patch("IPython.display.display"):
        patch.setenv("EVALKIT_PROCESSED", str(place / "processed"))
        study = whole_study.write(place / "staff-pulse", whole_study.plan(), whole_study.codebook(), whole_study.rows())
        survey = evalkit.load_study(study)
        release = evalkit.load_release(survey)
        names = {"survey": survey, "release": release, "responses": evalkit.load_responses(survey), "pd": pd}
        yield names | {"show": evalkit.Show(release, "en"), "folder": place}


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_a_public_name_runs(known, name):
    documented = getattr(evalkit, name)
    documented = (
        getattr(documented, name) if inspect.ismodule(documented) else documented
    )  # a room called as its function
    globs = known | {public: getattr(evalkit, public) for public in NAMES}
    test = doctest.DocTestParser().get_doctest(inspect.getdoc(documented), globs, name, None, 0)
    assert test.examples
    said = []
    doctest.DocTestRunner(Checker(), verbose=False).run(test, out=said.append)
    assert not said, "".join(said)


def test_the_reference_is_what_the_docstrings_say():
    docs = project_root() / "docs"
    made = runpy.run_path(str(docs / "reference.py"))["reference"]()
    assert all(f"\n### `{name}`\n" in made for name in evalkit.__all__ if name != "__version__")
    kept = (docs / "reference.md").read_text(encoding="utf-8")
    assert kept == made, "run: python docs/reference.py"
