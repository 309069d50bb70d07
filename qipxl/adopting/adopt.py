"""Old workbooks of one layout → a tracker for each service, and a report that accounts for every old cell."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qipxl.adopting.account import CellAccount, Record, cells_not_carried, full_text, unread_comments
from qipxl.adopting.aliases import aliases
from qipxl.adopting.heading_words import comparable
from qipxl.adopting.mapping import SERVICE, AdoptMapping, TableMapping
from qipxl.adopting.old_rows import RowReader
from qipxl.adopting.old_tables import OldTable, labelled_values
from qipxl.adopting.old_workbook import OldWorkbook
from qipxl.adopting.plan_tables import is_example
from qipxl.adopting.propose import tables_of
from qipxl.adopting.row_kinds import SPLIT
from qipxl.adopting.tracker_rows import AdoptedPlan, PlanBuilder
from qipxl.errors import RequestError
from qipxl.periods import Period
from qipxl.returns.cell_values import read_column
from qipxl.services import Service
from qipxl.template import Template
from qipxl.text import as_text, escaped, names_text, plural
from qipxl.tracker.first_rows import sorted_rows
from qipxl.tracker.issue import file_names, refuse_other_files
from qipxl.tracker.news import NewsLine
from qipxl.tracker.write import write_tracker
from qipxl.workbook.headings import fold
from qipxl.workbook.layout import CARRIED, CHECKS

NO_NAME = "(no name)"


class UnknownServicesError(RequestError):
    """Old plans name services that are not in the list of services; `names` are these names, `texts` a sentence for each plan."""

    def __init__(self, texts: Sequence[str], names: Sequence[str]) -> None:
        self.texts, self.names = tuple(texts), tuple(names)
        super().__init__(
            "\n".join(texts) + " Add the service to the list, or give its code in the mapping: on the sheet Words of "
            "mapping.xlsx, or under [service.known] in adopt.toml."
        )


NOUNS: Mapping[str, tuple[str, ...]] = {
    "actions": ("action",), "milestones": ("milestone",), "evidence": ("item of evidence", "items of evidence"),
    "reviews": ("review",), "indicators": ("indicator",), "measurements": ("figure",),
}  # fmt: skip
"""What the rows of a table are called, one and several."""


@dataclass(frozen=True)
class CellNotCarried:
    """A cell that was not carried: its tab, its address, its text, and why."""

    tab: str
    address: str
    text: str
    reason: str


@dataclass(frozen=True)
class ServiceCells:
    """The filled cells of a service's part of a workbook, and how many of them were carried."""

    filled: int
    carried: int


@dataclass(frozen=True)
class Adopted:
    """The result of one workbook.

    `plans` are by service code. `tables` has a line for each table found: its place, the table of the tracker (empty for
    none), its rows, and the rows carried. `rows_set_aside` has tab, sheet row, reason and text of rows that were not
    carried as rows. Cells `filled` = `carried` + the number of `not_carried`. `headings` are those of all tables found.
    `cells` has for each service the numbers of cells in its rows: filled, and carried.
    """

    workbook: OldWorkbook
    plans: Mapping[str, AdoptedPlan]
    tables: Sequence[tuple[str, str, int, int]]
    rows_set_aside: Sequence[tuple[str, int, str, str]]
    not_carried: Sequence[CellNotCarried]
    filled: int
    carried: int
    headings: Sequence[str] = ()
    cells: Mapping[str, ServiceCells] = field(default_factory=dict)

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

    Raises UnknownServicesError with the names of all services that are not in the list.
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
            reasons |= dict.fromkeys(table.rows, "a table that the mapping does not carry") | dict.fromkeys(
                table.split, SPLIT
            )
            progress.tables.append((table.where, "", len(table.rows), 0))
            continue
        if is_example(table.tab.title) and any(
            mapping.find(other.signature) is lines and not is_example(other.tab.title) for other in tables
        ):
            reasons |= dict.fromkeys(table.rows, "an example of how the list is filled in")
            progress.tables.append((table.where, "", len(table.rows), 0))
            continue
        records = RowReader(table, lines, progress.account, frozenset(finder.codes)).records()
        progress.tables.append((table.where, lines.into, len(table.rows), len(records)))
        for record in records:
            apply_tab_title(record, table, lines)
            if code := finder.code_of(record):
                progress.records[code][lines.into].append(record)
    finder.refuse_unknown()
    finder.account(progress.account, progress.records.keys())
    plans = {
        code: PlanBuilder(mapping, template, period, progress.account).plan(records)
        for code, records in progress.records.items()
    }
    headings = [old.heading for table in tables for old in table.columns if old.heading]
    return build_result(workbook, plans, progress, headings)


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
            self.unknown[name or NO_NAME] += 1
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
        """Raise UnknownServicesError with every name that is not in the list of services."""
        if self.unknown:
            listed = ", ".join(f"“{name}” ({count} row{'s' * (count > 1)})" for name, count in self.unknown.items())
            text = f"{self.workbook.name}: these rows name a service that is not in the list of services: {listed}."
            raise UnknownServicesError([text], [name for name in self.unknown if name != NO_NAME])

    def account(self, account: CellAccount, codes: Collection[str]) -> None:
        """Count cover cells with the service's name or manager as carried, if the trackers of `codes` say the same."""
        names = {
            "service": [*aliases().cover["service"], *aliases().cover["place"]],
            "manager": aliases().cover["manager"],
        }
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


def build_result(
    workbook: OldWorkbook, plans: Mapping[str, AdoptedPlan], progress: Progress, headings: Sequence[str]
) -> Adopted:
    """The result of a workbook, with every cell accounted for."""
    not_carried = [
        CellNotCarried(tab.title, cell.address, full_text(cell.value), reason)
        for tab in workbook.tabs
        for cell, reason in cells_not_carried(tab, progress.account, progress.reasons.get(tab.title, {}))
    ]
    comments = [comment for tab in workbook.tabs for comment in unread_comments(tab, progress.account)]
    set_aside = [(row.tab, row.row + 1, row.reason, row.text) for row in [*progress.account.rows_set_aside, *comments]]
    carried = sum(outcome.carried for outcome in progress.account.outcomes.values())
    cells = cells_of_services(workbook, progress, carried)
    return Adopted(workbook, plans, progress.tables, set_aside, not_carried, workbook.filled, carried, headings, cells)


def cells_of_services(workbook: OldWorkbook, progress: Progress, carried: int) -> dict[str, ServiceCells]:
    """The cells of each service's part of a workbook. One with a single service is that service's as a whole.

    In another workbook, a row belongs to the service of the last record that begins above it or in it on the same tab.
    """
    if len(progress.records) == 1:
        return dict.fromkeys(progress.records, ServiceCells(workbook.filled, carried))
    starts: dict[str, dict[int, str]] = defaultdict(dict)
    for code, by_table in progress.records.items():
        for record in (record for records in by_table.values() for record in records):
            starts[record.tab][record.row] = code
    filled, taken = Counter[str](), Counter[str]()
    for tab in workbook.tabs:
        first_rows = sorted(starts[tab.title])
        for row, cells in tab.rows.items():
            if before := bisect_right(first_rows, row):
                code = starts[tab.title][first_rows[before - 1]]
                filled[code] += len(cells)
                outcomes = [progress.account.outcomes.get((tab.title, row, column)) for column in cells]
                taken[code] += sum(outcome is not None and outcome.carried for outcome in outcomes)
    return {code: ServiceCells(filled[code], taken[code]) for code in progress.records}


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
        rows, news = sorted_rows(template, plan.rows), [taken_over(plans[service.code], service.code, template)]
        write_tracker(
            template, service, period, path, rows=rows, carried=plan.carried_over, news=news, taken_over=str(period)
        )
        progress()
    return paths


def taken_over(adopted: Adopted, code: str, template: Template) -> NewsLine:
    """What Start here says about the old plan: how much was taken over from it, and how many things a person must decide.

    To decide are the texts on Carried over, which no field holds, and the values that Checks names because they cannot be read
    as a date, a number or a word of their list.
    """
    plan, cells = adopted.plans[code], adopted.cells[code]
    counts = [plural(len(rows), *NOUNS[key]) for key, rows in plan.rows.items() if rows and key in NOUNS]
    taken = f"Taken over from {escaped(adopted.workbook.name)}: {cells.carried} of {plural(cells.filled, 'cell')}"
    taken += f" ({names_text(counts)})" if counts else ""
    texts, values = len(plan.carried_over), unread_values(plan, template)
    places = [f"{count} on {sheet}" for count, sheet in ((texts, CARRIED), (values, CHECKS)) if count]
    if not places:
        return NewsLine(f"{taken}; nothing to decide.")
    return NewsLine(
        f"{taken}; {plural(texts + values, 'thing')} to decide: {names_text(places)}.",
        sheet=CARRIED if texts else CHECKS,
    )


def unread_values(plan: AdoptedPlan, template: Template) -> int:
    """The number of values of a plan that stay as they were typed, because they are no date, number or word of their list."""
    unread = 0
    for key, rows in plan.rows.items():
        for line in template.tables[key].field:
            typed = [row[line.key] for row in rows if row.get(line.key) is not None]
            options = template.options(line) if line.type == "choice" else ()
            unread += int(read_column(line, options, typed).unreadable.sum()) if typed else 0
    return unread


def adopt_workbooks(
    workbooks: Iterable[OldWorkbook],
    mapping: AdoptMapping,
    template: Template,
    services: Sequence[Service],
    period: Period,
) -> list[Adopted]:
    """Carry old workbooks of one layout into plans, without writing anything. One from which nothing can be carried has none.

    Raises RequestError if the mapping is for another template or if two workbooks hold the same service,
    UnknownServicesError if services are not in the list.
    """
    if mapping.template != template.key:
        raise RequestError(
            f"The mapping is for the template {mapping.template}, not for {template.key}. Use --template {mapping.template}."
        )
    adopted: list[Adopted] = []
    unknown: list[UnknownServicesError] = []
    for workbook in workbooks:
        try:
            adopted.append(adopt_workbook(workbook, mapping, template, services, period))
        except UnknownServicesError as error:
            unknown.append(error)
    if unknown:
        texts, names = [each.texts for each in unknown], [each.names for each in unknown]
        raise UnknownServicesError(sum(texts, ()), sum(names, ()))
    workbook_of_each_service(adopted)  # raises if two hold the same service, in a dry run too
    return adopted
