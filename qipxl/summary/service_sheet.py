"""One service at a time: a drop-down, and the chosen service's actions, found by formulas that every version of Excel can calculate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from qipxl.rules.expression import quoted
from qipxl.summary.action_lists import ALL_ACTIONS, MANY, all_actions
from qipxl.summary.findings import ServicesMap
from qipxl.summary.sheet_spec import HEADING_ROW, ColumnSpec, excel_values, letter_words
from qipxl.summary.summary import ProviderSummary
from qipxl.workbook.layout import column_letters
from qipxl.workbook.styles import CELL, CENTRED, DATE, HEADING, LEFT, RULE
from qipxl.workbook.writer import LINE, Sheet, WorkbookWriter

ONE_SERVICE = "One service"
SHOWN = ("Ref", "Headline", "Issue or risk", "Owner", "Due date", "Days overdue", "Escalation", "Why")
WIDTHS = (14, 30, 60, 20, 12, 12, 20, 80, 8)
CHOSEN, COUNTS, HEADINGS, ROOM = 3, 5, 8, 60
"""The rows, counted from 0, of the drop-down, the counts and the headings of the actions; the number of rows for actions."""
GAP = "   "
"""What parts two counts."""
WRAPPED, MOST_LINES = ("Headline", "Issue or risk", "Owner", "Why"), 8
"""The columns with long texts, and the most lines of a row."""
NUMBER, LIST = len(SHOWN), len(SHOWN) + 2
"""The columns of each action's position in the list of all actions, and of the services that the drop-down offers."""
KEY = f"${column_letters(NUMBER)}${CHOSEN + 1}"
"""The cell with the name of the chosen service in which wildcard characters are escaped."""


@dataclass(frozen=True)
class ActionList:
    """The columns and rows of the sheet of all actions, to which the formulas refer, and the service that is chosen at first."""

    columns: Sequence[ColumnSpec]
    frame: pd.DataFrame
    chosen: str

    def span(self, heading: str) -> str:
        """The address of a column's cells."""
        letter = column_letters(next(index for index, column in enumerate(MANY) if column[0] == heading))
        return f"'{ALL_ACTIONS}'!${letter}${HEADING_ROW + 2}:${letter}${HEADING_ROW + 1 + len(self.frame)}"

    @cached_property
    def chosen_rows(self) -> pd.DataFrame:
        """The rows of the chosen service; their index is their position in the list."""
        return self.frame[self.frame["name"] == self.chosen]

    def values(self, heading: str) -> list[object]:
        """A column's values in these rows, dates as day numbers, missing values as empty texts."""
        source = next(column.source for column in self.columns if column.heading == heading)
        column = excel_values(self.chosen_rows[source])
        return column.astype(object).where(column.notna(), "").tolist()


def write_one_service(writer: WorkbookWriter, summary: ProviderSummary, services: ServicesMap) -> None:
    """Write the sheet, if there is an action. The worst service with an action is chosen at first."""
    every = all_actions(summary, [column for column in MANY if column[0] in ("Service", *SHOWN)])
    if not len(every.frame):
        return
    names = dict(zip(summary.service_codes(every.frame["service"])[::-1], every.frame["name"][::-1], strict=True))
    worst = next((str(names[line.code]) for line in services.lines if line.code in names and not line.note), None)
    actions = ActionList(every.columns, every.frame, worst or str(every.frame["name"].iloc[0]))
    about = "Choose a service in the yellow cell. Its actions are below, the worst first. Services with the same name are listed together."
    about += " Each plan of a service is listed by itself." if summary.has_plans else ""
    sheet = writer.sheet(ONE_SERVICE, ONE_SERVICE, about)
    sheet.hide_gridlines(2)
    for index, width in enumerate(WIDTHS):
        sheet.set_column(index, index, width)
    write_choice(writer, sheet, actions)
    write_counts(writer, sheet, summary, actions)
    write_actions(writer, sheet, actions)
    sheet.print_area(0, 0, HEADINGS + ROOM, len(SHOWN) - 1)


def write_choice(writer: WorkbookWriter, sheet: Sheet, actions: ActionList) -> None:
    """Write the drop-down, and on the right the list of services that it offers."""
    services = sorted(set(actions.frame["name"]))
    sheet.put(CHOSEN, 0, "Service", writer.format(bold=True))
    sheet.put(CHOSEN, 1, actions.chosen, writer.format(bold=True, bg_color="#FFF2CC", border=1))
    escaped = f'SUBSTITUTE(SUBSTITUTE(SUBSTITUTE($B${CHOSEN + 1},"~","~~"),"*","~*"),"?","~?")'
    key = actions.chosen.replace("~", "~~").replace("*", "~*").replace("?", "~?")
    sheet.formula(CHOSEN, NUMBER, escaped, writer.format(num_format=";;;"), key)
    sheet.set_column(LIST, LIST, 28)
    sheet.put(HEADINGS, LIST, "Services", writer.format(**HEADING))
    for row, name in enumerate(services, HEADINGS + 1):
        sheet.put(row, LIST, name, writer.format())
    letter = column_letters(LIST)
    limit = {
        "validate": "list",
        "source": f"=${letter}${HEADINGS + 2}:${letter}${HEADINGS + 1 + len(services)}",
        "error_message": f"Choose one of the services in column {letter}.",
    }
    sheet.data_validation(CHOSEN, 1, CHOSEN, 1, limit)


def write_counts(writer: WorkbookWriter, sheet: Sheet, summary: ProviderSummary, actions: ActionList) -> None:
    """Write how many actions of the chosen service have each letter, such as “R Red: 2   A Amber: 1”; letters without any are left out."""
    letters = [str(headline)[:1] for headline in actions.values("Headline")]
    parts, shown = [], ""
    for letter in summary.letters:
        begins = f"~{letter} *" if letter == "?" else f"{letter} *"
        count = f'COUNTIFS({actions.span("Service")},"="&{KEY},{actions.span("Headline")},{quoted(begins)})'
        words = f"{letter_words(letter)}: "
        parts.append(f"TEXT({count},{quoted(f'{quoted(words)}0{quoted(GAP)};;')})")
        number = letters.count(letter)
        shown += f"{words}{number}{GAP}" if number else ""
    sheet.formula(COUNTS, 0, "&".join(parts), writer.format(bold=True, font_size=12), shown)


def write_actions(writer: WorkbookWriter, sheet: Sheet, actions: ActionList) -> None:
    """Write a row for each action of the chosen service: its position in the list of all actions, then its columns."""
    for column, heading in enumerate((*SHOWN, "Place")):
        sheet.put(HEADINGS, column, heading, writer.format(**HEADING, **LEFT))
    columns = {heading: actions.values(heading) for heading in SHOWN}
    number = f'COUNTIF({actions.span("Service")},"="&{KEY})'
    more = f'IF({number}>{ROOM},"And "&({number}-{ROOM})&" more: filter {ALL_ACTIONS} by this service.","")'
    positions, heights = list(actions.chosen_rows.index), row_heights(actions)
    sheet.fixed_heights = True
    left = len(positions) - ROOM
    words = f"And {left} more: filter {ALL_ACTIONS} by this service." if left > 0 else ""
    sheet.formula(HEADINGS - 1, 0, more, writer.format(bold=True), words)
    shape = {**CELL, "bottom": 0}
    plain = writer.format(**shape)
    formats = {"Due date": writer.format(**shape | DATE), "Days overdue": writer.format(**shape | CENTRED)}
    filled = {
        "type": "formula",
        "criteria": f'=$A{HEADINGS + 2}<>""',
        "format": writer.book.add_format({"bottom": 1, "bottom_color": RULE}),
    }
    sheet.conditional_format(HEADINGS + 1, 0, HEADINGS + ROOM, len(SHOWN) - 1, filled)
    for step in range(ROOM):
        row, position = HEADINGS + 1 + step, positions[step] if step < len(positions) else None
        sheet.set_row(row, heights[step])
        number, grey = f"${column_letters(NUMBER)}{row + 1}", writer.format(font_color="#606060")
        number_shown = "" if position is None else position + 1
        sheet.formula(row, NUMBER, next_position(actions, row, first=not step), grey, number_shown)
        for column, heading in enumerate(SHOWN):
            cell = f"INDEX({actions.span(heading)},{number})"
            formula = f'IF({number}="","",IF({cell}="","",{cell}))'
            value = "" if position is None else columns[heading][step]
            sheet.formula(row, column, formula, formats.get(heading, plain), value)


def row_heights(actions: ActionList) -> list[float]:
    """The height of each row of actions: enough for that action of every service, because rows do not grow when another is chosen."""
    lines = pd.Series(1.0, actions.frame.index)
    for column in actions.columns:
        if column.heading in WRAPPED:
            length = actions.frame[column.source].fillna("").astype(str).str.len()
            lines = lines.clip(lower=np.ceil(length * 1.1 / WIDTHS[SHOWN.index(column.heading)]))
    most = lines.groupby(actions.frame.groupby("name").cumcount()).max().reindex(range(ROOM), fill_value=1)
    return [LINE * min(number, MOST_LINES) for number in most]


def next_position(actions: ActionList, row: int, *, first: bool) -> str:
    """The formula for the position of the chosen service's next action; the search begins below the last match."""
    services, last = actions.span("Service"), len(actions.frame)
    if first:
        return f'IFERROR(MATCH({KEY},{services},0),"")'
    above = f"{column_letters(NUMBER)}{row}"
    below = f"INDEX({services},{above}+1):INDEX({services},{last})"
    return f'IF({above}="","",IF({above}>={last},"",IFERROR({above}+MATCH({KEY},{below},0),"")))'
