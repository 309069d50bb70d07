"""Returns written as small grids, so that a test carries its data in sight.

    Actions
    | Ref   | Status   | Due date   |
    | A-001 | Complete | 31/03/2026 |

A title line begins a table; the row of headings stands on sheet row 4, as in a tracker. A cell is typed as a person
would type it: 31/03/2026 is a date, 5 a number, 'TBC text, #REF! an error value. Columns left out are blank.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from qipxl.reading.duplicates import resolve_duplicates
from qipxl.reading.file.find import SourceFile
from qipxl.reading.file.open import OpenedFile
from qipxl.reading.file.opened import Findings, OpenedWorkbook
from qipxl.reading.file.sheet_facts import NoFacts
from qipxl.reading.file.table_rows import read_table
from qipxl.reading.jobs import reading_plan
from qipxl.reading.partitions import joined, partition_of
from qipxl.returns.returns import Returns
from qipxl.template import Template, find_template
from qipxl.workbook.cells import CellError
from qipxl.workbook.layout import HEADING_ROW
from qipxl.workbook.stamp import Stamp

FACTS = {"service": "Elm House", "code": "ELM", "region": "North", "manager": "Jo Shah", "period": "2026-03"}


def grid(text: str, template: Template | None = None, **facts: str) -> Returns:
    """One return that says what the grid says, under the core template unless another is given."""
    chosen = template or find_template("core")
    sheets: Any = GridSheets(text, chosen)
    found, plan = Findings(), reading_plan(chosen).tables
    tables = {key: read_table(sheets, plan, key, (), found) for key in plan}
    stamp = Stamp({"template": chosen.key, "version": chosen.version, **FACTS, **facts})
    workbook = OpenedWorkbook(chosen.key, stamp, {}, tables, found.problems, found.aside)
    file = OpenedFile("accepted", workbook=workbook)
    source = SourceFile(Path("grid.xlsx"), "grid.xlsx")
    known = {chosen.key: chosen}
    return resolve_duplicates(joined([partition_of([source], [file], known)], known)[0], {})


class GridSheets:
    """Sheets made of text, as the reader sees a workbook's; columns that the grid leaves out stand blank on the right."""

    def __init__(self, text: str, template: Template) -> None:
        written: dict[str, list[list[object]]] = {}
        rows: list[list[object]] = []
        for line in filter(None, map(str.strip, text.splitlines())):
            if line.startswith("|"):
                rows.append([typed(cell.strip()) for cell in line.strip("|").split("|")])
            else:
                rows = written[line] = []
        self.written = {}
        for table in template.tables.values():
            rows = written.pop(table.sheet, [[]])
            rest = [field.heading for field in table.field if field.heading not in rows[0]]
            width = len(rows[0]) + len(rest)
            above = [[""] * width for _ in range(HEADING_ROW - 1)]
            self.written[table.sheet] = [
                *above,
                [*rows[0], *rest],
                *([*row, *[""] * (width - len(row))] for row in rows[1:]),
            ]
        self.sheets = dict.fromkeys(self.written, NoFacts())
        self.strays: dict[str, object] = {}
        self.struck: dict[str, object] = {}
        assert not written, f"no such sheet: {', '.join(written)}"

    def of_table(self, table: str) -> str:
        return ""

    def is_hidden(self, name: str) -> bool:
        return False

    @property
    def names(self) -> list[str]:
        return list(self.written)

    def rows(self, name: str) -> list[list[object]]:
        return self.written[name]


def typed(cell: str) -> object:
    """A cell as a spreadsheet keeps what a person typed."""
    if cell.startswith("'"):
        return cell[1:]
    if cell.startswith("#"):
        return CellError(cell)
    if cell in ("TRUE", "FALSE"):
        return cell == "TRUE"
    day = re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", cell)
    if day:
        return date(int(day[3]), int(day[2]), int(day[1]))
    return float(cell) if re.fullmatch(r"-?\d+(\.\d+)?", cell) else cell
