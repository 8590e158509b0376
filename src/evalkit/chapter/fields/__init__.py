"""Everything of a release that a text may name: numbers, facts of the study, tables, figures and readings.

Order inside: values < counts < answers, models < catalogue. What a name stands for is worked out from
released counts, or from models of groups that passed the same rule, when it is asked for.
"""

from .catalogue import BY_DAY, Fields
from .counts import released_counts
from .values import FILTERS, PLAIN, Fact, Named, Number, Style, Value

__all__ = ["BY_DAY", "FILTERS", "PLAIN", "Fact", "Fields", "Named", "Number", "Style", "Value", "released_counts"]
