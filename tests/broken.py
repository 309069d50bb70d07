"""Ways to change a tracker as people, programs and attackers do: at the level of its XML, or with openpyxl."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl

SHEETS = {"Start here": 1, "Actions": 2, "Evidence": 5}
"""The number of a tab's part in a tracker that was just written."""


def with_book(change: Callable[[Any], object]) -> Callable[[Path], None]:
    """The workbook changed with openpyxl and saved."""

    def edit(path: Path) -> None:
        book = openpyxl.load_workbook(path)
        change(book)
        book.save(path)

    return edit


def typed(cells: Mapping[str, object], sheet: str = "Actions") -> Callable[[Path], None]:
    """Values typed into cells; text that looks like a formula stays text only where it begins with an apostrophe.

    Plain words and figures go straight into the sheet's XML, which takes a tenth of the time that openpyxl does.
    """

    def change(book: Any) -> None:
        for place, value in cells.items():
            book[sheet][place] = value

    plain = all(is_plain(value) for value in cells.values()) and sheet in SHEETS
    return with_sheet(partial(with_values, cells=cells), sheet) if plain else with_book(change)


def is_plain(value: object) -> bool:
    """True for words and figures that a sheet's XML holds as they are."""
    if isinstance(value, str):
        return value.isprintable() and not value.startswith("=") and "_x" not in value
    return isinstance(value, int | float) and not isinstance(value, bool)


def with_values(text: str, cells: Mapping[str, object]) -> str:
    """A sheet's XML with values in cells that keep their looks; a row that is not there is added where it belongs."""
    for place, value in cells.items():
        said = (
            f'><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
            if isinstance(value, str)
            else f"><v>{value}</v></c>"
        )
        kind = ' t="inlineStr"' if isinstance(value, str) else ""
        old = re.search(rf'<c r="{place}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)', text, re.DOTALL)
        cell = f'<c r="{place}"{(old[1] or "") if old else ""}{kind}{said}'
        text = text[: old.start()] + cell + text[old.end() :] if old else with_new_cell(text, place, cell)
    return text


def with_new_cell(text: str, place: str, cell: str) -> str:
    """A sheet's XML with a cell more, at the end of its row."""
    number = int(re.sub(r"\D", "", place))
    row = re.search(rf'<row r="{number}"[^>]*?(/>|>.*?</row>)', text, re.DOTALL)
    if row is not None and row[1] != "/>":
        return text[: row.end() - len("</row>")] + cell + text[row.end() - len("</row>") :]
    if row is not None:
        return text[: row.end() - 2] + f">{cell}</row>" + text[row.end() :]
    later = next((each for each in re.finditer(r'<row r="(\d+)"', text) if int(each[1]) > number), None)
    at = later.start() if later else text.index("</sheetData>")
    return text[:at] + f'<row r="{number}">{cell}</row>' + text[at:]


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Mapping[str, bytes]) -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return data.getvalue()


def with_part(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    """The workbook with one part's text changed."""

    def edit(path: Path) -> None:
        parts = parts_of(path)
        before = parts.get(name, b"").decode()
        parts[name] = change(before).encode()
        assert parts[name].decode() != before
        path.write_bytes(zipped(parts))

    return edit


def with_sheet(change: Callable[[str], str], sheet: str = "Actions") -> Callable[[Path], None]:
    return with_part(f"xl/worksheets/sheet{SHEETS[sheet]}.xml", change)


def with_cell(place: str, xml: str) -> Callable[[Path], None]:
    """A cell of Actions replaced as its XML says."""
    row = re.search(r"\d+", place)
    assert row

    def change(text: str) -> str:
        cell = re.compile(rf'<c r="{place}"[^>]*?(/>|>.*?</c>)', re.DOTALL)
        if cell.search(text):
            return cell.sub(lambda _: xml, text, count=1)
        return re.sub(
            rf'(<row r="{row[0]}"[^>]*>.*?)(</row>)',
            lambda found: found[1] + xml + found[2],
            text,
            count=1,
            flags=re.DOTALL,
        )

    return with_sheet(change)


def related(parts: dict[str, bytes], sheet: int, kind: str, target: str) -> None:
    """Add a part that belongs to a sheet."""
    name = f"xl/worksheets/_rels/sheet{sheet}.xml.rels"
    namespace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    empty = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
    line = f'<Relationship Id="rIdX" Type="{namespace}/{kind}" Target="{target}"/></Relationships>'
    parts[name] = parts.get(name, empty).replace(b"</Relationships>", line.encode())


def with_related(kind: str, name: str, xml: str) -> Callable[[Path], None]:
    """A comment part or a drawing added to Actions."""

    def edit(path: Path) -> None:
        parts = parts_of(path)
        related(parts, SHEETS["Actions"], kind, f"../{name}")
        parts[f"xl/{name}"] = xml.encode()
        path.write_bytes(zipped(parts))

    return edit
