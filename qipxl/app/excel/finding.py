"""The workbook that a button was pressed in, found by its name among those that are open; never by its place on a disk."""

from __future__ import annotations

import xlwings as xw

from qipxl.errors import RequestError


def find_book(name: str, hwnd: int = 0) -> xw.Book:
    """The open workbook of that name, in the Excel with that window where there is one; raises RequestError where none is open."""
    apps = sorted(xw.apps, key=lambda app: app.hwnd != hwnd)
    for app in apps:
        for book in app.books:
            if book.name.lower() == name.lower():
                return book
    raise RequestError(f"{name} is not open in Excel. Open it, and press the button again.")
