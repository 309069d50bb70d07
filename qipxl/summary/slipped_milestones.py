"""The milestones that are late or were moved, in words, for the lists of the actions that they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from qipxl.summary.extension_reasons import extension_reasons
from qipxl.summary.summary import ProviderSummary
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


def late_milestones(summary: ProviderSummary) -> Texts:
    """The open milestones of each action that are overdue, each with its name and its days."""
    return by_action(summary, ["overdue"], {}, {})


def moved_milestones(summary: ProviderSummary, *, open_only: bool = False) -> Texts:
    """The milestones of each action that are overdue, were moved or have a reason for slipping, with what was written about them."""
    marks = ["overdue", "moved"] if open_only else ["overdue", "moved", "explained"]
    return by_action(summary, marks, headings(summary), extension_reasons(summary, "milestone"))


def headings(summary: ProviderSummary) -> dict[str, str]:
    """The headings of DETAILS, as the templates in use name them, and one for the reasons of extensions."""
    tables = [template.tables["milestones"] for template in summary.in_use if "milestones" in template.tables]
    named = {field.key: field.heading for table in tables for field in table.field if field.key in DETAILS}
    return named | {EXTENDED: "Why it was extended"}


def by_action(summary: ProviderSummary, marks: list[str], details: Mapping[str, str], extended: Texts) -> Texts:
    """The texts of the milestones for which one of some marks is true: `overdue`, `moved` (and open), `explained`."""
    texts: dict[tuple[int, str], list[str]] = {}
    for lines in summary.records.parts("milestones"):
        if not NEEDED.issubset(lines.columns):
            continue
        keys = zip(lines["return"], map(folded, lines["ref"]), strict=True)
        lines = lines.assign(**{EXTENDED: [extended.get(key, "") for key in keys]})
        chosen = lines[marked(lines)[marks].any(axis=1)]
        for line in chosen.to_dict("records"):
            texts.setdefault((int(line["return"]), folded(line["action"])), []).append(words(line, details))
    return {key: "\n".join(parts) for key, parts in texts.items()}


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
    days = int(line["days_late"]) if pd.notna(line["days_late"]) else 0
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
    if value is None or pd.isna(value):
        return ""
    return f"{value:%d/%m/%Y}" if isinstance(value, pd.Timestamp) else str(value)
