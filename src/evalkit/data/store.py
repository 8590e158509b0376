"""Cleaned answers on disk: one Parquet file a study, written whole or not at all, trusted only by content.

The file carries the cleaning log, and its seal the fingerprint of everything it was made from and the digest of its bytes:
one that was changed, by whatever hand or fault, is made anew.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from .. import places
from ..digest import combined, folder_digests, sealed_read, sealed_write, surroundings
from ..errors import DataError, file_errors
from ..study import Study, project_root
from .clean import clean
from .read import read_export
from .responses import COMPLETE, PARTIAL, RESPONSE_KIND, CleaningLog, Responses

if TYPE_CHECKING:
    import pandas as pd

_KEY = b"evalkit"


def fingerprint(study: Study) -> str:
    """Return the digest of everything that a study's responses are made from: its folder, the package, the lock and Python."""
    return combined({"study": folder_digests(study.folder), **surroundings(project_root())})


def processed_folder(study: Study) -> Path:
    """Return the folder under data/processed that holds what is made from a study's answers."""
    return places.processed_folder(study.name)


def load_responses(study: Study) -> Responses:
    """Return a study's cleaned answers: stored ones when nothing they were made from has changed, else made anew.

    Raises
    ------
    DataError
        When the export cannot be read or cleaned.
    BuildError
        When the folder cannot be written to.

    Examples
    --------
    >>> responses = load_responses(survey)
    """
    path, mark = processed_folder(study) / "responses.parquet", fingerprint(study)
    stored = _stored(path, study, mark)
    if stored is not None:
        return stored
    responses = clean(read_export(study), study)
    store_responses(responses, path, mark)
    return responses


def store_responses(responses: Responses, path: Path, mark: str) -> None:
    """Write responses with their log to a Parquet file, sealed with a fingerprint; it appears whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(responses.data, preserve_index=False)
    log = json.dumps(asdict(responses.log)).encode()
    content = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, _KEY: log}), content)
    with file_errors():
        sealed_write(path, mark, content.getvalue())


def _stored(path: Path, study: Study, mark: str) -> Responses | None:
    """Return the stored responses, or None when there are none, or they are damaged or of another making."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = sealed_read(path, mark)
    if content is None:
        return None
    table = pq.read_table(pa.BufferReader(content))
    responses = Responses(
        study, _recoded(table.to_pandas(), study), CleaningLog(**json.loads(table.schema.metadata[_KEY]))
    )
    if responses.total != responses.log.kept:
        raise DataError(
            "the stored answers are not as many as were kept",
            where=path.name,
            got=responses.total,
            expected=responses.log.kept,
            hint="run `make clean`, which makes them anew",
        )
    return responses


def _recoded(data: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Give every column the categories and the order of the codebook again, whatever the file format made of them."""
    import pandas as pd

    types: dict[str, pd.CategoricalDtype] = {}
    for variable in study.codebook.variables.values():
        types[variable.coded_column] = pd.CategoricalDtype(list(variable.scale.codes), ordered=variable.scale.ordered)
        types[variable.missing_column] = pd.CategoricalDtype(list(variable.missing_codes))
    types[RESPONSE_KIND] = pd.CategoricalDtype([COMPLETE, PARTIAL])
    return data.astype({name: dtype for name, dtype in types.items() if name in data.columns})
