"""What a fitted model says, with a random intercept or without: parameters, intervals, criteria, predictions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..errors import DataError, EstimationError, UsageError, one_of
from .arrays import FloatArray
from .effects import Estimated, probabilities, tidy_predictions
from .formula import Design
from .inference import Summary, critical_value, exponentiated, p_values
from .patterns import Patterns
from .sources import Provenance, Source

Interval = Literal["wald", "profile"]


@dataclass(frozen=True, repr=False)
class Fitted(Estimated, ABC):
    """A fitted model.

    Parameters
    ----------
    llf
        Log-likelihood (with sampling weights: pseudo-log-likelihood).
    provenance
        Where the data come from.
    """

    llf: float
    provenance: Provenance

    def needs_likelihood(self, what: str) -> None:
        """Refuse what sampling weights do not have."""
        if self.patterns.weight_kind == "sampling":
            what = f"{what} needs a likelihood, which sampling weights do not have"
            raise EstimationError(what, where=self.formula.text)

    @abstractmethod
    def profile(self, index: int, level: float) -> tuple[float, float]:
        """Return the values of one parameter that a likelihood-ratio test at a level does not reject."""

    @abstractmethod
    def latent(self) -> Estimated:
        """Return the model that effects are of."""

    @property
    @abstractmethod
    def facts(self) -> dict[str, str]:
        """What the summary says above the table."""

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
    def categories(self) -> tuple[Hashable, ...]:
        """The outcome's categories, low to high."""
        return self.patterns.categories

    @property
    def nobs(self) -> int:
        """Respondents in the model."""
        return self.patterns.nobs

    @property
    def n_missing(self) -> pd.Series[int]:
        """Respondents without an answer, by variable; `any` counts those set aside."""
        return pd.Series({**self.patterns.missing, "any": self.patterns.n_missing}, name="n_missing")

    @property
    def link(self) -> str:
        """Name of the link."""
        return self.likelihood.link.name

    @property
    def n_thresholds(self) -> int:
        """Parameters that belong to thresholds: a constant and the nominal effects for each."""
        return self.likelihood.n_thresholds * (1 + len(self.spec.nominal_names))

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return len(self.theta)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of thresholds and params."""
        return self.spec.parameter_names(self.categories)

    @property
    def terms(self) -> tuple[str, ...]:
        """(K,): names of all parameters, the standard deviation of groups last."""
        return self.names

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """(K,): 'threshold', 'nominal', 'location', 'scale' or 'random'."""
        cuts, spec = self.likelihood.n_thresholds, self.spec
        sizes = {"threshold": cuts, "nominal": self.n_thresholds - cuts, "location": len(spec.location_names)}
        sizes |= {"scale": len(spec.scale_names), "random": int(self.mixed)}
        return tuple(group for group, size in sizes.items() for _ in range(size))

    @property
    def df(self) -> FloatArray:
        """(K,): degrees of freedom of the parameters' t statistics; infinite for normal ones."""
        return np.full(self.n_parameters, self.df_resid)

    @property
    def std_error(self) -> FloatArray:
        """(K,): standard errors of all parameters."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def thresholds(self) -> pd.Series[float]:
        """Thresholds `Low|Medium`, then nominal effects `Low|Medium.term` on each."""
        return self._series(self.theta).iloc[: self.n_thresholds]

    @property
    def params(self) -> pd.Series[float]:
        """Effects on the location, then `scale.term` effects on the log of the scale."""
        return self._series(self.theta).iloc[self.n_thresholds :]

    @property
    def bse(self) -> pd.Series[float]:
        """Standard errors of thresholds, then params."""
        return self._series(self.std_error)

    def _series(self, values: FloatArray) -> pd.Series[float]:
        return pd.Series(values[: len(self.names)], index=list(self.names))

    def cov_params(self) -> pd.DataFrame:
        """Covariance of thresholds, then params."""
        names = list(self.names)
        return pd.DataFrame(self.covariance[: len(names), : len(names)], index=names, columns=names)

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

    @property
    def concordance(self) -> float:
        """How often the model ranks two respondents who answered differently as their answers do, ties counting half.

        R: `survival::concordance(as.numeric(y) ~ lp)`.
        """
        model, patterns = self.latent(), self.patterns
        expected = probabilities(model, model.likelihood.design) @ np.arange(len(self.categories))
        _, place = np.unique(np.round(expected, 12), return_inverse=True)
        table = np.zeros((place.max() + 1, len(self.categories)))
        np.add.at(table, (place[patterns.pattern], patterns.category), patterns.w)
        below = np.cumsum(table, axis=0) - table / 2
        totals = table.sum(axis=0)
        pairs = totals @ (np.cumsum(totals) - totals)
        return float((table * (np.cumsum(below, axis=1) - below)).sum() / pairs)

    def wald(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Return the ends of the intervals by estimate and standard error, of t where there are degrees of freedom."""
        reach = np.array([critical_value(level, df) for df in self.df]) * self.std_error
        return self.theta - reach, self.theta + reach

    def conf_int(self, level: float = 0.95, method: Interval = "wald") -> pd.DataFrame:
        """Return intervals of thresholds, params and, last, the standard deviation of groups.

        Parameters
        ----------
        level
            Coverage.
        method
            'wald': estimate and standard error; for a standard deviation on its logarithm, and NaN where it is zero.
            'profile': of the likelihood, which needs a model-based covariance.

        Returns
        -------
        DataFrame
            `conf_low`, `conf_high`.
        """
        one_of(method, ("wald", "profile"), "interval", "method")
        ends = [self.profile(index, level) for index in range(self.n_parameters)] if method == "profile" else []
        low, high = np.array(ends).T if ends else self.wald(level)
        return pd.DataFrame({"conf_low": low, "conf_high": high}, index=list(self.terms), dtype=float)

    def tidy(self, level: float = 0.95, method: Interval = "wald", *, exponentiate: bool = False) -> pd.DataFrame:
        """Return a row a parameter; see `tidy`."""
        statistic = self.theta / self.std_error
        # A standard deviation of zero lies on the edge of its range, where no such statistic is normal.
        statistic[np.array(self.groups) == "random"] = np.nan
        ends = self.conf_int(level, method).reset_index(drop=True)
        frame = pd.DataFrame({"term": self.terms, "group": self.groups, "estimate": self.theta})
        frame = frame.assign(std_error=self.std_error, statistic=statistic, df=self.df)
        frame = frame.assign(p_value=p_values(statistic, self.df), **ends, n=self.nobs)
        frame = exponentiated(frame) if exponentiate else frame
        return self.provenance.estimates(frame, "tidy", model=self, exponentiate=exponentiate)

    def summary(self) -> Summary:
        """Return the model on one page; it shows itself as text or HTML.

        Where levels are withheld, how many are in the model is not said: it would tell the size of these.
        """
        size = {"respondents": str(self.nobs), "set aside (missing)": str(self.patterns.n_missing)}
        notes = self.patterns.notes()
        if self.withheld:
            size, notes = {}, (f"withheld: levels of {', '.join(self.withheld)}",)
        facts = {"formula": self.formula.text, "link": self.link, **size, "log-likelihood": f"{self.llf:.4f}"}
        return Summary(facts | self.facts, self.tidy(), notes)

    def design(self, newdata: Any) -> Design:
        """Return the design of new data.

        Raises
        ------
        UsageError
            A predictor is not there.
        DataError
            A predictor has a level that the model does not know, or is missing.
        """
        return self.spec.build(predictors_like(self.patterns, self.formula.variables, newdata))

    def predict(self, newdata: Any, *, interval: bool = False, level: float = 0.95) -> pd.DataFrame:
        """Predict each category's probability.

        Parameters
        ----------
        newdata
            A row a prediction; pandas, or anything narwhals reads. Or a dict of predictor to a value, or to a list of
            values, of which all combinations are predicted: a profile. Predictors that a dict leaves out stay as they
            are, and the prediction is the average over all respondents. With a random intercept predictions are averages
            over the groups' distribution, which is what an answer drawn from all of them follows.
        interval
            Return a row a category with its interval, by the delta method on the logit.
        level
            Coverage.

        Returns
        -------
        DataFrame
            A column a category, rows as in `newdata`; with `interval` `group, category, estimate, std_error, conf_low,
            conf_high`, the group being the row's label, or the values. R: `predict.clm(interval = TRUE)`.
        """
        model = self.latent()
        if interval or isinstance(newdata, Mapping):
            rows = newdata if isinstance(newdata, Mapping) else self.design(newdata)
            labels = list(newdata.index) if isinstance(newdata, pd.DataFrame) else None
            frame = tidy_predictions(model, rows, labels, level)
            if interval:
                return self.provenance.estimates(frame, "predict", model=self, newdata=newdata)
            wide = frame.pivot_table("estimate", "group", "category", sort=False, observed=True)
            return wide.rename_axis(index=None, columns=None)
        index = newdata.index if isinstance(newdata, pd.DataFrame) else None
        estimate = probabilities(model, self.design(newdata))
        return pd.DataFrame(estimate, columns=list(self.categories), index=index)


def predictors_like(patterns: Patterns, variables: tuple[str, ...], newdata: Any) -> pd.DataFrame:
    """Return the predictors of new data with the model's levels.

    Raises
    ------
    UsageError
        A predictor is not there.
    DataError
        A level is unknown, or a value is missing.
    """
    import narwhals as nw

    frame = nw.from_native(newdata).lazy().collect().to_pandas()
    columns = {}
    for name in variables:
        if name not in frame.columns:
            raise UsageError("the new data lack a predictor", where="newdata", expected=name)
        known = patterns.predictors[name]
        if isinstance(known.dtype, pd.CategoricalDtype):
            codes = known.cat.categories.get_indexer(pd.Index(frame[name].astype(object)))
            column = pd.Series(pd.Categorical.from_codes(codes, known.cat.categories))
            expected = ", ".join(str(level) for level in known.cat.categories)
        else:
            column = pd.Series(pd.to_numeric(frame[name], errors="coerce").to_numpy(np.float64, na_value=np.nan))
            expected = "numbers"
        if column.isna().any():
            raise DataError("a value is missing or unknown to the model", where=f"newdata, {name}", expected=expected)
        columns[name] = column
    return pd.DataFrame(columns, index=range(len(frame)))


def tidy(result: Fitted, level: float = 0.95, *, exponentiate: bool = False, method: Interval = "wald") -> pd.DataFrame:
    """Return a row a parameter of a fitted model, the standard deviation of groups last.

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
        `term, group, estimate, std_error, statistic, df, p_value, conf_low, conf_high, n`; `group` is 'threshold',
        'nominal', 'location', 'scale' or 'random'. With `exponentiate`, the standard error stays that of the logarithm.
        In a mixed model an effect of what is the same for all of a group has t on as many degrees of freedom as groups
        bear. A standard deviation has no statistic: see `lr_test`.

    Examples
    --------
    >>> tidy(fit_clm("belonging ~ role", responses), exponentiate=True)
    """
    return result.tidy(level, method, exponentiate=exponentiate)
