"""What LibreOffice, the file and Python say of the same cells: each worked out, and compared cell by cell."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from factories_rows import AS_AT, PERIOD, SERVICE, Raw
from office import Office
from openpyxl import load_workbook

from qipxl.reading import read_returns
from qipxl.returns.returns import Returns
from qipxl.rules.aggregates import RowOfLatest
from qipxl.rules.lookups import RowOfParent
from qipxl.template import Template
from qipxl.tracker.content import Tracker, tracker_book, workings_of
from qipxl.tracker.workings import WorkingColumn
from qipxl.workbook.layout import FIRST_ROW, HEADING_ROW, WORKINGS, column_letters

MOST_SHOWN = 20


@dataclass(frozen=True)
class Line:
    """A rule of the trial: its key in the template, and its text."""

    table: str
    key: str
    text: str
    is_condition: bool


def put_raw(source: Path, target: Path, template: Template, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
    """A copy of a tracker with the cells that only XML can say."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        names = re.findall(r'<sheet name="([^"]+)"', old.read("xl/workbook.xml").decode())
        for part in old.namelist():
            text = old.read(part)
            for table, line in template.tables.items():
                if part == f"xl/worksheets/sheet{names.index(line.sheet) + 1}.xml":
                    text = raw_sheet(text.decode(), template, table, rows[table]).encode()
            new.writestr(part, text)


def raw_sheet(xml: str, template: Template, table: str, rows: Sequence[Mapping[str, object]]) -> str:
    """The XML of a table's sheet with its raw cells."""
    layout = workings_of(template).layouts[table]
    for number, row in enumerate(rows, FIRST_ROW):
        for field in template.tables[table].field:
            index, raw = layout.index(field.key), row[field.key]
            if isinstance(raw, Raw):
                address = f"{column_letters(index)}{number}"
                found = re.search(rf'<c r="{address}"( s="\d+")?[^>]*?(/>|>.*?</c>)', xml)
                assert found, address
                style = "" if raw.general else found[1] or ""
                cell = f'<c r="{address}"{style} t="{raw.type}">{raw.xml}</c>'
                xml = xml[: found.start()] + cell + xml[found.end() :]
    return with_obvious(xml, template) if (template.key, table) == ("trial", "actions") else xml


OBVIOUS = {
    "due < as_at": "{due}<as_at",
    "status == 'Complete'": '{status}="Complete"',
    "amount < score": "{amount}<{score}",
    "repeated(ref)": "COUNTIF($A$5:$A$68,{ref})>1",
    "months_between(start, due)": 'DATEDIF({start},{due},"m")',
    "count(evidence, judgement == 'Accepted')": (
        'COUNTIFS(Evidence!$B$5:$B$160,{ref},Evidence!$D$5:$D$160,"Accepted")'
    ),
}
"""Rules, and the formula that first comes to mind for each."""
OBVIOUS_AT = 50
WIDEST = OBVIOUS_AT + len(OBVIOUS)


def with_obvious(xml: str, template: Template) -> str:
    """The obvious formulas to the right of every action."""
    line, layout = template.tables["actions"], workings_of(template).layouts["actions"]
    for number in range(FIRST_ROW, FIRST_ROW + line.rows):
        cells = {field.key: f"{column_letters(layout.index(field.key))}{number}" for field in line.field}
        added = ""
        for index, text in enumerate(OBVIOUS.values(), OBVIOUS_AT):
            formula = text.format_map(cells).replace("<", "&lt;").replace(">", "&gt;")
            added += f'<c r="{column_letters(index)}{number}"><f>{formula}</f></c>'
        xml = re.sub(rf'(<row r="{number}".*?)(</row>)', lambda found, added=added: found[1] + added + found[2], xml)
    return xml


Cells = dict[tuple[str, int], list[object]]
"""For each table and column (of workings, from 0; of what its sheet fetches, from -1 down) the value in every row."""
Grids = Mapping[str, Sequence[Sequence[object]]]
"""Whole sheets: Workings from its first row on, a table's sheet from the first row below its headings."""


def shown_slots(template: Template, table: str) -> list[tuple[int, WorkingColumn]]:
    """The columns that a table's sheet fetches, numbered from -1 down, with their workings."""
    plan = workings_of(template)
    return [
        (-place, plan.cells[table].column_of(column))
        for place, column in enumerate([each.column for each in plan.layouts[table].worked_out], 1)
    ]


def office_grids(office: Office, path: Path, template: Template) -> Grids:
    """What LibreOffice works out."""
    plan = workings_of(template)
    letters = column_letters(max(slot.index for slot in plan.all_columns()))
    ranges = {WORKINGS: f"A1:{letters}{max(map(plan.last_row, plan.layouts))}"}
    for layout in plan.layouts.values():
        ranges[layout.line.sheet] = (
            f"A{FIRST_ROW}:{column_letters(max(WIDEST, len(layout.headings) - 1))}{layout.last_row}"
        )
    return office.values(path, ranges)


def cells_of(template: Template, grids: Grids) -> Cells:
    """The values of each column of workings and of each fetched column."""
    plan = workings_of(template)
    found: Cells = {}
    for table, layout in plan.layouts.items():
        first = plan.first_row(table) - 1
        grid = grids[WORKINGS][first : first + plan.rows(table)]
        for slot in plan.by_table[table]:
            found[table, slot.index] = [row[slot.index] for row in grid]
        for number, _ in shown_slots(template, table):
            index = layout.index(layout.worked_out[-number - 1].key)
            found[table, number] = [row[index] for row in grids[layout.line.sheet]]
    return found


def kept_cells(path: Path, template: Template) -> Cells:
    """The values written next to the formulas of a workbook that no spreadsheet program has opened."""
    book = load_workbook(path, data_only=True, read_only=True)
    grids: dict[str, list[list[object]]] = {}
    for name, first in ((WORKINGS, 1), *((line.sheet, FIRST_ROW) for line in template.tables.values())):
        rows = book[name].iter_rows(min_row=first, values_only=True)
        grids[name] = [["" if cell is None else cell for cell in row] for row in rows]
    book.close()
    return cells_of(template, grids)


def python_cells(template: Template, returns: Returns, number: int = 0) -> Cells:
    """What Python works out from the rows it has read of one return, each at its place on the sheet.

    Where nothing was read it is what a blank row gives.
    """
    plan = workings_of(template)
    book = returns.book(template, AS_AT)
    blank = tracker_book(Tracker(template, SERVICE, PERIOD, {}, {}, {}, AS_AT))
    keys = {id(slot): key for key, slot in plan.by_key.items()}
    own = {table: (frame["return"] == number).to_numpy() for table, frame in returns.tables.items()}
    sheet_rows = {table: list(frame.loc[own[table], "row"]) for table, frame in returns.tables.items()}
    found: Cells = {}
    for table, slots in plan.by_table.items():
        for slot in slots:
            key = keys[id(slot)]
            child = numbered(key)
            if not child:
                worked_out = list(slot.value(book.tables[table])[own[table]])
            elif not book.tables[child].length:
                worked_out = [0] * own[table].sum()
            else:
                numbers = slot.value(book.tables[table])[own[table]]
                worked_out = [[HEADING_ROW, *sheet_rows[child]][int(each)] - HEADING_ROW for each in numbers]
            values = list(slot.value(blank.tables[table]))
            for row, value in zip(sheet_rows[table], worked_out, strict=True):
                values[row - FIRST_ROW] = value
            found[table, slot.index] = values
        for place, slot in shown_slots(template, table):
            found[table, place] = found[table, slot.index][: template.tables[table].rows]
    return found


def numbered(key: object) -> str:
    """The table whose rows a column of workings counts by their position; empty for any other column."""
    expression = key[1] if isinstance(key, tuple) else None
    if isinstance(expression, RowOfLatest):
        return expression.child.key
    return expression.identity.table if isinstance(expression, RowOfParent) else ""


def plain(value: object) -> object:
    """A value in the terms of a spreadsheet's cell: text, or a number; nothing is an empty text."""
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]  # whatever a cell holds: what is no number raises
    return "" if math.isnan(number) else number


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-9)
    return one == other


def said_beyond(template: Template, table: str) -> set[int]:
    """The columns that matter below the last row of a table, where there is no cell to be blank or unreadable."""
    plan = workings_of(template)
    bands = {
        slot.index for key, slot in plan.by_key.items() if isinstance(key, tuple) and key[0] == table and len(key) == 3
    }
    return {plan.by_key["used", table].index, *bands, *(slot.index for _, slot in shown_slots(template, table))}


def disagreements(template: Template, lines: Sequence[Line], office: Cells, python: Cells) -> list[str]:
    """A line for every cell in which LibreOffice and Python differ, with the rule's own text."""
    plan = workings_of(template)
    rules = {(line.table, line.key): line.text for line in lines}
    found = []
    for table, slots in plan.by_table.items():
        rows, beyond = template.tables[table].rows, said_beyond(template, table)
        for number, slot in [*((slot.index, slot) for slot in slots), *shown_slots(template, table)]:
            pairs = zip(map(plain, office[table, number]), map(plain, python[table, number]), strict=True)
            for place, (theirs, ours) in enumerate(pairs):
                if same(theirs, ours) or (place >= rows and number not in beyond):
                    continue
                sheet, first = (
                    (WORKINGS, plan.first_row(table)) if number >= 0 else (template.tables[table].sheet, FIRST_ROW)
                )
                layout = plan.layouts[table]
                shown = (
                    column_letters(layout.index(layout.worked_out[-number - 1].key)) if number < 0 else slot.letters()
                )
                where = f"{sheet}!{shown}{first + place} ({table} row {FIRST_ROW + place})"
                text = rules.get((table, slot.title), slot.title)
                found.append(f"{where} “{text}”: LibreOffice {str(theirs)[:60]!r}, Python {str(ours)[:60]!r}")
    return found


def report(found: Sequence[str], seed: object) -> str:
    """What a failing test prints: at most MOST_SHOWN cells."""
    rest = f"\n... and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
    return f"{len(found)} cells disagree, seed {seed}:\n" + "\n".join(found[:MOST_SHOWN]) + rest


def accepted(paths: Sequence[Path], template: Template) -> Returns:
    returns = read_returns(paths, [template])
    assert set(returns.receipts["status"]) == {"accepted"}, returns.receipts["reason"].tolist()
    return returns
