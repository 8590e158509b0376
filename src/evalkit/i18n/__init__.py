"""Languages: messages and text cells from one catalogue, numbers and dates as each language writes them.

Order inside the room: catalogue < locale < notebooks < extract.
"""

from .extract import stale_messages, update_catalogue
from .locale import LANGUAGES, Locale, msg
from .notebooks import cell_language, translate_notebook
