"""Reads a spreadsheet of another format than Excel's present one, or a text file such as CSV: its values only.

python-calamine reads it in a process of its own, as it reads returns with `--accept-other-formats`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from qipxl.adopting.old_workbook import FROM_QIPXL, OldCell, OldTab, is_from_qipxl
from qipxl.reading.file.limits import Limits
from qipxl.reading.file.package import DAMAGED
from qipxl.reading.file.refusal import RefusedError
from qipxl.reading.file.sheets import NotRead, OpenSheets, PlainSheets, Rows
from qipxl.reading.process import ask_once
from qipxl.text import Percent, as_text
from qipxl.workbook.cells import is_blank, normalise

NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?%?")


def typed_text(text: str) -> tuple[object, str]:
    """A text from a file that has texts only, as the value that Excel would make of it, and the text as it was typed.

    Only a number that keeps all its digits becomes one.

    >>> typed_text("12"), typed_text("007"), typed_text("85%"), typed_text("31/03/2026")
    ((12.0, '12'), ('007', ''), (0.85, '85%'), ('31/03/2026', ''))
    """
    if not NUMBER.fullmatch(text):
        return text, ""
    number = Percent(float(text[:-1]) / 100) if text.endswith("%") else float(text)
    return (number, text) if as_text(number) == text else (text, "")


def read_sheet_tabs(path: Path, limits: Limits) -> Iterator[OldTab]:
    """The tabs of a file; raises RefusedError if it cannot be read, exceeds a limit, or comes from qipxl."""
    answer = ask_once(OpenSheets(limits, texts=True), path.resolve(), limits.seconds)
    if not isinstance(answer, PlainSheets):
        raise RefusedError(answer.reason if isinstance(answer, NotRead) else DAMAGED)
    if is_from_qipxl(answer.titles):
        raise RefusedError(FROM_QIPXL)
    if sum(not is_blank(value) for rows in answer.rows.values() for row in rows for value in row) > limits.cells:
        raise RefusedError(f"The file has more than {limits.cells:,} filled cells; no plan has.")
    sheets = {path.stem: text_rows(answer.rows)} if answer.is_text else answer.rows
    for title, rows in sheets.items():
        lengths = tuple(map(len, rows)) if answer.is_text else ()
        yield OldTab(title, title in answer.hidden, cells_of(rows, is_text=answer.is_text), lengths=lengths)


def text_rows(rows: Mapping[str, Rows]) -> Rows:
    """The rows of a text file by the separator that divides most lines into as many values as most others."""
    return max(rows.values(), key=regular_lines)


def regular_lines(rows: Rows) -> int:
    """How regular a table is: the number of values in lines of the commonest width of two values or more."""
    widths = [len(row) for row in rows if len(row) > 1]
    return max((width * widths.count(width) for width in set(widths)), default=0)


def cells_of(rows: Rows, *, is_text: bool) -> dict[tuple[int, int], OldCell]:
    """The filled cells of a sheet; the numbers of a text file are recognised."""
    cells = {}
    for row, values in enumerate(rows):
        for column, raw in enumerate(values):
            value, shown = typed_text(raw.strip()) if is_text and isinstance(raw, str) else (normalise(raw), "")
            if not is_blank(value):
                cells[row, column] = OldCell(row, column, value, shown=shown)
    return cells
