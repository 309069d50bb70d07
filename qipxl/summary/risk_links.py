"""Risks and audits that do not agree with the actions about them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from qipxl.summary.logs import rows_of
from qipxl.summary.sheet_spec import ColumnSpec, SheetSpec, TableColumns
from qipxl.summary.summary import LINK, ProviderSummary

COLUMNS_READ: TableColumns = {
    "actions": ("risk_unchanged", "risk_ref", "risk_start", "risk_now"),
    "reviews": ("action", "recurs", "audit_finding"),
}


def links(summary: ProviderSummary) -> SheetSpec:
    """Risks and audits beside the actions: embedded without a lower risk, findings that recur, and what the register adds."""
    found = [summary.links]
    if "risk_unchanged" in summary.actions.columns:
        lines = summary.actions[summary.actions["risk_unchanged"].fillna(False).astype(bool)]
        what = [
            f"The risk score was {start:g} and is {now:g}."
            for start, now in zip(lines["risk_start"], lines["risk_now"], strict=True)
        ]
        found.append(link_lines("Embedded, risk unchanged", lines, "risk_ref", what, "ref"))
    named = ["return", "row", "service", "name", "ref", "audit_finding", "action"]
    again = rows_of(summary, "reviews", "recurs", named)
    if again is not None:
        again = again.sort_values(["return", "row"], kind="stable")
        found.append(link_lines("Finding recurs", again, "ref", again["audit_finding"], "action"))
    frame = pd.concat([each for each in found if len(each)] or [summary.links], ignore_index=True)
    columns = [
        ColumnSpec("What is the matter", "kind", 30), ColumnSpec("Reference", "reference", 14), ColumnSpec("Service", "name", 24),
        ColumnSpec("In words", "what", 60), ColumnSpec("Actions", "actions", 24),
    ]  # fmt: skip
    about = "Where actions and the risk register or the audits do not agree: head office rescores, opens or reopens."
    return SheetSpec("Risk and audit links", about, f"{len(frame)} lines.", columns, frame)


def link_lines(kind: str, lines: pd.DataFrame, reference: str, what: Iterable[str], actions: str) -> pd.DataFrame:
    """Lines LINK of one kind, from lines of actions or of their reviews."""
    made = pd.DataFrame({"service": lines["service"], "name": lines["name"], "reference": lines[reference]})
    return made.assign(kind=kind, what=list(what), actions=lines[actions])[list(LINK)]
