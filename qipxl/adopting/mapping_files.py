"""The files of a mapping: adopt.toml and mapping.xlsx say the same, and either can be corrected and used."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from qipxl.adopting.mapping import AdoptMapping
from qipxl.adopting.mapping_toml import mapping_text, read_mapping_text
from qipxl.adopting.mapping_workbook import write_mapping_workbook
from qipxl.adopting.read_mapping_workbook import read_mapping_workbook
from qipxl.files import write_bytes
from qipxl.periods import Period
from qipxl.services import Service
from qipxl.template import Template


def read_mapping(path: Path, template: Template) -> AdoptMapping:
    """Read a mapping, from a workbook or from TOML.

    Raises SourceError if the file cannot be read, RequestError with every mistake in it.
    """
    is_workbook = path.suffix.lower() in (".xlsx", ".xlsm")
    return read_mapping_workbook(path, template) if is_workbook else read_mapping_text(path, template)


def write_mapping(
    mapping: AdoptMapping, template: Template, services: Sequence[Service], period: Period, folder: Path
) -> tuple[Path, Path]:
    """Write mapping.xlsx and adopt.toml, with the guesses for a person to confirm, and return their paths.

    A file that a person has corrected is never overwritten: then they are mapping-2.xlsx and adopt-2.toml, and so on. Raises
    OutputError if they cannot be written.
    """
    mapping = mapping.with_guesses(template)
    with TemporaryDirectory() as made:
        book = write_mapping_workbook(mapping, template, services, period.first, Path(made, "mapping.xlsx"))
        contents = {"mapping{}.xlsx": book.read_bytes(), "adopt{}.toml": mapping_text(mapping, template).encode()}
    for number in count(1):
        paths = {folder / name.format("" if number == 1 else f"-{number}"): held for name, held in contents.items()}
        if all(is_free(path, content) for path, content in paths.items()):
            break
    workbook, text = (write_bytes(path, content) for path, content in paths.items())
    return workbook, text


def is_free(path: Path, content: bytes) -> bool:
    """True if a file does not exist, or has this content already."""
    return not path.exists() or (path.is_file() and path.read_bytes() == content)
