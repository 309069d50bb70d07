"""The milestones that are late or were moved, in words, for the lists of the actions that they belong to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from qipxl.archive.lazy_tables import LazyTables
from qipxl.archive.store import folded_texts
from qipxl.summary.extension_reasons import extension_reasons
from qipxl.template import Template
from qipxl.text import folded

DETAILS = ("slippage_reason", "slippage_response", "support", "recovery_date")
"""What a service writes about a milestone that slips; a template need not have all of these fields."""
EXTENDED = "extended"
"""The name of the reasons for more time, which come from the extensions that name the milestone."""
READ_OF_MILESTONES = ("action", "milestone", "due", "revised_due", "done_on", "days_late", *DETAILS)
NEEDED = frozenset(("action", "milestone", "due", "revised_due", "done_on", "days_late"))
"""Columns without which a template of one's own has no milestones that slip."""
Texts = Mapping[tuple[int, str], str]
"""A text for each action, by its return and its folded Ref."""


@dataclass(frozen=True)
class SlippedMilestones:
    """The milestones of each action in words.

    late: the open ones that are overdue, each with its name and its days. moved: those that are overdue, were moved or have a reason
    for slipping, with what was written about them. open: the actions with an open milestone that is overdue or was moved.
    """

    late: Texts
    moved: Texts
    open: Collection[tuple[int, str]]


def slipped_milestones(records: LazyTables, templates: Sequence[Template]) -> SlippedMilestones:
    """The milestones that slip, from the tables of the returns and the templates in use."""
    late, moved, still_open = Lines(), Lines(), set[tuple[int, str]]()
    details, extended = headings(templates), extension_reasons(records, "milestone")
    for lines in records.only(READ_OF_MILESTONES).parts("milestones") if "milestones" in records else ():
        if not NEEDED.issubset(lines.columns):
            continue
        keys = zip(lines["return"].tolist(), folded_texts(lines["ref"]), strict=True)
        lines = lines.assign(**{EXTENDED: [extended.get(key, "") for key in keys]})
        marks = marked(lines)
        chosen = marks.any(axis=1)
        written = with_days_in_words(lines[chosen])
        for line, mark in zip(written.to_dict("records"), marks[chosen].to_dict("records"), strict=True):
            key = int(line["return"]), folded(line["action"])
            moved.setdefault(key, []).append(words(line, details))
            if mark["overdue"]:
                late.setdefault(key, []).append(words(line, {}))
            if mark["overdue"] or mark["moved"]:
                still_open.add(key)
    return SlippedMilestones(joined(late), joined(moved), still_open)


Lines = dict[tuple[int, str], list[str]]


def joined(texts: Lines) -> Texts:
    """The texts of each action, one in a line."""
    return {key: "\n".join(parts) for key, parts in texts.items()}


def headings(templates: Sequence[Template]) -> dict[str, str]:
    """The headings of DETAILS, as the templates in use name them, and one for the reasons of extensions."""
    tables = [template.tables["milestones"] for template in templates if "milestones" in template.tables]
    named = {field.key: field.heading for table in tables for field in table.field if field.key in DETAILS}
    return named | {EXTENDED: "Why it was extended"}


def marked(lines: pd.DataFrame) -> pd.DataFrame:
    """Which milestones are overdue, which are open with a later date than the first, and which have a reason for slipping."""
    overdue = lines["days_late"].fillna(0) > 0
    moved = (lines["revised_due"] > lines["due"]) & lines["done_on"].isna()
    given = [filled(lines[name]) for name in (*DETAILS, EXTENDED) if name in lines.columns]
    explained = pd.concat(given, axis=1).any(axis=1)
    return pd.DataFrame({"overdue": overdue, "moved": moved, "explained": explained}).astype(bool)


def filled(column: pd.Series) -> pd.Series:
    """Which cells of a column hold something."""
    return column.notna() & (column.astype(object) != "")


def words(line: Mapping[Any, Any], details: Mapping[str, str]) -> str:
    """A milestone in words, such as “M-001 Rota agreed, due 01/03/2026, now 01/04/2026, 12 days overdue. Slippage reason: Capacity.”"""
    days = int(line["days_late"]) if line["days_late"] == line["days_late"] else 0
    parts = [" ".join(filter(None, (shown(line["ref"]), shown(line["milestone"])))) or "a milestone without a name"]
    parts += [f"due {shown(line['due'])}"] if shown(line["due"]) else ["without a date"]
    parts += [f"now {shown(line['revised_due'])}"] if shown(line["revised_due"]) else []
    parts += [f"done {shown(line['done_on'])}"] if shown(line["done_on"]) else []
    parts += [f"{days} {'day' if days == 1 else 'days'} overdue"] if days > 0 else []
    return ". ".join([", ".join(parts), *about(line, details)]) + "."


def about(line: Mapping[Any, Any], details: Mapping[str, str]) -> Iterator[str]:
    """What a service wrote about a milestone that slips, each with its heading."""
    for key, heading in details.items():
        if text := shown(line.get(key)):
            yield f"{heading}: {text.rstrip('.')}"


def shown(value: Any) -> str:
    """A cell in words; empty if it is blank."""
    return "" if value is None or value != value else str(value)


def with_days_in_words(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines with each date as a text, such as 01/03/2026; empty without one."""
    dates = lines.select_dtypes("datetime")
    return lines.assign(**{str(name): days.dt.strftime("%d/%m/%Y").astype(object) for name, days in dates.items()})
