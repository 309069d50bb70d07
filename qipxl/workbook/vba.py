"""Builds the vbaProject.bin of a workbook from the VBA source in `macros/`, without Excel; same source, same bytes.

pyOpenVBA writes the project. It must hold a module for every sheet of the workbook, named by the sheet's code name; if one
is missing, Excel reports a damaged workbook.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from xlsxwriter import Workbook

from qipxl.files import macros

BOOK = "ThisWorkbook"
"""The code name of every workbook."""


def embed(book: Workbook, modules: Sequence[str]) -> None:
    """Add these macro modules to a workbook; call it after adding all sheets."""
    names = tuple(code_name(number) for number, _ in enumerate(book.worksheets(), 1))
    book.set_vba_name(BOOK)
    for sheet, name in zip(book.worksheets(), names, strict=True):
        sheet.set_vba_name(name)
    book.add_vba_project(BytesIO(vba_project(tuple(modules), names)), is_stream=True)


def code_name(number: int) -> str:
    """Excel's own code name for the sheet with this number, counted from 1."""
    return f"Sheet{number}"


def source(module: str) -> str:
    """The text of a module, with the line ends that VBA requires."""
    return "\r\n".join((macros() / f"{module}.bas").read_text("ascii").splitlines()) + "\r\n"


@lru_cache(maxsize=8)
def vba_project(modules: tuple[str, ...], sheets: tuple[str, ...]) -> bytes:
    """The vbaProject.bin with the modules, for a workbook whose sheets have these code names."""
    from pyopenvba import ExcelFile  # imported here: it is slow to import, and only workbooks with buttons need it

    with tempfile.TemporaryDirectory() as folder:
        bare, made = Path(folder, "bare.xlsm"), Path(folder, "made.xlsm")
        with Workbook(str(bare)) as book:
            book.set_vba_name(BOOK)
            for name in sheets:
                book.add_worksheet().set_vba_name(name)
        with ExcelFile(bare) as file:
            project = file.add_vba_project()
            for module in modules:
                project.add_module(module, source(module))
            file.save(made)
        with zipfile.ZipFile(made) as parts:
            return parts.read("xl/vbaProject.bin")
