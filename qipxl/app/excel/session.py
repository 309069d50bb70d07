"""One use of a console's button: the open console, the provider's folder, and the result of the job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd
import xlwings as xw

from qipxl.app.excel.console_page import CONSOLE, LOG, MONTH_COLUMN, MONTH_LABEL, MONTH_ROW, PROBLEMS
from qipxl.app.excel.open_workbook import OpenSheet
from qipxl.errors import RequestError
from qipxl.periods import Period
from qipxl.provider import ProviderFolder, ProviderMonth, register_from
from qipxl.text import as_text

CONSOLE_SHEETS = (CONSOLE, LOG, PROBLEMS)
"""The sheets of a console that are not part of the register."""
OLD_MONTH_ROW, OLD_MONTH_COLUMN = 4, 2
"""The cell with the month in consoles of earlier versions, whose first sheet has four buttons and no steps."""


@dataclass(frozen=True)
class Outcome:
    """The result of a job: a sentence, the files or folders written, and the problems if it checked anything."""

    message: str
    written: Sequence[Path] = ()
    problems: pd.DataFrame | None = None
    opened: bool = False
    """True if the problems are of open workbooks, so that links can lead to their cells."""


def find_book(name: str, hwnd: int = 0) -> xw.Book:
    """The open workbook of this name, first in the Excel with window `hwnd`; raises RequestError if it is not open.

    It is found by name and not by path, because Excel gives no local path for a workbook on OneDrive or SharePoint.
    """
    for app in sorted(xw.apps, key=lambda app: app.hwnd != hwnd):
        for book in app.books:
            if book.name.lower() == name.lower():
                return book
    raise RequestError(f"{name} is not open in Excel. Open it, and press the button again.")


@dataclass
class Session:
    """One use of a button: its console, the provider's folder, and today's date."""

    book: xw.Book
    home: Path
    today: date
    steps: dict[str, int] = field(default_factory=dict)

    @property
    def console(self) -> xw.Sheet:
        return self.book.sheets[CONSOLE]

    @property
    def has_steps(self) -> bool:
        """True if the first sheet shows the month's steps; those of consoles of earlier versions do not."""
        return bool(self.console.range((MONTH_ROW, MONTH_COLUMN - 1)).value == MONTH_LABEL)

    def month(self) -> ProviderMonth:
        """The month typed on Console, with the register of the open console, saved or not.

        Raises RequestError if the month cannot be read or the register has a mistake.
        """
        place = (MONTH_ROW, MONTH_COLUMN) if self.has_steps else (OLD_MONTH_ROW, OLD_MONTH_COLUMN)
        value = self.console.range(place).value
        sheets = {sheet.name: OpenSheet(sheet).rows for sheet in self.book.sheets if sheet.name not in CONSOLE_SHEETS}
        register = register_from(Path(self.book.name), sheets)
        month = f"{value:%Y-%m}" if isinstance(value, date) else as_text(value)
        return ProviderFolder(self.home).month_with(register, Period.typed(month))

    def step(self, what: str) -> Callable[..., None]:
        """A progress callback that shows the number of calls in the status bar."""

        def done(*_: object) -> None:
            self.steps[what] = self.steps.get(what, 0) + 1
            self.book.app.status_bar = f"qipxl: {what}: {self.steps[what]}"

        return done
