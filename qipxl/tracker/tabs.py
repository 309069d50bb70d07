"""The tabs of a tracker: those of the month in the order of the month, each kind in its colour; what nobody need open is hidden."""

from __future__ import annotations

from collections.abc import Sequence

from qipxl.rules.evaluate import Book
from qipxl.tracker.content import Tracker
from qipxl.workbook import layout
from qipxl.workbook.styles import AMBER, TAB_COLOURS
from qipxl.workbook.writer import WorkbookWriter

MONTHLY = ("actions", "measurements", "milestones", "evidence", "reviews")
"""The tables that a month asks for, in their order. Those that the service fills in now and then come after them."""
DEFINITIONS = "indicators"
"""The table that is filled in once, with the first tracker."""
BEHIND = (layout.PASTE, layout.LISTS, layout.SETTINGS)
"""The sheets that few people need, and those that formulas and drop-downs read."""
MOST_TABS = 10
"""The most tabs that can be seen, if a table that is seldom filled in is empty and can be hidden."""


def arrange_tabs(writer: WorkbookWriter, tracker: Tracker, hidden_keys: Sequence[str]) -> None:
    """Sort and colour the tabs, and hide those of the `hidden_keys` of tables and those that only formulas read."""
    sheets = {key: table.line.sheet for key, table in tracker.layouts.items()}
    hidden = [sheets[key] for key in hidden_keys]
    monthly = [layout.START, *(sheets[key] for key in MONTHLY if key in sheets and sheets[key] not in hidden)]
    others = [sheet for sheet in (*sheets.values(), layout.CARRIED) if sheet not in (*monthly, *hidden)]
    colours = dict.fromkeys(monthly, TAB_COLOURS["strong"]) | dict.fromkeys(others, TAB_COLOURS["list"])
    colours |= {layout.CHECKS: AMBER, layout.GUIDANCE: TAB_COLOURS["reference"]}
    order = [*colours, *hidden, *BEHIND, layout.WORKINGS]
    writer.arrange(lambda name: (order.index(name),))
    for sheet in writer.book.worksheets():
        if sheet.get_name() in colours:
            sheet.set_tab_color(colours[sheet.get_name()])
        else:
            sheet.hide()
            sheet.print_area_range = ""  # LibreOffice would print it


def hidden_tables(tracker: Tracker, book: Book, has_carried: bool) -> list[str]:
    """The keys of the tables whose sheets are hidden: those of head office, finished definitions, and what is seldom used if it is empty."""
    hidden = [key for key in tracker.layouts if is_hidden(tracker, key, book)]
    tabs = len(tracker.layouts) - len(hidden) + len((layout.START, layout.CHECKS, layout.GUIDANCE)) + has_carried
    empty = [key for key, table in tracker.layouts.items() if table.line.seldom and not tracker.rows.get(key)]
    return [*hidden, *reversed(empty[-(tabs - MOST_TABS) :])] if tabs > MOST_TABS else hidden


def is_hidden(tracker: Tracker, key: str, book: Book) -> bool:
    """True for a table that head office fills in, and for the definitions if they are there and nothing is wrong in them.

    After the first month definitions are hidden if there are none, too.
    """
    if tracker.layouts[key].line.filled_by == "head office":
        return True
    is_wrong = (tracker.workings.broken[key].value(book.tables[key]) != "").any()
    return key == DEFINITIONS and bool(tracker.last_return or tracker.rows.get(key)) and not is_wrong
