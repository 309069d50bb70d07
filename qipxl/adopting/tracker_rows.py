"""Records of a service → the rows of its tracker: typed as returns are, with references of their own, and what has no field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count

import numpy as np
import pandas as pd

from qipxl.adopting.account import Account, Aside, Over, Record
from qipxl.adopting.find_tables import month_of
from qipxl.adopting.mapping import AdoptMapping, field_line
from qipxl.adopting.propose import TWO_OWNERS
from qipxl.periods import Period
from qipxl.returns.cell_values import LONGEST, read_column
from qipxl.template import FieldLine, Template
from qipxl.text import as_text, folded
from qipxl.tracker.carried_over_sheet import CarriedLine
from qipxl.tracker.first_rows import laid_rows
from qipxl.workbook.cells import is_blank

MOST_MONTHS = 36
"""How many past months of an indicator are carried."""
PREFIX = {"actions": "A", "milestones": "M", "evidence": "E", "reviews": "R", "challenge": "C", "indicators": "I"}
"""How references that are made begin, as in the guidance of the trackers."""


@dataclass
class Plan:
    """What one service's tracker will hold: the rows of each table, and the lines of the sheet Carried over."""

    rows: dict[str, list[dict[str, object]]] = field(default_factory=lambda: defaultdict(list))
    over: list[CarriedLine] = field(default_factory=list)


def plan_for(
    records: Mapping[str, Sequence[Record]], mapping: AdoptMapping, template: Template, period: Period, account: Account
) -> Plan:
    """The plan of one service, from its records by the table that each is a row of."""
    return PlanMaker(mapping, template, period, account).plan(records)


class PlanMaker:
    """Makes one service's plan; references that were given are remembered, so that other tables can follow them."""

    def __init__(self, mapping: AdoptMapping, template: Template, period: Period, account: Account) -> None:
        self.mapping, self.template, self.period, self.account = mapping, template, period, account
        self.made = Plan()
        self.taken: dict[str, set[str]] = defaultdict(set)
        self.known: dict[str, str] = {}

    def plan(self, records: Mapping[str, Sequence[Record]]) -> Plan:
        order = sorted(records, key=lambda key: list(self.template.tables).index(key))
        for key in sorted(order, key=lambda each: each != "actions"):  # what others refer to comes first
            self.add(key, records[key])
        self.keep_latest_months()
        if not self.made.rows.get("indicators"):
            for key, rows in laid_rows(self.template, self.period).items():
                self.made.rows[key] = [dict(row) for row in rows]
        return self.made

    def add(self, key: str, records: Sequence[Record]) -> None:
        """The rows that records of one table become."""
        room = self.template.tables[key].rows
        used, left = records[:room], records[room:]
        self.typed(used)
        self.reserve(key, used)
        for record in used:
            if key == "actions":
                self.add_action(record)
            elif key == "indicators":
                self.add_indicator(record)
            elif key == "measurements":
                self.add_measurement(record)
            else:
                self.add_row(key, record)
        for record in left:
            self.no_room(key, record)

    def typed(self, records: Sequence[Record]) -> None:
        """Each field's values as the reader of returns types them; what it cannot read stays as it was typed."""
        by_field: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            for name in record.values:
                by_field[name].append(record)
        for name, having in by_field.items():
            line = field_line(self.template, name)
            raw = [self.as_meant(name, line, record) for record in having]
            options = self.template.options(line) if line.type == "choice" else ()
            read = read_column(line, options, raw)
            for place, (record, cell) in enumerate(zip(having, raw, strict=True)):
                value = as_said(cell) if read.unreadable[place] else plain_value(read.values.iloc[place], cell)
                if is_blank(value):
                    record.values.pop(name)
                else:
                    record.values[name] = value

    def as_meant(self, name: str, line: FieldLine, record: Record) -> object:
        """A raw value in the words of the mapping: a choice's word, the person whom initials mean."""
        raw = record.values[name]
        text = " ".join(as_text(raw).split())
        if line.names_staff and text in self.mapping.people:
            meant = self.mapping.people[text]
            if not TWO_OWNERS.search(text):
                return meant or text
            where = f"{record.tab}!{record.cells[name].address}" if name in record.cells else record.where
            record.beside(line.heading, text, where)
            return meant
        if line.type == "choice":
            return record.words.get(name, {}).get(text) or text
        if line.type in ("text", "reference") and not isinstance(raw, str):
            return record.cells[name].shown or text if name in record.cells else text
        if name == "measurements.month" and isinstance(raw, str):
            return month_of(raw) or raw
        return raw if isinstance(raw, str) else as_said(raw)

    def reserve(self, key: str, records: Sequence[Record]) -> None:
        """Remember the references that rows have, before new ones are made."""
        for record in records:
            said = record.values.get(f"{key}.ref")
            if said is not None:
                self.taken[key].add(folded(said))

    def given_ref(self, key: str, record: Record) -> str:
        """A row's own reference, where no other row has it; else a new one. The old one is kept beside it."""
        said = record.values.get(f"{key}.ref")
        old = "" if said is None else as_text(said).strip()
        if old and folded(old) not in self.known_of(key):
            ref = old
        else:
            ref = self.new_ref(key)
            if old:
                record.over.insert(0, Over("Ref", old, record.where))
        self.known[f"{key} {folded(ref)}"] = ref
        if old:
            self.known.setdefault(f"{key} old {folded(old)}", ref)
        return ref

    def known_of(self, key: str) -> set[str]:
        return {name.removeprefix(f"{key} ") for name in self.known if name.startswith(f"{key} ")}

    def new_ref(self, key: str) -> str:
        """The next reference that no row has."""
        prefix = PREFIX.get(key, key[:1].upper())
        width = 3 if key != "indicators" else 2
        ref = next(
            f"{prefix}-{number:0{width}d}"
            for number in count(1)
            if f"{prefix}-{number:0{width}d}".lower() not in self.taken[key]
        )
        self.taken[key].add(ref.lower())
        return ref

    def own_fields(self, key: str, record: Record) -> dict[str, object]:
        return {name.partition(".")[2]: value for name, value in record.values.items() if name.startswith(f"{key}.")}

    def add_action(self, record: Record) -> None:
        ref = self.given_ref("actions", record)
        self.made.rows["actions"].append({**self.own_fields("actions", record), "ref": ref})
        for key in ("milestones", "evidence", "reviews"):
            own = self.own_fields(key, record)
            if own:
                self.add_child(key, own, ref)
        self.add_over(record, ref)

    def add_child(self, key: str, own: dict[str, object], action: str) -> None:
        """A row of another table that stood in an action's row."""
        if len(self.made.rows[key]) < self.template.tables[key].rows:
            self.made.rows[key].append({"ref": self.new_ref(key), "action": action, **own})
            return
        for name, value in own.items():
            heading = self.template.tables[key].field_named(name).heading
            self.made.over.append(CarriedLine(action, "", heading, as_text(value), ""))

    def add_row(self, key: str, record: Record) -> None:
        """A row of a table of its own: milestones, evidence, reviews; its action by the reference that it has now."""
        own = self.own_fields(key, record)
        action = own.get("action")
        if action is not None:
            own["action"] = self.known.get(f"actions old {folded(action)}", action)
        if self.template.tables[key].identity:
            own["ref"] = self.given_ref(key, record)
        self.made.rows[key].append(own)
        self.add_over(record, str(own.get("action", "")))

    def add_indicator(self, record: Record) -> None:
        """An indicator, and a measurement for each of its months that holds a number."""
        ref = self.given_ref("indicators", record)
        own = self.own_fields("indicators", record)
        self.made.rows["indicators"].append({**own, "ref": ref})
        self.known[f"indicator {folded(own.get('indicator', ''))}"] = ref
        for month, cell in sorted(record.months.items()):
            if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
                self.measure(ref, month, {"numerator": cell.value})
            else:
                record.beside(f"{month:%b %Y}", as_text(cell.value), f"{record.tab}!{cell.address}")
        self.add_over(record, ref)

    def measure(self, ref: str, month: date, more: Mapping[str, object]) -> None:
        first = date(month.year, month.month, 1)
        self.made.rows["measurements"].append({"ref": f"{ref} {first:%Y-%m}", "indicator": ref, "month": first, **more})

    def add_measurement(self, record: Record) -> None:
        """A figure of one month; its indicator is made where there is none of that name yet."""
        own = self.own_fields("measurements", record)
        name, month, old = own.pop("indicator", ""), own.pop("month", None), own.pop("ref", "")
        if old:
            record.beside("Ref", as_text(old))
        if is_blank(name):
            said = ", ".join(as_text(value) for value in (month or "", *own.values()))
            record.beside("a figure of no indicator", said)
            self.add_over(record, "")
            return
        key = f"indicator {folded(name)}"
        if key not in self.known:
            if len(self.made.rows["indicators"]) >= self.template.tables["indicators"].rows:
                self.no_room("indicators", record)
                return
            self.known[key] = self.new_ref("indicators")
            self.made.rows["indicators"].append({"ref": self.known[key], "indicator": as_text(name)})
        ref = self.known[key]
        known = {(row["indicator"], row["month"]) for row in self.made.rows["measurements"]}
        if isinstance(month, date) and (ref, date(month.year, month.month, 1)) not in known:
            self.measure(ref, month, own)
        else:
            why = "a second figure of the same month" if isinstance(month, date) else "a month that cannot be read"
            said = ", ".join(as_text(value) for value in (month or "", *own.values()))
            record.beside(f"{as_text(name)}: {why}", said)
        self.add_over(record, ref)

    def keep_latest_months(self) -> None:
        """The latest figures, as many as there is room for and no older than MOST_MONTHS; the others go to Carried over."""
        rows = self.made.rows.get("measurements", [])
        oldest = self.period.plus(1 - MOST_MONTHS).first
        latest = sorted(rows, key=lambda row: str(row["month"]), reverse=True)
        fitting = (
            [row for row in latest if str(row["month"]) >= str(oldest)][: self.template.tables["measurements"].rows]
            if rows
            else []
        )
        kept = {id(row) for row in fitting}
        for row in rows:
            if id(row) not in kept:
                said = "; ".join(as_text(said) for key, said in row.items() if key not in ("ref", "indicator", "month"))
                self.made.over.append(CarriedLine(str(row["indicator"]), "", f"{row['month']:%b %Y}", said, ""))
        if rows:
            self.made.rows["measurements"] = [row for row in rows if id(row) in kept]

    def add_over(self, record: Record, ref: str) -> None:
        old = next((each.said for each in record.over if each.heading == "Ref"), "")
        self.made.over += [line for each in record.over for line in lines_of(ref, old, each)]

    def no_room(self, key: str, record: Record) -> None:
        """A row for which the tracker's table has no room: all of it stands on Carried over."""
        sheet, rows = self.template.tables[key].sheet, self.template.tables[key].rows
        self.account.asides.append(
            Aside(
                record.tab,
                record.row,
                f"{sheet} of a tracker has room for {rows} rows: this one stands on Carried over",
                "",
            )
        )
        old = as_text(record.values.get(f"{key}.ref", ""))
        for name, value in record.values.items():
            self.made.over.append(
                CarriedLine("", old, field_line(self.template, name).heading, as_text(value), record.where)
            )
        for month, cell in record.months.items():
            self.made.over.append(CarriedLine("", old, f"{month:%b %Y}", as_text(cell.value), record.where))
        self.made.over += [line for each in record.over for line in lines_of("", old, each)]


def lines_of(ref: str, old: str, over: Over) -> Iterator[CarriedLine]:
    """A line of Carried over; of a text that no cell can hold as many as it needs."""
    for start in range(0, max(len(over.said), 1), LONGEST):
        yield CarriedLine(ref, old, over.heading, over.said[start : start + LONGEST], over.where)


def as_said(value: object) -> object:
    """A value that a cell of a tracker can hold: what has no day that a sheet knows stands as text."""
    known = isinstance(value, str | float | int) or (isinstance(value, date) and value.year >= 1900)
    return value if known else as_text(value)


def plain_value(value: object, raw: object) -> object:
    """A typed value as a person would type it: a date, a number, a text; nothing for nothing."""
    if isinstance(value, pd.Timestamp):
        return value.date()
    if value is None or value != value:
        return "" if is_blank(raw) else raw
    return float(value) if isinstance(value, np.floating) else value
