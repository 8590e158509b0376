"""JSON Schemas of a study's files, for editors and for other programs; `python -m evalkit.study.schema` writes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ..places import project_root
from .appendices import FILES
from .codebook import Codebook
from .plan import Plan

SCHEMAS: dict[str, type[BaseModel]] = {
    "study": Plan,
    "codebook": Codebook,
    **{f"appendices-{name}": model for name, model in FILES.items()},
}
"""The schemas by name, and the models they describe."""


def json_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one file: 'study', 'codebook', 'appendices-guides' and so on."""
    schema = SCHEMAS[name].model_json_schema(by_alias=True)
    for model in (schema, *schema.get("$defs", {}).values()):
        if "description" in model:  # examples of Python say nothing of the file
            model["description"] = model["description"].partition("\n\nExamples\n")[0]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{name}.schema.json", **schema}


def write_schemas(folder: Path) -> list[Path]:
    """Write every schema into a folder and return the files; what is written depends on the package alone."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in SCHEMAS:
        path = folder / f"{name}.schema.json"
        path.write_text(json.dumps(json_schema(name), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]) if len(sys.argv) > 1 else project_root() / "docs" / "schema")
