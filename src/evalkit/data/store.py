"""Cleaned answers on disk: one Parquet file a study, written whole or not at all, trusted only by content.

The file carries the cleaning log and the fingerprint of everything it was made from, so that there is no second file
that could be out of step with it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ..digest import combined, folder_digests, package_digests
from ..errors import file_errors
from ..places import replacing
from ..study import Study, project_root
from .clean import COMPLETE, PARTIAL, clean
from .read import read_export
from .responses import RESPONSE_KIND, CleaningLog, Responses

if TYPE_CHECKING:
    import pandas as pd

_KEY = b"evalkit"


def fingerprint(study: Study) -> str:
    """Return the digest of everything that a study's responses are made from: its folder and the package's sources."""
    return combined({"study": folder_digests(study.folder), "package": package_digests()})


def processed_folder(study: Study) -> Path:
    """Return the folder under data/processed that holds what is made from a study's answers."""
    return project_root() / "data" / "processed" / study.name


def load_responses(study: Study) -> Responses:
    """Return a study's cleaned answers: stored ones when nothing they were made from has changed, else made anew.

    Raises
    ------
    DataError
        When the export cannot be read or cleaned.
    BuildError
        When the folder cannot be written to.
    """
    path, mark = processed_folder(study) / "responses.parquet", fingerprint(study)
    stored = _stored(path, study, mark)
    if stored is not None:
        return stored
    responses = clean(read_export(study), study)
    store_responses(responses, path, mark)
    return responses


def store_responses(responses: Responses, path: Path, mark: str) -> None:
    """Write responses to a Parquet file with their log and a fingerprint; the file appears whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(responses.data, preserve_index=False)
    note = json.dumps({"fingerprint": mark, "log": asdict(responses.log)}).encode()
    table = table.replace_schema_metadata({**table.schema.metadata, _KEY: note})
    with file_errors(), replacing(path) as aside:
        pq.write_table(table, aside)


def _stored(path: Path, study: Study, mark: str) -> Responses | None:
    """Return the stored responses, or None when there are none, or they are damaged or of another making."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        note = json.loads(pq.read_schema(path).metadata[_KEY])
        if note["fingerprint"] != mark:
            return None
        data = pq.read_table(path).to_pandas()
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        return None
    return Responses(study, _recoded(data, study), CleaningLog(**note["log"]))


def _recoded(data: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Give every column the categories and the order of the codebook again, whatever the file format made of them."""
    import pandas as pd

    types: dict[str, pd.CategoricalDtype] = {}
    for variable in study.codebook.variables.values():
        types[variable.name] = pd.CategoricalDtype(list(variable.scale.codes), ordered=variable.scale.ordered)
        types[variable.missing_column] = pd.CategoricalDtype(list(variable.missing_codes))
    types[RESPONSE_KIND] = pd.CategoricalDtype([COMPLETE, PARTIAL])
    return data.astype({name: dtype for name, dtype in types.items() if name in data.columns})
