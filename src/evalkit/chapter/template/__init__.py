"""An author's Word document with places for results: read where they stand, filled, and nothing else in it changed.

Order inside: paragraphs < stories, numbering < placeholders, blocks < document.
"""

from .document import Result, Template
from .placeholders import Placeholder

__all__ = ["Placeholder", "Result", "Template"]
