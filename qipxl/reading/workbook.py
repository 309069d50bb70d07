"""One returned workbook opened: its stamp, its cover, its tables with the rows that are used, and what is odd.

Values come from python-calamine. It gives an empty text for an error value, so the sheets' XML is searched for those.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from operator import itemgetter
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from qipxl import layout
from qipxl.problems import Found, shown
from qipxl.reading.headings import Headings, find_headings, fold
from qipxl.reading.values import CellError, cell_words, is_blank
from qipxl.returns import Placement
from qipxl.rules.rulebook import HEADLINE
from qipxl.stamp import Stamp, read_stamp
from qipxl.template import TableLine, Template

Row = Sequence[object]


class RefusedError(Exception):
    """A file that is not used, with the sentence for its receipt; it never leaves the reading of its file."""

    def __init__(self, reason: str, status: str = "refused") -> None:
        super().__init__(reason)
        self.status = status


@dataclass
class ReadTable:
    """The used rows of one table as raw cells: sheet rows, and a column of cells for each field of the template."""

    placement: Placement
    rows: list[int] = field(default_factory=list)
    cells: dict[str, Sequence[object]] = field(default_factory=dict)
    found: int = 0


@dataclass
class ReadWorkbook:
    """What one workbook gave."""

    template: Template
    stamp: Stamp
    cover: dict[str, object]
    tables: dict[str, ReadTable]
    oddities: list[Found]


def read_workbook(data: bytes, templates: Mapping[str, Template]) -> ReadWorkbook:
    """Read a workbook's bytes; raises RefusedError with a sentence for the receipt."""
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    stamp = find_stamp(book)
    template = template_of(stamp, templates)
    sheets = Sheets(book, data)
    oddities: list[Found] = []
    tables = {key: read_table(sheets, template, key, oddities) for key in template.tables}
    oddities += unread_sheets(sheets, template, tables)
    cover = read_cover(sheets, stamp, oddities)
    oddities += edited_settings(sheets, template)
    oddities += unfinished(template, tables, cover)
    return ReadWorkbook(template, stamp, cover, tables, oddities)


def find_stamp(book: CalamineWorkbook) -> Stamp:
    if set(layout.SUMMARY_SHEETS) <= set(book.sheet_names):
        raise RefusedError("A summary that qipxl wrote; not a return.", "ignored")
    if layout.STAMP not in book.sheet_names:
        raise RefusedError(
            "This workbook is not a tracker that qipxl issued (it has no stamp). Ask for the issued tracker."
        )
    stamp = read_stamp(book.get_sheet_by_name(layout.STAMP).to_python(skip_empty_area=False))
    if stamp is None:
        raise RefusedError("The tracker's stamp is damaged. Issue a fresh tracker and ask for the plan in it.")
    return stamp


def template_of(stamp: Stamp, templates: Mapping[str, Template]) -> Template:
    template = templates.get(stamp.template)
    if template is None:
        raise RefusedError(
            f"The tracker was made from the template {stamp.template}, which is not known here. Give its file too."
        )
    if stamp.version != template.version:
        raise RefusedError(
            f"The tracker was made from version {stamp.version} of {stamp.template}; this qipxl has {template.version}."
        )
    return template


def is_summary(path: Path) -> bool:
    """True for a summary workbook that qipxl wrote."""
    try:
        return set(layout.SUMMARY_SHEETS) <= set(CalamineWorkbook.from_path(path).sheet_names)
    except (OSError, CalamineError):
        return False


class Sheets:
    """The sheets of a workbook: their rows as raw cells, with error values put back, each read at most once."""

    def __init__(self, book: CalamineWorkbook, data: bytes) -> None:
        self.book = book
        self.data = data
        self.archive = zipfile.ZipFile(BytesIO(data))
        self.names = [each for each in book.sheet_names if each not in (layout.STAMP, layout.WORKINGS)]
        self.read: dict[str, list[list[object]]] = {}
        self.parts: dict[str, str] | None = None
        self.last = ("", b"")

    def of_table(self, table: str) -> str:
        """The sheet a table stands on; empty where there is no such table. Asked only where a tab has lost its title."""
        book = CalamineWorkbook.from_filelike(BytesIO(self.data), load_tables=True)
        return book.get_table_by_name(table).sheet if table in (book.table_names or ()) else ""

    def rows(self, name: str) -> list[list[object]]:
        """All cells of a sheet from A1 on."""
        if name not in self.read:
            rows: list[list[object]] = [
                [*row] for row in self.book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            ]
            for row, column, error in self.errors(name):
                if row < len(rows) and column < len(rows[row]):
                    rows[row][column] = CellError(error)
            self.read[name] = rows
        return self.read[name]

    def errors(self, name: str) -> list[tuple[int, int, str]]:
        """Each error value of a sheet: its row and column from 0, and its text."""
        xml = self.xml(name)
        if b't="e"' not in xml and b"t='e'" not in xml:
            return []
        errors = []
        for found in CELL.finditer(xml):
            place = PLACE.search(found[1])
            if place and ERROR.search(found[1]):
                value = VALUE.search(found[2] or b"")
                text = value[1].decode("utf-8", "replace") if value else "an error"
                errors.append((int(place[2]) - 1, column_index(place[1].decode()), text))
        return errors

    def xml(self, name: str) -> bytes:
        """The XML of a sheet, kept until another sheet's is asked for."""
        if self.parts is None:
            self.parts = sheet_parts(self.archive)
        if self.last[0] != name:
            self.last = (name, self.archive.read(self.parts[name]) if name in self.parts else b"")
        return self.last[1]

    def typed_over(self, name: str, columns: Collection[int], rows: Sequence[int], formulas: int) -> Iterator[Cell]:
        """Each cell of these columns (from 0) and sheet rows that holds a value and no formula, row by row.

        Looked for only where the sheet has fewer formulas than the number it was issued with.
        """
        xml = self.xml(name)
        if xml.count(b"<f>") + xml.count(b"<f ") >= formulas:
            return
        wanted = set(rows)
        for found in CELL.finditer(xml):
            place = PLACE.search(found[1])
            if place and int(place[2]) in wanted and column_index(place[1].decode()) in columns:
                inside = found[2] or b""
                if not FORMULA.search(inside) and VALUE.search(inside):
                    yield int(place[2]), column_index(place[1].decode())


Cell = tuple[int, int]
"""A sheet row, and a column from 0."""
FORMULA = re.compile(rb"<(?:\w+:)?f\b")
CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
PLACE = re.compile(rb"""\br=["']([A-Z]+)(\d+)["']""")
ERROR = re.compile(rb"""\bt=["']e["']""")
VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)<")


def column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


RELATIONSHIP = re.compile(r'<(?:\w+:)?Relationship\b(?=[^>]*?\bId="([^"]*)")(?=[^>]*?\bTarget="([^"]*)")')
SHEET = re.compile(r'<(?:\w+:)?sheet\b(?=[^>]*?\bname="([^"]*)")(?=[^>]*?\b\w+:id="([^"]*)")')


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The XML part of each sheet, by the sheet's name."""
    targets = dict(RELATIONSHIP.findall(part_text(archive, "xl/_rels/workbook.xml.rels")))
    parts = {}
    for name, relation in SHEET.findall(part_text(archive, "xl/workbook.xml")):
        target = targets.get(relation, "")
        parts[html.unescape(name)] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return parts


def part_text(archive: zipfile.ZipFile, name: str) -> str:
    return archive.read(name).decode("utf-8", "replace")


def read_table(sheets: Sheets, template: Template, key: str, oddities: list[Found]) -> ReadTable:
    """The rows of one table, wherever its sheet, its heading row and its columns have gone."""
    line = template.tables[key]
    wanted = [field.heading for field in line.field]
    others = {table.sheet for table in template.tables.values()} - {line.sheet}
    sheet, headings = locate(sheets, key, line.sheet, wanted, others)
    if headings is None:
        oddities.append(Found("table-missing", key, line.sheet, heading=line.sheet))
        cells: dict[str, Sequence[object]] = {field.key: [] for field in line.field}
        return ReadTable(Placement(line.sheet, {}), [], cells)
    if sheet != line.sheet:
        oddities.append(Found("tab-renamed", key, sheet, heading=line.sheet, value=shown(sheet)))
    columns = {field.key: headings.columns[field.heading] for field in line.field if field.heading in headings.columns}
    table = ReadTable(Placement(sheet, columns))
    missing = [each for each in wanted if each not in headings.columns]
    oddities += odd_headings(headings, key, sheet, missing, set(line.worked_out_headings))
    collect_rows(sheets.rows(sheet), headings, table, [field.key for field in line.field], key, oddities)
    oddities += overwritten(sheets, headings, table, line, key)
    return table


def overwritten(sheets: Sheets, headings: Headings, table: ReadTable, line: TableLine, key: str) -> Iterator[Found]:
    """A finding for each worked-out column in which something was typed over formulas, at the first such cell."""
    worked_out = {fold(heading): heading for heading in line.worked_out_headings}
    columns = {place: worked_out[fold(text)] for place, text in headings.extra.items() if fold(text) in worked_out}
    if not columns or not table.rows:
        return
    name = table.placement.sheet
    typed: dict[int, list[int]] = {}
    for row, column in sheets.typed_over(name, columns, table.rows, line.rows * len(columns)):
        typed.setdefault(column, []).append(row)
    for column, rows in sorted(typed.items()):
        cell = f"{layout.column_letters(column)}{rows[0]}"
        more = f" ({len(rows)} cells in this column)" if len(rows) > 1 else ""
        yield Found("formula-overwritten", key, name, rows[0], "", cell, columns[column], more=more)


def locate(
    sheets: Sheets, key: str, title: str, wanted: Sequence[str], others: set[str]
) -> tuple[str, Headings | None]:
    """A table's sheet and headings: by the tab's title, else by the table's name, else by likeness.

    A tab with the title of another table (`others`) is never taken for this one.
    """
    for name in candidates(sheets, key, title):
        if name in sheets.names and name not in others:
            headings = find_headings(sheets.rows(name), wanted)
            if headings is not None:
                return name, headings
    return title, None


def candidates(sheets: Sheets, key: str, title: str) -> Iterator[str]:
    """The sheets a table may stand on, the likeliest first."""
    yield title
    yield sheets.of_table(layout.table_name(key))
    yield from sheets.names


def odd_headings(headings: Headings, key: str, sheet: str, missing: list[str], known: set[str]) -> list[Found]:
    """Headings that are gone, changed a little, or nobody's."""
    found = [Found("column-missing", key, sheet, headings.row, heading=heading) for heading in missing]
    for heading, (column, text) in headings.near.items():
        cell = f"{layout.column_letters(column)}{headings.row}"
        found.append(Found("column-near", key, sheet, headings.row, cell=cell, heading=heading, value=shown(text)))
    for column, text in headings.extra.items():
        cell = f"{layout.column_letters(column)}{headings.row}"
        twice = headings.heading_of(text)
        if twice:
            first = f"{layout.column_letters(headings.columns[twice])}{headings.row}"
            found.append(Found("column-twice", key, sheet, headings.row, "", cell, shown(text), shown(text), first))
        elif text not in known:
            found.append(Found("column-extra", key, sheet, headings.row, cell=cell, value=shown(text)))
    return found


def collect_rows(
    rows: list[list[object]],
    headings: Headings,
    table: ReadTable,
    fields: Sequence[str],
    key: str,
    oddities: list[Found],
) -> None:
    """Keep the rows in which a field is filled; set aside headings that stand again and notes, and say so."""
    columns = table.placement.columns
    pick = picker(list(columns.values()))
    kept: list[Row] = []
    for number, row in enumerate(rows[headings.row :], headings.row + 1):
        cells = pick(row)
        filled = len(cells) - cells.count("")
        if not filled or all(is_blank(cell) for cell in cells):
            continue
        table.found += 1
        if filled > 2 and cells == pick(rows[headings.row - 1]):
            oddities.append(Found("second-heading", key, table.placement.sheet, number))
        elif filled == 1 and len(cells) > 3 and is_note(cells):
            note = next(cell for cell in cells if not is_blank(cell))
            oddities.append(Found("row-not-read", key, table.placement.sheet, number, value=shown(cell_words(note))))
        else:
            kept.append(cells)
            table.rows.append(number)
    spread = dict(zip(columns, zip(*kept, strict=True), strict=True)) if kept else {}
    table.cells = {field: spread.get(field, [""] * len(kept)) for field in fields}


def picker(columns: list[int]) -> Callable[[Row], tuple[object, ...]]:
    """Picks the given columns out of a row, as a tuple."""
    return itemgetter(*columns) if len(columns) > 1 else lambda row: tuple(row[column] for column in columns)


def is_note(cells: Row) -> bool:
    """A single text in the first column that has a blank in it, as no reference has."""
    text = cells[0]
    return not is_blank(text) and isinstance(text, str) and " " in text.strip()


OWN = {layout.START, layout.CHECKS, layout.GUIDANCE, layout.LISTS, layout.SETTINGS}


def unread_sheets(sheets: Sheets, template: Template, tables: Mapping[str, ReadTable]) -> list[Found]:
    """Sheets that look like a table already read from another, such as a copied tab; their rows are set aside."""
    read = {table.placement.sheet for table in tables.values()}
    found = []
    for name in sheets.names:
        if name in read or name in OWN:
            continue
        for key, line in template.tables.items():
            headings = find_headings(sheets.rows(name), [field.heading for field in line.field])
            if headings is not None:
                pick = picker(list(headings.columns.values()))
                rows = sum(not all(map(is_blank, pick(row))) for row in sheets.rows(name)[headings.row :])
                tables[key].found += rows
                found.append(Found("sheet-not-read", key, name, value=str(rows), heading=line.sheet))
                break
    return found


def read_cover(sheets: Sheets, stamp: Stamp, oddities: list[Found]) -> dict[str, object]:
    """What Start here says, by the labels in its first column; a difference from the stamp is noted."""
    if layout.START not in sheets.names:
        return {}
    labels = {line.label.lower(): line.key for line in layout.COVER}
    cover: dict[str, object] = {}
    for number, row in enumerate(sheets.rows(layout.START)[:40], 1):
        label = str(row[0]).strip().lower() if row else ""
        if label in labels and len(row) > 1:
            cover.setdefault(labels[label], row[1])
            issued = stamp.facts.get(labels[label])
            if labels[label] in ("code", "period") and issued and not says(row[1], issued):
                heading, value = next(each.label for each in layout.COVER if each.key == labels[label]), shown(row[1])
                oddities.append(
                    Found("cover-differs", "", layout.START, number, "", f"B{number}", heading, value, issued)
                )
    return cover


def unfinished(template: Template, tables: Mapping[str, ReadTable], cover: Mapping[str, object]) -> list[Found]:
    """A tracker that came back with nothing in it, or with nobody's name on it."""
    found = []
    for key, line in template.tables.items():
        if HEADLINE in [rating.key for rating in line.rating] and not tables[key].rows:
            found.append(Found("nothing-entered", key, tables[key].placement.sheet))
    if "submitted_by" in cover and is_blank(cover["submitted_by"]):
        row = layout.COVER_ROW + next(place for place, each in enumerate(layout.COVER) if each.key == "submitted_by")
        found.append(Found("not-signed", "", layout.START, row, cell=f"B{row}", heading="Submitted by"))
    return found


def says(cell: object, issued: str) -> bool:
    return cell_words(cell).strip().lower() == issued.lower()


def edited_settings(sheets: Sheets, template: Template) -> list[Found]:
    """Settings whose figure differs from the template's."""
    if layout.SETTINGS not in sheets.names:
        return []
    declared = {name: number for setting in template.rules.schema.settings.values() for name, number in setting.names()}
    found = []
    for number, row in enumerate(sheets.rows(layout.SETTINGS), 1):
        name = row[0] if row else ""
        if name in declared and len(row) > 2 and row[2] != declared[str(name)]:
            heading, value = shown(row[1]), shown(cell_words(row[2]))
            more = f"{declared[str(name)]:g}"
            found.append(Found("settings-edited", "", layout.SETTINGS, number, "", f"C{number}", heading, value, more))
    return found
