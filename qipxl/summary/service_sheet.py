"""One service at a time: a drop-down, and the chosen service's actions, found by formulas that every version of Excel can calculate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from qipxl.rules.expression import quoted
from qipxl.summary.action_lists import ALL_ACTIONS, MANY, all_actions
from qipxl.summary.finding_records import ServicesMap
from qipxl.summary.sheet_spec import HEADING_ROW, ColumnSpec, excel_values, letter_words
from qipxl.summary.summary import ProviderSummary
from qipxl.workbook.bulk import FilledColumn
from qipxl.workbook.layout import column_letters
from qipxl.workbook.styles import CELL, CENTRED, DATE, HEADING, LEFT, RULE
from qipxl.workbook.writer import LINE, Sheet, WorkbookWriter

ONE_SERVICE = "One service"
SHOWN = ("Ref", "Headline", "Issue or risk", "Owner", "Due date", "Days overdue", "Escalation", "Why")
PLAN = "Service"
"""The column that is shown second if a service has several plans: the service with its plan."""
WIDTHS = {
    "Ref": 14, PLAN: 30, "Headline": 30, "Issue or risk": 60, "Owner": 20, "Due date": 12, "Days overdue": 12, "Escalation": 20, "Why": 80,
    "Place": 8,
}  # fmt: skip
CHOSEN, COUNTS, HEADINGS, ROOM = 3, 5, 8, 60
"""The rows, counted from 0, of the drop-down, the counts and the headings of the actions; the number of rows for actions."""
KEY, FIRST = CHOSEN, CHOSEN + 1
GAP = "   "
"""What parts two counts."""
WRAPPED, MOST_LINES = ("Headline", "Issue or risk", "Owner", "Why"), 8
"""The columns with long texts, and the most lines of a row."""


@dataclass(frozen=True)
class ActionList:
    """The columns and rows of the sheet of all actions, to which the formulas refer, and the service that is chosen at first.

    `owners` is the name of each row's service, whichever of its plans has the action.
    """

    columns: Sequence[ColumnSpec]
    frame: pd.DataFrame
    owners: pd.Series
    chosen: str

    @cached_property
    def shown(self) -> Sequence[str]:
        """The headings of the columns that are shown."""
        several = not self.owners.equals(self.frame["name"].astype(object))
        return (SHOWN[0], PLAN, *SHOWN[1:]) if several else SHOWN

    @property
    def number(self) -> int:
        """The column of each action's position in the list of all actions, and of cells that the formulas need."""
        return len(self.shown)

    @property
    def listed(self) -> int:
        """The column of the services that the drop-down offers; those of the rows by service come after it."""
        return self.number + 2

    def cell(self, row: int) -> str:
        """A cell of the column `number`, with the row counted from 0: at KEY the chosen name, at FIRST its first row by service, at
        COUNTS the number of its rows."""
        return f"${column_letters(self.number)}${row + 1}"

    @cached_property
    def by_service(self) -> pd.DataFrame:
        """The rows by service, then by plan, the worst first; their index is their position in the list."""
        names = pd.DataFrame({"owner": self.owners, "name": self.frame["name"]})
        return names.sort_values(["owner", "name"], kind="stable")

    def span_by_service(self, column: int) -> str:
        """The address of a column of the rows by service: 0 the service, 1 the headline, 2 the position."""
        letter = column_letters(self.listed + 1 + column)
        return f"${letter}${HEADINGS + 2}:${letter}${HEADINGS + 1 + len(self.frame)}"

    def span(self, heading: str) -> str:
        """The address of a column's cells."""
        letter = column_letters(next(index for index, column in enumerate(MANY) if column[0] == heading))
        return f"'{ALL_ACTIONS}'!${letter}${HEADING_ROW + 2}:${letter}${HEADING_ROW + 1 + len(self.frame)}"

    @cached_property
    def chosen_rows(self) -> pd.DataFrame:
        """The rows of the chosen service, plan by plan; their index is their position in the list."""
        own = self.by_service
        return self.frame.loc[own.index[own["owner"] == self.chosen]]

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
    codes, named = summary.service_codes(every.frame["service"]), summary.names
    owners = codes.map(named).fillna(every.frame["name"]).astype(object)
    names = dict(zip(codes[::-1], owners[::-1], strict=True))
    worst = next((str(names[line.code]) for line in services.lines if line.code in names and not line.note), None)
    actions = ActionList(every.columns, every.frame, owners, worst or str(owners.iloc[0]))
    about = "Choose a service in the yellow cell. Its actions are below, the worst first. Services with the same name are listed together."
    about += " The plans of a service are below each other." if summary.has_plans else ""
    sheet = writer.sheet(ONE_SERVICE, ONE_SERVICE, about)
    sheet.hide_gridlines(2)
    for index, heading in enumerate((*actions.shown, "Place")):
        sheet.set_column(index, index, WIDTHS[heading])
    write_choice(writer, sheet, actions)
    write_counts(writer, sheet, summary, actions)
    write_actions(writer, sheet, actions)
    write_by_service(writer, sheet, actions)
    sheet.print_area(0, 0, HEADINGS + ROOM, len(actions.shown) - 1)


def write_choice(writer: WorkbookWriter, sheet: Sheet, actions: ActionList) -> None:
    """Write the drop-down, and on the right the list of services that it offers."""
    services = sorted(set(actions.owners))
    sheet.put(CHOSEN, 0, "Service", writer.format(bold=True))
    sheet.put(CHOSEN, 1, actions.chosen, writer.format(bold=True, bg_color="#FFF2CC", border=1))
    escaped = f'SUBSTITUTE(SUBSTITUTE(SUBSTITUTE($B${CHOSEN + 1},"~","~~"),"*","~*"),"?","~?")'
    key = actions.chosen.replace("~", "~~").replace("*", "~*").replace("?", "~?")
    hidden = writer.format(num_format=";;;")
    sheet.formula(KEY, actions.number, escaped, hidden, key)
    rows, chosen = actions.span_by_service(0), actions.by_service["owner"].tolist()
    sheet.formula(
        FIRST, actions.number, f"MATCH({actions.cell(KEY)},{rows},0)", hidden, chosen.index(actions.chosen) + 1
    )
    number = f'COUNTIF({rows},"="&{actions.cell(KEY)})'
    sheet.formula(COUNTS, actions.number, number, hidden, chosen.count(actions.chosen))
    sheet.set_column(actions.listed, actions.listed, 28)
    sheet.put(HEADINGS, actions.listed, "Services", writer.format(**HEADING))
    for row, name in enumerate(services, HEADINGS + 1):
        sheet.put(row, actions.listed, name, writer.format())
    letter = column_letters(actions.listed)
    limit = {
        "validate": "list",
        "source": f"=${letter}${HEADINGS + 2}:${letter}${HEADINGS + 1 + len(services)}",
        "error_message": f"Choose one of the services in column {letter}.",
    }
    sheet.data_validation(CHOSEN, 1, CHOSEN, 1, limit)


def write_by_service(writer: WorkbookWriter, sheet: Sheet, actions: ActionList) -> None:
    """Write each action's service, headline and position in the list of all actions into hidden columns, service by service.

    The rows below the shown actions and the list of services, which have no other cells, are written by column.
    """
    first = actions.listed + 1
    sheet.set_column(first, first + 2, 12, None, {"hidden": True})
    source = next(column.source for column in actions.columns if column.heading == "Headline")
    headlines = actions.frame[source].loc[actions.by_service.index]
    columns = actions.by_service["owner"], headlines, pd.Series(actions.by_service.index + 1)
    plain, shared = writer.format(), max(ROOM, actions.owners.nunique())
    for column, values in enumerate(columns, first):
        for row, value in enumerate(values.iloc[:shared].tolist(), HEADINGS + 1):
            sheet.put(row, column, value, plain)
    below = [FilledColumn(values.iloc[shared:], [plain]) for values in columns]
    heights = np.full(len(below[0].values), np.nan)
    sheet.fill(HEADINGS + 1 + shared, below, heights, left=first)


def write_counts(writer: WorkbookWriter, sheet: Sheet, summary: ProviderSummary, actions: ActionList) -> None:
    """Write how many actions of the chosen service have each letter, such as “R Red: 2   A Amber: 1”; letters without any are left out."""
    letters = [str(headline)[:1] for headline in actions.values("Headline")]
    parts, shown = [], ""
    for letter in summary.letters:
        begins = f"~{letter} *" if letter == "?" else f"{letter} *"
        own = f'{actions.span_by_service(0)},"="&{actions.cell(KEY)}'
        count = f"COUNTIFS({own},{actions.span_by_service(1)},{quoted(begins)})"
        words = f"{letter_words(letter)}: "
        parts.append(f"TEXT({count},{quoted(f'{quoted(words)}0{quoted(GAP)};;')})")
        number = letters.count(letter)
        shown += f"{words}{number}{GAP}" if number else ""
    sheet.formula(COUNTS, 0, "&".join(parts), writer.format(bold=True, font_size=12), shown)


def write_actions(writer: WorkbookWriter, sheet: Sheet, actions: ActionList) -> None:
    """Write a row for each action of the chosen service: its position in the list of all actions, then its columns."""
    for column, heading in enumerate((*actions.shown, "Place")):
        sheet.put(HEADINGS, column, heading, writer.format(**HEADING, **LEFT))
    columns = {heading: actions.values(heading) for heading in actions.shown}
    number = actions.cell(COUNTS)
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
    sheet.conditional_format(HEADINGS + 1, 0, HEADINGS + ROOM, len(actions.shown) - 1, filled)
    for step in range(ROOM):
        row, position = HEADINGS + 1 + step, positions[step] if step < len(positions) else None
        sheet.set_row(row, heights[step])
        number, grey = f"${column_letters(actions.number)}{row + 1}", writer.format(font_color="#606060")
        place = f"INDEX({actions.span_by_service(2)},{actions.cell(FIRST)}+{step})"
        number_shown = "" if position is None else position + 1
        sheet.formula(row, actions.number, f'IF({step}<{actions.cell(COUNTS)},{place},"")', grey, number_shown)
        for column, heading in enumerate(actions.shown):
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
            lines = lines.clip(lower=np.ceil(length * 1.1 / WIDTHS[column.heading]))
    ordered = actions.by_service
    places = ordered.groupby("owner").cumcount()
    most = lines.loc[ordered.index].groupby(places).max().reindex(range(ROOM), fill_value=1)
    return [LINE * min(number, MOST_LINES) for number in most]
