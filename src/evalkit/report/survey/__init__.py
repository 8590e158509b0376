"""The pages of a survey: who answered and what was answered, worked out from released counts alone.

Order inside the room: parts < representation, headlines, missing, comparisons, readings < page.
"""

from .page import SurveyPage

__all__ = ["SurveyPage"]
