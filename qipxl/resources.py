"""Where the shipped data folders are; no other module knows.

`workbook_templates/` and `macros/` stand beside the package in a checkout and inside it once installed.
"""

from __future__ import annotations

from pathlib import Path

from qipxl.errors import SourceError

HERE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The shipped folder of that name: the installed place first, else the checkout."""
    for place in (HERE / name, HERE.parent / name):
        if place.is_dir():
            return place
    raise SourceError(f"qipxl's folder {name} is missing: install qipxl again")


def workbook_templates() -> Path:
    """The folder of the shipped template files."""
    return folder("workbook_templates")


def macros() -> Path:
    """The folder of the VBA behind the buttons."""
    return folder("macros")
