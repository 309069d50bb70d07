"""Old workbooks of one layout → a tracker for each service, and a report in which every cell of theirs is accounted for."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qipxl.adopting.account import Account, Record, full_words, leftovers, unread_comments
from qipxl.adopting.find_tables import CoverLine, OldTable, cover_lines
from qipxl.adopting.heading_match import aliases, plain
from qipxl.adopting.mapping import SERVICE, AdoptMapping, TableLines
from qipxl.adopting.old_rows import records_of
from qipxl.adopting.old_workbook import OldWorkbook
from qipxl.adopting.propose import tables_of
from qipxl.adopting.tracker_rows import Plan, plan_for
from qipxl.errors import RequestError
from qipxl.periods import Period
from qipxl.services import Service
from qipxl.template import Template
from qipxl.text import as_text
from qipxl.tracker.issue import file_names
from qipxl.tracker.write import write_tracker
from qipxl.workbook.headings import fold


@dataclass(frozen=True)
class Left:
    """A cell that was not carried: its tab, its address, what it says, why."""

    tab: str
    address: str
    said: str
    why: str


@dataclass(frozen=True)
class Adopted:
    """What one workbook came to.

    `tables` has a line per table found: where, the table of the tracker (empty for none), rows of it, rows carried.
    `plans` are by the code of the service. Cells `filled` = `carried` + those in `left`. `asides` are rows that were not
    carried as rows: tab, sheet row, why, what they say.
    """

    workbook: OldWorkbook
    plans: Mapping[str, Plan]
    tables: Sequence[tuple[str, str, int, int]]
    asides: Sequence[tuple[str, int, str, str]]
    left: Sequence[Left]
    filled: int
    carried: int

    @property
    def reconciles(self) -> bool:
        """True where every cell that holds something was carried or stands in the report."""
        return self.filled == self.carried + len(self.left)


@dataclass
class Gathered:
    """What is gathered of one workbook on the way."""

    account: Account = field(default_factory=Account)
    records: dict[str, dict[str, list[Record]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    tables: list[tuple[str, str, int, int]] = field(default_factory=list)


def adopt_workbook(
    workbook: OldWorkbook, mapping: AdoptMapping, template: Template, services: Sequence[Service], period: Period
) -> Adopted:
    """Carry one workbook into plans; nothing is written.

    Raises RequestError with the names of services that are not in the list, once for all of them.
    """
    found = Gathered()
    reasons: dict[str, dict[int, str]] = defaultdict(dict)
    tables = tables_of(workbook, template)
    for tab in workbook.tabs:
        if not any(table.tab is tab for table in tables):
            reasons[tab.title] = dict.fromkeys(tab.rows, "no table was found on this tab")
    covers = {
        tab.title: list(cover_lines(tab, [table for table in tables if table.tab is tab])) for tab in workbook.tabs
    }
    owner = Owners(mapping, services, workbook, covers)
    for table in tables:
        lines = mapping.of(table.signature)
        reasons[table.tab.title] |= dict.fromkeys(table.heading_rows, "a heading")
        if lines is None or not lines.into:
            reasons[table.tab.title] |= dict.fromkeys(table.rows, "a table that the mapping does not carry")
            found.tables.append((table.where, "", len(table.rows), 0))
            continue
        records = with_tab(records_of(table, lines, found.account, frozenset(owner.codes)), table, lines)
        found.tables.append((table.where, lines.into, len(table.rows), len(records)))
        for record in records:
            code = owner.code_of(record)
            if code:
                found.records[code][lines.into].append(record)
    owner.refuse_unknown()
    refuse_nothing(workbook, tables, found)
    owner.account(found.account, found.records.keys())
    plans = {
        code: plan_for(records, mapping, template, period, found.account) for code, records in found.records.items()
    }
    return accounted(workbook, plans, found, reasons)


def refuse_nothing(workbook: OldWorkbook, tables: Sequence[OldTable], found: Gathered) -> None:
    """Raise RequestError where nothing of a workbook was carried: the mapping is for another layout."""
    if not found.records:
        headings = "; ".join(", ".join(each.heading for each in table.columns if each.heading) for table in tables)
        raise RequestError(
            f"{workbook.path.name}: the mapping carries none of its tables. Their headings: {headings or 'none were found'}. "
            "Leave --mapping out to have one proposed for it."
        )


def with_tab(records: list[Record], table: OldTable, lines: TableLines) -> list[Record]:
    """The records with what the tab's title says."""
    for record in records:
        if lines.tab == SERVICE:
            record.service = record.service or table.tab.title
        elif lines.tab:
            record.values.setdefault(lines.tab, table.tab.title)
    return records


class Owners:
    """Whose each row is: the service of the list that a column, a tab, the cover or the file's name says."""

    def __init__(
        self,
        mapping: AdoptMapping,
        services: Sequence[Service],
        workbook: OldWorkbook,
        covers: Mapping[str, Sequence[CoverLine]],
    ) -> None:
        self.mapping, self.workbook, self.covers = mapping, workbook, covers
        self.codes = {fold(name): each.code for each in services for name in (each.name, each.code)}
        self.codes |= {fold(name): code for name, code in mapping.service.known.items() if code}
        self.services = services
        self.unknown: Counter[str] = Counter()
        strange = sorted(set(mapping.service.known.values()) - {each.code for each in services} - {""})
        if strange:
            raise RequestError(
                f"The mapping names a service {strange[0]}, which is not in the list of services. Its codes: "
                f"{', '.join(each.code for each in services)}."
            )

    def code_of(self, record: Record) -> str:
        """The code of a record's service; empty, and noted, where it is not in the list."""
        by = self.mapping.service.by
        said = record.service or (
            "" if by in ("column", "tab") and len(self.services) > 1 else self.of_workbook(record.tab)
        )
        code = self.codes.get(fold(said), "")
        if not code:
            self.unknown[said or "(no name)"] += 1
        return code

    def of_workbook(self, tab: str) -> str:
        """The name that the cover says, on the row's own tab first; else that of the only service, or of the one in the file's name."""
        if self.mapping.service.by == "cover":
            wanted = plain(self.mapping.service.label)
            for title in (tab, *self.covers):
                for line in self.covers.get(title, ()):
                    if plain(line.label) == wanted:
                        return as_text(line.value.value).strip()
        if len(self.services) == 1:
            return self.services[0].code
        stem = fold(self.workbook.path.stem.replace("_", " "))
        held = [each for each in self.services if any(is_in(fold(name), stem) for name in (each.name, each.code))]
        return max(held, key=lambda each: len(each.name)).code if held else self.workbook.path.stem

    def refuse_unknown(self) -> None:
        """Raise RequestError with every name that is no service of the list."""
        if self.unknown:
            listed = ", ".join(f"“{name}” ({count} rows)" for name, count in self.unknown.items())
            raise RequestError(
                f"{self.workbook.path.name}: whose rows are these? Not in the list of services: {listed}. Add the service to the list, "
                "or write its code beside the name under [service.known] in the mapping."
            )

    def account(self, account: Account, codes: Collection[str]) -> None:
        """The cells of the cover that say whose the workbook is, and who manages it, are carried: trackers of these codes say so too."""
        names = {"service": aliases().cover["service"], "manager": aliases().cover["manager"]}
        managers = {fold(each.manager) for each in self.services if each.manager and each.code in codes}
        for title, lines in self.covers.items():
            for line in lines:
                value = fold(as_text(line.value.value))
                same = plain(line.label) in map(plain, names["service"]) and self.codes.get(value) in codes
                same = same or (plain(line.label) in map(plain, names["manager"]) and value in managers)
                if same and (line.value.row, line.value.column) != line.at:
                    account.carried(title, line.value, "Start here")


def is_in(name: str, text: str) -> bool:
    """True where a name stands in a text as words of its own."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def accounted(
    workbook: OldWorkbook, plans: Mapping[str, Plan], found: Gathered, reasons: Mapping[str, Mapping[int, str]]
) -> Adopted:
    """Everything of a workbook, cell by cell."""
    left = [
        Left(tab.title, cell.address, full_words(cell.value), fate.words)
        for tab in workbook.tabs
        for cell, fate in leftovers(tab, found.account, reasons.get(tab.title, {}))
    ]
    comments = [each for tab in workbook.tabs for each in unread_comments(tab, found.account)]
    asides = [(each.tab, each.row + 1, each.why, each.said) for each in [*found.account.asides, *comments]]
    carried = sum(fate.carried for fate in found.account.fates.values())
    return Adopted(workbook, plans, found.tables, asides, left, workbook.filled, carried)


def joined_plans(adopted: Iterable[Adopted]) -> dict[str, Adopted]:
    """Which workbook each service's plan comes from; raises RequestError where two hold the same service."""
    found: dict[str, Adopted] = {}
    for each in adopted:
        for code in each.plans:
            if code in found:
                raise RequestError(
                    f"{found[code].workbook.path.name} and {each.workbook.path.name} both hold a plan of {code}. Leave one out, or "
                    "say under [service.known] in the mapping whose each is."
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
    """Write the tracker of every service, and give the paths; raises RequestError where one is there already."""
    plans = joined_plans(adopted)
    having = [each for each in services if each.code in plans]
    names = dict(zip((each.code for each in having), file_names(having, period), strict=True))
    paths = {code: folder / f"{name}.xlsx" for code, name in names.items()}
    standing = [path for path in paths.values() if path.exists()]
    if standing and not replace:
        raise RequestError(f"{standing[0]} is there already. Move it, choose another folder, or ask for --replace.")
    for service in having:
        plan = plans[service.code].plans[service.code]
        write_tracker(template, service, period, paths[service.code], rows=plan.rows, carried=plan.over)
        progress()
    return list(paths.values())


def adopt_workbooks(
    workbooks: Iterable[OldWorkbook],
    mapping: AdoptMapping,
    template: Template,
    services: Sequence[Service],
    period: Period,
) -> list[Adopted]:
    """Carry old workbooks of one layout into plans; see `adopt_workbook`. Raises RequestError where two hold one service's plan."""
    if mapping.template != template.key:
        raise RequestError(
            f"The mapping is for the template {mapping.template}, not for {template.key}. Ask for --template {mapping.template}."
        )
    adopted = [adopt_workbook(workbook, mapping, template, services, period) for workbook in workbooks]
    joined_plans(adopted)  # raises where two hold the same service, in a dry run too
    return adopted
