"""What a study is: codebook, plan, frame, disclosure rule, and tables of counts.

Order inside the room: yaml_source < words < bands < codebook < checks < derived < disclosure < plan < frame < table < consistency < appendix_files < appendices < vocabulary < load.
"""

from ..places import project_root, study_folder
from .appendices import Appendices
from .codebook import (
    BLANK,
    NOT_ASKED,
    NOT_TICKED,
    TICKED,
    Category,
    Codebook,
    Item,
    Part,
    Scale,
    Variable,
    merged_scale,
)
from .derived import DerivedItem
from .disclosure import MARK, TOTAL, DisclosureRule
from .load import Study, load_study
from .plan import Design, Export, Headline, Plan, Publication
from .table import Table
from .vocabulary import Groups, Question, Reading
from .words import fold

__all__ = [
    "BLANK",
    "MARK",
    "NOT_ASKED",
    "NOT_TICKED",
    "TICKED",
    "TOTAL",
    "Appendices",
    "Category",
    "Codebook",
    "DerivedItem",
    "Design",
    "DisclosureRule",
    "Export",
    "Groups",
    "Headline",
    "Item",
    "Part",
    "Plan",
    "Publication",
    "Question",
    "Reading",
    "Scale",
    "Study",
    "Table",
    "Variable",
    "fold",
    "load_study",
    "merged_scale",
    "project_root",
    "study_folder",
]
