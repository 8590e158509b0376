"""Reading exports, drafting studies from them, cleaning them, and making synthetic ones.

Order inside the room: scales, responses < rules, grid < workbook < files < read < moments, coding, table < clean < store; design < clean; draft; synthesis < synthesize beside them, and sav.
"""

from .clean import clean
from .design import looks_like_weights
from .draft import draft_study
from .read import raw_export
from .responses import COUNT, RESPONSE_KIND, START, SUBMITTED_ON, CleaningLog, Responses
from .sav import write_sav
from .store import fingerprint, keep_counts, load_responses, processed_folder
from .synthesis import load_synthesis
from .synthesize import synthesize
from .table import read_export, table_of
