"""The bad news that a person at the keyboard must act on.

    QipxlError
    ├── TemplateError      a template file makes no sense; lists every mistake
    ├── RuleError          one line of the rule language makes no sense
    ├── SourceError        a file or folder to read from is not there or is empty
    ├── OutputError        a file or folder cannot be written
    ├── RequestError       what was asked cannot be done as asked (a date, a name, a list)
    └── StoppedError       somebody stopped it (Ctrl-C)

What is wrong in someone's return is never raised: it is a problem, a value (see `problems`).
"""

from __future__ import annotations

from collections.abc import Sequence


class QipxlError(Exception):
    """Something that whoever runs qipxl has to put right first."""


class RuleError(QipxlError):
    """One line of the rule language makes no sense."""


class TemplateError(QipxlError):
    """A template file makes no sense; `mistakes` holds a sentence for each mistake."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        heading = "1 mistake" if count == 1 else f"{count} mistakes"
        super().__init__(f"The template has {heading}:\n" + "\n".join(f"- {m}" for m in self.mistakes))


class SourceError(QipxlError):
    """A file or folder to read from is not there, or holds nothing to read."""


class OutputError(QipxlError):
    """A file or folder cannot be written."""


class RequestError(QipxlError):
    """What was asked for cannot be done as it was asked."""


class StoppedError(QipxlError):
    """Somebody stopped it before it was done."""
