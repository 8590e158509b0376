"""One shape for every error: where, what was got, what was expected, and how to mend it.

An error never quotes a respondent's answer: only labels that stand in a codebook, and counts.
Each kind has an exit code of its own, so that a script can tell them apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any


class EvalkitError(Exception):
    """What every error of the suite is.

    Parameters
    ----------
    what
        What is wrong, in one sentence.
    where
        The place: a file, and inside it a key, a column or a line.
    got, expected
        What stood there, and what should have.
    hint
        How to mend it.
    known
        What could have stood there: it is listed as expected, and the nearest of it is hinted at, or else `hint`.

    Examples
    --------
    >>> try:
    ...     release.table("belonging", "shoe_size")
    ... except EvalkitError as error:
    ...     print(error.hint)
    did you mean 'belonging_by_role'?
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: object = None,
        got: object = None,
        expected: object = None,
        hint: str | None = None,
        known: Iterable[object] | None = None,
    ) -> None:
        if known is not None:
            every = list(known)
            expected, hint = ", ".join(map(str, every)) or expected or "none", nearest(got, every) or hint
        self.what = what
        self.where = None if where is None else str(where)
        self.got = None if got is None else str(got)
        self.expected = None if expected is None else str(expected)
        self.hint = hint
        super().__init__(what)

    def __str__(self) -> str:
        parts = [self.what if self.where is None else f"{self.where}: {self.what}"]
        for name in ("got", "expected", "hint"):
            value = getattr(self, name)
            if value is not None:
                parts.append(f"  {name}: {value}")
        return "\n".join(parts)

    @classmethod
    def one_of(cls, value: object, known: Collection[object], what: str, **parts: Any) -> None:
        """Refuse a value that is none of those known; the error lists these and hints at the nearest."""
        if value not in known:
            raise cls(what, got=value, known=known, **parts)

    @classmethod
    def several(cls, errors: Sequence[EvalkitError]) -> EvalkitError:
        """Join several errors into one of this kind; a single one is returned as it is."""
        if len(errors) == 1:
            return errors[0]
        body = "\n".join(f"{number}. {error}" for number, error in enumerate(errors, start=1))
        return cls(f"{len(errors)} things are wrong\n{body}")

    @classmethod
    def raise_all(cls, errors: Sequence[EvalkitError]) -> None:
        """Raise all of some errors as one, where there are any."""
        if errors:
            raise cls.several(errors)


class StudyError(EvalkitError):
    """A study's own files (study.yml, codebook.yml, frame, appendices) are wrong.

    Examples
    --------
    >>> try:
    ...     load_study("no-such-study")
    ... except StudyError as error:
    ...     print(error.exit_code)
    2
    """

    exit_code = 2


class DataError(EvalkitError):
    """The export cannot be read, or does not fit the codebook.

    Examples
    --------
    >>> try:
    ...     write_sav(responses, folder / "answers.xls")
    ... except DataError as error:
    ...     print(error.expected)
    .sav
    """

    exit_code = 3


class EstimationError(EvalkitError):
    """A statistic or a model cannot be had from these data.

    Examples
    --------
    >>> try:
    ...     fit_clm("belonging ~ role", responses.only(role="leader"))
    ... except EstimationError as error:
    ...     print(error.what)
    """

    exit_code = 4


class DisclosureError(EvalkitError):
    """Something unprotected was about to be published, or no protection pattern exists.

    Examples
    --------
    >>> try:
    ...     show(proportions(responses, "belonging"))
    ... except DisclosureError as error:
    ...     print(error.hint)
    put `release` in the place of `responses`: proportions(release, ...)
    """

    exit_code = 5


class BuildError(EvalkitError):
    """A notebook, a page or a file could not be made.

    Examples
    --------
    >>> BuildError("a cell did not run", hint="run `make report` again").exit_code
    6
    """

    exit_code = 6


class TranslationError(EvalkitError):
    """A text has no translation, or a stale one.

    Examples
    --------
    >>> issubclass(TranslationError, EvalkitError)
    True
    """

    exit_code = 7


class UsageError(EvalkitError):
    """A command, an argument or a parameter is not known, or has the wrong type.

    Examples
    --------
    >>> try:
    ...     proportions(responses, "belnging")
    ... except EvalkitError as error:
    ...     print(error.hint)
    did you mean 'belonging'?
    """

    exit_code = 8


@contextmanager
def file_errors(where: str | None = None) -> Iterator[None]:
    """Turn what the system refuses, such as a full disk or a folder that is not ours, into an error that names the place."""
    try:
        yield
    except OSError as error:
        what, where = "a file cannot be read or written", error.filename2 or error.filename or where
        got, expected = error.strerror, "files and folders that are ours to read and write, with room on the disk"
        hint = "make room or mend the rights; outputs can be put elsewhere with OUTPUT"
        raise BuildError(what, where=where, got=got or type(error).__name__, expected=expected, hint=hint) from None


def one_of(value: object, known: Iterable[object], what: str, where: object = None) -> None:
    """Refuse a value that is none of those known.

    Raises
    ------
    UsageError
        'there is no such <what>', with those known and the nearest of them.
    """
    UsageError.one_of(value, list(known), f"there is no such {what}", where=where)


def nearest(name: object, known: Iterable[object]) -> str | None:
    """Return a hint naming the known name nearest to `name`, or None when nothing is near."""
    found = get_close_matches(str(name), [str(k) for k in known], n=1, cutoff=0.6)
    return f"did you mean '{found[0]}'?" if found else None
