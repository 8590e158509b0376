"""What fixed and mixed models say alike: thresholds and effects by name, and criteria of fit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from evalkit.ordinal.patterns import Patterns

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]


class Estimates(ABC):
    """A fitted model's thresholds and effects.

    `located` gives them, thresholds first, with their covariance; `names` and `n_thresholds` say which is which.
    """

    if TYPE_CHECKING:  # fields of the one model, properties of the other

        @property
        def patterns(self) -> Patterns:
            """The cells of the data."""

        @property
        def names(self) -> tuple[str, ...]:
            """Names of thresholds and params."""

        @property
        def llf(self) -> float:
            """Log-likelihood."""

    @property
    @abstractmethod
    def n_thresholds(self) -> int:
        """Parameters that belong to thresholds."""

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """Number of parameters."""

    @property
    @abstractmethod
    def located(self) -> tuple[FloatArray, FloatArray]:
        """Estimates of thresholds and params (K,), and their covariance (K, K)."""

    @abstractmethod
    def needs_likelihood(self, what: str) -> None:
        """Refuse what the fit has no likelihood for."""

    @property
    def categories(self) -> tuple[Hashable, ...]:
        """The outcome's categories, low to high."""
        return self.patterns.categories

    @property
    def nobs(self) -> int:
        """Respondents in the model."""
        return self.patterns.nobs

    @property
    def thresholds(self) -> pd.Series[float]:
        """Thresholds `Low|Medium`, then nominal effects `Low|Medium.term` on each."""
        return self._series(self.located[0]).iloc[: self.n_thresholds]

    @property
    def params(self) -> pd.Series[float]:
        """Effects on the location, then `scale.term` effects on the log of the scale."""
        return self._series(self.located[0]).iloc[self.n_thresholds :]

    @property
    def bse(self) -> pd.Series[float]:
        """Standard errors of thresholds, then params."""
        return self._series(np.sqrt(np.diag(self.located[1])))

    def cov_params(self) -> pd.DataFrame:
        """Covariance of thresholds, then params."""
        import pandas as pd

        return pd.DataFrame(self.located[1], index=list(self.names), columns=list(self.names))

    @property
    def aic(self) -> float:
        """Akaike's criterion; an error where there is no likelihood."""
        self.needs_likelihood("aic")
        return -2.0 * self.llf + 2.0 * self.n_parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion over respondents; an error where there is no likelihood."""
        self.needs_likelihood("bic")
        return -2.0 * self.llf + float(np.log(self.nobs)) * self.n_parameters

    def _series(self, values: FloatArray) -> pd.Series[float]:
        import pandas as pd

        return pd.Series(values, index=list(self.names))
