"""Reading exports, drafting studies from them, cleaning them, and making synthetic ones.

Order inside the room: estimates < responses < grid < columnar, workbook < files < read < moments, coding, rules < boxes, reasons, table < engine < clean <
store; raking < design < clean; scales < draft; synthesis < synthesize < write beside them, and sav.
"""

from .clean import clean
from .design import START, looks_like_weights
from .draft import draft_study
from .engine import CountedResponses
from .read import RawExport, raw_export
from .responses import COUNT, RESPONSE_KIND, SUBMITTED_ON, CleaningLog, Responses
from .sav import write_sav
from .store import fingerprint, keep_counts, load_responses, processed_folder
from .synthesis import load_synthesis
from .synthesize import synthesize
from .table import TableExport, read_export, table_of
from .write import write_export, write_rows

__all__ = [
    "COUNT",
    "RESPONSE_KIND",
    "START",
    "SUBMITTED_ON",
    "CleaningLog",
    "CountedResponses",
    "RawExport",
    "Responses",
    "TableExport",
    "clean",
    "draft_study",
    "fingerprint",
    "keep_counts",
    "load_responses",
    "load_synthesis",
    "looks_like_weights",
    "processed_folder",
    "raw_export",
    "read_export",
    "synthesize",
    "table_of",
    "write_export",
    "write_rows",
    "write_sav",
]
