"""Which version of qipxl this is: results of another one are computed again."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

MATTERS = ("qipxl", "pandas", "python-calamine", "XlsxWriter")
"""The libraries whose version can change the results."""


@cache
def fingerprint() -> str:
    """A digest of the installed versions, and of the last change of each file of qipxl itself."""
    lines = [f"{name} {version(name)}" for name in MATTERS]
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        status = path.stat()
        lines.append(f"{path.name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
