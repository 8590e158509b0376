"""The page of an ordinal model: each question about it as tables, figures and sentences, for any outcome.

Order inside the room: model < parts < description, differences < assumptions, units, sensitivity, agreement < found < page.
"""

from .page import ModelPage

__all__ = ["ModelPage"]
