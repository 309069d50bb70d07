"""A provider played month by month: trackers are issued, people type into them, returns come in and are consolidated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from factories import run
from validator import validate

from qipxl import Period, Service
from qipxl.provider import ProviderFolder, ProviderMonth
from qipxl.provider.meetings.book import HEADING_ROW as LAST_ABOVE_HEADINGS
from qipxl.provider.meetings.book import MATTERS, MEETING
from qipxl.provider.monthly_run import consolidate_month
from qipxl.provider.register_schema import Line, ServiceLine
from qipxl.provider.register_workbook import write_register
from qipxl.summary.summary import ProviderSummary
from qipxl.tracker.issue import issue_trackers
from qipxl.workbook.layout import HEADING_ROW
from qipxl.workbook.styles import MONTHLY

Cells = Mapping[str, object]
"""What is typed into a row, by heading."""
Topic = str | tuple[str, ...]
"""A matter of a meeting: its Ref; or the name of the service, the Ref of the action and how the matter begins, or only the first of these."""


class Typist:
    """A tracker open in a spreadsheet program."""

    def __init__(self, path: Path) -> None:
        self.book = openpyxl.load_workbook(path)

    def headings(self, sheet: str) -> dict[str, int]:
        """The column of each heading, from 1."""
        return {str(cell.value): cell.column for cell in self.book[sheet][HEADING_ROW] if cell.value}

    def row_of(self, sheet: str, key: str, ref: object) -> int:
        """The row whose `key` cell says `ref`; if there is none, the first row without one."""
        column, tab = self.headings(sheet)[key], self.book[sheet]
        said = [tab.cell(row, column).value for row in range(HEADING_ROW + 1, tab.max_row + 2)]
        blank = next(number for number, value in enumerate(said) if value in (None, ""))
        return HEADING_ROW + 1 + (said.index(ref) if ref is not None and ref in said else blank)

    def type(self, sheet: str, ref: object, cells: Cells, key: str = "Ref") -> None:
        """Type into the row of a Ref, which is a new row if there is none."""
        columns, row = self.headings(sheet), self.row_of(sheet, key, ref)
        for heading, value in {key: ref, **cells}.items():
            self.book[sheet].cell(row, columns[heading]).value = value

    def add(self, sheet: str, cells: Cells, key: str = "Action") -> None:
        """Type a new row into a table without Refs."""
        columns, row = self.headings(sheet), self.row_of(sheet, key, None)
        for heading, value in cells.items():
            self.book[sheet].cell(row, columns[heading]).value = value

    def delete(self, sheet: str, ref: object, key: str = "Ref") -> None:
        """Clear every cell of the row of a Ref."""
        row = self.row_of(sheet, key, ref)
        for column in self.headings(sheet).values():
            self.book[sheet].cell(row, column).value = None

    def said(self, sheet: str, ref: object, heading: str, key: str = "Ref") -> Any:
        """What a cell of the row of a Ref holds."""
        return self.book[sheet].cell(self.row_of(sheet, key, ref), self.headings(sheet)[heading]).value

    def refs(self, sheet: str) -> list[str]:
        """The Refs of a sheet's rows."""
        column = self.headings(sheet)["Ref"]
        cells = self.book[sheet].iter_rows(HEADING_ROW + 1, min_col=column, max_col=column, values_only=True)
        return [str(cell) for (cell,) in cells if cell not in (None, "")]

    def figure(
        self, indicator: str, month: Period, numerator: float | None, denominator: float | None = None, **more: object
    ) -> None:
        """Enter a month's figure; `more` are Context and Learning."""
        entered = {"Indicator": indicator, "Month": month.first, "Numerator": numerator, "Denominator": denominator}
        self.type("Figures", f"{indicator} {month}", entered | {key.capitalize(): text for key, text in more.items()})

    def cover(self, label: str, value: object) -> None:
        """Type beside a label of Start here."""
        tab = self.book["Start here"]
        found = next(
            cell for row in tab.iter_rows(max_row=60) for cell in row if str(cell.value or "").startswith(label)
        )
        tab.cell(found.row, found.column + 1).value = value


@dataclass(frozen=True)
class Meeting:
    """A meeting about a month: its kind and day, what is typed about its matters, the matters that it raises, and about itself."""

    kind: str
    held: date
    typed: Mapping[Topic, Cells] = field(default_factory=dict)
    raised: Sequence[Cells] = ()
    about: Cells = field(default_factory=dict)
    """Chair, Who was there and Notes."""

    @property
    def texts(self) -> set[str]:
        """Each text that is typed."""
        cells = [self.about, *self.typed.values(), *self.raised]
        return {value for each in cells for value in each.values() if isinstance(value, str)}


class MeetingBook:
    """A meeting book open in a spreadsheet program; only its yellow cells take anything."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path)
        self.matters = self.book[MATTERS]
        self.columns = {str(cell.value): cell.column for cell in self.matters[LAST_ABOVE_HEADINGS + 1]}

    def rows(self) -> dict[int, dict[str, Any]]:
        """The rows of Matters by number, blank ones too."""
        lines = self.matters.iter_rows(min_row=LAST_ABOVE_HEADINGS + 2, values_only=True)
        return {
            number: dict(zip(self.columns, ("" if cell is None else cell for cell in line), strict=True))
            for number, line in enumerate(lines, LAST_ABOVE_HEADINGS + 2)
        }

    def agenda(self) -> list[dict[str, Any]]:
        """The matters on the agenda, by heading."""
        return [row for row in self.rows().values() if row["Matter"]]

    def row_of(self, topic: Topic) -> int:
        """The only row of a matter."""
        (found,) = [number for number, row in self.rows().items() if is_about(row, topic)]
        return found

    def type(self, row: int, cells: Cells) -> None:
        """Type into the row of a matter."""
        for heading, value in cells.items():
            put(self.matters.cell(row, self.columns[heading]), value)

    def fill(self, meeting: Meeting) -> None:
        """Type all that a meeting says, and save the book."""
        sheet = self.book[MEETING]
        beside = {str(row[0].value): row[1] for row in sheet.iter_rows(max_col=2)}
        for label, value in {"Date of the meeting": meeting.held, **meeting.about}.items():
            put(beside[label], value)
        for topic, cells in meeting.typed.items():
            self.type(self.row_of(topic), cells)
        for cells in meeting.raised:
            self.type(next(number for number, row in self.rows().items() if not row["Matter"]), cells)
        self.book.save(self.path)


def is_about(row: Cells, topic: Topic) -> bool:
    """True if a row of a meeting book is about a matter."""
    if isinstance(topic, str):
        return row["Ref"] == topic
    return all(
        str(row[heading]).startswith(words)
        for heading, words in zip(("Service", "Action", "Matter"), topic, strict=False)
    )


def put(cell: Any, value: object) -> None:
    """Type into a yellow cell of a meeting book."""
    assert cell.fill.fgColor.rgb == f"FF{MONTHLY[1:]}", f"{cell.coordinate} is not for the meeting to fill in"
    cell.value = value


def succeeded(*arguments: object) -> None:
    """Run a command."""
    done = run(*arguments)
    assert done.exit_code == 0, done.output


@dataclass
class Month:
    """What a month came to."""

    period: Period
    receipts: pd.DataFrame
    problems: pd.DataFrame
    actions: pd.DataFrame
    """All actions with their values and ratings."""
    summary: ProviderSummary

    def rated(self, service: str, ref: str, rating: str = "headline") -> str:
        """A rating of an action; empty if the action is not in the month."""
        lines = self.actions[(self.actions["service"] == service) & (self.actions["ref"] == ref)]
        return str(lines[rating].iloc[0]) if len(lines) else ""

    def codes(self, service: str) -> set[str]:
        """The codes of the problems of a service's returns."""
        numbers = self.receipts.index[self.receipts["service"] == service]
        return set(self.problems.loc[self.problems["return"].isin(numbers), "code"])


@dataclass
class Player:
    """A provider, its services and the lines of its register."""

    home: Path
    template: str
    services: Sequence[Service]
    lines: list[Line] = field(default_factory=list)
    typist: type[Typist] = Typist

    @property
    def folder(self) -> ProviderFolder:
        return ProviderFolder(self.home)

    def begin(self) -> None:
        """Make the provider's folder by the command, from a list of its services."""
        listed = self.home.with_name("services.csv")
        listed.write_text(
            "code,name,region\n" + "".join(f"{each.code},{each.name},{each.region}\n" for each in self.services)
        )
        succeeded("init", self.home, "--name", "Our Care", "--services", listed)

    def month(self, period: Period) -> ProviderMonth:
        """A month with the register as it is now."""
        of: dict[type[Line], list[Line]] = {
            ServiceLine: [
                ServiceLine(code=each.code, name=each.name, region=each.region, template=self.template)
                for each in self.services
            ]
        }
        for line in self.lines:
            of.setdefault(type(line), []).append(line)
        self.home.mkdir(exist_ok=True)
        write_register(self.folder.register, "Our Care", date(2026, 1, 1), of)
        return self.folder.month(period)

    def issue(self, period: Period) -> None:
        """Write the trackers of a month."""
        orders = self.month(period).to_issue()
        paths = issue_trackers(orders, period, self.folder.issued(period))
        for order, path in zip(orders, paths, strict=True):
            path.rename(path.with_name(f"{order.service.code}.xlsx"))

    @contextmanager
    def typing(self, service: str, period: Period, signed: str = "Jo Shah") -> Iterator[Typist]:
        """A service's tracker, open in a spreadsheet program; it is signed, saved and sent back in the end."""
        open_tracker = self.typist(self.folder.issued(period) / f"{service}.xlsx")
        yield open_tracker
        open_tracker.cover("Your name", signed)
        sent = Path(str(self.folder.returns(period))) / f"{service}.xlsx"
        sent.parent.mkdir(parents=True, exist_ok=True)
        open_tracker.book.save(sent)

    def hold(self, period: Period, meeting: Meeting) -> list[dict[str, Any]]:
        """A meeting about a month: the command writes its book, which is filled in and saved where it is. The matters on its agenda."""
        self.month(period)
        succeeded("meeting", self.home, "--period", period, "--kind", meeting.kind)
        path = self.home / "meetings" / str(period) / f"{meeting.kind} {period}.xlsx"
        assert validate(path) == []
        book = MeetingBook(path)
        agenda = book.agenda()
        book.fill(meeting)
        return agenda

    def packs(self, period: Period, *audiences: str) -> list[Path]:
        """The packs of a month for audiences such as "board", written by the command with the month's summary."""
        self.month(period)
        asked = [word for audience in audiences for word in ("--pack", audience)]
        succeeded("consolidate", self.home, "--period", period, *asked)
        return sorted(Path(str(self.folder.summary(period))).parent.glob(f"*{period}*pack*.xlsx"))

    def consolidate(self, period: Period) -> Month:
        """Read, rate and keep what came in."""
        with consolidate_month(self.month(period), keep=True) as result:
            return Month(
                period, result.returns.receipts, result.returns.problems, result.table("actions"), result.summary()
            )
