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

from qipxl import Period, Service
from qipxl.provider import ProviderFolder, ProviderMonth
from qipxl.provider.monthly_run import consolidate_month
from qipxl.provider.register_schema import Line, ServiceLine
from qipxl.provider.register_workbook import write_register
from qipxl.summary.summary import ProviderSummary
from qipxl.tracker.issue import issue_trackers
from qipxl.workbook.layout import HEADING_ROW

Cells = Mapping[str, object]
"""What is typed into a row, by heading."""


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

    def consolidate(self, period: Period) -> Month:
        """Read, rate and keep what came in."""
        with consolidate_month(self.month(period), keep=True) as result:
            return Month(
                period, result.returns.receipts, result.returns.problems, result.table("actions"), result.summary()
            )
