"""The columns of a survey's design: what each respondent stands for, and how they were drawn.

A column that is no item is read from the export as it stands. Weights are raked and trimmed here, once, so that
every estimate of these answers rests on the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import DataError
from ..study import Study, fold
from .grid import cell_place, named_rows
from .raking import raked, trimmed
from .read import RawExport

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

WEIGHT, START, STRATA, CLUSTER, FPC = (
    "design.weight",
    "design.start",
    "design.strata",
    "design.cluster",
    "design.fpc",
)
"""The columns of the answers: weights, those before raking, strata, clusters, and how many there are of them in all."""
WEIGHTS = (
    "weight",
    "weights",
    "vekt",
    "vekter",
    "wt",
    "pweight",
    "weighting",
    "survey weight",
    "design weight",
    "final weight",
)
"""What columns of weights are called."""


def looks_like_weights(heading: str) -> bool:
    """Return whether a column is called what weights are called."""
    return fold(heading).replace("_", " ") in WEIGHTS


def design_columns(raw: RawExport, answers: pd.DataFrame, study: Study) -> dict[str, Any]:
    """Return the columns of the design, by name, for the rows of cleaned answers.

    Parameters
    ----------
    raw
        The export, with all its rows.
    answers
        The cleaned answers: a row a kept row of the export, labelled as there.
    study
        Whose design it is.

    Raises
    ------
    DataError
        When a weight or a size is no number, a respondent is in no stratum or cluster, or the weights cannot be raked.
    """
    design, columns = study.design, dict[str, Any]()
    if design is None:
        return columns
    strata, clusters = design.strata or (), design.cluster or ()
    for name, headings in ((STRATA, strata), (CLUSTER, clusters and (*strata, *clusters))):
        if headings:
            columns[name] = _crossed(raw, answers, headings)
    if design.fpc is not None:
        columns[FPC] = _sizes(answers, study) if design.fpc == "population" else _numbers(raw, answers, design.fpc)
    if design.weight or design.rake:
        columns[WEIGHT] = _weights(raw, answers, columns, study)
    return columns


def _weights(raw: RawExport, answers: pd.DataFrame, columns: dict[str, Any], study: Study) -> npt.NDArray[np.float64]:
    import numpy as np

    design = study.design
    assert design is not None
    counts = answers["count"].to_numpy(dtype=float)
    weights = np.ones(len(answers)) if design.weight is None else _numbers(raw, answers, design.weight)
    if not (weights * counts).sum() > 0:
        raise DataError("no respondent has a weight above 0", where=f"{raw.place}, column '{design.weight}'")
    if design.rake:
        columns[START] = weights
        weights = _raked(answers, weights * counts, design.rake, study) * weights
    if design.trim is not None:
        weights = trimmed(weights, counts, *design.trim)
    return weights


def _raked(
    answers: pd.DataFrame, mass: npt.NDArray[np.float64], groups: Sequence[str], study: Study
) -> npt.NDArray[np.float64]:
    """Return the factor of each row by which its group's weights meet the frame; those whose group is not known keep their part."""
    import numpy as np

    frame, margins, totals = study.frame, [], []
    assert frame is not None
    for group in groups:
        levels = list(study.codebook.variable(group).scale.codes)
        places = answers[group].cat.codes.to_numpy()
        people = frame.groupby(group, observed=False)["population"].sum().reindex(levels, fill_value=0)
        unknown = float(mass[places < 0].sum() / mass.sum())
        margins.append(np.where(places < 0, len(levels), places))
        totals.append(np.append(people.to_numpy(dtype=float) / people.sum() * (1 - unknown), unknown))
        have = np.bincount(margins[-1], mass, minlength=len(levels) + 1)
        empty = [level for level, n, size in zip(levels, have, people, strict=False) if (n > 0) != (size > 0)]
        if empty:
            raise DataError(
                "the weights cannot be raked: a group has people and no answers, or the reverse",
                where=f"design.rake, {group}",
                got=", ".join(empty),
                hint=f"merge it with another one by `merge` of {group} in codebook.yml, or leave {group} out of `rake`",
            )
    factors, gap = raked(np.stack(margins, axis=-1), mass, totals)
    if gap > 1e-8:
        raise DataError("the weights do not converge", where="design.rake", hint="rake to fewer groups")
    return factors


def _crossed(raw: RawExport, answers: pd.DataFrame, headings: Iterable[str]) -> Any:
    """Return the crossing of columns of the export and of items, as one categorical."""
    import pandas as pd

    parts = []
    for heading in headings:
        part = answers[heading].astype(object) if heading in answers else raw.cells.loc[answers.index, heading]
        part = part.fillna("").astype(str).str.strip()
        if (part == "").any():
            rows = named_rows(answers.index[part == ""].tolist())
            raise DataError(
                "a respondent is in no stratum or cluster", where=f"{raw.place}, column '{heading}', {rows}"
            )
        parts.append(part)
    return pd.Categorical([row[0] if len(row) == 1 else str(row) for row in zip(*parts, strict=True)])


def _numbers(raw: RawExport, answers: pd.DataFrame, heading: str) -> npt.NDArray[np.float64]:
    """Return a column of numbers; a decimal comma is one, and so is 1.2e-5, which programs write for a small weight."""
    import pandas as pd

    texts = raw.cells.loc[answers.index, heading].str.strip().str.replace(",", ".")
    numbers: npt.NDArray[np.float64] = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float)
    wrong = answers.index[~((numbers >= 0) & (numbers < float("inf")))].tolist()
    if wrong:
        raise DataError(
            "this is no number from 0",
            where=cell_place(raw.place, heading, wrong),
            expected="a number for each row that is kept",
            hint="correct the cells, or set the rows aside by `exclude` in study.yml",
        )
    return numbers


def _sizes(answers: pd.DataFrame, study: Study) -> npt.NDArray[np.float64]:
    """Return how many people the frame has in each row's stratum."""
    import numpy as np

    design, frame = study.design, study.frame
    assert design is not None
    assert frame is not None
    strata = list(design.strata or ())
    if not strata:
        return np.full(len(answers), float(frame["population"].sum()))
    sizes = [study.population(dict(zip(strata, row, strict=True))) or 0 for row in answers[strata].to_numpy()]
    return np.array(sizes, dtype=float)
