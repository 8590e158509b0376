"""The small study and its release."""

from ..small_study import ministries, release, study

__all__ = ["ministries", "release", "study"]
