"""Old workbooks of one layout → a tracker for each service, and a report that accounts for every old cell."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qipxl.adopting.account import CellAccount, Record, cells_not_carried, full_text, unread_comments
from qipxl.adopting.heading_match import aliases, comparable
from qipxl.adopting.mapping import SERVICE, AdoptMapping, TableMapping
from qipxl.adopting.old_rows import RowReader
from qipxl.adopting.old_tables import OldTable, labelled_values
from qipxl.adopting.old_workbook import OldWorkbook
from qipxl.adopting.propose import tables_of
from qipxl.adopting.tracker_rows import AdoptedPlan, PlanBuilder
from qipxl.errors import RequestError
from qipxl.periods import Period
from qipxl.returns.problems import shown
from qipxl.services import Service
from qipxl.template import Template
from qipxl.text import as_text
from qipxl.tracker.first_rows import sorted_rows
from qipxl.tracker.issue import file_names, refuse_other_files
from qipxl.tracker.write import write_tracker
from qipxl.workbook.headings import fold

MOST_HEADINGS = 400
"""The number of characters of headings in a message."""


@dataclass(frozen=True)
class CellNotCarried:
    """A cell that was not carried: its tab, its address, its text, and why."""

    tab: str
    address: str
    text: str
    reason: str


@dataclass(frozen=True)
class Adopted:
    """The result of one workbook.

    `plans` are by service code. `tables` has a line for each table found: its place, the table of the tracker (empty for
    none), its rows, and the rows carried. `rows_set_aside` has tab, sheet row, reason and text of rows that were not
    carried as rows. Cells `filled` = `carried` + the number of `not_carried`.
    """

    workbook: OldWorkbook
    plans: Mapping[str, AdoptedPlan]
    tables: Sequence[tuple[str, str, int, int]]
    rows_set_aside: Sequence[tuple[str, int, str, str]]
    not_carried: Sequence[CellNotCarried]
    filled: int
    carried: int

    @property
    def reconciles(self) -> bool:
        """True if every filled cell was carried or is listed in the report."""
        return self.filled == self.carried + len(self.not_carried)


@dataclass
class Progress:
    """What has been read of one workbook so far: its account, its records by service and table, and why rows are left out.

    `reasons` are by tab and row.
    """

    account: CellAccount = field(default_factory=CellAccount)
    records: dict[str, dict[str, list[Record]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    tables: list[tuple[str, str, int, int]] = field(default_factory=list)
    reasons: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))


def adopt_workbook(
    workbook: OldWorkbook, mapping: AdoptMapping, template: Template, services: Sequence[Service], period: Period
) -> Adopted:
    """Carry one workbook into plans, without writing anything.

    Raises RequestError with the names of all services that are not in the list, or if nothing can be carried.
    """
    progress = Progress()
    tables = tables_of(workbook, template)
    for tab in workbook.tabs:
        if not any(table.tab is tab for table in tables):
            progress.reasons[tab.title] = dict.fromkeys(tab.rows, "no table was found on this tab")
    finder = ServiceFinder(mapping, services, workbook, tables)
    for table in tables:
        lines, reasons = mapping.find(table.signature), progress.reasons[table.tab.title]
        reasons |= dict.fromkeys(table.heading_rows, "a heading")
        if lines is None or not lines.into:
            reasons |= dict.fromkeys(table.rows, "a table that the mapping does not carry")
            progress.tables.append((table.where, "", len(table.rows), 0))
            continue
        records = RowReader(table, lines, progress.account, frozenset(finder.codes)).records()
        progress.tables.append((table.where, lines.into, len(table.rows), len(records)))
        for record in records:
            apply_tab_title(record, table, lines)
            if code := finder.code_of(record):
                progress.records[code][lines.into].append(record)
    finder.refuse_unknown()
    refuse_empty(workbook, tables, progress)
    finder.account(progress.account, progress.records.keys())
    plans = {
        code: PlanBuilder(mapping, template, period, progress.account).plan(records)
        for code, records in progress.records.items()
    }
    return build_result(workbook, plans, progress)


def refuse_empty(workbook: OldWorkbook, tables: Sequence[OldTable], progress: Progress) -> None:
    """Raise RequestError if nothing of a workbook was carried: its tables are empty, or the mapping is for another layout."""
    if progress.records:
        return
    headings = "; ".join(", ".join(old.heading for old in table.columns if old.heading) for table in tables)
    empty = bool(tables) and not any(table.rows for table in tables)
    found = (
        f"they have headings but no rows: {shown(headings, MOST_HEADINGS)}."
        if empty
        else (
            f"their headings are {shown(headings, MOST_HEADINGS) or 'not found'}. In adopt.toml give the table with the actions "
            'into = "actions" and its columns their fields.'
        )
    )
    raise RequestError(f"{workbook.name}: the mapping carries none of its tables; {found}")


def apply_tab_title(record: Record, table: OldTable, lines: TableMapping) -> None:
    """Give a record the service or the field that the tab's title gives."""
    if lines.tab == SERVICE:
        record.service = record.service or table.tab.title
    elif lines.tab:
        record.values.setdefault(lines.tab, table.tab.title)


class ServiceFinder:
    """Finds the service of each row, by a column, the tab, the cover or the name of the file."""

    def __init__(
        self,
        mapping: AdoptMapping,
        services: Sequence[Service],
        workbook: OldWorkbook,
        tables: Sequence[OldTable],
    ) -> None:
        self.mapping, self.workbook, self.services = mapping, workbook, services
        self.covers = {tab.title: list(labelled_values(tab, tables)) for tab in workbook.tabs}
        self.codes = {fold(name): service.code for service in services for name in (service.name, service.code)}
        self.codes |= {fold(name): code for name, code in mapping.service.known.items() if code}
        self.unknown: Counter[str] = Counter()
        unknown = sorted(set(mapping.service.known.values()) - {service.code for service in services} - {""})
        if unknown:
            raise RequestError(
                f"The mapping names a service {unknown[0]}, which is not in the list of services. Its codes: "
                f"{', '.join(service.code for service in services)}."
            )

    def code_of(self, record: Record) -> str:
        """The code of a record's service; if the list does not have it, empty and noted as unknown."""
        named_by_row = self.mapping.service.by in ("column", "tab") and len(self.services) > 1
        name = record.service or ("" if named_by_row else self.of_workbook(record.tab))
        code = self.codes.get(fold(name), "")
        if not code:
            self.unknown[name or "(no name)"] += 1
        return code

    def of_workbook(self, tab: str) -> str:
        """The service name on the cover, on the row's own tab first; else the only service, or the one in the file's name."""
        if self.mapping.service.by == "cover":
            label = comparable(self.mapping.service.label)
            for title in (tab, *self.covers):
                for line in self.covers.get(title, ()):
                    if comparable(line.label) == label:
                        return as_text(line.value.value).strip()
        if len(self.services) == 1:
            return self.services[0].code
        stem = fold(self.workbook.stem.replace("_", " "))
        named = [one for one in self.services if any(is_in(fold(name), stem) for name in (one.name, one.code))]
        return max(named, key=lambda one: len(one.name)).code if named else self.workbook.stem

    def refuse_unknown(self) -> None:
        """Raise RequestError with every name that is not in the list of services."""
        if self.unknown:
            listed = ", ".join(f"“{name}” ({count} row{'s' * (count > 1)})" for name, count in self.unknown.items())
            raise RequestError(
                f"{self.workbook.name}: these rows name a service that is not in the list of services: {listed}. Add the "
                "service to the list, or write its code after the name under [service.known] in the mapping."
            )

    def account(self, account: CellAccount, codes: Collection[str]) -> None:
        """Count cover cells with the service's name or manager as carried, if the trackers of `codes` say the same."""
        names = {"service": aliases().cover["service"], "manager": aliases().cover["manager"]}
        managers = {fold(service.manager) for service in self.services if service.manager and service.code in codes}
        for title, lines in self.covers.items():
            for line in lines:
                value = fold(as_text(line.value.value))
                same = comparable(line.label) in map(comparable, names["service"]) and self.codes.get(value) in codes
                same = same or (comparable(line.label) in map(comparable, names["manager"]) and value in managers)
                if same and (line.value.row, line.value.column) != line.label_at:
                    account.carried(title, line.value, "Start here")


def is_in(name: str, text: str) -> bool:
    """True if a text holds a name as whole words."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def build_result(workbook: OldWorkbook, plans: Mapping[str, AdoptedPlan], progress: Progress) -> Adopted:
    """The result of a workbook, with every cell accounted for."""
    not_carried = [
        CellNotCarried(tab.title, cell.address, full_text(cell.value), reason)
        for tab in workbook.tabs
        for cell, reason in cells_not_carried(tab, progress.account, progress.reasons.get(tab.title, {}))
    ]
    comments = [comment for tab in workbook.tabs for comment in unread_comments(tab, progress.account)]
    set_aside = [(row.tab, row.row + 1, row.reason, row.text) for row in [*progress.account.rows_set_aside, *comments]]
    carried = sum(outcome.carried for outcome in progress.account.outcomes.values())
    return Adopted(workbook, plans, progress.tables, set_aside, not_carried, workbook.filled, carried)


def workbook_of_each_service(adopted: Iterable[Adopted]) -> dict[str, Adopted]:
    """The workbook of each service's plan, by code; raises RequestError if two workbooks hold the same service."""
    found: dict[str, Adopted] = {}
    for each in adopted:
        for code in each.plans:
            if code in found:
                raise RequestError(
                    f"{found[code].workbook.name} and {each.workbook.name} both hold a plan of {code}. Leave one out, or "
                    "give each its service under [service.known] in the mapping."
                )
            found[code] = each
    return found


def write_adopted(
    adopted: Sequence[Adopted],
    template: Template,
    services: Sequence[Service],
    period: Period,
    folder: Path,
    *,
    replace: bool = False,
    progress: Callable[[], None] = lambda: None,
) -> list[Path]:
    """Write the tracker of every service and return the paths.

    Raises RequestError if a tracker exists already and `replace` is false, or if another file has its name; OutputError if
    the folder cannot be written to.
    """
    plans = workbook_of_each_service(adopted)
    adopted_services = [service for service in services if service.code in plans]
    paths = [folder / f"{name}.xlsx" for name in file_names(adopted_services, period)]
    existing = [path for path in paths if path.exists()]
    if existing and not replace:
        raise RequestError(f"{existing[0]} already exists. Move it, choose another folder, or add --replace.")
    refuse_other_files(existing)
    for service, path in zip(adopted_services, paths, strict=True):
        plan = plans[service.code].plans[service.code]
        write_tracker(template, service, period, path, rows=sorted_rows(template, plan.rows), carried=plan.carried_over)
        progress()
    return paths


def adopt_workbooks(
    workbooks: Iterable[OldWorkbook],
    mapping: AdoptMapping,
    template: Template,
    services: Sequence[Service],
    period: Period,
) -> list[Adopted]:
    """Carry old workbooks of one layout into plans, without writing anything.

    Raises RequestError if the mapping is for another template or layout, if a service is not in the list, or if two
    workbooks hold the same service.
    """
    if mapping.template != template.key:
        raise RequestError(
            f"The mapping is for the template {mapping.template}, not for {template.key}. Use --template {mapping.template}."
        )
    adopted = [adopt_workbook(workbook, mapping, template, services, period) for workbook in workbooks]
    workbook_of_each_service(adopted)  # raises if two hold the same service, in a dry run too
    return adopted
