"""Reading exports, drafting studies from them, cleaning them, and making synthetic ones.

Order inside the room: scales, responses < grid < workbook < files < read < moments, rules < coding, table < clean < store; design < clean; draft; synthesis < synthesize beside them, and sav.
"""

from .clean import clean as clean
from .design import looks_like_weights as looks_like_weights
from .draft import draft_study as draft_study
from .read import raw_export as raw_export
from .responses import COUNT as COUNT
from .responses import RESPONSE_KIND as RESPONSE_KIND
from .responses import START as START
from .responses import SUBMITTED_ON as SUBMITTED_ON
from .responses import CleaningLog as CleaningLog
from .responses import Responses as Responses
from .sav import write_sav as write_sav
from .store import fingerprint as fingerprint
from .store import keep_counts as keep_counts
from .store import load_responses as load_responses
from .store import processed_folder as processed_folder
from .synthesis import load_synthesis as load_synthesis
from .synthesize import synthesize as synthesize
from .synthesize import write_export as write_export
from .synthesize import write_rows as write_rows
from .table import read_export as read_export
from .table import table_of as table_of
