"""Problems of a table's cells that their values do not show: hidden rows, formulas, values outside the columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from qipxl.reading.file.find_tables import LocatedTable
from qipxl.reading.file.opened import ReadTable
from qipxl.reading.file.raw_workbook import AnyBook
from qipxl.returns.problems import Problem, shown
from qipxl.text import as_text
from qipxl.workbook.cells import is_blank
from qipxl.workbook.headings import fold
from qipxl.workbook.layout import cell_address

VOLATILE = ("TODAY(", "NOW(", "RAND")


def check_cells(book: AnyBook, located: LocatedTable, table: ReadTable) -> Iterator[Problem]:
    """Hidden rows and columns, formulas, values outside the table, and missing drop-downs of one table."""
    sheet, fields, headings = book.sheets[located.sheet], located.fields, located.plan.headings
    used = set(table.rows)
    hidden = used.intersection(row + 1 for row in sheet.hidden_rows())
    if hidden:
        yield located.problem("rows-hidden", value=str(len(hidden)))
    folded = [headings[fields[column]] for column in sheet.hidden_columns() if column in fields]
    if folded:
        yield located.problem("columns-hidden", value=", ".join(folded))
    for cell in sheet.formulas:
        if cell.row + 1 in used and cell.column in fields and cell.filled:
            field, formula = fields[cell.column], (cell.formula or "").upper()
            more = "; it changes with the day" if any(word in formula for word in VOLATILE) else ""
            yield located.problem("formula-typed", cell.row + 1, field, cell.address, headings[field], more=more)
    yield from struck_texts(book, located, used)
    yield from overwritten(book, located, table)
    yield from strays(book, located)
    if not sheet.has_choices:
        yield located.problem("drop-downs-gone")


def struck_texts(book: AnyBook, located: LocatedTable, used: Collection[int]) -> Iterator[Problem]:
    """A problem for each cell of the table whose text is struck through, in part or as a whole."""
    for cell in book.struck.get(located.sheet, ()):
        if cell.row + 1 in used and cell.column in located.fields:
            field, text = located.fields[cell.column], cell.text
            more = f'"{shown(text.used)}" was read' if text.used else "it was read, because there is no other text"
            heading, value = located.plan.headings[field], shown(text.struck)
            yield located.problem("text-struck", cell.row + 1, field, cell.address, heading, value, more)


def overwritten(book: AnyBook, located: LocatedTable, table: ReadTable) -> Iterator[Problem]:
    """A problem for each worked-out column with values typed over formulas, at the first such cell."""
    worked_out = {fold(heading): heading for heading in located.plan.worked_out}
    extra = located.headings.extra.items()
    columns = {column: worked_out[fold(text)] for column, text in extra if fold(text) in worked_out}
    if not columns:
        return
    typed: dict[int, list[int]] = {}
    rows = {row - 1 for row in table.rows}
    for cell in book.sheets[located.sheet].typed_over(columns, rows, located.plan.rows * len(columns)):
        typed.setdefault(cell.column, []).append(cell.row + 1)
    for column, (first, *others) in sorted(typed.items()):
        more = f" ({len(others) + 1} cells in this column)" if others else ""
        yield located.problem("formula-overwritten", first, "", cell_address(column, first), columns[column], more=more)


def strays(book: AnyBook, located: LocatedTable) -> Iterator[Problem]:
    """A problem for each column without a heading that holds values, and one for values far away from the table."""
    headings, rows = located.headings, book.rows(located.sheet)
    unnamed = set(range(len(rows[0]))) - {*headings.columns.values(), *headings.extra}
    typed: dict[int, list[tuple[int, object]]] = {}
    for number, row in enumerate(rows[headings.row :] if unnamed else (), headings.row + 1):
        for column in unnamed:
            if not is_blank(row[column]):
                typed.setdefault(column, []).append((number, row[column]))
    for column, values in sorted(typed.items()):
        number, value = values[0]
        more = f" ({len(values)} cells in this column)" if len(values) > 1 else ""
        text = shown(as_text(value))
        yield located.problem("stray-value", number, "", cell_address(column, number), value=text, more=more)
    if far := book.strays.get(located.sheet):
        more = f", far away from it ({len(far)} cells)" if len(far) > 1 else ", far away from it"
        yield located.problem("stray-value", far[0].row + 1, "", far[0].address, value="something", more=more)
