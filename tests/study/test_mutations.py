"""Whatever stands in a study's files, the answer is a study or one clear error."""

import copy
import json

import pytest

from evalkit.errors import StudyError
from evalkit.study import load_study
from evalkit.study.yaml_source import read_yaml

GONE = object()
VALUES = [GONE, None, "", "x", "5", "-1", [], ["x"], [None], {}, {"x": "y"}, {"nb": ["a"], "en": {}}]


def places(node, at=()):
    """Go through every place of a tree but its root."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*at, key)
        yield from places(child, (*at, key))


def changed(tree, place, value):
    tree = copy.deepcopy(tree)
    *above, last = place
    node = tree
    for key in above:
        node = node[key]
    if value is GONE:
        del node[last]
    else:
        node[last] = value
    return tree


@pytest.mark.parametrize("file", ["study.yml", "codebook.yml"])
@pytest.mark.parametrize("value", VALUES, ids=lambda value: "gone" if value is GONE else json.dumps(value))
def test_any_part_may_be_anything(smallest, file, value):
    tree = read_yaml(smallest / file).value
    for place in list(places(tree)):
        (smallest / file).write_text(json.dumps(changed(tree, place, value)), "utf-8")
        try:
            load_study(smallest)
        except StudyError as error:
            assert error.exit_code == 2  # noqa: PT017 (any other kind of exception fails the test)
