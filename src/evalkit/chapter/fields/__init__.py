"""Everything of a release that a text may name: numbers, facts of the study, tables, figures and readings.

Order inside: values < answers, response, models < catalogue. What a name stands for is worked out from released counts, or
from models of groups that passed the same rule, when it is asked for.
"""

from .answers import Counted
from .catalogue import Fields
from .values import FILTERS, Fact, Named, Number, Style, Value

__all__ = ["FILTERS", "Counted", "Fact", "Fields", "Named", "Number", "Style", "Value"]
