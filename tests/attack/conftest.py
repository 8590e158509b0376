"""The random problems of the benchmarks, for tests, and the small study with its release."""

import sys
from pathlib import Path

from ..small_study import release, study

__all__ = ["release", "study"]

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
