"""Risks and audits that do not agree with the actions about them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from qipxl.summary.logs import rows_of
from qipxl.summary.sheet_spec import SheetSpec, TableColumns, columns_of, listing
from qipxl.summary.summary import LINK, ProviderSummary

COLUMNS_READ: TableColumns = {
    "actions": ("risk_unchanged", "risk_ref", "risk_start", "risk_now"),
    "reviews": ("action", "recurs", "audit_finding"),
}


def links(summary: ProviderSummary) -> SheetSpec:
    """Actions embedded without a lower risk, findings that recur, and the lines that the register adds."""
    parts = [summary.links]
    if "risk_unchanged" in summary.actions.columns:
        lines = summary.actions[summary.actions["risk_unchanged"].fillna(False).astype(bool)]
        scores = zip(lines["risk_start"], lines["risk_now"], strict=True)
        what = [f"The risk score was {start:g} and is {now:g}." for start, now in scores]
        parts.append(link_lines("Embedded, risk unchanged", lines, "risk_ref", what, "ref"))
    named = ["return", "row", "service", "name", "ref", "audit_finding", "action"]
    recurring = rows_of(summary, "reviews", "recurs", named)
    if recurring is not None:
        recurring = recurring.sort_values(["return", "row"], kind="stable")
        parts.append(link_lines("Finding recurs", recurring, "ref", recurring["audit_finding"], "action"))
    frame = pd.concat([part for part in parts if len(part)] or [summary.links], ignore_index=True)
    columns = columns_of(
        ("What is wrong", "kind", 30), ("Reference", "reference", 14), ("Service", "name", 24), ("Details", "what", 60),
        ("Actions", "actions", 24),
    )  # fmt: skip
    about = (
        "Where actions disagree with the risk register or the audits: rescore the risk, or open or reopen an action."
    )
    return listing("Risk and audit links", about, columns, frame)


def link_lines(kind: str, lines: pd.DataFrame, reference: str, what: Iterable[str], actions: str) -> pd.DataFrame:
    """Lines LINK of one kind, from actions or reviews."""
    made = pd.DataFrame({"service": lines["service"], "name": lines["name"], "reference": lines[reference]})
    return made.assign(kind=kind, what=list(what), actions=lines[actions])[list(LINK)]
