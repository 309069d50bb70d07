"""Reads the workbook of a register: another process opens it, while this one loads what makes a register of its cells."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from qipxl.errors import SourceError
from qipxl.reading.sheets import read_sheets

if TYPE_CHECKING:
    from qipxl.provider.register import Register


def read_register(path: Path) -> Register:
    """Read a register workbook.

    Raises SourceError if it is missing or not a workbook, RequestError with every mistake in it, each with its cell.
    """
    if not path.is_file():
        raise SourceError(f"There is no register {path}. Run `qipxl init` to create one.")
    with ThreadPoolExecutor(1) as other:
        opened = other.submit(read_sheets, path, "The register")
        from qipxl.provider.register_reading import register_from  # loads pandas

        sheets = opened.result()
    return register_from(path, sheets.rows, sheets.far)
