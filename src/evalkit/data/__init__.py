"""Reading exports, cleaning them, and making synthetic ones.

Order inside the room: responses < files < moments < read < coding < clean < store; synthesis < synthesize beside them.
"""

from .clean import clean
from .read import RawExport, raw_export, read_export
from .responses import COUNT, RESPONSE_KIND, SUBMITTED_ON, CleaningLog, Responses

__all__ = [
    "COUNT",
    "RESPONSE_KIND",
    "SUBMITTED_ON",
    "CleaningLog",
    "RawExport",
    "Responses",
    "clean",
    "raw_export",
    "read_export",
]
