"""Reads a file that head office keeps, the register or a list of services, in a process of its own, as returns are read."""

from __future__ import annotations

import re
from pathlib import Path

from qipxl.errors import SourceError
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.package import DAMAGED
from qipxl.reading.file.sheets import NotRead, OpenSheets, PlainSheets
from qipxl.reading.process import ask_once

FIRST_PART = re.compile(r"; |\. |\.\Z")
"""The end of what was found in a reason; then comes what to ask the sender of a return for."""


def read_sheets(path: Path, what: str, *, texts: bool = False, limits: Limits = Limits()) -> PlainSheets:  # noqa: B008  # frozen
    """The sheets of a workbook; with `texts` also of a text file such as CSV.

    path: the file; it may be a link.
    what: the words for it in a sentence, such as "The register".
    limits: the safety limits, as for a return.

    Raises SourceError, with a sentence on what was found and what to do, if the file is damaged, has a password, is of
    another kind, exceeds a limit or ends its process.
    """
    answer = ask_once(OpenSheets(limits, texts), path.resolve(), limits.seconds)
    if isinstance(answer, PlainSheets):
        return answer
    found = FIRST_PART.split(answer.reason if isinstance(answer, NotRead) else DAMAGED)[0]
    forms = ".xlsx or as CSV" if texts else ".xlsx"
    raise SourceError(
        f"{what} {path} cannot be read: {found[0].lower()}{found[1:]}. Open it in Excel, save it as {forms} without a password "
        "and without anything but its own lists, or go back to an earlier copy of it."
    )
