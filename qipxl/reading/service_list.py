"""Head office's list of services: a CSV file or a workbook, in the forms in which people keep and save it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from qipxl.errors import RequestError, SourceError
from qipxl.reading.file.sheet_xml import column_index
from qipxl.reading.file.sheets import PlainSheets, Rows
from qipxl.reading.sheets import read_sheets
from qipxl.services import LONGEST_PLAN, PLAN_MARK, Service
from qipxl.text import as_text, clean_text, printable
from qipxl.workbook.cells import CellError, is_blank
from qipxl.workbook.headings import FIRST_ROWS, fold

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "code": (
        "code", "service code", "code of the service", "site code", "home code", "unit code", "location code", "short code",
        "service id", "site id", "home id", "unit id", "location id", "service ref", "service reference", "service number", "id",
    ),
    "name": (
        "name", "service name", "name of service", "name of the service", "site name", "home name", "care home name", "unit name",
        "location name", "service", "care home", "home", "site", "unit", "location",
    ),
    "region": ("region", "region name", "area", "division", "locality", "district"),
    "manager": (
        "manager", "registered manager", "service manager", "home manager", "manager name", "name of manager",
        "registered manager name", "managers name",
    ),
    "email": (
        "email", "email address", "manager email", "managers email", "registered manager email", "service email",
        "home email", "contact email",
    ),
    "plan": ("plan", "plan name", "name of plan", "improvement plan", "type of plan", "plan type"),
}  # fmt: skip
"""The headings of each column, the one that counts first at the start."""
NEEDED = ("code", "name")
DATE_IN_TEXT = re.compile(
    r"\d{1,2}[-/ ](Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)([-/ ]\d{2,4})?"
    r"|(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[-/ ]\d{2,4}"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}-\d{2}-\d{2}([ T].*)?|\d{1,2}-\d{1,2}-\d{4}"
)
"""A date as Excel writes it into a CSV file; MAR-1 in capitals is a code that no program has changed."""
POWER_IN_TEXT = re.compile(r"\d([.,]\d+)?E\+\d+")
"""A number as Excel writes it into a CSV file for a code such as 1E5."""
LIKE_A_POWER = re.compile(r"\d+[Ee]\d+")
LARGEST_CODE = 1e11
"""From here on Excel shows a number as a power of ten."""


@dataclass(frozen=True)
class ListSheet:
    """A sheet with the row of headings of a list of services: the row's index, and the index of each column."""

    name: str
    rows: Rows
    heading: int
    columns: Mapping[str, int]

    @property
    def below(self) -> Iterator[tuple[int, list[object]]]:
        """The number and the cells of each filled row below the headings; a repeated row of headings is left out."""
        headings = self.rows[self.heading]
        for number, row in enumerate(self.rows[self.heading + 1 :], self.heading + 2):
            if not all(map(is_blank, row)) and row != headings:
                yield number, row

    def cell(self, row: Sequence[object], column: str) -> object:
        """A row's cell of a column; empty if the list has no such column."""
        index = self.columns.get(column, len(row))
        return row[index] if index < len(row) else ""


def read_services(path: Path) -> list[Service]:
    """Read a list of services from CSV or a workbook.

    `path` is a file with the columns code, name, region, manager, email and plan in any order; only code and name are needed. A
    service with several plans has a line for each of them, with its name in the column plan; the general one has none. Rows
    above the headings, other columns and other sheets are passed over.
    Raises SourceError if the file is missing or cannot be read, RequestError if it has no such columns, if a line has no code
    or name or more values than there are headings, if Excel has changed a code, or if a code is repeated.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "services.csv")
    ...     _ = path.write_text("Our services\\nService code;Name\\nELM;Elm House\\n")
    ...     read_services(path)
    [Service(code='ELM', name='Elm House', region='', manager='')]
    """
    if not path.is_file():
        raise SourceError(f"There is no file {path}. Check the name.")
    sheets = read_sheets(path, "The list of services", texts=True)
    found = list_sheet(path, sheets)
    where = path.name if sheets.is_text else f"{path.name}, {found.name}"
    lines = list(found.below)
    for address in sheets.far.get(found.name, ()):
        if column_index(address.rstrip("0123456789")) in found.columns.values():
            raise RequestError(
                f"{where}: {address} is far below the list, so its row was not read. Move the row up, or delete the cell."
            )
    if sheets.is_text:
        refuse_shifted_lines(where, found, lines, sheets.unclosed.get(found.name))
    refuse_changed_codes(where, found, lines)
    services = [service_of(f"{where}, line {number}", found, row) for number, row in lines]
    refuse_repeats(path, services)
    return services


def list_sheet(path: Path, sheets: PlainSheets) -> ListSheet:
    """The sheet with the list; raises RequestError if there is none, or if it is not clear which one it is."""
    found = [sheet for name, rows in sheets.rows.items() if (sheet := headings_in(path, name, rows)) is not None]
    filled = [sheet for sheet in found if any(True for _ in sheet.below)] or found[:1]
    visible = [sheet for sheet in filled if sheet.name not in sheets.hidden] or filled
    best = [
        sheet for sheet in visible if heading_key(sheet.rows[sheet.heading][sheet.columns["code"]]) != "id"
    ] or visible
    if len(best) > 1 and not sheets.is_text:
        names = " and ".join(sheet.name for sheet in best)
        raise RequestError(f"{path.name} has a list of services on each of the sheets {names}. Keep one of them.")
    if best:
        return max(best, key=lambda sheet: len(sheet.columns))
    listed = "; ".join(headings_found(sheets)) or "it is empty"
    raise RequestError(
        f"{path.name} has no column {' and no column '.join(missing_in(sheets))}: {listed}. "
        f"One line must have the headings {', '.join(HEADINGS)}; only code and name are needed."
    )


def headings_in(path: Path, name: str, rows: Rows) -> ListSheet | None:
    """The sheet with its row of headings: the one near the top with the most of them; None without code or name.

    Raises RequestError if two columns have the same of these headings.
    """
    best = max(range(min(FIRST_ROWS, len(rows))), key=lambda index: len(columns_of(rows[index])), default=0)
    columns = columns_of(rows[best]) if rows else {}
    if not set(NEEDED) <= columns.keys():
        return None
    for column in columns.values():
        heading = heading_key(rows[best][column])
        if [heading_key(cell) for cell in rows[best]].count(heading) > 1:
            raise RequestError(
                f"{path.name}, line {best + 1}: two columns have the heading {as_text(rows[best][column])}. Rename the one that "
                "is not meant."
            )
    return ListSheet(name, rows, best, columns)


def columns_of(row: Sequence[object]) -> dict[str, int]:
    """The index of each column of the list in a row of headings."""
    keys = [heading_key(cell) for cell in row]
    columns = {}
    for column, headings in HEADINGS.items():
        known = next((key for key in map(heading_key, headings) if key in keys), None)
        if known is not None:
            columns[column] = keys.index(known)
    return columns


def heading_key(cell: object) -> str:
    """A heading as it is compared: its letters and digits, without what is in brackets."""
    text = re.sub(r"\(.*?\)", "", fold(cell)) if isinstance(cell, str) else ""
    return "".join(sign for sign in text if sign.isalnum())


def best_row(rows: Rows) -> int | None:
    """The index of the row most like a row of headings; None without any filled row."""
    filled = [index for index, row in enumerate(rows[:FIRST_ROWS]) if not all(map(is_blank, row))]
    return max(filled, key=lambda index: len(columns_of(rows[index])), default=None)


def headings_found(sheets: PlainSheets) -> Iterator[str]:
    """For each sheet the line that was taken for its headings, in words; for a text file the line with the most values."""
    several = [(name, rows, index) for name, rows in sheets.rows.items() if (index := best_row(rows)) is not None]
    if sheets.is_text:
        several = sorted(several, key=lambda each: -len(each[1][each[2]]))[:1]
    for name, rows, index in several[:3]:
        sheet = "" if sheets.is_text else f"{name}, "
        texts = ", ".join(
            f"“{clean_text(printable(as_text(cell)))[:40]}”" for cell in rows[index] if not is_blank(cell)
        )
        yield f"{sheet}line {index + 1} has {texts}"


def missing_in(sheets: PlainSheets) -> list[str]:
    """The needed columns that no sheet has in its row of headings."""
    rows = [rows[index] for rows in sheets.rows.values() if (index := best_row(rows)) is not None]
    found = max((columns_of(row).keys() & set(NEEDED) for row in rows), key=len, default=set[str]())
    return [needed for needed in NEEDED if needed not in found]


def refuse_shifted_lines(
    where: str, sheet: ListSheet, lines: Sequence[tuple[int, list[object]]], unclosed: int | None
) -> None:
    """Raise RequestError for a line of a text file whose values are not under their headings.

    A quotation mark that is not closed swallows lines; `unclosed` is the first line in which the marks do not fit. One value
    too many is read if it is empty in every line, as some programs end each line with a separator.
    """
    headings = sheet.rows[sheet.heading]
    width = len(headings)
    for number, row in lines:
        inner = [part for cell in row for part in str(cell).splitlines()[1:]]
        if inner and (unclosed is not None or any(part.count(sheet.name) >= max(1, width - 1) for part in inner)):
            line = number if unclosed is None else unclosed
            raise RequestError(f"{where}, line {line}: a quotation mark is not closed. Close it, or take it out.")
    longer = [(number, row) for number, row in lines if len(row) > width]
    wrong = [(number, row) for number, row in longer if any(not is_blank(cell) for cell in row[width:])]
    if not wrong and len(longer) < len(lines):
        wrong = longer
    for number, row in wrong:
        named = ", ".join(as_text(cell) for cell in headings if not is_blank(cell))
        raise RequestError(
            f"{where}, line {number} has {len(row)} values, but there are {width} headings ({named}): its values may be in the wrong "
            f"columns. Put a text that contains “{sheet.name}” in quotation marks, or take the surplus value out."
        )


def refuse_changed_codes(where: str, sheet: ListSheet, lines: Sequence[tuple[int, list[object]]]) -> None:
    """Raise RequestError with every code that Excel has turned into a date or a number."""
    codes = [(number, cell) for number, row in lines if not is_blank(cell := sheet.cell(row, "code"))]
    texts = [clean_text(cell) for _, cell in codes if isinstance(cell, str)]
    changed = [f"line {number} ({as_text(cell)})" for number, cell in codes if is_changed(cell, texts)]
    if changed:
        raise RequestError(
            f"{where}: Excel has turned the code into a date or a number in {', '.join(changed)}. Format the column as Text, and "
            "type each of these codes again."
        )


def is_changed(code: object, texts: Sequence[str]) -> bool:
    """True for a code that is a date, or a number that was not typed as one to judge by the codes that are `texts`.

    A whole number is a code if all codes are numbers, or if others begin with a digit too, such as 12A; not if others have
    zeros in front (007) or are like powers (1E5), which Excel takes away.
    """
    if isinstance(code, str):
        text = clean_text(code)
        return bool(DATE_IN_TEXT.fullmatch(text) or POWER_IN_TEXT.fullmatch(text))
    if isinstance(code, bool) or not isinstance(code, int | float):
        return True
    odd = code % 1 != 0 or not 0 <= code < LARGEST_CODE
    lost = any(text.startswith("0") or LIKE_A_POWER.fullmatch(text) for text in texts)
    return odd or lost or (bool(texts) and not any(text[0].isdigit() for text in texts))


def service_of(where: str, sheet: ListSheet, row: Sequence[object]) -> Service:
    """The service of a line; raises RequestError if it has no code or name, if one is too long, or for an error value."""
    cells = {column: sheet.cell(row, column) for column in HEADINGS}
    for column, cell in cells.items():
        if isinstance(cell, CellError):
            raise RequestError(
                f"{where}: the {column} is {cell}, an error or a formula without a result. Type the {column}."
            )
    texts = {column: " ".join(printable(as_text(cell)).split()) for column, cell in cells.items()}
    texts["code"], plan = clean_text(texts["code"]), clean_text(texts.pop("plan"))
    if not texts["code"] or not texts["name"]:
        found = ", ".join(filter(None, texts.values())) or ", ".join(
            as_text(cell) for cell in row if not is_blank(cell)
        )
        raise RequestError(f"{where}: a service needs a code and a name. The line has only “{found}”.")
    if len(plan) > LONGEST_PLAN or PLAN_MARK in plan:
        mark = PLAN_MARK.strip()
        raise RequestError(
            f"{where}: the plan “{plan}” needs a short name: at most {LONGEST_PLAN} characters, without “ {mark} ”."
        )
    try:
        return Service(**texts).of_plan(plan)
    except ValidationError as error:
        mistake = error.errors()[0]
        raise RequestError(
            f"{where}: the {mistake['loc'][0]} has {len(str(mistake['input']))} characters; "
            f"the most is {mistake['ctx']['max_length']}. Shorten it."
        ) from None


def refuse_repeats(path: Path, services: Sequence[Service]) -> None:
    seen: set[str] = set()
    for service in services:
        if service.code.lower() in seen:
            raise RequestError(
                f"{path.name}: the code {service.code} is repeated. Each service needs its own code, each plan of it a name in a "
                "column plan."
            )
        seen.add(service.code.lower())
    if not services:
        raise RequestError(f"{path.name} lists no services.")
