"""The published JSON Schemas are those of the package, and the studies' files fit them."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from evalkit.study.schema import SCHEMAS, json_schema

PROJECT = Path(__file__).parents[2]
STUDIES = [
    PROJECT / "data" / "raw" / name
    for name in ("departementsstrategien-2023", "copenhagen-housing", "state-employees-2024")
]
FILES = [
    (path, name)
    for folder in STUDIES
    for name in SCHEMAS
    if (path := folder / f"{name.replace('appendices-', 'appendices/')}.yml").exists()
]


class Loader(yaml.SafeLoader):
    """YAML as an editor reads it: dates stay strings."""


Loader.yaml_implicit_resolvers = {
    letter: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for letter, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_the_package_s(name):
    published = PROJECT / "docs" / "schema" / f"{name}.schema.json"
    assert published.exists(), "run: python -m evalkit.study.schema"
    assert json.loads(published.read_text("utf-8")) == json_schema(name), "run: python -m evalkit.study.schema"
    jsonschema.Draft202012Validator.check_schema(json_schema(name))


@pytest.mark.parametrize(("path", "name"), FILES, ids=lambda value: getattr(value, "stem", value))
def test_the_studies_files_fit_the_schemas(path, name):
    validator = jsonschema.Draft202012Validator(json_schema(name))
    assert [error.message for error in validator.iter_errors(yaml.load(path.read_text("utf-8"), Loader))] == []


def test_the_schema_refuses_an_unknown_key():
    validator = jsonschema.Draft202012Validator(json_schema("codebook"))
    category = {"code": "a", "en": "A", "shrot": "A"}
    codebook = {"scales": {"s": {"kind": "nominal", "categories": [category]}}, "items": {}}
    assert any("shrot" in error.message for error in validator.iter_errors(codebook))
