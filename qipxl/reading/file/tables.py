"""One table of a return: found wherever its sheet, its headings and its columns have gone, and its rows told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from qipxl.reading.file.plan import TablePlan
from qipxl.reading.file.raw_workbook import AnyBook
from qipxl.reading.file.sheet_xml import Merge
from qipxl.returns.problems import Found, shown
from qipxl.workbook import layout
from qipxl.workbook.cells import CellError, HiddenError, cell_words, is_blank
from qipxl.workbook.headings import ENOUGH, Headings, find_headings, fold
from qipxl.workbook.layout import Placement, column_letters

Row = Sequence[object]
VOLATILE = ("TODAY(", "NOW(", "RAND")


@dataclass
class ReadTable:
    """The used rows of one table as raw cells: sheet rows, and a column of cells for each field.

    Of `found` rows those in `rows` are accepted, `superseded` stand elsewhere too, the others are set aside.
    `personal` names the kinds of personal data in a field of the row at a place.
    """

    placement: Placement
    rows: list[int] = field(default_factory=list)
    cells: dict[str, Sequence[object]] = field(default_factory=dict)
    found: int = 0
    superseded: int = 0
    personal: dict[tuple[str, int], str] = field(default_factory=dict)


@dataclass
class Findings:
    """What reading a workbook has found: problems, and reasons for which head office must look before it is used."""

    problems: list[Found] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)


def read_table(
    book: AnyBook, plan: Mapping[str, TablePlan], key: str, renamed: Mapping[str, str], found: Findings
) -> ReadTable:
    """The rows of one table. `renamed` are headings of an earlier version with their present names."""
    line = plan[key]
    wanted = [*line.headings.values()]
    others = {table.sheet for table in plan.values()} - {line.sheet}
    sheet, headings = locate(book, key, line.sheet, wanted, others, renamed)
    if headings is None:
        found.problems.append(Found("table-missing", key, line.sheet, heading=line.sheet))
        return ReadTable(Placement(line.sheet, {}), [], {each: [] for each in line.headings})
    if sheet != line.sheet:
        found.problems.append(Found("tab-renamed", key, sheet, heading=line.sheet, value=shown(sheet)))
    if book.is_hidden(sheet):
        found.problems.append(Found("tab-hidden", key, sheet))
    columns = {each: headings.columns[text] for each, text in line.headings.items() if text in headings.columns}
    table = ReadTable(Placement(sheet, columns))
    odd_headings(headings, key, sheet, line, found)
    rows = book.rows(sheet)
    merges = [merge for merge in book.sheets[sheet].merges() if merge.first_row >= headings.row]
    across = spread_merges(rows, merges, table, key, line, found.problems)
    collect_rows(rows, headings, table, line, key, across, found.problems)
    if table.rows:
        odd_cells(book, headings, table, line, key, found.problems)
    return table


def locate(
    book: AnyBook, key: str, title: str, wanted: Sequence[str], others: set[str], renamed: Mapping[str, str]
) -> tuple[str, Headings | None]:
    """A table's sheet and headings: by the tab's title, else by the table's name, else by likeness.

    A tab with the title of another table (`others`) is never taken for this one.
    """
    for name in candidates(book, key, title):
        if name in book.names and name not in others:
            headings = find_headings(book.rows(name), wanted, renamed)
            if headings is not None:
                return name, headings
    return title, None


def candidates(book: AnyBook, key: str, title: str) -> Iterator[str]:
    """The sheets a table may stand on, the likeliest first."""
    yield title
    yield book.of_table(layout.table_name(key))
    yield from book.names


def odd_headings(headings: Headings, key: str, sheet: str, line: TablePlan, found: Findings) -> None:
    """Headings that are gone, changed a little, changed beyond recognition, or nobody's."""
    missing = [each for each in line.headings.values() if each not in headings.columns]
    said = found.problems
    known = {fold(heading) for heading in line.worked_out}
    extra = {place: text for place, text in headings.extra.items() if fold(text) not in known}
    for heading, (column, text) in headings.near.items():
        said.append(
            Found("column-near", key, sheet, headings.row, "", cell(column, headings.row), heading, shown(text))
        )
    order = [*line.headings.values()]
    for heading in missing:
        place = stands_for(heading, order, headings, extra)
        if place is None:
            said.append(Found("column-missing", key, sheet, headings.row, heading=heading))
            continue
        text = shown(extra.pop(place))
        said.append(Found("heading-unknown", key, sheet, headings.row, "", cell(place, headings.row), heading, text))
        found.aside.append(f"On {sheet} the heading {heading} was changed to “{text}”, which is not known.")
    for place, text in extra.items():
        twice = headings.heading_of(text)
        at = cell(place, headings.row)
        if twice:
            first = cell(headings.columns[twice], headings.row)
            said.append(Found("column-twice", key, sheet, headings.row, "", at, shown(text), shown(text), first))
        else:
            said.append(Found("column-extra", key, sheet, headings.row, cell=at, value=shown(text)))


def stands_for(heading: str, order: Sequence[str], headings: Headings, extra: Mapping[int, str]) -> int | None:
    """The column of an unknown heading that stands just where a missing one should: between the same neighbours."""
    place = order.index(heading)
    left = headings.columns.get(order[place - 1]) if place else -1
    right = headings.columns.get(order[place + 1]) if place + 1 < len(order) else None
    for column in extra:
        after, before = left is not None and column == left + 1, right is not None and column == right - 1
        if (after and (before or right is None)) or (before and left is None):
            return column
    return None


def cell(column: int, row: int) -> str:
    """A cell's address from its column, counted from 0, and its sheet row."""
    return f"{column_letters(column)}{row}"


def spread_merges(
    rows: list[list[object]], merges: Sequence[Merge], table: ReadTable, key: str, line: TablePlan, said: list[Found]
) -> set[int]:
    """Give each cell of a column merged downwards the value on top, mark values hidden under merged cells.

    Gives the sheet rows that are merged across columns, as headings inside a table are.
    """
    fields = {column: field for field, column in table.placement.columns.items()}
    across: set[int] = set()
    for merge in merges:
        if merge.first_row >= len(rows) or merge.first_column >= len(rows[0]):
            continue
        top = rows[merge.first_row][merge.first_column]
        if merge.last_column > merge.first_column:
            across.update(range(merge.first_row + 1, merge.last_row + 2))
        filled = 0
        for number in range(merge.first_row, min(merge.last_row + 1, len(rows))):
            for column in range(merge.first_column, min(merge.last_column + 1, len(rows[0]))):
                if (number, column) == (merge.first_row, merge.first_column) or column not in fields:
                    continue
                under = rows[number][column]
                if not is_blank(under):
                    rows[number][column] = under if under == top else HiddenError(cell_words(under))
                elif (
                    column == merge.first_column
                    and fields[column] != line.identity
                    and used(rows[number], fields, column)
                ):
                    rows[number][column] = top
                    filled += not is_blank(top)
        if filled:
            field = fields[merge.first_column]
            place, heading = cell(merge.first_column, merge.first_row + 1), line.headings[field]
            span = f"rows {merge.first_row + 1} to {merge.last_row + 1}"
            name = table.placement.sheet
            said.append(
                Found(
                    "merged-down", key, name, merge.first_row + 1, field, place, heading, shown(cell_words(top)), span
                )
            )
    return across


def used(row: Row, columns: Collection[int], but: int) -> bool:
    """True where a row holds something in one of these columns other than the one given."""
    return any(not is_blank(row[column]) for column in columns if column != but)


def collect_rows(
    rows: list[list[object]],
    headings: Headings,
    table: ReadTable,
    line: TablePlan,
    key: str,
    across: Collection[int],
    said: list[Found],
) -> None:
    """Keep the rows in which a field is filled; set aside headings that stand again and notes, and say so."""
    columns = table.placement.columns
    pick = picker(list(columns.values()))
    identity = [*columns].index(line.identity) if line.identity in columns else 0
    name = table.placement.sheet
    kept: list[Row] = []
    known = {fold(heading) for heading in line.headings.values()}
    last, foreign = 0, 0
    for number, row in enumerate(rows[headings.row :], headings.row + 1):
        cells = pick(row)
        filled = len(cells) - cells.count("")
        if not filled or all(is_blank(each) for each in cells):
            continue
        table.found += 1
        if filled > 2 and is_headings(row, cells, known):
            same = [fold(each) for each in cells] == [fold(each) for each in pick(rows[headings.row - 1])]
            said.append(Found("second-heading" if same else "second-table", key, name, number))
            foreign = 0 if same else len(said)
        elif foreign:
            count = int(said[foreign - 1].value or 0) + 1
            said[foreign - 1] = Found("second-table", key, name, said[foreign - 1].row, value=str(count))
        elif (
            filled == 1
            and len(cells) > 3
            and (alone := lone_text(cells)) is not None
            and is_note(alone, cells, identity, number in across)
        ):
            text = shown(cell_words(cells[alone]))
            if kept and alone != identity and last == number - 1 and not is_blank(kept[-1][alone]):
                said.append(Found("row-continues", key, name, number, value=text, more=str(table.rows[-1])))
                last = number
            else:
                said.append(Found("row-not-read", key, name, number, value=text))
        else:
            kept.append(cells)
            table.rows.append(number)
            last = number
    spread = dict(zip(columns, zip(*kept, strict=True), strict=True)) if kept else {}
    table.cells = {field: spread.get(field, [""] * len(kept)) for field in line.headings}


def is_known(cell: object, known: Collection[str]) -> bool:
    return isinstance(cell, str) and cell != "" and fold(cell) in known


def is_headings(row: Row, cells: Row, known: Collection[str]) -> bool:
    """True for a row that holds most of the known headings; its first cells say whether it is worth a look."""
    if not (is_known(cells[0], known) or is_known(cells[1], known)):
        return False
    return len({fold(each) for each in row if isinstance(each, str)}.intersection(known)) >= ENOUGH * len(known)


def picker(columns: list[int]) -> Callable[[Row], tuple[object, ...]]:
    """Picks the given columns out of a row, as a tuple."""
    return itemgetter(*columns) if len(columns) > 1 else lambda row: tuple(row[column] for column in columns)


def lone_text(cells: Row) -> int | None:
    """Which cell holds the only text of a row; None where it is no plain text."""
    place = next(place for place, each in enumerate(cells) if each != "")
    return place if isinstance(cells[place], str) and not isinstance(cells[place], CellError) else None


def is_note(place: int, cells: Row, identity: int, merged: bool) -> bool:
    """True for a lone text that is no reference: it stands in another column, is merged across, has a blank or no figure."""
    text = str(cells[place]).strip()
    return place != identity or merged or " " in text or not any(each.isdigit() for each in text)


def odd_cells(
    book: AnyBook, headings: Headings, table: ReadTable, line: TablePlan, key: str, said: list[Found]
) -> None:
    """What the sheet's XML and the columns beside the table add: hidden rows, formulas, strays, drop-downs that are gone."""
    name, columns = table.placement.sheet, table.placement.columns
    sheet, fields = book.sheets[name], {column: field for field, column in columns.items()}
    used = set(table.rows)
    hidden = used.intersection(row + 1 for row in sheet.hidden_rows())
    if hidden:
        said.append(Found("rows-hidden", key, name, value=str(len(hidden))))
    folded = [line.headings[fields[column]] for column in sheet.hidden_columns() if column in fields]
    if folded:
        said.append(Found("columns-hidden", key, name, value=", ".join(folded)))
    for each in sheet.formulas:
        if each.row + 1 in used and each.column in fields and each.filled:
            field, formula = fields[each.column], (each.formula or "").upper()
            more = "; it changes with the day" if any(word in formula for word in VOLATILE) else ""
            said.append(
                Found("formula-typed", key, name, each.row + 1, field, each.address, line.headings[field], more=more)
            )
    said += overwritten(book, headings, table, line, key)
    said += strays(book, headings, table, key)
    if not sheet.has_choices:
        said.append(Found("drop-downs-gone", key, name))


def overwritten(book: AnyBook, headings: Headings, table: ReadTable, line: TablePlan, key: str) -> Iterator[Found]:
    """A finding for each worked-out column in which something was typed over formulas, at the first such cell."""
    worked_out = {fold(heading): heading for heading in line.worked_out}
    columns = {place: worked_out[fold(text)] for place, text in headings.extra.items() if fold(text) in worked_out}
    if not columns:
        return
    name = table.placement.sheet
    typed: dict[int, list[int]] = {}
    rows = {row - 1 for row in table.rows}
    for each in book.sheets[name].typed_over(columns, rows, line.rows * len(columns)):
        typed.setdefault(each.column, []).append(each.row + 1)
    for column, places in sorted(typed.items()):
        more = f" ({len(places)} cells in this column)" if len(places) > 1 else ""
        yield Found(
            "formula-overwritten", key, name, places[0], "", cell(column, places[0]), columns[column], more=more
        )


def strays(book: AnyBook, headings: Headings, table: ReadTable, key: str) -> Iterator[Found]:
    """Values in columns that have no heading, and those that stand far away from everything: one finding for each column."""
    name = table.placement.sheet
    rows = book.rows(name)
    without = set(range(len(rows[0]))) - {*headings.columns.values(), *headings.extra}
    typed: dict[int, list[tuple[int, object]]] = {}
    for number, row in enumerate(rows[headings.row :] if without else (), headings.row + 1):
        for column in without:
            if not is_blank(row[column]):
                typed.setdefault(column, []).append((number, row[column]))
    for column, values in sorted(typed.items()):
        number, value = values[0]
        more = f" ({len(values)} cells in this column)" if len(values) > 1 else ""
        yield Found(
            "stray-value", key, name, number, "", cell(column, number), value=shown(cell_words(value)), more=more
        )
    if far := book.strays.get(name):
        more = f", far away from it ({len(far)} cells)" if len(far) > 1 else ", far away from it"
        yield Found("stray-value", key, name, far[0].row + 1, "", far[0].address, value="something", more=more)


def unread_sheets(
    book: AnyBook, plan: Mapping[str, TablePlan], tables: Mapping[str, ReadTable], own: Collection[str], found: Findings
) -> None:
    """Sheets that were not read: those that look like a table already read from another, and those of somebody's own.

    The rows of a true copy are superseded; where they differ, the return is set aside.
    """
    read = {table.placement.sheet for table in tables.values()}
    for name in book.names:
        if name in read or name in own:
            continue
        for key, line in plan.items():
            headings = find_headings(book.rows(name), [*line.headings.values()])
            if headings is not None:
                compare_copy(book, name, headings, key, line, tables[key], found)
                break
        else:
            if any(not is_blank(each) for row in book.rows(name) for each in row):
                found.problems.append(Found("tab-extra", "", name))


def compare_copy(
    book: AnyBook, name: str, headings: Headings, key: str, line: TablePlan, table: ReadTable, found: Findings
) -> None:
    """Account for the rows of a sheet that looks like a table read from another one."""
    fields = [each for each, text in line.headings.items() if text in headings.columns]
    pick = picker([headings.columns[line.headings[each]] for each in fields])
    copied = [row for row in map(pick, book.rows(name)[headings.row :]) if not all(map(is_blank, row))]
    table.found += len(copied)
    first = Counter(zip(*(table.cells[each] for each in fields), strict=True)) if table.rows else Counter()
    same = not Counter(copied) - first
    twice = refs_of(copied, fields, line.identity) & {str(ref) for ref in table.cells.get(line.identity, ())}
    more = f" ({len(twice)} of its references stand in both)" if line.identity else ""
    found.problems.append(Found("sheet-not-read", key, name, value=str(len(copied)), heading=line.sheet, more=more))
    if same:
        table.superseded += len(copied)
    else:
        found.aside.append(
            f"The table {line.sheet} stands on two tabs, {table.placement.sheet} and {name}, and they differ."
        )


def refs_of(rows: Sequence[Row], fields: Sequence[str], identity: str) -> set[str]:
    return {str(row[fields.index(identity)]) for row in rows} if identity in fields else set()
