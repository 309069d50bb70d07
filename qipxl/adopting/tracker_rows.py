"""Records of a service → the rows of its tracker: typed like returns, with new references where needed, and texts without a field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import partial
from itertools import count

import numpy as np
import pandas as pd

from qipxl.adopting.account import CellAccount, ExtraText, Record, RowSetAside
from qipxl.adopting.mapping import STATUS, AdoptMapping, field_line, is_score
from qipxl.adopting.old_risks import AdoptedRisk, RiskList, is_action
from qipxl.adopting.old_tables import month_of
from qipxl.adopting.propose import names_two
from qipxl.periods import Period
from qipxl.returns.cell_values import LONGEST, percentage_of, read_column
from qipxl.template import FieldLine, Template
from qipxl.text import Percent, as_text, folded
from qipxl.tracker.carried_over_sheet import CarriedLine
from qipxl.tracker.first_rows import initial_rows
from qipxl.workbook.cells import is_blank

PERCENTAGE_UNIT = "%"
BARE_PERCENTAGE = "Percentages without their counts"
BARE_PERCENTAGE_SAYS = (
    "The old plan gives percentages without the counts behind them. Enter 100 in Rate per, and the numerator and "
    "denominator of each month."
)
MOST_MONTHS = 36
"""The number of past months of an indicator that are carried."""
COMPLETE, BEGUN = "Complete", "In progress"
"""The Status of an action whose steps are all done, and of one with a step that is done or begun."""


@dataclass
class AdoptedPlan:
    """The content of one service's tracker: the rows of each table, and the lines of the sheet Carried over.

    `risks` are those that its old risk register gives the provider's register.
    """

    rows: dict[str, list[dict[str, object]]] = field(default_factory=lambda: defaultdict(list))
    carried_over: list[CarriedLine] = field(default_factory=list)
    risks: list[AdoptedRisk] = field(default_factory=list)


class PlanBuilder:
    """Builds one service's plan; it keeps the references given, so that rows of other tables can refer to them."""

    def __init__(self, mapping: AdoptMapping, template: Template, period: Period, account: CellAccount) -> None:
        self.mapping, self.template, self.period, self.account = mapping, template, period, account
        self.built = AdoptedPlan()
        self.taken: dict[str, set[str]] = defaultdict(set)
        self.given: dict[str, set[str]] = defaultdict(set)
        self.old_actions: dict[str, str] = {}
        self.indicators: dict[str, str] = {}
        self.figures: set[tuple[str, date]] = set()

    def plan(self, records: Mapping[str, Sequence[Record]]) -> AdoptedPlan:
        """The plan, from the service's records by table."""
        records = {key: self.without_mere_risks(rows) for key, rows in records.items()}
        order = sorted(records, key=lambda key: list(self.template.tables).index(key))
        for key in sorted(order, key=lambda table: table != "actions"):  # other tables refer to actions
            self.add(key, records[key])
        self.keep_latest_months()
        if not self.built.rows.get("indicators"):
            for key, rows in initial_rows(self.template, self.period).items():
                self.built.rows[key] = [dict(row) for row in rows]
        return self.built

    def without_mere_risks(self, records: Sequence[Record]) -> Sequence[Record]:
        """The records that become rows: the risks of a risk register are noted, and what else a mere risk says is carried over."""
        of_register = [record for record in records if record.is_risk]
        if not of_register:
            return records
        found = RiskList(of_register)
        self.built.risks = found.risks
        self.type_values(of_register)
        for record in of_register:
            found.add(record)
        mere = [record for record in of_register if record.old_ref and not is_action(record)]
        for record in mere:
            for name, value in found.left_of(record).items():
                where = f"{record.tab}!{record.cells[name].address}" if name in record.cells else record.where
                record.carry_over(field_line(self.template, name).heading, as_text(value), where)
            self.add_carried_over(record, "")
        return [record for record in records if not record.old_ref or is_action(record)]

    def add(self, key: str, records: Sequence[Record]) -> None:
        """Add the rows of one table."""
        room = self.template.tables[key].rows
        used, left = records[:room], records[room:]
        self.type_values([record for record in used if not record.is_risk])
        self.type_values([step for record in used for step in record.steps])
        self.reserve(key, used)
        adders = {"actions": self.add_action, "indicators": self.add_indicator, "measurements": self.add_measurement}
        add = adders.get(key, partial(self.add_row, key))
        for record in used:
            add(record)
        for record in left:
            self.no_room(key, record)

    def type_values(self, records: Sequence[Record]) -> None:
        """Type each field's values as the reader of returns does; an unreadable value stays as typed."""
        by_field: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            for name in record.values:
                by_field[name].append(record)
        for name, with_value in by_field.items():
            line = field_line(self.template, name)
            raw = [self.mapped_value(name, line, record) for record in with_value]
            options = self.template.options(line) if line.type == "choice" else ()
            read = read_column(line, options, raw)
            for index, (record, cell) in enumerate(zip(with_value, raw, strict=True)):
                value = storable(cell) if read.unreadable[index] else typed_value(read.values.iloc[index], cell)
                if is_blank(value):
                    record.values.pop(name)
                else:
                    record.values[name] = value

    def mapped_value(self, name: str, line: FieldLine, record: Record) -> object:
        """A raw value with the mapping applied: a choice's word, the person of given initials."""
        raw = record.values[name]
        text = " ".join(as_text(raw).split())
        if line.names_staff and text in self.mapping.people:
            person = self.mapping.people[text]
            if not names_two(text):
                return person or text
            where = f"{record.tab}!{record.cells[name].address}" if name in record.cells else record.where
            record.carry_over(line.heading, text, where)
            return person
        if line.type == "choice":
            return record.words.get(name, {}).get(text) or text
        if is_score(line) and (score := record.words.get(name, {}).get(text)):
            return int(score)
        if line.type in ("text", "reference") and not isinstance(raw, str):
            return record.cells[name].shown or text if name in record.cells else text
        if line.type == "number" and isinstance(raw, date | time | timedelta):
            return text  # a cell of a tracker would show its number
        if name == "measurements.numerator" and (figure := percentage_of(raw)) is not None:
            return self.bare_percentage(figure, record)
        if isinstance(raw, Percent) and not line.percentage:
            return text
        if name == "measurements.month" and isinstance(raw, str):
            return month_of(raw) or raw
        return raw if isinstance(raw, str) else storable(raw)

    def bare_percentage(self, figure: float, record: Record) -> float:
        """A percentage whose counts the old plan does not give, as the figure itself; Carried over says so, once a row."""
        record.values.setdefault("indicators.unit_counted", PERCENTAGE_UNIT)
        if not any(extra.heading == BARE_PERCENTAGE for extra in record.extra_texts):
            record.carry_over(BARE_PERCENTAGE, BARE_PERCENTAGE_SAYS)
        return figure

    def reserve(self, key: str, records: Sequence[Record]) -> None:
        """Note the references that rows have, before new ones are made."""
        for record in records:
            ref = record.values.get(f"{key}.ref")
            if ref is not None:
                self.taken[key].add(folded(ref))

    def given_ref(self, key: str, record: Record) -> str:
        """A row's reference: its own if no other row has it, else a new one; the old one is then carried over."""
        value = record.values.get(f"{key}.ref")
        old = "" if value is None else as_text(value).strip()
        if old and folded(old) not in self.given[key]:
            ref = old
        else:
            ref = self.new_ref(key)
            if old:
                record.extra_texts.insert(0, ExtraText("Ref", old, record.where))
        self.given[key].add(folded(ref))
        old = old or record.old_ref
        if old and key == "actions":
            self.old_actions.setdefault(folded(old), ref)
        return ref

    def new_ref(self, key: str) -> str:
        """The next reference that no row has; its first letter is the table's, as in the guidance of the trackers."""
        width = 3 if key != "indicators" else 2
        refs = (f"{key[:1].upper()}-{number:0{width}d}" for number in count(1))
        ref = next(ref for ref in refs if ref.lower() not in self.taken[key])
        self.taken[key].add(ref.lower())
        return ref

    def fields_of(self, key: str, record: Record) -> dict[str, object]:
        """The values of a record that belong to one table, by field."""
        return {name.partition(".")[2]: value for name, value in record.values.items() if name.startswith(f"{key}.")}

    def add_action(self, record: Record) -> None:
        """Add an action, and rows of other tables that were part of its row."""
        ref = self.given_ref("actions", record)
        for risk in self.built.risks:
            if risk.ref == record.old_ref:
                risk.actions.append(ref)
        if record.steps:
            self.add_steps(record, ref)
        self.built.rows["actions"].append({**self.fields_of("actions", record), "ref": ref})
        for key in ("milestones", "evidence", "reviews"):
            values = self.fields_of(key, record)
            if values:
                self.add_child(key, values, ref)
        self.add_carried_over(record, ref)

    def add_steps(self, record: Record, action: str) -> None:
        """Add the steps of an action as milestones, and give the action what they are together.

        A milestone has no Status: the Status of the old row is on Carried over.
        """
        for step in record.steps:
            milestone = self.add_child("milestones", self.milestone_of(step), action)
            if step.row != record.row:
                self.add_carried_over(step, action)
            if STATUS in step.values:
                heading = f"Status of {milestone}" if milestone else "Status"
                where = f"{step.tab}!{step.cells[STATUS].address}" if STATUS in step.cells else step.where
                line = CarriedLine(action, "", heading, as_text(step.values[STATUS]), where)
                self.built.carried_over.append(line)
        record.values = {
            **{name: value for name, value in record.values.items() if not name.startswith("milestones.")},
            **together(record.steps),
        }

    def milestone_of(self, step: Record) -> dict[str, object]:
        """The fields of a milestone that a step fills; a second value of one goes to Carried over."""
        values = self.fields_of("milestones", step)
        for name, key in (
            ("intended_change", "milestone"),
            ("owner", "owner"),
            ("due", "due"),
            ("completed_on", "done_on"),
        ):
            value = step.values.get(f"actions.{name}")
            if value is not None and values.setdefault(key, value) != value:
                step.carry_over(field_line(self.template, f"actions.{name}").heading, as_text(value))
        return values

    def add_child(self, key: str, values: dict[str, object], action: str) -> str:
        """Add a row of another table that was part of an action's row; its reference, or nothing if it is on Carried over."""
        if len(self.built.rows[key]) < self.template.tables[key].rows:
            ref = self.new_ref(key)
            self.built.rows[key].append({"ref": ref, "action": action, **values})
            return ref
        for name, value in values.items():
            heading = self.template.tables[key].field_named(name).heading
            self.built.carried_over.append(CarriedLine(action, "", heading, as_text(value), ""))
        return ""

    def add_row(self, key: str, record: Record) -> None:
        """Add a row of milestones, evidence or reviews; its action gets the action's present reference."""
        values = self.fields_of(key, record)
        action = values.get("action")
        if action is not None:
            values["action"] = self.old_actions.get(folded(action), action)
        if self.template.tables[key].identity:
            values["ref"] = self.given_ref(key, record)
        self.built.rows[key].append(values)
        self.add_carried_over(record, str(values.get("action", "")))

    def add_indicator(self, record: Record) -> None:
        """Add an indicator, and a measurement for each of its months with a number."""
        ref = self.given_ref("indicators", record)
        for month, cell in sorted(record.months.items()):
            if (figure := percentage_of(cell.value)) is not None:
                self.measure(ref, month, {"numerator": self.bare_percentage(figure, record)})
            elif isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
                self.measure(ref, month, {"numerator": cell.value})
            else:
                record.carry_over(f"{month:%b %Y}", as_text(cell.value), f"{record.tab}!{cell.address}")
        values = self.fields_of("indicators", record)
        self.built.rows["indicators"].append({**values, "ref": ref})
        self.indicators[folded(values.get("indicator", ""))] = ref
        self.add_carried_over(record, ref)

    def measure(self, ref: str, month: date, more: Mapping[str, object]) -> None:
        """Add a measurement of an indicator."""
        first = date(month.year, month.month, 1)
        self.figures.add((ref, first))
        row = {"ref": f"{ref} {first:%Y-%m}", "indicator": ref, "month": first, **more}
        self.built.rows["measurements"].append(row)

    def add_measurement(self, record: Record) -> None:
        """Add a figure of one month; its indicator is added if there is none of that name yet."""
        values = self.fields_of("measurements", record)
        name, month, old = values.pop("indicator", ""), values.pop("month", None), values.pop("ref", "")
        if old:
            record.carry_over("Ref", as_text(old))
        text = ", ".join(as_text(value) for value in (month or "", *values.values()))
        if is_blank(name):
            record.carry_over("a figure without an indicator", text)
            self.add_carried_over(record, "")
            return
        key = folded(name)
        if key not in self.indicators:
            if len(self.built.rows["indicators"]) >= self.template.tables["indicators"].rows:
                self.no_room("indicators", record)
                return
            self.indicators[key] = self.new_ref("indicators")
            more = self.fields_of("indicators", record)
            self.built.rows["indicators"].append({"ref": self.indicators[key], "indicator": as_text(name), **more})
        ref = self.indicators[key]
        if isinstance(month, date) and (ref, date(month.year, month.month, 1)) not in self.figures:
            self.measure(ref, month, values)
        else:
            reason = "a second figure of the same month" if isinstance(month, date) else "a month that cannot be read"
            record.carry_over(f"{as_text(name)}: {reason}", text)
        self.add_carried_over(record, ref)

    def keep_latest_months(self) -> None:
        """Keep the latest figures that fit and are not older than MOST_MONTHS; the others go to Carried over."""
        rows = self.built.rows.get("measurements", [])
        if not rows:
            return
        room = self.template.tables["measurements"].rows
        oldest = self.period.plus(1 - MOST_MONTHS).first
        latest = sorted(rows, key=lambda row: str(row["month"]), reverse=True)
        kept = {id(row) for row in [row for row in latest if str(row["month"]) >= str(oldest)][:room]}
        for row in rows:
            if id(row) not in kept:
                values = [value for key, value in row.items() if key not in ("ref", "indicator", "month")]
                text = "; ".join(map(as_text, values))
                line = CarriedLine(str(row["indicator"]), "", f"{row['month']:%b %Y}", text, "")
                self.built.carried_over.append(line)
        self.built.rows["measurements"] = [row for row in rows if id(row) in kept]

    def add_carried_over(self, record: Record, ref: str) -> None:
        """Put the texts of a record that have no field on Carried over, under its present reference."""
        old = next((extra.text for extra in record.extra_texts if extra.heading == "Ref"), record.old_ref)
        self.built.carried_over += [line for extra in record.extra_texts for line in carried_lines(ref, old, extra)]

    def no_room(self, key: str, record: Record) -> None:
        """Put a row for which the tracker's table has no room on Carried over."""
        table = self.template.tables[key]
        reason = f"{table.sheet} of a tracker has room for {table.rows} rows: this one is on Carried over"
        self.account.rows_set_aside.append(RowSetAside(record.tab, record.row, reason, ""))
        old = as_text(record.values.get(f"{key}.ref", ""))
        cells = [(field_line(self.template, name).heading, value) for name, value in record.values.items()]
        cells += [(f"{month:%b %Y}", cell.value) for month, cell in record.months.items()]
        steps = [pair for step in record.steps[1:] for pair in step.values.items()]
        cells += [(field_line(self.template, name).heading, value) for name, value in steps]
        for heading, value in cells:
            self.built.carried_over.append(CarriedLine("", old, heading, as_text(value), record.where))
        extras = [extra for each in (record, *record.steps) for extra in each.extra_texts]
        self.built.carried_over += [line for extra in extras for line in carried_lines("", old, extra)]


def together(steps: Sequence[Record]) -> dict[str, object]:
    """What an action with several steps is: all that is to be done, due with the last step, and complete if every step is."""

    def all_of(name: str) -> list[object]:
        return [step.values.get(f"actions.{name}") for step in steps]

    values: dict[str, object] = {}
    change = "\n".join(as_text(text) for text in all_of("intended_change") if text is not None)
    if 0 < len(change) <= LONGEST:
        values["actions.intended_change"] = change
    if dates := [day for day in all_of("due") if isinstance(day, date)]:
        values["actions.due"] = max(dates)
    statuses, ends = all_of("status"), [day for day in all_of("completed_on") if isinstance(day, date)]
    if any(status == COMPLETE for status in statuses):
        done = all(status == COMPLETE for status in statuses)
        values[STATUS] = COMPLETE if done else BEGUN
        values["actions.completed_on"] = max(ends) if done and len(ends) == len(steps) else ""
    elif BEGUN in statuses:
        values[STATUS] = BEGUN
    return values


def carried_lines(ref: str, old: str, extra: ExtraText) -> Iterator[CarriedLine]:
    """The lines of Carried over for a text; a text too long for one cell gets several."""
    for start in range(0, max(len(extra.text), 1), LONGEST):
        yield CarriedLine(ref, old, extra.heading, extra.text[start : start + LONGEST], extra.where)


def storable(value: object) -> object:
    """A value that a cell of a tracker can hold; a date before 1900 becomes text."""
    fits = isinstance(value, str | float | int) or (isinstance(value, date) and value.year >= 1900)
    return value if fits else as_text(value)


def typed_value(value: object, raw: object) -> object:
    """A typed value as a person would type it: a date, a number or a text; an empty text for nothing."""
    if isinstance(value, pd.Timestamp):
        return value.date()
    if value is None or value != value:
        return "" if is_blank(raw) else raw
    return float(value) if isinstance(value, np.floating) else value
