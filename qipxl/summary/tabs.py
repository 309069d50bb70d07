"""The tabs of the summary workbook: what is read first, lists, reference, and the hidden data of charts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qipxl.summary.action_index import BY_REGION
from qipxl.summary.action_lists import ALL_ACTIONS, ESCALATIONS
from qipxl.summary.board_sheet import BOARD_PAGE, CHART_DATA
from qipxl.summary.changes import CHANGES
from qipxl.summary.indicator_lists import FIGURES, INDICATORS
from qipxl.summary.overview_sheet import RED_BY_MONTH
from qipxl.summary.rating_rows import BY_RATING
from qipxl.summary.rule_book import HOW_TO_READ
from qipxl.summary.sheet_spec import OVERVIEW, SOURCES
from qipxl.summary.themes import BY_THEME
from qipxl.workbook.styles import TAB_COLOURS
from qipxl.workbook.writer import WorkbookWriter

STRONG = (BOARD_PAGE, OVERVIEW, ESCALATIONS, CHANGES, ALL_ACTIONS, INDICATORS)
"""The sheets to read first, in their order."""
REFERENCE, HELPERS = (SOURCES, HOW_TO_READ, FIGURES), (BY_RATING, BY_REGION, BY_THEME)
"""Sheets to look things up in, and those that only counts link to. The latter are last but not hidden, because Excel follows no link
to a hidden sheet."""
HIDDEN = (RED_BY_MONTH, CHART_DATA)
"""The data of sparklines and charts."""
GROUPS: Sequence[tuple[str, Sequence[str]]] = (
    ("strong", STRONG), ("list", ()), ("reference", REFERENCE), ("reference", ()), ("reference", HELPERS), ("reference", HIDDEN),
)  # fmt: skip
"""The sheets from left to right: their kind, which colours the tab, and their names. The second group has all other lists, the
fourth the full list of each table."""
LISTS, FULL_LISTS = 1, 3


def arrange_tabs(writer: WorkbookWriter) -> None:
    """Sort the sheets, colour their tabs and hide the data of charts."""
    writer.arrange(place)
    for sheet in writer.book.worksheets():
        name = sheet.get_name()
        sheet.set_tab_color(TAB_COLOURS[GROUPS[group(name)][0]])
        if name in HIDDEN:
            sheet.hide()


def tab_order(names: Iterable[str]) -> list[str]:
    """These sheets from left to right, without those that are hidden."""
    return sorted((name for name in names if name not in HIDDEN), key=place)


def group(name: str) -> int:
    """The group of a sheet, as its place in GROUPS."""
    others = FULL_LISTS if name.startswith("All ") and name != ALL_ACTIONS else LISTS
    return next((number for number, (_, names) in enumerate(GROUPS) if name in names), others)


def place(name: str) -> tuple[int, int]:
    """The place of a sheet: its group, and its place in the group if that has an order."""
    number = group(name)
    names = GROUPS[number][1]
    return number, names.index(name) if names else 0
