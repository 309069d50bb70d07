"""Pictures that were placed in a cell: Excel stores #VALUE! in it, with the number of a rich value."""

from __future__ import annotations

import re

from qipxl.reading.file.package import Package

FOLDER = "xl/richData"
METADATA = "xl/metadata.xml"
RICH_TYPE = re.compile(
    rb"""<(?:\w+:)?futureMetadata\s[^>]*?name=["']XLRICHVALUE["'].*?</(?:\w+:)?futureMetadata>""", re.DOTALL
)
RICH_INDEX = re.compile(rb"""<(?:\w+:)?rvb\s[^>]*?\bi=["'](\d+)["']""")
VALUES = re.compile(rb"<(?:\w+:)?valueMetadata(?=[\s>]).*?</(?:\w+:)?valueMetadata>", re.DOTALL)
VALUE_INDEX = re.compile(rb"""<(?:\w+:)?rc\s[^>]*?\bv=["'](\d+)["']""")
RICH_VALUE = re.compile(rb"""<(?:\w+:)?rv\s[^>]*?\bs=["'](\d+)["']""")
STRUCTURE = re.compile(rb"""<(?:\w+:)?s\s[^>]*?\bt=["']([^"']*)["']""")


def is_picture(package: Package, number: int) -> bool:
    """True if a cell's rich value, counted from 1, is a picture and not a data type or one of Excel's newer errors.

    Without a list of the structures, as some programs write it, a rich value is a picture.
    """
    structures = STRUCTURE.findall(package.part(f"{FOLDER}/rdrichvaluestructure.xml"))
    kind = structure_of(package, number)
    if kind is None or kind >= len(structures):
        return not structures or any(b"image" in each.lower() for each in structures)
    return b"image" in structures[kind].lower()


def structure_of(package: Package, number: int) -> int | None:
    """The number of a rich value's structure, from 0; None if the parts do not say."""
    metadata = package.part(METADATA)
    values, types = VALUES.search(metadata), RICH_TYPE.search(metadata)
    index: int | None = number - 1
    for numbers in (
        VALUE_INDEX.findall(values[0]) if values else (),
        RICH_INDEX.findall(types[0]) if types else (),
        RICH_VALUE.findall(package.part(f"{FOLDER}/rdrichvalue.xml")),
    ):
        index = int(numbers[index]) if index is not None and index < len(numbers) else None
    return index
