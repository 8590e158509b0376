"""What a study is: codebook, plan, frame, disclosure rule, and tables of counts.

Order inside the room: yaml_source < words < bands < codebook < checks < derived < plan < frame < table < consistency < appendices < load.
"""

from ..places import project_root
from .appendices import Appendices
from .codebook import BLANK, NOT_ASKED, NOT_TICKED, TICKED, Codebook, Item, Scale, Variable
from .derived import DerivedItem
from .load import Groups, Question, Reading, Study, load_study
from .plan import Design, DisclosureRule, Headline
from .table import MARK, TOTAL, Table
from .words import fold
