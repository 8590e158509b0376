"""Reading exports, cleaning them, and making synthetic ones.

Order inside the room: responses < read < clean < synthesize < store.
"""

from .responses import COUNT, RESPONSE_KIND, SUBMITTED_ON, CleaningLog, Responses

__all__ = ["COUNT", "RESPONSE_KIND", "SUBMITTED_ON", "CleaningLog", "Responses"]
