"""What fixed and mixed models say alike: thresholds and effects by name, and criteria of fit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from .formula import DesignSpec, ModelFormula
from .inference import Summary
from .links import Link
from .patterns import Patterns
from .sources import Provenance, Source

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]
Interval = Literal["wald", "profile"]


@dataclass(frozen=True, repr=False)
class Latent:
    """What effects need of a fitted model.

    Parameters
    ----------
    patterns, spec, link
        The data, how their design was made, and the link.
    variables
        The predictors.
    theta
        Parameters (K,): thresholds with their nominal effects, location, scale; then the standard deviation of the
        random intercept, if there is one.
    covariance
        Theirs (K, K).
    mixed
        Whether the last parameter is such a standard deviation.
    df
        Degrees of freedom of a t statistic; infinite for a normal one.
    """

    patterns: Patterns
    spec: DesignSpec
    link: Link
    variables: tuple[str, ...]
    theta: FloatArray
    covariance: FloatArray
    mixed: bool
    df: float


class Fitted(ABC):
    """A fitted model's thresholds and effects.

    `located` gives them, thresholds first, with their covariance; `names` and `n_thresholds` say which is which.
    """

    if TYPE_CHECKING:  # fields of the one model, properties of the other

        @property
        def patterns(self) -> Patterns:
            """The cells of the data."""

        @property
        def formula(self) -> ModelFormula:
            """The formulas of the effects."""

        @property
        def link(self) -> str:
            """Name of the link."""

        @property
        def provenance(self) -> Provenance:
            """Where the data come from."""

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

    @abstractmethod
    def latent(self) -> Latent:
        """Return what effects need."""

    @abstractmethod
    def tidy(self, level: float = 0.95, method: Interval = "wald", *, exponentiate: bool = False) -> pd.DataFrame:
        """Return a row a parameter."""

    @abstractmethod
    def summary(self) -> Summary:
        """Return the model on one page."""

    def __repr__(self) -> str:
        """Return what was fitted, never an answer."""
        return f"<{type(self).__name__} {self.formula.text}, link {self.link}>"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    @property
    def source(self) -> Source | None:
        """What gave the data; None for a table."""
        return self.provenance.source

    @property
    def withheld(self) -> dict[str, tuple[Hashable, ...]]:
        """Predictor to the levels that its source withheld."""
        return dict(self.provenance.withheld)

    @property
    def size_facts(self) -> dict[str, str]:
        """How many are in the model and how many are not; nothing where levels are withheld, since it would tell their size."""
        if self.provenance.withheld:
            return {}
        return {"respondents": str(self.nobs), "set aside (missing)": str(self.patterns.n_missing)}

    @property
    def notes(self) -> tuple[str, ...]:
        """What an analyst should know of the data; only what is withheld, where levels are."""
        if self.provenance.withheld:
            return (f"withheld: levels of {', '.join(self.provenance.withheld)}",)
        return self.patterns.notes()

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


def tidy(result: Fitted, level: float = 0.95, *, exponentiate: bool = False, method: Interval = "wald") -> pd.DataFrame:
    """Return a row a parameter of a fitted model.

    Parameters
    ----------
    result
        What `fit_clm` or `fit_clmm` returned.
    level
        Coverage of the intervals.
    exponentiate
        Return odds ratios (for the logit link) of the location's effects alone; under nominal effects, those at each
        threshold, towards the higher answers.
    method
        'wald', or 'profile' of the likelihood.

    Returns
    -------
    DataFrame
        `term, group, estimate, std_error, statistic, df, p_value, conf_low, conf_high, n`.
    """
    return result.tidy(level, method, exponentiate=exponentiate)
