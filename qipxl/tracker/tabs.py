"""The tabs of a tracker: those of the month in the order of the month, each kind in its colour; what nobody need open is hidden."""

from __future__ import annotations

from qipxl.rules.evaluate import Book
from qipxl.tracker.content import Tracker
from qipxl.workbook import layout
from qipxl.workbook.styles import AMBER, TAB_COLOURS
from qipxl.workbook.writer import WorkbookWriter

MONTHLY = ("actions", "measurements", "milestones", "evidence", "reviews")
"""The tables that a month asks for, in their order. Those that the service fills in now and then come after them."""
DEFINITIONS = "indicators"
"""The table that is filled in once, with the first tracker."""
REFERENCE = (layout.GUIDANCE, layout.CHARTS)
BEHIND = (layout.LISTS, layout.SETTINGS)
"""The sheets that formulas and drop-downs read."""


def arrange_tabs(writer: WorkbookWriter, tracker: Tracker, book: Book) -> None:
    """Sort and colour the tabs, and hide those whose content is on Start here or that only formulas read."""
    sheets = {key: table.line.sheet for key, table in tracker.layouts.items()}
    hidden = [sheets[key] for key in sheets if is_hidden(tracker, key, book)]
    monthly = [layout.START, *(sheets[key] for key in MONTHLY if key in sheets and sheets[key] not in hidden)]
    others = [sheet for sheet in (*sheets.values(), layout.CARRIED) if sheet not in (*monthly, *hidden)]
    colours = dict.fromkeys(monthly, TAB_COLOURS["strong"]) | dict.fromkeys(others, TAB_COLOURS["list"])
    colours |= {layout.CHECKS: AMBER} | dict.fromkeys(REFERENCE, TAB_COLOURS["reference"])
    order = [*colours, *hidden, *BEHIND, layout.WORKINGS]
    writer.arrange(lambda name: (order.index(name),))
    for sheet in writer.book.worksheets():
        if sheet.get_name() in colours:
            sheet.set_tab_color(colours[sheet.get_name()])
        else:
            sheet.hide()
            sheet.print_area_range = ""  # LibreOffice would print it


def is_hidden(tracker: Tracker, key: str, book: Book) -> bool:
    """True for a table that head office fills in, and after the first month for the definitions if nothing is wrong in them."""
    if tracker.layouts[key].line.filled_by == "head office":
        return True
    is_wrong = (tracker.workings.broken[key].value(book.tables[key]) != "").any()
    return key == DEFINITIONS and tracker.last_return != "" and not is_wrong
