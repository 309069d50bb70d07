"""The errors that a user must act on.

    QipxlError
    ├── TemplateError      a template file is invalid; lists every mistake
    ├── RuleError          one line of the rule language is invalid
    ├── SourceError        a file or folder to read is missing or empty
    ├── OutputError        a file or folder cannot be written
    ├── RequestError       an argument is invalid (a date, a name, a list)
    └── StoppedError       the user stopped the run (Ctrl-C)

Faults in a return are never raised; they are problems, which are values (see `returns.problems`).
"""

from __future__ import annotations

from collections.abc import Sequence


class QipxlError(Exception):
    """The base class of all errors that the user of qipxl must put right first; its text is a sentence to show.

    >>> from qipxl import Period, QipxlError
    >>> try:
    ...     Period.read("March")
    ... except QipxlError as error:
    ...     print(error)
    “March” is not a month. Write a year and a month, such as 2026-03.
    """


class RuleError(QipxlError):
    """One line of the rule language is invalid."""


class TemplateError(QipxlError):
    """A template file is invalid; `mistakes` holds a sentence for each mistake."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        heading = "1 mistake" if count == 1 else f"{count} mistakes"
        super().__init__(f"The template has {heading}:\n" + "\n".join(f"- {m}" for m in self.mistakes))

    def __reduce__(self) -> tuple[type[TemplateError], tuple[Sequence[str]]]:
        """A worker process sends the mistakes, not the text made of them."""
        return TemplateError, (self.mistakes,)


class SourceError(QipxlError):
    """A file or folder to read is missing or empty."""


class OutputError(QipxlError):
    """A file or folder cannot be written."""


class RequestError(QipxlError):
    """An argument is invalid, such as a date, a name or a list."""


class StoppedError(QipxlError):
    """The user stopped the run before its end."""
