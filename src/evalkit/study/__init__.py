"""What a study is: codebook, plan, frame, disclosure rule, and tables of counts.

Order inside the room: yaml_source < words < bands < codebook < checks < derived < plan < frame < table < consistency < appendices < load.
"""

from ..places import project_root as project_root
from .appendices import Appendices as Appendices
from .codebook import BLANK as BLANK
from .codebook import NOT_ASKED as NOT_ASKED
from .codebook import NOT_TICKED as NOT_TICKED
from .codebook import TICKED as TICKED
from .codebook import Codebook as Codebook
from .codebook import Item as Item
from .codebook import Scale as Scale
from .codebook import Variable as Variable
from .derived import DerivedItem as DerivedItem
from .load import Groups as Groups
from .load import Question as Question
from .load import Reading as Reading
from .load import Study as Study
from .load import load_study as load_study
from .plan import Design as Design
from .plan import DisclosureRule as DisclosureRule
from .plan import Headline as Headline
from .table import MARK as MARK
from .table import TOTAL as TOTAL
from .table import Table as Table
from .words import fold as fold
