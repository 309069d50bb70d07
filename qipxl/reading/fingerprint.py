"""Which qipxl this is: what was worked out by another one is worked out again."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

MATTERS = ("qipxl", "pandas", "python-calamine", "XlsxWriter")
"""The libraries whose version decides what comes out."""


@cache
def fingerprint() -> str:
    """A digest of the versions installed, and of when the files of qipxl itself were last changed."""
    said = [f"{name} {version(name)}" for name in MATTERS]
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        status = path.stat()
        said.append(f"{path.name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
