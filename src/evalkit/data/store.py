"""Cleaned answers on disk: one Parquet file a study, written whole or not at all, trusted only by content.

Of answers in an engine it holds the counts of every crossing that a release needed.

The file carries the cleaning log, and its seal the fingerprint of everything it was made from and the digest of its bytes:
one that was changed, by whatever hand or fault, is made anew.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

import pandas as pd

from .. import places
from ..digest import combined, folder_digests, sealed_read, sealed_write, surroundings
from ..errors import DataError, file_errors
from ..study import Study, project_root
from .clean import CountedResponses, clean
from .responses import COMPLETE, COUNT, PARTIAL, RESPONSE_KIND, CleaningLog, Responses
from .rules import Frame
from .table import read_export, read_table

FILE, _KEY, _PART = "responses.parquet", b"evalkit", "__part__"


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
    path, mark = processed_folder(study) / FILE, fingerprint(study)
    stored = _stored(path, study, mark)
    if stored is not None:
        return stored
    responses = clean(read_export(study), study)
    if not isinstance(responses, CountedResponses):
        store_responses(responses, path, mark)
    return responses


def keep_counts(responses: Responses) -> None:
    """Store every crossing that was counted of answers in an engine so far, so that the engine need not be asked again."""
    if isinstance(responses, CountedResponses):
        for battery in responses.study.batteries:  # whose reliability a report asks for
            responses.crossing(battery)
        store_responses(responses, processed_folder(responses.study) / FILE, fingerprint(responses.study))


def store_responses(responses: Responses, path: Path, mark: str) -> None:
    """Write responses, or what was counted of them, with their log to a sealed Parquet file; it appears whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = [*responses.counts.items()] if isinstance(responses, CountedResponses) else [((), responses.data)]
    rows = pd.concat([data.assign(**{_PART: number}) for number, (_, data) in enumerate(parts)], ignore_index=True)
    told = json.dumps({"log": asdict(responses.log), "parts": [(names, list(data)) for names, data in parts]}).encode()
    table = pa.Table.from_pandas(rows, preserve_index=False)
    content = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, _KEY: told}), content)
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
    told, rows = json.loads(table.schema.metadata[_KEY]), table.to_pandas()
    log, counts = CleaningLog(**told["log"]), {}
    for number, (names, columns) in enumerate(told["parts"]):
        data = _recoded(rows.loc[rows[_PART] == number, columns].reset_index(drop=True), study)
        counts[tuple(names)] = data
        if int(data[COUNT].sum()) != log.kept:
            what, hint = "the stored answers are not as many as were kept", "run `make clean`, which makes them anew"
            raise DataError(what, where=path.name, got=int(data[COUNT].sum()), expected=log.kept, hint=hint)
    if study.export.table is None:
        return Responses(study, counts[()], log)

    @cache
    def engine() -> Frame:
        responses = clean(read_table(study), study)
        assert isinstance(responses, CountedResponses)
        return responses.engine()

    return CountedResponses(study, log, counts, engine)


def _recoded(data: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Give every column the categories and the order of the codebook again, whatever the file format made of them."""
    variables = study.codebook.variables.values()
    types = {v.coded_column: pd.CategoricalDtype(list(v.scale.codes), ordered=v.scale.ordered) for v in variables}
    types |= {v.missing_column: pd.CategoricalDtype(list(v.missing_codes)) for v in variables}
    types[RESPONSE_KIND] = pd.CategoricalDtype([COMPLETE, PARTIAL])
    return data.astype({name: dtype for name, dtype in types.items() if name in data.columns})
