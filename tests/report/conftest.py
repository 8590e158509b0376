"""The small study and its release, what shows it, and the ministries' study."""

import pytest

from evalkit.report import Show

from ..small_study import ministries, release, study

__all__ = ["ministries", "release", "study"]


@pytest.fixture(params=["nb", "en"])
def show(release, request):
    return Show(release, request.param)
