"""The time at which a program saved a workbook, from the workbook's own properties, never from the file system."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from qipxl.reading.file.package import Package

MODIFIED = re.compile(r"<(?:\w{1,40}:)?modified\b[^<>]{0,200}>([^<]{0,80})<")
"""Its parts are bounded, so that a crafted file costs no time."""


def saved_time(package: Package) -> str:
    """The time in UTC as 2026-04-03T14:02:00; empty if the workbook does not say, or says what is not a time."""
    found = MODIFIED.search(package.text("docProps/core.xml"))
    return in_utc(found[1].strip()) if found else ""


def in_utc(text: str) -> str:
    """A time in UTC, to the second; a time without a zone is in UTC, as the file format requires.

    >>> in_utc("2026-04-03T15:02:00+01:00"), in_utc("2026-04-03T14:02:00Z"), in_utc("today")
    ('2026-04-03T14:02:00', '2026-04-03T14:02:00', '')
    """
    try:
        time = datetime.fromisoformat(text)
        return (time.astimezone(UTC) if time.tzinfo else time).replace(tzinfo=None).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""
